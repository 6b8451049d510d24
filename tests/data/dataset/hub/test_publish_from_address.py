"""Publishing a dataset that lies at an address: what its local copy gives, a shard at a time, over faults and kills."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from dataset_at_address import file_sizes
from huggingface_hub import CommitOperationAdd

from rsica_data.core.errors import RunError
from rsica_data.core.files import sha256_bytes, sha256_file
from rsica_data.dataset import cache_space
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.publish import push
from rsica_data.dataset.publish.rights import ImagePolicy
from rsica_data.dataset.publish.uploads import Outbox, Upload

COMMAND = [sys.executable, "-c", "from rsica_data.cli import main; main()"]


@pytest.fixture(scope="module")
def stored(stored_folder, many_shards, levir):
    """Addresses of a dataset of many shards, and of one whose images may not be passed on."""
    many, closed = stored_folder("ann/stored-many", many_shards), stored_folder("ann/stored-closed", levir.dataset)
    return SimpleNamespace(many=many, closed=closed)


def limits(folder, times):
    """A cache limit: the largest shard ``times`` times, and the small files twice, less than half of the dataset."""
    small, shards = file_sizes(folder)
    assert times * max(shards) < sum(shards) / 2
    return 2 * small + int(times * max(shards))


class Watch(threading.Thread):
    """Looks again and again at what copies at addresses have on the disk; the most that it saw."""

    def __init__(self, cache):
        super().__init__(daemon=True)
        self.home, self.most, self.looks, self.ended = cache / "remote", 0, 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.002):
            try:
                folders = cache_space.copies(self.home)
                held = sum(cache_space.size_of(path) for path in folders)
                held += sum(cache_space.size_of(cache_space.fetching_folder(path)) for path in folders)
            except FileNotFoundError:
                continue
            self.most, self.looks = max(self.most, held), self.looks + 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.ended.set()
        self.join()


def fetched(hub, address):
    """Hashes of the data files that were fetched from a repository, as often as they were."""
    repo = "/".join(address.split("/")[3:5])
    rows = [row for row in hub.log(f"GET /_store/{repo}/") if row["range"] is None]
    return [row["what"].rsplit("/", 1)[1] for row in rows]


def hashes(folder, part):
    return {sha256_file(path) for path in (folder / part).glob("*.parquet")}


def finished(hub, repo):
    """Hashes of the files that the store of a repository has whole."""
    rows = [row["what"] for row in hub.log(f"/_store/{repo}/")]
    whole = [what for what in rows if (what.startswith("PUT") and "/object/" in what) or "/complete/" in what]
    return {what.rsplit("/", 1)[1] for what in whole}


def tree(hub, client, repo):
    """The hash of each file of a repository."""
    url = f"{hub.url}/api/datasets/{repo}/tree/main?recursive=true"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {client.environment['HF_TOKEN']}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return {row["path"]: row.get("lfs", {"oid": row["oid"]})["oid"] for row in json.load(answer)}


@pytest.mark.parametrize(("way", "times"), [((), 2.2), (("--no-conversations",), 1.2), (("--without-images",), 1.4)])
def test_what_goes_up_is_what_the_local_copy_gives(way, times, client, hub, stored, many_shards, tmp_path):
    repo, limit = f"ann/from-address-{len(way) and way[0].strip('-')}", limits(many_shards, times)
    cache = {"RSICA_CACHE": str(tmp_path / "cache"), "RSICA_CACHE_LIMIT": str(limit)}
    with Watch(tmp_path / "cache") as watch:
        sent = client("publish", stored.many, "--repo", repo, "--tag", "v1", "--json", *way, **cache)
    assert sent.status == 0, sent.err
    assert sent.json["created"] and sent.json["same"] == 0
    digests = fetched(hub, stored.many)
    pairs, instructions = hashes(many_shards, "pairs"), hashes(many_shards, "instructions")
    assert sorted(digest for digest in digests if digest in pairs) == sorted(pairs)
    assert max(digests.count(digest) for digest in instructions) <= 2 and set(digests) == pairs | instructions
    print(f"limit {limit}, at most {watch.most} on the disk in {watch.looks} looks, {len(digests)} files fetched")
    assert watch.looks > 100 and max(path.stat().st_size for path in many_shards.rglob("*")) < watch.most <= limit
    there = tree(hub, client, repo)
    assert len(hub.messages(repo)) == 2  # that of the repository itself, and one
    hub.forget()
    again = client("publish", many_shards, "--repo", repo, "--tag", "v1", "--json", *way)
    assert again.status == 0, again.err
    assert (again.json["send"], again.json["delete"], again.json["commit"]) == (0, 0, sent.json["commit"])
    assert hub.sent() == 0 and tree(hub, client, repo) == there
    assert [row | {"action": "send"} for row in again.json["files"]] == sent.json["files"]
    assert not (tmp_path / "cache" / "remote" / ".publish").exists()


def test_images_that_stay_are_taken_out_as_shards_come(client, hub, stored, levir, content, tmp_path):
    sent = client("publish", stored.closed, "--repo", "ann/closed", "--json", RSICA_CACHE=str(tmp_path / "cache"))
    assert sent.status == 0, sent.err
    assert sent.json["images"] == "withheld"
    local = client("publish", levir.dataset, "--repo", "ann/closed", "--json")
    assert (local.json["send"], local.json["delete"]) == (0, 0)
    pulled = client("pull", "ann/closed", tmp_path / "back", "--join", levir.images, "--workers", 1)
    assert pulled.status == 0, pulled.err
    assert content(tmp_path / "back") == content(levir.dataset)


def test_a_dataset_without_images_goes_on_as_it_is(client, hub, stored_folder, levir, content, tmp_path):
    assert client("publish", levir.dataset, "--repo", "ann/bare").status == 0
    assert client("pull", "ann/bare", tmp_path / "bare").status == 0
    address = stored_folder("ann/stored-bare", tmp_path / "bare")
    hub.forget()
    sent = client("publish", address, "--repo", "ann/bare-again", "--json", RSICA_CACHE=str(tmp_path / "cache"))
    assert sent.status == 0, sent.err
    tables = {row["path"].split("/")[0] for row in sent.json["files"] if row["path"].endswith(".parquet")}
    assert sent.json["images"] == "withheld" and tables == {"pairs", "instructions", "join"}
    assert max(map(fetched(hub, address).count, hashes(tmp_path / "bare", "join"))) == 1
    local = client("publish", tmp_path / "bare", "--repo", "ann/bare-again", "--json")
    assert (local.json["send"], local.json["delete"]) == (0, 0)


def test_published_twice_sends_nothing_and_a_new_version_what_is_new(client, hub, stored, many_shards, tmp_path):
    words = ("publish", stored.many, "--repo", "ann/address-twice", "--json")
    first = client(*words, "--no-conversations").json
    hub.forget()
    second = client(*words, "--no-conversations").json
    assert (second["send"], second["same"], second["commit"]) == (0, first["send"], first["commit"])
    assert hub.sent() == 0 and not hub.log("/commit/") and not hub.log("preupload")
    third = client(*words).json
    assert {row["path"].split("/")[0] for row in third["files"] if row["action"] == "send"} == {
        "README.md",
        "conversations",
    }


def test_a_card_in_a_folder_of_a_repository(client, hub, stored_folder, many_shards, tmp_path):
    address = stored_folder("ann/stored-card", many_shards)
    shutil.copytree(many_shards, tmp_path / "copy")
    assert client("card", tmp_path / "copy").status == 0
    hub.fail(("GET /_store/", "cut", 2), ("/commit/main", "500", 1))
    told = client("card", address, RSICA_CACHE=str(tmp_path / "cache"))
    assert told.status == 0, told.err
    assert told.out.splitlines()[0] == f"{address}/README.md"
    names = [line.removeprefix(f"{address}/") for line in told.out.splitlines()]
    there = tree(hub, client, "ann/stored-card")
    assert [there[f"data/{name}"] for name in names] == [git_hash(tmp_path / "copy" / name) for name in names]
    assert not [name for name in there if name.endswith(".rsica-lock")]
    again = client("publish", address, "--repo", "ann/card-from-there", "--dry-run", "--json")
    assert again.json["own_card"]


def git_hash(path):
    return Upload.of(path.name, path, sha256_file(path), stays=False).blob


FAULTS = {
    "cut": [("GET /_store/", "cut", 4), ("GET /_store/", "end", 2), ("PUT /_store/", "drop", 3)],
    "unavailable": [("GET /datasets/", "503", 2), ("preupload", "502", 2), ("POST /_store/.*/complete/", "503", 2)],
    "commit": [("/commit/main", "lost", 1), ("/tag/", "lost", 1), ("objects/batch", "drop", 2)],
    "commit refused": [("/commit/main", "412", 1), ("/commit/main", "500", 1), ("/tree/", "drop", 1)],
}


@pytest.mark.parametrize("case", sorted(FAULTS))
def test_faults_on_both_sides_are_ridden_out(case, client, hub, stored, many_shards, tmp_path):
    repo = f"ann/address-{case.replace(' ', '-')}"
    hub.fail(*FAULTS[case])
    words = ("--repo", repo, "--tag", "v1", "--no-conversations", "--json")
    sent = client("publish", stored.many, *words, RSICA_CACHE=str(tmp_path / "cache"))
    assert sent.status == 0, sent.err
    hub.fail()
    assert len(hub.messages(repo)) == 2
    local = client("publish", many_shards, *words).json
    assert (local["send"], local["delete"], local["commit"]) == (0, 0, sent.json["commit"])


def test_a_killed_publish_goes_on_without_sending_finished_files_again(client, hub, stored, many_shards, tmp_path):
    repo, words = "ann/address-killed", ("--repo", "ann/address-killed", "--no-conversations")
    names = [shard.pairs.name for shard in open_dataset(many_shards).shards()]
    sixth = sha256_file(many_shards / "pairs" / names[5])
    hub.fail((f"PUT /_store/{repo}/.*{sixth}", "stall", 99))
    cache = {"RSICA_CACHE": str(tmp_path / "cache"), "RSICA_CACHE_LIMIT": str(limits(many_shards, 1.2))}
    command = [*COMMAND, "publish", stored.many, *words]
    with subprocess.Popen(command, env=client.environment | cache, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while len(finished(hub, repo)) < 11:  # five shards, and the instructions of the sixth
            assert time.monotonic() < end and process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done, digests = finished(hub, repo), fetched(hub, stored.many)
    assert len(done) == 11 and len(digests) == len(set(digests)) == 12
    hub.fail()
    hub.release()
    time.sleep(0.3)
    hub.forget()
    refused = client("pull", repo, tmp_path / "early")
    assert refused.status != 0 and not list(tmp_path.glob("early/*.json"))
    sent = client("publish", stored.many, *words, "--json", **cache)
    assert sent.status == 0, sent.err
    again = {row["what"].split("/_store/")[1].split("/")[3] for row in hub.log(f"PUT /_store/{repo}/")}
    assert again and not again & (done - {sixth})
    print(
        f"killed with {len(done)} files sent; {len(again)} sent by the second start, {len(fetched(hub, stored.many))}"
    )
    local = client("publish", many_shards, *words, "--json").json
    assert (local["send"], local["delete"], local["commit"]) == (0, 0, sent.json["commit"])
    home = tmp_path / "cache" / "remote"
    assert not list(home.glob("*/.publish")) and not [p for p in home.glob("*.fetching/**/*") if p.is_file()]


def test_what_is_wrong_is_told_before_a_repository_is_made(client, hub, stored, many_shards, tmp_path):
    words = ("publish", stored.many, "--repo", "ann/address-never")
    cache = {"RSICA_CACHE": str(tmp_path / "cache")}
    told = client(*words, "--image-right", "a b c", "--without-images", **cache)
    assert told.status == 2 and "exclude each other" in told.err
    told = client(*words, **cache, RSICA_CACHE_LIMIT=str(limits(many_shards, 1.0)))
    assert told.status == 2 and "needs for its largest shard and what is made of it" in told.err
    assert not hub.log("POST /api/repos/create") and not fetched(hub, stored.many)


def test_a_file_that_is_gone_and_was_changed_there_meanwhile():
    upload = Upload("pairs/one.parquet", Path("nowhere"), 4, "ab" * 32, stays=False)
    plan = push.PublishPlan("ann/x", ImagePolicy(True, "r"), (upload,), (), (), True, False)
    with pytest.raises(RunError, match="ann/x: 'pairs/one.parquet' was changed there meanwhile; run the same command"):
        push._send(None, None, plan, "head", Outbox(None, "ann/x"))


def test_a_small_file_that_git_keeps_goes_up_though_it_is_gone(tmp_path):
    class Api:
        def preupload_lfs_files(self, repo, operations, **options):
            """Nothing: none of them is large."""

    file = tmp_path / "one.parquet"
    file.write_bytes(b"PAR1")
    upload = Upload.of("pairs/one.parquet", file, sha256_bytes(b"PAR1"), stays=False)
    outbox = Outbox(Api(), "ann/x")
    outbox.send([upload])
    file.unlink()
    assert upload in outbox
    for _ in range(2):  # as often as a commit is tried
        (operation,) = outbox.operations([upload])
        assert isinstance(operation, CommitOperationAdd) and not operation._is_committed
        with operation.as_file() as stream:
            assert stream.read() == b"PAR1"
        operation._is_committed = True
    assert upload.is_same(upload.git_oid()) and not upload.is_same("0" * 40) and not upload.is_same(None)
