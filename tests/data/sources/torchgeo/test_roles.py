"""What the keys and shapes of a sample say, and labels as numbers and vectors."""

import numpy as np
import pytest

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.sources.selectors import parse_selector
from rsica_data.sources.torchgeo_sets.roles import find_roles
from rsica_data.sources.torchgeo_sets.source import SOURCE

PAIR = {"before": "image[0]", "after": "image[1]"}


@pytest.mark.parametrize(
    ("shapes", "given", "expected"),
    [
        ({"image": (2, 3, 8, 8), "mask": (1, 8, 8)}, {}, {**PAIR, "change_mask": "mask"}),
        ({"image": (2, 3, 8, 8), "mask": (8, 8)}, {}, {**PAIR, "change_mask": "mask"}),
        (
            {"image": (2, 3, 8, 8), "mask": (2, 8, 8)},
            {},
            {**PAIR, "before_labels": "mask[0]", "after_labels": "mask[1]"},
        ),
        (
            {"image1": (3, 8, 8), "image2": (3, 8, 8), "mask": (8, 8)},
            {},
            {"before": "image1", "after": "image2", "change_mask": "mask"},
        ),
        (
            {"image_pre": (3, 8, 8), "image_post": (1, 8, 8), "mask": (1, 8, 8)},
            {},
            {"before": "image_pre", "after": "image_post", "change_mask": "mask"},
        ),
        (
            {"image": (2, 3, 8, 8), "mask1": (8, 8), "mask2": (8, 8)},
            {},
            {**PAIR, "before_labels": "mask1", "after_labels": "mask2"},
        ),
        ({"image": (3, 8, 8), "mask": (8, 8)}, {}, {"before": "image", "before_labels": "mask"}),
        ({"image": (1, 3, 8, 8)}, {}, {"before": "image[0]"}),
        ({"image": (3, 8, 8), "label": ()}, {}, {"before": "image", "label": "label"}),
        ({"image": (8, 8)}, {}, {"before": "image"}),
        (
            {"image": (4, 8, 8), "mask": (8, 8)},
            {"before": "image[0:2]", "after": "image[2:4]", "after_labels": "mask"},
            {"before": "image[0:2]", "after": "image[2:4]", "after_labels": "mask"},
        ),
    ],
)
def test_roles_by_keys_and_shapes(shapes, given, expected):
    roles = find_roles({key: np.zeros(shape) for key, shape in shapes.items()}, given)
    assert {role: str(selector) for role, selector in roles.parts.items()} == expected
    assert roles.two_dates is ("after" in expected)


@pytest.mark.parametrize("shape", [(5, 3, 8, 8), (3,), (1, 2, 3, 8, 8)])
def test_images_that_cannot_be_told(shape):
    with pytest.raises(UserError, match=r"options.parts.before: the images of a sample cannot be told"):
        find_roles({"image": np.zeros(shape)}, {})
    with pytest.raises(UserError, match="the sample has no arrays"):
        find_roles({"place": "here"}, {})


def test_selectors():
    values = {"image": np.arange(6).reshape(3, 2), "names": ["a", "b"], "none": None}
    assert parse_selector("image[1]").of(values).tolist() == [2, 3]
    assert parse_selector("image[0:2]").of(values).shape == (2, 2)
    assert parse_selector("names[-1]").of(values) == "b"
    assert parse_selector("none[0]").of(values) is None and parse_selector("absent").of(values) is None
    with pytest.raises(InvalidItemError, match=r"missing-part: 'names\[2\]' is not there"):
        parse_selector("names[2]").of(values)
    for text in ("", "image[", "image[a]", "image[1:]", "image[0][1]"):
        with pytest.raises(ValueError, match="should be a key"):
            parse_selector(text)


SETS = """
import torch

class Numbered(torch.utils.data.Dataset):
    classes = ["AnnualCrop", "sea_lake", "river"]
    labels = [torch.tensor(value) for value in (1, 7, [1, 0, 1], [1.0, 0.0, 0.0], [2, 0, 0])]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, number):
        return {"image": torch.full((3, 8, 8), 9.0), "label": self.labels[number]}

class BigEarthNet(Numbered):
    classes = None
    class_sets = {2: ["urban", "crop"], 3: ["urban", "crop", "sea"]}
    num_classes = 3
"""


@pytest.mark.parametrize(
    ("name", "labels", "answers"),
    [
        ("Numbered", [["sea_lake"], None, ["AnnualCrop", "river"], None, None], ["sea lake", None, None, None, None]),
        ("BigEarthNet", [["crop"], None, ["urban", "sea"], None, None], ["crop", None, None, None, None]),
    ],
)
def test_labels_as_numbers_and_vectors(name, labels, answers, tmp_path, monkeypatch, load_all):
    (tmp_path / "labelled_sets.py").write_text(SETS)
    monkeypatch.syspath_prepend(str(tmp_path))
    pairs, rejected = load_all(SOURCE, tmp_path, dataset=f"labelled_sets:{name}", split={"test": "all"})
    assert not rejected
    assert [pair.attributes.get("labels") for pair in pairs.values()] == labels
    assert [pair.questions[0].turns[0][1] if pair.questions else None for pair in pairs.values()] == answers
