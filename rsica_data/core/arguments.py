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
