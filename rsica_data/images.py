"""Image files and masks: probing, decoding and encoding. The one place that knows about pixel formats.

Counting and measuring masks is the business of ``facts``; here a mask is only bytes and class ids.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.errors import BadItem
from rsica_data.schema.records import EncodedImage, Mask

if TYPE_CHECKING:
    from PIL import Image as PilImage

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
TIFF_SUFFIXES = (".tif", ".tiff")

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
        return _probe_png(image)
    if is_tiff(image) or data.startswith(_JPEG):
        return _probe_decoded(image)
    what = "file is empty" if not data else "not a PNG, JPEG or TIFF file"
    raise BadItem("unknown-format", f"{image.path}: {what}")


def is_tiff(image: EncodedImage) -> bool:
    """Whether the bytes are those of a TIFF file, whatever its name."""
    return image.data[:4] in _TIFF


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
    with _opened(image) as opened:
        opened.load()
        kind = opened.format or "?"
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


@contextmanager
def _opened(image: EncodedImage) -> Iterator[PilImage.Image]:
    """The image opened by Pillow; what goes wrong inside the block becomes a BadItem."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Remarks on odd tags and on size; what matters raises.
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(image.data)) as opened:
                yield opened
        except UnidentifiedImageError:
            raise BadItem("unknown-format", f"{image.path}: damaged, or of a kind that Pillow does not read") from None
        except Image.DecompressionBombError as error:
            raise BadItem("image-too-large", f"{image.path}: {error}") from error
        except _DECODE_ERRORS as error:
            reason = "truncated-image" if "truncated" in str(error).lower() else "corrupt-image"
            raise BadItem(reason, f"{image.path}: {error}") from error


def decode_rgb(data: bytes) -> NDArray[np.uint8]:
    """Decoded 8-bit RGB pixels, shape ``[height, width, 3]``, dtype uint8; an alpha channel is dropped.

    Raises:
        ValueError: the bytes are not an image that can be decoded.
    """
    try:
        with _opened(EncodedImage("image", data)) as opened:
            return np.asarray(_to_rgb(opened))
    except BadItem as error:
        raise ValueError(error.detail) from error


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
    from PIL import Image

    with Image.open(BytesIO(data)) as opened:
        return np.asarray(opened, np.uint8)


def decode_raw(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[Any]:
    """Samples as the file has them: ``[height, width]`` or ``[height, width, 3]`` (RGB), in the file's own depth.

    Palette images give their palette's colours, or their indices with ``palette_indices``; an alpha channel and bands
    past the third are dropped; 1-bit images become 0/255, and grey of 2 or 4 bits is scaled to 0..255.

    Raises:
        BadItem: as :func:`probe`.
    """
    if is_tiff(image):
        return _decode_tiff(image, palette_indices)
    info = probe(image)
    if info.format == "PNG" and info.bits == 16:
        return _decode_deep_png(image)
    with _opened(image) as opened:
        if opened.mode == "P" and palette_indices:
            return np.asarray(opened)
        if opened.mode in ("1", "L", "LA"):
            return np.asarray(opened.convert("L"))
        return np.asarray(_to_rgb(opened))


def _decode_deep_png(image: EncodedImage) -> NDArray[Any]:
    import cv2

    # Pillow keeps only the upper byte of 16-bit colour, so that a label of 1 would read as 0.
    pixels = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise BadItem("corrupt-image", f"{image.path}: pixels cannot be decoded")
    return pixels if pixels.ndim == 2 else pixels[:, :, 2::-1]


def _decode_tiff(image: EncodedImage, palette_indices: bool) -> NDArray[Any]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.MemoryFile(image.data) as memory, memory.open() as opened:
                bands: NDArray[Any] = opened.read(list(range(1, (3 if opened.count >= 3 else 1) + 1)))
                palette = opened.count == 1 and opened.colorinterp[0].name == "palette"
                colours = opened.colormap(1) if palette and not palette_indices else None
                if opened.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == "1" and not palette:
                    bands = bands * np.uint8(255)
    except RasterioError as error:
        raise BadItem("corrupt-image", f"{image.path}: {str(error).splitlines()[0]}") from error
    if colours is not None:
        table = np.zeros((int(max(colours)) + 1, 3), np.uint8)
        for number, colour in colours.items():
            table[number] = colour[:3]
        return np.asarray(table[bands[0]])
    return bands[0] if len(bands) == 1 else bands.transpose(1, 2, 0)


def decode_values(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[np.uint8]:
    """Raw label values of a mask file: ``[height, width]``, or ``[height, width, 3]`` for colour labels.

    As :func:`decode_raw`; besides, three equal channels collapse to one.

    Raises:
        BadItem: as :func:`probe`; ``mask-depth`` for files of more than 8 bits whose values do not fit 0..255;
            ``not-a-number`` where a pixel is NaN or infinite.
    """
    raw = decode_raw(image, palette_indices=palette_indices)
    if raw.dtype != np.uint8:
        raw = _to_bytes(raw, image.path)
    if raw.ndim == 3 and np.array_equal(raw[:, :, 0], raw[:, :, 1]) and np.array_equal(raw[:, :, 0], raw[:, :, 2]):
        raw = raw[:, :, 0]
    return np.ascontiguousarray(raw)


def _to_bytes(raw: NDArray[Any], path: str) -> NDArray[np.uint8]:
    if not np.all(np.isfinite(raw)):
        raise BadItem("not-a-number", f"{path}: has pixels that are NaN or infinite")
    if raw.min() < 0 or raw.max() > 255 or np.any(raw % 1):
        found = f"{raw.dtype} values {raw.min()}..{raw.max()}"
        raise BadItem("mask-depth", f"{path}: {found}; masks hold whole values 0..255")
    return raw.astype(np.uint8)


Colour = int | tuple[int, int, int]
"""A label value: a grey level, or red, green and blue; each 0..255."""


def values_to_ids(values: NDArray[np.uint8], mapping: Mapping[Colour, int], path: str) -> Mask:
    """Class ids for raw label values.

    Args:
        values: as :func:`decode_values` gives them.
        mapping: label value (grey level or RGB colour) to class id; a grey level ``v`` also stands for ``(v, v, v)``.
        path: for the message.

    Raises:
        BadItem: ``unknown-mask-value``: some pixels have a value that is not in ``mapping``.
    """
    table = {_as_code(value): class_id for value, class_id in mapping.items()}
    return _grey_ids(values, table, path) if values.ndim == 2 else _colour_ids(values, table, path)


def _grey_ids(values: NDArray[np.uint8], table: Mapping[int, int], path: str) -> Mask:
    import cv2

    ids, unknown = np.zeros(256, np.uint8), np.ones(256, np.uint8)
    for code, class_id in table.items():
        if code % 0x010101 == 0:
            ids[code & 255], unknown[code & 255] = class_id, 0
    if cv2.countNonZero(cv2.LUT(values, unknown)):
        raise _unknown(np.asarray(values * np.uint32(0x010101), np.uint32), table, path)
    return np.asarray(cv2.LUT(values, ids), np.uint8).reshape(values.shape)


def _colour_ids(values: NDArray[np.uint8], table: Mapping[int, int], path: str) -> Mask:
    wide = values.astype(np.uint32)
    codes = np.asarray((wide[:, :, 0] << 16) | (wide[:, :, 1] << 8) | wide[:, :, 2], np.uint32)
    ids, known = np.zeros(codes.shape, np.uint8), np.zeros(codes.shape, np.bool_)
    # One comparison a colour is much cheaper than sorting all pixels, for the few colours that a class map has.
    for code, class_id in table.items():
        here = codes == code
        ids[here] = class_id
        known |= here
    if not known.all():
        raise _unknown(codes, table, path)
    return ids


def _as_code(value: Colour) -> int:
    red, green, blue = (value, value, value) if isinstance(value, int) else value
    return (red << 16) | (green << 8) | blue


def _shown(code: int) -> str:
    red, green, blue = code >> 16, (code >> 8) & 255, code & 255
    return str(red) if red == green == blue else f"({red},{green},{blue})"


def _unknown(codes: NDArray[np.uint32], table: Mapping[int, int], path: str) -> BadItem:
    found, counts = np.unique(codes, return_counts=True)
    unknown = {int(code): int(count) for code, count in zip(found, counts, strict=True) if int(code) not in table}
    names = ", ".join(_shown(code) for code in list(unknown)[:5])
    names += f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    known = ", ".join(_shown(code) for code in table) or "nothing"
    pixels = sum(unknown.values())
    return BadItem("unknown-mask-value", f"{path}: {pixels} pixels of value {names}; the class map has {known}")
