"""Questions, conversations and implicit questions from the facts."""

from __future__ import annotations

from random import Random
from typing import Any

from rsica_data.generation.rules.fact_captions import caption_pool
from rsica_data.generation.rules.marking import Listed, marked
from rsica_data.generation.rules.pool import Item, pool
from rsica_data.schema import JsonObject
from rsica_data.text.class_names import counted, join, plural, sentence, singular

_PURPOSE = {
    "building": "somewhere to live, work or store things",
    "road": "a way to drive or walk on",
    "water": "a place to swim or to row a boat",
    "tree": "shade on a hot day",
}


def _fresh(data: JsonObject, rng: Random) -> list[Item]:
    kept = tuple(data["kept"])
    return [
        item
        for item in pool(data["facts"], data["listed"], rng)
        if not any(text.startswith(item.question) for text in kept)
    ]


def open_questions(data: JsonObject, rng: Random) -> JsonObject:
    """As many questions as are asked for, none of them taken yet."""
    items = _fresh(data, rng)[: data["number"]]
    return {"items": [{"about": i.about, "question": i.question, "answer": i.answer} for i in items]}


def knowledge_questions(data: JsonObject, rng: Random) -> JsonObject:
    """A question on the facts, with a sentence of knowledge added to its answer."""
    questions = []
    for item in _fresh(data, rng)[: data["number"]]:
        number = rng.randrange(len(data["options"]["knowledge"]))
        knowledge = sentence(data["options"]["knowledge"][number])
        asked = f"{item.question} And what should one know about that?"
        questions.append(
            {"about": item.about, "question": asked, "answer": f"{item.answer} {knowledge}", "knowledge": number}
        )
    return {"items": questions}


def conversation(data: JsonObject, rng: Random) -> JsonObject:
    """Whether, how much, where; then details; at last a description."""
    facts, listed, wanted = data["facts"], data["listed"], data["turns"]
    if data["kept_turns"]:
        return _rewritten(data, rng)
    names = join([plural(entry["class"]) for entry in facts["classes"]])
    counts = join([_count(counted(entry["count"], entry["class"]), listed, entry) for entry in facts["classes"]])
    one = sum(entry["count"] for entry in facts["classes"]) == 1 == len(facts["classes"])
    cells = " ".join(f"{_cells(entry, listed)}." for entry in facts["classes"])
    changed = marked(
        "Yes, it has changed" if facts["changed"] else "No, it has not changed",
        listed,
        "any_change",
        bool(facts["changed"]),
    )
    turns = [
        ("whether", "Has the scene changed between the two images?", f"{changed}."),
        ("how_much", f"How many {names} have changed?", f"{_big(counts)} {'has' if one else 'have'} changed."),
        ("where", f"In which cells of a 3x3 grid have {names} changed?", cells),
    ]
    taken = {question for _, question, _ in turns}
    details = [("other", i.question, i.answer) for i in pool(facts, listed, rng) if i.question not in taken]
    if wanted > len(turns):
        described = sentence(caption_pool(facts, listed, rng)[0])
        turns += details[: wanted - len(turns) - 1]
        turns.append(("describe", "Please describe the change as a whole.", described))
    return {"turns": [{"asks": asks, "question": question, "answer": answer} for asks, question, answer in turns]}


def _rewritten(data: JsonObject, rng: Random) -> JsonObject:
    """Other turns in place of those of an earlier conversation that were refused."""
    taken = {turn["question"] for turn in data["kept_turns"]}
    fresh = [item for item in pool(data["facts"], data["listed"], rng) if item.question not in taken]
    items = fresh[: data["turns"]]
    return {"turns": [{"asks": "other", "question": item.question, "answer": item.answer} for item in items]}


def _count(words: str, listed: Listed, entry: dict[str, Any]) -> str:
    return marked(words, listed, "class_count", entry["count"], cls=entry["class"])


def _cells(entry: dict[str, Any], listed: Listed) -> str:
    words = f"{plural(entry['class']).capitalize()}: {', '.join(entry['cells']) or 'none'}"
    if entry["cells"]:
        return marked(words, listed, "cells_of_class", entry["cells"], cls=entry["class"])
    return _count(words, listed, entry)


def target_questions(data: JsonObject, rng: Random) -> JsonObject:
    """An implicit question for each target."""
    return {"items": [_target(target, rng) for target in data["targets"]]}


def _target(target: dict[str, Any], rng: Random) -> dict[str, Any]:
    name, words = target["class"], target["words"]
    purpose = _PURPOSE.get(name, "something that a map of this place would have to show again")
    lead = rng.choice(("Someone needs", "Suppose you are looking for", "A newcomer is looking for"))
    if words.startswith("the largest"):
        scope, answer = (
            "Which one of these that changed is the largest?",
            f"It is the largest changed {singular(name)}.",
        )
    elif " in the " in words and words.startswith("changed"):
        cell = words.split(" in the ")[1].split(" ")[0]
        scope = f"Which of these that changed lie in the {cell}?"
        answer = f"These are the changed {plural(name)} in the {cell}."
    else:
        scope, answer = "Mark all of these that changed.", f"All changed {plural(name)} are meant."
    return {"target": target["target"], "question": f"{lead} {purpose}. {scope}", "answer": answer}


def _big(text: str) -> str:
    at = 1 if text.startswith("[") else 0
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]
