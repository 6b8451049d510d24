"""`export`: a built dataset in another format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.core.command_line import counted, parse_settings, print_json

if TYPE_CHECKING:
    from rsica_data.dataset.export.api import ExporterSpec
    from rsica_data.dataset.reader import BuiltDataset

_MOST_NAMED = 12
"""Files that a summary names one by one."""


class _ExportCommand(click.Command):
    """Its help lists the options of the format, where one is named beside ``--help``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Before click reads them: --help ends the reading, and may stand before --format.
        for place, word in enumerate(args):
            name, equals, value = word.partition("=")
            if name == "--format":
                ctx.meta["format"] = value if equals else next(iter(args[place + 1 :]), "")
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from rsica_data.core import registry
        from rsica_data.core.option_table import option_rows, rows_as_text

        name = ctx.meta.get("format")
        if name is None:
            formatter.write("\nFormats: " + ", ".join(registry.names(registry.EXPORTERS)) + "\n")
            return
        spec: ExporterSpec = registry.load(registry.EXPORTERS, name)
        formatter.write(f"\nOptions of {name}, as --set KEY=VALUE:\n{rows_as_text(option_rows(spec.options))}\n")


@click.command(cls=_ExportCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--format", "format_", required=True, help="A format; with --help, its options are listed.")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A new folder, or that of an earlier one.")
@click.option("--split", "splits", multiple=True, help="This split alone; repeatable.")
@click.option("--task", "tasks", multiple=True, help="Rows of this task alone; repeatable.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Maximum number of rows of each split.")
@click.option(
    "--paths", type=click.Choice(["absolute", "relative"]), default=None, help="How records name image files."
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the format; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, with all files but images.")
def export(
    out: Path,
    format_: str,
    to: Path,
    splits: tuple[str, ...],
    tasks: tuple[str, ...],
    limit: int | None,
    paths: str | None,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write a built dataset in a format that other training code reads.

    A folder that holds something else is refused; one with an export of the same rows and format is rewritten.

    \b
    Example:
      rsica-data export demo/dataset --format trl --to demo/trl --split train
      rsica-data export demo/dataset --format ms-swift --to demo/swift --task captioning --limit 100
      rsica-data export --format webdataset --help
    """
    from rsica_data.core import registry
    from rsica_data.dataset.export.export_folder import export_folder
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.selection import Selection, select

    spec: ExporterSpec = registry.load(registry.EXPORTERS, format_)
    options = _options(spec, settings, paths)
    whole = open_dataset(out)
    whole.need_images()
    dataset = select(whole, Selection(splits, tasks, limit))
    with export_folder(dataset, spec.name, to):
        written = spec.export(dataset, to, options)
    written_splits = spec.splits(dataset, options) if spec.splits else dataset.splits
    summary = _summary(dataset, written_splits, spec.name, to, written)
    if as_json:
        print_json(summary)
    else:
        click.echo(_as_text(summary))


def _options(spec: ExporterSpec, settings: tuple[str, ...], paths: str | None) -> Any:
    from rsica_data.core.errors import UserError
    from rsica_data.core.validation import validate_model

    given = parse_settings(settings)
    if paths is not None:
        if "paths" not in spec.options.model_fields:
            raise UserError(f"records of {spec.name} name no image files", key="--paths", hint="leave it out")
        given["paths"] = paths
    return validate_model(spec.options, given, prefix=["--set"])


def _summary(
    dataset: BuiltDataset, splits: Sequence[str], format_: str, to: Path, written: list[Path]
) -> dict[str, Any]:
    """What was written: rows of the dataset by written split, image files and their number, other files by name."""
    files = [path.as_posix() for path in written if path.parts[0] != "images"]
    return {
        "format": format_,
        "to": str(to),
        "rows": {split: sum(1 for _ in dataset.instructions(split)) for split in splits},
        "files": files,
        "images": len(written) - len(files),
        "bytes": sum((to / path).stat().st_size for path in written),
    }


def _as_text(summary: dict[str, Any]) -> str:
    rows = ", ".join(f"{number} {split}" for split, number in summary["rows"].items())
    files = summary["files"]
    named = ", ".join(files[:_MOST_NAMED]) + (f" and {len(files) - _MOST_NAMED} more" if files[_MOST_NAMED:] else "")
    images = f" and {counted(summary['images'], 'image')} in images/" if summary["images"] else ""
    size = f"{summary['bytes'] / 1e6:.1f} MB"
    return f"{summary['to']}: {summary['format']}, rows: {rows}; {size} in {named}{images}"
