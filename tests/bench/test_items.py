"""Replies that come again are read as the first time, and nobody changes another's answer."""

from rsica_bench.items import Reply, read_reply
from rsica_data.schema import GoldTurn, Question, Unparsed

COUNTING = GoldTurn("counting", Question("counting"), {"road": 1, "building": 2})
CLASSES = ("road", "building")


def test_an_answer_that_is_changed_stays_alone():
    first = read_reply(Reply("1 road and 2 buildings"), COUNTING, CLASSES)
    assert first == {"road": 1, "building": 2}
    first["road"] = 7
    assert read_reply(Reply("1 road and 2 buildings"), COUNTING, CLASSES) == {"road": 1, "building": 2}


def test_classes_and_question_count():
    text = "1 road and 2 buildings"
    assert read_reply(Reply(text), COUNTING, ("road",)) != read_reply(Reply(text), COUNTING, CLASSES)
    for name, value in (("road", 1), ("building", 2)):
        asked = GoldTurn("open_qa", Question("class_count", {"cls": name}), {"kind": "class_count", "value": value})
        assert isinstance(read_reply(Reply("two"), asked, CLASSES), dict)
        assert read_reply(Reply("two"), asked, CLASSES)["value"] == 2


def test_a_reply_without_an_answer_has_none_again():
    for _ in range(2):
        assert isinstance(read_reply(Reply("I cannot tell."), COUNTING, CLASSES), Unparsed)
