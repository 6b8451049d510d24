"""Phrases of prose on changes: headings, pronouns, places told by reference, words for objects."""

from __future__ import annotations

import re

from rsica_data.text.grid.ledger.prose_clauses import Signs
from rsica_data.text.grid.ledger.prose_marks import MARK, NOUN_MARK
from rsica_data.text.word_patterns import word_pattern

SENTENCE = re.compile(r"(?<=[.!?])\s+(?!\d\W)|\s*;\s*(?=[^;]*›)")
HYPOTHESIS, CORRECTION, DISOWNED, LIKEWISE, REVERSE, MOTION, EVERYWHERE, HERE, GROUND = (
    word_pattern(f"ledger.{name}")
    for name in (
        "hypothesis",
        "correction",
        "disowned",
        "likewise",
        "reverse",
        "motion",
        "everywhere",
        "here",
        "ground",
    )
)
TOPIC_START = re.compile(
    r"^\W*(?:\d\W+)?(?:(?:and|so|now|then|next|finally|first|as far as|as|on to|over to|moving on to|coming to|"
    r"going on to|let me|"
    r"let us|let's|i'll|i will|i|we|start\w*|begin\w*|look\w*|turn\w*|went through|go(?:ing)? through|check(?:ed|"
    r"ing)?|examin\w+|compar\w+|take|to take|when it comes to|with regard to|"
    r"with respect to|regarding|concerning|as for|as to|for|with|in terms of|in the case of|on|about|at|to|in|the|of|"
    r"case|subject|take|consider|changes?|class)\b\s*,?\s*)*(?:the )?"
    rf"(?P<class>{NOUN_MARK}(?: (?:side|class|changes?|category))?)"
    r"(?:,? (?:first|next|now|then|to begin with|to start with|in turn|(?:is|are) concerned))?\s*(?P<end>[.:,!-]|$)"
)
TOPIC_REMARK = re.compile(
    rf"^\W*(?:the )?{NOUN_MARK} (?:are|is|tells?|make|offer) (?:a |an |another |the )?[\w ]*?"
    r"(?:matter|story|case|picture|simpler|easier)\b"
)
TOPIC_WITHIN = re.compile(rf"\bchanges? (?:to|in|of|among) (?:the )?({NOUN_MARK})|\bthere is nothing else to say\b")
PLACE_HEAD = re.compile(
    r"^\W*(?:\d\W+)?(?:take |in |at |the |cell |look at )*((?:‹P\d+›[\s,&]*(?:and )?)+)\s*(?:[:.-]+\s*|$)"
)
QUESTION_ANSWER = re.compile(r"^\W*(?:yes|no)\b")
NO = re.compile(r"^\W*no\b")
NOT_AT = re.compile(
    r"(?:,\s*|\b)(?:but |and |rather than |instead of )?(?:not|rather than|instead of) (?:in |at |on )?(?:the "
    r")?((?:‹P\d+›(?:\W|\b(?:or|and|the|in)\b)*)+)"
)
SUBJECT = re.compile(
    r"^\W*(?:(?:and|so|then|in turn|instead|also|from (?:there|here)) )*"
    rf"(?:(?:that|this|the|its|their|these|those) (?:(?!‹)[^ ,;]+ ){{0,3}}?(?P<noun>{NOUN_MARK})|"
    r"(?:it|they|this|that|these|those|both|which|who|all of (?:them|these)|has|have|is|are)\b)"
)
UNKNOWN_THING = re.compile(
    r"\b(?:an?|another|two|three|four|five|six|\d+|several|some) (?!cells?\b|change|lot of\b|"
    r"(?:new |other )?ones?\b|more\b|of\b|difference)(?:[a-z-]+ ?){1,4}"
)
CELL_SUBJECT = re.compile(
    r"^\W*(?:in |at |and |so |the )*(?:(?:‹[PR]\d*›[\s,]*(?:and |or |the |in )*)+|it|they|there|nothing|both|"
    r"neither|no|did|has|"
    r"have|is|are|(?:this|that|the) cell)?(?: cells?)?\s*,?\s*(?:also |too |has |have |had |did |shows? |is |are "
    r"|there (?:is |are |was |has been ))*"
    r"(?:not |n't |no |nothing |un|the same|identical|nor|stayed|remain)"
)
BY_REFERENCE = re.compile(
    r"\bcells? (?:directly |just |immediately |lying )?(?:(?:to|on|at|along|of|in) (?:the |its |their |either |"
    r"both )?)?"
    r"(?:aside|left|right|north|south|east|west|above|below|near|next to|around)\b"
)
IS_NOW = re.compile(rf"{NOUN_MARK}.*\b(?:is|are) now (?:an? |the )?.*{NOUN_MARK}")
BECAME = re.compile(r"^\W*(?:it|they) (?:is|are|has|have) now\b")
SO_IS = re.compile(r"^\W*(?:and |so |nor |neither |likewise )+(?:is|are|do|does|has|have|did|was|were|the)\b")
PART_OF = re.compile(r"^\W*(?:from (?:there|here) |then |also |and )*(?:its|their) (?:[a-z-]+ ){1,3}")
BOTH_CLASSES = re.compile(r"\bboth (?:classes|categories|types|kinds)\b")
IS_AT = re.compile(
    r"^\W*(?:it|they|this|that|these|those) (?:is|are|was|were) (?:only |just |both |all )?(?:in|at) "
    r""
)
NO_THINGS = frozenset(
    (
        *("cell", "cells", "image", "picture", "photo", "scene", "grid", "corner"),
        *("middle", "first", "second", "earlier", "later", "before", "after"),
    )
)
DATE_LEAD = re.compile(
    r"^\W*(?:before|after|afterwards|now|today|then)\s*,\s*|"
    r"^\W*(?:and |but |then )*(?:in|on|by|at) (?:the )?(?:time of the )?"
    r"(?:first|second|earlier|later|before|after|older|newer|latter) (?:image|picture|photo|one|scene|date|"
    r"view)\b,?\s*"
)
TURNS_TO = re.compile(
    r"\b(?:look(?:ing)? at|start\w*|begin\w*|take|consider|turn\w*|come to|now|next|then|first|second|third|last|"
    r"compare|strikes|"
    r"stands out|catches|name|one (?:is|to)|other is|cells? (?:of|are)|i see|goes?)\b"
)
FEW = re.compile(
    r"\b(?:a )?new ones?\b|\b(?:another(?: one)?|one(?: more)?|two|three|some|several|more|others)(?: of (?:them|"
    r"these|which))?(?= (?:has|have|was|were|is|are)\b|\W*$)"
)
COUNTED = re.compile(
    r"\bthere (?:were|was|are|is|used to be) (?:now |only |still )*(\d+)\W*$|\b(?:has|had|have) (?:now |only "
    r")*(\d+)\W*$|^\W*(?:only )?(\d+)\W*$"
)
DEFINITE = re.compile(rf"\b(?:the|this|that|its|their|these|those|same) (?:(?!‹)[^ ,;]+ ){{0,3}}?{NOUN_MARK}")
OF_REST = re.compile(r"^\W*(?:and |but )?(?:no )?‹R›")
SINCE = re.compile(r"^\W*since (?:then|the (?:first|earlier|before) \w+(?: was (?:taken|made))?)\s*,?\s*")
GENERAL = re.compile(r"(?:road|street|building|house|structure)s|(?:road|street) network|housing")
GIVEN = re.compile(r"\b(?:been given|gained|received|got|acquired|gains|has grown|been extended)\b")
NOW_A = re.compile(rf"\b(?:now|today)\b.*?\b(?:an?|\d+|two|three|four|several|some) (?:[\w-]+ ){{0,3}}?{NOUN_MARK}")
A_NOW = re.compile(rf"\b(?:an?|\d+|two|three|four|several|some) (?:[\w-]+ ){{0,3}}?{NOUN_MARK}.{{0,40}}\bnow\b")
ASIDE_PLACE = re.compile(
    r"\b(?:in|at|on|along|across|over) (?:the |its )?(?:far )?aside\b(?! (?:side )?of (?:it|them|the (?!image|"
    r"scene|picture))|-)"
)
ALL_CELLS = frozenset(range(9))


def names_a_thing(text: str) -> bool:
    """Whether a clause names an object that is no word of a class and no ground."""
    return any(not GROUND.search(match[0]) for match in UNKNOWN_THING.finditer(MARK.sub("#", text)))


def flags_of(signs: Signs) -> tuple[bool, ...]:
    return (signs.denial, signs.same, signs.change, signs.before, signs.after, signs.past)


def is_bare(text: str) -> bool:
    """Whether a clause is places alone."""
    return not re.sub(r"\b(?:the|in|at|and|cells?|only|also|both|grid|corner)\b|\W|\d", "", MARK.sub(" ", text))


def is_of_first(text: str) -> bool:
    return re.match(r"^\W*(?:in )?the (?:first|earlier|before|older) (?:image|picture|photo|one)\b", text) is not None


def begins_list(text: str) -> bool:
    """Whether a class and a comma begin a list ("Roads, buildings and ..") and no topic."""
    return re.match(rf"\W*(?:and |or )?{NOUN_MARK}", text) is not None
