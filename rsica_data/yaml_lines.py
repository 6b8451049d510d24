"""YAML with the line of every key, for messages about mistakes in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from rsica_data.errors import UserError


def compose(text: str, file: str, what: str) -> yaml.MappingNode:
    """The node tree of a YAML text that holds one mapping.

    Args:
        text: YAML.
        file: its name in messages.
        what: said where it is no mapping ("a recipe is a mapping with ...").

    Raises:
        UserError: not valid YAML, or no mapping.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise UserError(f"not valid YAML: {error.problem}", file=file, line=line) from None
    except yaml.YAMLError as error:
        raise UserError(f"not valid YAML: {error}", file=file) from None
    if not isinstance(root, yaml.MappingNode):
        raise UserError(what, file=file, line=1)
    return root


def construct(root: yaml.MappingNode, file: str) -> dict[str, Any]:
    """The values of a node tree.

    Raises:
        UserError: a key stands twice in one mapping, or a value cannot be read.
    """
    if at := _repeats_itself(root):
        raise UserError("not valid here: an alias (*) stands inside what it names", file=file, line=at)
    for key, at in _repeated_keys(root):
        raise UserError(f"key '{key}' stands twice in one mapping", file=file, line=at)
    loader = yaml.SafeLoader("")
    try:
        values: dict[str, Any] = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise UserError(f"not valid YAML: {error.problem}", file=file, line=line) from None
    except ValueError as error:
        # PyYAML makes dates and numbers itself and lets Python's own error through (2026-02-31).
        raise UserError(f"a value cannot be read: {error}", file=file, line=_unreadable(root)) from None
    finally:
        loader.dispose()
    return {str(key): value for key, value in values.items()}


def _unreadable(node: yaml.Node) -> int:
    """1-based line of the first scalar that cannot be made a value."""
    if isinstance(node, yaml.ScalarNode):
        loader = yaml.SafeLoader("")
        try:
            loader.construct_document(node)
        except ValueError:
            return node.start_mark.line + 1
        finally:
            loader.dispose()
        return 0
    parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    return next((line for part in parts if (line := _unreadable(part))), 0)


def _repeats_itself(node: yaml.Node, above: tuple[int, ...] = ()) -> int:
    """1-based line of an alias that stands inside what it names, 0 where there is none."""
    if id(node) in above:
        return node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return 0
    parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    return next((line for part in parts if (line := _repeats_itself(part, (*above, id(node))))), 0)


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    # YAML's own loader lets the last of two equal keys win in silence.
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)


def line_of(root: yaml.Node, path: Sequence[str | int]) -> int:
    """1-based line of the key at ``path``, or of the nearest enclosing key that is there."""
    node, line = root, root.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
