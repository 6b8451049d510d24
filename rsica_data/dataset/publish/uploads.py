"""Files that go up to the Hub, and sending them to its store, where nothing shows them until a commit names them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsica_data.core.raw import read_bytes

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

BATCH_FILES = 16
BATCH_BYTES = 2 << 30
SMALL_BYTES = 16 << 20
"""No file that the Hub keeps in git itself is larger."""
THREADS = 4


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes up.

    Attributes:
        path: in the repository.
        file: where it lies.
        bytes: its size.
        sha256: its hash.
        stays: whether it is here until all is sent; others are gone when their shard is sent.
        blob: git's hash of a small file that does not stay.
    """

    path: str
    file: Path
    bytes: int
    sha256: str
    stays: bool = True
    blob: str | None = None

    @staticmethod
    def of(path: str, file: Path, sha256: str, *, stays: bool) -> Upload:
        """A file that is here now."""
        size = file.stat().st_size
        return Upload(path, file, size, sha256, stays, None if stays or size > SMALL_BYTES else _blob_hash(file))

    def git_oid(self) -> str:
        """The hash under which git, and so the Hub, keeps a small file."""
        return self.blob or _blob_hash(self.file)

    def is_same(self, known: str | None) -> bool:
        """Whether it is the file that the Hub has under a hash: SHA-256 of a large one, git's own of a small one."""
        if known is None or len(known) == len(self.sha256):
            return known == self.sha256
        return self.bytes <= SMALL_BYTES and known == self.git_oid()


def _blob_hash(file: Path) -> str:
    data = read_bytes(file)
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class Outbox:
    """What has been sent to the Hub's store for a commit that is still to be made."""

    def __init__(self, api: HfApi, repo: str) -> None:
        self._api, self._repo = api, repo
        self._operations: dict[Upload, CommitOperationAdd] = {}

    def __contains__(self, upload: Upload) -> bool:
        return upload in self._operations

    def send(self, uploads: Iterable[Upload], sent: Callable[[int], None] = lambda size: None) -> None:
        """Send files that were not sent yet, in batches.

        Args:
            uploads: files that are here.
            sent: called with the bytes of each batch.
        """
        for batch in _batches(upload for upload in uploads if upload not in self):
            operations = [_operation(upload) for upload in batch]
            self._api.preupload_lfs_files(self._repo, operations, repo_type="dataset", num_threads=THREADS)
            for upload, operation in zip(batch, operations, strict=True):
                if not upload.stays and operation.path_or_fileobj:
                    # Small: it goes up with the commit itself.
                    operation.path_or_fileobj = read_bytes(upload.file)
                self._operations[upload] = operation
            sent(sum(upload.bytes for upload in batch))

    def operations(self, uploads: Iterable[Upload]) -> list[CommitOperationAdd]:
        """What a commit says of files that were sent."""
        # The client takes no operation a second time that it has committed.
        return [copy(self._operations[upload]) for upload in uploads]


def _operation(upload: Upload) -> CommitOperationAdd:
    from huggingface_hub import CommitOperationAdd

    operation = CommitOperationAdd(upload.path, upload.file)
    # Known already; without it the file would be read once more.
    operation.upload_info.sha256 = bytes.fromhex(upload.sha256)
    return operation


def _batches(uploads: Iterable[Upload]) -> Iterator[list[Upload]]:
    batch: list[Upload] = []
    for upload in uploads:
        if batch and (len(batch) >= BATCH_FILES or sum(u.bytes for u in batch) + upload.bytes > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(upload)
    if batch:
        yield batch
