"""The corpus of replies with what a person reads from them, and the measure of readings in ``benchmarks``."""

import importlib.util
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
REPLIES = ROOT / "tests" / "data" / "text" / "replies"


def _measure():
    spec = importlib.util.spec_from_file_location("reading_measure", ROOT / "benchmarks" / "reading_measure.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measure = _measure()
is_right, rows_of = measure.is_right, measure.rows_of


def value_of(row):
    """What the rules read from the reply of a row; None where they read nothing."""
    case = measure.case_of(row)
    return measure.value_of(case, measure.read_by_rules(case))


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
    """The rows of a task of all files of a folder."""
    return [row for path in sorted(folder.glob("*.jsonl")) for row in rows_of(path) if row["task"] == task]
