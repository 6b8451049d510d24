"""What the formats do with rows that no build of ours gives but a dataset from elsewhere may hold."""

import base64
import dataclasses
import json
from io import BytesIO

import pytest

from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.schema import EncodedImage

FORMATS = ("changechat", "llava", "sharegpt", "openai", "trl", "ms-swift", "qwen-vl", "webdataset")


@pytest.fixture
def export(tmp_path):
    def run(dataset, name, **options):
        spec = registry.load(registry.EXPORTERS, name)
        out = tmp_path / "exported" / name
        return out, spec.export(dataset, out, spec.options(**options))

    return run


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_changechat_records_word_for_word(stored_pair, asked, write_dataset, export):
    pair = stored_pair("x", changed=True)
    same = stored_pair("y", changed=False)
    items = [
        asked(pair, "classification", "Changed?", "Yes."),
        asked(pair, "dialogue", "Changed?", "Yes.", "How many?", "1 road."),
        asked(same, "captioning", "Describe.", "the scene is the same", references=("one .", "two .")),
    ]
    out, paths = export(write_dataset([pair, same], items), "changechat")
    assert load(out / "changechat_105k_test_binary.json") == [
        {
            "id": 0,
            "image": ["test/A/x.png", "test/B/x.png"],
            "changeflag": 1,
            "conversations": [
                {"from": "human", "value": "<image> <image> Changed?"},
                {"from": "gpt", "value": "Yes."},
            ],
        }
    ]
    assert load(out / "changechat_105k_test.json") == [
        {"image_A": "test/A/y.png", "image_B": "test/B/y.png", "captions": ["one .", "two ."], "changeflag": 0}
    ]
    dialogue = load(out / "changechat_105k_test_dialog.json")[0]["conversations"]
    assert [turn["value"] for turn in dialogue[1:]] == ["Yes.", "How many?", "1 road."]
    assert sorted(str(path) for path in paths) == sorted(
        str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()
    )
    assert (out / "images/test/A/x.png").read_bytes() == pair.before.data


def test_changechat_training_file_with_localization_first_holds_the_same_records(
    stored_pair, asked, write_dataset, export
):
    pair = stored_pair("x", split="train")
    items = [asked(pair, task, "?", "!") for task in ("classification", "localization", "counting")]
    out, _ = export(write_dataset([pair], items), "changechat")
    train, located = (load(out / f"changechat_105k_{name}.json") for name in ("train", "train_loc"))
    assert [train[1], train[0], train[2]] == located
    assert [row["id"] for row in train] == [0, 1, 2]


def test_changechat_ids_of_instructions_where_they_are_asked_for(stored_pair, asked, write_dataset, export):
    pair = stored_pair("x", changed=True)
    items = [asked(pair, "classification", "Changed?", "Yes.")]
    out, _ = export(write_dataset([pair], items), "changechat", ids="instruction")
    assert [row["id"] for row in load(out / "changechat_105k_test_binary.json")] == ["hand/test/x#classification#0"]


def test_changechat_without_its_splits_says_so(stored_pair, asked, write_dataset, export):
    pair = stored_pair("x", split="val")
    with pytest.raises(UserError, match=r"train.*test"):
        export(write_dataset([pair], [asked(pair, "classification", "?", "!")]), "changechat")


def test_changechat_copies_images_of_its_own_splits_only(stored_pair, asked, write_dataset, export):
    pairs = [stored_pair("x"), stored_pair("v", split="val")]
    out, _ = export(write_dataset(pairs, [asked(pair, "classification", "?", "!") for pair in pairs]), "changechat")
    assert [path.name for path in sorted((out / "images").iterdir())] == ["test"]


@pytest.mark.parametrize("path", ["../../out.png", "images/../../../out.png", "/out.png", "..\\..\\out.png", ""])
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "webdataset"])  # it names no file by a path
def test_image_paths_never_leave_the_folder(name, path, stored_pair, asked, write_dataset, export, tmp_path):
    pair = stored_pair("x")
    pair = dataclasses.replace(pair, before=EncodedImage(path, pair.before.data))
    dataset = write_dataset([pair], [asked(pair, "classification", "?", "!")])
    options = {"images": "path"} if name == "openai" else {}
    with pytest.raises(UserError, match="hand/test/x"):
        export(dataset, name, **options)
    assert not list(tmp_path.rglob("*.png"))


def test_two_images_of_one_path_are_refused_and_one_image_of_two_pairs_is_written_once(
    stored_pair, asked, write_dataset, export
):
    one, two = stored_pair("one"), stored_pair("two")
    shared = dataclasses.replace(two, before=one.before)
    _, paths = export(write_dataset([one, shared], []), "llava")
    assert len(paths) == len(set(paths)) == 4
    clash = dataclasses.replace(two, before=EncodedImage(one.before.path, two.before.data))
    with pytest.raises(UserError, match=r"test/A/one\.png"):
        export(write_dataset([one, clash], [], name="clash"), "llava")


def test_a_mark_for_every_image(stored_pair, asked, write_dataset, export):
    pair = stored_pair("x", after=None)
    dataset = write_dataset([pair], [asked(pair, "classification", "What is there?", "A road.")])
    assert load(export(dataset, "llava")[0] / "llava_test.json")[0]["conversations"][0]["value"].count("<image>") == 1
    record = load(export(dataset, "sharegpt")[0] / "sharegpt_test.json")[0]
    assert record["messages"][0]["content"] == "<image>What is there?"
    assert len(record["images"]) == 1
    with pytest.raises(UserError, match="hand/test/x"):
        export(dataset, "changechat")


@pytest.mark.parametrize("name", ["changechat", "llava", "sharegpt", "ms-swift", "qwen-vl", "trl"])
def test_text_that_holds_a_mark_is_refused(name, stored_pair, asked, write_dataset, export):
    pair = stored_pair("x")
    dataset = write_dataset([pair], [asked(pair, "classification", "?", "an <image> of a road")])
    with pytest.raises(UserError, match="hand/test/x#classification#0"):
        export(dataset, name)


def test_an_unknown_change_flag_is_null_and_not_zero(stored_pair, asked, write_dataset, export):
    pair = stored_pair("x", changed=None)
    dataset = write_dataset([pair], [asked(pair, "classification", "?", "!")])
    assert load(export(dataset, "changechat")[0] / "changechat_105k_test_binary.json")[0]["changeflag"] is None


def test_openai_takes_no_tiff_so_it_gets_png(stored_pair, asked, write_dataset, export):
    from PIL import Image

    pair = stored_pair("x")
    stream = BytesIO()
    Image.fromarray(decode_rgb(pair.before.data)).save(stream, "TIFF")
    pair = dataclasses.replace(pair, before=EncodedImage("A/x.tif", stream.getvalue()))
    out, _ = export(write_dataset([pair], [asked(pair, "classification", "?", "!")]), "openai")
    content = json.loads((out / "openai_test.jsonl").read_text())["messages"][0]["content"]
    kind, data = content[0]["image_url"]["url"].split(",")
    assert kind == "data:image/png;base64"
    assert (decode_rgb(base64.b64decode(data)) == decode_rgb(pair.before.data)).all()


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_over_an_export_gives_the_same_bytes(name, stored_pair, asked, write_dataset, export):
    pairs = [stored_pair("é <b>", split="train"), stored_pair("y")]
    dataset = write_dataset(pairs, [asked(pair, "classification", 'Größe "?"\n', "\\ </b> 是") for pair in pairs])
    out, paths = export(dataset, name)
    first = {path: (out / path).read_bytes() for path in paths}
    assert {path: (out / path).read_bytes() for path in export(dataset, name)[1]} == first
    assert not list(out.rglob(".partial-*"))
