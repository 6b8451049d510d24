"""Folders that are no local ones: ``s3://bucket/folder``, ``gs://``, ``hf://`` and whatever else fsspec knows.

Reads and writes are tried again; a file has its name only when it is whole. `remote_copies` has whole folders.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from rsica_data.core import hub_writes
from rsica_data.core.errors import RunError, UserError, one_line
from rsica_data.core.extras import install_command, need_extra
from rsica_data.core.files import LOCK, atomic_path

TRIES = 8
"""How often a file is tried."""
_FIRST_WAIT = 0.2
_AT_ONCE = 4
_ADDRESS = re.compile(r"(?P<protocol>[a-z][a-z0-9+.-]+):/{1,2}(?P<place>[^/].*)", re.DOTALL)
_WHOLE_AT_ONCE = frozenset(("s3", "s3a", "gs", "gcs", "hf", "memory", "az", "abfs", "oss"))
"""Protocols of object stores: an object has its name when all of it is there. With others a file is renamed to it."""

BUCKETS = _WHOLE_AT_ONCE - {"memory"}
"""Protocols whose addresses begin with a bucket, or with what else belongs to one owner."""

_NO_KEYS = frozenset(("NoCredentialsError", "PartialCredentialsError"))
"""Errors of botocore that no further try mends."""

ONE_BY_ONE = ("hf://",)
"""Where each file that is written is a commit, and a commit follows the one before it."""

Value = TypeVar("Value")


def address_of(path: Path | str | None) -> str | None:
    """The address that a path given on the command line stands for; None for a local one, and for one that is there.

    Raises:
        UserError: it is a protocol alone.

    Example:
        >>> address_of(Path("s3://bucket/pairs")), address_of(Path("pairs"))
        ('s3://bucket/pairs', None)
    """
    text = str(path or "")
    match = _ADDRESS.fullmatch(text)
    protocol, colon, place = text.partition(":")
    if match is None and colon and protocol in _WHOLE_AT_ONCE and not place.strip("/") and not Path(text).exists():
        raise UserError(
            "names no bucket or folder", file=f"{protocol}://", hint=f"for example {protocol}://bucket/folder"
        )
    if match is None or Path(text).exists():
        return None
    return f"{match['protocol']}://{match['place'].rstrip('/')}"


def shown(path: Path) -> str:
    """A folder as it was given, for messages: pathlib takes one of the slashes from an address.

    >>> shown(Path("s3://bucket/pairs"))
    's3://bucket/pairs'
    """
    return address_of(path) or str(path)


@dataclass(frozen=True)
class RemoteFolder:
    """A folder at an address.

    Attributes:
        address: with its protocol.
        system: fsspec's file system.
        root: the folder's name within it.
    """

    address: str
    system: Any
    root: str

    def files(self) -> dict[str, dict[str, Any]]:
        """What the system tells of each file, by its path below the folder; empty where the folder is not there.

        Locks are no content of a folder, and not listed.

        Raises:
            UserError: a name that would lie outside the folder.
            RunError: it cannot be asked.
        """

        def find() -> dict[str, dict[str, Any]]:
            self.system.invalidate_cache()
            try:
                entries: dict[str, dict[str, Any]] = self.system.find(self.root, detail=True)
            except FileNotFoundError:
                entries = {}
            self.system.invalidate_cache()  # it would be kept beside: more than a kilobyte a file
            return entries

        files = {}
        for name, info in self._tried("list", "", find).items():
            inside = name.removeprefix(self.root).lstrip("/")
            if PurePosixPath(inside).name == LOCK:
                continue
            if not inside or ".." in PurePosixPath(inside).parts or "\0" in inside:
                raise UserError(f"holds a file of the name '{name}'", file=self.address)
            files[inside] = info
        return files

    def get(self, name: str, target: Path) -> None:
        """Copy a file here.

        Raises:
            RunError: it failed again and again; nothing is there then.
        """

        def copy() -> None:
            with atomic_path(target) as partial:
                self.system.get_file(self.at(name), str(partial))
                size = self.system.info(self.at(name))["size"]
                if size is not None and partial.stat().st_size != size:
                    raise ConnectionError(f"{partial.stat().st_size} of {size} bytes came")

        self._tried("read", name, copy)

    def put(self, source: Path, name: str) -> None:
        """Copy a file there; it has its name when it is whole.

        Raises:
            RunError: it failed again and again.
        """
        target = self.at(name)
        whole = not self._renames()
        partial = target if whole else f"{target.rpartition('/')[0]}/.partial-{target.rpartition('/')[2]}"

        def copy() -> None:
            if not whole:
                self.system.makedirs(target.rpartition("/")[0], exist_ok=True)
            self.system.put_file(str(source), partial)
            self.system.invalidate_cache()
            try:
                size = self.system.info(partial)["size"]
            except FileNotFoundError:
                raise ConnectionError("it is not there after it was written") from None
            if size != source.stat().st_size:
                raise ConnectionError(f"{size} of {source.stat().st_size} bytes went")
            if not whole:
                self.system.mv(partial, target)

        self._tried("write", name, copy)

    def read(self, name: str) -> bytes | None:
        """The content of a small file; None where it is not there.

        Raises:
            RunError: it failed again and again.
        """

        def cat() -> bytes | None:
            if self.address.startswith(ONE_BY_ONE):
                return hub_writes.read(self.system, self.at(name))
            self.system.invalidate_cache()
            try:
                return bytes(self.system.cat_file(self.at(name)))
            except FileNotFoundError:
                return None

        return self._tried("read", name, cat)

    def create(self, name: str, data: bytes) -> bool | None:
        """Write a small file where none of its name is there.

        Returns:
            True where it was written; False where one is there, which may be this one, where the answer to an earlier
            try was lost; None where the store does not know this condition, and nothing was written.

        Raises:
            RunError: it failed again and again.
        """
        if self.address.startswith(ONE_BY_ONE):
            return self.swap(name, None, data)

        def pipe() -> bool | None:
            try:
                if self._renames():
                    self.system.makedirs(self.at(name).rpartition("/")[0], exist_ok=True)
                self.system.pipe_file(self.at(name), data, mode="create")
            except FileExistsError:
                return False
            except Exception as error:
                if _is_unknown_to_store(error):
                    return None
                raise
            return True

        return self._tried("write", name, pipe)

    def swap(self, name: str, expected: bytes | None, data: bytes | None) -> bool | None:
        """Replace a small file where it has an expected content, at ``hf://``.

        Args:
            name: the file.
            expected: its content; None where none may be there.
            data: the new one; None deletes it.

        Returns:
            Whether it has the new content; None where the store does not know this condition, and nothing was done.

        Raises:
            UserError: no such repository.
            RunError: it failed again and again.
        """
        if not self.address.startswith(ONE_BY_ONE):
            return None
        return self._tried("write", name, lambda: hub_writes.swap(self.system, self.at(name), expected, data))

    def _renames(self) -> bool:
        """Whether a file that is written gets its name by renaming it: elsewhere it has it when all of it is there."""
        return self.address.partition(":")[0] not in _WHOLE_AT_ONCE

    def remove(self, name: str = "") -> None:
        """Delete a file, or the whole folder; what is not there is deleted.

        Raises:
            RunError: it failed again and again.
        """

        def delete() -> None:
            self.system.invalidate_cache()
            with suppress(FileNotFoundError):
                self.system.rm(self.at(name) if name else self.root, recursive=not name)

        self._tried("delete", name, delete)

    def at(self, name: str) -> str:
        """The name of a file within the file system."""
        return f"{self.root}/{name}"

    def _tried(self, what: str, name: str, work: Callable[[], Value]) -> Value:
        """What ``work`` gives; tried again after whatever may pass."""
        place = f"{self.address}/{name}" if name else self.address
        for left in range(TRIES - 1, -1, -1):
            try:
                return work()
            except (UserError, FileNotFoundError, PermissionError, IsADirectoryError) as error:
                if isinstance(error, UserError):
                    raise
                raise UserError(f"cannot {what} it: {one_line(error)}", file=place) from error
            except Exception as error:
                if type(error).__name__ in _NO_KEYS:
                    hint = "keys are read from the environment of each machine that reads or writes"
                    raise UserError(f"cannot {what} it: {one_line(error)}", file=place, hint=hint) from error
                if not left:
                    problem = f"{place}: cannot {what} it, tried {TRIES} times: {one_line(error)}"
                    raise RunError(f"{problem}; run the same command again to go on") from error
                time.sleep(_FIRST_WAIT * 2 ** (TRIES - 1 - left))
        raise AssertionError


def open_remote(address: str) -> RemoteFolder:
    """The folder at an address. Keys and endpoints are those of the environment (``AWS_ACCESS_KEY_ID`` ...).

    Raises:
        UserError: the package for its protocol is not installed, or there is none.
    """
    with need_extra():
        import fsspec  # type: ignore[import-untyped]
    try:
        system, root = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise UserError(one_line(error), file=address, hint=install_command("cloud")) from None
    except ValueError as error:
        hint = "give a folder, or an address such as s3://bucket/folder"
        raise UserError(str(error).partition("\n")[0], file=address, hint=hint) from None
    if address.startswith("hf://"):
        from huggingface_hub.utils.tqdm import disable_progress_bars

        disable_progress_bars()
    return RemoteFolder(address, system, str(root).rstrip("/"))


def stamp_of(info: dict[str, Any]) -> list[str]:
    """What changes with a file's content, as far as its system tells."""
    state = (
        info.get(name) for name in ("ETag", "etag", "md5Hash", "blob_id", "LastModified", "updated", "mtime", "created")
    )
    return [str(info.get("size")), str(next((value for value in state if value), ""))]


def _is_unknown_to_store(error: Exception) -> bool:
    """Whether fsspec or the store itself says that it cannot do what was asked of it."""
    unknown = isinstance(error, NotImplementedError) or "NotImplemented" in str(error)
    return unknown or getattr(error, "errno", None) == errno.ENOSYS
