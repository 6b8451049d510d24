"""Captions of one image, as they are read, against what their source holds.

A second model reads the caption alone (``claims.image_reading``), or plain words do (``plain_readings``). Here the
entries are compared with the objects of the map, the shares of the land cover and the metadata. What none of them holds
is taken on trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_data.claims.image_reading import Detail, Entry, Ground, entries_of, image_prompt, image_schema
from rsica_data.generation.cover_reading import cover_disagreement
from rsica_data.generation.map_reading import GROUND, map_disagreement
from rsica_data.generation.metadata_reading import metadata_disagreement
from rsica_data.generation.plain_readings import plain_caption_reading

Shown = Mapping[str, Any]


@dataclass(frozen=True)
class UnreadCaption:
    """A caption of one image that nothing betrays for certain.

    Attributes:
        caption: the caption.
        shown: as JSON ``map``, objects with class, tags and cell; ``cover``, shares of classes in percent, 0 for those
            that the image has none of; ``metadata``. What is left out is not checked.
    """

    caption: str
    shown: Shown

    @property
    def types(self) -> tuple[str, ...]:
        """Types of ground that a reading chooses from: all that there can be, whatever the image has."""
        ground = GROUND if "map" in self.shown else ()
        return tuple(dict.fromkeys((*map(str.lower, self.shown.get("cover", ())), *ground)))

    @property
    def fault(self) -> str | None:
        """What plain words have against the caption; None where they find nothing.

        >>> house = {"class": "building", "tags": {"building": "house"}, "cell": "top-left"}
        >>> UnreadCaption("A church in the top-left.", {"map": [house]}).fault
        'the map has no church'
        """
        plain = plain_caption_reading(self.caption, self.types)
        return next(self._reasons(entries_of(plain, self.types)), None)

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
            data: the reply, of the form of :meth:`schema`. Of one without an entry plain words decide.
        """
        entries = entries_of(data, self.types)
        return next(self._reasons(entries), None) if entries else self.fault

    def _reasons(self, entries: Sequence[Entry]) -> Iterator[str]:
        flags = {entry.kind for entry in entries if isinstance(entry, Detail)}
        if "source" in flags:
            yield "it tells what it was taken from"
        if "change" in flags:
            yield "it tells of another date or of change"
        shares = {name.lower(): float(share) for name, share in self.shown.get("cover", {}).items()}
        for entry in entries:
            reason = None
            if isinstance(entry, Detail):
                reason = metadata_disagreement(entry, self.shown["metadata"]) if "metadata" in self.shown else None
            elif isinstance(entry, Ground) and "map" in self.shown and not entry.percent:
                reason = map_disagreement(entry, self.shown["map"])
            elif "cover" in self.shown:
                reason = cover_disagreement(entry, shares)
            if reason is not None:
                yield reason
