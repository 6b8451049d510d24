"""Is a change of the map one of the ground? A table of rules, each with its weight and its reason.

A change starts with the odds of its kind. Every rule that applies adds its weight (natural logarithm of the odds
ratio); the confidence is the logistic function of the sum. The weights are judgements, written down in one place so
that they can be argued about and changed; ``docs/osm.md`` shows this table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from rsica_data.osm.dates import Span, parse_span, when
from rsica_data.osm.features import Feature, Tags

Kind = Literal["added", "removed", "reclassified", "reshaped"]

PRIOR: dict[Kind, float] = {"added": 0.0, "removed": -0.5, "reclassified": -0.5, "reshaped": -1.5}
"""Odds before any evidence: deletions are often corrections, a new shape mostly better drawing."""

GONE = ("demolished", "razed", "removed", "destroyed", "was", "dismantled")
"""Lifecycle prefixes that say the object is not there any more."""
STANDS = ("disused", "abandoned", "ruins")
"""Lifecycle prefixes that say it is still there, out of use."""
COMING = ("construction", "proposed", "planned")
"""Lifecycle prefixes, and values of ``building``, ``highway``, ``landuse``, that say it is not there yet."""
LIFECYCLE = (*GONE, *STANDS, *COMING)

_MAIN_KEYS = ("building", "highway", "landuse", "railway", "leisure", "amenity", "natural", "waterway", "man_made")
_IMAGE_WEIGHT = 6.0
_LONG_AFTER_YEARS = 3
BULK_SHARE, BULK_COUNT = 0.3, 20


@dataclass(frozen=True)
class Evidence:
    """What is known of one change.

    Attributes:
        kind: added, removed, reclassified, reshaped.
        before, after: the object in the two maps; None where it is not in one. Also given where the map holds it
            without a class (``demolished:building=yes``).
        first_image, second_image: dates of the images, ``YYYY-MM-DD``; None where unknown.
        overlap: intersection over union of the two shapes; None where there is one only.
        growth: area after by area before; None where there is one only.
        redrawn: another element of the same class took the object's place.
        replaced: something of another element stands there afterwards.
        site: tag of a building site that the earlier map has on at least half of the place.
        same_day: how many added objects were last edited on the same day, and of how many.
        image_auc: probability that a pixel of the change differs more between the images than one elsewhere; 0.5
            where the images tell nothing, None where none are given.
    """

    kind: Kind
    before: Feature | None
    after: Feature | None
    first_image: str | None = None
    second_image: str | None = None
    overlap: float | None = None
    growth: float | None = None
    redrawn: bool = False
    replaced: bool = False
    site: str | None = None
    same_day: tuple[int, int] = (0, 0)
    image_auc: float | None = None


@dataclass(frozen=True)
class Rule:
    """One line of the table.

    Attributes:
        code: stable name, kept with every change.
        kinds: which changes it is about.
        weight: added to the log-odds; None for the one rule whose weight grows with its evidence.
        why: the reason, for the documentation.
        applies: gives the detail that is shown with the change, or None where the rule does not apply.
        keeps: which state both dates get where the change is then refused; None leaves the kind's own choice.
    """

    code: str
    kinds: tuple[Kind, ...]
    weight: float | None
    why: str
    applies: Callable[[Evidence], str | None]
    keeps: Literal["before", "after"] | None = None


@dataclass(frozen=True)
class ChangeDecision:
    """Confidence in 0..1 that the ground changed, the rules that spoke (strongest first), and what stays if not."""

    confidence: float
    reasons: tuple[tuple[str, float, str], ...]
    keeps: Literal["before", "after"]

    @property
    def text(self) -> str:
        """The reasons as one line."""
        return "; ".join(detail for _, _, detail in self.reasons) or "nothing speaks for or against it"


def score_change(evidence: Evidence) -> ChangeDecision:
    """Apply the table."""
    total = PRIOR[evidence.kind]
    reasons: list[tuple[str, float, str]] = []
    keeps: Literal["before", "after"] = "before" if evidence.kind == "removed" else "after"
    for rule in RULES:
        detail = rule.applies(evidence) if evidence.kind in rule.kinds else None
        if detail is None:
            continue
        weight = rule.weight if rule.weight is not None else _image_weight(evidence)
        total += weight
        reasons.append((rule.code, round(weight, 3), detail))
        keeps = rule.keeps or keeps
    reasons.sort(key=lambda item: -abs(item[1]))
    return ChangeDecision(round(1 / (1 + math.exp(-total)), 4), tuple(reasons), keeps)


def lifecycle(tags: Tags, prefixes: tuple[str, ...]) -> str | None:
    """The tag that says so: ``demolished:building=yes``, ``building=construction``, ``landuse=construction``."""
    for key, value in tags.items():
        if key.partition(":")[0] in prefixes and ":" in key and value != "no":
            return f"{key}={value}"
    for key in _MAIN_KEYS:
        if tags.get(key) in prefixes:
            return f"{key}={tags[key]}"
    return None


def _dated(key: str, side: Literal["before", "after"], place: str) -> Callable[[Evidence], str | None]:
    """A rule on a date tag of one side's object that lies so about the images."""
    words = {
        "before": "before the first image",
        "between": "between the images",
        "after": "after the second image",
        "perhaps": "perhaps between the images",
    }

    def applies(evidence: Evidence) -> str | None:
        tags = _tags(evidence.after if side == "after" else evidence.before)
        if key == "end_date" and key not in tags:
            tags = _tags(evidence.after)
        span = _span(tags, key)
        if span is None or evidence.first_image is None or evidence.second_image is None:
            return None
        timing = when(span, evidence.first_image, evidence.second_image)
        return f"{key}={tags[key]} is {words[place]}" if timing == place else None

    return applies


def _tags(feature: Feature | None) -> Tags:
    return {} if feature is None else feature.tags


def _span(tags: Mapping[str, str], key: str) -> Span | None:
    return parse_span(tags[key]) if key in tags else None


def _was_coming(evidence: Evidence) -> str | None:
    tag = lifecycle(_tags(evidence.before), COMING)
    return None if tag is None or lifecycle(_tags(evidence.after), COMING) else f"was {tag} before"


def _is_gone(evidence: Evidence) -> str | None:
    tag = lifecycle(_tags(evidence.after), GONE)
    return None if tag is None else f"is {tag} afterwards"


def _still_stands(evidence: Evidence) -> str | None:
    tag = lifecycle(_tags(evidence.after), STANDS)
    return None if tag is None else f"is {tag} afterwards, so it still stands"


def _first_mapped(feature: Feature | None) -> str | None:
    """Day on which the element was first mapped, where that is known: only its first version tells."""
    if feature is None or feature.version != 1 or feature.timestamp is None:
        return None
    return feature.timestamp[:10]


def _mapped_before(evidence: Evidence) -> str | None:
    day = _first_mapped(evidence.after)
    early = day is not None and evidence.first_image is not None and day <= evidence.first_image
    return f"first mapped on {day}, before the first image" if early else None


def _edited_between(evidence: Evidence) -> str | None:
    stamp = evidence.after.timestamp if evidence.after is not None else None
    if stamp is None or evidence.first_image is None or evidence.second_image is None:
        return None
    inside = evidence.first_image < stamp[:10] <= evidence.second_image
    return f"edited on {stamp[:10]}, between the images" if inside else None


def _mapped_long_after(evidence: Evidence) -> str | None:
    day = _first_mapped(evidence.after)
    if day is None or evidence.second_image is None:
        return None
    late = int(day[:4]) - int(evidence.second_image[:4]) >= _LONG_AFTER_YEARS
    return f"first mapped on {day}, years after the second image" if late else None


def _bulk(evidence: Evidence) -> str | None:
    same, total = evidence.same_day
    if same < BULK_COUNT or same < BULK_SHARE * total:
        return None
    return f"{same} of {total} added objects were edited on the same day: an import or a mapping campaign"


def _no_trace(evidence: Evidence) -> str | None:
    gone = evidence.after is None and not evidence.replaced and not evidence.redrawn
    return "deleted from the map without a trace" if gone else None


def _tag_only(evidence: Evidence) -> str | None:
    same = evidence.overlap is not None and evidence.overlap >= 0.98
    return "only its tags changed, its outline did not" if same else None


def _grew(evidence: Evidence) -> str | None:
    if evidence.growth is None or 0.7 < evidence.growth < 1.4:
        return None
    return f"its area became {evidence.growth:.2f} of what it was"


def _similar(evidence: Evidence) -> str | None:
    similar = evidence.overlap is not None and evidence.overlap >= 0.6
    return "drawn a little differently" if similar else None


def _image(evidence: Evidence) -> str | None:
    if evidence.image_auc is None:
        return None
    return f"pixels there differ more than elsewhere with probability {evidence.image_auc:.2f}"


def _image_weight(evidence: Evidence) -> float:
    return 0.0 if evidence.image_auc is None else _IMAGE_WEIGHT * (evidence.image_auc - 0.5)


_APPEARS: tuple[Kind, ...] = ("added", "reclassified", "reshaped")
_EVERY: tuple[Kind, ...] = ("added", "removed", "reclassified", "reshaped")

RULES: tuple[Rule, ...] = (
    Rule("start-between", _APPEARS, 3.0, "It says itself that it was built between the images.",
         _dated("start_date", "after", "between")),
    Rule("start-perhaps", _APPEARS, 0.5, "The date given is vague and reaches over an image date.",
         _dated("start_date", "after", "perhaps")),
    Rule("start-before", _APPEARS, -4.0, "It stood before the first image and was mapped late.",
         _dated("start_date", "after", "before"), "after"),
    Rule("start-after", _APPEARS, -4.0, "It was built after the second image: at neither date it is there.",
         _dated("start_date", "after", "after"), "before"),
    Rule("was-coming", ("added", "reclassified"), 2.0, "The earlier map announced it: construction, proposed, planned.",
         _was_coming),
    Rule("site", ("added",), 1.5, "The earlier map has a building site there.",
         lambda e: f"stands where {e.site} was mapped before" if e.site else None),
    Rule("mapped-before", ("added",), -3.0, "Its first version is older than the first image, so it was there then.",
         _mapped_before, "after"),
    Rule("edited-between", _APPEARS, 0.5, "It was edited between the images, as a change of the ground would be.",
         _edited_between),
    Rule("mapped-long-after", ("added",), -1.0, "It was first mapped years after the second image: late mapping.",
         _mapped_long_after),
    Rule("bulk", ("added",), -1.5, "Many objects came on one day: an import or a campaign maps what stood before.",
         _bulk),
    Rule("redrawn", ("reshaped",), -3.0, "Another element of the class with much of its outline: redrawn.",
         lambda e: "redrawn as another element" if e.redrawn else None),
    Rule("end-between", ("removed", "reclassified"), 3.0, "It says itself that it ended between the images.",
         _dated("end_date", "before", "between")),
    Rule("end-before", ("removed",), -3.0, "It ended before the first image: at neither date it is there.",
         _dated("end_date", "before", "before"), "after"),
    Rule("end-after", ("removed",), -3.0, "It ended after the second image: at both dates it is there.",
         _dated("end_date", "before", "after"), "before"),
    Rule("gone", ("removed", "reclassified"), 3.0, "The later map keeps it as demolished, razed, removed or was.",
         _is_gone),
    Rule("stands", ("removed", "reclassified"), -3.0, "Disused and abandoned objects are still there to be seen.",
         _still_stands, "before"),
    Rule("replaced", ("removed",), 1.0, "Something else stands in its place afterwards.",
         lambda e: "something else is mapped in its place" if e.replaced else None),
    Rule("no-trace", ("removed",), -0.5, "Deleting without a lifecycle tag is as often a correction as a demolition.",
         _no_trace),
    Rule("tags-only", ("reclassified",), -1.0, "A new tag on an old outline is often a better description.",
         _tag_only),
    Rule("grew", ("reshaped",), 1.0, "A change of area by 40 % is seldom only better drawing.", _grew),
    Rule("similar", ("reshaped",), -1.0, "A similar outline is mostly better drawing.", _similar),
    Rule("image", _EVERY, None, "6 x (AUC - 0.5): whether the images differ there more than elsewhere.", _image),
)  # fmt: skip
"""The table, in the order in which the documentation shows it."""
