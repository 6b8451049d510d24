"""Options of sources, tasks and adapters as a table: name, type, default and meaning.

Types and defaults come from the pydantic model, meanings from the ``Attributes`` section of its docstring. The command
line and the documentation print the same rows.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from rsica_data.core import registry
from rsica_data.core.command_line import print_json
from rsica_data.core.files import dump_json

_PLAIN = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    Any: "any value",
    Decimal: "number",
    NoneType: "null",
}
_BOUNDS = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))
_ENTRY = re.compile(r"^(\w+(?:, \w+)*): (.*)$")
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")
_WIDTH = 100

REQUIRED = "required"
"""Default of an option that must be given."""


@dataclass(frozen=True)
class ShownType:
    """Words for the type of a field whose validator takes other forms than its annotation shows.

    Use as ``Annotated[..., ShownType("mapping of class name to label value")]``.
    """

    words: str


@dataclass(frozen=True)
class OptionRow:
    """One option.

    Attributes:
        name: its key; keys of a nested mapping are joined by dots.
        type: what a recipe or ``--set`` may give.
        default: JSON of the default value; ``required`` where there is none.
        meaning: what it does.
    """

    name: str
    type: str
    default: str
    meaning: str


def option_rows(model: type[BaseModel]) -> list[OptionRow]:
    """Rows of a model's fields, each followed by the rows of the mappings that it may hold.

    Example:
        >>> class Options(BaseModel):
        ...     '''Options.
        ...
        ...     Attributes:
        ...         size: width of a tile in pixels.
        ...     '''
        ...
        ...     size: int = 256
        >>> option_rows(Options)
        [OptionRow(name='size', type='integer', default='256', meaning='width of a tile in pixels.')]
    """
    return _rows(model, "", {})


def _rows(model: type[BaseModel], prefix: str, described: dict[type[BaseModel], str]) -> list[OptionRow]:
    """Rows of a model; ``described`` holds the option under which a nested model was listed before."""
    meanings = _meanings(model)
    rows: list[OptionRow] = []
    for name, field in model.model_fields.items():
        annotation = _annotation(field)
        nested = _nested(annotation)
        earlier = [described[part] for part in nested if part in described]
        same = f" Keys as for ``{earlier[0]}``." if earlier else ""
        words = type_words(annotation)
        rows.append(OptionRow(prefix + name, words, _default(field), meanings.get(name, "") + same))
        for part in nested:
            if part not in described:
                described[part] = prefix + name
                rows.extend(_rows(part, f"{prefix}{name}.", described))
    return rows


def type_words(annotation: Any) -> str:
    """A type in the words of YAML: ``integer >= 1``, ``list of string``, ``auto | none``."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments)
    if origin is Literal:
        return " | ".join(str(value) for value in arguments)
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(type_words(part) for part in arguments if part is not NoneType))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    if origin in (dict, Mapping):
        if Any in arguments:
            return "mapping"
        return f"mapping of {_grouped(type_words(arguments[0]))} to {_grouped(type_words(arguments[1]))}"
    if origin is tuple and arguments[-1] is not Ellipsis:
        return _fixed([type_words(part) for part in arguments])
    if origin in (list, tuple, set, frozenset, Sequence):
        return f"list of {_grouped(type_words(arguments[0]))}"
    return str(getattr(annotation, "__name__", annotation))


def plugin_options(spec: Any) -> type[BaseModel]:
    """The options model of a source or adapter, or the settings model of a task."""
    model: type[BaseModel] = spec.options if hasattr(spec, "options") else spec.settings
    return model


def print_plugin(group: str, name: str, as_json: bool) -> None:
    """Print one source, task or adapter with all of its options.

    Args:
        group: entry-point group, such as ``registry.SOURCES``.
        name: name in the group.
        as_json: print JSON in place of text.

    Raises:
        UserError: no such name.
    """
    spec = registry.load(group, name)
    rows = option_rows(plugin_options(spec))
    if as_json:
        print_json({"name": spec.name, "summary": spec.summary, "options": [asdict(row) for row in rows]})
        return
    click.echo(f"{spec.name}\n    {spec.summary}")
    for line in getattr(spec, "layout", "").splitlines():
        click.echo(f"      {line}")
    click.echo(rows_as_text(rows))


def rows_as_text(rows: Sequence[OptionRow]) -> str:
    """Rows for a terminal: name, type and default on a line, the meaning below it."""
    lines: list[str] = []
    for row in rows:
        default = "required" if row.default == REQUIRED else f"default {row.default}"
        lines.append(f"  {row.name}: {row.type}; {default}")
        lines.extend(_wrapped(row.meaning.replace("``", "")))
    return "\n".join(lines) or "  no options"


def rows_as_markdown(rows: Sequence[OptionRow]) -> str:
    """Rows as a table in Markdown."""
    if not rows:
        return "No options."
    lines = ["| option | type | default | meaning |", "| --- | --- | --- | --- |"]
    for row in rows:
        default = row.default if row.default == REQUIRED else f"`{row.default}`"
        cells = (f"`{row.name}`", row.type, default, row.meaning.replace("``", "`"))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    wrap = textwrap.TextWrapper(_WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"      {line}" for line in wrap.wrap(text)]


def _annotation(field: FieldInfo) -> Any:
    """The annotation with the metadata that pydantic took off its outside."""
    if not field.metadata:
        return field.annotation
    return Annotated[(field.annotation, *field.metadata)]


def _annotated(arguments: Sequence[Any]) -> str:
    """Words of ``Annotated[TYPE, *metadata]``: the type with its bounds, or what a :class:`ShownType` says."""
    metadata: list[Any] = []
    for entry in arguments[1:]:
        metadata.extend([entry, *entry.metadata] if isinstance(entry, FieldInfo) else [entry])
    shown = [entry.words for entry in metadata if isinstance(entry, ShownType)]
    if shown:
        return shown[-1]
    bounds = [
        f"{sign} {getattr(entry, name):g}"
        for entry in metadata
        if not isinstance(entry, FieldInfo)
        for name, sign in _BOUNDS
        if isinstance(getattr(entry, name, None), (int, float))
    ]
    return " ".join([type_words(arguments[0]), ", ".join(bounds)]).strip()


def _fixed(parts: Sequence[str]) -> str:
    if len(set(parts)) == 1:
        return f"list of {len(parts)}: {parts[0]}"
    return "list: " + ", ".join(parts)


def _grouped(words: str) -> str:
    return f"({words})" if " | " in words else words


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    text = dump_json(to_jsonable_python(value))
    return text.strip('"')


def _nested(annotation: Any) -> list[type[BaseModel]]:
    """Models among the alternatives of a type; those inside lists and mappings are described in words instead."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is Annotated:
        arguments = get_args(annotation)
        return [] if any(isinstance(entry, ShownType) for entry in arguments) else _nested(arguments[0])
    if get_origin(annotation) in (Union, UnionType):
        return [model for part in get_args(annotation) for model in _nested(part)]
    return []


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """Meanings of a model's fields, from its docstring and those of its bases."""
    meanings: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base is not BaseModel and issubclass(base, BaseModel) and "__doc__" in vars(base):
            meanings.update(_attributes(inspect.cleandoc(base.__doc__ or "")))
    return meanings


def _attributes(docstring: str) -> dict[str, str]:
    """Entries of the section ``Attributes`` of a Google docstring; ``a, b: text`` describes both."""
    _, section, rest = docstring.partition("Attributes:\n")
    entries: dict[str, str] = {}
    names: list[str] = []
    for line in rest.splitlines() if section else []:
        if line.strip() and not line.startswith(" "):
            break
        start = _ENTRY.match(line[4:]) if not line.startswith("     ") else None
        if start:
            names = start.group(1).split(", ")
            entries.update(dict.fromkeys(names, start.group(2)))
        else:
            entries.update({name: f"{entries[name]} {line.strip()}".strip() for name in names})
    return {name: _ROLE.sub(r"``\1``", text) for name, text in entries.items()}
