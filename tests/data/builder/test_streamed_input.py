"""Images of an input at an address are fetched while they are read: equal bytes, within the cache's limit."""

import errno
import json
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from rsica_data.cli import cli
from rsica_data.core import locking
from rsica_data.core.command_line import run_cli
from rsica_data.core.files import LOCK, sha256_file
from rsica_data.core.locking import describe_self
from rsica_data.dataset import cache_space, mirrors
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery import streamed_files

MINIATURES = {
    "levir-cd": "levircd", "levir-mci": "levirmci", "levir-cc": "levircc", "whu-cd": "whucd_256", "clcd": "clcd",
    "sysu-cd": "sysu", "dsifn": "dsifn", "cdd": "cdd_svcd", "oscd": "oscd", "gvlm": "gvlm_raw", "second": "second",
    "landsat-scd": "landsat_scd", "hi-ucd": "hiucd_mini", "second-cc": "secondcc", "whu-cdc": "whucdc",
    "dynamicearthnet": "dynearthnet",
}  # fmt: skip

CUT = ("whu-cd", "gvlm")
"""Pages that cut large pictures into tiles: they are copied whole."""


def fill(system, folder, place):
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe_file(f"{place}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def content(folder):
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    varying = ("build_info.json", ".rsica-lock")
    return {name: sha256_file(path) for name, path in files.items() if name not in varying}


def on_disk(cache):
    return sum(min(path.stat().st_size, path.stat().st_blocks * 512) for path in cache.rglob("*") if path.is_file())


@pytest.fixture
def fetched(memory, monkeypatch):
    """Names that were fetched."""
    right, names = type(memory).get_file, []

    def get_file(self, name, *given, **options):
        names.append(name)
        return right(self, name, *given, **options)

    monkeypatch.setattr(type(memory), "get_file", get_file)
    return names


def call(*words):
    assert run_cli(cli, "rsica-data", [str(word) for word in words]) == 0


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """24 pairs in the layout of levir-mci."""
    folder = tmp_path_factory.mktemp("levir-mci") / "tree"
    call("synth", "--layout", "levir-mci", "--pairs", 24, "--out", folder, "--workers", 1)
    return folder


@pytest.fixture(scope="module")
def built_locally(tree, tmp_path_factory):
    """Content of the dataset that the recipe changechat-105k makes of the tree, read as a local folder."""
    out = tmp_path_factory.mktemp("changechat") / "local"
    call("build", "changechat-105k", "--input", tree, "--out", out, "--workers", 1)
    return content(out)


@pytest.mark.parametrize("page", MINIATURES)
def test_every_layout_gives_the_bytes_of_a_local_folder(memory, fetched, rsica_data, real_data, tmp_path, page):
    folder = real_data / "miniatures" / MINIATURES[page]
    if not folder.is_dir():
        pytest.skip(f"no miniature {folder.name}")
    fill(memory, folder, "/in")
    words = ("build", page, "--workers", 1, "--max-rejects", 0, "--input")
    assert rsica_data(*words, folder, "--out", tmp_path / "local").status == 0
    told = rsica_data(*words, "memory://in", "--out", tmp_path / "out")
    assert told.status == 0, told.err
    assert content(tmp_path / "out") == content(tmp_path / "local")
    copies = list((tmp_path / "cache" / "remote").glob("in-*-listed"))
    assert (len(copies) == 0) == (page in CUT)
    if page in CUT:
        return
    copy = copies[0]
    images = [path for path in copy.rglob("*") if streamed_files.stays_away(path.name)]
    assert images and all(path.stat().st_blocks == 0 for path in images)
    assert not list(streamed_files.processes_folder(copy).iterdir())
    assert len(fetched) == len(set(fetched))


def test_an_input_larger_than_the_limit_is_built_within_it(
    memory, monkeypatch, rsica_data, tree, built_locally, tmp_path
):
    fill(memory, tree, "/in")
    cache = tmp_path / "cache"
    images = list(tree.rglob("*.png"))
    whole = sum(path.stat().st_size for path in images)
    texts = (tree / "LevirCCcaptions.json").stat().st_size
    limit = texts + 10 * max(path.stat().st_size for path in images)
    assert limit < whole / 2
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(limit))
    seen, done = [], threading.Event()

    def watch():
        while not done.wait(0.002):
            try:
                seen.append(on_disk(cache / "remote"))
            except FileNotFoundError:
                continue

    thread = threading.Thread(target=watch)
    thread.start()
    words = ("build", "changechat-105k", "--input")
    try:
        told = rsica_data(*words, "memory://in", "--out", tmp_path / "refused", "--workers", 3)
        assert told.status == 2 and "are left for each process" in told.err and "--workers" in told.err
        told = rsica_data(*words, "memory://in", "--out", tmp_path / "out", "--workers", 1)
    finally:
        done.set()
        thread.join()
    assert told.status == 0, told.err
    assert texts < max(seen) <= limit
    assert content(tmp_path / "out") == built_locally


def test_a_part_fetches_its_own_images(memory, fetched, rsica_data, write_recipe, tree, tmp_path):
    fill(memory, tree, "/in")
    recipe = write_recipe(source="levir-mci", build={"shard_pairs": 2})
    words = ("build", recipe, "--workers", 1, "--input", "memory://in", "--out", tmp_path / "out", "--part")
    every = {f"/in/{path.relative_to(tree).as_posix()}" for path in tree.rglob("*.png")}
    parts = []
    for number in (1, 2, 3):
        fetched.clear()
        assert rsica_data(*words, f"{number}/3").status == 0
        parts.append({name for name in fetched if name.endswith(".png")})
    assert parts[0] | parts[1] | parts[2] == every
    assert sum(map(len, parts)) == len(every)
    fetched.clear()
    assert rsica_data("merge", recipe, "--input", "memory://in", "--out", tmp_path / "out").status == 0
    assert not fetched
    local = rsica_data("build", recipe, "--input", tree, "--out", tmp_path / "local", "--workers", 1)
    assert local.status == 0
    assert content(tmp_path / "out") == content(tmp_path / "local")


def test_what_is_cut_into_tiles_is_copied_whole(memory, fetched, rsica_data, write_recipe, tree, tmp_path):
    fill(memory, tree / "images" / "train", "/in")
    options = {"before": "A/{name}.png", "after": "B/{name}.png", "change_mask": "label/{name}.png", "tile": 128}
    options["classes"] = {"building": 255}
    recipe = write_recipe(source="folder", options=options)
    told = rsica_data("build", recipe, "--workers", 1, "--input", "memory://in", "--out", tmp_path / "out")
    assert told.status == 0, told.err
    told = rsica_data(
        "build", recipe, "--workers", 1, "--input", tree / "images" / "train", "--out", tmp_path / "local"
    )
    assert content(tmp_path / "out") == content(tmp_path / "local")
    (copy,) = (tmp_path / "cache" / "remote").glob("in-??????????" + "??")
    assert len(fetched) == len(list(copy.rglob("*.png")))


def test_world_files_lie_beside_their_image(memory, pairs_alone, rsica_data, write_recipe, tmp_path):
    rasterio = pytest.importorskip("rasterio")
    import numpy as np

    folder = tmp_path / "tree"
    for side in "AB":
        (folder / side).mkdir(parents=True)
        pixels = np.random.default_rng(5).integers(0, 255, (3, 32, 32), np.uint8)
        about = {"driver": "GTiff", "count": 3, "height": 32, "width": 32, "dtype": "uint8", "crs": "EPSG:32633"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has no transform of its own
            with rasterio.open(folder / side / "x.tif", "w", **about) as opened:
                opened.write(pixels)
        (folder / side / "x.tfw").write_text("0.5\n0\n0\n-0.5\n500000\n5000000\n")
    fill(memory, folder, "/in")
    options = {"before": "A/{name}.tif", "after": "B/{name}.tif"}
    recipe = write_recipe(source="folder", options=options, tasks=["classification"])
    made = {}
    for name, place in {"local": folder, "out": "memory://in"}.items():
        told = rsica_data("build", recipe, "--workers", 1, "--input", place, "--out", tmp_path / name)
        assert told.status == 0, told.err
        made[name] = content(tmp_path / name)
    (pair,) = open_dataset(tmp_path / "out").pairs(images=False)
    assert pair.transform is not None
    assert made["out"] == made["local"]


def test_the_next_pairs_come_within_the_window(memory, tmp_path):
    root, pairs = tmp_path / "in-listed", []
    root.mkdir()
    for number in range(40):
        memory.pipe_file(f"/in/{number}.png", bytes(1000))
        (root / f"{number}.png").write_bytes(b"")
        os.truncate(root / f"{number}.png", 1000)
        pairs.append({"before": f"{number}.png", "after": f"{number}.png", "change_mask": None})
    with streamed_files.streaming(root, streamed_files.StreamedInput("memory://in", 5000), pairs) as stream:
        for place in range(40):
            stream.at(place)
            folder = streamed_files.located(root, f"{place}.png")
            assert folder != root and (folder / f"{place}.png").stat().st_size == 1000
            assert streamed_files.located(root, folder / f"{place}.tfw") == folder
            assert len(list(folder.glob("*.png"))) <= 5
        for number in range(40):  # what nobody planned
            folder = streamed_files.located(root, root / f"{number}.png")
            assert (folder / f"{number}.png").is_file()
            assert len(list(folder.glob("*.png"))) <= 5
        assert streamed_files.located(root, "41.png") == root
        assert streamed_files.located(root, "../x.png") == root
        assert streamed_files.located(tmp_path, "1.png") == tmp_path
    assert not folder.exists() and streamed_files.located(root, "1.png") == root


@pytest.mark.parametrize("links", [True, False])
def test_files_beside_stay_for_all_images_that_they_belong_to(memory, monkeypatch, tmp_path, links):
    if not links:
        monkeypatch.setattr(os, "link", lambda *given: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no links")))
    root = tmp_path / "in-listed"
    root.mkdir()
    (root / "x.tfw").write_text("0.5")
    names = ("x.png", "x.tif", "y.png")
    for name in names:
        memory.pipe_file(f"/in/{name}", bytes(1000))
        (root / name).write_bytes(b"")
        os.truncate(root / name, 1000)
    pairs = [{"before": names[0]}, {"before": names[1]}, {"before": names[2]}]
    with streamed_files.streaming(root, streamed_files.StreamedInput("memory://in", 9000), pairs) as stream:
        for place, name in enumerate(names[:2]):
            stream.at(place)
            folder = streamed_files.located(root, name)
            assert (folder / name).is_file()
            assert (folder / "x.tfw").read_text() == "0.5"


def test_what_a_killed_process_left_goes(memory, rsica_data, tree, tmp_path):
    fill(memory, tree, "/in")
    words = ("build", "changechat-105k", "--workers", 1, "--input", "memory://in", "--out")
    assert rsica_data(*words, tmp_path / "one").status == 0
    (copy,) = (tmp_path / "cache" / "remote").glob("in-*-listed")
    home = streamed_files.processes_folder(copy)
    for name in ("of-another-version", "about-to-be-signed", "killed"):
        (home / name).mkdir()
    (home / "killed" / LOCK).write_text(json.dumps(describe_self("x")))
    os.utime(home / "of-another-version", (0, 0))
    assert rsica_data(*words, tmp_path / "two").status == 0
    assert [path.name for path in home.iterdir()] == ["about-to-be-signed"]
    cache_space.release()
    assert cache_space.delete(copy) and not home.exists()


def test_what_another_container_reads_stays(memory, monkeypatch, tree, tmp_path):
    """It has the same host name and cache folder, and processes with the same ids, of which this one sees none."""
    fill(memory, tree, "/in")
    root, source = mirrors.listed("memory://in", 1)
    name = next(iter(tree.rglob("*.png"))).relative_to(tree).as_posix()
    code = """
import sys, time
from pathlib import Path
from rsica_data.core.locking import own_folder
with own_folder(Path(sys.argv[1]), "x") as folder:
    print(folder, flush=True)
    time.sleep(60)
"""
    command = [sys.executable, "-c", code, str(streamed_files.processes_folder(root))]
    monkeypatch.setattr(locking, "lives", lambda pid: False)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        other = process.stdout.readline().strip()
        try:
            monkeypatch.setattr(os, "getpid", lambda: process.pid)
            with streamed_files.streaming(root, source, [{"before": name}]):
                assert (streamed_files.located(root, name) / name).is_file()
                assert Path(other).is_dir()
        finally:
            process.kill()


def test_a_file_that_cannot_be_fetched_ends_the_build_and_is_no_reject(
    memory, monkeypatch, rsica_data, tree, built_locally, tmp_path
):
    fill(memory, tree, "/in")
    right, down = type(memory).get_file, [True]

    def get_file(self, name, *given, **options):
        if down[0] and name.endswith("B/train_000003.png"):
            raise ConnectionResetError("cut")
        return right(self, name, *given, **options)

    monkeypatch.setattr(type(memory), "get_file", get_file)
    words = ("build", "changechat-105k", "--workers", 1, "--input", "memory://in", "--out", tmp_path / "out")
    told = rsica_data(*words)
    assert told.status == 1 and "tried 8 times" in told.err, told.err
    assert "B/train_000003.png" in told.err
    down[0] = False
    assert rsica_data(*words).status == 0
    assert content(tmp_path / "out") == built_locally
