"""Image files: probing, decoding and encoding. The one place that knows about pixel formats; ``masks`` reads labels."""

from __future__ import annotations

import os
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.errors import BadItem, UserError
from rsica_data.rasters import alpha_band, own_colours
from rsica_data.schema.records import EncodedImage, Mask

if TYPE_CHECKING:
    from PIL import Image as PilImage

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_FURTHER = {"BMP": b"BM", "GIF": b"GIF8", "WEBP": b"RIFF"}
"""Formats that are read besides, and how they begin."""

LIMIT_VARIABLE = "RSICA_MAX_PIXELS"
_DEFAULT_LIMIT = 178_956_970  # Pillow's: twice its MAX_IMAGE_PIXELS

# Colour type of a PNG header to the number of samples a pixel has.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_TIFF_BITS_PER_SAMPLE = 258
# What Pillow is known to raise on damaged files, besides its own errors.
_DECODE_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Header facts of an image file: size in pixels, samples per pixel, bits per sample, palette or not."""

    format: str
    width: int
    height: int
    channels: int
    bits: int
    palette: bool = False


def read_image(root: Path, path: str) -> EncodedImage:
    """The file ``root/path`` as it stands.

    Raises:
        BadItem: the file is missing (``missing-file``) or cannot be read (``unreadable-file``).
    """
    try:
        return EncodedImage(path, (root / path).read_bytes())
    except FileNotFoundError:
        raise BadItem("missing-file", f"{path}: no such file") from None
    except OSError as error:
        raise BadItem("unreadable-file", f"{path}: {error.strerror or error}") from error


def probe(image: EncodedImage) -> ImageInfo:
    """Header of an image whose bytes are known to be whole.

    PNG files are checked chunk by chunk against their checksums, which finds truncation and flipped bits at a
    fraction of the cost of decoding; other formats are decoded.

    Raises:
        BadItem: ``unknown-format``, ``truncated-image``, ``corrupt-image`` or ``image-too-large``.
    """
    data = image.data
    if data.startswith(_PNG):
        info = _probe_png(image)
        check_pixels(image.path, info.width, info.height)
        return info
    if is_tiff(image) or data.startswith((_JPEG, *_FURTHER.values())):
        return _probe_decoded(image)
    what = "file is empty" if not data else "not a PNG, JPEG, TIFF, BMP, GIF or WebP file"
    raise BadItem("unknown-format", f"{image.path}: {what}")


def is_tiff(image: EncodedImage) -> bool:
    """Whether the bytes are those of a TIFF file, whatever its name."""
    return image.data[:4] in _TIFF


def is_jpeg(image: EncodedImage) -> bool:
    """Whether the bytes are those of a JPEG file, whose values are not kept exactly."""
    return image.data.startswith(_JPEG)


def pixel_limit() -> int:
    """Pixels that one image may have, against decompression bombs; more by the variable ``RSICA_MAX_PIXELS``.

    Raises:
        UserError: the variable holds no whole number above 0.
    """
    text = os.environ.get(LIMIT_VARIABLE)
    if text is None:
        return _DEFAULT_LIMIT
    if not text.strip().isdecimal() or not int(text):
        raise UserError(f"'{text}' is no number of pixels", key=LIMIT_VARIABLE, hint="for example 400000000")
    return int(text)


def check_pixels(path: str, width: int, height: int) -> None:
    """Raises BadItem (``image-too-large``) where an image has more pixels than the limit, and says the ways out."""
    limit = pixel_limit()
    if width * height > limit:
        what = f"{path}: {width}x{height} is over the limit of {limit:,} pixels, a guard against decompression bombs"
        hint = (
            f"set {LIMIT_VARIABLE}={width * height} to read it all the same, or cut it into tiles by the source geotiff"
        )
        raise BadItem("image-too-large", f"{what}; {hint}")


def _probe_png(image: EncodedImage) -> ImageInfo:
    view = memoryview(image.data)
    at, info, has_pixels = len(_PNG), None, False
    while at + 12 <= len(view):
        length, kind = struct.unpack(">I4s", view[at : at + 8])
        end = at + 12 + length
        if end > len(view):
            break
        (expected,) = struct.unpack(">I", view[end - 4 : end])
        if zlib.crc32(view[at + 4 : end - 4]) != expected:
            raise BadItem("corrupt-image", f"{image.path}: checksum of PNG chunk {kind.decode('latin1')} is wrong")
        if kind == b"IHDR":
            info = _png_header(image.path, view[at + 8 : end - 4])
        elif kind == b"IDAT":
            has_pixels = True
        elif kind == b"IEND":
            if info is None or not has_pixels:
                raise BadItem("corrupt-image", f"{image.path}: PNG file without {'pixels' if info else 'a header'}")
            return info
        at = end
    raise BadItem("truncated-image", f"{image.path}: PNG file ends after {len(view)} bytes, before its last chunk")


def _png_header(path: str, body: memoryview) -> ImageInfo:
    if len(body) == 13:
        width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        if width and height and colour in _PNG_CHANNELS:
            return ImageInfo("PNG", width, height, _PNG_CHANNELS[colour], bits, colour == 3)
    raise BadItem("corrupt-image", f"{path}: PNG header is not valid")


def _probe_decoded(image: EncodedImage) -> ImageInfo:
    with opened_image(image) as opened:
        opened.load()
        # A JPEG with further pictures behind it, as some cameras and drones write it.
        kind = "JPEG" if opened.format == "MPO" else opened.format or "?"
        return ImageInfo(
            kind, opened.width, opened.height, len(opened.getbands()), _bits(opened), opened.mode.startswith("P")
        )


def _bits(opened: PilImage.Image) -> int:
    # Pillow reads some 16-bit TIFF files as 8-bit images: only the file's own tag tells.
    tags: Any = getattr(opened, "tag_v2", None)
    if tags and _TIFF_BITS_PER_SAMPLE in tags:
        return int(max(np.atleast_1d(tags[_TIFF_BITS_PER_SAMPLE])))
    if opened.mode == "1":
        return 1
    return 16 if opened.mode.startswith("I;16") else 32 if opened.mode in ("I", "F") else 8


_opening = threading.Lock()


def _open(data: bytes) -> PilImage.Image:
    """Pillow's image without Pillow's own limit: :func:`check_pixels` says what to do about ours."""
    from PIL import Image

    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(BytesIO(data))
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def opened_image(image: EncodedImage) -> Iterator[PilImage.Image]:
    """The image opened by Pillow; what goes wrong inside the block becomes a BadItem."""
    from PIL import UnidentifiedImageError

    with warnings.catch_warnings():
        # Remarks on odd tags and on size; what matters raises.
        warnings.simplefilter("ignore")
        try:
            with _open(image.data) as opened:
                check_pixels(image.path, opened.width, opened.height)
                yield opened
        except UnidentifiedImageError:
            raise BadItem("unknown-format", f"{image.path}: damaged, or of a kind that Pillow does not read") from None
        except _DECODE_ERRORS as error:
            reason = "truncated-image" if "truncated" in str(error).lower() else "corrupt-image"
            raise BadItem(reason, f"{image.path}: {error}") from error


def decode_rgb(data: bytes) -> NDArray[np.uint8]:
    """Decoded 8-bit RGB pixels, shape ``[height, width, 3]``, dtype uint8; an alpha channel is dropped.

    Raises:
        ValueError: the bytes are not an image that can be decoded.
    """
    try:
        with opened_image(EncodedImage("image", data)) as opened:
            return np.asarray(_to_rgb(opened))
    except BadItem as error:
        raise ValueError(error.detail) from error


def pil_rgb(data: bytes) -> PilImage.Image:
    """As :func:`decode_rgb`, as an image of Pillow."""
    from PIL import Image

    return Image.fromarray(decode_rgb(data))


def as_png(image: EncodedImage) -> EncodedImage:
    """An image of any format as 8-bit grey or RGB PNG, its suffix exchanged.

    Raises:
        BadItem: it cannot be decoded.
    """
    with opened_image(image) as opened:
        pixels = np.asarray(opened if opened.mode == "L" else _to_rgb(opened))
    return EncodedImage(Path(image.path).with_suffix(".png").as_posix(), encode_png(pixels))


def _to_rgb(opened: PilImage.Image) -> PilImage.Image:
    # By way of RGBA, or a palette's transparent entry would decide about the colour that stays.
    through = opened.convert("RGBA") if opened.mode == "P" and "transparency" in opened.info else opened
    return through.convert("RGB")


def encode_png(pixels: NDArray[np.uint8], level: int = 6) -> bytes:
    """PNG bytes of 8-bit grey ``[height, width]`` or RGB ``[height, width, 3]`` pixels. Same pixels, same bytes."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG", compress_level=level)
    return out.getvalue()


def encode_mask(mask: Mask) -> bytes:
    """A mask of class ids as an 8-bit grey PNG."""
    return encode_png(mask)


def decode_mask(data: bytes) -> Mask:
    """The class ids of a mask written by :func:`encode_mask`."""
    with opened_image(EncodedImage("mask", data)) as opened:
        return np.asarray(opened, np.uint8)


def decode_raw(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[Any]:
    """Samples as the file has them: ``[height, width]`` or ``[height, width, 3]`` (RGB), in the file's own depth.

    Palette images give their palette's colours, or their indices with ``palette_indices``; an alpha channel and bands
    past the third are dropped; 1-bit images become 0/255, and grey of 2 or 4 bits is scaled to 0..255.

    Raises:
        BadItem: as :func:`probe`.
    """
    return decode_with_alpha(image, palette_indices=palette_indices)[0]


def decode_with_alpha(
    image: EncodedImage, *, palette_indices: bool = False
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Samples as :func:`decode_raw` gives them, and the alpha channel ``[height, width]`` where there is one."""
    if is_tiff(image):
        return _decode_tiff(image, palette_indices)
    info = probe(image)
    if info.format == "PNG" and info.bits == 16:
        return _decode_deep_png(image)
    with opened_image(image) as opened:
        if opened.mode == "P" and palette_indices:
            return np.asarray(opened), None
        if opened.mode in ("1", "L", "LA"):
            alpha = np.asarray(opened.getchannel("A")) if opened.mode == "LA" else None
            return np.asarray(opened.convert("L")), alpha
        if opened.mode in ("RGBA", "PA") or (opened.mode == "P" and "transparency" in opened.info):
            pixels = np.asarray(opened.convert("RGBA"))
            return pixels[:, :, :3], pixels[:, :, 3]
        return np.asarray(_to_rgb(opened)), None


def _decode_deep_png(image: EncodedImage) -> tuple[NDArray[Any], NDArray[Any] | None]:
    import cv2

    # Pillow keeps only the upper byte of 16-bit colour, so that a label of 1 would read as 0.
    pixels = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise BadItem("corrupt-image", f"{image.path}: pixels cannot be decoded")
    if pixels.ndim == 2:
        return pixels, None
    return pixels[:, :, 2::-1], pixels[:, :, 3] if pixels.shape[2] == 4 else None


def _is_inverted(dataset: Any) -> bool:
    """Whether 0 is shown as white, which GDAL tells and leaves to its user."""
    return bool(dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES")


def _decode_tiff(image: EncodedImage, palette_indices: bool) -> tuple[NDArray[Any], NDArray[Any] | None]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.MemoryFile(image.data) as memory, memory.open() as opened:
                check_pixels(image.path, opened.width, opened.height)
                meanings = [meaning.name for meaning in opened.colorinterp]
                bands: NDArray[Any] = opened.read(list(own_colours(meanings)))
                number = alpha_band(meanings)
                alpha = None if number is None else np.asarray(opened.read(number))
                palette = opened.count == 1 and meanings[0] == "palette"
                colours = opened.colormap(1) if palette and not palette_indices else None
                if opened.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == "1" and not palette:
                    bands = bands * np.uint8(255)
                elif not palette and bands.dtype.kind == "u" and _is_inverted(opened):
                    bands = np.iinfo(bands.dtype).max - bands
    except RasterioError as error:
        raise BadItem("corrupt-image", f"{image.path}: {str(error).splitlines()[0]}") from error
    if colours is not None:
        table = np.zeros((int(max(colours)) + 1, 3), np.uint8)
        for entry, colour in colours.items():
            table[entry] = colour[:3]
        return np.asarray(table[bands[0]]), None
    return bands[0] if len(bands) == 1 else bands.transpose(1, 2, 0), alpha
