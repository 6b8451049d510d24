"""The part of a build that asks a language model: which jobs, in which shards, and what came of them on disk.

It runs in the build's own process, one client for all, after the rule-made part. Each finished shard leaves
``.build/assist/NAME.jsonl``; answers themselves are in the client's cache before anything is done with them, so a
killed build asks again for nothing but what was under way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_data.builder.build_options import AssistOptions, model_of
from rsica_data.builder.build_plan import Plan, ShardUnit
from rsica_data.builder.recipe import Recipe
from rsica_data.builder.shard import RULE_STAGING, load_pairs
from rsica_data.core.files import dump_json, sha256_bytes, write_atomic
from rsica_data.core.journal import Journal
from rsica_data.core.json_text import read_json_lines
from rsica_data.dataset.reader import read_instructions, read_pairs
from rsica_data.generation.accepted_rows import outcome_json
from rsica_data.generation.material import Material, material_of
from rsica_data.generation.readers import READERS
from rsica_data.generation.recipe_section import Assisted, AssistedPrompt
from rsica_data.generation.retry_loop import GenerationConfig, first_requests, write_rows
from rsica_data.generation.row_quotas import scaled_total, spread
from rsica_data.generation.types import Job
from rsica_data.schema import Instruction, view_facts
from rsica_data.schema.arrow import StoredPair

if TYPE_CHECKING:
    from rsica_data.llm import LlmClient, LlmRequest
    from rsica_data.llm import Plan as LlmPlan

LLM_STAGING = ".build/assist"
_BATCH_SHARDS = 16
"""Shards that go through the rounds together with the batch API, whose every round may take hours."""


def config_of(assisted: Assisted, model: str) -> GenerationConfig:
    """What is the same for all requests of a build."""
    section, quality = assisted.section, assisted.quality
    parameters = dict(section.parameters)
    return GenerationConfig(
        model,
        parameters,
        section.seed_parameter,
        section.retries,
        quality.verify,
        quality.reader(model),
        quality.reads,
    )


Quotas = dict[str, dict[str, int]]
"""Prompt to pair to the number of rows that are wanted of it."""


def quotas_of(plan: Plan) -> Quotas:
    """How many rows each prompt is to give for each pair of the plan; pairs and splits without any are left out.

    Of a prompt without ``totals`` a pair gives fewer where it has fewer objects or rows to ask about, and none where it
    lacks what the prompt needs: only then nothing is missing.
    """
    assert plan.recipe.assisted is not None
    ids: dict[str, list[str]] = defaultdict(list)
    for unit in plan.units:
        ids[unit.split] += [key.pair_id for key in unit.keys]
    quotas: Quotas = {}
    for prompt in plan.recipe.assisted.prompts:
        wanted: dict[str, int] = {}
        for split, pair_ids in ids.items():
            wanted |= _split_quota(prompt, split, pair_ids, plan.seed)
        quotas[prompt.name] = {pair_id: number for pair_id, number in wanted.items() if number}
    return quotas


def _split_quota(prompt: AssistedPrompt, split: str, pair_ids: Sequence[str], seed: int) -> dict[str, int]:
    section = prompt.section
    if section.splits is not None and split not in section.splits:
        return {}
    if section.totals is None:
        return dict.fromkeys(pair_ids, section.per_pair or prompt.files.meta.per_pair)
    total = next((total for name, total in section.totals.items() if name == split), None)
    if total is None:
        return {}
    return spread(scaled_total(total, len(pair_ids)), pair_ids, seed, prompt.name)


def jobs_of(
    recipe: Recipe, quotas: Quotas, seed: int, pairs: Iterable[tuple[StoredPair, Sequence[Instruction]]]
) -> Iterator[Job]:
    """The jobs of some pairs, prompts in the recipe's order; none where a pair lacks what a prompt needs."""
    assert recipe.assisted is not None
    for pair, rows in pairs:
        view = view_facts(pair.facts, recipe.rules, pair.changed) if pair.facts is not None else None
        material = material_of(pair, view, rows, recipe.assisted.quality.words)
        for prompt in recipe.assisted.prompts:
            number = quotas[prompt.name].get(pair.pair_id, 0)
            if number and all(material.has(need) for need in prompt.files.meta.needs):
                yield from _pair_jobs(prompt, material, number, seed)


def _pair_jobs(prompt: AssistedPrompt, material: Material, number: int, seed: int) -> Iterator[Job]:
    reader = READERS[prompt.files.meta.reads]
    most = reader.most(prompt, material)
    number = number if most is None else min(number, most)
    if not number:
        return
    if reader.single:
        yield from (Job(prompt, material, 1, 0, seed, index) for index in range(number))
        return
    spare = prompt.section.spare
    yield Job(prompt, material, number, prompt.files.meta.spare if spare is None else spare, seed)


def shard_jobs(unit: ShardUnit, quotas: Quotas) -> list[Job]:
    """The jobs of a shard whose rule-made part is on disk."""
    name = f"{unit.name}.parquet"
    by_pair: dict[str, list[Instruction]] = defaultdict(list)
    for item in read_instructions(unit.out / RULE_STAGING / name):
        by_pair[item.pair_id].append(item)
    pairs = read_pairs(unit.out / "pairs" / name, images=wants_images(unit.recipe))
    return list(jobs_of(unit.recipe, quotas, unit.seed, ((pair, by_pair[pair.pair_id]) for pair in pairs)))


def wants_images(recipe: Recipe) -> bool:
    """Whether any prompt of the recipe sends images."""
    assert recipe.assisted is not None
    return any(prompt.section.images for prompt in recipe.assisted.prompts)


def ask_shards(plan: Plan, done: dict[str, str], journal: Journal, client: LlmClient, options: AssistOptions) -> None:
    """Ask about every shard that is not done, in the order of the plan.

    Args:
        plan: the build.
        done: shard to the hash of its file, filled up here.
        journal: the build's journal.
        client: the one client of the build.
        options: how to ask.
    """
    assert plan.recipe.assisted is not None
    asking = config_of(plan.recipe.assisted, model_of(plan.recipe, options.settings))
    quotas = quotas_of(plan)
    todo = [unit for unit in plan.units if unit.name not in done]
    size = _BATCH_SHARDS if options.settings.batch else 1
    options.progress(len(done), len(plan.units))
    for start in range(0, len(todo), size):
        group = todo[start : start + size]
        jobs = {unit.name: shard_jobs(unit, quotas) for unit in group}
        outcomes = iter(write_rows([job for unit_jobs in jobs.values() for job in unit_jobs], asking, client.ask_all))
        for unit in group:
            lines = [dump_json(outcome_json(next(outcomes))) + "\n" for _ in jobs[unit.name]]
            data = "".join(lines).encode()
            write_atomic(outcome_file(unit), data)
            done[unit.name] = sha256_bytes(data)
            journal.append({"stage": "asked", "name": unit.name, "sha256": done[unit.name]})
        options.progress(len(done), len(plan.units))


def outcome_file(unit: ShardUnit) -> Path:
    """Where the outcomes of a shard's jobs lie while the build runs."""
    return unit.out / LLM_STAGING / f"{unit.name}.jsonl"


def read_outcomes(unit: ShardUnit) -> Iterator[dict[str, Any]]:
    """The outcomes of a shard's jobs, one in memory at a time."""
    for _, row in read_json_lines(outcome_file(unit), "an outcome"):
        yield row


def plan_requests(plan: Plan, client: LlmClient, model: str, progress: Callable[[int, int], None]) -> LlmPlan:
    """What the first round of a build would need. Reads the input, writes nothing and sends nothing."""
    assert plan.recipe.assisted is not None
    asking = config_of(plan.recipe.assisted, model)
    quotas = quotas_of(plan)

    def requests() -> Iterator[LlmRequest]:
        done = 0
        for unit in plan.units:
            progress(done, plan.pairs)
            jobs = jobs_of(plan.recipe, quotas, plan.seed, load_pairs(unit))
            yield from first_requests(list(jobs), asking)
            done += len(unit.keys)
        progress(done, plan.pairs)

    return client.plan(requests())
