"""Images of an input folder that stay at its address until they are read, and go from the disk after that.

The input folder then holds all other files, and of each image its name and size: a file without content. Whatever opens
an image of it goes through :mod:`input_files`, which asks here first. An image comes into a folder of this process,
with the files that belong beside it; those of the next pairs come meanwhile, and those of pairs that are done go.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rsica_data.core.files import TEMPORARY, as_failure
from rsica_data.core.locking import own_folder
from rsica_data.core.remote import RemoteFolder, open_remote
from rsica_data.imagery.image_listing import BESIDE, IMAGE_SUFFIXES

_PAIRS_AHEAD = 16
_AT_ONCE = 8
_open: dict[str, Stream] = {}


@dataclass(frozen=True)
class StreamedInput:
    """Where the images of an input folder lie. Travels to worker processes.

    Attributes:
        address: of the input folder.
        window: bytes of images that a process may have on its disk at once; those of the pair that is read come first.
    """

    address: str
    window: int


def stays_away(name: str) -> bool:
    """Whether a file of an input folder is left at its address until it is read."""
    return name.lower().endswith(IMAGE_SUFFIXES)


def processes_folder(root: Path) -> Path:
    """Where processes have the images that they read of an input folder."""
    return root.with_name(f"{root.name}.streamed")


@contextmanager
def streaming(
    root: Path | None, source: StreamedInput | None, pairs: Sequence[Mapping[str, str | None]]
) -> Iterator[Stream]:
    """Images of ``root`` are fetched where they are opened; nothing is done where ``source`` is None.

    Args:
        root: the input folder.
        source: where its images lie.
        pairs: files of the pairs that will be read, by role, in order.
    """
    if root is None or source is None:
        yield Stream(root, source, pairs)
        return
    with own_folder(processes_folder(root), "rsica-data reads images") as folder:
        stream = Stream(root, source, pairs, folder)
        before = _open.get(str(root))
        _open[str(root)] = stream
        try:
            yield stream
        finally:
            _open.pop(str(root))
            if before is not None:
                _open[str(root)] = before
            stream.close()


def located(root: Path | None, path: str | Path) -> Path | None:
    """The folder in which a file of an input folder is, where this process has it; else ``root`` itself.

    Raises:
        RunError: it could not be fetched.
    """
    stream = _open.get(str(root)) if _open and root is not None else None
    return root if stream is None else stream.folder_of(path)


class Stream:
    """The images of one input folder that this process has."""

    def __init__(
        self,
        root: Path | None,
        source: StreamedInput | None,
        pairs: Sequence[Mapping[str, str | None]],
        folder: Path | None = None,
    ) -> None:
        self._pairs, self._futures, self._sizes = pairs, dict[str, Future[None]](), dict[str, int]()
        self._planned: set[str] = set()
        self._source = source
        if root is None or source is None or folder is None:
            return
        self._root, self._remote, self._folder = root, open_remote(source.address), folder
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="input")

    def at(self, place: int) -> None:
        """The pair at ``place`` is read now: those of earlier ones go, those of the next ones are begun."""
        if self._source is None:
            return
        planned: dict[str, None] = {}
        held = 0
        for number, files in enumerate(self._pairs[place : place + _PAIRS_AHEAD]):
            names = [name for path in files.values() if path and (name := self._name(path)) and name not in planned]
            held += sum(self._size(name) for name in names)
            if number and held > self._source.window:
                break
            planned |= dict.fromkeys(names)
        self._planned = set(planned)
        for name in [name for name in self._futures if name not in planned]:
            self._drop(name)
        for name in planned:
            self._begin(name)

    def folder_of(self, path: str | Path) -> Path:
        """The folder in which a file is; an image is fetched where it has not come yet."""
        if self._folder in Path(path).parents:
            return self._folder
        name = self._name(path)
        if name is None:
            return self._root
        self._begin(name)
        self._futures[name].result()
        self._make_room(name)
        return self._folder

    def close(self) -> None:
        """Fetch nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _name(self, path: str | Path) -> str | None:
        """The name of an image of the folder; None for what is none, or is not there."""
        text = os.path.relpath(path, self._root) if Path(path).is_absolute() else os.path.normpath(path)
        inside = stays_away(text) and not text.startswith("..")
        return text if inside and (self._root / text).is_file() else None

    def _size(self, name: str) -> int:
        if name not in self._sizes:
            self._sizes[name] = (self._root / name).stat().st_size
        return self._sizes[name]

    def _begin(self, name: str) -> None:
        if name not in self._futures:
            self._futures[name] = self._pool.submit(_fetch, self._remote, self._root, self._folder, name)

    def _make_room(self, wanted: str) -> None:
        """Drop what nobody plans to read, first come first gone, but the file that is read now."""
        others = [name for name in self._futures if name not in self._planned and name != wanted]
        window = self._source.window if self._source is not None else 0
        held = sum(map(self._size, self._futures))
        for name in others:
            if held <= window:
                return
            held -= self._size(name)
            self._drop(name)

    def _drop(self, name: str) -> None:
        future = self._futures.pop(name)
        if not future.cancel():
            future.exception()  # it may still be coming
        # The files beside it stay: another image of its stem may have them too, and as links they need no space.
        (self._folder / name).unlink(missing_ok=True)
        self._sizes.pop(name, None)


def _fetch(remote: RemoteFolder, root: Path, folder: Path, name: str) -> None:
    for beside in _beside(root / name):
        if beside.is_file():
            _link(beside, folder / beside.relative_to(root))
    remote.get(name, folder / name)


def _beside(image: Path) -> list[Path]:
    """Names of the files that may belong to an image."""
    names = {image.with_name(image.name + suffix) for suffix in BESIDE} | {image.with_suffix(end) for end in BESIDE}
    return sorted(names - {image})


def _link(source: Path, target: Path) -> None:
    """Give a file a further name, or a copy where its disk knows no links; nothing where the name is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:
        partial = target.with_name(f"{TEMPORARY}{threading.get_ident()}-{target.name}")  # others may copy it meanwhile
        try:
            shutil.copyfile(source, partial)
            partial.replace(target)
        except OSError as error:
            raise as_failure(error, target) from error
