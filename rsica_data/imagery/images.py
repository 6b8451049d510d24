"""Image files: probing, decoding and encoding. The one place that knows about pixel formats; ``masks`` reads labels."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, RsicaError
from rsica_data.core.quick_init import quick_init
from rsica_data.geometry.raster_header import alpha_band, own_colours
from rsica_data.imagery.grey_png import pack_grey, unpack_grey
from rsica_data.imagery.image_limits import check_pixels, check_samples, largest_file, ways_out
from rsica_data.imagery.input_files import read_bounded
from rsica_data.imagery.png_stream import SIGNATURE as _PNG
from rsica_data.imagery.png_stream import PngChunks, check_pixels_whole, read_chunks
from rsica_data.imagery.raster_files import opened_bytes
from rsica_data.schema.records import EncodedImage, Mask

if TYPE_CHECKING:
    from PIL import Image as PilImage

_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_FORMATS = {"PNG": (_PNG,), "JPEG": (_JPEG,), "TIFF": _TIFF, "BMP": (b"BM",), "GIF": (b"GIF8",), "WEBP": (b"RIFF",)}
"""Formats that are read, and how they begin. Pillow would find others by itself, some of which start programs."""
_TIFF_BITS_PER_SAMPLE = 258
_SMALL_LEVELS = {"1": 255, "2": 85, "4": 17}
"""What a step of grey of few bits is of 0..255, by the number of bits as GDAL writes it."""


@quick_init
@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Header facts of an image file: size in pixels, samples per pixel, bits per sample, palette or not.

    ``bare`` is True where the file is known to hold nothing but its pixels: no tags.
    """

    format: str
    width: int
    height: int
    channels: int
    bits: int
    palette: bool = False
    bare: bool = False


def read_image(root: Path, path: str) -> EncodedImage:
    """The file ``root/path`` as it stands.

    Raises:
        InvalidItemError: as :func:`input_files.read_bounded`: missing, not regular, outside the folder, too large.
    """
    return EncodedImage(path, read_bounded(root, path, largest_file(), ways_out()))


_checking: ContextVar[bool] = ContextVar("_checking", default=True)


@contextmanager
def images_trusted() -> Iterator[None]:
    """Inside the block :func:`probe` reads headers alone: for input that is known to be whole."""
    token = _checking.set(False)
    try:
        yield
    finally:
        _checking.reset(token)


def images_checked() -> bool:
    """Whether images are proved whole: everywhere but inside :func:`images_trusted`."""
    return _checking.get()


def probe(image: EncodedImage) -> ImageInfo:
    """Header of an image that is proved whole, unless inside :func:`images_trusted`.

    Of PNG files every chunk is checked against its checksum and the pixels are unpacked to their end, at half of the
    cost of decoding; other formats are decoded.

    Raises:
        InvalidItemError: ``unknown-format``, ``truncated-image``, ``corrupt-image`` or ``image-too-large``.
    """
    return _probe_png(image) if _format(image) == "PNG" else _probe_decoded(image)


def _format(image: EncodedImage) -> str:
    for name, beginnings in _FORMATS.items():
        if image.data.startswith(beginnings):
            return name
    what = "not a PNG, JPEG, TIFF, BMP, GIF or WebP file" if image.data else "file is empty"
    raise InvalidItemError("unknown-format", f"{image.path}: {what}")


def is_tiff(image: EncodedImage) -> bool:
    """Whether the bytes are those of a TIFF file, whatever its name."""
    return image.data[:4] in _TIFF


def is_jpeg(image: EncodedImage) -> bool:
    """Whether the bytes are those of a JPEG file, whose values are not kept exactly."""
    return image.data.startswith(_JPEG)


def _probe_png(image: EncodedImage) -> ImageInfo:
    chunks = _png_chunks(image)
    header = chunks.header
    bare = not chunks.further
    return ImageInfo("PNG", header.width, header.height, header.samples, header.bits, header.has_palette, bare)


def _png_chunks(image: EncodedImage) -> PngChunks:
    checked = _checking.get()
    chunks = read_chunks(image.path, image.data, sums=checked)
    check_pixels(image.path, chunks.header.width, chunks.header.height)
    if checked:
        check_pixels_whole(image.path, chunks)
    return chunks


def _probe_decoded(image: EncodedImage) -> ImageInfo:
    with opened_image(image) as opened:
        if _checking.get():
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


def _open(image: EncodedImage) -> PilImage.Image:
    """Pillow's image without Pillow's own limit: :func:`check_pixels` says what to do about ours."""
    from PIL import Image

    kind, size = _format(image), _webp_canvas(image.data)
    if size is not None:
        # Its decoder makes room for the canvas as it opens the file.
        check_pixels(image.path, *size)
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(BytesIO(image.data), formats=(kind,))
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _webp_canvas(data: bytes) -> tuple[int, int] | None:
    """Width and height that the extended header of a WebP file states; None where there is none (RFC 9649, 2.7)."""
    if data[:4] != b"RIFF" or data[12:16] != b"VP8X" or len(data) < 30:
        return None
    return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")


@contextmanager
def opened_image(image: EncodedImage) -> Iterator[PilImage.Image]:
    """The image opened by Pillow; whatever goes wrong inside the block becomes a InvalidItemError."""
    from PIL import UnidentifiedImageError

    with warnings.catch_warnings():
        # Remarks on odd tags and on size; what matters raises.
        warnings.simplefilter("ignore")
        try:
            with _open(image) as opened:
                check_pixels(image.path, opened.width, opened.height)
                yield opened
        except RsicaError:
            raise
        except UnidentifiedImageError:
            raise InvalidItemError(
                "unknown-format", f"{image.path}: damaged, or of a kind that Pillow does not read"
            ) from None
        except Exception as error:
            # Decoders raise almost anything on damaged files, and one file must never stop a build.
            reason = "truncated-image" if "truncated" in str(error).lower() else "corrupt-image"
            raise InvalidItemError(reason, f"{image.path}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def decode_rgb(data: bytes) -> NDArray[np.uint8]:
    """Decoded 8-bit RGB pixels, shape ``[height, width, 3]``, dtype uint8; an alpha channel is dropped.

    Raises:
        ValueError: the bytes are not an image that can be decoded.
    """
    try:
        with opened_image(EncodedImage("image", data)) as opened:
            return np.asarray(_to_rgb(opened))
    except InvalidItemError as error:
        raise ValueError(error.detail) from error


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height that an image states; nothing is decoded.

    Raises:
        ValueError: the bytes are not an image that can be decoded.
    """
    try:
        with opened_image(EncodedImage("image", data)) as opened:
            return opened.width, opened.height
    except InvalidItemError as error:
        raise ValueError(error.detail) from error


def pil_rgb(data: bytes) -> PilImage.Image:
    """As :func:`decode_rgb`, as an image of Pillow, which knows nothing of the file; the pixels are not copied."""
    try:
        with opened_image(EncodedImage("image", data)) as opened:
            pixels = _to_rgb(opened)
            pixels.load()
            plain = pixels._new(pixels.im) if pixels is opened else pixels
            plain.info = {}  # an orientation, a resolution
            return plain
    except InvalidItemError as error:
        raise ValueError(error.detail) from error


def as_png(image: EncodedImage) -> EncodedImage:
    """An image of any format as 8-bit grey or RGB PNG, its suffix exchanged.

    Raises:
        InvalidItemError: it cannot be decoded.
    """
    with opened_image(image) as opened:
        pixels = np.asarray(opened if opened.mode == "L" else _to_rgb(opened))
    return EncodedImage(Path(image.path).with_suffix(".png").as_posix(), encode_png(pixels))


def _to_rgb(opened: PilImage.Image) -> PilImage.Image:
    # By way of RGBA, or a palette's transparent entry would decide about the colour that stays.
    through = opened.convert("RGBA") if opened.mode == "P" and "transparency" in opened.info else opened
    # Without need, convert copies: 100 MB of an image at the limit of pixels.
    return through if through.mode == "RGB" else through.convert("RGB")


def encode_png(pixels: NDArray[np.uint8], level: int = 6) -> bytes:
    """PNG bytes of 8-bit grey ``[height, width]`` or RGB ``[height, width, 3]`` pixels. Same pixels, same bytes."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG", compress_level=level)
    return out.getvalue()


def encode_mask(mask: Mask) -> bytes:
    """A mask of class ids as an 8-bit grey PNG. Same mask, same bytes."""
    # The largest of some bytes is had in a tenth of the time of asking whether any of them is not 0.
    return pack_grey(mask) if mask.max(initial=0) else _empty_mask(mask.shape)


@lru_cache(maxsize=8)
def _empty_mask(shape: tuple[int, ...]) -> bytes:
    """The masks of pairs without change, which are many and all alike."""
    return pack_grey(np.zeros(shape, np.uint8))


def grey_pixels(image: EncodedImage) -> NDArray[np.uint8] | None:
    """The pixels of a PNG of 8-bit grey, ``[height, width]``, as :func:`decode_raw` gives them; None of other files.

    Raises:
        InvalidItemError: as :func:`probe`. Pixels that are not whole give None: :func:`decode_raw` says what they lack.
    """
    if not image.data.startswith(_PNG):
        return None
    chunks = read_chunks(image.path, image.data, sums=_checking.get())
    check_pixels(image.path, chunks.header.width, chunks.header.height)
    return unpack_grey(chunks.header, chunks.pixels)


def decode_mask(data: bytes) -> Mask:
    """The class ids of a mask written by :func:`encode_mask`."""
    with opened_image(EncodedImage("mask", data)) as opened:
        return np.asarray(opened, np.uint8)


def decode_raw(image: EncodedImage, *, palette_indices: bool = False) -> NDArray[Any]:
    """Samples as the file has them: ``[height, width]`` or ``[height, width, 3]`` (RGB), in the file's own depth.

    Palette images give their palette's colours, or their indices with ``palette_indices``; an alpha channel and bands
    past the third are dropped; 1-bit images become 0/255, and grey of 2 or 4 bits is scaled to 0..255.

    Raises:
        InvalidItemError: as :func:`probe`.
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
        return _decode_deep_png(image, info)
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


def _decode_deep_png(image: EncodedImage, info: ImageInfo) -> tuple[NDArray[Any], NDArray[Any] | None]:
    import cv2

    check_samples(image.path, info.width, info.height, info.channels, 2)
    try:
        # Pillow keeps only the upper byte of 16-bit colour, so that a label of 1 would read as 0.
        pixels = cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        raise InvalidItemError("corrupt-image", f"{image.path}: {_first_line(error)}") from None
    if pixels is None:
        raise InvalidItemError("corrupt-image", f"{image.path}: pixels cannot be decoded")
    if pixels.ndim == 2:
        return pixels, None
    return pixels[:, :, 2::-1], pixels[:, :, 3] if pixels.shape[2] == 4 else None


def is_inverted(dataset: Any) -> bool:
    """Whether 0 is shown as white, which GDAL tells and leaves to its user."""
    return bool(dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES")


def _decode_tiff(image: EncodedImage, palette_indices: bool) -> tuple[NDArray[Any], NDArray[Any] | None]:
    with opened_bytes(image.path, image.data) as opened:
        check_pixels(image.path, opened.width, opened.height)
        return raster_samples(opened, image.path, palette_indices=palette_indices)


def raster_samples(
    opened: Any, path: str, *, palette_indices: bool, window: Any = None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Samples and alpha of an open raster, or of a window of it, as :func:`decode_with_alpha` gives them.

    Args:
        opened: rasterio's dataset.
        path: for messages.
        palette_indices: see :func:`decode_raw`.
        window: rasterio's; None for the whole.

    Raises:
        InvalidItemError: ``image-too-large`` or ``image-depth``.
    """
    meanings = [meaning.name for meaning in opened.colorinterp]
    chosen, number = own_colours(meanings), alpha_band(meanings)
    height, width = (opened.height, opened.width) if window is None else (window.height, window.width)
    size = max(np.dtype(kind).itemsize for kind in opened.dtypes)
    check_samples(path, width, height, len(chosen) + (number is not None), size)
    bands: NDArray[Any] = opened.read(list(chosen), window=window)
    if bands.dtype.kind == "c":
        raise InvalidItemError("image-depth", f"{path}: has {bands.dtype} samples")
    alpha = None if number is None else np.asarray(opened.read(number, window=window))
    palette = opened.count == 1 and meanings[0] == "palette"
    bits = opened.tags(1, ns="IMAGE_STRUCTURE").get("NBITS")
    if bits in _SMALL_LEVELS and not palette and (bits == "1" or opened.driver == "PNG"):
        bands = bands * np.uint8(_SMALL_LEVELS[bits])
    elif not palette and bands.dtype.kind == "u" and is_inverted(opened):
        bands = np.iinfo(bands.dtype).max - bands
    if palette and not palette_indices:
        colours = opened.colormap(1)
        table = np.zeros((int(max(colours)) + 1, 3), np.uint8)
        for entry, colour in colours.items():
            table[entry] = colour[:3]
        return np.asarray(table[bands[0]]), None
    return bands[0] if len(bands) == 1 else bands.transpose(1, 2, 0), alpha
