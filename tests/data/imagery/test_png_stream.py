"""PNG files proved whole without decoding: what a decoder refuses is refused, what it reads is kept."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.images import decode_raw, images_trusted, probe
from rsica_data.imagery.png_stream import SIGNATURE, check_pixels_whole, read_chunks
from rsica_data.schema import EncodedImage

SIZES = [(1, 1), (3, 2), (7, 9), (8, 8), (33, 5), (300, 170)]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, bits, colour, pixels, *, interlace=0, before=b"", after=b"", split=0):
    """A PNG file whose check sums are right, whatever its pixels are."""
    parts = [pixels] if not split else [pixels[at : at + split] for at in range(0, len(pixels), split)]
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    body = before + palette + b"".join(chunk(b"IDAT", part) for part in parts) + after
    return SIGNATURE + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def rows(width, height, bits, samples, filters=0):
    row = (width * samples * bits + 7) // 8
    return b"".join(bytes([filters]) + bytes(row) for _ in range(height))


def check(data):
    check_pixels_whole("x.png", read_chunks("x.png", data))


def reason(data):
    with pytest.raises(InvalidItemError) as caught:
        check(data)
    return caught.value.reason


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_what_others_write_is_whole(mode, size):
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG")
    check(out.getvalue())


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("bits", "colour", "samples"), [(1, 0, 1), (2, 0, 1), (8, 2, 3), (4, 3, 1), (16, 6, 4)])
def test_the_length_is_that_of_the_size_in_every_form(bits, colour, samples, size, interlace):
    width, height = size
    whole = read_chunks("x", png(width, height, bits, colour, b"x", interlace=interlace)).header
    length = sum(row * count for row, count in whole.runs())
    data = zlib.compress(bytes(length))
    image = png(width, height, bits, colour, data, interlace=interlace, split=5)
    check(image)
    Image.open(io.BytesIO(image)).load()
    for wrong in (length - 1, length + 1):
        assert reason(png(width, height, bits, colour, zlib.compress(bytes(wrong)), interlace=interlace)) in (
            "truncated-image",
            "corrupt-image",
        )


def test_every_damage_of_the_pixels_with_right_check_sums_is_noticed():
    rng = np.random.default_rng(0)
    pixels = zlib.compress(b"".join(b"\1" + rng.integers(0, 256, 96, np.uint8).tobytes() for _ in range(32)))
    check(png(32, 32, 8, 2, pixels))
    draw = random.Random(1)
    for _ in range(300):
        at = draw.randrange(len(pixels))
        damaged = bytearray(pixels)
        damaged[at] ^= 1 << draw.randrange(8)
        # Bits of zlib's header that say how hard was tried to compress change nothing, but its check sum notices them.
        assert reason(png(32, 32, 8, 2, bytes(damaged), split=draw.randrange(3, 200))) in (
            "truncated-image",
            "corrupt-image",
        )
    for end in range(0, len(pixels), 7):
        assert reason(png(32, 32, 8, 2, pixels[:end])) in ("truncated-image", "corrupt-image")


@pytest.mark.parametrize(
    "data",
    [
        png(4, 4, 8, 2, zlib.compress(rows(4, 4, 8, 3, filters=5))),
        png(4, 4, 8, 3, zlib.compress(rows(4, 4, 8, 1))).replace(chunk(b"PLTE", bytes(768)), b""),
        png(4, 4, 3, 2, zlib.compress(rows(4, 4, 3, 3))),
        png(4, 4, 8, 2, zlib.compress(rows(4, 4, 8, 3)), before=chunk(b"CgBI", bytes(4))),
        png(4, 4, 8, 2, zlib.compress(rows(4, 4, 8, 3))[:9] + b"", after=chunk(b"tEXt", b"a") + chunk(b"IDAT", b"b")),
        png(4, 4, 8, 2, zlib.compress(rows(4, 4, 8, 3))).replace(SIGNATURE, SIGNATURE + chunk(b"tEXt", b"x")),
        SIGNATURE + chunk(b"IDAT", zlib.compress(bytes(100))),
        png(60000, 60000, 8, 2, zlib.compress(bytes(1000))),
    ],
)
def test_files_that_no_decoder_reads(data):
    assert reason(data) in ("truncated-image", "corrupt-image")


def test_a_bomb_is_unpacked_a_part_at_a_time():
    import tracemalloc

    length = 50 << 20
    data = png(length - 1, 1, 8, 0, zlib.compress(bytes(length), 9))
    tracemalloc.start()
    check(data)
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_nothing_but_a_bad_item_comes_out(data):
    try:
        check(SIGNATURE + data)
        check(png(3, 3, 8, 2, data))
    except InvalidItemError:
        pass


def test_trusted_images_are_read_by_their_headers():
    damaged = EncodedImage("x.png", png(5, 5, 8, 2, b"no zlib stream"))
    with images_trusted():
        assert probe(damaged).width == 5
    with pytest.raises(InvalidItemError):
        probe(damaged)
    with pytest.raises(InvalidItemError):
        decode_raw(damaged)
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(out, "JPEG")
    cut = EncodedImage("x.jpg", out.getvalue()[:-300])
    with images_trusted():
        assert probe(cut).width == 64
    with pytest.raises(InvalidItemError):
        probe(cut)
