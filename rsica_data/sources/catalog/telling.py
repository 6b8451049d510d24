"""A page as a person reads it, with the folders that it expects."""

from __future__ import annotations

from collections.abc import Iterator

from rsica_data.sources.catalog.catalog_page import Layout, Page
from rsica_data.sources.catalog.forms import SplitForm

ROLE_WORDS = {
    "before": "image before",
    "after": "image after",
    "change_mask": "change mask by class",
    "before_labels": "label map before",
    "after_labels": "label map after",
    "extent": "where something changed",
}


def describe(page: Page) -> Iterator[str]:
    """The lines of a page."""
    yield f"{page.name}: {page.title} ({page.family})"
    yield f"  {page.summary}"
    about = {
        "paper": page.citation,
        "home": page.url,
        "license": page.license or "not known",
        "images": "may be passed on" if page.redistributable else "may not be passed on, or it is not known",
        "pixel": _ground(page),
        "size": f"{page.size[0]} x {page.size[1]} px" if page.size else None,
        "pairs as published": ", ".join(f"{split} {count:,}" for split, count in page.pairs.items()),
        "classes": ", ".join(page.classes),
    }
    yield from (f"  {name}: {value}" for name, value in about.items() if value)
    if page.labels == "changed-only":
        yield "  label maps hold classes only where something changed: nothing is asked about cover of the whole image"
    for layout in page.layouts:
        yield f"  layout '{layout.name}'"
        yield from (f"    {line}" for line in _layout_lines(layout))
    for title, lines in (
        ("to know", page.quirks),
        ("verified against", page.verified),
        ("not verified", page.not_verified),
    ):
        if lines:
            yield f"  {title}"
            yield from (f"    - {line}" for line in lines)


def _ground(page: Page) -> str | None:
    if page.gsd_m is not None:
        return f"{page.gsd_m:g} m"
    return f"{page.gsd_range[0]:g} to {page.gsd_range[1]:g} m" if page.gsd_range else None


def _layout_lines(layout: Layout) -> Iterator[str]:
    meaning: dict[str, str] = {}
    for role, form in layout.forms():
        texts = getattr(form, "separate", None) or form.templates
        optional = ", may be absent" if getattr(form, "optional", False) else ""
        meaning |= {text: f"{ROLE_WORDS[role]}{optional}" for text in texts if text not in meaning}
    if layout.before.packed is not None:
        shards = layout.before.packed.files.values()
        meaning |= dict.fromkeys((text for texts in shards for text in texts), "shards of images with their texts")
    if layout.before.hdf5 is not None:
        meaning |= dict.fromkeys(
            (text for texts in layout.before.hdf5.files.values() for text in texts), "HDF5 file of images"
        )
    if layout.captions is not None:
        meaning |= dict.fromkeys(layout.captions.named(), "captions")
    if layout.questions is not None:
        meaning |= dict.fromkeys(layout.questions.files(), "questions")
    if layout.objects is not None:
        meaning |= dict.fromkeys(layout.objects.files(), "objects")
    lists = (text for way in layout.splits for text in _split_files(way))
    meaning |= dict.fromkeys(lists, "names of a split, if it is there")
    yield from _tree(meaning)
    folders = [folder for folder in layout.under if folder]
    if folders:
        yield f"also in the folder {', '.join(folders)}"
    names = ", ".join(f"{text} is {split}" for text, split in layout.split_names.items())
    yield from [f"{{split}}: train, val, test; {names}"] if names else []
    yield from (line for way in layout.splits for line in _split_lines(way))
    if layout.tile is not None:
        yield f"larger pictures are cut into tiles of {layout.tile.size} px"


def _split_files(way: SplitForm) -> list[str]:
    if isinstance(way.lists, str):
        return [way.lists]
    files = way.table.file if way.table is not None else way.lists or {}
    return [text for texts in files.values() for text in texts]


def _split_lines(way: SplitForm) -> Iterator[str]:
    if way.prefix:
        yield "else the beginning of a name tells the split: train_12.png"
    elif way.captions:
        yield "the captions name the pairs of each split"
    elif way.questions:
        yield "the files of questions name the pairs of each split"
    elif way.objects:
        yield "the files of objects name the images of each split"
    elif way.rest:
        yield f"pairs that no list names are {way.rest}"
    elif way.all:
        yield f"all pairs are {way.all}: {way.why or 'the set has no official split'}"


def _tree(meaning: dict[str, str]) -> Iterator[str]:
    """Paths as a tree of folders, each folder once."""
    shown: list[str] = []
    for path, what in meaning.items():
        parts = path.split("/")
        common = 0
        while common < min(len(shown), len(parts) - 1) and shown[common] == parts[common]:
            common += 1
        for depth in range(common, len(parts) - 1):
            yield f"{'  ' * depth}{parts[depth]}/"
        yield f"{'  ' * (len(parts) - 1)}{parts[-1]}  ({what})"
        shown = parts[:-1]
