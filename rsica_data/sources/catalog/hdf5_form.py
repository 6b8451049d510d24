"""What a page says of HDF5 files: which datasets of them are images, labels and masks, and what tells the splits."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rsica_data.sources.catalog.page_tables import FilesBySplit, Texts, check_files


class Hdf5Form(BaseModel):
    """HDF5 files of many images, in one of two forms: arrays of all images, or a group an image.

    Attributes:
        files: the files, or those of each split; ``*`` matches.
        groups: a group an image, which holds the datasets named below; by default these are arrays of all images,
            whose first axis counts them.
        names: patterns of the paths of the groups that are read.
        image: dataset of the images, of the earlier date where there are two.
        after: dataset of the images of the later date.
        mask: dataset of change masks: whatever is not 0 is the one class of the page.
        label: dataset of the classes of the images: one number each, or one row of which the greatest number tells it.
        labels: names of these classes in their order, from 0.
        ask: the question about them.
        channels: whether the bands of an image are its last axis or its first.
        nan: value in place of samples that are not a number.
        split: attribute of a group, or of one above it, that tells its split where the file does not: a number, or a
            text of fixed length. What it reads is mapped by ``split_names``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    files: FilesBySplit
    groups: bool = False
    names: Texts = ("*",)
    image: str = Field(default="image", min_length=1)
    after: str | None = None
    mask: str | None = None
    label: str | None = None
    labels: tuple[str, ...] = ()
    ask: str = "What does the image show? Answer with the name of its class."
    channels: Literal["last", "first"] = "last"
    nan: float | None = None
    split: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Hdf5Form:
        check_files(self.files)
        if (self.label is None) != (not self.labels):
            raise ValueError("label needs labels, the names of its classes, and labels a label")
        if not self.groups and (self.split or self.names != ("*",)):
            raise ValueError("split and names are of groups; say groups: true")
        if self.groups and self.label is not None:
            raise ValueError("label is a dataset of all images, and groups have none")
        if self.split is not None and "" not in self.files:
            raise ValueError("splits are told twice: by files and by an attribute")
        return self
