"""Large images: overviews, crops that matter for a question, tiles merged without seams."""

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.models.api import PairInput, Request
from rsica_bench.models.large_images import (
    LargeImages,
    LargeOptions,
    overlap,
    pyramid,
    reduced,
    seams,
    segment_in_tiles,
    starts,
)
from rsica_bench.run.predictions import read_predictions
from rsica_data.core.errors import UserError
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.schema import EncodedImage, Turn


def encoded(pixels):
    return EncodedImage("x.png", encode_png(np.asarray(pixels, np.uint8)))


@given(st.integers(1, 400), st.integers(2, 120), st.integers(0, 150))
def test_seams_decide_every_position_once_inside_their_tile(length, side, shared):
    found = seams(length, side, shared)
    decided = [position for _, first, last in found for position in range(first, last)]
    assert decided == list(range(length))
    assert all(
        begin <= first and last <= begin + max(side, length if len(found) == 1 else side)
        for begin, first, last in found
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(8, 90))
def test_windows_of_every_scale_cover_the_image(width, height, side):
    boxes = pyramid(width, height, side)
    if max(width, height) <= side:
        assert boxes == []
        return
    covered = np.zeros((height, width), bool)
    for x0, y0, x1, y1 in boxes:
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
        if max(x1 - x0, y1 - y0) <= side:
            covered[y0:y1, x0:x1] = True
    assert covered.all()


def test_by_hand():
    assert starts(10, 4, 2) == [0, 2, 4, 6]
    assert starts(3, 4, 2) == [0]
    assert seams(10, 6, 2) == [(0, 0, 5), (4, 5, 10)]
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (1, 1, 2, 2)) == 0
    assert pyramid(8, 4, 4) == [(0, 0, 4, 4), (2, 0, 6, 4), (4, 0, 8, 4)]
    assert reduced(np.zeros((100, 50, 3), np.uint8), 20).shape == (20, 10, 3)


def threshold(pairs):
    """Changed where the second image is brighter by 100: no context, so tiles must give the same as the whole."""
    return [
        (decode_rgb(p.after.data).astype(int) - decode_rgb(p.before.data) > 100).any(axis=2).astype(np.uint8)
        for p in pairs
    ]


@settings(deadline=None, max_examples=30)
@given(st.integers(20, 90), st.integers(20, 90), st.integers(0, 12), st.integers(0, 10**6))
def test_tiles_give_the_mask_of_the_whole(height, width, shared, seed):
    rng = np.random.default_rng(seed)
    before, after = (encoded(rng.integers(0, 256, (height, width, 3))) for _ in range(2))
    pair = PairInput(before, after, ("building",), "p")
    sizes = []

    def segment(pairs):
        sizes.extend(decode_rgb(one.before.data).shape[:2] for one in pairs)
        return threshold(pairs)

    assert np.array_equal(segment_in_tiles(pair, segment, 24, shared), threshold([pair])[0])
    assert all(max(size) <= 24 for size in sizes)


def test_a_tile_that_fails_fails_the_pair():
    pair = PairInput(encoded(np.zeros((50, 50, 3))), encoded(np.zeros((50, 50, 3))), ("a",), "p")
    assert segment_in_tiles(pair, lambda pairs: ["busy"] * len(pairs), 24, 4) == "busy"


def large_pair():
    """200 x 100 pixels; the lower right corner changed."""
    before = np.full((100, 200, 3), 90)
    after = before.copy()
    after[70:100, 160:200] = 250
    return encoded(before), encoded(after)


def test_windows_that_are_kept_hold_no_pixels():
    large = LargeImages(LargeOptions("crops", max_side=50, count=2))
    for number in range(3):
        images = tuple(encoded(np.full((100, 200, 3), value + number)) for value in (40, 90))
        large.request(Request(str(number), images, "What changed?"))
    held = [value for kept in large._kept.values() for value in vars(kept).values()]
    assert len(large._kept) == 3
    assert sum(value.nbytes for value in held if isinstance(value, np.ndarray)) < 1000
    assert not any(isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value) for value in held)


def test_crops_show_where_the_dates_differ():
    large = LargeImages(LargeOptions("crops", max_side=50, count=2))
    request, done = large.request(Request("k", large_pair(), "What was built?"))
    assert len(request.images) == 6
    assert decode_rgb(request.images[0].data).shape == (25, 50, 3)
    assert done["original"] == [[200, 100], [200, 100]]
    x0, y0, x1, y1 = done["crops"][0]
    assert x1 == 100 and y1 == 100 and x0 >= 70 and y0 >= 40
    assert request.prompt.endswith("\nWhat was built?") and "boxes in percent: [75, 50, 100, 100]" in request.prompt
    history = (Turn("user", "Changed?"), Turn("assistant", "Yes"))
    later, _ = large.request(Request("k", large_pair(), "What?", history))
    assert later.prompt == "What?" and later.history[0].content.endswith("\nChanged?")


def test_small_images_pass_and_overviews_shrink():
    small = Request("k", large_pair(), "q")
    assert LargeImages(LargeOptions("overview", max_side=200)).request(small) == (small, {})
    request, done = LargeImages(LargeOptions("overview", max_side=100)).request(small)
    assert [decode_rgb(i.data).shape for i in request.images] == [(50, 100, 3)] * 2 and done["large"] == "overview"
    with pytest.raises(UserError, match="give tiles"):
        LargeImages(LargeOptions("overview")).segment(threshold)


class Colours:
    """An embedding by hand: images by how red, green and blue they are, texts by the colour they name."""

    def embed_images(self, images):
        means = np.array([decode_rgb(image.data).reshape(-1, 3).mean(axis=0) for image in images], np.float32)
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)

    def embed_texts(self, texts):
        return np.array([[name in text for name in ("red", "green", "blue")] for text in texts], np.float32)


def test_an_embedding_finds_what_the_question_asks_for():
    pixels = np.full((100, 200, 3), 60)
    pixels[:50, :50] = (250, 0, 0)
    pixels[50:, 150:] = (0, 0, 250)
    large = LargeImages(LargeOptions("crops", max_side=50, count=1))
    large._embedding = Colours()
    images = (encoded(np.full((100, 200, 3), 60)), encoded(pixels))
    assert large.request(Request("k", images, "the red roof"))[1]["crops"] == [[0, 0, 25, 50]]
    assert large.request(Request("k", images, "the blue pool"))[1]["crops"] == [[75, 50, 100, 100]]


def test_clip_embeds_images_and_texts(tmp_path):
    pytest.importorskip("transformers")
    import tiny_models
    import torch

    from rsica_bench.models.api import RunContext
    from rsica_bench.models.clip import ADAPTER, ClipOptions

    torch.manual_seed(1)
    clip = ADAPTER.make(ClipOptions(batch=2), str(tiny_models.clip(tmp_path)))
    clip.load(RunContext(None, "test", None, device="cpu"))
    images = clip.embed_images([large_pair()[0], large_pair()[1], large_pair()[0]])
    texts = clip.embed_texts(["a road", "many words " * 60])
    assert images.shape == (3, 32) and texts.shape == (2, 32) and images.dtype == np.float32
    assert np.allclose(np.linalg.norm(images, axis=1), 1, atol=1e-5) and np.allclose(images[0], images[2], atol=1e-5)
    assert clip.describe()["revision"].startswith("folder:")
    clip.close()


def test_from_the_command_line(rsica_bench, tiny_data, tmp_path, monkeypatch):
    (tmp_path / "count_images.py").write_text(
        "def count(images, prompt, history):\n    return ' '.join(str(i.size) for i in images)\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("count_images", None)
    python = ("--adapter", "python", "--model", "count_images:count", "--allow-code", "--set", f"path={tmp_path}")
    on = ("run", "--data", tiny_data, "--tasks", "classification", "--max-side", 32)
    found = rsica_bench(*on, *python, "--large", "crops", "--crops", 1, "--out", tmp_path / "crops")
    assert found.status == 0, found.err
    row = next(iter(read_predictions(tmp_path / "crops" / "predictions.jsonl").values()))
    assert row["raw"].count("(32, 32)") == 4 and row["seen"]["crops"] and row["seen"]["large"] == "crops"
    assert json.loads((tmp_path / "crops" / "result.json").read_text())["large"]["max_side"] == 32
    tiles = ("--adapter", "pixel-difference", "--large", "tiles")
    assert rsica_bench(*on, *tiles, "--out", tmp_path / "tiles").status == 0
    for words, said in (
        (("--adapter", "pixel-difference", "--large", "overview"), "tiles are for"),
        ((*python, "--large", "tiles"), "tiles are for"),
        ((*python, "--large", "crops", "--embedding", "oracle"), "places no images"),
        (("--adapter", "clip", "--model", "x"), "only produces embeddings"),
    ):
        found = rsica_bench(*on, *words, "--out", tmp_path / "no")
        assert found.status == 2 and said in found.err, found.err
