"""Options that every format has: which rows, how paths are written, what is printed."""

import json
from pathlib import Path

import pytest

from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.selection import Selection, select
from rsica_data.dataset.stats import dataset_stats


@pytest.fixture
def llava(rsica_data, small_dataset, tmp_path):
    def run(*words, to="to"):
        done = rsica_data("export", small_dataset, "--format", "llava", "--to", tmp_path / to, *words)
        return done, tmp_path / to

    return run


def ids(path):
    return [record["id"] for record in json.loads(path.read_text())]


def test_splits_tasks_and_rows_are_selected_and_their_images_alone_are_written(llava, small_dataset):
    done, out = llava("--split", "train", "--split", "test", "--task", "counting", "--task", "dialogue", "--limit", 3)
    assert done.status == 0, done.err
    images = set()
    for split in ("train", "test"):
        dataset = open_dataset(small_dataset)
        rows = [item for item in dataset.instructions(split) if item.task in ("counting", "dialogue")][:3]
        assert ids(out / f"llava_{split}.json") == [item.instruction_id for item in rows]
        wanted = {item.pair_id for item in rows}
        images |= {
            image.path.removeprefix("images/")
            for pair in dataset.pairs(split) if pair.pair_id in wanted for image in (pair.before, pair.after)
        }  # fmt: skip
    assert not (out / "llava_val.json").exists()
    assert {path.relative_to(out / "images").as_posix() for path in out.rglob("*.png")} == images


def test_a_limit_counts_rows_over_shards_of_a_split(small_dataset):
    dataset = open_dataset(small_dataset)
    assert len(dataset.shards("train")) > 1
    whole = list(dataset.instructions("train", ["counting"]))
    for limit in range(1, len(whole) + 2):
        part = select(dataset, Selection(("train",), ("counting",), limit))
        assert list(part.instructions()) == whole[:limit]
        assert [pair.pair_id for pair in part.pairs()] == [item.pair_id for item in whole[:limit]]
        assert part.splits == ("train",) and part.hash == dataset.hash


def test_statistics_are_those_of_the_selection(small_dataset):
    dataset = open_dataset(small_dataset)
    splits = dataset_stats(select(dataset, Selection(("train",), ("counting",), 3)))["splits"]
    assert {split: entry["tasks"] for split, entry in splits.items()} == {"train": {"counting": 3}}


def test_a_selected_split_keeps_pairs_without_rows(stored_pair, write_dataset):
    dataset = write_dataset([stored_pair("x"), stored_pair("y", split="train")], [])
    part = select(dataset, Selection(("test",)))
    assert [pair.pair_id for pair in part.pairs()] == ["hand/test/x"]
    assert select(dataset, Selection()) is dataset


def test_what_is_not_there_is_told(llava):
    for words, told in (
        (("--split", "tset"), "no split 'tset'"),
        (("--task", "countin"), "--task: no rows of task 'countin' (did you mean 'counting'?)"),
    ):
        done, out = llava(*words)
        assert (done.status, done.err.count("\n")) == (2, 1)
        assert told in done.err
        assert not out.exists()


def test_an_export_of_other_rows_is_not_written_over(llava):
    assert llava("--split", "test")[0].status == 0
    assert llava("--split", "test")[0].status == 0
    for words in ((), ("--split", "train"), ("--split", "test", "--limit", "1")):
        done, _ = llava(*words)
        assert (done.status, "holds an export of other rows of 'small'" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["llava", "sharegpt", "changechat", "openai", "ms-swift", "qwen-vl"])
def test_absolute_paths_lead_to_the_images_from_anywhere(name, rsica_data, small_dataset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--set", "images=path"] if name == "openai" else []
    done = rsica_data("export", small_dataset, "--format", name, "--to", "to", "--paths", "absolute", *words)
    assert done.status == 0, done.err
    text = "".join(path.read_text() for path in Path("to").glob("*test*.json*"))
    assert text.count(f"{tmp_path}/to/images/test/A/") == text.count("test/A/") > 0
    for record in json.loads(Path("to/llava_test.json").read_text()) if name == "llava" else ():
        assert all(Path(path).is_file() for path in record["image"])


def test_paths_are_refused_where_no_record_names_a_file(rsica_data, small_dataset, tmp_path):
    for name in ("trl", "webdataset", "geojson", "openai"):
        done = rsica_data("export", small_dataset, "--format", name, "--to", tmp_path / "to", "--paths", "absolute")
        assert (done.status, done.err.count("\n")) == (2, 1), done.err


def test_one_summary_for_people_and_for_scripts(llava, small_dataset):
    done, out = llava()
    assert len(done.out.splitlines()) == 1
    assert "24 images" in done.out and "llava_test.json" in done.out
    found = llava("--json")[0].json
    counts = open_dataset(small_dataset).manifest["counts"]["instructions"]
    assert found["rows"] == {split: sum(tasks.values()) for split, tasks in counts.items()}
    assert found["files"] == ["llava_train.json", "llava_val.json", "llava_test.json"]
    assert (found["images"], found["format"], found["to"]) == (24, "llava", str(out))
    held = [path for path in out.rglob("*") if path.is_file() and path.name != ".export.json"]
    assert found["bytes"] == sum(path.stat().st_size for path in held)


def test_help_lists_the_options_of_each_format(rsica_data):
    for name in registry.names(registry.EXPORTERS):
        for words in (("--format", name, "--help"), ("--help", f"--format={name}")):
            shown = rsica_data("export", *words)
            assert shown.status == 0
            for option, field in registry.load(registry.EXPORTERS, name).options.model_fields.items():
                assert f"  {option}: " in shown.out, (name, option, field)
    assert "Formats: changechat, geojson" in rsica_data("export", "--help").out
    assert "unknown export format 'lava' (did you mean 'llava'?)" in rsica_data("export", "--format=lava", "-h").err


def test_every_option_of_a_format_is_described():
    from rsica_data.core.option_table import option_rows

    for name in registry.names(registry.EXPORTERS):
        for row in option_rows(registry.load(registry.EXPORTERS, name).options):
            assert row.meaning, (name, row.name)
