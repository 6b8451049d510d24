"""One self-contained page of a sample of pairs: images, masks, facts, questions and answers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import write_atomic
from rsica_data.core.web_pages import json_block
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.report.content import head_data, page_html, pair_data
from rsica_data.schema import Instruction


def write_preview(
    dataset: BuiltDataset, html: Path, *, sample: int = 60, split: str | None = None, seed: int = 0
) -> dict[str, Any]:
    """Write the page.

    Args:
        dataset: a built dataset.
        html: file to write.
        sample: pairs to show, drawn evenly from each split's changed and unchanged ones.
        split: only pairs of this split.
        seed: which pairs are drawn.

    Returns:
        ``{"pairs": number shown}``.

    Raises:
        UserError: no such split, or the dataset is damaged.
    """
    dataset.shards(split)  # says so where there is no such split
    dataset.check_files()
    chosen = _draw(dataset, sample, split, seed)
    shown: list[dict[str, Any]] = []
    for shard in dataset.shards(split):
        wanted = {pair.pair_id for pair in dataset.shard_pairs(shard, images=False)} & chosen
        if not wanted:
            continue
        asked: dict[str, list[Instruction]] = {name: [] for name in wanted}
        for item in dataset.shard_instructions(shard):
            if item.pair_id in asked:
                asked[item.pair_id].append(item)
        # One pair's images in memory at a time.
        pairs = (pair for pair in dataset.shard_pairs(shard) if pair.pair_id in wanted)
        shown.extend(pair_data(dataset, pair, asked[pair.pair_id]) for pair in pairs)
    data = json_block({"head": head_data(dataset), "pairs": shown})
    write_atomic(html, page_html("sample", f'<script type="application/json" id="data">{data}</script>'), lone=True)
    return {"pairs": len(shown)}


def _draw(dataset: BuiltDataset, sample: int, split: str | None, seed: int) -> set[str]:
    groups: dict[tuple[str, bool], list[tuple[str, str]]] = {}
    for pair in dataset.pairs(split, images=False):
        order = hashlib.sha256(f"{seed}\n{pair.pair_id}".encode()).hexdigest()
        groups.setdefault((pair.split, bool(pair.changed)), []).append((order, pair.pair_id))
    if not groups:
        raise UserError("has no pairs", file=dataset.root)
    queues = [sorted(group) for _, group in sorted(groups.items())]
    chosen: list[str] = []
    for place in range(max(len(queue) for queue in queues)):
        chosen += [queue[place][1] for queue in queues if place < len(queue)]
    return set(chosen[:sample])
