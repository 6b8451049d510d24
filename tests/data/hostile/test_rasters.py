"""Images, masks and rasters that are damaged, lie about themselves, or name other files and addresses."""

import json
import os
import struct
import zlib
from pathlib import Path

import pytest

from .pictures import mask, only_good_is_left, picture, tiff

HANDED = [
    "img_png_1-01", "img_png_11-01", "img_tiff_13-01", "img_tiff_13-02", "img_tiff_13-03", "img_masktiff_13-01",
    "geo-05", "min/undecodable.png", "min/mask16_60000.png", "min/before_is_vrt.tif",
]  # fmt: skip


@pytest.mark.parametrize("role", ["A", "label"])
def test_handed_images(role, hostile, pairs, build):
    for number, case in enumerate(HANDED):
        (file,) = [hostile / case] if "/" in case else (hostile / case).iterdir()
        pairs.add(f"bad{number}", role, file.suffix, file.read_bytes())
    only_good_is_left(pairs, build)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width, height, bits=8, colour=2):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")


def webp_canvas(width, height):
    body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([2]) + body[1:]
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


IMAGES = {
    "bomb.png": bomb(60000, 60000),
    "wide.png": bomb(2**31 - 1, 1),
    "small_bomb.png": bomb(5000, 5000),
    "deep.png": bomb(5000, 5000, 16, 6),
    "sparse.tif": tiff(60000, 60000),
    "sparse_below_the_limit.tif": tiff(5000, 5000, counts=(100,)),
    "bands.tif": tiff(64, 64, bits=(8,) * 65535, samples=65535),
    "float.tif": tiff(5000, 5000, bits=(64, 64, 64), sample_format=3),
    "complex.tif": tiff(64, 64, bits=(64, 64, 64), sample_format=6),
    "no_compression.tif": tiff(64, 64, compression=60000, counts=(100,)),
    "canvas.webp": webp_canvas(16384, 16384),
    "cut.webp": picture("WEBP", lossless=True)[:-500],
    "cut.jpg": picture("JPEG")[:-900],
    "cut.bmp": picture("BMP")[:-900],
    "cut.gif": picture("GIF", mode="P")[:-900],
    "postscript.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage",
    "text.jpg": b"<svg/>",
    "empty.png": b"",
    "hdf.tif": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "pdf.tif": b"%PDF-1.4\n" + bytes(100),
}


@pytest.mark.parametrize("role", ["A", "label"])
def test_neighbours(role, pairs, build):
    for number, (name, data) in enumerate(IMAGES.items()):
        pairs.add(f"bad{number}", role, Path(name).suffix, data)
    only_good_is_left(pairs, build)


def test_damaged_pixels_are_kept_only_of_trusted_input(pairs, build):
    data = bytearray(picture())
    at = data.index(b"IDAT") + 2000
    data[at] ^= 255
    start = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[start - 4 : start])
    data[start + 4 + length : start + 8 + length] = struct.pack(">I", zlib.crc32(data[start : start + 4 + length]))
    pairs.add("bad", "A", ".png", bytes(data))
    only_good_is_left(pairs, build, {"corrupt-image"})
    result, rejected, out = build(pairs.root, "levir-cd", "--no-check-images")
    assert (result.status, rejected) == (0, [])
    assert json.loads((out / "manifest.json").read_text())["images_checked"] is False


@pytest.mark.parametrize("role", ["A", "label"])
def test_files_that_are_none(role, pairs, build, tmp_path):
    outside, pipe = tmp_path / "secret.png", tmp_path / "pipe"
    outside.write_bytes(picture(seed=7) if role == "A" else mask())
    os.mkfifo(pipe)
    os.mkfifo(pairs.add("pipe", role, ".png"))
    pairs.add("folder", role, ".png").mkdir()
    for name, target in (("device", "/dev/zero"), ("link", outside), ("to_pipe", pipe), ("loop", "loop.png")):
        pairs.add(name, role, ".png").symlink_to(target)
    only_good_is_left(pairs, build, {"unreadable-file", "outside-input", "missing-mask", "missing-file"})


def test_links_inside_the_input_and_to_the_input_are_followed(pairs, build, tmp_path):
    (pairs.root / "store").mkdir()
    (pairs.root / "store" / "x.png").write_bytes(picture())
    pairs.add("linked", "A", ".png").symlink_to("../../store/x.png")
    (tmp_path / "link").symlink_to(pairs.root)
    result, rejected, _ = build(tmp_path / "link", "levir-cd")
    assert (result.status, rejected) == (0, [])
