"""How far one gets without looking: the balance of answers, and two baselines that read nothing but the question."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads
from rsica_data.dataset.quality.golds import task_of, turns_of
from rsica_data.dataset.quality.wording_classifier import WordClassifier
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import GoldTurn, JsonObject, ParseContext, Unparsed


class AnswerCounts:
    """Golds counted by question: the most frequent answer to a question, or else to its kind."""

    def __init__(self) -> None:
        self._exact: dict[str, Counter[str]] = {}
        self._kind: dict[str, Counter[str]] = {}

    def add(self, gold: GoldTurn) -> None:
        """Count the answers that a gold accepts."""
        for answer in task_of(gold.task).accepted(gold.gold):
            text = dump_json(answer)
            self._exact.setdefault(_exact_key(gold), Counter())[text] += 1
            self._kind.setdefault(_kind_key(gold), Counter())[text] += 1

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
class _Score:
    """Assistant turns of a task in a split: their answers, and how many each baseline has right."""

    answers: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)
    majority: int = 0
    words: int = 0


def blind_rows(dataset: BuiltDataset) -> list[dict[str, Any]]:
    """Balance of answers and blind baselines of every split but train, learnt from train.

    Right is what the task's own rule accepts (``TaskSpec.matches``); a caption is right where it is one of the
    references. Without a train split there are no baselines, and their shares are None. Rows that `validate` would tell
    of are left out.

    Returns:
        One row a split and task: ``{"split", "task", "turns", "answers", "most_common", "most_common_share",
        "majority", "words"}``; ``answers`` is the number of different ones, the last three are shares of the turns.
    """
    learned = "train" in dataset.splits
    counts, classifiers = AnswerCounts(), dict[str, WordClassifier]()
    for item in dataset.instructions("train") if learned else ():
        for gold, question, text in turns_of(item) or ():
            counts.add(gold)
            classifiers.setdefault(item.task, WordClassifier()).add(question, text)
    classes = tuple(dataset.manifest["change_classes"])
    scores: dict[tuple[str, str], _Score] = {}
    for split in dataset.splits:
        if split == "train" and len(dataset.splits) > 1:
            continue
        for item in dataset.instructions(split):
            turns = turns_of(item)
            if turns is None:
                continue
            score = scores.setdefault((split, item.task), _Score())
            for gold, question, text in turns:
                _count(score, gold, text)
                score.majority += _is_right(gold, counts.best(gold))
                score.words += _is_right(gold, _read(classifiers.get(item.task), question, gold, classes))
    return [_row(split, task, score, learned) for (split, task), score in scores.items()]


def _read(
    classifier: WordClassifier | None, question: str, gold: GoldTurn, classes: tuple[str, ...]
) -> JsonObject | None:
    """The answer that the classifier's text is read as, by the task's own reader."""
    text = None if classifier is None else classifier.best(question)
    answer = None if text is None else task_of(gold.task).parse(text, ParseContext(gold.question, classes))
    return None if isinstance(answer, Unparsed) else answer


def _is_right(gold: GoldTurn, answer: JsonObject | None) -> bool:
    return answer is not None and task_of(gold.task).matches(gold.gold, answer)


def _count(score: _Score, gold: GoldTurn, text: str) -> None:
    key = dump_json(next(iter(task_of(gold.task).accepted(gold.gold))))
    score.answers[key] += 1
    score.shown.setdefault(key, text)


def _row(split: str, task: str, score: _Score, learned: bool) -> dict[str, Any]:
    turns = sum(score.answers.values())
    key, most = min(score.answers.items(), key=lambda entry: (-entry[1], entry[0]))
    return {
        "split": split,
        "task": task,
        "turns": turns,
        "answers": len(score.answers),
        "most_common": score.shown[key],
        "most_common_share": most / turns,
        "majority": score.majority / turns if learned else None,
        "words": score.words / turns if learned else None,
    }
