"""Sending a dataset to the Hub: only what is not there yet, and visible only as a whole.

Files are compared with the repository's tree first; what is the same is not sent. Large files go to the Hub's store in
batches, where they stay although nothing shows them yet: a publish that was killed finds them there and does not send
them again. One commit then adds, replaces and deletes everything at once, so that whoever loads the dataset sees the
old version or the new one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.dataset.hub import check_repo, parse_hub_name
from rsica_data.dataset.hub.client import ask, may_ask, need_login, open_client
from rsica_data.dataset.hub.names import MAIN
from rsica_data.dataset.publish.rights import ImagePolicy, image_policy
from rsica_data.dataset.publish.stage import Staged, check_address, stage_dataset
from rsica_data.dataset.publish.uploads import THREADS, Outbox, Upload
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema.manifest import MANIFEST

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

COMMIT_FILES = 1000
"""Files a commit names at most; a larger dataset takes several, the manifest in the last."""

_WORK = ".publish"


@dataclass(frozen=True)
class PublishOptions:
    """What to publish and how.

    Attributes:
        dataset: a built dataset in its folder.
        repo: ``USER/NAME``.
        tag: a tag for the commit; None for none.
        private: whether only the owner sees it; None leaves it as it is (public for a new one).
        gated: access on request, granted by itself (``auto``) or by hand (``manual``); ``off``; None leaves it.
        image_right: the publisher's statement of the right to pass the images on.
        without_images: leave the images out whatever their terms.
        replace: put the dataset in the place of something else that the repository holds.
        conversations: add a table with texts and images in one row, which the Hub's viewer shows whole.
        message: the commit's.
        progress: called with (bytes done, in all).
    """

    dataset: BuiltDataset
    repo: str
    tag: str | None = None
    private: bool | None = None
    gated: Literal["auto", "manual", "off"] | None = None
    image_right: str | None = None
    without_images: bool = False
    replace: bool = False
    conversations: bool = True
    message: str | None = None
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)


@dataclass(frozen=True)
class PublishPlan:
    """What a publish would do. ``compared`` is False where the Hub could not be asked."""

    repo: str
    policy: ImagePolicy
    send: tuple[Upload, ...]
    same: tuple[Upload, ...]
    delete: tuple[str, ...]
    compared: bool
    card_kept: bool


@dataclass(frozen=True)
class PublishSummary:
    """What a publish did."""

    plan: PublishPlan
    commit: str
    url: str
    created: bool
    tag: str | None


def plan_publish(options: PublishOptions) -> PublishPlan:
    """What :func:`publish` would send, without sending anything.

    Raises:
        UserError: as :func:`publish`, but for the key: without one, or offline, nothing is compared.
    """
    _check(options)
    with locked_folder(options.dataset.root, "rsica-data publish --dry-run"):
        return _plan_publish(options)


def _plan_publish(options: PublishOptions) -> PublishPlan:
    from huggingface_hub import get_token

    work = options.dataset.root / _WORK
    policy = _policy(options, work)
    try:
        staged = _stage(options, policy, work)
        compared = may_ask() and get_token() is not None
        remote: dict[str, str] = {}
        if compared:
            api = open_client()
            need_login(api)
            if _is_there(api, options.repo):
                remote = _tree(api, options.repo)
                _check_target(api, options, remote, work)
        return _plan(options.repo, policy, staged, remote, compared)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def publish(options: PublishOptions) -> PublishSummary:
    """Publish a dataset; killed at any time, the same call goes on without sending again what was sent.

    Raises:
        UserError: not a repository's name, no key or no rights, a changed file, a tag that names something else.
        RunError: the Hub could not be reached or failed again and again.
    """
    _check(options)
    api = open_client()
    need_login(api)
    with locked_folder(options.dataset.root, "rsica-data publish"):
        return _publish(options, api)


def _publish(options: PublishOptions, api: HfApi) -> PublishSummary:
    work = options.dataset.root / _WORK
    policy, outbox = _policy(options, work), Outbox(api, options.repo)
    try:
        if options.dataset.fetched is None:
            staged = _stage(options, policy, work)
            created = _prepare(api, options, work)
        else:  # its files are here one shard at a time, and sent then
            created = _prepare(api, options, work)
            staged = _stage(options, policy, work, _sender(api, options, outbox))
        first: list[PublishPlan] = []

        def step() -> str:
            # Asked again each time: a commit whose answer was lost has been made all the same.
            head = str(api.dataset_info(options.repo).sha)
            plan = _plan(options.repo, policy, staged, _tree(api, options.repo, head), compared=True)
            first.append(plan)
            return _send(api, options, plan, head, outbox)

        commit = ask(step, options.repo)
        _tag(api, options, commit)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    url = f"{api.endpoint}/datasets/{options.repo}"
    return PublishSummary(first[0], commit, url, created, options.tag)


def _sender(api: HfApi, options: PublishOptions, outbox: Outbox) -> Callable[[list[Upload]], None]:
    """Sends files that the repository has not, as it is now."""
    known = _tree(api, options.repo)

    def send(uploads: list[Upload]) -> None:
        new = [upload for upload in uploads if not upload.is_same(known.get(upload.path))]
        ask(lambda: outbox.send(new), options.repo)

    return send


def _check(options: PublishOptions) -> None:
    check_repo(options.repo, "--repo", hint="a version is given with --tag")
    if options.tag is not None and parse_hub_name(f"{options.repo}@{options.tag}", key="--tag").revision == MAIN:
        raise UserError("a tag cannot have the name of the branch", key="--tag", hint="for example v1")


def _policy(options: PublishOptions, work: Path) -> ImagePolicy:
    """Whether images go up; of a dataset at an address, after a look that its files are there.

    Raises:
        UserError: they are not, or the options contradict each other.
    """
    policy = image_policy(options.dataset.manifest, options.image_right, options.without_images)
    if options.dataset.fetched is not None:
        check_address(options.dataset, policy, work, options.conversations)
    return policy


def _stage(
    options: PublishOptions,
    policy: ImagePolicy,
    work: Path,
    deliver: Callable[[list[Upload]], None] = lambda uploads: None,
) -> Staged:
    shutil.rmtree(work, ignore_errors=True)
    dataset, conversations = options.dataset, options.conversations
    return stage_dataset(dataset, options.repo, policy, work, options.progress, conversations, deliver)


def _is_there(api: HfApi, repo: str) -> bool:
    return bool(ask(lambda: api.repo_exists(repo, repo_type="dataset"), repo))


def _prepare(api: HfApi, options: PublishOptions, work: Path) -> bool:
    """See that the repository may take the dataset, before anything is sent to it; True where it was created."""
    there = _is_there(api, options.repo)
    if there:
        _check_target(api, options, _tree(api, options.repo), work)
    _ensure_repo(api, options, there)
    return not there


def _check_target(api: HfApi, options: PublishOptions, remote: Mapping[str, str], work: Path) -> None:
    """Raises UserError where the repository holds something else than an earlier version of this dataset."""
    if options.replace:
        return
    hint = "give another --repo, or --replace to put this dataset in its place"
    if MANIFEST not in remote:
        foreign = [path for path in remote if not Staged.owns(path) and not path.startswith((".git", "LICENSE"))]
        if foreign:
            raise UserError(f"'{options.repo}' holds other files ('{foreign[0]}')", key="--repo", hint=hint)
        return

    def step() -> str:
        return api.hf_hub_download(options.repo, MANIFEST, repo_type="dataset", local_dir=work / "there")

    try:
        there = read_json_object(Path(ask(step, options.repo)), "the manifest of a dataset").get("name")
    except UserError:
        there = None
    if there != options.dataset.manifest["name"]:
        what = "another dataset" if there is None else f"the dataset '{there}'"
        raise UserError(f"'{options.repo}' holds {what}", key="--repo", hint=hint)


def _ensure_repo(api: HfApi, options: PublishOptions, there: bool) -> None:
    """Create the repository, or set what was asked of one that is there, before anything is sent to it."""
    repo = options.repo
    if not there:
        ask(lambda: api.create_repo(repo, repo_type="dataset", private=options.private, exist_ok=True), repo)
    info = ask(lambda: api.dataset_info(repo), repo)
    changes: dict[str, Any] = {}
    if options.private is not None and bool(info.private) != options.private:
        changes["private"] = options.private
    gated = {"off": False}.get(options.gated or "", options.gated)
    if options.gated is not None and info.gated != gated:
        changes["gated"] = gated
    if changes:
        ask(lambda: api.update_repo_settings(repo, repo_type="dataset", **changes), repo)


def _tree(api: HfApi, repo: str, commit: str | None = None) -> dict[str, str]:
    """Path to hash of every file of the repository: SHA-256 of large files, git's own of small ones."""
    from huggingface_hub.hf_api import RepoFile

    def step() -> dict[str, str]:
        listing = api.list_repo_tree(repo, recursive=True, revision=commit, repo_type="dataset")
        files = [entry for entry in listing if isinstance(entry, RepoFile)]
        return {file.path: file.lfs.sha256 if file.lfs is not None else file.blob_id for file in files}

    return ask(step, repo)


def _plan(repo: str, policy: ImagePolicy, staged: Staged, remote: dict[str, str], compared: bool) -> PublishPlan:
    same = [upload for upload in staged.uploads if upload.is_same(remote.get(upload.path))]
    ours, unchanged = {upload.path for upload in staged.uploads}, set(same)
    return PublishPlan(
        repo=repo,
        policy=policy,
        send=tuple(upload for upload in staged.uploads if upload not in unchanged),
        same=tuple(same),
        delete=tuple(sorted(path for path in remote if path not in ours and staged.owns(path))),
        compared=compared,
        card_kept=staged.card_kept,
    )


def _send(api: HfApi, options: PublishOptions, plan: PublishPlan, head: str, outbox: Outbox) -> str:
    """Send what the plan says; the commit that now stands.

    The plan was made for the commit ``head``. Where another one has come since, the Hub refuses, and it is tried again.

    Raises:
        RunError: another one has changed a file that is not here any more.
    """
    from huggingface_hub import CommitOperationDelete

    if not plan.send and not plan.delete:
        return head
    todo = [upload for upload in plan.send if upload not in outbox]
    gone = [upload.path for upload in todo if not upload.stays]
    if gone:
        raise RunError(f"{plan.repo}: '{gone[0]}' was changed there meanwhile; run the same command again to go on")
    total, done = sum(upload.bytes for upload in todo), 0

    def sent(size: int) -> None:
        nonlocal done
        done += size
        options.progress(done, total)

    outbox.send(todo, sent)
    deletions = [CommitOperationDelete(path) for path in plan.delete]
    message = options.message or f"{options.dataset.name}: data {options.dataset.hash[:12]}"
    for part in _commits(outbox.operations(plan.send), deletions):
        made = api.create_commit(
            plan.repo, part, commit_message=message, repo_type="dataset", num_threads=THREADS, parent_commit=head
        )
        head = str(made.oid)
    return head


def _commits(additions: list[CommitOperationAdd], deletions: list[Any]) -> Iterator[list[Any]]:
    """Operations of each commit: data first where one commit cannot hold all, what names the data in the last."""
    data = [operation for operation in additions if "/" in operation.path_in_repo]
    top = [operation for operation in additions if "/" not in operation.path_in_repo]
    while len(data) + len(top) + len(deletions) > COMMIT_FILES and data:
        yield data[:COMMIT_FILES]
        data = data[COMMIT_FILES:]
    last = [*data, *top, *deletions]
    if last:
        yield last


def _tag(api: HfApi, options: PublishOptions, commit: str) -> None:
    tag = options.tag
    if tag is None:
        return

    def step() -> None:
        refs = api.list_repo_refs(options.repo, repo_type="dataset")
        known = {ref.name: ref.target_commit for ref in refs.tags}
        if tag not in known:
            api.create_tag(options.repo, tag=tag, revision=commit, repo_type="dataset")
        elif known[tag] != commit:
            raise UserError(f"tag '{tag}' names another commit ({known[tag][:12]})", key="--tag", hint="take a new one")

    ask(step, f"{options.repo}: tag {tag}")
