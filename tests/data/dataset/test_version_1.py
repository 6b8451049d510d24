"""A dataset and a run that the release with schema version 1 wrote: read, validated, exported and scored as before."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import rsica_bench as rb
import rsica_data as rd
from rsica_data.core.errors import UserError
from rsica_data.imagery.images import decode_mask
from rsica_data.schema.manifest import read_manifest

OLD = Path(__file__).parent / "version_1"


@pytest.fixture
def old(tmp_path):
    shutil.copytree(OLD, tmp_path / "old")
    return tmp_path / "old"


def test_rows_and_manifest_have_the_present_names(old):
    assert "licence" in (old / "ds" / "manifest.json").read_text()
    manifest = read_manifest(old / "ds" / "manifest.json")
    assert manifest["source"]["images_license"] == "CC0-1.0" and manifest["recipe"]["license"] == "CC-BY-4.0"
    assert manifest["recipe"]["source"]["options"]["license"] == "CC0-1.0"
    ds = rd.open_dataset(old / "ds")
    assert [pair.stored.license for pair in ds.pairs()] == ["CC0-1.0"] * 3
    assert [pair.license for pair in ds.built.pairs()] == ["CC0-1.0"] * 3
    assert len(ds) == 21


def test_validate_stats_card_preview_and_exports_read_it(rsica_data, old, tmp_path):
    for words in (
        ["validate", old / "ds"],
        ["stats", old / "ds"],
        ["card", old / "ds"],
        ["preview", old / "ds", "--html", tmp_path / "page.html"],
        ["export", old / "ds", "--format", "llava", "--to", tmp_path / "llava"],
        ["export", old / "ds", "--format", "changechat", "--to", tmp_path / "changechat"],
    ):
        done = rsica_data(*words)
        assert done.status == 0, (words, done.err)


def test_its_run_is_scored_with_the_same_figures(old):
    stated = json.loads((old / "run" / "result.json").read_text())
    run = rb.open_run(old / "run", old / "ds")
    again = rb.evaluate(old / "ds", "no-change")
    for task in run.tasks:
        assert run.scores(task) == stated["tasks"][task]["metrics"]
        # Protocols of version 2 report one share more.
        own = {name: value for name, value in again.scores(task).items() if not name.startswith("beyond_share")}
        assert own == run.scores(task)


def _by_pixels(stored):
    """A pair and the pixels of its mask, whose bytes are others than in version 1."""
    return replace(stored, change_mask=None), stored.change_mask.path, decode_mask(stored.change_mask.data).tolist()


def test_the_same_recipe_now_gives_the_same_rows(old, tmp_path):
    recipe = (old / "r.yaml").read_text().replace("licence", "license")
    (tmp_path / "r.yaml").write_text(recipe)
    new = rd.build(tmp_path / "r.yaml", out=tmp_path / "new", input=old / "images")
    before = rd.open_dataset(old / "ds")
    assert [row.instruction for row in new] == [row.instruction for row in before]
    assert [_by_pixels(pair.stored) for pair in new.pairs()] == [_by_pixels(pair.stored) for pair in before.pairs()]
    assert json.loads((tmp_path / "new" / "manifest.json").read_text())["schema_version"] == 2


def test_a_recipe_with_the_earlier_key_is_told_the_present_one(old, tmp_path):
    with pytest.raises(UserError) as told:
        rd.build(old / "r.yaml", out=tmp_path / "new", input=old / "images")
    assert "licence" in str(told.value) and "license" in str(told.value)


def test_a_list_of_a_fixed_length_is_never_null():
    """pyarrow before 26 raises on such a null: "Expected all lists to be of size=6"."""
    import pyarrow as pa

    from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA

    fixed = [
        field.name
        for schema in (PAIRS_SCHEMA, INSTRUCTIONS_SCHEMA)
        for field in schema
        if pa.types.is_fixed_size_list(field.type)
    ]
    assert fixed == []
