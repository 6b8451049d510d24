"""Questions that imply which changed objects they mean: ``{"items": [{"target", "question", "answer"}, ...]}``.

The objects are chosen here, not by the model: the gold, a set of object ids and so a mask, is known before it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from rsica_data.claims import Listed
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
    """A question and its answer beside what they must mean; a refusal where they are wrong for certain.

    Args:
        question: the implicit question.
        answer: the sentence that names what it means.
        target: the objects that are meant.
        listed: the pair's classes, and the directions of its change.
    """
    if not question or not answer:
        return Refusal("empty", "a question and an answer are needed", "")
    if names_outright(question, target.cls):
        return Refusal("names-class", f"the question must not name {plural(target.cls)} outright", "")
    ways = {str(fact.args["cls"]): str(fact.value) for fact in listed.facts if fact.kind == "direction"}
    return ImpliedTarget(question, answer, target, listed.classes, ways)


READER = Reader(read, variables, most=lambda prompt, material: len(all_targets(material.view)))
