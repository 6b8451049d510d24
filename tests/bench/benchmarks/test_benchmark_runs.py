"""Benchmarks run by name on miniatures: the oracle is perfect, a part of a benchmark says so, datasets are kept."""

import gzip
import json
import os

import pytest
from PIL import Image

from rsica_bench.benchmarks.benchmark_files import shipped_benchmarks
from rsica_bench.benchmarks.dataset import fingerprint

PERFECT = {"accuracy": 1.0, "BLEU-4": 1.0, "ROUGE-L": 1.0, "mae": 0.0, "jaccard": 1.0, "success": 1.0, "giou": 1.0}
MASKS = {
    "change": {"f1": 1.0, "iou": 1.0},
    "multi_class": {"miou": 1.0, "oa": 1.0},
    "damage": {"xview2": 1.0, "localization_f1": 1.0, "damage_f1": 1.0},
    "semantic": {"sek": 1.0, "f_scd": 1.0, "miou": 1.0},
}


def perfect(result):
    """Every leading figure that a result has is perfect, and there is one of each task."""
    for task, entry in result["tasks"].items():
        known = PERFECT.keys() & entry["metrics"].keys()
        assert known and entry["unparsed"] == 0, task
        assert {name: entry["metrics"][name] for name in known} == pytest.approx(
            {name: PERFECT[name] for name in known}
        )


@pytest.mark.parametrize("name", sorted(shipped_benchmarks()))
def test_the_oracle_is_perfect(rsica_bench, miniature, tmp_path, name):
    section = shipped_benchmarks()[name].section
    source = miniature(section.miniature or section.page, 18)
    words = ["--input", source, "--dataset", tmp_path / "dataset", "--adapter", "oracle", "--out", tmp_path / "run"]
    done = rsica_bench("run", "--benchmark", name, *words, "--json")
    assert done.status == 0, done.err
    perfect(done.json)
    if section.masks is not None:
        found = done.json["masks"][section.masks]["metrics"]
        assert {key: found[key] for key in MASKS[section.masks]} == MASKS[section.masks]
    stated = done.json["benchmark"]
    assert stated["items"].keys() == {*section.tasks, "pairs"} and all(stated["items"].values())
    assert stated["published"] == section.items
    if section.items:
        assert "does not hold the published number of items" in done.err
        assert f"of {section.items['pairs']:,}" in done.err


def tiny_images(folder, names, sides=("A", "B"), mode="RGB"):
    """One small image under every name."""
    first = None
    for name in names:
        for side in sides:
            path = folder / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if first is None:
                Image.new(mode, (8, 8)).save(path)
                first = path
            else:
                os.link(first, path)


def test_levir_cd_with_the_published_names_is_complete(rsica_bench, real_data, tmp_path):
    source = tmp_path / "LEVIR-CD"
    names = json.loads((real_data / "levir_cd_coordinates" / "LEVIR_CD_name_coords.json").read_text())
    tested = [name for name in names if name.startswith("test_")]
    tiny_images(source / "test", tested)
    tiny_images(source / "test", tested, ("label",), "L")
    words = ["--input", source, "--dataset", tmp_path / "dataset", "--adapter", "no-change", "--out", tmp_path / "run"]
    done = rsica_bench("run", "--benchmark", "levir-cd", *words)
    assert done.status == 0 and "items: 128 of 128" in done.out and "published number" not in done.err, done.err
    damaged = source / "test" / "label" / tested[0]
    damaged.unlink()  # its bytes are those of all others
    damaged.write_bytes(b"no image")
    words = ["--input", source, "--dataset", tmp_path / "again", "--adapter", "no-change", "--out", tmp_path / "part"]
    done = rsica_bench("run", "--benchmark", "levir-cd", *words)
    assert done.status == 0 and "items: 127 of 128" in done.out and "published number" in done.err, done.err


@pytest.mark.slow  # 1,929 pairs
def test_levir_cc_with_the_published_captions_is_complete(rsica_bench, real_data, tmp_path):
    source = tmp_path / "LEVIR-CC"
    packed = real_data / "levir_cc" / "LevirCCcaptions.json.gz"
    images = json.loads(gzip.decompress(packed.read_bytes()))["images"]
    tiny_images(source / "images" / "test", [one["filename"] for one in images if one["split"] == "test"])
    (source / "LevirCCcaptions.json.gz").symlink_to(packed)
    words = ["--input", source, "--dataset", tmp_path / "dataset", "--adapter", "oracle", "--out", tmp_path / "run"]
    done = rsica_bench("run", "--benchmark", "levir-cc", *words)
    assert done.status == 0, done.err
    assert "items: captioning 1,929 of 1,929" in done.out and "published number" not in done.err
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    perfect(result)
    assert result["tasks"]["captioning"]["items"] == 1929
    word_map = json.loads((tmp_path / "dataset" / "word_map.json").read_text())
    assert word_map["<unk>"] == 465 and len(word_map) == 465


@pytest.mark.slow  # 16,441 questions
def test_the_official_validation_set_of_cdvqa_is_complete(rsica_bench, real_data, own_file, tmp_path):
    source = tmp_path / "cdvqa"
    source.mkdir()
    for part in ("questions", "answers", "images"):
        packed = (real_data / "cdvqa" / f"Val_{part}.json.gz").read_bytes()
        (source / f"Val_{part}.json").write_bytes(gzip.decompress(packed))
    listed = json.loads((source / "Val_images.json").read_text())["images"]
    tiny_images(source, sorted({one["file_name"] for one in listed}), ("im1", "im2"))
    section = shipped_benchmarks()["cdvqa-test1"].section.model_dump(mode="json", exclude_defaults=True)
    own = own_file(validation=section | {"split": "val", "items": {"given_qa": 16441, "pairs": 400}})
    words = ["--input", source, "--dataset", tmp_path / "dataset", "--adapter", "oracle", "--out", tmp_path / "run"]
    done = rsica_bench("run", "--benchmark", own, *words)
    assert done.status == 0, done.err
    assert "items: given_qa 16,441 of 16,441, pairs 400 of 400" in done.out and "published number" not in done.err
    perfect(json.loads((tmp_path / "run" / "result.json").read_text()))


def test_a_dataset_is_kept_for_the_same_input(rsica_bench, miniature, cache, tmp_path):
    source = miniature("clcd")
    words = ["run", "--benchmark", "clcd", "--input", source, "--adapter", "oracle", "--out"]
    assert rsica_bench(*words, tmp_path / "one").status == 0
    (kept,) = (cache / "benchmarks" / "clcd").iterdir()
    built = (kept / "manifest.json").stat().st_mtime_ns
    assert rsica_bench(*words, tmp_path / "two").status == 0
    assert (kept / "manifest.json").stat().st_mtime_ns == built
    first = next((source / "test" / "label").iterdir())
    Image.new("L", (64, 64)).save(first)
    assert rsica_bench(*words, tmp_path / "three").status == 0
    assert len(list((cache / "benchmarks" / "clcd").iterdir())) == 2


def test_a_dataset_is_kept_where_it_is_asked_to(rsica_bench, miniature, cache, tmp_path):
    source, kept = miniature("clcd"), tmp_path / "kept"
    words = ["run", "--benchmark", "clcd", "--dataset", kept, "--adapter", "oracle", "--out"]
    done = rsica_bench(*words, tmp_path / "early", "--input", tmp_path / "nowhere")
    assert done.status == 2 and "no such folder" in done.err and not kept.exists()
    assert rsica_bench(*words, tmp_path / "one", "--input", source).status == 0
    assert not cache.exists()
    assert rsica_bench(*words, tmp_path / "two").status == 0  # the folder alone is enough now
    next((source / "val" / "label").iterdir()).unlink()
    done = rsica_bench(*words, tmp_path / "three", "--input", source)
    assert done.status == 2 and "holds the dataset of another input" in done.err
    other = ["run", "--benchmark", "sysu-cd", "--dataset", kept, "--adapter", "oracle", "--out", tmp_path / "four"]
    done = rsica_bench(*other)
    assert done.status == 2 and "holds no dataset of benchmark 'sysu-cd'" in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--benchmark", "clcd"], "--input: benchmark 'clcd' is built from a folder of yours"),
        (["--benchmark", "clcd", "--data", "x"], "--data: benchmark 'clcd' settles it"),
        (["--benchmark", "clcd", "--split", "val"], "--split: benchmark 'clcd' settles it"),
        (["--benchmark", "clcd", "--protocol", "deltavlm"], "--protocol: benchmark 'clcd' settles it"),
        (["--data", "x", "--input", "y"], "--input: goes with --benchmark"),
        ([], "--data: nothing to run"),
    ],
)
def test_options_that_do_not_go_together(rsica_bench, tmp_path, words, told):
    done = rsica_bench("run", *words, "--adapter", "oracle", "--out", tmp_path / "run")
    assert done.status == 2 and told in done.err
    assert not (tmp_path / "run").exists()


def test_masks_are_scored_of_detectors_and_baselines(rsica_bench, miniature, tmp_path):
    source = miniature("clcd", 12)
    words = ["run", "--benchmark", "clcd", "--input", source, "--dataset", tmp_path / "dataset", "--json"]
    masks = ["--adapter", "mask", "--model", source / "test" / "label", "--out", tmp_path / "mask"]
    done = rsica_bench(*words, *masks)
    assert done.status == 0 and done.json["masks"]["change"]["metrics"]["f1"] == 1.0, done.err
    done = rsica_bench(*words, "--adapter", "no-change", "--out", tmp_path / "none")
    assert done.json["masks"]["change"]["metrics"]["f1"] == 0.0 and done.json["masks"]["without_mask"] == 0
    done = rsica_bench(*words, "--adapter", "python", "--model", "m:f", "--out", tmp_path / "text")
    assert done.status == 2 and "adapter 'python' answers in words" in done.err
    done = rsica_bench(*words, "--adapter", "majority", "--out", tmp_path / "majority")
    assert done.status == 2 and "the benchmark is scored by change masks; adapter 'majority' gives none" in done.err


def test_a_limit_makes_a_part_of_it(rsica_bench, miniature, tmp_path):
    source, kept = miniature("levir-mci", 12), tmp_path / "dataset"
    words = [
        "run",
        "--benchmark",
        "changechat-105k",
        "--input",
        source,
        "--dataset",
        kept,
        "--adapter",
        "oracle",
        "--json",
    ]
    done = rsica_bench(*words, "--tasks", "counting", "--limit", 1, "--out", tmp_path / "one")
    assert done.json["benchmark"]["items"] == {"counting": 1, "pairs": 1}
    assert done.json["benchmark"]["published"] == {"counting": 1929, "pairs": 1929}
    done = rsica_bench(*words, "--tasks", "open_qa", "--out", tmp_path / "two")
    assert done.status == 2 and "benchmark 'changechat-105k' has no task 'open_qa'" in done.err


def test_the_fingerprint_follows_links_and_leaves_the_dataset_out(tmp_path):
    real, source = tmp_path / "real", tmp_path / "source"
    real.mkdir()
    source.mkdir()
    (real / "a.txt").write_text("a")
    (source / "linked").symlink_to(real)
    (source / "loop").symlink_to(source)
    (source / "broken").symlink_to(tmp_path / "nowhere")
    first = fingerprint(source)
    (real / "b.txt").write_text("b")
    second = fingerprint(source)
    assert first != second
    inside = source / "dataset"
    inside.mkdir()
    (inside / "manifest.json").write_text("{}")
    assert fingerprint(source, inside) == second != fingerprint(source)
