"""Files of an input folder: regular ones, inside it, and read whole only up to a limit.

Who makes an input folder and who builds from it are often two people: a symbolic link, a pipe or a device in it must
not make a build read what lies elsewhere, or wait, or fill the memory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.streamed_files import located

_MOST_OPEN = 16
"""Folders that stay open: those of a layout by splits and sides, not one of each pair."""
_OPENED = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
"""How files are opened: a pipe, put in the place of a file that was looked at, would block otherwise."""


def checked_file(root: Path | None, path: str | Path) -> Path:
    """The absolute path of a regular file, links followed.

    Args:
        root: the input folder, which links must not leave; None for a file that a user names, which may lie anywhere.
        path: the file, relative to the folder.

    Raises:
        InvalidItemError: ``missing-file``, ``outside-input``, or ``unreadable-file`` where it is no regular file.
    """
    root = located(root, path)
    named = Path(path) if root is None else root / path
    try:
        real = os.path.realpath(named, strict=True)
        mode = os.stat(real).st_mode  # noqa: PTH116 - a string here, for 10,000 files
    except FileNotFoundError:
        raise InvalidItemError("missing-file", f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise InvalidItemError("unreadable-file", f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device, pipe or socket"
        raise InvalidItemError("unreadable-file", f"{path}: is {kind}, not a file")
    if root is not None and not _is_inside(real, root):
        raise _outside(path)
    return Path(real)


def _outside(path: str | Path) -> InvalidItemError:
    problem = f"{path}: a link to a file outside the input folder; copy the file into it"
    return InvalidItemError("outside-input", problem)


def _is_inside(real: str, root: Path) -> bool:
    # What begins a path without links has none itself: most folders need no look at the disk.
    folder = os.fspath(root)
    plain = _normal(folder) if os.path.isabs(folder) else os.path.abspath(folder)  # noqa: PTH117, PTH100 - the same
    return _begins(plain, real) or _begins(os.path.realpath(root), real)


@lru_cache(maxsize=64)
def _normal(folder: str) -> str:
    return os.path.abspath(folder)  # noqa: PTH100 - the same


def _begins(folder: str, path: str) -> bool:
    return path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def read_bounded(root: Path | None, path: str | Path, limit: int, hint: str) -> bytes:
    """The bytes of a file of at most ``limit`` bytes.

    Args:
        root: as for :func:`checked_file`.
        path: the same.
        limit: most bytes.
        hint: for the message where there are more.

    Raises:
        InvalidItemError: as :func:`checked_file`; ``image-too-large`` past the limit.
    """
    root = located(root, path)
    folders = _folders.get()
    if folders is not None and root is not None and (data := folders.read(root, os.fspath(path), limit)) is not None:
        return data
    named = os.fspath(path) if root is None else os.path.join(root, path)  # noqa: PTH118 - a string, for 10,000 files
    try:
        if not stat.S_ISREG(os.stat(named).st_mode):  # noqa: PTH116 - the same
            checked_file(root, path)
        handle = os.open(named, _OPENED)
    except (OSError, ValueError):
        # Which says in its own words what is wrong; what has come since is read at the next try.
        checked_file(root, path)
        raise InvalidItemError("unreadable-file", f"{path}: cannot be opened") from None
    try:
        return _read(root, path, named, handle, limit, hint)
    except OSError as error:
        raise InvalidItemError("unreadable-file", f"{path}: {error.strerror or error}") from error
    finally:
        os.close(handle)


def _read(root: Path | None, path: str | Path, named: str, handle: int, limit: int, hint: str) -> bytes:
    """The bytes of an open file, opened as ``named`` and checked as it is open: nobody can exchange it any more."""
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise InvalidItemError("unreadable-file", f"{path}: is no regular file")
    if root is not None and not _is_inside(_real_path(handle, named), root):
        raise _outside(path)
    left = min(status.st_size, limit) + 1
    data = os.read(handle, left)
    if len(data) != status.st_size:
        # A file that grows or shrinks meanwhile, or a disk that gives less than it is asked for.
        data = _rest(handle, data, left)
    if len(data) > limit:
        size = f"{status.st_size:,} bytes"
        raise InvalidItemError(
            "image-too-large", f"{path}: {size} are over the limit of {limit:,} for an image file; {hint}"
        )
    return data


def _rest(handle: int, data: bytes, most: int) -> bytes:
    parts, left = [data], most - len(data)
    while left and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _real_path(handle: int, named: str) -> str:
    """Where an open file lies, links followed: one question to the kernel where it answers, else one for each part."""
    try:
        return os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115 - a string, for 10,000 files
    except OSError:
        return os.path.realpath(named)


class _OpenFolders:
    """Folders of input files that stay open, each looked at once.

    A file is then opened by its name alone, which takes the kernel a third of the time; as it is no link, it lies where
    its folder does.
    """

    def __init__(self) -> None:
        self._handles: dict[tuple[Path, str], int | None] = {}

    def read(self, root: Path, path: str, limit: int) -> bytes | None:
        """The bytes of a file; None where it is not plainly one of at most ``limit`` bytes in a folder that is open."""
        folder, _, name = path.rpartition("/")
        try:
            inside = self._handles[root, folder]
        except KeyError:
            inside = self._open(root, folder)
        if inside is None:
            return None
        try:
            handle = os.open(name, _OPENED | os.O_NOFOLLOW, dir_fd=inside)
        except (OSError, ValueError):
            return None
        try:
            status = os.fstat(handle)
            size = status.st_size
            if not stat.S_ISREG(status.st_mode) or size > limit:
                return None
            data = os.read(handle, size + 1)
            return data if len(data) == size else None
        except OSError:
            return None
        finally:
            os.close(handle)

    def _open(self, root: Path, folder: str) -> int | None:
        if len(self._handles) >= _MOST_OPEN:
            return None
        self._handles[root, folder] = handle = _opened_folder(root, folder)
        return handle

    def close(self) -> None:
        """Close all folders."""
        handles, self._handles = self._handles, {}
        for handle in handles.values():
            if handle is not None:
                os.close(handle)


def _opened_folder(root: Path, folder: str) -> int | None:
    """A folder opened, and looked at as it is open; None where it is none, or lies outside of ``root``."""
    named = os.path.join(root, folder)  # noqa: PTH118 - as above
    try:
        handle = os.open(named, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if _is_inside(_real_path(handle, named) + os.sep, root):
        return handle
    os.close(handle)
    return None


_folders: ContextVar[_OpenFolders | None] = ContextVar("_folders", default=None)


@contextmanager
def folders_open() -> Iterator[None]:
    """Inside the block :func:`read_bounded` keeps the folders of its files open, for input that stays as it is."""
    folders = _OpenFolders()
    token = _folders.set(folders)
    try:
        yield
    finally:
        _folders.reset(token)
        folders.close()
