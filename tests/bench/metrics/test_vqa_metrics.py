"""Change VQA accuracies by hand and on CDVQA's own validation questions."""

import gzip
import json
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.metrics.vqa import CDVQA_TYPES, normalise, scores_of_sums, vqa_figures, vqa_scores, vqa_statistics
from rsica_data.core.errors import UserError

items = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["yes", "no"]), st.sampled_from(["yes", "no", ""])))


def test_accuracies_by_hand():
    found = vqa_scores(["a", "a", "a", "b"], ["yes", "no", "no", "0"], [" Yes. ", "no", "yes", "1"])
    assert found.values == pytest.approx(
        {"accuracy": 2 / 4, "average_accuracy": (2 / 3 + 0) / 2, "accuracy/a": 2 / 3, "accuracy/b": 0.0}
    )


@pytest.mark.parametrize(
    ("answer", "plain"),
    [("Yes.", "yes"), (" NVG_surface \n", "nvg_surface"), ("no . ", "no"), ("0.5", "0.5"), ("", ""), ("..", ".")],
)
def test_normal_form(answer, plain):
    assert normalise(answer) == plain


def test_undefined_figures_are_absent_and_mistakes_are_one_line():
    found = vqa_scores(["a"], ["yes"], ["no"], names=("a", "b"))
    assert found.values == {"accuracy": 0.0, "average_accuracy": 0.0, "accuracy/a": 0.0}
    assert found.absent == {"accuracy/b": "no question of this type"}
    assert vqa_scores([], [], []).absent == {"accuracy": "no item", "average_accuracy": "no item"}
    with pytest.raises(UserError, match=r"unknown question type 'change_ration' \(did you mean 'change_ratio'\?\)"):
        vqa_scores(["change_ration"], ["0"], ["0"], names=tuple(CDVQA_TYPES))
    with pytest.raises(UserError, match="1 question types, 2 true answers and 1 given ones"):
        vqa_scores(["a"], ["0", "1"], ["0"])


@given(items, st.integers(0, 10))
def test_parts_add_up_and_the_array_form_is_each_part(rows, cut):
    parts = np.stack([vqa_statistics(*_columns(part), names="abc") for part in (rows[:cut], rows[cut:])])
    assert scores_of_sums(parts.sum(axis=0), "abc") == vqa_scores(*_columns(rows), names="abc")
    figures = vqa_figures(parts, "abc")
    for number, part in enumerate((rows[:cut], rows[cut:])):
        alone = vqa_scores(*_columns(part), names="abc").values
        assert {n: v[number] for n, v in figures.items() if not np.isnan(v[number])} == pytest.approx(alone)


def _columns(rows):
    return [[row[column] for row in rows] for column in range(3)]


@pytest.fixture(scope="module")
def cdvqa(real_data):
    def read(name):
        return json.loads(gzip.decompress((real_data / "cdvqa" / f"Val_{name}.json.gz").read_bytes()))[name]

    answers = {row["id"]: row["answer"] for row in read("answers")}
    return [(row["type"], answers[row["answers_ids"][0]]) for row in read("questions")]


def test_the_map_holds_the_types_of_the_published_file(cdvqa):
    assert len(cdvqa) == 16441
    assert {kind for kind, _ in cdvqa} == CDVQA_TYPES.keys()


def test_most_frequent_answer_of_each_type(cdvqa):
    counts = defaultdict(Counter)
    for kind, answer in cdvqa:
        counts[kind][answer] += 1
    best = {kind: counter.most_common(1)[0] for kind, counter in counts.items()}
    types, true = zip(*cdvqa, strict=True)
    found = vqa_scores(types, true, [best[kind][0].upper() + "." for kind in types], names=tuple(CDVQA_TYPES))
    shares = {kind: best[kind][1] / counts[kind].total() for kind in counts}
    for kind, share in shares.items():
        assert found.values[f"accuracy/{kind}"] == pytest.approx(share)
    assert found.values["accuracy"] == pytest.approx(sum(hits for _, hits in best.values()) / len(cdvqa))
    assert found.values["average_accuracy"] == pytest.approx(sum(shares.values()) / 8)
    assert found.absent == {}


def test_always_no(cdvqa):
    types, true = zip(*cdvqa, strict=True)
    found = vqa_scores(types, true, ["no"] * len(true)).values
    assert found["accuracy"] == pytest.approx(5227 / 16441)  # "no" stands 5,227 times in the file
    assert found["accuracy/change_ratio"] == 0.0
