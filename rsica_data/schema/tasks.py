"""What a task is: two modules (asking and answering here, scoring in ``rsica_bench``).

Laws that every task keeps, tested with Hypothesis:

* ``parse(render(answer)) == answer`` for every answer, style and phrasing;
* ``matches(gold, parse(render(a)))`` for each of the gold's accepted answers ``a``.

An *answer* is one reply, typed. *Gold* is what is accepted. Both are JSON objects. Free text (captions, LLM
written answers, the description turn of a dialogue) is the answer ``{"text": "..."}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from rsica_data.core import registry
from rsica_data.core.quick_init import quick_init
from rsica_data.schema.facts import FactsView, ObjectFacts
from rsica_data.schema.given import GivenQuestion
from rsica_data.schema.json_values import JsonObject
from rsica_data.schema.map_scene import MapScene
from rsica_data.schema.records import Mask, Turn
from rsica_data.schema.series import SeriesDate


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A reply that could not be read as an answer, and why. Counted and reported, never dropped.

    Attributes:
        reason: why there is no answer.

    Example:
        >>> import rsica_data as rd
        >>> isinstance(rd.parse("I cannot see the images.", "classification"), rd.Unparsed)
        True
    """

    reason: str


@quick_init
@dataclass(frozen=True, slots=True)
class Question:
    """Which question is asked: kind and arguments (``kind="class_count"``, ``args={"class": "road"}``)."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)


@quick_init
@dataclass(frozen=True, slots=True)
class RenderContext:
    """What rendering needs besides the answer.

    Attributes:
        question: the question that is answered.
        classes: class names in class-id order.
        style: name of the wording (``default`` or ``changechat``); tasks fall back to ``default``.
        pick: which of several phrasings, any non-negative integer (taken modulo their number).
    """

    question: Question
    classes: tuple[str, ...]
    style: str = "default"
    pick: int = 0


@quick_init
@dataclass(frozen=True, slots=True)
class ParseContext:
    """What parsing a reply may know: the question and the class names, never the gold.

    Attributes:
        question: kind and arguments.
        classes: names of the classes that are asked about, in class-id order.
        prompt: the question as it was put; empty where it is not known.
    """

    question: Question
    classes: tuple[str, ...]
    prompt: str = ""


@quick_init
@dataclass(frozen=True, slots=True)
class AskContext:
    """What a task may read to write instructions about a pair.

    Attributes:
        view: the facts under the recipe's rules; None where the pair has no mask.
        changed: the pair's change flag, derived from the facts where the source has none; None where unknown.
        evaluation: True for val and test splits (one captioning row with all references, fixed prompts).
        seed: drawn from the recipe's seed, the pair and the task; the only source of chance.
        scene: what a map says of the pair; None where the source reads no map.
        questions: those that came with the dataset.
        land_cover: share of the labelled pixels of each class, 0..1, in an image of one date with a label map; empty
            without one.
        steps: pixels of the ground that changed by class before and after; empty without the label maps of two dates.
        labels: the label map of an image of one date, class ids ``[height, width]`` uint8, 0 for none; None where there
            is none.
        series: the dates of a record of more than two, in order of time; empty for pairs.
        standing: the objects that stood before and did not change, by their class, where the source knows them.
    """

    pair_id: str
    split: str
    classes: tuple[str, ...]
    view: FactsView | None
    captions: tuple[str, ...]
    changed: bool | None
    evaluation: bool
    seed: int
    before_date: str | None = None
    after_date: str | None = None
    scene: MapScene | None = None
    questions: tuple[GivenQuestion, ...] = ()
    land_cover: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[tuple[str, str], int] = field(default_factory=dict)
    labels: Mask | None = None
    series: tuple[SeriesDate, ...] = ()
    standing: Mapping[str, tuple[ObjectFacts, ...]] = field(default_factory=dict)


@quick_init
@dataclass(frozen=True, slots=True)
class Draft:
    """An instruction before it gets its identifier.

    Attributes:
        turns: user and assistant turns in alternation, user first.
        gold: what is accepted, by task.
        references: all reference texts (captions; else the accepted phrasings, at least the assistant's own).
        template: id of the template that gave the words, for provenance.
    """

    kind: str
    turns: tuple[Turn, ...]
    gold: JsonObject
    references: tuple[str, ...]
    template: str
    version: int


@quick_init
@dataclass(frozen=True, slots=True)
class GoldTurn:
    """One assistant turn to be scored: the task whose rules apply, its question and its gold."""

    task: str
    question: Question
    gold: JsonObject


@dataclass(frozen=True)
class TaskSpec:
    """A task, as plain functions.

    Attributes:
        name, version, summary: the name under which it is registered; the version of its wording.
        settings: pydantic model of the recipe's settings for it (``extra="forbid"``, all fields with defaults).
        ask: ``(context, settings) -> drafts``. Returns [] where the pair lacks what the task needs.
        render: ``(answer, context) -> text``.
        parse: ``(text, context) -> answer or Unparsed``. Never raises, whatever the text.
        answer: ``(view, question, pick) -> answer``: what the facts say; None where they do not settle it. It
            gives the gold here and answers for models that deliver masks in ``rsica_bench``.
        accepted: ``(gold) -> answers``: every answer the gold accepts, at least one.
        matches: ``(gold, answer) -> bool``.
        turns: ``(kind, gold) -> GoldTurn for each assistant turn``.
        prompt: ``(question, prompt_protocol, classes) -> text or None``: the wording that a named prompt
            protocol (``changechat``) fixes for a question; None where it fixes none.
        needs: what a pair must have: any of ``captions``, ``mask``, ``flag``, ``map``, ``questions``,
            ``labels of one date``, ``series``.
    """

    name: str
    version: int
    summary: str
    settings: type[BaseModel]
    ask: Callable[[AskContext, Any], Sequence[Draft]]
    render: Callable[[JsonObject, RenderContext], str]
    parse: Callable[[str, ParseContext], JsonObject | Unparsed]
    answer: Callable[[FactsView, Question, int], JsonObject | None]
    accepted: Callable[[JsonObject], Sequence[JsonObject]]
    matches: Callable[[JsonObject, JsonObject], bool]
    turns: Callable[[str, JsonObject], Sequence[GoldTurn]]
    prompt: Callable[[Question, str, tuple[str, ...]], str | None]
    needs: tuple[str, ...] = ("mask",)

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        """Other processes find the plug-in by its name, so that its functions may be lambdas and closures."""
        return (registry.load, (registry.TASKS, self.name))
