"""The files of a dataset as they go up: its data, checked against the manifest, and the card of this repository.

The data files of one number are read together, and what is made of them is made then. Of a dataset at an address they
are fetched for that, handed on to who sends them, and may go from the disk with what was made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, sha256_bytes, sha256_file, write_atomic
from rsica_data.core.raw import read_bytes
from rsica_data.core.text_encoding import read_user_text
from rsica_data.dataset.cache_space import refuse_larger, size_of
from rsica_data.dataset.checksums import SHA256, is_first
from rsica_data.dataset.export import trl
from rsica_data.dataset.export.card import FIGURES, CardContext, is_own_card
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.dataset.hub.pull import BESIDE
from rsica_data.dataset.publish.own_card import CARD, card_and_figures
from rsica_data.dataset.publish.rights import ImagePolicy
from rsica_data.dataset.publish.uploads import Upload
from rsica_data.dataset.publish.withhold import PAIRS, withheld_manifest, withhold_shard
from rsica_data.dataset.reader import BuiltDataset, Shard
from rsica_data.dataset.stats import CountedShards
from rsica_data.schema.manifest import MANIFEST

CONVERSATIONS = "conversations"
"""Folder of the table that joins texts and images; it is made of the others, and no data file of the manifest."""

_OWN_FOLDERS = ("pairs/", "instructions/", "join/", f"{FIGURES}/", f"{CONVERSATIONS}/")


@dataclass(frozen=True, slots=True)
class Staged:
    """All files of one version of a dataset, and what of the repository belongs to the dataset."""

    uploads: tuple[Upload, ...]
    card_kept: bool

    @staticmethod
    def owns(path: str) -> bool:
        """Whether a file of the repository is one that a version of the dataset wrote there."""
        return path in BESIDE or path == MANIFEST or path.startswith(_OWN_FOLDERS)


@dataclass(frozen=True)
class _Staging:
    """What is made of the data files of a dataset, and where.

    Attributes:
        dataset: whose files.
        work: the folder for what is made of those that lie in a folder.
        strips: whether pairs go up without their images.
        joined: whether the table ``conversations`` goes up.
        counted: what the rows count, for the card.
        entries: what the manifest says of files that were made, by name.
    """

    dataset: BuiltDataset
    work: Path
    strips: bool
    joined: bool
    counted: CountedShards = field(default_factory=CountedShards)
    entries: dict[str, Any] = field(default_factory=dict)

    def bytes_made(self, size: int) -> int:
        """Bytes that are reserved for what is made of data files of one number, with a size in all.

        The table has each image once, and few a second time; what is left without images is a small part of them.
        """
        return size if self.joined else size // 4 if self.strips else 0


def _staging(dataset: BuiltDataset, policy: ImagePolicy, work: Path, conversations: bool) -> _Staging:
    strips = not policy.include and "withheld" not in dataset.manifest
    return _Staging(dataset, work, strips, conversations and policy.include)


def stage_dataset(
    dataset: BuiltDataset,
    repo: str,
    policy: ImagePolicy,
    work: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    conversations: bool = True,
    deliver: Callable[[list[Upload]], None] = lambda uploads: None,
) -> Staged:
    """Collect what goes up; what has to be made for it (card, figures, pairs without images) is written to ``work``.

    Args:
        dataset: a built or pulled dataset, in its folder or at an address.
        repo: the repository's name, for the card.
        policy: whether images are among it.
        work: a folder of our own.
        progress: called with (bytes checked, in all).
        conversations: add the table ``conversations``, where the images go up too.
        deliver: called with the data files of each shard: those of a dataset at an address are here until it returns.

    Raises:
        UserError: a file is missing, or is not what the manifest says.
        RunError: a file could not be fetched.
    """
    staging = _staging(dataset, policy, work, conversations)
    total, done = _bytes_of(dataset, list(dataset.manifest["files"])), 0
    uploads: list[Upload] = []
    for paths, shard in _by_number(dataset):
        with ExitStack() as stack:
            group = _stage_shard(staging, paths, shard, stack)
            deliver(group)
        uploads += group
        done += _bytes_of(dataset, paths)
        progress(done, total)
    manifest = dataset.manifest
    if staging.strips:
        manifest = withheld_manifest(manifest, staging.entries, policy.reason)
    hashes = {upload.path: upload.sha256 for upload in uploads if upload.path in manifest["files"]}
    kept = _write_beside(staging, manifest, repo, policy, hashes)
    uploads += _beside(dataset, work)
    return Staged(tuple(sorted(uploads, key=lambda upload: upload.path)), kept)


def check_address(dataset: BuiltDataset, policy: ImagePolicy, work: Path, conversations: bool) -> None:
    """See that what :func:`stage_dataset` reads is at the dataset's address, and that the cache may hold what it makes.

    Raises:
        UserError: a file is missing or has another size, or a shard needs more than all copies may have.
    """
    dataset.check_files()
    if dataset.fetched is not None:
        staging = _staging(dataset, policy, work, conversations)
        largest = max((_bytes_of(dataset, paths) for paths, _ in _by_number(dataset)), default=0)
        what = "needs for its largest shard and what is made of it"
        refuse_larger(largest + staging.bytes_made(largest), dataset.fetched.address, what)


def _bytes_of(dataset: BuiltDataset, paths: list[str]) -> int:
    return sum(int(dataset.manifest["files"][path]["bytes"]) for path in paths)


def _by_number(dataset: BuiltDataset) -> list[tuple[list[str], Shard | None]]:
    """The data files of the manifest that bear one name, in several folders, and the shard that they are of."""
    shards = {shard.pairs.name: shard for shard in dataset.shards()}
    groups: dict[str, list[str]] = {name: [] for name in shards}
    for path in dataset.manifest["files"]:
        groups.setdefault(PurePosixPath(path).name, []).append(path)
    return [(paths, shards.get(name)) for name, paths in groups.items()]


def _stage_shard(staging: _Staging, paths: list[str], shard: Shard | None, stack: ExitStack) -> list[Upload]:
    """Check the files of one number and make what goes up of them; they are here until the stack is closed."""
    dataset = staging.dataset
    for path in paths:
        stack.enter_context(dataset.held(dataset.root / path))
    uploads = {path: _checked(dataset, path) for path in paths}
    if shard is not None:
        staging.counted.add(dataset, shard)
        uploads |= _make(staging, paths, shard, stack)
    return list(uploads.values())


def _checked(dataset: BuiltDataset, path: str) -> Upload:
    """A data file, with the SHA-256 that the Hub and Croissant ask for, after a look that it is the manifest's.

    Raises:
        UserError: it is not there, or is another.
    """
    file, entry = dataset.root / path, dataset.manifest["files"][path]
    if not file.is_file():
        raise UserError("is in the manifest, but not there", file=dataset.shown(file), hint="run the same build again")
    if dataset.fetched is not None:
        dataset.check_file(file)  # one that came damaged is deleted
    if not is_first(file, entry):
        raise UserError(
            "is not what the manifest says: it was changed", file=dataset.shown(file), hint="build it again"
        )
    sha256 = str(entry[SHA256]) if entry.get(SHA256) else sha256_file(file)
    return Upload.of(path, file, sha256, stays=dataset.fetched is None)


def _make(staging: _Staging, paths: list[str], shard: Shard, stack: ExitStack) -> dict[str, Upload]:
    """What is made of a shard, by its path in the repository."""
    if not staging.strips and not staging.joined:
        return {}
    dataset, place, reserved = staging.dataset, staging.work, 0
    if dataset.fetched is not None:
        reserved = staging.bytes_made(_bytes_of(dataset, paths))
        place = stack.enter_context(dataset.fetched.place(shard.pairs.name, reserved))
    made: list[str] = []
    for path in paths if staging.strips else ():
        if path.startswith(PAIRS):
            entries = withhold_shard(dataset, path, place)
            staging.entries.update(entries)
            made += entries
    if staging.joined:
        trl.export_shard(dataset, shard, place / CONVERSATIONS, trl.TrlOptions())
        made.append(f"{CONVERSATIONS}/{shard.pairs.name}")
    if dataset.fetched is not None and (more := size_of(place) - reserved) > 0:
        stack.enter_context(dataset.fetched.place(f"{shard.pairs.name}-more", more))
    stays = dataset.fetched is None
    return {name: Upload.of(name, place / name, sha256_file(place / name), stays=stays) for name in made}


def _write_beside(
    staging: _Staging, manifest: Mapping[str, Any], repo: str, policy: ImagePolicy, hashes: Mapping[str, str]
) -> bool:
    """Card, figures, croissant.json and manifest.json for the repository; True where a card of the user's is kept."""
    dataset, work = staging.dataset, staging.work
    context = CardContext(repo=repo, images=policy.reason, conversations=staging.joined)
    card, figures = card_and_figures(dataset, manifest, staging.counted, context)
    own = dataset.root / CARD
    text = read_user_text(own) if own.is_file() else card
    kept = not is_own_card(text)
    if kept and not policy.include and policy.reason not in text:
        text = f"{text.rstrip()}\n\n## Images\n\n{policy.reason}\n"
    same = manifest is dataset.manifest
    files: dict[str, str | bytes] = {f"{FIGURES}/{name}": drawing for name, drawing in figures.items()}
    files |= {CARD: text if kept else card, "croissant.json": write_croissant(dict(manifest), repo, hashes)}
    files[MANIFEST] = read_bytes(dataset.root / MANIFEST) if same else dump_json_pretty(manifest)
    size = sum(len(content.encode() if isinstance(content, str) else content) for content in files.values())
    with nullcontext() if dataset.fetched is None else dataset.fetched.place("beside", size):
        for name, content in files.items():
            write_atomic(work / name, content)
    return kept


def _beside(dataset: BuiltDataset, work: Path) -> Iterator[Upload]:
    """What stands beside the data; ``build_info.json`` and ``pull_info.json`` say what varies and stay here."""
    files = {name: dataset.root / name for name in BESIDE if (dataset.root / name).is_file()}
    files |= {name: work / name for name in (CARD, "croissant.json", MANIFEST)}
    files |= {f"{FIGURES}/{file.name}": file for file in sorted((work / FIGURES).glob("*.svg"))}
    for path, file in files.items():
        data = read_bytes(file)
        yield Upload(path, file, len(data), sha256_bytes(data))
