"""Records of more than two dates: the images of all dates in order, what covers the ground at each, what is shown.

The first and the last image of a series are ``before`` and ``after`` of its record, those between them are further
images with the role `DATE`, in order. A question about a series names the images that it shows in its gold, by place:
``{"args": {"shown": [2, 0, 1]}}``; any other question shows before and after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rsica_data.schema.records import EncodedImage, ExtraImage

DATE = "date"
"""Role of the images between the first and the last of a series."""
SHOWN = "shown"
"""Argument of a question about a series: places of the images that it shows, in this order."""

Image = TypeVar("Image")


@dataclass(frozen=True, slots=True)
class SeriesDate:
    """One date of a series.

    Attributes:
        date: ``2018-05`` or ``2018-05-01``; None where it is not known.
        cover: share of the ground of each class, 0..1, of the pixels that are labelled at all dates; empty without
            label maps.
    """

    date: str | None
    cover: Mapping[str, float] = field(default_factory=dict)


def series_images(
    before: EncodedImage | None, extra: Sequence[ExtraImage], after: EncodedImage | None
) -> list[EncodedImage]:
    """The images of all dates of a record in order of time; those that are not there are left out."""
    between = [entry.image for entry in extra if entry.role == DATE]
    return [image for image in (before, *between, after) if image is not None]


def shown_of(images: Sequence[Image], gold: Mapping[str, Any]) -> list[Image]:
    """The images that a question shows, in its order.

    Args:
        images: those of all dates, as of :func:`series_images`.
        gold: the gold of its instruction.

    Raises:
        ValueError: it shows an image that is not there.

    Example:
        >>> shown_of("abc", {}), shown_of("abc", {"args": {"shown": [2, 0, 1]}}), shown_of("a", {})
        (['a', 'c'], ['c', 'a', 'b'], ['a'])
    """
    args = gold.get("args")
    places = args.get(SHOWN) if isinstance(args, Mapping) else None
    if places is None:
        return [*images[:1], *images[1:][-1:]]
    if not isinstance(places, list) or not all(type(place) is int and 0 <= place < len(images) for place in places):
        raise ValueError(f"shows images {places} of {len(images)}")
    return [images[place] for place in places]
