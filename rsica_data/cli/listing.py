"""`sources`, `tasks`, `recipes`: what is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsica_data.core import registry
from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.option_table import print_plugin

if TYPE_CHECKING:
    from rsica_data.sources.catalog.catalog_page import Page
    from rsica_data.sources.catalog.detecting import Match


CATALOG_OPTION = click.option(
    "--catalog",
    type=click.Path(path_type=Path),
    default=None,
    help="A page of your own, as those of the catalog.",
)


@click.command()
@click.argument("name", required=False)
@CATALOG_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sources(name: str | None, catalog: Path | None, as_json: bool) -> None:
    """List the datasets and layouts that can be read; with NAME show the page of one and the folders it expects.

    Of a source NAME shows the type, default and meaning of its options.

    \b
    Example:
      rsica-data sources
      rsica-data sources second
      rsica-data sources my-set --catalog my-set.yaml
    """
    from rsica_data.sources.catalog.catalog_pages import all_pages, load_page, read_page, shipped_pages

    if name is not None or catalog is not None:
        if catalog is not None or name in shipped_pages():
            page = read_page(catalog) if catalog is not None else load_page(str(name))
            _show_page(page, as_json, catalog)
            if name in registry.names(registry.SOURCES) and not as_json:
                click.echo("  source of the same name")
                print_plugin(registry.SOURCES, name, as_json)
            return
        known = [*shipped_pages(), *registry.names(registry.SOURCES)]
        if name not in known:
            raise UserError(f"no dataset or source '{name}'", hint=did_you_mean(str(name), known))
        print_plugin(registry.SOURCES, str(name), as_json)
        return
    _list_sources(as_json)
    if not as_json:
        _list_pages(all_pages())


def _show_page(page: Page, as_json: bool, catalog: Path | None) -> None:
    from rsica_data.sources.catalog.telling import describe

    if as_json:
        print_json(page.model_dump(mode="json"))
        return
    for line in describe(page):
        click.echo(line)
    click.echo("  build")
    click.echo(f"    rsica-data build {_build_name(page.name, catalog)} --input DIR --out OUT")


def _build_name(name: str, catalog: Path | None) -> str:
    """What `build` takes for a page: its name, or its file."""
    return name if catalog is None else f"--catalog {catalog}"


def _list_pages(pages: Sequence[Page]) -> None:
    click.echo(
        "\nDatasets of the catalog (rsica-data sources NAME shows one; rsica-data detect DIR tells what DIR is):"
    )
    family = ""
    for page in pages:
        if page.family != family:
            family = page.family
            click.echo(f"  {family}")
        click.echo(f"    {page.name:16} {page.summary}")


def _list_sources(as_json: bool) -> None:
    specs = [registry.load(registry.SOURCES, name) for name in registry.names(registry.SOURCES)]
    if as_json:
        print_json(
            [
                {
                    "name": spec.name,
                    "summary": spec.summary,
                    "layout": spec.layout,
                    "license": spec.license,
                    "options": sorted(spec.options.model_fields),
                }
                for spec in specs
            ]
        )
        return
    for spec in specs:
        click.echo(f"{spec.name}\n    {spec.summary}")
        for line in spec.layout.splitlines():
            click.echo(f"      {line}")
        click.echo(f"    options: {', '.join(spec.options.model_fields) or 'none'}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@CATALOG_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def detect(folder: Path, catalog: Path | None, as_json: bool) -> int:
    """Say which datasets of the catalog a folder looks like, and what of them is missing. Reads no images but one.

    Exit status 1 where it looks like none.

    \b
    Example:
      rsica-data detect downloads/LEVIR-CD
    """
    from rsica_data.sources.catalog.catalog_pages import all_pages, read_page
    from rsica_data.sources.catalog.detecting import detect as matches

    layout_matches = matches(folder, all_pages() if catalog is None else [read_page(catalog)])
    if as_json:
        print_json([match.to_json() for match in layout_matches])
        return 0 if layout_matches else 1
    fitting = [match for match in layout_matches if match.fits]
    for match in fitting or layout_matches:
        _show_match(match, folder, catalog)
    if fitting and len(layout_matches) > len(fitting):
        others = ", ".join(match.page for match in layout_matches if not match.fits)
        click.echo(f"in part also: {others} (--json says what they lack)")
    if not layout_matches:
        click.echo(f"{folder}: in no layout of the catalog (rsica-data sources lists them)")
    return 0 if layout_matches else 1


def _show_match(match: Match, folder: Path, catalog: Path | None) -> None:
    place = folder / match.folder if match.folder else folder
    size = "; its images have another size than this set's" if match.same_size is False else ""
    click.echo(f"{match.page}, layout '{match.layout}': {counted(match.pairs, 'pair')}{size}")
    for line in match.missing:
        click.echo(f"    missing: {line}")
    if match.trouble is not None:
        click.echo(f"    cannot be read so: {match.trouble}")
    for line in match.lacking:
        click.echo(f"    of {counted(match.pairs, 'pair')} {line}")
    click.echo(f"    rsica-data build {_build_name(match.page, catalog)} --input {place} --out OUT")


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tasks(name: str | None, as_json: bool) -> None:
    """List the tasks; with NAME show one with the type, default and meaning of its settings.

    \b
    Example:
      rsica-data tasks
      rsica-data tasks counting
    """
    if name is not None:
        print_plugin(registry.TASKS, name, as_json)
        return
    specs = [registry.load(registry.TASKS, name) for name in registry.names(registry.TASKS)]
    if as_json:
        print_json(
            [
                {
                    "name": spec.name,
                    "version": spec.version,
                    "summary": spec.summary,
                    "needs": list(spec.needs),
                    "settings": sorted(spec.settings.model_fields),
                }
                for spec in specs
            ]
        )
        return
    for spec in specs:
        click.echo(f"{spec.name} (wording version {spec.version})\n    {spec.summary}")
        click.echo(f"    settings: {', '.join(spec.settings.model_fields) or 'none'}")


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recipes(name: str | None, as_json: bool) -> None:
    """List the recipes that come with the package; with NAME print one, to begin a recipe of your own with.

    \b
    Example:
      rsica-data recipes
      rsica-data recipes levir-cd > mine.yaml
    """
    from rsica_data.builder.recipe import load_recipe, recipe_text, shipped_recipes
    from rsica_data.sources.catalog.catalog_pages import load_page, shipped_pages

    if name is not None:
        if name in shipped_pages() and name not in shipped_recipes():
            print_json(load_recipe(name).as_json()) if as_json else click.echo(recipe_text(load_page(name)), nl=False)
            return
        if name not in shipped_recipes():
            raise UserError(f"no recipe '{name}'", hint=did_you_mean(name, [*shipped_recipes(), *shipped_pages()]))
        text = shipped_recipes()[name].read_text(encoding="utf-8")
        if as_json:
            print_json(load_recipe(str(shipped_recipes()[name])).as_json())
        else:
            click.echo(text, nl=False)
        return
    loaded_recipes = [load_recipe(str(path)) for path in shipped_recipes().values()]
    if as_json:
        print_json(
            [
                {
                    "name": recipe.name,
                    "title": recipe.content.title,
                    "source": recipe.source.name,
                    "tasks": [task.name for task, _ in recipe.tasks],
                }
                for recipe in loaded_recipes
            ]
        )
        return
    for recipe in loaded_recipes:
        click.echo(f"{recipe.name}\n    {recipe.content.title}")
        click.echo(f"    source {recipe.source.name}; tasks {', '.join(task.name for task, _ in recipe.tasks)}")
