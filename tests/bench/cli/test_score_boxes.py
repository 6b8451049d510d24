"""`score-boxes`: forms of boxes, by hand, and the real replies of EarthDial against an independent computation."""

import json

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from rsica_data.tasks.box_replies import boxes_in, turned_boxes_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[[10, 10, 50, 30, 45]]", [(10, 10, 50, 30, 45)]),
        ("[[10, 10, 50, 30, 0]][[1, 2, 3, 4, -90]]", [(10, 10, 50, 30, 0), (1, 2, 3, 4, -90)]),
        ("{<10><10><50><30>|<45>}", [(10, 10, 50, 30, 45)]),
        ("{<10><10><50><30>}", [(10, 10, 50, 30, 0)]),
        ("(10,10),(50,30)", [(10, 10, 50, 30, 0)]),
        ("a house at (10, 10), (50, 30) and one at (60,60),(70,70).", [(10, 10, 50, 30, 0), (60, 60, 70, 70, 0)]),
        ("<|box_start|>(10,10),(50,30)<|box_end|>", [(10, 10, 50, 30, 0)]),
        ("<box>(10,10),(50,30)</box>", [(10, 10, 50, 30, 0)]),
        ('[{"bbox_2d": [10, 10, 50, 30], "label": "object"}]', [(10, 10, 50, 30, 0)]),
        ("[]", []), ("None.", []), ("There are no buildings.", []), ("No", []),
        ("[50, 30, 10, 10], [9, 1, 9, 4]", [(50, 30, 10, 10, 0), (9, 1, 9, 4, 0)]),
        ("lovely weather", None), ("there are 7 buildings", None), ("", None),
    ],
)  # fmt: skip
def test_forms(text, found):
    assert turned_boxes_in(text) == found


def test_the_same_forms_are_read_beside_cells():
    assert boxes_in("building <|box_start|>(10,10),(50,30)<|box_end|>", ("road", "building")) == {
        "building": [(10, 10, 50, 30)]
    }
    assert boxes_in("a road at (1,2),(3,4)", ("road", "building")) == {"road": [(1, 2, 3, 4)]}


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_figures_by_hand(rsica_bench, tmp_path):
    rows = (
        {"reply": "[0, 0, 10, 10], [0, 0, 10, 9], [50, 50, 60, 60]", "boxes": [[0, 0, 10, 10], [80, 80, 90, 90]]},
        {"reply": "lovely weather", "boxes": [[0, 0, 10, 10]]},
        {"reply": "lovely weather", "boxes": []},
    )
    found = rsica_bench("score-boxes", written(tmp_path / "a.jsonl", *rows), "--json").json
    metrics = found["metrics"]
    assert (found["items"], found["unread"]) == (3, 2)
    assert metrics["precision@0.5"] == pytest.approx(1 / 5)  # one of 3, and two false ones of unread replies
    assert metrics["any_match_precision@0.5"] == pytest.approx(2 / 5)
    assert metrics["recall@0.5"] == pytest.approx(1 / 3)
    assert metrics["mean_iou"] == pytest.approx(1 / 3)
    assert metrics["region/giou"] == pytest.approx((100 / 300 + 0 + 0) / 3)
    assert metrics["region/ciou"] == pytest.approx(100 / (300 + 100 + 10000))
    assert metrics["per_image_mean_iou"] == pytest.approx(0.5 / 3)


@pytest.mark.parametrize("words", [(), ("--turned",)])
def test_boxes_without_area_are_false_ones(rsica_bench, tmp_path, words):
    """A box that ends where or before it begins is a box that was named; as a true one it is left out, and told."""
    rows = (
        {"reply": "[50, 30, 10, 10], [9, 1, 9, 4], [10, 10, 50, 30]", "boxes": [[10, 10, 50, 30], [7, 7, 7, 9]]},
        {"reply": "[50, 30, 10, 10]", "boxes": []},
    )
    path = written(tmp_path / "a.jsonl", *rows)
    found = rsica_bench("score-boxes", path, "--json", *words).json
    assert (found["unread"], found["true_without_area"]) == (0, 1)
    metrics = found["metrics"]
    assert metrics["precision@0.5"] == metrics["any_match_precision@0.5"] == 1 / 4
    assert metrics["recall@0.5"] == metrics["mean_iou"] == 1
    assert metrics["per_image_precision@0.5"] == pytest.approx((1 / 3 + 0) / 2)
    assert "true boxes without area, left out: 1" in rsica_bench("score-boxes", path, *words).out


def test_a_turned_box(rsica_bench, tmp_path):
    """A square of 10 turned by 45 degrees against itself upright: an octagon in common."""
    path = written(tmp_path / "a.jsonl", {"reply": "[[10, 10, 20, 20, 45]]", "boxes": [[10, 10, 20, 20, 0]]})
    shared = 100 * 2 * (2**0.5 - 1)
    turned = rsica_bench("score-boxes", path, "--turned", "--json").json["metrics"]
    assert turned["mean_iou"] == pytest.approx(shared / (200 - shared))
    assert rsica_bench("score-boxes", path, "--json").json["metrics"]["mean_iou"] == 1
    assert turned["region/giou"] == pytest.approx(shared / (200 - shared), abs=0.06)


def iou_of(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def test_real_replies_equal_an_independent_computation(rsica_bench, real_data):
    path = real_data / "earthdial_replies" / "xBD_object_detection.jsonl"
    found = rsica_bench("score-boxes", path, "--reply", "answer", "--true", "caption0", "--json", "--draws", "50").json
    truths = said = hits = any_hits = 0
    total = 0.0
    for line in path.read_text().splitlines():
        row = json.loads(line)
        true, given = ([part[:4] for part in json.loads("[" + row[key].replace("]][[", "]],[[") + "]")
                        for part in part]
                       for key in ("caption0", "answer"))  # fmt: skip
        # A box without area is no true one; said, it is a false one.
        true = [box for box in true if box[0] < box[2] and box[1] < box[3]]
        matrix = np.array([[iou_of(t, p) for p in given] for t in true]).reshape(len(true), len(given))
        chosen = linear_sum_assignment(matrix, maximize=True)
        truths, said, total = truths + len(true), said + len(given), total + matrix[chosen].sum()
        hits += int((matrix[chosen] >= 0.5).sum())
        any_hits += int((matrix.max(axis=0, initial=0) >= 0.5).sum())
    metrics = found["metrics"]
    assert found["unread"] == 0
    assert metrics["mean_iou"] == pytest.approx(total / truths, abs=1e-12)
    assert metrics["precision@0.5"] == pytest.approx(hits / said, abs=1e-12)
    assert metrics["recall@0.5"] == pytest.approx(hits / truths, abs=1e-12)
    assert metrics["any_match_precision@0.5"] == pytest.approx(any_hits / said, abs=1e-12)


@pytest.mark.parametrize(
    ("row", "words", "hint"),
    [
        ({"reply": "[]"}, (), "has no true boxes"),
        ({"boxes": []}, (), "has no reply"),
        ({"reply": "[]", "boxes": "lovely weather"}, (), "its truth holds no box"),
        ({"reply": "[]", "boxes": []}, ("--size", "0,3"), "is no size"),
        ({"reply": "[]", "boxes": []}, ("--true", "gold"), "has no true boxes"),
    ],
)
def test_mistakes_are_one_line(rsica_bench, tmp_path, row, words, hint):
    done = rsica_bench("score-boxes", written(tmp_path / "a.jsonl", row, row), *words)
    assert done.status == 2 and hint in done.err
    assert len(done.err.strip().splitlines()) == 1
