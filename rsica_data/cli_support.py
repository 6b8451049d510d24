"""What both command lines share: lazily loaded commands, one-line errors, progress bars.

On the ground floor so that neither package has to import the other's commands.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from rsica_data.errors import RsicaError, UserError

INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, so that ``--help`` imports nothing heavy.

    Args:
        lazy: command name to ``(where, short help)``, ``where`` as ``"package.module:attribute"``.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which they were registered: the order of work, not of the alphabet."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest known command in the message for an unknown one."""
        from rsica_data.errors import did_you_mean

        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            ctx.fail(f"unknown command '{args[0]}' ({did_you_mean(args[0], self.list_commands(ctx))})")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from their registered short helps, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in self._lazy.items()])


def run_cli(group: click.Group, program: str, arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit status.

    0 done; 1 something failed or a check did not hold; 2 a mistake in what was typed or in a file; 130 interrupted.
    ``--debug`` anywhere among the arguments shows the traceback of an error.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        result = group.main(args=words, prog_name=program, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        if debug:
            raise
        error.show()
        return error.exit_code
    except RsicaError as error:
        if debug:
            raise
        click.echo(_labelled(program, error), err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"{program}: interrupted; the same command goes on from here", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to say, and nobody to say it to.
        sys.stderr.close()
        return 0
    except SystemExit:
        # Without standalone mode click ends like this for a broken pipe alone, with status 1, once it has taken
        # standard output out of use; no command of ours calls sys.exit.
        return 0
    except OSError as error:
        # What no command foresaw about files: a folder that is a file, a full disk, no right to write.
        if debug or error.filename is None:
            raise
        click.echo(f"{program}: error: {os.fsdecode(error.filename)}: {error.strerror}", err=True)
        return 1


def _labelled(program: str, error: RsicaError) -> str:
    from rsica_data.journal import utf8_text

    return "\n".join(f"{program}: error: {utf8_text(line)}" for line in str(error).splitlines())


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 pair``, ``2 pairs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output, keys in the order given."""
    from rsica_data.journal import utf8_json

    click.echo(utf8_json(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)))


@contextmanager
def progress_bar(label: str, unit: str, enabled: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; silent where that is no terminal.

    Yields:
        ``update(done, total)``.
    """
    from tqdm import tqdm

    with tqdm(desc=label, unit=unit, file=sys.stderr, disable=None if enabled else True, smoothing=0.1) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update


def parse_settings(pairs: tuple[str, ...]) -> dict[str, Any]:
    """``KEY=VALUE`` options as a mapping; values are read as YAML scalars (``true``, ``3``, ``0.5``, text).

    Raises:
        UserError: one of them has no ``=``.
    """
    from rsica_data.core.yaml_text import YamlSyntaxError, parse_yaml_value

    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UserError(f"--set {pair}: not of the form KEY=VALUE")
        try:
            found[key] = parse_yaml_value(value, f"--set {key}")
        except YamlSyntaxError:
            found[key] = value
    return found
