"""One count from several statements."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rsica_data.schema import Unparsed
from rsica_data.text.amounts.settling import settle
from rsica_data.text.statement import Statement

CHANGED = Statement(0, "number", 3, "changed")


def test_nothing_said_is_no_count():
    assert settle([]) is None


def test_a_total_decides_over_its_parts():
    assert settle([CHANGED, replace(CHANGED, sentence=1, value=2), replace(CHANGED, role="total", value=6)]) == 6


def test_two_claims_that_differ_cannot_be_read():
    claim = replace(CHANGED, whole=True)
    assert isinstance(settle([claim, replace(claim, value=8, sentence=1)]), Unparsed)


def test_a_changed_number_stands_over_what_is_there():
    assert settle([Statement(0, "number", 12, "plain"), replace(CHANGED, sentence=1)]) == 3


def test_an_amount_on_top_of_a_number_cannot_be_read():
    assert isinstance(settle([CHANGED, Statement(0, "vague", sentence=0)]), Unparsed)


def test_a_first_thought_falls():
    assert settle([replace(CHANGED, disowned=True, value=9), replace(CHANGED, sentence=1)]) == 3


def test_numbered_objects_are_counted():
    named = replace(CHANGED, identity="possible")
    assert settle([replace(named, value=1), replace(named, value=2, sentence=1)]) == 2


@given(st.integers(0, 99), st.integers(0, 99))
def test_the_two_images_give_their_difference(before, after):
    told = [Statement(0, "number", before, "before"), Statement(0, "number", after, "after", sentence=1)]
    assert settle(told) == abs(after - before)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_the_same_number_again_is_that_number(values):
    told = [replace(CHANGED, value=values[0], sentence=n) for n in range(len(values))]
    assert settle(told) == values[0]
