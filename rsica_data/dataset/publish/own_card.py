"""README.md and figures of a dataset, with statistics of all its rows: for the dataset itself, or for a repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import remove_partial, write_atomic
from rsica_data.core.leases import leased
from rsica_data.core.locking import locked_folder
from rsica_data.core.remote import open_remote
from rsica_data.core.text_encoding import read_user_text
from rsica_data.dataset.export.card import FIGURES, CardContext, is_own_card, write_card
from rsica_data.dataset.export.card_plots import write_figures
from rsica_data.dataset.file_checks import FetchedFiles
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.stats import CountedShards, dataset_stats, provenance_stats, read_assist_report

CARD = "README.md"


def rewrite_card(dataset: BuiltDataset, repo: str | None, force: bool = False) -> list[str]:
    """Write the dataset's own README.md and figures again, with statistics; what was written, the card first.

    Of a dataset at an address each shard is fetched once, and the files are written there.

    Raises:
        UserError: README.md was changed by hand, and ``force`` is not given; another process writes to the dataset.
        RunError: a file failed again and again.
    """
    if dataset.fetched is not None:
        return _rewrite_at_address(dataset, dataset.fetched, repo, force)
    with locked_folder(dataset.root, "rsica-data card"):
        remove_partial(dataset.root)
        files = _new_files(dataset, repo, force)
        for name, text in files.items():
            write_atomic(dataset.root / name, text)
    return [str(dataset.root / name) for name in reversed(files)]


def _rewrite_at_address(dataset: BuiltDataset, fetched: FetchedFiles, repo: str | None, force: bool) -> list[str]:
    remote = open_remote(fetched.address)
    with leased(fetched.address, "rsica-data card") as lease:
        dataset.check_files()
        files = _new_files(dataset, repo, force)
        with fetched.place("card", sum(len(text.encode()) for text in files.values())) as place:
            for name, text in files.items():
                write_atomic(place / name, text)
                lease.check()
                remote.put(place / name, name)
    return [f"{fetched.address}/{name}" for name in reversed(files)]


def _new_files(dataset: BuiltDataset, repo: str | None, force: bool) -> dict[str, str]:
    """Texts of the figures and, behind them, of the card that shows them, by their place in the dataset."""
    own = dataset.root / CARD
    if own.is_file() and not force and not is_own_card(read_user_text(own)):
        raise UserError("was changed by hand", file=dataset.shown(own), hint="--force writes over it")
    counted = CountedShards()
    for shard in dataset.shards():
        with dataset.held(shard.pairs), dataset.held(shard.instructions):
            counted.add(dataset, shard)
    text, figures = card_and_figures(dataset, dataset.manifest, counted, CardContext(repo=repo))
    return {**{f"{FIGURES}/{name}": drawing for name, drawing in figures.items()}, CARD: text}


def card_and_figures(
    dataset: BuiltDataset, manifest: Mapping[str, Any], counted: CountedShards, context: CardContext
) -> tuple[str, dict[str, str]]:
    """README.md and the figures that it shows, by name.

    Args:
        dataset: whose card.
        manifest: as it stands beside the card.
        counted: what all shards of the dataset count.
        context: what else the card says.
    """
    stats = dataset_stats(dataset, counted=counted)
    figures = write_figures(stats)
    context = replace(
        context,
        stats=stats,
        provenance=tuple(provenance_stats(dataset, counted.writers)),
        figures=tuple(figures),
        assist=read_assist_report(dataset),
    )
    return write_card(dataset.root, dict(manifest), context), figures
