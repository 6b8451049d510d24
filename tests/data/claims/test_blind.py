"""Wordings by other writers, filled from random facts: how many true statements stand, and contradictions fall."""

from pathlib import Path
from random import Random

import pytest
import yaml
from blind_facts import random_facts, statements

from rsica_data.claims import verify

HERE = Path(__file__).parent
SETS = sorted(path.stem for path in HERE.glob("blind*.yaml"))


# What each set showed when it was first run stands in docs/claims.md; these bounds hold what was learnt since.
@pytest.mark.parametrize("name", SETS)
def test_contradictions_fall_and_true_statements_stand(name):
    wordings = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    refused = [row[1] for row in statements(wordings, 160, True, 5) if not verify(row[2], row[3]).ok]
    accepted = [row[1] for row in statements(wordings, 160, False, 5) if verify(row[2], row[3]).ok]
    print(f"{name}: {len(refused)} of 160 true refused, {len(accepted)} of 160 planted accepted")
    assert len(refused) <= 4, set(refused)
    assert len(accepted) <= 4, set(accepted)


def test_a_sentence_that_is_no_readable_answer_is_read_alone():
    rng = Random(1)
    while True:
        view, context = random_facts(rng)
        if view.counts["road"] > view.counts["building"] > 0:
            break
    question = "Did more roads or more buildings change?"
    assert verify("More roads than buildings have changed.", context, question).ok
    assert not verify("More buildings than roads have changed.", context, question).ok
