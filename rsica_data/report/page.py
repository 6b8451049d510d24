"""One self-contained page of a sample of pairs: images, masks, facts, questions and answers."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from rsica_data.errors import UserError
from rsica_data.images import decode_mask, decode_rgb, encode_png, probe
from rsica_data.journal import write_atomic
from rsica_data.reader import BuiltDataset
from rsica_data.schema import EncodedImage, Instruction, view_facts
from rsica_data.schema.arrow import StoredPair

_COLOURS = (
    (0, 158, 224),
    (228, 60, 50),
    (86, 170, 60),
    (240, 170, 20),
    (150, 90, 200),
    (20, 150, 136),
    (230, 120, 180),
)
_LARGEST_EMBEDDED = 400_000
_LONGEST_SIDE = 768


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
        UserError: no such split.
    """
    chosen = _draw(dataset, sample, split, seed)
    shown = []
    for shard in dataset.shards(split):
        wanted = [pair for pair in dataset.shard_pairs(shard) if pair.pair_id in chosen]
        if not wanted:
            continue
        asked: dict[str, list[Instruction]] = {pair.pair_id: [] for pair in wanted}
        for item in dataset.shard_instructions(shard):
            if item.pair_id in asked:
                asked[item.pair_id].append(item)
        shown += [_pair(dataset, pair, asked[pair.pair_id]) for pair in wanted]
    write_atomic(html, _page(_head(dataset), shown))
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


def _head(dataset: BuiltDataset) -> dict[str, Any]:
    counts = dataset.manifest["counts"]
    return {
        "name": dataset.name,
        "title": dataset.manifest["recipe"].get("title") or dataset.name,
        "sha256": dataset.hash,
        "counts": counts,
        "splits": list(dataset.splits),
        "rejected": list(_rejected(dataset.root / "rejected.jsonl")),
        "classes": [
            {"name": name, "colour": _colour(number)} for number, name in enumerate(dataset.manifest["change_classes"])
        ],
    }


def _rejected(path: Path, most: int = 200) -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream):
                row = json.loads(line)
                # Texts of a language model that were refused are no items of the input; they come after these.
                if number >= most or row.get("stage") == "assist":
                    return
                yield row


def _colour(number: int) -> str:
    red, green, blue = _COLOURS[number % len(_COLOURS)]
    return f"rgb({red},{green},{blue})"


def _pair(dataset: BuiltDataset, pair: StoredPair, items: list[Instruction]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": pair.pair_id,
        "split": pair.split,
        "changed": pair.changed,
        "width": pair.width,
        "height": pair.height,
        "gsd": pair.gsd_m,
        "before": _embed(pair.before),
        "after": _embed(pair.after),
        "captions": list(pair.captions),
        "overlays": [],
        "classes": [],
        "objects": [],
        "asked": [
            {
                "id": item.instruction_id,
                "task": item.task,
                "kind": item.kind,
                "turns": [[turn.role, turn.content] for turn in item.turns],
                "references": len(item.references),
                "template": item.provenance.template,
            }
            for item in items
        ],
    }
    if pair.facts is not None:
        view = view_facts(pair.facts, dataset.rules, pair.changed)
        names = list(dataset.manifest["change_classes"])
        ids = {entry.name: entry.class_id for entry in pair.facts.classes}
        row["classes"] = [
            {
                "name": name,
                "count": view.counts[name],
                "area": view.area_px[name],
                "m2": view.area_m2[name],
                "share": round(100 * view.fraction[name], 2),
                "cells": list(view.cells[name]),
            }
            for name in view.classes
        ]
        row["objects"] = [
            {"class": names.index(name), "box": list(item.box)} for name in view.classes for item in view.objects[name]
        ]
        if pair.change_mask is not None:
            row["overlays"] = _overlays(pair.change_mask, {names.index(name): ids[name] for name in ids})
    return row


def _overlays(mask: EncodedImage, ids: dict[int, int]) -> list[dict[str, Any]]:
    """One transparent image a class that has pixels, so that each can be shown and hidden; ``ids`` by class number."""
    found = decode_mask(mask.data)
    overlays = []
    for number, class_id in sorted(ids.items()):
        where = found == class_id
        if where.any():
            pixels = np.zeros((*found.shape, 4), np.uint8)
            pixels[where] = (*_COLOURS[number % len(_COLOURS)], 255)
            overlays.append({"class": number, "src": _data_url("png", encode_png(pixels))})
    return overlays


def _embed(image: EncodedImage | None) -> str | None:
    """A data URL: the bytes as they are where a browser shows them and they are small, else re-encoded."""
    if image is None:
        return None
    kind = probe(image).format.lower()
    if kind in ("png", "jpeg") and len(image.data) <= _LARGEST_EMBEDDED:
        return _data_url(kind, image.data)
    from PIL import Image

    smaller = Image.fromarray(decode_rgb(image.data))
    smaller.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    out = BytesIO()
    smaller.save(out, "JPEG", quality=88)
    return _data_url("jpeg", out.getvalue())


def _data_url(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _page(head: dict[str, Any], pairs: list[dict[str, Any]]) -> str:
    assets = files("rsica_data.report") / "assets"
    # No "<" at all: "</script" would end the element that holds the data, "<!--" with "<script" keep it from ending.
    # All text reaches the page as text nodes.
    data = json.dumps({"head": head, "pairs": pairs}, ensure_ascii=False).replace("<", "\\u003c")
    page = (assets / "page.html").read_text(encoding="utf-8")
    for name, text in (
        ("STYLE", (assets / "page.css").read_text(encoding="utf-8")),
        ("SCRIPT", (assets / "page.js").read_text(encoding="utf-8")),
        ("DATA", data),
    ):
        page = page.replace(f"/*{name}*/", text)
    return page
