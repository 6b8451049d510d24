"""`export`: a built dataset in another format."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.core.command_line import parse_settings


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", required=True, help="changechat, llava, sharegpt, openai, geojson, or an installed one."
)
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A new folder, or that of an earlier one.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the format; repeatable.")
def export(out: Path, format_: str, to: Path, settings: tuple[str, ...]) -> None:
    """Write a built dataset in a format that other training code reads.

    A folder that holds something else is refused; one with an export of the same dataset and format is rewritten.

    \b
    Example:
      rsica-data export demo/dataset --format changechat --to demo/changechat
      rsica-data export my-city --format geojson --to my-city/map
    """
    from rsica_data.core import registry
    from rsica_data.core.validation import validate_model
    from rsica_data.dataset.export.folder import export_folder
    from rsica_data.dataset.opening import open_dataset

    spec = registry.load(registry.EXPORTERS, format_)
    options = validate_model(spec.options, parse_settings(settings), prefix=["--set"])
    dataset = open_dataset(out)
    dataset.need_images()
    with export_folder(dataset, spec.name, to):
        written = spec.export(dataset, to, options)
    for path in written:
        click.echo(to / path)
