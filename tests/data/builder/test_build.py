"""Builds from end to end: determinism, kills, real data, rejects, what is refused."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rsica_data.core.files import LOCK, sha256_file
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_rgb

SYNTHETIC = {"pairs": 16, "size": 96, "seed": 2}
CLASSES = {"classes": ["road", "building"]}
SHARDS = {"shard_pairs": 3}


def content(out):
    """Hashes of everything that must not vary from run to run."""
    skip = {"build_info.json"}
    return {
        path.relative_to(out).as_posix(): sha256_file(path)
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in skip
    }


def run_build(recipe, out, *words):
    command = [sys.executable, "-c", "from rsica_data.cli import main; main()", "build", str(recipe), "--out", str(out)]
    return subprocess.Popen(
        [*command, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def test_same_bytes_for_any_number_of_workers(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(options=SYNTHETIC, facts=CLASSES, build=SHARDS)
    assert rsica_data("build", recipe, "--out", tmp_path / "one", "--workers", 1).status == 0
    found = rsica_data("build", recipe, "--out", tmp_path / "two", "--workers", 2, "--json")
    assert found.json["counts"]["pairs"] == {"train": 11, "val": 2, "test": 3}
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert rsica_data("validate", tmp_path / "one").status == 0
    again = rsica_data("build", recipe, "--out", tmp_path / "one", "--json")
    assert again.json["reused"] == again.json["shards"]
    other = rsica_data("build", recipe, "--out", tmp_path / "three", "--seed", 9)
    assert other.status == 0
    assert content(tmp_path / "three") != content(tmp_path / "one")


@pytest.mark.parametrize("moments", [3, pytest.param(12, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_ends_the_same(rsica_data, write_recipe, tmp_path, moments):
    recipe = write_recipe(options=SYNTHETIC, facts=CLASSES, build=SHARDS)
    start = time.monotonic()
    assert run_build(recipe, tmp_path / "whole", "--workers", "2").wait() == 0
    length = time.monotonic() - start
    expected = content(tmp_path / "whole")
    rng = random.Random(17)
    out, kills = tmp_path / "killed", 0
    while kills < moments:
        process = run_build(recipe, out, "--workers", "2")
        try:
            process.wait(rng.uniform(0.1, 1.0) * length)
        except subprocess.TimeoutExpired:
            kills += 1
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if (out / "manifest.json").is_file():
            assert_finished(recipe, out, expected)
            shutil.rmtree(out)
    assert run_build(recipe, out, "--workers", "2").wait() == 0
    assert content(out) == expected


def assert_finished(recipe, out, expected):
    """A kill after the manifest leaves the journal and the lock, which the next start removes, and nothing else."""
    left = {name: value for name, value in content(out).items() if not name.startswith((".build/", LOCK))}
    assert left == expected
    assert run_build(recipe, out).wait() == 0
    assert content(out) == expected


def test_killed_after_the_manifest_it_is_finished(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(options=SYNTHETIC, facts=CLASSES, build=SHARDS)
    assert rsica_data("build", recipe, "--out", tmp_path / "whole", "--workers", 1).status == 0
    process = run_build(recipe, tmp_path / "killed", "--workers", "1")
    while not (tmp_path / "killed" / "manifest.json").is_file():
        assert process.poll() is None
    process.kill()
    process.wait()
    assert_finished(recipe, tmp_path / "killed", content(tmp_path / "whole"))


def test_real_pairs_of_levir_cd(rsica_data, real_data, tmp_path):
    out = tmp_path / "out"
    found = rsica_data("build", "levir-cd", "--input", real_data / "levir_cd_samples", "--out", out, "--json")
    assert found.json["counts"]["pairs"] == {"test": 7}
    assert found.json["counts"]["rejected"] == {}
    assert rsica_data("validate", out).status == 0
    assert rsica_data("preview", out, "--html", tmp_path / "page.html").status == 0
    pairs = {pair.pair_id.split("/")[-1]: pair for pair in open_dataset(out).pairs(images=False)}
    assert sum(not pair.changed for pair in pairs.values()) == 1
    for name, pair in pairs.items():
        grey = np.asarray(Image.open(real_data / "levir_cd_samples" / "label" / f"{name}.png"))
        total, _, stats, _ = cv2.connectedComponentsWithStats((grey > 0).astype(np.uint8), connectivity=8)
        assert pair.facts.classes[0].count_components == total - 1
        assert sorted(item.area_px for item in pair.facts.objects) == sorted(stats[1:, cv2.CC_STAT_AREA].tolist())


def test_the_pair_without_a_mask_is_set_aside(rsica_data, write_recipe, real_data, tmp_path):
    recipe = write_recipe(source="levir-cd", options={"list": "none"})
    found = rsica_data("build", recipe, "--input", real_data / "levir_cd_samples", "--out", tmp_path / "out", "--json")
    assert found.status == 0
    assert found.json["counts"]["rejected"] == {"missing-mask": 1}
    row = json.loads((tmp_path / "out" / "rejected.jsonl").read_text())
    assert row["pair_id"] == "levir-cd/test/test_113_0256"
    stopped = rsica_data(
        "build", recipe, "--input", real_data / "levir_cd_samples", "--out", tmp_path / "x", "--max-rejects", 0
    )
    assert stopped.status == 1
    assert "--max-rejects" in stopped.err
    assert not (tmp_path / "x" / "manifest.json").exists()


def test_real_pairs_of_dsifn(rsica_data, real_data, tmp_path):
    out = tmp_path / "out"
    found = rsica_data("build", "levir-cd", "--input", real_data / "dsifn_samples", "--out", out, "--json")
    assert found.json["counts"]["pairs"] == {"test": 10}
    assert found.json["counts"]["rejected"] == {}
    assert rsica_data("validate", out).status == 0


def test_changechat_counts_on_a_small_tree_with_real_captions(rsica_data, real_data, tmp_path):
    import gzip

    whole = json.loads(gzip.decompress((real_data / "levir_cc" / "LevirCCcaptions.json.gz").read_bytes()))
    some = [image for split in ("train", "test") for image in whole["images"] if image["split"] == split]
    images = [*some[:6], *[i for i in some if i["changeflag"]][:4], *[i for i in some if i["split"] == "test"][:5]]
    captions = tmp_path / "captions.json"
    captions.write_text(json.dumps({"images": list({image["filename"]: image for image in images}.values())}))
    tree, out = tmp_path / "tree", tmp_path / "out"
    assert rsica_data("synth", "--captions", captions, "--out", tree, "--workers", 1).status == 0
    found = rsica_data("build", "changechat-105k", "--input", tree, "--out", out, "--json")
    counts = found.json["counts"]
    pairs = counts["pairs"]
    assert counts["instructions"]["train"] == {"captioning": 5 * pairs["train"]} | dict.fromkeys(
        ("classification", "counting", "localization", "dialogue"), pairs["train"]
    )
    assert set(counts["instructions"]["test"].values()) == {pairs["test"]}
    dataset = open_dataset(out)
    for item in dataset.instructions("test", ["captioning"]):
        assert len(item.references) == 5
    for item in dataset.instructions("train", ["counting", "localization"]):
        if not item.changed:
            assert not any(item.gold.values())
    assert rsica_data("validate", out).status == 0
    exported = tmp_path / "exported"
    assert rsica_data("export", out, "--format", "changechat", "--to", exported).status == 0
    test = json.loads((exported / "changechat_105k_test.json").read_text())
    assert set(test[0]) == {"image_A", "image_B", "captions", "changeflag"}
    train = json.loads((exported / "changechat_105k_train.json").read_text())
    assert set(train[0]) == {"id", "image", "changeflag", "conversations"}
    assert train[0]["conversations"][0]["value"].startswith("<image> <image> ")
    assert train[0]["image"][0].startswith("train/A/")


def test_plain_datasets_loads_it(small_dataset, tmp_path, monkeypatch):
    import warnings

    from datasets import load_dataset

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = load_dataset(str(small_dataset), "instructions", cache_dir=str(tmp_path))
        pairs = load_dataset(str(small_dataset), "pairs", cache_dir=str(tmp_path), split="test")
        first = pairs[0]
    built = open_dataset(small_dataset)
    assert {split: rows[split].num_rows for split in rows} == {
        split: sum(1 for _ in built.instructions(split)) for split in built.splits
    }
    assert first["before"].size == (128, 128)
    stored = next(built.pairs("test"))
    assert set(np.unique(np.asarray(first["change_mask"]))) <= {0, 1, 2}
    assert np.array_equal(np.asarray(first["before"]), decode_rgb(stored.before.data))
    assert first["facts"]["classes"][0]["name"] == stored.facts.classes[0].name
    assert rows["train"][0]["turns"][0]["role"] == "user"


def test_validate_finds_what_is_wrong(rsica_data, small_dataset, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(small_dataset, broken)
    path = next((broken / "instructions").glob("test-*.parquet"))
    table = pq.read_table(path)
    rows = table.to_pylist()
    counting = next(row for row in rows if row["task"] == "counting")
    counting["gold"] = '{"building":77,"road":0}'
    rows[0]["pair_id"] = "synthetic/test/nobody"
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    found = rsica_data("validate", broken, "--json")
    assert found.status == 1
    problems = "\n".join(problem["what"] for problem in found.json["list"])
    for part in ("checksum differs", "is not in the shard", "gold is"):
        assert part in problems


def make_tree(root, names=("a", "b"), size=(32, 32)):
    for side in ("A", "B", "label"):
        (root / side).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        pixels = np.full((*size, 3), 50 + number, np.uint8)
        mask = np.zeros(size, np.uint8)
        mask[4:12, 4:12] = 255
        Image.fromarray(pixels).save(root / "A" / f"{name}.png")
        Image.fromarray(pixels).save(root / "B" / f"{name}.png")
        Image.fromarray(mask).save(root / "label" / f"{name}.png")
    return root


def truncate(root):
    path = root / "A" / "b.png"
    path.write_bytes(path.read_bytes()[:-20])


def sixteen_bit(root):
    Image.fromarray(np.full((32, 32), 60000, np.uint16)).save(root / "label" / "b.png")


def palette(root):
    image = Image.new("P", (32, 32))
    image.putpalette([9, 9, 9, 200, 0, 0] + [0] * 762)
    image.save(root / "label" / "b.png")


def other_size(root):
    Image.new("RGB", (31, 32)).save(root / "B" / "b.png")


def other_value(root):
    Image.new("L", (32, 32), 7).save(root / "label" / "b.png")


def no_label(root):
    (root / "label" / "b.png").unlink()


@pytest.mark.parametrize(
    ("spoil", "reason", "said"),
    [
        (truncate, "truncated-image", "A/b.png"),
        (sixteen_bit, "mask-depth", "60000"),
        (palette, "unknown-mask-value", "9"),
        (other_size, "size-mismatch", "31x32"),
        (other_value, "unknown-mask-value", "value 7"),
        (no_label, "missing-mask", "label/b.png"),
    ],
)
def test_a_bad_item_is_set_aside_with_its_reason(rsica_data, tmp_path, spoil, reason, said):
    root = make_tree(tmp_path / "mit Leerzeichen und ß")
    spoil(root)
    out = tmp_path / "über out"
    found = rsica_data("build", "levir-cd", "--input", root, "--out", out, "--workers", 1, "--json")
    assert found.status == 0, found.err
    assert found.json["counts"]["pairs"] == {"test": 1}
    assert found.json["counts"]["rejected"] == {reason: 1}
    assert said in (out / "rejected.jsonl").read_text(encoding="utf-8")
    assert rsica_data("validate", out).status == 0


def test_refused_with_one_line(rsica_data, write_recipe, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    tree = make_tree(tmp_path / "tree")
    recipe = write_recipe(options={"pairs": 3, "size": 64}, build={"shard_pair": 3}, facts={"count": "contour"})
    cases = [
        (["build", "levir-cd", "--input", empty, "--out", tmp_path / "o"], "empty"),
        (["build", "levir-cd", "--input", tmp_path / "absent", "--out", tmp_path / "o"], "no such folder"),
        (["build", "levir-cd", "--out", tmp_path / "o"], "--input is missing"),
        (["build", "levir-dc", "--out", tmp_path / "o"], "did you mean 'levir-cd'"),
        (["build", recipe, "--out", tmp_path / "o"], "did you mean 'shard_pairs'"),
        (["build", "levir-cd", "--input", tree, "--out", tree], "not empty"),
        (["validate", empty], "manifest.json"),
        (["export", empty, "--format", "llama", "--to", tmp_path / "o"], "did you mean 'llava'"),
        (["buid"], "did you mean 'build'"),
    ]
    for words, said in cases:
        found = rsica_data(*words)
        assert found.status == 2, words
        assert said in found.err, (words, found.err)
        assert "Traceback" not in found.err
    both = rsica_data("build", recipe, "--out", tmp_path / "o")
    lines = both.err.strip().splitlines()
    assert len(lines) == 2
    assert all("recipe.yaml:" in line for line in lines)


def test_another_build_in_the_folder_is_refused(rsica_data, write_recipe, tmp_path):
    out = tmp_path / "out"
    recipe = write_recipe(options={"pairs": 3, "size": 64})
    assert rsica_data("build", recipe, "--out", out, "--workers", 1).status == 0
    for words in (["--seed", 5], ["--limit", 1]):
        found = rsica_data("build", recipe, "--out", out, *words)
        assert found.status == 2
        assert "another build of 'small'" in found.err
        assert "or delete this one" in found.err


def test_a_failed_build_does_not_block_a_mended_one(rsica_data, tmp_path):
    root = make_tree(tmp_path / "t", names=("a",))
    label = (root / "label" / "a.png").read_bytes()
    words = ("build", "levir-cd", "--input", root, "--out", tmp_path / "out", "--workers", 1)
    (root / "label" / "a.png").write_bytes(b"none")
    found = rsica_data(*words)
    assert (found.status, "no usable pair" in found.err) == (1, True)
    (root / "label" / "a.png").write_bytes(label)  # mended in its place: the same build
    assert rsica_data(*words).status == 0
    (root / "label" / "a.png").write_bytes(b"none")
    assert rsica_data(*words[:5], tmp_path / "other", *words[6:]).status == 1
    whole = make_tree(tmp_path / "t", names=("a", "b"))  # another input, and so another build
    assert rsica_data(*words[:3], whole, *words[4:5], tmp_path / "other", *words[6:]).status == 0


def test_a_build_that_wrote_pairs_is_kept_until_it_is_deleted(rsica_data, tmp_path, write_recipe):
    out, recipe = tmp_path / "out", write_recipe(source="levir-cd", build={"shard_pairs": 1})
    root = make_tree(tmp_path / "t", names=("a", "b"))
    label = (root / "label" / "b.png").read_bytes()
    (root / "label" / "b.png").write_bytes(b"none")
    words = ("build", recipe, "--input", root, "--out", out, "--workers", 1, "--max-rejects", 0)
    assert "--max-rejects allows 0" in rsica_data(*words).err
    found = rsica_data(*words, "--seed", 7)
    assert found.status == 2
    assert "or delete this one" in found.err
    (root / "label" / "b.png").write_bytes(label)  # mended: what was skipped is read again
    done = rsica_data(*words)
    assert done.status == 0, done.err
    assert "2 pairs" in done.out
    assert "2 shards (1 from before)" in done.out


def test_all_items_bad_is_a_failure(rsica_data, tmp_path):
    root = make_tree(tmp_path / "t", names=("a",))
    (root / "label" / "a.png").unlink()
    found = rsica_data("build", "levir-cd", "--input", root, "--out", tmp_path / "out", "--workers", 1)
    assert found.status == 1
    assert "no usable pair" in found.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_is_one_line_and_the_build_goes_on(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(options=SYNTHETIC, facts=CLASSES, build=SHARDS)
    assert rsica_data("build", recipe, "--out", tmp_path / "whole", "--workers", 1).status == 0
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        found = rsica_data("build", recipe, "--out", disk / "out", "--workers", 1)
        assert found.status == 1
        assert "no space left" in found.err
        assert "Traceback" not in found.err
        left = [path.name for path in (disk / "out").rglob("*") if path.name.startswith(".partial-")]
        assert left == []
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert rsica_data("build", recipe, "--out", disk / "out", "--workers", 1).status == 0
        assert content(disk / "out") == content(tmp_path / "whole")
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_help_is_quick_to_import():
    code = "import sys; from rsica_data.cli import cli; from rsica_bench.cli import cli as b; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(found.stdout.split())
    assert not loaded & {"torch", "datasets", "pyarrow", "cv2", "numpy", "pydantic", "openai", "osmnx", "pandas"}
