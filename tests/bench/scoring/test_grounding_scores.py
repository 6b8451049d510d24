"""Scores of regions: by hand, against shapely and pycocotools, and through the command line."""

import json

import numpy as np
import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_bench.scoring.grounding import SCORER
from rsica_data.geometry.regions import corners
from rsica_data.schema import GoldTurn, Question

PAIR = PairFacts("p", "s", "test", True, None)


def scored(number, form, gold, answer, unit="percent"):
    key = "mask" if form == "mask" else "boxes"
    args = {"cls": "building", "form": form, "unit": unit, "size": [100, 100], "grid": 2}
    turn = GoldTurn("grounding", Question("all", args), {"kind": "all", "args": args, key: gold})
    predicted = None if answer is None else {key: answer}
    return ScoredItem(f"i{number}", 1, PAIR, turn, "", "raw", predicted, None, ("building",))


def scores(items):
    return scores_of_tables(SCORER.measure(items, find_protocol("default")).tables).values


def test_figures_by_hand():
    items = [
        scored(0, "box", [[0, 0, 10, 10]], [[0, 0, 10, 8]]),
        scored(1, "box", [[0, 0, 10, 10]], [[0, 0, 10, 2], [50, 50, 60, 60]]),
        scored(2, "box", [], []),
        scored(3, "box", [], None),
        scored(4, "oriented", [[50, 50, 20, 10, 30]], [[50, 50, 10, 20, 120]]),
        scored(5, "mask", "0*2; 1*2", "0*1, 1*1; 1*2"),
        scored(6, "mask", "0*2; 1*2", None),
    ]
    measured = scores(items)
    ious = [0.8, 20 / 200, 1, 0, 1, 2 / 3, 0]
    assert measured["accuracy@0.5"] == pytest.approx(sum(iou >= 0.5 for iou in ious) / 7)
    assert measured["accuracy@0.75"] == pytest.approx(3 / 7)
    assert measured["giou"] == pytest.approx(sum(ious) / 7)
    assert measured["giou/box"] == pytest.approx(1.9 / 4)
    assert measured["ciou/box"] == pytest.approx((80 + 20) / (100 + 200 + 0 + 10000))
    assert measured["ciou/mask"] == pytest.approx((2 + 0) / (3 + 2))
    assert measured["box_precision@0.5"] == pytest.approx(1 / (1 + 2 + 0 + 1))
    assert measured["box_recall@0.5"] == pytest.approx(1 / 2)
    assert measured["box_mean_iou"] == pytest.approx((0.8 + 0.2) / 2)
    assert measured["oriented_mean_iou"] == pytest.approx(1)
    assert "ciou" not in measured


def cases(form, count):
    """Random answers, and those that go wrong: equal, empty, without area, reversed, outside, far away."""
    rng = np.random.default_rng(5)
    width = 5 if form == "oriented" else 4
    for number in range(count):
        sides = []
        for _ in range(2):
            many = 1 if form == "oriented" else int(rng.integers(0, 4))
            boxes = rng.uniform(0, 60, (many, width)) + ([0, 0, 1, 1, 0] if width == 5 else [0, 0, 40, 40])
            if number % 3 == 0:
                boxes = np.round(boxes)
            if number % 7 == 0 and many:
                boxes[0, 2:4] = 0 if form == "oriented" else boxes[0, :2]
            if number % 9 == 0 and many and form == "box":
                boxes[0] = boxes[0, [2, 3, 0, 1]]
            if number % 11 == 0:
                boxes[:, :2] += 200
            sides.append(boxes.tolist())
        if number % 5 == 0:
            sides[1] = [list(box) for box in sides[0]]
        yield sides


@pytest.mark.parametrize("form", ["box", "oriented"])
def test_1000_answers_equal_shapely(form):
    shapely = pytest.importorskip("shapely")

    def region(boxes):
        if form == "oriented":
            return shapely.union_all([shapely.Polygon(quad) for quad in corners(boxes)])
        return shapely.union_all([shapely.box(*box) for box in boxes if box[0] < box[2] and box[1] < box[3]])

    items, both, either, ious = [], 0.0, 0.0, []
    for number, (true, predicted) in enumerate(cases(form, 1000)):
        items.append(scored(number, form, true, predicted))
        first, second = region(true), region(predicted)
        shared = first.intersection(second).area
        joint = first.area + second.area - shared
        ious.append(shared / joint if joint else float(not true and not predicted))
        both, either = both + shared, either + joint
    measured = scores(items)
    assert measured[f"giou/{form}"] == pytest.approx(np.mean(ious), abs=1e-9)
    assert measured[f"ciou/{form}"] == pytest.approx(both / either, abs=1e-9)
    for least in (0.25, 0.5, 0.75):
        assert measured[f"accuracy@{least:g}/{form}"] == pytest.approx(
            np.mean([iou >= least for iou in ious]), abs=1e-12
        )


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools under numpy 2
def test_300_masks_equal_pycocotools():
    coco = pytest.importorskip("pycocotools.mask")
    from rsica_data.text.mask_text import mask_text

    rng = np.random.default_rng(2)
    items, ious = [], []
    for number in range(300):
        pair = rng.random((2, 2, 2)) < rng.random()
        items.append(scored(number, "mask", *(mask_text(mask) for mask in pair)))
        encoded = [coco.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in pair]
        ious.append(1.0 if not pair.any() else float(coco.iou([encoded[0]], [encoded[1]], [0])[0, 0]))
    assert scores(items)["giou/mask"] == pytest.approx(np.mean(ious))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("grounding")
    recipe = {
        "name": "grounding",
        "source": {"name": "synthetic", "options": {"pairs": 90, "size": 64, "seed": 3}},
        "splits": ["test"],
        "facts": {"classes": ["road", "building"]},
        "tasks": {"grounding": {"grid": 16}},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))
    assert run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out")]) == 0
    return folder / "out"


def test_the_dataset_is_valid_and_the_oracle_perfect(dataset, rsica_data, rsica_bench, tmp_path):
    assert rsica_data("validate", dataset).status == 0
    measured = {}
    for name in ("oracle", "no-change", "majority"):
        words = ("run", "--data", dataset, "--adapter", name, "--out", tmp_path / name, "--json")
        measured[name] = rsica_bench(*words).json["tasks"]["grounding"]["metrics"]
    perfect = ("accuracy@0.5", "giou", "ciou/box", "ciou/mask", "ciou/oriented", "box_mean_iou", "oriented_mean_iou")
    assert {name: measured["oracle"][name] for name in perfect} == pytest.approx(dict.fromkeys(perfect, 1.0))
    assert measured["oracle"]["unparsed_share"] == 0
    assert measured["no-change"]["accuracy@0.5"] < 0.3 and measured["majority"]["giou"] < 0.6
