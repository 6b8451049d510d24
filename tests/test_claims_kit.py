"""The kit of blind measurements: rows for writers, totals, requests for a second model and its replies."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look it up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kit():
    return load("claims_writer_kit")


@pytest.fixture(scope="module")
def measure():
    return load("claims_measure")


def test_rows_for_writers(kit):
    rows = list(kit.rows_of(5, 14))
    assert rows == list(kit.rows_of(5, 14)) and rows[0]["facts"] != next(kit.rows_of(6, 1))["facts"]
    assert {row["prompt"] for row in rows} == set(kit.PROMPTS) and {row["manner"] for row in rows} == set(kit.MANNERS)
    for row in rows:
        assert row["list"][0].startswith("1. anything changed: ") and len(row["list"]) == len(row["facts"])
        asked = None if row["prompt"].startswith("caption") else ""
        assert all(text["question"] == asked and text["true"] == "" for text in row["texts"])
    assert all(4 <= len(row["texts"]) <= 6 for row in rows if row["prompt"] == "dialogue")
    assert {row["facts"][0][2] for row in rows} == {True, False}


def test_rows_of_the_prompts_that_list_no_facts(kit):
    rows = list(kit.other_rows_of(5, 8))
    assert rows == list(kit.other_rows_of(5, 8)) and rows != list(kit.other_rows_of(6, 8))
    assert [row["prompt"] for row in rows] == [*kit.OTHER_PROMPTS] * 2
    for row in rows:
        captions = row["prompt"].endswith("caption")
        assert all(text["question"] == (None if captions else "") for text in row["texts"])
        assert captions or [text["item"] for text in row["texts"]] == list(range(len(row["items"])))
        json.dumps(row)
    shown = {row["prompt"]: row for row in rows}
    assert len(shown["paraphrase"]["items"]) == 4 and shown["earthreason-question"]["items"]
    assert shown["gaia-caption"]["metadata"]["place"] and sum(shown["gaia-caption"]["image"].values()) > 99
    assert all(item["tags"] and item["cell"] for item in shown["rsteller-caption"]["map"])


TARGET = {"cls": "building", "object_ids": [2], "words": "changed buildings in the top-left (1 building there)"}
REWORDED = {"task": "counting", "kind": "counting", "question": "How many roads and buildings have changed?",
            "answer": "1 road and 2 buildings have changed.", "gold": {"road": 1, "building": 2}}  # fmt: skip
LIVE = "Where in the top-left could a family live now?"


@pytest.mark.parametrize(
    ("prompt", "items", "texts", "taken"),
    [
        ("paraphrase", [REWORDED], [
            ("What is the number of changed roads and buildings?", "Changed are 1 road and 2 buildings."),
            ("What is the number of changed roads and buildings?", "Changed are 1 road and 3 buildings."),
            # Without a reading the words of the question are compared alone.
            ("In which cells did roads and buildings change?", "1 road and 2 buildings have changed."),
        ], (1, 0, 1)),
        ("earthreason-question", [TARGET], [
            (LIVE, "It is the changed building in the top-left."),
            (LIVE, "It is the changed building in the top-right."),
            ("Where in the top-left could a car drive now?", "It is the changed building in the top-left."),
        ], (1, 0, 0)),
        # Without map, labels and metadata there is nothing that a thing could be missing from.
        ("rsteller-caption", None, [
            (None, "Houses stand along a paved road."),
            (None, "According to the metadata houses stand along a paved road."),
            (None, "A harbour with ten cranes."),
        ], (1, 0, 1)),
    ],
)  # fmt: skip
def test_totals_of_the_prompts_that_list_no_facts(measure, tmp_path, prompt, items, texts, taken):
    true, planted, moved = texts
    text = {"item": 0, "question": true[0], "true": true[1], "false_text": planted, "false_declared": moved}
    row = {"prompt": prompt, "classes": ["road", "building"], "texts": [text], **({"items": items} if items else {})}
    path = tmp_path / "others.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    totals = measure.totals(list(measure.cases_of([path])), {})
    assert totals["by_prompt"][prompt] == {
        "true_refused": f"{1 - taken[0]} of 1 ({100.0 * (1 - taken[0]):.1f} %)",
        "false_text_accepted": f"{taken[1]} of 1 ({100.0 * taken[1]:.1f} %)",
        "false_declared_accepted": f"{taken[2]} of 1 ({100.0 * taken[2]:.1f} %)",
    }
    assert totals["true_refused"] == "0 of 0"
    assert {"paraphrase": 3, "earthreason-question": 3, "rsteller-caption": 2}[prompt] == len(
        measure.requests_of(list(measure.cases_of([path])))
    )


FACTS = [["any_change", {}, True], ["class_count", {"cls": "road"}, 2], ["class_count", {"cls": "building"}, 0],
         ["direction", {"cls": "road"}, "built"]]  # fmt: skip
WHY = "How many streets are a reason to redraw the map?"
TEXTS = [
    # Plain; with a wrong number; with a mark of another fact.
    {"question": "How many roads changed?", "earlier": "", "true": "[Two roads changed](2).",
     "false_text": ["How many roads changed?", "[Three roads changed](2)."],
     "false_declared": ["How many roads changed?", "[No buildings changed](3)."]},
    # Words that code cannot read, and a question that it does not know.
    {"question": WHY, "earlier": "", "true": "[Two streets came into the world](2,4).",
     "false_text": [WHY, "[Four streets came into the world](2,4)."],
     "false_declared": [WHY, "[The streets came into the world](4)."]},
]  # fmt: skip


@pytest.fixture
def written(tmp_path):
    row = {"prompt": "dialogue", "classes": ["road", "building"], "north_up": False, "facts": FACTS, "texts": TEXTS}
    empty = {**row, "texts": [{**TEXTS[0], "true": ""}]}
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, (row, empty))) + "\n", encoding="utf-8")
    return path


def run(measure, monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["claims_measure.py", *map(str, words)])
    measure.main()
    return capsys.readouterr().out


def read(case):
    """What a careful model would reply."""
    text = case["text"]["1"] if isinstance(case["text"], dict) else case["text"]
    number = {"Two": 2, "Four": 4}.get(text.split()[0])
    asks = f"count road {number or '?'}"
    claims = f"1 built road {number or '>= 1'}"
    return {"asks": asks, "claims": claims} if isinstance(case["text"], dict) else {"asks": asks}


def test_totals_without_and_with_a_second_model(measure, written, tmp_path, monkeypatch, capsys):
    requests, replies = tmp_path / "requests.jsonl", tmp_path / "replies.jsonl"
    printed = run(measure, monkeypatch, capsys, written, "--requests", requests)
    totals = json.loads(printed[: printed.index("\n}\n") + 2])["without_reading"]
    assert totals["true_refused"] == "1 of 2 (50.0 %)" and totals["false_text_accepted"] == "0 of 2 (0.0 %)"
    assert totals["dialogues_refused_in_a_turn"] == "1 of 1 (100.0 %)"
    sent = [json.loads(line) for line in requests.read_text().splitlines()]
    assert [entry["id"] for entry in sent] == sorted(entry["id"] for entry in sent)
    cases = {
        entry["id"]: json.loads(entry["messages"][0]["content"].split("```json\n")[1].split("\n```")[0])
        for entry in sent
    }
    # What a question asks for is always read; the first turn is plain.
    assert {case["question"] for case in cases.values()} >= {WHY}
    assert all(case["earlier"].endswith("Two roads changed.") for case in cases.values() if case["question"] == WHY)
    lines = [json.dumps({"id": key, "reply": read(case)}) for key, case in cases.items()]
    replies.write_text("\n".join(lines), encoding="utf-8")
    printed = run(measure, monkeypatch, capsys, written, "--extractions", replies)
    _, faults, every, _ = printed.split("\n}\n")
    assert json.loads(faults + "}")["reading_of_faults"]["true_refused"] == "0 of 2 (0.0 %)"
    totals = json.loads(every + "}")["with_reading"]
    assert totals["true_refused"] == "0 of 2 (0.0 %)"
    assert (totals["false_text_accepted"], totals["false_declared_accepted"]) == ("0 of 2 (0.0 %)",) * 2
    assert totals["without_a_reply"] == len(cases) - len(lines)


def test_a_reply_of_another_form_leaves_what_the_marks_say(measure, written):
    cases = list(measure.cases_of([written]))
    left = [case for case in cases if case.checked.left is not None]
    assert left and all(measure.reason_of(case, {case.id: "no JSON"}) == case.checked.fault for case in left)


MOST = [
    *(("a", (0, 0, 0)), ("b", (0, 0, 2)), ("c", (0, 0, 0)), ("d", (0, 0, 1)), ("e", (0, 0, 0))),
    *(("f", (1, 0, 1)), ("g", (1, 1, 0)), ("h", (1, 0, 2)), ("i", (0, 0, 0)), ("j", (1, 0, 5))),
    *(("k", (1, 1, 7)), ("l", (1, 0, 2)), ("m", (1, 0, 0)), ("n", (1, 0, 2))),
]
"""Sets with the most texts that come out wrong: true ones refused, false ones taken with marks left and moved.

Of e and h a quarter of the captions and implicit questions has a reading, and the others are left out."""


@pytest.mark.parametrize(("name", "most"), MOST)
def test_texts_of_writers_with_the_readings_of_a_player(measure, name, most):
    folder = ROOT / "tests/data/claims/replies/read"
    cases = list(measure.cases_of([folder / f"{name}.jsonl"]))
    lines = (folder / f"{name}.readings.jsonl").read_text(encoding="utf-8").splitlines()
    replies = {entry["id"]: entry["reply"] for entry in map(json.loads, lines)}
    # Players read what an earlier state of the check left to them.
    read = [case for case in cases if case.left is None or measure.is_read(case, replies)]
    wrong = [(c.mode, c.text) for c in read if (measure.reason_of(c, replies) is None) is not (c.mode == "true")]
    assert len(read) > 150
    counts = tuple(sum(own == mode for own, _ in wrong) for mode in measure.MODES)
    assert all(count <= bound for count, bound in zip(counts, most, strict=True)), wrong
