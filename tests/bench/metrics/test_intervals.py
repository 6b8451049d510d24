"""Intervals: shares at the ends, clusters, figures that are no shares, and what has none."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from rsica_bench.metrics import (
    binary,
    box_metrics,
    caption_metrics,
    change_detection,
    counting,
    multilabel,
    semantic_change,
    vqa,
)
from rsica_bench.metrics.bootstrap import compare
from rsica_bench.metrics.clusters import PairSums, cluster_rows, influences, supports
from rsica_bench.metrics.interval_rules import KORN_GRAUBARD, RULES, STUDENTISED, kind_of
from rsica_bench.metrics.intervals import CONSTANT, ONE_PAIR, UNDEFINED, find_intervals
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.metrics.statistics_tables import Table, mean_table

HOW = Resampling(200)


def found_of(table, clusters=None, how=HOW):
    return find_intervals([table], np.arange(len(table.rows)) if clusters is None else clusters, how)


def exact(right, number):
    """Clopper and Pearson's interval."""
    low = beta.ppf(0.025, right, number - right + 1) if right else 0.0
    return low, beta.ppf(0.975, right + 1, number - right) if right < number else 1.0


@pytest.mark.parametrize(("right", "number"), [(18, 18), (0, 18), (50, 50), (1, 1), (0, 2)])
def test_all_and_nothing_right_say_what_may_be(right, number):
    found = found_of(mean_table(accuracy=np.arange(number) < right))
    assert found.limits["accuracy"] == pytest.approx(exact(right, number))
    assert found.limits["accuracy"][0] < found.limits["accuracy"][1]
    assert found.methods == {"accuracy": "korn-graubard"}


@pytest.mark.parametrize(("right", "number"), [(17, 18), (45, 50), (100, 200)])
def test_one_row_a_pair_is_nearly_the_exact_interval(right, number):
    low, high = found_of(mean_table(accuracy=np.arange(number) < right)).limits["accuracy"]
    assert (low, high) == pytest.approx(exact(right, number), abs=0.01)
    assert low <= exact(right, number)[0] + 1e-9 and exact(right, number)[1] - 1e-9 <= high


def test_copies_of_an_answer_tell_no_more_than_one():
    right = np.arange(30) % 5 > 0
    one = found_of(mean_table(accuracy=right)).limits["accuracy"]
    copies = found_of(mean_table(accuracy=np.repeat(right, 8)), np.repeat(np.arange(30), 8)).limits["accuracy"]
    # The variance is then estimated, and its degrees of freedom are those of 30 pairs.
    assert copies[1] - copies[0] == pytest.approx(one[1] - one[0], rel=0.08)
    assert copies[1] - copies[0] > 2 * np.diff(found_of(mean_table(accuracy=np.repeat(right, 8))).limits["accuracy"])[0]
    everything = found_of(mean_table(accuracy=np.ones(240, bool)), np.repeat(np.arange(30), 8)).limits["accuracy"]
    assert everything == pytest.approx(exact(30, 30))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_a_share_has_an_interval_with_width_within_its_ends(rows):
    owner, right = np.array([n for n, _ in rows]), np.array([hit for _, hit in rows])
    found = found_of(mean_table(accuracy=right), owner)
    low, high = found.limits["accuracy"]
    assert 0 <= low <= right.mean() <= high <= 1
    assert high - low > 0.05
    assert ("accuracy" in found.approximate) == (len(set(owner.tolist())) < RULES["share"].holds_from)


def test_influence_of_a_mean_by_hand():
    table = mean_table(size=[1.0, 2.0, 6.0])
    assert influences(table, PairSums(table.rows), ["size"])["size"] == pytest.approx([-2 / 3, -1 / 3, 1])
    sums = cluster_rows(table, np.array([0, 0, 1]), 2)
    assert influences(table, PairSums(sums), ["size"])["size"] == pytest.approx([-1, 1])


def test_what_a_figure_rests_on():
    table = Table(
        np.array([[1, 1], [0, 1], [1, 1], [0, 0]], float), np.arange(4), lambda s: {"r": s[..., 0] / s[..., 1]}, {}
    )
    owner = np.array([0, 0, 1, 2])
    with np.errstate(all="ignore"):
        rests = supports(table, owner, cluster_rows(table, owner, 3))["r"]
    assert (rests.rows, rests.pairs, rests.together, rests.rare) == (3, 2, pytest.approx(5 / 3), 1)


def test_what_has_no_interval_says_why():
    equal = mean_table(size=[2.0, 2.0, 2.0])
    assert found_of(equal).absent == {"size": CONSTANT}
    assert found_of(mean_table(size=[2.0, 5.0]), np.zeros(2, int)).absent == {"size": ONE_PAIR}
    rows = np.zeros((30, 2))
    rows[0], rows[1] = 1, (3, 1)

    def rate(sums):
        return {"rate": np.where(sums[..., 1] > 0, sums[..., 0] / np.maximum(sums[..., 1], 1), np.nan)}

    assert found_of(Table(rows, np.arange(30), rate, {})).absent == {"rate": UNDEFINED}
    assert found_of(mean_table(accuracy=[])).as_json({"accuracy"}) == {
        "intervals": {}, "interval_methods": {}, "interval_approximate": {}, "interval_absent": {},
    }  # fmt: skip


def test_what_is_no_number_breaks_nothing():
    table = mean_table(kinds={"right": "share"}, right=[1, 0, 1, 1], size=[1.0, 5.0, 2.0, 3.0], far=[1.0, 5.0, 2, 3])
    table.rows[1, 1:3] = np.nan, np.inf
    found = found_of(table)
    assert set(found.limits) == {"right"}
    assert np.isfinite(found.limits["right"]).all()


def test_captions_without_meteor_have_their_intervals():
    rng = np.random.default_rng(0)
    rows = np.full((30, caption_metrics.CAPTION_COLUMNS), np.nan)
    rows[:, 4:8] = rows[:, 8:9] = rows[:, 9:10] = 9
    rows[:, :4] = rng.integers(3, 9, (30, 4))
    rows[:, 10:13], rows[:, -1] = rng.random((30, 3)), 1
    found = found_of(Table(rows, np.arange(30), caption_metrics.caption_figures, {}, kinds=caption_metrics.KINDS))
    assert set(found.limits) == {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr", "CIDEr-R"}
    assert all(low < high for low, high in found.limits.values())


def test_a_perfect_bleu_counts_the_pairs():
    rows = np.zeros((18, caption_metrics.CAPTION_COLUMNS))
    rows[:, :4] = rows[:, 4:8] = np.arange(9, 5, -1)
    rows[:, 8] = rows[:, 9] = 9
    rows[:, -1] = 1
    rows[:9, :10] += 1  # of two lengths
    found = found_of(Table(rows, np.arange(18), caption_metrics.caption_figures, {}, kinds=caption_metrics.KINDS))
    assert found.limits["BLEU-4"] == pytest.approx(exact(18, 18))
    rows[:, 3] = 0  # no four words right: a hair above 0
    rows[1::3, 2] -= 1
    low, high = found_of(
        Table(rows, np.arange(18), caption_metrics.caption_figures, {}, kinds=caption_metrics.KINDS)
    ).limits["BLEU-4"]
    assert low == 0
    assert high == pytest.approx(exact(0, 18)[1])


@pytest.mark.parametrize(
    ("figures", "kinds", "width"),
    [
        (binary.binary_figures, binary.KINDS, 4),
        (counting.counting_figures, counting.KINDS, 6),
        (multilabel.multilabel_figures, multilabel.KINDS, 10),
        (box_metrics.box_figures, box_metrics.KINDS, 17),
        (change_detection.change_detection_figures, change_detection.KINDS, 7),
        (caption_metrics.caption_figures, caption_metrics.KINDS, caption_metrics.CAPTION_COLUMNS),
        (lambda s: semantic_change.semantic_change_figures(s.reshape(*s.shape[:-1], 3, 3)), semantic_change.KINDS, 9),
        (lambda s: vqa.vqa_figures(s.reshape(*s.shape[:-1], 2, 2), ("a", "b")), vqa.KINDS, 4),
    ],
)
def test_every_figure_of_ours_has_a_kind(figures, kinds, width):
    with np.errstate(all="ignore"):
        names = set(figures(np.ones(width)))
    assert {name for name in names if kind_of(name, kinds) == "real"} <= {"bias"}


def test_a_perfect_detector_is_not_certain():
    rows = change_detection.pair_statistics(np.tile([50, 0, 0, 950], (18, 1)))
    found = found_of(
        Table(rows, np.arange(18), change_detection.change_detection_figures, {}, kinds=change_detection.KINDS)
    )
    assert found.limits["iou"] == pytest.approx(exact(18, 18))
    assert found.limits["kappa"][0] == pytest.approx(2 * exact(18, 18)[0] - 1)
    assert found.methods["iou"] == KORN_GRAUBARD


def test_few_pairs_are_marked_and_many_are_not():
    rng = np.random.default_rng(1)
    size = rng.gamma(1, 1, 2000)
    for number, marked in ((10, True), (2000, False)):
        found = found_of(mean_table(kinds={"mae": "error"}, mae=size[:number]))
        assert found.methods["mae"] == STUDENTISED
        assert found.approximate == ({"mae": RULES["error"].holds_from} if marked else {})


@pytest.mark.parametrize(("share", "number", "rows"), [(0.9, 18, 1), (0.97, 18, 3), (0.97, 50, 1), (0.99, 50, 10)])
def test_shares_are_held_at_the_ends(share, number, rows):
    rng = np.random.default_rng(2)
    owner, held = np.repeat(np.arange(number), rows), 0
    for _ in range(400):
        chance = rng.beta(share * 3, (1 - share) * 3, number)[owner] if rows > 1 else np.full(number, share)
        low, high = found_of(mean_table(accuracy=rng.random(len(owner)) < chance), owner).limits["accuracy"]
        held += low <= share <= high
    assert held >= 372  # 93 %; the percentile bootstrap: 80 to 330


def test_skewed_errors_are_held():
    rng, held = np.random.default_rng(3), 0
    for _ in range(200):
        error = np.where(rng.random(100) < 0.5, 0, rng.gamma(0.5, 4, 100))
        low, high = found_of(mean_table(kinds={"mae": "error"}, mae=error)).limits["mae"]
        held += low <= 1 <= high
    assert held >= 184


def test_two_perfect_systems_may_differ_and_one_does_not_from_itself():
    first, second = mean_table(accuracy=np.ones(18, bool)), mean_table(accuracy=np.ones(18, bool))
    one = compare([first], [second], np.arange(18), HOW)["accuracy"]
    assert (one.difference, one.p) == (0, 1)
    assert -0.2 < one.low < 0 < one.high < 0.2
    assert one.low == pytest.approx(-one.high)
    # Two pairs added to 18: standard error sqrt(2 / (19 * 20)), t with 17 degrees of freedom.
    assert one.high == pytest.approx(2.1098 * (2 / 380) ** 0.5, abs=1e-4)
    itself = compare([first], [first], np.arange(18), HOW)["accuracy"]
    assert (itself.low, itself.high, itself.p) == (0, 0, 1)


def test_figures_that_are_wanted_are_what_they_are_among_all():
    rng = np.random.default_rng(5)
    first, second = (mean_table(right=rng.random(30) < 0.6, size=rng.gamma(1, 2, 30)) for _ in range(2))
    every = compare([first], [second], np.arange(30), HOW)
    assert set(every) == {"right", "size"}
    for name in every:
        assert compare([first], [second], np.arange(30), HOW, only=[name]) == {name: every[name]}
    assert set(compare([first], [first], np.arange(30), HOW, only=["size"])) == {"size"}


def test_differences_that_are_all_the_same_have_no_interval():
    first, second = mean_table(size=[1.0, 2.0, 3.0]), mean_table(size=[3.0, 4.0, 5.0])
    one = compare([first], [second], np.arange(3), HOW)["size"]
    assert (one.difference, one.low, one.high, one.interval) == (2, None, None, None)


def test_differences_of_errors_are_marked_and_held():
    rng, held = np.random.default_rng(4), 0
    for _ in range(100):
        hard = rng.gamma(0.5, 4, 60)
        first, second = (mean_table(kinds={"mae": "error"}, mae=hard * rng.gamma(1, 1, 60)) for _ in range(2))
        one = compare([first], [second], np.arange(60), HOW)["mae"]
        held += one.low <= 0 <= one.high
    assert held >= 90
    assert (one.interval, one.approximate) == (STUDENTISED, None)


def test_the_benchmark_runs(capsys, monkeypatch):
    path = Path(__file__).parents[3] / "benchmarks" / "interval_coverage.py"
    spec = importlib.util.spec_from_file_location("interval_coverage", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TRUTH_PAIRS", 2000)
    words = ["x", "--repeats", "2", "--sizes", "18", "--only", "decisions,counts,captions,accuracy 0.9"]
    monkeypatch.setattr("sys.argv", words)
    module.main()
    out = capsys.readouterr().out
    assert "rmse" in out and "least coverage" in out and "2 repeats" in out


def test_no_interval_has_zero_width():
    """50 of 50, one pair, all alike: an interval with width, or none and the reason."""
    perfect = mean_table(accuracy=[True] * 50)
    low, high = find_intervals([perfect], np.arange(50), HOW).limits["accuracy"]
    assert (low, high) == (pytest.approx(0.025 ** (1 / 50)), 1)  # the exact lower bound, .929
    one = find_intervals([mean_table(accuracy=[True])], np.arange(1), HOW).limits["accuracy"]
    assert one == (pytest.approx(0.025), 1)
    for kind in RULES:
        for values in ([0.5], [1.0], [0.5] * 9, [0.0] * 9, [1.0] * 9):
            found = find_intervals([mean_table(x=values, kinds={"x": kind})], np.arange(len(values)), HOW)
            assert ("x" in found.limits) is not ("x" in found.absent)
            if "x" in found.limits:
                assert found.limits["x"][0] < found.limits["x"][1]
