"""A source whose terms forbid passing its images on: published without them, joined to a user's own copy."""

import hashlib
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.publish.join import _is_joined
from rsica_data.dataset.publish.rights import image_policy
from rsica_data.dataset.reader import IMAGE_COLUMNS, read_pairs


@pytest.fixture
def published(client, levir):
    """The dataset's name on the Hub."""
    sent = client("publish", levir.dataset, "--repo", "ann/levir", "--json")
    assert sent.status == 0, sent.err
    assert sent.json["images"] == "withheld"
    return "ann/levir"


def test_no_image_leaves_the_house(client, hub, levir, published, tmp_path):
    pulled = client("pull", published, tmp_path / "back", "--json").json
    assert pulled["images"] == "withheld"
    whole, back = open_dataset(levir.dataset), open_dataset(tmp_path / "back")
    rows = list(back.pairs())
    assert len(rows) == 12
    for row, original in zip(rows, whole.pairs(), strict=True):
        assert [getattr(row, column) for column in IMAGE_COLUMNS] == [None] * 5 + [()]
        assert row.facts == original.facts
        assert row.captions == original.captions
    assert list(back.instructions()) == list(whole.instructions())
    images = {image for row in whole.pairs() for image in (row.before.data, row.after.data, row.change_mask.data)}
    for path in (tmp_path / "back").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert not any(image[:64] in data for image in images), path
    loaded = client.load(published, "pairs")
    assert sum(len(split) for split in loaded.rows.values()) == 12
    assert client("validate", tmp_path / "back").status == 0


def test_the_card_says_so(client, levir, published, tmp_path):
    client("pull", published, tmp_path / "back")
    text = (tmp_path / "back" / "README.md").read_text()
    assert "not part of this repository" in text
    assert "LEVIR-CC: research use" in text
    assert f"rsica-data pull {published} DATASET --join" in text
    # The checksum as it is, and the one that the joined dataset will have.
    for folder in (tmp_path / "back", levir.dataset):
        assert open_dataset(folder).hash in text
    # The instructions' own license is what the repository has now.
    assert yaml.safe_load(text.split("---\n")[1])["license"] == "cc-by-4.0"
    for cited in ("The authors of the instructions.", "Dual-Branch Transformers"):
        assert cited in text


def test_joined_to_a_copy_it_is_the_first_dataset_again(client, levir, published, tmp_path, content):
    back = tmp_path / "back"
    joined = client("pull", published, back, "--join", levir.images, "--workers", 1, "--json").json["joined"]
    assert joined["pairs"] == 12
    assert joined["images"] == 36
    assert joined["identical"] == joined["shards"] == len(open_dataset(levir.dataset).shards())
    assert content(back) == content(levir.dataset)
    for name in ("README.md", "croissant.json"):
        assert (back / name).read_bytes() == (levir.dataset / name).read_bytes()
    assert not (back / "join").exists()
    assert client("validate", back).status == 0
    again = client("pull", published, back, "--join", levir.images, "--json").json
    assert (again["images"], again["fetched"]) == ("joined", 0)
    assert client("join", back, "--input", levir.images).status == 2


@pytest.fixture(scope="module")
def images_address(stored_folder, levir):
    """The images in a folder of another repository."""
    return stored_folder("ann/images", levir.images)


def images_fetched(hub):
    """Hashes of the images that were fetched from their address, as often as they were."""
    rows = [row for row in hub.log("GET /_store/ann/images/") if row["range"] is None]
    return [row["what"].rsplit("/", 1)[1] for row in rows]


def test_a_copy_at_an_address_is_joined_image_by_image(
    client, hub, levir, published, images_address, tmp_path, content
):
    back, cache = tmp_path / "back", tmp_path / "cache"
    images = list(levir.images.rglob("*.png"))
    limit = max(path.stat().st_size for path in images) * 8
    assert limit < sum(path.stat().st_size for path in images) / 2
    hub.fail(("GET /_store/ann/images/", "cut", 3), ("GET /_store/ann/images/", "drop", 2))
    words = ("pull", published, back, "--join", images_address, "--workers", 1, "--json")
    joined = client(*words, RSICA_CACHE=str(cache), RSICA_CACHE_LIMIT=str(limit))
    assert joined.status == 0, joined.err
    assert (joined.json["joined"]["images"], joined.json["joined"]["pairs"]) == (36, 12)
    assert content(back) == content(levir.dataset)
    hashes = images_fetched(hub)
    assert set(hashes) == {sha256_file(path) for path in images} and len(hashes) <= 36 + 5
    left = [path for path in cache.rglob("*.png") if path.stat().st_blocks]
    assert left == []  # a file without content stands for each in the list of the copy
    assert client("validate", back).status == 0


def test_a_join_from_an_address_goes_on(client, hub, levir, published, images_address, environment, tmp_path, content):
    back, cache = tmp_path / "back", {"RSICA_CACHE": str(tmp_path / "cache")}
    assert client("pull", published, back).status == 0
    last = open_dataset(levir.dataset).shards()[-1]
    stalled = hashlib.sha256(next(iter(read_pairs(last.pairs))).after.data).hexdigest()
    hub.fail((f"GET /_store/ann/images/.*{stalled}", "stall", 99))
    command = [sys.executable, "-c", "from rsica_data.cli import main; main()", "join", str(back), "--workers", "1"]
    with subprocess.Popen([*command, "--input", images_address], env=environment | cache) as process:
        end = time.monotonic() + 60
        while not _is_joined(back / "pairs" / open_dataset(levir.dataset).shards()[-2].pairs.name):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    hub.fail()
    hub.release()
    time.sleep(0.3)
    hub.forget()
    told = client("join", back, "--input", images_address, "--workers", 1, **cache)
    assert told.status == 0, told.err
    assert content(back) == content(levir.dataset)
    rows = list(read_pairs(last.pairs))
    masks = {row.change_mask.data for row in rows}
    assert 0 < len(images_fetched(hub)) <= 2 * len(rows) + len(masks) < 36


def test_another_copy_at_an_address_is_refused(client, levir, published, stored_folder, tmp_path, content):
    copy = tmp_path / "copy"
    shutil.copytree(levir.images, copy)
    victim = sorted((copy / "images" / "test" / "B").iterdir())[-1]
    with Image.open(victim) as image:
        turned = image.rotate(180)
    turned.save(victim)
    address = stored_folder("ann/other-images", copy)
    client("pull", published, tmp_path / "back")
    told = client("join", tmp_path / "back", "--input", address, "--workers", 1)
    assert told.status == 2 and len(told.err.splitlines()) == 1
    assert f"{address}: --input: levir-mci/test/{victim.stem}: after" in told.err and "is not the image" in told.err
    assert client("join", tmp_path / "back", "--input", levir.images, "--workers", 1).status == 0
    assert content(tmp_path / "back") == content(levir.dataset)


def test_joined_and_pulled_datasets_lie_on_this_disk(client, published, levir, tmp_path):
    for words in (("pull", published, "s3://bucket/back"), ("join", "s3://bucket/back", "--input", levir.images)):
        told = client(*words)
        assert told.status == 2 and "s3://bucket/back: OUT: is no local folder" in told.err
    assert not Path("s3:").exists()


@pytest.mark.parametrize("harm", ["changed", "missing", "other mask", "no folder"])
def test_another_copy_is_refused_image_by_image(harm, client, levir, published, tmp_path, content):
    client("pull", published, tmp_path / "back")
    copy = tmp_path / "copy"
    shutil.copytree(levir.images, copy)
    victim = sorted((copy / "images" / "test" / "B").iterdir())[-1]
    mask = copy / "images" / "test" / "label" / victim.name
    if harm == "changed":
        shutil.copyfile(sorted((copy / "images" / "test" / "A").iterdir())[0], victim)
    elif harm == "missing":
        victim.unlink()
    elif harm == "other mask":
        masks = sorted((copy / "images").glob("*/label/*.png"), key=lambda path: path.read_bytes() == mask.read_bytes())
        shutil.copyfile(masks[0], mask)
    else:
        shutil.rmtree(copy)
    found = client("join", tmp_path / "back", "--input", copy, "--workers", 1)
    assert found.status == 2
    if harm != "no folder":
        assert f"levir-mci/test/{victim.stem}" in found.err
    assert len(found.err.splitlines()) == 1
    # What was joined before stays; with the right copy the same command goes on.
    assert client("join", tmp_path / "back", "--input", levir.images, "--workers", 1).status == 0
    assert content(tmp_path / "back") == content(levir.dataset)


def test_what_needs_images_says_how_to_get_them(client, published, tmp_path):
    client("pull", published, tmp_path / "back")
    for words in (
        ("preview", tmp_path / "back", "--html", tmp_path / "x.html"),
        ("export", tmp_path / "back", "--format", "llava", "--to", tmp_path / "x"),
    ):
        found = client(*words)
        assert found.status == 2
        assert "--join" in found.err
    run = ("run", "--data", tmp_path / "back", "--out", tmp_path / "run", "--tasks", "counting", "--adapter")
    assert "--join" in client(*run, "pixel-difference", program="rsica-bench").err
    # Those that only look at the gold need none.
    assert client(*run, "no-change", program="rsica-bench").status == 0


def test_a_pulled_folder_is_published_on_as_it_is(client, published, tmp_path, content):
    client("pull", published, tmp_path / "back")
    sent = client("publish", tmp_path / "back", "--repo", "ann/levir-copy", "--json").json
    assert sent["images"] == "withheld"
    client("pull", "ann/levir-copy", tmp_path / "again")
    assert content(tmp_path / "again", "pairs", "join") == content(tmp_path / "back", "pairs", "join")
    right = ("--image-right", "the images are mine")
    assert "join them first" in client("publish", tmp_path / "back", "--repo", "ann/levir-copy", *right).err


def test_a_stated_right_is_told_on_the_card(client, levir, tmp_path, content):
    right = "written permission of the authors, 2026-05-01"
    sent = client("publish", levir.dataset, "--repo", "ann/allowed", "--image-right", right, "--json").json
    assert sent["images"] == "included"
    client("pull", "ann/allowed", tmp_path / "back")
    text = (tmp_path / "back" / "README.md").read_text()
    assert right in text
    # Two licenses: neither stands for the whole.
    assert yaml.safe_load(text.split("---\n")[1])["license"] == "other"
    assert content(tmp_path / "back") == content(levir.dataset)


def test_images_that_may_be_passed_on_can_be_left_out_too(client, dataset, tmp_path):
    sent = client("publish", dataset, "--repo", "ann/left-out", "--without-images", "--dry-run", "--json").json
    assert sent["images"] == "withheld"
    assert sum(file["path"].startswith("join/") for file in sent["files"]) == len(open_dataset(dataset).shards())


def manifest(**source):
    known = {"name": "x", "license": None, "images_license": None, "redistributable": False}
    return {"source": known | source}


@pytest.mark.parametrize(
    ("source", "include"),
    [
        ({}, False),
        ({"redistributable": True}, True),
        ({"images_license": "CC-BY-SA-4.0"}, True),
        ({"images_license": "cc-by-4.0"}, True),
        ({"images_license": "CC BY 4.0"}, True),
        ({"images_license": "DSIFN: research use"}, False),
        ({"images_license": "CC-BY-ND-4.0"}, False),
        # An open license of the instructions says nothing about the images.
        ({"license": "CC-BY-4.0"}, False),
    ],
)
def test_in_doubt_images_stay(source, include):
    assert image_policy(manifest(**source)).include is include


@pytest.mark.parametrize(
    ("options", "named"), [({"license": None}, "source.options.license"), ({}, '--image-right "TEXT"')]
)
def test_who_publishes_is_told_which_key_is_missing(options, named):
    recipe = {"license": "CC-BY-4.0", "source": {"name": "x", "options": options}}
    policy = image_policy(manifest(license="CC-BY-4.0") | {"recipe": recipe})
    assert named in policy.hint
    assert "(CC-BY-4.0) is that of the instructions" in policy.hint
    # The card is for readers: what the publisher may do does not stand on it.
    assert named not in policy.reason
    assert image_policy(manifest(images_license="MIT")).hint is None


def test_the_right_must_be_stated_in_words():
    with pytest.raises(UserError, match="in words"):
        image_policy(manifest(), right="yes")
    with pytest.raises(UserError, match="exclude"):
        image_policy(manifest(), right="they are my own images", without=True)


def test_join_tables_name_every_image_once(levir, tmp_path):
    from rsica_data.dataset.publish.withhold import full_manifest, withheld_manifest, withhold_shard

    dataset = open_dataset(levir.dataset)
    entries = {}
    for shard in dataset.shards():
        entries |= withhold_shard(dataset, f"pairs/{shard.pairs.name}", tmp_path)
    stripped = withheld_manifest(dataset.manifest, entries, "because")
    assert full_manifest(stripped) == dataset.manifest
    rows = [row for path in sorted((tmp_path / "join").iterdir()) for row in pq.read_table(path).to_pylist()]
    assert len({(row["pair_id"], row["role"]) for row in rows}) == len(rows) == 36
    assert all((row["pixels_sha256"] is not None) == (row["role"] == "change_mask") for row in rows)


def test_real_images_stay_and_are_joined_again(client, rsica_data, real_data, write_recipe, content, tmp_path):
    recipe = write_recipe(source="levir-cd", options={"list": "none"}, tasks=["counting"])
    built, images = tmp_path / "built", real_data / "levir_cd_samples"
    found = rsica_data("build", recipe, "--input", images, "--out", built, "--workers", 1)
    assert found.status == 0, found.err
    sent = client("publish", built, "--repo", "ann/levir-cd", "--json").json
    assert sent["images"] == "withheld"
    assert "LEVIR-CD: academic use" in sent["reason"]
    assert "source.options.license" in client("publish", built, "--repo", "ann/levir-cd", "--dry-run").out
    assert client("pull", "ann/levir-cd", tmp_path / "back", "--join", images, "--workers", 1).status == 0
    assert content(tmp_path / "back") == content(built)
