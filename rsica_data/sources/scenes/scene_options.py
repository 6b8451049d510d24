"""What a recipe may say to the source ``geotiff``."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from rsica_data.core.validation import WITH_OFF
from rsica_data.schema.records import MASK_ROLES
from rsica_data.sources.class_map import LabelOptions
from rsica_data.sources.fields import Date, date_as_text, local_path
from rsica_data.sources.splits import SplitRules

LABELS = MASK_ROLES
MAPS = {"change_map": "change_mask", "before_map": "before_labels", "after_map": "after_labels"}
"""Options that name a map, and the mask that it is drawn as."""
MARK = "{name}"
"""What stands for the name of a place in paths."""
PLACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Share = Annotated[float, Field(ge=0, le=1)]
Resampling = Literal["auto", "nearest", "bilinear", "cubic", "average"]
Coregister = Annotated[Literal["off", "check", "correct"], WITH_OFF]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _check_path(value: str) -> str:
    if not value:
        raise ValueError("'' must lie inside the input folder")
    return local_path(value)


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Path_ = Annotated[str, Field(min_length=1)]
Files = Annotated[tuple[Path_, ...], BeforeValidator(_as_list), Field(min_length=1)]
Band = Annotated[int, Field(ge=1)] | str
BandChoice = str | Annotated[tuple[Band, ...], Field(min_length=1, max_length=3)]


class Clouds(_Section):
    """Pixels to leave out: clouds, their shadows, fill.

    Attributes:
        file: mask file or files. One of ``file``, ``asset`` and ``band`` is given.
        asset: a STAC asset.
        band: a band of the scene's own files, by number (from 1) or name.
        rule: ``sentinel-2-scl``, ``landsat-qa-pixel``, ``planetscope-udm2``, or none.
        values: values that are left out, in place of the rule's (default without a rule: all but 0).
        bits: bits any of which leaves a pixel out, in place of the rule's.
    """

    file: Files | None = None
    asset: str | None = None
    band: Band | None = None
    rule: Literal["sentinel-2-scl", "landsat-qa-pixel", "planetscope-udm2"] | None = None
    values: tuple[int, ...] | None = None
    bits: tuple[Annotated[int, Field(ge=0, le=31)], ...] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Clouds:
        if sum(part is not None for part in (self.file, self.asset, self.band)) != 1:
            raise ValueError("should have one of file, asset and band")
        if self.values is not None and self.bits is not None:
            raise ValueError("has values and bits; give one of them")
        for path in self.file or ():
            _check_path(path)
        return self


class Scene(_Section):
    """One date: files, a VRT, or STAC items; several make a mosaic, of which the first valid pixel counts.

    Attributes:
        files: paths relative to the input folder; ``*`` and ``?`` match within one folder, and ``{name}`` is the place
            where the recipe is about many.
        separate: files of one band each, red, green and blue, in place of ``files``: a path of each, or as many of each
            for a mosaic.
        bands: the name of a band map, or one or three bands by number (from 1) or name.
        nodata: value without data, in place of what the files say.
        clouds: pixels to leave out.
        date: ISO 8601; by default what the files or items tell.
    """

    files: Files | None = None
    separate: tuple[Files, Files, Files] | None = None
    bands: BandChoice | None = None
    nodata: float | None = None
    clouds: Clouds | None = None
    date: Date | None = None

    @property
    def first_path(self) -> str:
        """The path that tells which places there are."""
        return (self.files or (self.separate or (("",),))[0])[0]

    @model_validator(mode="after")
    def _one_way(self) -> Scene:
        if (self.files is None) == (self.separate is None):
            raise ValueError("should have one of files and separate")
        if self.separate is not None and self.bands is not None:
            raise ValueError("separate names the files of red, green and blue; bands goes with files")
        if self.separate is not None and self.clouds is not None and self.clouds.file is None:
            raise ValueError("separate files have one band each: give clouds.file")
        for path in (*(self.files or ()), *(path for band in self.separate or () for path in band)):
            _check_path(path)
        return self


def _as_scene(value: Any) -> Any:
    return {"files": value} if isinstance(value, (str, list, tuple)) else value


SceneOption = Annotated[Scene, BeforeValidator(_as_scene)]


class MapOptions(_Section):
    """A map: OpenStreetMap in any form, or labelled polygons (GeoJSON, GeoPackage, GeoParquet, ...).

    Attributes:
        file: relative to the input folder.
        layer: layer of a file that has several.
        date: state at this time, of an OSM history file.
    """

    file: Annotated[str, Field(min_length=1)]
    layer: str | None = None
    date: Annotated[str, BeforeValidator(date_as_text)] | None = None

    @field_validator("file")
    @classmethod
    def _inside(cls, value: str) -> str:
        return _check_path(value)


def _as_map(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


MapOption = Annotated[MapOptions, BeforeValidator(_as_map)] | None


class GridOptions(_Section):
    """The grid that both dates are brought to.

    Attributes:
        like: the scene whose CRS, pixel size and pixel corners are kept, and which is then read as it stands.
        crs: another CRS, e.g. ``EPSG:32633``.
        resolution: another pixel size, in units of the CRS.
        extent: ``overlap`` of both scenes, one of them, or ``union``.
        bounds: ``[left, bottom, right, top]`` in the grid's CRS, cut from the extent.
    """

    like: Literal["before", "after"] = "before"
    crs: str | None = None
    resolution: PositiveFloat | None = None
    extent: Literal["overlap", "before", "after", "union"] = "overlap"
    bounds: tuple[float, float, float, float] | None = None

    @field_validator("bounds")
    @classmethod
    def _ordered(cls, value: tuple[float, float, float, float] | None) -> Any:
        if value is not None and not (value[0] < value[2] and value[1] < value[3]):
            raise ValueError("should be [left, bottom, right, top] with left < right and bottom < top")
        return value


class TileOptions(_Section):
    """How the grid is cut.

    Attributes:
        size: width and height of a tile in pixels.
        stride: pixels from one tile to the next (default: the size).
        edge: what becomes of the rest at the right and lower edge: ``drop`` it, ``pad`` the last tile with pixels
            without data, or ``shift`` the last tile back until it fits.
        min_valid: share of a tile's pixels that must have data, free of cloud, at both dates.
        min_labelled: share of a tile's pixels that must have data and a label.
    """

    size: Annotated[int, Field(ge=16, le=8192)] = 256
    stride: PositiveInt | None = None
    edge: Literal["drop", "pad", "shift"] = "drop"
    min_valid: Share = 0.5
    min_labelled: Share = 0.0


class Stretch(_Section):
    """Sample values to 8 bits: black at ``low``, white at ``high``.

    Attributes:
        percentile: low and high as percentiles of each band, estimated once from a sample of the whole scene.
        range: low and high as sample values, one pair for all channels or one for each.
        shared: the same low and high at both dates (the lower and the higher of the two).
    """

    percentile: tuple[float, float] | None = None
    range: tuple[float, float] | tuple[tuple[float, float], ...] | None = None
    shared: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Stretch:
        if (self.percentile is None) == (self.range is None):
            raise ValueError("should have one of percentile and range")
        if self.percentile is not None and not 0 <= self.percentile[0] < self.percentile[1] <= 100:
            raise ValueError("percentile should be [low, high] with 0 <= low < high <= 100")
        for low, high in self.ranges(1):
            if not low < high:
                raise ValueError("range should be [low, high] with low < high")
        return self

    def ranges(self, channels: int) -> tuple[tuple[float, float], ...]:
        """The fixed range of every channel; empty for percentiles."""
        if self.range is None:
            return ()
        first = self.range[0]
        if isinstance(first, (int, float)):
            low, high = self.range
            return ((low, high),) * channels  # type: ignore[return-value]
        return self.range  # type: ignore[return-value]


def _as_stretch(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return {"range": value}
    return {"percentile": (2, 98)} if value == "percentile" else value


class GeotiffOptions(LabelOptions):
    """Options of the source.

    Attributes:
        before, after: the scenes: a path, a list of paths, or a mapping (see :class:`Scene`). With ``{name}`` in the
            paths, also of masks and maps, the recipe is about every place that the first path of ``before`` matches.
        name: name of the place, used in pair ids; of many places each has its own.
        bands, nodata: defaults for both scenes; keys of a scene override them.
        stretch: ``auto`` (8-bit samples as they are, others by percentiles 2 and 98), ``none``, ``percentile``,
            ``[low, high]``, or a mapping (see :class:`Stretch`).
        resampling: resampling of image bands; ``auto`` is bilinear, and average where pixels become more than 1.5
            times as large.
            Masks are always resampled by nearest neighbour.
        assume_crs: CRS of files that have a transform but no CRS.
        pixel_grid: both scenes have no georeference, and pixel lies on pixel.
        grid: grid that both scenes are read on.
        tiles: how the grid is cut into pairs.
        coregister: ``off``; ``check``: how far the scenes are apart is measured and recorded, and more than
            ``max_shift_px`` is an error; ``correct``: the scene after is moved by it.
        max_shift_px: largest accepted shift, in pixels of the grid.
        change_mask, before_labels, after_labels: mask files, on any grid; without georeference on the grid of the scene
            of the same size.
        change_map, before_map, after_map: maps to draw as masks in place of mask files: a path or a mapping (see
            :class:`MapOptions`).
        scheme: which features are of which class: a shipped scheme (``levir-mci``, ...) or a file of your own in the
            input folder.
        map_class: every polygon is of this one class.
        pixels: which pixels belong to a polygon: those whose ``centre`` lies in it, those ``touched``, or as many as
            its ``area``.
        unchanged_mask: where pixels are known to be unchanged; pixels of neither mask are then unlabelled.
        outside_mask: pixels of the grid that a mask does not cover: ``refuse`` the recipe, or ``ignore`` the pixels.
        classes, change_classes, background, ignore, palette: label values, as in the source ``folder``.
        before_date, after_date: as the scenes' ``date``.
        png_level: compression of the tiles, 1 (fast) to 9 (small). Most of a build's time goes into it.
        split: split of all pairs; of many places also how to share them out, as in the source ``folder``.
        license, attributes: as in the source ``folder``.
    """

    before: SceneOption = Scene(files=("before.tif",))
    after: SceneOption = Scene(files=("after.tif",))
    name: str = Field(default="scene", pattern=f"^{PLACE_NAME.pattern}$")
    bands: BandChoice | None = None
    nodata: float | None = None
    stretch: Literal["auto", "none"] | Annotated[Stretch, BeforeValidator(_as_stretch)] = "auto"
    resampling: Resampling = "auto"
    assume_crs: str | None = None
    pixel_grid: bool = False
    grid: GridOptions = GridOptions()
    tiles: TileOptions = TileOptions()
    coregister: Coregister = "off"
    max_shift_px: PositiveFloat = 3.0
    change_mask: Files | None = None
    before_labels: Files | None = None
    after_labels: Files | None = None
    change_map: MapOption = None
    before_map: MapOption = None
    after_map: MapOption = None
    scheme: str | None = None
    map_class: Annotated[str, Field(min_length=1)] | None = None
    pixels: Literal["centre", "touched", "area"] = "centre"
    unchanged_mask: Files | None = None
    outside_mask: Literal["refuse", "ignore"] = "refuse"
    before_date: Date | None = None
    after_date: Date | None = None
    png_level: Annotated[int, Field(ge=1, le=9)] = 6
    split: Literal["train", "val", "test"] | SplitRules = "test"
    license: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> GeotiffOptions:
        masks = [role for role in LABELS if getattr(self, role) is not None]
        if MARK not in self.before.first_path and MARK in self.model_dump_json(exclude={"attributes"}):
            raise ValueError("{name} stands in a path, and not in the first path of before, which tells the places")
        for role in (*masks, *(["unchanged_mask"] if self.unchanged_mask else [])):
            for path in getattr(self, role):
                _check_path(path)
        if self.pixel_grid and self.coregister == "correct":
            raise ValueError("coregister: correct resamples, which needs a georeference; pixel_grid has none")
        if self.unchanged_mask and self.change_mask is None and self.change_map is None:
            raise ValueError("unchanged_mask is given without change_mask")
        maps = [role for role in MAPS if getattr(self, role) is not None]
        if maps and (self.scheme is None) == (self.map_class is None):
            raise ValueError(f"{maps[0]} is given: there should be one of scheme and map_class")
        for role in maps:
            if getattr(self, MAPS[role]) is not None:
                raise ValueError(f"{role} and {MAPS[role]} are given; give one of them")
        self.check_labels(masks)
        return self


def is_pattern(path: str) -> bool:
    """Whether a path of a recipe has wildcards."""
    return any(sign in PurePosixPath(path).name for sign in "*?")
