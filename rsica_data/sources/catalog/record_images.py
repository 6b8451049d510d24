"""Images that the records of questions and captions name by their paths, with what the records say of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rsica_data.core.errors import UserError
from rsica_data.schema.caption_text import has_words, strip_caption
from rsica_data.schema.records import Split
from rsica_data.sources.catalog.forms import CaptionTable
from rsica_data.sources.catalog.page_questions import PairTexts, has_questions, name_by_paths, read_questions
from rsica_data.sources.catalog.page_tables import files_by_split, images_of, table_rows

if TYPE_CHECKING:
    from rsica_data.sources.catalog.catalog_page import Layout


def has_records(root: Path, under: str, layout: Layout, texts: Mapping[str, Split]) -> bool:
    """Whether any file of records is there."""
    table = None if layout.captions is None else layout.captions.table
    if table is not None and files_by_split(root, under, table.file):
        return True
    return layout.questions is not None and has_questions(root, under, layout.questions, texts)


def read_records(
    root: Path, under: str, layout: Layout, texts: Mapping[str, Split]
) -> dict[tuple[str, str], PairTexts]:
    """What records say, by split ("" where files tell none) and the name that the paths of the images make.

    Args:
        root: the input folder.
        under: the layout's folder in it.
        layout: which.
        texts: what ``{split}`` may read, and the split that it means.

    Raises:
        UserError: a file is not in its form.
    """
    texts_of: dict[tuple[str, str], PairTexts] = {}
    if layout.questions is not None:
        texts_of |= read_questions(root, under, layout.questions, texts, by_path=True)
    if layout.captions is not None and layout.captions.table is not None:
        _add_captions(root, under, layout.captions.table, texts_of)
    return texts_of


def _add_captions(root: Path, under: str, form: CaptionTable, texts_of: dict[tuple[str, str], PairTexts]) -> None:
    for split, path in files_by_split(root, under, form.file):
        columns = [*(form.images or (form.image,)), form.caption]
        for number, row in enumerate(table_rows(path, columns, form.rows), 1):
            images, given = images_of(row, form.image, form.images), row.get(form.caption)
            given = [given] if isinstance(given, str) else given
            if not images or not isinstance(given, list) or not all(isinstance(text, str) for text in given):
                raise UserError(
                    f"row {number} lacks {', '.join(columns[:-1])}, or {form.caption} holds no texts", file=path
                )
            entry = texts_of.setdefault((split, name_by_paths(images)), PairTexts(images=images))
            entry.captions += tuple(strip_caption(text) for text in given if has_words(text))


def names_by_path(texts_of: Mapping[tuple[str, str], PairTexts]) -> dict[str, str]:
    """Names of pairs by the paths of their first images, as a list of a split may hold them."""
    return {entry.images[0].replace("\\", "/"): name for (_, name), entry in texts_of.items() if entry.images}
