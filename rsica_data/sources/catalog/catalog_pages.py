"""Pages of the catalog: those that ship, and files of a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.text_encoding import read_user_text
from rsica_data.core.validation import validate_model
from rsica_data.core.yaml_text import check_numbers, compose, construct, line_of
from rsica_data.sources.catalog.catalog_page import FAMILIES, Page

_WHAT = "a page of the catalog is a mapping with the keys name, title, family, summary and layouts"


def shipped_pages() -> dict[str, Path]:
    """Name to file of every page that comes with the package."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yaml"))}


@cache
def load_page(name: str) -> Page:
    """The page that ships under a name.

    Raises:
        UserError: there is none, with the nearest name.
    """
    known = shipped_pages()
    if name not in known:
        raise UserError(f"no page '{name}' in the catalog", hint=did_you_mean(name, known))
    page = read_page(known[name])
    if page.name != name:
        raise UserError(f"the page is called '{page.name}'", file=known[name], key="name")
    return page


def read_page(path: Path) -> Page:
    """The page that a file holds.

    Raises:
        UserError: cannot be read, or mistakes in it (UserErrors: all of them, with line and key).
    """
    root = compose(read_user_text(path), str(path), _WHAT)
    page = validate_model(Page, construct(root, str(path)), file=path, locate=partial(line_of, root))
    check_numbers(root, str(path))
    return page


def all_pages() -> list[Page]:
    """Every page that ships, by family, then by name."""
    return sorted((load_page(name) for name in shipped_pages()), key=lambda p: (FAMILIES.index(p.family), p.name))


def default_recipe(page: Page, *, own: bool = False, split: str | None = None) -> dict[str, Any]:
    """The recipe that builds a page's set where nobody wrote another, as a recipe file has it.

    Args:
        page: the page.
        own: it is no shipped page: the recipe then holds all of it.
        split: the split of all pairs, where the layout does not tell it.
    """
    tasks = page.tasks if page.tasks is not None else {name: {} for name in _tasks(page)}
    return {
        "name": page.name,
        "title": page.title,
        "description": page.summary,
        "source": {
            "name": "catalog",
            "options": {
                "page": page.model_dump(mode="json", exclude_defaults=True) if own else page.name,
                **({} if split is None else {"split": split}),
            },
        },
        **({"facts": dict(page.facts)} if page.facts else {}),
        "tasks": dict(tasks),
    }


def _tasks(page: Page) -> Sequence[str]:
    packed = [layout.before.packed for layout in page.layouts if layout.before.packed is not None]
    captioned = any(layout.captions is not None for layout in page.layouts) or any(form.caption for form in packed)
    labelled = any(layout.before.hdf5 is not None and layout.before.hdf5.label for layout in page.layouts)
    masked = any(layout.has_masks for layout in page.layouts)
    measured = ("classification", "counting", "localization", "open_qa", "dialogue") if masked else ("classification",)
    given = any(
        layout.questions is not None or layout.scene is not None or layout.objects is not None
        for layout in page.layouts
    ) or any(form.question for form in packed)
    given = given or labelled
    asked = ("given_qa",) if given else ()
    if any(not layout.has_dates for layout in page.layouts):
        mapped = any(layout.before_labels is not None for layout in page.layouts)
        return (*asked, *(("captioning",) if captioned else ()), *(("land_cover",) if mapped else ()))
    return (*asked, *(("captioning",) if captioned or masked else ()), *measured)
