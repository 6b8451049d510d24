"""Cases for the judge: one answer, or one conversation, with what is accepted and what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_data.claims.rubric_files import LONGEST
from rsica_data.text.normalized.reply import without_frames


@dataclass(frozen=True)
class Case:
    """One thing to be judged.

    Attributes:
        items: its turns, first to last.
        content: what the rubric's prompt shows, as JSON.
        rubric: name of the rubric that it is for.
    """

    items: tuple[ScoredItem, ...]
    content: Mapping[str, Any]
    rubric: str

    @property
    def key(self) -> str:
        """The instruction's id."""
        return self.items[0].instruction_id


def make_cases(by_task: Mapping[str, Sequence[ScoredItem]], tasks: Sequence[str]) -> list[Case]:
    """Cases of some tasks: conversations of dialogues as a whole, single answers of every other task."""
    cases: list[Case] = []
    for task in tasks:
        if task == "dialogue":
            talks: dict[str, list[ScoredItem]] = {}
            for item in by_task.get(task, ()):
                talks.setdefault(item.instruction_id, []).append(item)
            cases += [Case(tuple(turns), _conversation(turns), "dialogue") for turns in talks.values()]
        else:
            cases += [Case((item,), _single(item), "answer") for item in by_task.get(task, ())]
    return cases


def _single(item: ScoredItem) -> dict[str, Any]:
    return {**_turn(item), "facts": _facts(item.pair)}


def _conversation(turns: Sequence[ScoredItem]) -> dict[str, Any]:
    return {"turns": [_turn(item) for item in turns], "facts": _facts(turns[0].pair)}


def _turn(item: ScoredItem) -> dict[str, Any]:
    reply = without_frames(item.raw or "")
    cut = {"answer_cut_at": LONGEST} if len(reply) > LONGEST else {}
    return {"question": item.prompt, "accepted": list(item.references), "answer": reply[:LONGEST], **cut}


def _facts(pair: PairFacts) -> dict[str, Any]:
    facts: dict[str, Any] = {"changed": pair.changed}
    if pair.view is not None:
        facts["changed_objects"] = dict(pair.view.counts)
        facts["cells_with_change"] = {name: list(cells) for name, cells in pair.view.cells.items()}
        facts["changed_share"] = {name: round(share, 4) for name, share in pair.view.fraction.items()}
    if pair.captions:
        facts["captions"] = list(pair.captions)
    return {key: value for key, value in facts.items() if value is not None}
