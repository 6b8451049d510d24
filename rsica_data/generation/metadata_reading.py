"""What a caption of one image tells of the image itself, as it is read, against the metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rsica_data.claims.image_reading import Detail
from rsica_data.claims.plain_values import MONTHS

_WORD = re.compile(r"[^\W\d_]+")
_DATE = re.compile(r"\b((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?\b")
_ALIKE = 4
"""Letters at the beginning by which two names are the same, of all but the last of the shorter one: Texan and Texas."""
SENSED = {
    "aerial": re.compile(r"\b(?:aerial|airborne|aircraft|plane|airplane|aeroplane)\b", re.IGNORECASE),
    "satellite": re.compile(r"\b(?:satellites?|spaceborne|orbit\w*)\b", re.IGNORECASE),
    "drone": re.compile(r"\b(?:drones?|uav|uas|quadcopter)\b", re.IGNORECASE),
    "radar": re.compile(r"\b(?:radar|sar)\b", re.IGNORECASE),
}
"""Sort of sensor to the words for it."""
_PLAIN_SENSORS = re.compile(
    r"aerial|airborne|air|aircraft|(?:air)?plane|camera|photo(?:graph|graphy)?|imag(?:e|ery|ing)|optical|overhead|sensors?|system|"
    r"digital|colou?r|rgb|nadir|vertical|view|survey|remote|sensing|from|the|an|of|above|bird|eye"
)
"""Words for a sensor that say no more than that the image was taken from above."""


def metadata_disagreement(entry: Detail, metadata: Mapping[str, Any]) -> str | None:
    """What an entry says that the metadata do not; None where nothing is.

    Args:
        entry: date, place, sensor or pixel size as the caption tells it.
        metadata: what is known of the image. Of a pair it is the second one's date that counts.

    >>> metadata_disagreement(Detail("date", "2013"), {"after_date": "2014-03-15"})
    'the metadata have no date 2013'
    """
    own = {key: value for key, value in metadata.items() if key != "before_date" or "after_date" not in metadata}
    borne_out = {"date": _dated, "place": _placed, "sensor": _sensed, "pixel": _sampled}.get(entry.kind)
    if borne_out is None or borne_out(entry.words, own):
        return None
    return f"the metadata have no {entry.kind} {entry.words}"


def _dated(words: str, metadata: Mapping[str, Any]) -> bool:
    known = [match.groups() for value in metadata.values() for match in _DATE.finditer(str(value))]
    low = words.lower()
    decade = re.search(r"\b((?:19|20)\d)0s\b", low)
    if decade is not None:
        return any(str(year).startswith(decade[1]) for year, _, _ in known)
    named = next((f"{number:02}" for number, name in enumerate(MONTHS, 1) if re.search(rf"\b{name}", low)), None)
    stated = re.search(r"((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?", low)
    year, month, day = (None, None, None) if stated is None else stated.groups()
    wanted = (year, month or named, day)
    if not any(wanted):
        return True
    return any(all(part in (None, own) for part, own in zip(wanted, date, strict=True)) for date in known)


def _placed(words: str, metadata: Mapping[str, Any]) -> bool:
    known = {word.lower() for value in metadata.values() for word in _WORD.findall(str(value))}
    first = [word.lower() for word in _WORD.findall(words.split(",")[0]) if len(word) > 1]
    telling = [word for word in first if len(word) >= _ALIKE] or first
    return all(any(_alike(word, own) for own in known) for word in telling)


def _alike(word: str, own: str) -> bool:
    length = max(_ALIKE, min(len(word), len(own)) - 1)
    return word == own or (min(len(word), len(own)) >= _ALIKE and word[:length] == own[:length])


def _sensed(words: str, metadata: Mapping[str, Any]) -> bool:
    values = " ".join(str(value) for value in metadata.values() if isinstance(value, str))
    named = {name for name, pattern in SENSED.items() if pattern.search(words)} - {"aerial"}
    if named:
        return any(SENSED[name].search(values) for name in named)
    known = {word.lower() for word in _WORD.findall(values)}
    other = [word for word in _WORD.findall(words.lower()) if len(word) > 1 and word not in known]
    return all(_PLAIN_SENSORS.fullmatch(word) for word in other)


def _sampled(words: str, metadata: Mapping[str, Any]) -> bool:
    number, size = re.search(r"\d+(?:\.\d+)?", words), metadata.get("ground_sample_distance_m")
    if number is None or not isinstance(size, (int, float)):
        return True
    metres = float(number[0]) / (100 if re.search(r"\d ?cm\b|centim", words) else 1)
    return abs(metres - float(size)) <= 0.1 * float(size)
