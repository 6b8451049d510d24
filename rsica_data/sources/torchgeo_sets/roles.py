"""Which value of a sample is which image, mask or label.

Read in TorchGeo's source (releases 0.6 and 0.7, and commit 65507dc of the main branch, 2025-09). Pairs come as
``image`` of shape ``[2, channels, height, width]`` (LEVIRCD, LEVIRCDPlus, OSCD, XView2, BRIGHTDFC2025, ChaBuD, CaBuAr),
in earlier releases as ``image1`` and ``image2`` (LEVIRCD, LEVIRCDPlus, OSCD) or ``image_pre`` and ``image_post``
(BRIGHTDFC2025). ``mask`` is ``[height, width]`` or ``[1, height, width]``. Sets of one date have ``image``
``[channels, height, width]`` with ``mask`` or with ``label``, a class number or a vector of zeros and ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.schema.records import MASK_ROLES
from rsica_data.sources.selectors import Selector, parse_selector

IMAGES = ("before", "after")
LABEL = "label"
ROLES = (*IMAGES, *MASK_ROLES, LABEL)
_TWO_KEYS = (("image1", "image2"), ("image_pre", "image_post"))
_TWO_MASKS = ("mask1", "mask2")
_KEY = "source.options.parts"


@dataclass(frozen=True)
class Roles:
    """Where a sample has what; roles that it lacks are not in the mapping."""

    parts: Mapping[str, Selector]

    @property
    def two_dates(self) -> bool:
        """Whether the sample is a pair."""
        return "after" in self.parts

    def described(self) -> str:
        """The roles in one line, for notes."""
        return ", ".join(f"{role} = {selector}" for role, selector in self.parts.items())


def shapes(sample: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays and tensors of a sample, by key."""
    return {key: tuple(value.shape) for key, value in sample.items() if hasattr(value, "shape")}


def find_roles(sample: Mapping[str, Any], given: Mapping[str, str]) -> Roles:
    """The roles of a sample's values.

    Args:
        sample: as the dataset gives it.
        given: the roles that a recipe states, as selectors; they come first.

    Raises:
        UserError: the images cannot be told.
    """
    sizes = shapes(sample)
    stated = {role: parse_selector(text) for role, text in given.items()}
    parts = {role: selector for role, selector in stated.items() if selector.key in sample}
    if not parts.keys() & set(IMAGES):
        parts |= _images(sizes)
    if "before" not in parts:
        raise _unclear("before", sizes)
    if not stated.keys() & set(MASK_ROLES):
        parts |= _masks(sizes, two="after" in parts)
    if LABEL not in stated and LABEL in sample:
        parts[LABEL] = Selector(LABEL)
    return Roles({role: parts[role] for role in ROLES if role in parts})


def _images(sizes: Mapping[str, tuple[int, ...]]) -> dict[str, Selector]:
    for first, second in _TWO_KEYS:
        if first in sizes and second in sizes:
            return {"before": Selector(first), "after": Selector(second)}
    shape = sizes.get("image", ())
    if len(shape) in (2, 3):
        return {"before": Selector("image")}
    if len(shape) == 4 and shape[0] in (1, 2):
        return {role: Selector("image", number) for number, role in enumerate(IMAGES[: shape[0]])}
    raise _unclear("before", sizes)


def _masks(sizes: Mapping[str, tuple[int, ...]], *, two: bool) -> dict[str, Selector]:
    if two and all(key in sizes for key in _TWO_MASKS):
        return {role: Selector(key) for role, key in zip(MASK_ROLES[1:], _TWO_MASKS, strict=True)}
    shape = sizes.get("mask")
    if shape is None:
        return {}
    if two and len(shape) == 3 and shape[0] == 2:
        return {role: Selector("mask", number) for number, role in enumerate(MASK_ROLES[1:])}
    return {"change_mask" if two else "before_labels": Selector("mask")}


def _unclear(role: str, sizes: Mapping[str, tuple[int, ...]]) -> UserError:
    have = ", ".join(f"{key} {list(shape)}" for key, shape in sizes.items()) or "no arrays"
    hint = f"the sample has {have}; state it, as before: image[0], after: image[1]"
    return UserError("the images of a sample cannot be told", key=f"{_KEY}.{role}", hint=hint)
