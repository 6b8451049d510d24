"""Ways of saying things in plainer words: what is said stays, and every character knows where it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.claims import extract
from rsica_data.claims.frames import groups, plain
from rsica_data.claims.models import Claim
from rsica_data.claims.tokens import flatten

SAID = [
    ("It can be seen that two roads changed.", "two roads changed."),
    ("Comparing the two images, two roads changed.", "two roads changed."),
    ("Looking at the top left, two roads changed.", "looking at the top left, two roads changed."),
    ("Looking at the roads, two changed.", "as for the roads, two changed."),
    ("It doesn't show roads that aren't in the before image.", "it does not show roads that have appeared."),
    ("The roads seen in the first image are no longer there.", "the roads have disappeared."),
    ("Neither construction nor demolition took place.", "nothing has changed."),
    ("Roads changed in the top left and nowhere else.", "roads changed only in the top left."),
    ("Of all the roads in view, exactly four look different.", "exactly four roads is different."),
    ("Five of them are roads, and the other 3 are buildings.", "five roads and 3 buildings have changed."),
    ("The replacement of trees by houses is visible.", "the trees was replaced by houses is visible."),
    ("Three houses are new, and the roads haven't changed.", "three houses are new; the roads have not changed."),
    ("Roads as before, two new buildings.", "roads the same as before; two new buildings."),
    ("None of the cells contains a changed road or building.", "no changed road or building."),
    ("It lies in the center one.", "it lies in the center cell."),
    ("Two roads changed along the river.", "two roads changed along the river."),
]
TEXT = """the roads buildings in first image second that were not all of them none neither nor covered by trees before
which was changed only number higher for 3 two looking at while as some top left it's , . ; :"""
WORDS = TEXT.split()


@pytest.mark.parametrize(("said", "words"), SAID)
def test_plainer_words(said, words):
    assert plain(flatten(said)).text == words


def test_a_claim_lies_in_what_was_really_said():
    text = "As can be seen, of all the roads, four look different."
    (claim,) = extract(text, ("road", "building"))
    assert claim.text == text[slice(*claim.span)] == "of all the roads, four"


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_every_character_comes_from_the_text(words):
    text = " ".join(words)
    made = plain(text)
    if made.spans is None:
        assert made.text == text
    else:
        assert len(made.spans) == len(made.text)
        assert all(0 <= start < end <= len(text) for start, end in made.spans)
    for claim in extract(text, ("road", "building")):
        assert claim.text == text[slice(*claim.span)]


def test_an_empty_text_has_a_claim_nowhere():
    claim = Claim("change", None, None, True, (0, 0), "")
    assert plain("it can be seen that ").claim(claim, "It can be seen that ").span == (0, 20)


def test_a_group_is_tried_only_where_its_words_stand():
    assert all(rules for _, rules, _ in groups())
    names = {pattern.pattern for when, rules, _ in groups() if when.pattern for pattern, _ in rules}
    assert len(names) > 80
