"""Words shared by the styles: plurals, numbers, cells, Chinese names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

CELLS: tuple[str, ...] = (
    "top-left",
    "top-center",
    "top-right",
    "center-left",
    "center-center",
    "center-right",
    "bottom-left",
    "bottom-center",
    "bottom-right",
)
COMPASS: dict[str, str] = dict(
    zip(CELLS, ("northwest", "north", "northeast", "west", "center", "east", "southwest", "south", "southeast"))
)
COMPASS_SHORT: dict[str, str] = dict(zip(CELLS, ("NW", "N", "NE", "W", "C", "E", "SW", "S", "SE")))
PROSE: dict[str, str] = dict(
    zip(
        CELLS,
        (
            "upper left",
            "upper middle",
            "upper right",
            "middle left",
            "center",
            "middle right",
            "lower left",
            "lower middle",
            "lower right",
        ),
    )
)
ZH_CELLS: dict[str, str] = dict(zip(CELLS, ("左上", "中上", "右上", "左中", "正中", "右中", "左下", "中下", "右下")))
ZH_CELLS_LONG: dict[str, str] = dict(
    zip(CELLS, ("左上角", "上方中间", "右上角", "左侧中间", "中心", "右侧中间", "左下角", "下方中间", "右下角"))
)
ZH_NAMES: dict[str, str] = {
    "road": "道路",
    "building": "建筑物",
    "water": "水体",
    "tree": "树木",
    "low vegetation": "低矮植被",
    "ground": "地面",
    "playground": "操场",
    "farmland": "农田",
    "forest": "森林",
    "bare land": "裸地",
    "house": "房屋",
    "car": "车辆",
    "vegetation": "植被",
    "bridge": "桥梁",
    "field": "田地",
}

_UNCOUNTABLE = {
    "water",
    "vegetation",
    "land",
    "ground",
    "farmland",
    "grass",
    "soil",
    "sand",
    "snow",
    "ice",
    "greenery",
    "infrastructure",
    "pavement",
    "asphalt",
    "concrete",
    "bareland",
    "agriculture",
    "terrain",
    "greenspace",
}
_IRREGULAR = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "leaf": "leaves",
    "shelf": "shelves",
    "wharf": "wharves",
    "sheep": "sheep",
    "aircraft": "aircraft",
    "runway": "runways",
}


def one(pick: int, *options: T) -> T:
    """The option that `pick` chooses."""
    return options[pick % len(options)]


def uncountable(cls: str) -> bool:
    last = (cls.lower().split() or [""])[-1]
    return last in _UNCOUNTABLE or (last.endswith("land") and last not in ("island", "headland"))


def _plural_word(word: str) -> str:
    low = word.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low.endswith("y") and low[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def plural(cls: str) -> str:
    """Always plural: roads, low vegetation areas, bodies of water."""
    if " of " in cls:
        head, rest = cls.split(" of ", 1)
        return plural(head) + " of " + rest
    if uncountable(cls):
        return cls + " areas"
    words = cls.split(" ")
    return " ".join(words[:-1] + [_plural_word(words[-1])])


def single(cls: str) -> str:
    """One thing of the class: road, water area."""
    return cls + " area" if " of " not in cls and uncountable(cls) else cls


def mass(cls: str) -> str:
    """Heading form: roads, water, bare land."""
    return cls if " of " not in cls and uncountable(cls) else plural(cls)


def a_an(phrase: str) -> str:
    return ("an " if phrase[:1].lower() in "aeiou" else "a ") + phrase


def cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def low(text: str) -> str:
    return text[:1].lower() + text[1:]


def join(items: Sequence[str], word: str = "and") -> str:
    parts = list(items)
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f" {word} " + parts[-1]


_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = [".", ".", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def int_words(n: int) -> str:
    if n < 0:
        return "minus " + int_words(-n)
    if n < 20:
        return _SMALL[n]
    if n < 100:
        return _TENS[n // 10] + ("-" + _SMALL[n % 10] if n % 10 else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= size:
            head, rest = divmod(n, size)
            tail = "" if not rest else (" and " if rest < 100 else " ") + int_words(rest)
            return f"{int_words(head)} {name}{tail}"
    raise AssertionError(n)


def num(value: float, group: bool = False) -> str:
    """A number in digits without an exponent or empty decimals."""
    if float(value).is_integer():
        return f"{int(value):,}" if group else str(int(value))
    text = f"{value:,.10f}" if group else f"{value:.10f}"
    return text.rstrip("0").rstrip(".")


def num_words(value: float) -> str:
    text = num(value)
    if "." not in text:
        return int_words(int(text))
    whole, part = text.split(".")
    return int_words(int(whole)) + " point " + " ".join(_SMALL[int(d)] for d in part)


def counted(cls: str, n: int, no: str = "no") -> str:
    """no roads, 1 road, 5 buildings, 1,204 water areas."""
    if n == 0:
        return f"{no} {plural(cls)}"
    return f"{num(n, True)} {single(cls) if n == 1 else plural(cls)}"


def counted_words(cls: str, n: int) -> str:
    if n == 0:
        return f"no {plural(cls)}"
    return f"{int_words(n)} {single(cls) if n == 1 else plural(cls)}"


def zh(cls: str) -> str:
    return ZH_NAMES.get(cls.lower(), f" {cls} ")


def in_order(cells: Sequence[str]) -> list[str]:
    return [c for c in CELLS if c in set(cells)]


def short_cell(cell: str) -> str:
    """top-left, ..., center."""
    return "center" if cell == "center-center" else cell


def the_cells(cells: Sequence[str]) -> str:
    """the top-left cell / the top-left and center cells."""
    names = [short_cell(c) for c in in_order(cells)]
    return f"the {join(names)} cell" + ("" if len(names) == 1 else "s")


ROWS: dict[str, tuple[str, ...]] = {"top": CELLS[0:3], "middle": CELLS[3:6], "bottom": CELLS[6:9]}
COLUMNS: dict[str, tuple[str, ...]] = {"left": CELLS[0::3], "middle": CELLS[1::3], "right": CELLS[2::3]}
CORNERS: tuple[str, ...] = (CELLS[0], CELLS[2], CELLS[6], CELLS[8])
