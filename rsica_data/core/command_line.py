"""What both command lines share: lazily loaded commands, one-line errors, progress bars.

In the core so that neither package has to import the other's commands.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import click

from rsica_data.core.errors import RsicaError, UserError, one_line
from rsica_data.core.extras import missing_extra

INTERRUPTED = 130

reading_workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    default=None,
    help="Processes [default: one a core; one where shards are few].",
)
"""Processes of a command that reads a dataset: what `rsica_data.core.workers.reading_workers` takes."""


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
        from rsica_data.core.errors import did_you_mean

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
    given = sys.argv[1:] if arguments is None else arguments
    debug, words = "--debug" in given, [word for word in given if word != "--debug"]
    _open_closed_streams()
    try:
        result = group.main(args=words, prog_name=program, standalone_mode=False)
        # What is still in the buffer would fail when the interpreter ends, where nobody can say so in one line.
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        if debug:
            raise
        _tell_click_error(program, error)
        return error.exit_code
    except RsicaError as error:
        if debug:
            raise
        _tell(_labelled(program, error))
        return error.exit_code
    except ModuleNotFoundError as error:
        missing = missing_extra(error)
        if debug or missing is None:
            raise
        _tell(_labelled(program, missing))
        return missing.exit_code
    except (KeyboardInterrupt, click.Abort):
        _tell(f"{program}: interrupted; the same command resumes from here")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to say, and nobody to say it to.
        sys.stderr.close()
        return 0
    except SystemExit as stop:
        # Without standalone mode click ends like this for a broken pipe, once it has taken standard output out of use.
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            return 0
        # No command of ours calls sys.exit: a plug-in does.
        _tell(f"{program}: error: other code ended the command: {one_line(stop)}")
        return 1
    except OSError as error:
        if debug or (error.filename is None and error.errno not in _FULL):
            raise
        return _file_error(program, error)


def _tell_click_error(program: str, error: click.ClickException) -> None:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # of click 8.2
        with suppress(OSError):
            error.show()  # the help, as it was asked for by giving no command
        return
    command = program if context is None else context.command_path
    hint = f" ({command} --help shows all)" if context is not None and context.parent is not None else ""
    message = " ".join(error.format_message().split()).removesuffix(".")
    _tell(f"{command}: error: {message}{hint}")


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def _file_error(program: str, error: OSError) -> int:
    """Tell what no command foresaw about files: a folder that is a file, a full disk, no right to write."""
    if error.filename is None:
        # Files of ours are written where their names are known: this is an output that cannot take what is printed.
        _tell(f"{program}: error: what it prints cannot be written: {error.strerror}")
        _drop_output()
    else:
        _tell(f"{program}: error: {os.fsdecode(error.filename)}: {error.strerror}")
    return 1


def _tell(line: str) -> None:
    """Print an error; where even that cannot be written, the exit status alone tells."""
    with suppress(OSError):
        click.echo(line, err=True)


def _open_closed_streams() -> None:
    """Put nothing in the place of standard streams that the shell closed (``2>&-``).

    Else the next file that is opened, perhaps one of a dataset, would get what is written to them.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 (open as long as the program)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def _drop_output() -> None:
    """Let go of what standard output has not taken: the interpreter would try again at its end."""
    with suppress(OSError, ValueError, AttributeError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)


def _labelled(program: str, error: RsicaError) -> str:
    from rsica_data.core.files import utf8_text

    return "\n".join(f"{program}: error: {utf8_text(line)}" for line in str(error).splitlines())


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 pair``, ``2 pairs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output, keys in the order given."""
    from rsica_data.core.files import utf8_json

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

    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UserError(f"--set {pair}: not of the form KEY=VALUE")
        try:
            settings[key] = parse_yaml_value(value, f"--set {key}")
        except YamlSyntaxError:
            settings[key] = value
    return settings
