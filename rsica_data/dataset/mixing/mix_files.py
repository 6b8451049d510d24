"""Writes a mix: parts interleaved pair by pair in proportion, a shard in memory at a time, the manifest last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import (
    atomic_path,
    dump_json_pretty,
    is_leftover,
    remove_partial,
    sha256_json,
    write_atomic,
)
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.dataset.checksums import file_entry
from rsica_data.dataset.data_files import ShardWriter
from rsica_data.dataset.export.card import write_card
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.dataset.mixing.mix_plan import MixOptions, MixPart, MixPlan, Taken, asdict_of, plan_mix, row_key
from rsica_data.schema import SCHEMA_VERSION, Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.facts import FACTS_VERSION
from rsica_data.schema.manifest import MANIFEST, read_manifest
from rsica_data.schema.rules import change_classes

_MARK = ".mix.json"
"""Says which mix a folder that is not finished holds."""


@dataclass(frozen=True)
class MixSummary:
    """What a mix holds. ``parts`` are rows by part and split."""

    out: Path
    pairs: dict[str, int]
    parts: dict[str, dict[str, int]]
    reused: bool


@dataclass
class _Tally:
    pairs: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    instructions: dict[str, Counter[str]] = field(default_factory=dict)
    classes: dict[tuple[int, str], None] = field(default_factory=dict)
    change_classes: dict[str, None] = field(default_factory=dict)

    def add(self, pair: StoredPair, items: list[Instruction]) -> None:
        self.pairs[pair.split] += 1
        self.changed[pair.split] += bool(pair.changed)
        self.instructions.setdefault(pair.split, Counter()).update(item.task for item in items)
        self.classes.update(dict.fromkeys((entry.id, entry.name) for entry in pair.classes))
        self.change_classes.update(dict.fromkeys(change_classes(pair.facts, pair.classes)))

    def counts(self) -> dict[str, Any]:
        """The counts of the manifest."""
        return {
            "pairs": dict(self.pairs),
            "changed": dict(self.changed),
            "instructions": {split: dict(sorted(tasks.items())) for split, tasks in self.instructions.items()},
            "rejected": {},
            "not_offered": {},
            "flag_conflicts": 0,
        }


def mix(options: MixOptions, progress: Callable[[int, int], None] = lambda done, total: None) -> MixSummary:
    """Mix datasets into one that reads, validates, trains and publishes like any other.

    The same parts and options give the same bytes. Rows keep their provenance; ``attributes.part`` of a pair names the
    dataset that it comes from, and the manifest's ``mix`` says what was taken of each.

    Args:
        options: what to mix and how.
        progress: called with (pairs done, in all).

    Raises:
        UserError: as :func:`plan_mix`; the folder holds something else.
        RunError: a file cannot be written.
    """
    plan = plan_mix(options)
    with locked_folder(options.out, "rsica-data mix", key="--out"):
        if _is_finished(plan):
            (options.out / _MARK).unlink(missing_ok=True)
            return _summary(plan, reused=True)
        write_atomic(options.out / _MARK, dump_json_pretty({"plan_sha256": plan.hash}))
        for part in options.parts:
            part.dataset.check_files()
        _write(plan, progress)
        (options.out / _MARK).unlink()
    return _summary(plan, reused=False)


def _is_finished(plan: MixPlan) -> bool:
    out = plan.options.out
    remove_partial(out)
    finished, mark = out / MANIFEST, out / _MARK
    if finished.is_file():
        held = read_manifest(finished)
    elif mark.is_file():
        held = read_json_object(mark, "the mark of a mix")
    elif any(not is_leftover(path) for path in out.iterdir()):
        raise UserError("folder is not empty and holds no mix", file=out, key="--out", hint="give a new folder")
    else:
        return False
    if held.get("plan_sha256") != plan.hash:
        raise UserError("holds another dataset or mix", file=out, key="--out", hint="give a new folder")
    return finished.is_file()


def _write(plan: MixPlan, progress: Callable[[int, int], None]) -> None:
    tally = _Tally()
    files: dict[str, Any] = {}
    total = sum(taken.pairs for of in plan.taken.values() for taken in of.values())
    for split, taken in plan.taken.items():
        pairs = sum(entry.pairs for entry in taken.values())
        shards = -(-pairs // plan.options.shard_pairs)
        rows = _interleaved(plan, split)
        for number in range(shards):
            name = f"{split}-{number:05d}-of-{shards:05d}"
            files |= _write_shard(plan.options, name, islice(rows, plan.options.shard_pairs), tally)
            progress(sum(tally.pairs.values()), total)
    manifest = _manifest(plan, tally, dict(sorted(files.items())))
    out = plan.options.out
    write_atomic(out / "rejected.jsonl", "")
    write_atomic(out / "README.md", write_card(out, manifest))
    write_atomic(out / "croissant.json", write_croissant(manifest))
    write_atomic(out / MANIFEST, dump_json_pretty(manifest))


def _write_shard(
    options: MixOptions, name: str, rows: Iterator[tuple[StoredPair, list[Instruction]]], tally: _Tally
) -> dict[str, Any]:
    targets = {part: options.out / part / f"{name}.parquet" for part in ("pairs", "instructions")}
    with ExitStack() as stack:
        partial = {part: stack.enter_context(atomic_path(path)) for part, path in targets.items()}
        with ShardWriter(partial["pairs"], partial["instructions"]) as writer:
            for pair, items in rows:
                writer.add(pair, items)
                tally.add(pair, items)
        return {
            f"{part}/{name}.parquet": file_entry(path, writer.rows[part], images=part == "pairs")
            for part, path in partial.items()
        }


def _interleaved(plan: MixPlan, split: str) -> Iterator[tuple[StoredPair, list[Instruction]]]:
    """Pairs of all parts with their rows: next is always the part that is furthest behind its share."""
    taken = plan.taken[split]
    parts = [part for part in plan.options.parts if part.name in taken]
    streams = {part.name: _of_part(plan.options, part, split, taken[part.name]) for part in parts}
    done = dict.fromkeys(streams, 0)
    for _ in range(sum(taken[name].pairs for name in streams)):
        name = min(streams, key=lambda name: (done[name] + 1) / taken[name].pairs)
        done[name] += 1
        yield next(streams[name])
        if done[name] == taken[name].pairs:
            del streams[name]


def _of_part(
    options: MixOptions, part: MixPart, split: str, taken: Taken
) -> Iterator[tuple[StoredPair, list[Instruction]]]:
    for shard in part.dataset.shards(split):
        chosen: dict[str, list[Instruction]] = {}
        for item in part.dataset.shard_instructions(shard):
            if row_key(options.seed, part.name, item.instruction_id) <= taken.threshold:
                chosen.setdefault(item.pair_id, []).append(item)
        for pair in part.dataset.shard_pairs(shard):
            if pair.pair_id in chosen:
                yield _named(options, part.name, pair, chosen[pair.pair_id])


def _named(
    options: MixOptions, part: str, pair: StoredPair, items: list[Instruction]
) -> tuple[StoredPair, list[Instruction]]:
    # A mix of mixes names the whole way: OUTER/INNER.
    inner = pair.attributes.get("part")
    pair = replace(pair, attributes={**pair.attributes, "part": f"{part}/{inner}" if inner else part})
    if not options.prefix_ids:
        return pair, items
    before = f"{part}/"
    renamed = [
        replace(item, instruction_id=before + item.instruction_id, pair_id=before + item.pair_id) for item in items
    ]
    return replace(pair, pair_id=before + pair.pair_id), renamed


def _manifest(plan: MixPlan, tally: _Tally, files: dict[str, Any]) -> dict[str, Any]:
    options = plan.options
    manifests = {part.name: part.dataset.manifest for part in options.parts}
    return {
        "schema_version": SCHEMA_VERSION,
        "name": options.name,
        "recipe": _recipe(options.name, manifests),
        "recipe_sha256": sha256_json([manifest.get("recipe_sha256") for manifest in manifests.values()]),
        "plan_sha256": plan.hash,
        "seed": options.seed,
        "versions": {"rsica": version("rsica"), "facts": FACTS_VERSION, "tasks": _task_versions(manifests)},
        "rules": asdict(plan.rules),
        "source": _source(manifests),
        "input": {
            "pairs": sum(tally.pairs.values()),
            "sha256": sha256_json([part.dataset.hash for part in options.parts]),
        },
        "classes": [{"id": class_id, "name": name} for class_id, name in sorted(tally.classes)],
        "change_classes": list(tally.change_classes),
        "counts": tally.counts(),
        "mix": {"temperature": options.temperature, "rows": options.rows, "parts": _parts(plan)},
        "files": files,
    }


def _recipe(name: str, manifests: dict[str, dict[str, Any]]) -> dict[str, Any]:
    names = ", ".join(manifests)
    return {
        "name": name,
        "version": 1,
        "title": f"Mix of {names}",
        "description": f"Rows of {len(manifests)} datasets: {names}.",
        "license": _joined(manifest["recipe"].get("license") for manifest in manifests.values()),
        "citation": _joined(manifest["recipe"].get("citation") for manifest in manifests.values()),
    }


def _parts(plan: MixPlan) -> list[dict[str, Any]]:
    """What was taken of each part, and the terms of each."""
    return [
        {
            "name": part.name,
            "dataset": part.dataset.name,
            "sha256": part.dataset.hash,
            "selection": asdict_of(part.dataset),
            "weight": part.weight,
            "cap": part.cap,
            "rules": asdict(part.dataset.rules),
            "source": part.dataset.manifest["source"],
            "splits": {
                split: {key: getattr(of[part.name], key) for key in ("available", "rows", "pairs")}
                for split, of in plan.taken.items()
                if part.name in of
            },
        }
        for part in plan.options.parts
    ]


def _source(manifests: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The terms of all parts together: the images may be passed on where those of every part may be."""
    sources = [manifest["source"] for manifest in manifests.values()]
    of_images = [source.get("images_license") or source["license"] or "not stated" for source in sources]
    return {
        "name": _joined((source["name"] for source in sources), " + "),
        "license": _joined(source["license"] or "not stated" for source in sources),
        "citation": _joined((source["citation"] for source in sources), "\n"),
        "url": None,
        "redistributable": all(source.get("redistributable", False) for source in sources),
        "images_license": _joined(of_images),
        "images_citation": _joined((source.get("images_citation") for source in sources), "\n"),
    }


def _joined(texts: Iterable[str | None], between: str = " AND ") -> str | None:
    return between.join(dict.fromkeys(text for text in texts if text)) or None


def _task_versions(manifests: dict[str, dict[str, Any]]) -> dict[str, int]:
    versions: dict[str, int] = {}
    for manifest in manifests.values():
        for task, number in (manifest.get("versions") or {}).get("tasks", {}).items():
            versions[task] = max(number, versions.get(task, 0))
    return dict(sorted(versions.items()))


def _summary(plan: MixPlan, reused: bool) -> MixSummary:
    pairs = {split: sum(taken.pairs for taken in of.values()) for split, of in plan.taken.items()}
    parts: dict[str, dict[str, int]] = {part.name: {} for part in plan.options.parts}
    for split, of in plan.taken.items():
        for name, taken in of.items():
            parts[name][split] = taken.rows
    return MixSummary(plan.options.out, pairs, parts, reused)
