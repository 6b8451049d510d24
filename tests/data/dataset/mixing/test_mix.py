"""Mixes of datasets written by hand: which rows they hold, in which order, with whose provenance."""

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsica_data.core.errors import UserError
from rsica_data.dataset.mixing import MixOptions, MixPart, mix
from rsica_data.dataset.opening import open_dataset
from rsica_data.schema import FactRules, Provenance

TURNS = {"counting": ("How many buildings were built?", "1.")}


@pytest.fixture
def parts(stored_pair, asked, write_dataset):
    """Datasets `a` (12 training pairs, 3 rows each) and `b` (5 pairs, 2 rows each), with a test pair each."""

    def make(name, pairs, rows):
        splits = ["train"] * pairs + ["test"]
        made = [stored_pair(f"{name}{number}", split=split) for number, split in enumerate(splits)]
        by = Provenance(method="llm", model=f"model-{name}", verified=True)
        items = [
            asked(pair, "open_qa", "What?", f"{name}.", number=n, provenance=by) for pair in made for n in range(rows)
        ]
        return write_dataset(made, items, name=name)

    return make("a", 12, 3), make("b", 5, 2)


def mixed(parts, out, **values):
    options = {key: values.pop(key) for key in list(values) if key in {f.name for f in dataclasses.fields(MixOptions)}}
    named = tuple(MixPart(part.name, part, **{k: v[part.name] for k, v in values.items()}) for part in parts)
    mix(MixOptions(named, out, **options))
    return open_dataset(out)


def ids(dataset, split="train"):
    return [item.instruction_id for item in dataset.instructions(split)]


def test_without_weights_every_row_is_there_with_its_pair_and_provenance(parts, tmp_path):
    found = mixed(parts, tmp_path / "mix")
    for split in ("train", "test"):
        rows = {item.instruction_id: item for part in parts for item in part.instructions(split)}
        assert {item.instruction_id: item for item in found.instructions(split)} == rows
    pairs = {pair.pair_id: pair for part in parts for pair in part.pairs()}
    for pair in found.pairs():
        attributes = dict(pair.attributes)
        assert attributes.pop("part") == pair.pair_id.split("/")[2][0]
        assert dataclasses.replace(pair, attributes=attributes) == pairs[pair.pair_id]


def test_weights_caps_and_rows(parts, tmp_path):
    def shares(**values):
        found = ids(mixed(parts, tmp_path / str(values), **values))
        return tuple(sum(f"/{name}" in row for row in found) for name in "ab")

    assert shares(weight={"a": 1.0, "b": 3.6}) == (10, 10)  # 36 rows and 10 * 3.6: equal parts, and b is used up
    assert shares(cap={"a": 6, "b": None}) == (6, 10)
    assert shares(rows=23) == (18, 5)
    assert shares(temperature=1e9) == (10, 10)
    whole = ids(mixed(parts, tmp_path / "whole", rows=4), "test")
    assert len(whole) == 5  # weights are about training rows


def test_the_manifest_says_what_was_taken_and_on_what_terms(parts, tmp_path):
    found = mixed(parts, tmp_path / "mix", weight={"a": 0.5, "b": 1.0}, seed=3)
    of_a, of_b = found.manifest["mix"]["parts"]
    assert (of_a["name"], of_a["sha256"], of_a["weight"]) == ("a", parts[0].hash, 0.5)
    assert of_a["splits"]["train"] == {"available": 36, "rows": 18, "pairs": of_a["splits"]["train"]["pairs"]}
    assert of_b["splits"]["test"] == {"available": 2, "rows": 2, "pairs": 1}
    assert found.manifest["source"]["license"] == "CC0-1.0"
    assert "| a | a | 0.5 | train | 18 | 36 |" in (tmp_path / "mix/README.md").read_text()


def test_one_closed_part_closes_the_mix(parts, stored_pair, asked, write_dataset, tmp_path):
    pair = stored_pair("c")
    source = {"name": "closed", "license": None, "citation": "C.", "url": None, "redistributable": False}
    closed = write_dataset([pair], [asked(pair, "open_qa", "?", "!")], name="c", source=source)
    found = mixed((parts[0], closed), tmp_path / "mix").manifest["source"]
    assert found["redistributable"] is False
    assert found["license"] == "CC0-1.0 AND not stated"


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.floats(0.1, 10), st.integers(1, 7))
def test_a_mix_is_the_same_for_a_seed_whatever_its_shards(parts, tmp_path_factory, seed, weight, shard_pairs):
    def rows(name, **values):
        out = tmp_path_factory.mktemp("mix") / name
        return mixed(parts, out, weight={"a": 1.0, "b": weight}, **values)

    one, two = rows("one", seed=seed), rows("two", seed=seed)
    assert {p.name: p.read_bytes() for p in one.root.rglob("*") if p.is_file() and not p.name.startswith(".")} == {
        p.name: p.read_bytes() for p in two.root.rglob("*") if p.is_file() and not p.name.startswith(".")
    }
    assert ids(rows("cut", seed=seed, shard_pairs=shard_pairs)) == ids(one)
    assert len(set(ids(one))) == len(ids(one))


def test_another_seed_takes_other_rows(parts, tmp_path):
    found = [ids(mixed(parts, tmp_path / str(seed), rows=10, seed=seed)) for seed in range(4)]
    assert len({tuple(rows) for rows in found}) == 4


def test_parts_stand_side_by_side_in_proportion(parts, tmp_path):
    names = [pair.attributes["part"] for pair in mixed(parts, tmp_path / "mix").pairs("train")]
    for length in range(1, 18):
        assert abs(names[:length].count("b") - length * 5 / 17) < 1


def test_a_pair_in_two_parts_is_told_and_prefixed_on_request(parts, write_dataset, tmp_path):
    again = write_dataset(list(parts[0].pairs()), list(parts[0].instructions()), name="again")
    with pytest.raises(UserError, match=r"'hand/test/a12' is in 'a' and in 'again'|is in 'a' and in 'again'"):
        mixed((parts[0], again), tmp_path / "mix")
    found = mixed((parts[0], again), tmp_path / "mix", prefix_ids=True)
    assert len(set(ids(found))) == 2 * len(ids(parts[0]))
    assert {row.split("/")[0] for row in ids(found)} == {"a", "again"}
    pairs = {pair.pair_id for pair in found.pairs()}
    assert all(item.pair_id in pairs for item in found.instructions())


def test_other_fact_rules_are_told_unless_one_part_has_the_say(parts, write_dataset, stored_pair, asked, tmp_path):
    pair = stored_pair("z")
    rules = dataclasses.asdict(FactRules(count="contours"))
    other = write_dataset([pair], [asked(pair, "open_qa", "?", "!")], name="z", rules=rules)
    with pytest.raises(UserError, match=r"'a' and 'z' were built with other fact rules \(count\)"):
        mixed((parts[0], other), tmp_path / "mix")
    assert mixed((parts[0], other), tmp_path / "mix", rules_of="z").rules.count == "contours"
    with pytest.raises(UserError, match="'y' is no part"):
        mixed((parts[0], other), tmp_path / "y", rules_of="y")


def test_a_folder_of_something_else_is_refused_and_the_same_mix_is_done_already(parts, tmp_path):
    out = tmp_path / "mix"
    mixed(parts, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    mixed(parts, out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before
    with pytest.raises(UserError, match="holds another dataset or mix"):
        mixed(parts, out, seed=1)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty and holds no mix"):
        mixed(parts, tmp_path / "notes")


def test_a_mix_that_was_killed_is_finished_by_the_same_command(parts, tmp_path, monkeypatch):
    from rsica_data.dataset.mixing import mix_files

    whole = mixed(parts, tmp_path / "whole", shard_pairs=4)
    real, calls = mix_files._write_shard, []

    def failing(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(mix_files, "_write_shard", failing)
    with pytest.raises(KeyboardInterrupt):
        mixed(parts, tmp_path / "mix", shard_pairs=4)
    assert not (tmp_path / "mix" / "manifest.json").exists()
    assert mixed(parts, tmp_path / "mix", shard_pairs=4).hash == whole.hash


def test_the_command(rsica_data, small_dataset, tmp_path):
    out = tmp_path / "mix"
    words = ["mix", f"one={small_dataset}", f"two={small_dataset}", "--prefix-ids", "--out", out, "--name", "both",
             "--weight", "two=0.5", "--task", "counting", "--split", "train"]  # fmt: skip
    done = rsica_data(*words, "--json")
    assert done.status == 0, done.err
    assert done.json["parts"] == {"one": {"train": 8}, "two": {"train": 4}}
    assert rsica_data("validate", out).status == 0
    assert json.loads((out / "manifest.json").read_text())["name"] == "both"
    assert "finished already" in rsica_data(*words).out
    for wrong, told in (
        (["--weight", "three=1"], "'three' is no dataset of the mix (datasets: one, two)"),
        (["--weight", "two=-1"], "'-1' is no number above 0"),
        (["--cap", "x"], "'x' is no number above 0"),
    ):
        done = rsica_data(*words, *wrong)
        assert (done.status, told in done.err) == (2, True), done.err
    alone = rsica_data("mix", small_dataset, "--out", tmp_path / "alone")
    assert (alone.status, "at least two datasets" in alone.err) == (2, True)
