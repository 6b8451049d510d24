"""Options that `score` and `compare` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rsica_bench.metrics.bootstrap import Resampling
    from rsica_bench.protocols import BenchProtocol


def scoring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; `resampling`, `chosen_strata` and `chosen_protocol` read them."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the draws."),
        click.option("--level", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True),
        click.option(
            "--draws", type=click.IntRange(0), default=1000, show_default=True, help="Bootstrap draws of image pairs."
        ),
        click.option("--strata", default=None, metavar="S,..", help="change, objects, size, source, split."),
        click.option(
            "--word-map", type=click.Path(path_type=Path), default=None, help="Word map of levir-cc captions."
        ),
        click.option("--protocol", default=None, help="Score under another protocol: default, changechat, deltavlm."),
        click.option("--data", type=click.Path(path_type=Path), default=None, help="Dataset, where it has moved."),
    ):
        command = option(command)
    return command


def resampling(draws: int, level: float, seed: int) -> Resampling:
    """The draws that the options ask for."""
    from rsica_bench.metrics.bootstrap import Resampling

    return Resampling(draws, seed, level)


def chosen_strata(text: str | None) -> tuple[str, ...]:
    """The strata that the option names.

    Raises:
        UserError: an unknown one.
    """
    from rsica_bench.scoring.strata import STRATA
    from rsica_data.errors import UserError, did_you_mean

    names = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for name in names:
        if name not in STRATA:
            raise UserError(f"unknown stratum '{name}'", key="--strata", hint=did_you_mean(name, STRATA))
    return names


def chosen_protocol(run: Path, protocol: str | None, word_map: Path | None) -> BenchProtocol:
    """The named protocol, or the run's own, with the word map where given."""
    from dataclasses import replace

    from rsica_bench.metrics.word_map import load_word_map
    from rsica_bench.protocols import find_protocol
    from rsica_bench.runner.result import own_protocol

    used = find_protocol(protocol) if protocol else own_protocol(run)
    return used if word_map is None else replace(used, word_map=load_word_map(word_map))
