"""Which label value stands for which class, as a recipe states it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rsica_data.images import Colour

_FORMS = "a value 0..255, an RGB colour [r, g, b], or a list of these"


class ClassValues(BaseModel):
    """A class and the label values that stand for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    values: tuple[Colour, ...]


def parse_values(given: Any) -> tuple[Colour, ...]:
    """Label values as a recipe gives them: one, or a list.

    A list of three whole numbers is a colour; a grey level can also be written as the colour ``[v, v, v]``.

    Raises:
        ValueError: something else.
    """
    single = _single(given)
    if single is not None:
        return (single,)
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"{given!r} should be {_FORMS}")
    return tuple(_need_single(part) for part in given)


def parse_classes(given: Any) -> Any:
    """A class map of a recipe as :class:`ClassValues`, in the order of ids.

    Accepts ``{name: values}``, as people write it, and the list of ``{name, values}`` that a manifest keeps: a
    canonical JSON object would lose the order, and with it the ids.

    Raises:
        ValueError: a value is neither a grey level, nor a colour, nor a list of these.
    """
    if isinstance(given, Mapping):
        found = []
        for name, values in given.items():
            if not isinstance(name, str):
                raise ValueError(f"class name {name!r} should be text; put it in quotes")
            try:
                found.append(ClassValues(name=name, values=parse_values(values)))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return tuple(found)
    if isinstance(given, (list, tuple)):
        return tuple(_stored(entry) for entry in given)
    raise ValueError(f"{given!r} should be a mapping of class names to label values")


def _stored(entry: Any) -> ClassValues:
    if isinstance(entry, ClassValues):
        return entry
    if not isinstance(entry, Mapping) or set(entry) != {"name", "values"}:
        raise ValueError(f"{entry!r} should have name and values")
    return ClassValues(name=entry["name"], values=tuple(_need_single(value) for value in entry["values"]))


def _single(value: Any) -> Colour | None:
    if _is_level(value):
        return int(value)
    if isinstance(value, (list, tuple)) and len(value) == 3 and all(_is_level(part) for part in value):
        return (value[0], value[1], value[2])
    return None


def _need_single(value: Any) -> Colour:
    single = _single(value)
    if single is None:
        raise ValueError(f"{value!r} should be {_FORMS}")
    return single


def _is_level(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def label_ids(
    classes: Iterable[ClassValues],
    ids: Mapping[str, int],
    background: Sequence[Colour],
    ignore: Sequence[Colour],
    ignore_id: int,
) -> dict[Colour, int]:
    """Label value to class id: 0 for ``background``, ``ignore_id`` for ``ignore``.

    Raises:
        ValueError: one value stands for two things.
    """
    found: dict[Colour, int] = {}
    owner: dict[tuple[int, int, int], str] = {}
    groups = [("background", 0, background), ("ignore", ignore_id, ignore)]
    groups += [(item.name, ids[item.name], item.values) for item in classes]
    for name, class_id, values in groups:
        for value in values:
            colour = (value, value, value) if isinstance(value, int) else value
            if owner.setdefault(colour, name) != name:
                hint = "; set background: [] where 0 is a class" if owner[colour] == "background" else ""
                raise ValueError(f"value {value} stands for both {owner[colour]} and {name}{hint}")
            found[value] = class_id
    return found
