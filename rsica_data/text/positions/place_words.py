"""The words that name rows, columns, sides and directions, as pieces of regular expressions."""

from __future__ import annotations

import re

ROW_WORDS = {
    0: r"top|upper|uppermost|topmost|north|northern|above",
    1: r"center|centre|central|middle|mid",
    2: r"bottom|lower|lowest|lowermost|bottommost|south|southern|below",
}
COLUMN_WORDS = {
    0: r"left|leftmost|west|western",
    1: r"center|centre|central|middle|mid",
    2: r"right|rightmost|east|eastern",
}
ROW = "|".join(ROW_WORDS.values())
OUTER_ROW = f"{ROW_WORDS[0]}|{ROW_WORDS[2]}"
COLUMN = "|".join(COLUMN_WORDS.values())
OUTER_COLUMN = f"{COLUMN_WORDS[0]}|{COLUMN_WORDS[2]}"
PART = (
    r"(?:-?(?:hand|most))?(?:[ -](?:part|portion|side|section|corner|area|region|zone|"
    r"edge|end|cells?|third|sector|quadrant|segment|block|square|margin))?"
)
OF = r"(?: of| in| on)(?: the)?(?: (?:image|scene|picture|grid|frame|area))?"
SHORT = {
    "tl": "0",
    "tc": "1",
    "tm": "1",
    "tr": "2",
    "nw": "0",
    "ne": "2",
    "cl": "3",
    "ml": "3",
    "lc": "3",
    "cc": "4",
    "mc": "4",
    "mm": "4",
    "cr": "5",
    "mr": "5",
    "rc": "5",
    "bl": "6",
    "bc": "7",
    "bm": "7",
    "br": "8",
    "sw": "6",
    "se": "8",
}
ORDINAL = {"1": 0, "first": 0, "1st": 0, "2": 1, "second": 1, "2nd": 1, "3": 2, "third": 2, "3rd": 2}
NTH = r"(?:first|second|third|1st|2nd|3rd)"
_FIRST = "top upper first 1st northern north topmost uppermost left leftmost western west"
_SECOND = "middle center centre central second 2nd mid"
_THIRD = "bottom lower third 3rd last southern south bottommost lowermost right rightmost eastern east"
LINE_NAMES = {word: number for number, words in enumerate((_FIRST, _SECOND, _THIRD)) for word in words.split()}
LINE_NAME = "|".join(sorted(LINE_NAMES, key=len, reverse=True))
PLACE_MARK = r"‹P[0-8]+›"
LINE_WORD = rf"(?:{LINE_NAME})"
LIST_OF_LINES = (
    rf"{LINE_WORD}(?:(?: (?:cells?|sides?|parts?))?(?:, (?:and )?| and | & | or |/)(?:the )?{LINE_WORD}){{0,2}}"
)
CELLS_WORD = r"(?:cells?|squares?|box(?:es)?|tiles?|ones?|positions?|parts?|sides?|thirds?|ends?)"
DIRECTION = r"(?:north|south|east|west|left|right|up|down|top|bottom)"
NO_DIRECTION = (
    r"(?!\s*(?:part|side|cell|row|column|col|edge|corner|section|portion|margin|border|"
    r"area|region|third|end|most|hand|-|left|right|east|west|center|centre|middle|"
    r"of the (?:image|scene|picture|grid|frame)))"
)
FURTHER = (
    r"(?:\s+(?:in|out|off|on|further|farther|away|straight|slightly|onwards?|back|"
    r"the scene|the image|it|and|from|there|south|north|east|west))"
)
_ENDS = r"(?:top|upper|lower|bottom|northern|southern|left|right|western|eastern)"
DIRECTIONS = (
    r"\b(?:mix(?:ed|ing)?|swapp?(?:ed)?|confus(?:ed|ing)|mistook|switch(?:ed)?|interchanged) (?:up )?"
    r"(?:left|top|north|east|rows) (?:and|with|for) (?:right|bottom|south|west|columns)(?: up)?\b",
    rf"\bfrom (?:the |its )?{_ENDS} (?:edge |end |side |border )?to (?:the |its )?{_ENDS} (?:edge|end|side|border)\b",
    # A building that is called a centre.
    r"\ban? (?:(?:new|large|big|small) )?(?!top|upper|bottom|lower|left|right|north|south|east|west|new|large|big|"
    r"small)[a-z][a-z-]{2,20} cent(?:er|re)\b(?![- ](?:left|right|cell|row|col))",
    # Something that runs somewhere.
    rf"\b(?:continu\w+|runs?|running|leads?|leading|heads?|heading|goes|going|branch(?:es|"
    rf"ing)?|turns?|turning|curv\w+|bends?|veers?|points?|facing|faces|stretch\w*|"
    rf"extend\w*|slices?|cuts?|enters?|entering|comes|coming|exits?|leaves|leaving|winds?|"
    rf"connect\w*|oriented|aligned)"
    rf"{FURTHER}{{0,3}}\s+(?:(?:to|towards?|from)\s+(?:the\s+)?)?{DIRECTION}(?:-?(?:ern|"
    rf"wards?|east|west))?\b{NO_DIRECTION}",
    rf"\b(?:towards?|to) the {DIRECTION}(?= of (?:it|them|that|this|these|those|"
    rf"the (?!image|scene|picture|grid|frame|map)))(?: of)?",
    rf"\b(?:on |to )?(?:the |its |their )?{DIRECTION} (?=of (?:it|them|that|this|these|those)\b)",
    r"\b(?:north|south|east|west)(?:-?(?:east|west))?(?:wards?|bound)\b",
    rf"\b(?:along|on|at|to|from) (?:the |both |either )?(?:{DIRECTION}(?:ern|"
    rf"-hand)? )?(?:sides?|edges?|ends?|banks?) of (?:the |a |this |that |its )?(?:(?:new|"
    rf"existing|main|old) )?(?:road|street|building|house|river|lake|pond|forest|highway|"
    rf"path|field|canal|railway)s?\b",
    r"\b(?:north|south|east|west|top|left)(?: ?- ?| to )(?:south|north|west|east|bottom|"
    r"right)\b(?= (?:road|street|highway|axis|direction|running|oriented|aligned|link|"
    r"route|connection|corridor))",
)
EVERYWHERE = (
    r"\b(?:everywhere|throughout(?: the)?(?: (?:whole|entire))?(?: (?:image|scene|area|grid|picture|map))?|"
    r"(?:in |across |over )?(?:all|each|every one)(?: of)?(?: the)?(?: (?:nine|"
    r"9))?(?: (?:3x3|grid))? (?:grid |image )?(?:cells?|parts?|areas?|regions?|squares?|"
    r"sections?|sectors?|quadrants?|zones|positions|locations)|"
    r"every (?:single )?(?:grid )?(?:cell|part|area|region|section|square)(?: of the (?:image|grid|scene))?|all nine|"
    r"(?:across|over|in|cover(?:s|ing)?|fill(?:s|ing)?|all over) the (?:whole|entire|"
    r"full) (?:image|scene|area|grid|picture|frame|map)|"
    r"the (?:whole|entire|full) (?:image|scene|area|grid|picture)|"
    r"all over(?: the (?:image|scene|place|grid))?|(?:entire|whole) (?:image|scene|"
    r"grid))\b"
)
ANY_PLACE = re.compile(
    r"\b(?:top|upper|bott|low|left|right|cent|midd|mid|north|south|east|west|row|col|"
    r"cells?|corner|every|entire|whole|full|all|each|through|outer|outside|peri|diag|"
    r"around|[nsewc]\b|"
    r"[tmbclr][tmbclr]\b|[ns][ew]\b|r\d)|[(\[] *[123] *,"
)
