"""What a declared task gets by default, and the counts of classes that a reply does not speak of."""

import pytest

import rsica_data as rd
from rsica_data.schema import ParseContext, Question, RenderContext, Unparsed
from rsica_data.tasks.declare import declare_task, fact_task

FACTS = rd.facts([[0, 1], [2, 2]], classes=["road", "building"])


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("1 road and 1 building", True),
        ("One building.", False),
        ("Buildings: 1, roads: 1", True),
        ("2 roads, 1 building", False),
    ],
)
def test_counts_match_where_every_class_is_right(reply, right):
    question = rd.ask(FACTS, "counting")
    assert question.matches(rd.parse(reply, question)) is right


def test_a_class_that_a_reply_does_not_name_has_none():
    question = rd.ask(rd.facts([[0, 0], [2, 0]], classes=["road", "building"]), "counting")
    assert question.gold == {"road": 0, "building": 1}
    assert question.matches(rd.parse("There is one new building.", question))
    assert not question.matches(rd.parse("There is one new road.", question))


def test_a_task_of_one_question_asks_answers_and_reads():
    task = fact_task(
        "sides",
        "Where.",
        question="Which cell?",
        answer=lambda view, question, pick: {"cell": view.cells["road"][0]} if view.cells["road"] else None,
        render=lambda answer, context: answer["cell"],
        parse=lambda text, context: {"cell": text} if "-" in text else Unparsed("no cell"),
    )
    assert task.answer(FACTS, Question("sides"), 0) == {"cell": FACTS.cells["road"][0]}
    gold = {"cell": "top-right"}
    assert task.accepted(gold) == (gold,) and task.matches(gold, {"cell": "top-right"})
    assert task.turns("sides", gold)[0].question == Question("sides")
    assert task.prompt(Question("sides"), "changechat", ("road",)) is None
    assert (
        task.parse(task.render(gold, RenderContext(Question("sides"), ())), ParseContext(Question("sides"), ())) == gold
    )


def test_gold_by_class_may_have_a_class_called_kind():
    with_file = declare_task("counting", "", ask=None, render=None, parse=None, has_prompt_file=True)
    assert with_file.turns("counting", {"kind": 2})[0].question == Question("counting")
    by_kind = declare_task("map_qa", "", ask=None, render=None, parse=None)
    assert by_kind.turns("x", {"kind": "a", "args": {"b": 1}})[0].question == Question("a", {"b": 1})
