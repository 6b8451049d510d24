"""A whole build: resumed where it was stopped, rejects kept, manifest written last."""

from __future__ import annotations

import platform
import shutil
import time
from collections import Counter
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from rsica_data.builder import resume
from rsica_data.builder.build_options import BuildOptions, BuildSummary, model_of
from rsica_data.builder.build_plan import Plan, make_plan
from rsica_data.builder.checks_stage import CHECKS, checked
from rsica_data.builder.decisions import REVIEW
from rsica_data.builder.outcome import check_marked, check_rows, not_offered, nothing_usable
from rsica_data.builder.remote_folders import build_through_cache, has_address
from rsica_data.builder.shard import ShardResult, build_shard
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import dump_json, dump_json_pretty, remove_partial, sha256_json, write_atomic
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.locking import locked_folder
from rsica_data.core.parts import part_folder
from rsica_data.core.peak_memory import peak_memory_bytes
from rsica_data.core.validation import check_form
from rsica_data.core.workers import need_engine, run_units
from rsica_data.dataset.export.card import write_card
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.imagery.streamed_files import streaming
from rsica_data.schema import SCHEMA_VERSION
from rsica_data.schema.facts import FACTS_VERSION
from rsica_data.schema.manifest import MANIFEST, ShardRow

if TYPE_CHECKING:
    from pathlib import Path

    from rsica_data.builder.merging import Assistance
    from rsica_data.dataset.quality import Gated
    from rsica_data.llm import Plan as LlmPlan

ASSIST_REPORT = "assist_report.json"
_PACKAGES = ("rsica", "numpy", "pyarrow", "opencv-python-headless", "pillow", "datasets")


def build(options: BuildOptions) -> BuildSummary:
    """Build a dataset, going on where an earlier run of the same build stopped.

    Raises:
        UserError: mistakes in input or options; the output folder holds something else.
        RunError: more rejects than allowed, no pair usable, disk full, a worker killed.
    """
    if has_address(options):
        return build_through_cache(options, build)
    need_engine(options.engine)
    started = time.monotonic()
    if options.part is not None:
        if options.assist is not None:
            raise UserError("goes without --assist", key="--part", hint="merge the parts, then build with --assist")
        options = replace(options, out=part_folder(options.out, options.part))
    plan = plan_of(options)
    with locked_folder(options.out, "rsica-data build", key="--out"):
        summary = _build(options, plan, started)
        if options.conversations and options.part is None:
            from rsica_data.builder.joined_table import add_conversations

            add_conversations(options.out)
        return summary


def _build(options: BuildOptions, plan: Plan, started: float) -> BuildSummary:
    finished = resume.check_out(options.out, plan)
    if options.part is not None:
        plan = replace(plan, units=plan.units[options.part[0] - 1 :: options.part[1]])
        results, reused = _run(options, plan)
        return _summary(options, plan, _counts(results), reused, started)
    if finished is not None:
        damaged = resume.damaged_files(options.out, finished)
        if not damaged:
            resume.tidy(options.out)
            return _finished(options, plan, finished, len(plan.units), started)
        resume.begin_again(options.out, plan)
        summary = _build(options, plan, started)
        return replace(summary, notes=(*summary.notes, f"damaged, so all is built again: {', '.join(damaged)}"))
    if options.assist is None:
        results, reused = _run(options, plan)
        manifest = _finish(options, plan, results, None, {}, started)
        return _finished(options, plan, manifest, reused, started)
    from rsica_data.builder.assisted import checked_client, write_assisted

    with checked_client(options.assist) as client:
        results, reused = _run(options, plan)
        results, assistance = write_assisted(options, plan, results, client)
        usage = client.usage.to_json()
    manifest = _finish(options, plan, results, assistance, {"assist": usage}, started)
    return replace(_finished(options, plan, manifest, reused, started), usage=usage)


def _finished(options: BuildOptions, plan: Plan, manifest: dict[str, Any], reused: int, started: float) -> BuildSummary:
    summary = _summary(options, plan, manifest["counts"], reused, started)
    return replace(summary, assist=manifest.get("assist"), checks=manifest.get("checks"))


def dry_run(options: BuildOptions) -> LlmPlan:
    """What the first round of requests of an assisted build would need. Writes nothing and sends nothing.

    Raises:
        UserError: as :func:`build`; or the build is not an assisted one.
    """
    if options.assist is None:
        raise UserError("--dry-run is about requests to a language model", hint="give --assist too")
    from rsica_data.builder.assisted import first_round

    return first_round(options, plan_of(options))


def plan_of(options: BuildOptions) -> Plan:
    """What a build will do: its shards, in the folder of a part where one is built."""
    model = model_of(options.recipe, options.assist.settings) if options.assist is not None else None
    with streaming(options.input, options.stream, ()):
        plan = _plan_of(options, model)
    if options.stream is None:
        return plan
    return replace(plan, units=tuple(replace(unit, stream=options.stream) for unit in plan.units))


def _plan_of(options: BuildOptions, model: str | None) -> Plan:
    return make_plan(
        options.recipe,
        options.input,
        options.out,
        options.seed,
        options.limit,
        model,
        check_images=options.check_images,
        decisions=options.decisions,
    )


def _run(options: BuildOptions, plan: Plan) -> tuple[dict[str, ShardResult], int]:
    done: dict[str, ShardResult] = {}
    path = resume.journal_file(options.out)
    known = {unit.name for unit in plan.units}
    for number, row in enumerate(read_journal(path), 1):
        if number == 1 or "stage" in row:
            continue
        check_form(ShardRow, row, path, line=number)
        if row["name"] not in known:
            problem = f"'{row['name']}' is no shard of this build"
            raise UserError(problem, file=path, line=number, key="name", hint="delete the file to start afresh")
        result = ShardResult(**row)
        if resume.are_whole(options.out, result.files):
            done[result.name] = result
    if _are_too_many(_rejected(done), options.max_rejects):
        # What was skipped may be mended by now.
        done = {name: result for name, result in done.items() if not _rejected({name: result})}
    fresh = not done and next(read_journal(resume.journal_file(options.out)), None) is None
    reused = len(done)
    remove_partial(options.out)
    todo = [unit for unit in plan.units if unit.name not in done]
    sizes = {unit.name: len(unit.keys) for unit in plan.units}
    finished = sum(sizes[name] for name in done)
    options.progress(finished, plan.pairs)
    with Journal(resume.journal_file(options.out)) as journal:
        if fresh:
            journal.append(resume.header(plan))
        _check_rejects(done, options.max_rejects)
        for unit, result in run_units(build_shard, todo, options.workers, options.engine):
            journal.append(asdict(result))
            done[result.name] = result
            finished += sizes[unit.name]
            options.progress(finished, plan.pairs)
            _check_rejects(done, options.max_rejects)
    remove_partial(options.out)  # of workers that were killed, whose shards others have done
    return {unit.name: done[unit.name] for unit in plan.units}, reused


def _rejected(results: dict[str, ShardResult]) -> list[dict[str, Any]]:
    """What was skipped for a fault; what a review left out is none."""
    return [row for result in results.values() for row in result.rejected if row["reason"] != REVIEW]


def _are_too_many(rejected: list[dict[str, Any]], allowed: int | None) -> bool:
    return allowed is not None and len(rejected) > allowed


def _check_rejects(done: dict[str, ShardResult], allowed: int | None) -> None:
    rejected = _rejected(done)
    if _are_too_many(rejected, allowed):
        last = rejected[-1]
        raise RunError(
            f"stopped: {len(rejected)} items skipped, --max-rejects allows {allowed}; "
            f"the last: {last['pair_id']}: {last['reason']}: {last['detail']}"
        )


def _finish(
    options: BuildOptions,
    plan: Plan,
    results: dict[str, ShardResult],
    assistance: Assistance | None,
    info: dict[str, Any],
    started: float,
) -> dict[str, Any]:
    rejected = [row for result in results.values() for row in result.rejected]
    try:
        _check_useful(plan, results, rejected, assisted=assistance is not None)
    except (RunError, UserError):
        resume.forget(options.out)  # of no use to anyone, and a mended input or recipe makes another build
        raise
    results, gated = checked(options, plan, results, _manifest(plan, results))
    conflicts = [row for result in results.values() for row in result.conflicts]
    manifest = _manifest(plan, results)
    if gated is not None:
        rejected += gated.rejected
        _add_checks(options.out, manifest, gated)
    if not options.check_images:
        manifest["images_checked"] = False
    if plan.decisions is not None:
        manifest["review"] = plan.decisions.as_json()
    out = options.out
    refusals: list[dict[str, Any]] = []
    if assistance is not None:
        refusals = assistance.refusals
        manifest["assist"] = assistance.report
        write_atomic(out / ASSIST_REPORT, dump_json_pretty(assistance.report))
    write_atomic(out / "rejected.jsonl", "".join(dump_json(row) + "\n" for row in [*rejected, *refusals]))
    if conflicts:
        write_atomic(out / "conflicts.jsonl", "".join(dump_json(row) + "\n" for row in conflicts))
    write_atomic(out / "README.md", write_card(out, manifest))
    write_atomic(out / "croissant.json", write_croissant(manifest))
    write_atomic(out / "build_info.json", dump_json_pretty(_build_info(options, started) | info))
    write_atomic(out / MANIFEST, dump_json_pretty(manifest))
    shutil.rmtree(out / resume.WORK)
    return manifest


def _check_useful(
    plan: Plan, results: dict[str, ShardResult], rejected: list[dict[str, Any]], *, assisted: bool
) -> None:
    """See that there is something to finish.

    Raises:
        RunError: no pair is usable.
        UserError: no pair is as the recipe says, or none has a row.
    """
    if not any(result.counts["pairs"] for result in results.values()):
        raise RunError(nothing_usable(results, rejected))
    check_marked(results, rejected)
    if not assisted:
        check_rows(results, [task.name for task, _ in plan.recipe.tasks])


def _add_checks(out: Path, manifest: dict[str, Any], gated: Gated) -> None:
    """Put into the manifest what the checks did, and write what they found."""
    write_atomic(out / CHECKS, "".join(dump_json(row) + "\n" for row in gated.listed))
    dropped = Counter(row["reason"] for row in gated.rejected)
    manifest["counts"]["rejected"] = dict(Counter(manifest["counts"]["rejected"]) + dropped)
    manifest["checks"] = gated.summary
    if not any(manifest["counts"]["pairs"].values()):
        raise RunError("the checks of the recipe drop every pair")


def _manifest(plan: Plan, results: dict[str, ShardResult]) -> dict[str, Any]:
    recipe, source = plan.recipe, plan.recipe.source
    classes = {entry["id"]: entry["name"] for result in results.values() for entry in result.classes}
    change_classes = dict.fromkeys(name for result in results.values() for name in result.change_classes)
    return {
        "schema_version": SCHEMA_VERSION,
        "name": recipe.name,
        "recipe": recipe.as_json(),
        "recipe_sha256": recipe.sha256,
        "plan_sha256": plan.hash,
        "seed": plan.seed,
        "limit": plan.limit,
        "versions": {
            "rsica": version("rsica"),
            "facts": FACTS_VERSION,
            "tasks": {task.name: task.version for task, _ in recipe.tasks},
        },
        "rules": asdict(recipe.rules),
        "source": {
            "name": source.name,
            "license": recipe.content.license or source.license,
            "citation": recipe.content.citation or source.citation,
            "url": source.url,
            "redistributable": source.redistributable,
            # Of the images alone: a recipe's license and citation are those of the instructions.
            "images_license": getattr(recipe.source_options, "license", None) or source.license,
            "images_citation": source.citation,
            **({"notes": list(plan.notes)} if plan.notes else {}),
        },
        "input": {"pairs": plan.pairs, "sha256": sha256_json([result.input_sha256 for result in results.values()])},
        "classes": [{"id": class_id, "name": name} for class_id, name in sorted(classes.items())],
        "change_classes": list(change_classes),
        "counts": _counts(results),
        # Sorted: results that come back from the journal have lost the order in which they were written.
        "files": dict(sorted(item for result in results.values() for item in result.files.items())),
    }


def _counts(results: dict[str, ShardResult]) -> dict[str, Any]:
    pairs: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    instructions: dict[str, Counter[str]] = {}
    captions_left_out = sum(result.captions_left_out for result in results.values())
    for result in results.values():
        pairs[result.split] += result.counts["pairs"]
        changed[result.split] += result.counts["changed"]
        instructions.setdefault(result.split, Counter()).update(result.counts["instructions"])
    return {
        "pairs": dict(pairs),
        "changed": dict(changed),
        "instructions": {split: dict(tasks) for split, tasks in instructions.items()},
        "rejected": dict(Counter(row["reason"] for result in results.values() for row in result.rejected)),
        "not_offered": not_offered(results),
        "flag_conflicts": sum(len(result.conflicts) for result in results.values()),
        **({"captions_left_out": captions_left_out} if captions_left_out else {}),
    }


def _peak_memory_mb() -> float | None:
    """Largest resident set of this process and of any one of its children, added up."""
    peaks = peak_memory_bytes()
    return None if peaks is None else round(sum(peaks) / 2**20, 1)


def _build_info(options: BuildOptions, started: float) -> dict[str, Any]:
    return {
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(time.monotonic() - started, 3),
        "workers": options.workers,
        "peak_memory_mb": _peak_memory_mb(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _summary(
    options: BuildOptions,
    plan: Plan,
    counts: dict[str, Any],
    reused: int,
    started: float,
) -> BuildSummary:
    return BuildSummary(
        out=options.out,
        recipe=plan.recipe.name,
        counts=counts,
        shards=len(plan.units),
        reused=reused,
        seconds=round(time.monotonic() - started, 3),
        peak_memory_mb=_peak_memory_mb(),
        notes=plan.notes,
    )
