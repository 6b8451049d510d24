"""What a token looks like, as a list of patterns: at each place of a text the pattern that reaches furthest wins.

Written from the Penn Treebank's tokenisation guide (MacIntyre 1995), the options that CoreNLP documents, and the output
of the Stanford tokeniser 3.4.1 on several million probes; its source was not read. A few of its ways look odd, and are
kept because scores depend on them: "1 1/2" is one token with a no-break space, and so is a phone number or a tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Rewrite = Callable[[str], str]


@dataclass(frozen=True)
class Pattern:
    """A kind of token.

    Attributes:
        token: matches at the start of a token; what follows a group named ``t`` counts for the reach, and is not taken.
        first: what the first character of a token may be; a pattern is tried nowhere else.
        rewrite: makes the token of the matched text; without it, soft hyphens are taken out.
        partial: whether there is a group ``t``.
    """

    token: re.Pattern[str]
    first: re.Pattern[str]
    rewrite: Rewrite | None = None
    partial: bool = False


def read_classes() -> dict[str, str]:
    """Inner parts of regular expression classes by name: letter, mark, digit, symbol."""
    class_spans: dict[str, list[str]] = {}
    for line in (files(__package__) / "characters.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, *spans = line.split()
            class_spans.setdefault(name, []).extend(_span(span) for span in spans)
    return {name: "".join(spans) for name, spans in class_spans.items()}


def _span(text: str) -> str:
    return "-".join(f"\\u{int(end, 16):04x}" for end in text.split("-"))


# Entities of accented vowels count as letters. While a text is scanned, code points that are no characters stand for
# them.
ENTITIES = tuple(
    f"&{letter}{accent};"
    for accent, letters in {"acute": "aeiou", "grave": "ae", "uml": "aeiou"}.items()
    for letter in letters
)
PRIVATE = {entity: chr(0xFDD0 + number) for number, entity in enumerate(ENTITIES)}

_CLASSES = read_classes()
SOFT_HYPHEN = "\u00ad"
_D = _CLASSES["digit"]
_PLAIN_L = _CLASSES["letter"]
_L = f"{_PLAIN_L}{SOFT_HYPHEN}{''.join(PRIVATE.values())}"
_LETTER = f"[{_L}{_CLASSES['mark']}]"
_CHARACTER = f"[{_L}{_CLASSES['mark']}{_D}]"
_SPACE = "[ \t\u00a0\u2000-\u200a\u3000]"
_AFTER = "[ \t\u00a0\u2000-\u200a\u3000\n]"  # the line's end is a line feed
_APOSTROPHE = "(?:['\u2019\u0092]|&apos;)"
_ANY_APOSTROPHE = "(?:['\u2019\u0092`\u2018\u0091\u201b]|&apos;)"

_WORD = f"(?:{_LETTER}{_CHARACTER}*|[{_D}]+[{_PLAIN_L}][{_PLAIN_L}{_D}]*)"
_PART = f"(?:[dDlLoO]{_ANY_APOSTROPHE}[{_PLAIN_L}{_D}])?[{_PLAIN_L}{_D}]+"
_HYPHENATED = f"{_PART}(?:[-_\u058a\u2010\u2011]{_PART})+"
_ASCII_START = f"[A-Za-z0-9][A-Za-z0-9.,{SOFT_HYPHEN}]*"
_ASCII_PART = f"(?:(?:[A-Za-z]\\.){{2,}}|[A-Za-z0-9{SOFT_HYPHEN}]+)"
_ASCII_HYPHENATED = f"{_ASCII_START}(?:-{_ASCII_PART})+"
_DOTTED = f"{_LETTER}{_CHARACTER}*(?:[.!?]{_LETTER}{_CHARACTER}*)+"
_SLASH_PART = "[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}"
_CLITIC = "(?:s|m|d|ll|re|ve)"
_NUMBER_SIGN = f"[.,:{SOFT_HYPHEN}\u066b\u066c]"
_STAND_INS = "".join(PRIVATE.values())
_NEXT = f"(?:-[^\n]|[^{_STAND_INS}])"  # entities are longer than their stand-ins
_PHONE_GAP = "[-\u00a0 ]"

# Abbreviations whose dot stays with them: those that may end a sentence, and those that do not.
_FINAL = (
    "al ala apr ariz assn aug bhd bldg blvd bros calif co colo conn corp cos ct dak dec esq est etc ext feb fla fri "
    "ga inc ind intl jan jr jul jun kan kans ky ltd mar md mich minn mo mon mont neb nev nov oct okla penn plc rd rt "
    "sep sept seq sq sr sys tel tenn thu thurs tue tues univ va vt wed wis wisc wyo"
).replace(" ", "|")
_FINAL_CAPITAL = "Ark|Az|Del|Ill|La|Mass|Miss|Ore|Pa|Tex|Wash"  # or in upper case
_FINAL_LOWER = "ppte|ppty|pte|ptes|pty|ptys"  # or capitalised
_INNER = (
    "adj adm adv alex assoc asst atty ave brig capt cf cie cmdr col comdr cpl dept det dr drs elec ens ft gen gov "
    "govs hon insp invt jos lieut lt maj messrs mlle mme mr mrs ms msgr mt natl pfc ph pres prof pvt rep reps rev sen "
    "sens sfc sgt spc st ste supt vs wm"
).replace(" ", "|")
_INNER_LOWER = "mfg|mtg"
_BEFORE_NUMBER = "nos?|pp?|figs?|op|ca|art|prop"
# A single letter with a dot ends a sentence before one of these.
_STARTERS = (
    "A About According Additionally After An As At But Earlier He Her Here However If In It Last Many More Now Once "
    "One Other Our She Since So Some Such That The Their Then There These They This We What When While Yet You Mr. "
    "Ms."
).replace(" ", "|")
_EXTENSIONS = (
    "bat|bmp|c|class|cgi|cpp|dll|docx?|exe|gif|gz|html?|h|jar|java|jpe?g|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|"
    "wav|x|xml|zip"
)
SPLIT_WORDS = ("can not", "gon na", "got ta", "wan na", "gim me", "lem me")

_URL = '[^ \t\n\f\r"<>|(){}]'
_URL_END = '[^ \t\n\f\r"<>|.!?(){},-]'
_HOST = '[^ \t\n\f\r"<>|.!?(){},]'
# Neither digits nor capitals: they lie between the comma and the grave accent.
_BARE_HOST = f"[^ \t\n\f\r!\"$'(),-`{{|}}{_STAND_INS}]"
_PATH = f'(?:/[^ \t\n\f\r"<>|()]+{_URL_END})?'
_MAIL = '[^ \t\n\f\r\u00a0"<>|(){}]'
_MAIL_HOST = '[^ \t\n\f\r\u00a0"<>|().{}]'
_TAG_NAME = r"[A-Za-z][A-Za-z0-9_:.\-]*"
_GAP = "[ \u00a0]"
_ATTRIBUTE = f"{_GAP}+{_TAG_NAME}(?:{_GAP}*={_GAP}*(?:\"[^\"\n]*\"|'[^'\n]*'))?"
_TAG = f"(?:<{_TAG_NAME}(?:{_ATTRIBUTE})*{_GAP}*/?{_GAP}*>|</{_TAG_NAME}{_GAP}*>|<[!?][-A-Za-z][^>\n]*>)"

_BRACKETS = {"(": "-LRB-", ")": "-RRB-", "[": "-LSB-", "]": "-RSB-", "{": "-LCB-", "}": "-RCB-"}
_QUOTES = {
    **dict.fromkeys("\u0091\u2018\u201b\u2039", "`"),
    **dict.fromkeys("\u0092\u2019\u203a", "'"),
    **dict.fromkeys("\u0093\u00ab\u201c", "``"),
    **dict.fromkeys("\u0094\u00bb\u201d", "''"),
}
_SINGLE = {
    **_BRACKETS,
    **dict.fromkeys("\u0080\u00a4\u20a0\u20ac", "$"),
    **dict.fromkeys("\u0085\u2026", "..."),
    **dict.fromkeys("\u0096\u0097\u2013\u2014\u2015", "--"),
    "\u00a2": "cents",
    "\u00a3": "#",
    '"': "''",
    "\u00bc": "1/4",
    "\u00bd": "1/2",
    "\u00be": "3/4",
    "\u2153": "1/3",
    "\u2154": "2/3",
}
_ENTITY_TEXT = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&mdash;": "--", "&ndash;": "--", "&md;": "--", "&nbsp;": ""}


def _each(table: dict[str, str]) -> Rewrite:
    codes = str.maketrans(table)
    return lambda text: text.translate(codes)


def _ascii_clitic(text: str) -> str:
    return text.translate(str.maketrans("\u2019\u0092\u2018\u0091", "''``")).replace("&apos;", "'")


def _whole(text: str) -> str:
    return text  # with its soft hyphens


_round = _each({"(": "-LRB-", ")": "-RRB-"})
_joined = _each({" ": "\u00a0"})


def _joined_round(text: str) -> str:
    return _round(_joined(text))


def _any(words: Sequence[str]) -> str:
    return "|".join(words)


@cache
def patterns() -> tuple[Pattern, ...]:
    """All patterns; of equal reaches the first wins."""
    return tuple(
        Pattern(re.compile(expression, flags), re.compile(first), rewrite, "(?P<t>" in expression)
        for first, expression, flags, rewrite in (*_words(), *_apostrophes(), *_numbers(), *_networks(), *_signs())
    )


_Row = tuple[str, str, int, Rewrite | None]
_CASELESS = re.IGNORECASE | re.ASCII


def _words() -> list[_Row]:
    ascii_letter, alnum = "[A-Za-z]", "[A-Za-z0-9]"
    file = f"{_CHARACTER}+(?:\\.{_CHARACTER}+)*\\.(?:{_EXTENSIONS})(?={_AFTER}|[!,.?])"
    companies = "[A-Z]+(?:(?:[&+]|&amp;)[A-Z]+)+"
    before_comma = _any([_WORD, _PART, _HYPHENATED, _ASCII_HYPHENATED, _DOTTED, companies])
    finals = _any([_FINAL_CAPITAL, _FINAL_CAPITAL.upper(), _FINAL_LOWER, _FINAL_LOWER.title()])
    inners = _any([_INNER_LOWER, _INNER_LOWER.title()])
    starters = _any([_STARTERS, _STARTERS.upper()]).replace(".", r"\.")
    halves = [pair.split() for pair in SPLIT_WORDS]
    return [
        *((ascii_letter, f"(?P<t>{one}){two}(?!{_CHARACTER})", re.IGNORECASE, None) for one, two in halves),
        # With the character that follows, a final abbreviation reaches as far as a dotted name of one letter more,
        # and wins.
        (ascii_letter, f"(?P<t>(?:{_FINAL})\\.){_NEXT}", re.IGNORECASE, None),
        (ascii_letter, f"(?P<t>(?:{finals})\\.){_NEXT}", 0, None),
        (ascii_letter, f"(?P<t>ph\\.d\\.){_NEXT}", _CASELESS, None),
        (_CHARACTER, _WORD, 0, None),
        (_CHARACTER, f"(?P<t>{_WORD}|{_DOTTED}){_APOSTROPHE}{_CLITIC}", _CASELESS, None),
        (_CHARACTER, _HYPHENATED, 0, None),
        (ascii_letter, _PART, 0, None),
        (alnum, _ASCII_HYPHENATED, 0, None),
        (_CHARACTER, file, re.IGNORECASE, _whole),
        (_LETTER, _DOTTED, 0, None),
        (ascii_letter, f"(?:{_INNER})\\.", re.IGNORECASE, None),
        (ascii_letter, f"(?:{inners})\\.", 0, None),
        (_CHARACTER, f"(?P<t>(?:{before_comma})\\.)[,;:\u3001]", 0, None),
        (alnum, f"{_SLASH_PART}(?:\\\\?/{_SLASH_PART}){{1,2}}", 0, None),
        (ascii_letter, companies, 0, lambda text: text.replace("&amp;", "&")),
        (ascii_letter, f"(?P<t>(?:{_BEFORE_NUMBER})\\.){_SPACE}?[{_D}]", re.IGNORECASE, None),
        (ascii_letter, f"(?P<t>[A-Za-z])\\.{_SPACE}+(?:{starters}|{_TAG}){_AFTER}", 0, None),
        (ascii_letter, r"[A-Za-z]\.(?:[A-Za-z]\.)*", 0, None),
        (ascii_letter, "(?:anti|pro)-", re.IGNORECASE, None),
        (ascii_letter, r"[Cc]\+\+|[CcFf]#", 0, None),
        (ascii_letter, r"[A-Z]+\$", 0, None),
    ]


def _apostrophes() -> list[_Row]:
    ascii_letter, quote = "[A-Za-z]", "['\u2019\u0092&]"
    plain, some, letter = _APOSTROPHE, _ANY_APOSTROPHE, f"[{_PLAIN_L}]"
    whole = ("o@clock", "ma@am", "c@mon", "e@er", "ev@ry", "cap@n", "nat@l", "li@l", "ol@", "somethin@")
    return [
        (quote, f"(?P<t>{plain}{_CLITIC})[^A-Za-z]", _CASELESS, _ascii_clitic),
        (ascii_letter, f"n{some}t", _CASELESS, _ascii_clitic),
        (f"[A-Za-z{SOFT_HYPHEN}]", f"(?P<t>[A-Za-z{SOFT_HYPHEN}]*[a-mo-zA-MO-Z]{SOFT_HYPHEN}*)[nN]{some}[tT]", 0, None),
        (ascii_letter, f"(?:[nA-HJ-XZ]{some}{letter}{{2,}}|[oO]{some}[oO])", 0, None),
        (letter, f"{letter}+[aeiouyAEIOUY]{some}[aeiouA-Z]{letter}*", 0, None),
        (ascii_letter, f"[dlDLjJ]{plain}", 0, None),
        (ascii_letter, _any(whole).replace("@", some), _CASELESS, None),
        (ascii_letter, f"(?P<t>[yY]{plain}){letter}", 0, None),
        (quote, "(?P<t>['\u2019]t)(?:is|was)", re.IGNORECASE, None),
        (quote, f"{plain}(?:em|till?|cause|n{plain})", re.IGNORECASE, None),
        (quote, f"{plain}[0-9][0-9](?={_AFTER})", 0, None),
        (quote, f"{plain}[2-9]0s", _CASELESS, None),
        (quote, "(?P<t>')[A-Za-z][^ \t\n\u00a0]", 0, None),
        (quote, f"{plain}{_CLITIC}", _CASELESS, _ascii_clitic),
        (quote, f"{plain}n", _CASELESS, None),
    ]


def _numbers() -> list[_Row]:
    digit = f"[{_D}]"
    fraction = f"(?:{digit}{{1,4}}[-\u00a0 ])?{digit}{{1,4}}(?:\\\\?/|\u2044){digit}{{1,4}}"
    area = f"\\([0-9]{{2,3}}\\){_GAP}?|\\+{{0,2}}(?:[0-9]{{2,4}}{_PHONE_GAP})?[0-9]{{2,4}}{_PHONE_GAP}"
    phone = f"(?:{area})[0-9]{{3,4}}{_PHONE_GAP}?[0-9]{{3,5}}"
    return [
        (
            f"{digit}|[-+]|{_NUMBER_SIGN}",
            f"[-+]?(?:{digit}+|(?={_NUMBER_SIGN}{digit}))(?:{_NUMBER_SIGN}{digit}+)*",
            0,
            None,
        ),
        (digit, fraction, 0, _joined),
        (digit, f"{digit}{{1,2}}[-/]{digit}{{1,2}}[-/]{digit}{{2,4}}", 0, None),
        ("[(+0-9]", phone, 0, _joined_round),
    ]


def _networks() -> list[_Row]:
    """Addresses, files, tags and entities."""
    mail = f"(?:<|&lt;)?[A-Za-z0-9]{_MAIL}*@(?:{_MAIL_HOST}+\\.)*{_MAIL_HOST}+(?:>|&gt;)?"
    return [
        ("[hH]", f"https?://{_URL}+{_URL_END}", re.IGNORECASE, _whole),
        ("[wW]", f"www\\.(?:{_HOST}+\\.)+[A-Za-z]{{2,4}}{_PATH}", re.IGNORECASE, _whole),
        (_BARE_HOST, f"(?:{_BARE_HOST}+\\.)+(?i:com|net|org|edu){_PATH}", 0, _whole),
        ("[<&A-Za-z0-9]", mail, re.IGNORECASE, _whole),
        ("<", _TAG, 0, _joined),
        *(("&", entity, re.IGNORECASE, lambda _, text=text: text) for entity, text in _ENTITY_TEXT.items()),
        ("&", "&quot;|&apos;", 0, lambda _: "'"),
        ("&", "&#[0-9]+;", 0, None),
        ("&", "&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq);", re.IGNORECASE, None),
        ("#", f"#{_LETTER}+", 0, _whole),
        ("@", "@[A-Za-z_][A-Za-z0-9_]*", 0, None),
    ]


def _signs() -> list[_Row]:
    runs = (r"[!?]+", "@+", "#+", r"\*+", "_+", "<<?", ">>?", "-{5,}", r"(?:\\\*){1,3}", "''?", "[-.,/:]")
    quotes = f"[`\u201a\u201e\u201f{''.join(_QUOTES)}]"
    high, low = "[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]", "[\u2080-\u2089]"
    face = "['<=>^x~]"
    return [
        ("[<>:;=]", r"[<>]?[:;=][-o*']?[()DPdp\\{@|\[\]O](?![A-Za-z0-9])", 0, _round),
        ("[-^x=~<>']", "[-^x=~<>']_[-^x=~<>']", 0, None),
        (r"\(", rf"\([-'^=x~<>][._]?[-'^=x~<>]\)|\({face}-['<=>^`x~]\)", 0, _round),
        (_SPACE, f"{_SPACE}+", 0, lambda _: ""),
        ("-", "-[LR][CRS]B-", _CASELESS, None),
        ("-", "-{2,4}", 0, lambda _: "--"),
        (r"\.", r"\.{3,5}|\.(?:[ \u00a0]\.){2,4}", 0, lambda _: "..."),
        *((f"[{''.join(map(re.escape, _SINGLE))}]", re.escape(sign), 0, _each(_SINGLE)) for sign in _SINGLE),
        (f"[{_CLASSES['symbol']}]", f"[{_CLASSES['symbol']}]", 0, None),
        (high, f"{high}+", 0, None),
        (low, f"{low}+", 0, None),
        (quotes, f"{quotes}{{1,2}}", 0, _each(_QUOTES)),
        *((".", run, 0, None) for run in runs),
    ]
