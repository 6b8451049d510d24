"""Bi-temporal image pairs and the instructions made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.quick_init import quick_init
from rsica_data.schema.given import GivenQuestion
from rsica_data.schema.json_values import JsonObject
from rsica_data.schema.map_scene import MapScene

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
"""The order of every build."""

MASK_ROLES = ("change_mask", "before_labels", "after_labels")
"""Names of the masks that a pair may have."""

IGNORE_ID = 255
"""Class id of pixels that nobody labelled, in masks that the toolkit makes."""

PSEUDO = "pseudo"
"""What ``attributes.label_source`` of a pair says whose mask a model made."""

IMAGE_MARK = "<image>"
"""What stands for an image in the texts of training formats."""

Mask = NDArray[np.uint8]
"""Class ids, shape ``[height, width]``, dtype uint8; 0 is "none" (no change, or no label)."""


def is_evaluation(split: str) -> bool:
    """Whether rows of a split are for evaluation: asked in fixed words, captions with all references in one row."""
    return split != "train"


@dataclass(frozen=True, slots=True)
class ClassDef:
    """A class of a change mask or label map: id (1..255, 0 is none) and singular name (``building``)."""

    id: int
    name: str


@quick_init
@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An image file as it stands: original relative path (``/`` separators) and encoded bytes."""

    path: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExtraImage:
    """A further image of the place: a prior map, a third date, an overlay."""

    role: str
    date: str | None
    image: EncodedImage


@quick_init
@dataclass(frozen=True, slots=True)
class PairKey:
    """What a source knows of a pair before reading its files: enough to load it in another process.

    Attributes:
        pair_id: ``SOURCE/SPLIT/NAME``.
        split: ``train``, ``val`` or ``test``.
        files: role (``before``, ``after``, ``change_mask``, ``before_labels``, ``after_labels``) to the path
            relative to the source's root, ``/`` separators. A role whose file is missing maps to None.
        captions: stripped captions, in file order.
        changed: the source's own change flag, where it has one.
        extra: whatever else the source needs to load the pair; JSON values only.
    """

    pair_id: str
    split: str
    files: Mapping[str, str | None]
    captions: tuple[str, ...] = ()
    changed: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@quick_init
@dataclass(frozen=True, slots=True)
class ImagePair:
    """Two co-registered images of one place, before and after, with what is known of the change.

    Masks hold class ids of ``classes`` (0 = none); pixels equal to ``ignore_id`` are unlabelled and count
    nowhere. ``after`` is None for single-date sources. ``changed`` is the source's own flag where it has
    one, else None until the facts settle it. ``transform`` is the affine geotransform in GDAL order
    ``(a, b, c, d, e, f)`` of rasterio; ``gsd_m`` the ground sample distance in metres per pixel. ``scene`` is what a
    map says of the pair, and ``change_numbers`` (``[height, width]`` int32) 1 + place of the scene's change that a
    changed pixel shows, 0 for none. ``labels_whole`` is False where the label maps hold classes only where something
    changed: they do not tell how much of the image a class covers. ``questions`` are those that came with the pair.
    ``series_labels`` are the label maps of all dates of a record of more than two, in order of time.
    ``standing`` is the class of what stood before and did not change, where the source knows it; it is a class of the
    earlier label map alone.
    """

    pair_id: str
    split: str
    source: str
    before: EncodedImage
    after: EncodedImage | None
    width: int
    height: int
    classes: tuple[ClassDef, ...] = ()
    change_mask: Mask | None = None
    before_labels: Mask | None = None
    after_labels: Mask | None = None
    ignore_id: int | None = None
    captions: tuple[str, ...] = ()
    changed: bool | None = None
    gsd_m: float | None = None
    crs: str | None = None
    transform: tuple[float, float, float, float, float, float] | None = None
    before_date: str | None = None
    after_date: str | None = None
    license: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    extra_images: tuple[ExtraImage, ...] = ()
    scene: MapScene | None = None
    change_numbers: NDArray[np.int32] | None = None
    labels_whole: bool = True
    questions: tuple[GivenQuestion, ...] = ()
    series_labels: tuple[Mask, ...] = ()
    standing: str | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation, without image marks: exporters and adapters add those."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the words of an instruction come from.

    ``template`` and ``version`` for rules; ``model``, ``prompt_hash``, ``request_id``, ``parameters`` (JSON)
    for a language model; ``verified`` is the outcome of checking the text against the facts (None: unchecked).
    """

    method: Literal["rule", "llm", "human"]
    template: str | None = None
    version: int | None = None
    model: str | None = None
    prompt_hash: str | None = None
    parameters: str | None = None
    request_id: str | None = None
    seed: int | None = None
    verified: bool | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class Instruction:
    """One row to train on or to be asked: alternating user and assistant turns and the typed gold."""

    instruction_id: str
    pair_id: str
    split: str
    task: str
    kind: str
    turns: tuple[Turn, ...]
    gold: JsonObject
    references: tuple[str, ...]
    changed: bool | None
    provenance: Provenance
