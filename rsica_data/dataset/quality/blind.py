"""How far one gets without looking: the balance of answers, and two baselines that read nothing but the question."""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads
from rsica_data.core.workers import run_units
from rsica_data.dataset.quality.golds import task_of, turns_of
from rsica_data.dataset.quality.wording_classifier import WordClassifier
from rsica_data.dataset.reader import BuiltDataset, Shard
from rsica_data.schema import GoldTurn, Instruction, JsonObject, ParseContext, Unparsed

_KEPT_TURNS, _LONGEST_KEPT = 4096, 1000
"""Turns whose outcome is kept, and the characters of question and gold up to which it is."""


class AnswerCounts:
    """Golds counted by question: the most frequent answer to a question, or else to its kind."""

    def __init__(self) -> None:
        self._exact: dict[str, Counter[str]] = {}
        self._kind: dict[str, Counter[str]] = {}

    def add(self, gold: GoldTurn, times: int = 1) -> None:
        """Count the answers that a gold accepts."""
        for answer in task_of(gold.task).accepted(gold.gold):
            text = dump_json(answer)
            self._exact.setdefault(_exact_key(gold), Counter())[text] += times
            self._kind.setdefault(_kind_key(gold), Counter())[text] += times

    def merge(self, other: AnswerCounts) -> None:
        """Add what another one has counted."""
        for mine, theirs in ((self._exact, other._exact), (self._kind, other._kind)):
            for key, counts in theirs.items():
                mine.setdefault(key, Counter()).update(counts)

    def best(self, gold: GoldTurn) -> JsonObject | None:
        """The most frequent answer to the question of a gold, whose own answer is not looked at; None without any."""
        counts = self._exact.get(_exact_key(gold)) or self._kind.get(_kind_key(gold))
        if not counts:
            return None
        most = max(counts.values())
        answer: JsonObject = loads(min(text for text, count in counts.items() if count == most))
        return answer


def _exact_key(gold: GoldTurn) -> str:
    return dump_json([gold.task, gold.question.kind, dict(gold.question.args)])


def _kind_key(gold: GoldTurn) -> str:
    # An answer in another form, a mask to who asks for boxes, is none.
    form = gold.question.args.get("form")
    return dump_json([gold.task, gold.question.kind, *([] if form is None else [form])])


@dataclass
class Learned:
    """What the training split tells, or a part of it: answers counted, and a classifier of wordings for each task."""

    counts: AnswerCounts = field(default_factory=AnswerCounts)
    classifiers: dict[str, WordClassifier] = field(default_factory=dict)

    def merge(self, other: Learned) -> None:
        """Add what another part tells; the order of parts does not matter."""
        self.counts.merge(other.counts)
        for task, classifier in other.classifiers.items():
            self.classifiers.setdefault(task, WordClassifier()).merge(classifier)


@dataclass
class _Score:
    """Assistant turns of a task in a split: their answers, and how many each baseline has right.

    Attributes:
        first: number of the shard in which the task comes first, and its place among the tasks there.
        answers: how often each answer is there; ``shown``: its text in the first shard that has it, and that shard.
        majority, words: right answers of each baseline.
    """

    first: tuple[int, int]
    answers: Counter[str] = field(default_factory=Counter)
    shown: dict[str, tuple[int, str]] = field(default_factory=dict)
    majority: int = 0
    words: int = 0

    def merge(self, other: _Score) -> None:
        self.first = min(self.first, other.first)
        self.answers.update(other.answers)
        for key, entry in other.shown.items():
            self.shown[key] = min(self.shown.get(key, entry), entry, key=lambda one: one[0])
        self.majority += other.majority
        self.words += other.words


@dataclass(frozen=True)
class _Unit:
    """A shard, with the dataset as far as it needs it.

    Attributes:
        number: place among the shards.
        dataset: its root and rules.
        shard: its files.
        learned: the file of what was learnt; None where nothing was.
    """

    number: int
    dataset: BuiltDataset
    shard: Shard
    learned: Path | None = None


def blind_rows(dataset: BuiltDataset, workers: int = 1, learned: Learned | None = None) -> list[dict[str, Any]]:
    """Balance of answers and blind baselines of every split but train, learnt from train.

    Right is what the task's own rule accepts (``TaskSpec.matches``); a caption is right where it is one of the
    references. Without a train split there are no baselines, and their shares are None. Rows that `validate` would tell
    of are left out.

    Args:
        dataset: whose rows.
        workers: processes; the rows do not depend on it.
        learned: what the training split tells, where it was read already.

    Returns:
        One row a split and task: ``{"split", "task", "turns", "answers", "most_common", "most_common_share",
        "majority", "words"}``; ``answers`` is the number of different ones, the last three are shares of the turns.
    """
    learns = "train" in dataset.splits
    if learned is None:
        learned = Learned()
        for _, part in run_units(_learn, _units(dataset, ["train"]) if learns else [], workers):
            learned.merge(part)
    asked = [split for split in dataset.splits if split != "train" or len(dataset.splits) == 1]
    scores: dict[tuple[str, str], _Score] = {}
    with _kept(learned) as path:
        for unit, parts in run_units(_score, _units(dataset, asked, path), workers):
            for task, score in parts.items():
                scores.setdefault((unit.shard.split, task), _Score(score.first)).merge(score)
    ordered = sorted(scores.items(), key=lambda entry: entry[1].first)
    return [_row(split, task, score, learns) for (split, task), score in ordered]


def _units(dataset: BuiltDataset, splits: list[str], learned: Path | None = None) -> list[_Unit]:
    shards = [shard for split in splits for shard in dataset.shards(split)]
    return [_Unit(number, dataset.with_one_shard(shard), shard, learned) for number, shard in enumerate(shards)]


@contextmanager
def _kept(learned: Learned) -> Iterator[Path]:
    """A file of what was learnt, which each process reads once."""
    with tempfile.TemporaryDirectory(prefix="rsica-blind-") as folder:
        path = Path(folder) / "learned"
        for classifier in learned.classifiers.values():
            classifier.fit()
        path.write_bytes(pickle.dumps(learned))
        yield path


@lru_cache(maxsize=1)
def _known(path: Path) -> tuple[Learned, dict[tuple[str, str, str], tuple[bool, bool]]]:
    """What was learnt, read from its file, and the outcomes of turns that were looked at."""
    learned: Learned = pickle.loads(path.read_bytes())  # noqa: S301 - written by this run
    return learned, {}


def _learn(unit: _Unit) -> Learned:
    return learn(unit.dataset.shard_instructions(unit.shard))


def learn(items: Iterable[Instruction]) -> Learned:
    """What rows of the training split tell. Turns that repeat others are counted first."""
    golds: dict[tuple[str, str, str, str], GoldTurn] = {}
    times: Counter[tuple[str, str, str, str]] = Counter()
    for item in items:
        for gold, question, text in turns_of(item) or ():
            key = (item.task, repr(gold), question, text)
            golds.setdefault(key, gold)
            times[key] += 1
    learned = Learned()
    for key, number in times.items():
        task, _, question, text = key
        learned.counts.add(golds[key], number)
        learned.classifiers.setdefault(task, WordClassifier()).add(question, text, number)
    return learned


def _score(unit: _Unit) -> dict[str, _Score]:
    """The scores of one shard, by task."""
    assert unit.learned is not None
    learned, outcomes = _known(unit.learned)
    classes = tuple(unit.dataset.manifest["change_classes"])
    scores: dict[str, _Score] = {}
    for item in unit.dataset.shard_instructions(unit.shard):
        turns = turns_of(item)
        if turns is None:
            continue
        score = scores.setdefault(item.task, _Score((unit.number, len(scores))))
        for gold, question, text in turns:
            _count(score, gold, text, unit.number)
            key = (item.task, repr(gold), question)
            outcome = outcomes.get(key)
            if outcome is None:
                outcome = _outcome(learned, item.task, gold, question, classes)
                if len(key[1]) + len(question) <= _LONGEST_KEPT:
                    if len(outcomes) >= _KEPT_TURNS:
                        outcomes.clear()
                    outcomes[key] = outcome
            score.majority += outcome[0]
            score.words += outcome[1]
    return scores


def _outcome(learned: Learned, task: str, gold: GoldTurn, question: str, classes: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether each baseline is right."""
    answer = _read(learned.classifiers.get(task), question, gold, classes)
    return _is_right(gold, learned.counts.best(gold)), _is_right(gold, answer)


def _read(
    classifier: WordClassifier | None, question: str, gold: GoldTurn, classes: tuple[str, ...]
) -> JsonObject | None:
    """The answer that the classifier's text is read as, by the task's own reader."""
    text = None if classifier is None else classifier.best(question)
    answer = None if text is None else task_of(gold.task).parse(text, ParseContext(gold.question, classes))
    return None if isinstance(answer, Unparsed) else answer


def _is_right(gold: GoldTurn, answer: JsonObject | None) -> bool:
    return answer is not None and task_of(gold.task).matches(gold.gold, answer)


def _count(score: _Score, gold: GoldTurn, text: str, number: int) -> None:
    key = dump_json(next(iter(task_of(gold.task).accepted(gold.gold))))
    score.answers[key] += 1
    score.shown.setdefault(key, (number, text))


def _row(split: str, task: str, score: _Score, learned: bool) -> dict[str, Any]:
    turns = sum(score.answers.values())
    key, most = min(score.answers.items(), key=lambda entry: (-entry[1], entry[0]))
    return {
        "split": split,
        "task": task,
        "turns": turns,
        "answers": len(score.answers),
        "most_common": score.shown[key][1],
        "most_common_share": most / turns,
        "majority": score.majority / turns if learned else None,
        "words": score.words / turns if learned else None,
    }
