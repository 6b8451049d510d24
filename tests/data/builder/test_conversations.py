"""The table of conversations that a build adds on request."""

import shutil

import datasets
import pytest

RECIPE = {
    "tasks": ["classification", "counting"],
    "facts": {"classes": ["road", "building"]},
    "options": {"pairs": 6, "size": 64, "seed": 2},
}


@pytest.fixture
def build(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(source="synthetic", **RECIPE)

    def make(name, *words):
        done = rsica_data("build", recipe, "--out", tmp_path / name, "--workers", 1, *words)
        assert done.status == 0, done.err
        return tmp_path / name

    return make


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_build_adds_it_on_request_and_once(build, rsica_data):
    plain, out = build("plain"), build("out", "--conversations")
    assert not (plain / "conversations").exists()
    assert rsica_data("validate", out).status == 0
    own = {name: data for name, data in files_of(out).items() if not name.startswith("conversations/")}
    varying = {"README.md", "build_info.json"}
    assert {n: d for n, d in own.items() if n not in varying} == {
        n: d for n, d in files_of(plain).items() if n not in varying
    }
    before = files_of(out / "conversations")
    assert build("out", "--conversations") == out and files_of(out / "conversations") == before
    # What a kill left out is made by the same command, with the same bytes.
    shutil.rmtree(out / "conversations")
    build("out", "--conversations")
    assert files_of(out / "conversations") == before


def test_the_card_names_it_and_datasets_reads_whole_samples(build, tmp_path):
    out = build("out", "--conversations")
    assert "config_name: conversations" in (out / "README.md").read_text()
    names = datasets.get_dataset_config_names(str(out))
    assert "conversations" in names
    rows = datasets.load_dataset(str(out), "conversations", cache_dir=tmp_path / "cache")
    row = next(iter(next(iter(rows.values()))))
    assert len(row["images"]) == 2 and row["messages"][0]["role"] == "user"
