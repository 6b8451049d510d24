"""Questions, conversations and implicit questions from the facts."""

from __future__ import annotations

from random import Random
from typing import Any

from rsica_data.assist.rules.captions import caption_pool
from rsica_data.assist.rules.pool import Item, pool
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
    return [item for item in pool(data["facts"], rng) if not any(text.startswith(item.question) for text in kept)]


def open_questions(data: JsonObject, rng: Random) -> JsonObject:
    """As many questions as are asked for, none of them taken yet."""
    items = _fresh(data, rng)[: data["number"]]
    return {"items": [{"about": i.about, "question": i.question, "answer": i.answer} for i in items]}


def knowledge_questions(data: JsonObject, rng: Random) -> JsonObject:
    """A question on the facts, with a sentence of knowledge added to its answer."""
    found = []
    for item in _fresh(data, rng)[: data["number"]]:
        number = rng.randrange(len(data["options"]["knowledge"]))
        said = sentence(data["options"]["knowledge"][number])
        asked = f"{item.question} And what should one know about that?"
        found.append({"about": item.about, "question": asked, "answer": f"{item.answer} {said}", "knowledge": number})
    return {"items": found}


def conversation(data: JsonObject, rng: Random) -> JsonObject:
    """Whether, how much, where; then details; at last a description."""
    facts, wanted = data["facts"], data["turns"]
    names = join([plural(entry["class"]) for entry in facts["classes"]])
    counts = join([counted(entry["count"], entry["class"]) for entry in facts["classes"]])
    one = sum(entry["count"] for entry in facts["classes"]) == 1 == len(facts["classes"])
    cells = " ".join(
        f"{plural(entry['class']).capitalize()}: {', '.join(entry['cells']) or 'none'}." for entry in facts["classes"]
    )
    changed = "Yes, it has changed." if facts["changed"] else "No, it has not changed."
    turns = [
        ("whether", "Has the scene changed between the two images?", changed),
        ("how_much", f"How many {names} have changed?", f"{_big(counts)} {'has' if one else 'have'} changed."),
        ("where", f"In which cells of a 3x3 grid have {names} changed?", cells),
    ]
    taken = {question for _, question, _ in turns}
    details = [("other", i.question, i.answer) for i in pool(facts, rng) if i.question not in taken]
    if wanted > len(turns):
        described = sentence(caption_pool(facts, rng)[0])
        turns += details[: wanted - len(turns) - 1]
        turns.append(("describe", "Please describe the change as a whole.", described))
    return {"turns": [{"asks": asks, "question": question, "answer": answer} for asks, question, answer in turns]}


def target_questions(data: JsonObject, rng: Random) -> JsonObject:
    """An implicit question for each target."""
    return {"items": [_target(target, rng) for target in data["targets"]]}


def _target(target: dict[str, Any], rng: Random) -> dict[str, Any]:
    name, words = target["class"], target["words"]
    purpose = _PURPOSE.get(name, "something that a map of this place would have to show anew")
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
    return text[:1].upper() + text[1:]
