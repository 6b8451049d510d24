"""Folders at ``hf://``, on a local Hub: built to, opened from and run from, by one process at a time."""

import json
import subprocess
import sys

RECIPE = {
    "name": "far",
    "license": "CC-BY-4.0",
    "citation": "The authors.",
    "source": {"name": "synthetic", "options": {"pairs": 6, "size": 64}},
    "facts": {"classes": ["road", "building"]},
    "tasks": {"classification": {}, "counting": {}},
    "build": {"shard_pairs": 2},
}


def test_a_dataset_and_a_run_in_a_repository(client, hub, dataset, content, tmp_path):
    assert client("publish", dataset, "--repo", "ann/far").status == 0
    recipe = tmp_path / "far.yaml"
    recipe.write_text(json.dumps(RECIPE))
    far = "hf://datasets/ann/far/made"
    hub.fail(("preupload", "503", 2), ("commit", "drop", 1))
    for number in (1, 2):
        built = client("build", recipe, "--out", far, "--workers", 1, "--part", f"{number}/2")
        assert built.status == 0, built.err
    assert client("build", recipe, "--out", tmp_path / "near", "--workers", 1).status == 0
    merged = client("merge", recipe, "--out", far)
    assert merged.status == 0, merged.err
    assert merged.out.startswith(far)
    assert client("stats", far, "--json").json == client("stats", tmp_path / "near", "--json").json
    run = client(
        "run", "--data", far, "--adapter", "oracle", "--out", "hf://datasets/ann/far/run", program="rsica-bench"
    )
    assert run.status == 0, run.err
    again = client("score", "hf://datasets/ann/far/run", "--data", far, "--json", program="rsica-bench")
    assert again.json["tasks"]["classification"]["metrics"]["accuracy"] == 1


LEASES = """
import sys, threading, time
import huggingface_hub
from rsica_data.core import leases, remote
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import LOCK

remote._FIRST_WAIT = 0.0
leases.RENEWED_EVERY_BY_COMMIT, leases.STALE_AFTER_BY_COMMIT, leases._LOOK_EVERY_BY_COMMIT = 0.3, 4.0, 0.1
leases.SETTLED_AFTER = 0.0
PLACE, OTHER = "hf://datasets/ann/leases/made", b'{"work": "other"}'
folder = remote.open_remote(PLACE)
right, calls = huggingface_hub.HfApi.create_commit, []


def create_commit(self, *given, **options):
    calls.append(1)
    if len(calls) == 1:  # somebody else commits between the look and the write
        other = huggingface_hub.CommitOperationAdd("other.txt", b"other")
        right(self, "ann/leases", [other], commit_message="m", repo_type="dataset")
    return right(self, *given, **options)


huggingface_hub.HfApi.create_commit = create_commit
with leases.leased(PLACE, "first") as lease:
    assert len(calls) == 2, calls
    try:
        with leases.leased(PLACE, "second", key="--out"):
            raise AssertionError("taken")
    except UserError as error:
        assert "--out: in use by process" in str(error) and "(first, since" in str(error), error
    lease.check()
    assert folder.files() == {}
    seen = folder.read(LOCK)
    assert folder.swap(LOCK, b"what it never was", b"mine") is False
    time.sleep(0.5)
    assert folder.read(LOCK) != seen  # renewed
    folder.swap(LOCK, folder.read(LOCK), OTHER)
    for _ in range(100):
        time.sleep(0.1)
        if lease.lost:
            break
    try:
        lease.check()
        raise AssertionError("not lost")
    except RunError as error:
        assert "taken over by another process" in str(error), error
assert folder.read(LOCK) == OTHER  # that of another stays

leases.STALE_AFTER_BY_COMMIT = 0.5
leases.RENEWED_EVERY_BY_COMMIT = 0.1
holders, most, errors = [], [], []


def hold(number):
    try:
        with leases.leased(PLACE, f"holder {number}"):
            holders.append(number)
            most.append(len(holders))
            time.sleep(0.05)
            holders.remove(number)
    except UserError as error:
        errors.append(str(error))


threads = [threading.Thread(target=hold, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert most and set(most) == {1} and len(most) + len(errors) == 3, (most, errors)
assert folder.read(LOCK) is None
"""


def test_one_process_at_a_time_holds_a_folder_of_a_repository(client, hub, dataset):
    assert client("publish", dataset, "--repo", "ann/leases").status == 0
    hub.fail(("commit", "drop", 1))
    told = subprocess.run([sys.executable, "-c", LEASES], env=client.environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def test_two_builds_into_one_folder_of_a_repository(client, dataset, content, tmp_path):
    assert client("publish", dataset, "--repo", "ann/both").status == 0
    children = []
    for number in (1, 2):
        recipe = tmp_path / f"recipe-{number}.yaml"
        options = {"pairs": 6, "size": 64, "seed": number}
        recipe.write_text(json.dumps(RECIPE | {"source": {"name": "synthetic", "options": options}}))
        words = ("build", str(recipe), "--out", "hf://datasets/ann/both/made", "--workers", "1")
        command = [sys.executable, "-c", "from rsica_data.cli import main; main()", *words]
        environment = {**client.environment, "RSICA_CACHE": str(tmp_path / f"machine-{number}")}
        children.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
        assert client("build", recipe, "--out", tmp_path / str(number), "--workers", 1).status == 0
    errors = [child.communicate(timeout=300)[1] for child in children]
    assert sorted(child.returncode for child in children) == [0, 2], errors
    made = next(number for number, child in enumerate(children, 1) if child.returncode == 0)
    assert "in use by process" in errors[2 - made] or "holds another dataset" in errors[2 - made]
    there, here = (
        client("stats", place, "--json", RSICA_CACHE=str(tmp_path / "machine-3"))
        for place in ("hf://datasets/ann/both/made", tmp_path / str(made))
    )
    assert there.json == here.json
