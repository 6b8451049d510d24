"""What an output folder holds of a build: nothing, a start of it, all of it, or something else."""

from __future__ import annotations

import shutil
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from rsica_data.builder.build_plan import Plan
from rsica_data.core.errors import UserError
from rsica_data.core.files import is_leftover, remove_partial
from rsica_data.core.journal import Journal, read_journal
from rsica_data.dataset.checksums import is_stated
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema.manifest import MANIFEST, read_manifest

WORK = ".build"
JOURNAL = "journal.jsonl"
_DATA = ("pairs", "instructions")


def check_out(out: Path, plan: Plan) -> dict[str, Any] | None:
    """The manifest where the build is finished already, None where there is work to do.

    What another build left that ended before any pair was written is deleted.

    Raises:
        UserError: the folder holds another build, or something else.
    """
    manifest = out / MANIFEST
    if manifest.is_file():
        old_manifest = read_manifest(manifest)
        if old_manifest.get("plan_sha256") != plan.hash:
            raise _other_build(out, str(old_manifest.get("name", "?")), plan)
        return old_manifest
    first = next(read_journal(journal_file(out)), None)
    if first is not None and first.get("plan_sha256") != plan.hash:
        if _holds_work(out):
            raise _other_build(out, str(first.get("name", "?")), plan)
        forget(out)
        first = None
    if first is None and any(path.name != WORK and not is_leftover(path) for path in out.iterdir()):
        raise UserError("folder is not empty and holds no build", file=out, key="--out", hint="give a new folder")
    return None


def _holds_work(out: Path) -> bool:
    """Whether an unfinished build has written a pair, or asked a language model."""
    rows = islice(read_journal(journal_file(out)), 1, None)
    return any("stage" in row or row.get("counts", {}).get("pairs", 1) for row in rows)


def forget(out: Path) -> None:
    """Delete what an unfinished build has written: its shards, and the journal last."""
    for row in read_journal(journal_file(out)):
        for name in map(Path, row.get("files", ())):
            if name.parent.name in _DATA:
                (out / name.parent.name / name.name).unlink(missing_ok=True)
    remove_partial(out)
    for folder in _DATA:
        with suppress(OSError):  # not there, or with files of somebody else
            (out / folder).rmdir()
    shutil.rmtree(out / WORK, ignore_errors=True)


def damaged_files(out: Path, manifest: dict[str, Any]) -> list[str]:
    """Data files of a finished build that are missing or not those of its manifest."""
    dataset = BuiltDataset(out, manifest)
    return [name for name in manifest["files"] if not _holds(dataset, name)]


def _holds(dataset: BuiltDataset, name: str) -> bool:
    try:
        dataset.check_file(dataset.root / name)
    except UserError:
        return False
    return True


def are_whole(out: Path, files: dict[str, dict[str, Any]]) -> bool:
    """Whether files are those that were written: there, and with their checksums."""
    return all((out / name).is_file() and is_stated(out / name, entry) for name, entry in files.items())


def tidy(out: Path) -> None:
    """Remove what a kill after the manifest was written left behind: the dataset is finished."""
    shutil.rmtree(out / WORK, ignore_errors=True)
    remove_partial(out)


def begin_again(out: Path, plan: Plan) -> None:
    """Make a finished build whose files are damaged one that has begun: the same files come out of it again."""
    shutil.rmtree(out / WORK, ignore_errors=True)
    with Journal(journal_file(out)) as journal:
        journal.append(header(plan))
    (out / MANIFEST).unlink()


def header(plan: Plan) -> dict[str, Any]:
    """First row of a build's journal."""
    return {"plan_sha256": plan.hash, "name": plan.recipe.name}


def _other_build(out: Path, name: str, plan: Plan) -> UserError:
    what = f"another build of '{name}'" if name == plan.recipe.name else f"a build of '{name}'"
    return UserError(
        f"holds {what} (other recipe, seed, limit, model, input or version of the files)",
        file=out,
        key="--out",
        hint="give a new folder, or delete this one to rebuild it",
    )


def journal_file(out: Path) -> Path:
    """The build's journal."""
    return out / WORK / JOURNAL
