"""Short Chinese answers in the words that the reader knows: a table of phrases, longest first.

Not a translation: word order stays as it is. It serves for the answers of the closed tasks, where order matters little.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml

_HAN = re.compile(r"[\u3400-\u9fff]")
_SIMPLIFIED = str.maketrans(
    "築樓條棟個變無區與處為這裡沒發現東間廠倉庫兩張圖時後邊側頂左右無確實為對於圍從別墅擴連續樹農場減長寬廣應該總計單層級數顯見異會還並維狀態綠達線網種類積頃約餘幾點陳舊新增設備觀察據標記號請傳檔內誤況進結構體續臨變",
    "筑楼条栋个变无区与处为这里没发现东间厂仓库两张图时后边侧顶左右无确实为对于围从别墅扩连续树农场减长宽广应该总计单层级数显见异会还并维状态绿达线网种类积顷约余几点陈旧新增设备观察据标记号请传档内误况进结构体续临变",
)
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMERAL = re.compile(
    r"(?<!第)[零〇一二两三四五六七八九十百]+(?!个角|个方向|张|幅|对|双|者|期|时相|行|列|样|致|些|般|直|旁)(?=\s*(?:余|多|几)?\s*(?:个|栋|座|条|处|幢|间|片|块|辆|段|组|排|所|宗|户|棵|级|%|成|$|[,.;:、)\n]|至|到|-))"
)


def has_chinese(text: str) -> bool:
    """Whether a text holds Chinese characters."""
    return _HAN.search(text) is not None


def to_english(text: str) -> str:
    """A text with its Chinese phrases replaced by English ones; other text stays.

    >>> to_english("有3栋建筑物").split()
    ['there', 'are', '3', 'building']
    """
    if not has_chinese(text):
        return text
    text = text.translate(_SIMPLIFIED).replace("。", ". ").replace("、", ", ")
    text = _NUMERAL.sub(lambda match: f" {numeral(match[0])} ", text)
    pattern, words = _table()
    text = pattern.sub(lambda match: f" {words[match[0]]} ", text)
    return re.sub(r"[ \t]+", " ", _HAN.sub(" ", text))


def numeral(text: str) -> int:
    """Value of a Chinese numeral below a thousand: ``二十一`` is 21."""
    total, digit = 0, 0
    for mark in text:
        if mark in "十百":
            total += max(digit, 1) * (10 if mark == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[mark]
    return total + digit


@lru_cache(maxsize=1)
def _table() -> tuple[re.Pattern[str], dict[str, str]]:
    text = (files("rsica_data.text") / "chinese.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = {}
    for english, chinese in yaml.safe_load(text).items():
        words |= dict.fromkeys(str(chinese).split(), str(english).strip("_ ").split(" #")[0])
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))), words
