"""Joining a user's own copy of the images to a dataset that was published without them.

Each shard is made again from the published row and the source's own reader, image by image against the hashes that
were published; only then it takes the place of the row without images. What is joined already is passed over, so the
same command continues where it stopped. Of a copy at an address the images of a pair are fetched when it is joined.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rsica_data.core import registry
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import dump_json_pretty, remove_partial, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.parquet import need_columns, opened_parquet, read_columns
from rsica_data.core.remote import address_of, shown
from rsica_data.core.validation import validate_model
from rsica_data.core.workers import run_units
from rsica_data.dataset.checksums import is_first, with_joined
from rsica_data.dataset.data_files import to_stored, write_pairs
from rsica_data.dataset.export.card import write_card
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.dataset.file_checks import DAMAGE_HINT
from rsica_data.dataset.hub.pull import JOIN, PULL_INFO
from rsica_data.dataset.mirrors import local_input
from rsica_data.dataset.publish.withhold import JOIN_SCHEMA, MASK_COLUMNS, full_manifest, join_row
from rsica_data.dataset.reader import BuiltDataset, read_pairs
from rsica_data.imagery.streamed_files import StreamedInput, streaming
from rsica_data.schema import EncodedImage, ImagePair, PairKey, SourceSpec
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.manifest import MANIFEST


@dataclass(frozen=True)
class JoinSummary:
    """What was joined. ``identical``: files equal to the byte to those of the first build."""

    out: Path
    pairs: int
    images: int
    shards: int
    identical: int


@dataclass(frozen=True)
class _Copy:
    """A user's copy of the images, as the dataset's source reads it.

    Attributes:
        root: its folder, or that of what is fetched of it.
        stream: where its images lie; None where they are in the folder.
        shown: what the user gave, for messages.
        source, options: what reads it.
    """

    root: Path
    stream: StreamedInput | None
    shown: str
    source: SourceSpec
    options: BaseModel


@dataclass(frozen=True)
class _Unit:
    pairs: Path
    join: Path
    copy: _Copy
    keys: Mapping[str, PairKey]
    entry: Mapping[str, Any]


def join_images(
    dataset: BuiltDataset,
    root: Path,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> JoinSummary:
    """Put the images of ``root`` into a dataset that was published without them, in its folder.

    Args:
        dataset: as it was pulled.
        root: the user's own copy, in the layout that the dataset was built from; a folder or an address.
        workers: processes.
        progress: called with (shards done, in all).

    Raises:
        UserError: nothing is withheld, the copy is not in the layout, or an image of it is missing or differs.
    """
    manifest = dataset.manifest
    if "withheld" not in manifest:
        # An earlier call may have been killed at its very end.
        shutil.rmtree(dataset.root / JOIN, ignore_errors=True)
        raise UserError("has its images already", file=dataset.root)
    with locked_folder(dataset.root, "rsica-data join"):
        return _join(dataset, root, workers, progress)


def _join(dataset: BuiltDataset, root: Path, workers: int, progress: Callable[[int, int], None]) -> JoinSummary:
    manifest = dataset.manifest
    remove_partial(dataset.root)
    units = _units(dataset, _opened_copy(dataset, root, workers))
    joined = images = identical = 0
    for done, (unit, shard_counts) in enumerate(run_units(_join_shard, units, workers), 1):
        joined, images = joined + shard_counts[0], images + shard_counts[1]
        identical += is_first(unit.pairs, unit.entry)
        progress(done, len(units))
    _finish(dataset, _joined_manifest(dataset.root, manifest))
    return JoinSummary(dataset.root, joined, images, len(units), identical)


def _joined_manifest(root: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of the first build, with the checksums of files that hold the same rows in other bytes here."""
    whole = full_manifest(manifest)
    for path in manifest["withheld"]["files"]:
        whole["files"][path] = with_joined(whole["files"][path], root / path)
    return whole


def _opened_copy(dataset: BuiltDataset, root: Path, workers: int) -> _Copy:
    section = dataset.manifest["recipe"].get("source")
    if section is None:
        raise UserError("missing key 'source'", file=dataset.root / MANIFEST, key="recipe")
    source: SourceSpec = registry.load(registry.SOURCES, section["name"])
    address = address_of(root)
    if address is None and not root.is_dir():
        raise UserError("no such folder", file=root, key="--input", hint=f"give your copy of '{source.name}'")
    options = validate_model(source.options, section.get("options") or {}, prefix=["recipe", "source", "options"])
    folder, stream = (root, None) if address is None else local_input(address, source, options, workers)
    return _Copy(folder, stream, shown(root), source, options)


def _units(dataset: BuiltDataset, copy: _Copy) -> list[_Unit]:
    with streaming(copy.root, copy.stream, ()):
        keys = {key.pair_id: key for key in copy.source.index(copy.root, copy.options)}
    originals = dataset.manifest["withheld"]["files"]
    units = []
    for shard in dataset.shards():
        wanted = [pair.pair_id for pair in read_pairs(shard.pairs, images=False)]
        missing = [pair_id for pair_id in wanted if pair_id not in keys]
        if missing:
            what = f"{len(missing)} pairs of {shard.pairs.name} are not there; the first: {missing[0]}"
            raise UserError(what, file=copy.shown, key="--input")
        name = shard.pairs.name
        # One that was joined by an earlier call holds other bytes than were published.
        for path in (dataset.root / JOIN / name, *(() if _is_joined(shard.pairs) else (shard.pairs,))):
            dataset.check_file(path)
        part = {pair_id: keys[pair_id] for pair_id in wanted}
        if f"pairs/{name}" not in originals:
            raise UserError(f"missing key 'pairs/{name}'", file=dataset.root / MANIFEST, key="withheld.files")
        original = originals[f"pairs/{name}"]
        units.append(_Unit(shard.pairs, dataset.root / JOIN / name, copy, part, original))
    return units


def _join_shard(unit: _Unit) -> tuple[int, int]:
    """Pairs and images of one shard."""
    expected: dict[tuple[str, str], dict[str, Any]] = {
        (row["pair_id"], row["role"]): row for row in _join_table(unit.join)
    }
    if not _is_joined(unit.pairs):
        write_pairs(unit.pairs, _joined(unit, expected))
    return len(unit.keys), len(expected)


def _join_table(path: Path) -> list[dict[str, Any]]:
    with opened_parquet(path, hint=DAMAGE_HINT) as file:
        need_columns(file, JOIN_SCHEMA, path, hint=DAMAGE_HINT)
        rows: list[dict[str, Any]] = file.read(columns=JOIN_SCHEMA.names).to_pylist()
        return rows


def _is_joined(path: Path) -> bool:
    column = read_columns(path, ["before"], hint=DAMAGE_HINT).column("before")
    return len(column) > 0 and int(column.null_count) == 0


def _joined(unit: _Unit, expected: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[StoredPair]:
    copy, files = unit.copy, [key.files for key in unit.keys.values()]
    with streaming(copy.root, copy.stream, files) as stream:
        for place, row in enumerate(read_pairs(unit.pairs, images=False)):
            stream.at(place)
            try:
                pair = copy.source.load(copy.root, unit.keys[row.pair_id], copy.options)
            except InvalidItemError as error:
                raise UserError(f"{row.pair_id}: {error.detail}", file=copy.shown, key="--input") from None
            yield _checked(row, pair, expected, copy.shown)


def _checked(
    row: StoredPair, pair: ImagePair, expected: Mapping[tuple[str, str], Mapping[str, Any]], shown_copy: str
) -> StoredPair:
    made = to_stored(pair, None, None)
    images: dict[str, EncodedImage | None] = {"before": made.before, "after": made.after}
    images |= {name: getattr(made, name) for name in MASK_COLUMNS}
    images |= {f"extra_images/{number}": extra.image for number, extra in enumerate(made.extra_images)}
    present_images = {role: image for role, image in images.items() if image is not None}
    wanted = {role for pair_id, role in expected if pair_id == row.pair_id}
    if set(present_images) != wanted:
        built_with = ", ".join(sorted(wanted))
        what = f"{row.pair_id}: has {', '.join(sorted(present_images))}; the dataset was built with {built_with}"
        raise UserError(what, file=shown_copy, key="--input")
    for role, image in present_images.items():
        known = expected[row.pair_id, role]
        mine = join_row(row.pair_id, role, image.path, image.data)
        # A mask is encoded here; another release of the encoder may give other bytes for the same pixels.
        same = "pixels_sha256" if role in MASK_COLUMNS else "sha256"
        if mine[same] != known[same]:
            what = f"{row.pair_id}: {role} ({image.path}) is not the image that the dataset was built from"
            hint = f"SHA-256 {mine[same][:16]}.., not {known[same][:16]}.."
            raise UserError(what, file=shown_copy, key="--input", hint=hint)
    return replace(
        row,
        before=_named(made.before, expected, row.pair_id, "before"),
        after=_named(made.after, expected, row.pair_id, "after"),
        change_mask=made.change_mask,
        before_labels=made.before_labels,
        after_labels=made.after_labels,
        extra_images=made.extra_images,
    )


def _named(
    image: EncodedImage | None, expected: Mapping[tuple[str, str], Mapping[str, Any]], pair_id: str, role: str
) -> EncodedImage | None:
    """The image under the path that was published, wherever it lies in the user's copy."""
    return None if image is None else EncodedImage(str(expected[pair_id, role]["path"]), image.data)


def _finish(dataset: BuiltDataset, manifest: dict[str, Any]) -> None:
    root = dataset.root
    shutil.rmtree(root / "figures", ignore_errors=True)
    write_atomic(root / "README.md", write_card(root, manifest))
    write_atomic(root / "croissant.json", write_croissant(manifest))
    info = root / PULL_INFO
    if info.is_file():
        write_atomic(info, dump_json_pretty(read_json_object(info, "the record of a pull") | {"joined": True}))
    write_atomic(root / MANIFEST, dump_json_pretty(manifest))
    shutil.rmtree(root / JOIN)
