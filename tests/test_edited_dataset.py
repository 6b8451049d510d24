"""A dataset whose tables were edited: every command ends in one line that names file, row and column."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from edited_dataset import restate

from rsica_bench.cli import cli as bench_group
from rsica_data.core.command_line import run_cli
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA


@pytest.fixture(scope="module")
def work(small_dataset, tmp_path_factory):
    root = tmp_path_factory.mktemp("edited")
    shutil.copytree(small_dataset, root / "whole")
    words = ["run", "--data", root / "whole", "--adapter", "no-change", "--out", root / "run"]
    assert run_cli(bench_group, "rsica-bench", [str(word) for word in words]) == 0
    return root


HARMLESS = {str(((("captions",)), [None])), str((("attributes",), "")), str((("kind",), "nothing"))}
"""What readers take for nothing, or do not look at."""


def checked(path, value):
    """Exit statuses that `validate` may have."""
    return (0, 1) if str((path, value)) in HARMLESS else (1,)


def set_in(row, path, value):
    for key in path[:-1]:
        row = row[key]
    row[path[-1]] = value


PAIRS = [
    *((("pair_id",), None), (("split",), None), (("width",), 0), (("width",), None), (("gsd_m",), float("nan"))),
    *((("gsd_m",), float("inf")), (("classes",), [{"id": None, "name": None}]), (("captions",), [None])),
    *((("attributes",), "["), (("attributes",), "3"), (("attributes",), "[" * 5000), (("attributes",), "")),
    *((("facts", "classes", 0, "name"), "nowhere"), (("facts", "classes", 0, "cells_touch"), ["nowhere"])),
    *((("facts", "classes", 0, "fraction"), float("nan")), (("facts", "classes", 0, "largest"), 99)),
    *((("facts", "classes"), None), (("facts", "classes", 0), None), (("facts", "objects"), None)),
    (("facts", "version"), None),
    *((("facts", "classes", 0, "count_components"), -1), (("facts", "classes", 0, "area_px"), -3)),
    *((("facts", "transitions"), [{"from_id": 9, "to_id": 0, "area_px": 1, "fraction": 0.1}]), (("facts", "width"), 0)),
]
INSTRUCTIONS = [
    *((("instruction_id",), None), (("pair_id",), None), (("pair_id",), "a/b/c"), (("task",), None)),
    *((("task",), "nothing"), (("kind",), "nothing"), (("kind",), None), (("turns",), []), (("turns",), None)),
    *((("turns", 0, "role"), "system"), (("turns", 0, "content"), None), (("gold",), "{"), (("gold",), "[]")),
    *((("gold",), "{}"), (("gold",), '{"changed": 3}'), (("gold",), "[" * 5000), (("gold",), None)),
    *((("references",), None), (("references",), [None]), (("provenance",), None), (("provenance", "method"), None)),
]


def edited(work, tmp_path, folder, schema, path, value):
    data = tmp_path / "ds"
    shutil.copytree(work / "whole", data)
    shard = next((data / folder).glob("test-*.parquet"))
    rows = pq.read_table(shard).to_pylist()
    set_in(rows[0], path, value)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), shard)
    restate(data)  # or the checksum alone would be told, and no row read
    return data


def all_commands(work, data, tmp_path, rsica_data, rsica_bench):
    yield "validate", rsica_data("validate", data)
    yield "stats", rsica_data("stats", data)
    yield "card", rsica_data("card", data, "--force")
    yield "preview", rsica_data("preview", data, "--html", tmp_path / "p.html")
    for name in ("changechat", "llava", "geojson"):
        yield name, rsica_data("export", data, "--format", name, "--to", tmp_path / name)
    yield "run", rsica_bench("run", "--data", data, "--adapter", "oracle", "--out", tmp_path / "run")
    yield "score", rsica_bench("score", work / "run", "--data", data)


@pytest.mark.parametrize(("path", "value"), PAIRS, ids=lambda value: str(value)[:30])
def test_pairs(work, tmp_path, rsica_data, rsica_bench, path, value):
    data = edited(work, tmp_path, "pairs", PAIRS_SCHEMA, path, value)
    for name, done in all_commands(work, data, tmp_path, rsica_data, rsica_bench):
        assert done.status in (checked(path, value) if name == "validate" else (0, 2)), (name, done.err)
        assert done.status != 2 or len(done.err.strip().splitlines()) == 1, (name, done.err)


@pytest.mark.parametrize(("path", "value"), INSTRUCTIONS, ids=lambda value: str(value)[:30])
def test_instructions(work, tmp_path, rsica_data, rsica_bench, path, value):
    data = edited(work, tmp_path, "instructions", INSTRUCTIONS_SCHEMA, path, value)
    for name, done in all_commands(work, data, tmp_path, rsica_data, rsica_bench):
        assert done.status in (checked(path, value) if name == "validate" else (0, 2)), (name, done.err)
        assert done.status != 2 or len(done.err.strip().splitlines()) == 1, (name, done.err)


@pytest.mark.parametrize("gold", ["{}", '{"value": 3}', '{"captions": 7}'])
@pytest.mark.parametrize("task", ["captioning", "classification", "counting", "localization", "open_qa", "dialogue"])
def test_the_gold_of_another_task(work, tmp_path, rsica_data, rsica_bench, task, gold):
    data = tmp_path / "ds"
    shutil.copytree(work / "whole", data)
    shard = next((data / "instructions").glob("test-*.parquet"))
    rows = pq.read_table(shard).to_pylist()
    next(row for row in rows if row["task"] == task)["gold"] = gold
    pq.write_table(pa.Table.from_pylist(rows, schema=INSTRUCTIONS_SCHEMA), shard)
    restate(data)
    assert rsica_data("validate", data).status == 1
    done = rsica_bench("run", "--data", data, "--adapter", "no-change", "--out", tmp_path / "run")
    # Counts and cells by class may be of no class, and of one that is called so.
    assert done.status in ((0, 2) if task in ("counting", "localization") else (2,)), done.err
    assert done.status == 0 or len([line for line in done.err.splitlines() if "error:" in line]) == 1, done.err


@pytest.mark.parametrize("folder", ["pairs", "instructions"])
@pytest.mark.parametrize("fault", ["missing", "type", "twice", "invalid text"])
def test_columns(work, tmp_path, rsica_data, rsica_bench, folder, fault):
    data = tmp_path / "ds"
    shutil.copytree(work / "whole", data)
    shard = next((data / folder).glob("test-*.parquet"))
    table = pq.read_table(shard)
    column = "pair_id"
    place = table.schema.get_field_index(column)
    if fault == "missing":
        table = table.drop_columns([column])
    elif fault == "type":
        table = table.set_column(place, column, pa.array([1] * table.num_rows))
    elif fault == "twice":
        table = table.append_column(column, table.column(column))
    else:
        raw = pa.array([b"\xff\xfe"] * table.num_rows, pa.binary())
        table = table.set_column(place, column, pa.Array.from_buffers(pa.string(), len(raw), raw.buffers()))
    pq.write_table(table, shard)
    for name, done in all_commands(work, data, tmp_path, rsica_data, rsica_bench):
        if (folder, name) in _NOT_READ:
            continue
        assert done.status == (1 if name == "validate" else 2), (name, done.err)
        if done.status == 2:
            assert shard.name in done.err and len(done.err.strip().splitlines()) == 1, (name, done.err)
    report = json.loads(rsica_data("validate", data, "--json").out)
    assert any(shard.name in problem["where"] for problem in report["list"])


_NOT_READ = {("instructions", "geojson")}
