"""Publishing to a local Hub and pulling back: the same rows and bytes, sent once, whatever breaks on the way."""

import dataclasses
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import encode_png
from rsica_data.schema import EncodedImage

COMMAND = [sys.executable, "-c", "from rsica_data.cli import main; main()"]


def row_hashes(folder, part):
    """As the worker hashes what `datasets` gives."""
    found = {}
    for split in ("train", "val", "test"):
        rows = [row for path in sorted((folder / part).glob(f"{split}-*")) for row in pq.read_table(path).to_pylist()]
        found[split] = [hashlib.sha256(repr(row).encode()).hexdigest() for row in rows]
    return found


def test_every_row_and_image_byte_comes_back(client, hub, dataset, content, tmp_path):
    sent = client("publish", dataset, "--repo", "ann/whole", "--tag", "v1", "--json").json
    assert sent["created"]
    assert sent["images"] == "included"
    back = tmp_path / "back"
    pulled = client("pull", "ann/whole@v1", back, "--json").json
    assert pulled["commit"] == sent["commit"]
    assert content(back) == content(dataset)
    assert client("validate", back).status == 0
    for part in ("pairs", "instructions"):
        from_hub = client.load("ann/whole", part, "v1")
        from_folder = client.load(back, part)
        assert from_hub.rows == from_folder.rows == row_hashes(dataset, part)
        assert from_hub.pixels == from_folder.pixels
        assert bool(from_hub.pixels) == (part == "pairs")


def test_published_twice_sends_nothing(client, hub, dataset):
    first = client("publish", dataset, "--repo", "ann/twice", "--json").json
    assert first["send_bytes"] == sum(file["bytes"] for file in first["files"])
    # Several parts: the largest shard is larger than a part.
    assert any("/part/" in row["what"] for row in hub.log())
    hub.forget()
    second = client("publish", dataset, "--repo", "ann/twice", "--json").json
    assert (second["send"], second["same"], second["commit"]) == (0, first["send"], first["commit"])
    assert hub.sent() == 0
    assert not hub.log("/commit/")
    assert not hub.log("preupload")
    assert len(hub.messages("ann/twice")) == 2


def test_whole_samples_are_one_more_config_that_changes_neither_hash_nor_pull(client, dataset, tmp_path):
    client("publish", dataset, "--repo", "ann/joined")
    loaded = client.load("ann/joined", "conversations")
    counts = open_dataset(dataset).manifest["counts"]["instructions"]
    assert {split: len(rows) for split, rows in loaded.rows.items()} == {
        split: sum(tasks.values()) for split, tasks in counts.items()
    }
    assert client("pull", "ann/joined", tmp_path / "back").status == 0
    assert open_dataset(tmp_path / "back").hash == open_dataset(dataset).hash
    assert not (tmp_path / "back" / "conversations").exists()
    without = client("publish", dataset, "--repo", "ann/joined", "--no-conversations", "--dry-run", "--json").json
    deleted = {file["path"].split("/")[0] for file in without["files"] if file["action"] == "delete"}
    assert deleted == {"conversations"}
    card = (tmp_path / "back" / "README.md").read_text()
    assert "config_name: conversations" in card and "path: conversations/test-*.parquet" in card


def test_only_what_changed_is_sent_and_old_shards_go(client, hub, dataset, small_dataset, tmp_path, content):
    client("publish", dataset, "--repo", "ann/versions")
    first = open_dataset(dataset)
    # The next version has lost a shard: load_dataset would read it along with the others were it left there.
    lost = first.shards("train")[-1]
    for path in (lost.pairs, lost.instructions):
        path.unlink()
    manifest = json.loads((dataset / "manifest.json").read_text())
    manifest["files"] = {name: entry for name, entry in manifest["files"].items() if lost.pairs.name not in name}
    (dataset / "manifest.json").write_text(json.dumps(manifest))
    plan = client("publish", dataset, "--repo", "ann/versions", "--dry-run", "--json").json
    deleted = {file["path"] for file in plan["files"] if file["action"] == "delete"}
    assert deleted == {f"{part}/{lost.pairs.name}" for part in ("pairs", "instructions", "conversations")}
    hub.forget()
    second = client("publish", dataset, "--repo", "ann/versions", "--json").json
    assert second["delete"] == 3
    assert hub.sent() == 0  # no parquet file is new
    assert {f["path"] for f in second["files"] if f["action"] == "send"} >= {"manifest.json", "README.md"}
    # A folder that did not come from there is not written over.
    back = tmp_path / "back"
    shutil.copytree(small_dataset, back)
    refused = client("pull", "ann/versions", back)
    assert refused.status == 2
    assert "another dataset" in refused.err
    assert content(back) == content(small_dataset)


def test_a_pulled_folder_follows_a_new_version(client, dataset, small_dataset, tmp_path, content):
    back = tmp_path / "back"
    client("publish", dataset, "--repo", "ann/follow", "--tag", "v1")
    assert client("pull", "ann/follow", back, "--json").json["fetched"] == len(open_dataset(dataset).manifest["files"])
    assert client("pull", "ann/follow", back, "--json").json["fetched"] == 0
    shard = open_dataset(dataset).shards("val")[0].instructions
    table = pq.read_table(shard)
    pq.write_table(table.slice(1), shard)
    manifest = json.loads((dataset / "manifest.json").read_text())
    data = shard.read_bytes()
    entry = {"rows": len(table) - 1, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest["files"][f"instructions/{shard.name}"] = entry
    (dataset / "manifest.json").write_text(json.dumps(manifest))
    assert client("publish", dataset, "--repo", "ann/follow", "--tag", "v2").status == 0
    newer = client("pull", "ann/follow", back, "--json").json
    assert newer["fetched"] == 1
    assert (back / "instructions" / shard.name).read_bytes() == data
    # The tag still names the old version, and cannot be put on the new one.
    assert client("pull", "ann/follow@v1", tmp_path / "old").status == 0
    assert content(tmp_path / "old") == content(small_dataset)
    taken = client("publish", dataset, "--repo", "ann/follow", "--tag", "v1")
    assert taken.status == 2
    assert "tag 'v1' names another commit" in taken.err


FAULTS = {
    "reset": [("PUT /_store/.*/object/", "drop", 1), ("PUT /_store/.*/part/", "drop", 1), ("objects/batch", "drop", 1)],
    "unavailable": [("PUT /_store/.*/part/", "503", 1), ("preupload", "502", 1), ("POST /api/repos/create", "500", 1)],
    "commit lost": [("/commit/main", "lost", 1), ("GET /api/whoami", "drop", 1), ("/tag/", "lost", 1)],
    "commit refused": [
        ("/commit/main", "500", 1),
        ("/commit/main", "412", 1),
        ("POST /_store/.*/complete/", "503", 1),
        ("/tree/", "drop", 1),
    ],
}


@pytest.mark.parametrize("case", sorted(FAULTS))
def test_faults_on_the_way_up_are_ridden_out(case, client, hub, dataset, tmp_path, content):
    repo = f"ann/faults-{case.replace(' ', '-')}"
    hub.fail(*FAULTS[case])
    sent = client("publish", dataset, "--repo", repo, "--tag", "v1", "--json")
    assert sent.status == 0, sent.err
    hub.fail()
    assert client("publish", dataset, "--repo", repo, "--json").json["send"] == 0
    # One commit besides the repository's first, also where its answer was lost.
    assert len(hub.messages(repo)) == 2
    assert client("pull", f"{repo}@v1", tmp_path / "back").status == 0
    assert content(tmp_path / "back") == content(dataset)


def test_faults_on_the_way_down_are_ridden_out(client, hub, dataset, tmp_path, content):
    client("publish", dataset, "--repo", "ann/down")
    hub.forget()
    hub.fail(
        ("GET /_store/.*/object/", "cut", 1),
        ("GET /_store/.*/object/", "end", 1),
        ("GET /api/datasets/ann/down/tree", "503", 1),
        ("HEAD .*/resolve/", "500", 1),
        ("GET .*/resolve/.*manifest", "drop", 1),
    )
    found = client("pull", "ann/down", tmp_path / "back")
    assert found.status == 0, found.err
    assert content(tmp_path / "back") == content(dataset)
    assert not (tmp_path / "back" / ".cache").exists()


def test_a_large_file_goes_on_from_where_it_was_cut_off(
    client, hub, stored_pair, asked, write_dataset, tmp_path, content
):
    # The client keeps what came in steps of 10 MB.
    noise = np.random.default_rng(0).integers(0, 256, (3000, 3000, 3), np.uint8)
    pair = stored_pair("x")
    pair = dataclasses.replace(pair, before=EncodedImage("A/x.png", encode_png(noise, level=0)))
    dataset = write_dataset([pair], [asked(pair, "classification", "?", "!")])
    size = dataset.manifest["files"]["pairs/test-00000-of-00001.parquet"]["bytes"]
    assert client("publish", dataset.root, "--repo", "ann/large").status == 0
    hub.forget()
    digest = dataset.manifest["files"]["pairs/test-00000-of-00001.parquet"]["sha256"]
    hub.fail((f"GET /_store/.*/{digest}", "end", 1))
    assert client("pull", "ann/large", tmp_path / "back").status == 0
    assert content(tmp_path / "back") == content(dataset.root)
    ranges = [row["range"] for row in hub.log("GET /_store/") if digest in row["what"]]
    assert len(ranges) == 2
    assert size > 15e6
    assert ranges[0] is None
    assert re.fullmatch(r"bytes=[1-9]\d{6,}-\d*", ranges[1])


def test_a_wrong_byte_is_seen_and_fetched_again(client, hub, dataset, tmp_path, content):
    client("publish", dataset, "--repo", "ann/wrong")
    hub.fail(("GET /_store/", "corrupt", 1))
    assert client("pull", "ann/wrong", tmp_path / "back").status == 0
    assert content(tmp_path / "back") == content(dataset)
    hub.fail(("GET /_store/", "corrupt", 99))
    found = client("pull", "ann/wrong", tmp_path / "never")
    assert found.status == 1
    assert "another checksum" in found.err
    assert not (tmp_path / "never" / "manifest.json").exists()
    hub.fail()
    assert client("pull", "ann/wrong", tmp_path / "never").status == 0
    assert content(tmp_path / "never") == content(dataset)


def wait_for(condition, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def finished_objects(hub):
    """Hashes of the files that the store has whole."""
    rows = [row["what"] for row in hub.log("/_store/")]
    whole = [what for what in rows if (what.startswith("PUT") and "/object/" in what) or "/complete/" in what]
    return {what.rsplit("/", 1)[1] for what in whole}


def test_a_killed_upload_goes_on_without_sending_finished_files_again(
    client, hub, dataset, environment, tmp_path, content
):
    total = len(open_dataset(dataset).manifest["files"])
    # Files of one part are taken; those of several never end.
    hub.fail((r"/part/\w+/2$", "stall", 99))
    words = ["publish", str(dataset), "--repo", "ann/killed", "--no-conversations"]
    with subprocess.Popen([*COMMAND, *words], env=environment, stderr=subprocess.PIPE) as process:
        wait_for(lambda: len(finished_objects(hub)) >= 3)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = finished_objects(hub)
    assert 0 < len(done) < total
    hub.fail()
    hub.release()
    time.sleep(0.3)
    hub.forget()
    sent = client(*words, "--json")
    assert sent.status == 0, sent.err
    again = {row["what"].split("/_store/")[1].split("/")[3] for row in hub.log("PUT /_store/")}
    assert again
    assert not again & done
    assert client("pull", "ann/killed", tmp_path / "back").status == 0
    assert content(tmp_path / "back") == content(dataset)
    assert not (dataset / ".publish").exists()


def test_a_killed_pull_goes_on(client, hub, dataset, environment, tmp_path, content):
    client("publish", dataset, "--repo", "ann/killed-pull")
    back = tmp_path / "back"
    hub.forget()
    files = open_dataset(dataset).manifest["files"]
    last = sha256_file(dataset / sorted(files)[-1])
    hub.fail((f"GET /_store/.*/{last}", "stall", 99))
    with subprocess.Popen([*COMMAND, "pull", "ann/killed-pull", str(back)], env=environment) as process:
        wait_for(lambda: len(list(back.glob("*/*.parquet"))) >= len(files) - 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    hub.fail()
    hub.release()
    assert not (back / "manifest.json").exists()
    assert client("stats", back).status == 2
    wrong = client("pull", "ann/other", back)
    assert "start of a pull of 'ann/killed-pull'" in wrong.err
    hub.forget()
    assert client("pull", "ann/killed-pull", back, "--json").json["fetched"] == 1
    assert len(hub.log("GET /_store/")) == 1
    assert content(back) == content(dataset)
