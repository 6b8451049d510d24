"""Claims that a language model took out of a text, checked by code against the measured facts.

A claim is a quote, a question kind of ``open_qa``, its arguments and a value. The model sees the text and the question
alone; whether a claim is true is decided here, by the kind's own value and the same comparison as of answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rsica_data.claims.rubric_files import LONGEST
from rsica_data.core.files import dump_json
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import FactsView
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.open_qa.values import same_value

Status = Literal["supported", "contradicted", "unsettled"]
Json = dict[str, Any]

ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("any_change", "total_count", "total_share", "left_or_right", "top_or_bottom", "largest_class"), ()
    ),
    **dict.fromkeys(("changed_classes", "unchanged_classes"), ()),
    **dict.fromkeys(("class_presence", "class_count", "only_class", "area_share", "area_m2", "largest_size"), ("cls",)),
    **dict.fromkeys(("cells_of_class", "cell_count", "largest_cell", "smallest_cell", "busiest_cell"), ("cls",)),
    **dict.fromkeys(("spread", "growth_direction", "border", "nearest_class"), ("cls",)),
    "at_least": ("cls", "n"),
    "cell_presence": ("cls", "cell"),
    **dict.fromkeys(("more_objects", "more_area", "relative_position"), ("a", "b")),
}
"""Kinds that a claim may have where a pair has objects, and the arguments of each."""
COVER_ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("cover_more", "cover_before", "cover_after", "became", "was_before"), ("cls",)),
    **dict.fromkeys(("most_gained", "most_lost"), ()),
}
"""Kinds of claims about land cover."""


@dataclass(frozen=True)
class ExtractedClaim:
    """A claim beside the facts; ``fact`` is what they say, None where they do not settle it."""

    quote: str
    kind: str
    args: Mapping[str, Any]
    value: Any
    status: Status
    fact: Any

    def json(self) -> Json:
        """The claim as ``claims.jsonl`` holds it."""
        return {"quote": self.quote, "kind": self.kind, "args": dict(self.args), "value": self.value,
                "status": self.status, "fact": self.fact}  # fmt: skip


def case_of(text: str, question: str, view: FactsView) -> Json:
    """What a model is shown of a text: names of the pair's classes, the question, the text; nothing of the facts."""
    names: Json = {"classes": list(view.classes)}
    if view.cover:
        names["cover_classes"] = list(view.cover)
    return {**names, "question": question, "text": text[:LONGEST]}


def claims_schema(base: Mapping[str, Any], view: FactsView) -> Json:
    """The schema of a reply: that of the rubric, whose ``claims`` get the kinds, classes and cells of the pair.

    Args:
        base: the rubric's schema, an object with the array ``claims``.
        view: facts of the pair; only its names are used.
    """
    forms: dict[str, tuple[Json, Json, list[str]]] = {}
    for kind, names, args in _kinds(view):
        arguments = {name: _argument(name, names) for name in args}
        value = value_schema(KINDS[kind].type, KINDS[kind].options, view.classes, list(view.cover))
        forms.setdefault(dump_json([arguments, value]), (arguments, value, []))[2].append(kind)
    items = [
        _object({"quote": {"type": "string"}, "kind": {"enum": kinds}, "args": _object(arguments), "value": value})
        for arguments, value, kinds in forms.values()
    ]
    claims = {**base["properties"]["claims"], "items": {"anyOf": items}}
    return {**base, "properties": {**base["properties"], "claims": claims}}


def _kinds(view: FactsView) -> Iterator[tuple[str, Sequence[str], tuple[str, ...]]]:
    """(kind, classes that its arguments can name, arguments) of a pair."""
    for kind, args in ARGUMENTS.items():
        if len(view.classes) > 1 or not {"a", "b"} & set(args):
            yield kind, view.classes, args
    for kind, args in COVER_ARGUMENTS.items() if view.cover else ():
        yield kind, list(view.cover), args


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _argument(name: str, classes: Sequence[str]) -> Json:
    if name == "n":
        return {"type": "integer"}
    return {"enum": list(CELLS if name == "cell" else classes)}


def value_schema(type_: str, options: Sequence[str], classes: Sequence[str], cover: Sequence[str]) -> Json:
    """The JSON schema of a value of an open question.

    Args:
        type_: type of the kind's value, one of those of ``open_qa``.
        options: the values of a choice.
        classes: names that a class can have.
        cover: names that a class of land cover can have.

    >>> value_schema("class_or_equal", (), ("road", "building"), ())
    {'enum': ['road', 'building', 'equal']}
    """
    if type_ in ("classes", "cells"):
        return {"type": "array", "items": {"enum": list(CELLS if type_ == "cells" else classes)}}
    plain = {"bool": "boolean", "count": "integer", "percent": "number", "area": "number"}
    if type_ in plain:
        return {"type": plain[type_]}
    names: dict[str, Sequence[str]] = {"class": classes, "class_or_equal": (*classes, "equal"),
                                       "any_class": cover, "cell": CELLS, "choice": options}  # fmt: skip
    return {"enum": list(names[type_])}


def check_claims(claims: Sequence[Mapping[str, Any]], text: str, view: FactsView) -> tuple[list[ExtractedClaim], int]:
    """(claims beside the facts, number of those that were dropped).

    A claim is dropped where its quote does not stand in the text (white space aside), or where it compares a class with
    itself. One that is made twice counts once.

    Args:
        claims: what the model gave, of the form of :func:`claims_schema`.
        text: the text that it saw.
        view: facts of the pair.
    """
    whole = _folded(text)
    kept: dict[str, ExtractedClaim] = {}
    dropped = 0
    for claim in claims:
        quote, args = _folded(str(claim["quote"])), claim["args"]
        if not quote or quote not in whole or ("a" in args and args["a"] == args["b"]):
            dropped += 1
            continue
        checked_claim = _check(quote, str(claim["kind"]), args, claim["value"], view)
        kept.setdefault(dump_json([checked_claim.kind, dict(args), claim["value"]]), checked_claim)
    return list(kept.values()), dropped


def _folded(text: str) -> str:
    # A prompt shows a fence in a text with a space of no width in it, see Rubric.render.
    return " ".join(text.replace("\u200b", "").split())


def _check(quote: str, kind: str, args: Mapping[str, Any], value: Any, view: FactsView) -> ExtractedClaim:
    fact = KINDS[kind].value(view, dict(args))
    if fact is None:
        return ExtractedClaim(quote, kind, args, value, "unsettled", None)
    right = same_value(KINDS[kind].type, fact, value)
    return ExtractedClaim(quote, kind, args, value, "supported" if right else "contradicted", fact)
