"""What one clause of an answer states: a change, sameness, doubt, or nothing.

In this order, for a clause in lower case:

1. a denial turns the statement that it denies ("it isn't true that nothing changed", "far from identical");
2. an object that only one image holds is a change ("no counterpart in the earlier image", "were not there before");
   "no object that is in one and not in the other" is sameness;
3. "I can't see any change" is sameness, "I can't tell" is doubt;
4. a negated word of change, or a word of sameness, is sameness;
5. a change that is only thought possible ("might be a new roof") and a first impression state nothing;
6. a word of change is a change, but for light, season and the picture alone, which say nothing of the ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rsica_data.text.word_patterns import word_choice


def any_of(name: str) -> str:
    """A group of the words of a list."""
    return f"(?:{word_choice(name)})"


Stance = Literal["change", "same", "doubt", "hedge"]


def whole_words(name: str) -> re.Pattern[str]:
    """The words of a list; a word that ends with a mark needs no boundary after it."""
    return re.compile(rf"\b{any_of(name)}(?:(?!\w)|(?<=\W))")


DOUBT = whole_words("assertions.doubt")
"""That one cannot tell, a refusal, a question back."""

_NOUN, _VERB = any_of("assertions.change_nouns"), any_of("assertions.change_verbs")
_SAME = any_of("assertions.same")
_NO = (
    r"(?:no|without|zero|lack of|absence of|free of|free from|lacks?|hardly any|barely any|little|minimal|"
    r"negligible|any|0|not? (?:any|a single)|nothing like)"
)
_NOT = r"(?:\b(?:no|not|never|nothing|none|neither|nobody|hardly|barely|scarcely|nor)\b|n't\b)"
NO_CHANGE = re.compile(
    rf"\b{_NO}\b(?! (?:doubt|longer|question))(?:\W+(?!that\b|but\b|and\b)[\w/'-]+){{0,6}}?\W+{_NOUN}\b|"
    rf"{_NOT}(?! only\b)(?:[^\S\n]+(?!but\b|that\b|which\b|where\b)[\w/'-]+,?){{0,7}}?[^\S\n]+(?:{_VERB}|{_NOUN})\b|"
    r"\bno chang\w*|\bnothing (?:new|else|special|notable)\b|"
    r"\b(?:almost |virtually |practically |essentially )?nothing (?:to|has|have|is|was|at all|of note)\b|"
    rf"\b{_SAME}(?!\w)|"
    r"(?<!two )(?<!three )(?<!four )(?<!several )\bsame "
    rf"{any_of('assertions.same_things')}\b|"
    r"\bnothing\b(?!.{0,30}\bbut\b)|\bnone\b(?! of (?:the|which) (?:land|field)s? (?:is|was) left)|"
    rf"\b(?:no|any|zero|0)(?: [\w'-]+){{1,4}} (?:that|which|where)(?: [\w'-]+){{0,4}}? (?:{_VERB}|{_NOUN})\b|"
    r"\bno (?:new|visible|additional|evidence|sign|trace|indication)\b|\bnot a (?:single|thing)\b"
)
"""Words of sameness, and negations of change."""

CHANGE = whole_words("assertions.changed")
_LINKS = (
    r"(?:look|looks|looking|be|been|is|are|was|were|quite|exactly|completely|entirely|all|at|appear|"
    r"appears|remain|remains|remained|stay|stays|stayed|anything|like|the|being|"
    r"left|kept|really|strictly|perfectly|totally|fully|necessarily|images?|pictures?|both|two|these|of|"
    r"them|has|have|as|any)"
)
_NOT_SAME = re.compile(
    rf"(?:\b(?:not|no longer|hardly|far from|never|anything but|less than|neither)\b|n't\b)"
    rf"(?:\s+{_LINKS}){{0,6}}\s+(?:{_SAME}|same|similar|alike|consistent|match\w*|as (?:it|they) w\w+)"
    rf"(?!\w)|"
    rf"\b(?:nothing|none|hardly anything|hardly any|almost nothing|little|no {{1,2}}\w+)(?: of "
    rf"(?:\w+ ){{1,3}}| \w+)? ?(?:is|are|was|were|has|have|stays?|stayed|remains?|remained|been|looks?)"
    rf"(?:\s+{_LINKS}){{0,3}}\s+{_SAME}(?!\w)|"
    r"\b(?:hardly|scarcely|barely|almost) (?:anything|nothing|a thing) (?:has been|was|is|of it is|"
    r"remains|remained|stayed|is left|was left)\b(?! (?:chang|differ|new|alter|modif|built|add|remov|"
    r"visible|detect|differ))|"
    r"\bno \w+ (?:\w+ )?(?:is |was )?without (?:a |any )?chang\w*|"
    r"\bthe only (?:thing|things|part|area|object|class) (?:that|which) (?:did(?:n't| not)|has(?:n't| not)|"
    r"have(?:n't| not)|"
    r"remain\w*|stay\w*|(?:is|are) unchanged)|\b(\d+) of (?:the )?(?!\1\b)\d+ [^.;]{0,40}\b(?:unchanged|the same)\b|"
    r"\b(?:if it (?:were|was)(?:n't| not)|were it not|if not) for\b|"
    r"\b(?:no longer|not any ?more|not any longer)\b|(?:n't|\bnot)\b[^.;]{0,40}\b(?:anymore\b|"
    r"any longer\b|any more\b(?= *(?:$|[.,;!])| in the))|\bnot only\b|\bnot without\b|\b(?:no denying|"
    r"(?:nobody|no one|you|one) (?:could|can|would|can\'t|cannot) (?:possibly )?(?:miss|overlook|deny)|"
    r"(?:hard|impossible|difficult) to (?:miss|overlook|deny)|can(?:no|\')?t be (?:missed|overlooked|"
    r"denied))\b(?![^.;]{0,60}\b(?:same|identical|unchanged|no )\b)|\bonly (?:an? |the |one |two |"
    r"three |some |half|few)[^.;]{0,40}\b(?:preserved|remains?|left|unchanged|intact|survives?)\b|\b(?:no|"
    r"without a|without|beyond) (?:doubt|question)\b|\bun(?:like|equal)\b(?! \w+ say)|\bnothing like "
    r"(?:it|they) (?:was|were)\b"
)
_UNSEEN = re.compile(
    r"(?:\b(?:can(?:no|')?t|cannot|can not|could(?: not|n't)|unable to|not able to|not possible to|"
    r"hard to|difficult to|do(?:n't| not)|did(?:n't| not)|fail(?:ed)? to|struggle to|nobody can|"
    r"no one can|impossible to)\s+(?:\w+\s+){0,2}?"
    r"(?:see|find|detect|spot|observe|notice|discern|identify|make out|recogni[sz]e|perceive|point to|"
    r"distinguish|locate|pick out|tell (?:them|the two|these)(?: images| pictures| scenes)? apart))\b"
    r"(?!.{0,40}\bwhether\b)"
    r"(?!\s+(?:the |these |those |your |your two |any )?(?:images?|pictures?|photos?|attachments?|files?)\b)"
)
_EARLIER = (
    r"(?:in (?:the )?(?:first|earlier|before|previous|initial|old|older|former|pre\w*)\b|in image (?:1|"
    r"one|a)\b|in the original\b|at (?:t1|time 1|time one)\b|before(?:hand)?\b|previously\b|earlier\b|"
    r"back then\b|originally\b)"
)
_OTHER = (
    rf"(?:{_EARLIER}|in the (?:other|second|later|after|latter|newer|new|one)\b|from the (?:first|second|"
    rf"earlier|later|other)\b|in image (?:2|two|b)\b)"
)
_ONE_IMAGE = re.compile(
    rf"\b(?:no (?:counterpart|equivalent|match|trace|sign|hint|evidence|correspond\w+)|without (?:a |any )?"
    rf"(?:counterpart|equivalent|match)|absent|missing|lacking|nowhere)\b(?:(?! (?:nor|"
    rf"and) )[^.;]){{0,40}}?\b{_OTHER}|"
    rf"(?:\b(?:not|never)\b|n't\b)\s+(?:yet\s+|been\s+|be\s+|to be\s+)?(?:present|visible|there|seen|shown|"
    rf"found|exist\w*|in place|appear|built|on|in)\b(?:(?! (?:nor|and) )[^.;]){{0,30}}?{_OTHER}|(?:\bnot|"
    rf"n't) {_OTHER}|"
    r"\b(?:where|what) (?:\w+ ){0,2}?(?:was|were|had|stood|used to|once|lay)\b[^.;]{0,60}\b(?:now|is|are|"
    r"has|have|stands?)\b|\b(?:only|solely|exclusively) (?:in|present in|visible in|seen in|found in) the "
    r"(?:second|later|after|new\w*|first|earlier|before|one)\b|"
    r"\b(?:first|second|earlier|later|other|former|latter)(?: \w+)? (?:lacks?|does(?:n't| not) have|"
    r"is missing|misses)\b|\b(?:was|were|been) (?:once|previously|formerly|earlier) (?!identical|the same|"
    r"unchanged)|\bwhere (?:there (?:was|were)|the (?:first|earlier) (?:\w+ )?(?:shows?|has|had)) (?:only|"
    r"nothing|no|just|bare|empty|an? |grass|turf|trees|forest)"
)
_NO_OBJECT = re.compile(
    r"\b(?:no|nothing|none|any|anything|not one|not a single|neither)\b(?:\s+[\w'-]+){0,5}\s*\b(?:that|"
    r"which|exist\w*|is|are|was|were|present|visible|in|missing|absent|without|lacks?|appears?|has|have)\b"
)
_DENIALS = any_of("assertions.denials")
_DENIED = re.compile(rf"\b{_DENIALS}\s+(?P<denied>[^.:;!?\n]{{3,200}})")
_FALSE_CLAIM = re.compile(
    r"\b(?:the (?:claim|statement|idea|notion|assumption|suggestion|view|hypothesis|conclusion) that|to "
    r"(?:say|claim|state|assert|conclude)(?: that)?|(?:saying|claiming|stating)(?: that)?|that)\s+"
    r"(?P<denied>[^.:;,!?\n]{3,120}?)\s+"
    r"(?:(?:is|was|would be)(?: not|n't) (?:true|correct|right|accurate|the case|so)|(?:is|was|would be) "
    r"(?:simply |plainly |clearly )?(?:false|wrong|incorrect|untrue|a mistake|mistaken|inaccurate|"
    r"misleading)|does(?:n't| not) hold|cannot be (?:true|right))\b"
)
_DENIED_END = re.compile(r",| (?:because|since|as the|when|given|for the|considering)\b")
_IMPRESSION = whole_words("assertions.impressions")
_HEDGE = whole_words("assertions.hedges")
_APPEARANCE, _GROUND = whole_words("assertions.appearance"), whole_words("assertions.ground")
_NATURAL = re.compile(
    r"(?:ground|trees?|forests?|woods?|woodland|vegetation|land|fields?|water|lakes?|ponds?|objects?)"
)
_GENERIC = re.compile(
    r"\b(?:(?:becomes?|became|turn(?:s|ed)?|gr(?:ow|ows|ew|own)|gets?|got) (?:\w+ ){0,2}(?:greener|"
    r"browner|yellower|darker|brighter|paler|lighter|green|brown|yellow|dry|drier)|chang(?:e|es|ed|ing)|"
    r"differen(?:t|ce|ces)|differs?|appears?|appeared|alter(?:ed|ations?)|modifications?|dissimilar\w*)\b"
)
_BUILT = re.compile(
    r"\b(?:built|construct\w*|erected|demolished|torn down|(?:a|an|some|several|many|two|three|"
    r"four) [a-z]{3,15}s? appears?)\b"
)
_ONLY = re.compile(
    r"\b(?:only|just|merely|solely|purely|simply|nothing but|limited to|confined to|restricted to|"
    r"attributable to|due to|because of|caused by|explained by)\b"
)
_SEARCH = re.compile(
    r"\b(?:look|search|check|scan|hunt|inspect)\w{0,4} (?:\w+ ){0,2}?for\b[^.;]*?(?=\b(?:and|but) "
    r"(?:found|saw|see|find)\b|$)"
)
_SEEMING = re.compile(
    r"\bappear(?:s|ed)?(?= (?:to|that|very|the|quite|as|similar|identical|different|like|almost|nearly|"
    r"mostly|largely|unchanged|brighter|darker|greener|slightly|somewhat|a bit|more|less)\b)|"
    r"\bturns? out to\b|\b(?:for|of|by|when|at|to) (?:detect|identify|find|spot|assess|analy[sz]e|monitor|"
    r"evaluat|determin)(?:ing|e)? (?:any |the |potential |possible |land |environmental )*(?:chang|"
    r"differ)\w*|\bchange (?:detection|analysis|maps?|masks?)\b(?! (?:shows|finds|reveals))|"
    r"\bnothing to do with\b[^.;]*|\b(?:older|existing|previous(?:ly)?) new\b"
)
_ONLY_BEFORE = re.compile(
    r"\s*(?:\W*(?:first|before|in the (?:first|before|earlier|pre)\b))(?!.*(?:second|after|now|later))"
)
_WHOLE, _PART = whole_words("assertions.whole"), whole_words("assertions.part")
_SAME_PLACE = re.compile(
    r"\b(?:shows?|depicts?|covers?|of|captures?|taken (?:of|over)|displays?|present) (?:\w+ )?the same\b"
)
# That both images are of one area says nothing of change.
_TWO_DATES_OF_ONE = re.compile(
    r"\b(?:show|depict|cover|capture)s?\w* (?:exactly )?the same (?:area|location|place|region|"
    r"site)\b(?=\s+(?:at|on|in|from|taken|but)\b)"
)
_REST = re.compile(
    r"\b(?:else|other|otherwise|rest|remainder|remaining|elsewhere|further|additional|most(?:ly)?|largely|"
    r"much|many)\b"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a clause states.

    Attributes:
        stance: ``change``, ``same``, ``doubt``; ``hedge`` for a change that is only thought possible.
        whole: sameness that is said of all, not of one place or kind of object.
    """

    stance: Stance
    whole: bool = False


def statements_in(clause: str) -> Iterator[Statement]:
    """The statements of a clause in lower case: what it denies, turned, and what it says beside.

    >>> [statement.stance for statement in statements_in("it would be wrong to say that nothing changed")]
    ['change']
    """
    for pattern in (_DENIED, _FALSE_CLAIM):
        match = pattern.search(clause)
        if match is None:
            continue
        denied = _DENIED_END.split(match["denied"], maxsplit=1)[0]
        stance = clause_stance(re.sub(r"\bany(?=thing\b|one\b|\b)", "some", denied))
        if stance in ("change", "same"):
            turned: Stance = "same" if stance == "change" else "change"
            yield Statement(turned, turned == "same" and is_whole(denied))
            beside = clause[: match.start()] + ", " + clause[match.start("denied") + len(denied) :]
            if (other := clause_stance(beside)) is not None and other != "doubt":
                yield Statement(other, other == "same" and is_whole(beside))
            return
    stance = clause_stance(clause)
    if stance is not None:
        yield Statement(stance, stance == "same" and is_whole(clause))


@lru_cache(maxsize=8192)
def clause_stance(clause: str) -> Stance | None:
    """The stance of a clause in lower case without a denial (see the module)."""
    clause = _TWO_DATES_OF_ONE.sub(" ", clause)
    if _ONLY_BEFORE.match(clause) and not NO_CHANGE.search(clause):
        return None
    one_image = _ONE_IMAGE.search(clause)
    if one_image is not None and not _between_changed(one_image[0]):
        return "same" if _NO_OBJECT.search(clause[: one_image.start()]) else "change"
    if _NOT_SAME.search(clause):
        return "change"
    if _UNSEEN.search(clause):
        return "same"
    if DOUBT.search(clause):
        return "doubt"
    if _IMPRESSION.search(clause):
        return None
    if NO_CHANGE.search(clause) or (CHANGE.search(clause) and re.search(r"\bminimal\b|\bnegligible\b", clause)):
        return "same"
    return _changed(clause)


def _between_changed(text: str) -> bool:
    return re.search(rf"\b(?:{_NOUN}|chang\w*)\b", text) is not None


def _changed(clause: str) -> Stance | None:
    """A change, but for one that is only thought possible or that concerns the picture alone."""
    clause = _SEARCH.sub(" ", _SEEMING.sub(" ", clause))
    if not CHANGE.search(clause):
        return None
    if _APPEARANCE.search(clause):
        only: Stance | None = "same" if _ONLY.search(clause) else None
        nouns = _GROUND.findall(clause)
        if not nouns and not _BUILT.search(clause):
            return only
        if all(map(_NATURAL.fullmatch, nouns)) and not CHANGE.search(_GENERIC.sub(" ", clause)):
            return only
    return "hedge" if _HEDGE.search(clause) else "change"


def is_whole(clause: str) -> bool:
    """Whether a clause of sameness speaks of all there is, not of a place, a kind of object or the rest."""
    if _REST.search(clause) or _SAME_PLACE.search(clause) or re.search(r"\d\s*(?:%|percent)", clause):
        return False
    parts = {word for word in _PART.findall(clause) if not _WHOLE.fullmatch(word)}
    return (
        not parts
        or re.search(r"\bnothing\b|\b(?:images?|scenes?) (?:is|are|look|remain|seem|appear)", clause) is not None
    )
