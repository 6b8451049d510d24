"""Memory of large pairs: at the limit of pixels less than 1 GB, beyond it one line that names the ways out."""

import json
import struct
import zlib

import cv2
import numpy as np
import pytest

from rsica_data.imagery.image_limits import pixel_limit
from rsica_data.schema import EncodedImage


def recipe(folder):
    path = folder / "r.yaml"
    path.write_text(json.dumps({"name": "m", "source": {"name": "levir-cd"}, "tasks": {"classification": {}}}))
    return path


def png_of_zeros(side):
    """A whole PNG file of side x side black pixels, written a row at a time."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    rows = [packer.compress(bytes(1 + 3 * side)) for _ in range(side)] + [packer.flush()]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"".join(rows)) + chunk(b"IEND", b"")


def test_a_pair_of_13000_px_is_refused_with_the_ways_out(tmp_path, limited):
    data = png_of_zeros(13_000)
    for folder in ("A", "B", "label"):
        path = tmp_path / "in" / "test" / folder / "x.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    result = limited("build", recipe(tmp_path), "--input", tmp_path / "in", "--out", tmp_path / "out", "--workers", "1")
    assert result.status == 1
    assert "13000x13000 is over the limit of 26,214,400 pixels" in result.err
    assert "RSICA_MAX_PIXELS=169000000" in result.err
    assert "source geotiff" in result.err
    assert result.peak < 400


@pytest.mark.slow
def test_build_preview_and_run_of_a_pair_at_the_limit(tmp_path, limited):
    side = int(pixel_limit() ** 0.5)
    for number, folder in enumerate(("A", "B", "label")):
        path = tmp_path / "in" / "test" / folder / "x.png"
        path.parent.mkdir(parents=True)
        # Noise, which does not pack: a file is as large as its pixels, the worst that can be given.
        pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
        if folder == "label":
            pixels = np.zeros((side, side), np.uint8)
            pixels[100:900, 200:3000] = 255
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    out = tmp_path / "out"
    assert limited("build", recipe(tmp_path), "--input", tmp_path / "in", "--out", out, "--workers", "1").status == 0
    assert limited("preview", out, "--html", tmp_path / "p.html").status == 0
    words = ("run", "--data", out, "--adapter", "pixel-difference", "--out", tmp_path / "run")
    assert limited(*words, package="rsica_bench").status == 0


def test_row_groups_end_with_many_bytes(stored_pair, monkeypatch, tmp_path):
    import pyarrow.parquet as pq

    from rsica_data.dataset import data_files

    monkeypatch.setattr(data_files, "_ROW_GROUP_BYTES", 3000)
    pairs = [stored_pair(f"p{number}", after=EncodedImage("x.png", bytes(1100))) for number in range(7)]
    data_files.write_pairs(tmp_path / "p.parquet", pairs)
    file = pq.ParquetFile(tmp_path / "p.parquet")
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [3, 3, 1]
