"""Wordings by other writers, filled from random facts: how many true statements stand, and contradictions fall."""

from pathlib import Path
from random import Random

import pytest
import yaml
from blind_facts import random_facts, statements

from rsica_data.claims import verify

HERE = Path(__file__).parent
SETS = sorted(path.stem for path in HERE.glob("blind*.yaml"))


MISREAD = {
    "You could search the later image from edge to edge without coming across a new or altered {C}.",
    "The annotators compared both dates and left the change mask empty, since they could not find one changed object.",
    "The {CS} were all left exactly as they had been in the earlier image.",
    "If the scene is split into nine equal cells, the {P} one contains each {C} that changed, and the other eight "
    "contain none.",
    "Was the {C} class left untouched? No, it was not.",
    "How many objects of each class changed? For {C1S} the answer is {N1}, and for {C2S} it is {N2}.",
    "How many objects of each kind have changed? For {C1S} the answer is {N1}, for {C2S} it is {N2}.",
    "No more and no fewer than {W} {CS} changed.",
    "| item | value |\n|---|---|\n| changed objects | 0 |",
}
"""Wordings that are known to be read wrongly, at least of some facts."""


# What each set showed when it was first run stands in docs/claims.md; these bounds hold what was learnt since.
@pytest.mark.parametrize("name", SETS)
def test_contradictions_fall_and_true_statements_stand(name):
    wordings = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    refused = {row[1] for row in statements(wordings, 160, True, 5) if not verify(row[2], row[3]).ok}
    accepted = [row[1] for row in statements(wordings, 160, False, 5) if verify(row[2], row[3]).ok]
    assert refused <= MISREAD
    assert len([wording for wording in accepted if wording not in MISREAD]) <= 3, set(accepted)


def test_a_sentence_that_is_no_readable_answer_is_read_alone():
    rng = Random(1)
    while True:
        view, context = random_facts(rng)
        if view.counts["road"] > view.counts["building"] > 0:
            break
    question = "Did more roads or more buildings change?"
    assert verify("More roads than buildings have changed.", context, question).ok
    assert not verify("More buildings than roads have changed.", context, question).ok
