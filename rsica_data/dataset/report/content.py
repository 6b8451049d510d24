"""What a page shows of a dataset and of each of its pairs, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json_lines, short
from rsica_data.core.web_pages import content_policy
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.report.location import place_of
from rsica_data.dataset.stats import dataset_stats
from rsica_data.imagery.page_images import LONGEST_SIDE, class_colour, embedded, small_mask_layers
from rsica_data.schema import ChangeFacts, Instruction, view_facts
from rsica_data.schema.arrow import StoredPair
from rsica_data.text.yaml_files import packaged_yaml

_MOST_OUTLINES = 300


def head_data(dataset: BuiltDataset) -> dict[str, Any]:
    """What is known of the whole dataset."""
    counts = dataset.manifest["counts"]
    return {
        "name": dataset.name,
        "title": dataset.manifest["recipe"].get("title") or dataset.name,
        "sha256": dataset.hash,
        "stats": dataset_stats(dataset)["splits"],
        "counts": counts,
        "land": packaged_yaml("rsica_data.dataset.report", "assets/land.json"),
        "splits": list(dataset.splits),
        "rejected": list(_rejected(dataset.root / "rejected.jsonl")),
        "classes": [
            {"name": name, "colour": class_colour(number)}
            for number, name in enumerate(dataset.manifest["change_classes"])
        ],
    }


def _rejected(path: Path, most: int = 200) -> Iterator[dict[str, str]]:
    if not path.is_file():
        return
    for number, row in read_json_lines(path, "a row of rejected items"):
        # Texts of a language model that were refused are no items of the input; they come after these.
        if number > most or row.get("stage") == "assist":
            return
        for key in ("pair_id", "reason", "detail"):
            if not isinstance(row.get(key), str):
                raise UserError("should be a text", file=path, line=number, key=key)
        yield row


def pair_data(
    dataset: BuiltDataset, pair: StoredPair, items: list[Instruction], longest: int = LONGEST_SIDE
) -> dict[str, Any]:
    """A pair with its images as data URLs, its facts and its instructions; ``longest`` side of images, in pixels."""
    row: dict[str, Any] = {
        "id": pair.pair_id,
        "split": pair.split,
        "changed": pair.changed,
        "width": pair.width,
        "height": pair.height,
        "gsd": pair.gsd_m,
        "place": place_of(pair),
        "dates": [pair.before_date, pair.after_date],
        "before": embedded(pair.before, longest),
        "after": embedded(pair.after, longest),
        "captions": list(pair.captions),
        "overlays": [],
        "classes": [],
        "objects": [],
        "asked": [_asked(item) for item in items],
    }
    return row if pair.facts is None else row | _changes(dataset, pair, pair.facts)


def _asked(item: Instruction) -> dict[str, Any]:
    return {
        "id": item.instruction_id,
        "task": item.task,
        "kind": item.kind,
        "turns": [[turn.role, turn.content] for turn in item.turns],
        "references": len(item.references),
        "template": item.provenance.template,
    }


def _changes(dataset: BuiltDataset, pair: StoredPair, facts: ChangeFacts) -> dict[str, Any]:
    """What changed, by class: numbers, boxes and overlays."""
    view = view_facts(facts, dataset.rules, pair.changed)
    names = list(dataset.manifest["change_classes"])
    ids = {entry.name: entry.class_id for entry in facts.classes}
    if stray := sorted(ids.keys() - set(names)):
        problem = f"does not name the class '{short(stray[0])}' of the pair '{short(pair.pair_id)}'"
        raise UserError(problem, file=dataset.root / "manifest.json", key="change_classes")
    classes = [
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
    drawn = [(names.index(name), item) for name in view.classes for item in view.objects[name]]
    objects = [
        {
            "class": number,
            "id": item.object_id,
            "box": list(item.box),
            # Of very many objects the outlines would weigh more than the images.
            "outline": [value for point in item.outline for value in point] if len(drawn) <= _MOST_OUTLINES else [],
        }
        for number, item in drawn
    ]
    mask = pair.change_mask
    numbers = {names.index(name): ids[name] for name in ids}
    layers = () if mask is None else small_mask_layers(mask.data, numbers)
    overlays = [{"class": number, "src": src} for number, src in layers]
    return {"classes": classes, "objects": objects, "overlays": overlays}


def page_html(script: str, data: str) -> str:
    """The page with its style and scripts inside.

    Args:
        script: name of the script of this kind of page, ``sample`` or ``folder``.
        data: elements that hold or load the data.
    """
    assets = files("rsica_data.dataset.report") / "assets"
    page = (assets / "page.html").read_text(encoding="utf-8")
    style = (assets / "page.css").read_text(encoding="utf-8")
    names = ("parts.js", "viewer.js", "place.js", "review.js", f"{script}.js")
    code = "\n".join((assets / name).read_text(encoding="utf-8") for name in names)
    # The data comes last: whatever stands in it, nothing is looked for in it again.
    page = page.replace("/*POLICY*/", content_policy(scripts=[code], styles=[style], files=script == "folder"))
    return page.replace("/*STYLE*/", style).replace("/*SCRIPT*/", code).replace("/*DATA*/", data)
