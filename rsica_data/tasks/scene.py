"""What kind of scene is it? The class of an image, one of those of its set, which the question lists.

It asks the questions of kind ``scene`` that a dataset page gives (RESISC45's folders) with their options, for models
that do not know the set; `given_qa` asks them as the page words them. Gold ``{"kind", "args": {"options"},
"value"}``, answer ``{"value"}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from rsica_data.schema import AskContext, Draft, JsonObject, ParseContext, Turn, Unparsed
from rsica_data.tasks.common import TaskSettings, phrase_number
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.given_qa import read_option, same_text
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join
from rsica_data.text.normalized.reply import read_answer

NAME = "scene"
VERSION = 1


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One question for an image whose scene the dataset names."""
    rng = Random(context.seed)  # noqa: S311 - not for security
    phrases = template_file(NAME)["questions"]
    drafts = []
    for given in context.questions:
        if given.kind != NAME or len(given.options) < 2:
            continue
        number = phrase_number(len(phrases), context, settings, rng)
        value = given.turns[0][1]
        gold: JsonObject = {"kind": NAME, "args": {"options": list(given.options)}, "value": value}
        asked = phrases[number].format(options=join(list(given.options), "or"))
        turns = (Turn("user", asked), Turn("assistant", value))
        drafts.append(Draft(NAME, turns, gold, (value,), f"{NAME}/{number}", VERSION))
    return drafts


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The kind of scene that a reply names."""
    options = tuple(context.question.args.get("options", ()))
    return read_answer(text, lambda words: read_option(words.strip(" *_`#-"), options))


TASK = declare_task(
    NAME,
    "The class of an image, one of those that the question lists.",
    version=VERSION,
    ask=ask,
    render=lambda answer, context: str(answer["value"]),
    parse=parse,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=lambda gold, given: same_text(gold["value"]) == same_text(given["value"]),
    needs=("questions",),
)
