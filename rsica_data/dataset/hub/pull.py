"""Fetching a published dataset into a folder: resumed where it was stopped, every data file checked by its checksum.

The manifest is fetched first, to a place of its own, and takes its name in the folder last: a folder with a
manifest is whole. What is in the folder already and has the right hash is not fetched again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import LOCK, dump_json_pretty, holds_files, remove_partial, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.raw import read_bytes
from rsica_data.dataset.checksums import is_first
from rsica_data.dataset.hub.client import TRIES, ask, open_client
from rsica_data.dataset.hub.names import HubName
from rsica_data.schema.manifest import MANIFEST, read_manifest, safe_path

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PULL_INFO = "pull_info.json"
"""Where a pulled folder came from: repo, commit, and whether images were joined to it."""
BESIDE = ("README.md", "croissant.json", "rejected.jsonl", "conflicts.jsonl", "checks.jsonl", "assist_report.json")
"""Files beside the data that a dataset may have; ``figures/*.svg`` too."""

JOIN = "join"
"""Folder with the hashes of images that are not published, until they are joined."""

_WORK = ".pull"
_STARTED = "started.json"
_FETCH_TRIES = 2


@dataclass(frozen=True)
class PullSummary:
    """What was fetched: files and bytes now, and what was there already."""

    out: Path
    name: str
    commit: str
    files: int
    fetched: int
    fetched_bytes: int
    images: str


def pull_dataset(
    name: HubName,
    out: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    commit: str | None = None,
) -> PullSummary:
    """Fetch a dataset into ``out``, going on where an earlier call stopped.

    Args:
        name: dataset and revision.
        out: a new folder, or one that holds an earlier start or an earlier version of the same dataset.
        progress: called with (bytes done, bytes in all).
        commit: the commit that the revision was resolved to, where the caller did that already.

    Raises:
        UserError: no such dataset or revision, not written by rsica, no access, or ``out`` holds something else.
        RunError: the Hub cannot be reached, or what came is not what the manifest says.
    """
    with locked_folder(out, "rsica-data pull"):
        return _pull(name, out, progress, commit)


def _pull(name: HubName, out: Path, progress: Callable[[int, int], None], commit: str | None) -> PullSummary:
    _check_out(out, name)
    api = open_client()
    commit = commit or resolve(api, name)
    remove_partial(out)
    known = _pulled(out)
    if known == {"repo": name.repo, "commit": commit, "joined": True} and (out / MANIFEST).is_file():
        return PullSummary(out, str(name), commit, 0, 0, 0, images=_images_of_joined(out))
    write_atomic(out / _WORK / _STARTED, dump_json_pretty({"repo": name.repo}))
    fetch = _Fetch(api, name, commit, out)
    manifest = read_manifest(fetch.plain(MANIFEST, out / _WORK), f"{name}: {MANIFEST}")
    _check_replaceable(out, name, manifest)
    files: dict[str, dict[str, Any]] = manifest["files"]
    sizes = {path: int(entry["bytes"]) for path, entry in files.items()}
    beside = list(_beside(api, name, commit, files))
    _remove_stale(out, files)
    fetched: list[str] = []
    done = 0
    for path, entry in files.items():
        if fetch.checked(path, entry):
            fetched.append(path)
        done += sizes[path]
        progress(done, sum(sizes.values()))
    for path in beside:
        fetch.plain(path, out)
    _finish(out, name, commit)
    return PullSummary(
        out=out,
        name=str(name),
        commit=commit,
        files=len(files) + len(beside) + 1,
        fetched=len(fetched),
        fetched_bytes=sum(sizes[path] for path in fetched),
        images="withheld" if "withheld" in manifest else "included",
    )


def clear_pulled(out: Path) -> None:
    """Delete what a pull that was killed at its very end left in a folder that is whole."""
    if (out / _WORK).is_dir() or (out / LOCK).is_file():
        with locked_folder(out, "rsica-data pull", wait=True):
            remove_partial(out)
            shutil.rmtree(out / _WORK, ignore_errors=True)


def resolve(api: HfApi, name: HubName, what: str | None = None, tries: int = TRIES) -> str:
    """The commit that a revision stands for now; ``what`` and ``tries`` as in :func:`ask`."""
    info = ask(lambda: api.dataset_info(name.repo, revision=name.revision), what or str(name), tries)
    return str(info.sha)


def _check_out(out: Path, name: HubName) -> None:
    started = _read_object(out / _WORK / _STARTED)
    if started is not None and started.get("repo") != name.repo:
        raise UserError(f"holds the start of a pull of '{started.get('repo')}'", file=out, hint="give a new folder")
    if started is None and holds_files(out) and not (out / MANIFEST).is_file():
        raise UserError("folder is not empty and holds no dataset", file=out, hint="give a new folder")


def _check_replaceable(out: Path, name: HubName, manifest: Mapping[str, Any]) -> None:
    """What is in the folder may be replaced where it came from the same dataset, or is the same data."""
    there = _read_object(out / MANIFEST)
    if there is None or there.get("files") == manifest["files"]:
        return
    known = _pulled(out)
    if known is None or known.get("repo") != name.repo:
        shutil.rmtree(out / _WORK)
        raise UserError(f"holds another dataset than '{name}'", file=out, hint="give a new folder")


def _pulled(out: Path) -> dict[str, Any] | None:
    return _read_object(out / PULL_INFO)


def _read_object(path: Path) -> dict[str, Any] | None:
    try:
        return read_json_object(path, "a file of rsica")
    except UserError:
        return None


def _images_of_joined(out: Path) -> str:
    """What a folder holds whose images were joined: a join that was killed at its very end has its tables still."""
    if "withheld" in read_json_object(out / MANIFEST, "the manifest of a dataset"):
        return "withheld"
    shutil.rmtree(out / JOIN, ignore_errors=True)
    return "joined"


def _beside(api: HfApi, name: HubName, commit: str, data: Mapping[str, Any]) -> Iterator[str]:
    def listing() -> list[str]:
        entries = api.list_repo_tree(name.repo, recursive=True, revision=commit, repo_type="dataset")
        return sorted(entry.path for entry in entries)

    for path in ask(listing, str(name)):
        figure = PurePosixPath(path).parent.as_posix() == "figures" and path.endswith(".svg")
        if path not in data and (path in BESIDE or figure) and safe_path(path):
            yield path


def _remove_stale(out: Path, files: Mapping[str, Any]) -> None:
    """Delete shards of an earlier version, which ``load_dataset`` would read along with the new ones."""
    (out / MANIFEST).unlink(missing_ok=True)
    for part in ("pairs", "instructions", JOIN):
        for path in (out / part).glob("*.parquet"):
            if path.relative_to(out).as_posix() not in files:
                path.unlink()


def _finish(out: Path, name: HubName, commit: str) -> None:
    data = read_bytes(out / _WORK / MANIFEST)
    shutil.rmtree(out / ".cache" / "huggingface", ignore_errors=True)
    if (out / ".cache").is_dir() and not any((out / ".cache").iterdir()):
        (out / ".cache").rmdir()
    write_atomic(out / PULL_INFO, dump_json_pretty({"repo": name.repo, "commit": commit, "joined": False}))
    write_atomic(out / MANIFEST, data)
    shutil.rmtree(out / _WORK)


@dataclass(frozen=True)
class _Fetch:
    api: HfApi
    name: HubName
    commit: str
    out: Path

    def plain(self, path: str, folder: Path) -> Path:
        """Fetch a file that the manifest has no checksum of; one of an earlier version is replaced."""
        (folder / path).unlink(missing_ok=True)
        return Path(self._download(path, folder))

    def checked(self, path: str, entry: Mapping[str, Any]) -> bool:
        """Fetch a file unless it is there with the right checksum; True where it was fetched.

        Raises:
            RunError: what came has another checksum, twice.
        """
        target = self.out / path
        if target.is_file() and is_first(target, entry):
            return False
        for _ in range(_FETCH_TRIES):
            target.unlink(missing_ok=True)
            self._download(path, self.out)
            if is_first(target, entry):
                return True
        target.unlink()
        raise RunError(f"{self.name}: {path}: what came has another checksum than the manifest says")

    def _download(self, path: str, folder: Path) -> str:
        def step() -> str:
            return self.api.hf_hub_download(
                self.name.repo, path, repo_type="dataset", revision=self.commit, local_dir=folder, etag_timeout=30
            )

        return ask(step, f"{self.name}: {path}")
