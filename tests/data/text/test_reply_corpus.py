"""Replies that others wrote: those the reader was written against, those kept back, those that failed before."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from rsica_data.core import registry
from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.open_qa.values import same_value

REPLIES = Path(__file__).parent / "replies"
HANDED = Path(os.environ.get("RSICA_SHARED", "../shared")) / "cases" / "replies" / "replies.jsonl"
TASKS = ("classification", "counting", "localization", "open_qa")
CLASSES = ("road", "building")


def rows_of(path):
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def value_of(row):
    context = ParseContext(Question(row["kind"], row["args"]), tuple(row.get("classes") or CLASSES))
    answer = registry.load(registry.TASKS, row["task"]).parse(row["reply"], context)
    if isinstance(answer, Unparsed):
        return None
    return {"classification": answer.get("changed"), "open_qa": answer.get("value")}.get(row["task"], answer)


def is_right(row, value):
    """Whether a value is the one that a person reads; a class that is not spoken of has no count and no cells."""
    wanted = row["read"]
    if wanted is None or value is None:
        return wanted is value
    if row["task"] == "counting":
        return {k: v for k, v in wanted.items() if v} == {k: v for k, v in value.items() if v}
    if row["task"] == "localization":
        return {k: set(v) for k, v in wanted.items() if v} == {k: set(v) for k, v in value.items() if v}
    if row["task"] == "open_qa":
        type_ = KINDS[row["kind"]].type
        if type_ in ("percent", "area"):
            return abs(wanted - value) <= 0.02 * abs(wanted) + 0.06
        return same_value(type_, wanted, value)
    return wanted == value


def totals(rows):
    """(rows, read right, silently wrong), and the rows that are read otherwise."""
    count, otherwise = Counter(), []
    for row in rows:
        value = value_of(row)
        right = is_right(row, value)
        count.update(rows=1, right=right, wrong=not right and value is not None)
        otherwise += [] if right else [(row["reply"], row["read"], value)]
    return count, otherwise


def of_task(folder, task):
    return [row for path in sorted(folder.glob("*.jsonl")) for row in rows_of(path) if row["task"] == task]


@pytest.mark.parametrize("task", TASKS)
def test_replies_that_the_reader_was_written_against(task):
    rows = of_task(REPLIES / "seen", task)
    assert len(rows) >= 300
    count, otherwise = totals(rows)
    assert count["right"] >= 0.985 * count["rows"], otherwise
    assert count["wrong"] <= 0.01 * count["rows"], otherwise


# Least right and most silently wrong, in percent, of the replies that were kept back: a little under what was measured.
UNSEEN = {"classification": (94, 2), "counting": (92, 4), "localization": (92, 6), "open_qa": (92, 5)}
# The same of a log, half of it short replies and half explained ones, which a writer wrote before places told over
# sentences were read in another way.
MIXED = {"classification": (98, 2), "counting": (95, 2), "localization": (86, 5), "open_qa": (95, 2)}
# The same of explained replies, which two further writers wrote.
EXPLAINED = {"classification": (94, 2), "counting": (94, 2), "localization": (89, 9), "open_qa": (94, 2)}
LOTS = {
    "ordinary": (("closed", "natural", "open", "openqa", "reasoning"), UNSEEN),
    "explained": (("w6", "w7"), EXPLAINED),
    "mixed": (("w11",), MIXED),
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


@pytest.mark.skipif(not HANDED.is_file(), reason=f"no replies at {HANDED}")
def test_every_handed_reply_is_read_as_written_there():
    count, otherwise = totals(rows_of(HANDED))
    assert (count["rows"], otherwise) == (140, [])
