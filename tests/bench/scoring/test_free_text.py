"""Free-text open questions are scored as captions, beside the typed ones."""

import pytest

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_bench.scoring.dialogue import SCORER as DIALOGUE
from rsica_bench.scoring.open_qa import SCORER
from rsica_data.schema import GoldTurn, Question

REFERENCE = "a road was built in the top left of the scene"


def item(number, said, references=(REFERENCE,), changed=True, task="open_qa", **gold):
    whole = {"kind": "text", "question": "What?", "references": list(references)} | gold
    question = Question(whole["kind"], whole.get("args", {})) if task == "open_qa" else Question(task)
    answer = said if isinstance(said, dict) or said is None else {"text": said}
    pair = PairFacts(f"p/{number}", "p", "test", changed, None)
    return ScoredItem(
        f"p/{number}#x#0", 0, pair, GoldTurn(task, question, whole), "What?", None, answer, None, ("road",), references
    )


def typed(number, said, value=1):
    return item(number, {"value": said}, (), kind="class_count", args={"cls": "road"}, value=value)


def scored(items, scorer=SCORER):
    found = scorer.measure(items, find_protocol("default"))
    return scores_of_tables(found.tables).values, found.absent


def test_the_references_themselves_score_full_marks():
    values, _ = scored([item(0, REFERENCE), item(1, "nothing has changed here", ["nothing has changed here"], False)])
    assert values["free_text/BLEU-4"] == pytest.approx(1, abs=1e-6)
    assert values["free_text/ROUGE-L"] == pytest.approx(1)
    assert values["free_text/changed/ROUGE-L"] == pytest.approx(1)
    assert "accuracy" not in values


def test_typed_and_free_questions_do_not_mix():
    both = [typed(0, 1), item(1, REFERENCE), typed(2, 5), item(3, None)]
    values, absent = scored(both)
    assert values["accuracy"] == values["accuracy/class_count"] == 0.5
    assert "accuracy/text" not in values
    # A reply that was not read is an empty text: its ROUGE-L is 0, the other's 1.
    assert values["free_text/ROUGE-L"] == pytest.approx(0.5)
    alone, _ = scored([both[1], both[3]])
    assert {name: value for name, value in values.items() if name.startswith("free_text/")} == alone
    assert "accuracy" not in absent


def test_what_cannot_be_has_its_reason():
    _, absent = scored([item(0, REFERENCE)])
    assert absent["accuracy"] == "only free-text questions"
    assert scored([])[1] == {"accuracy": "no item"}


def test_a_conversation_succeeds_by_its_typed_turns():
    def turn(task, said, gold, number):
        return ScoredItem(
            "p/0#dialogue#0", number, PairFacts("p/0", "p", "test", True, None),
            GoldTurn(task, Question(task if task != "open_qa" else "text"), gold), "", None, said, None, ("road",),
        )  # fmt: skip

    free = {"kind": "text", "question": "What?", "references": [REFERENCE]}
    items = [
        turn("classification", {"changed": True}, {"changed": True}, 0),
        turn("open_qa", {"text": "something else was built"}, free, 1),
    ]
    values, _ = scored(items, DIALOGUE)
    assert values["success"] == 1
    assert 0 < values["open_qa/free_text/ROUGE-L"] < 1
    assert values["contradictory_share"] == 0


def test_unchanged_pairs_have_a_cider_by_the_frequencies_of_all():
    """Their references are the same: by their own frequencies every CIDEr is 0, whatever was said."""
    same = ["there is no difference", "nothing has changed in this scene at all"]
    items = [item(n, text, same, False) for n, text in enumerate([same[0], same[0], "a house"])]
    items += [
        item(n, text, [text, "a road and some trees appear"])
        for n, text in enumerate(["a house is built", "a road"], 3)
    ]
    values, absent = scored(items)
    assert "free_text/unchanged/CIDEr" not in values
    assert "no n-gram has a weight" in absent["free_text/unchanged/CIDEr"] == absent["free_text/unchanged/S*m"]
    assert values["free_text/unchanged/CIDEr_full_df"] > 0
    assert values["free_text/changed/CIDEr"] > 0 < values["free_text/changed/CIDEr_full_df"]
    whole = [values["free_text/changed/CIDEr_full_df"] * 2, values["free_text/unchanged/CIDEr_full_df"] * 3]
    assert values["free_text/CIDEr"] == pytest.approx(sum(whole) / 5)
