"""A classifier from the words of a question to an answer: what the wording alone gives away."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[a-z0-9']+")
_MOST_ANSWERS = 100
_MOST_QUESTIONS = 2000
_MOST_WORDS = 1000
_STEPS = 150
_RATE = 0.1
_PENALTY = 1e-3

Floats = NDArray[np.float64]


class WordClassifier:
    """Multinomial logistic regression on which words a question holds (bag of words), fitted when first asked.

    Of a large training set it knows the most frequent 100 answers, 2,000 wordings and 1,000 words. The same rows give
    the same classifier.

    Example:
        >>> classifier = WordClassifier()
        >>> for question, answer in [("How many roads?", "2"), ("Any roads?", "yes"), ("How many houses?", "2")]:
        ...     classifier.add(question, answer)
        >>> classifier.best("Any houses?")
        'yes'
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._fitted: tuple[list[str], dict[str, int], Floats] | None = None
        self._known: dict[str, str] = {}

    def add(self, question: str, answer: str, times: int = 1) -> None:
        """Learn from one question and one accepted answer, which came ``times`` times."""
        self._counts[" ".join(sorted(_words_of(question))), answer] += times
        self._fitted = None
        self._known.clear()

    def merge(self, other: WordClassifier) -> None:
        """Learn all that another one has learnt."""
        self._counts.update(other._counts)
        self._fitted = None
        self._known.clear()

    def fit(self) -> None:
        """Fit to what was learnt, as the first question does otherwise."""
        if self._counts and self._fitted is None:
            self._fitted = _fit(self._counts)

    def best(self, question: str) -> str | None:
        """The most probable answer; None where nothing was learnt."""
        if not self._counts:
            return None
        self.fit()
        assert self._fitted is not None
        if question not in self._known:
            answers, places, weights = self._fitted
            held = [places[word] for word in _words_of(question) if word in places]
            self._known[question] = answers[int(np.argmax(weights[-1] + weights[held].sum(axis=0)))]
        return self._known[question]


def _words_of(question: str) -> set[str]:
    return set(_WORD.findall(question.lower()))


def _fit(counts: Counter[tuple[str, str]]) -> tuple[list[str], dict[str, int], Floats]:
    """Answers, places of words, and weights ``[words + 1, answers]``, the last row those of no word."""
    of_answer, of_question = Counter[str](), Counter[str]()
    for (question, answer), number in counts.items():
        of_answer[answer] += number
        of_question[question] += number
    answers, questions = _ranked(of_answer, _MOST_ANSWERS), _ranked(of_question, _MOST_QUESTIONS)
    of_word = Counter[str]()
    for question in questions:
        of_word.update(dict.fromkeys(question.split(), of_question[question]))
    places = {word: place for place, word in enumerate(_ranked(of_word, _MOST_WORDS))}
    held = np.zeros((len(questions), len(places) + 1))
    held[:, -1] = 1
    for row, question in enumerate(questions):
        held[row, [places[word] for word in question.split() if word in places]] = 1
    wanted = np.array([[counts[question, answer] for answer in answers] for question in questions], np.float64)
    return answers, places, _descend(held, wanted)


def _ranked(counts: Counter[str], most: int) -> list[str]:
    return [text for text, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:most]]


def _descend(held: Floats, wanted: Floats) -> Floats:
    """Weights of least penalized cross entropy, by Adam (Kingma and Ba, 2015) over all rows at once."""
    total = wanted.sum()
    rows = wanted.sum(axis=1, keepdims=True)
    weights = np.zeros((held.shape[1], wanted.shape[1]))
    weights[-1] = np.log(wanted.sum(axis=0) + 1)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        scores: Any = held @ weights
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        slope = held.T @ (rows * scores / scores.sum(axis=1, keepdims=True) - wanted) / total
        slope[:-1] += _PENALTY * weights[:-1]
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        weights -= _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return weights
