"""Which files of a folder the templates of a page match, and which of its layouts the folder is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.schema.records import SPLITS, Split
from rsica_data.sources.catalog.catalog_page import IMAGE_ROLES, Layout, Page
from rsica_data.sources.catalog.forms import ImageForm, MaskForm
from rsica_data.sources.catalog.hdf5 import has_hdf5, read_hdf5
from rsica_data.sources.catalog.packed_images import Member, has_shards, read_members
from rsica_data.sources.catalog.page_questions import PairTexts
from rsica_data.sources.catalog.record_images import has_records, read_records
from rsica_data.sources.common import inside, list_folder, natural
from rsica_data.sources.path_templates import placed_name, walk_template


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """What templates tell of a file: the text of its split, the name of its pair, its date; "" where they have none."""

    split: str
    name: str
    date: str = ""


@dataclass(frozen=True)
class FoundLayout:
    """A layout in a folder.

    Attributes:
        layout: which.
        number: its place among those of the page.
        under: the folder that holds it, "" or ending in ``/``.
        files: role to the files of its items, relative to the input folder.
        others: role of an image to the files of its second and third band, where these are files of their own.
        labels: what ``{label}`` reads, where the layout has it.
        members: the images of shards, where the layout has these.
        question_texts: what the files of questions hold, where they name the images.
    """

    layout: Layout
    number: int
    under: str
    files: Mapping[str, Mapping[Item, str]]
    others: Mapping[str, tuple[Mapping[Item, str], ...]]
    labels: Mapping[Item, str]
    members: Mapping[Item, Member] = field(default_factory=dict)
    question_texts: Mapping[tuple[str, str], PairTexts] | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Roles that it needs and of which no file is there."""
        return tuple(role for role, form in self.layout.forms() if _is_needed(form) and not self.files[role])

    @property
    def held(self) -> tuple[str, ...]:
        """Roles of which some file is there."""
        return tuple(role for role, _ in self.layout.forms() if self.files[role])

    def path(self, role: str, item: Item) -> str | None:
        """The file of an item; where none is there the one that its templates mean, None where they have wildcards."""
        files = self.files[role]
        path = files.get(item) or files.get(Item("", item.name, item.date))
        if path is None and getattr(self.layout, role).templates == ():
            return None
        return path or _filled(self.under + getattr(self.layout, role).templates[0], item)

    def is_there(self, role: str, item: Item) -> bool:
        """Whether the file of an item is there."""
        return item in self.files[role] or Item("", item.name, item.date) in self.files[role]

    def items(self) -> list[Item]:
        """Every item of which an image is there, in natural order of names."""
        both = [self.files[role] for role in IMAGE_ROLES if role in self.files]
        by_folder = self.layout.by_folder
        items = {item for files in both for item in files if bool(item.split) == by_folder}
        return sorted(items, key=lambda item: (item.split, natural(item.name), item.date))


def _is_needed(form: object) -> bool:
    return not (isinstance(form, MaskForm) and form.optional)


def _filled(template: str, item: Item) -> str | None:
    if any(mark in template for mark in ("*", "?", "{place}")):
        return None
    filled = template.replace("{split}", item.split).replace("{name}", item.name).replace("{date}", item.date)
    return None if "{label}" in filled else filled


def split_texts(layout: Layout) -> dict[str, Split]:
    """What ``{split}`` may read, and the split that it means."""
    return {**{split: split for split in SPLITS}, **layout.split_names}


def find_layout(root: Path, page: Page, number: int, under: str) -> FoundLayout:
    """The files of one layout.

    Raises:
        UserError: a folder cannot be read, or two files are the same part of one pair.
    """
    layout = page.layouts[number]
    prefix = f"{under.rstrip('/')}/" if under.rstrip("/") else ""
    choices = {"split": list(split_texts(layout))}
    if layout.before.packed is not None:
        packed_names = read_members(root, prefix, layout.before.packed)
        members = {Item(split, name): member for (split, name), member in packed_names.items()}
        paths = {item: member.path for item, member in members.items()}
        return FoundLayout(layout, number, prefix, {"before": paths}, {}, {}, members)
    if layout.before.hdf5 is not None:
        inside = read_hdf5(root, prefix, layout.before.hdf5, split_texts(layout))
        members = {Item(split, name): member for (split, name), member in inside.items()}
        paths = {item: member.path for item, member in members.items()}
        dates = IMAGE_ROLES if layout.before.hdf5.after is not None else IMAGE_ROLES[:1]
        return FoundLayout(layout, number, prefix, dict.fromkeys(dates, paths), {}, {}, members)
    if layout.before.listed:
        questions = read_records(root, prefix, layout, split_texts(layout))
        # Of more than two dates nothing is read.
        questions = {key: entry for key, entry in questions.items() if len(entry.images) <= len(IMAGE_ROLES)}
        return FoundLayout(
            layout, number, prefix, _listed_files(root, prefix, layout, questions), {}, {}, question_texts=questions
        )
    files = {role: _files(root, prefix, role, form.templates, choices) for role, form in layout.forms()}
    _leave_out_labels(layout, files)
    others = {
        role: tuple(_files(root, prefix, role, [text], choices) for text in (form.separate or ())[1:])
        for role, form in layout.forms()
        if isinstance(form, ImageForm)
    }
    return FoundLayout(layout, number, prefix, files, others, _labels(root, prefix, layout, choices))


def _listed_files(
    root: Path, prefix: str, layout: Layout, questions: Mapping[tuple[str, str], PairTexts]
) -> dict[str, dict[Item, str]]:
    """The files that records name, below the first folder in which each is."""
    folders = [f"{prefix}{folder.strip('/')}/" if folder.strip("/") else prefix for folder in layout.before.listed]
    files: dict[str, dict[Item, str]] = {role: {} for role in IMAGE_ROLES}
    for (_, name), entry in questions.items():
        for role, given in zip(IMAGE_ROLES, entry.images, strict=False):
            path = given.replace("\\", "/").lstrip("/")
            if inside(path):
                tried = [folder + path for folder in folders]
                files[role][Item("", name)] = next((text for text in tried if (root / text).is_file()), tried[0])
    return files


def _leave_out_labels(layout: Layout, files: dict[str, dict[Item, str]]) -> None:
    """Label files beside the images, whose names an image's template matches too, are no images."""
    labels = {path for role, _ in layout.masks() for path in files[role].values()}
    for role in (role for role in IMAGE_ROLES if role in files):
        files[role] = {item: path for item, path in files[role].items() if path not in labels}


def _labels(root: Path, prefix: str, layout: Layout, choices: Mapping[str, Sequence[str]]) -> dict[Item, str]:
    if layout.scene is None:
        return {}
    return {
        _item(bound): bound["label"]
        for template in layout.before.templates
        for bound, _ in walk_template(root, prefix + template, choices)
        if "label" in bound
    }


def _item(bound: Mapping[str, str]) -> Item:
    return Item(bound.get("split", ""), placed_name(bound), bound.get("date", ""))


def _files(
    root: Path, prefix: str, role: str, templates: Sequence[str], choices: Mapping[str, Sequence[str]]
) -> dict[Item, str]:
    paths: dict[Item, str] = {}
    for template in templates:
        own: dict[Item, str] = {}
        suffixes = tuple(ending for ending in (".json", ".geojson") if template.endswith(ending))
        for bound, path in walk_template(root, prefix + template, choices, suffixes=suffixes):
            item = _item(bound)
            first = own.setdefault(item, path)
            if first != path:
                raise UserError(f"'{first}' and '{path}' are both the {role} file of '{item.name}'", file=root)
        # Of several forms of one file the first one is read.
        paths = {**own, **paths}
    return paths


def find_layouts(root: Path, page: Page) -> list[FoundLayout]:
    """Layouts of which an image is there, the most complete first.

    Where the folder itself is in none, the one folder in it that is in some counts: archives often hold such a folder.

    Raises:
        UserError: see :func:`find_layout`.
    """
    layouts = _found_in(root, "", page)
    if not layouts:
        folders = [name for name in list_folder(root) if (root / name).is_dir()]
        inner = [layouts for name in folders if (layouts := _found_in(root, f"{name}/", page))]
        layouts = inner[0] if len(inner) == 1 else []
    return sorted(layouts, key=lambda entry: (len(entry.missing), -len(entry.items()), entry.number))


def _found_in(root: Path, folder: str, page: Page) -> list[FoundLayout]:
    layouts = [
        find_layout(root, page, number, folder + under)
        for number, layout in enumerate(page.layouts)
        for under in layout.under
        if _begins(root, layout, folder + under)
    ]
    return [entry for entry in layouts if entry.items()]


def _begins(root: Path, layout: Layout, under: str) -> bool:
    """Whether the folder exists in which the first image would be: cheap, for many pages are tried."""
    folder = root / under
    packed, prefix = layout.before.packed, f"{under.rstrip('/')}/" if under.rstrip("/") else ""
    if layout.before.listed:
        return has_records(root, prefix, layout, split_texts(layout))
    if packed is not None:
        return has_shards(root, prefix, packed)
    if layout.before.hdf5 is not None:
        return has_hdf5(root, prefix, layout.before.hdf5)
    return any(_first_folder(folder, template).is_dir() for template in layout.before.templates)


def _first_folder(folder: Path, template: str) -> Path:
    for segment in template.split("/")[:-1]:
        if any(mark in segment for mark in "{*?"):
            break
        folder = folder / segment
    return folder
