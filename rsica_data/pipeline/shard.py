"""One shard: pairs loaded, facts derived, tasks asked, two parquet files written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.errors import BadItem, NotOffered
from rsica_data.facts import attach_changes, compute_facts
from rsica_data.images import encode_mask, images_trusted
from rsica_data.journal import as_failure, atomic_path, dump_json, sha256_file
from rsica_data.pipeline.plan import ShardUnit
from rsica_data.recipe import Recipe
from rsica_data.schema import (
    AskContext,
    ChangeFacts,
    EncodedImage,
    ImagePair,
    Instruction,
    Mask,
    PairKey,
    Provenance,
    scene_to_json,
    view_facts,
)
from rsica_data.schema.arrow import (
    INSTRUCTIONS_SCHEMA,
    PAIRS_SCHEMA,
    StoredPair,
    instructions_table,
    pairs_table,
)
from rsica_data.schema.records import is_evaluation
from rsica_data.schema.rules import change_classes, mask_changed, settle_change

RULE_ROOM = ".build/rules"
"""Where the rule-made instructions of a staged shard wait for those of a language model."""

ROW_GROUP_PAIRS = 64
"""Pairs held in memory at a time; also the row group from which a reader fetches one pair."""

_ROW_GROUP_BYTES = 128 << 20
"""Encoded images after which a row group ends all the same: 64 pairs of large ones would fill the memory."""

_IMAGE_PARTS = tuple(
    f"{column}.bytes" for column in ("before", "after", "change_mask", "before_labels", "after_labels")
)


@dataclass(frozen=True)
class ShardResult:
    """What the journal keeps of a finished shard; JSON values only.

    Attributes:
        files: path relative to the output folder to its rows, bytes and SHA-256.
        counts: pairs, changed pairs, and instructions by task.
        rejected: rows of ``rejected.jsonl``.
        not_offered: candidates that the source left out by its settings, by reason.
        captions_left_out: sentences of the pairs that hold no words.
        marked: pairs whose masks mark some change, or that have no masks to mark it.
        conflicts: pairs whose change flag and mask disagree.
        input_sha256: hash over everything that was read for the shard.
        classes, change_classes: classes seen, and those that change questions are about.
    """

    name: str
    split: str
    files: dict[str, dict[str, Any]]
    counts: dict[str, Any]
    rejected: list[dict[str, str]]
    conflicts: list[dict[str, Any]]
    input_sha256: str
    classes: list[dict[str, Any]]
    change_classes: list[str]
    not_offered: dict[str, int] = field(default_factory=dict)
    captions_left_out: int = 0
    marked: int = 0


@dataclass
class _Tally:
    digest: Any = field(default_factory=hashlib.sha256)
    pairs: int = 0
    changed: int = 0
    tasks: Counter[str] = field(default_factory=Counter)
    rejected: list[dict[str, str]] = field(default_factory=list)
    not_offered: Counter[str] = field(default_factory=Counter)
    captions_left_out: int = 0
    marked: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    classes: dict[int, str] = field(default_factory=dict)
    change_classes: dict[str, None] = field(default_factory=dict)


def build_shard(unit: ShardUnit) -> ShardResult:
    """Build one shard. The same unit and the same files give the same bytes in any process.

    Raises:
        Failure: the files cannot be written.
    """
    tally = _Tally()
    targets = {"pairs": unit.out / "pairs" / f"{unit.name}.parquet"}
    targets["instructions"] = unit.out / (RULE_ROOM if unit.staged else "instructions") / f"{unit.name}.parquet"
    with ExitStack() as stack:
        partial = {room: stack.enter_context(atomic_path(path)) for room, path in targets.items()}
        with _Writer(partial["pairs"], partial["instructions"]) as writer:
            for pair, facts in _load_all(unit, tally):
                stored, items = _make(unit, pair, facts, tally)
                writer.add(stored, items)
        files = {
            targets[room].relative_to(unit.out).as_posix(): file_entry(path, writer.rows[room])
            for room, path in partial.items()
        }
    return ShardResult(
        name=unit.name,
        split=unit.split,
        files=files,
        counts={"pairs": tally.pairs, "changed": tally.changed, "instructions": dict(sorted(tally.tasks.items()))},
        rejected=tally.rejected,
        conflicts=tally.conflicts,
        input_sha256=tally.digest.hexdigest(),
        classes=[{"id": class_id, "name": name} for class_id, name in sorted(tally.classes.items())],
        change_classes=list(tally.change_classes),
        not_offered=dict(sorted(tally.not_offered.items())),
        captions_left_out=tally.captions_left_out,
        marked=tally.marked,
    )


def file_entry(path: Path, rows: int) -> dict[str, Any]:
    """What the manifest says of a data file."""
    return {"rows": rows, "bytes": path.stat().st_size, "sha256": sha256_file(path)}


def load_pairs(unit: ShardUnit) -> Iterator[tuple[StoredPair, list[Instruction]]]:
    """The pairs of a shard with their rule-made instructions, as :func:`build_shard` writes them; writes nothing."""
    tally = _Tally()
    for pair, facts in _load_all(unit, tally):
        yield _make(unit, pair, facts, tally)


def _load_all(unit: ShardUnit, tally: _Tally) -> Iterator[tuple[ImagePair, ChangeFacts | None]]:
    for key in unit.keys:
        try:
            with nullcontext() if unit.check_images else images_trusted():
                pair = unit.recipe.source.load(unit.root, key, unit.recipe.source_options)
            facts = _facts_of(pair, unit.recipe)
        except NotOffered as error:
            tally.not_offered[error.reason] += 1
            continue
        except BadItem as error:
            tally.rejected.append(
                {"pair_id": key.pair_id, "split": key.split, "reason": error.reason, "detail": error.detail}
            )
            continue
        tally.captions_left_out += int(key.extra.get("captions_left_out", 0))
        _digest(tally.digest, key, pair)
        yield pair, facts


def _digest(digest: Any, key: PairKey, pair: ImagePair) -> None:
    digest.update(key.pair_id.encode())
    for image in (pair.before, pair.after):
        if image is not None:
            digest.update(hashlib.sha256(image.data).digest())
    for mask in (pair.change_mask, pair.before_labels, pair.after_labels):
        digest.update(b"-" if mask is None else hashlib.sha256(mask.tobytes()).digest())
    digest.update("\n".join(pair.captions).encode())
    if pair.scene is not None:
        digest.update(dump_json(scene_to_json(pair.scene)).encode())


def _facts_of(pair: ImagePair, recipe: Recipe) -> ChangeFacts | None:
    if pair.change_mask is None and (pair.before_labels is None or pair.after_labels is None):
        return None
    rules = recipe.rules
    facts = compute_facts(
        change_mask=pair.change_mask,
        before_labels=pair.before_labels,
        after_labels=pair.after_labels,
        classes=pair.classes,
        report=recipe.content.facts.classes,
        ignore_id=pair.ignore_id,
        gsd_m=pair.gsd_m,
        min_object_pixels=rules.min_object_pixels,
        min_cell_pixels=rules.min_cell_pixels,
        change_from=rules.change_from,
    )
    if pair.scene is None or pair.change_numbers is None or pair.change_mask is None:
        return facts
    return attach_changes(facts, pair.change_mask, pair.change_numbers, pair.scene.changes)


def _make(
    unit: ShardUnit, pair: ImagePair, facts: ChangeFacts | None, tally: _Tally
) -> tuple[StoredPair, list[Instruction]]:
    rules = unit.recipe.rules
    changed = settle_change(pair.changed, facts, rules.flag_overrides)
    if facts is not None and pair.changed is not None and pair.changed != mask_changed(facts):
        tally.conflicts.append(
            {"pair_id": pair.pair_id, "split": pair.split, "flag": pair.changed, "mask": not pair.changed}
        )
    tally.pairs += 1
    tally.marked += facts is None or mask_changed(facts)
    tally.changed += bool(changed)
    tally.classes |= {entry.id: entry.name for entry in pair.classes}
    names = change_classes(facts, pair.classes)
    tally.change_classes |= dict.fromkeys(names)
    items: list[Instruction] = []
    view = view_facts(facts, rules, changed) if facts is not None else None
    for task, settings in unit.recipe.tasks:
        seed = task_seed(unit.seed, pair.pair_id, task.name)
        context = AskContext(
            pair_id=pair.pair_id,
            split=pair.split,
            classes=names,
            view=view,
            captions=pair.captions,
            changed=changed,
            evaluation=is_evaluation(pair.split),
            seed=seed,
            before_date=pair.before_date,
            after_date=pair.after_date,
            scene=pair.scene,
        )
        for number, draft in enumerate(task.ask(context, settings)):
            items.append(
                Instruction(
                    instruction_id=f"{pair.pair_id}#{task.name}#{number}",
                    pair_id=pair.pair_id,
                    split=pair.split,
                    task=task.name,
                    kind=draft.kind,
                    turns=draft.turns,
                    gold=draft.gold,
                    references=draft.references,
                    changed=changed,
                    provenance=Provenance("rule", draft.template, draft.version, seed=unit.seed),
                )
            )
            tally.tasks[task.name] += 1
    return to_stored(pair, facts, changed), items


def task_seed(seed: int, pair_id: str, task: str) -> int:
    """The seed of one task on one pair: independent of all other pairs and of their order."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{pair_id}\n{task}".encode()).digest()[:8], "big")


def to_stored(pair: ImagePair, facts: ChangeFacts | None, changed: bool | None) -> StoredPair:
    """The row of a loaded pair, its masks encoded."""

    def mask(role: str, values: Mask | None) -> EncodedImage | None:
        return None if values is None else EncodedImage(f"{role}/{pair.pair_id}.png", encode_mask(values))

    return StoredPair(
        pair_id=pair.pair_id,
        split=pair.split,
        source=pair.source,
        before=pair.before,
        after=pair.after,
        change_mask=mask("change_mask", pair.change_mask),
        before_labels=mask("before_labels", pair.before_labels),
        after_labels=mask("after_labels", pair.after_labels),
        ignore_id=pair.ignore_id,
        extra_images=pair.extra_images,
        classes=pair.classes,
        width=pair.width,
        height=pair.height,
        gsd_m=pair.gsd_m,
        crs=pair.crs,
        transform=pair.transform,
        before_date=pair.before_date,
        after_date=pair.after_date,
        captions=pair.captions,
        changed=changed,
        facts=facts,
        licence=pair.licence,
        attributes={**pair.attributes, **({} if pair.scene is None else {"map": scene_to_json(pair.scene)})},
    )


class _Writer:
    """Two parquet files written side by side, a row group at a time."""

    def __init__(self, pairs: Path, instructions: Path) -> None:
        self.rows = {"pairs": 0, "instructions": 0}
        self._held: tuple[list[StoredPair], list[Instruction]] = ([], [])
        self._paths = {"pairs": pairs, "instructions": instructions}

    def __enter__(self) -> _Writer:
        self._stack = ExitStack()
        self._files = {
            "pairs": open_table(self._paths["pairs"], PAIRS_SCHEMA, self._stack),
            "instructions": open_table(self._paths["instructions"], INSTRUCTIONS_SCHEMA, self._stack),
        }
        return self

    def add(self, pair: StoredPair, items: list[Instruction]) -> None:
        pairs, instructions = self._held
        pairs.append(pair)
        instructions.extend(items)
        if is_full(pairs):
            self._flush()

    def _flush(self) -> None:
        pairs, instructions = self._held
        self._write("pairs", pairs_table(pairs))
        self._write("instructions", instructions_table(instructions))
        self._held = ([], [])

    def _write(self, room: str, table: pa.Table) -> None:
        if table.num_rows:
            try:
                self._files[room].write_table(table, row_group_size=max(table.num_rows, 1))
            except OSError as error:
                raise as_failure(error, self._paths[room]) from error
            self.rows[room] += table.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Every handle is closed, also where closing another one fails on a full disk.
        with self._stack:
            if kind is None:
                self._flush()


def write_pairs(path: Path, pairs: Iterable[StoredPair]) -> None:
    """Write a file of pairs as :func:`build_shard` does: the same pairs give the same bytes.

    Raises:
        Failure: it cannot be written; nothing is left behind.
    """
    with atomic_path(path) as partial, ExitStack() as stack:
        writer = open_table(partial, PAIRS_SCHEMA, stack)
        for group in _row_groups(pairs):
            writer.write_table(pairs_table(group), row_group_size=len(group))


def _row_groups(pairs: Iterable[StoredPair]) -> Iterator[list[StoredPair]]:
    group: list[StoredPair] = []
    for pair in pairs:
        group.append(pair)
        if is_full(group):
            yield group
            group = []
    if group:
        yield group


def is_full(group: Sequence[StoredPair]) -> bool:
    """Whether a row group ends with these pairs."""
    return len(group) >= ROW_GROUP_PAIRS or sum(map(_image_bytes, group)) >= _ROW_GROUP_BYTES


def _image_bytes(pair: StoredPair) -> int:
    images = (pair.before, pair.after, pair.change_mask, pair.before_labels, pair.after_labels)
    further = (extra.image for extra in pair.extra_images)
    return sum(len(image.data) for image in (*images, *further) if image is not None)


def open_table(path: Path, schema: pa.Schema, stack: ExitStack) -> pq.ParquetWriter:
    """A writer of one data file, closed with the stack."""
    # Image bytes are compressed already; a second compression costs time and saves nothing.
    columns = [column.path for column in pq_columns(schema)]
    compression = {name: "none" if name in _IMAGE_PARTS else "zstd" for name in columns}
    sink = stack.enter_context(pa.OSFile(str(path), "wb"))
    # The least and the greatest image say nothing, and finding them takes as much memory as both.
    plain = [name for name in columns if name not in _IMAGE_PARTS]
    writer = pq.ParquetWriter(sink, schema, compression=compression, use_dictionary=plain, write_statistics=plain)
    stack.callback(writer.close)
    return writer


def pq_columns(schema: pa.Schema) -> list[Any]:
    """The leaf columns of a schema as parquet names them."""
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    leaves = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [leaves.column(number) for number in range(len(leaves))]
