"""The pairs of a folder that a page describes: the layout, the splits, the captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.schema import PairKey
from rsica_data.schema.given import GivenQuestion, questions_as_json
from rsica_data.schema.records import Split
from rsica_data.sources.catalog.catalog_page import Page
from rsica_data.sources.catalog.file_matching import FoundLayout, Item, find_layout, find_layouts, split_texts
from rsica_data.sources.catalog.forms import Series, SeriesOption
from rsica_data.sources.catalog.page_captions import caption_files
from rsica_data.sources.catalog.splitting import DatedPair, tell_splits
from rsica_data.sources.catalog.texts import OPTIONS, QUESTIONS, TextForms, Texts, read_texts, with_members
from rsica_data.sources.common import not_this_layout, sort_keys
from rsica_data.sources.splits import SplitRules
from rsica_data.text.class_names import label_words

LAYOUT = "layout"
"""Key of ``PairKey.extra``: place of the pair's layout on the page."""
MEMBER = "member"
"""Key of ``PairKey.extra``: place of the image in its shard."""
BETWEEN = "between"
"""Key of ``PairKey.extra``: date, image and label file of each date between the first and the last of a series, and its
files of green and blue, where these are files of their own."""
SEPARATE = "separate"
"""Key of ``PairKey.extra``: files of green and blue of each image, where these are files of their own."""


@dataclass(frozen=True)
class Indexed:
    """The pairs of a folder, the layout that it is in, how their splits were told, and what files say of the pairs."""

    keys: tuple[PairKey, ...]
    match: FoundLayout
    note: str
    texts: Texts


def index_page(
    root: Path,
    page: Page,
    wanted: str | None,
    split: Split | SplitRules | None,
    series: Series | None = None,
) -> Indexed:
    """The pairs of a folder.

    Args:
        root: the input folder.
        page: what describes it.
        wanted: name of the one layout to try.
        split: in place of what the page says of splits, where folders do not tell them.
        series: how the dates of a place become records; None as the page says.

    Raises:
        UserError: the folder is in none of the page's layouts, its splits cannot be told, or it has no series.
    """
    match = choose_layout(root, page, wanted)
    items = match.items()
    if series is not None and not match.layout.series:
        problem = f"layout '{match.layout.name}' of {page.name} has no series"
        raise UserError(problem, key="source.options.series", hint="leave it out")
    form = match.layout.series and (series or match.layout.series)
    pairs = _series(items, form) if form else [DatedPair(item.name, item, item) for item in items]
    if form and form != "next" and not pairs:
        most = max(Counter((item.split, item.name) for item in items).values(), default=0)
        problem = f"no place has {form.dates} dates" + (f", each {form.every}. taken" if form.every > 1 else "")
        raise UserError(f"{problem}: the most are {most}", file=root, key="source.options.series", hint="ask for fewer")
    layout = match.layout
    hint = f"rsica-data sources {page.name} names them"
    # Captions of listed images were read with their paths.
    forms = TextForms(layout.captions if match.question_texts is None else None, layout.questions, layout.objects)
    texts = read_texts(root, match.under, forms, split_texts(layout), hint=hint, question_texts=match.question_texts)
    if match.members:
        texts = with_members(texts, {(item.split, item.name): entry for item, entry in match.members.items()})
    splits, note = tell_splits(root, match, pairs, split, texts.named())
    names = dict.fromkeys(splits)
    names |= dict.fromkeys((where, name) for where, name in texts.captions if where and layout.by_folder)
    keys = [_key(page, match, where, name, splits.get((where, name)), texts) for where, name in names]
    if match.layout.scene is not None:
        keys = _with_scenes(keys, splits, match, match.layout.scene)
    return Indexed(tuple(sort_keys(keys)), match, note, texts)


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


def _series(items: Sequence[Item], form: Series) -> list[DatedPair]:
    """Each date of a place with the next one, or as many dates as the form says."""
    pairs = []
    for _, group in groupby(items, key=lambda item: (item.split, item.name)):
        dates = list(group)
        runs = list(pairwise(dates)) if form == "next" else _runs(dates, form)
        pairs += [DatedPair(f"{run[0].name}_{run[0].date}_{run[-1].date}", run[0], run[-1], run[1:-1]) for run in runs]
    return pairs


def _runs(dates: Sequence[Item], form: SeriesOption) -> list[tuple[Item, ...]]:
    """Runs of dates that do not overlap; a rest that is too short is left out."""
    taken = dates[:: form.every]
    starts = range(0, len(taken) - form.dates + 1, form.dates)
    return [tuple(taken[start : start + form.dates]) for start in starts]


def _key(
    page: Page,
    match: FoundLayout,
    split: str,
    name: str,
    pair: DatedPair | None,
    texts: Texts,
) -> PairKey:
    layout = match.layout
    text = next(text for text, meant in split_texts(layout).items() if meant == split) if layout.by_folder else ""
    own = pair or DatedPair(name, Item(text, name), Item(text, name))
    files: dict[str, str | None] = {"before": match.path("before", own.before)}
    if layout.series:
        files["after"] = match.path("before", own.after)
    elif layout.after is not None or own.after in match.files.get("after", {}):
        files["after"] = match.path("after", own.after)
    for role, form in layout.masks():
        item = own.before if role == "before_labels" else own.after
        if not match.files[role] or (form.optional and not match.is_there(role, item)):
            continue
        files[role] = match.path(role, item)
    extra: dict[str, Any] = {LAYOUT: match.number}
    member = match.members.get(own.before)
    if member is not None:
        extra[MEMBER] = list(member.place)
    separate = {role: _separate(match, own, role) for role in ("before", "after") if role in files}
    if any(separate.values()):
        extra[SEPARATE] = separate
    if layout.series:
        extra["dates"] = [own.before.date, own.after.date]
    if own.between:
        extra[BETWEEN] = [_between(match, item) for item in own.between]
    return texts.added_to(PairKey(f"{page.name}/{split}/{name}", split, files, extra=extra), own.before.name)


def _between(match: FoundLayout, item: Item) -> list[Any]:
    labels = match.path("before_labels", item) if match.files.get("before_labels") else None
    others = _bands(match, item, "before")
    # Files of bands stand in it only where there are some: records of whole images keep their hash.
    return [item.date, match.path("before", item), labels, *([others] if others else [])]


def _with_scenes(
    keys: Sequence[PairKey], splits: Mapping[tuple[str, str], DatedPair | None], match: FoundLayout, asked: str
) -> list[PairKey]:
    options = sorted({label_words(label) for label in match.labels.values()})
    notes = []
    for key in keys:
        pair = splits.get((key.split, key.pair_id.rpartition("/")[2]))
        label = None if pair is None else match.labels.get(pair.before)
        if label is not None:
            questions = questions_as_json([GivenQuestion("scene", ((asked, label_words(label)),))])
            notes.append(replace(key, extra={**key.extra, QUESTIONS: questions, OPTIONS: {"scene": options}}))
        else:
            notes.append(key)
    return notes


def _separate(match: FoundLayout, pair: DatedPair, role: str) -> list[str | None]:
    """Files of green and blue, where the image has one a band."""
    item = pair.before if role == "before" else pair.after
    return _bands(match, item, "before" if match.layout.series else role)


def _bands(match: FoundLayout, item: Item, role: str) -> list[str | None]:
    return [files.get(item) for files in match.others.get(role, ())]


def notes_of(root: Path, indexed: Indexed) -> list[str]:
    """What was read, for the manifest and whoever builds."""
    match = indexed.match
    place = f" under {match.under}" if match.under else ""
    notes = [f"layout: {match.layout.name}{place}; splits {indexed.note}"]
    form = match.layout.captions
    files = [] if form is None else caption_files(root, match.under, form, split_texts(match.layout))
    if files:
        notes.append(f"captions: {', '.join(path.name for _, path in files)}")
    return notes
