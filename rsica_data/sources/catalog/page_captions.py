"""Captions files of a page: Karpathy's form whole or a file a split, lists of captions by name, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json, short
from rsica_data.schema.caption_files import captioned_images
from rsica_data.schema.caption_text import change_flag, has_words, strip_caption
from rsica_data.schema.records import SPLITS, Split
from rsica_data.sources.catalog.forms import CaptionForm, CaptionTable
from rsica_data.sources.catalog.page_tables import files_by_split, image_name, table_rows
from rsica_data.sources.common import split_suffix


@dataclass(frozen=True, slots=True)
class Captioned:
    """What a file says of a pair: captions, how many sentences held no words, and the change flag."""

    captions: tuple[str, ...]
    left_out: int
    changed: bool | None


def caption_files(root: Path, under: str, form: CaptionForm, texts: Mapping[str, Split]) -> list[tuple[str, Path]]:
    """Captions files that are there, each with the split that its name tells ("" for none).

    Args:
        root: the input folder.
        under: the folder of the images in it, "" or ending in ``/``.
        form: which files.
        texts: what ``{split}`` may read, and the split that it means.
    """
    if form.table is not None:
        return files_by_split(root, under, form.table.file)
    # They may lie beside the folder of the images, or in it.
    for path in dict.fromkeys(folder + text for text in form.file for folder in _folders(under)):
        if "{split}" not in path:
            if (root / path).is_file():
                return [("", root / path)]
            continue
        by_split = [(split, root / path.replace("{split}", text)) for text, split in texts.items()]
        there: list[tuple[str, Path]] = [(split, file) for split, file in by_split if file.is_file()]
        if there:
            return there
    return []


def _folders(under: str) -> list[str]:
    """A folder and those above it, up to the input folder."""
    parts = under.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts), -1, -1)]


def read_captions(
    root: Path, under: str, form: CaptionForm, texts: Mapping[str, Split]
) -> dict[tuple[str, str], Captioned]:
    """Captions of all files of a layout.

    Args:
        root: the input folder.
        under: the folder of the images in it, "" or ending in ``/``.
        form: which files.
        texts: what ``{split}`` may read, and the split that it means.

    Raises:
        UserError: a file is in neither form, names a split that is none, or has two entries for one image.
    """
    if form.table is not None:
        return _table(root, under, form.table)
    captioned: dict[tuple[str, str], Captioned] = {}
    for split, path in caption_files(root, under, form, texts):
        for key, entry in read_caption_file(path, split, texts).items():
            if key in captioned:
                raise UserError(f"second entry for '{key[1]}'", file=path)
            captioned[key] = entry
    return captioned


def read_caption_file(path: Path, split: str, texts: Mapping[str, Split]) -> dict[tuple[str, str], Captioned]:
    """Captions of one file, in Karpathy's form or ``{name: [caption, ...]}``.

    Args:
        path: the file.
        split: of its images, where it tells none; "" where that is not known.
        texts: names of splits that it may use, and the split that each means.

    Raises:
        UserError: as :func:`read_captions`.
    """
    document = read_json(path, unpack=True, surrogates="keep")
    if isinstance(document, dict) and document and "images" not in document:
        return _lists(document, path, split)
    captioned: dict[tuple[str, str], Captioned] = {}
    for image in captioned_images(document, path, split_needed=False):
        stem = split_suffix(image.filename)[0]
        own = texts.get(image.split, image.split) or split or _told(stem)
        if own and own not in SPLITS:
            problem = f"'{image.filename}' is in split '{short(image.split)}', which is none of {', '.join(SPLITS)}"
            raise UserError(problem, file=path, key=f"images[{image.number}].split")
        if (own, stem) in captioned:
            raise UserError(f"images[{image.number}]: second entry for '{image.filename}'", file=path)
        captioned[own, stem] = _entry(image.sentences, image.changed)
    return captioned


def _table(root: Path, under: str, form: CaptionTable) -> dict[tuple[str, str], Captioned]:
    texts: dict[tuple[str, str], list[str]] = {}
    flags: dict[tuple[str, str], bool | None] = {}
    for split, path in files_by_split(root, under, form.file):
        columns = [form.image, form.caption, *([form.changed] if form.changed else [])]
        for number, row in enumerate(table_rows(path, columns, form.rows), 1):
            name, given = image_name(row.get(form.image), form), row.get(form.caption)
            given = [given] if isinstance(given, str) else given
            if name is None or not isinstance(given, list) or not all(isinstance(text, str) for text in given):
                raise UserError(f"row {number} lacks {form.image}, or {form.caption} holds no texts", file=path)
            texts.setdefault((split, name), []).extend(given)
            try:
                flags[split, name] = change_flag(row.get(form.changed)) if form.changed else None
            except ValueError as error:
                raise UserError(f"row {number}: {error}", file=path, key=form.changed) from None
    return {key: _entry(given, flags[key]) for key, given in texts.items()}


def _told(stem: str) -> str:
    """The split that a name begins with."""
    return next((split for split in SPLITS if stem.startswith(f"{split}_")), "")


def _lists(document: Mapping[str, object], path: Path, split: str) -> dict[tuple[str, str], Captioned]:
    captioned = {}
    for name, texts in document.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UserError("should be {name: [caption, ...]} or in the layout of LevirCCcaptions.json", file=path)
        folder, _, file = name.rpartition("/")
        stem = split_suffix(file)[0]
        captioned[folder if folder in SPLITS else split or _told(stem), stem] = _entry(texts, None)
    return captioned


def _entry(sentences: tuple[str, ...] | list[str], changed: bool | None) -> Captioned:
    kept = tuple(strip_caption(text) for text in sentences if has_words(text))
    return Captioned(kept, len(sentences) - len(kept), changed)
