"""The files of a dataset as they go up: its data, checked against the manifest, and the card of this repository."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, sha256_bytes, sha256_file, write_atomic
from rsica_data.core.raw import read_bytes
from rsica_data.core.text_encoding import read_user_text
from rsica_data.dataset.checksums import SHA256, is_first
from rsica_data.dataset.export import trl
from rsica_data.dataset.export.card import CardContext, is_own_card, write_card
from rsica_data.dataset.export.card_plots import write_figures
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.dataset.hub.pull import BESIDE
from rsica_data.dataset.publish.rights import ImagePolicy
from rsica_data.dataset.publish.withhold import withhold_images
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.stats import dataset_stats, provenance_stats, read_assist_report
from rsica_data.schema.manifest import MANIFEST

CONVERSATIONS = "conversations"
"""Folder of the table that joins texts and images; it is made of the others, and no data file of the manifest."""

_OWN_ROOMS = ("pairs/", "instructions/", "join/", "figures/", f"{CONVERSATIONS}/")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes up: its path in the repository, where it lies, and its hash."""

    path: str
    file: Path
    bytes: int
    sha256: str

    def git_oid(self) -> str:
        """The hash under which git, and so the Hub, keeps a small file."""
        data = read_bytes(self.file)
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Staged:
    """All files of one version of a dataset, and what of the repository belongs to the dataset."""

    uploads: tuple[Upload, ...]
    card_kept: bool

    @staticmethod
    def owns(path: str) -> bool:
        """Whether a file of the repository is one that a version of the dataset wrote there."""
        return path in BESIDE or path == MANIFEST or path.startswith(_OWN_ROOMS)


def stage_dataset(
    dataset: BuiltDataset,
    repo: str,
    policy: ImagePolicy,
    work: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    conversations: bool = True,
) -> Staged:
    """Collect what goes up; what has to be made for it (card, figures, pairs without images) is written to ``work``.

    Args:
        dataset: a built or pulled dataset, in its folder.
        repo: the repository's name, for the card.
        policy: whether images are among it.
        work: a folder of our own.
        progress: called with (bytes checked, in all).
        conversations: add the table ``conversations``, where the images go up too.

    Raises:
        UserError: a file is missing, or is not what the manifest says.
    """
    hashes = _checked_data(dataset, progress)
    manifest = dataset.manifest
    made: dict[str, Path] = {}
    if not policy.include and "withheld" not in manifest:
        manifest = withhold_images(dataset, work, policy.reason)
        made = {path: work / path for path in manifest["files"] if (work / path).is_file()}
        hashes |= {path: sha256_file(file) for path, file in made.items()}
    uploads = [
        Upload(path, made.get(path, dataset.root / path), int(entry["bytes"]), hashes[path])
        for path, entry in manifest["files"].items()
    ]
    joined = conversations and "withheld" not in manifest
    if joined:
        trl.export(dataset, work / CONVERSATIONS, trl.TrlOptions())
    kept = _write_beside(dataset, manifest, repo, policy, work, joined, hashes)
    uploads += _beside(dataset, work)
    return Staged(tuple(sorted(uploads, key=lambda upload: upload.path)), kept)


def _checked_data(dataset: BuiltDataset, progress: Callable[[int, int], None]) -> dict[str, str]:
    """SHA-256 of each data file, which the Hub and Croissant ask for, after a look that it is the manifest's.

    Raises:
        UserError: one is not there, or is another.
    """
    hashes: dict[str, str] = {}
    files = dataset.manifest["files"]
    total, done = sum(int(entry["bytes"]) for entry in files.values()), 0
    for path, entry in files.items():
        file = dataset.root / path
        if not file.is_file():
            raise UserError("is in the manifest, but not there", file=file, hint="run the same build again")
        if not is_first(file, entry):
            raise UserError("is not what the manifest says: it was changed", file=file, hint="build it again")
        hashes[path] = str(entry[SHA256]) if entry.get(SHA256) else sha256_file(file)
        done += int(entry["bytes"])
        progress(done, total)
    return hashes


def rewrite_card(dataset: BuiltDataset, repo: str | None, force: bool = False) -> list[Path]:
    """Write the dataset's own README.md and figures again, with statistics; the files that were written.

    Raises:
        UserError: README.md was changed by hand, and ``force`` is not given.
    """
    own = dataset.root / "README.md"
    if own.is_file() and not force and not is_own_card(read_user_text(own)):
        raise UserError("was changed by hand", file=own, hint="--force writes over it")
    text, figures = _card(dataset, dataset.manifest, repo, None)
    paths = [dataset.root / "figures" / name for name in figures]
    for path in paths:
        write_atomic(path, figures[path.name])
    write_atomic(own, text)
    return [own, *paths]


def _card(
    dataset: BuiltDataset,
    manifest: Mapping[str, Any],
    repo: str | None,
    images: str | None,
    conversations: bool = False,
) -> tuple[str, dict[str, str]]:
    """README.md and the figures that it shows, by name."""
    stats = dataset_stats(dataset)
    figures = write_figures(stats)
    context = CardContext(
        repo=repo,
        stats=stats,
        provenance=tuple(provenance_stats(dataset)),
        figures=tuple(figures),
        assist=read_assist_report(dataset),
        images=images,
        conversations=conversations,
    )
    return write_card(dataset.root, dict(manifest), context), figures


def _write_beside(
    dataset: BuiltDataset,
    manifest: Mapping[str, Any],
    repo: str,
    policy: ImagePolicy,
    work: Path,
    conversations: bool,
    hashes: Mapping[str, str],
) -> bool:
    """Card, figures, croissant.json and manifest.json for the repository; True where a card of the user's is kept."""
    card, figures = _card(dataset, manifest, repo, policy.reason, conversations)
    own = dataset.root / "README.md"
    text = read_user_text(own) if own.is_file() else card
    kept = not is_own_card(text)
    if kept and not policy.include and policy.reason not in text:
        text = f"{text.rstrip()}\n\n## Images\n\n{policy.reason}\n"
    for name, drawing in figures.items():
        write_atomic(work / "figures" / name, drawing)
    write_atomic(work / "README.md", text if kept else card)
    write_atomic(work / "croissant.json", write_croissant(dict(manifest), repo, hashes))
    same = manifest is dataset.manifest
    write_atomic(work / MANIFEST, read_bytes(dataset.root / MANIFEST) if same else dump_json_pretty(manifest))
    return kept


def _beside(dataset: BuiltDataset, work: Path) -> Iterator[Upload]:
    """What stands beside the data; ``build_info.json`` and ``pull_info.json`` say what varies and stay here."""
    files = {name: dataset.root / name for name in BESIDE if (dataset.root / name).is_file()}
    files |= {name: work / name for name in ("README.md", "croissant.json", MANIFEST)}
    files |= {f"figures/{file.name}": file for file in sorted((work / "figures").glob("*.svg"))}
    for path, file in files.items():
        data = read_bytes(file)
        yield Upload(path, file, len(data), sha256_bytes(data))
    for file in sorted((work / CONVERSATIONS).glob("*.parquet")):
        yield Upload(f"{CONVERSATIONS}/{file.name}", file, file.stat().st_size, sha256_file(file))
