"""Synthetic datasets on disk, in layouts that the sources read: LEVIR-MCI and LEVIR-CD in miniature or at full size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import (
    TEMPORARY,
    as_failure,
    dump_json,
    dump_json_pretty,
    is_leftover,
    remove_partial,
    sha256_file,
    write_atomic,
)
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.workers import run_units
from rsica_data.imagery.images import encode_png
from rsica_data.synth.drawn_scene import BUILDING, ROAD
from rsica_data.synth.karpathy import CaptionedName, caption_file, read_names
from rsica_data.synth.simulate import pair_seed, simulate

LEVIR_SPLITS = {"train": 6815, "val": 1333, "test": 1929}
_UNIT = 64
_MARK = "synthetic.json"
LAYOUTS = ("levir-mci", "levir-cd")
_GREY = {"levir-mci": {ROAD: 128, BUILDING: 255}, "levir-cd": {BUILDING: 255}}


@dataclass(frozen=True)
class _Unit:
    """Some pairs to write."""

    layout: str
    out: str
    seed: int
    size: int
    names: tuple[CaptionedName, ...]


def split_sizes(pairs: int) -> dict[str, int]:
    """Pairs of each split in LEVIR-MCI's proportions (10,077 gives 6,815 / 1,333 / 1,929), one at least of each."""
    total = sum(LEVIR_SPLITS.values())
    if pairs < 3:
        return {"train": 0, "val": 0, "test": pairs}
    val = max(1, round(pairs * LEVIR_SPLITS["val"] / total))
    test = max(1, round(pairs * LEVIR_SPLITS["test"] / total))
    return {"train": pairs - val - test, "val": val, "test": test}


def plan_names(pairs: int, changed_share: float = 0.5) -> list[CaptionedName]:
    """Names, splits and change flags of a set of ``pairs``; the changed ones are spread evenly over each split."""
    names = []
    for split, number in split_sizes(pairs).items():
        for place in range(number):
            changed = int((place + 1) * changed_share + 1e-9) > int(place * changed_share + 1e-9)
            names.append(CaptionedName(split, f"{split}_{place + 1:06d}.png", changed, None))
    return names


def write_layout(
    layout: str,
    out: Path,
    *,
    pairs: int | None = None,
    seed: int = 0,
    size: int = 256,
    workers: int = 1,
    captions_file: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Write a synthetic dataset; files that are there already are kept, so that a stopped call can be repeated.

    Args:
        layout: ``levir-mci`` or ``levir-cd``.
        out: folder to write to; new, or an earlier start of the same call.
        pairs: number of pairs; None for 300, or for all of the captions file.
        seed: the set's seed.
        size: width and height in pixels.
        workers: processes; the files do not depend on it.
        captions_file: names, splits, change flags and captions are taken from this file in the layout of
            ``LevirCCcaptions.json``. Images follow the flags; what the captions say is not drawn.
        progress: called with (pairs done, pairs in all).

    Raises:
        UserError: unknown layout; the folder holds something else; the captions file cannot be used, or names fewer
            pairs.
        RunError: the disk is full or a file cannot be written.
    """
    if layout not in _GREY:
        raise UserError(f"unknown layout '{layout}'", key="--layout", hint=did_you_mean(layout, _GREY))
    names = plan_names(pairs or 300) if captions_file is None else _first_names(captions_file, pairs)
    with locked_folder(out, "rsica-data synth", key="--out"):
        _claim(out, layout, seed, size, names, captions_file)
        return _write_layout(layout, out, names, seed, size, workers, progress)


def _write_layout(
    layout: str,
    out: Path,
    names: list[CaptionedName],
    seed: int,
    size: int,
    workers: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    remove_partial(out)
    _folders(out, layout, names)
    units = [
        _Unit(layout, str(out), seed, size, tuple(names[start : start + _UNIT]))
        for start in range(0, len(names), _UNIT)
    ]
    captions: dict[str, Sequence[str]] = {}
    for unit, unit_captions in run_units(write_unit, units, workers):
        captions |= {name.key: texts for name, texts in zip(unit.names, unit_captions, strict=True)}
        progress(len(captions), len(names))
    if layout == "levir-mci":
        text = dump_json(caption_file(names, captions))
        write_atomic(out / "LevirCCcaptions.json", text)
    splits = {split: sum(name.split == split for name in names) for split in LEVIR_SPLITS}
    return {"layout": layout, "pairs": len(names), "splits": splits, "changed": sum(name.changed for name in names)}


def _first_names(captions_file: Path, pairs: int | None) -> list[CaptionedName]:
    names = read_names(captions_file)
    if pairs is not None and pairs > len(names):
        raise UserError(
            f"{pairs} pairs are asked for, and the file names {len(names)}",
            file=captions_file,
            key="--pairs",
            hint=f"at most {len(names)}, or leave it out",
        )
    return names[:pairs]


def _claim(
    out: Path, layout: str, seed: int, size: int, names: list[CaptionedName], captions_file: Path | None
) -> None:
    mark = {
        "layout": layout,
        "pairs": len(names),
        "seed": seed,
        "size": size,
        "captions_sha256": sha256_file(captions_file) if captions_file else None,
    }
    path = out / _MARK
    if path.is_file():
        if read_json_object(path, "the mark of a synthetic dataset") != mark:
            raise UserError("holds another synthetic dataset", file=out, key="--out", hint="give a new folder")
        return
    if any(not is_leftover(path) for path in out.iterdir()):
        raise UserError("folder is not empty", file=out, key="--out", hint="give a new folder")
    write_atomic(path, dump_json_pretty(mark))


def _folders(out: Path, layout: str, names: list[CaptionedName]) -> None:
    for split in dict.fromkeys(name.split for name in names):
        for side in ("A", "B", "label"):
            _file(out, layout, split, side, "x").parent.mkdir(parents=True, exist_ok=True)


def _file(out: Path, layout: str, split: str, side: str, filename: str) -> Path:
    return (out / "images" if layout == "levir-mci" else out) / split / side / filename


def write_unit(unit: _Unit) -> list[tuple[str, ...]]:
    """Write some pairs; the captions of each."""
    out = Path(unit.out)
    captions = []
    for name in unit.names:
        files = {side: _file(out, unit.layout, name.split, side, name.filename) for side in ("A", "B", "label")}
        if name.captions is not None and all(path.is_file() for path in files.values()):
            captions.append(name.captions)
            continue
        pair = simulate(pair_seed(unit.seed, name.key), name.changed, unit.size)
        grey = np.zeros(256, np.uint8)
        for class_id, value in _GREY[unit.layout].items():
            grey[class_id] = value
        images = {"A": pair.before, "B": pair.after, "label": grey[pair.change_mask]}
        for side, path in files.items():
            if not path.is_file():
                _replace(path, encode_png(images[side], level=1 if side != "label" else 6))
        captions.append(name.captions if name.captions is not None else pair.captions)
    return captions


_NUMBERS = count()


def _replace(path: Path, data: bytes) -> None:
    # Whole or not there, but not synced one by one: the set can be written again from its seed.
    temporary = path.with_name(f"{TEMPORARY}{next(_NUMBERS)}-{path.name}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise as_failure(error, path) from error
