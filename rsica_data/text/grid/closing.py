"""The part of an answer that sums it up at its end: a last table or list, "In summary, ..", "So roads changed in ..".

A summary that names every class alone decides; the sentences before it say how it came about.
"""

from __future__ import annotations

import re

_SUMMED_UP = re.compile(
    r"(?:^|\n|(?<=[.!?])\s)[\s>*_#-]*(?:(?:so|and|hence|therefore|thus|well)\W+)?(?:in (?:short|summary|sum|"
    r"brief|conclusion|"
    r"total|all|a nutshell)|(?:to|let me) (?:sum (?:it )?up|summari[sz]e|conclude|recap|wrap up)|summing up|"
    r"summary(?: of (?:the )?"
    r"changes)?|overall|conclusion|recap|all in all|overview|results?|(?:the )?(?:final )?answer|taken together|"
    r"putting (?:it|this) (?:all )?together|to cut a long story short|bottom line|so|hence|therefore|thus|"
    r"consequently|"
    r"as a result)\b[*_]*\s*(?:[:,.-]|\n|(?=\w))\s*",
    re.IGNORECASE,
)
_WEAK = re.compile(r"[\W_]*(?:so|hence|therefore|thus|consequently|as a result)\b", re.IGNORECASE)
"""Words that draw a conclusion from one sentence, and need not sum up all of them."""
_TABLE = re.compile(r"(?:^|\n)\s*\|.*\|\s*(?:\n\s*\|.*\|\s*){2,}$")
_CHATTER = re.compile(
    r"(?:(?<=[.!?])|\n)\s*(?:let me know|please let|feel free|i hope|hope this|if you|would you|do you|i can |i "
    r"could |happy to|"
    r"note that this|thanks?)\b[^\n]*$",
    re.IGNORECASE,
)
_FIELDS = re.compile(
    r"(?:^|[.!?\n])[^:.!?\n]*[.!?]\s+((?:[a-z][a-z ]{2,24}: [^.:\n]{2,160}\.?\s*){2,})$", re.IGNORECASE
)
_ITEM = re.compile(r"\W*[a-z][\w/'-]*(?:[ ,]+[\w/'-]+){0,5}\W*", re.IGNORECASE)
_LAST_SENTENCE = re.compile(
    r"(?<=[.!?])\s+([^.!?\n]*\b(?:only|in any|anywhere|nowhere|in no)\b[^.!?\n]*\bchanged\b[^.!?\n]*|"
    r"[^.!?\n]*\bchanged\b[^.!?\n]*\b(?:only|in any|anywhere|nowhere|in no)\b[^.!?\n]*)[.!]?$",
    re.IGNORECASE,
)
_LONGEST = 500


def closings_of(text: str, several: bool = True) -> list[str]:
    """What may sum an answer up, the surest first: a last table or list, what stands behind its last words of summary.

    Args:
        text: an answer.
        several: several classes were asked about, so that a last sentence on all of them stands out.

    >>> closings_of("The shed in top-left is gone. In short, buildings changed in top-left.")
    ['buildings changed in top-left.']
    """
    text = _CHATTER.sub("", text.rstrip()).rstrip()
    table = _TABLE.search(text)
    if table is not None and text[: table.start()].strip():
        return [table[0]]
    marks = [match for match in _SUMMED_UP.finditer(text) if text[: match.start()].strip()]
    tails = [text[match.end() :] for match in reversed(marks[-2:]) if several or not _WEAK.match(match[0])]
    tails += [match[1] for pattern in ((_FIELDS, _LAST_SENTENCE) if several else ()) if (match := pattern.search(text))]
    tails.append(_last_items(text))
    return [tail for tail in tails if tail.strip() and len(tail) <= _LONGEST]


def _last_items(text: str) -> str:
    """The lines at the end that are headings and items alone, where prose stands above them."""
    lines = text.split("\n")
    first = len(lines)
    while first and (not lines[first - 1].strip() or _ITEM.fullmatch(lines[first - 1].strip())):
        first -= 1
    items = [line for line in lines[first:] if line.strip()]
    return "\n".join(lines[first:]) if first and len(items) > 2 else ""
