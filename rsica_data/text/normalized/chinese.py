"""Short Chinese answers in the words that the reader knows: a table of phrases (``chinese.yaml``), longest first.

Not a translation: word order stays as it is. It serves for the answers of the closed tasks, where order matters little.
Before the table:

- traditional characters become simplified ones;
- alone, 是 and 对 say yes; within a sentence they are a copula and a preposition;
- a comma parts two statements where a class stands on both sides of it, or "the rest" after it;
- row and column name a cell ("第一行第二列"); "all but X" comes before its exception;
- a number of 栋 counts buildings where its clause names no class; "十几" and "几十" are no number, "20余" is about 20.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rsica_data.text.yaml_files import packaged_yaml

_HAN = re.compile(r"[\u3400-\u9fff]")
_PAIRS = (
    "築筑樓楼條条棟栋個个變变無无區区與与處处為为這这裡里沒没發发現现東东間间廠厂倉仓庫库兩两張张圖图時时後后邊边側侧頂顶確确實实對对於于圍围從从別别擴扩連连續续樹树農农場场減减長长寬宽廣广應应該该總总計计單单層层"
    "級级數数顯显見见異异會会還还並并維维狀状態态綠绿達达線线網网種种類类積积頃顷約约餘余幾几點点陳陈舊旧設设備备觀观據据標标記记號号請请傳传檔档內内誤误況况進进結结構构體体臨临說说們们過过擁拥鋪铺橋桥遷迁燈灯節节"
    "陰阴雲云質质較较難难開开業业園园當当緣缘遠远運运週周隻只門门鐵铁車车軌轨輛辆壩坝墾垦獨独聯联給给紅红藍蓝黃黄顏颜調调談谈論论讓让認认證证詳详細细稱称齊齐純纯緊紧繪绘繼继來来嗎吗麼么樣样產产剛刚鄰邻損损壞坏湧涌"
    "濟济灣湾礙碍規规劃划鄉乡鎮镇蓋盖佔占將将動动頭头斷断識识雖虽僅仅輪轮濱滨畫画牆墙籬篱塊块擺摆戶户棄弃葉叶馬马臺台轉转換换雙双則则陸陆縮缩滅灭傾倾燒烧淨净澤泽溝沟蔭荫綫线鋼钢鐘钟鍵键錯错闊阔閑闲關关閉闭險险隊队"
    "隨随雜杂離离電电霧雾靜静項项須须預预領领題题願愿風风飛飞養养駛驶驗验髮发麗丽"
)
"""Traditional characters, each before its simplified one."""
_SIMPLIFIED = str.maketrans(_PAIRS[::2], _PAIRS[1::2])
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMERAL = re.compile(
    r"(?<!第)[零〇一二两三四五六七八九十百]+(?!个角|个方向|张|幅|对|双|者|期|时相|行|列|样|致|些|般|直|旁)(?=\s*(?:余|多|几)?\s*(?:个|栋|座|条|处|幢|间|"
    r"片|块|辆|段|组|排|所|宗|户|棵|级|%|成|$|[,.;:、)\n]|至|到|-))"
)
# Alone they say yes; between other characters they are a copula and a preposition.
_YES = re.compile(r"(?<![\u3400-\u9fff])(?:是|对)(?![\u3400-\u9fff])|(?<=[为成])是(?![\u3400-\u9fff])")
_ROWS = dict.fromkeys("一1上", "top") | dict.fromkeys("二2中", "center") | dict.fromkeys("三3下", "bottom")
_COLUMNS = dict.fromkeys("一1左", "left") | dict.fromkeys("二2中", "center") | dict.fromkeys("三3右", "right")
_ROW_COLUMN = re.compile(r"第\s?([一二三123])\s?行[的,、]?\s?第\s?([一二三123])\s?列")
_COLUMN_FIRST = re.compile(r"第\s?([一二三123])\s?列[的,、]?\s?第\s?([一二三123])\s?行")
_FROM_TO = re.compile(r"(?:从|由|自)([上下左右中东西南北]{1,2}[部角方侧间央]?)[^,;.\d到至]{0,6}?(?:到|至|向)")
_ALL_BUT = re.compile(
    r"除了?([^,.;\n]{1,20}?)(?:格|格子)?(?:以外|之外|外),?\s?(?:其余|其他|所有|全部)的?(?:[八8七7六6]个)?(?:格子|格|区域|位置|地方|单元格)"
)
_CLASS = re.compile(
    "建筑|房|楼|住宅|厂|仓库|别墅|道路|公路|马路|街道|小路|路段|路|水体|水域|湖|河流|池塘|水面|树|植被|草地|裸地|荒地|空地|耕地|农田|森林|林地|地面|操场|球场|停车场"
)
_COUNTED = re.compile(r"(?:\d|[一二三四五六七八九十两])\s?[栋幢]")
_JOINT = re.compile(r"((?<=[\u3400-\u9fff\d)]),[ ]?(?=[\u3400-\u9fff\d])|[;.\n]\s{0,9})")
_DETAIL = re.compile(r"其中|包括|分别|例如|如|一[条个栋座](?:是|为|在)")
_REST = re.compile(r"(?:其余|其他|其它)")
_VAGUE = re.compile(r"[一二三四五六七八九]?十几|几十|数十|上百|几百|数百|好几十")
_ABOUT = re.compile(r"([\d零一二三四五六七八九十百]{1,9})余(?=[栋座条处幢间片块个])")


def has_chinese(text: str) -> bool:
    """Whether a text holds Chinese characters."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=1024)
def to_english(text: str) -> str:
    """A text with its Chinese phrases replaced by English ones; other text stays.

    >>> to_english("有3栋建筑物").split()
    ['there', 'are', '3', 'building']
    """
    if not has_chinese(text):
        return text
    text = text.translate(_SIMPLIFIED).replace("。", ". ").replace("、", ", ")
    text = _YES.sub(" yes ", text)
    text = _FROM_TO.sub(r" from \1 to ", text)
    text = _COLUMN_FIRST.sub(r"第\2行第\1列", text)
    text = _ROW_COLUMN.sub(lambda match: f" {_ROWS[match[1]]}-{_COLUMNS[match[2]]} ", text)
    text = _parted(_ALL_BUT.sub(r"所有区域除了\1", text))
    text = _ABOUT.sub(r"约\1", _VAGUE.sub(" several ", text))
    text = _NUMERAL.sub(lambda match: f" {numeral(match[0])} ", text)
    pattern, words = _table()
    text = pattern.sub(lambda match: f" {words[match[0]]} ", text)
    return re.sub(r"[ \t]+", " ", _HAN.sub(" ", text))


def _parted(text: str) -> str:
    """A text whose commas part statements of two classes, and whose buildings that are only counted are named."""
    parts = _JOINT.split(text)
    open_class = False
    for place in range(0, len(parts), 2):
        named = _CLASS.search(parts[place]) is not None
        if not named and _COUNTED.search(parts[place]):
            parts[place] += "建筑"
        if place and parts[place - 1].startswith(",") and has_chinese(parts[place]):
            if (named and open_class and not _DETAIL.match(parts[place])) or _REST.match(parts[place]):
                parts[place - 1] = "; "
        elif place:
            open_class = False
        open_class = open_class or named
    return "".join(parts)


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
    words: dict[str, str] = {}
    for english, chinese in packaged_yaml("rsica_data.text", "chinese.yaml").items():
        words |= dict.fromkeys(str(chinese).split(), str(english).strip("_ ").split(" #")[0])
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))), words
