"""Schemes: OSM tags to classes, with line widths and the order of drawing, from a readable YAML file.

A scheme names its classes (their order gives the ids 1, 2, ...) and has a list of rules. The first rule that fits a
feature names its class. ``docs/osm.md`` shows the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, field_validator, model_validator

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.text_encoding import read_user_text
from rsica_data.core.validation import UserErrors, validate_model
from rsica_data.core.yaml_text import compose, construct, line_of
from rsica_data.osm.features import Feature, Tags
from rsica_data.schema import ClassDef
from rsica_data.text.class_name_rule import ClassNameError, check_class_names

ANY = "any"
Shape = Literal["area", "line", "point"]
_WHAT = "a scheme is a mapping with the keys scheme, classes and rules"
_NUMBER = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(m|ft|')?\s*$")
_FOOT_M = 0.3048
_MOST_CLASSES = 254  # 255 marks unlabelled pixels


def _as_list(value: Any) -> Any:
    """A word, or a list of words; YAML's bare yes and no are the words that they are in OSM."""
    items = value if isinstance(value, list) else [value]
    return ["yes" if item is True else "no" if item is False else item for item in items]


Words = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Rule(_Part):
    """Which features belong to a class.

    Attributes:
        name: the class.
        when: keys and the values that fit; all keys must fit. ``any`` is every value but ``no``.
        unless: none of these may fit.
        shape: which geometry fits.
        priority: higher is drawn over lower; among equals, the later rule over the earlier.
    """

    name: str = Field(alias="class")
    when: dict[str, Words] = Field(min_length=1)
    unless: dict[str, Words] = Field(default_factory=dict)
    shape: Annotated[tuple[Shape, ...], BeforeValidator(_as_list)] = ("area",)
    priority: int = 0

    def fits(self, tags: Tags, shape: Shape) -> bool:
        """Whether a feature of these tags and this geometry belongs to the class."""
        return (
            shape in self.shape
            and all(_has(tags, key, values) for key, values in self.when.items())
            and not any(_has(tags, key, values) for key, values in self.unless.items())
        )


def _has(tags: Tags, key: str, values: Sequence[str]) -> bool:
    tag_value = tags.get(key)
    if tag_value is None:
        return False
    return any((value == ANY and tag_value != "no") or value in tag_value.split(";") for value in values)


class Widths(_Part):
    """How wide lines are, in metres.

    The ``width`` tag decides, where there is one; else the number of ``lanes`` times ``lane_m``; else the kind.

    Attributes:
        kinds: key to value to metres; the value ``any`` for the rest.
        lane_m: metres a lane; None to leave lanes out of account.
        use_width_tag: whether the ``width`` tag counts.
        most_m: no line is wider, whatever its tags say.
        points: diameter of points: key to value to metres. Points without an entry are not drawn.
    """

    kinds: dict[str, dict[str, PositiveFloat]] = Field(default_factory=dict)
    lane_m: PositiveFloat | None = None
    use_width_tag: bool = True
    most_m: PositiveFloat = 60.0
    points: dict[str, dict[str, PositiveFloat]] = Field(default_factory=dict)


class SchemeFile(_Part):
    """The keys of a scheme file."""

    scheme: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: int = Field(default=1, ge=1)
    title: str = ""
    source: str = ""
    classes: tuple[str, ...] = Field(min_length=1, max_length=_MOST_CLASSES)
    widths: Widths = Widths()
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names(self) -> SchemeFile:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("classes: a name appears twice")
        return self

    @field_validator("classes")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            check_class_names(value, published=True)
        except ClassNameError as error:
            raise error.at(value.index(error.name)) from None
        return value


@dataclass(frozen=True)
class Named:
    """A feature with its class.

    Attributes:
        class_id: 1, 2, ...
        rank: order of drawing, low first.
        width_m: width of a line or diameter of a point; None for areas.
    """

    feature: Feature
    class_id: int
    class_name: str
    rank: tuple[int, int]
    width_m: float | None


@dataclass(frozen=True)
class Scheme:
    """A validated scheme."""

    content: SchemeFile
    file: str

    @property
    def name(self) -> str:
        """The scheme's name."""
        return self.content.scheme

    @property
    def classes(self) -> tuple[ClassDef, ...]:
        """Classes with their ids."""
        return tuple(ClassDef(number, name) for number, name in enumerate(self.content.classes, 1))

    def keys(self) -> tuple[str, ...]:
        """The OSM keys that any rule asks for: what to fetch."""
        return tuple(dict.fromkeys(key for rule in self.content.rules for key in rule.when))

    def wants(self, tags: Tags) -> bool:
        """Whether a feature of these tags may have a class: a filter for readers."""
        return any(rule.fits(tags, shape) for rule in self.content.rules for shape in rule.shape)

    def classify(self, feature: Feature) -> Named | None:
        """The feature with the class of the first rule that fits; None where none does.

        Lines and points without a width are None too: nothing of them could be drawn.
        """
        shape = shape_of(feature)
        for order, rule in enumerate(self.content.rules):
            if rule.fits(feature.tags, shape):
                width = None if shape == "area" else self._width(feature.tags, shape)
                if shape != "area" and width is None:
                    return None
                class_id = self.content.classes.index(rule.name) + 1
                return Named(feature, class_id, rule.name, (rule.priority, order), width)
        return None

    def classify_all(self, features: Iterable[Feature]) -> list[Named]:
        """Those of the features that have a class, in order."""
        return [named for named in map(self.classify, features) if named is not None]

    def _width(self, tags: Tags, shape: Shape) -> float | None:
        widths = self.content.widths
        if shape == "point":
            return _by_kind(widths.points, tags)
        kind = _by_kind(widths.kinds, tags)
        if kind is None:
            return None
        if widths.use_width_tag and (metres := parse_metres(tags.get("width", ""))):
            return min(metres, widths.most_m)
        lanes = tags.get("lanes", "")
        if widths.lane_m is not None and lanes.isdigit() and int(lanes) > 0:
            return min(int(lanes) * widths.lane_m, widths.most_m)
        return min(kind, widths.most_m)


def shape_of(feature: Feature) -> Shape:
    """Area, line or point."""
    kind = feature.geometry.geom_type
    return "area" if "Polygon" in kind else "point" if "Point" in kind else "line"


def _by_kind(table: Mapping[str, Mapping[str, float]], tags: Tags) -> float | None:
    for key, values in table.items():
        if key in tags:
            width = values.get(tags[key], values.get(ANY))
            if width is not None:
                return width
    return None


def parse_metres(text: str) -> float | None:
    """Metres of a length as OSM writes it: ``3``, ``3.5 m``, ``12 ft``, ``12'``; None for anything else."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    metres = float(match[1]) * (_FOOT_M if match[2] in ("ft", "'") else 1.0)
    return metres if metres > 0 else None


def _folder() -> Path:
    return Path(str(package_files("rsica_data"))) / "osm" / "schemes"


def shipped_schemes() -> dict[str, Path]:
    """Name to file of every scheme that comes with the package."""
    return {path.stem: path for path in sorted(_folder().glob("*.yaml"))}


def load_scheme(reference: str) -> Scheme:
    """The scheme of a file, or of a shipped scheme's name.

    Raises:
        UserError: there is none, or mistakes in it (UserErrors: all of them, with line and key).
    """
    path = Path(reference)
    if path.suffix not in (".yaml", ".yml"):
        shipped = shipped_schemes()
        if reference not in shipped:
            raise UserError(f"no scheme '{reference}'", hint=did_you_mean(reference, shipped))
        path = shipped[reference]
    elif not path.is_file():
        raise UserError("no such scheme file", file=path, hint="shipped: " + ", ".join(shipped_schemes()))
    return parse_scheme(read_user_text(path), str(path))


def parse_scheme(text: str, file: str) -> Scheme:
    """The scheme that ``text`` holds; ``file`` is its name in messages."""
    root = compose(text, file, _WHAT)
    locate = partial(line_of, root)
    content = validate_model(SchemeFile, construct(root, file), file=file, locate=locate)
    mistakes = []
    for number, rule in enumerate(content.rules):
        if rule.name not in content.classes:
            path: list[str | int] = ["rules", number, "class"]
            hint = did_you_mean(rule.name, content.classes)
            key = ".".join(map(str, path))
            mistakes.append(UserError(f"unknown class '{rule.name}'", file=file, line=locate(path), key=key, hint=hint))
    for name in content.classes:
        if all(rule.name != name for rule in content.rules):
            where: list[str | int] = ["classes", content.classes.index(name)]
            key = ".".join(map(str, where))
            mistakes.append(UserError(f"class '{name}' has no rule", file=file, line=locate(where), key=key))
    if mistakes:
        raise UserErrors(mistakes)
    return Scheme(content, file)
