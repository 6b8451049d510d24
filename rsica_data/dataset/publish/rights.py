"""Whether the images of a dataset may be passed on. In doubt they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsica_data.core.errors import UserError

OPEN_LICENSES = frozenset(
    {
        "CC0-1.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC-BY-SA-3.0",
        "CC-BY-SA-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-4.0",
        "ODbL-1.0",
        "PDDL-1.0",
        "MIT",
        "Apache-2.0",
        "BSD-3-Clause",
    }
)
"""SPDX names of licenses under which copies may be passed on (some of them for non-commercial use only)."""
_OPEN_NAMES = frozenset(name.lower() for name in OPEN_LICENSES)


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """Whether images go up.

    Attributes:
        include: whether they do.
        reason: why, in one sentence for card and manifest.
        hint: for the publisher: what would let them go up; None where nothing is missing.
    """

    include: bool
    reason: str
    hint: str | None = None


def image_policy(manifest: Mapping[str, Any], right: str | None = None, without: bool = False) -> ImagePolicy:
    """Decide for the dataset with this manifest.

    Args:
        manifest: the dataset's manifest; ``source.redistributable`` and ``source.images_license`` decide.
        right: the publisher's own statement of the right to pass the images on, in place of what is known.
        without: leave the images out whatever the terms are.

    Raises:
        UserError: both are given, or the statement is empty.
    """
    if right is not None and without:
        raise UserError("--image-right and --without-images exclude each other")
    if right is not None and len(right.split()) < 3:
        hint = 'for example --image-right "written permission of the authors, 2026-05-01"'
        raise UserError("--image-right should state the right in words", hint=hint)
    source = manifest["source"]
    license = images_license(manifest)
    if "withheld" in manifest:
        if right is not None:
            hint = "join them first: rsica-data join"
            raise UserError("--image-right: the folder holds no images", hint=hint)
        return ImagePolicy(False, str(manifest["withheld"]["reason"]))
    if without:
        return ImagePolicy(False, "The publisher chose to leave the images out.")
    if right is not None:
        return ImagePolicy(True, f"The images are included; the publisher states the right to do so: {right.strip()}")
    if source["redistributable"] or is_open(license):
        return ImagePolicy(True, f"The images may be passed on under their license ({license or 'not stated'}).")
    return ImagePolicy(
        False,
        f"The terms of the images ({license or 'not stated'}) are not known to allow passing them on.",
        _missing(manifest),
    )


def is_open(license: str | None) -> bool:
    """Whether a license is one of :data:`OPEN_LICENSES`, also as the Hub writes it (``cc-by-4.0``) or with spaces."""
    return license is not None and "-".join(license.lower().split()) in _OPEN_NAMES


def _missing(manifest: Mapping[str, Any]) -> str:
    recipe = manifest.get("recipe", {})
    own = recipe.get("license")
    remark = f"the recipe's license ({own}) is that of the instructions; " if own else ""
    right = '--image-right "TEXT"'
    if "license" not in recipe.get("source", {}).get("options", {}):
        return f"{remark}if you have the right to pass the images on, state it with {right}"
    names = ", ".join(sorted(OPEN_LICENSES))
    return (
        f"{remark}state that of the images in the recipe's source.options.license ({names}), or your right with {right}"
    )


def images_license(manifest: Mapping[str, Any]) -> str | None:
    """The license of the images, as opposed to that of the instructions (``recipe.license``)."""
    source = manifest["source"]
    license_name = source["images_license"] if "images_license" in source else source["license"]
    return None if license_name is None else str(license_name)
