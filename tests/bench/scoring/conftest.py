"""Scored items made by hand: the reply is read by the task itself, the facts come from a mask."""

import numpy as np
import pytest

from rsica_bench.contracts import PairFacts, ScoredItem
from rsica_data import plugins
from rsica_data.facts import compute_facts
from rsica_data.schema import ClassDef, FactRules, GoldTurn, ParseContext, Question, Unparsed, view_facts

CLASSES = ("road", "building")


def view_of(boxes, size=90):
    """Facts of a mask with filled boxes, by class."""
    mask = np.zeros((size, size), np.uint8)
    for name, found in boxes.items():
        for x0, y0, x1, y1 in found:
            mask[y0:y1, x0:x1] = CLASSES.index(name) + 1
    classes = [ClassDef(n + 1, name) for n, name in enumerate(CLASSES)]
    return view_facts(compute_facts(change_mask=mask, classes=classes), FactRules())


@pytest.fixture
def item():
    """``item(task, gold, raw, ...)``."""

    def make(task, gold, raw, *, pair="p0", turn=1, boxes=None, question=None, name="i0", changed=True, source="s"):
        question = question or Question(task)
        answer = plugins.load(plugins.TASKS, task).parse(raw, ParseContext(question, CLASSES)) if raw else None
        unread = isinstance(answer, Unparsed)
        return ScoredItem(
            instruction_id=name,
            turn=turn,
            pair=PairFacts(pair, source, "test", changed, None if boxes is None else view_of(boxes)),
            gold=GoldTurn(task, question, gold),
            prompt="",
            raw=raw,
            answer=None if unread else answer,
            reason=answer.reason if unread else None if raw else "no reply",
            classes=CLASSES,
        )

    return make
