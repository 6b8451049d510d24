"""Which pages of the catalog a folder goes with, and what of them is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.extras import install_command
from rsica_data.sources.catalog.catalog_page import Page
from rsica_data.sources.catalog.file_matching import FoundLayout, Item, find_layouts, split_texts
from rsica_data.sources.catalog.forms import SeriesOption
from rsica_data.sources.catalog.indexing import index_page
from rsica_data.sources.catalog.objects import has_objects
from rsica_data.sources.catalog.page_captions import caption_files
from rsica_data.sources.catalog.page_questions import has_questions
from rsica_data.sources.catalog.source import CatalogOptions, load
from rsica_data.sources.catalog.splitting import split_lists
from rsica_data.sources.catalog.telling import ROLE_WORDS
from rsica_data.sources.common import list_folder


@dataclass(frozen=True)
class Match:
    """A layout of a page that a folder is in.

    Attributes:
        page, layout: their names.
        folder: where, relative to the folder that was looked at; "" for itself.
        pairs: number of pairs or images.
        complete: how many of them have all their files.
        roles: how many kinds of files it has.
        missing: what is not there.
        lacking: of what some pairs lack, how many, and the first file.
        trouble: why the first pair cannot be read; None where it can.
        same_size: whether the images have the size that the page states; None where it states none.
    """

    page: str
    layout: str
    folder: str
    pairs: int
    complete: int
    roles: int
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    trouble: str | None
    same_size: bool | None

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return bool(self.complete) and not self.missing and self.trouble is None

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"missing": list(self.missing), "lacking": list(self.lacking), "fits": self.fits}


def detect(root: Path, pages: Sequence[Page]) -> list[Match]:
    """Layouts that a folder is in, the likeliest first; folders in it are looked at where it is in none itself.

    Raises:
        UserError: the folder cannot be read.
    """
    if not root.is_dir():
        raise UserError("no such folder", file=root)
    layouts = _matches(root, "", pages)
    for name in list_folder(root) if not layouts else ():
        if (root / name).is_dir():
            layouts += _matches(root / name, name, pages)
    return sorted(layouts, key=_rank)


def _rank(match: Match) -> tuple[Any, ...]:
    size = {True: 0, None: 1, False: 2}[match.same_size]
    return not match.fits, len(match.missing), -match.roles, size, -match.complete, match.page


def _matches(root: Path, folder: str, pages: Sequence[Page]) -> list[Match]:
    matches = []
    for page in pages:
        try:
            layouts = find_layouts(root, page)
        except UserError as error:
            if error.hint == install_command("hdf5"):
                problem = f"{error.message} ({error.hint})"
                matches.append(Match(page.name, page.layouts[0].name, folder, 0, 0, 0, (), (), problem, None))
            continue
        matches += [_match(root, folder, page, entry) for entry in layouts[:1]]
    return matches


def _match(root: Path, folder: str, page: Page, match: FoundLayout) -> Match:
    items = match.items()
    roles = [role for role in match.held if role in ROLE_WORDS]
    complete = sum(all(match.is_there(role, item) for role in roles) for item in items) if not match.missing else 0
    lacking = [] if match.missing else [line for role in roles for line in _lacking(match, role, items)]
    missing = [f"{ROLE_WORDS[role]} ({getattr(match.layout, role).templates[0]})" for role in match.missing]
    texts, absent = _texts(root, match)
    missing += absent
    trouble, size = _tried(root, page, match.layout.name) if not match.missing else (None, None)
    same = None if page.size is None or size is None else size == page.size
    held = len(roles) + texts + _listed(root, match)
    return Match(
        page.name, match.layout.name, folder, len(items), complete, held, tuple(missing), tuple(lacking), trouble, same
    )


def _texts(root: Path, match: FoundLayout) -> tuple[int, list[str]]:
    """How many kinds of files with texts are there, and what there is nothing to ask of."""
    layout, texts = match.layout, split_texts(match.layout)
    captions, questions, objects = layout.captions, layout.questions, layout.objects
    there = {}
    if captions is not None:
        there[f"captions ({captions.named()[0]})"] = bool(caption_files(root, match.under, captions, texts))
    if questions is not None:
        there["files of questions"] = has_questions(root, match.under, questions, texts)
    if objects is not None:
        there["files of objects"] = has_objects(root, match.under, objects, texts)
    if layout.scene is not None:
        there["folders of several classes"] = len(set(match.labels.values())) > 1
    # The order of more than two dates is asked of images alone.
    drawn = any(match.files[role] for role, _ in layout.masks()) or isinstance(layout.series, SeriesOption)
    if not there and not drawn and not layout.has_masks and layout.before.packed is None and layout.before.hdf5 is None:
        there["label maps"] = False
    return sum(there.values()), [name for name, is_there in there.items() if not is_there]


def _lacking(match: FoundLayout, role: str, items: Sequence[Item]) -> list[str]:
    absent = [item for item in items if not match.is_there(role, item)]
    return [f"{len(absent)} have no {ROLE_WORDS[role]}, the first {match.path(role, absent[0])}"] if absent else []


def _listed(root: Path, match: FoundLayout) -> bool:
    return any(form.lists is not None and split_lists(root, match, form) for form in match.layout.splits)


def _tried(root: Path, page: Page, layout: str) -> tuple[str | None, tuple[int, int] | None]:
    """Why the first pair cannot be read, and its size where it can."""
    try:
        keys = index_page(root, page, layout, None).keys
        pair = load(root, keys[0], CatalogOptions(page=page, layout=layout))
    except InvalidItemError as error:
        return error.detail, None
    except UserError as error:
        return error.message, None
    return None, (pair.width, pair.height)
