"""Benchmarks found by name, or in a file of a user's own, and their files checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path

from pydantic import BaseModel

from rsica_bench.benchmarks.form import BenchmarkSection, BoardFile
from rsica_data.core import registry
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.validation import Locate, UserErrors, validate_model
from rsica_data.core.yaml_text import check_numbers, line_of, read_yaml_mapping

BENCHMARK = "benchmark.yaml"


@dataclass(frozen=True)
class Benchmark:
    """A benchmark that can be run: its name, its file, and the section of the file that describes it."""

    name: str
    file: Path
    board: BoardFile
    section: BenchmarkSection

    @property
    def board_name(self) -> str:
        """The folder of its board; for a file elsewhere its folder's name too."""
        return self.file.resolve().parent.name


def shipped_boards() -> Path:
    """The folder of boards that comes with the package."""
    package = Path(str(package_files("rsica_bench")))
    inside = package / "_leaderboards"
    # In a checkout the boards stand at the top level; a wheel carries them inside the package.
    return inside if inside.is_dir() else package.resolve().parent / "leaderboards"


def read_board_file(path: Path) -> BoardFile:
    """The content of a benchmark.yaml.

    Raises:
        UserError: cannot be read, or mistakes in it (UserErrors: all of them, with line and key).
    """
    values, root = read_yaml_mapping(path, "is a mapping with the key title")
    board_file = validate_model(BoardFile, values, file=path, locate=partial(line_of, root))
    check_numbers(root, str(path))
    return board_file


def shipped_benchmarks() -> dict[str, Benchmark]:
    """Every benchmark that comes with the package, by name."""
    benchmarks: dict[str, Benchmark] = {}
    for path in sorted(shipped_boards().glob(f"*/{BENCHMARK}")):
        board = read_board_file(path)
        benchmarks |= {name: Benchmark(name, path, board, section) for name, section in board.benchmarks.items()}
    return dict(sorted(benchmarks.items()))


def find_benchmark(reference: str) -> Benchmark:
    """The benchmark of a name, or of a file: ``FILE``, or ``FILE:NAME`` where the file holds several.

    Raises:
        UserError: there is none, several answer to the name, or mistakes in its file, with line and key.
    """
    path, name = _file_and_name(reference)
    known = shipped_benchmarks() if path is None else _of_file(path)
    chosen = reference if path is None else name or (next(iter(known)) if len(known) == 1 else "")
    if chosen not in known:
        several = [other for other in known if path is not None or other.startswith(f"{reference}-")]
        hint = f"give one of {', '.join(several)}" if several else did_you_mean(chosen, known)
        raise UserError(f"no benchmark '{reference}'", hint=hint)
    check_section(known[chosen])
    return known[chosen]


def _file_and_name(reference: str) -> tuple[Path | None, str]:
    """The file that is meant, and the name in it; no file for the name of a shipped benchmark."""
    head, _, name = reference.rpartition(":")
    for text, chosen in ((reference, ""), (head, name)):
        if text.endswith((".yaml", ".yml")):
            if not Path(text).is_file():
                raise UserError("no such file", file=text)
            return Path(text), chosen
    return None, ""


def _of_file(path: Path) -> dict[str, Benchmark]:
    board = read_board_file(path)
    if not board.benchmarks:
        raise UserError("describes no benchmark", file=path, key="benchmarks")
    return {name: Benchmark(name, path, board, section) for name, section in board.benchmarks.items()}


def check_section(benchmark: Benchmark) -> None:
    """See that a benchmark's source, page and tasks are there and take their settings.

    Raises:
        UserErrors: all mistakes, with line and key.
    """
    _, root = read_yaml_mapping(benchmark.file, "is a mapping with the key title")
    locate, mistakes = partial(line_of, root), list[UserError]()
    section, place = benchmark.section, ["benchmarks", benchmark.name]
    mistakes += _mistakes(benchmark.file, locate, registry.SOURCES, section.source_section["name"], [*place, "source"])
    if not mistakes:
        source = registry.load(registry.SOURCES, section.source_section["name"])
        options = section.source_section["options"]
        mistakes += _wrong(source.options, options, benchmark.file, place, locate)
    for name, settings in section.tasks.items():
        unknown = _mistakes(benchmark.file, locate, registry.TASKS, name, [*place, "tasks", name])
        mistakes += unknown
        if not unknown:
            model = registry.load(registry.TASKS, name).settings
            mistakes += _wrong(model, settings or {}, benchmark.file, [*place, "tasks", name], locate)
    if mistakes:
        raise UserErrors(mistakes)


def _mistakes(file: Path, locate: Locate, group: str, name: str, path: list[str]) -> list[UserError]:
    if name in registry.names(group):
        return []
    hint = did_you_mean(name, registry.names(group))
    return [UserError(f"unknown name '{name}'", file=file, line=locate(path), key=".".join(path), hint=hint)]


def _wrong(
    model: type[BaseModel], values: dict[str, object], file: Path, path: Sequence[str], locate: Locate
) -> Sequence[UserError]:
    try:
        validate_model(model, values, file=file, prefix=path, locate=locate)
    except UserErrors as error:
        return error.errors
    return []
