"""The command lines as the documentation shows them: examples as code, defaults only where there are any."""

import copy
import inspect
import re

import click

from rsica_bench.cli import cli as bench_cli
from rsica_data.cli import cli as data_cli

_EXAMPLE = re.compile(r"^\x08\nExamples?:\n((?:[ ]+.*\n?)+)", re.MULTILINE)


def shown(command: click.Command) -> click.Command:
    """A copy of a command for the documentation; a group with all of its commands."""
    parameters = [copy.copy(parameter) for parameter in command.params if parameter.name != "help"]
    for parameter in parameters:
        if repr(parameter.default) == "Sentinel.UNSET":
            parameter.default = None
    help_text = _EXAMPLE.sub(_as_code, inspect.cleandoc(command.help or "")).replace("\b\n", "")
    if not isinstance(command, click.Group):
        return click.Command(command.name, params=parameters, help=help_text, add_help_option=False)
    context = click.Context(command)
    inner = {name: shown(command.get_command(context, name)) for name in command.list_commands(context)}
    return click.Group(command.name, params=parameters, help=help_text, commands=inner, add_help_option=False)


def _as_code(match: re.Match) -> str:
    return "```sh\n" + inspect.cleandoc("\n" + match[1]) + "\n```\n"


RSICA_DATA = shown(data_cli)
RSICA_BENCH = shown(bench_cli)
