"""Opens a built dataset, in a folder or by its name on the Hub."""

from __future__ import annotations

from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.remote import address_of
from rsica_data.dataset.hub import as_hub_name, cached_dataset
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.remote_shards import open_shards
from rsica_data.schema.manifest import MANIFEST, read_manifest


def open_dataset(root: Path | str) -> BuiltDataset:
    """Open the dataset in the folder ``root``, or the one of that name on the Hub (``USER/NAME[@REVISION]``).

    A dataset on the Hub is fetched into a cache folder first (``$RSICA_CACHE``); see ``hub.as_hub_name`` for what
    counts as a name. Of one at an address (``s3://...``) each shard is fetched when it is read (`remote_shards`).

    Args:
        root: the folder, name or address.

    Raises:
        UserError: there is no finished dataset, it was written by a newer version, or the Hub cannot be asked.
        RunError: the Hub failed again and again.
    """
    name, address = as_hub_name(root), address_of(root)
    if name is not None:
        root = cached_dataset(name)
    fetched = open_shards(address) if name is None and address is not None else None
    root = Path(root) if fetched is None else fetched.folder
    path = root / MANIFEST
    if not root.is_dir():
        raise UserError("no such folder", file=root, hint="give the folder that `rsica-data build` wrote")
    if not path.is_file():
        raise UserError(
            "not a finished dataset: it has no manifest.json", file=root, hint="run the same build again to finish it"
        )
    return BuiltDataset(root, read_manifest(path), fetched)
