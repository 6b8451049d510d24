"""`mix`: several built datasets as one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsica_data.core.command_line import counted, print_json, progress_bar
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_data.dataset.mixing import MixPart
    from rsica_data.dataset.selection import Selection


@click.command()
@click.argument("datasets", nargs=-1, required=True, metavar="[NAME=]DATASET...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the mix.")
@click.option("--name", default="mix", show_default=True, help="Name of the mix.")
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="NAME=W",
    help="Factor of a share; repeatable.  [default: 1]",
)
@click.option(
    "--cap",
    "caps",
    multiple=True,
    metavar="[NAME=]N",
    help="Most training rows of one, or of each; repeatable.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="1 mixes in proportion to the sizes; the higher, the more equal are the parts.",
)
@click.option("--rows", type=click.IntRange(1), default=None, help="Training rows.  [default: as many as can be]")
@click.option("--split", "splits", multiple=True, help="This split alone; repeatable.")
@click.option("--task", "tasks", multiple=True, help="Rows of this task alone; repeatable.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Which rows are taken.")
@click.option("--rules-of", metavar="NAME", help="Dataset whose fact rules the mix states, where they differ.")
@click.option("--prefix-ids", is_flag=True, help="Put the dataset's name before the ids of its pairs and rows.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def mix(
    datasets: tuple[str, ...],
    out: Path,
    name: str,
    weights: tuple[str, ...],
    caps: tuple[str, ...],
    temperature: float,
    rows: int | None,
    splits: tuple[str, ...],
    tasks: tuple[str, ...],
    seed: int,
    rules_of: str | None,
    prefix_ids: bool,
    as_json: bool,
) -> None:
    """Mix built datasets into one. DATASET is a folder or a name on the Hub, called by its own name or by NAME.

    Weights, caps, temperature and rows are about the split train; other splits are taken whole. No row is taken twice,
    so the scarcest dataset decides how large the mix can be.

    \b
    Example:
      rsica-data mix levir demo=demo/dataset --out mixed --weight levir=2 --cap 10000
    """
    from rsica_data.dataset.mixing import MixOptions
    from rsica_data.dataset.mixing import mix as write_mix
    from rsica_data.dataset.selection import Selection

    parts = _parts(datasets, weights, caps, Selection(splits, tasks))
    options = MixOptions(parts, out, name, temperature, rows, seed, rules_of, prefix_ids)
    with progress_bar("mix", "pair") as update:
        done = write_mix(options, update)
    if as_json:
        print_json({**asdict(done), "out": str(done.out)})
        return
    click.echo(f"{done.out}{': was finished already' if done.reused else ''}")
    for part, by_split in done.parts.items():
        rows_told = ", ".join(f"{counted(number, 'row')} {split}" for split, number in by_split.items())
        click.echo(f"  {part}: {rows_told or 'none'}")


def _parts(
    words: tuple[str, ...], weights: tuple[str, ...], caps: tuple[str, ...], selection: Selection
) -> tuple[MixPart, ...]:
    from rsica_data.dataset.mixing import MixPart
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.selection import select

    named = []
    for word in words:
        given, equals, place = word.partition("=")
        whole = open_dataset(place if equals else word)
        named.append((given if equals else whole.name, select(whole, selection)))
    names = [name for name, _ in named]
    weight_of = _numbers("--weight", weights, names)
    cap_of = _numbers("--cap", caps, names)
    return tuple(
        MixPart(name, part, weight_of.get(name, 1.0), None if (cap := cap_of.get(name)) is None else int(cap))
        for name, part in named
    )


def _numbers(option: str, words: tuple[str, ...], names: list[str]) -> dict[str, float]:
    """Numbers by name; one without a name holds for all that have none."""
    numbers: dict[str, float] = {}
    for word in words:
        name, equals, text = word.rpartition("=")
        if equals and name not in names:
            raise UserError(f"'{name}' is no dataset of the mix", key=option, hint="datasets: " + ", ".join(names))
        try:
            number = float(text) if option == "--weight" else int(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise UserError(f"'{text}' is no number above 0", key=option, hint=f"{option} {names[0]}=2")
        numbers |= {name: number} if equals else {other: number for other in names if other not in numbers}
    return numbers
