"""Source levir-mci: LEVIR-MCI, LEVIR-CC without labels, labels without captions."""

import gzip
import json
import time

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from rsica_data.core.errors import UserError
from rsica_data.schema.caption_text import strip_caption
from rsica_data.sources.levir_mci import SOURCE, read_captions

LABEL = np.zeros((9, 12), np.uint8)
LABEL[1, 1:11] = 128
LABEL[4:8, 4:8] = 255
IDS = np.array([0, 1, 2], np.uint8)[np.searchsorted([0, 128, 255], LABEL)]


def entry(name, split="train", flag=1, texts=("a house appears .",)):
    return {
        "filepath": split,
        "filename": name,
        "imgid": 0,
        "sentids": list(range(len(texts))),
        "sentences": [{"tokens": text.split()[:-1], "raw": text} for text in texts],
        "split": split,
        "changeflag": flag,
    }


def caption_file(*entries):
    return json.dumps({"images": entries, "dataset": "LEVIR-CC"})


def tree(photo, to_png, split="train", name="train_000001", label=LABEL):
    files = {f"images/{split}/A/{name}.png": photo(1), f"images/{split}/B/{name}.png": photo(2)}
    return files if label is None else {**files, f"images/{split}/label/{name}.png": to_png(label)}


def test_masks_captions_and_flags(tmp_path, write, photo, to_png, load_all):
    raw = ("a house appears .", "  one building . ", "no full stop", "ends at once.", "two . parts .")
    write(tmp_path, tree(photo, to_png))
    write(tmp_path, tree(photo, to_png, "test", "test_000002", np.zeros((9, 12))))
    write(
        tmp_path,
        {
            "LevirCCcaptions.json": caption_file(
                entry("train_000001.png", texts=raw), entry("test_000002.png", "test", 0)
            )
        },
    )
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert not rejected
    assert list(pairs) == ["levir-mci/train/train_000001", "levir-mci/test/test_000002"]
    pair = pairs["levir-mci/train/train_000001"]
    assert np.array_equal(pair.change_mask, IDS)
    assert pair.captions == ("a house appears", "one building", "no full stop", "ends at once.", "two . parts")
    assert (pair.changed, pairs["levir-mci/test/test_000002"].changed) == (True, False)
    assert (pair.before.path, pair.gsd_m) == ("images/train/A/train_000001.png", 0.5)
    assert [(item.id, item.name) for item in pair.classes] == [(1, "road"), (2, "building")]


@pytest.mark.parametrize("kind", ["rgb", "rgba", "la", "palette", "16-bit", "16-bit rgb"])
def test_labels_in_any_channel_count(kind, tmp_path, write, photo, to_png, load_all):
    import cv2

    wide = np.repeat(LABEL[:, :, None], 3, 2)
    alpha = np.full_like(LABEL, 255)
    palette = Image.fromarray(IDS, "P")
    palette.putpalette([0, 0, 0, 128, 128, 128, 255, 255, 255])
    data = {
        "rgb": to_png(wide),
        "rgba": to_png(np.dstack([wide, alpha])),
        "la": to_png(Image.fromarray(np.dstack([LABEL, alpha]), "LA")),
        "palette": to_png(palette),
        "16-bit": to_png(Image.fromarray(LABEL.astype(np.uint16))),
        "16-bit rgb": cv2.imencode(".png", wide.astype(np.uint16))[1].tobytes(),
    }[kind]
    write(tmp_path, {**tree(photo, to_png), "images/train/label/train_000001.png": data})
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert not rejected
    assert np.array_equal(pairs["levir-mci/train/train_000001"].change_mask, IDS)


def test_captions_without_labels(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(photo, to_png, label=None))
    write(tmp_path, {"LevirCCcaptions.json": caption_file(entry("train_000001.png"))})
    pair = load_all(SOURCE, tmp_path)[0]["levir-mci/train/train_000001"]
    assert (pair.change_mask, pair.captions) == (None, ("a house appears",))


def test_labels_without_captions(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(photo, to_png))
    pair = load_all(SOURCE, tmp_path)[0]["levir-mci/train/train_000001"]
    assert (pair.captions, pair.changed) == ((), None)
    assert pair.change_mask.max() == 2


def test_labels_can_be_left_unread_or_demanded(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(photo, to_png))
    assert load_all(SOURCE, tmp_path, labels=False)[0]["levir-mci/train/train_000001"].change_mask is None
    (tmp_path / "images/train/label/train_000001.png").unlink()
    assert load_all(SOURCE, tmp_path, labels=True)[1]["levir-mci/train/train_000001"].reason == "missing-mask"


def test_pairs_of_either_side_alone_are_keys(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, tree(photo, to_png))
    write(tmp_path, tree(photo, to_png, name="uncaptioned"))
    write(tmp_path, {"images/train/B/half.png": photo(), "images/train/label/half.png": to_png(LABEL)})
    listed = caption_file(entry("train_000001.png"), entry("absent.png", "val"))
    write(tmp_path, {"LevirCCcaptions.json": listed})
    pairs, rejected = load_all(SOURCE, tmp_path)
    assert pairs["levir-mci/train/uncaptioned"].captions == ()
    assert {name: error.reason for name, error in rejected.items()} == {
        "levir-mci/train/half": "missing-file",
        "levir-mci/val/absent": "missing-file",
    }
    assert "images/val/A/absent.png" in rejected["levir-mci/val/absent"].detail


@pytest.mark.parametrize("where", ["LevirCCcaptions.json.gz", "images/LevirCCcaptions.json"])
def test_where_the_caption_file_is_looked_for(where, tmp_path, write, photo, to_png, load_all):
    text = caption_file(entry("train_000001.png")).encode()
    write(tmp_path, {**tree(photo, to_png), where: gzip.compress(text) if where.endswith("gz") else text})
    assert load_all(SOURCE, tmp_path)[0]["levir-mci/train/train_000001"].captions


def test_caption_file_by_option(tmp_path, write, photo, to_png, load_all):
    write(tmp_path, {**tree(photo, to_png), "other.json": caption_file(entry("train_000001.png", texts=("x .",)))})
    assert load_all(SOURCE, tmp_path, captions="other.json")[0]["levir-mci/train/train_000001"].captions == ("x",)
    with pytest.raises(UserError, match="no such caption file"):
        SOURCE.index(tmp_path, SOURCE.options(captions="nothing.json"))
    for outside in ("../x.json", "/etc/x.json"):
        with pytest.raises(ValidationError, match="inside the input folder"):
            SOURCE.options(captions=outside)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a caption file"),
        ("[]", "not in the layout"),
        ('{"images": [{"filename": "a.png"}]}', "not in the layout.*split"),
        ('{"images": 3}', "not in the layout"),
        (caption_file(entry("a.png"), entry("a.png")), r"images\[1\]: second entry for 'a.png'"),
        (caption_file(entry("a.png", "restval")), "split 'restval'"),
        (caption_file(entry("../../a.png")), "not the plain name"),
    ],
)
def test_caption_files_that_are_refused(text, message, tmp_path):
    path = tmp_path / "captions.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        read_captions(path)
    assert "captions.json" in str(caught.value)


def test_damaged_gzip_is_refused(tmp_path):
    path = tmp_path / "captions.json.gz"
    path.write_bytes(gzip.compress(caption_file(entry("a.png")).encode())[:-12])
    with pytest.raises(UserError, match="not a caption file"):
        read_captions(path)


def test_folder_without_images_is_not_the_layout(tmp_path, write):
    write(tmp_path, {"LevirCCcaptions.json": caption_file(entry("a.png"))})
    with pytest.raises(UserError, match="looked for images/{train,val,test}/A"):
        SOURCE.index(tmp_path, SOURCE.options())


def test_unknown_label_value(tmp_path, write, photo, to_png, load_all):
    odd = LABEL.copy()
    odd[0, 0] = 127
    write(tmp_path, tree(photo, to_png, label=odd))
    error = load_all(SOURCE, tmp_path)[1]["levir-mci/train/train_000001"]
    assert (error.reason, "1 pixels of value 127" in error.detail) == ("unknown-mask-value", True)


def test_real_levir_cc(fixtures, load_all):
    root = fixtures("levir_cc")
    started = time.perf_counter()
    keys = SOURCE.index(root, SOURCE.options())
    assert time.perf_counter() - started < 10
    assert [sum(key.split == split for key in keys) for split in ("train", "val", "test")] == [6815, 1333, 1929]
    assert sum(len(key.captions) for key in keys) == 50385
    assert not any(text.endswith(" .") for key in keys for text in key.captions)
    assert sum(key.changed is False for key in keys if key.split == "test") == 965
    there = [key for key in keys if (root / key.files["before"]).is_file()]
    assert [key.pair_id.rsplit("_", 1)[1] for key in there] == ["000016", "000051", "000054"]
    for key in there:
        pair = SOURCE.load(root, key, SOURCE.options())
        assert (pair.width, pair.height, pair.change_mask, len(pair.captions)) == (256, 256, None, 5)


def test_captions_equal_the_tokens_of_the_file(fixtures):
    data = json.loads(gzip.decompress((fixtures("levir_cc") / "LevirCCcaptions.json.gz").read_bytes()))
    sentences = [sentence for image in data["images"][:500] for sentence in image["sentences"]]
    assert [strip_caption(s["raw"]) for s in sentences] == [" ".join(s["tokens"]) for s in sentences]
