"""Options of the source ``osm-two-dates``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from rsica_data.sources.common import inside
from rsica_data.sources.splits import SplitRules

ODBL = "map: ODbL 1.0, OpenStreetMap contributors"


class OsmOptions(BaseModel):
    """Options of the source.

    Attributes:
        before: folder of the earlier images.
        after: folder of the later images; null for single images with one map.
        before_map: map file of the earlier date, or of the only one.
        after_map: map file of the later date; null where ``before_map`` is a history that holds both.
        map_dates: states to take of a history file, earlier and later.
        before_date, after_date: when the images were taken; rules on dates speak only where both are known.
        scheme: shipped scheme, or a scheme file inside the input folder.
        threshold: confidence from which a change of the map is believed.
        unsure_from: changes from here up to the threshold are left out of everything (id 255); null for none.
        image_evidence: let the images speak about each change.
        pixels: which pixels belong to a polygon.
        min_cover: share of an image that the map's extract must cover.
        prior_map: keep the earlier label map as a further image of the pair, role ``prior_map``, as MapFormer takes it.
        tile: cut images into squares of so many pixels; null for whole images. Rests at the edges are left out.
        stretch: sample values that become 0 and 255, for images of more than 8 bits.
        bands: 1-based bands taken as red, green and blue.
        split: of all pairs, or how to share them out, as in the source ``folder``; of cells and rings each tile alone.
        license: terms of images and map.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    before: str = "before"
    after: str | None = "after"
    before_map: str = "before.osm.pbf"
    after_map: str | None = "after.osm.pbf"
    map_dates: tuple[str, str] | None = None
    before_date: str | None = None
    after_date: str | None = None
    scheme: str = "levir-mci"
    threshold: float = Field(default=0.5, ge=0, le=1)
    unsure_from: float | None = Field(default=None, ge=0, le=1)
    image_evidence: bool = True
    pixels: Literal["centre", "touched", "area"] = "centre"
    min_cover: float = Field(default=0.999, ge=0, le=1)
    prior_map: bool = False
    tile: PositiveInt | None = None
    stretch: tuple[float, float] | None = None
    bands: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    split: Literal["train", "val", "test"] | SplitRules = "test"
    license: str | None = ODBL

    @model_validator(mode="after")
    def _together(self) -> OsmOptions:
        names = (self.before, self.after, self.before_map, self.after_map)
        if not all(inside(name) for name in names if name is not None):
            raise ValueError("folders and maps should be paths inside the input folder")
        if self.after is not None and self.after_map is None and self.map_dates is None:
            raise ValueError("two dates need after_map, or map_dates of a history file")
        if self.map_dates is not None and self.map_dates[0] > self.map_dates[1]:
            raise ValueError("map_dates: the earlier date comes first")
        if self.stretch is not None and self.stretch[0] >= self.stretch[1]:
            raise ValueError("stretch: the lower value comes first")
        if self.unsure_from is not None and self.unsure_from > self.threshold:
            raise ValueError("unsure_from should not be above threshold")
        return self
