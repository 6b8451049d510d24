"""Variants of replies that lead a reader astray are read as what they say, or not at all."""

from collections import Counter

import pytest
from reply_corpus import REPLIES, is_right, of_task, value_of
from reply_traps import variants


def outcomes(task):
    """Totals by trap, and the variants that are silently wrong."""
    totals, wrong = {}, []
    for row in of_task(REPLIES / "seen", task):
        if not is_right(row, value_of(row)):
            continue
        for name, reply, readings in variants(row):
            value = value_of({**row, "reply": reply})
            right = value is None or any(is_right({**row, "read": read}, value) for read in readings)
            totals.setdefault(name, Counter()).update(rows=1, read=value is not None, wrong=not right)
            wrong += [] if right else [(name, reply, value)]
    return totals, wrong


@pytest.mark.parametrize("task", ["classification", "counting", "localization"])
def test_what_leads_astray_is_read_as_it_says_or_not_at_all(task):
    totals, wrong = outcomes(task)
    assert all(count["rows"] >= 50 for count in totals.values()), totals
    rows = sum(count["rows"] for count in totals.values())
    assert len(wrong) <= 0.01 * rows, (totals, wrong)
