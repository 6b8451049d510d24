"""Input folders for builds with hostile files: pictures, pairs of which one file is damaged, and the build."""

import io
import json
import shutil
import struct

import numpy as np
import pytest
import rasterio
from PIL import Image

SIZE = 64
PLACE = {"crs": "EPSG:32632", "transform": rasterio.Affine(1, 0, 500000, 0, -1, 5000000)}


def picture(kind="PNG", seed=0, mode="RGB", **options):
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    Image.fromarray(pixels).convert(mode).save(out, kind, **options)
    return out.getvalue()


def mask(kind="PNG", value=255):
    out = io.BytesIO()
    pixels = np.zeros((SIZE, SIZE), np.uint8)
    pixels[5:20, 5:20] = value
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


class Pairs:
    """An input folder for levir-cd of one good pair, ``good``, and of pairs of which one file is another."""

    def __init__(self, root):
        self.root, self.names = root, []
        self.add("good", "A", ".png", picture())

    def add(self, name, role, suffix, data=None):
        """A pair whose file in the folder ``role`` (A, B, label) holds ``data``; its path, to be made, without."""
        self.names.append(name)
        for folder, whole in (("A", picture()), ("B", picture(seed=1)), ("label", mask())):
            (self.root / "test" / folder).mkdir(parents=True, exist_ok=True)
            path = self.root / "test" / folder / f"{name}{suffix if folder == role else '.png'}"
            if folder != role:
                path.write_bytes(whole)
            elif data is not None:
                path.write_bytes(data)
        return self.root / "test" / role / f"{name}{suffix}"


@pytest.fixture
def pairs(tmp_path):
    return Pairs(tmp_path / "in")


@pytest.fixture
def build(tmp_path, limited):
    """Build with a source; returns the pairs that were kept, the rejected rows and the result of the command."""

    def run(root, source, *words, **options):
        recipe = tmp_path / "r.yaml"
        recipe.write_text(
            json.dumps({"name": "h", "source": {"name": source, "options": options}, "tasks": {"classification": {}}})
        )
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        result = limited("build", recipe, "--input", root, "--out", out, "--workers", "1", *words)
        rejected = []
        if (out / "rejected.jsonl").is_file():
            rejected = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
        return result, rejected, out

    return run


def only_good_is_left(pairs, build, reasons=None):
    """Build: every pair but ``good`` is rejected, each for a reason of one line."""
    result, rejected, _ = build(pairs.root, "levir-cd")
    assert result.status == 0, result.err
    left = {row["pair_id"].rpartition("/")[2]: row for row in rejected}
    assert sorted(left) == sorted(name for name in pairs.names if name != "good")
    assert all(len(row["detail"].splitlines()) == 1 for row in rejected)
    assert reasons is None or {row["reason"] for row in rejected} <= reasons


def tiff(width, height, bits=(8, 8, 8), compression=1, counts=(0,), samples=3, sample_format=1, rows=None):
    """A TIFF file of one strip, its tags as they are given, without pixels."""
    extra = b"".join(struct.pack("<H", value) for value in bits)
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, len(bits), None), (259, 3, 1, compression),
        (262, 3, 1, 2 if samples >= 3 else 1), (273, 4, 1, 8), (277, 3, 1, samples), (278, 4, 1, rows or height),
        (279, 4, 1, counts[0]), (284, 3, 1, 1), (339, 3, 1, sample_format),
    ]  # fmt: skip
    at = 8 + 2 + 12 * len(tags) + 4
    body = struct.pack("<H", len(tags))
    for tag, kind, count, value in tags:
        if value is None:
            value = at if len(bits) > 2 else bits[0]
        body += struct.pack("<HHII", tag, kind, count, value)
    return b"II*\0" + struct.pack("<I", 8) + body + bytes(4) + extra
