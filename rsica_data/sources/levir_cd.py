"""LEVIR-CD and sets laid out like it: ``{train,val,test}/{A,B,label}``, or flat ``{A,B,label}`` with ``list/*.txt``.

LEVIR-CD: 637 pairs of 1024 x 1024 pixels at 0.5 m, changed buildings 255 (H. Chen, Z. Shi, Remote Sensing 12(10),
2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from rsica_data.errors import BadItem, UserError
from rsica_data.images import Colour
from rsica_data.schema import ClassDef, ImagePair, PairKey, SourceSpec
from rsica_data.sources.common import SPLITS, list_images, load_images, load_mask, not_this_layout, sort_keys

NAME = "levir-cd"
_SIDES = {"before": "A", "after": "B", "change_mask": "label"}


class LevirCdOptions(BaseModel):
    """Options of the source.

    Attributes:
        list: one file of the ``list`` folder (``demo`` or ``demo.txt``); default: all of them, or every image of ``A``
            where there is none. ``none`` leaves the lists unread.
        split: split of a flat folder; list files named train, val or test give their own.
        class_name: what the mask marks.
        mask_values: label values that mark it; every other value must be 0.
        gsd_m: ground sample distance in metres per pixel.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    list: str | None = None
    split: Literal["train", "val", "test"] = "test"
    class_name: str = "building"
    mask_values: tuple[int, ...] = Field(default=(255,), min_length=1)
    gsd_m: PositiveFloat | None = 0.5


def index(root: Path | None, options: LevirCdOptions) -> Sequence[PairKey]:
    """Every pair of the split folders, or of the flat folder."""
    assert root is not None
    if any((root / split / "A").is_dir() for split in SPLITS):
        keys = [
            _key(split, name, file, f"{split}/", sides)
            for split in SPLITS
            for sides in [{side: list_images(root / split / side) for side in _SIDES.values()}]
            for name, file in _union(sides).items()
        ]
    else:
        keys = list(_flat(root, options))
    if not keys:
        raise not_this_layout(root, NAME, ["{train,val,test}/A", "A with B and label", "list/*.txt"])
    return sort_keys(keys)


def _union(sides: dict[str, dict[str, str]]) -> dict[str, str]:
    return {**sides["B"], **sides["A"]}


def _key(split: str, name: str, file: str, prefix: str, sides: dict[str, dict[str, str]]) -> PairKey:
    files: dict[str, str | None] = {
        role: f"{prefix}{side}/{sides[side].get(name, file)}" for role, side in _SIDES.items()
    }
    return PairKey(f"{NAME}/{split}/{name}", split, files)


def _flat(root: Path, options: LevirCdOptions) -> Iterator[PairKey]:
    sides = {side: list_images(root / side) for side in _SIDES.values()}
    files = _union(sides)
    lists = _lists(root, options)
    if not lists:
        for name, file in files.items():
            yield _key(options.split, name, file, "", sides)
        return
    seen: set[tuple[str, str]] = set()
    for path in lists:
        split = path.stem if path.stem in SPLITS else options.split
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            # Some lists give the three paths of a pair on a line: the name of the first stands for all.
            file = line.split()[0].rsplit("/", 1)[-1] if line.strip() else ""
            name = file.rsplit(".", 1)[0]
            if name and (split, name) not in seen:
                seen.add((split, name))
                yield _key(split, name, files.get(name, file), "", sides)


def _lists(root: Path, options: LevirCdOptions) -> Sequence[Path]:
    folder = root / "list"
    if options.list == "none":
        return []
    if options.list is None:
        return sorted(folder.glob("*.txt"))
    if Path(options.list).name != options.list:
        raise UserError("must be the name of a file in list/", key="source.options.list")
    path = folder / (options.list if options.list.endswith(".txt") else f"{options.list}.txt")
    if not path.is_file():
        have = ", ".join(found.name for found in sorted(folder.glob("*.txt"))) or "no list files"
        raise UserError("no such list file", file=path, key="source.options.list", hint=f"there are: {have}")
    return [path]


def load(root: Path | None, key: PairKey, options: LevirCdOptions) -> ImagePair:
    """Read one pair."""
    assert root is not None
    label = key.files["change_mask"]
    if label is None or not (root / label).is_file():
        raise BadItem("missing-mask", f"{label}: no such file")
    before, after, width, height = load_images(root, key)
    mapping: dict[Colour, int] = {0: 0}
    mapping.update(dict.fromkeys(options.mask_values, 1))
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=before,
        after=after,
        width=width,
        height=height,
        classes=(ClassDef(1, options.class_name),),
        change_mask=load_mask(root, label, mapping, (width, height)),
        gsd_m=options.gsd_m,
        licence=SOURCE.licence,
    )


SOURCE = SourceSpec(
    name=NAME,
    summary="LEVIR-CD and sets laid out like it: pairs with a binary change mask.",
    options=LevirCdOptions,
    index=index,
    load=load,
    layout="{train,val,test}/{A,B,label}/*.png  or  {A,B,label}/*.png with list/*.txt  (label: 0 none, 255 building)",
    licence="LEVIR-CD: academic use",
    citation="H. Chen, Z. Shi: A Spatial-Temporal Attention-Based Method ... Change Detection. Remote Sensing 12, 2020",
    url="https://justchenhao.github.io/LEVIR/",
    redistributable=False,
)
