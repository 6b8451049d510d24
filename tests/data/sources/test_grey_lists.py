"""Three grey levels in brackets, which look like a colour."""

import numpy as np
import pytest

from rsica_data.imagery.images import encode_png
from rsica_data.sources.folder import SOURCE

LEVELS = np.array([[0, 1, 2], [3, 4, 5]], np.uint8)


def ids(tmp_path, write, photo, load_all, mask, **options):
    images = {"A/x.png": photo(1, 3, 2), "B/x.png": photo(2, 3, 2), "m/x.png": encode_png(np.asarray(mask, np.uint8))}
    pairs, rejected = load_all(SOURCE, write(tmp_path, images), change_mask="m/{name}.png", **options)
    return pairs["folder/test/x"].change_mask.tolist() if pairs else rejected["folder/test/x"].reason


def test_three_levels_of_a_grey_mask(tmp_path, write, photo, load_all):
    def read(mask=LEVELS, **options):
        return ids(tmp_path, write, photo, load_all, mask, **options)

    assert read(classes={"a": [1, 2, 3], "b": [4, 5]}) == [[0, 1, 1], [1, 2, 2]]
    assert read(classes={"a": [1, 2, 3], "b": [4, 5, 6]}) == [[0, 1, 1], [1, 2, 2]]
    assert read(background=[0, 1, 2], classes={"a": [3, 4, 5]}) == [[0, 0, 0], [1, 1, 1]]
    assert read(ignore=[3, 4, 5], classes={"a": [1, 2]}) == [[0, 1, 1], [255, 255, 255]]
    # The same map for a file in colour.
    coloured = np.zeros((2, 3, 3), np.uint8)
    coloured[0, 1] = (1, 2, 3)
    assert read(coloured, classes={"a": [1, 2, 3]}) == [[0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    "classes", [{"a": [255, 0, 0]}, {"a": [0, 128, 0], "b": [1, 2, 3]}, {"a": [1, 2, 3], "b": [3, 4, 9]}]
)
def test_colours_that_can_be_no_lists_of_levels(tmp_path, write, photo, load_all, classes):
    assert ids(tmp_path, write, photo, load_all, LEVELS, classes=classes) == "unknown-mask-value"


def test_an_unchanged_mask_of_a_set_in_colour(tmp_path, write, photo, load_all):
    black = np.zeros((2, 3), np.uint8)
    classes = {"a": [10, 20, 30], "b": [255, 0, 0]}
    assert ids(tmp_path, write, photo, load_all, black, classes=classes) == black.tolist()
