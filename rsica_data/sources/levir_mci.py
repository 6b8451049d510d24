"""LEVIR-MCI and LEVIR-CC: ``images/{train,val,test}/{A,B,label}/*.png`` and ``LevirCCcaptions.json``.

LEVIR-CC: 10,077 pairs of 256 x 256 pixels at 0.5 m from 20 regions in Texas, five captions each (C. Liu et al., IEEE
TGRS 60, 2022). LEVIR-MCI adds masks of changed roads (128) and buildings (255) (C. Liu et al., Change-Agent, IEEE TGRS
62, 2024). Either part may be absent: captions without labels is LEVIR-CC, labels without captions is a change detection
set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import short
from rsica_data.imagery.masks import Colour
from rsica_data.schema import ClassDef, ImagePair, PairKey, SourceSpec
from rsica_data.schema.caption_files import read_captioned_images
from rsica_data.schema.caption_text import has_words, strip_caption
from rsica_data.schema.records import SPLITS
from rsica_data.sources.class_map import GroundSampleDistance
from rsica_data.sources.common import (
    LEFT_OUT,
    load_images,
    load_mask,
    need_root,
    not_this_layout,
    split_suffix,
)
from rsica_data.sources.fields import local_path
from rsica_data.sources.lazy_keys import LazyKeys
from rsica_data.sources.mask_rules import MaskRule
from rsica_data.sources.packed_names import PackedNames, packed_images
from rsica_data.sources.paired_files import PairedFiles

NAME = "levir-mci"
CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"))
_SIDES = ("A", "B", "label")
"""Folders of the images before, those after, and the masks."""
_CAPTION_FILES = ("LevirCCcaptions.json", "LevirCCcaptions.json.gz")


class MaskValues(BaseModel):
    """Label values of the two classes.

    Attributes:
        road: label value of changed roads.
        building: label value of changed buildings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    road: Annotated[int, Field(ge=1, le=255)] = 128
    building: Annotated[int, Field(ge=1, le=255)] = 255

    @model_validator(mode="after")
    def _two(self) -> MaskValues:
        if self.road == self.building:
            raise ValueError(f"{self.road} stands for both road and building")
        return self

    def rule(self) -> MaskRule:
        """How masks are read."""
        return _rule(self.road, self.building)


@lru_cache(maxsize=8)
def _rule(road: int, building: int) -> MaskRule:
    mapping: dict[Colour, int] = {0: 0, road: 1, building: 2}
    return MaskRule(mapping, values_key="source.options.mask_values")


class LevirMciOptions(BaseModel):
    """Options of the source.

    Attributes:
        captions: caption file relative to the input folder. By default the first of ``LevirCCcaptions.json``,
            ``LevirCCcaptions.json.gz`` and the same two in ``images/`` that is there; none is needed.
        labels: whether masks are read; by default where any ``label`` folder holds images.
        mask_values: label values of road and building, 128 and 255; ``{road: 1, building: 2}`` for masks of class ids.
        gsd_m: ground sample distance in metres per pixel.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    captions: str | None = None
    labels: bool | None = None
    mask_values: MaskValues = MaskValues()
    gsd_m: GroundSampleDistance | None = 0.5

    @field_validator("captions")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        return value if value is None else local_path(value)


def index(root: Path | None, options: LevirMciOptions) -> Sequence[PairKey]:
    """Every pair on disk or in the caption file, the latter also where its images are absent."""
    root = need_root(root)
    images = root / "images" if (root / "images").is_dir() else root
    prefix = "images/" if images != root else ""
    listed = {split: _listed(images / split) for split in SPLITS}
    captions = _captions(root, options)
    if not any(sides[0] for sides in listed.values()):
        raise not_this_layout(root, NAME, [f"{prefix or 'images/'}{{{','.join(SPLITS)}}}/A/*.png", *_CAPTION_FILES])
    with_labels = options.labels if options.labels is not None else any(sides[2] for sides in listed.values())
    captioned: dict[str, list[str]] = {split: [] for split in SPLITS}
    for split, name in captions:
        captioned[split].append(name)
    roles = ("before", "after", "change_mask")[: 3 if with_labels else 2]
    runs = []
    for split, sides in listed.items():
        files = PairedFiles(sides, captioned[split])
        folders = {role: f"{prefix}{split}/{side}/" for role, side in zip(roles, _SIDES, strict=False)}
        runs.append((len(files.names), partial(_key, split, files, folders, captions)))
    return LazyKeys(runs)


def _listed(folder: Path) -> list[PackedNames]:
    """The image files of each side of a split."""
    before = packed_images(folder / _SIDES[0])
    return [before, *(packed_images(folder / side, like=before) for side in _SIDES[1:])]


def _key(
    split: str,
    files: PairedFiles,
    folders: Mapping[str, str],
    captions: Mapping[tuple[str, str], Mapping[str, Any]],
    place: int,
) -> PairKey:
    name = files.names[place]
    entry = captions.get((split, name), {})
    default = entry.get("filename", f"{name}.png")
    paths: dict[str, str | None] = {
        role: folder + files.file(side, place, default) for side, (role, folder) in enumerate(folders.items())
    }
    extra = {LEFT_OUT: entry["left_out"]} if entry.get("left_out") else {}
    return PairKey(f"{NAME}/{split}/{name}", split, paths, entry.get("captions", ()), entry.get("changed"), extra)


def load(root: Path | None, key: PairKey, options: LevirMciOptions) -> ImagePair:
    """Read one pair."""
    root = need_root(root)
    images = load_images(root, key)
    size, rule = (images.width, images.height), options.mask_values.rule()
    label = key.files.get("change_mask")
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=images.before,
        after=images.after,
        width=images.width,
        height=images.height,
        classes=CLASSES,
        change_mask=None if label is None else load_mask(root, label, rule, size, shown=images.shown),
        captions=key.captions,
        changed=key.changed,
        gsd_m=options.gsd_m,
        license=SOURCE.license,
        attributes=images.attributes,
    )


def _captions(root: Path, options: LevirMciOptions) -> dict[tuple[str, str], dict[str, Any]]:
    names = [options.captions] if options.captions else [*_CAPTION_FILES, *(f"images/{n}" for n in _CAPTION_FILES)]
    for name in names:
        if (root / name).is_file():
            return read_captions(root / name)
    if options.captions:
        raise UserError("no such caption file", file=root / options.captions, key="source.options.captions")
    return {}


def read_captions(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Captions and change flags of a file in the layout of ``LevirCCcaptions.json`` (Karpathy's layout).

    Returns:
        (split, name) to ``{"filename", "captions", "left_out", "changed"}``; captions without the final " .", and how
        many sentences without words were left out.

    Raises:
        UserError: not JSON, not in this layout, or two entries for one image.
    """
    captions: dict[tuple[str, str], dict[str, Any]] = {}
    for image in read_captioned_images(path):
        if image.split not in SPLITS:
            problem = f"'{image.filename}' is in split '{short(image.split)}', which is none of {', '.join(SPLITS)}"
            raise UserError(problem, file=path, key=f"images[{image.number}].split")
        stem, suffix = split_suffix(image.filename)
        if (image.split, stem) in captions:
            raise UserError(f"images[{image.number}]: second entry for '{image.filename}'", file=path)
        kept = [text for text in image.sentences if has_words(text)]
        captions[image.split, stem] = {
            "filename": image.filename if suffix else f"{image.filename}.png",
            "captions": tuple(strip_caption(text) for text in kept),
            "left_out": len(image.sentences) - len(kept),
            "changed": image.changed,
        }
    return captions


SOURCE = SourceSpec(
    name=NAME,
    summary="LEVIR-MCI or LEVIR-CC: pairs with road and building masks, captions, or both.",
    options=LevirMciOptions,
    index=index,
    streams=lambda options: True,
    load=load,
    layout="images/{train,val,test}/{A,B,label}/*.png  (label: 0 none, 128 road, 255 building)\nLevirCCcaptions.json",
    license="LEVIR-CC: research use",
    citation=(
        "C. Liu et al.: Remote Sensing Image Change Captioning With Dual-Branch Transformers. IEEE TGRS 60, 2022; "
        "C. Liu et al.: Change-Agent. IEEE TGRS 62, 2024"
    ),
    url="https://github.com/Chen-Yang-Liu/Change-Agent",
    redistributable=False,
)
