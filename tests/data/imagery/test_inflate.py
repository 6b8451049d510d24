"""A stream is whole or it is not, whoever unpacks it: libdeflate where it is installed, zlib where it is not."""

import random
import zlib

import pytest

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery import inflate
from rsica_data.imagery.images import encode_png, probe
from rsica_data.schema import EncodedImage


def in_place_of_libdeflate(data, size):
    whole = zlib.decompress(data)
    if len(whole) > size:
        raise zlib.error("too many bytes")
    return bytearray(whole)


@pytest.fixture(params=["libdeflate", "stand-in"])
def unpack(request, monkeypatch):
    if request.param == "libdeflate":
        pytest.importorskip("deflate")
    else:
        monkeypatch.setattr(inflate, "_unpack", in_place_of_libdeflate)
        monkeypatch.setattr(inflate, "_FAILURES", (zlib.error,))


def parts_of(data, size):
    return [memoryview(data[at : at + size]) for at in range(0, len(data), size)]


@pytest.mark.usefixtures("unpack")
@pytest.mark.parametrize("piece", [7, 1 << 20])
def test_only_a_whole_stream_of_the_size_is_unpacked(piece):
    content = bytes(range(256)) * 20
    packed = zlib.compress(content)
    assert inflate.unpacked_whole(parts_of(packed, piece), len(content)) == content
    for size in (len(content) - 1, len(content) + 1):
        assert inflate.unpacked_whole(parts_of(packed, piece), size) is None
    for damaged in (packed[:-1], packed[:-4] + b"abcd", packed[:30] + b"\xff" + packed[31:]):
        assert inflate.unpacked_whole(parts_of(damaged, piece), len(content)) is None


def test_without_the_package_and_for_much_nothing_is_unpacked_at_once(monkeypatch):
    packed = [memoryview(zlib.compress(b"x" * 10))]
    monkeypatch.setattr(inflate, "_LARGEST", 9)
    assert inflate.unpacked_whole(packed, 10) is None
    monkeypatch.setattr(inflate, "_LARGEST", 10)
    monkeypatch.setattr(inflate, "_unpack", None)
    assert inflate.unpacked_whole(packed, 10) is None


def test_checksums_are_those_of_zlib():
    for data in (b"", b"IHDR", bytes(range(256)) * 99):
        assert inflate.crc32(memoryview(data)) == zlib.crc32(data)
        assert inflate.adler32(memoryview(data)) == zlib.adler32(data)


def outcome(image):
    try:
        return probe(image)
    except InvalidItemError as error:
        return error.reason, error.detail


def test_damaged_images_are_told_alike_with_and_without_the_package(monkeypatch):
    pytest.importorskip("deflate")
    drawn = random.Random(0)
    data = encode_png(bytes_as_pixels(drawn))
    for _ in range(300):
        damaged = bytearray(data)
        at = drawn.randrange(40, len(damaged))
        damaged[at] ^= 1 << drawn.randrange(8)
        body = bytes(damaged[: drawn.choice([len(damaged), at])])
        # Right checksums, so that the pixels themselves are looked at.
        image = EncodedImage("x.png", mended(body))
        with monkeypatch.context() as without:
            without.setattr(inflate, "_unpack", None)
            expected = outcome(image)
        assert outcome(image) == expected


def bytes_as_pixels(drawn):
    import numpy as np

    return np.frombuffer(drawn.randbytes(40 * 50 * 3), np.uint8).reshape(40, 50, 3)


def mended(data):
    """The file with the checksum of every whole chunk set right."""
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        end = at + 12 + int.from_bytes(out[at : at + 4], "big")
        if end > len(out):
            break
        out[end - 4 : end] = zlib.crc32(out[at + 4 : end - 4]).to_bytes(4, "big")
        at = end
    return bytes(out)
