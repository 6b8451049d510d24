"""How a source reads a mask file: which value is which class, and what to say where none is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.images import is_jpeg
from rsica_data.imagery.masks import Colour, thresholded, values_to_ids
from rsica_data.schema import EncodedImage, Mask


@dataclass(frozen=True, slots=True)
class MaskRule:
    """What the values of a mask file mean.

    Attributes:
        mapping: label value to class id.
        palette_indices: read a palette image's indices, not its colours.
        threshold: grey levels from here on are the class ``threshold_id``, all others none; in place of the mapping.
        threshold_id: see there.
        jpeg_threshold: the same for JPEG files alone, whose values smear.
        zero_one_id: class of 1 in files that hold only 0 and 1; None where 1 has the mapping's meaning alone.
        values_key, threshold_key: the recipe's options for mapping and threshold, for hints; None where there is none.
    """

    mapping: Mapping[Colour, int]
    palette_indices: bool = False
    threshold: int | None = None
    threshold_id: int = 1
    jpeg_threshold: int | None = None
    zero_one_id: int | None = None
    values_key: str | None = None
    threshold_key: str | None = None

    @property
    def keeps_zero(self) -> bool:
        """Whether a mask that is 0 everywhere has no class anywhere, whatever file it is."""
        return self.threshold is not None or self.mapping.get(0) == 0


def mask_ids(image: EncodedImage, values: NDArray[np.uint8], rule: MaskRule) -> Mask:
    """The class ids of a mask file, ``[height, width]``.

    Args:
        image: the file.
        values: what :func:`masks.decode_values` gives of it.
        rule: what they mean.

    Raises:
        InvalidItemError: as :func:`masks.values_to_ids`; ``mask-in-colour`` where a threshold is given for it.
    """
    threshold = rule.jpeg_threshold if rule.threshold is None and is_jpeg(image) else rule.threshold
    if threshold is not None:
        return thresholded(values, threshold, image.path) * np.uint8(rule.threshold_id)
    if rule.zero_one_id is not None and _is_zero_one(values) and not is_jpeg(image):
        return values * np.uint8(rule.zero_one_id)
    try:
        return values_to_ids(values, rule.mapping, image.path)
    except InvalidItemError as error:
        hint = _hint(image, values, rule) if error.reason == "unknown-mask-value" else None
        raise InvalidItemError(error.reason, error.detail + (f"; {hint}" if hint else "")) from None


def _is_zero_one(values: NDArray[np.uint8]) -> bool:
    return values.ndim == 2 and int(values.max(initial=0)) == 1


def _hint(image: EncodedImage, values: NDArray[np.uint8], rule: MaskRule) -> str | None:
    if is_jpeg(image):
        way = f"give {rule.threshold_key}: 128" if rule.threshold_key else "save the masks as PNG"
        return f"it is a JPEG, which smears values: {way}"
    if rule.values_key is None or not _is_zero_one(values):
        return None
    return f"the file holds only 0 and 1: name 1 in {rule.values_key}"
