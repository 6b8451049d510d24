"""The parts of a build put together: their shards become those of one build, which is then finished as any other.

The journal of a part bears the plan of the whole build: parts of different builds are never put together.
Shards are renamed, not copied, and recorded one after another, so that a killed merge goes on where it was. The bytes
are those of a build that was never cut: the same shards, and the manifest made by the same code.
"""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import asdict, replace
from pathlib import Path

from rsica_data.builder import resume
from rsica_data.builder.build_options import BuildOptions, BuildSummary
from rsica_data.builder.build_plan import Plan
from rsica_data.builder.remote_folders import merge_at_address, with_local_input
from rsica_data.builder.shard import ShardResult
from rsica_data.builder.whole_build import build, plan_of
from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.locking import locked_folder
from rsica_data.core.parts import part_folders, parts_folder, remove_parts
from rsica_data.core.remote import address_of
from rsica_data.core.validation import check_form
from rsica_data.schema.manifest import MANIFEST, ShardRow


def merge(options: BuildOptions) -> BuildSummary:
    """Put the parts of a build together, and finish it.

    Args:
        options: those of the parts; ``part`` is not looked at.

    Raises:
        UserError: parts are missing, not finished, or of another build.
        RunError: files cannot be moved, or at an address read or written; the same call goes on.
    """
    options = with_local_input(replace(options, part=None))
    target = address_of(options.out)
    if target is not None:
        return merge_at_address(options, target, merge)
    if not (options.out / MANIFEST).is_file():
        plan = plan_of(options)
        with locked_folder(options.out, "rsica-data merge", key="--out"):
            _adopt(options.out, plan)
    summary = build(options)
    remove_parts(options.out)
    return summary


def _adopt(out: Path, plan: Plan) -> None:
    """Move the shards of all parts to the build's own folder, and enter them in its journal."""
    resume.check_out(out, plan)
    path = resume.journal_file(out)
    rows = list(read_journal(path))
    results = {folder: _results(folder, plan) for folder in part_folders(out)}
    names = {unit.name for unit in plan.units}
    missing = names.difference(result.name for part_results in results.values() for result in part_results)
    if missing:
        problem = (
            f"parts are not finished: {len(missing)} of {len(names)} shards are missing, one of them {min(missing)}"
        )
        raise UserError(problem, file=parts_folder(out), hint="run them again: they resume where they were stopped")
    entered = {row["name"] for row in rows[1:] if "stage" not in row}
    with Journal(path) as journal:
        if not rows:
            journal.append(resume.header(plan))
        for folder, part_results in results.items():
            with locked_folder(folder, "rsica-data merge"):
                for result in part_results:
                    if result.name in names - entered:
                        _move(folder, out, result)
                        journal.append(asdict(result))


def _results(folder: Path, plan: Plan) -> list[ShardResult]:
    """What a part has finished.

    Raises:
        UserError: it is of another build.
    """
    path = resume.journal_file(folder)
    rows = list(read_journal(path))
    if not rows or rows[0].get("plan_sha256") != plan.hash:
        problem = "holds no part of this build (other recipe, seed, limit, input or version of the files)"
        raise UserError(problem, file=folder, hint="give the options that the parts were given")
    results: dict[str, ShardResult] = {}
    for number, row in enumerate(rows[1:], 2):
        check_form(ShardRow, row, path, line=number)
        results[row["name"]] = ShardResult(**row)
    return list(results.values())


def _move(folder: Path, out: Path, result: ShardResult) -> None:
    for name, entry in result.files.items():
        source, target = folder / name, out / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            _rename(source, target)
        elif not resume.are_whole(out, {name: entry}):
            raise UserError("is missing: it was moved or deleted", file=source, hint="run the part again")


def _rename(source: Path, target: Path) -> None:
    try:
        os.replace(source, target)  # noqa: PTH105 - its error has both names
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with atomic_path(target) as partial:
            shutil.copyfile(source, partial)
        source.unlink()
