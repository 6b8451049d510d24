"""`rsica-data`: builds, checks, shows and exports instruction datasets."""

from __future__ import annotations

import sys

import click

from rsica_data.core.command_line import LazyGroup, run_cli

_COMMANDS = "rsica_data.cli"


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    lazy={
        "sources": (f"{_COMMANDS}.listing:sources", "List the datasets and layouts that can be read, or show one."),
        "detect": (f"{_COMMANDS}.listing:detect", "Say which datasets of the catalog a folder looks like."),
        "tasks": (f"{_COMMANDS}.listing:tasks", "List the tasks."),
        "recipes": (f"{_COMMANDS}.listing:recipes", "List the recipes that come with the package."),
        "synth": (f"{_COMMANDS}.synth:synth", "Write a synthetic change dataset in a known layout."),
        "build": (f"{_COMMANDS}.build:build", "Build an instruction dataset from a recipe."),
        "merge": (f"{_COMMANDS}.merge:merge", "Put together what was built in parts."),
        "validate": (f"{_COMMANDS}.validate:validate", "Check every row of a built dataset."),
        "stats": (f"{_COMMANDS}.stats:stats", "Counts and distributions of a built dataset."),
        "quality": (f"{_COMMANDS}.quality:quality", "Leaks, blind baselines and doubtful rows of a built dataset."),
        "export": (f"{_COMMANDS}.export:export", "Write a built dataset in another format."),
        "mix": (f"{_COMMANDS}.mix:mix", "Mix several built datasets into one."),
        "osm": (f"{_COMMANDS}.osm:osm", "Read, draw and compare maps (OpenStreetMap and other polygons)."),
        "preview": (f"{_COMMANDS}.preview:preview", "Write a page to look at a built dataset."),
        "assist": (f"{_COMMANDS}.assist:assist", "Language models: a local server, the cache of answers."),
        "card": (f"{_COMMANDS}.card:card", "Regenerate the dataset card, with statistics and figures."),
        "publish": (f"{_COMMANDS}.publish:publish", "Publish a built dataset on the Hugging Face Hub."),
        "pull": (f"{_COMMANDS}.pull:pull", "Fetch a published dataset, checked against its hashes."),
        "join": (f"{_COMMANDS}.pull:join", "Join your own images to a dataset published without them."),
    },
)
@click.version_option(package_name="rsica")
def cli() -> None:
    """Build instruction datasets for remote sensing image change analysis.

    \b
    Example:
      rsica-data build recipes/demo.yaml --out demo
      rsica-data preview demo --html demo.html

    Add --debug to any command to see the traceback of an error.
    """


def main() -> None:
    """Entry point."""
    sys.exit(run_cli(cli, "rsica-data"))
