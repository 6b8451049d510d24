"""The part of a build that asks a language model, as the whole build calls it; imported only where one is asked."""

from __future__ import annotations

from rsica_data.builder import resume
from rsica_data.builder.build_options import AssistOptions, BuildOptions
from rsica_data.builder.build_plan import Plan
from rsica_data.builder.llm_stage import ask_shards, outcome_file, plan_requests
from rsica_data.builder.merging import Assistance, merge_shard, merge_units, settle
from rsica_data.builder.shard import ShardResult
from rsica_data.core.files import remove_partial, sha256_file
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.workers import run_units
from rsica_data.llm import LlmClient
from rsica_data.llm import Plan as LlmPlan


def checked_client(assist: AssistOptions) -> LlmClient:
    """The client, checked before any work where it will surely have to send something."""
    folder = assist.settings.cache_dir
    fresh = folder is None or not folder.is_dir() or not any(folder.iterdir())
    client = LlmClient(assist.settings)
    try:
        if fresh:
            client.check()
    except BaseException:
        client.close()
        raise
    return client


def write_assisted(
    options: BuildOptions, plan: Plan, results: dict[str, ShardResult], client: LlmClient
) -> tuple[dict[str, ShardResult], Assistance]:
    """Ask about every shard, then write all instructions; shards of an earlier start are not asked about again."""
    assert options.assist is not None
    by_name = {unit.name: unit for unit in plan.units}
    asked: dict[str, str] = {}
    for row in read_journal(resume.journal_file(options.out)):
        if row.get("stage") != "asked" or row.get("name") not in by_name:
            continue
        file = outcome_file(by_name[row["name"]])
        if file.is_file() and sha256_file(file) == row.get("sha256"):
            asked[row["name"]] = row["sha256"]
    with Journal(resume.journal_file(options.out)) as journal:
        ask_shards(plan, asked, journal, client, options.assist)
    assistance = settle(plan)
    units = list(merge_units(plan, results, assistance.takes))
    merged = {result.name: result for _, result in run_units(merge_shard, units, options.workers, options.engine)}
    remove_partial(options.out)
    return {name: merged[name] for name in results}, assistance


def first_round(options: BuildOptions, plan: Plan) -> LlmPlan:
    """What the first round of requests of an assisted build would need. Writes nothing and sends nothing."""
    assert options.assist is not None and plan.model is not None
    settings = options.assist.settings
    if settings.cache_dir is not None and not settings.cache_dir.is_dir():
        # A cache that is not there yet is not made for a look.
        settings = settings.model_copy(update={"cache_dir": None})
    with LlmClient(settings) as client:
        return plan_requests(plan, client, plan.model, options.progress)
