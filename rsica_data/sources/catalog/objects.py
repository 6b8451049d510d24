"""What images show, out of files of boxes (COCO, VOC, DOTA) and tables of tags, and questions about it.

Boxes overlap and hold more than their object, so no label map is drawn of them: shares and connected parts would be
those of the boxes. They are counted as the files list them, and kept with the pair.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.schema.given import GivenQuestion
from rsica_data.sources.catalog.box_files import Box, coco_images, dota_boxes, voc_boxes
from rsica_data.sources.catalog.page_tables import (
    FilesBySplit,
    TableForm,
    check_files,
    files_by_split,
    image_name,
    table_rows,
)
from rsica_data.sources.path_templates import check_template, placed_name, walk_template
from rsica_data.text.class_names import a_or_an, label_words, plural, singular

COUNT, PRESENCE = "object_count", "object_presence"
_ABSENT = 2
"""Classes that an image lacks and that are asked for, at the least; else as many as it shows."""
_READERS = {"voc": (voc_boxes, ".xml"), "dota": (dota_boxes, ".txt")}


class TagTable(TableForm):
    """A table that tells what each image shows.

    Attributes:
        file: files, or files of each split; ``*`` matches.
        image: column that names the image, by name or path.
        name: what that column holds, where it is not the name of the pair: ``test_{name}.png``.
        whole: all of a path is the name, its parts joined by ``_``, as of groups of HDF5 files.
        rows: key of the list of rows, in a JSON object that holds several lists.
        tags: column with a list of classes.
    """

    tags: str = "labels"


class ObjectForm(BaseModel):
    """Where it is told what images show. One of the four ways.

    Attributes:
        coco: files in the form of COCO, of all images or of each split.
        voc: template of VOC's XML files, an image each.
        dota: template of DOTA's text files, an image each: eight numbers and the class a line.
        tags: a table of tags.
        classes: all classes of the set; by default those of the files.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    coco: FilesBySplit | None = None
    voc: str | None = None
    dota: str | None = None
    tags: TagTable | None = None
    classes: tuple[str, ...] = ()

    @field_validator("voc", "dota")
    @classmethod
    def _template(cls, value: str | None) -> str | None:
        if value is not None:
            stem, dot, suffix = value.rpartition(".")
            if f"{dot}{suffix}" not in (".xml", ".txt"):
                raise ValueError(f"template '{value}' should end in .xml or .txt")
            check_template(f"{stem}.png", ("name", "split", "place"))
        return value

    @model_validator(mode="after")
    def _one_way(self) -> ObjectForm:
        if sum(way is not None for way in (self.coco, self.voc, self.dota, self.tags)) != 1:
            raise ValueError("should have one of coco, voc, dota and tags")
        check_files(self.coco or {})
        return self

    def files(self) -> list[str]:
        """Its files and templates, as a page has them."""
        named = self.coco if self.coco is not None else self.tags.file if self.tags is not None else {}
        templates = [text for text in (self.voc, self.dota) if text]
        return [*(text for texts in named.values() for text in texts), *templates]


@dataclass
class Shown:
    """What an image shows: boxes, or tags; ``trouble`` is why its file cannot be read."""

    boxes: list[Box] = field(default_factory=list)
    tags: tuple[str, ...] | None = None
    trouble: str | None = None

    def names(self) -> set[str]:
        """Classes of it."""
        return set(self.tags) if self.tags is not None else {box.name for box in self.boxes}


@dataclass(frozen=True)
class Objects:
    """What the images of a folder show, by split ("" where files do not tell it) and name, and all classes."""

    shown: Mapping[tuple[str, str], Shown]
    classes: tuple[str, ...]


def read_objects(root: Path, under: str, form: ObjectForm, texts: Mapping[str, str]) -> Objects:
    """What the files tell.

    Args:
        root: the input folder.
        under: the layout's folder in it.
        form: which files.
        texts: what ``{split}`` may read, and the split that it means.

    Raises:
        UserError: a file of many images is not in the form.
    """
    shown: dict[tuple[str, str], Shown] = {}
    classes = set(form.classes)
    if form.coco is not None:
        for split, path in files_by_split(root, under, form.coco):
            images, named = coco_images(path)
            shown |= {(split, name): Shown(boxes) for name, boxes in images.items()}
            classes |= set(named)
    elif form.tags is not None:
        for key, tags in _tagged(root, under, form.tags):
            shown[key] = Shown(tags=tags)
    else:
        shown |= _single_files(root, under, form, texts)
    classes |= {name for entry in shown.values() for name in entry.names()}
    return Objects(shown, tuple(sorted(classes)))


def has_objects(root: Path, under: str, form: ObjectForm, texts: Mapping[str, str]) -> bool:
    """Whether any file that tells it is there."""
    if form.coco is not None or form.tags is not None:
        files = form.coco if form.coco is not None else form.tags.file if form.tags else {}
        return bool(files_by_split(root, under, files))
    return bool(_single_paths(root, under, form, texts))


def _single_paths(
    root: Path, under: str, form: ObjectForm, texts: Mapping[str, str]
) -> list[tuple[dict[str, str], str]]:
    way = "voc" if form.voc is not None else "dota"
    choices = {"split": list(texts)}
    return walk_template(root, under + str(getattr(form, way)), choices, suffixes=(_READERS[way][1],))


def _single_files(root: Path, under: str, form: ObjectForm, texts: Mapping[str, str]) -> dict[tuple[str, str], Shown]:
    reader = _READERS["voc" if form.voc is not None else "dota"][0]
    shown = {}
    for bound, path in _single_paths(root, under, form, texts):
        key = texts.get(bound.get("split", ""), ""), placed_name(bound)
        try:
            shown[key] = Shown(reader(root, path))
        except InvalidItemError as error:
            shown[key] = Shown(trouble=error.detail)
    return shown


def _tagged(root: Path, under: str, form: TagTable) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for split, path in files_by_split(root, under, form.file):
        for number, row in enumerate(table_rows(path, (form.image, form.tags), form.rows), 1):
            name, tags = image_name(row.get(form.image), form), row.get(form.tags)
            if name is None or not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
                raise UserError(f"row {number} lacks {form.image}, or {form.tags} is no list of texts", file=path)
            yield (split, name), tuple(dict.fromkeys(tags))


def shown_in(shown: Shown, window: tuple[int, int, int, int]) -> tuple[Shown, frozenset[str]]:
    """What a window of an image shows, and the classes of which it shows a part whose centre lies outside.

    An object belongs to the window in which its centre lies; its box is cut at the edges, its corners are moved alone.

    Args:
        shown: what the whole image shows.
        window: first column and row, and the ones after the last.
    """
    x0, y0, x1, y1 = window
    kept, parts = [], set()
    for box in shown.boxes:
        left, top, right, bottom = box.box
        if right <= x0 or left >= x1 or bottom <= y0 or top >= y1:
            continue
        if not (x0 <= (left + right) / 2 < x1 and y0 <= (top + bottom) / 2 < y1):
            parts.add(box.name)
            continue
        cut = (max(left, x0) - x0, max(top, y0) - y0, min(right, x1) - x0, min(bottom, y1) - y0)
        kept.append(replace(box, box=cut, corners=tuple((x - x0, y - y0) for x, y in box.corners)))
    return Shown(kept, trouble=shown.trouble), frozenset(parts)


def asked_about(shown: Shown, classes: Sequence[str], pair: str, unsure: Collection[str] = ()) -> list[GivenQuestion]:
    """How many objects of each class an image shows, and whether it shows some of all classes.

    Args:
        shown: what it shows.
        classes: all classes of the set.
        pair: its name, by which the absent classes that are asked for are chosen.
        unsure: classes that are not asked about, of which it shows parts.
    """
    there = sorted(name for name in shown.names() if name not in unsure)
    absent = [name for name in classes if name not in there and name not in unsure]
    absent.sort(key=lambda name: hashlib.sha256(f"{pair}\n{name}".encode()).digest())
    asked = sorted([*there, *absent[: max(_ABSENT, len(there))]], key=list(classes).index)
    questions = [
        GivenQuestion(PRESENCE, ((_presence(name, tag=shown.tags is not None), "yes" if name in there else "no"),))
        for name in asked
    ]
    # A crowd is one box around objects that nobody counted.
    crowds = {box.name for box in shown.boxes if box.is_crowd}
    counts = Counter(box.name for box in shown.boxes)
    questions += [
        GivenQuestion(COUNT, ((f"How many {plural(label_words(name))} are in the image?", str(counts[name])),))
        for name in there
        if shown.tags is None and name not in crowds
    ]
    return questions


def _presence(name: str, *, tag: bool) -> str:
    if tag:
        return f"Does the image show this class: {label_words(name)}?"
    return f"Is there {a_or_an(singular(label_words(name)))} in the image?"


def as_json(boxes: Sequence[Box]) -> list[dict[str, Any]]:
    """Boxes as a pair keeps them."""
    return [
        {
            "class": box.name,
            "box": list(box.box),
            **({"corners": [list(point) for point in box.corners]} if box.corners else {}),
        }
        for box in boxes
    ]
