"""Formats, card, croissant, statistics and the preview page on a built dataset."""

import base64
import json
import shutil
import warnings

import pytest
import yaml

from rsica_data.core.files import sha256_file
from rsica_data.dataset.export.croissant import write_croissant
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.stats import dataset_stats
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
@pytest.mark.parametrize("table", ["pairs", "instructions"])
def test_a_damaged_dataset_is_told_in_one_line(rsica_data, rsica_bench, small_dataset, tmp_path, damage, table):
    out = tmp_path / "out"
    shutil.copytree(small_dataset, out)
    file = sorted((out / table).glob("test-*.parquet"))[0]
    data = bytearray(file.read_bytes())
    if damage == "flipped":
        data[len(data) // 4 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 4)
    file.write_bytes(data[:1000] if damage == "cut" else data)
    if damage == "gone":
        file.unlink()
    checked = rsica_data("validate", out)
    assert checked.status == 1
    assert file.name in checked.out
    for done in (
        rsica_data("stats", out),
        rsica_data("preview", out, "--html", tmp_path / "page.html"),
        rsica_data("export", out, "--format", "openai", "--to", tmp_path / "exported"),
        rsica_bench("run", "--data", out, "--adapter", "oracle", "--out", tmp_path / "run"),
    ):
        assert done.status in ((0, 2) if damage == "flipped" else (2,)), done.err
        assert done.status == 0 or file.name in done.err


def test_a_manifest_that_is_none_is_told(rsica_data, tmp_path):
    (tmp_path / "manifest.json").write_text("[]")
    assert "not the manifest of a dataset" in rsica_data("validate", tmp_path).err


def said(record, roles):
    turns = record.get("conversations") or record.get("messages")
    return [roles(turn) for turn in turns]


def test_llava_and_sharegpt_keep_every_turn(rsica_data, small_dataset, tmp_path):
    dataset = open_dataset(small_dataset)
    for name, mark in (("llava", "<image>\n<image>\n"), ("sharegpt", "<image><image>")):
        out = tmp_path / name
        assert rsica_data("export", small_dataset, "--format", name, "--to", out).status == 0
        for split in dataset.splits:
            records = json.loads((out / f"{name}_{split}.json").read_text())
            for record, item in zip(records, dataset.instructions(split), strict=True):
                turns = record.get("conversations") or record["messages"]
                texts = [turn.get("value", turn.get("content")) for turn in turns]
                assert texts[0].startswith(mark)
                assert [texts[0].removeprefix(mark), *texts[1:]] == [turn.content for turn in item.turns]
                assert not any("<image>" in text for text in texts[1:])
                paths = record.get("image") or [path.removeprefix("images/") for path in record["images"]]
                for path, side in zip(paths, ("/A/", "/B/"), strict=True):
                    assert side in path
                    assert (out / "images" / path).is_file()
    assert "small_test" in json.loads((tmp_path / "sharegpt" / "dataset_info.json").read_text())


def test_openai_messages_hold_both_images(rsica_data, small_dataset, tmp_path):
    assert rsica_data("export", small_dataset, "--format", "openai", "--to", tmp_path / "o").status == 0
    dataset = open_dataset(small_dataset)
    pairs = {pair.pair_id: pair for pair in dataset.pairs("test")}
    lines = (tmp_path / "o" / "openai_test.jsonl").read_text().splitlines()
    for line, item in zip(lines, dataset.instructions("test"), strict=True):
        messages = json.loads(line)["messages"]
        urls = [part["image_url"]["url"] for part in messages[0]["content"] if part["type"] == "image_url"]
        pair = pairs[item.pair_id]
        assert [base64.b64decode(url.split(",")[1]) for url in urls] == [pair.before.data, pair.after.data]
        assert messages[0]["content"][-1]["text"] == item.turns[0].content
        assert [message["role"] for message in messages] == [turn.role for turn in item.turns]


def test_exports_are_deterministic_and_options_checked(rsica_data, small_dataset, tmp_path):
    for name in ("one", "two"):
        words = ["--format", "changechat", "--to", tmp_path / name, "--set", "images=none", "--set", "prefix=mine"]
        assert rsica_data("export", small_dataset, *words).status == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert {path.name for path in (tmp_path / "one").iterdir()} - {".export.json"} == {
        f"mine_{part}.json"
        for part in (
            "train", "train_loc", "test", "test_binary", "test_count", "test_loc", "test_dialog", "test_open",
        )
    }  # fmt: skip
    train, located = (json.loads((tmp_path / "one" / f"mine_{n}.json").read_text()) for n in ("train", "train_loc"))
    assert sorted(row["id"] for row in train) == sorted(row["id"] for row in located)
    wrong = rsica_data("export", small_dataset, "--format", "llava", "--to", tmp_path / "x", "--set", "image=none")
    assert wrong.status == 2
    assert "did you mean 'images'" in wrong.err


def test_a_folder_that_holds_something_else_is_not_exported_into(rsica_data, small_dataset, tmp_path, write_recipe):
    to = tmp_path / "to"
    to.mkdir()
    (to / "notes.txt").write_text("mine")
    done = rsica_data("export", small_dataset, "--format", "llava", "--to", to)
    assert (done.status, len(done.err.strip().splitlines())) == (2, 1)
    assert "--to: folder is not empty and holds no export (give a new folder)" in done.err
    assert [path.name for path in to.iterdir()] == ["notes.txt"]
    assert "is a file" in rsica_data("export", small_dataset, "--format", "llava", "--to", to / "notes.txt").err

    first = tmp_path / "first"
    words = ("--format", "llava", "--to", first)
    assert rsica_data("export", small_dataset, *words).status == 0
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    assert rsica_data("export", small_dataset, *words).status == 0
    assert {path: path.read_bytes() for path in first.rglob("*") if path.is_file()} == before

    other_format = rsica_data("export", small_dataset, "--format", "sharegpt", "--to", first)
    assert (other_format.status, "holds an export of 'small' as llava" in other_format.err) == (2, True)
    out = tmp_path / "other"
    assert rsica_data("build", write_recipe(options={"pairs": 3, "size": 64}), "--out", out, "--workers", 1).status == 0
    other_data = rsica_data("export", out, *words)
    assert (other_data.status, "another build of 'small'" in other_data.err) == (2, True)
    (first / ".export.json").write_text("[]")
    assert "holds no export" in rsica_data("export", small_dataset, *words).err


def test_an_export_that_fails_or_is_killed_leaves_its_folder_usable(rsica_data, small_dataset, tmp_path):
    to = tmp_path / "to"
    assert rsica_data("export", small_dataset, "--format", "geojson", "--to", to).status == 2
    assert not to.exists()
    assert rsica_data("export", small_dataset, "--format", "openai", "--to", to).status == 0
    (to / "openai_test.jsonl").unlink()
    (to / ".partial-1-openai_test.jsonl").write_text("left by a kill")
    assert rsica_data("export", small_dataset, "--format", "openai", "--to", to).status == 0
    assert (to / "openai_test.jsonl").is_file()
    assert not list(to.glob(".partial-*"))


def test_card_front_matter(small_dataset):
    text = (small_dataset / "README.md").read_text()
    front = yaml.safe_load(text.split("---")[1])
    assert [config["config_name"] for config in front["configs"]] == ["instructions", "pairs"]
    assert front["license"] == "cc0-1.0"
    card = pytest.importorskip("huggingface_hub").DatasetCardData(**front)
    assert yaml.safe_load(card.to_yaml()) == front
    assert open_dataset(small_dataset).hash in text


@pytest.mark.parametrize("published", [False, True])
def test_croissant_names_every_file_whose_sha256_is_known(small_dataset, published):
    """The form asks for SHA-256, which a build has of the files without images and a publish of all."""
    found = json.loads((small_dataset / "croissant.json").read_text())
    known = json.loads((small_dataset / "manifest.json").read_text())["files"]
    listed = {path for path in known if path.startswith("instructions/")}
    if published:
        dataset, listed = open_dataset(small_dataset), {*known, "repo"}
        hashes = {path: sha256_file(small_dataset / path) for path in known}
        found = json.loads(write_croissant(dataset.manifest, "ann/x", hashes))
    files = {entry["@id"] for entry in found["distribution"] if entry["@type"] == "cr:FileObject"}
    assert files == listed
    with warnings.catch_warnings():
        # The validator's RDF library deprecates parts of itself.
        warnings.simplefilter("ignore")
        mlcroissant = pytest.importorskip("mlcroissant")
        assert not mlcroissant.Dataset(jsonld=found).metadata.ctx.issues.errors


def test_stats_agree_with_the_manifest(rsica_data, small_dataset):
    dataset = open_dataset(small_dataset)
    found = dataset_stats(dataset)
    for split, stats in found["splits"].items():
        counts = dataset.manifest["counts"]
        assert stats["pairs"] == counts["pairs"][split]
        assert stats["changed"] == counts["changed"][split]
        assert stats["tasks"] == counts["instructions"][split]
        for entry in stats["classes"].values():
            assert sum(entry["count_bins"].values()) == stats["pairs"]
    assert rsica_data("stats", small_dataset, "--json").json == found
    assert "building" in rsica_data("stats", small_dataset).out


def test_preview_is_one_page_without_outside_requests(rsica_data, small_dataset, tmp_path):
    page = tmp_path / "page.html"
    assert rsica_data("preview", small_dataset, "--html", page, "--sample", 5).status == 0
    text = page.read_text()
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert len(data["pairs"]) == 5
    assert {pair["changed"] for pair in data["pairs"]} == {True, False}
    assert "http://" not in text.replace("http://www.w3.org", "")
    # A link to OpenStreetMap is followed by a click alone; the policy lets the page load nothing by itself.
    assert "https://" not in text.replace("`https://www.openstreetmap.org/", "")
    assert "default-src 'none'" in text and "img-src data:" in text
    assert rsica_data("preview", small_dataset, "--html", page, "--split", "tset").status == 2


def test_text_from_users_cannot_end_the_script(small_dataset, tmp_path, rsica_data):
    import shutil

    import pyarrow.parquet as pq
    from edited_dataset import restate

    copy = tmp_path / "copy"
    shutil.copytree(small_dataset, copy)
    for path in (copy / "instructions").glob("*.parquet"):
        table = pq.read_table(path)
        rows = table.to_pylist()
        for row in rows:
            row["turns"][0]["content"] = "</script><script>alert(1)</script>"
        pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    restate(copy)
    assert rsica_data("preview", copy, "--html", tmp_path / "p.html").status == 0
    assert (tmp_path / "p.html").read_text().count("</script>") == 2


def test_docs_name_every_column():
    from pathlib import Path

    text = (Path(__file__).resolve().parents[3] / "docs" / "dataset.md").read_text()
    for schema in (PAIRS_SCHEMA, INSTRUCTIONS_SCHEMA):
        for name in schema.names:
            assert f"`{name}`" in text, name
