"""Large images reduced while they are read, for pages that show them small."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.images import decode_rgb, is_inverted, opened_image
from rsica_data.imagery.raster_files import opened_bytes
from rsica_data.schema import EncodedImage

_BY_ROWS = {"PNG": "PNG", "TIFF": "GTiff"}
"""Formats, as Pillow calls them, of which GDAL reads some rows at a time; and what it calls them."""
_PLAIN = (["gray"], ["red", "green", "blue"])


def decode_within(data: bytes, longest: int) -> NDArray[np.uint8]:
    """As :func:`decode_rgb`, of a large image reduced while it is read, so that it never is in memory as a whole.

    Args:
        data: the encoded image.
        longest: longer side that will be shown; the pixels have twice as many at least, where the image has them.

    Raises:
        ValueError: the bytes are not an image that can be decoded.
    """
    image, wanted = EncodedImage("image", data), 2 * longest
    try:
        with opened_image(image) as opened:
            factor = wanted / max(opened.size)
            if factor > 0.5:
                return decode_rgb(data)
            kind, mode, size = opened.format, opened.mode, opened.size
            if kind == "JPEG" and mode in ("RGB", "L"):
                opened.draft(mode, (max(1, round(size[0] * factor)), max(1, round(size[1] * factor))))
                return np.asarray(opened.convert("RGB"))
        if kind not in _BY_ROWS or mode not in ("RGB", "L") or find_spec("rasterio") is None:
            return decode_rgb(data)
        from rasterio.enums import Resampling

        with opened_bytes("image", data, _BY_ROWS[kind]) as raster:
            shape = (max(1, round(size[1] * factor)), max(1, round(size[0] * factor)))
            meanings = [meaning.name for meaning in raster.colorinterp]
            bits = raster.tags(1, ns="IMAGE_STRUCTURE").get("NBITS")
            if meanings not in _PLAIN or set(raster.dtypes) != {"uint8"} or bits is not None or is_inverted(raster):
                return decode_rgb(data)
            bands = raster.read(out_shape=(raster.count, *shape), resampling=Resampling.average)
        return np.ascontiguousarray(np.broadcast_to(bands, (3, *shape)).transpose(1, 2, 0))
    except InvalidItemError as error:
        raise ValueError(error.detail) from error
