"""Pseudo-labels: what is written, with which confidence, and that no evaluation split holds any."""

import json

import numpy as np
import pytest

from rsica_bench.models.api import ScoredMask
from rsica_bench.run.labelling import _agreed, _back, _flipped
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_mask, decode_rgb, encode_png
from rsica_data.schema import EncodedImage

SIDE = 48


@pytest.fixture
def images(tmp_path):
    """Five pairs in two folders, a square brighter after in three of them; one pair is broken, one has no partner."""
    rng = np.random.default_rng(5)
    for number in range(5):
        before = rng.integers(60, 120, (SIDE, SIDE, 3)).astype(np.uint8)
        after = before.copy()
        if number < 3:
            after[8:24, 8 + number : 30] = 250
        for side, pixels in (("A", before), ("B", after)):
            path = tmp_path / "images" / ("north" if number % 2 else "south") / side / f"p{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_png(pixels))
    (tmp_path / "images/south/B/p4.png").write_bytes(b"broken")
    (tmp_path / "images/south/A/alone.png").write_bytes(encode_png(np.zeros((8, 8, 3), np.uint8)))
    return tmp_path / "images"


@pytest.fixture
def script(tmp_path):
    """A network of one output: the sigmoid of ten times the difference, less a level."""
    torch = pytest.importorskip("torch")

    class Difference(torch.nn.Module):
        def forward(self, before, after):
            return 10 * ((after - before).abs().mean(dim=1, keepdim=True) - 0.5)

    torch.jit.script(Difference()).save(str(tmp_path / "net.pt"))
    return tmp_path / "net.pt"


def label(rsica_bench, images, out, *words, adapter="mask", status=0):
    done = rsica_bench(
        "label", "--input", images, "--adapter", adapter, "--classes", "building", "--out", out, *words, "--json"
    )
    assert done.status == status, done.err
    return done.json if not status else done


def written(out):
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_a_network_labels_a_folder_that_builds(rsica_bench, rsica_data, images, script, tmp_path):
    out = tmp_path / "labelled"
    words = ("--model", script, "--allow-code", "--threshold", "0.9")
    found = label(rsica_bench, images, out, *words)
    assert (found["pairs"], set(found["left_out"])) == (4, {"south_p4", "south/A/alone.png"})
    assert found["left_out"]["south/A/alone.png"] == "there is no image of this name in B"
    assert sorted(path.name for path in (out / "label").iterdir()) == [
        "north_p1.png", "north_p3.png", "south_p0.png", "south_p2.png",
    ]  # fmt: skip
    mask = decode_mask((out / "label/north_p1.png").read_bytes())
    assert set(np.unique(mask[8:24, 9:30])) <= {1, 255} and (mask[8:24, 9:30] == 1).mean() > 0.9
    assert set(np.unique(mask[30:])) <= {0, 255}
    sure = np.asarray(decode_rgb((out / "confidence/north_p1.png").read_bytes()))[..., 0] / 255
    assert ((sure < 0.9 - 1 / 255) <= (mask == 255)).all()
    about = json.loads((out / "pairs.json").read_text())["north_p1"]
    assert (about["label_source"], about["adapter"], about["threshold"]) == ("pseudo", "mask", 0.9)
    assert about["revision"].startswith("file:") and 0.5 < about["score"] < 1 and about["of"] == "north/p1"

    built = rsica_data("build", out / "recipe.yaml", "--input", out, "--out", tmp_path / "data", "--workers", "1")
    assert built.status == 0, built.err
    assert rsica_data("validate", tmp_path / "data").status == 0
    dataset = open_dataset(tmp_path / "data")
    assert dataset.splits == ("train",)
    for item in dataset.instructions("train"):
        told = json.loads(item.provenance.parameters)
        assert told["label_source"] == "pseudo" and told["threshold"] == 0.9 and told["model"].endswith("net.pt")
    assert {pair.attributes["label_source"] for pair in dataset.pairs()} == {"pseudo"}
    # The same call again changes nothing, and others are refused.
    before = written(out)
    label(rsica_bench, images, out, *words)
    assert written(out) == before
    done = label(rsica_bench, images, out, "--model", script, "--allow-code", status=2)
    assert "holds labels by another adapter or other options" in done.err


def test_labels_of_a_model_are_left_out_of_evaluation_unless_the_recipe_wants_them(
    rsica_bench, rsica_data, images, tmp_path
):
    out = tmp_path / "labelled"
    found = label(rsica_bench, images, out, adapter="pixel-difference")
    assert found["score"] is None and not (out / "confidence").exists()
    recipe = json.loads((out / "recipe.yaml").read_text())
    recipe["source"]["options"]["split"] = "test"
    (tmp_path / "test.yaml").write_text(json.dumps(recipe))
    words = ("--input", out, "--workers", "1")
    done = rsica_data("build", tmp_path / "test.yaml", "--out", tmp_path / "none", *words)
    assert done.status == 1 and "a model made its mask" in done.err
    recipe["checks"] = {"pseudo_labels": "any"}
    (tmp_path / "any.yaml").write_text(json.dumps(recipe))
    assert rsica_data("build", tmp_path / "any.yaml", "--out", tmp_path / "any", *words).status == 0
    assert open_dataset(tmp_path / "any").splits == ("test",)


def test_pairs_of_a_dataset(rsica_bench, rsica_data, images, tmp_path, synthetic):
    done = rsica_bench(
        "label", "--data", synthetic, "--adapter", "pixel-difference", "--split", "test", "--out", tmp_path / "o"
    )
    assert done.status == 2 and "'test' is for evaluation" in done.err
    label(rsica_bench, images, tmp_path / "first", adapter="pixel-difference")
    words = ("--input", tmp_path / "first", "--out", tmp_path / "data", "--workers", "1")
    assert rsica_data("build", tmp_path / "first/recipe.yaml", *words).status == 0
    words = ("--data", tmp_path / "data", "--adapter", "pixel-difference")
    done = rsica_bench("label", *words, "--out", tmp_path / "none")
    assert done.status == 2 and "there is no pair without a mask" in done.err
    done = rsica_bench("label", *words, "--relabel", "--out", tmp_path / "again", "--json")
    assert done.status == 0 and done.json["pairs"] == 4
    assert (tmp_path / "again/label/south_p0.png").read_bytes() == (tmp_path / "first/label/south_p0.png").read_bytes()


def test_mistakes_are_one_line(rsica_bench, images, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("")
    for words, told in (
        (("--adapter", "oracle", "--input", images, "--classes", "building"), "gives no masks"),
        (("--adapter", "pixel-difference", "--input", images), "no classes are named"),
        (("--adapter", "pixel-difference", "--classes", "building"), "one of --data and --input"),
        (("--adapter", "pixel-difference", "--classes", "building", "--input", tmp_path / "full"), "holds no pairs"),
    ):
        done = rsica_bench("label", *words, "--out", tmp_path / "out")
        assert done.status == 2 and told in done.err
    done = label(rsica_bench, images, tmp_path / "full", adapter="pixel-difference", status=2)
    assert "folder is not empty" in done.err


def test_votes_by_hand():
    first = ScoredMask(np.array([[1, 0]], np.uint8), None)
    second = ScoredMask(np.array([[1, 1]], np.uint8), None)
    agreed = _agreed([first, second, second, first])
    assert agreed.mask.tolist() == [[1, 0]] and agreed.confidence.tolist() == [[1.0, 0.5]]
    sure = ScoredMask(np.array([[2]], np.uint8), np.array([[0.9]], np.float32))
    unsure = ScoredMask(np.array([[1]], np.uint8), np.array([[0.6]], np.float32))
    agreed = _agreed([sure, unsure])
    assert agreed.mask.tolist() == [[2]] and agreed.confidence[0, 0] == pytest.approx(0.45)
    assert _agreed([sure, "out of memory"]) == "out of memory"
    assert "land cover of both dates" in _back(np.zeros((2, 4, 4), np.uint8), ())


@pytest.mark.parametrize("axes", [(), (1,), (0,), (0, 1)])
def test_flipped_images_are_flipped_back(axes):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    flipped = decode_rgb(_flipped(EncodedImage("a.png", encode_png(pixels)), axes).data)
    back = _back(np.ascontiguousarray(flipped[..., 0]), axes)
    assert (back.mask == pixels[..., 0]).all()
    with_confidence = _back(ScoredMask(flipped[..., 0], flipped[..., 1].astype(np.float32)), axes)
    assert (with_confidence.confidence == pixels[..., 1]).all()


def test_votes_of_a_detector_that_sees_flipped_images_alike_agree(rsica_bench, images, tmp_path):
    plain = label(rsica_bench, images, tmp_path / "plain", adapter="pixel-difference")
    voted = label(rsica_bench, images, tmp_path / "voted", "--votes", "4", adapter="pixel-difference")
    assert plain["pairs"] == voted["pairs"] and voted["score"] > 0.95
    one = decode_mask((tmp_path / "plain/label/south_p0.png").read_bytes())
    two = decode_mask((tmp_path / "voted/label/south_p0.png").read_bytes())
    assert ((one == two) | (two == 255)).mean() > 0.95
