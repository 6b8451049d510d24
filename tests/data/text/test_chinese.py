"""Chinese answers of the closed tasks."""

import pytest

from rsica_data.schema import ParseContext, Question
from rsica_data.tasks import counting, localization
from rsica_data.text.normalized.chinese import has_chinese, numeral, to_english

CLASSES = ("road", "building")


@pytest.mark.parametrize(
    ("reply", "counts"),
    [
        ("新建了三栋建筑和一条道路。", {"road": 1, "building": 3}),
        ("道路：2条，建筑：5栋", {"road": 2, "building": 5}),
        ("没有道路变化，建筑物增加了4栋。", {"road": 0, "building": 4}),
        ("共有7栋建筑物发生变化，道路未变。", {"road": 0, "building": 7}),
        ("多了两条路和十二栋房子。", {"road": 2, "building": 12}),
        ("變化的建築有三棟，道路有一條。", {"road": 1, "building": 3}),
        ("出现了20余栋住宅，并修建了3条街道。", {"road": 3, "building": 20}),
    ],
)
def test_counts(reply, counts):
    assert counting.parse(reply, ParseContext(Question("counting"), CLASSES)) == counts


@pytest.mark.parametrize(
    ("reply", "cells"),
    [
        ("建筑：左上角、右下角；道路：中间", {"road": ["center-center"], "building": ["top-left", "bottom-right"]}),
        (
            "建築物變化在左下角與正下方，道路在中心",
            {"road": ["center-center"], "building": ["bottom-left", "bottom-center"]},
        ),
        (
            "四个角上的格子都新建了房屋，道路没有变。",
            {"road": [], "building": ["top-left", "top-right", "bottom-left", "bottom-right"]},
        ),
    ],
)
def test_cells(reply, cells):
    assert localization.parse(reply, ParseContext(Question("localization"), CLASSES)) == cells


def test_row_and_column_name_a_cell():
    assert to_english("第一行第二列").split() == to_english("第2列第1行").split() == ["top-center"]


def test_alone_the_copula_says_yes():
    assert to_english("答案：是").split()[-1] == "yes"
    assert "yes" not in to_english("这是两张图像").split()


def test_no_han_is_left_and_other_text_stays():
    assert not has_chinese(to_english("龘建筑物龘 and a road"))
    assert to_english("two roads") == "two roads"


@pytest.mark.parametrize(("text", "value"), [("十", 10), ("二十一", 21), ("三百零五", 305), ("两", 2)])
def test_numerals(text, value):
    assert numeral(text) == value
