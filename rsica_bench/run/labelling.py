"""Pseudo-labels: change masks by a detector for pairs that have none, with confidences, as a folder that builds.

The folder holds the images as they were, ``label/NAME.png`` (class ids; 255 where the detector is not sure enough),
``confidence/NAME.png`` (255 times the confidence), ``pairs.json`` with where each label comes from, and ``recipe.yaml``
for the source ``folder``. All pairs are of the split train: labels that a model made measure no other model.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rsica_bench.models.api import PairInput, ScoredMask
from rsica_bench.run.labelled_pairs import NAMED, UnlabelledPair
from rsica_bench.run.run_options import RunOptions, choose_adapter
from rsica_bench.run.session import STATE, opened_adapter
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import dump_json, dump_json_pretty, remove_partial, sha256_json, write_atomic
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.locking import locked_folder
from rsica_data.core.validation import check_form
from rsica_data.imagery.images import decode_rgb, encode_mask, encode_png, probe
from rsica_data.schema import EncodedImage, JsonObject
from rsica_data.schema.records import IGNORE_ID, PSEUDO

_JOURNAL = ".label.jsonl"
_FLIPS: tuple[tuple[int, ...], ...] = ((), (1,), (0,), (0, 1))
"""Axes by which images are flipped, a vote each."""


@dataclass(frozen=True)
class LabelOptions:
    """What to label and how.

    Attributes:
        run: adapter, model, settings, device and seed; its ``out`` is the folder of the labels.
        classes: names of the classes, in class-id order.
        threshold: confidence below which a pixel is left unlabelled.
        least_score: mean confidence below which a pair is left out.
        votes: 1, 2 or 4 flipped copies that are segmented; the share that agrees is the confidence of an adapter that
            tells none. It says nothing of detectors that see flipped images alike, such as ``pixel-difference``.
        batch_size: pairs that are segmented together.
    """

    run: RunOptions
    classes: tuple[str, ...]
    threshold: float = 0.5
    least_score: float = 0.0
    votes: int = 1
    batch_size: int = 8


class _Row(BaseModel):
    """A line of the journal: a pair, and what was made of it."""

    name: str
    why: str | None = None
    of: str = ""
    score: float | None = None
    unsure_share: float = 0.0


@dataclass
class LabelSummary:
    """What was labelled: pairs, those left out with their reasons, and the mean of the scores."""

    out: Path
    pairs: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    score: float | None = None


def label(
    options: LabelOptions,
    pairs: Iterator[UnlabelledPair],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LabelSummary:
    """Label pairs; a killed labelling goes on with the same call, and ends with the same bytes.

    Args:
        options: what to label and how.
        pairs: in an order that is always the same.
        progress: called with (pairs done, pairs done or begun).

    Raises:
        UserError: the adapter gives no masks, or the folder holds something else.
        RunError: the adapter cannot be made or loaded, or a file cannot be written.
    """
    chosen = choose_adapter(options.run)
    if chosen.spec.kind != "mask":
        raise UserError(f"adapter '{chosen.spec.name}' gives no masks", key="--adapter", hint="mask, command-mask, ...")
    out = options.run.out
    with locked_folder(out, "rsica-bench label", key="--out"), opened_adapter(options.run, chosen, None) as adapter:
        described: JsonObject = adapter.describe() if hasattr(adapter, "describe") else {}
        provenance: JsonObject = {
            "adapter": chosen.spec.name,
            "model": options.run.model,
            "revision": described.get("revision"),
            "threshold": options.threshold,
        }
        rows = _begun(out, options, provenance)
        fresh = rows is None
        rows = rows or {}
        with Journal(out / _JOURNAL) as journal:
            if fresh:
                journal.append({"labels": _identity(options, provenance)})
            todo = (pair for pair in pairs if pair.name not in rows)
            while batch := list(islice(todo, options.batch_size)):
                for name, row in _labelled(adapter, batch, options):
                    rows[name] = row
                    journal.append({"name": name, **row})
                progress(len(rows), len(rows))
        return _finish(out, options, provenance, rows)


def _identity(options: LabelOptions, provenance: JsonObject) -> str:
    named = [provenance, options.classes, options.least_score, options.votes, options.run.settings, options.run.seed]
    return sha256_json(named)


def _begun(out: Path, options: LabelOptions, provenance: JsonObject) -> dict[str, JsonObject] | None:
    """What an earlier start has labelled; None where there was none."""
    remove_partial(out)
    rows = list(read_journal(out / _JOURNAL))
    if not rows:
        if any(not path.name.startswith(".") and path.name != STATE for path in out.iterdir()):
            raise UserError("folder is not empty", file=out, key="--out", hint="give a new folder")
        return None
    if rows[0].get("labels") != _identity(options, provenance):
        raise UserError("holds labels by another adapter or other options", file=out, key="--out", hint="a new folder")
    for number, row in enumerate(rows[1:], 2):
        check_form(_Row, row, out / _JOURNAL, line=number)
    return {row["name"]: {key: value for key, value in row.items() if key != "name"} for row in rows[1:]}


@dataclass(frozen=True, slots=True)
class _Read:
    """A pair whose images can be decoded."""

    pair: UnlabelledPair
    before: EncodedImage
    after: EncodedImage
    size: tuple[int, int]


def _labelled(adapter: Any, batch: Sequence[UnlabelledPair], options: LabelOptions) -> Iterator[tuple[str, JsonObject]]:
    """Name of each pair, and what is said of it; its files are written."""
    whole: list[_Read] = []
    for pair in batch:
        try:
            before, after = pair.read()
            size, other = ((info.height, info.width) for info in map(probe, (before, after)))
        except InvalidItemError as error:
            yield pair.name, {"why": error.detail}
            continue
        if size != other:
            yield pair.name, {"why": f"images of {size[1]}x{size[0]} and {other[1]}x{other[0]}"}
        else:
            whole.append(_Read(pair, before, after, size))
    ballots = [_one_vote(adapter, whole, options.classes, axes) for axes in _FLIPS[: options.votes]] if whole else []
    for number, one in enumerate(whole):
        yield one.pair.name, _write(options.run.out, one, _agreed([ballot[number] for ballot in ballots]), options)


def _one_vote(
    adapter: Any, batch: Sequence[_Read], classes: tuple[str, ...], axes: tuple[int, ...]
) -> list[ScoredMask | str]:
    inputs = [
        PairInput(_flipped(one.before, axes), _flipped(one.after, axes), classes, one.pair.pair_id) for one in batch
    ]
    scored = getattr(adapter, "segment_scored", None)
    answers = adapter.segment(inputs) if scored is None else scored(inputs)
    return [_back(one, axes) for one in answers]


def _flipped(image: EncodedImage, axes: tuple[int, ...]) -> EncodedImage:
    if not axes:
        return image
    return EncodedImage(image.path, encode_png(np.ascontiguousarray(np.flip(decode_rgb(image.data), axes))))


def _back(answer: Any, axes: tuple[int, ...]) -> ScoredMask | str:
    if isinstance(answer, str):
        return answer
    one = answer if isinstance(answer, ScoredMask) else ScoredMask(np.asarray(answer, np.uint8), None)
    if one.mask.ndim != 2:
        return "the adapter gives the land cover of both dates, and no change mask"
    if not axes:
        return one
    confidence = None if one.confidence is None else np.flip(one.confidence, axes)
    return ScoredMask(np.ascontiguousarray(np.flip(one.mask, axes)), confidence)


def _agreed(ballot: Sequence[ScoredMask | str]) -> ScoredMask | str:
    """The class that most votes, or the surest ones, are for; its confidence is the mean over all votes."""
    why = next((one for one in ballot if isinstance(one, str)), None)
    if why is not None:
        return why
    masks = [one for one in ballot if isinstance(one, ScoredMask)]
    if len({one.mask.shape for one in masks}) > 1:
        return "flipped copies gave masks of other sizes"
    if len(masks) == 1:
        return masks[0]  # whose confidence may be unknown
    ids = np.unique(np.stack([one.mask for one in masks]))
    weight: NDArray[np.float32] = np.zeros((len(ids), *masks[0].mask.shape), np.float32)
    for one in masks:
        for place, class_id in enumerate(ids):
            weight[place] += (one.mask == class_id) * (1.0 if one.confidence is None else one.confidence)
    best = weight.argmax(axis=0)
    confidence = np.take_along_axis(weight, best[None], axis=0)[0] / len(masks)
    return ScoredMask(np.asarray(ids[best], np.uint8), confidence.astype(np.float32))


def _write(out: Path, read: _Read, one: ScoredMask | str, options: LabelOptions) -> JsonObject:
    """Write a pair; what ``pairs.json`` says of it, or why it is left out."""
    if isinstance(one, str):
        return {"why": one}
    pair, (height, width) = read.pair, read.size
    if one.mask.shape != read.size:
        return {"why": f"the mask is {one.mask.shape[1]}x{one.mask.shape[0]}, the image {width}x{height}"}
    if one.mask.max(initial=0) > len(options.classes):
        return {"why": f"the mask has the class {one.mask.max()}, and there are {len(options.classes)}"}
    score = None if one.confidence is None else float(one.confidence.mean())
    if score is not None and score < options.least_score:
        return {"why": f"its mean confidence is {score:.3f}"}
    mask, unsure = one.mask.copy(), 0.0
    if one.confidence is not None:
        below = one.confidence < options.threshold
        mask[below], unsure = IGNORE_ID, float(below.mean())
        levels = np.clip(np.rint(one.confidence * 255), 0, 255).astype(np.uint8)
        write_atomic(out / "confidence" / f"{pair.name}.png", encode_png(levels))
    for side, image in (("A", read.before), ("B", read.after)):
        write_atomic(out / side / f"{pair.name}{Path(image.path).suffix or '.png'}", image.data)
    write_atomic(out / "label" / f"{pair.name}.png", encode_mask(mask))
    return {"of": pair.pair_id, "score": None if score is None else round(score, 6), "unsure_share": round(unsure, 6)}


def _finish(out: Path, options: LabelOptions, provenance: JsonObject, rows: dict[str, JsonObject]) -> LabelSummary:
    kept = {name: row for name, row in sorted(rows.items()) if "why" not in row}
    left_out = {name: str(row["why"]) for name, row in sorted(rows.items()) if "why" in row}
    if not kept:
        first = next(iter(left_out.items()), ("", "there is no pair without a mask"))
        raise UserError(f"no pair could be labelled; the first: {first[0]}: {first[1]}", file=out, key="--out")
    attributes = {name: {"label_source": PSEUDO, **provenance, **row} for name, row in kept.items()}
    shutil.rmtree(out / STATE, ignore_errors=True)
    write_atomic(out / "pairs.json", dump_json_pretty(attributes))
    write_atomic(out / "left_out.jsonl", "".join(dump_json({"name": n, "why": w}) + "\n" for n, w in left_out.items()))
    write_atomic(out / "recipe.yaml", dump_json_pretty(_recipe(out, options, provenance)) + "\n")
    scores = [row["score"] for row in kept.values() if row["score"] is not None]
    return LabelSummary(out, len(kept), left_out, float(np.mean(scores)) if scores else None)


def _recipe(out: Path, options: LabelOptions, provenance: JsonObject) -> JsonObject:
    """A recipe of the source ``folder``; JSON is YAML."""
    return {
        "name": NAMED.sub("-", f"{out.resolve().name}-pseudo").strip("-") or "pseudo",
        "description": f"Change masks by the adapter {provenance['adapter']}, not by people.",
        "source": {
            "name": "folder",
            "options": {
                "before": "A/{name}.*",
                "after": "B/{name}.*",
                "change_mask": "label/{name}.png",
                "classes": {name: number for number, name in enumerate(options.classes, 1)},
                "ignore": [IGNORE_ID],
                "split": "train",
                "pair_attributes": "pairs.json",
            },
        },
        "tasks": {name: {} for name in ("classification", "counting", "localization", "open_qa")},
    }
