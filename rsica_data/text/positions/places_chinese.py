"""Chinese ways to tell cells whose word order is not English: exceptions, numbered rows and columns, lists in a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from rsica_data.text.normalized.chinese import has_chinese

_CELL = "(?:格子|单元格|网格|格|位置|区域|地方|部分)?"
_SHORT_CELL = "(?:格子?|单元格|区域|位置)?"
_LIST = r"([1-9](?:\s*[、,，和与]\s*[1-9])*)"
_DIGITS = {"一": "1", "二": "2", "三": "3", "1": "1", "2": "2", "3": "3"}
_N = "[一二三123]"
_EXCEPT = re.compile(
    r"除(?:了|去|开)?([^,，。;；\n]{1,30}?)(?:以外|之外|外)?[,，]?\s*(?:的)?(?:其余|其他|其它|剩余|剩下|所有|"
    r"全部)(?:的)?(?:[一二三四五六七八九12345678]?个)?(?:格子|单元格|网格|格|位置|区域|地方|部分)?"
)
_ALL_BUT = re.compile(
    r"(?:全图|整幅图像?|整张图像?|所有格子|所有区域|全部格子|全部区域|九个格子|各处|到处)([^。;；\n]{0,20}?)[,，]?\s*(?:只有|仅有?|"
    r"唯有|唯独|除了?)([^,，。;；\n]{1,20}?)(?:格子?|区域|位置)?(?:没有变化|没有变|没变|无变化|未变化|未变|不变|没有|除外|例外)"
)


def _as(words: str, match: re.Match[str]) -> str:
    return f" {words} "


def _cells(match: re.Match[str]) -> str:
    return f" cells {', '.join(re.findall(r'[1-9]', match[1]))} "


_LINES = {
    "top row": r"(?:上|上面|上方|最上面|最上|顶部)(?:的)?一?[行排]|上三格",
    "bottom row": r"(?:下|下面|下方|最下面|最下|底部)(?:的)?一?[行排]|下三格",
    "center row": r"(?:中|中间|中部|正中)(?:的)?一?[行排]|中间三格",
    "left column": r"(?:左|左侧|左边|最左边|最左侧|最左)(?:的)?一?列",
    "right column": r"(?:右|右侧|右边|最右边|最右侧|最右)(?:的)?一?列",
    "center column": r"(?:中|中间|中部)(?:的)?一?列",
}
_REPLACEMENTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"[^。；;\n：:]{0,40}编号(?:为|是)?[：:，,]?"), lambda m: " numbered 1-9 row by row : "),
    (
        re.compile(rf"第({_N})[行排][,，的]?\s*第({_N})[列个格]"),
        lambda m: f" row {_DIGITS[m[1]]} column {_DIGITS[m[2]]} ",
    ),
    (re.compile(rf"第({_N})列[,，的]?\s*第({_N})[行个格]"), lambda m: f" row {_DIGITS[m[2]]} column {_DIGITS[m[1]]} "),
    (
        re.compile(r"(?:图像|影像|画面|整幅图)?(?:的)?四个?角落?(?:上|处|位置)?(?:的)?(?:格子|单元格|区域)?"),
        lambda m: " the four corners ",
    ),
    (
        re.compile(
            r"(?:图像|影像|画面)?(?:的)?(?:外圈|四周|外围|边缘一圈|最外圈)(?:的)?(?:八个|8个)?(?:格子|单元格|区域)?"
        ),
        lambda m: " the outer cells ",
    ),
    (
        re.compile(
            r"(?:是)?(?:原来就有|本来就有|原本就有|原先就有|原本就存在|原来就存在|早已存在|之前就有|之前就存在|一直存在|一直都在)(?:的)?"
        ),
        lambda m: " already there ",
    ),
    *((re.compile(words), partial(_as, name)) for name, words in _LINES.items()),
    (
        re.compile(rf"(?:其余|其他|其它|剩余|剩下)(?:的)?(?:[一二三四五六七八九12345678]个)?{_CELL}"),
        lambda m: " the rest ",
    ),
    (re.compile(rf"{_LIST}\s*号{_SHORT_CELL}"), _cells),
    (
        re.compile(rf"第{_LIST}\s*(?:格子?|个格子?|个单元格|单元格)"),
        _cells,
    ),
    (
        re.compile(r"(?:同样|同一|相同)(?:的)?(?:格子|位置|区域|单元格)|此处|该处|该格|这里"),
        lambda m: " there ",
    ),
)


def with_english_places(text: str) -> str:
    """A text with these phrases in English; other text stays.

    >>> with_english_places("第一行第二列").split()
    ['row', '1', 'column', '2']
    """
    if not has_chinese(text):
        return text
    # A comma of a list ("、") joins; the others may part statements.
    text = text.replace("、", " , ")
    text = re.sub("新(?=建筑)", "新 ", text)
    text = re.sub(
        "(?:被)?(?:砍伐|清除|开发|改造|转变|转化|替换|变更)?(?:后)?(?:变为|变成|变作|改为|改成|改建为|转为|转变为|转化为|替换为|取代为|开发为|变更为)",
        " turned into ",
        text,
    )
    text = _EXCEPT.sub(r" everywhere except \1 , ", text)
    text = _ALL_BUT.sub(r" everywhere except \2 \1 ", text)
    for pattern, replace in _REPLACEMENTS:
        text = pattern.sub(replace, text)
    return text
