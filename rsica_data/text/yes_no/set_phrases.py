"""Set phrases of a marked sentence in plain words, before its numbers are read.

The two images become ``‹B›`` and ``‹A›``; what was "not there before" is new; "5 + 4 = 9" is 9 and "5 + 4" too; "of the
31 roofs, 22" are 22 roofs; "both roads" are two; "from 2 to 9" has an arrow; opinions ("I wouldn't bet my house on it")
and likenesses ("what looks like an annex") fall; classes that only say where something lies are a plain word.
"""

from __future__ import annotations

import re

from rsica_data.text.amounts.groups import without_locations
from rsica_data.text.clauses import NUMBER
from rsica_data.text.word_patterns import pattern_of, word_pattern

CHANGED = pattern_of(r"(?<![^\W_])(?:«added»|«taken»|«altered»)(?![^\W_])")
"""A word of change."""

_NOT_BEFORE = re.compile(
    r"(?:\b(?:that|which|who)\s+)?(?:\b(?:is|are|was|were|has|have|had|do|does|did|could|can)\b\s*)?(?:\bnot\b|n't\b|\bnever\b|\babsent\b|\bmissing\b|\bnothing\b|"
    r"\bno\b|\bnone\b|\bwithout\b|\bcannot\b)((?:\s+[\w'-]+){0,6}?)\s*(‹[BA]›)"
)
_USED_TO = re.compile(
    r"\b(?:where|in place of what|on what|that(?! (?:was|were|had|once stood|stood) (?:already |still |"
    r"all )?(?:there|here|present|"
    r"visible|standing|in|on|existing)\b)) (?:there |it |what )?(?:once |"
    r"formerly )?(?:used to|was|were|had)\b[^,;.‹]{0,80}(?:‹B›[^,;.‹]{0,60})?"
)
_ASIDE = re.compile(
    r",\s*(?:however|though|on the other hand|in contrast|by contrast|meanwhile|"
    r"in turn|too|as well|respectively|as far as i can (?:see|tell)|it seems|"
    r"i think|i believe)\s*,"
)
_NO_LONGER = re.compile(r"\b(?:no longer|not any ?more) (?:there|visible|present|stand\w*|exist\w*|seen|in)\b")
_OF_TWO = re.compile(
    r"\bboth(?: of)?(?: the| these| those)?\s*((?:\w+ )?‹C\d+p›)(?!\s*(?:and|"
    r"&|,|as well as)\s*(?:the |new |changed )*‹C)"
)
_OF_THE = re.compile(
    r"\b(?:out )?of (?:the |all |these |those |"
    r"a total of )?‹N(?P<whole>\d+)›(?P<class>(?:\s+[\w-]+){0,3}\s*‹C\d+[spg]›)"
    r"([^,;:.‹]{0,80}(?:‹[AB]›[^,;:.‹]{0,40})?),?\s*(?:only |just |about )?‹N(?P<part>\d+)›(?!\s*[\w-]*\s*‹C)"
)
_NONE_OF = re.compile(
    r"\b(none|neither|not one|no one|nothing) of ((?:the |these |those |"
    r"all )*)‹N\d+›(?=(?P<class>(?: [\w-]+){0,3} ‹C)?)"
)
# "Roads: 1 (4 before, 5 after)": the numbers of the two images beside the answer.
_BOTH_IMAGES = re.compile(
    r"(‹N\d+›(?:\s+[\w-]+){0,3}?(?:\s*‹C\d+[spg]›)?)\s*\((?:from )?(?:‹N\d+›[^()‹]{0,30}‹B›|‹B›[^()‹]{0,30}‹N\d+›)"
    r"[^()‹]{0,20}(?:‹N\d+›[^()‹]{0,30}‹A›|‹A›[^()‹]{0,30}‹N\d+›)[^()‹]{0,20}\)"
)
_SUM = re.compile(r"‹N\d{1,6}›(?:\s*\+\s*‹N\d{1,6}›){1,20}")
_TO = re.compile(
    r"(‹N\d+›)(?:\s*(?:new|added|increased?|decreased?|removed|grew|rising|"
    r"up|down)?\s*|(?<=from ‹N\d›)[^‹,;.]{0,30}|(?<=from ‹N\d\d›)[^‹,;.]{0,30})\bto\s+(?=‹N)"
)
_OPINION = re.compile(
    r"(?:\w+n't|\bnot|\bnever|\bwithout)\s+(?:\w+\s+)?(?:bet|count(?:ed|ing)?|"
    r"includ\w*|consider\w*|trust|swear|guarantee|rule|matter|mean|mention\w*|"
    r"call|exceed|tak\w+ into)\b"
)
_LIKENESS = re.compile(r"\b(with what (?:looks?|seems?|appears?) (?:like|to be)|as)\s+‹N1›\s+(?:[\w-]+\s+){0,3}‹C\d+s›")
_NOT_THAT = re.compile(
    r"(‹N\d+›(?:[^‹.;]{0,20}|[^‹.;]{0,20}‹C\d+[spg]›)),\s*(?:and |but )?(?:not|rather than|instead of) "
    r"‹N\d+›(?:(?:,| and|, and) ‹N\d+›)*(?=\s*[,.;)]|$)"
)
_STAYED_AT = re.compile(r"\b(stay(?:s|ed)?|remain(?:s|ed)?)(?: (?:constant|the same|steady|unchanged))? at ‹N\d+›")
_SO_ARE = re.compile(
    r"(?P<first>[^.;]*?),? and so (?:are|is|were|was|have|has|did|do|does) (?P<rest>(?:(?:the|all|its|their|both|of) )*"
    r"(?:‹N\d+› )?(?:[\w-]+ ){0,3}‹C\d+[spg]›)"
)
_EQUATION = re.compile(r"‹N\d+›(?:\s*[\w-]+)?(?:\s*[-+]\s*‹N\d+›(?:\s*[\w-]+)?){1,20}\s*=\s*(?=‹N)")


def prepared(text: str) -> str:
    """A marked sentence with the images marked ``‹B›``/``‹A›`` and set phrases in plain words.

    >>> prepared("‹N9› ‹C1p› that were not there before")
    '‹N9› ‹C1p› new'
    """
    text = re.sub(r"=\s*‹N\d+›\s*-\s*‹N\d+›\s*=", "=", text)
    text = _EQUATION.sub("", text)
    text = _SUM.sub(lambda match: f"‹N{sum(map(int, NUMBER.findall(match[0])))}›", text)
    text = re.sub(r"(‹N\d+›)\s*=\s*\1", r"\1", text)
    text = re.sub(r"\bnot (?:even )?(?:an? |one )?(?:single )?‹N1›\s+(?=(?:[\w-]+ )?‹C)", "no ", text)
    text = re.sub(r"\bnot (?:only|just|merely)\b", " ", text)
    if re.match(r"\W*\(\s*‹N\d+›\s*\)", text):
        text = re.sub(r"\(\s*(‹N\d+›)\s*\)", r"\1", text)
    text = _ASIDE.sub(" ", text)
    text = word_pattern("counting.before").sub("‹B›", text)
    text = word_pattern("counting.after").sub("‹A›", text)
    text = re.sub(r"(‹[BA]›)(?:\s*[(,]?\s*\1\)?)+", r"\1", text)
    text = re.sub(
        r"(‹N(\d+)› of (?:them|these|those|which) (?:also )?(?:have|had|got|come with) )‹N1›", r"\1‹N\2›", text
    )
    text = _NONE_OF.sub(lambda match: f"{match[1]} of {match[2] if match['class'] else 'them'}", text)
    # The beginning of each of these matches anywhere: they are tried only where their own words stand.
    text = _SO_ARE.sub(_so_are, text) if " and so " in text else text
    text = _STAYED_AT.sub(r"\1 the same", text)
    text = _NOT_THAT.sub(r"\1", text) if re.search(r"\b(?:not|than|of) ‹N", text) else text
    text = _BOTH_IMAGES.sub(r"\1", text) if "(" in text else text
    text = _OF_THE.sub(_picked, text)
    text = _OF_TWO.sub(r"‹N2› \1", text)
    text = _NOT_BEFORE.sub(_absent, text)
    text = _NO_LONGER.sub("removed", text)
    text = re.sub(r"‹V›(?=[\s:=]+‹N)|\b(?:out of|\(of) (?:the |all |a total of )?‹N\d+›", " ", text)
    text = _TO.sub(r"\1 → ", text)
    text = _OPINION.sub(" ", text)
    text = _LIKENESS.sub(r"\1 ", text)
    text = _USED_TO.sub(" new ", text)
    return re.sub(r"\s+", " ", without_locations(text)).strip()


_KEPT = pattern_of(r"[^.;:‹]{0,60}(?:«same»|‹B›|\balready\b|\bstayed\b|\bremain(?:s|ed)?\b)")


_NO = re.compile(r"\b(?:no|not|without|absent|missing|lack\w*|never)\b|n't\b")


def _picked(match: re.Match[str]) -> str:
    """The number of the ones that changed out of all: "of the 31 roofs, 22 are new", "of the 31, 9 stayed"."""
    whole, part = int(match["whole"]), int(match["part"])
    kept = _KEPT.match(match.string[match.end() :])
    if kept is not None and not is_changed(kept[0]) and not _NO.search(kept[0]) and whole >= part:
        return f"‹N{whole}›{match['class']}, ‹N{part}› of them"
    return f"‹N{part}›{match['class']}"


def _so_are(match: re.Match[str]) -> str:
    """As in "the 2 roads are unchanged, and so are the buildings": both are said to be so."""
    first = match["first"]
    kept = word_pattern("counting.same").search(first) is not None
    return f"{first}, and {match['rest']} are unchanged" if kept else f"{first}, and {match['rest']} have changed"


def _absent(match: re.Match[str]) -> str:
    """What was "not there before" is new; "no change before" and "no houses before" stay as they are."""
    if (
        "‹" in match[1]
        or CHANGED.search(match[1])
        or re.search(r"\bsame\b|(?<!of them )(?<!of which )(?<!of these )\bin$|\blike\b|\bas\b", match[1])
    ):
        return match[0]
    return " new " if match[2] == "‹B›" else " removed "


def is_changed(text: str) -> bool:
    """Whether a text holds a word of change."""
    return CHANGED.search(text) is not None
