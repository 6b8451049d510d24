"""Source ``torchgeo`` on samples of the real classes' forms: values, roles, classes, splits and what is refused."""

import numpy as np
import pytest
from small_pictures import SIZE, picture, save, square

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.torchgeo_sets.sample_pixels import as_image, as_labels
from rsica_data.sources.torchgeo_sets.source import SOURCE


def test_levir_cd_gives_the_pixels_of_its_files(levir, load_all):
    root, files = levir
    pairs, rejected = load_all(SOURCE, root, dataset="LEVIRCD")
    assert not rejected
    assert [*pairs] == [
        f"torchgeo/{split}/levircd_{split}_{number:06d}" for split in ("train", "val", "test") for number in (0, 1)
    ]
    pair = pairs["torchgeo/val/levircd_val_000000"]
    before, after, mask = files["val_1"]
    assert np.array_equal(decode_rgb(pair.before.data), before) and np.array_equal(decode_rgb(pair.after.data), after)
    assert np.array_equal(pair.change_mask, (mask > 0).astype(np.uint8))
    assert [(one.id, one.name) for one in pair.classes] == [(1, "building")]
    assert pair.attributes == {"dataset": "LEVIRCD", "split": "val", "sample": 0}
    assert not pairs["torchgeo/val/levircd_val_000001"].change_mask.any()


def test_notes_say_what_was_read_as_what(levir):
    told = SOURCE.notes(levir[0], SOURCE.options(dataset="LEVIRCD", split="test"))
    assert told == ["LEVIRCD, split 'test': 2 samples; before = image[0], after = image[1], change_mask = mask"]


def test_keys_of_earlier_releases(tmp_path, load_all):
    for folder, pixels in (("A", picture(1)), ("B", picture(2)), ("label", square())):
        save(tmp_path / "in" / "LEVIR-CD+" / "train" / folder / "x.png", pixels)
    pairs, _ = load_all(SOURCE, tmp_path, dataset="LEVIRCDPlus", root="in")
    (pair,) = pairs.values()
    assert np.array_equal(decode_rgb(pair.after.data), picture(2)) and pair.change_mask.sum() == 36


def test_a_threshold_and_a_value_without_a_class(levir, load_all):
    root, files = levir
    pairs, _ = load_all(SOURCE, root, dataset="LEVIRCD", split="val", classes={"road": 255}, mask_threshold=1)
    pair = pairs["torchgeo/val/levircd_val_000000"]
    assert np.array_equal(pair.change_mask, (files["val_1"][2] > 0).astype(np.uint8)) and pair.classes[0].name == "road"
    pairs, rejected = load_all(SOURCE, root, dataset="LEVIRCD", split="val", classes={"road": 255})
    (error,) = rejected.values()
    assert error.reason == "unknown-mask-value" and "name 1 in source.options.classes" in error.detail
    with pytest.raises(ValueError, match="mask_threshold tells change from no change"):
        SOURCE.options(dataset="LEVIRCD", classes={"road": 1, "building": 2}, mask_threshold=1)


def test_bands_that_the_class_names_and_a_stretch(tmp_path, load_all):
    image = np.random.default_rng(0).integers(0, 4000, (2, 13, SIZE, SIZE))
    (tmp_path / "train").mkdir()
    np.savez(tmp_path / "train" / "a.npz", image=image, mask=square(1))
    pairs, rejected = load_all(SOURCE, tmp_path, dataset="OSCD", stretch=(0, 3000))
    assert not rejected
    (pair,) = pairs.values()
    expected = np.clip(image[0, [3, 2, 1]] / 3000 * 255 + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0)
    assert np.array_equal(decode_rgb(pair.before.data), expected)
    own = {"dataset": "OSCD", "stretch": (0, 3000), "arguments": {"bands": ["B08", "B04", "B03"]}, "bands": (1, 2, 3)}
    (pair,) = load_all(SOURCE, tmp_path, **own)[0].values()
    assert np.array_equal(decode_rgb(pair.before.data)[..., 1:], expected[..., :2])
    _, rejected = load_all(SOURCE, tmp_path, dataset="OSCD")
    (error,) = rejected.values()
    assert error.reason == "image-depth" and "give the option stretch" in error.detail


def test_damage_without_masks_in_the_test_split(tmp_path, load_all):
    mask = square(2) + 3 * (square(1, 8)[::-1] & 1)
    for split in ("train", "test"):
        save(tmp_path / split / "q_before.png", picture(1))
        save(tmp_path / split / "q_after.png", picture(2, 1))
        save(tmp_path / split / "q_mask.png", np.minimum(mask, 3))
    pairs, rejected = load_all(SOURCE, tmp_path, dataset="BRIGHTDFC2025", split=["train", "test"])
    assert not rejected
    train, test = pairs.values()
    assert test.change_mask is None and test.after is not None
    expected = np.select([np.minimum(mask, 3) == 2, np.minimum(mask, 3) == 3], [1, 2])
    assert np.array_equal(train.change_mask, expected)
    assert [one.name for one in train.classes] == ["damaged building", "destroyed building"]


def test_two_dates_in_the_channels_are_stated(tmp_path, load_all):
    values = np.random.default_rng(3).uniform(0, 2, (4, SIZE, SIZE)).astype(np.float32)
    (tmp_path / "train").mkdir()
    np.save(tmp_path / "train" / "p_1.npy", values)
    parts = {"before": "image[0:2]", "after": "image[2:4]"}
    options = {"parts": parts, "bands": (1,), "stretch": (0, 2), "question": "Did the ground shake?"}
    pairs, rejected = load_all(SOURCE, tmp_path, dataset="QuakeSet", split="train", **options)
    assert not rejected
    (pair,) = pairs.values()
    grey = decode_rgb(pair.after.data)[..., 0]
    assert np.array_equal(grey, np.clip(values[2].astype(np.float64) / 2 * 255 + 0.5, 0, 255).astype(np.uint8))
    assert pair.attributes["magnitude"] == 5.5 and pair.attributes["labels"] == ["earthquake_affected_area"]
    (question,) = pair.questions
    assert question.turns == (("Did the ground shake?", "earthquake affected area"),)


def test_scenes_of_one_date_become_questions(tmp_path, load_all):
    for folder in ("airport", "baseball_diamond"):
        save(tmp_path / folder / f"test_{folder}.png", picture(4))
    pairs, _ = load_all(SOURCE, tmp_path, dataset="RESISC45", split="test")
    answers = [pair.questions[0].turns[0][1] for pair in pairs.values()]
    assert answers == ["airport", "baseball diamond"]
    assert all(pair.after is None and pair.questions[0].options == tuple(answers) for pair in pairs.values())


def test_mask_values_that_the_attribute_classes_does_not_tell(tmp_path, load_all):
    mask = (np.arange(SIZE * SIZE).reshape(SIZE, SIZE) % 8).astype(np.uint8)
    for split in ("val", "test"):
        save(tmp_path / split / "images_png" / "1.png", picture(5))
        save(tmp_path / split / "masks_png" / "1.png", mask)
    pairs, _ = load_all(SOURCE, tmp_path, dataset="LoveDA")
    labelled, without = pairs.values()
    assert without.before_labels is None and labelled.after is None and labelled.ignore_id == 255
    expected = np.array([255, 0, 1, 2, 3, 4, 5, 6], np.uint8)[mask]
    assert np.array_equal(labelled.before_labels, expected)


def test_a_series_of_dates_is_asked_for(tmp_path, load_all):
    with pytest.raises(UserError, match=r"images of a sample cannot be told .*image \[3, 10, 8, 8\], mask \[8, 8\]"):
        load_all(SOURCE, tmp_path, dataset="PASTIS", split={"test": "all"}, classes={"meadow": 1})
    parts = {"before": "image[0]", "after": "image[-1]", "before_labels": "mask"}
    options = {"classes": {"meadow": 1}, "bands": (3, 2, 1), "stretch": (0, 2000)}
    pairs, _ = load_all(SOURCE, tmp_path, dataset="PASTIS", split="test", parts=parts, **options)
    (pair,) = pairs.values()
    assert pair.after is not None and pair.change_mask is None and pair.before_labels.all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dataset": "LEVIRC"}, "torchgeo.datasets has no class 'LEVIRC' (did you mean 'LEVIRCD'?)"),
        ({"dataset": "NAIP"}, "'NAIP' is asked by place and not by number (read its files with the source geotiff)"),
        ({"dataset": "not_a_dataset"}, "has no class 'not_a_dataset'"),
        ({"dataset": "subprocess:Popen"}, "'subprocess:Popen' is no dataset of torch"),
        ({"dataset": "no_such_package:Set"}, "no module 'no_such_package'"),
        ({"dataset": "LEVIRCD", "split": "hold"}, "the splits of LEVIRCD cannot be told: it has hold (state them, as"),
        ({"dataset": "LEVIRCD", "split": {"test": "hold"}}, "LEVIRCD cannot be opened with split 'hold'"),
        ({"dataset": "LEVIRCD", "arguments": {"download": True}}, "'download' is not given here"),
        ({"dataset": "LEVIRCD", "arguments": {"band": 1}}, "LEVIRCD has no argument 'band'"),
        ({"dataset": "LEVIRCD", "arguments": {"checksum": [{"a": "../x"}]}}, "'../x' leads out of the input folder"),
        ({"dataset": "LEVIRCD", "arguments": {"checksum": "/etc"}}, "'/etc' leads out of the input folder"),
        ({"dataset": "PASTIS"}, "the splits of PASTIS cannot be told: it has none (state them, as split: {test: all})"),
        (
            {"dataset": "LEVIRCD", "parts": {"change_mask": "label"}},
            "source.options.parts.change_mask: samples of LEVIRCD have no 'label' (there are: image, mask)",
        ),
    ],
)
def test_what_is_refused_and_how(levir, options, told):
    with pytest.raises(UserError) as caught:
        SOURCE.index(levir[0], SOURCE.options(**options))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_code_of_other_packages_only_where_it_is_allowed(tmp_path, monkeypatch):
    monkeypatch.delenv("RSICA_ALLOW_CODE")
    with pytest.raises(UserError) as caught:
        SOURCE.index(tmp_path, SOURCE.options(dataset="subprocess:Popen"))
    assert "'subprocess:Popen' is code outside of torchgeo.datasets" in str(caught.value)
    assert "RSICA_ALLOW_CODE=1" in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(UserError, match=r"LEVIRCD cannot be opened with split 'train': DatasetNotFoundError: .*root="):
        SOURCE.index(tmp_path, SOURCE.options(dataset="LEVIRCD"))


def test_masks_without_names_are_asked_for(tmp_path, monkeypatch):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "unit_sets.py").write_text(
        "import torch\n"
        "class UnitSet(torch.utils.data.Dataset):\n"
        "    def __len__(self):\n        return 2\n"
        "    def __getitem__(self, index):\n"
        "        if index:\n            raise OSError('disk')\n"
        "        image = torch.linspace(0, 1, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)\n"
        "        return {'image': image, 'mask': torch.ones(1, 8, 8), 'place': 'here', 'crs': object()}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "package"))
    options = {"dataset": "unit_sets:UnitSet", "split": "test"}
    with pytest.raises(UserError, match=r"values mean is not known of unit_sets:UnitSet \(state it, as classes"):
        SOURCE.index(tmp_path, SOURCE.options(**options))
    chosen = SOURCE.options(**options, classes={"road": 1})
    first, second = SOURCE.index(tmp_path, chosen)
    pair = SOURCE.load(tmp_path, first, chosen)
    assert decode_rgb(pair.after.data).max() == 255 and pair.change_mask.all() and pair.attributes["place"] == "here"
    with pytest.raises(InvalidItemError, match="unreadable-sample: sample 1: OSError: disk"):
        SOURCE.load(tmp_path, second, chosen)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0.0, 1.0], "image-depth"),
        ([0.0, 300.0], "image-depth"),
        ([-1.0, 5.0], "image-depth"),
        ([0.5, np.nan], "not-a-number"),
        ([0.5j, 1j], "image-depth"),
    ],
)
def test_values_whose_range_cannot_be_told(values, reason):
    image = np.array(values)[None, None].repeat(3, 0)
    with pytest.raises(InvalidItemError) as caught:
        as_image(image, (), None, "x.png")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 7, 255]], np.uint8), [0, 7, 255]),
        (np.array([[0.0, 7.0, 255.0]], np.float32), [0, 7, 255]),
        (np.array([[0, 7, 255]], np.int64), [0, 7, 255]),
        (np.array([[0.0, 0.25, 1.0]], np.float32), [0, 64, 255]),
        (np.zeros((1, 3)), [0, 0, 0]),
    ],
)
def test_values_whose_range_can_be_told(values, expected):
    assert decode_rgb(as_image(values, (), None, "x.png").data)[0, :, 0].tolist() == expected


def test_shapes_that_are_no_image_or_mask():
    for value in (np.zeros((2, 3, 4, 4)), np.zeros((0, 4, 4)), np.zeros(4)):
        with pytest.raises(InvalidItemError, match="image-shape"):
            as_image(value, (), None, "x.png")
    with pytest.raises(InvalidItemError, match="missing-band"):
        as_image(np.zeros((4, 5, 5)), (), None, "x.png")
    with pytest.raises(InvalidItemError, match=r"mask-shape: .*\[2, 4, 4\]"):
        as_labels(np.zeros((2, 4, 4)), (4, 4), "m")
    with pytest.raises(InvalidItemError, match="size-mismatch"):
        as_labels(np.zeros((4, 4)), (5, 4), "m")
    with pytest.raises(InvalidItemError, match="mask-depth"):
        as_labels(np.full((4, 4), 300), (4, 4), "m")
