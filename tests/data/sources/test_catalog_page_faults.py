"""Mistakes in a page of the catalog, told where the page is read."""

import pytest

from rsica_data.core.errors import UserError
from rsica_data.sources.catalog.catalog_pages import read_page
from rsica_data.sources.catalog.page_labels import mask_rule

ONE_DATE = """
name: mine
title: Mine
family: one date
summary: Mine.
classes: [forest, water]
layouts:
  - name: a
    before: "images/{name}.png"
    ROLE: {file: "labels/{name}.png", values: {forest: [0, 255, 0], water: WATER}, ignore: [[0, 0, 0]]}
    splits: [{all: train}]
"""


def page_of(tmp_path, role="before_labels", water="[0, 0, 255]"):
    (tmp_path / "mine.yaml").write_text(ONE_DATE.replace("ROLE", role).replace("WATER", water))
    return read_page(tmp_path / "mine.yaml")


def test_an_ignored_black_is_no_background_where_nothing_is_said_of_it(tmp_path):
    """As DeepGlobe's unknown ground: the default background, 0, gives way to what the page says of black."""
    page = page_of(tmp_path)
    rule = mask_rule(page, page.layouts[0], "before_labels", page.layouts[0].before_labels)
    assert (rule.mapping[0, 0, 0], rule.mapping[0, 255, 0], rule.mapping[0, 0, 255]) == (255, 1, 2)
    assert 0 not in rule.mapping


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"role": "change_mask"},
            "change_mask is of two dates, and there is no after; of one date it is before_labels",
        ),
        ({"water": "[0, 255, 0]"}, "stands for both forest and water"),
        ({"water": "[0, 0, 0]"}, "stands for both ignore and water"),
    ],
)
def test_what_would_fail_at_every_image_is_told_where_the_page_is_read(tmp_path, given, told):
    with pytest.raises(UserError, match=told):
        page_of(tmp_path, **given)
