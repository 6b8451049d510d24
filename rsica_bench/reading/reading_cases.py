"""What a model that reads is asked: the prompt, and the schema of its answer by task and kind of question.

The model sees the question, the names of the classes and the reply. It never sees the images or the gold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_data.claims.extraction import value_schema
from rsica_data.core.files import sha256_json
from rsica_data.core.text_encoding import read_user_text
from rsica_data.geometry.cells import CELLS
from rsica_data.llm import LlmRequest, Message
from rsica_data.schema import Question
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.text.evidence.plain_replies import is_plain
from rsica_data.text.evidence.plain_shapes import CHANGED, COUNTS, PLACES, Asked
from rsica_data.text.yaml_files import packaged_yaml
from rsica_data.text.yes_no.question_polarity import may_ask_for_sameness

TASKS = ("classification", "counting", "localization", "open_qa")
"""The tasks whose replies a model can read."""
_TYPES = {"classification": CHANGED, "counting": COUNTS, "localization": PLACES}
LONGEST = 8000
"""Characters of a reply that a model sees: of a longer one the first and the last half."""
SCHEMA_NAME = "reading"
_PACKAGE = "rsica_bench.reading.prompt"

Json = dict[str, Any]


@dataclass(frozen=True)
class ReadingCase:
    """A reply that the rules leave, with what it replies to.

    Attributes:
        task: name of the task, one of :data:`TASKS`.
        question: kind of question and its arguments.
        classes: names of the classes that are asked about, in class-id order.
        prompt: the question as it was put.
        reply: the raw reply.
    """

    task: str
    question: Question
    classes: tuple[str, ...]
    prompt: str
    reply: str

    @property
    def shown(self) -> str:
        """The part of the reply that a model sees."""
        half = LONGEST // 2
        return self.reply if len(self.reply) <= LONGEST else f"{self.reply[:half]}\n[...]\n{self.reply[-half:]}"


def is_asked(task: str, kind: str, reply: str | None) -> bool:
    """Whether a model is asked about a reply: one that is not blank, to a question with a typed answer.

    >>> is_asked("counting", "counting", "many"), is_asked("captioning", "captioning", "many")
    (True, False)
    """
    return bool(reply and reply.strip()) and task in TASKS and (task != "open_qa" or kind in KINDS)


def is_left(case: ReadingCase, is_read: bool) -> bool:
    """Whether the rules leave a reply to a model: they have no answer, or the reply is not a plain one.

    Args:
        case: the reply and its question.
        is_read: whether the rules have an answer.
    """
    if not is_asked(case.task, case.question.kind, case.reply):
        return False
    if not is_read or (case.task == "classification" and may_ask_for_sameness(case.prompt)):
        return True
    return not is_plain(case.reply, case.classes, asked_of(case))


def asked_of(case: ReadingCase) -> Asked:
    """What the answer of a case holds.

    >>> asked_of(ReadingCase("open_qa", Question("class_count", {"cls": "road"}), ("building", "road"), "", "2"))
    Asked(type='count', options=(), own=1)
    """
    if case.task in _TYPES:
        return Asked(_TYPES[case.task])
    kind, cls = KINDS[case.question.kind], case.question.args.get("cls")
    # How many cells hold a class is a count of no class.
    own = case.classes.index(cls) if cls in case.classes and case.question.kind != "cell_count" else None
    return Asked(kind.type, kind.reply_options, own)


def request_of(case: ReadingCase, model: str) -> LlmRequest:
    """The request that asks for the reading of a case.

    Args:
        case: the reply and its question.
        model: name of the model, as its server knows it.

    Example:
        >>> case = ReadingCase("counting", Question("counting"), ("road",), "How many?", "It is hard to say: two.")
        >>> request_of(case, "mine").schema["required"]
        ['reason', 'quote', 'readable', 'answer']
    """
    return LlmRequest(
        messages=(Message("user", _prompt(case)),),
        model=model,
        schema=schema_of(case),
        schema_name=SCHEMA_NAME,
        parameters={"temperature": 0},
    )


def schema_of(case: ReadingCase) -> Json:
    """The JSON schema of a model's answer on a case."""
    words = {"type": "string"}
    nullable = {"anyOf": [_answer_schema(case), {"type": "null"}]}
    return _closed({"reason": words, "quote": words, "readable": {"type": "boolean"}, "answer": nullable})


def _answer_schema(case: ReadingCase) -> Json:
    if case.task == "classification":
        return {"type": "boolean"}
    if case.task == "open_qa":
        kind = KINDS[case.question.kind]
        asked = names_asked(case)
        return value_schema(kind.type, kind.reply_options, asked, asked)
    of_class: Json = (
        {"type": "integer"} if case.task == "counting" else {"type": "array", "items": {"enum": list(CELLS)}}
    )
    return _closed({name: {"anyOf": [of_class, {"type": "null"}]} for name in case.classes})


def names_asked(case: ReadingCase) -> list[str]:
    """The classes that the answer to an open question can name."""
    args = case.question.args
    if "among" in args:
        return list(args["among"])
    return [args["a"], args["b"]] if "a" in args and "b" in args else list(case.classes)


def _closed(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@cache
def _template() -> str:
    return read_user_text(Path(str(files(_PACKAGE))) / "prompt.jinja")


def _rules() -> Mapping[str, Any]:
    rules: Mapping[str, Any] = packaged_yaml(_PACKAGE, "rules.yaml")
    return rules


def reading_version() -> int:
    """Version of the prompt and its rules; a change of either is a new one."""
    return int(packaged_yaml(_PACKAGE, "meta.yaml")["version"])


def reading_sha256() -> str:
    """Hash of the prompt and its rules."""
    return sha256_json([_template(), _rules()])


def _prompt(case: ReadingCase) -> str:
    # Jinja comes with the extra `llm`: runs without such a reading are scored where it is not.
    from rsica_data.core.templating import compile_template, fenced_json, rendered

    rules, kind = _rules(), case.question.kind
    if case.task == "open_qa":
        asked, rule_words = (
            rules["open_qa"][kind].format_map(_Arguments(case.question.args)),
            rules["types"][KINDS[kind].type],
        )
    else:
        asked, rule_words = rules[case.task]["asked"], rules[case.task]["rules"]
    content = {"classes": list(case.classes), "question": case.prompt, "reply": case.shown}
    pieces = compile_template(_template(), "reading: prompt.jinja", trim=False).generate(
        case=fenced_json(content), asked=asked, rules=rule_words.strip()
    )
    return rendered(pieces, "reading: prompt.jinja")


class _Arguments(dict[str, Any]):
    """Arguments of a question in words; one that the question leaves out stays open."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        super().__init__({key: ", ".join(value) if isinstance(value, list) else value for key, value in args.items()})

    def __missing__(self, key: str) -> str:
        return "that the question names"
