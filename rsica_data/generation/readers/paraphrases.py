"""Other words for rule-made rows: ``{"items": [{"id", "question", "answer"}, ...]}``.

The answer must be read by the task as the row's gold; the question must name the same classes, cells and numbers, with
the same sense of yes and no, and of more and less. What these rules refuse, or do not know for certain, is left to a
second model where one is asked (``claims.rewording``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from rsica_data.claims import marks_of
from rsica_data.claims.rewording import Reworded, is_reference
from rsica_data.core import registry
from rsica_data.generation.material import Material
from rsica_data.generation.readers.base import Read, Reader, identity, tidy
from rsica_data.generation.recipe_section import AssistedPrompt
from rsica_data.generation.seeds import job_seed
from rsica_data.generation.types import Candidate, PromptRequest, Refusal
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Instruction, ParseContext, TaskSpec, Turn, Unparsed
from rsica_data.text.amounts.numbers import numbers_in
from rsica_data.text.mentions import mentions
from rsica_data.text.positions.places import cells_in
from rsica_data.text.yes_no.stance import plain

_GRID = re.compile(r"\b(?:3\s*[x×]\s*3|three[- ]by[- ]three|3[- ]by[- ]3|nine (?:grid )?(?:cells?|parts?|ninths?))\b")
# What only names the images ("the two images", "from one image to the other") or the grid counts and names nothing.
_IMAGES = re.compile(
    r"\b(?:one|two|both|first|1|2) (?:\w+ )?(?:images?|pictures?|photos?|photographs?|scenes?|views?|shots?|dates?|"
    r"flights?|surveys?|points in time)\b|\bfrom one \w+ to (?:the other|another)\b|"
    r"\bone (?:by|after) (?:one|another)\b|"
    r"\b(?:earlier|later|first|second|other|older|newer|previous|latest|old|new|last|latter|former) one\b|"
    r"\b(?:of|from|at|over|show|shows|showing) (?:the|this|that|one|one and the) same "
    r"(?:place|area|site|scene|spot|location|ground|land|region)\b|"
    r"\byes(?: or |/)(?:an? )?no\b|\bor not\b(?=[?.,]|$)|\b(?:3|three)(?= (?:\w+ )?(?:rows|columns)\b)"
)
_OF_TWO = re.compile(
    r"\b(?:which|either|one|whichever)? ?of (?:the|these|those) (?:two|2)"
    r"(?: (?:halves|classes|kinds|sides|parts|ones))?\b"
)
_WHOLE_AREA = re.compile(r"\b(?:whole|total|entire|full|overall) (?:area|surface|extent|ground)\b(?= of\b)")
_HALF = r"(?:the |its )?(?:{})(?:most|er|-hand)?(?: (?:half|part|side|one))?(?: of the (?:image|scene|picture))?"


def _either(one: str, other: str) -> re.Pattern[str]:
    """The two halves that a question lets one choose from, in whatever order and wording."""
    both = ((one, other), (other, one))
    choices = (rf"{_HALF.format(a)},? or (?:in |more in |rather )?{_HALF.format(b)}" for a, b in both)
    return re.compile(rf"\b(?:{'|'.join(choices)})\b")


_HALVES = {"upper and lower": _either("top|upp", "bottom|low"), "left and right": _either("left", "right")}
_ANY = re.compile(r"\b(?:at least one|one,? or (?:more|several)|(?<=, )one,? or more(?=,))\b(?: of)?")
_CELL = r"(?:top|center|centre|middle|bottom|upper|lower)[-\s](?:left|right|center|centre|middle)"
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e ?\.? ?g\b\.?|such as|like|for one)[\s,(:]*(?:in )?(?:the )?"
    rf"{_CELL}\b(?: style)?|\b{_CELL}(?:,? (?:and so on|and so forth|etc\b\.?|for (?:example|instance))| style\b)"
)
"""A cell that only shows how cells are to be called."""
_OR_MORE = re.compile(r"\b(\d+|two|three|four|five|six|seven|eight|nine|ten) or more\b")
_KEPT = re.compile(
    r"\b(?:stay(?:ed|s)?|remain(?:ed|s)?|kept|left|look(?:s|ed)?) (?:\w+ )?(?:the same|unchanged|untouched|identical|"
    r"without (?:any )?change)\b"
)
_LINE = re.compile(
    r"\b(?:top|upper|bottom|lower|left|right|middle|center|centre|central)(?:most)? "
    r"(?:row|column|half|side|edge|part|third)\b"
)
_SPOT = r"(?:(?:top|upper|bottom|lower|left|right|center|centre|central|middle|rows?|columns?)\b[-\s,;:./()]*)"
_SPOTS = re.compile(rf"\b{_SPOT}(?:(?:(?:and|or|by|x|to|through|are|being|called|named|images) (?:the )?)*{_SPOT})*")
_RANGE = re.compile(
    r"\b(?:top|upper)[-\s]left\b(?: (?:cell|one|corner))?,? (?:to|through|down to|till|until) (?:the )?"
    r"(?:bottom|lower)[-\s]right\b"
)
_LINES = ({"top", "upper"}, {"bottom", "lower"}, {"left"}, {"right"}, {"center", "centre", "central", "middle"})
_NEGATIVE = re.compile(
    r"\b(?:no|not|none|never|nothing|nobody|without|unchanged|untouched|same|stay|stayed|remain|remained|remains|free|"
    r"neither|fail|failed|identical|absent|absence|except)\b|n't\b"
)
_MORE = re.compile(r"(?<!any )\b(?:more|most|largest|larger|biggest|bigger|greatest|greater|outnumber|exceeds?)\b")
_STATE = re.compile(
    r"^(?!.*\b(?:chang|new|differ|alter|built|remov|compar|first.*second|second.*first|earlier.*later|later.*earlier|"
    r"appear|vanish|gain|lost|lose|more|before|both|becom|became|add|same))"
    r".*\b(?:in|of) (?:the|this|that) (?:first|second|earlier|later) (?:image|picture|photo|scene|view)\b"
)
_ANYWAY = re.compile(r"\b(?:chang\w*|alter\w*|new|affected)(?: \w+)? or not\b|\bwhether or not\b")
_OF_COVER = ("cover_before", "cover_after", "cover_more", "most_gained", "most_lost", "became", "was_before")
_SEEN = re.compile(r"\b(?:left|right|above|below)\b.*\b(?:above|below|left|right)\b")
_NEGATION = "its negation"
_LESS = re.compile(r"\b(?:less|fewer|fewest|smallest|smaller)\b")


def sources(order: PromptRequest, seed: int) -> list[Instruction]:
    """The rows to be put into other words now: drawn from those of the wanted tasks, taken ones left out."""
    rows = _usable(order.job.prompt, order.job.material)
    Random(seed).shuffle(rows)  # noqa: S311 - not for security
    taken = {candidate.identity for candidate in order.kept}
    return [row for row in rows if row.instruction_id not in taken][: order.number]


def _usable(prompt: AssistedPrompt, material: Material) -> list[Instruction]:
    tasks = set(prompt.options["tasks"])
    return [row for row in material.rows if row.task in tasks and len(row.turns) == 2 and row.kind != "text"]


def variables(order: PromptRequest, seed: int) -> Mapping[str, Any]:
    """The rows as the prompt lists them."""
    return {
        "items": [
            {"id": number, "question": row.turns[0].content, "answer": row.turns[1].content}
            for number, row in enumerate(sources(order, seed))
        ]
    }


def read_rows(rows: Sequence[Instruction], data: Any, classes: tuple[str, ...]) -> Read:
    """Candidates for the rows that a reply names by their numbers."""
    candidates: Read = []
    for item in data["items"]:
        question, answer = tidy(item["question"]), tidy(item["answer"])
        shown = f"{question} {answer}"
        if not 0 <= item["id"] < len(rows):
            candidates.append(Refusal("unknown-item", f"there is no question {item['id']}", shown))
            continue
        row = rows[item["id"]]
        if identity(question) == identity(row.turns[0].content):
            original = f"the original is: {row.turns[0].content}"
            candidates.append(Refusal("meaning", f"the question is in the same words; {original}", shown))
            continue
        candidates.append(_candidate(row, reworded(row, question, answer, classes), shown))
    return candidates


def _candidate(row: Instruction, new: Reworded, shown: str) -> Candidate:
    # The text of a typed row is one that its task reads as the gold. Where it does not read the new answer so, a
    # reading may find that both mean the same: then the row keeps the answer that it had.
    answer = row.turns[1].content if new.unread else new.answer
    original = f"; the original is: {row.turns[0].content}"
    return Candidate(
        task=row.task,
        kind=row.kind,
        turns=(Turn("user", new.question), Turn("assistant", answer)),
        gold=row.gold,
        references=(answer,),
        statements=(),
        identity=row.instruction_id,
        shown=shown,
        reworded=new if new.fault is None else replace(new, fault=new.fault + original),
    )


def reworded(row: Instruction, question: str, answer: str, classes: tuple[str, ...]) -> Reworded:
    """A question and answer beside the row whose meaning they must have.

    Args:
        row: the row, made by rule.
        question: its question in other words.
        answer: its answer in other words.
        classes: names of the pair's classes.
    """
    answers = _answer_fault(row, answer, classes)
    old, new = (sense(text, classes) for text in (row.turns[0].content, question))
    yes_no = row.task == "classification" or isinstance(row.gold.get("value"), bool)
    turned = yes_no and old[_NEGATION] != new[_NEGATION]
    fault = answers or _question_fault(row, question, classes)
    unread = answers is not None
    return Reworded(question, answer, row.task, row.gold, classes, fault, turned, unread)


def _answer_fault(row: Instruction, answer: str, classes: tuple[str, ...]) -> str | None:
    task: TaskSpec = registry.load(registry.TASKS, row.task)
    gold = task.turns(row.kind, row.gold)[0]
    parsed = task.parse(answer, ParseContext(gold.question, classes))
    if isinstance(parsed, Unparsed):
        return f"the answer cannot be read ({parsed.reason})"
    return None if task.matches(gold.gold, parsed) else "the answer does not say the same"


def _question_fault(row: Instruction, question: str, classes: tuple[str, ...]) -> str | None:
    old, new = (sense(text, classes) for text in (row.turns[0].content, question))
    for name, before in old.items():
        if new[name] != before:
            return f"the question differs in {name}"
    if _STATE.search(plain(question)) and not _STATE.search(plain(row.turns[0].content)):
        return "the question asks for what one image shows, not for the change"
    if row.kind not in _OF_COVER and _ways(question, classes) != _ways(row.turns[0].content, classes):
        return "the question asks for what was built or removed, not for all that changed"
    if _ANYWAY.search(plain(question)) and not _ANYWAY.search(plain(row.turns[0].content)):
        return "the question asks for all, not for those that changed"
    return None


def _ways(question: str, classes: tuple[str, ...]) -> set[str]:
    """Whether a question names building, removing or both; "it is established" names none."""
    marks = marks_of(question.replace("established", "known"), classes)
    return {mark.kind for mark in marks} & {"built", "removed"}


def sense(text: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """What a question must keep, by the name under which a difference is reported."""
    text = _EXAMPLE.sub(" ", _WHOLE_AREA.sub("area", _OF_TWO.sub(" ", plain(text))))
    text = _OR_MORE.sub(r"at least \1", _ANY.sub("any", text))
    halves = {name for name, either in _HALVES.items() if either.search(text)}
    for either in _HALVES.values():
        text = either.sub(" halves ", text)
    words = _SPOTS.sub(_unless_all, _RANGE.sub("grid", _IMAGES.sub("images", _GRID.sub("grid", text))))
    return {
        "the classes it names": {named.name for named in mentions(words, classes)},
        "the cells it names": (_some_cells(words), sorted(set(_LINE.findall(words)))),
        "the halves it names": halves,
        "its numbers": sorted(set(numbers_in(_one(words, classes)))),
        _NEGATION: len(_NEGATIVE.findall(_KEPT.sub("unchanged", words))) % 2,
        "what something is seen from": sorted(
            named.name for named in mentions(words, classes) if is_reference(words, named.start)
        )
        if _SEEN.search(words)
        else [],
        "asking for more": _MORE.search(words) is not None,
        "asking for less": _LESS.search(words) is not None,
    }


def _some_cells(words: str) -> list[str]:
    """The cells that a question names; "every cell" limits it to none."""
    cells = list(cells_in(words))
    return [] if len(cells) == len(CELLS) else cells


def _one(words: str, classes: tuple[str, ...]) -> str:
    """Without "one" and "the two" that count nothing: "one number for each", "one another", "do the two differ"."""
    counted = {named.start for named in mentions(words, classes)}
    return _IDLE.sub(lambda match: match[0] if match.end() in counted else "", words)


_IDLE = re.compile(r"\b(?:one\b (?=\w+)|(?:the|these|those|each) (?:one|two)\b[ ,?.]*)")


def _unless_all(match: re.Match[str]) -> str:
    """A run of places, or "grid" where it only tells what the cells of the grid are called."""
    if len(cells_in(match[0])) == len(CELLS):
        return "grid "
    words = set(re.findall(r"[a-z]+", match[0])) if "-" not in match[0] else set()
    return "grid " if all(words & line for line in _LINES) else match[0]


def read(data: Any, order: PromptRequest) -> Read:
    """One row a paraphrase."""
    return read_rows(sources(order, job_seed(order.job)), data, order.job.material.classes)


READER = Reader(read, variables, most=lambda prompt, material: len(_usable(prompt, material)))
