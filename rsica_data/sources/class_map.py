"""Which label value stands for which class, as a recipe states it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from rsica_data.core.option_table import ShownType
from rsica_data.imagery.masks import Colour
from rsica_data.schema import ClassDef
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.mask_rules import MaskRule
from rsica_data.text.class_name_rule import check_class_names


def as_number(given: Any) -> Any:
    """A number as a recipe gives it; `true`, which Python takes for 1, is none.

    Raises:
        ValueError: it is a truth value.
    """
    if isinstance(given, bool):
        raise ValueError(f"{given!r}: should be a number")
    return given


GroundSampleDistance = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False), BeforeValidator(as_number)]
"""Metres a pixel, as a recipe gives it."""

_FORMS = "a value 0..255, an RGB colour [r, g, b], or a list of these"
_CLASS_MAP = ShownType("mapping of class name to label value, colour or list of these")
_LABEL_VALUES = ShownType("label value, colour or list of these")


class ClassValues(BaseModel):
    """A class and the label values that stand for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(min_length=1)
    values: tuple[Colour, ...]


def parse_values(given: Any) -> tuple[Colour, ...]:
    """Label values as a recipe gives them: one, or a list.

    A list of three whole numbers is a colour, and in grey files three levels where it can be (:func:`label_ids`); a
    grey level can also be written as the colour ``[v, v, v]``.

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
        class_values = []
        for name, values in given.items():
            if not isinstance(name, str):
                raise ValueError(f"class name {name!r} should be text; put it in quotes")
            if not name.strip():
                raise ValueError("a class name should not be empty")
            try:
                class_values.append(ClassValues(name=name, values=parse_values(values)))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return tuple(class_values)
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
    value_ids: dict[Colour, int] = {}
    owner: dict[tuple[int, int, int], str] = {}
    groups = [("background", 0, background), ("ignore", ignore_id, ignore)]
    groups += [(item.name, ids[item.name], item.values) for item in classes]
    for name, class_id, values in groups:
        for value in values:
            colour = (value, value, value) if isinstance(value, int) else value
            if owner.setdefault(colour, name) != name:
                hint = "; set background: [] where 0 is a class" if owner[colour] == "background" else ""
                raise ValueError(f"value {value} stands for both {owner[colour]} and {name}{hint}")
            value_ids[value] = class_id
    return value_ids | _grey_lists(value_ids)


def _grey_lists(mapping: Mapping[Colour, int]) -> dict[Colour, int]:
    """Three grey levels in brackets, which cannot be told from a colour, as levels too.

    A file in colour has the colour, a grey one the levels. Only where every colour of the map can be such a list:
    three levels that differ and stand for nothing else, as [0, 128, 0] with a background of 0 do not.
    """
    levels: dict[Colour, int] = {}
    known = {
        value if isinstance(value, int) else value[0]: class_id
        for value, class_id in mapping.items()
        if _is_grey(value)
    }
    for value, class_id in mapping.items():
        if isinstance(value, int) or _is_grey(value):
            continue
        if len(set(value)) < 3 or any(known.setdefault(level, class_id) != class_id for level in value):
            return {}
        levels |= dict.fromkeys(value, class_id)
    return levels


def _is_grey(value: Colour) -> bool:
    return isinstance(value, int) or value[0] == value[1] == value[2]


class LabelOptions(BaseModel):
    """The options of a source that say what the values of its label files mean.

    Attributes:
        classes: label values of each class, in the order of ids.
        change_classes: those of the change mask, where it has classes of its own.
        background: values that stand for no class.
        ignore: values of pixels that nobody labelled.
        palette: label files with a palette are read by their colours or by their indices.
        mask_threshold: grey levels of the change mask from here on are change, in place of the values of its one class.
            For masks saved as JPEG, whose values smear.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    classes: Annotated[tuple[ClassValues, ...], _CLASS_MAP] = ()
    change_classes: Annotated[tuple[ClassValues, ...], _CLASS_MAP] = ()
    background: Annotated[tuple[Colour, ...], _LABEL_VALUES] = (0,)
    ignore: Annotated[tuple[Colour, ...], _LABEL_VALUES] = ()
    palette: Literal["colours", "indices"] = "colours"
    mask_threshold: Annotated[int, Field(ge=1, le=255)] | None = None

    @field_validator("classes", "change_classes", mode="before")
    @classmethod
    def _class_map(cls, value: Any) -> Any:
        return parse_classes(value)

    @field_validator("classes", "change_classes", mode="after")
    @classmethod
    def _names(cls, value: tuple[ClassValues, ...], info: ValidationInfo) -> tuple[ClassValues, ...]:
        own = [item.name for item in value]
        # Both maps make one list of classes; a name that stands in both is one class.
        before = [item.name for item in info.data.get("classes", ())] if info.field_name == "change_classes" else []
        check_class_names(dict.fromkeys([*own, *before]))
        return value

    @field_validator("background", "ignore", mode="before")
    @classmethod
    def _values(cls, value: Any) -> tuple[Colour, ...]:
        return parse_values(value)

    def class_defs(self) -> tuple[ClassDef, ...]:
        """The classes with their ids."""
        names = dict.fromkeys(item.name for item in (*self.classes, *self.change_classes))
        return tuple(ClassDef(number, name) for number, name in enumerate(names, 1))

    def mapping(self, role: str) -> dict[Colour, int]:
        """Label value to class id for the mask ``role``; ignored values have `IGNORE_ID`.

        Raises:
            ValueError: one value stands for two things.
        """
        chosen = self.change_classes if role == "change_mask" and self.change_classes else self.classes
        ids = {item.name: item.id for item in self.class_defs()}
        return label_ids(chosen, ids, self.background, self.ignore, IGNORE_ID)

    def mask_rule(self, role: str) -> MaskRule:
        """How mask files of a role are read.

        Raises:
            ValueError: as :meth:`mapping`.
        """
        by_threshold = role == "change_mask" and self.mask_threshold is not None
        return MaskRule(
            self.mapping(role),
            palette_indices=self.palette == "indices",
            threshold=self.mask_threshold if by_threshold else None,
            threshold_id=self._change_ids()[0] if by_threshold else 1,
            values_key="source.options.classes",
            threshold_key="source.options.mask_threshold" if role == "change_mask" else None,
        )

    def _change_ids(self) -> tuple[int, ...]:
        ids = {item.name: item.id for item in self.class_defs()}
        return tuple(ids[item.name] for item in self.change_classes or self.classes)

    def check_labels(self, masks: Sequence[str]) -> None:
        """See that the classes go with the masks that are given.

        Raises:
            ValueError: they do not.
        """
        if masks and not (self.classes or (self.change_classes and list(masks) == ["change_mask"])):
            raise ValueError(f"{masks[0]} is given: classes should map class names to label values")
        if self.mask_threshold is not None and "change_mask" not in masks:
            raise ValueError("mask_threshold is given without change_mask")
        if self.mask_threshold is not None and len(self._change_ids()) != 1:
            raise ValueError(
                "mask_threshold tells change from no change: change_classes (or classes) should be one class"
            )
        if len(self.class_defs()) >= IGNORE_ID:
            raise ValueError(f"at most {IGNORE_ID - 1} classes")
        for role in masks:
            self.mapping(role)
