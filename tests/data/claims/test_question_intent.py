"""What questions ask for, which facts answer them, and what a quote may not say beyond its facts."""

import pytest
from marked_texts import check_marked as check

from rsica_data.claims import same_intent
from rsica_data.claims.fact_list import OWN_KINDS
from rsica_data.claims.question_intent import aims_of, kinds_asked
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.text.yaml_files import packaged_yaml


def test_the_table_names_kinds_that_there_are():
    known = KINDS.keys() | OWN_KINDS.keys()
    for entry in packaged_yaml("rsica_data.claims", "questions.yaml")["questions"]:
        kinds = [kind for kinds in entry["needs"] for kind in kinds] + entry.get("placed", [])
        assert {kind.split(":")[0] for kind in kinds} <= known, entry["asks"]


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("How many roads and how many buildings changed?", ["how many objects", "how many objects"]),
        ("In how many cells did roads change? And what number of cells hold buildings?", ["how many cells"] * 2),
        ("What share of the image changed between the first and the second image?",
         ["for the share of the image that changed"]),
        ("What share of the second image do buildings cover?", ["for the share of the second image"]),
        ("How did the share of the buildings develop?", ["for the share of both images"]),
        ("What area of roads changed?", ["the area"]),
        ("Which cells hold the largest and the smallest building?", ["where the largest and the smallest lie"]),
        ("In which cells did the roads change, and which half has more change, top or bottom?",
         ["which cells", "whether the top or the bottom half has more change"]),
        ("What was mostly there before these buildings?", ["what was there before"]),
        ("What did the trees mostly become?", ["what came in its place"]),
        ("Which land cover lost the most area, and which one gained the most?",
         ["which land cover lost the most", "which land cover gained the most"]),
        ("May I ask, as a neighbour, where roads changed?", ["where"]),
        ("Could you describe the whole change?", ["for a description"]),
        ("Why would a baker care?", []),
    ],
)  # fmt: skip
def test_what_a_question_asks_for(question, asks, listed):
    assert [aim.form.asks for aim in aims_of(question, listed)] == asks


def test_the_kinds_that_answer(listed):
    assert "was_before" in kinds_asked("What was there before the buildings?", listed)
    assert kinds_asked("Hm?", listed) == set()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("How many roads have changed?", "What is the number of changed roads?", True),
        # Counts by cell answer both.
        ("How many roads have changed?", "In which cells did roads change?", False),
        ("What share of the image changed?", "How much of the image has changed?", True),
        ("How many roads have changed?", "Hm?", True),
    ],
)
def test_questions_that_ask_for_the_same(listed, one, other, same):
    assert same_intent(one, other, listed) is same_intent(other, one, listed) is same


BUILDINGS, CELLS = "(class_count building)", "(cells_of_class building)"


@pytest.mark.parametrize(
    ("question", "true", "false"),
    [
        ("In which cells did buildings change?",
         f"[In the top-left, bottom-center and bottom-right]{CELLS}.",
         "[Only in the top-left](largest_cell building)."),
        ("Which cells hold changed buildings?",
         f"[Top-left, bottom-center and bottom-right]{CELLS}.", "[Buildings changed in 3 cells](cell_count building)."),
        ("What was mostly there before the buildings?",
         "[Bare land was mostly there before the buildings](was_before building).",
         "[Bare land lost the most area](most_lost)."),
        ("What share of the image do the changed roads take up?",
         "[The changed roads take up 2.2% of the image](area_share road).",
         "[Roads cover 2.2% of the second image](cover_after road)."),
        ("How many buildings changed in the bottom-right?",
         "[One building changed in the bottom-right](cell_objects bottom-right).",
         f"[Three buildings changed]{BUILDINGS}."),
        ("How many roads and buildings changed?",
         f"[One road](class_count road) and [three buildings changed]{BUILDINGS}.",
         "[One road changed](class_count road)."),
        ("How many buildings changed?", f"[Three]{BUILDINGS}.", f"[Yes, three buildings changed]{BUILDINGS}."),
        ("Did the roads stay as they were?", "[No](class_count road), [a road was built](direction road).",
         "[No](any_change)."),
        ("Describe the whole change.",
         f"[One road](class_count road) and [three buildings changed]{BUILDINGS}.",
         f"[Three buildings changed]{BUILDINGS}."),
        ("Which land cover lost the most area?", "[Bare land lost the most area](most_lost).",
         "[Buildings gained the most area](most_gained)."),
    ],
)  # fmt: skip
def test_only_a_fact_of_the_kind_that_is_asked_for_answers(question, true, false, listed):
    assert check(true, listed, question).fault is None
    assert check(false, listed, question).fault is not None


def test_the_reason_names_what_is_asked_for(listed):
    checked = check(
        "[Buildings changed in 3 cells](cell_count building).", listed, "Which cells hold changed buildings?"
    )
    assert checked.kind == "contradiction"
    assert checked.fault == "the question asks which cells of building, and no marked fact answers that"


@pytest.mark.parametrize(
    "text",
    [
        "[Only two buildings were built](built_count building).",
        "[One road changed](class_count road), as far as one can see.",
        "[One road changed](class_count road), and in the same period [three buildings did](class_count building).",
        "one wonders why [one road changed](class_count road)",
        "[Bare land was replaced by buildings](transition 'b': 'building'), so less rain soaks in.",
    ],
)
def test_words_that_state_nothing_more(text, listed):
    assert check(text, listed).fault is None


@pytest.mark.parametrize(
    "text",
    [
        "[5.3% of the second image only is building](cover_after building).",
        "[There was only bare land before the roads](was_before building).",
        "[Roads changed but no buildings](changed_classes).",
        "[Two cells with buildings changed](cells_of_class building).",
        "[Three buildings did not change](class_count building).",
        "[5.3% of the image](caption) is built up.",
        "[Buildings went from 2.0% to 5.3%](cover_after building).",
        "[The largest building lies in the bottom-right and top-left](largest_cell building).",
        "[The left half changed in the bottom-left](left_or_right).",
        "[One road](class_count road) [covering 2.2% of the second image](cover_after road) changed.",
        "[Three buildings were built](total_count).",
    ],
)
def test_words_that_say_more_than_their_fact(text, listed):
    assert check(text, listed).fault is not None


@pytest.mark.parametrize(
    "text",
    ["[no difference can be found](caption)", "[the scene stayed the same](caption)", "[nothing has changed](caption)"],
)
def test_a_caption_that_denies_change_in_other_words(text, unchanged):
    assert check(text, unchanged).fault is None


@pytest.mark.parametrize("text", ["[the scenes seem identical but are not](caption)", "[no road changed](caption)"])
def test_a_caption_denies_no_more_than_it_does(text, unchanged):
    assert check(text, unchanged).fault is not None
