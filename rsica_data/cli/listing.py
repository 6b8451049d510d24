"""`sources`, `tasks`, `recipes`: what is there."""

from __future__ import annotations

import click

from rsica_data.core import registry
from rsica_data.core.command_line import print_json
from rsica_data.core.option_table import print_plugin


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sources(name: str | None, as_json: bool) -> None:
    """List dataset layouts that can be read; with NAME show one with the type, default and meaning of its options.

    \b
    Example:
      rsica-data sources
      rsica-data sources folder
    """
    if name is not None:
        print_plugin(registry.SOURCES, name, as_json)
        return
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
    from rsica_data.builder.recipe import load_recipe, shipped_recipes
    from rsica_data.core.errors import UserError, did_you_mean

    if name is not None:
        if name not in shipped_recipes():
            raise UserError(f"no recipe '{name}'", hint=did_you_mean(name, shipped_recipes()))
        text = shipped_recipes()[name].read_text(encoding="utf-8")
        if as_json:
            print_json(load_recipe(str(shipped_recipes()[name])).as_json())
        else:
            click.echo(text, nl=False)
        return
    found = [load_recipe(str(path)) for path in shipped_recipes().values()]
    if as_json:
        print_json(
            [
                {
                    "name": recipe.name,
                    "title": recipe.content.title,
                    "source": recipe.source.name,
                    "tasks": [task.name for task, _ in recipe.tasks],
                }
                for recipe in found
            ]
        )
        return
    for recipe in found:
        click.echo(f"{recipe.name}\n    {recipe.content.title}")
        click.echo(f"    source {recipe.source.name}; tasks {', '.join(task.name for task, _ in recipe.tasks)}")
