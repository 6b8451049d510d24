"""LEVIR-CD and sets laid out like it: ``{train,val,test}/{A,B,label}``, or flat ``{A,B,label}`` with ``list/*.txt``.

LEVIR-CD: 637 pairs of 1024 x 1024 pixels at 0.5 m, changed buildings 255 (H. Chen, Z. Shi, Remote Sensing 12(10),
2020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.text_encoding import read_user_text
from rsica_data.imagery.masks import Colour
from rsica_data.schema import ClassDef, ImagePair, PairKey, SourceSpec
from rsica_data.schema.records import SPLITS
from rsica_data.sources.class_map import GroundSampleDistance
from rsica_data.sources.common import (
    inside,
    list_folder,
    list_images,
    listed_name,
    load_images,
    load_mask,
    need_root,
    not_this_layout,
    sort_keys,
)
from rsica_data.sources.lazy_keys import LazyKeys
from rsica_data.sources.mask_rules import MaskRule
from rsica_data.sources.packed_names import packed_images
from rsica_data.sources.paired_files import PairedFiles
from rsica_data.text.class_name_rule import ClassName

NAME = "levir-cd"
_Level = Annotated[int, Field(ge=1, le=255)]
_SIDES = {"before": "A", "after": "B", "change_mask": "label"}


class LevirCdOptions(BaseModel):
    """Options of the source.

    Attributes:
        list: one file of the ``list`` folder (``demo`` or ``demo.txt``), or ``none`` to leave the lists unread. By
            default ``train.txt``, ``val.txt`` and ``test.txt`` where one of these is there, else every list; every
            image where there is no list.
        split: split of a flat folder and of lists of other names than train, val and test. ``names`` goes by the
            beginnings of the names (``train_12.png``, as TorchGeo unpacks LEVIR-CD) where all of a flat folder without
            lists have one, and is ``test`` elsewhere.
        class_name: what the mask marks.
        mask_values: label values that mark it; every other pixel must be 0. Left out, 255 marks it, and 1 in files that
            hold only 0 and 1.
        mask_threshold: in place of ``mask_values``: grey levels from here on mark it. For masks saved as JPEG, as CDD's
            are, whose values smear; 128 is what loaders of the field take.
        gsd_m: ground sample distance in metres per pixel.
        license: terms of the images, where they are not LEVIR-CD's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    list: str | None = None
    split: Literal["train", "val", "test", "names"] = "test"
    class_name: ClassName = Field(default="building", min_length=1)
    mask_values: Annotated[tuple[_Level, ...], Field(min_length=1)] | None = None
    mask_threshold: _Level | None = None
    gsd_m: GroundSampleDistance | None = 0.5
    license: str | None = "LEVIR-CD: academic use"

    @field_validator("mask_values", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _one_way(self) -> LevirCdOptions:
        if self.mask_values is not None and self.mask_threshold is not None:
            raise ValueError("mask_values and mask_threshold are given; give one of them")
        return self

    def mask_rule(self) -> MaskRule:
        """How masks are read."""
        mapping: dict[Colour, int] = {0: 0}
        mapping.update(dict.fromkeys(self.mask_values or (255,), 1))
        return MaskRule(
            mapping,
            threshold=self.mask_threshold,
            zero_one_id=1 if self.mask_values is None else None,
            values_key="source.options.mask_values",
            threshold_key="source.options.mask_threshold",
        )

    @field_validator("list")
    @classmethod
    def _plain_name(cls, value: str | None) -> str | None:
        if value is not None and (not inside(value) or len(Path(value).parts) != 1):
            raise ValueError(f"'{value}' should be the name of a file in list/")
        return value


def index(root: Path | None, options: LevirCdOptions) -> Sequence[PairKey]:
    """Every pair of the split folders, or of the flat folder; without lists, names alone are in memory."""
    root = need_root(root)
    if any((root / split / "A").is_dir() for split in SPLITS):
        if options.list not in (None, "none"):
            hint = "leave the option out"
            raise UserError("the folder has split folders, no lists", file=root, key="source.options.list", hint=hint)
        keys: Sequence[PairKey] = LazyKeys([_folder(root / split, split, f"{split}/") for split in SPLITS])
    elif options.split == "names" or _lists(root, options):
        keys = sort_keys(_flat(root, options))
    else:
        keys = LazyKeys([_folder(root, options.split, "")])
    if not keys:
        raise not_this_layout(root, NAME, ["{train,val,test}/A", "A with B and label", "list/*.txt"])
    return keys


def _folder(folder: Path, split: str, prefix: str) -> tuple[int, Callable[[int], PairKey]]:
    """The pairs of a folder: their number, and what makes the key of a place."""
    files = PairedFiles([packed_images(folder / side) for side in _SIDES.values()])

    def key(place: int) -> PairKey:
        default = files.file(0, place, "") or files.file(1, place, "")
        paths: dict[str, str | None] = {
            role: f"{prefix}{side}/{files.file(number, place, default)}"
            for number, (role, side) in enumerate(_SIDES.items())
        }
        return PairKey(f"{NAME}/{split}/{files.names[place]}", split, paths)

    return len(files.names), key


def _list_sides(folder: Path) -> dict[str, dict[str, str]]:
    return {side: list_images(folder / side) for side in _SIDES.values()}


def _union(sides: dict[str, dict[str, str]]) -> dict[str, str]:
    return {**sides["B"], **sides["A"]}


def _one_split(options: LevirCdOptions) -> str:
    return "test" if options.split == "names" else options.split


def _splits_of_names(files: Iterable[str]) -> dict[str, str]:
    """Name to the split that it begins with; nothing where one begins with none."""
    split_of = {name: next((split for split in SPLITS if name.startswith(f"{split}_")), "") for name in files}
    return split_of if all(split_of.values()) else {}


def _key(split: str, name: str, file: str, prefix: str, sides: dict[str, dict[str, str]]) -> PairKey:
    files: dict[str, str | None] = {
        role: f"{prefix}{side}/{sides[side].get(name, file)}" for role, side in _SIDES.items()
    }
    return PairKey(f"{NAME}/{split}/{name}", split, files)


def _flat(root: Path, options: LevirCdOptions) -> Iterator[PairKey]:
    sides = _list_sides(root)
    files = _union(sides)
    lists = _lists(root, options)
    if not lists or not files:
        by_name = _splits_of_names(files) if options.split == "names" else {}
        for name, file in files.items():
            yield _key(by_name.get(name, _one_split(options)), name, file, "", sides)
        return
    seen: set[tuple[str, str]] = set()
    for path in lists:
        split = path.stem if path.stem in SPLITS else _one_split(options)
        for line in _lines(path):
            name, file = _listed(line, files)
            if (split, name) not in seen:
                seen.add((split, name))
                yield _key(split, name, file, "", sides)


def _lines(path: Path) -> Sequence[str]:
    lines = [line.strip() for line in read_user_text(path).splitlines()]
    if not any(lines):
        raise UserError("list is empty", file=path, hint="set source.options.list to none to take every image")
    return [line for line in lines if line]


def _listed(line: str, files: dict[str, str]) -> tuple[str, str]:
    """Name and file of a line of a list."""
    stem, file = listed_name(line, files)
    return stem, files.get(stem, file)


def _lists(root: Path, options: LevirCdOptions) -> Sequence[Path]:
    folder = root / "list"
    have = [name for name in list_folder(folder) if name.lower().endswith(".txt")]
    if options.list == "none":
        return []
    if options.list is None:
        own = [f"{split}.txt" for split in SPLITS if f"{split}.txt" in have]
        # A further list (trainval, demo) beside the splits' own would put pairs into two splits.
        return [folder / name for name in own or have]
    name = options.list if options.list.endswith(".txt") else f"{options.list}.txt"
    if name not in have:
        hint = f"there are: {', '.join(have)}" if have else "there are no list files"
        raise UserError("no such list file", file=folder / name, key="source.options.list", hint=hint)
    return [folder / name]


def load(root: Path | None, key: PairKey, options: LevirCdOptions) -> ImagePair:
    """Read one pair."""
    root = need_root(root)
    label = key.files["change_mask"]
    if label is None or not (root / label).is_file():
        raise InvalidItemError("missing-mask", f"{label}: no such file")
    images = load_images(root, key)
    size = images.width, images.height
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=images.before,
        after=images.after,
        width=images.width,
        height=images.height,
        classes=(ClassDef(1, options.class_name),),
        change_mask=load_mask(root, label, options.mask_rule(), size, shown=images.shown),
        gsd_m=options.gsd_m,
        license=options.license,
        attributes=images.attributes,
    )


SOURCE = SourceSpec(
    name=NAME,
    summary="LEVIR-CD and sets laid out like it: pairs with a binary change mask.",
    options=LevirCdOptions,
    index=index,
    streams=lambda options: True,
    load=load,
    layout="{train,val,test}/{A,B,label}/*.png  or  {A,B,label}/*.png with list/*.txt  (label: 0 none, 255 building)",
    license="LEVIR-CD: academic use",
    citation="H. Chen, Z. Shi: A Spatial-Temporal Attention-Based Method ... Change Detection. Remote Sensing 12, 2020",
    url="https://justchenhao.github.io/LEVIR/",
    redistributable=False,
)
