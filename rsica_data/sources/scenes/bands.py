"""Band maps: which bands of a sensor are shown as red, green and blue.

A band is found by its name (band description, STAC key or common name), else by its place in the stacks that people
write, told apart by their number of bands. Hyperspectral bands are found by wavelength.

Band names and stacks: Sentinel-2 MSI and Sentinel-1 GRD user guides (ESA), Landsat 8-9 and Landsat 4-7 Collection 2
product guides (USGS), PlanetScope product specification (Planet), NAIP (USDA).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.geometry.raster_header import own_colours

Transform = Literal["none", "decibel", "ratio", "sar"]
"""``none``; ``decibel``: 10 log10; ``ratio``: as blue, the difference of two bands; ``sar``: decibel, then ratio."""


@dataclass(frozen=True, slots=True)
class BandMap:
    """A rendering.

    Attributes:
        names: for every channel the names that its band goes by, lower case.
        stacks: number of bands in a file to the 1-based bands of the channels.
        wavelengths: for every channel the wavelength in nanometres, where bands are found by it.
        transform: what is done to the samples before they are stretched.
    """

    names: tuple[tuple[str, ...], ...] = ()
    stacks: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    wavelengths: tuple[float, ...] = ()
    transform: Transform = "none"


_S2 = {
    "blue": ("b02", "b2", "blue"),
    "green": ("b03", "b3", "green"),
    "red": ("b04", "b4", "red"),
    "nir": ("b08", "b8", "nir", "nir08"),
    "swir1": ("b11", "swir16", "swir1"),
    "swir2": ("b12", "swir22", "swir2"),
}
_OLI = {
    "blue": ("sr_b2", "b2", "b02", "blue"),
    "green": ("sr_b3", "b3", "b03", "green"),
    "red": ("sr_b4", "b4", "b04", "red"),
    "nir": ("sr_b5", "b5", "b05", "nir08", "nir"),
    "swir1": ("sr_b6", "b6", "b06", "swir16", "swir1"),
    "swir2": ("sr_b7", "b7", "b07", "swir22", "swir2"),
}
_TM = {
    "blue": ("sr_b1", "b1", "b01", "blue"),
    "green": ("sr_b2", "b2", "b02", "green"),
    "red": ("sr_b3", "b3", "b03", "red"),
    "nir": ("sr_b4", "b4", "b04", "nir08", "nir"),
    "swir1": ("sr_b5", "b5", "b05", "swir16", "swir1"),
    "swir2": ("sr_b7", "b7", "b07", "swir22", "swir2"),
}
_PLAIN = {name: (name,) for name in ("blue", "green", "red", "nir")}


def _map(names: Mapping[str, tuple[str, ...]], channels: str, stacks: Mapping[int, tuple[int, ...]]) -> BandMap:
    return BandMap(tuple(names[channel] for channel in channels.split()), stacks)


# Stacks: Sentinel-2 with 13 bands is L1C (B1..B8, B8A, B9, B10, B11, B12), with 12 L2A (no B10), with 10 the bands of
# 10 and 20 m, with 4 those of 10 m (B2, B3, B4, B8). Landsat 8 with 7 bands is B1..B7. TM and ETM+ with 6 leave out B6.
BAND_MAPS: dict[str, BandMap] = {
    "rgb": _map(_PLAIN, "red green blue", {3: (1, 2, 3), 4: (1, 2, 3)}),
    "sentinel-2": _map(_S2, "red green blue", {13: (4, 3, 2), 12: (4, 3, 2), 10: (3, 2, 1), 4: (3, 2, 1)}),
    "sentinel-2-nir": _map(_S2, "nir red green", {13: (8, 4, 3), 12: (8, 4, 3), 10: (7, 3, 2), 4: (4, 3, 2)}),
    "sentinel-2-swir": _map(_S2, "swir2 nir red", {13: (13, 8, 4), 12: (12, 8, 4), 10: (10, 7, 3)}),
    "landsat-8": _map(_OLI, "red green blue", {11: (4, 3, 2), 7: (4, 3, 2), 6: (3, 2, 1)}),
    "landsat-8-nir": _map(_OLI, "nir red green", {11: (5, 4, 3), 7: (5, 4, 3), 6: (4, 3, 2)}),
    "landsat-8-swir": _map(_OLI, "swir2 nir red", {11: (7, 5, 4), 7: (7, 5, 4), 6: (6, 4, 3)}),
    "landsat-tm": _map(_TM, "red green blue", {7: (3, 2, 1), 6: (3, 2, 1)}),
    "landsat-tm-nir": _map(_TM, "nir red green", {7: (4, 3, 2), 6: (4, 3, 2)}),
    "landsat-tm-swir": _map(_TM, "swir2 nir red", {7: (7, 4, 3), 6: (6, 4, 3)}),
    "planetscope": _map(_PLAIN, "red green blue", {8: (6, 4, 2), 4: (3, 2, 1), 3: (1, 2, 3)}),
    "planetscope-nir": _map(_PLAIN, "nir red green", {8: (8, 6, 4), 4: (4, 3, 2)}),
    "naip": _map(_PLAIN, "red green blue", {4: (1, 2, 3), 3: (1, 2, 3)}),
    "naip-nir": _map(_PLAIN, "nir red green", {4: (4, 1, 2)}),
    # Sentinel-1 comes as linear power or amplitude (sar) or in decibel already (sar-db).
    "sar": BandMap((("vv",), ("vh",)), {2: (1, 2)}, transform="sar"),
    "sar-db": BandMap((("vv",), ("vh",)), {2: (1, 2)}, transform="ratio"),
    "sar-vv": BandMap((("vv",),), {1: (1,), 2: (1,)}, transform="decibel"),
    "hyperspectral": BandMap(wavelengths=(660.0, 560.0, 480.0)),
    "hyperspectral-nir": BandMap(wavelengths=(860.0, 660.0, 560.0)),
    "hyperspectral-swir": BandMap(wavelengths=(2200.0, 860.0, 660.0)),
}
_WAVELENGTH_TOLERANCE_NM = 60.0


@dataclass(frozen=True, slots=True)
class Bands:
    """What a raster says about its bands: names, colours and wavelengths in nanometres (None where unknown)."""

    names: tuple[str | None, ...]
    colours: tuple[str, ...]
    wavelengths: tuple[float | None, ...]

    @property
    def count(self) -> int:
        """Number of bands."""
        return len(self.names)


Wanted = str | tuple[int | str, ...] | None
"""A band map's name, the bands of the channels by number or name, or None for what the file says."""


def pick_bands(bands: Bands, wanted: Wanted, path: str, key: str) -> tuple[int, ...]:
    """The 1-based bands of a file that become its channels.

    Args:
        bands: what the file says.
        wanted: see :data:`Wanted`.
        path: the file, for messages.
        key: the recipe's key, for messages.

    Raises:
        UserError: a band is not there.
    """
    if wanted is None:
        return own_colours(bands.colours)
    if isinstance(wanted, str):
        return _by_map(bands, wanted, path, key)
    return tuple(_one(bands, band, path, key) for band in wanted)


def band_map(name: str, key: str) -> BandMap:
    """The named band map.

    Raises:
        UserError: there is none of that name.
    """
    if name not in BAND_MAPS:
        raise UserError(f"no band map '{name}'", key=key, hint=did_you_mean(name, BAND_MAPS))
    return BAND_MAPS[name]


def _by_map(bands: Bands, name: str, path: str, key: str) -> tuple[int, ...]:
    chosen = band_map(name, key)
    if chosen.wavelengths:
        return tuple(_nearest(bands, wavelength, path, key) for wavelength in chosen.wavelengths)
    words = [frozenset(_words(band_numbers)) for band_numbers in bands.names]
    band_numbers = [next((n for n, word in enumerate(words, 1) if word & set(names)), None) for names in chosen.names]
    if all(number is not None for number in band_numbers):
        return tuple(number for number in band_numbers if number is not None)
    count = sum(colour != "alpha" for colour in bands.colours)
    stack = chosen.stacks.get(count) or chosen.stacks.get(bands.count)
    if stack is None:
        known = ", ".join(str(number) for number in sorted(chosen.stacks))
        hint = f"'{name}' knows stacks of {known} bands, or bands by name; give the bands by number"
        raise UserError(f"{path} has {count} bands without the names of '{name}'", key=key, hint=hint)
    return stack


def _words(name: str | None) -> Sequence[str]:
    """A band name and its parts: ``B04 (665 nm)`` is also ``b04``."""
    if not name:
        return ()
    plain = name.lower().strip()
    return (plain, *plain.replace(",", " ").replace("(", " ").replace(")", " ").split())


def _nearest(bands: Bands, wavelength: float, path: str, key: str) -> int:
    known = [
        (abs(band_wavelength - wavelength), number)
        for number, band_wavelength in enumerate(bands.wavelengths, 1)
        if band_wavelength is not None
    ]
    if not known:
        raise UserError(f"{path} does not tell the wavelengths of its bands", key=key, hint="give the bands by number")
    off, number = min(known)
    if off > _WAVELENGTH_TOLERANCE_NM:
        raise UserError(f"{path} has no band within {_WAVELENGTH_TOLERANCE_NM:.0f} nm of {wavelength:.0f} nm", key=key)
    return number


def _one(bands: Bands, band: int | str, path: str, key: str) -> int:
    if isinstance(band, int):
        if band > bands.count:
            raise UserError(f"{path} has {bands.count} bands, band {band} is asked for", key=key)
        return band
    for number, name in enumerate(bands.names, 1):
        if band.lower() in _words(name):
            return number
    known = ", ".join(name for name in bands.names if name) or "no names"
    raise UserError(f"{path} has no band '{band}'", key=key, hint=f"it has {known}")
