"""Builds whose input or output lies at an address (``s3://``, ``gs://``, ``hf://``): through local copies in the cache.

The input is copied before it is indexed, but for images that its source can have fetched while pairs are read. The
dataset is built in the cache folder, where a second start finds what a killed one left, and then written to its
address: shards first, the manifest last; meanwhile no other process may build there. A part goes to ``ADDRESS.parts``,
its journal last; ``merge`` copies all parts, and deletes them there when the dataset is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rsica_data.builder.build_options import BuildOptions, BuildSummary
from rsica_data.builder.resume import JOURNAL, WORK
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import parse_json
from rsica_data.core.leases import leased
from rsica_data.core.parts import part_folder
from rsica_data.core.remote import address_of, open_remote
from rsica_data.core.remote_copies import upload
from rsica_data.core.workers import need_engine
from rsica_data.dataset.export.card import FIGURES
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.dataset.mirrors import (
    copy_parts,
    local_input,
    mirror_place,
    need_shared_cache,
    parts_at,
    sent_list,
)
from rsica_data.schema.manifest import MANIFEST


def has_address(options: BuildOptions) -> bool:
    """Whether a build reads or writes what is no local folder."""
    return address_of(options.input) is not None or address_of(options.out) is not None


def build_through_cache(options: BuildOptions, build: Callable[[BuildOptions], BuildSummary]) -> BuildSummary:
    """Build with local copies in the place of what lies at addresses.

    Args:
        options: input, output, or both at addresses.
        build: builds with local folders.

    Raises:
        UserError: as ``build``; the address of the output holds something else.
        RunError: as ``build``; reading or writing failed again and again.
    """
    if options.engine == "ray":
        need_shared_cache("--engine")
    need_engine(options.engine)
    target = address_of(options.out)
    options = with_local_input(options)
    if target is None:
        return build(options)
    staging = cache_root() / "built" / mirror_place(target)
    folder, place, last, too = staging, target, MANIFEST, None
    if options.part is not None:
        folder = part_folder(staging, options.part)
        place, last, too = f"{parts_at(target)}/{folder.name}", JOURNAL, WORK
    with leased(place, "rsica-data build", key="--out") as lease:
        _refuse_other(target, options.recipe.sha256)
        summary = build(replace(options, out=staging))
        upload(folder, place, last, sent_list(folder), too=too, replaced=(FIGURES,), check=lease.check)
    return replace(summary, out=options.out)


def merge_at_address(options: BuildOptions, target: str, merge: Callable[[BuildOptions], BuildSummary]) -> BuildSummary:
    """Merge parts that lie beside an address: copied here, merged, written there, and deleted there.

    Args:
        options: those of the merge; the input is local.
        target: the address of the dataset.
        merge: merges in a local folder.

    Raises:
        UserError, RunError: as ``merge``, and as :func:`build_through_cache`.
    """
    staging = cache_root() / "merged" / mirror_place(target)
    with leased(target, "rsica-data merge", key="--out") as lease:
        _refuse_other(target, options.recipe.sha256)
        if not (staging / MANIFEST).is_file():
            copy_parts(target, staging)
        summary = merge(replace(options, out=staging))
        upload(staging, target, MANIFEST, sent_list(staging), replaced=(FIGURES,), check=lease.check)
        lease.check()
        open_remote(parts_at(target)).remove()
    return replace(summary, out=options.out)


def with_local_input(options: BuildOptions) -> BuildOptions:
    """The options with a local copy of an input at an address; of a local one as they are.

    Images stay at the address until they are read, where the source can do with that.

    Raises:
        UserError, RunError: as `local_input`.
    """
    address, recipe = address_of(options.input), options.recipe
    if address is None:
        return options
    folder, stream = local_input(address, recipe.source, recipe.source_options, options.workers)
    return replace(options, input=folder, stream=stream)


def _refuse_other(address: str, recipe_sha256: str) -> None:
    """Refuse an address that holds another dataset, before anything is built."""
    data = open_remote(address).read(MANIFEST)
    if data is None:
        return
    manifest = parse_json(data.decode("utf-8", "replace"), Path(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("recipe_sha256") != recipe_sha256:
        raise UserError("holds another dataset", file=address, key="--out", hint="give a new folder")
