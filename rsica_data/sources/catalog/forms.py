"""Parts of a layout on a page: where images, label files, lists of splits and captions are, and how they are read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from rsica_data.imagery.masks import Colour
from rsica_data.schema.records import Split
from rsica_data.sources.catalog.hdf5_form import Hdf5Form
from rsica_data.sources.catalog.packed_images import PackedForm
from rsica_data.sources.catalog.page_tables import TableForm, Texts
from rsica_data.sources.catalog.pixel_polygons import PolygonForm
from rsica_data.sources.class_map import ClassValues, parse_classes, parse_values
from rsica_data.sources.fields import local_path
from rsica_data.sources.path_templates import check_template


def _as_classes(given: Any) -> Any:
    return () if given is None else parse_classes(given)


def _as_values(given: Any) -> Any:
    return given if given is None else parse_values(given)


def check_part(text: str) -> str:
    """A template of a page, if it is one."""
    return check_template(text, ("name", "split", "date", "label", "place"))


def _json_template(text: str, suffix: str) -> str:
    if not text.endswith(suffix):
        raise ValueError(f"template '{text}' should end in {suffix}, where polygons are")
    check_part(f"{text.removesuffix(suffix)}.png")
    return text


Classes = Annotated[tuple[ClassValues, ...], BeforeValidator(_as_classes)]
Values = Annotated[tuple[Colour, ...], BeforeValidator(_as_values)]
_Level = Annotated[int, Field(ge=1, le=255)]
_Band = Annotated[int, Field(ge=1, le=4096)]


class Section(BaseModel):
    """A part of a page."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SeriesOption(Section):
    """How the dates of a place become records of more than two.

    Attributes:
        dates: images of a record; records of a place do not overlap.
        every: take each Nth date of a place.
    """

    dates: int = Field(ge=3, le=24)
    every: int = Field(default=1, ge=1, le=60)


Series = Literal["next"] | SeriesOption
"""Each date of a place with the next one, or records of more than two dates."""


class ImageForm(Section):
    """Where images are.

    Attributes:
        file: template, or several of which one file of a pair matches one.
        bands: 1-based bands that are red, green and blue.
        separate: templates of three files of one band each, taken as red, green and blue, in place of ``file``.
        packed: shards of images with their texts, in place of ``file``.
        hdf5: HDF5 files of images, in place of ``file``.
        listed: folders below which the images lie that the records of the questions name, in place of ``file``: one of
            a record is an image of one date, two are a pair.
        stretch: sample values that become 0 and 255, where samples have more than 8 bits.
        any_depth: stretch samples of 8 bits too; of ``separate`` files alone.
    """

    file: Texts = ()
    bands: tuple[_Band, _Band, _Band] | None = None
    separate: tuple[str, str, str] | None = None
    packed: PackedForm | None = None
    hdf5: Hdf5Form | None = None
    listed: Texts = ()
    stretch: tuple[float, float] | None = None
    any_depth: bool = False

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Without the later key where it says nothing, so that recipes of pages before it keep their hash.
        written: dict[str, Any] = handler(self)
        return {key: value for key, value in written.items() if key != "any_depth" or value}

    @property
    def templates(self) -> tuple[str, ...]:
        """Those that tell which pairs there are."""
        return self.file if self.separate is None else self.separate[:1]

    @model_validator(mode="after")
    def _one_way(self) -> ImageForm:
        ways = (self.file, self.separate, self.packed, self.hdf5, self.listed)
        if sum(bool(way) for way in ways) != 1:
            raise ValueError("should have one of file, separate, packed, hdf5 and listed")
        if self.any_depth and (self.separate is None or self.stretch is None):
            raise ValueError("any_depth is of separate files with a stretch")
        for text in self.listed:
            local_path(text)
        for text in (*self.file, *(self.separate or ())):
            check_part(text)
        return self


class MaskForm(Section):
    """Where label files are, and how they are read.

    Attributes:
        file: template, or several of which one file of a pair matches one.
        values: label values of each class; by default those of the layout or of the page. A set of one class without
            any has 255, or 1 in files that hold only 0 and 1, or 128 and more in JPEG files.
        background: values of no class.
        ignore: values of pixels that nobody labelled.
        no_change: classes of the file that are no change; their pixels count as background.
        threshold: grey levels from here on are the one class.
        nonzero: whatever is not 0, in any band, is the one class.
        channel: 1-based band of the file that holds the values.
        one_hot: class of each band, where the band that is set tells the class; null for bands that are unlabelled.
        polygons: the files are JSON and hold polygons with attributes.
        outlines: the files are GeoJSON and hold polygons on the ground, all of this class.
        palette: files with a palette are read by their colours or by their indices.
        optional: pairs without the file are pairs without this mask.
    """

    file: Texts
    values: Classes = ()
    background: Values | None = None
    ignore: Values | None = None
    no_change: Classes = ()
    threshold: _Level | None = None
    nonzero: bool = False
    channel: _Band | None = None
    one_hot: tuple[str | None, ...] | None = None
    polygons: PolygonForm | None = None
    outlines: str | None = None
    palette: Literal["colours", "indices"] = "colours"
    optional: bool = False

    @property
    def templates(self) -> tuple[str, ...]:
        """Its templates, as an image has them."""
        return self.file

    @model_validator(mode="after")
    def _one_way(self) -> MaskForm:
        ways = [self.threshold is not None, self.nonzero, self.one_hot is not None]
        if sum(ways) > 1:
            raise ValueError("should have one of threshold, nonzero and one_hot")
        if self.polygons is not None and self.outlines is not None:
            raise ValueError("should have one of polygons and outlines")
        for text in self.file:
            if self.polygons is not None or self.outlines is not None:
                _json_template(text, ".json" if self.polygons is not None else ".geojson")
            else:
                check_part(text)
        return self


class SplitTable(TableForm):
    """A table that tells the split of each image.

    Attributes:
        file: files, or files of each split; ``*`` matches.
        image: column that names the image, by name or path.
        name: what that column holds, where it is not the name of the pair: ``test_{name}.png``.
        whole: all of a path is the name, its parts joined by ``_``, as of groups of HDF5 files.
        rows: key of the list of rows, in a JSON object that holds several lists.
        split: its column; what it reads is mapped by ``split_names``.
    """

    split: str = "split"


class SplitForm(Section):
    """One way to tell the splits of pairs, where folders do not.

    Attributes:
        lists: list file of each split, or one template with ``{split}``; ``*`` matches.
        prefix: names begin with the split (``train_12``).
        files: template of each split; a pair is of the split of which the file is there.
        table: a table that tells the split of each image.
        captions: the files of captions name the pairs of each split.
        questions: the files of questions name the pairs of each split; a pair may be in several.
        objects: the files of objects name the images of each split.
        all: the split of all pairs.
        rest: the split of pairs that are in none of the ``lists``; by default they are left out.
        why: why that split, for the notes of a build.
    """

    lists: dict[Split, Texts] | str | None = None
    prefix: bool = False
    files: dict[Split, str] | None = None
    table: SplitTable | None = None
    captions: bool = False
    questions: bool = False
    objects: bool = False
    all: Split | None = None
    rest: Split | None = None
    why: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> SplitForm:
        flags = (self.prefix, self.captions, self.questions, self.objects)
        if sum((*flags, *(way is not None for way in (self.lists, self.files, self.table, self.all)))) != 1:
            raise ValueError("should have one of lists, files, table, prefix, captions, questions, objects and all")
        if self.rest is not None and self.lists is None:
            raise ValueError("rest is of pairs that are in none of the lists, and needs these")
        for text in (self.files or {}).values():
            check_part(text)
        texts = [self.lists] if isinstance(self.lists, str) else [t for ts in (self.lists or {}).values() for t in ts]
        for text in texts:
            local_path(text)
        if isinstance(self.lists, str) and "{split}" not in self.lists:
            raise ValueError(f"'{self.lists}' has no {{split}}; give a mapping of splits to files")
        return self


class CaptionTable(TableForm):
    """A table of captions.

    Attributes:
        file: files, or files of each split; ``*`` matches.
        image: column that names the image, by name or path.
        name: what that column holds, where it is not the name of the pair: ``test_{name}.png``.
        whole: all of a path is the name, its parts joined by ``_``, as of groups of HDF5 files.
        rows: key of the list of rows, in a JSON object that holds several lists.
        images: columns in place of ``image`` that name the images of a pair by their paths, for ``listed`` images.
        caption: column of one caption or a list of them; an image may have several rows.
        changed: column of the change flag, where there is one.
    """

    images: Texts = ()
    caption: str = "caption"
    changed: str | None = None


class CaptionForm(Section):
    """Where captions are.

    Attributes:
        file: names of which the first that is there is read; with ``{split}`` one file a split.
        table: a table of captions, in place of ``file``.
    """

    file: Texts = ()
    table: CaptionTable | None = None

    @field_validator("file")
    @classmethod
    def _inside(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(local_path(text) for text in value)

    @model_validator(mode="after")
    def _one_way(self) -> CaptionForm:
        if bool(self.file) == (self.table is not None):
            raise ValueError("should have one of file and table")
        return self

    def named(self) -> tuple[str, ...]:
        """Its files, as a page has them."""
        return self.file if self.table is None else tuple(text for texts in self.table.file.values() for text in texts)
