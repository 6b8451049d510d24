"""Local copies of folders at an address, in the cache folder (``$RSICA_CACHE``)."""

from __future__ import annotations

import re
from pathlib import Path

from rsica_data.core.files import sha256_bytes
from rsica_data.core.locking import alone_at
from rsica_data.core.remote import mirror
from rsica_data.dataset.hub.cache import cache_root


def mirrored(address: str) -> Path:
    """The local copy of a folder at an address, brought up to date.

    Raises:
        UserError: there is no such folder, or the package for its protocol is not installed.
        RunError: a file failed again and again; the same call goes on.
    """
    folder = cache_root() / "remote" / mirror_place(address)
    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        mirror(address, folder)
    return folder


def mirror_place(address: str) -> str:
    """The name of the copy of an address: its last part, and what tells it from others.

    >>> mirror_place("s3://bucket/LEVIR-MCI")
    'LEVIR-MCI-9a6e98dc0c60'
    """
    last = re.sub(r"[^A-Za-z0-9._-]+", "-", address.rpartition("/")[2])
    return f"{last}-{sha256_bytes(address.encode())[:12]}"
