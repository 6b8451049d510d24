"""What the recipe says of samples that come as values and not as files of a layout: sources ``torchgeo`` and ``hf``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import ConfigDict

from rsica_data.core.errors import UserError
from rsica_data.schema import Mask
from rsica_data.schema.records import IGNORE_ID, SPLITS, Split
from rsica_data.sources.class_map import GroundSampleDistance, LabelOptions
from rsica_data.sources.fields import LowHigh

_KNOWN: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


SplitChoice = str | tuple[str, ...] | dict[Split, str | tuple[str, ...]] | None
"""A field that holds what :func:`chosen_splits` takes."""


class SampleOptions(LabelOptions):
    """Options that both sources have.

    Attributes:
        classes: class name to its value in the masks: a grey level, an RGB colour, or a list of these; ids follow the
            order and start at 1.
        background: mask values that mean "none"; in a change mask also values of what did not change.
        labels: ``changed-only`` where the label maps hold classes only where something changed.
        stretch: sample values that become 0 and 255 in images that are not of 8 bits.
        gsd_m: ground sample distance in metres per pixel.
        license: terms of the images.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    labels: Literal["whole", "changed-only"] = "whole"
    stretch: LowHigh | None = None
    gsd_m: GroundSampleDistance | None = None
    license: str | None = None


def own_splits(names: Iterable[str], where: str, key: str) -> dict[str, Split]:
    """The set's split names with the splits that they mean, in the order of a build; others are left out.

    Args:
        names: of the set's splits.
        where: what the set is, for the message.
        key: the option that states splits.

    Raises:
        UserError: none of the names is known.

    Example:
        >>> own_splits(["test", "train", "validation", "tier3"], "my set", "splits")
        {'train': 'train', 'validation': 'val', 'test': 'test'}
    """
    given = list(names)
    known = {name: _KNOWN[name.lower()] for name in given if name.lower() in _KNOWN}
    if not known:
        have = ", ".join(given) or "none"
        hint = f"state them, as {key.rpartition('.')[2]}: {{test: {given[0] if given else 'all'}}}"
        raise UserError(f"the splits of {where} cannot be told: it has {have}", key=key, hint=hint)
    return dict(sorted(known.items(), key=lambda entry: SPLITS.index(entry[1])))


def stated_splits(stated: Mapping[Split, str | Sequence[str]]) -> dict[str, Split]:
    """The set's split names with the splits that a recipe states for them.

    Example:
        >>> stated_splits({"train": ["train", "tier3"], "test": "hold"})
        {'train': 'train', 'tier3': 'train', 'hold': 'test'}
    """
    pairs = [(split, [names] if isinstance(names, str) else names) for split, names in stated.items()]
    split_of = {name: split for split, names in pairs for name in names}
    return dict(sorted(split_of.items(), key=lambda entry: SPLITS.index(entry[1])))


def chosen_splits(
    stated: str | Sequence[str] | Mapping[Split, str | Sequence[str]] | None, names: Iterable[str], where: str, key: str
) -> dict[str, Split]:
    """The set's split names that are read, with the splits that they mean.

    Args:
        stated: what the recipe says: some of the names, or names by split; None for all whose meaning is known.
        names: of the set's splits.
        where: what the set is, for the message.
        key: the option that states splits.

    Raises:
        UserError: as :func:`own_splits`.
    """
    if isinstance(stated, Mapping):
        return stated_splits(stated)
    return own_splits([stated] if isinstance(stated, str) else stated or names, where, key)


def change_of_labels(masks: Mapping[str, Mask], labels: str) -> Mask | None:
    """The change mask: the one that is given; of label maps that hold changed pixels alone the class at either date."""
    before, after = masks.get("before_labels"), masks.get("after_labels")
    if "change_mask" in masks or labels == "whole" or before is None or after is None:
        return masks.get("change_mask")
    return np.where((after == 0) | (after == IGNORE_ID), before, after).astype(np.uint8)
