"""Questions of other tasks with lettered options; the wrong ones are mined from the same pair where it has any.

Gold ``{"kind", "args": {"options", "values", "several", "source", "asked"}, "letters": ["B"]}``, answer
``{"letters"}``. The form is that of XLRS-Bench (Wang et al. 2025, arXiv 2503.23771): one line an option, ``(A) ...``,
one right letter, or several where the question says so. A wrong option is what holds of something else in the pair
(another class's count, cell or share), then what is near; none lies within the tolerance of the right value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from pydantic import Field, PositiveInt

from rsica_data.core import registry
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    TaskSpec,
    Turn,
    Unparsed,
)
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.open_qa.kinds import KINDS, KindName
from rsica_data.tasks.open_qa.values import same_value, value_words
from rsica_data.tasks.template_files import template_file
from rsica_data.text.letters import LETTERS, read_letters
from rsica_data.text.normalized.reply import read_answer

NAME = "multiple_choice"
VERSION = 1
SOURCE = "open_qa"
_APART = 4.0
"""Least difference of shares in percent points: two are right within 2 points of the truth."""


class MultipleChoiceSettings(TaskSettings):
    """Settings of questions with options.

    Attributes:
        per_pair: questions a pair.
        options: maximum number of options of a question; two at least.
        kinds: kinds of `open_qa` questions to draw from (default: all but those of yes and no).
    """

    per_pair: PositiveInt = 3
    options: int = Field(default=4, ge=2, le=len(LETTERS))
    kinds: list[KindName] | None = Field(default=None, min_length=1)


def ask(context: AskContext, settings: MultipleChoiceSettings) -> Sequence[Draft]:
    """Some questions about a pair that changed, of different kinds: of another one, none would be hard to answer."""
    if context.view is None or not context.view.classes or not context.view.changed:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    source: TaskSpec = registry.load(registry.TASKS, SOURCE)
    kinds = settings.kinds or [name for name, kind in KINDS.items() if kind.type in _MINED or kind.type == "classes"]
    asked = source.ask(context, source.settings(per_pair=len(KINDS), kinds=kinds, paraphrase=settings.paraphrase))
    drafts: list[Draft] = []
    for draft in asked:
        if len(drafts) == settings.per_pair:
            break
        chosen = _options(draft.gold, context.view, settings.options, rng)
        if chosen is not None:
            drafts.append(_draft(draft, *chosen, context, settings, rng))
    return drafts


def _options(gold: JsonObject, view: FactsView, most: int, rng: Random) -> tuple[list[Any], list[Any]] | None:
    """(values of the options in their order, those that are right); None where there is nothing to choose from."""
    type_, value = KINDS[gold["kind"]].type, gold["value"]
    if type_ == "classes":
        among = list(gold["args"].get("among", view.classes))
        rng.shuffle(among)
        right = [name for name in among if name in value]
        wrong = [name for name in among if name not in value]
        kept = [*right, *wrong][: max(most, len(right))] if len(right) <= len(LETTERS) else []
        rng.shuffle(kept)
        return (kept, right) if right and len(kept) > 1 else None
    if type_ not in _MINED:
        return None
    others: list[Any] = []
    for other in _MINED[type_](gold, view, rng):
        if len(others) < most - 1 and all(_differ(type_, other, known) for known in (value, *others)):
            others.append(other)
    values = [value, *others]
    rng.shuffle(values)
    return (values, [value]) if others else None


def _differ(type_: str, first: Any, second: Any) -> bool:
    """Whether no answer can be right for both."""
    if type_ == "percent":
        return bool(abs(first - second) > _APART)
    if type_ == "area":
        return bool(abs(first - second) > 0.25 * max(first, second))
    return not same_value(type_, first, second)


def _numbers(near: Callable[[float], Iterable[float]], of: Callable[[FactsView], Iterable[float | None]]) -> _Miner:
    def mine(gold: JsonObject, view: FactsView, rng: Random) -> Iterator[float]:
        mined = sorted({value for value in of(view) if value is not None})
        rng.shuffle(mined)
        # Two at most from the pair: values far from the truth alone would give it away.
        yield from mined[:2]
        close = list(near(gold["value"]))
        rng.shuffle(close)
        yield from (value for value in close if value >= 0)

    return mine


def _near_count(value: float) -> Iterable[float]:
    return (value - 2, value - 1, value + 1, value + 2, value + 3, 2 * int(value))


def _near_share(value: float) -> Iterable[float]:
    steps = (value / 2, value * 2, value - 15, value - 8, value + 6, value + 9, value + 17, value + 30)
    return (round(step, 1) for step in steps if step <= 100)


def _near_area(value: float) -> Iterable[float]:
    return (round(value * by) for by in (0.25, 0.5, 1.5, 2, 3))


def _classes(gold: JsonObject, view: FactsView, rng: Random) -> Iterator[str]:
    args = gold["args"]
    among = [args[key] for key in ("a", "b") if key in args] or list(args.get("among", view.classes))
    # Classes that changed as well are harder to tell from the right one.
    others = sorted((name for name in among if name != args.get("cls")), key=lambda name: -view.area_px.get(name, 0))
    if KINDS[gold["kind"]].type == "class_or_equal":
        others.append("equal")
    yield from others


def _cells(gold: JsonObject, view: FactsView, rng: Random) -> Iterator[str]:
    changed = [cell for cell in CELLS if any(cell in cells for cells in view.cells.values())]
    rest = [cell for cell in CELLS if cell not in changed]
    rng.shuffle(changed)
    rng.shuffle(rest)
    yield from (*changed, *rest)


def _choices(gold: JsonObject, view: FactsView, rng: Random) -> Iterator[str]:
    options = list(KINDS[gold["kind"]].options)
    rng.shuffle(options)
    yield from options


_Miner = Callable[[JsonObject, FactsView, Random], Iterable[Any]]
_MINED: dict[str, _Miner] = {
    "count": _numbers(_near_count, lambda view: view.counts.values()),
    "percent": _numbers(_near_share, lambda view: (round(100 * share, 1) for share in view.fraction.values())),
    "area": _numbers(
        _near_area, lambda view: (None if area is None else round(area) for area in view.area_m2.values())
    ),
    "class": _classes,
    "any_class": _classes,
    "class_or_equal": _classes,
    "cell": _cells,
    "choice": _choices,
}


def _draft(
    source: Draft,
    values: list[Any],
    right: list[Any],
    context: AskContext,
    settings: MultipleChoiceSettings,
    rng: Random,
) -> Draft:
    type_ = KINDS[source.kind].type
    args: dict[str, Any] = {
        "options": [_text(value, type_) for value in values],
        "values": values,
        "several": type_ == "classes",
        "source": SOURCE,
        "asked": {"kind": source.kind, "args": source.gold["args"]},
    }
    letters = [LETTERS[place] for place, value in enumerate(values) if value in right]
    phrases = template_file(NAME)["several" if args["several"] else "one"]
    number = phrase_number(len(phrases), context, settings, rng)
    lines = "\n".join(f"({LETTERS[place]}) {text}" for place, text in enumerate(args["options"]))
    asked = phrases[number].format(question=source.turns[0].content, options=lines)
    question = Question(source.kind, args)
    pick = wording_pick(context, rng)
    text = render({"letters": letters}, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": source.kind, "args": args, "letters": letters}
    template = f"{NAME}/{source.kind}/{number}"
    return Draft(source.kind, (Turn("user", asked), Turn("assistant", text)), gold, (text,), template, VERSION)


def _text(value: Any, type_: str) -> str:
    if type_ == "classes":
        return value_words([value], type_)
    unit = {"percent": "%", "area": " m2"}.get(type_, "")
    return "an equal number" if value == "equal" else f"{value_words(value, type_)}{unit}"


def render(answer: JsonObject, context: RenderContext) -> str:
    """``B``, ``(B)`` or ``B. buildings``; several letters with commas."""
    letters = list(answer["letters"])
    if len(letters) > 1 or context.pick % 3 == 0:
        return ", ".join(letters)
    if context.pick % 3 == 1:
        return f"({letters[0]})"
    return f"{letters[0]}. {context.question.args['options'][LETTERS.index(letters[0])]}"


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The letters that a reply chooses."""
    options, several = context.question.args["options"], bool(context.question.args.get("several"))

    def read(answer: str) -> JsonObject | Unparsed:
        places = read_letters(answer, options, several)
        return places if isinstance(places, Unparsed) else {"letters": [LETTERS[place] for place in places]}

    return read_answer(text, read)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """The option that the facts say, or of numbers the one that is nearest to it."""
    args = question.args
    source: TaskSpec = registry.load(registry.TASKS, args["source"])
    asked = Question(args["asked"]["kind"], args["asked"]["args"])
    settled = source.answer(view, asked, pick)
    if settled is None:
        return None
    places = _chosen(KINDS[asked.kind].type, settled["value"], args)
    return {"letters": [LETTERS[place] for place in places]} if places else None


def _chosen(type_: str, value: Any, args: Mapping[str, Any]) -> list[int]:
    values = list(args["values"])
    if type_ == "classes":
        return [place for place, option in enumerate(values) if option in value]
    if type_ in ("count", "percent", "area"):
        return [min(range(len(values)), key=lambda place: abs(values[place] - value))]
    return [place for place, option in enumerate(values) if option == value]


TASK = declare_task(
    NAME,
    "Questions with lettered options, one or several right, the wrong ones mined from the pair.",
    version=VERSION,
    settings=MultipleChoiceSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=lambda gold: ({"letters": list(gold["letters"])},),
    matches=lambda gold, given: set(gold["letters"]) == set(given["letters"]),
)
