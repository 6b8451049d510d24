"""What a recipe's ``checks`` make of findings: what a build drops, which pairs it flags, and what it says of that."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from rsica_data.core.files import dump_json
from rsica_data.core.json_text import read_json_object
from rsica_data.core.validation import check_form
from rsica_data.dataset.checks_section import Action, ChecksSection
from rsica_data.dataset.quality.examine import Findings
from rsica_data.dataset.quality.golds import is_text, turns_of
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import JsonObject
from rsica_data.schema.records import is_evaluation

_KEPT_LONGEST = ("test", "val")
"""Of the two pairs of a leak that one stays whose split comes first here; any other split comes last."""


class _Kept(BaseModel):
    """The form of what a build keeps of its checks while it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    pairs: list[str]
    rows: list[str]
    flags: dict[str, list[str]]
    rejected: list[dict[str, str]]
    listed: list[JsonObject]
    summary: JsonObject


@dataclass(frozen=True)
class Gated:
    """What becomes of a dataset.

    Attributes:
        pairs: ids of pairs to drop with all their rows.
        rows: ids of rows to drop.
        flags: what ``attributes.checks`` of a pair is to say.
        rejected: lines of ``rejected.jsonl`` for what is dropped.
        listed: lines of ``checks.jsonl``: all findings.
        summary: what manifest and card say.
    """

    pairs: frozenset[str]
    rows: frozenset[str]
    flags: Mapping[str, tuple[str, ...]]
    rejected: tuple[dict[str, str], ...]
    listed: tuple[JsonObject, ...]
    summary: JsonObject

    def to_json(self) -> JsonObject:
        """As JSON values, for a build that is resumed."""
        return {
            "pairs": sorted(self.pairs),
            "rows": sorted(self.rows),
            "flags": {pair: list(texts) for pair, texts in self.flags.items()},
            "rejected": list(self.rejected),
            "listed": list(self.listed),
            "summary": self.summary,
        }

    @staticmethod
    def read(path: Path) -> Gated:
        """What :meth:`to_json` gave, in a file.

        Raises:
            UserError: the file is damaged.
        """
        form = check_form(_Kept, read_json_object(path, "the checks of a build"), path)
        flags = {pair: tuple(texts) for pair, texts in form.flags.items()}
        pairs, rows = frozenset(form.pairs), frozenset(form.rows)
        return Gated(pairs, rows, flags, tuple(form.rejected), tuple(form.listed), form.summary)


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding with what is done about it: the kind, the pair or row that it costs, and the words."""

    kind: str
    action: Action
    pair: str
    detail: str
    row: str | None = None
    other: str | None = None


def settle_checks(section: ChecksSection, findings: Findings, dataset: BuiltDataset, seed: int) -> Gated:
    """Decide by a recipe's section what of a dataset is dropped and flagged. The same dataset gives the same.

    Of a leak the pair of train goes before that of val, and that of val before that of test. Of rows that ask the same
    the later one goes; of two that contradict each other both go.

    Args:
        section: of the recipe.
        findings: by :func:`examine`.
        dataset: what was examined.
        seed: decides which rows of an answer past its share go.
    """
    cases = [case for case in _cases(section, findings) if case.action != "off"]
    gone = frozenset(case.pair for case in cases if case.action == "drop" and case.row is None)
    gone_rows = {case.row for case in cases if case.action == "drop" and case.row is not None and case.pair not in gone}
    over, unreachable = _past_their_share(section.balance, dataset, gone, gone_rows, seed)
    cases += over
    flags: dict[str, dict[str, None]] = {}
    for case in cases:
        if case.action == "flag" and case.pair not in gone:
            flags.setdefault(case.pair, {})[f"{case.kind}: {case.detail}"] = None
    dropped = [case for case in cases if case.action == "drop" and (case.row is None or case.pair not in gone)]
    return Gated(
        gone,
        frozenset(case.row for case in dropped if case.row is not None),
        {pair: tuple(texts) for pair, texts in flags.items()},
        tuple(_rejected(dropped, findings.splits)),
        tuple({key: value for key, value in asdict(case).items() if value is not None} for case in cases),
        _summary(cases, dropped, gone, flags, findings, unreachable),
    )


def _cases(section: ChecksSection, findings: Findings) -> Iterator[_Case]:
    actions = {"embedding": section.leaks.image, **section.leaks.model_dump()}
    for leak in findings.leaks:
        ranked = sorted(zip(leak.splits, (leak.one, leak.two), strict=True), key=lambda entry: _rank(entry[0]))
        (_, kept), (_, lost) = ranked
        yield _Case(f"leak-{leak.kind}", actions[leak.kind], lost, f"{leak.detail}: {kept}", other=kept)
    for doubled in findings.doubled:
        kind = "contradictory" if doubled.contradict else "repeated"
        for row in (doubled.one, doubled.two) if doubled.contradict else (doubled.two,):
            other = doubled.one if row == doubled.two else doubled.two
            pair = row.partition("#")[0]
            detail = f"{row}: asks the same as {other}"
            yield _Case(f"question-{kind}", getattr(section.questions, kind), pair, detail, row=row, other=other)
    for mask in findings.masks:
        yield _Case(mask.reason, section.masks.action, mask.pair_id, mask.detail)
    for sliver in findings.slivers.slivers:
        detail = f"a {sliver.class_name} of {sliver.area_px} px at the edge"
        yield _Case("sliver", section.slivers, sliver.pair_id, detail)


def _rank(split: str) -> int:
    return _KEPT_LONGEST.index(split) if split in _KEPT_LONGEST else len(_KEPT_LONGEST)


def most_of_each(counts: Iterable[int], share: float) -> int | None:
    """The greatest number of rows of one answer with which no answer has more than a share of all.

    Args:
        counts: rows of each answer.
        share: 0 to 1.

    Returns:
        None where even one row of each would be more.

    Example:
        >>> most_of_each([90, 5, 5], 0.5), most_of_each([90, 10], 0.4)
        (10, None)
    """
    numbers = sorted(counts)
    low, high = 0, numbers[-1] if numbers else 0
    while low < high:
        middle = (low + high + 1) // 2
        fits = middle <= share * sum(min(number, middle) for number in numbers) + 1e-9
        low, high = (middle, high) if fits else (low, middle - 1)
    return low or None


def _past_their_share(
    shares: Mapping[str, float], dataset: BuiltDataset, pairs: frozenset[str], rows: Container[str], seed: int
) -> tuple[list[_Case], list[str]]:
    """Training rows of answers that are too frequent, and the tasks whose share cannot be reached."""
    by_task: dict[str, dict[str, list[str]]] = {}
    for split in dataset.splits if shares else ():
        for item in () if is_evaluation(split) else dataset.instructions(split):
            if item.task in shares and item.pair_id not in pairs and item.instruction_id not in rows:
                turns = None if is_text(item) else turns_of(item)
                answer = dump_json([gold.gold for gold, _, _ in turns]) if turns else None
                if answer is not None:
                    by_task.setdefault(item.task, {}).setdefault(answer, []).append(item.instruction_id)
    cases, unreachable = list[_Case](), list[str]()
    for task, answers in by_task.items():
        most = most_of_each((len(ids) for ids in answers.values()), shares[task])
        if most is None:
            unreachable.append(f"{task} has {len(answers)} answers, which no share of {shares[task]:.0%} goes with")
            continue
        for ids in answers.values():
            for row in sorted(ids, key=lambda name: _place(seed, name))[most:]:
                detail = f"{row}: its answer has more than {shares[task]:.0%} of the rows of {task}"
                cases.append(_Case("answer-balance", "drop", row.partition("#")[0], detail, row=row))
    return cases, unreachable


def _place(seed: int, row: str) -> str:
    return hashlib.sha256(f"{seed}\n{row}".encode()).hexdigest()


def _rejected(dropped: Sequence[_Case], splits: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """One line a pair or row: the first finding that costs it."""
    seen: set[str] = set()
    for case in dropped:
        lost = case.row or case.pair
        if lost not in seen:
            seen.add(lost)
            yield {"pair_id": case.pair, "split": splits[case.pair], "reason": case.kind, "detail": case.detail}


def _summary(
    cases: Sequence[_Case],
    dropped: Sequence[_Case],
    gone: frozenset[str],
    flags: Mapping[str, Any],
    findings: Findings,
    unreachable: Sequence[str],
) -> JsonObject:
    slivers = findings.slivers
    suggested = {"suggested_min_object_pixels": slivers.suggested} if slivers.suggested else {}
    return {
        "found": dict(sorted(Counter(case.kind for case in cases).items())),
        "dropped_pairs": len(gone),
        "dropped_rows": dict(sorted(Counter(case.kind for case in dropped if case.row is not None).items())),
        "flagged_pairs": len(flags),
        "images_compared": findings.images,
        **({"nearness": findings.nearness} if findings.nearness is not None else {}),
        **({"balance_not_reached": list(unreachable)} if unreachable else {}),
        **suggested,
    }
