"""Which files of a folder are images: suffixes that are read, and names that systems and tools leave beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")

IMAGES_BESIDE = (".ovr", ".OVR", ".msk", ".MSK", ".aux", ".AUX")
TEXTS_BESIDE = (".aux.xml", ".tfw", ".TFW", ".tifw", ".wld", ".WLD", ".tab", ".TAB", ".hdr", ".HDR", ".prj")
BESIDE = (*IMAGES_BESIDE, *TEXTS_BESIDE)
"""Ends of the files that GDAL opens with one that lies beside them: in place of its suffix, or after it."""

_LEFT_BY_SYSTEMS = frozenset(
    {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information", "lost+found"}
)
"""Of macOS' archives, Windows, Synology's and Linux' file systems; lower case."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none of the user's data: ``.DS_Store``, ``._x.png``, ``.ipynb_checkpoints``, ..."""
    return name.startswith((".", "~$")) or name.lower() in _LEFT_BY_SYSTEMS


def image_files(folder: Path) -> Iterator[Path]:
    """Image files below a folder, at any depth, sorted by path; what is hidden is left out with all that is in it."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix.lower() in IMAGE_SUFFIXES and not any(is_hidden(part) for part in parts) and path.is_file():
            yield path
