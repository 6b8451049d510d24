"""Reports of tasks: figures, intervals over pairs, strata, replies that could not be read."""

import random

import numpy as np
import pytest

from rsica_bench.cli.results import unparsed, warn_of_unparsed
from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.first_numbers import first_numbers
from rsica_bench.scoring.strata import STRATA, members
from rsica_bench.scoring.task_report import measure_task, reason_kind, strata_report, task_report, unparsed_report

PROTOCOL = find_protocol("default")
HOW = Resampling(200)


def counts(item, said, true=((0, 1), (2, 0), (0, 0))):
    made = []
    for n, (gold, raw) in enumerate(zip(true, said, strict=True)):
        boxes = {"road": [(9 * k, 0, 9 * k + 4, 4) for k in range(gold[0])]}
        boxes["building"] = [(9 * k, 50, 9 * k + 40, 90) for k in range(gold[1])]
        made.append(
            item("counting", dict(zip(("road", "building"), gold, strict=True)), raw, pair=f"p{n}", boxes=boxes,
                 changed=any(gold))
        )  # fmt: skip
    return made


def test_a_report_by_hand(item):
    items = counts(item, ["0 roads and 3 buildings", "2 roads and 0 buildings", None])
    found = task_report(measure_task("counting", items, PROTOCOL), HOW)
    assert (found["items"], found["pairs"], found["unparsed"]) == (3, 3, 1)
    metrics = found["metrics"]
    # The unread reply is off by two of either class.
    assert metrics["mae/building"] == pytest.approx(4 / 3)
    assert metrics["mae/road"] == pytest.approx(2 / 3)
    assert metrics["mae"] == pytest.approx(1)
    assert metrics["rmse/building"] == pytest.approx((8 / 3) ** 0.5)
    assert metrics["exact_all"] == pytest.approx(1 / 3)
    assert metrics["missing_share/road"] == pytest.approx(1 / 3)
    assert metrics["unparsed_share"] == pytest.approx(1 / 3)
    assert metrics["mae/bin:0/road"] == 1
    assert found["unparsed_reasons"] == {"no reply": 1}
    assert "mae/bin:2-3/road" not in found["intervals"]
    assert found["interval_absent"]["mae/bin:2-3/road"] == "there is one pair only"
    low, high = found["intervals"]["mae/building"]
    assert 0 <= low < 4 / 3 < high
    assert found["interval_methods"]["mae/building"] == "studentised-bootstrap"
    assert found["interval_approximate"]["mae/building"] > 3
    low, high = found["intervals"]["exact/road"]
    assert 0 < low < 2 / 3 < high < 1
    assert found["interval_methods"]["exact/road"] == "korn-graubard"


def test_without_draws_there_are_no_intervals(item):
    found = task_report(measure_task("counting", counts(item, [None] * 3), PROTOCOL), Resampling(0))
    assert not {"intervals", "interval_methods", "interval_approximate", "interval_absent"} & found.keys()


def test_questions_about_one_pair_are_one_cluster(item):
    items = [item("classification", {"changed": True}, "Yes", pair=f"p{n // 2}", name=f"i{n}") for n in range(4)]
    measured = measure_task("classification", items, PROTOCOL)
    assert measured.clusters.tolist() == [0, 0, 1, 1]
    assert task_report(measured, HOW)["pairs"] == 2


def test_strata_by_hand(item):
    items = counts(item, ["0 roads and 3 buildings", "2 roads and 0 buildings", "no change"])
    found = strata_report(measure_task("counting", items, PROTOCOL), ("change", "objects", "size"), HOW)
    assert {name: part["items"] for name, part in found["change"].items()} == {"changed": 2, "unchanged": 1}
    assert found["change"]["changed"]["metrics"]["mae/building"] == 1
    assert found["change"]["unchanged"]["metrics"]["mae/building"] == 0
    assert list(found["objects"]) == ["0", "1", "2-3"]
    assert found["objects"]["1"]["metrics"]["mae/building"] == 2
    # 4 x 4 of 8,100 pixels is small, 40 x 40 large.
    assert list(found["size"]) == ["none", "small", "large"]
    assert found["size"]["small"]["metrics"]["mae"] == 0


@pytest.mark.parametrize("stratum", sorted(STRATA))
def test_a_stratum_has_each_item_once(item, stratum):
    items = counts(item, ["no change"] * 3)
    parts = members([found.pair for found in items], stratum)
    assert np.sum(list(parts.values()), axis=0).tolist() == [1, 1, 1]


def test_what_is_not_known_of_a_pair_is_in_no_stratum(item):
    pairs = [item("captioning", {"captions": ["a road"]}, "a road", changed=None).pair]
    assert members(pairs, "change") == members(pairs, "objects") == members(pairs, "size") == {}


def test_every_task_has_strata_without_items(item):
    captions = [
        item("captioning", {"captions": ["a road is built"]}, "a road is built", pair=f"p{n}", changed=n < 2)
        for n in range(3)
    ]
    found = strata_report(measure_task("captioning", captions, PROTOCOL), ("change",), HOW)["change"]
    assert found["changed"]["metrics"]["BLEU-1"] == pytest.approx(1)
    assert "unchanged/BLEU-4" not in found["changed"]["metrics"]
    assert found["unchanged"]["metrics"]["unchanged/BLEU-4"] > 0.9


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("two different counts of 'road'", "two different counts of '..'"),
        ('"a, b" and "c" are none', "'..' and '..' are none"),
        ("'don't know' is no class", "'..' is no class"),
        ("the model's reply doesn't count", "the model's reply doesn't count"),
        ("no reply: the\nserver said 'x\ny'", "no reply: the server said '..'"),
        ("x" * 300, "x" * 98 + ".."),
        ("", ""),
    ],
)
def test_reasons_are_counted_without_what_they_quote(reason, kind):
    assert reason_kind(reason) == kind


def test_unparsed_replies_of_all_tasks_are_summed():
    tasks = {
        "a": {"items": 4, "unparsed": 2, "unparsed_reasons": {"empty reply": 1, "no number": 1}},
        "b": {"items": 1, "unparsed": 1, "unparsed_reasons": {"empty reply": 1}},
    }
    summed = {"items": 5, "unparsed": 3, "unparsed_reasons": {"empty reply": 2, "no number": 1}}
    assert unparsed_report(tasks) == summed


@pytest.mark.parametrize(("unread", "warned"), [(0, False), (2, False), (3, True), (10, True)])
def test_more_than_a_fifth_unparsed_is_warned_of(capsys, unread, warned):
    reasons = {"a": unread} if unread else {}
    entry = {"items": 10, "unparsed": unread, "unparsed_reasons": reasons}
    warn_of_unparsed({"tasks": {"counting": entry}, "replies": entry})
    told = capsys.readouterr()
    assert told.out == ""
    expected = f"warning: counting: {10 * unread}% of 10 replies have no answer"
    assert (expected in told.err, told.err.count("\n")) == ((True, 1) if warned else (False, 0))


def test_the_three_most_frequent_reasons_are_told():
    entry = {"unparsed": 9, "unparsed_reasons": {"a": 1, "b": 2, "c": 3, "d": 1, "e": 2}}
    assert unparsed(entry) == "9 unparsed (3 c, 2 b, 2 e, and 2 more)"
    assert unparsed({"unparsed": 0, "unparsed_reasons": {}}) == "0 unparsed"


def test_texts_have_the_number_of_their_first_place():
    texts = [str(random.Random(number).randrange(500)) for number in range(9000)] + ["\ud800", "0", "\ud800"]
    places = {}
    assert first_numbers(texts).tolist() == [places.setdefault(text, len(places)) for text in texts]
    assert first_numbers([]).tolist() == []
