"""Captions of one image as a second model reads them, against what their source holds.

The model saw the caption alone (``claims.image_reading``). Here its entries are compared with the objects of the map,
the shares of the land cover and the metadata. What none of them holds is taken on trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.claims.image_reading import (
    LONGEST,
    PLACES,
    Detail,
    Entry,
    Ground,
    Order,
    entries_of,
    image_prompt,
    image_schema,
)
from rsica_data.generation.cover_reading import cover_disagreement
from rsica_data.generation.image_captions import own_metadata
from rsica_data.generation.map_reading import GROUND, map_disagreement
from rsica_data.generation.metadata_reading import metadata_disagreement

Shown = Mapping[str, Any]
_PERCENT = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?) ?(?:%|percent\b|per cent\b)")
_CELL = re.compile(r"\b(top|center|centre|bottom)[- ](left|center|centre|right)\b")


@dataclass(frozen=True)
class UnreadCaption:
    """A caption of one image that rules do not refuse for certain.

    Attributes:
        caption: the caption.
        shown: what its source holds, as ``image_captions.caption_fault`` takes it.
        fault: what the rules have against it; None where they find nothing.
    """

    caption: str
    shown: Shown
    fault: str | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """Types of ground that the model chooses from: all that there can be, whatever the image has."""
        ground = GROUND if "map" in self.shown else ()
        return tuple(dict.fromkeys((*map(str.lower, self.shown.get("cover", ())), *ground)))

    def prompt(self) -> str:
        """The prompt that asks for its reading."""
        kinds, shares = "map" in self.shown, "cover" in self.shown
        return image_prompt(self.caption, self.types, kinds, shares, details="metadata" in self.shown)

    def schema(self) -> dict[str, Any]:
        """The schema of a reading."""
        return image_schema()

    def disagreement(self, data: Shown) -> str | None:
        """Why the caption is refused by a reading; None where it is taken.

        Args:
            data: the reply, of the form of :meth:`schema`.
        """
        entries = entries_of(data, self.types)
        reason = next((reason for reason in self._reasons(entries) if reason is not None), None)
        if reason is None and self.fault is not None and not _takes_up(entries, self.caption):
            return self.fault
        return reason

    def _reasons(self, entries: Sequence[Entry]) -> Iterator[str | None]:
        flags = {entry.kind for entry in entries if isinstance(entry, Detail)}
        yield "it tells what it was taken from" if "source" in flags else None
        yield "it tells of another date or of change" if "change" in flags else None
        for entry in entries:
            if isinstance(entry, Detail):
                if "metadata" in self.shown:
                    yield metadata_disagreement(entry, own_metadata(self.shown["metadata"]))
            elif isinstance(entry, Ground) and "map" in self.shown and not entry.percent:
                yield map_disagreement(entry, self.shown["map"])
            elif "cover" in self.shown:
                shares = {name.lower(): float(share) for name, share in self.shown["cover"].items()}
                yield cover_disagreement(entry, shares)


def _takes_up(entries: Sequence[Entry], caption: str) -> bool:
    """Whether the shares and cells that stand in a caption stand in its reading, too."""
    low = caption[:LONGEST].lower()
    numbers = {entry.number for entry in entries if isinstance(entry, Ground)}
    places = {cell for entry in entries if isinstance(entry, Ground) for code in entry.places for cell in _cells(code)}
    named = {match[0].replace(" ", "-").replace("centre", "center") for match in _CELL.finditer(low)}
    shares = {float(match[1]) for match in _PERCENT.finditer(low)}
    return bool(entries) and shares <= numbers and (named <= places or not any(map(_has_places, entries)))


def _cells(code: str) -> tuple[str, ...]:
    return PLACES.get(code, ())


def _has_places(entry: Entry) -> bool:
    return not isinstance(entry, (Order, Detail)) and bool(entry.places)
