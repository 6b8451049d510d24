"""Sentences and the claims that are read in them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.claims import KINDS, Claim, Quantity, Rank, Region, Relation, extract

CLASSES = ("road", "building")


def short(claim):
    """A claim in a word or two, for the tables below."""
    value = claim.value
    if isinstance(value, Quantity):
        end = "" if value.high is None else f"{value.high:g}"
        value = f"{value.low:g}" if value.low == value.high else f"{value.low:g}..{end}"
    elif isinstance(value, Region):
        value = value.word
    elif isinstance(value, Rank):
        value = f"{value.which} {value.region.word}"
    elif isinstance(value, Relation):
        value = f"{value.op} {value.other}"
    elif isinstance(value, tuple):
        value = ">".join(map(str, value))
    parts = (claim.kind, claim.subject or "-", "" if value is None else str(value), "" if claim.polarity else "not")
    return " ".join(part for part in parts if part)


SENTENCES = [
    ("3 buildings and 1 road have changed.", ["count building 3", "count road 1"]),
    ("No roads has changed, and 3 buildings has changed.", ["absence road", "count building 3"]),
    ("2 buildings and 1 road, three objects in total", ["count building 2", "count road 1", "count - 3"]),
    ("there is no difference .", ["change - not"]),
    ("almost nothing has changed", ["change - not"]),
    ("The rest of the scene remains unchanged.", []),
    ("Neither roads nor buildings changed.", ["absence road", "absence building"]),
    ("There are no new roads or buildings.", ["absence road", "absence building"]),
    ("Roads changed but buildings did not.", ["presence road", "absence building"]),
    ("Not only buildings but also roads changed.", ["presence building", "presence road"]),
    ("A pair of villas changed.", ["count building 2"]),
    ("Several houses and many trees changed.", ["count building 2..20", "count tree 4.."]),
    ("Dozens of buildings have changed.", ["count building 20.."]),
    ("At least two roads changed.", ["count road 2.."]),
    ("Between 3 and 5 buildings changed.", ["count building 3..5"]),
    ("3 of the 5 buildings changed.", ["count building 3"]),
    ("twenty-one structures have changed", ["count building 21"]),
    ("The number of buildings is 1,204.", ["count building 1204"]),
    ('{"road": 0, "building": 3}', ["count road 0", "count building 3"]),
    ("- **Buildings**: 3 changed\n- **Roads**: none", ["count building 3", "absence road"]),
    ("Roads: top-left and top-center. Buildings: none.",
     ["presence road", "position road top left", "position road top center", "absence building"]),
    ("roads ['top-left'] buildings []", ["presence road", "position road top left", "absence building"]),
    ("Houses changed along the bottom edge.", ["presence building", "position building bottom"]),
    ("Roads changed in the middle of the image.", ["presence road", "position road center center"]),
    ("No buildings changed in the lower left.", ["position building bottom left not"]),
    ("two buildings in the top left and one in the bottom right changed",
     ["count building 2", "position building top left", "count building 1", "position building bottom right"]),
    ("In the top left a house changed, and in the bottom right a road changed.",
     ["count building 1", "position building top left", "count road 1", "position road bottom right"]),
    ("Changed buildings are on the left side of the road.", ["presence building"]),
    ("About 12.5% of the image are changed buildings.", ["size building 12.5", "presence building"]),
    ("Changed buildings cover 350 m2.", ["presence building", "size building 350"]),
    ("Half of the image has changed.", ["size - 50"]),
    ("The largest changed building is in the top left.", ["size building largest top left"]),
    ("More buildings than roads have changed.", ["relation building more road"]),
    ("Only buildings changed.", ["presence building", "relation building only building"]),
    ("Bare land became buildings.", ["transition bare land bare land>building", "presence building"]),
    ("Houses replaced trees.", ["presence building", "transition tree tree>building"]),
    ("There was a change from trees to roads.", ["change -", "transition tree tree>road", "presence road"]),
    ("Before there was only bare land.", ["class bare land"]),
    ("The image shows a residential area with roads.", ["class building", "class road"]),
    ("The first image is of 2012, the second image of 2018.", ["date - 2012", "date - 2018"]),
    ("The lake has shrunk.", ["presence water", "direction water shrunk"]),
    ("The road was widened.", ["presence road", "direction road expanded"]),
    ("Some houses no longer exist.", ["presence building", "direction building disappeared"]),
    ("New houses were built near the road.", ["presence building", "direction building appeared"]),
    ("Changes took place in 4 of the nine cells.", ["position - 4", "change -"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claims"), SENTENCES)
def test_sentences(text, claims):
    assert sorted(short(claim) for claim in extract(text, CLASSES)) == sorted(claims)


ANSWERS = [
    ("Have at least 5 buildings changed?", "Yes.", ["count building 5.."]),
    ("Have at least 5 buildings changed?", "No.", ["count building 5.. not"]),
    ("Is it true that no buildings have changed?", "No, that is not so.", ["presence building"]),
    ("Have both buildings and roads changed?", "No.", []),
    ("Do changed roads reach the edge of the image?", "No.", []),
    ("How many buildings have changed?", "3.", ["count building 3"]),
    ("How many buildings have changed?", "None.", ["absence building"]),
    ("In how many cells have roads changed?", "I count 4.", ["position road 4"]),
    ("How many percent of the image are changed roads?", "7.5", ["size road 7.5"]),
    ("Where have roads changed?", "In the top left.", ["position road top left"]),
    ("Where is the largest changed road?", "In the top left.", ["size road largest top left"]),
    ("Towards which side have roads changed?", "Top left.", []),
    ("Which changed in greater number, roads or buildings?", "It is the roads.", ["relation road more building"]),
    ("Which of these have changed: roads or buildings?", "Roads.", ["presence road"]),
    ("Which of these have not changed: roads or buildings?", "Roads.", ["absence road"]),
    ("Is there any change?", "There is none.", ["change - not"]),
    ("Have roads changed?", "They have.", ["presence road"]),
]


@pytest.mark.parametrize(("question", "text", "claims"), ANSWERS)
def test_answers_are_read_with_their_question(question, text, claims):
    assert sorted(short(claim) for claim in extract(text, CLASSES, question)) == sorted(claims)


def test_details_of_a_claim():
    text = "It seems that  three new houses were built in the northwest corner."
    claim = extract(text, CLASSES)[0]
    assert (claim.subject, claim.direction, claim.hedged) == ("building", "appeared", True)
    assert text[slice(*claim.span)] == claim.text == "three new houses"
    assert claim.region is not None and claim.region.compass
    assert extract("In the later image there are 3 roads.", CLASSES)[0].scope == "after"
    assert extract("Two villas changed.", CLASSES)[0].part is True


def test_classes_of_other_names_and_words_of_a_recipe():
    assert extract("2 residential houses changed", ("Buildings",))[0].subject == "Buildings"
    assert extract("meadows changed", ("low_vegetation",))[0].subject == "low_vegetation"
    assert extract("3 low vegetation areas changed", ("low_vegetation",))[0].subject == "low_vegetation"
    assert extract("the ground was changed to trees", ("bareland",)) is not None
    words = "solar plant:\n  words: [solar field]\nbuilding:\n  narrower: [igloo]\n"
    found = extract("2 solar fields and 3 igloos changed", CLASSES, synonyms=words)
    assert [short(claim) for claim in found] == ["count solar plant 2", "count building 3"]


@pytest.mark.parametrize("words", ["3 ", "3 buildings and ", "no ", "top left ", "from building to "])
def test_endless_texts_take_linear_time(words):
    start = time.process_time()
    extract(words * 6000, CLASSES, "How many buildings have changed?")
    assert time.process_time() - start < 5


WORDS = (
    "no not 3 two buildings road changed built and or , . in the top left of largest more than replaced by became "
    "from to half % m2 2012 before [ ] only except nothing where there was is none neither nor they image number "
    "between some few at-least about no-longer any-more cells -> yes n't ' instead-of as-for center north"
)
PHRASES = st.sampled_from([word.replace("-", " ") if len(word) > 2 else word for word in WORDS.split()])


@settings(max_examples=400, deadline=None)
@given(
    text=st.text(max_size=80) | st.lists(PHRASES, max_size=25).map(" ".join),
    question=st.none() | st.lists(PHRASES, max_size=12).map(" ".join),
)
def test_no_text_makes_it_raise_and_spans_lie_inside(text, question):
    for claim in extract(text, CLASSES, question):
        assert isinstance(claim, Claim)
        assert claim.kind in KINDS
        start, end = claim.span
        assert 0 <= start <= end <= len(text)
        assert text[start:end] == claim.text
