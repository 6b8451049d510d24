"""A reply that cannot be read never improves a figure that rows are ranked by."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import EARLIER, PRESETS, find_protocol
from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_bench.scoring.task_report import measure_task
from rsica_data.core import registry
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import GoldTurn, Question

PROTOCOL = find_protocol("default")
CLASSES = ("road", "building")
HIGHEST = 12  # one gold of the counting items has it


def scored(items, protocol=PROTOCOL):
    task = items[0].gold.task
    return scores_of_tables(measure_task(task, items, protocol).tables).values


def test_counts_by_hand(item):
    """Counts of 0 to 5: an unread reply is off by the most that a count in that range can be, and by two at least."""
    items = [item("counting", {"building": n}, raw, pair=f"p{n}") for n, raw in ((0, "5 buildings"), (5, None))]
    found = scored([*items, item("counting", {"building": 3}, "lovely weather", pair="p9")])
    assert found["mae/building"] == pytest.approx((5 + 5 + 3) / 3)
    assert found["rmse/building"] == pytest.approx(((25 + 25 + 9) / 3) ** 0.5)
    assert found["within_1/building"] == found["exact/building"] == 0
    assert scored([item("counting", {"building": 1}, None)])["mae"] == 2


def test_cells_by_hand(item):
    """An unread reply names the cells that did not change and none that did."""
    gold = {"road": [], "building": ["top-left", "center-center"]}
    read = item("localization", gold, "roads [] buildings ['top-left', 'center-center']", pair="p1")
    found = scored([read, item("localization", gold, "lovely weather", pair="p2")])
    assert found["precision/building"] == pytest.approx(2 / 9)
    assert found["f1/building"] == pytest.approx(4 / 13)
    assert found["hamming"] == found["hamming/road"] == 0.5
    assert found["jaccard/road"] == found["jaccard/building"] == 0.5


def test_boxes_by_hand(item):
    """An unread reply names as many false boxes as there are true ones, and one at least."""
    there, none = {"building": [(0, 0, 9, 9)]}, {"building": []}
    cells = {"building": ["top-left"]}
    items = [
        item("localization", cells, "building ['top-left'] [0, 0, 10, 10]", boxes=there),
        item("localization", cells, None, boxes=there, pair="p1"),
        item("localization", {"building": []}, None, boxes=none, pair="p2"),
    ]
    found = scored(items)
    assert found["box_precision@0.5/building"] == pytest.approx(1 / 3)
    assert found["box_per_image_mean_iou/building"] == pytest.approx(1 / 3)


def test_the_change_label_of_an_unread_caption_is_wrong(item):
    gold = {"captions": ["a house is built"]}
    words = replace(find_protocol("deltavlm"), caption="words")
    assert scored([item("captioning", gold, None)], words)["from_caption/accuracy"] == 0
    assert scored([item("captioning", gold, None, changed=False)], words)["from_caption/accuracy"] == 0


def test_an_unread_text_names_a_class_and_a_cell_falsely(item):
    boxes = {"building": [(0, 0, 9, 9)]}
    found = scored([item("captioning", {"captions": ["a house"]}, None, boxes=boxes)])
    assert found["class_hallucination"] == found["class_hallucination_texts"] == found["cell_hallucination"] == 1
    assert found["class_recall"] == found["cell_recall"] == 0


def test_a_conversation_with_an_unread_turn_is_not_free_of_contradictions(item):
    turns = [item("classification", {"changed": True}, "yes"), item("counting", {"building": 1}, "lovely", turn=3)]
    assert "contradictory_share" not in scored_dialogue(turns)
    clash = [item("classification", {"changed": True}, "no"), item("counting", {"building": 1}, "1 building", turn=3)]
    assert scored_dialogue([*clash, item("counting", {"building": 1}, "lovely", turn=5)])["contradictory_share"] == 1


def scored_dialogue(items):
    return scores_of_tables(measure_task("dialogue", items, PROTOCOL).tables).values


COUNTS = st.integers(0, HIGHEST) | st.integers(0, 10_000)
CELL_SETS = st.lists(st.sampled_from(CELLS), unique=True)
TEXTS = st.sampled_from(["a house is built", "there is no difference", "a road and a house appear", "trees", ""])
REGIONS = [[0, 0, 9, 9], [5, 5, 20, 9], [0, 0, 100, 100], [3, 3, 3, 3]]
LEVELS = ["slightly damaged building", "destroyed building", "none"]
ANSWERS = {
    "classification": st.booleans().map(lambda value: {"changed": value}),
    "counting": st.fixed_dictionaries(dict.fromkeys(CLASSES, COUNTS)),
    "localization": st.fixed_dictionaries(dict.fromkeys(CLASSES, CELL_SETS)),
    "captioning": TEXTS.map(lambda text: {"text": text}),
    "tag_caption": TEXTS.map(lambda text: {"text": text}),
    "open_qa": COUNTS.map(lambda value: {"value": value}),
    "map_qa": COUNTS.map(lambda value: {"value": value}),
    "rsvqa": st.booleans().map(lambda value: {"value": value}),
    "given_qa": st.sampled_from(["yes", "no", "buildings"]).map(lambda value: {"value": value}),
    "land_cover": st.booleans().map(lambda value: {"value": value}),
    "referring_change": st.lists(st.sampled_from(REGIONS), max_size=3).map(lambda boxes: {"boxes": boxes}),
    "reasoning_mask": st.sampled_from(["0*4; 0*4; 0*4; 0*4", "1*4; 0*4; 0*4; 0*4", "1*2, 0*2; 1*4; 0*4; 0*4"]).map(
        lambda runs: {"mask": runs}
    ),
    "ordering": st.permutations([1, 2, 3]).map(lambda order: {"value": order}),
    "trend": st.booleans().map(lambda value: {"value": value}),
    "scene": st.sampled_from(["airport", "farmland"]).map(lambda value: {"value": value}),
    "multilabel": st.lists(st.sampled_from(CLASSES), unique=True).map(lambda value: {"value": value}),
    "cdvqa": st.sampled_from(["yes", "no"]).map(lambda value: {"value": value}),
    "damage": st.sampled_from(LEVELS).map(lambda value: {"value": value}),
    "transition": st.floats(0, 100).map(lambda value: {"value": value}),
    "multiple_choice": st.sampled_from("ABC").map(lambda letter: {"letters": [letter]}),
    "grounding": st.lists(st.sampled_from(REGIONS), max_size=3).map(lambda boxes: {"boxes": boxes}),
}
KINDS = {
    "open_qa": "class_count",
    "map_qa": "prior_count",
    "rsvqa": "presence",
    "given_qa": "change_or_not",
    "land_cover": "presence",
    "grounding": "all",
    "multiple_choice": "class_count",
    "transition": "share",
    "damage": "worst",
    "cdvqa": "change_or_not",
    "multilabel": "multilabel",
    "scene": "scene",
    "referring_change": "new",
    "reasoning_mask": "reasoning",
    "ordering": "order",
    "trend": "rose",
}
ARGS = {"cls": "road", "form": "box", "unit": "percent", "size": [90, 90], "levels": LEVELS[:-1], "among": CLASSES}
ARGS_OF = {"reasoning_mask": {"form": "mask", "grid": 4, "size": [90, 90]}}


def as_gold(task, answer):
    if task in ("captioning", "tag_caption"):
        return {"captions": [answer["text"] or "nothing changed", "a house stands there"]}
    if task in KINDS:
        return {"kind": KINDS[task], "args": ARGS_OF.get(task, ARGS)} | answer
    return answer


def made(task, number, gold, answer):
    pair = PairFacts(f"p{number}", "s", "test", number % 2 == 0, None)
    turn = GoldTurn(task, Question(KINDS.get(task, task), ARGS_OF.get(task, ARGS)), as_gold(task, gold))
    return ScoredItem(f"i{number}", 1, pair, turn, "", "raw", answer, None, CLASSES)


def test_a_wild_count_is_off_by_the_worst_case_and_is_reported():
    items = [made("counting", n, {"road": 1}, {"road": 100 if n == 9 else 1}) for n in range(10)]
    wild = scored(items)
    lost = scored([*items[:9], replace(items[9], answer=None)])
    assert wild["mae"] == lost["mae"] == 0.2 and wild["beyond_share/road"] == 0.1
    published = scored(items, EARLIER["deltavlm"])
    assert published["mae"] == pytest.approx(9.9)


def test_every_scorer_is_tried():
    assert {*ANSWERS, "dialogue"} == set(registry.names(registry.SCORERS))


@pytest.mark.parametrize("task", sorted(ANSWERS))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_leading_figure_never_improves_when_replies_become_unreadable(task, data):
    drawn = data.draw(st.lists(st.tuples(ANSWERS[task], ANSWERS[task], st.booleans()), min_size=1, max_size=8))
    items = [made(task, number, gold, answer) for number, (gold, answer, _) in enumerate(drawn)]
    if task == "counting":
        items.append(made(task, len(items), dict.fromkeys(CLASSES, HIGHEST), dict.fromkeys(CLASSES, HIGHEST)))
    lost = [replace(one, answer=None) if number >= len(drawn) or drawn[number][2] else one
            for number, one in enumerate(items)]  # fmt: skip
    scorer = registry.load(registry.SCORERS, task)
    for protocol in (PROTOCOL, replace(PRESETS["deltavlm"], caption="words")):
        before, after = scored(items, protocol), scored(lost, protocol)
        lead = scorer.lead_of(before)
        for name in (lead, *BOUNDED.get(task, ())):
            if name in before and name in after:
                worse = after[name] >= before[name] - 1e-12 if scorer.is_lower(name) else (
                    after[name] <= before[name] + 1e-12
                )  # fmt: skip
                assert worse, (name, before[name], after[name])


BOUNDED = {
    "classification": ("accuracy", "precision", "recall", "f1", "mcc"),
    "counting": ("mae", "rmse", "exact_all", *(f"{key}/{n}" for n in CLASSES for key in ("mae", "exact", "within_1"))),
    "localization": ("f1", "precision", "recall", "cell_iou", "jaccard", "jaccard_deltavlm", "hamming",
                     "subset_accuracy", *(f"{key}/{n}" for n in CLASSES for key in ("f1", "precision", "jaccard"))),
    "captioning": ("CIDEr", "ROUGE-L", "from_caption/accuracy", "changed/CIDEr"),
    "tag_caption": ("CIDEr", "ROUGE-L"),
    "open_qa": ("accuracy", "average_accuracy"),
    "map_qa": ("accuracy", "average_accuracy"),
    "rsvqa": ("accuracy", "average_accuracy"),
    "grounding": ("accuracy@0.5", "giou"),
    "multiple_choice": ("accuracy", "average_accuracy"),
    "transition": ("accuracy", "average_accuracy"),
    "cdvqa": ("accuracy", "average_accuracy"),
    "scene": ("accuracy", "balanced_accuracy"),
    "reasoning_mask": ("giou", "accuracy@0.5", "n_acc", "t_acc"),
    "ordering": ("accuracy", "kendall_tau"),
    "trend": ("accuracy", "average_accuracy"),
    "multilabel": ("f1", "precision", "recall", "jaccard", "subset_accuracy", "hamming"),
    "damage": ("accuracy", "average_accuracy", "level_error"),
}  # fmt: skip
"""The leading figure of every task, and the others that cannot improve either."""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), COUNTS, COUNTS, st.booleans()), min_size=1, max_size=6))
def test_no_conversation_succeeds_by_an_unread_turn(drawn):
    items = []
    for number, (true, said, count, told, lost) in enumerate(drawn):
        turns = [made("classification", number, {"changed": true}, {"changed": said}),
                 made("counting", number, {"road": count}, None if lost else {"road": told})]  # fmt: skip
        items += turns
    whole = [replace(one, answer=one.answer or {"road": drawn[place // 2][3]}) for place, one in enumerate(items)]
    assert scored_dialogue(items)["success"] <= scored_dialogue(whole)["success"]


def test_free_text_alone_is_ranked_by_a_mean_of_items():
    """BLEU of a corpus may rise when a bad text becomes an empty one; CIDEr cannot."""
    lead = registry.load(registry.SCORERS, "open_qa").lead_of(["free_text/BLEU-4", "free_text/CIDEr"])
    assert lead == "free_text/CIDEr"
