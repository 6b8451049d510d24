"""`assist prompts`: what a recipe's section `assist` can name."""

from __future__ import annotations

import click

from rsica_data.core.command_line import print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prompts(as_json: bool) -> None:
    """List the prompts that come with the package, with their options.

    \b
    Example:
      rsica-data assist prompts
    """
    from rsica_data.generation.prompt_files import load_prompt_files, prompt_folders

    shipped_prompts = [load_prompt_files(name) for name in prompt_folders()]
    if as_json:
        print_json(
            [{"name": files.name, "sha256": files.sha256, **files.meta.model_dump()} for files in shipped_prompts]
        )
        return
    for files in shipped_prompts:
        meta = files.meta
        click.echo(f"{files.name} {meta.version}\n    {meta.summary}")
        click.echo(f"    task: {meta.task}; needs: {', '.join(meta.needs)}; rows a pair: {meta.per_pair}")
        for name, option in meta.options.items():
            given = "required" if option.default is None else f"default {option.default}"
            click.echo(f"    option {name} ({given}): {option.help}")
