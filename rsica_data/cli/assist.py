"""`assist`: what has to do with language models."""

from __future__ import annotations

import click

from rsica_data.core.command_line import LazyGroup

_COMMANDS = "rsica_data.cli"


@click.group(
    cls=LazyGroup,
    lazy={
        "serve": (f"{_COMMANDS}.assist_serve:serve", "Run a local OpenAI-compatible server, with faults on request."),
        "prompts": (f"{_COMMANDS}.assist_prompts:prompts", "List the prompts that come with the package."),
        "cache": (f"{_COMMANDS}.assist_cache:cache", "Look into a cache of answers, or shrink it."),
    },
)
def assist() -> None:
    """Work with language models: the local server, the prompts, the cache of answers.

    \b
    Example:
      rsica-data assist serve --model rules --port 8321
      rsica-data assist cache stats CACHE --json
    """
