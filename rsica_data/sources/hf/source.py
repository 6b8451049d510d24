"""Source ``hf``: any Hugging Face dataset of images, by a map of its columns; a folder, or the Hub by streaming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, model_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import probe
from rsica_data.imagery.orientation import orientation
from rsica_data.schema import EncodedImage, ImagePair, Mask, PairKey, SourceSpec
from rsica_data.schema.given import options_of, questions_as_json, questions_from_json
from rsica_data.schema.records import IGNORE_ID, MASK_ROLES, SPLITS, Split
from rsica_data.sources.common import LEFT_OUT, check_sizes, need_root, read_mask
from rsica_data.sources.hf.column_map import PARTS, Columns
from rsica_data.sources.hf.opened_sets import Place, Rows, open_rows
from rsica_data.sources.hf.row_contents import RowTexts, read_pairs
from rsica_data.sources.hf.row_images import encoded, is_file
from rsica_data.sources.mask_rules import mask_ids
from rsica_data.sources.oriented import settle_turns
from rsica_data.sources.sample_options import SampleOptions, SplitChoice, change_of_labels, chosen_splits
from rsica_data.sources.selectors import parse_selector
from rsica_data.sources.tiff_images import LoadedImage, load_bytes
from rsica_data.sources.torchgeo_sets.sample_pixels import as_labels

NAME = "hf"
_KEY = "source.options"
_OWN_SPLIT, _ROW, _QUESTIONS, _OPTIONS = "own_split", "row", "questions", "options"
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "TIFF": ".tif"}


class HfOptions(SampleOptions):
    """Options of the source.

    Attributes:
        repo: dataset of the Hub, ``owner/name``; without it the input folder is read: parquet, image folders and
            whatever else ``load_dataset`` finds in it, or what ``save_to_disk`` wrote.
        config: configuration of the dataset, where it has several.
        revision: commit or branch of the repository.
        streaming: read row by row in the order of the files, in place of preparing the dataset in the cache of
            ``datasets`` first.
        columns: which column holds what.
        split: the dataset's own splits that are read: one or several names, where these are train, val and test or
            synonyms; else ``{train: train, test: [hold, extra]}``. With ``columns.split``, values of that column.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    repo: str | None = None
    config: str | None = None
    revision: str | None = None
    streaming: bool = False
    columns: Columns
    split: SplitChoice = None

    @model_validator(mode="after")
    def _labels(self) -> HfOptions:
        self.check_labels([role for role in MASK_ROLES if getattr(self.columns, role) is not None])
        return self


def _open(root: Path | None, options: HfOptions) -> Mapping[str, Rows]:
    folder = None if options.repo is not None else need_root(root).resolve()
    return open_rows(Place(folder, options.repo, options.config, options.revision, options.streaming))


def _chosen(root: Path | None, options: HfOptions) -> tuple[dict[str, Rows], dict[str, Split]]:
    """The dataset's own splits that are read, all checked to have the columns; and what own split names mean.

    Raises:
        UserError: a split or a column is not there.
    """
    opened = _open(root, options)
    where = options.repo or str(root)
    by_column = options.columns.split is not None
    meant = {} if by_column else chosen_splits(options.split, opened, where, f"{_KEY}.split")
    for name in meant:
        if name not in opened:
            hint = f"there are: {', '.join(opened)}"
            raise UserError(f"the dataset has no split '{name}'", file=where, key=f"{_KEY}.split", hint=hint)
    rows = {name: data for name, data in opened.items() if by_column or name in meant}
    for data in rows.values():
        _check_columns(data, options.columns, where)
    return rows, meant


def _check_columns(rows: Rows, columns: Columns, where: str) -> None:
    there = rows.columns
    missing = {name: option for option, names in columns.all().items() for name in names if name not in there}
    if missing:
        absent = ", ".join(f"'{name}' ({option})" for name, option in missing.items())
        noun = "column" if len(missing) == 1 else "columns"
        raise UserError(
            f"the dataset has no {noun} {absent}", file=where, key=f"{_KEY}.columns", hint=f"it has: {', '.join(there)}"
        )


def index(root: Path | None, options: HfOptions) -> Sequence[PairKey]:
    """Every pair, by split and in the order of the rows; texts are read, and no images."""
    splits, meant = _chosen(root, options)
    column = options.columns.split
    pairs = read_pairs(splits, options.columns)
    if column is not None:
        values = dict.fromkeys(value for value, _ in pairs)
        meant = chosen_splits(options.split, values, f"the column '{column}'", f"{_KEY}.split")
    kept = [(meant[own], name, given) for (own, name), given in pairs.items() if own in meant]
    choices = options_of(question for _, _, given in kept for question in given.questions)
    keys = [_key(split, name, given, choices) for split, name, given in kept]
    return sorted(keys, key=lambda key: SPLITS.index(key.split))


def _key(split: Split, name: str, given: RowTexts, choices: Mapping[str, Sequence[str]]) -> PairKey:
    extra: dict[str, Any] = {_OWN_SPLIT: given.own_split, _ROW: given.row}
    if given.questions:
        kinds = {question.kind for question in given.questions}
        extra[_QUESTIONS] = questions_as_json(given.questions)
        extra[_OPTIONS] = {kind: list(choices[kind]) for kind in sorted(kinds) if kind in choices}
    if given.left_out:
        extra[LEFT_OUT] = given.left_out
    if given.attributes:
        extra["attributes"] = given.attributes
    captions = tuple(given.captions)
    return PairKey(f"{NAME}/{split}/{name}", split, {}, captions, changed=given.changed, extra=extra)


def notes(root: Path | None, options: HfOptions) -> Sequence[str]:
    """Which splits were read as which."""
    splits, meant = _chosen(root, options)
    if options.columns.split is not None:
        return [f"splits by the column '{options.columns.split}' of {', '.join(splits)}"]
    left = [name for name in _open(root, options) if name not in splits]
    taken = ", ".join(f"'{own}' as {split}" for own, split in meant.items())
    return [f"splits: {taken}" + (f"; left out: {', '.join(left)}" if left else "")]


def load(root: Path | None, key: PairKey, options: HfOptions) -> ImagePair:
    """Read one row; a mask that it lacks is one that the pair lacks."""
    row = _open(root, options)[key.extra[_OWN_SPLIT]].row(key.extra[_ROW])
    folder = None if options.repo is not None else need_root(root)
    parts = {role: parse_selector(text) for role in PARTS if (text := getattr(options.columns, role)) is not None}
    values = {role: selector.of(row) for role, selector in parts.items()}
    before = _image(folder, key, values["before"], "before", options)
    after = _image(folder, key, values["after"], "after", options) if "after" in values else None
    files = {
        role: encoded(folder, values[role], f"{key.pair_id}, {role}")
        for role in MASK_ROLES
        if is_file(values.get(role))
    }
    pair = settle_turns(
        before, before if after is None else after, lambda: [_size_and_turn(image) for image in files.values()]
    )
    check_sizes(pair.before.size, pair.after.size)
    size = pair.before.size
    masks = {role: read_mask(image, options.mask_rule(role), size, shown=pair.shown) for role, image in files.items()}
    masks |= {
        role: mask_ids(EncodedImage(role, b""), as_labels(values[role], size, role), options.mask_rule(role))
        for role in MASK_ROLES
        if isinstance(values.get(role), list)
    }
    return _pair(key, options, pair.before, pair.after if after is not None else None, masks, pair.attributes)


def _pair(
    key: PairKey,
    options: HfOptions,
    before: LoadedImage,
    after: LoadedImage | None,
    masks: Mapping[str, Mask],
    attributes: Mapping[str, Any],
) -> ImagePair:
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=before.image,
        after=None if after is None else after.image,
        width=before.size[0],
        height=before.size[1],
        classes=options.class_defs(),
        change_mask=change_of_labels(masks, options.labels),
        before_labels=masks.get("before_labels"),
        after_labels=masks.get("after_labels"),
        ignore_id=IGNORE_ID if options.ignore else None,
        captions=key.captions,
        changed=key.changed,
        gsd_m=options.gsd_m,
        license=options.license,
        attributes={**key.extra.get("attributes", {}), **attributes},
        labels_whole=options.labels == "whole",
        questions=questions_from_json(key.extra.get(_QUESTIONS, ()), key.extra.get(_OPTIONS, {})),
    )


def _image(root: Path | None, key: PairKey, value: Any, role: str, options: HfOptions) -> LoadedImage:
    """An image under the name of the pair, so that no two have one path."""
    if not is_file(value) and value is not None:
        raise InvalidItemError("image-form", f"{key.pair_id}: {role} is a {type(value).__name__}, no image")
    file = encoded(root, value, f"{key.pair_id}, {role}")
    suffix = _SUFFIXES.get(probe(file).format, ".png")
    path = f"{key.split}/{'A' if role == 'before' else 'B'}/{key.pair_id.rpartition('/')[2]}{suffix}"
    return load_bytes(EncodedImage(path, file.data), options.stretch, None)


def _size_and_turn(image: EncodedImage) -> tuple[tuple[int, int], int]:
    info = probe(image)
    return (info.width, info.height), orientation(image)


SOURCE = SourceSpec(
    name=NAME,
    summary="Any Hugging Face dataset of images, by its columns: a local folder, or the Hub by streaming.",
    options=HfOptions,
    index=index,
    load=load,
    reads_input=lambda options: options.repo is None,
    notes=notes,
    layout="what load_dataset reads (parquet, image folders), or what save_to_disk wrote",
    redistributable=False,
)
