"""Captions without words, change flags and encodings, as files of the field have them."""

import gzip
import json
import shutil

import pytest

from rsica_data.core.errors import UserError
from rsica_data.core.text_encoding import decode_user_text, read_user_text
from rsica_data.dataset.opening import open_dataset
from rsica_data.schema.caption_text import change_flag, has_words, strip_caption
from rsica_data.sources.levir_mci import read_captions
from rsica_data.synth.karpathy import read_names


@pytest.mark.parametrize("value", [True, 1, 1.0, "1", "true", "True", " TRUE ", "1.0", "yes", "changed"])
def test_flags_of_change(value):
    assert change_flag(value) is True


@pytest.mark.parametrize("value", [False, 0, 0.0, "0", "false", "False", "0.0", "no", "unchanged", "no change"])
def test_flags_of_no_change(value):
    assert change_flag(value) is False


@pytest.mark.parametrize("value", [None, "", " ", "null", "None", "nan"])
def test_flags_that_say_nothing(value):
    assert change_flag(value) is None


@pytest.mark.parametrize("value", [2, -1, 0.5, "2", "maybe", [], {}, [1]])
def test_what_is_no_flag(value):
    with pytest.raises(ValueError, match="neither 1"):
        change_flag(value)


def test_captions_without_words():
    assert not any(has_words(text) for text in ("", " ", " .", ".", "...", "\n", "-", "?!", "\u200b", None))
    assert all(has_words(text) for text in ("no", "2 roads .", "无变化", "é"))
    assert strip_caption(" a road is built . ") == "a road is built"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(tmp_path, encoding):
    data = "höfe\r\n道路\n".encode(encoding)
    assert decode_user_text(data) == "höfe\r\n道路\n"
    (tmp_path / "a.txt").write_bytes(data)
    assert read_user_text(tmp_path / "a.txt") == "höfe\n道路\n"
    (tmp_path / "latin.txt").write_bytes("höfe".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8 text: byte 0xf6"):
        read_user_text(tmp_path / "latin.txt")


def image(name, flag, *raw, split="test"):
    return {"filename": name, "split": split, "changeflag": flag, "sentences": [{"raw": text} for text in raw]}


def write_captions(folder, *images, encoding="utf-8", name="LevirCCcaptions.json"):
    data = json.dumps({"images": list(images)}, ensure_ascii=False).encode(encoding)
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder / name


def test_flags_as_text_in_a_captions_file(cases, tmp_path):
    read = read_captions(cases / "flag_text" / "LevirCCcaptions.json")
    assert [entry["changed"] for entry in read.values()] == [False, True, False]
    assert [name.changed for name in read_names(cases / "flag_text" / "LevirCCcaptions.json")] == [False, True, False]
    path = write_captions(tmp_path, image("a.png", "perhaps", "a road ."))
    for reader in (read_captions, read_names):
        with pytest.raises(UserError, match="changeflag 'perhaps' is neither"):
            reader(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["LevirCCcaptions.json", "LevirCCcaptions.json.gz"])
def test_captions_file_with_a_byte_order_mark(tmp_path, encoding, name):
    path = write_captions(tmp_path, image("a.png", 1, "höfe ."), encoding=encoding, name=name)
    assert read_captions(path)["test", "a"]["captions"] == ("höfe",)
    assert read_names(path)[0].changed


def test_a_pair_whose_captions_hold_no_words(cases, rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(source="levir-mci", tasks=["captioning", "classification"])
    out = tmp_path / "out"
    built = rsica_data("build", recipe, "--input", cases / "empty_caption", "--out", out, "--workers", 1)
    assert built.status == 0, built.err
    assert "captions left out, for they hold no words: 5" in built.out
    dataset = open_dataset(out)
    assert dataset.manifest["counts"]["captions_left_out"] == 5
    # What is asked of it comes from the mask.
    assert all(has_words(text) for item in dataset.instructions("test") for text in item.references)


def test_sentences_without_words_are_left_out_alone(cases, rsica_data, write_recipe, tmp_path):
    root = tmp_path / "in"
    shutil.copytree(cases / "empty_caption" / "images" / "test", root / "images" / "test")
    write_captions(root, image("test_000001.png", "1", "", "a road is built .", " .", None, "..."))
    recipe = write_recipe(source="levir-mci", tasks=["captioning"])
    assert rsica_data("build", recipe, "--input", root, "--out", tmp_path / "out", "--workers", 1).status == 0
    dataset = open_dataset(tmp_path / "out")
    assert [item.references for item in dataset.instructions("test")] == [("a road is built",)]
    assert dataset.manifest["counts"]["captions_left_out"] == 4
