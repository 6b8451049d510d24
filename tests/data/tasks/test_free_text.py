"""Free-text open questions: the two laws, and conversations that hold them."""

from hypothesis import given
from hypothesis import strategies as st

from rsica_data.core import registry
from rsica_data.schema import ParseContext, Question, RenderContext, Unparsed

TEXT = Question("text")
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def spec(name="open_qa"):
    return registry.load(registry.TASKS, name)


@given(WORDS)
def test_a_text_is_read_as_it_was_written(text):
    answer = {"text": text.strip()}
    read = spec().parse(spec().render(answer, RenderContext(TEXT, ("road",))), ParseContext(TEXT, ("road",)))
    assert read == (answer if text.strip() else Unparsed("empty reply"))


@given(st.lists(WORDS.map(str.strip).filter(bool), min_size=1, max_size=4))
def test_every_reference_is_accepted(references):
    gold = {"kind": "text", "question": "What?", "references": references}
    for answer in spec().accepted(gold):
        assert spec().matches(gold, spec().parse(answer["text"], ParseContext(TEXT, ())))
    (turn,) = spec().turns("text", gold)
    assert (turn.task, turn.question, turn.gold) == ("open_qa", TEXT, gold)


def test_case_space_and_full_stop_do_not_matter():
    gold = {"kind": "text", "question": "What?", "references": ["A road was built."]}
    assert spec().matches(gold, {"text": "a road  was built"})
    assert not spec().matches(gold, {"text": "a road was closed"})


def test_the_facts_alone_do_not_settle_a_text():
    assert spec().answer(None, TEXT, 0) is None


def test_a_conversation_may_hold_open_questions():
    gold = {
        "turns": [
            {"task": "classification", "gold": {"changed": True}},
            {"task": "open_qa", "gold": {"kind": "text", "question": "What?", "references": ["A road."]}},
            {"task": "open_qa", "gold": {"kind": "class_count", "args": {"cls": "road"}, "value": 1}},
        ]
    }
    found = spec("dialogue").turns("dialogue", gold)
    assert [turn.question for turn in found] == [
        Question("classification"), TEXT, Question("class_count", {"cls": "road"}),
    ]  # fmt: skip
    short = {"turns": gold["turns"][:2]}
    (answer,) = spec("dialogue").accepted(short)
    assert spec("dialogue").matches(short, answer)
    assert spec("dialogue").render(answer, RenderContext(Question("dialogue"), ("road",))).splitlines()[1] == "A road."
