"""The last part of an assisted build: how many rows each pair gives, rows merged shard by shard, the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from rsica_data.builder.build_plan import Plan, ShardUnit
from rsica_data.builder.decisions import reviewed
from rsica_data.builder.llm_stage import Quotas, quotas_of, read_outcomes
from rsica_data.builder.shard import RULE_STAGING, ShardResult
from rsica_data.core.files import as_failure, atomic_path
from rsica_data.dataset.checksums import file_entry
from rsica_data.dataset.data_files import ROW_GROUP_ROWS, open_table
from rsica_data.dataset.reader import read_instructions, read_pairs
from rsica_data.generation.accepted_rows import instructions_of, refusal_rows
from rsica_data.generation.row_quotas import fill
from rsica_data.schema import Instruction, JsonObject
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, instructions_table
from rsica_data.schema.records import is_evaluation
from rsica_data.schema.rules import change_classes

Takes = dict[tuple[str, str, int], int]
"""(pair, prompt, index of the job) to the number of its accepted candidates that become rows."""


@dataclass(frozen=True)
class MergeUnit:
    """One shard to finish: its unit, its result so far, and how much of each outcome to take."""

    unit: ShardUnit
    result: ShardResult
    takes: Takes

    @property
    def name(self) -> str:
        """Name of the shard."""
        return self.unit.name


@dataclass(frozen=True)
class Assistance:
    """What the model brought, over the whole build: rows to take, refusals, and the report."""

    takes: Takes
    refusals: list[JsonObject]
    report: JsonObject


def settle(plan: Plan) -> Assistance:
    """Decide which accepted candidates become rows, so that totals are reached; count everything."""
    quotas = quotas_of(plan)
    by_prompt: dict[tuple[str, str], dict[tuple[str, int], int]] = defaultdict(dict)
    tallies: dict[str, dict[str, _Tally]] = defaultdict(lambda: defaultdict(_Tally))
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    refusals: list[JsonObject] = []
    split_of: dict[str, str] = {}
    for unit in plan.units:
        split_of |= {key.pair_id: unit.split for key in unit.keys}
        for row in read_outcomes(unit):
            by_prompt[row["prompt"], unit.split][row["pair_id"], row["index"]] = len(row["accepted"])
            asked[row["prompt"]][row["pair_id"]] += row["wanted"]
            tallies[row["prompt"]][unit.split].add(row)
            refusals += refusal_rows(row)
    for chosen in plan.recipe.assisted.prompts if plan.recipe.assisted is not None else ():
        if chosen.section.totals is None:
            quotas[chosen.name] = dict(asked[chosen.name])
    takes: Takes = {}
    for (prompt, split), accepted_counts in by_prompt.items():
        takes |= _takes(prompt, split, accepted_counts, quotas, split_of, plan.seed)
    report = _report(plan, quotas, tallies, takes, split_of)
    return Assistance(takes, refusals, report)


def _takes(
    prompt: str,
    split: str,
    accepted_counts: dict[tuple[str, int], int],
    quotas: Quotas,
    split_of: dict[str, str],
    seed: int,
) -> Takes:
    wanted = {pair_id: number for pair_id, number in quotas[prompt].items() if split_of[pair_id] == split}
    there: Counter[str] = Counter()
    for (pair_id, _), number in accepted_counts.items():
        there[pair_id] += number
    taken = fill(wanted, there, seed, prompt)
    takes: Takes = {}
    for (pair_id, index), number in accepted_counts.items():
        take = min(number, taken[pair_id])
        taken[pair_id] -= take
        takes[pair_id, prompt, index] = take
    return takes


class _Tally:
    """Counts over the outcomes of one prompt in one split."""

    def __init__(self) -> None:
        self.pairs: set[str] = set()
        self.requests = self.accepted = 0
        self.refused: Counter[str] = Counter()

    def add(self, row: JsonObject) -> None:
        self.pairs.add(row["pair_id"])
        self.requests += row["rounds"]
        self.accepted += len(row["accepted"])
        self.refused.update(refusal["kind"] for refusal in row["refused"])


def _report(
    plan: Plan, quotas: Quotas, tallies: dict[str, dict[str, _Tally]], takes: Takes, split_of: dict[str, str]
) -> JsonObject:
    """Rows wanted, written and missing, and rates of refusal, by prompt and split. The same for the same answers."""
    assert plan.recipe.assisted is not None
    written: Counter[tuple[str, str]] = Counter()
    for (pair_id, prompt, _), take in takes.items():
        written[prompt, split_of[pair_id]] += take
    wanted: Counter[tuple[str, str]] = Counter()
    for prompt, numbers in quotas.items():
        for pair_id, number in numbers.items():
            wanted[prompt, split_of[pair_id]] += number
    prompts: JsonObject = {}
    for chosen in plan.recipe.assisted.prompts:
        splits: JsonObject = {}
        for split in sorted({split for name, split in wanted if name == chosen.name}):
            key = chosen.name, split
            splits[split] = _figures(tallies[chosen.name][split], wanted[key], written[key])
        prompts[chosen.name] = {"version": chosen.files.meta.version, "sha256": chosen.files.sha256, "splits": splits}
    return {"model": plan.model, "verify": plan.recipe.assisted.quality.verify, "prompts": prompts}


def _figures(tally: _Tally, wanted: int, written: int) -> JsonObject:
    refused = sum(tally.refused.values())
    judged = tally.accepted + refused
    return {
        "pairs_asked_about": len(tally.pairs),
        "requests": tally.requests,
        "wanted": wanted,
        "written": written,
        "missing": wanted - written,
        "accepted": tally.accepted,
        "refused": refused,
        "refusal_rate": round(refused / judged, 6) if judged else None,
        "refused_by_kind": {
            kind: {"number": number, "rate": round(number / judged, 6)}
            for kind, number in sorted(tally.refused.items())
        },
    }


def merge_units(plan: Plan, results: dict[str, ShardResult], takes: Takes) -> Iterator[MergeUnit]:
    """The shards to finish, each with its own part of ``takes``."""
    by_pair: dict[str, Takes] = defaultdict(dict)
    for key, number in takes.items():
        by_pair[key[0]][key] = number
    for unit in plan.units:
        mine: Takes = {}
        for pair in unit.keys:
            mine |= by_pair.get(pair.pair_id, {})
        yield MergeUnit(unit, results[unit.name], mine)


def merge_shard(work: MergeUnit) -> ShardResult:
    """Write a shard's instructions: for each pair its rule-made rows, then those of the model.

    Raises:
        RunError: the file cannot be written.
    """
    unit = work.unit
    name = f"{unit.name}.parquet"
    rules: dict[str, list[Instruction]] = defaultdict(list)
    for item in read_instructions(unit.out / RULE_STAGING / name):
        rules[item.pair_id].append(item)
    outcomes: dict[str, list[JsonObject]] = defaultdict(list)
    for row in read_outcomes(unit):
        outcomes[row["pair_id"]].append(row)
    target = unit.out / "instructions" / name
    tasks: Counter[str] = Counter()
    rows, held = 0, list[Instruction]()
    rejected = list(work.result.rejected)
    with ExitStack() as stack:
        partial = stack.enter_context(atomic_path(target))
        with ExitStack() as inner:
            writer = open_table(partial, INSTRUCTIONS_SCHEMA, inner)
            for pair in read_pairs(unit.out / "pairs" / name, images=False):
                items = rules[pair.pair_id]
                numbers = dict(Counter(item.task for item in items))
                for row in outcomes[pair.pair_id]:
                    take = work.takes.get((pair.pair_id, row["prompt"], row["index"]), 0)
                    items = items + instructions_of(row, take, pair.changed, is_evaluation(unit.split), numbers)
                if pair.pair_id in unit.decisions:
                    names = change_classes(pair.facts, pair.classes)
                    items, gone = reviewed(items, unit.decisions[pair.pair_id], names)
                    rejected += gone
                tasks.update(item.task for item in items)
                held += items
                if len(held) >= ROW_GROUP_ROWS:
                    rows += _write(writer, held, target)
                    held = []
            rows += _write(writer, held, target)
        entry = file_entry(partial, rows, images=False)
    files = {path: file_info for path, file_info in work.result.files.items() if path.startswith("pairs/")}
    files[f"instructions/{name}"] = entry
    counts = {**work.result.counts, "instructions": dict(sorted(tasks.items()))}
    return replace(work.result, files=files, counts=counts, rejected=rejected)


def _write(writer: Any, items: list[Instruction], target: Any) -> int:
    if items:
        try:
            writer.write_table(instructions_table(items), row_group_size=len(items))
        except OSError as error:
            raise as_failure(error, target) from error
    return len(items)
