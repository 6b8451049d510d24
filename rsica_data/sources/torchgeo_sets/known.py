"""What the mask values of some TorchGeo classes mean, as their documentation and code say.

The attribute ``classes`` of a TorchGeo class does not tell it: of LoveDA it begins with background, where masks have 0
for pixels without label and 1 for background. XView2 is not here: it subtracts the mask before from the one after, so
that its values depend on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BURNED: Mapping[str, Any] = {"classes": {"burned area": 1}}
_BUILDING: Mapping[str, Any] = {"classes": {"building": 1}}

KNOWN_MASKS: Mapping[str, Mapping[str, Any]] = {
    "LEVIRCD": _BUILDING,
    "LEVIRCDPlus": _BUILDING,
    "OSCD": {"classes": {"region": 1}},
    "ChaBuD": _BURNED,
    "CaBuAr": _BURNED,
    "BRIGHTDFC2025": {"classes": {"damaged building": 2, "destroyed building": 3}, "background": [0, 1]},
    "LoveDA": {
        "classes": {"building": 2, "road": 3, "water": 4, "barren land": 5, "forest": 6, "agriculture": 7},
        "background": [1],
        "ignore": [0],
    },
    "LandCoverAI": {"classes": {"building": 1, "woodland": 2, "water": 3, "road": 4}},
}
"""Class name to options of :class:`class_map.LabelOptions`; the class names are those of the catalog's pages."""
