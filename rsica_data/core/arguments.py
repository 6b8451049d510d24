"""Arguments of the public functions, checked where a plain mistake would be taken for something else."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.core.errors import UserError


def need_list(values: Sequence[str], key: str, of: str) -> Sequence[str]:
    """The texts of an argument that is a list; one text would be taken for a list of its letters.

    Args:
        values: what was given.
        key: the argument's name.
        of: what the texts are, in the plural.

    Returns:
        ``values``, unchanged.

    Raises:
        UserError: it is one text.

    Example:
        >>> need_list(["road", "building"], "classes", "names")
        ['road', 'building']
    """
    if isinstance(values, str):
        raise UserError(f"is a list of {of}, not one text", key=key, hint=f"give [{values!r}]")
    return values


def need_least(least: int, **numbers: int | None) -> None:
    """See that numbers are not below the least one; None is left out.

    Args:
        least: the least number.
        numbers: numbers by the names of their arguments.

    Raises:
        UserError: one is below it.
    """
    for key, number in numbers.items():
        if number is not None and number < least:
            raise UserError(f"should be at least {least}, not {number}", key=key)


def need_texts(values: Sequence[str], key: str) -> None:
    """See that all items of a list are texts.

    Args:
        values: the list.
        key: the argument's name.

    Raises:
        UserError: one is not; it is named by its number, from 0.
    """
    for number, value in enumerate(values):
        if not isinstance(value, str):
            raise UserError(f"item {number} is no text: {value!r}", key=key)
