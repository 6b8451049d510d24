"""Questions that came with the dataset, and the answers that it gives.

Gold ``{"kind", "turns": [[question, answer], ...], "options"}``, answer ``{"value": text}``. Where a type of question
has few answers in the whole set, as in CDVQA, a reply is read as the one of them that it names; other replies are taken
as they stand, and are right where they are the given answer but for case and the final point.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.schema import (
    AskContext,
    Draft,
    GoldTurn,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.schema.given import NUMBER
from rsica_data.tasks.common import TaskSettings
from rsica_data.tasks.declare import declare_task
from rsica_data.text.amounts.numbers import whole_number_in
from rsica_data.text.letters import named_options
from rsica_data.text.normalized.reply import read_answer, read_text
from rsica_data.text.yes_no.stance import plain, read_yes_no

_RANGE = re.compile(r"\bbetween (?:0 and 10|10 and 100|100 and 1000)\b|\bmore than 1000\b")

NAME = "given_qa"
VERSION = 1


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """Every question of the pair that the dataset answers, as it is."""
    drafts = []
    for given in context.questions:
        if not all(answer for _, answer in given.turns):
            continue
        turns = tuple(
            turn for asked, answer in given.turns for turn in (Turn("user", asked), Turn("assistant", answer))
        )
        gold: JsonObject = {
            "kind": given.kind,
            "turns": [list(turn) for turn in given.turns],
            "options": list(given.options),
        }
        references = tuple(answer for _, answer in given.turns)
        drafts.append(Draft(given.kind, turns, gold, references, f"{NAME}/given", VERSION))
    return drafts


def turns(kind: str, gold: JsonObject) -> Sequence[GoldTurn]:
    """A gold turn for each answer."""
    question = Question(kind, {"options": gold["options"]})
    return [GoldTurn(NAME, question, {"kind": kind, "value": answer}) for _, answer in gold["turns"]]


def render(answer: JsonObject, context: RenderContext) -> str:
    """The answer as it is."""
    return str(answer["value"])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The option that a reply names; the whole reply where there are no options."""
    options = tuple(context.question.args.get("options", ()))
    if not options:
        reply = read_text(text)
        return reply if isinstance(reply, Unparsed) else {"value": reply["text"]}
    return read_answer(text, lambda answer: read_option(answer, options))


def read_option(answer: str, options: tuple[str, ...]) -> JsonObject | Unparsed:
    """The one of some answers that a reply names, as ``{"value"}``; a whole number where the option is `NUMBER`.

    Args:
        answer: an answer without its frames.
        options: the answers that the question has.
    """
    if options == (NUMBER,):
        # RSVQA's models answer counts by ranges, which its protocol compares.
        ranged = _RANGE.search(plain(answer))
        if ranged is not None:
            return {"value": " ".join(ranged[0].split())}
        number = whole_number_in(plain(answer))
        return Unparsed("no number, or several") if number is None else {"value": str(number)}
    by_text = {same_text(option): option for option in options}
    words = same_text(answer)
    if words in by_text:
        return {"value": by_text[words]}
    if {"yes", "no"} >= by_text.keys():
        stance = read_yes_no(answer)
        word = None if stance is None else "yes" if stance else "no"
        return {"value": by_text[word]} if word in by_text else Unparsed("neither yes nor no")
    named = [options[place] for place in named_options(answer, options)]
    if len(named) == 1:
        return {"value": named[0]}
    return Unparsed("names several of the answers" if named else "names none of the answers")


def same_text(text: str) -> str:
    """A text without what answers may differ in: case, underscores, white space, the final point."""
    return " ".join(text.replace("_", " ").lower().split()).strip().removesuffix(".").strip()


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """The given answer."""
    return ({"value": gold["value"]},)


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal but for case, underscores and the final point."""
    return same_text(str(gold["value"])) == same_text(str(given["value"]))


TASK = declare_task(
    NAME,
    "Questions and conversations that came with the dataset, with its own answers.",
    version=VERSION,
    ask=ask,
    render=render,
    parse=parse,
    accepted=accepted,
    matches=matches,
    turns=turns,
    needs=("questions",),
)
