"""Which number is whose in a marked sentence."""

import pytest

from rsica_data.text.amounts.groups import groups_in, without_locations
from rsica_data.text.yes_no.set_phrases import prepared


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("‹N2› new ‹C1p›", [(1, 2)]),
        ("‹C0p›: ‹N2›", [(0, 2)]),
        ("‹C0p› ‹N2› ‹C1p› ‹N5›", [(0, 2), (1, 5)]),
        ("‹N2› ‹C0p› ‹N5› ‹C1p›", [(0, 2), (1, 5)]),
        ("the number of changed ‹C0p› is ‹N3›", [(0, 3)]),
        ("‹N1› change in ‹C0p›", [(0, 1)]),
        ("‹N3› patches of ‹C0g›", [(0, 3)]),
        ("‹N3› (new) ‹C1p›", [(1, 3)]),
        ("‹N10› of them are ‹C1p›", [(1, 10)]),
        ("‹C1p› (‹N4›)", [(1, 4)]),
        ("‹N2› rows of ‹C1p›", [(1, None)]),
        ("‹C0p› ‹N3› cars", [(0, None), (None, 3)]),
        ("‹N4› in the north and ‹C1p›", [(None, 4), (1, None)]),
    ],
)
def test_groups(text, groups):
    assert [(group.owner, group.value) for group in groups_in(text)] == groups


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("‹N4› ‹C1p› near ‹N2› ‹C0p›", "‹N4› ‹C1p› near place"),
        ("‹N4› ‹C1p› along the ‹B› ‹C0s›", "‹N4› ‹C1p› along the ‹B› place"),
        ("‹N7› ‹C1p› on either side of ‹N1› newly built ‹C0s›", None),
        ("‹N4› ‹C1p› along with ‹N1› ‹C0s›", None),
        ("‹N3› changes in the ‹C1p›", None),
    ],
)
def test_a_class_that_only_says_where(text, kept):
    cleaned = " ".join(without_locations(text).split())
    assert cleaned == (text if kept is None else kept)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("‹N9› ‹C1p› that weren't there before", "‹N9› ‹C1p› new"),
        ("no ‹C1p› before", "no ‹C1p› ‹B›"),
        ("of the ‹N31› ‹C1p›, ‹N22› are new", "‹N22› ‹C1p› are new"),
        ("‹N9› - ‹N4› = ‹N5›", "‹N5›"),
        ("‹N3›+‹N1› ‹C1p›", "‹N4› ‹C1p›"),
        ("both ‹C0p› and ‹N4› ‹C1p›", "‹N2› ‹C0p› and ‹N4› ‹C1p›"),
        ("both ‹C0p› and ‹C1p›", None),
        ("both ‹C0p› changed", "‹N2› ‹C0p› changed"),
        ("not ‹N1› ‹C0s›", "no ‹C0s›"),
    ],
)
def test_set_phrases(text, plain):
    assert prepared(text) == (text if plain is None else plain)
