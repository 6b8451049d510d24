"""Pairs of a source without split folders, shared out among train, val and test: by ratio, by group, by list files.

By where they lie: ``ground_splits.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.text_encoding import read_user_text
from rsica_data.schema.records import SPLITS
from rsica_data.sources.common import listed_name
from rsica_data.sources.fields import local_path

Split = Literal["train", "val", "test"]
SPLIT_KEY = "source.options.split"
_LATER: dict[str, Any] = {"cell_km": None, "cell_px": None, "rings": False, "border": "keep"}


class SplitRules(BaseModel):
    """How pairs are shared out. One of ``ratio``, ``groups`` and ``lists``.

    Attributes:
        ratio: share of each split, e.g. ``{train: 0.8, val: 0.1, test: 0.1}``; only their proportions count.
        groups: names of the groups of each split; pairs of other groups are left out.
        lists: a file of names of each split, relative to the input folder: a name, a file name or a path a line; pairs
            in no list are left out.
        group: regular expression found in a pair's name; its first group, else the whole match, is the pair's group.
            All pairs of a group come into one split.
        group_attribute: attribute of ``pair_attributes`` that names the group, in place of ``group``.
        cell_km: side of the cells of the ground, in kilometres, that ``ratio`` assigns whole; needs georeferences.
        cell_px: side of the cells of each scene, in pixels, that ``ratio`` assigns whole.
        rings: share each scene out in rings from its edge, train outside, test in the middle, as reBEN does.
        border: ``drop`` leaves out pairs that reach into a cell or ring of another split.
        seed: seed of the order in which ``ratio`` takes groups or cells (pairs where there are none).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    ratio: dict[Split, Annotated[float, Field(ge=0, allow_inf_nan=False)]] | None = None
    groups: dict[Split, tuple[str, ...]] | None = None
    lists: dict[Split, str] | None = None
    group: str | None = None
    group_attribute: str | None = None
    cell_km: Annotated[float, Field(gt=0, le=20000, allow_inf_nan=False)] | None = None
    cell_px: PositiveInt | None = None
    rings: bool = False
    border: Literal["keep", "drop"] = "keep"
    seed: int = Field(default=0, ge=0)

    @field_validator("group")
    @classmethod
    def _expression(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"'{value}' is no regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _one_way(self) -> SplitRules:
        if sum(part is not None for part in (self.ratio, self.groups, self.lists)) != 1:
            raise ValueError("should have one of ratio, groups and lists")
        if self.group is not None and self.group_attribute is not None:
            raise ValueError("has group and group_attribute; give one of them")
        grouped = self.group is not None or self.group_attribute is not None
        if self.groups is not None and not grouped:
            raise ValueError("groups needs group or group_attribute, which tell a pair's group")
        if self.lists is not None and grouped:
            raise ValueError("lists name pairs; group and group_attribute go with ratio and groups")
        if self.ratio is not None and not sum(self.ratio.values()) > 0:
            raise ValueError("ratio should have a share above 0")
        self._check_ground()
        for path in (self.lists or {}).values():
            local_path(path)
        return self

    def _check_ground(self) -> None:
        ways = [name for name in ("group", "group_attribute", "cell_km", "cell_px") if getattr(self, name) is not None]
        ways += ["rings"] if self.rings else []
        if self.by_ground and len(ways) > 1:
            raise ValueError(f"has {ways[0]} and {ways[1]}; give one of them")
        if self.by_ground and self.ratio is None:
            raise ValueError(f"{ways[0]} goes with ratio")
        if self.border == "drop" and not self.by_ground:
            raise ValueError("border goes with cell_km, cell_px and rings")

    @model_serializer(mode="wrap")
    def _as_written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Options that came later are left out where they say nothing: recipes without them keep their hash."""
        values: dict[str, Any] = write(self)
        return {name: value for name, value in values.items() if name not in _LATER or value != _LATER[name]}

    @property
    def by_ground(self) -> bool:
        """Whether pairs are shared out by where they lie."""
        return self.cell_km is not None or self.cell_px is not None or self.rings


@dataclass(frozen=True, slots=True)
class SplitResult:
    """Where pairs belong.

    Attributes:
        splits: name to split, in order; pairs that are left out are not in it, listed ones that are not there are.
        note: what was done, in one sentence.
    """

    splits: dict[str, str]
    note: str


def share_out(
    names: Sequence[str], rules: SplitRules, root: Path, attributes: Mapping[str, Mapping[str, object]]
) -> SplitResult:
    """Share pairs out. The same names, files and rules give the same splits, whatever the order of the names.

    Args:
        names: of all pairs.
        rules: how.
        root: the input folder.
        attributes: of pairs, by name.

    Raises:
        UserError: a pair without group, a group or list without pairs, a pair in two lists, a list that cannot be read.
    """
    if rules.lists is not None:
        return _by_lists(names, rules.lists, root)
    groups = {name: _group(name, rules, attributes) for name in sorted(names)}
    if rules.groups is not None:
        chosen = _named(groups, rules.groups, root)
        how = "by named groups"
    else:
        chosen = splits_by_ratio(groups, rules)
        shares = ", ".join(f"{split} {share:g}" for split, share in (rules.ratio or {}).items())
        how = f"by ratio ({shares}), seed {rules.seed}"
    splits = {name: chosen[group] for name, group in groups.items() if group in chosen}
    if rules.group is None and rules.group_attribute is None:
        return SplitResult(splits, f"split {how}: {counted_splits(splits)}")
    ground = f"'{rules.group}' in the name" if rules.group is not None else f"the attribute '{rules.group_attribute}'"
    number = Counter(chosen.values())
    held = ", ".join(f"{split} {number[split]}" for split in SPLITS if number[split])
    note = f"split {how}, pairs of one group together (by {ground}): {counted_splits(splits)}; groups: {held}"
    return SplitResult(splits, note + _left_out(groups, splits, "of other groups"))


def counted_splits(splits: Mapping[str, str]) -> str:
    """How many pairs each split has, in words."""
    number = Counter(splits.values())
    return "pairs: " + ", ".join(f"{split} {number[split]}" for split in SPLITS if number[split])


def _left_out(names: Mapping[str, object], splits: Mapping[str, str], why: str) -> str:
    rest = [name for name in names if name not in splits]
    return f"; left out, {why}: {len(rest)}, the first '{rest[0]}'" if rest else ""


def _group(name: str, rules: SplitRules, attributes: Mapping[str, Mapping[str, object]]) -> str:
    if rules.group is not None:
        match = re.search(rules.group, name)
        group = None if match is None else match.group(1) if match.re.groups else match.group()
        if group is None:
            raise UserError(f"'{rules.group}' finds nothing in '{name}'", key=f"{SPLIT_KEY}.group")
        return group
    if rules.group_attribute is not None:
        value = attributes.get(name, {}).get(rules.group_attribute)
        if value is None or value == "":
            raise UserError(f"'{name}' has no attribute '{rules.group_attribute}'", key=f"{SPLIT_KEY}.group_attribute")
        return str(value)
    return name


def splits_by_ratio(groups: Mapping[str, str], rules: SplitRules) -> dict[str, str]:
    """Group to split: large groups first, each to the split that lacks most of its share.

    Args:
        groups: name to its group.
        rules: ``ratio`` and ``seed`` of them.
    """
    shares = shares_of(rules)
    total = sum(shares.values())
    lacking = {split: len(groups) * share / total for split, share in shares.items()}
    sizes = Counter(groups.values())

    def order(group: str) -> tuple[int, str]:
        return -sizes[group], hashlib.sha256(f"{rules.seed}\n{group}".encode()).hexdigest()

    chosen: dict[str, str] = {}
    for group in sorted(sizes, key=order):
        split = max(lacking, key=lambda name: lacking[name])
        chosen[group] = split
        lacking[split] -= sizes[group]
    return chosen


def shares_of(rules: SplitRules) -> dict[str, float]:
    """The splits that ``ratio`` gives a share, in their order."""
    return {split: rules.ratio[split] for split in SPLITS if rules.ratio and rules.ratio.get(split, 0) > 0}


def _named(groups: Mapping[str, str], wanted: Mapping[Split, Sequence[str]], root: Path) -> dict[str, str]:
    known = set(groups.values())
    chosen: dict[str, str] = {}
    for split, members in wanted.items():
        for group in members:
            if group not in known:
                what = f"no pair is of the group '{group}'"
                raise UserError(what, file=root, key=f"{SPLIT_KEY}.groups.{split}", hint=did_you_mean(group, known))
            if chosen.setdefault(group, split) != split:
                raise UserError(f"group '{group}' is in {chosen[group]} and in {split}", key=f"{SPLIT_KEY}.groups")
    return chosen


def _by_lists(names: Sequence[str], lists: Mapping[Split, str], root: Path) -> SplitResult:
    known, splits = set(names), dict[str, str]()
    for split, file in lists.items():
        path = root / file
        lines = [line.strip() for line in read_user_text(path).split("\n") if line.strip()]
        if not lines:
            raise UserError("list is empty", file=path, key=f"{SPLIT_KEY}.lists.{split}")
        listed_names = [listed_name(line, known)[0] for line in lines]
        if not any(name in known for name in listed_names):
            hint = f"it has '{listed_names[0]}', the folder '{min(known)}'"
            raise UserError("names no pair of the folder", file=path, key=f"{SPLIT_KEY}.lists.{split}", hint=hint)
        for name in listed_names:
            if splits.setdefault(name, split) != split:
                raise UserError(f"'{name}' is also in the list of {splits[name]}", file=path)
    note = f"split by lists ({', '.join(lists.values())}): {counted_splits(splits)}"
    return SplitResult(splits, note + _left_out(dict.fromkeys(sorted(known)), splits, "in no list"))
