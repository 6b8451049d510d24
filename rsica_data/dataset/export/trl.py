"""Parquet as TRL's ``SFTTrainer`` reads it: texts without image marks, and both images, in one row.

TRL puts the placeholders of the images in by itself (``prepare_multimodal_messages``): marks in the texts would stay
there as literal text beside them. Measured with TRL 1.16.

Every row holds its images, as TRL has no other form. Parquet's dictionary encoding stores the image of a pair once
for all rows of a row group that show it, so that a file is about as large as the images themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from rsica_data.core.files import atomic_path, dump_json
from rsica_data.dataset.data_files import leaf_columns
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import encoded_for_readers, item_images, marked
from rsica_data.dataset.reader import BuiltDataset, Shard, pair_of
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair

_GROUP_ROWS = 256
_GROUP_BYTES = 256 << 20
"""Decoded images after which a row group ends: readers hold a row group in memory."""
_DICTIONARY_BYTES = 256 << 20

_MESSAGE = {"role": {"dtype": "string", "_type": "Value"}, "content": {"dtype": "string", "_type": "Value"}}
_IMAGES = {"feature": {"_type": "Image"}, "_type": "List"}
_TEXT = {"dtype": "string", "_type": "Value"}
_MESSAGES_TYPE = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_IMAGES_TYPE = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


class TrlOptions(BaseModel):
    """Options.

    Attributes:
        form: ``messages`` has a row a conversation; ``prompt-completion`` a row an answer, with what came before it as
            the prompt, so that the loss is of the answers alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    form: Literal["messages", "prompt-completion"] = "messages"


def export(dataset: BuiltDataset, out: Path, options: TrlOptions) -> list[Path]:
    """Write ``SPLIT-00000-of-000NN.parquet``, a file for each shard of the dataset."""
    return [export_shard(dataset, shard, out, options) for shard in dataset.shards()]


def export_shard(dataset: BuiltDataset, shard: Shard, out: Path, options: TrlOptions) -> Path:
    """Write the file of one shard; its name."""
    path = Path(shard.pairs.name)
    write_rows(out / path, _schema(options), _shard_rows(dataset, shard, options))
    return path


def _shard_rows(dataset: BuiltDataset, shard: Shard, options: TrlOptions) -> Iterator[dict[str, Any]]:
    pairs = {pair.pair_id: pair for pair in dataset.shard_pairs(shard)}
    for item in dataset.shard_instructions(shard):
        yield from records(item, pair_of(item, pairs), options)


def records(item: Instruction, pair: StoredPair, options: TrlOptions) -> Iterator[dict[str, Any]]:
    """The rows of one instruction."""
    # With a literal mark in a text, processors whose image token is that mark would see one more image.
    turns = [{"role": role, "content": text} for role, text in marked(item, pair, mark="")]
    images = [encoded_for_readers(image) for image in item_images(item, pair)]
    about = {"id": item.instruction_id, "task": item.task}
    shown = {"images": [{"bytes": image.data, "path": image.path} for image in images]}
    if options.form == "messages":
        yield {**about, "messages": turns, **shown}
        return
    for place, turn in enumerate(turns):
        if turn["role"] == "assistant":
            yield {**about, "turn": place, "prompt": turns[:place], "completion": [turn], **shown}


def _schema(options: TrlOptions) -> pa.Schema:
    """Columns, with the features that ``datasets`` looks for."""
    texts = ("messages",) if options.form == "messages" else ("prompt", "completion")
    fields: list[tuple[str, pa.DataType, Any]] = [("id", pa.string(), _TEXT), ("task", pa.string(), _TEXT)]
    if options.form != "messages":
        fields.append(("turn", pa.int32(), {"dtype": "int32", "_type": "Value"}))
    fields += [(name, _MESSAGES_TYPE, {"feature": _MESSAGE, "_type": "List"}) for name in texts]
    fields.append(("images", _IMAGES_TYPE, _IMAGES))
    features = {name: feature for name, _, feature in fields}
    metadata = {"huggingface": dump_json({"info": {"features": features}})}
    return pa.schema([(name, kind) for name, kind, _ in fields], metadata=metadata)


def write_rows(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows whose images are in the column ``images``: an image once for all rows of a row group that show it."""
    # Image files are compressed already.
    compression = {name: "none" if name.endswith(".bytes") else "zstd" for name in leaf_columns(schema)}
    with (
        atomic_path(path) as partial,
        pq.ParquetWriter(
            partial,
            schema,
            compression=compression,
            use_dictionary=True,
            dictionary_pagesize_limit=_DICTIONARY_BYTES,
            write_statistics=False,
        ) as writer,
    ):
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    held = 0
    for row in rows:
        group.append(row)
        held += sum(len(image["bytes"]) for image in row["images"])
        if len(group) >= _GROUP_ROWS or held >= _GROUP_BYTES:
            yield group
            group, held = [], 0
    if group:
        yield group


EXPORTER = ExporterSpec("trl", "Parquet for TRL's SFTTrainer.", TrlOptions, export)
