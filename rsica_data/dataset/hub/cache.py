"""Datasets opened by their name on the Hub: fetched once a commit, kept in a cache folder.

The folder is ``$RSICA_CACHE``, or ``~/.cache/rsica``. In it ``datasets/USER/NAME/COMMIT/`` is a whole dataset, and
``datasets/USER/NAME/refs.json`` maps a revision to the commit it stood for when it was last asked for.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import dump_json_pretty, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import alone_at
from rsica_data.dataset.hub.client import TRIES, may_ask, open_client
from rsica_data.dataset.hub.names import HubName
from rsica_data.dataset.hub.pull import clear_pulled, pull_dataset, resolve
from rsica_data.schema.manifest import MANIFEST

_LOG = logging.getLogger("rsica")


def cache_root() -> Path:
    """The cache folder: ``$RSICA_CACHE``, or ``rsica`` in ``$XDG_CACHE_HOME`` (``~/.cache``)."""
    own = os.environ.get("RSICA_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "rsica"


def cached_dataset(name: HubName) -> Path:
    """The folder of a dataset, fetched where it is not in the cache yet.

    A branch or tag is asked for each time; where the Hub cannot be reached, the commit it stood for last is used.

    Raises:
        UserError: no such dataset, or no way to the Hub and nothing in the cache.
        RunError: the Hub failed again and again while the dataset was fetched.
    """
    home = cache_root() / "datasets" / name.repo
    commit = _commit(name, home)
    folder = home / commit
    waiting = folder.with_name(f"{folder.name}.pull")
    if not (folder / MANIFEST).is_file() or waiting.is_dir():
        # Two processes that open a dataset for the first time: the second waits, and finds it there.
        with alone_at(waiting, "rsica-data pull"):
            if not (folder / MANIFEST).is_file():
                pull_dataset(name, folder, commit=commit)
            else:
                clear_pulled(folder)
    return folder


def _commit(name: HubName, home: Path) -> str:
    known = _read_refs(home)
    last = known.get(name.revision)
    if last is None and (home / name.revision / MANIFEST).is_file():
        last = name.revision
    whole = last is not None and (home / last / MANIFEST).is_file()
    if last is not None and whole and (last == name.revision or not may_ask()):
        return last
    if not may_ask():
        raise UserError(
            f"no folder '{name}', and no dataset of this name in the cache while HF_HUB_OFFLINE is set",
            hint="unset it to ask the Hub",
        )
    try:
        # With a copy at hand there is no need to wait long for a Hub that is away.
        commit = resolve(open_client(), name, f"no folder '{name}'; on the Hub", tries=2 if whole else TRIES)
    except RunError as error:
        if last is None or not whole:
            raise
        _LOG.warning("%s; going on with commit %s from the cache", error, last[:12])
        return last
    write_atomic(home / "refs.json", dump_json_pretty(known | {name.revision: commit}))
    return commit


def _read_refs(home: Path) -> dict[str, str]:
    try:
        refs = read_json_object(home / "refs.json", "a list of revisions")
    except UserError:
        return {}
    return {str(key): str(value) for key, value in refs.items()}
