"""Questions as documents of a harness: one a turn, with the stored turns before it and both images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from rsica_data.core.files import dump_json
from rsica_data.dataset.export.common import encoded_for_readers, item_images
from rsica_data.dataset.reader import BuiltDataset, pair_of

_TEXT = {"dtype": "string", "_type": "Value"}
_FEATURES: dict[str, Any] = {
    "id": _TEXT,
    "turn": {"dtype": "int32", "_type": "Value"},
    "task": _TEXT,
    "history": {"feature": {"role": _TEXT, "content": _TEXT}, "_type": "List"},
    "question": _TEXT,
    "target": _TEXT,
    "images": {"feature": {"_type": "Image"}, "_type": "List"},
}
_TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_IMAGES = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))

DOCUMENTS = pa.schema(
    [
        ("id", pa.string()),
        ("turn", pa.int32()),
        ("task", pa.string()),
        ("history", _TURNS),
        ("question", pa.string()),
        ("target", pa.string()),
        ("images", _IMAGES),
    ],
    metadata={"huggingface": dump_json({"info": {"features": _FEATURES}})},
)
"""A document a turn; ``target`` is the stored answer, and ``id`` and ``turn`` name the reply in a run's predictions."""


def documents(dataset: BuiltDataset, split: str, task: str) -> Iterator[dict[str, Any]]:
    """The documents of one task of a split."""
    for shard in dataset.shards(split):
        items = list(dataset.shard_instructions(shard, [task]))
        wanted = {item.pair_id for item in items}
        pairs = {pair.pair_id: pair for pair in dataset.shard_pairs(shard) if pair.pair_id in wanted}
        for item in items:
            encoded = [encoded_for_readers(image) for image in item_images(item, pair_of(item, pairs))]
            images = [{"bytes": image.data, "path": image.path} for image in encoded]
            texts = [{"role": turn.role, "content": turn.content} for turn in item.turns]
            for turn in range(len(texts) // 2):
                yield {
                    "id": item.instruction_id,
                    "turn": turn,
                    "task": item.task,
                    "history": texts[: 2 * turn],
                    "question": texts[2 * turn]["content"],
                    "target": texts[2 * turn + 1]["content"],
                    "images": images,
                }
