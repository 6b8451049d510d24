"""Questions that imply which changed objects they mean: ``{"items": [{"target", "question", "answer"}, ...]}``.

The objects are chosen here, not by the model: the gold, a set of object ids and so a mask, is known before it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from rsica_data.claims import Listed, marks_of
from rsica_data.generation.implied import ImpliedTarget, Target
from rsica_data.generation.material import listed_of
from rsica_data.generation.readers.base import Read, Reader, free_text, tidy
from rsica_data.generation.seeds import job_seed
from rsica_data.generation.types import PromptRequest, Refusal
from rsica_data.geometry.cells import CELLS, cell_of
from rsica_data.schema import FactsView
from rsica_data.text.class_names import counted, plural, singular
from rsica_data.text.mentions import names_outright


def all_targets(view: FactsView | None) -> list[Target]:
    """Every set of objects that can be meant: a whole class, a class in one cell, the largest of a class."""
    if view is None:
        return []
    targets: dict[tuple[int, ...], Target] = {}

    def add(name: str, ids: list[int], words: str) -> None:
        if ids:
            targets.setdefault(tuple(sorted(ids)), Target(name, tuple(sorted(ids)), words))

    for name in view.classes:
        items = view.objects[name]
        changed = counted(len(items), name)
        add(name, [item.object_id for item in items], f"all changed {plural(name)} ({changed} in the scene)")
        for cell in CELLS:
            inside = [item.object_id for item in items if cell_of(item.centroid, view.width, view.height) == cell]
            if 0 < len(inside) < len(items) and cell in view.cells[name]:
                add(name, inside, f"changed {plural(name)} in the {cell} ({counted(len(inside), name)} there)")
        sizes = sorted((item.area_px for item in items), reverse=True)
        if len(sizes) > 1 and sizes[0] > sizes[1]:
            largest = max(items, key=lambda item: item.area_px)
            add(name, [largest.object_id], f"the largest changed {singular(name)} alone")
    return list(targets.values())


def chosen(order: PromptRequest, seed: int) -> list[Target]:
    """The targets of an order, drawn; those that have a question already are left out."""
    targets = all_targets(order.job.material.view)
    Random(seed).shuffle(targets)  # noqa: S311 - not for security
    taken = {tuple(candidate.gold["target"]["object_ids"]) for candidate in order.kept}
    return [target for target in targets if target.object_ids not in taken][: order.number]


def variables(order: PromptRequest, seed: int) -> Mapping[str, Any]:
    """The targets as the prompt lists them."""
    return {
        "targets": [
            {"target": number, "words": target.words, "class": target.cls, "object_ids": list(target.object_ids)}
            for number, target in enumerate(chosen(order, seed))
        ]
    }


def read(data: Any, order: PromptRequest) -> Read:
    """One row a target; a question that names the class outright is refused."""
    targets = chosen(order, job_seed(order.job))
    candidates: Read = []
    for item in data["items"]:
        question, answer = tidy(item["question"]), tidy(item["answer"])
        shown = f"{question} {answer}"
        if not 0 <= item["target"] < len(targets):
            candidates.append(Refusal("unknown-item", f"there is no target {item['target']}", shown))
            continue
        target = targets[item["target"]]
        implied = implied_by(question, answer, target, listed_of(order.job.material))
        if isinstance(implied, Refusal):
            candidates.append(replace(implied, text=shown))
            continue
        where = {"class": target.cls, "object_ids": list(target.object_ids)}
        row = free_text(question, answer, about="reasoning", target=where)
        candidates.append(replace(row, statements=(), implied=implied))
    return candidates


def implied_by(question: str, answer: str, target: Target, listed: Listed) -> ImpliedTarget | Refusal:
    """A question and its answer with what the rules have against them; a refusal where that is certain.

    Args:
        question: the implicit question.
        answer: the sentence that names what it means.
        target: the objects that are meant.
        listed: the pair's classes, and the directions of its change.
    """
    if not question or not answer:
        return Refusal("empty", "a question and an answer are needed", "")
    fault = fault_of(question, answer, target, listed.classes)
    if names_outright(question, target.cls):
        return Refusal("names-class", f"the question must not name {plural(target.cls)} outright", "")
    ways = {str(fact.args["cls"]): str(fact.value) for fact in listed.facts if fact.kind == "direction"}
    return ImpliedTarget(question, answer, target, listed.classes, ways, fault)


def fault_of(question: str, answer: str, target: Target, classes: tuple[str, ...]) -> tuple[str, str] | None:
    """(kind, reason) why a question with its answer is not taken for a target; None where it is.

    Args:
        question: the implicit question.
        answer: the sentence that names what it means.
        target: the objects that are meant.
        classes: names of the pair's classes.
    """
    if names_outright(question, target.cls) or _named_otherwise(question, target):
        return "names-class", f"the question must not name {plural(target.cls)} outright"
    if not names_outright(answer, target.cls):
        return "no-class", f"the answer must name {plural(target.cls)}"
    other = _other_than(answer, target, classes) or _asks_for_other(question, target, classes)
    return None if other is None else ("contradiction", other)


def _other_than(answer: str, target: Target, classes: tuple[str, ...]) -> str | None:
    """What an answer says beyond its target: another class, number or place; None where it says nothing else."""
    cell = target.cell
    for mark in marks_of(answer, classes):
        words = answer[mark.start : mark.end]
        if mark.kind == "class" and mark.value != target.cls:
            return f"'{words}' is not what the target holds: {target.words}"
        if mark.kind == "number" and mark.form != "article" and mark.value != len(target.object_ids):
            return f"'{words}' is not the number of the target: {target.words}"
        everywhere = cell is None and _EVERYWHERE.search(words) is not None
        if mark.kind == "place" and cell not in mark.value and not everywhere:
            return f"'{words}' is not the place of the target: {target.words}"
        if mark.kind == "negation" and answer[mark.start :].lower().startswith("no longer"):
            continue  # "which are no longer what they were" tells of change, as every target does
        if mark.kind in ("negation", "percent", "area", "date", "replace"):
            return f"'{words}' says more than the target: {target.words}"
        if mark.value in ("largest", "biggest") and not target.largest:
            return f"'{words}' is not what the target is limited by: {target.words}"
    return _unlimited(answer, "answer", target, classes)


_USES = {
    "road": re.compile(
        r"\b(?:driv\w+|walk\w*|cycl\w+|traffic|travel\w*|vehicles?|cars?|commut\w+|pav\w+|way to get)\b"
    ),
    "building": re.compile(
        r"\b(?:live|living|lived|work\w*|stor\w+|homes?|shelter\w*|dwell\w*|sleep\w*|resid\w+|famil\w+|tenants?|roofs?|goods|"
        r"hous\w+|insur\w+|rooms?|move in|occup\w+|households?|offices?|shops?|inhabit\w*)\b"
    ),
}
"""What an implicit question speaks of in place of a class."""


_LARGEST = re.compile(
    r"\b(?:larg|bigg|great|broad|wid|hug|vast|bulki|high|roomi|spacious)est\b|\bmost (?:extensive|spacious|ground|"
    r"space|area|room|surface|land|roomy|sizeable|sizable|expansive|massive|prominent)\b|\bmaxim(?:um|al|ally)\b|"
    r"\b(?:unmatched|unrival\w+|unequal\w+|the most|tops|second to none|no other|main|chief|principal|dominant)\b|"
    r"\b(?:exceed|outsiz|surpass|dwarf|outdo|outstrip|beat|outrank|outgrow)\w*\b|"
    r"\b(?:more|larger|bigger|greater|wider) (?:\w+ )*?than (?:any|all|every|"
    r"the (?:rest|others?))\b|\b(?:no|none|nothing) (?:\w+ )?(?:is |are )?(?:larger|bigger|greater)\b"
)
_NOT_LARGEST = re.compile(
    r"\b(?:small|tini|few|least|narrow|short|littl)est\b|(?<!at )\b(?:least|smallest|minimal|minimum|lesser)\b|"
    r"\b(?:second|third|fourth|next)(?:[- ](?:to|in line))?[- ]?(?:the )?(?:largest|biggest|greatest|widest)\b|"
    r"\b(?:largest|biggest) but one\b|\b(?:runner-up|all but|except)\b"
)


_LINE = re.compile(r"\b(?:half|halves|rows?|columns?|sides?|thirds?|edges?)\b")
_EVERYWHERE = re.compile(r"\b(?:everywhere|throughout|all over)\b", re.IGNORECASE)


def uses_in(question: str) -> set[str]:
    """The classes whose use a question speaks of, of those whose use is known.

    >>> uses_in("Where can one drive?")
    {'road'}
    """
    low = question.lower()
    return {name for name, uses in _USES.items() if uses.search(low)}


def _asks_for_other(question: str, target: Target, classes: tuple[str, ...]) -> str | None:
    """What a question is limited by that its target is not: a use of another class, a place, being the largest."""
    implied = uses_in(question)
    if target.cls in _USES and implied and target.cls not in implied:
        return f"the question speaks of {plural(min(implied))}, and the target is: {target.words}"
    cell = target.cell
    for mark in marks_of(question, classes):
        if mark.kind == "place" and len(mark.value) == 1 and cell not in mark.value:
            return f"'{question[mark.start : mark.end]}' is not the place of the target: {target.words}"
        if mark.value in ("largest", "biggest") and not target.largest:
            return f"'{mark.value}' is not what the target is limited by: {target.words}"
    return _unlimited(question, "question", target, classes)


def _unlimited(text: str, what: str, target: Target, classes: tuple[str, ...]) -> str | None:
    """Where a text leaves out what its target is limited by, or limits a target that is all of a class."""
    low = text.lower()
    cell = target.cell
    places = [(mark.value, low[mark.start : mark.end]) for mark in marks_of(text, classes) if mark.kind == "place"]
    if cell is not None and not any(
        cells == (cell,) or (cell in cells and not _LINE.search(words)) for cells, words in places
    ):
        return f"the {what} does not say where its target is: {target.words}"
    line = next((words for cells, words in places if cell is None and _LINE.search(words) and 0 < len(cells) < 9), None)
    if line is not None:
        return f"'{line}' is not what the target is limited by: {target.words}"
    match = _NOT_LARGEST.search(low)
    if target.largest:
        if match is not None or not _LARGEST.search(low):
            return f"the {what} does not say that its target is the largest: {target.words}"
    elif match is not None:
        return f"'{match[0]}' is not what the target is limited by: {target.words}"
    return None


_MEANT = re.compile(
    r"\b(?:which|what|how many|every|all|any|the|chang\w+|alter\w+|new|newly built|modified|affected|built|"
    r"added|removed)\s+(?:of the )?(?:\w+ )?$"
)
_WIDE = re.compile(r"(?:structure|construction|room|roof|rooftop|home|facilit|path|track|lane|way)")
"""Words that are used of a class and tell a purpose as well."""


def _named_otherwise(question: str, target: Target) -> bool:
    """Whether a question asks for its target by another name of the class ("the altered houses")."""
    low = question.lower()
    marks = (mark for mark in marks_of(question, (target.cls,)) if mark.kind == "class" and mark.form in ("s", "p"))
    return any(_MEANT.search(low[: mark.start]) and not _WIDE.match(low[mark.start :]) for mark in marks)


READER = Reader(read, variables, most=lambda prompt, material: len(all_targets(material.view)))
