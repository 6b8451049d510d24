"""Whether the images of a dataset may be passed on. In doubt they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsica_data.errors import UserError

OPEN_LICENCES = frozenset(
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
"""SPDX names of licences under which copies may be passed on (some of them for non-commercial use only)."""


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """Whether images go up, and the reason in one sentence for card and manifest."""

    include: bool
    reason: str


def image_policy(manifest: Mapping[str, Any], right: str | None = None, without: bool = False) -> ImagePolicy:
    """Decide for the dataset with this manifest.

    Args:
        manifest: the dataset's manifest; ``source.redistributable`` and ``source.images_licence`` decide.
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
    licence = images_licence(manifest)
    if "withheld" in manifest:
        if right is not None:
            hint = "join them first: rsica-data join"
            raise UserError("--image-right: the folder holds no images", hint=hint)
        return ImagePolicy(False, str(manifest["withheld"]["reason"]))
    if without:
        return ImagePolicy(False, "The publisher chose to leave the images out.")
    if right is not None:
        return ImagePolicy(True, f"The images are included; the publisher states the right to do so: {right.strip()}")
    if source["redistributable"] or licence in OPEN_LICENCES:
        return ImagePolicy(True, f"The images may be passed on under their licence ({licence or 'not stated'}).")
    return ImagePolicy(
        False, f"The terms of the images ({licence or 'not stated'}) are not known to allow passing them on."
    )


def images_licence(manifest: Mapping[str, Any]) -> str | None:
    """The licence of the images, as opposed to that of the instructions (``recipe.licence``)."""
    source = manifest["source"]
    found = source["images_licence"] if "images_licence" in source else source["licence"]
    return None if found is None else str(found)
