"""Which split each pair of a layout is in: by folders, names, lists, tables, or files of texts and objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.schema.records import SPLITS, Split
from rsica_data.sources.catalog.file_matching import FoundLayout, Item, split_texts
from rsica_data.sources.catalog.forms import SplitForm, SplitTable
from rsica_data.sources.catalog.lists import listed_names, matching_files
from rsica_data.sources.catalog.page_tables import files_by_split, image_name, table_rows
from rsica_data.sources.catalog.record_images import names_by_path
from rsica_data.sources.ground_splits import footprints_of, share_out_ground
from rsica_data.sources.path_templates import walk_template
from rsica_data.sources.splits import SplitResult, SplitRules, share_out

Named = Mapping[str, Collection[tuple[str, str]]]
"""Splits and names that the captions, the questions and the objects name."""


@dataclass(frozen=True)
class DatedPair:
    """The items of a pair's two dates; one in a set of one date, and where both have one name.

    ``between`` are those of the dates between them, in order, where a record has more than two.
    """

    name: str
    before: Item
    after: Item
    between: tuple[Item, ...] = ()


def tell_splits(
    root: Path,
    match: FoundLayout,
    pairs: Sequence[DatedPair],
    given: Split | SplitRules | None,
    named: Named,
) -> tuple[dict[tuple[str, str], DatedPair | None], str]:
    """(split, name) to the pair, None for a pair that a list names and that is not there; and how it was told.

    Args:
        root: the input folder.
        match: the layout in it.
        pairs: what is there.
        given: in place of what the page says.
        named: the pairs that files of texts name.

    Raises:
        UserError: the splits cannot be told, or are told twice.
    """
    if match.layout.by_folder:
        if given is not None:
            raise UserError("folders tell the splits of this layout", key="source.options.split", hint="leave it out")
        texts = split_texts(match.layout)
        return {(texts[pair.before.split], pair.name): pair for pair in pairs}, "by folders"
    by_name = {pair.name: pair for pair in pairs}
    if isinstance(given, SplitRules):
        assigned = _shared_out(root, match, by_name, given)
        return {(split, name): by_name.get(name) for name, split in assigned.splits.items()}, assigned.note
    if given is not None:
        return {(given, name): pair for name, pair in by_name.items()}, f"all {given}, as the recipe says"
    for form in match.layout.splits:
        assigned_ = _by_form(root, match, by_name, form, named)
        if assigned_ is not None:
            return assigned_
    raise UserError(
        f"the splits of {len(pairs)} pairs cannot be told: {_looked_for(match)}",
        file=root,
        key="source.options.split",
        hint="--split test takes all as test; a recipe can share them out: {ratio: {train: 0.8, test: 0.2}}",
    )


def _shared_out(root: Path, match: FoundLayout, by_name: Mapping[str, DatedPair], rules: SplitRules) -> SplitResult:
    if not rules.by_ground:
        return share_out(sorted(by_name), rules, root, {})
    held = {name: pair.before for name, pair in by_name.items() if match.is_there("before", pair.before)}
    there = {name: path for name, item in held.items() if (path := match.path("before", item)) is not None}
    missing = sorted(by_name.keys() - there.keys())
    if missing:
        what = f"'{missing[0]}' has no file of its own, which would tell where it lies"
        raise UserError(what, file=root, key="source.options.split", hint="share out by ratio, group or lists")
    return share_out_ground(footprints_of(sorted(by_name), root, {}, there), rules)


def _looked_for(match: FoundLayout) -> str:
    return "; ".join(_not_told(form) for form in match.layout.splits) or "the set has no official split"


def _not_told(form: SplitForm) -> str:
    if isinstance(form.lists, str):
        return f"no list {form.lists}"
    if form.lists is not None:
        return f"no list {', '.join(text for texts in form.lists.values() for text in texts)}"
    if form.files is not None:
        return f"not every pair has one of {', '.join(form.files.values())}"
    if form.table is not None:
        return f"no table {', '.join(text for texts in form.table.file.values() for text in texts)}"
    return "no names that begin with train_, val_ or test_" if form.prefix else "no files of texts that tell it"


def _by_form(
    root: Path,
    match: FoundLayout,
    by_name: Mapping[str, DatedPair],
    form: SplitForm,
    named: Named,
) -> tuple[dict[tuple[str, str], DatedPair | None], str] | None:
    """Splits told in one way; None where it does not apply."""
    if form.all is not None:
        why = form.why or "the set has no official split"
        return {(form.all, name): pair for name, pair in by_name.items()}, f"all {form.all}: {why}"
    if form.prefix:
        split_of = {name: next((s for s in SPLITS if name.lower().startswith(s)), None) for name in by_name}
        if None in split_of.values():
            return None
        return {(split, name): by_name[name] for name, split in split_of.items() if split}, "by the beginnings of names"
    if form.files is not None:
        return _by_files(root, match, by_name, form.files)
    way = next((way for way in ("captions", "questions", "objects") if getattr(form, way)), None)
    if way is not None:
        assigned_ = {(split, name): by_name.get(name) for split, name in named[way] if split}
        return (assigned_, f"by the {way}") if any(assigned_.values()) else None
    if form.table is not None:
        return _by_table(root, match, by_name, form.table)
    lists = split_lists(root, match, form)
    return _by_lists(match, by_name, lists, form.rest) if lists else None


def _by_files(
    root: Path, match: FoundLayout, by_name: Mapping[str, DatedPair], files: Mapping[Split, str]
) -> tuple[dict[tuple[str, str], DatedPair | None], str] | None:
    assigned: dict[tuple[str, str], DatedPair | None] = {}
    for split, template in files.items():
        there = {bound["name"] for bound, _ in walk_template(root, match.under + template)}
        assigned |= {(split, name): pair for name, pair in by_name.items() if name in there}
    return (assigned, "by folders of their files") if len(assigned) == len(by_name) else None


def _by_table(
    root: Path, match: FoundLayout, by_name: Mapping[str, DatedPair], form: SplitTable
) -> tuple[dict[tuple[str, str], DatedPair | None], str] | None:
    texts = split_texts(match.layout)
    files = files_by_split(root, match.under, form.file)
    chosen: dict[tuple[str, str], DatedPair | None] = {}
    for _, path in files:
        for number, row in enumerate(table_rows(path, (form.image, form.split), form.rows), 1):
            name, split = image_name(row.get(form.image), form), row.get(form.split)
            if name is None or not isinstance(split, str) or split not in texts:
                problem = f"row {number}: {form.image} names no image, or {form.split} is none of {', '.join(texts)}"
                raise UserError(problem, file=path)
            # A table holds all of a set; whoever has a part of it builds that.
            if name in by_name:
                chosen[texts[split], name] = by_name[name]
    if not files:
        return None
    if not chosen:
        raise UserError("names no image of the folder", file=files[0][1], key=form.image)
    return chosen, f"by the table {', '.join(path.name for _, path in files)}"


def split_lists(root: Path, match: FoundLayout, form: SplitForm) -> list[tuple[Split, Path]]:
    """List files that are there, with their splits."""
    if isinstance(form.lists, str):
        ways = [(split, form.lists.replace("{split}", text)) for text, split in split_texts(match.layout).items()]
    else:
        ways = [(split, text) for split, texts in (form.lists or {}).items() for text in texts]
    lists: dict[tuple[Split, Path], None] = {}
    for split, text in ways:
        # Of several forms of a split's list the first one is read.
        if "{split}" in str(form.lists) or not any(split == where for where, _ in lists):
            lists |= dict.fromkeys((split, path) for path in matching_files(root, match.under + text))
    return list(lists)


def _by_lists(
    match: FoundLayout, by_name: Mapping[str, DatedPair], lists: Sequence[tuple[Split, Path]], others: Split | None
) -> tuple[dict[tuple[str, str], DatedPair | None], str]:
    templates = [text for _, form in match.layout.forms() for text in form.templates]
    # A series has a list of places, all pairs of which are of one split.
    places: dict[str, list[str]] = {}
    for name, pair in by_name.items():
        places.setdefault(pair.before.name, []).append(name)
    chosen: dict[str, str] = {}
    paths = names_by_path(match.question_texts or {})
    for split, path in lists:
        for place in listed_names(path, places, templates, paths):
            for name in places.get(place, [] if match.layout.series else [place]):
                if chosen.setdefault(name, split) != split:
                    raise UserError(f"'{name}' is also in the list of {chosen[name]}", file=path)
    rest = [name for name in by_name if name not in chosen]
    note = f"by lists ({', '.join(path.name for _, path in lists)})"
    if rest and others is not None:
        note += f"; {others}, in no list: {len(rest)}"
        chosen |= dict.fromkeys(rest, others)
    elif rest:
        note += f"; left out, in no list: {len(rest)}, the first '{rest[0]}'"
    return {(split, name): by_name.get(name) for name, split in chosen.items()}, note
