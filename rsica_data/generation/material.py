"""What is known of a pair, as prompts and checks see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rsica_data.change_facts.outline import prompt_outline
from rsica_data.claims import Listed, PairContext, directions_in, list_facts
from rsica_data.geometry.cells import cell_of
from rsica_data.imagery.images import decode_rgb, encode_png, probe
from rsica_data.llm import Image
from rsica_data.schema import (
    EncodedImage,
    FactsView,
    Instruction,
    JsonObject,
    MapObject,
    MapScene,
    ObjectFacts,
    map_cell,
    north_is_up,
    scene_from_json,
)
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import is_evaluation
from rsica_data.schema.rules import change_classes
from rsica_data.text.mentions import Synonyms

_MOST_OBJECTS = 40
"""Objects listed in a prompt, the largest first: a town of a thousand houses would fill it otherwise."""

_UNSEEN = re.compile(
    r"(?:was:)?(?:(?:\w+_)?name(?::|$)|addr:|ref(?::|$)|source(?::|$)|wiki|website|phone|contact:|operator|created_by|tiger:|gnis:|note|"
    r"fixme|FIXME|opening_hours|email|url|brand|start_date|end_date|check_date|description|import|attribution)"
)
"""Keys of tags that no image shows."""


@dataclass(frozen=True)
class Material:
    """One pair.

    Attributes:
        view: the facts under the recipe's rules; None where the pair has no mask.
        evaluation: whether the pair is of a val or test split.
        rows: the rule-made instructions about the pair.
        metadata: what a prompt may tell besides: dates, place, sensor; no paths.
        attributes: what the source alone knows of the pair.
        scene: what a map says of the pair; None where no map was read.
        two: whether there is an image after.
        north_up: whether compass directions mean something in the image.
        synonyms: the recipe's further words for classes.
        images: gives the images, before and then after, when they are asked for.
    """

    pair_id: str
    split: str
    classes: tuple[str, ...]
    view: FactsView | None
    captions: tuple[str, ...]
    changed: bool | None
    evaluation: bool
    rows: tuple[Instruction, ...] = ()
    width: int = 0
    height: int = 0
    before_date: str | None = None
    after_date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    scene: MapScene | None = None
    two: bool = True
    north_up: bool = False
    synonyms: Synonyms = ()
    images: Callable[[], tuple[Image, ...]] = tuple

    def has(self, need: str) -> bool:
        """Whether the pair has what a prompt needs (``PromptMeta.needs``)."""
        view = self.view
        available = {
            "captions": bool(self.captions),
            "mask": view is not None and self.changed is not None and bool(self.classes),
            "objects": view is not None and any(view.objects.values()),
            "tags": bool(self.mapped()),
            "rows": bool(self.rows),
            "metadata": bool(self.metadata),
            "images": True,
        }
        return available[need]

    def mapped(self) -> tuple[MapObject, ...]:
        """The objects of the map in the image that captions of one image are about: the only one, or the second."""
        return () if self.scene is None else self.scene.after if self.two else self.scene.before


def material_of(
    pair: StoredPair, view: FactsView | None, rows: Sequence[Instruction] = (), synonyms: Synonyms = ()
) -> Material:
    """The material of a stored pair; ``view`` are its facts under the recipe's rules."""
    known = {
        "before_date": pair.before_date,
        "after_date": pair.after_date,
        "crs": pair.crs,
        "ground_sample_distance_m": pair.gsd_m,
    }
    plain = {
        name: value for name, value in sorted(pair.attributes.items()) if isinstance(value, (str, int, float, bool))
    }
    return Material(
        pair_id=pair.pair_id,
        split=pair.split,
        classes=change_classes(pair.facts, pair.classes),
        view=view,
        captions=pair.captions,
        changed=pair.changed,
        evaluation=is_evaluation(pair.split),
        rows=tuple(rows),
        width=pair.width,
        height=pair.height,
        before_date=pair.before_date,
        after_date=pair.after_date,
        metadata={name: value for name, value in known.items() if value is not None} | plain,
        attributes=pair.attributes,
        scene=scene_from_json(pair.attributes["map"]) if "map" in pair.attributes else None,
        two=pair.after is not None,
        north_up=north_is_up(pair.transform, pair.crs, pair.width, pair.height),
        synonyms=synonyms,
        images=lambda: tuple(_sendable(image) for image in (pair.before, pair.after) if image is not None),
    )


def _sendable(image: EncodedImage) -> Image:
    """An image as servers take it: PNG and JPEG files as they stand, others as PNG."""
    kind = probe(image).format.lower()
    if kind in ("png", "jpeg"):
        return Image(f"image/{kind}", image.data)
    return Image("image/png", encode_png(decode_rgb(image.data)))


def image_json(material: Material, needs: Collection[str] = ()) -> JsonObject:
    """What source and map know besides the change; told only where a prompt needs ``metadata`` or ``tags``."""
    image_facts: JsonObject = {}
    if "metadata" in needs:
        image_facts["metadata"] = dict(material.metadata)
    if "tags" in needs:
        shown = sorted(material.mapped(), key=lambda item: (-item.area_px, item.name))
        image_facts["map"] = [_mapped_json(item, material) for item in shown[:_MOST_OBJECTS]]
    return image_facts


def whole_image_json(material: Material, needs: Collection[str] = ()) -> JsonObject:
    """As :func:`image_json`, with every object of the map, and the land cover where a prompt needs ``metadata``.

    Captions of one image are checked against it.
    """
    whole = image_json(material, needs)
    view = material.view
    if "metadata" in needs and view is not None and view.cover:
        pixels, which = view.width * view.height, int(material.two)
        whole["cover"] = {name: 100 * areas[which] / pixels for name, areas in view.cover.items()}
    if "map" in whole:
        whole["map"] = [_mapped_json(item, material) for item in material.mapped()]
    return whole


def facts_json(material: Material) -> JsonObject:
    """The facts of a pair as a prompt shows them: names instead of ids, shares of the image instead of pixels.

    Counts and cells are those of the recipe's rules; boxes are ``[x0, y0, x1, y1]`` and outlines lists of ``[x, y]``,
    both in shares of the image size (two decimals). Objects are listed largest first, at most 40.
    """
    facts: JsonObject = {
        "changed": material.changed,
        "classes": [],
        "objects": [],
        "captions": list(material.captions),
    }
    view = material.view
    if view is None:
        return facts
    facts["classes"] = [_class_json(view, name) for name in view.classes]
    listed = [(name, item) for name in view.classes for item in view.objects[name]]
    listed.sort(key=lambda entry: (-entry[1].area_px, entry[1].object_id))
    facts["objects"] = [_object_json(view, name, item) for name, item in listed[:_MOST_OBJECTS]]
    if len(listed) > _MOST_OBJECTS:
        facts["objects_not_listed"] = len(listed) - _MOST_OBJECTS
    pixels = view.width * view.height
    if view.transitions:
        facts["transitions"] = [
            {"from": old, "to": new, "percent": round(100 * area / pixels, 1)} for old, new, area in view.transitions
        ]
    if view.cover:
        facts["cover_percent"] = {
            name: {"before": round(100 * before / pixels, 1), "after": round(100 * after / pixels, 1)}
            for name, (before, after) in view.cover.items()
        }
    if view.gsd_m is not None:
        facts["image_size_m"] = [round(view.width * view.gsd_m), round(view.height * view.gsd_m)]
    return facts


def listed_of(material: Material) -> Listed:
    """The numbered facts of a pair, which its prompts list and texts about it are checked against."""
    names = tuple(dict.fromkeys((*material.classes, *(() if material.view is None else material.view.land))))
    context = PairContext(
        classes=names,
        changed=material.changed,
        captions=material.captions,
        dates=(material.before_date, material.after_date),
        directions=directions_in(material.captions, names),
    )
    return Listed(list_facts(material.view, context), names, synonyms=material.synonyms, north_up=material.north_up)


def _class_json(view: FactsView, name: str) -> JsonObject:
    entry: JsonObject = {
        "class": name,
        "count": view.counts[name],
        "cells": list(view.cells[name]),
        "percent": round(100 * view.fraction[name], 1),
    }
    if view.area_m2[name] is not None:
        entry["area_m2"] = round(view.area_m2[name] or 0)
    return entry


def _object_json(view: FactsView, name: str, item: ObjectFacts) -> JsonObject:
    x0, y0, x1, y1 = item.box
    width, height = view.width, view.height
    entry: JsonObject = {
        "id": item.object_id,
        "class": name,
        "cell": cell_of(item.centroid, width, height),
        "percent": round(100 * item.area_px / (width * height), 2),
        "box": [round(x0 / width, 2), round(y0 / height, 2), round(x1 / width, 2), round(y1 / height, 2)],
        "outline": [list(point) for point in prompt_outline(item.outline, width, height)],
    }
    if item.tags:
        entry["tags"] = _seen(item.tags)
    return entry


def _mapped_json(item: MapObject, material: Material) -> JsonObject:
    cell = map_cell(item, material.width, material.height)
    return {"class": item.class_name, "tags": _seen(item.tags), "cell": cell, "area_m2": round(item.area_m2)}


def _seen(tags: Mapping[str, str]) -> JsonObject:
    return {key: value for key, value in sorted(tags.items()) if not _UNSEEN.match(key)}
