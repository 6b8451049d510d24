"""The pairs of a folder that a page describes: the layout, the splits, the captions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.schema import PairKey
from rsica_data.schema.records import SPLITS, Split
from rsica_data.sources.catalog.captions import Captioned, caption_files, read_captions
from rsica_data.sources.catalog.finding import FoundLayout, Item, find_layout, find_layouts, split_texts
from rsica_data.sources.catalog.lists import listed_names, matching_files
from rsica_data.sources.catalog.page import Page, SplitForm
from rsica_data.sources.catalog.questions import Told, has_questions, read_questions
from rsica_data.sources.common import LEFT_OUT, not_this_layout, sort_keys
from rsica_data.sources.splits import SplitRules, share_out
from rsica_data.sources.templates import walk_template

LAYOUT = "layout"
"""Key of ``PairKey.extra``: place of the pair's layout on the page."""
SEPARATE = "separate"
"""Key of ``PairKey.extra``: files of green and blue of each image, where these are files of their own."""

QUESTIONS = "questions"
OPTIONS = "options"
"""Keys of ``PairKey.extra``: kind and turns of each question of the pair; options of the answers by kind."""


@dataclass(frozen=True)
class Indexed:
    """The pairs of a folder, the layout that it is in, and how their splits were told."""

    keys: tuple[PairKey, ...]
    match: FoundLayout
    note: str


@dataclass(frozen=True)
class _Pair:
    """The items of a pair's two dates; one in a set of one date, and where both have one name."""

    name: str
    before: Item
    after: Item


def index_page(root: Path, page: Page, wanted: str | None, split: Split | SplitRules | None) -> Indexed:
    """The pairs of a folder.

    Args:
        root: the input folder.
        page: what describes it.
        wanted: name of the one layout to try.
        split: in place of what the page says of splits, where folders do not tell them.

    Raises:
        UserError: the folder is in none of the page's layouts, or its splits cannot be told.
    """
    match = choose_layout(root, page, wanted)
    items = match.items()
    pairs = _series(items) if match.layout.series else [_Pair(item.name, item, item) for item in items]
    captioned = read_captions(root, match)
    form = match.layout.questions
    if form is not None and not has_questions(root, match.under, form, split_texts(match.layout)):
        raise UserError("no files of questions", file=root, hint=f"rsica-data sources {page.name} names them")
    told = {} if form is None else read_questions(root, match.under, form, split_texts(match.layout))
    captioned |= {
        key: Captioned(entry.captions, 0, entry.changed)
        for key, entry in told.items()
        if key not in captioned and (entry.captions or entry.changed is not None)
    }
    if any(way.questions for way in match.layout.splits):
        captioned = {**dict.fromkeys(told, Captioned((), 0, None)), **captioned}
    splits, note = _splits(root, match, pairs, split, captioned)
    named = dict.fromkeys(splits)
    named |= dict.fromkeys((where, name) for where, name in captioned if where and match.layout.by_folder)
    keys = [_key(page, match, where, name, splits.get((where, name)), captioned) for where, name in named]
    keys = [_with_questions(key, told) for key in keys]
    if match.layout.scene is not None:
        keys = _with_scenes(keys, splits, match, match.layout.scene)
    return Indexed(tuple(sort_keys(keys)), match, note)


def choose_layout(root: Path, page: Page, wanted: str | None) -> FoundLayout:
    """The layout that a folder is in: of several the most complete one.

    Raises:
        UserError: it is in none, or lacks all files of a role.
    """
    if wanted is not None:
        numbers = [number for number, layout in enumerate(page.layouts) if layout.name == wanted]
        if not numbers:
            names = ", ".join(layout.name for layout in page.layouts)
            raise UserError(f"no layout '{wanted}'", key="source.options.layout", hint=f"there are: {names}")
        tried = [find_layout(root, page, numbers[0], under) for under in page.layouts[numbers[0]].under]
        matches = sorted((entry for entry in tried if entry.items()), key=lambda entry: len(entry.missing))
    else:
        matches = find_layouts(root, page)
    if not matches:
        looked = [text for layout in page.layouts for text in layout.before.templates]
        raise not_this_layout(root, page.name, list(dict.fromkeys(looked)))
    if matches[0].missing:
        role = matches[0].missing[0]
        form = getattr(matches[0].layout, role)
        what = f"no {role} files: nothing matches {', '.join(matches[0].under + text for text in form.templates)}"
        raise UserError(what, file=root, hint=f"the layout is '{matches[0].layout.name}' of {page.name}")
    return matches[0]


def _series(items: Sequence[Item]) -> list[_Pair]:
    """Each date of a place with the next one."""
    pairs = []
    for first, second in pairwise(items):
        if (first.split, first.name) == (second.split, second.name):
            pairs.append(_Pair(f"{first.name}_{first.date}_{second.date}", first, second))
    return pairs


def _splits(
    root: Path,
    match: FoundLayout,
    pairs: Sequence[_Pair],
    given: Split | SplitRules | None,
    captioned: Mapping[tuple[str, str], Captioned],
) -> tuple[dict[tuple[str, str], _Pair | None], str]:
    """(split, name) to the pair, None for a pair that a list names and that is not there; and how it was told."""
    if match.layout.by_folder:
        if given is not None:
            raise UserError("folders tell the splits of this layout", key="source.options.split", hint="leave it out")
        texts = split_texts(match.layout)
        return {(texts[pair.before.split], pair.name): pair for pair in pairs}, "by folders"
    by_name = {pair.name: pair for pair in pairs}
    if isinstance(given, SplitRules):
        told = share_out(sorted(by_name), given, root, {})
        return {(split, name): by_name.get(name) for name, split in told.splits.items()}, told.note
    if given is not None:
        return {(given, name): pair for name, pair in by_name.items()}, f"all {given}, as the recipe says"
    for form in match.layout.splits:
        told_ = _by_form(root, match, by_name, form, captioned)
        if told_ is not None:
            return told_
    raise UserError(
        f"the splits of {len(pairs)} pairs cannot be told: {_looked_for(match)}",
        file=root,
        key="source.options.split",
        hint="--split test takes all as test; a recipe can share them out: {ratio: {train: 0.8, test: 0.2}}",
    )


def _looked_for(match: FoundLayout) -> str:
    return "; ".join(_not_told(form) for form in match.layout.splits) or "the set has no official split"


def _not_told(form: SplitForm) -> str:
    if isinstance(form.lists, str):
        return f"no list {form.lists}"
    if form.lists is not None:
        return f"no list {', '.join(text for texts in form.lists.values() for text in texts)}"
    if form.files is not None:
        return f"not every pair has one of {', '.join(form.files.values())}"
    return "no names that begin with train_, val_ or test_" if form.prefix else "no captions that tell it"


def _by_form(
    root: Path,
    match: FoundLayout,
    by_name: Mapping[str, _Pair],
    form: SplitForm,
    captioned: Mapping[tuple[str, str], Captioned],
) -> tuple[dict[tuple[str, str], _Pair | None], str] | None:
    """Splits told in one way; None where it does not apply."""
    if form.all is not None:
        why = form.why or "the set has no official split"
        return {(form.all, name): pair for name, pair in by_name.items()}, f"all {form.all}: {why}"
    if form.prefix:
        told = {name: next((s for s in SPLITS if name.lower().startswith(s)), None) for name in by_name}
        if None in told.values():
            return None
        return {(split, name): by_name[name] for name, split in told.items() if split}, "by the beginnings of names"
    if form.files is not None:
        return _by_files(root, match, by_name, form.files)
    if form.captions or form.questions:
        told_ = {(split, name): by_name.get(name) for split, name in captioned if split}
        return (told_, f"by the {'captions' if form.captions else 'questions'}") if any(told_.values()) else None
    lists = split_lists(root, match, form)
    return _by_lists(match, by_name, lists) if lists else None


def _by_files(
    root: Path, match: FoundLayout, by_name: Mapping[str, _Pair], files: Mapping[Split, str]
) -> tuple[dict[tuple[str, str], _Pair | None], str] | None:
    told: dict[tuple[str, str], _Pair | None] = {}
    for split, template in files.items():
        there = {bound["name"] for bound, _ in walk_template(root, match.under + template)}
        told |= {(split, name): pair for name, pair in by_name.items() if name in there}
    return (told, "by folders of their files") if len(told) == len(by_name) else None


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
            lists |= dict.fromkeys((split, path) for path in matching_files(root, match.under + text))  # type: ignore[misc]
    return list(lists)


def _by_lists(
    match: FoundLayout, by_name: Mapping[str, _Pair], lists: Sequence[tuple[Split, Path]]
) -> tuple[dict[tuple[str, str], _Pair | None], str]:
    templates = [text for _, form in match.layout.forms() for text in form.templates]
    # A series has a list of places, all pairs of which are of one split.
    places: dict[str, list[str]] = {}
    for name, pair in by_name.items():
        places.setdefault(pair.before.name, []).append(name)
    chosen: dict[str, str] = {}
    for split, path in lists:
        for place in listed_names(path, places, templates):
            for name in places.get(place, [] if match.layout.series else [place]):
                if chosen.setdefault(name, split) != split:
                    raise UserError(f"'{name}' is also in the list of {chosen[name]}", file=path)
    rest = [name for name in by_name if name not in chosen]
    note = f"by lists ({', '.join(path.name for _, path in lists)})"
    if rest:
        note += f"; left out, in no list: {len(rest)}, the first '{rest[0]}'"
    return {(split, name): by_name.get(name) for name, split in chosen.items()}, note


def _key(
    page: Page,
    match: FoundLayout,
    split: str,
    name: str,
    pair: _Pair | None,
    captioned: Mapping[tuple[str, str], Captioned],
) -> PairKey:
    layout = match.layout
    text = next(text for text, meant in split_texts(layout).items() if meant == split) if layout.by_folder else ""
    own = pair or _Pair(name, Item(text, name), Item(text, name))
    files: dict[str, str | None] = {"before": match.path("before", own.before)}
    if layout.series:
        files["after"] = match.path("before", own.after)
    elif layout.after is not None:
        files["after"] = match.path("after", own.after)
    for role, form in layout.masks():
        item = own.before if role == "before_labels" else own.after
        if not match.files[role] or (form.optional and not match.is_there(role, item)):
            continue
        files[role] = match.path(role, item)
    extra: dict[str, Any] = {LAYOUT: match.number}
    separate = {role: _separate(match, own, role) for role in ("before", "after") if role in files}
    if any(separate.values()):
        extra[SEPARATE] = separate
    if layout.series:
        extra["dates"] = [own.before.date, own.after.date]
    entry = captioned.get((split, own.before.name)) or captioned.get(("", own.before.name)) or Captioned((), 0, None)
    if entry.left_out:
        extra[LEFT_OUT] = entry.left_out
    return PairKey(f"{page.name}/{split}/{name}", split, files, entry.captions, entry.changed, extra)


def _with_questions(key: PairKey, told: Mapping[tuple[str, str], Told]) -> PairKey:
    entry = told.get((key.split, key.pair_id.rpartition("/")[2]))
    if entry is None or not entry.questions:
        return key
    asked = [[question.kind, [list(turn) for turn in question.turns]] for question in entry.questions]
    options = {question.kind: list(question.options) for question in entry.questions if question.options}
    return replace(key, extra={**key.extra, QUESTIONS: asked, OPTIONS: options})


def _with_scenes(
    keys: Sequence[PairKey], splits: Mapping[tuple[str, str], _Pair | None], match: FoundLayout, asked: str
) -> list[PairKey]:
    options = sorted({_scene(label) for label in match.labels.values()})
    told = []
    for key in keys:
        pair = splits.get((key.split, key.pair_id.rpartition("/")[2]))
        label = None if pair is None else match.labels.get(pair.before)
        if label is not None:
            question = ["scene", [[asked, _scene(label)]]]
            told.append(replace(key, extra={**key.extra, QUESTIONS: [question], OPTIONS: {"scene": options}}))
        else:
            told.append(key)
    return told


def _scene(label: str) -> str:
    """A folder's name as words: ``baseball_diamond``, ``AnnualCrop``."""
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label.replace("_", " ").replace("-", " ")).lower().split())


def _separate(match: FoundLayout, pair: _Pair, role: str) -> list[str | None]:
    """Files of green and blue, where the image has one a band."""
    item = pair.before if role == "before" else pair.after
    return [files.get(item) for files in match.others["before" if match.layout.series else role]]


def notes_of(root: Path, indexed: Indexed) -> list[str]:
    """What was read, for the manifest and whoever builds."""
    match = indexed.match
    place = f" under {match.under}" if match.under else ""
    told = [f"layout: {match.layout.name}{place}; splits {indexed.note}"]
    files = caption_files(root, match)
    if files:
        told.append(f"captions: {', '.join(path.name for _, path in files)}")
    return told
