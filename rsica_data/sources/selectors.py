"""Which part of a sample or of a row is meant: ``image``, ``image[0]``, ``images[1]``, ``image[2:4]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator

from rsica_data.core.errors import InvalidItemError

_FORM = re.compile(r"(?P<key>[^\[\]]+)(?:\[(?P<first>-?\d+)(?::(?P<last>-?\d+))?\])?")


@dataclass(frozen=True, slots=True)
class Selector:
    """A value of a mapping, or a part of it along its first axis.

    Attributes:
        key: the mapping's key.
        first: index on the first axis, or the start of a range; None for the whole value.
        last: end of the range, exclusive; None where one index is meant.
    """

    key: str
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        if self.first is None:
            return self.key
        return f"{self.key}[{self.first}]" if self.last is None else f"{self.key}[{self.first}:{self.last}]"

    def of(self, sample: Mapping[str, Any]) -> Any:
        """The value; None where the mapping holds none.

        Raises:
            InvalidItemError: ``missing-part``: the value has no such index.
        """
        value = sample.get(self.key)
        if value is None or self.first is None:
            return value
        try:
            return value[self.first] if self.last is None else value[self.first : self.last]
        except (IndexError, KeyError, TypeError) as error:
            raise InvalidItemError("missing-part", f"'{self}' is not there: {error}") from None


def parse_selector(text: str) -> Selector:
    """A selector as a recipe writes it.

    Raises:
        ValueError: it is none.

    Example:
        >>> parse_selector("image[2:4]")
        Selector(key='image', first=2, last=4)
        >>> str(parse_selector("images[-1]"))
        'images[-1]'
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' should be a key, as image, or a part of its value, as image[0] or image[0:3]")
    first, last = match["first"], match["last"]
    return Selector(match["key"], None if first is None else int(first), None if last is None else int(last))


def _checked(text: str) -> str:
    parse_selector(text)
    return text


Part = Annotated[str, AfterValidator(_checked)]
"""A field of a pydantic model that holds the text of a selector."""
