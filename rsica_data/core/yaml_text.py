"""YAML with the line of every key, bounded in size, nesting and aliases; texts, numbers and mappings only."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import DEEPEST, short
from rsica_data.core.text_encoding import read_user_text

_MIB = 1 << 20
_LARGEST = _MIB // 4
_MOST_VALUES = 100_000
_TAG = "tag:yaml.org,2002:"
_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge")}
_LONGEST_NUMBER = 40
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


class YamlSyntaxError(UserError):
    """A text that is not YAML."""


def compose(text: str, file: str, what: str) -> yaml.MappingNode:
    """The node tree of a YAML text that holds one mapping.

    Args:
        text: YAML.
        file: its name in messages.
        what: said where it is no mapping ("a recipe is a mapping with ...").

    Raises:
        UserError: not valid YAML, no mapping, or beyond the limits.
    """
    root = _compose(text, file)
    if not isinstance(root, yaml.MappingNode):
        raise UserError(what, file=file, line=1)
    return root


def _compose(text: str, file: str) -> yaml.Node | None:
    if len(text) > _LARGEST:
        raise UserError(f"YAML of more than {_LARGEST // 1024} KB is not read", file=file)
    _check_nesting(text, file)
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise YamlSyntaxError(f"not valid YAML: {short(str(error.problem))}", file=file, line=line) from None
    except yaml.YAMLError as error:
        raise YamlSyntaxError(f"not valid YAML: {short(str(error).splitlines()[0])}", file=file) from None
    except RecursionError:
        # The check of nesting ends at what its own parser refuses, which this one may take.
        raise UserError(f"nested more than {DEEPEST} levels deep", file=file) from None
    except (ValueError, OverflowError) as error:
        # Escapes of characters that are none ("\UFFFFFFFF") are Python's to refuse.
        raise YamlSyntaxError(f"not valid YAML: {error}", file=file) from None


def _check_nesting(text: str, file: str) -> None:
    """Raises UserError where values are nested too deeply for those who read them by recursion."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                depth += 1
                if depth > DEEPEST:
                    line = event.start_mark.line + 1 if event.start_mark is not None else None
                    raise UserError(f"nested more than {DEEPEST} levels deep", file=file, line=line)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
    except yaml.MarkedYAMLError as error:
        # PyYAML from 6.0.4 on has a limit of its own, which it reaches before it tells of the values inside.
        if error.problem_mark is not None and "nesting depth" in str(error.problem):
            line = error.problem_mark.line + 1
            raise UserError(f"nested more than {DEEPEST} levels deep", file=file, line=line) from None
        return  # told, with its line, when the nodes are made
    except (yaml.YAMLError, ValueError, OverflowError):
        return


def construct(root: yaml.MappingNode, file: str) -> dict[str, Any]:
    """The values of a node tree.

    Raises:
        UserError: a key appears twice in one mapping or is no single value, aliases repeat too much, or a value cannot
            be read or could not be written again.
    """
    values = _construct(root, file)
    return {str(key): value for key, value in values.items()}


def _construct(root: yaml.Node, file: str) -> Any:
    sizes: dict[int, int] = {}
    _check_size(root, file, sizes, ())
    _check_nodes(root, file)
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise UserError(f"not valid YAML: {short(str(error.problem))}", file=file, line=line) from None
    finally:
        loader.dispose()


def _check_size(node: yaml.Node, file: str, sizes: dict[int, int], above: tuple[int, ...]) -> int:
    """How many values a node stands for, aliases written out; each node is counted once."""
    if id(node) in above:
        raise UserError("an alias (*) stands inside what it names", file=file, line=node.start_mark.line + 1)
    if id(node) not in sizes:
        inside = (*above, id(node))
        sizes[id(node)] = 1 + sum(_check_size(part, file, sizes, inside) for part in _parts(node))
        if sizes[id(node)] > _MOST_VALUES:
            problem = f"holds more than {_MOST_VALUES} values, aliases (*) written out"
            raise UserError(problem, file=file, line=node.start_mark.line + 1)
    return sizes[id(node)]


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _check_nodes(root: yaml.Node, file: str) -> None:
    loader = yaml.SafeLoader("")
    try:
        for node in _each(root, set()):
            line = node.start_mark.line + 1
            if node.tag not in _TAGS:
                raise UserError(f"tag '{short(node.tag)}' is not read here", file=file, line=line)
            if isinstance(node, yaml.MappingNode):
                _check_keys(node, file)
            elif isinstance(node, yaml.ScalarNode):
                _check_scalar(loader, node, file)
    finally:
        loader.dispose()


def _each(node: yaml.Node, seen: set[int]) -> Iterator[yaml.Node]:
    if id(node) not in seen:
        seen.add(id(node))
        yield node
        for part in _parts(node):
            yield from _each(part, seen)


def _check_keys(node: yaml.MappingNode, file: str) -> None:
    # YAML's own loader lets the last of two equal keys win in silence.
    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UserError("a key should be text, not a list or a mapping", file=file, line=line)
        if key.value in seen:
            raise UserError(f"key '{short(key.value)}' appears twice in one mapping", file=file, line=line)
        seen.add(key.value)


def _check_scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode, file: str) -> None:
    line = node.start_mark.line + 1
    if node.tag == _TAG + "merge":
        return
    if _UNWRITABLE.search(node.value):
        raise UserError("a text holds a NUL character or half of a surrogate pair", file=file, line=line)
    if node.tag in (_TAG + "int", _TAG + "float") and len(node.value) > _LONGEST_NUMBER:
        raise UserError(f"a number of {len(node.value)} characters is too long", file=file, line=line)
    try:
        loader.construct_document(node)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        # PyYAML makes dates and numbers itself and lets Python's own error through (2026-02-31, !!bool perhaps).
        problem = (
            str(error) if isinstance(error, ValueError) else f"{short(node.value)!r} is not {node.tag[len(_TAG) :]}"
        )
        raise UserError(f"a value cannot be read: {problem}", file=file, line=line) from None


def check_numbers(root: yaml.Node, file: str) -> None:
    """Check that every number can be written as JSON and read again, after the values' own checks.

    Raises:
        UserError: a number is infinite or none, or a whole number is more than 64 bits hold.
    """
    loader = yaml.SafeLoader("")
    try:
        for node in _each(root, set()):
            value = loader.construct_document(node) if node.tag in (_TAG + "int", _TAG + "float") else 0
            is_wide = isinstance(value, int) and not -(2**63) <= value < 2**63
            if is_wide or (isinstance(value, float) and not math.isfinite(value)):
                problem = f"the number {short(node.value)} cannot be kept"
                raise UserError(problem, file=file, line=node.start_mark.line + 1)
    finally:
        loader.dispose()


def line_of(root: yaml.Node, path: Sequence[str | int]) -> int:
    """1-based line of the key at ``path``, or of the nearest enclosing key that is there."""
    node, line = root, root.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if entry is None:
                return line
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def read_yaml_mapping(path: Path, what: str) -> tuple[dict[str, Any], yaml.MappingNode]:
    """The mapping that a YAML file holds, and its nodes, for :func:`line_of`.

    Args:
        path: the file.
        what: said where it is no mapping.

    Raises:
        UserError: cannot be read, or as :func:`compose` and :func:`construct`.
    """
    root = compose(read_user_text(path, limit=4 * _LARGEST), str(path), what)
    return construct(root, str(path)), root


def parse_yaml_value(text: str, file: str) -> Any:
    """The value of a YAML text of any kind, as an option of a command line gives it.

    Raises:
        YamlSyntaxError: not YAML.
        UserError: as :func:`compose` and :func:`construct`.
    """
    root = _compose(text, file)
    if root is None:
        return None
    value = _construct(root, file)
    check_numbers(root, file)
    return value
