"""Options as a table: types, defaults and meanings from pydantic models and their docstrings."""

import doctest
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, PositiveInt

from rsica_data.core import option_table, registry
from rsica_data.core.option_table import OptionRow, ShownType, option_rows, rows_as_markdown, rows_as_text


class Place(BaseModel):
    """A place.

    Attributes:
        row: row of it.
    """

    row: int


class Base(BaseModel):
    """Options of the base.

    Attributes:
        first, second: two numbers
            on two lines.
        mode: old words.
    """

    first: float = Field(0.5, ge=0, le=1)
    second: PositiveInt | None = None
    mode: Literal["a", "b"] = "a"


class Options(Base):
    """Options.

    Attributes:
        mode: as in :class:`Base`, with ``a`` | ``b``.
        start: where it begins.
        end: where it ends.
        classes: class map.

    Raises:
        nothing: no option.
    """

    start: Place
    end: Place | None = None
    classes: Annotated[tuple[tuple[str, int], ...], ShownType("mapping of name to value")] = ()
    sizes: tuple[int, int] = (1, 2)
    names: list[str | int] = Field(default_factory=lambda: ["x"])
    extra: dict[str, bool] = Field(default_factory=dict)


EXPECTED = [
    OptionRow("first", "number >= 0, <= 1", "0.5", "two numbers on two lines."),
    OptionRow("second", "integer > 0", "null", "two numbers on two lines."),
    OptionRow("mode", "a | b", "a", "as in ``Base``, with ``a`` | ``b``."),
    OptionRow("start", "mapping", "required", "where it begins."),
    OptionRow("start.row", "integer", "required", "row of it."),
    OptionRow("end", "mapping", "null", "where it ends. Keys as for ``start``."),
    OptionRow("classes", "mapping of name to value", "[]", "class map."),
    OptionRow("sizes", "list of 2: integer", "[1,2]", ""),
    OptionRow("names", "list of (string | integer)", '["x"]', ""),
    OptionRow("extra", "mapping of string to boolean", "{}", ""),
]


def test_rows_come_from_fields_and_docstrings():
    assert option_rows(Options) == EXPECTED


def test_the_same_rows_as_text_and_as_markdown():
    text, table = rows_as_text(EXPECTED[2:4]), rows_as_markdown(EXPECTED[2:4]).splitlines()
    assert text.splitlines() == [
        "  mode: a | b; default a",
        "      as in Base, with a | b.",
        "  start: mapping; required",
        "      where it begins.",
    ]
    assert table[2:] == [
        "| `mode` | a \\| b | `a` | as in `Base`, with `a` \\| `b`. |",
        "| `start` | mapping | required | where it begins. |",
    ]
    assert rows_as_text([]) == "  no options" and rows_as_markdown([]) == "No options."


def test_its_example_runs():
    assert doctest.testmod(option_table).failed == 0


PLUGINS = [
    (group, name) for group in (registry.SOURCES, registry.TASKS, registry.ADAPTERS) for name in registry.names(group)
]


@pytest.mark.parametrize(("group", "name"), PLUGINS)
def test_every_option_has_a_type_in_words_and_a_meaning(group, name):
    rows = option_rows(option_table.plugin_options(registry.load(group, name)))
    assert [row.name for row in rows if not row.meaning.strip()] == []
    assert [
        row.name
        for row in rows
        if any(mark in row.type for mark in ("typing", "Annotated", "NoneType", "[", "<"))
        and " < " not in row.type
        and "<=" not in row.type
    ] == []
    assert len({row.name for row in rows}) == len(rows)


def test_the_command_lines_print_one_plugin(rsica_data, rsica_bench):
    shown = rsica_data("sources", "folder")
    assert shown.status == 0 and "  gsd_m: number > 0, <= 1e+06; default null\n" in shown.out
    assert "  split.ratio: mapping of (train | val | test) to number >= 0; default null\n" in shown.out
    both = rsica_data("sources", "levir-cd")
    assert "rsica-data build levir-cd" in both.out and "  class_name: string; default building\n" in both.out
    counting = rsica_data("tasks", "counting", "--json").json
    assert counting["name"] == "counting"
    assert {
        "name": "style",
        "type": "default | changechat",
        "default": "default",
        "meaning": "wording of the answer.",
    } in (counting["options"])
    assert "  threshold: number > 0, < 1; default 0.5\n" in rsica_bench("adapters", "mask").out
    assert "  no options\n" in rsica_bench("adapters", "oracle").out
    unknown = rsica_bench("adapters", "maks")
    assert unknown.status == 2 and "did you mean 'mask'" in unknown.err
