"""Replies that others wrote: those the reader was written against, those kept back, those that failed before."""

import os
from pathlib import Path

import pytest
from reply_corpus import REPLIES, measure, of_task, rows_of, totals

HANDED = Path(os.environ.get("RSICA_SHARED", "../shared")) / "cases" / "replies" / "replies.jsonl"
TASKS = ("classification", "counting", "localization", "open_qa")
# Least share of the seen replies that the rules read right, in percent; the rest they leave to a second reading.
SEEN = {"classification": 97, "counting": 91, "localization": 75, "open_qa": 88}


@pytest.mark.parametrize("task", TASKS)
def test_replies_that_the_reader_was_written_against(task):
    rows = of_task(REPLIES / "seen", task)
    assert len(rows) >= 300
    count, otherwise = totals(rows)
    assert count["right"] >= SEEN[task] / 100 * count["rows"], otherwise
    assert count["wrong"] <= 0.002 * count["rows"], [row for row in otherwise if row[2] is not None]


# Least right and most silently wrong, in percent, of the rules alone on replies that were kept back: a little under
# what was measured. What is neither is left to a second reading.
UNSEEN = {"classification": (95, 1), "counting": (93, 2), "localization": (90, 3), "open_qa": (89, 3)}
# The same of a log, half of it short replies and half explained ones.
MIXED = {"classification": (98, 2), "counting": (89, 2), "localization": (72, 2), "open_qa": (89, 1)}
# The same of explained replies, which two further writers wrote.
EXPLAINED = {"classification": (93, 1), "counting": (88, 1), "localization": (76, 4), "open_qa": (86, 1)}
# The same of replies of every length, and of short ones, which four more writers wrote.
ANY_LENGTH = {"classification": (82, 7), "counting": (88, 2), "localization": (82, 2), "open_qa": (85, 3)}
LOTS = {
    "ordinary": (("closed", "natural", "open", "openqa", "reasoning"), UNSEEN),
    "explained": (("w6", "w7"), EXPLAINED),
    "mixed": (("w11",), MIXED),
    "any length": (("w14", "w15", "w16", "w17"), ANY_LENGTH),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("kind", LOTS)
def test_replies_that_were_kept_back(task, kind):
    names, bounds = LOTS[kind]
    lots = [REPLIES / "unseen" / f"{name}.jsonl" for name in names]
    count, _ = totals([row for lot in lots for row in rows_of(lot) if row["task"] == task])
    assert count["rows"] >= 60
    least, most = bounds[task]
    shares = {name: round(100 * count[name] / count["rows"], 1) for name in ("right", "wrong")}
    assert shares["right"] >= least and shares["wrong"] <= most, shares


@pytest.mark.parametrize("name", ["w14", "w15", "w16", "w17", "w18"])
def test_replies_that_rules_and_a_model_read(name):
    # People played the model, who saw the requests alone. First runs stand in docs/replies.md.
    readings = {row["id"]: row["text"] for row in rows_of(REPLIES / f"{name}.readings.jsonl")}
    _, both, asked, _ = measure.measure(REPLIES / "unseen" / f"{name}.jsonl", readings, None)
    assert asked >= 190
    for count in both.values():
        assert count["right"] >= 0.97 * count["rows"]
        assert count["wrong"] <= 0.01 * count["rows"]


@pytest.mark.skipif(not HANDED.is_file(), reason=f"no replies at {HANDED}")
def test_every_handed_reply_is_read_as_written_there():
    count, otherwise = totals(rows_of(HANDED))
    assert (count["rows"], otherwise) == (140, [])
