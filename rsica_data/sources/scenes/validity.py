"""Clouds, shadows and fill: which values of a quality layer leave a pixel out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.sources.scenes.scene_options import Clouds


@dataclass(frozen=True, slots=True)
class CloudRule:
    """Values, or bits, that leave a pixel out. With neither, every value but 0 does."""

    values: tuple[int, ...] = ()
    bits: tuple[int, ...] = ()


RULES = {
    # Scene classification of Sen2Cor: no data, defective, cloud shadow, clouds of medium and high probability, cirrus.
    # Snow (11) stays: it is what the sensor saw.
    "sentinel-2-scl": CloudRule(values=(0, 1, 3, 8, 9, 10)),
    # QA_PIXEL of Landsat Collection 2: fill, dilated cloud, cirrus, cloud, cloud shadow.
    "landsat-qa-pixel": CloudRule(bits=(0, 1, 2, 3, 4)),
    # Band 1 of UDM2 is 1 where the pixel is clear.
    "planetscope-udm2": CloudRule(values=(0,)),
}


def cloud_rule(options: Clouds) -> CloudRule:
    """The rule of a recipe: what it says itself, else the named one's."""
    if options.values is not None:
        return CloudRule(values=options.values)
    if options.bits is not None:
        return CloudRule(bits=options.bits)
    return RULES[options.rule] if options.rule else CloudRule()


def cloudy(values: NDArray[Any], rule: CloudRule) -> NDArray[np.bool_]:
    """Pixels of a quality layer ``[h, w]`` that are left out."""
    if rule.bits:
        mask = sum(1 << bit for bit in rule.bits)
        return np.asarray((values.astype(np.int64) & mask) != 0)
    if rule.values:
        return np.isin(values, rule.values)
    return np.asarray(values != 0)
