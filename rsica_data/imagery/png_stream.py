"""PNG files proved whole without decoding them: every chunk's checksum, and the compressed pixels to their last byte.

A decoder undoes the filter of every row besides, which cannot fail once the rows are there and their filter types are
known ones; leaving it out saves half of the time (W3C PNG specification, third edition, sections 5, 8 and 9).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.core.errors import InvalidItemError
from rsica_data.core.quick_init import quick_init
from rsica_data.imagery.inflate import crc32, unpacked_whole

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type of the header to the number of samples a pixel has."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps between columns and rows, of the passes of an interlaced image."""
_LAST_FILTER = 4
_LENGTH_AND_KIND, _CHECKSUM = struct.Struct(">I4s").unpack_from, struct.Struct(">I").unpack_from
_HEADER_END = len(SIGNATURE) + 25
_NO_HEADER = "PNG header is not valid"
_LARGEST_RATIO = 1032
"""Bytes that deflate can make of one at the most (RFC 1951: 258 bytes of two bits)."""
_INPUT, _OUTPUT = 1 << 16, 1 << 22
"""Bytes unpacked at a time: memory does not grow with the image."""


@dataclass(frozen=True, slots=True)
class PngHeader:
    """Width and height in pixels, bits a sample, colour type (0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA)."""

    width: int
    height: int
    bits: int
    colour: int
    interlaced: bool

    @property
    def samples(self) -> int:
        """Samples per pixel; 1 for a palette."""
        return _SAMPLES[self.colour]

    @property
    def has_palette(self) -> bool:
        """Whether pixels are indices into a palette."""
        return self.colour == _PALETTE

    def runs(self) -> list[tuple[int, int]]:
        """``(bytes of a row with its filter type, rows)`` of the image, or of each pass of an interlaced one."""
        passes = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        runs = []
        for x, y, across, down in passes:
            width, height = -(-(self.width - x) // across), -(-(self.height - y) // down)
            if width > 0 and height > 0:
                runs.append((1 + (width * self.samples * self.bits + 7) // 8, height))
        return runs


@quick_init
@dataclass(frozen=True, slots=True)
class PngChunks:
    """A PNG file whose chunks are whole: its header, the parts of its compressed pixels, and whether it holds more.

    ``further`` is True where there are chunks besides header, palette, pixels and end, or bytes after the end.
    """

    header: PngHeader
    pixels: Sequence[memoryview]
    further: bool = False


def read_chunks(path: str, data: bytes, *, sums: bool = True) -> PngChunks:
    """The chunks of a PNG file, each checked against its checksum.

    Args:
        path: the file, for messages.
        data: its bytes, which begin with `SIGNATURE`.
        sums: False to trust the checksums of the pixels' chunks.

    Raises:
        InvalidItemError: ``truncated-image`` or ``corrupt-image``.
    """
    view, size = memoryview(data), len(data)
    at, last, palette = len(SIGNATURE), b"", False
    header: PngHeader | None = None
    parts: list[memoryview] = []
    others = False
    while at + 12 <= size:
        length, kind = _LENGTH_AND_KIND(data, at)
        end = at + 12 + length
        if end > size:
            break
        if kind == b"IHDR" and header is None and end == _HEADER_END:
            header = _first_chunk(data[:_HEADER_END], path)
            at, last = end, kind
            continue
        if (sums or kind != b"IDAT") and crc32(view[at + 4 : end - 4]) != _CHECKSUM(data, end - 4)[0]:
            raise _corrupt(path, f"checksum of PNG chunk {_shown(kind)} is wrong")
        if header is None or kind == b"IHDR":
            raise _corrupt(path, _odd_header(kind, header))
        if kind == b"IDAT":
            if parts and last != b"IDAT":
                raise _corrupt(path, "PNG file whose pixels are interrupted by other chunks")
            parts.append(view[at + 8 : end - 4])
        elif kind == b"PLTE":
            palette = 0 < length <= 768 and length % 3 == 0
        elif kind == b"IEND":
            if not parts:
                raise _corrupt(path, "PNG file without pixels")
            if header.has_palette and not palette:
                raise _corrupt(path, "PNG file of palette colours without a palette")
            return PngChunks(header, parts, others or end < size)
        elif kind[0] & 0x20:
            others = True
        else:
            raise _corrupt(path, f"PNG file with an unknown critical chunk {_shown(kind)}")
        at, last = end, kind
    raise InvalidItemError("truncated-image", f"{path}: PNG file ends after {len(view)} bytes, before its last chunk")


def _odd_header(kind: bytes, header: PngHeader | None) -> str:
    """What is wrong with a chunk before the header, a header of another length, or a second one."""
    if kind != b"IHDR":
        return "PNG file without a header"
    if header is not None:
        return "PNG file with two headers"
    return _NO_HEADER


@lru_cache(maxsize=64)
def _known_header(chunk: bytes) -> PngHeader | str:
    """The header in a file's beginning, or what is wrong with it: the files of a folder mostly begin alike."""
    if crc32(chunk[12:29]) != _CHECKSUM(chunk, 29)[0]:
        return "checksum of PNG chunk 'IHDR' is wrong"
    width, height, bits, colour, packing, filters, interlace = struct.unpack(">IIBBBBB", chunk[16:29])
    known = bits in _DEPTHS.get(colour, ()) and (packing, filters) == (0, 0) and interlace in (0, 1)
    if 0 < width < 2**31 and 0 < height < 2**31 and known:
        return PngHeader(width, height, bits, colour, interlace == 1)
    return _NO_HEADER


def _first_chunk(beginning: bytes, path: str) -> PngHeader:
    header = _known_header(beginning)
    if isinstance(header, str):
        raise _corrupt(path, header)
    return header


def unchecked_chunks(data: bytes) -> Iterator[memoryview]:
    """The chunks of a PNG file, length and kind first, up to where it is cut short; checksums are not looked at."""
    view, at = memoryview(data), len(SIGNATURE)
    while at + 8 <= len(view):
        end = at + 12 + int.from_bytes(view[at : at + 4], "big")
        yield view[at:end]
        at = end


def _shown(kind: bytes) -> str:
    return ascii(kind.decode("latin1"))


def _corrupt(path: str, what: str) -> InvalidItemError:
    return InvalidItemError("corrupt-image", f"{path}: {what}")


def check_pixels_whole(path: str, chunks: PngChunks) -> None:
    """Check that the pixels unpack to their end, to as many bytes as the size needs, in rows of known filter types.

    Raises:
        InvalidItemError: ``truncated-image`` or ``corrupt-image``.
    """
    runs = chunks.header.runs()
    expected = sum(row * count for row, count in runs)
    if expected > _LARGEST_RATIO * sum(len(part) for part in chunks.pixels) + _INPUT:
        raise InvalidItemError(
            "truncated-image", f"{path}: too few bytes for {chunks.header.width}x{chunks.header.height} px"
        )
    whole = unpacked_whole(chunks.pixels, expected)
    if whole is not None:
        _check_filters(path, whole, 0, runs)
        return
    seen = 0
    try:
        for block in unpacked_blocks(path, chunks.pixels):
            if seen + len(block) > expected:
                raise _corrupt(path, "PNG file holds more pixels than its size needs")
            _check_filters(path, block, seen, runs)
            seen += len(block)
    except zlib.error as error:
        raise _corrupt(path, f"pixels cannot be unpacked: {error}") from None
    if seen < expected:
        share = f"{seen} of {expected} bytes"
        raise InvalidItemError("truncated-image", f"{path}: PNG file holds fewer pixels than its size needs ({share})")


def unpacked_blocks(path: str, parts: Sequence[memoryview]) -> Iterator[bytes]:
    """The unpacked bytes of a file's pixels, some megabytes at a time.

    Raises:
        InvalidItemError: they end too early.
        zlib.error: they cannot be unpacked.
    """
    stream = zlib.decompressobj()
    for part in parts:
        for start in range(0, len(part), _INPUT):
            rest: bytes | memoryview = part[start : start + _INPUT]
            while len(rest) and not stream.eof:
                yield stream.decompress(rest, _OUTPUT)
                rest = stream.unconsumed_tail
    while not stream.eof:
        # What the last input left inside the inflater.
        block = stream.decompress(b"", _OUTPUT)
        if not block:
            raise InvalidItemError("truncated-image", f"{path}: the PNG file's compressed pixels end too early")
        yield block


def _check_filters(path: str, block: bytes | bytearray, seen: int, runs: Sequence[tuple[int, int]]) -> None:
    """Check the filter types, first bytes of the rows, in a block that begins ``seen`` bytes after the first pixel."""
    start, end = 0, seen + len(block)
    for row, count in runs:
        stop = start + row * count
        low, high = max(start, seen), min(stop, end)
        if low < high:
            first = low + (start - low) % row
            if max(block[first - seen : high - seen : row], default=0) > _LAST_FILTER:
                raise _corrupt(path, "PNG file with rows of an unknown filter type")
        start = stop
