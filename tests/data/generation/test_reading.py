"""Replies into candidates, and candidates against the facts."""

from dataclasses import replace

import pytest
from marked_texts import numbered_marks

from rsica_data.generation.candidate_check import CandidateCheck, check_candidate
from rsica_data.generation.implied import ImpliedTarget, Target
from rsica_data.generation.readers import READERS
from rsica_data.generation.readers.paraphrases import sense
from rsica_data.generation.readers.targets import all_targets
from rsica_data.generation.types import Candidate, Refusal


def kinds(found):
    return [entry.kind if isinstance(entry, Refusal) else "row" for entry in found]


def read(order, data):
    return READERS[order.job.prompt.files.meta.reads].read(data, order)


def test_questions_become_free_text_rows(order):
    found = read(
        order("changechat-open-qa"),
        {
            "items": [
                {"about": "how_much", "question": " How many  roads? ", "answer": "One road."},
                {"about": "what", "question": "", "answer": "x"},
            ]
        },
    )
    assert kinds(found) == ["row", "empty"]
    assert found[0].gold == {
        "kind": "text", "about": "how_much", "question": "How many roads?", "references": ["One road."],
    }  # fmt: skip
    assert [turn.content for turn in found[0].turns] == ["How many roads?", "One road."]


def test_knowledge_is_named_and_not_checked_against_the_pair(order):
    item = {"about": "what", "question": "What follows?", "answer": "1 road changed. New roads bring more traffic."}
    found = read(order("rswk-question"), {"items": [{**item, "knowledge": 1}, {**item, "knowledge": 2}]})
    assert kinds(found) == ["row", "unknown-knowledge"]
    assert [statement.text for statement in found[0].statements] == ["1 road changed."]
    assert found[0].gold["knowledge"] == "New roads bring more traffic."


def test_captions_lose_their_full_stop_and_must_be_new(order, material):
    found = read(order("caption-rewrite"), {"captions": ["A road  was built .", "a road is built", "", "."]})
    assert kinds(found) == ["row", "duplicate", "empty", "empty"]
    assert found[0].gold == {"captions": ["A road was built"]}


def test_training_rows_ask_in_several_wordings_and_evaluation_rows_in_one(order, material, stored_pair):
    texts = {"captions": [f"caption number {n}" for n in range(30)]}
    drawn = {row.turns[0].content for row in read(order("caption-write"), texts)}
    assert len(drawn) > 2
    fixed = order("caption-write", about=replace(material(), evaluation=True))
    assert {row.turns[0].content for row in read(fixed, texts)} == {fixed.job.prompt.files.meta.asks[0]}


TURNS = [
    {"asks": "whether", "question": "Has it changed?", "answer": "Yes."},
    {"asks": "how_much", "question": "How many roads and buildings?", "answer": "One road and one building."},
    {"asks": "where", "question": "In which cells?", "answer": "Roads: top-left. Buildings: bottom-right."},
    {"asks": "other", "question": "What is the road like?", "answer": "It is new."},
    {"asks": "describe", "question": "Describe it.", "answer": "A road and a building have changed."},
]


def test_a_conversation_has_typed_turns_where_the_answers_are_the_gold(order):
    (found,) = read(order("dialogue"), {"turns": TURNS})
    assert [turn["task"] for turn in found.gold["turns"]] == [
        "classification", "counting", "localization", "open_qa", "captioning",
    ]  # fmt: skip
    assert found.gold["turns"][1]["gold"] == {"road": 1, "building": 1}
    assert len(found.turns) == 10
    partial = [{**TURNS[1], "answer": "One building.", "question": "How many buildings?"}, TURNS[0], TURNS[4]]
    (other,) = read(order("dialogue"), {"turns": partial})
    assert [turn["task"] for turn in other.gold["turns"]] == ["open_qa", "classification", "captioning"]


@pytest.mark.parametrize(
    "turns, kind",
    [
        (TURNS[:2], "length"),
        ([*TURNS, *TURNS], "length"),
        ([*TURNS, TURNS[0]], "duplicate"),
        ([*TURNS, {"asks": "other", "question": "Where?", "answer": " "}], "empty"),
    ],
)
def test_a_conversation_that_is_none(order, turns, kind):
    assert kinds(read(order("dialogue"), {"turns": turns})) == [kind]


@pytest.mark.parametrize(
    "question, answer, kind",
    [
        ("Have any of the roads changed?", "Yes, they have.", "row"),
        ("Can you see roads that changed?", "Yes", "row"),
        ("Have any roads changed?", "Yes.", "meaning"),  # same words
        ("Have any buildings changed?", "Yes.", "meaning"),
        ("Have no roads changed?", "Yes.", "meaning"),
        ("Have at least 3 roads changed?", "Yes.", "meaning"),
        ("Have any roads in the top-left changed?", "Yes.", "meaning"),
        ("Have any of the roads changed?", "No.", "meaning"),
        ("Have any of the roads changed?", "Perhaps so", "meaning"),
        ("Are the largest roads changed?", "Yes.", "meaning"),
        ("Were any roads newly constructed?", "Yes.", "meaning"),
        ("Are there any roads, changed or not?", "Yes.", "meaning"),
        ("Is it established that any roads changed?", "Yes.", "row"),
    ],
)
def test_a_paraphrase_keeps_its_meaning(order, material, rule_rows, question, answer, kind):
    chosen = order("paraphrase", about=material(rows=rule_rows[1:]), number=1)
    assert judged(chosen, {"items": [{"id": 0, "question": question, "answer": answer}]}) == [kind]


def judged(order, data):
    """Kinds of what comes of a reply where no second model is asked."""
    read_ones = read(order, data)
    checked = [
        one if isinstance(one, Refusal) else check_candidate(one, order.job, "strict").refusal for one in read_ones
    ]
    return [one.kind if one else "row" for one in checked]


def test_a_paraphrase_has_the_gold_of_its_row(order, material, rule_rows):
    chosen = order("paraphrase", about=material(rows=rule_rows[:1]), number=2)
    said = {"id": 0, "question": "Count the roads and buildings that changed.", "answer": "One road, one building."}
    row, lost = read(chosen, {"items": [said, {**said, "id": 1}]})
    assert (row.task, row.gold, row.statements) == ("counting", {"road": 1, "building": 1}, ())
    assert lost.kind == "unknown-item"


def test_targets_are_chosen_here_and_questions_must_not_name_them(order, material):
    assert [(target.cls, target.object_ids) for target in all_targets(material().view)] == [
        ("road", (0,)),
        ("building", (1,)),
    ]
    chosen = order("earthreason-question")
    from rsica_data.generation.requests import request_variables

    shown = request_variables(chosen)[0]["targets"]
    road = next(t for t in shown if t["class"] == "road")["target"]
    good = {"target": road, "question": "Where can one drive now?", "answer": "On the changed road."}
    bad = [
        {**good, "question": "Where is the road?"},
        {**good, "answer": "Over there."},
        {**good, "target": 5},
        {**good, "answer": ""},
        {**good, "question": "Where can people live now?"},
        {**good, "question": "Where, in the bottom-right, can one drive now?"},
        {**good, "question": "Where can one drive now on the largest new way?"},
        {**good, "answer": "It is the largest road."},
    ]
    found = read(chosen, {"items": [good, *bad]})
    assert judged(chosen, {"items": [good, *bad]}) == [
        "row",
        "names-class",
        "contradiction",
        "unknown-item",
        "empty",
        *["contradiction"] * 4,
    ]
    assert found[0].gold["target"] == {"class": "road", "object_ids": [0]}


TARGETS = {
    "all": Target("building", (1, 2), "all changed buildings (2 buildings in the scene)"),
    "cell": Target("building", (2,), "changed buildings in the top-left (1 building there)"),
    "largest": Target("building", (1,), "the largest changed building alone"),
}


@pytest.mark.parametrize(
    ("target", "asks", "names", "reason"),
    [
        ("largest", "building largest", "building 1 largest", None),
        ("largest", "building", "building largest", "the question does not say that its target is the largest"),
        ("largest", "building largest", "building smallest", "the answer does not say that its target is the largest"),
        ("cell", "building top-left", "building 1 top-left", None),
        ("cell", "building top left", "1 Buildings top-left built", None),
        ("all", "buildings", "all 2 buildings, anywhere", None),
        ("cell", "building", "building top-left", "the question does not say where its target is"),
        ("cell", "building left", "building top-left", "the question does not say where its target is"),
        ("cell", "building top-left", "building", "the answer does not say where its target is"),
        ("all", "building", "building 2", None),
        ("all", "building", "building 3", "the answer has the number 3, and the target is"),
        ("all", "building top", "building", "the question is limited to the top, and the target is"),
        ("all", "building smallest", "building", "the question is limited by 'smallest', and the target is"),
        ("all", "building other", "building", "the question is limited by 'other', and the target is"),
        ("all", "building removed", "building", "the question is limited by 'removed', and the target is"),
        ("all", "named building", "building", "the question must not name buildings outright"),
        ("all", "road", "building", "the question speaks of roads, and the target is"),
        ("all", "any", "building", "the question does not imply buildings"),
        ("all", "building", "road", "the answer must name buildings"),
        ("all", "building", "road+building", "the answer names roads, and the target is"),
    ],
)
def test_a_question_and_its_answer_as_they_are_read(target, asks, names, reason):
    implied = ImpliedTarget("", "", TARGETS[target], ("road", "building"), {"building": "built"})
    found = implied.disagreement({"asks": asks, "names": names})
    assert found is None if reason is None else found.startswith(reason)


def test_the_model_that_reads_a_question_sees_no_target():
    prompt = ImpliedTarget("Where to live?", "There.", TARGETS["cell"], ("road", "building"), {}).prompt()
    assert prompt.count("Where to live?") == 1 and "1 building there" not in prompt and '"road",' in prompt


@pytest.mark.parametrize(
    ("target", "question", "answer", "reason"),
    [
        ("largest", "Which is the largest place to live in?", "The largest changed building.", None),
        # Stricter than with a second model: no other word for the largest is known.
        ("largest", "Which place to live in exceeds the others?", "The largest building.", "the question does not say"),
        ("cell", "Where in the top-left could one live now?", "In the changed building in the top-left.", None),
        ("cell", "Where could one live now?", "In the changed building in the top-left.", "the question does not say"),
        ("all", "What keeps the rain off?", "The 2 changed buildings.", None),
        ("all", "What keeps the rain off?", "The 3 changed buildings.", "the answer has the number 3"),
        ("all", "Where could one drive?", "The 2 changed buildings.", "the question speaks of roads"),
    ],
)
def test_a_question_and_its_answer_by_plain_words(target, question, answer, reason):
    found = ImpliedTarget(question, answer, TARGETS[target], ("road", "building"), {}).fault
    assert found is None if reason is None else found.startswith(reason)


def free_text(order, question, answer):
    answer = numbered_marks(order.job.material, answer)
    (found,) = read(order, {"items": [{"about": "what", "question": question, "answer": answer}]})
    assert isinstance(found, Candidate)
    return found


TWICE = ("contradiction", "contradiction")


@pytest.mark.parametrize(
    "question, answer, strict, lenient",
    [
        ("How many buildings changed?", "[One building changed](class_count building).", None, None),
        ("How many buildings changed?", "[Three buildings changed](class_count building).", *TWICE),
        # What a yes or no means is for a second model to tell.
        ("Did a road change?", "[No](class_count road).", None, None),
        ("Where did the road change?", "[In the bottom-left](cells_of_class road).", *TWICE),
        (
            "Did more roads or more buildings change?",
            "[More roads than buildings changed](more_objects road).",
            "undecided",
            None,
        ),
        ("How many buildings changed?", "[One building](class_count building) and a road changed.", "undecided", None),
        ("How many buildings changed?", "One building changed.", "no-claim", None),
        ("How many buildings changed?", "[One building changed](99).", "marks", None),
        ("How many buildings changed?", "[One building changed](cell_count building).", "undecided", None),
        ("What changed?", "According to the captions, a road changed.", "leak", "leak"),
        ("What changed in the mask shown by the metadata?", "A road changed.", "leak", "leak"),
        ("What changed?", "Probably [a road changed](class_count road).", "doubt", None),
        ("What changed?", "A road changed <image>.", "image-mark", "image-mark"),
        ("What changed?", "A road changed. " * 200, "too-long", "too-long"),
    ],
)
def test_statements_follow_from_the_facts(order, question, answer, strict, lenient):
    chosen = order("changechat-open-qa")
    candidate = free_text(chosen, question, answer)
    for mode, kind in (("strict", strict), ("lenient", lenient)):
        found = check_candidate(candidate, chosen.job, mode).refusal
        assert (found and found.kind) == kind, (mode, found)
    always = kind if kind in ("image-mark", "too-long") else None
    found = check_candidate(candidate, chosen.job, "off").refusal
    assert (found and found.kind) == always


def test_a_refusal_says_what_would_be_right(order):
    chosen = order("changechat-open-qa")
    wrong = free_text(chosen, "How many buildings?", "[Three buildings changed](class_count building).")
    found = check_candidate(wrong, chosen.job, "strict").refusal
    assert (
        found.reason == "'Three buildings changed' does not say what it is marked with: buildings: changed objects: 1"
    )
    assert found.text == "How many buildings? Three buildings changed."


def test_texts_that_are_not_about_the_change_are_searched_for_leaks_alone(order, material):
    chosen = order("rsteller-caption", about=material(tags={"building": "house"}))
    about_one = replace(material(tags={"building": "house"}), two=False)
    (only,) = read(order("rsteller-caption", about=about_one), {"captions": ["five houses"]})
    assert (only.task, "second" in only.turns[0].content) == ("tag_caption", False)
    texts = ["five houses in a row", "five houses, as the metadata says", "Tagged as house", "five houses by a lake"]
    calm, telling, tagged, lake = read(chosen, {"captions": texts})
    assert "second image" in calm.turns[0].content
    assert check_candidate(calm, chosen.job, "strict").refusal is None
    assert [check_candidate(one, chosen.job, "strict").refusal.kind for one in (telling, tagged)] == ["leak"] * 2
    assert check_candidate(lake, chosen.job, "lenient").refusal.kind == "unsupported"
    assert check_candidate(lake, chosen.job, "off").refusal is None
    assert check_candidate(calm, chosen.job, "strict").verified is None


def test_verified_is_what_the_facts_bear_out(order):
    chosen = order("changechat-open-qa")
    said = free_text(chosen, "What changed?", "[A road changed](class_count road).")
    # What the question asks for is for a second model to tell.
    assert check_candidate(said, chosen.job, "strict").verified is None
    assert set(check_candidate(said, chosen.job, "strict", "undecided").left) == {0}
    told = order("caption-write")
    (caption,) = read(told, {"captions": [numbered_marks(told.job.material, "[a road changed](class_count road)")]})
    assert check_candidate(caption, told.job, "strict").verified is True
    assert check_candidate(said, chosen.job, "off").verified is None
    # Nothing that a fact could settle is no row under strict, and is not called verified elsewhere.
    other = free_text(chosen, "What is the weather like?", "It is sunny.")
    assert check_candidate(other, chosen.job, "strict").refusal.kind == "no-claim"
    assert check_candidate(other, chosen.job, "lenient") == CandidateCheck(None, None)


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("the two scenes seem identical", False),
        ("The scene seems to be the same as before.", False),
        ("It seems that a road was built.", True),
        ("A road seems wider.", True),
    ],
)
def test_the_fields_own_sentence_for_no_change_is_no_doubt(text, doubtful):
    from rsica_data.generation.candidate_check import _DOUBT

    assert bool(_DOUBT.search(text)) is doubtful


@pytest.mark.parametrize(
    ("asked", "paraphrase", "same"),
    [
        ("Have more roads changed, or buildings?", "Which of the two changed more, roads or buildings?", True),
        ("Has the top or the bottom half changed more?", "Does the top half or bottom half show more change?", True),
        ("Has the left or the right half changed more?", "Which of the two halves changed more, left or right?", True),
        ("Has the top or the bottom half changed more?", "Has the left or the right half changed more?", False),
        ("Has exactly one building changed?", "Is there exactly one building that changed?", True),
        ("Have at least 3 buildings changed?", "Did three or more buildings change?", True),
        ("Have at least 3 buildings changed?", "Did two or more buildings change?", False),
        ("Did at least one building change?", "Did a building, one or more, change?", True),
        ("Did at least one building change?", "Does one or more of the buildings differ?", True),
        ("Did at least one building change?", "Did exactly one building change?", False),
        ("Is there a difference?", "Do the two differ from one another?", True),
        ("Name the cells with change, for example top-left.", "Which cells show change (e.g. top-left)?", True),
        ("Name the cells with change, for example top-left.", "Name every cell with change, bottom-right style.", True),
        ("Which cells show change?", "Which cells remained without change?", False),
        ("Name the cells with change, for example top-left.", "Is there change in the top-left cell?", False),
        ("State the total area of changed roads.", "Give the whole area of the changed roads.", True),
        ("Seen from the largest road, is the largest building left, right, above or below?",
         "Does the largest building lie left, right, above or below, seen from the largest road?", True),
        ("Seen from the largest road, is the largest building left, right, above or below?",
         "Seen from the largest building, is the largest road left, right, above or below?", False),
    ],
)  # fmt: skip
def test_the_sense_of_a_question(asked, paraphrase, same):
    classes = ("road", "building")
    assert (sense(asked, classes) == sense(paraphrase, classes)) is same
