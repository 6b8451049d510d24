"""Planted contradictions are rejected and true statements are not, in wordings that the reader was not made with."""

from collections import Counter

import pytest

from rsica_data.claims import verify


@pytest.mark.parametrize("name", ["heldout", "development"])
def test_true_statements_stand_and_planted_contradictions_do_not(contexts, planted, name):
    number = 1000
    true = planted(name, contexts, number, True, 5)
    false = planted(name, contexts, number, False, 5)
    assert (len(true), len(false)) == (number, number)
    rejected = Counter(s.kind for s in true if not verify(s.text, s.context, s.question).ok)
    accepted = Counter(s.kind for s in false if verify(s.text, s.context, s.question).ok)
    assert rejected.total() <= 0.02 * number, rejected
    assert accepted.total() <= 0.02 * number, accepted


def test_enough_wordings_of_every_kind(listed, planted, contexts):
    for name in ("heldout", "development"):
        rows = list(listed(name))
        assert len({text for _, text, _ in rows}) >= 60
        true, false = ({s.kind for s in planted(name, contexts, 1500, truth, 2)} for truth in (True, False))
        assert true == false == {kind for kind, _, _ in rows}
    held, used = ({text.lower() for _, text, _ in listed(name)} for name in ("heldout", "development"))
    assert not held & used


def test_lenient_lets_through_what_facts_do_not_bear_out(contexts, planted):
    false = planted("heldout", contexts, 300, False, 8)
    strict = sum(not verify(s.text, s.context, s.question).ok for s in false)
    lenient = sum(not verify(s.text, s.context, s.question, mode="lenient").ok for s in false)
    assert 0.8 * strict <= lenient <= strict
