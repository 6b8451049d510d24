"""PNG files of grey pixels: the quick ways give what Pillow gives, and leave to it what is not whole."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery import grey_png, inflate
from rsica_data.imagery.grey_png import pack_grey
from rsica_data.imagery.images import encode_png, grey_pixels, images_trusted
from rsica_data.imagery.masks import decode_values
from rsica_data.schema.records import EncodedImage

needs_deflate = pytest.mark.skipif(inflate._unpack is None, reason="without libdeflate Pillow does it all")


def drawings():
    rng = np.random.default_rng(5)
    areas = np.zeros((300, 263), np.uint8)
    areas[20:90, 40:200], areas[130:131], areas[200:, 7:9] = 1, 2, 255
    slopes = (np.add.outer(np.arange(97), np.arange(61)) * 3 % 256).astype(np.uint8)
    noise = rng.integers(0, 256, (33, 70), np.uint8)
    return [areas, slopes, noise, areas[:1, :1], areas.T, np.full((5, 70_000), 9, np.uint8)]


@pytest.mark.parametrize("number", range(6))
def test_packed_pixels_are_those_that_pillow_reads(number):
    pixels = drawings()[number]
    data = pack_grey(pixels)
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.mode == "L"
        np.testing.assert_array_equal(np.asarray(opened), pixels)
    assert pack_grey(np.asfortranarray(pixels)) == data


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("adler32", [inflate.adler32, zlib.adler32])
def test_packed_pixels_are_the_stream_that_zlib_writes_by_itself(number, adler32, monkeypatch):
    monkeypatch.setattr(grey_png, "adler32", adler32)
    pixels = drawings()[number]
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 8, zlib.Z_RLE)
    stream = packer.compress(np.pad(pixels, ((0, 0), (1, 0))).tobytes()) + packer.flush()
    assert pack_grey(pixels)[41:-16] == stream


def test_masks_of_areas_take_few_bytes():
    areas = drawings()[0]
    assert len(pack_grey(areas)) < areas.size / 100


@needs_deflate
@pytest.mark.parametrize("number", range(6))
def test_pixels_of_filtered_and_of_plain_rows_are_read(number):
    pixels = drawings()[number]
    for data in (pack_grey(pixels), encode_png(pixels), encode_png(pixels, level=1)):
        values = grey_pixels(EncodedImage("x.png", data))
        np.testing.assert_array_equal(values, pixels)
        assert values.flags.c_contiguous


@needs_deflate
@pytest.mark.parametrize("first", [0, 1, 5, 8])
@pytest.mark.parametrize("last", [0, 5, 7, 8])
def test_rows_of_any_filter_are_read_wherever_they_stand(first, last):
    rng = np.random.default_rng([first, last])
    data = encode_png(np.zeros((9, 13), np.uint8))
    for _ in range(8):
        rows = rng.integers(0, 256, (9, 14), np.uint8)
        rows[:, 0] = rng.integers(0, 5, 9)
        rows[:first, 0] = rows[last + 1 :, 0] = 0
        image = EncodedImage("x.png", _with(data, rows.tobytes()))
        with Image.open(io.BytesIO(image.data)) as opened:
            np.testing.assert_array_equal(grey_pixels(image), np.asarray(opened))


def test_files_of_other_kinds_are_left_to_others():
    grey = Image.fromarray(drawings()[1])
    for image in (grey.convert("RGB"), grey.convert("P"), grey.convert("1"), grey.convert("LA"), grey.convert("I;16")):
        out = io.BytesIO()
        image.save(out, "PNG")
        assert grey_pixels(EncodedImage("x.png", out.getvalue())) is None
    assert grey_pixels(EncodedImage("x.jpg", b"\xff\xd8\xff")) is None


@pytest.mark.parametrize("trusted", [False, True])
def test_damage_is_told_as_without_the_quick_way(monkeypatch, trusted):
    data = encode_png(drawings()[0])
    body = data.index(b"IDAT") + 4
    packed = data[body : data.index(b"IEND") - 8]
    rows = bytearray(zlib.decompress(packed))
    rows[3 * 264] = 7
    damaged = [data[:-30], data[: body + 10], data.replace(packed[20:24], b"\0\0\0\0"), _with(data, bytes(rows))]
    damaged += [_with(data, bytes(rows[:-300])), _with(data, zlib.decompress(packed) + b"more")]

    def outcome(part):
        try:
            if trusted:
                with images_trusted():
                    return decode_values(EncodedImage("x.png", part)).tobytes()
            return decode_values(EncodedImage("x.png", part)).tobytes()
        except InvalidItemError as error:
            return error.reason, error.detail

    quick = [outcome(part) for part in damaged]
    monkeypatch.setattr("rsica_data.imagery.masks.grey_pixels", lambda image: None)
    assert quick == [outcome(part) for part in damaged]
    assert trusted or all(isinstance(part, tuple) for part in quick)


def _with(data, rows):
    """The file with other rows, its checksums right."""
    start, end = data.index(b"IDAT"), data.index(b"IEND") - 4
    body = b"IDAT" + zlib.compress(rows)
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return data[: start - 4] + chunk + data[end:]
