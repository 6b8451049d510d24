"""What a claim is, what it is checked against, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rsica_data.schema import FactRules, FactsView
from rsica_data.schema.facts import view_facts
from rsica_data.schema.north import north_is_up
from rsica_data.schema.rules import change_classes

if TYPE_CHECKING:
    from rsica_data.schema.arrow import StoredPair

Kind = Literal[
    "count",
    "class",
    "presence",
    "absence",
    "position",
    "size",
    "direction",
    "relation",
    "transition",
    "date",
    "change",
]
KINDS: tuple[Kind, ...] = (
    "count",
    "class",
    "presence",
    "absence",
    "position",
    "size",
    "direction",
    "relation",
    "transition",
    "date",
    "change",
)
Status = Literal["supported", "contradicted", "unsupported", "unknown"]
Scope = Literal["change", "before", "after"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a range of numbers, as the text gives it.

    Attributes:
        low, high: the range that the words allow, both ends included; ``high`` None for no upper end.
        approximate: "about 12": neighbouring values are allowed too.
        vague: a word such as "several", or a bare article, not a number.
        unit: ``objects``, ``cells``, ``percent``, ``m2`` or ``px``.
    """

    low: float
    high: float | None
    approximate: bool = False
    vague: bool = False
    unit: str = "objects"

    @property
    def exact(self) -> bool:
        """Whether the text names one definite number."""
        return self.low == self.high and not self.vague and not self.approximate


@dataclass(frozen=True, slots=True)
class Region:
    """A place in the image.

    Attributes:
        cells: cells of the 3x3 grid that the words cover, in grid order.
        word: the words for it, as ``top left`` or ``left half``.
        exact: one grid cell, named by row and column.
        compass: given by a compass direction, which means something only where north is up.
        only: nowhere else.
    """

    cells: tuple[str, ...]
    word: str
    exact: bool = False
    compass: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """How a subject compares: ``more``, ``fewer``, ``equal`` (number), ``larger`` (area) than ``other``; ``only``.

    ``most`` says that most of a change lies in ``region`` or that a class is most frequent.
    """

    op: str
    other: str | None = None
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Rank:
    """The largest or smallest changed object of a class, and where it is said to lie."""

    which: Literal["largest", "smallest"]
    region: Region


Value = Quantity | Region | Relation | Rank | str | tuple[str | None, str | None] | bool | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement of a text.

    Attributes:
        kind: what is claimed; see ``docs/claims.md``.
        subject: class name (one of the dataset's, or the common name of another land cover); None for any.
        value: by kind: ``count`` and ``size`` a :class:`Quantity` (``size`` also a :class:`Rank`), ``position`` a
            :class:`Region`, or a :class:`Quantity` of cells, ``direction`` appeared, disappeared, expanded or shrunk,
            ``relation`` a :class:`Relation`, ``transition`` (from, to), ``date`` a year or ISO date; else None.
        polarity: False where the text denies it.
        span: ``(start, end)`` of the words in the text, half-open.
        text: the words.
        hedged: said with a doubt ("probably", "seems").
        part: a number of a part of the class: of one place, one direction of change or a narrower kind of object.
        region: the place that a count is restricted to.
        direction: appeared, disappeared, expanded or shrunk, where the words of a count or presence say so.
        scope: ``change``, or the date of which a ``class`` claim speaks.
        question: read together with the question.
    """

    kind: Kind
    subject: str | None
    value: Value
    polarity: bool
    span: tuple[int, int]
    text: str
    hedged: bool = False
    part: bool = False
    region: Region | None = None
    direction: str | None = None
    scope: Scope = "change"
    question: bool = False

    @property
    def definite(self) -> bool:
        """Whether it names a number, a place or a size that facts must bear out under strict checking."""
        if self.kind == "count":
            return isinstance(self.value, Quantity) and not self.value.vague
        return self.kind in ("position", "size", "date")


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a pair.

    ``view`` is None where the pair has no mask; ``changed`` then is the pair's flag, if any. ``captions`` are human
    captions: evidence for what the mask does not hold. ``attributes`` is what the source alone knows.
    ``synonyms`` are further words for classes, YAML in the form of ``synonyms.yaml``.
    """

    classes: tuple[str, ...]
    view: FactsView | None
    width: int
    height: int
    gsd_m: float | None = None
    before_date: str | None = None
    after_date: str | None = None
    captions: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    north_up: bool = False
    changed: bool | None = None
    synonyms: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All class names that the facts hold: those that are reported, then other land cover."""
        cover = self.view.cover if self.view is not None else {}
        return (*self.classes, *(name for name in cover if name not in self.classes))


def context_of(
    view: FactsView,
    *,
    before_date: str | None = None,
    after_date: str | None = None,
    captions: tuple[str, ...] = (),
    attributes: Mapping[str, Any] | None = None,
    north_up: bool = False,
    synonyms: str = "",
) -> Context:
    """Context of the facts of a pair under a dataset's rules."""
    return Context(
        classes=view.classes,
        view=view,
        width=view.width,
        height=view.height,
        gsd_m=view.gsd_m,
        before_date=before_date,
        after_date=after_date,
        captions=captions,
        attributes=attributes or {},
        north_up=north_up,
        changed=view.changed,
        synonyms=synonyms,
    )


def context_of_pair(pair: StoredPair, rules: FactRules) -> Context:
    """Context of a pair of a built dataset."""
    view = view_facts(pair.facts, rules, pair.changed) if pair.facts is not None else None
    return Context(
        classes=change_classes(pair.facts, pair.classes),
        view=view,
        width=pair.width,
        height=pair.height,
        gsd_m=pair.gsd_m,
        before_date=pair.before_date,
        after_date=pair.after_date,
        captions=tuple(pair.captions),
        attributes=pair.attributes,
        north_up=north_is_up(pair.transform, pair.crs, pair.width, pair.height),
        changed=pair.changed,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a check, and why in one line."""

    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome for a text: may it stand, its claims with verdicts, why not, and wording that leaks the source."""

    ok: bool
    claims: tuple[tuple[Claim, Verdict], ...]
    reasons: tuple[str, ...]
    leaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactScore:
    """Summable counts: claims of the text by status, and how many of the expected claims it makes truly.

    precision = supported / (supported + contradicted + unsupported); recall = found / expected; contradiction rate =
    contradicted / (supported + contradicted + unsupported). A rate whose denominator is 0 is None.
    """

    supported: int
    contradicted: int
    unsupported: int
    unknown: int
    found: int
    expected: int

    @property
    def checkable(self) -> int:
        """Claims that the context settles."""
        return self.supported + self.contradicted + self.unsupported

    @property
    def precision(self) -> float | None:
        """Share of the checkable claims that are supported."""
        return self.supported / self.checkable if self.checkable else None

    @property
    def recall(self) -> float | None:
        """Share of the expected claims that the text makes."""
        return self.found / self.expected if self.expected else None

    @property
    def contradiction_rate(self) -> float | None:
        """Share of the checkable claims that are contradicted."""
        return self.contradicted / self.checkable if self.checkable else None

    def __add__(self, other: FactScore) -> FactScore:
        """Sum over texts."""
        return FactScore(
            self.supported + other.supported,
            self.contradicted + other.contradicted,
            self.unsupported + other.unsupported,
            self.unknown + other.unknown,
            self.found + other.found,
            self.expected + other.expected,
        )
