"""Names on the Hub, datasets opened by name, and mistakes: one line each, and no key in any of them."""

import base64
import json
import shutil
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub.utils import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_file
from rsica_data.dataset.hub import HubName, as_hub_name, parse_hub_name
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.publish import push, uploads
from rsica_data.dataset.publish.uploads import Upload
from rsica_data.schema.manifest import safe_path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ann/levir", HubName("ann/levir")),
        ("ann/levir-mci_2.0@v1.0", HubName("ann/levir-mci_2.0", "v1.0")),
        ("ann/x@refs/pr/1", HubName("ann/x", "refs/pr/1")),
        ("hf://datasets/ann/x@v1", HubName("ann/x", "v1")),
    ],
)
def test_names(text, name):
    assert parse_hub_name(text) == name
    assert as_hub_name(text) == name


@pytest.mark.parametrize("text", ["ann", "a/b/c", "/ann/x", "./x", "ann/x@", "ann/.x", "ann/x-", "../x", "a--b/c", ""])
def test_no_names(text):
    with pytest.raises(UserError, match="USER/NAME"):
        parse_hub_name(text, key="--repo")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "ann/x.git",
            "ann/x.GIT",
            "ann/x.ipynb",
            "ann/a--b",
            "a--b/x",
            "ann/a..b",
            "a..b/x",
            "ann-/x",
            ".ann/x",
            "ann/x.",
        ),
        *("ann/höfe", "ann/x y", "ann/" + "x" * 97, "a" * 97 + "/x"),
        *("ann/x@v1..2", "ann/x@v1.lock", "ann/x@a//b", "ann/x@a/.b", "ann/x@v1.", "ann/x@a/", "ann/x@v 1", "ann/x@~1"),
    ],
)
def test_names_that_the_hub_refuses(text):
    with pytest.raises(UserError, match="is not a name on the Hub"):
        parse_hub_name(text, key="--repo")
    assert as_hub_name(text) is None


@given(st.from_regex(r"[A-Za-z0-9._-]{1,6}/[A-Za-z0-9._-]{1,8}(\.git|x{90})?", fullmatch=True))
def test_no_name_passes_that_the_hubs_client_refuses(text):
    try:
        parse_hub_name(text)
    except UserError:
        return
    validate_repo_id(text)


WORD = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_]{0,10}", fullmatch=True)


@given(WORD, WORD, WORD)
def test_a_name_is_read_as_it_is_written(user, name, revision):
    found = HubName(f"{user}/{name}", revision)
    assert parse_hub_name(str(found)) == found


def test_a_folder_goes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ann" / "there").mkdir(parents=True)
    assert as_hub_name("ann/there") is None
    # The first part is a folder here: the second is mistyped.
    assert as_hub_name("ann/thre") is None
    with pytest.raises(UserError, match="no such folder"):
        open_dataset("ann/thre")
    assert as_hub_name("hf://datasets/ann/there") == HubName("ann/there")


@pytest.mark.parametrize("path", ["../x", "/x", "pairs/../../x", "a\\b", ".git/config", "pairs/.x", "C:/x", ""])
def test_paths_that_would_leave_the_folder(path):
    assert not safe_path(path)


def test_offline_without_a_copy_is_one_line(rsica_data, monkeypatch, tmp_path):
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path))
    for words in (("stats", "ann/nothing"), ("pull", "ann/nothing", tmp_path / "x")):
        found = rsica_data(*words)
        assert found.status == 2
        assert len(found.err.splitlines()) == 1
        assert "HF_HUB_OFFLINE" in found.err


def test_offline_publish_is_one_line_and_a_dry_run_lists_files(rsica_data, small_dataset, tmp_path):
    shutil.copytree(small_dataset, tmp_path / "dataset")
    found = rsica_data("publish", tmp_path / "dataset", "--repo", "ann/x")
    assert found.status == 2
    assert "HF_HUB_OFFLINE" in found.err
    plan = rsica_data("publish", tmp_path / "dataset", "--repo", "ann/x", "--dry-run", "--json").json
    assert not plan["compared"]
    paths = {file["path"]: file for file in plan["files"]}
    assert {"README.md", "croissant.json", "manifest.json", "rejected.jsonl", "figures/tasks.svg"} <= set(paths)
    # What varies from host to host stays there.
    assert "build_info.json" not in paths
    data = open_dataset(tmp_path / "dataset").manifest["files"]
    assert {path: paths[path]["sha256"] for path in data} == {path: sha256_file(small_dataset / path) for path in data}
    assert plan["send_bytes"] == sum(file["bytes"] for file in plan["files"])
    assert "nothing was sent" in rsica_data("publish", tmp_path / "dataset", "--repo", "ann/x", "--dry-run").out


def test_a_run_over_a_dataset_by_its_name(client, hub, dataset, tmp_path):
    client("publish", dataset, "--repo", "ann/by-name", "--tag", "v1")
    words = ("run", "--data", "ann/by-name@v1", "--adapter", "oracle", "--tasks", "counting", "--json")
    found = client(*words, "--out", tmp_path / "run", program="rsica-bench")
    assert found.status == 0, found.err
    assert found.json["tasks"]["counting"]["metrics"]["mae"] == 0
    assert json.loads((tmp_path / "run" / "result.json").read_text())["dataset"]["sha256"] == open_dataset(dataset).hash
    hub.forget()
    assert client("stats", "ann/by-name@v1").status == 0
    # The second time only the revision is asked for.
    assert not hub.log("/_store/")
    assert not hub.log("/resolve/")
    # A Hub that is away: the commit that the name stood for last is used, and said.
    hub.fail(("/api/datasets/ann/by-name", "drop", 99))
    away = client("stats", "ann/by-name@v1")
    assert away.status == 0


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("pull", "ann/none", "OUT"), {}, "no such dataset"),
        (("pull", "ann/errors@v9", "OUT"), {}, "no such revision"),
        (("pull", "ann/errors", "OUT"), {"HF_TOKEN": "key_of_bob"}, "no such dataset"),
        (("pull", "ann/errors", "OUT"), {"HF_TOKEN": "no_key_at_all"}, "does not accept the key"),
        (("publish", "DATA", "--repo", "ann/errors"), {"HF_TOKEN": "no_key_at_all"}, "does not accept the key"),
        (("publish", "DATA", "--repo", "ann/errors"), {"HF_TOKEN": ""}, "hf auth login"),
        (("publish", "DATA", "--repo", "bob/new"), {}, "no right"),
        (("publish", "DATA", "--repo", "new"), {}, "USER/NAME"),
        (("publish", "DATA", "--repo", "ann/errors@v1"), {}, "--tag"),
        (("publish", "DATA", "--repo", "ann/errors", "--tag", "a b"), {}, "--tag"),
        (("publish", "DATA", "--repo", "ann/errors", "--image-right", "yes"), {}, "in words"),
        (("publish", "OUT", "--repo", "ann/errors"), {}, "no such folder"),
    ],
)
def test_mistakes_are_one_line(words, env, said, client, dataset, tmp_path):
    assert client("publish", dataset, "--repo", "ann/errors", "--private").status == 0
    places = {"OUT": tmp_path / "out", "DATA": dataset}
    found = client(*(places.get(word, word) for word in words), **env)
    assert found.status == 2, found.err
    assert said in found.err
    assert len(found.err.splitlines()) == 1
    assert not any(key in found.err for key in env.values() if key)


def test_a_hub_that_stays_away_is_one_line(client, hub, dataset, environment):
    hub.fail(("POST /api/repos/create", "400", 1))
    found = client("publish", dataset, "--repo", "ann/away")
    assert found.status == 1
    assert "the Hub answered 400" in found.err


def test_a_changed_file_is_not_published(client, dataset):
    shard = open_dataset(dataset).shards("test")[0].pairs
    data = bytearray(shard.read_bytes())
    data[1000] ^= 1
    shard.write_bytes(bytes(data))
    found = client("publish", dataset, "--repo", "ann/changed")
    assert found.status == 2
    assert f"{shard}: is not what the manifest says" in found.err


def test_settings_are_set_once(client, hub, dataset):
    client("publish", dataset, "--repo", "ann/settings", "--private", "--gated", "manual")
    settings = hub.log("PUT /api/datasets/ann/settings/settings")
    assert len(settings) == 1
    # Before any file of it was sent.
    log = [row["what"] for row in hub.log()]
    assert log.index(settings[0]["what"]) < min(log.index(what) for what in log if "/_store/" in what)
    hub.forget()
    client("publish", dataset, "--repo", "ann/settings", "--private", "--gated", "manual")
    assert not hub.log("/settings/settings")
    client("publish", dataset, "--repo", "ann/settings", "--gated", "off")
    assert len(hub.log("/settings/settings")) == 1


def test_another_dataset_is_not_written_over(client, levir, dataset):
    client("publish", dataset, "--repo", "ann/taken")
    found = client("publish", levir.dataset, "--repo", "ann/taken")
    assert found.status == 2
    assert "holds the dataset 'small'" in found.err
    sent = client("publish", levir.dataset, "--repo", "ann/taken", "--replace", "--json").json
    assert sent["delete"] > 0


def test_a_card_changed_by_hand_is_kept(client, dataset, tmp_path):
    own = (dataset / "README.md").read_text().replace("## Known limits", "## What we know of it")
    (dataset / "README.md").write_text(own)
    found = client("publish", dataset, "--repo", "ann/own-card")
    assert "changed by hand" in found.out
    client("pull", "ann/own-card", tmp_path / "back")
    assert (tmp_path / "back" / "README.md").read_text() == own
    assert client("card", dataset).status == 2
    assert client("card", dataset, "--force").status == 0
    assert "## Known limits" in (dataset / "README.md").read_text()


def test_a_manifest_that_names_files_elsewhere_is_refused(client, hub, dataset, tmp_path, environment):
    client("publish", dataset, "--repo", "ann/hostile")
    evil = json.loads((dataset / "manifest.json").read_text())
    evil["files"]["../evil.parquet"] = next(iter(evil["files"].values()))
    body = json.dumps({"key": "header", "value": {"summary": "x", "description": ""}}) + "\n"
    content = base64.b64encode(json.dumps(evil).encode()).decode()
    body += json.dumps({"key": "file", "value": {"path": "manifest.json", "content": content, "encoding": "base64"}})
    url = f"{hub.url}/api/datasets/ann/hostile/commit/main"
    headers = {"Authorization": f"Bearer {environment['HF_TOKEN']}"}
    with urllib.request.urlopen(urllib.request.Request(url, data=body.encode(), headers=headers), timeout=30):
        pass
    found = client("pull", "ann/hostile", tmp_path / "back")
    assert found.status == 2
    assert "outside the dataset" in found.err
    assert not (tmp_path / "evil.parquet").exists()


def test_who_may_read(client, dataset, tmp_path):
    client("publish", dataset, "--repo", "ann/open")
    assert client("pull", "ann/open", tmp_path / "open", HF_TOKEN="").status == 0
    client("publish", dataset, "--repo", "ann/on-request", "--gated", "auto")
    found = client("pull", "ann/on-request", tmp_path / "no", HF_TOKEN="")
    assert found.status == 2
    assert "on request" in found.err


def test_data_goes_before_what_names_it_where_one_commit_cannot_hold_all(monkeypatch):
    monkeypatch.setattr(push, "COMMIT_FILES", 4)
    data = [SimpleNamespace(path_in_repo=f"pairs/{number}.parquet") for number in range(9)]
    top = [SimpleNamespace(path_in_repo=name) for name in ("README.md", "manifest.json")]
    gone = [SimpleNamespace(path_in_repo="pairs/old.parquet")]
    parts = list(push._commits([top[0], *data, top[1]], gone))
    assert [operation for part in parts for operation in part] == [*data, *top, *gone]
    assert all(len(part) <= 4 for part in parts[:-1])
    assert parts[-1][-3:] == [*top, *gone]
    assert list(push._commits(top, [])) == [top]
    assert list(push._commits([], [])) == []


def test_batches_are_small_in_files_and_bytes(monkeypatch):
    monkeypatch.setattr(uploads, "BATCH_FILES", 3)
    monkeypatch.setattr(uploads, "BATCH_BYTES", 100)
    files = [Upload(str(size), Path(), size, "") for size in (1, 2, 3, 4, 99, 250, 1)]
    batch_sizes = [[upload.bytes for upload in batch] for batch in uploads._batches(files)]
    assert batch_sizes == [[1, 2, 3], [4], [99], [250], [1]]
