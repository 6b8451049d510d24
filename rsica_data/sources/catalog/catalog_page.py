"""What a page of the catalog says of a dataset: its terms, its sizes, and the layouts in which copies of it are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveInt, field_validator, model_validator

from rsica_data.core.errors import did_you_mean
from rsica_data.schema.records import MASK_ROLES, Split
from rsica_data.sources.catalog.forms import (
    CaptionForm,
    Classes,
    ImageForm,
    MaskForm,
    Section,
    Series,
    SplitForm,
    Values,
)
from rsica_data.sources.catalog.objects import ObjectForm
from rsica_data.sources.catalog.page_questions import QuestionForm
from rsica_data.sources.catalog.page_tables import Texts
from rsica_data.sources.class_map import ClassValues, GroundSampleDistance
from rsica_data.sources.fields import local_path
from rsica_data.sources.tiling import TileOption
from rsica_data.text.class_name_rule import check_class_names

Family = Literal["binary change", "semantic change", "damage", "change text", "series", "one date", "one date text"]
FAMILIES: tuple[Family, ...] = (
    "binary change",
    "semantic change",
    "damage",
    "change text",
    "series",
    "one date",
    "one date text",
)
Scope = Literal["whole", "changed-only"]
IMAGE_ROLES = ("before", "after")
LABEL_ROLES = (*MASK_ROLES, "extent")
ROLES = (*IMAGE_ROLES, *LABEL_ROLES)
CHANGED = "changed"
"""What the values of an ``extent`` stand for."""


def _as_form(given: Any) -> Any:
    return {"file": given} if isinstance(given, (str, list, tuple)) else given


_Image = Annotated[ImageForm, BeforeValidator(_as_form)]
_Mask = Annotated[MaskForm, BeforeValidator(_as_form)]
_Captions = Annotated[CaptionForm, BeforeValidator(_as_form)]


class Layout(Section):
    """One form in which copies of the set are met.

    Attributes:
        name: what people call it.
        under: folders below the input folder that may hold it.
        before, after: the images; ``after`` is absent in sets of one date.
        change_mask: classes of what changed.
        before_labels, after_labels: label maps of the two dates.
        extent: where anything changed; the class of the change is then that of the label maps.
        extent_differs: of the extent only what has two classes is changed.
        captions: files of captions.
        questions: files of questions with their answers.
        objects: files of boxes, or a table of what images show.
        splits: ways to tell splits, the first that applies; none where templates have ``{split}``.
        split_names: what ``{split}`` may read besides train, val and test, and the split that it means.
        tile: how pictures that are larger are cut into tiles, where the recipe says nothing else.
        scene: a question whose answer is what ``{label}`` reads in the template of the image.
        series: records of dates of a place, where templates have ``{date}``: each with the next one, or of
            more than two (``{dates, every}``), where the recipe says nothing else.
        values, background, ignore: of all masks that do not say otherwise.
    """

    name: str = Field(min_length=1)
    under: Texts = ("",)
    before: _Image
    after: _Image | None = None
    change_mask: _Mask | None = None
    before_labels: _Mask | None = None
    after_labels: _Mask | None = None
    extent: _Mask | None = None
    extent_differs: bool = False
    captions: _Captions | None = None
    questions: QuestionForm | None = None
    objects: ObjectForm | None = None
    splits: tuple[SplitForm, ...] = ()
    split_names: dict[str, Split] = Field(default_factory=dict)
    tile: TileOption | None = None
    scene: str | None = None
    series: Series | None = None
    values: Classes = ()
    background: Values = (0,)
    ignore: Values = ()

    def forms(self) -> Iterator[tuple[str, ImageForm | MaskForm]]:
        """Roles that it has, with their forms."""
        for role in ROLES:
            form = getattr(self, role)
            if form is not None:
                yield role, form

    def masks(self) -> Iterator[tuple[str, MaskForm]]:
        """Roles of label files that it has, with their forms."""
        for role, form in self.forms():
            if isinstance(form, MaskForm):
                yield role, form

    @property
    def has_dates(self) -> bool:
        """Whether its images are of two dates; listed ones may be of either."""
        later = self.before.hdf5 is not None and self.before.hdf5.after is not None
        return self.after is not None or self.series is not None or later

    @property
    def has_masks(self) -> bool:
        """Whether it says what changed, or what covers the ground."""
        marked = self.before.hdf5 is not None and self.before.hdf5.mask is not None
        return marked or any(role != "extent" for role, _ in self.masks())

    @property
    def by_folder(self) -> bool:
        """Whether folders, or shards, tell the splits."""
        if self.before.packed is not None:
            return "" not in self.before.packed.files
        if self.before.hdf5 is not None:
            return self.before.hdf5.split is not None or "" not in self.before.hdf5.files
        return not self.before.listed and all("{split}" in text for text in self.before.templates)

    @field_validator("under")
    @classmethod
    def _inside(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(local_path(text) for text in value)

    @model_validator(mode="after")
    def _whole(self) -> Layout:
        inside = self.before.packed is not None or self.before.hdf5 is not None or self.before.listed
        if inside and len(list(self.forms())) > 1:
            raise ValueError("packed, hdf5 and listed images have no after and no label files of their own")
        asked = self.questions is not None and bool(self.questions.conversations or self.questions.rows)
        if self.before.listed and not asked and (self.captions is None or self.captions.table is None):
            raise ValueError(
                "listed images are those of conversations, or of rows of questions or captions, and need these"
            )
        if (self.scene is not None) != any("{label}" in text for text in self.before.templates):
            raise ValueError("scene asks for what {label} reads in before, and needs it there")
        dated = ["{date}" in text for _, form in self.forms() for text in form.templates]
        if any(dated) and self.series is None:
            raise ValueError("{date} needs series: next, or series: {dates: N}")
        if self.series is not None and not all(dated):
            raise ValueError("series needs {date} in every template")
        if self.series is not None and self.after is not None:
            raise ValueError("a series has no after: its dates are those of before")
        if not inside and not self.has_dates:
            for role in ("change_mask", "after_labels", "extent"):
                if getattr(self, role) is not None:
                    raise ValueError(f"{role} is of two dates, and there is no after; of one date it is before_labels")
        if not self.by_folder and not self.splits and any("{split}" in t for t in self.before.templates):
            raise ValueError("some templates of before have {split}, others have not")
        if self.by_folder and self.splits:
            raise ValueError("splits are told twice: by {split} in before and under splits")
        return self


class Page(Section):
    """A page.

    Attributes:
        name, title, family, summary: what it is called, and what it is in one line.
        citation, url: of the paper, and where the set is.
        license: terms of the images.
        redistributable: whether the terms allow passing images on.
        gsd_m: ground sample distance in metres per pixel, where the set has one.
        gsd_range: least and greatest ground sample distance, where the set has several.
        size: width and height of the images, where all have one.
        pairs: published number of pairs (images, of one date) of each split.
        classes: names in the order of ids.
        standing: the one of them that is no change: what stood before and is as it was (intact buildings in sets of
            damage). Its pixels, with those of the other classes, become the label map of the earlier date.
        labels: ``changed-only`` where label maps hold classes only where something changed.
        layouts: forms in which copies are met.
        values, background, ignore: of all masks that do not say otherwise.
        quirks: what one has to know.
        verified: what its statements were checked against.
        not_verified: which statements were not checked.
        tasks, facts: sections of the default recipe.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    title: str = Field(min_length=1)
    family: Family
    summary: str = Field(min_length=1)
    citation: str | None = None
    url: str | None = None
    license: str | None = None
    redistributable: bool = False
    gsd_m: GroundSampleDistance | None = None
    gsd_range: tuple[GroundSampleDistance, GroundSampleDistance] | None = None
    size: tuple[PositiveInt, PositiveInt] | None = None
    pairs: dict[str, PositiveInt] = Field(default_factory=dict)
    classes: tuple[str, ...] = ()
    standing: str | None = None
    labels: Scope = "whole"
    values: Classes = ()
    layouts: tuple[Layout, ...] = Field(min_length=1)
    quirks: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    not_verified: tuple[str, ...] = ()
    tasks: dict[str, dict[str, Any] | None] | None = None
    facts: dict[str, Any] = Field(default_factory=dict)

    @field_validator("classes")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a class appears twice")
        check_class_names(dict.fromkeys(value))
        return value

    @model_validator(mode="after")
    def _whole(self) -> Page:
        ids = self.ids()
        if self.standing is not None and self.standing not in ids:
            raise ValueError(f"standing is none of the classes ({did_you_mean(self.standing, ids)})")
        for layout in self.layouts:
            for role, form in layout.masks():
                names = self._named(layout, role, form)
                for name in names if role != "extent" else ():
                    if name not in ids:
                        hint = did_you_mean(name, ids)
                        raise ValueError(f"layout '{layout.name}', {role}: unknown class '{name}' ({hint})")
                if not names and len(ids) != 1 and role != "extent":
                    raise ValueError(f"layout '{layout.name}', {role}: values should tell the classes apart")
                self._check_values(layout, role, form)
            if layout.before.hdf5 is not None and layout.before.hdf5.mask is not None and len(ids) != 1:
                raise ValueError(f"layout '{layout.name}': the mask of hdf5 is of one class, the page names {len(ids)}")
        return self

    def _check_values(self, layout: Layout, role: str, form: MaskForm) -> None:
        """See that no value stands for two things."""
        # The rules of values are made of pages.
        from rsica_data.sources.catalog.page_labels import mask_rule

        if form.polygons is None and form.outlines is None and form.one_hot is None:
            try:
                mask_rule(self, layout, role, form)
            except ValueError as error:
                raise ValueError(f"layout '{layout.name}', {role}: {error}") from None

    def _named(self, layout: Layout, role: str, form: MaskForm) -> tuple[str, ...]:
        """Classes that a form names."""
        if form.polygons is not None:
            return tuple(form.polygons.names)
        if form.outlines is not None:
            return (form.outlines,)
        if form.one_hot is not None:
            return tuple(name for name in form.one_hot if name)
        return tuple(entry.name for entry in self.values_of(layout, role, form))

    def ids(self) -> Mapping[str, int]:
        """Class name to id."""
        return {name: number for number, name in enumerate(self.classes, 1)}

    def values_of(self, layout: Layout, role: str, form: MaskForm) -> tuple[ClassValues, ...]:
        """Label values of the classes in the files of a role; empty where a set of one class gives none."""
        return form.values if role == "extent" else form.values or layout.values or self.values
