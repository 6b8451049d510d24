"""Words that bear on which of several statements of a reply is its answer."""

from __future__ import annotations

import re

CORRECTION = re.compile(
    r"\b(?:wait|sorry|actually|correct(?:ion|ed|ing)|mistaken?|mixed up|mirrored|scratch that|hold on|i mean|"
    r"second thoughts?|revis\w*|oops|hmm|look again|looking again|let me (?:re\w+|correct\w*)|example)\b"
)
"""What takes back, or may take back, what was said before."""
NEUTRAL = re.compile(
    r"\b(?:after|by|on|upon|when|while)?\s*(?:careful\w* )?(?:examin|compar|analy[sz]|look|review|inspect|check)\w*"
    r"(?: \w+){0,3} both images|"
    r"\b(?:in|on|from|of|by|to|with|visible in|present in|seen in|than in)? ?(?:the )?(?:second|later|after|newer|new|"
    r"latest|more recent|post-change) (?:image|picture|photo|date|scene|one)\b|"
    r"\b(?:between|comparing|across|compare|of|in) the (?:two|2|before and after) (?:images|pictures|photos|dates)\b|"
    r"\bcompared (?:to|with) (?:the )?(?:first|before|earlier|previous) (?:image|picture|photo|one)\b|"
    r"\bthere (?:is|are|have been|has been|were|was)(?: now)?\b|\bhere (?:is|are)\b|\bbased on\b|"
    r"\b(?:nowhere|nothing|none) else\b|\bno other\b|"
    r"\b(?:cells?|grid cells?|places?|those|locations?|areas?) (?:where|in which|that|which)\b|"
    r"\b(?:these|the following|those) (?:cells?|changes?|places|areas|classes)\b|\bwhere \w+ ?=|\bas well\b|"
    r"\bnot only\b|\bthat is\b,?|\bnot \w+,? but\b|(?:which|that) (?:is|are|was|were) not (?:present |visible |"
    r"there |seen )?in the (?:first|before|earlier) (?:image|picture|photo|one)\b|"
    r"\bfrom (?:the )?before (?:to|and) after\b"
)
"""Phrases that hold such words and bear on nothing."""
_STATE = (
    r"(?:was|were) (?!(?:not )?(?:(?!covered|used|occupied|located|surrounded|filled|lined|parked|wooded|situated)"
    r"\w+ed|built|rebuilt|torn|put|cut|laid|new|found|seen)\b)"
)
EARLIER = re.compile(
    r"\b(?:before|earlier|previous\w*|first (?:image|picture|photo|one|date|scene)|"
    r"(?:old|older|before|earlier|initial) (?:image|picture|photo|one)|former\w*|original\w*|used to|had|already|"
    rf"either (?:image|date)|(?:image|picture|photo|date) (?:one|1|a)|t1|pre-?\w*|today|at (?:both|either)|long|since|"
    rf"whose|{_STATE})\b"
)
"""Of the earlier date, or of a state that need not be a change."""
SAME = re.compile(
    r"\b(?:unchanged|same|still|remain\w*|kept|keeps?|stay\w*|intact|unaltered|identical|untouched|unaffected|not|no|"
    r"nor|neither|none|never|nothing|without|nowhere|stable|similar|both (?:images|pictures|photos|dates|times))\b|"
    r"n't\b"
)
"""Of what did not change, or is denied."""
REFERENCE = re.compile(
    r"\b(?:it|its|there|they|them|their|these|those|that|same (?!as\b|in both|throughout)(?=\w)|likewise|above|below|"
    r"next to|former|latter|respectively|second|third|fourth|another|elsewhere|beyond|beside|neighbou?r\w*|adjacent|"
    r"adjoin\w*|opposite|diagonal\w*|one (?:up|down|left|right|above|below)|spills?|reach\w*|extends?|extending|"
    r"continu\w*|stretch\w*|onto|again)\b"
)
"""What is told by another part of the reply."""
POSSIBLE = re.compile(r"\b(?:may|might|could|would|possibl\w+|perhaps|maybe|or|if|either|whether)\b")
"""What is thought possible, or is one of several."""
CHANGE = re.compile(
    r"\b(?:chang\w+|new\w*|built|construct\w*|added|remov\w*|demolish\w*|replac\w*|appear\w*|gone|differ\w*)\b"
)
"""Of a change."""
CLAUSE = re.compile(
    r"(?:,|;)?\s+(?:but|while|whereas|although|though|however|yet)\s+|;\s*|,\s+and\s+(?=no\b|the ‹C|‹C)|(?<!›)\s-\s|"
    r"(?<=›)\s*\.\s*(?=\w|‹)"
)
"""Where a clause ends."""
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;|,\s*(?:but|while|whereas|and)\s")
"""Where a statement ends."""
ASIDE = re.compile(
    r"\b(?:light\w*|tones?|colou?rs?|seasons?|seasonal|shadows?|weather|time of (?:the )?day|resolution|sharper|"
    r"blurr\w+|brightness|haze|hazy|confiden\w+|sure of)\b"
)
"""Of the pictures, not of what they show."""
_STRUCTURE = re.compile(r"\s*(?:```\w*\s*)?[\[{<|]")


def is_structure(text: str) -> bool:
    """Whether a text is JSON, a table or tags."""
    return _STRUCTURE.match(text) is not None
