"""The checks of a build: all its shards examined, and those written again that hold what is dropped or flagged.

What the checks decide is written down before any shard is changed. A killed build finds it and does the rest; doing it
twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_data.builder import resume
from rsica_data.builder.build_options import BuildOptions
from rsica_data.builder.build_plan import Plan
from rsica_data.builder.shard import ShardResult
from rsica_data.core.files import atomic_path, dump_json, write_atomic
from rsica_data.core.journal import Journal
from rsica_data.core.workers import run_units
from rsica_data.dataset.checksums import file_entry
from rsica_data.dataset.data_files import ShardWriter
from rsica_data.dataset.reader import BuiltDataset, read_instructions, read_pairs
from rsica_data.schema import Instruction

if TYPE_CHECKING:
    from rsica_data.dataset.quality import Gated

CHECKS = "checks.jsonl"
"""The file that lists what the checks found."""
FLAGS = "checks"
"""The attribute of a flagged pair that says why."""


@dataclass(frozen=True)
class GateUnit:
    """One shard to write again: where it lies, its result so far, and what becomes of its pairs and rows."""

    out: Path
    result: ShardResult
    gated: Gated

    @property
    def name(self) -> str:
        """Name of the shard."""
        return self.result.name


def checked(
    options: BuildOptions, plan: Plan, results: dict[str, ShardResult], manifest: dict[str, Any]
) -> tuple[dict[str, ShardResult], Gated | None]:
    """Run the checks of the recipe over a build whose shards are all there.

    Args:
        options: of the build.
        plan: of the build.
        results: of its shards.
        manifest: as it would be without checks.

    Returns:
        The results after the checks, and what they decided; None where the recipe has none.
    """
    section = plan.recipe.content.checks
    if section is None:
        return results, None
    from rsica_data.dataset.quality import Gated, QualityOptions, examine, settle_checks

    decided = options.out / resume.WORK / "checks.json"
    if decided.is_file():
        gated = Gated.read(decided)
    else:
        dataset = BuiltDataset(options.out, manifest)
        findings = examine(dataset, QualityOptions(section.needs_images, limits=section.masks.limits()))
        gated = settle_checks(section, findings, dataset, plan.seed)
        write_atomic(decided, dump_json(gated.to_json()))
    units = [GateUnit(options.out, results[name], own) for name, own in _by_shard(plan, gated)]
    done = dict(results)
    with Journal(resume.journal_file(options.out)) as journal:
        for _, result in run_units(gate_shard, units, options.workers, options.engine):
            journal.append(asdict(result))
            done[result.name] = result
    return done, gated


def _by_shard(plan: Plan, gated: Gated) -> Iterator[tuple[str, Gated]]:
    """Each shard that holds something to drop or to flag, with what concerns it alone: a worker is sent no more."""
    from rsica_data.dataset.quality import Gated

    rows: dict[str, set[str]] = {}
    for row in gated.rows:
        rows.setdefault(row.partition("#")[0], set()).add(row)
    for unit in plan.units:
        ids = [key.pair_id for key in unit.keys]
        pairs = gated.pairs.intersection(ids)
        own_rows = frozenset(row for pair in ids for row in rows.get(pair, ()))
        flags = {pair: gated.flags[pair] for pair in ids if pair in gated.flags}
        if pairs or own_rows or flags:
            yield unit.name, Gated(pairs, own_rows, flags, (), (), {})


def gate_shard(work: GateUnit) -> ShardResult:
    """Write a shard again without what is dropped, and with what is flagged.

    Raises:
        RunError: the files cannot be written.
    """
    gated, out = work.gated, work.out
    targets = {part: out / part / f"{work.name}.parquet" for part in ("pairs", "instructions")}
    by_pair: dict[str, list[Instruction]] = {}
    for item in read_instructions(targets["instructions"]):
        if item.instruction_id not in gated.rows:
            by_pair.setdefault(item.pair_id, []).append(item)
    pairs = changed = 0
    tasks: Counter[str] = Counter()
    with ExitStack() as stack:
        partial = {part: stack.enter_context(atomic_path(path)) for part, path in targets.items()}
        with ShardWriter(partial["pairs"], partial["instructions"]) as writer:
            for pair in read_pairs(targets["pairs"]):
                if pair.pair_id in gated.pairs:
                    continue
                if pair.pair_id in gated.flags:
                    pair = replace(pair, attributes={**pair.attributes, FLAGS: list(gated.flags[pair.pair_id])})
                items = by_pair.get(pair.pair_id, [])
                writer.add(pair, items)
                pairs, changed = pairs + 1, changed + bool(pair.changed)
                tasks.update(item.task for item in items)
        files = {
            f"{part}/{path.name}": file_entry(partial[part], writer.rows[part], images=part == "pairs")
            for part, path in targets.items()
        }
    counts = {"pairs": pairs, "changed": changed, "instructions": dict(sorted(tasks.items()))}
    conflicts = [row for row in work.result.conflicts if row["pair_id"] not in gated.pairs]
    return replace(work.result, files=files, counts=counts, conflicts=conflicts)
