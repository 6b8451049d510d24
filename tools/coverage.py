"""Writes docs/coverage.md: datasets of the catalog with their evidence, and what serves each system of the field.

python tools/coverage.py           # write the page from docs/coverage.yaml, the catalog and the registries
python tools/coverage.py --check   # exit status 1 where it is not up to date, or a name is not registered
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from rsica_bench.cli import cli as bench_cli
from rsica_data.cli import cli as data_cli
from rsica_data.core import registry
from rsica_data.sources.catalog.catalog_pages import all_pages

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "coverage.md"
TABLE = ROOT / "docs" / "coverage.yaml"
KINDS = ("sources", "tasks", "prompts", "recipes", "commands", "adapters", "scripts", "boards")
STAGES = ("prompts", "recipes", "commands", "scripts")
TEXTS = {"name", "checked", "open", "awaited"}


def registered() -> dict[str, set[str]]:
    """The names that there are, by kind."""
    return {
        "sources": {*registry.names(registry.SOURCES), *(page.name for page in all_pages())},
        "tasks": set(registry.names(registry.TASKS)),
        "adapters": set(registry.names(registry.ADAPTERS)),
        "boards": {path.parent.name for path in (ROOT / "leaderboards").glob("*/benchmark.yaml")},
        "prompts": {path.parent.name for path in (ROOT / "recipes" / "prompts").glob("*/meta.yaml")},
        "recipes": {path.stem for path in (ROOT / "recipes").glob("*.yaml")},
        "scripts": {path.name for path in (ROOT / "examples" / "outside_models").glob("serve_*.py")},
        "commands": {name for group in (data_cli, bench_cli) for name in commands(group)},
    }


def commands(group: click.Group, above: str = "") -> Iterator[str]:
    """Commands of a group and of the groups in it, as ``osm changes``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield above + name
        inner = group.get_command(context, name)
        if isinstance(inner, click.Group):
            yield from commands(inner, f"{above}{name} ")


def read_table() -> dict[str, Any]:
    """The table as it is written."""
    table: dict[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table


def faults(table: Mapping[str, Any], there: Mapping[str, set[str]]) -> list[str]:
    """What is wrong in the table: unknown keys, names that are not registered, duplicate names."""
    found = []
    names = [system["name"] for system in table["systems"]]
    found += [f"{name}: duplicate" for name in {name for name in names if names.count(name) > 1}]
    for system in table["systems"]:
        awaited = system.get("awaited", {})
        for key in [*(set(system) - TEXTS), *awaited]:
            if key not in KINDS:
                found.append(f"{system['name']}: unknown key '{key}'")
        for kind in KINDS:
            stated, later = system.get(kind, []), awaited.get(kind, [])
            found += [f"{system['name']}: no {kind[:-1]} '{name}'" for name in stated if name not in there[kind]]
            found += [f"{system['name']}: '{name}' is awaited and stated" for name in stated if name in later]
        if not ({"checked", "open"} & set(system)):
            found.append(f"{system['name']}: says neither what was checked nor what is open")
    return found


def served(system: Mapping[str, Any], there: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Names that serve a system, by kind: those that are stated, and awaited ones that are there by now."""
    awaited = system.get("awaited", {})
    return {kind: [*system.get(kind, []), *(n for n in awaited.get(kind, []) if n in there[kind])] for kind in KINDS}


def missing(system: Mapping[str, Any], there: Mapping[str, set[str]]) -> list[str]:
    """Awaited names that are not there, each with its kind."""
    awaited = system.get("awaited", {})
    return [f"{kind[:-1]} `{name}`" for kind in KINDS for name in awaited.get(kind, []) if name not in there[kind]]


def cell(texts: list[str]) -> str:
    """Texts in one cell of a table."""
    return "; ".join(text for text in texts if text).replace("|", "\\|") or "-"


def quoted(names: list[str]) -> str:
    """Names in one cell of a table."""
    return ", ".join(f"`{name}`" for name in names) or "-"


def system_row(system: Mapping[str, Any], there: Mapping[str, set[str]]) -> str:
    """A system's row."""
    found = served(system, there)
    stages = [f"{kind[:-1]} `{name}`" for kind in STAGES for name in found[kind]]
    absent = missing(system, there)
    lacks = [system.get("open", ""), "not here: " + ", ".join(absent) if absent else ""]
    cells = [
        system["name"].replace("|", "\\|"),
        quoted(found["sources"]),
        quoted(found["tasks"]),
        ", ".join(stages) or "-",
        quoted(found["adapters"]),
        quoted(found["boards"]),
        cell([system.get("checked", "")]),
        cell(lacks),
    ]
    return f"| {' | '.join(cells)} |"


def dataset_rows() -> Iterator[str]:
    """A row a page of the catalog."""
    for page in all_pages():
        verified, open_ = cell(list(page.verified)), cell(list(page.not_verified))
        yield f"| `{page.name}` | {page.family} | {len(page.layouts)} | {verified} | {open_} |"


def form_rows(table: Mapping[str, Any], there: Mapping[str, set[str]]) -> Iterator[str]:
    """Forms of datasets that have no page."""
    for form, names in table["forms"].items():
        absent = [name for name in names if name not in there["sources"]]
        if absent:
            yield f"| {form} | {', '.join(absent)} |"


def reason_rows(table: Mapping[str, Any], there: Mapping[str, set[str]]) -> Iterator[str]:
    """Datasets that were looked for and have no page, with the reason."""
    for name, reason in table.get("without", {}).items():
        if name not in there["sources"]:
            yield f"| {name} | {cell([reason])} |"


def page_text() -> str:
    """The page."""
    table, there = read_table(), registered()
    lines = [
        "# What of the field is covered",
        "",
        "Written by `python tools/coverage.py` from the pages of the catalog, the registries and `docs/coverage.yaml`.",
        "Every layout of every page is written from the page and read back to the same masks, and every page is built:",
        "page and reader agree (`tests/data/sources/test_catalog_written.py`).",
        "That a page is right rests on what it was verified against.",
        "",
        "| dataset | family | layouts | verified against | not verified |",
        "| --- | --- | --- | --- | --- |",
        *dataset_rows(),
        "",
        f"## {len(table['systems'])} systems of the field",
        "",
        "What reads a system's data, asks its questions, makes its rows, runs it and ranks it. A name in code is",
        "registered in this version; what is not, and what nobody has tried, stands in the last column. No system was",
        "run with its own weights unless a row says so.",
        "",
        "| system | sources | tasks | stages | adapters | boards | checked | open |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(system_row(system, there) for system in table["systems"]),
        "",
        "## Forms without a reader yet",
        "",
        "| form | datasets |",
        "| --- | --- |",
        *form_rows(table, there),
        "",
        "## Datasets without a page",
        "",
        "| dataset | why |",
        "| --- | --- |",
        *reason_rows(table, there),
    ]
    return "\n".join([*lines, ""])


def main() -> int:
    """Write the page, or check it."""
    wrong = faults(read_table(), registered())
    for line in wrong:
        print(f"docs/coverage.yaml: {line}", file=sys.stderr)
    if wrong:
        return 1
    text = page_text()
    if "--check" in sys.argv[1:]:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
