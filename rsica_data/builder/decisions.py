"""Decisions of a review, as the preview page saves them, applied to a build: pairs and rows left out, answers fixed.

A line a decision: ``{"id", "decision", "comment", "text", "reviewed"}``. ``id`` is a pair's or an instruction's;
``decision`` is ``accept``, ``reject``, ``flag``, ``comment`` or ``fix`` with the new answer as ``text``. The last line
of an id counts. ``accept``, ``flag`` and ``comment`` change nothing and are counted in the manifest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, sha256_file
from rsica_data.core.json_text import read_json_lines
from rsica_data.core.validation import check_form
from rsica_data.schema import Instruction, JsonObject, ParseContext, Provenance, TaskSpec, Turn, Unparsed

REVIEW = "review"
"""The reason in ``rejected.jsonl`` of what a review left out."""


class Decision(BaseModel):
    """What a reviewer decided of a pair or of one of its rows."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    id: str
    decision: Literal["accept", "reject", "flag", "comment", "fix"]
    comment: str = ""
    text: str | None = None
    reviewed: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Decision:
        if self.decision == "fix" and (not self.text or "#" not in self.id):
            raise ValueError("a fix names a row and has its new answer as 'text'")
        return self

    @property
    def pair_id(self) -> str:
        """The pair that is spoken of."""
        return self.id.partition("#")[0]


@dataclass(frozen=True)
class Decisions:
    """All decisions of a review.

    Attributes:
        by_pair: decisions on each pair and its rows.
        sha256: hash of the file.
        file: the file, for messages.
    """

    by_pair: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    sha256: str = ""
    file: Path | None = None

    def as_json(self) -> JsonObject:
        """What the manifest says of them."""
        kinds = Counter(one.decision for rows in self.by_pair.values() for one in rows)
        return {"decisions": dict(sorted(kinds.items())), "sha256": self.sha256}

    def check(self, pairs: Sequence[str]) -> None:
        """See that they are about pairs of the build.

        Raises:
            UserError: one is not.
        """
        stray = sorted(self.by_pair.keys() - set(pairs))
        if stray:
            problem = f"'{stray[0]}' is no pair of this build"
            raise UserError(problem, file=self.file, key="id", hint="review a dataset of the same recipe and input")


def read_decisions(path: Path) -> Decisions:
    """The decisions in a file.

    Raises:
        UserError: it cannot be read, or a line is no decision.
    """
    last: dict[str, Decision] = {}
    for number, row in read_json_lines(path, "a decision", own=False):
        one = check_form(Decision, row, path, line=number)
        last[one.id] = one
    by_pair: dict[str, list[Decision]] = {}
    for one in last.values():
        by_pair.setdefault(one.pair_id, []).append(one)
    return Decisions({pair: tuple(rows_of_pair) for pair, rows_of_pair in by_pair.items()}, sha256_file(path), path)


def rejects_pair(decisions: Sequence[Decision], pair_id: str) -> str | None:
    """Why a pair is left out with all its rows; None where it stays."""
    for one in decisions:
        if one.id == pair_id and one.decision == "reject":
            return one.comment or "rejected in a review"
    return None


def reviewed(
    items: Sequence[Instruction], decisions: Sequence[Decision], classes: tuple[str, ...]
) -> tuple[list[Instruction], list[dict[str, str]]]:
    """The rows of a pair after a review, and what ``rejected.jsonl`` says of those that are gone.

    Raises:
        UserError: a decision names no row of the pair, or a new answer cannot be the row's.
    """
    by_id = {one.id: one for one in decisions if "#" in one.id}
    if stray := sorted(by_id.keys() - {item.instruction_id for item in items}):
        raise UserError(f"'{stray[0]}' is no row of this build", key="--decisions", hint="its pair has others")
    kept, rejected = [], []
    for item in items:
        one = by_id.get(item.instruction_id)
        if one is not None and one.decision == "reject":
            detail = f"{item.instruction_id}: {one.comment or 'rejected in a review'}"
            rejected.append({"pair_id": item.pair_id, "split": item.split, "reason": REVIEW, "detail": detail})
        else:
            kept.append(fixed(item, one, classes) if one is not None and one.decision == "fix" else item)
    return kept, rejected


def fixed(item: Instruction, decision: Decision, classes: tuple[str, ...]) -> Instruction:
    """A row with the answer of a decision: its gold is what the task reads from the new text.

    The template, its version and the seed stay in the provenance, whose method becomes ``human``.

    Raises:
        UserError: a row of several turns, or a text that the task does not read as an answer to the question.
    """
    assert decision.text is not None
    task: TaskSpec = registry.load(registry.TASKS, item.task)
    if len(item.turns) != 2:
        raise UserError("a row of several turns takes no fix", key=item.instruction_id, hint="reject it")
    (turn,) = task.turns(item.kind, item.gold)
    answer = task.parse(decision.text, ParseContext(turn.question, classes))
    if isinstance(answer, Unparsed):
        raise UserError(f"the new answer cannot be read: {answer.reason}", key=item.instruction_id)
    gold = _gold(item.gold, answer, decision.text)
    if gold is None or not task.matches(gold, answer):
        raise UserError("the new answer is none to this question", key=item.instruction_id, hint="reject it")
    references = tuple(gold["captions"]) if "captions" in gold else (decision.text,)
    provenance = _provenance(item.provenance, decision)
    turns = (item.turns[0], Turn("assistant", decision.text))
    return replace(item, turns=turns, gold=gold, references=references, provenance=provenance)


def _gold(gold: JsonObject, answer: JsonObject, text: str) -> JsonObject | None:
    if "captions" in gold:
        return {"captions": [text, *gold["captions"][1:]]}
    if "value" in gold and "value" in answer:
        return {**gold, "value": answer["value"]}
    # A class that the text does not speak of has none, as where replies are scored.
    if answer.keys() <= gold.keys() and "references" not in gold:
        return {name: answer.get(name, _none(value)) for name, value in gold.items()}
    return None


def _none(value: Any) -> Any:
    return [] if isinstance(value, list) else 0


def _provenance(before: Provenance, decision: Decision) -> Provenance:
    history = {"was": before.method, "comment": decision.comment, "reviewed": decision.reviewed}
    return replace(before, method="human", parameters=dump_json({REVIEW: history}), verified=None)
