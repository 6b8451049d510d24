"""Yes or no, and whether a reply says that something changed.

Order of decisions: an answer said outright (yes, no, true, changed, a field of a structure); then each clause, in which
negation and doubt are looked for before any word of change; what concerns light, season or the picture alone says
nothing of the ground.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rsica_data.schema import Unparsed
from rsica_data.text.chinese import to_english
from rsica_data.text.cleaning import conclusion
from rsica_data.text.layout import lines_of

_YES = r"(?:yes|yeah|yep|yup|yea|true|affirmative|correct|indeed|certainly|definitely|absolutely|positive|changed|change detected|changes detected|y)"
_NO = r"(?:no|nope|nah|false|negative|unchanged|incorrect|not changed|n)"
_OPTION = r"(?:\[\w{2,20}\]\s*|\(?[a-d][.):]\s+|option [a-d]\b[.:)]?\s*|[a-d]\s*[-:]\s+)?"
_SURELY = r"(?:(?:well|hmm+|ok(?:ay)?|sure|so|oh|sorry|short answer|in short|answer|response|result|prediction|label|output|change(?:d| detected)?|has changed|any change|judg(?:e)?ment)\s*[,:.!=-]*\s+|[\s\"'(\[*>:.=-]+)*"
_LEADING = re.compile(rf"^{_SURELY}{_OPTION}[\"'(\[]*({_YES}|{_NO})\b(?!['-])(?P<rest>.*)", re.DOTALL)
_TRAILING = re.compile(
    rf"(?:^|[.!?;:\n→]|\b(?:is|so|therefore|thus|hence|say|be|answer(?:ed)?|with|as)\b)\s*[\"'(*]*({_YES}|{_NO})[\"')*]*\s*[.!]*\s*$"
)
_FIELD = re.compile(
    rf"(?m)(?:^|\|)\s*(?P<key>[\w -]{{0,40}}?(?:chang\w*|differ\w*|answer|response|label|result|prediction|present|presence|only|both|any|touch\w*|at least|exactly|statement|new|built|same|identical|output|verdict|exists?|detected)[\w -]{{0,20}})\s*[:=]\s*[\"']?(?P<value>{_YES}|{_NO}|1|0|none)\b"
)
_MAIN_KEY = re.compile(
    r"\b(?:answer|result|verdict|only|both|any|statement|final|overall|response|output|prediction)\b"
)
_NEGATIVE_KEY = re.compile(r"\b(?:same|identical|unchanged|no change|not changed|no-change)\b")
# After "no" a noun or an adjective makes a phrase ("no roads", "no visible change"), no answer.
_NO_PHRASE = re.compile(
    r"^[^\S\n]+(?!(?:there|it|it's|the|they|nothing|i|both|these|this|we|neither|not|since|because|as|all|each|everything|they're|you|in|if|but|though|although|and|that|only|so|at|no|none|every|however|based|unfortunately|its|their|by|from|my|a|an|when|while|after|between|just|these|those|thanks|image|images|is)\b)(?:\w+)"
)
_NO_DOUBT = re.compile(r"^\s+(?:doubt|question|longer|more|less|wonder|matter|need|problem|worries)\b")
_BOTH_WAYS = re.compile(r"^\s*(?:/|\bor\b|\bor/and\b|\band\b|\\|\|)\s*(?:yes|no|false|true)\b")

DOUBT = re.compile(
    r"\b(?:can(?:no|')?t|cannot|can not|could(?: not|n't)|unable to|not able to|not possible to|impossible to|isn't possible|hard to|difficult to|tough to|challenging to|tricky to|do(?:n't| not) know|not sure|unsure|uncertain|unclear|inconclusive|"
    r"no answer|undetermined|ambiguous|not (?:confident|certain|clear)|would need|need (?:more|both|the|to see|a )|insufficient|not enough|lacks? (?:enough|sufficient)|i(?:'m| am) (?:afraid|sorry|not able)|(?:i )?apologi[sz]e|sorry,?|as an ai|language model|please (?:describe|provide|upload|share|give|send|attach|try|let)|"
    r"could you (?:please )?(?:provide|upload|share|describe|send|clarify|tell)|can you (?:please )?(?:provide|upload|share|describe|send|clarify)|no images?(?: (?:was|were|have|has|is|are|provided|attached|found))?|don't (?:have|see) (?:the |any |access|enough|sufficient)?(?:images?|pictures?|second|attachments?|access)|"
    r"only (?:see|have|received|got|given|one) (?:one|a single|1|image)|either way|could be either|depends on (?:how|what)|yes and no|maybe|perhaps|hard to (?:say|tell)|not visible enough|too (?:blurry|dark|cloudy|small|low|coarse|poor|unclear)\b|rather not|open question|won't|refuse|guess at|remains? unclear|no way (?:of|to)|whether (?:or not )?(?:anything|something|there|the|this|any|it))\b"
)
_DOUBT_NOT = re.compile(
    r"\b(?:can(?:no|')?t|cannot|can not|could(?: not|n't)|unable to|not able to|not possible to|hard to|difficult to|do(?:n't| not)|did(?:n't| not)|fail(?:ed)? to|struggle to)\s+(?:\w+\s+){0,2}?(?:see|find|detect|spot|observe|notice|discern|identify|make out|recogni[sz]e|perceive|point to|distinguish|locate|pick out|tell (?:them|the two|these)(?: images| pictures| scenes)? apart)\b(?!.{0,40}\bwhether\b)"
)

_NOUN = r"(?:chang\w*|differ\w*|alter\w*|modif\w*|variations?|discrepanc\w*|development\w*|construction\w*|activit\w*|transformation\w*|shifts?|addition\w*|removal\w*|demolition\w*|deviation\w*|movement|evolution)"
_VERB = r"(?:chang\w*|differ\w*|alter\w*|modif\w*|happen\w*|occur\w*|appear\w*|been (?:built|constructed|added|removed|demolished|altered|changed|modified|developed|cleared|replaced|erected)|(?:built|constructed|added|removed|demolished|moved|replaced|taken place|taking place)|disappear\w*|evolved|develop\w*|(?:is|are|was|were) (?:new|different|visible|detected|observed|evident|apparent|built|added|removed))"
_NEG = r"(?:no|not|n't|never|nothing|none|neither|nobody|without|zero|hardly|barely|scarcely|lack of|absence of|free of|free from|lacks?|little|few|minimal|negligible|almost nothing|any)"
NO_CHANGE = re.compile(
    rf"\b(?:no|without|zero|lack of|absence of|free of|free from|lacks?|hardly any|barely any|little|minimal|negligible|any|0|not? (?:any|a single)|nothing like)\b(?! (?:doubt|longer|question))(?:\W+(?!that\b|but\b|and\b)[\w/'-]+){{0,6}}?\W+{_NOUN}\b|"
    rf"(?:\b(?:no|not|never|nothing|none|neither|nobody|hardly|barely|scarcely|nor)\b|n't\b)(?! only\b)(?:[^\S\n]+(?!but\b|that\b)[\w/'-]+,?){{0,7}}?[^\S\n]+(?:{_VERB}|{_NOUN})\b|"
    r"\bno chang\w*|\bnothing (?:new|else|special|notable)\b|\b(?:almost |virtually |practically |essentially )?nothing (?:to|has|have|is|was|at all|of note)\b|"
    r"\bidentical\b|\bunchanged\b|\bunaltered\b|\bunmodified\b|\bindistinguishable\b|\bintact\b|\bstatic\b|\bthe same\b(?! (?:kind|type|sort|style|time|cells?|two|three|size|shape|colou?r)\b)|\bno different\b|(?<!two )(?<!three )(?<!four )(?<!several )\bsame (?:scene|image|picture|as|place|in both|layout|thing|view|buildings?|roads?|houses?|state|location|position|on both)\b|\b(?:looks?|is|are|stay(?:s|ed)?|remain(?:s|ed)?|all|appear(?:s|ed)?|seems?) same\b|"
    r"\bas (?:it|they) (?:was|were)\b|\bas before\b|\bstays? put\b|\bstill (?:the same|there)\b|\bmatch(?:es)? (?:exactly|perfectly|each other|completely)\b|\b(?:remain|stay)(?:s|ed)? (?:\w+ )?(?:stable|consistent|constant|undisturbed|untouched|where (?:it|they) (?:was|were)|as it was|as they were|in place|the way)\b|\buntouched\b|\b(?:very|highly|extremely|quite|nearly|almost|so) (?:similar|alike)\b|\blooks? (?:alike|consistent)\b|\bconsistent (?:between|across|in both)\b|"
    r"\bnothing\b(?!.{0,30}\bbut\b)|\bnone\b(?! of (?:the|which) (?:land|field)s? (?:is|was) left)|\bno (?:new|visible|additional|evidence|sign|trace|indication)\b|\bnot a (?:single|thing)\b|\bduplicates?\b"
)
_NOT_SAME = re.compile(r"\b(?:not|n't|no longer|hardly|far from|never)\b(?:\s+(?:look|looks|be|been|quite|exactly|completely|entirely|all|at all|appear|appears|remain|remained|stay|stayed|anything like|the|being)){0,3}\s+(?:the same|identical|unchanged|same|similar|intact|alike|consistent|match\w*|as (?:it|they) w)|\bno longer\b|\bnot only\b|\bno doubt\b|\bno question\b|\bwithout (?:a )?doubt\b")  # fmt: skip
CHANGE = re.compile(
    r"\b(?:chang(?:e|es|ed|ing)|differen(?:t|ce|ces)|differ|differs|altered|alteration\w*|modified|modification\w*|transform\w*|built|build|builds|construct(?:ed|ion|ions)?|erected|add(?:ed|ition|itions)|adds|appears?|appeared|emerg(?:e|es|ed)|disappear(?:s|ed)?|vanish(?:ed|es)?|gone|"
    r"remov(?:e|ed|al|es)|replac(?:e|ed|es|ing|ement)|demolish(?:ed|es)?|demolition|clear(?:ed|ing|ance|s)|cut down|felled|new|newly|expand(?:ed|s)?|expansion|extend(?:ed|s)?|extension|develop(?:ed|ment|s)?|becomes?|became|turn(?:s|ed|ing)? (?:in)?to|convert(?:ed|s)?|gr(?:ow|ows|ew|own)|lusher|"
    r"sprung up|sprang up|planted|dug|widen(?:ed|s)?|wider|fallen|separate[sd]? |completed|finished|rebuilt|reconstructed|renovated|paved|laid out|put up|went up|set up|torn down|destroyed|damaged|flooded|collapsed|lost|gained|more (?:buildings?|houses?|roads?|trees|villas)|fewer|no longer|now (?:there|stands?|has|have|shows?|is|are|a|holds?|occup\w+|covered|contains?|house)|"
    r"increase[sd]?|decrease[sd]?|increasing|reduced|shr(?:ink|unk|ank)|arise[ns]?|arose|introduced|established|installed|opened|urbani[sz](?:ed|ation)|densif\w+|filled in|filled with|taken (?:over|up|by)|taken the place|makes? way|made way|gave way|gives? way|occup(?:y|ied|ies)|take the place|takes the place|took the place|substitut\w+|evolv\w+|additional|start(?:s|ed)? to|began to|is under construction|under construction|stripped|wither(?:ed|s)?|drie[sd]|sparser?|denser|merged|split|moved|relocated|upgraded|deforest\w+|bulldozed|broken ground|spread|overgrown|show(?:s|ed)? up|restored|reshaped|flattened|level(?:l)?ed|enlarged|missing|realized|hewed|hewn|repaired|turn(?:s|ed)? (?:green|brown|bare|white|to)|lined up|thriv\w+|narrow(?:ed|er)|excavated|filled|raised|cover(?:s|ed) (?:up|over)|come[s]? into|came into|takes? shape|left the|have left|has left|degraded|recovered|flourish\w*|lush|blocked|cut (?:off|through|away|out)|came up|come up|comes up|popped up|pop up|go(?:es)? up|reclaimed|sealed|smaller|larger|bigger|hardened|fenced|divided|abandoned|ceased|destroyed|occurs?(?= in| at| on| to)|are put|is put|opened up|carved|crossed by|connected by new|redeveloped|straightened|pulled down|knocked down|razed|wiped out|burn(?:ed|t)|logged|reduc\w+|declin\w+|remodel\w+|surfaced|resurfaced|erosion|eroded|receded|dried up|encroach\w+|swallowedthinned|harvested|submerged)\b"
)
_APPEARANCE = re.compile(
    r"\b(?:light(?:ing)?|illumination|brightness|bright(?:er)?|dark(?:er)?|shadows?|season\w*|colou?rs?|colou?r(?:ation)?|tones?|tonal|tint|hue|exposure|contrast|angle|viewpoint|view(?:ing)?|sun|sunlight|clouds?|cloudy|haze|hazy|sensor|resolution|quality|sharpness|blurr?\w*|registration|alignment|atmospher\w*|time of (?:day|year)|saturation|noise|weather|phenolog\w*|greener|crops?|cosmetic|cars?|vehicles?|parked)\b"
)
_GROUND = re.compile(r"\b(?:building|house|villa|road|street|structure|construct\w*|roof|ground|tree|forest|vegetation|land|lot|field|water|pond|path|object|object)s?\b")  # fmt: skip
_CLAUSE = re.compile(r"(?<=[.!?])(?:\s+|$)|\n+|;|\s+-\s+|,?\s+\b(?:but|however|although|though|while|whereas|except(?: that| for)?|apart from|other than|aside from|yet|whilst|besides|so)\b|,\s+(?=(?:and\s+)?(?:the|a|an|no|new|some|only|there|it|i|several|one|two|three|nothing|this|these|which|both|all|not)\b)")  # fmt: skip
_CONTRAST = re.compile(
    r"\b(?:but|however|except(?: for| that)?|apart from|other than|aside from|although|though|besides|yet|only)\b"
)
_QUESTION = re.compile(r"[^.!?\n]*\?")


@lru_cache(maxsize=4096)
def plain(answer: str) -> str:
    """An answer's lines in lower case, in English as far as it is Chinese, without markup."""
    return "\n".join(
        " : ".join((*line.headings[-1:], line.text)) if line.headings and len(line.text) < 12 else line.text
        for line in lines_of(to_english(answer))
    )


def read_yes_no(answer: str) -> bool | None:
    """Yes or no where an answer says so outright, at its beginning, in a field, or at its end; else None.

    >>> read_yes_no("Yes, two houses."), read_yes_no("No roads have changed."), read_yes_no("So my answer is no.")
    (True, None, False)
    """
    text = plain(answer).strip()
    lead = _LEADING.match(text)
    if lead is not None:
        rest = lead["rest"]
        if _BOTH_WAYS.match(rest) or re.match(r"\s+and no\b", rest):
            return None
        yes = re.fullmatch(_YES, lead[1]) is not None
        if lead[1] in ("y", "n") and re.match(r"\s*\w", rest):
            return None
        if (
            lead[1] in ("changed", "positive", "correct", "indeed", "certainly", "definitely", "absolutely")
            and re.match(r"\s+(?:\w+)", rest)
            and not re.match(r"\s+(?:there|it|the|that|this|they|in)\b", rest)
        ):
            return None
        if lead[1] in ("certainly", "absolutely", "definitely") and re.match(r"\s*!", rest):
            return read_yes_no(rest.lstrip("! ")) if rest.strip(" !") else True
        if lead[1] == "no" and (_NO_PHRASE.match(rest) or _NO_DOUBT.match(rest)):
            return None
        if lead[1] in ("certainly", "absolutely", "definitely", "indeed") and re.match(r"\W+(?:no|not)\b", rest):
            return False
        return yes
    fields = [
        (match["key"], (_NEGATIVE_KEY.search(match["key"]) is not None) ^ _is_yes(match["value"]))
        for match in _FIELD.finditer(text)
    ]
    for chosen in (fields, [field for field in fields if _MAIN_KEY.search(field[0])]):
        if len({value for _, value in chosen}) == 1:
            return chosen[0][1]
    trail = _TRAILING.search(text)
    if (
        trail is not None
        and not _BOTH_WAYS.match(text[trail.end(1) :])
        and not re.search(r"(?:yes|no)\s*(?:/|or)\s*$", text[: trail.start(1)])
    ):
        return re.fullmatch(_YES, trail[1]) is not None
    return None


def _is_yes(value: str) -> bool:
    return value == "1" or re.fullmatch(_YES, value) is not None


def read_change(answer: str) -> bool | None | Unparsed:
    """Whether an answer's sentences say that something on the ground changed; None or a reason where they do not tell.

    >>> read_change("While the lighting differs, nothing on the ground has changed.")
    False
    >>> read_change("Bare land was replaced with residential buildings.")
    True
    """
    text = _QUESTION.sub(" ", plain(answer))
    # An apology or a caption without any judgement is no answer.
    stances = [stance for clause in _CLAUSE.split(text) if clause and (stance := clause_stance(clause)) is not None]
    if "doubt" in stances and "change" not in stances:
        return Unparsed("says that it cannot tell") if stances[-1] == "doubt" or "same" not in stances else False
    if "doubt" in stances and stances[0] == "doubt":
        return Unparsed("says that it cannot tell")
    if "change" in stances and "same" in stances:
        return _mixed(text, stances, answer)
    if "change" in stances:
        return True
    return False if "same" in stances else _described(text)


def _described(text: str) -> bool | None:
    """Whether the later image is described with objects of which the earlier one has none; None where it is not."""
    parts = re.split(
        r"\b(?=(?:the |in the )?(?:second|later|after)\b(?: image| picture| photo| one)?)", text, maxsplit=1
    )
    if len(parts) < 2 or not re.search(r"\b(?:first|before|earlier)\b", parts[0]):
        return None
    before, after = ({word.rstrip("s") for word in re.findall(_GROUND, part)} for part in parts)
    return True if after - before else None


def _mixed(text: str, stances: list[str], answer: str) -> bool | None | Unparsed:
    tail = conclusion(answer)
    if tail is not None and tail != answer and (decided := read_change(tail)) in (True, False):
        return decided
    # "Nothing changed but for a house" and "roads did not change, houses did": something changed.
    if _CONTRAST.search(text) or not _whole_same(text):
        return True
    if stances[-1] == "same" or stances[0] == "same":
        return (
            False
            if stances.count("same") > stances.count("change")
            else Unparsed("says both that something changed and that nothing did")
        )
    return Unparsed("says both that something changed and that nothing did")


def _whole_same(text: str) -> bool:
    """Whether it is said of all, not of one kind of object, that it did not change."""
    return (
        re.search(
            r"\bno (?:\w+ ){0,3}(?:changes?|differences?)\b(?! (?:in|to|of|for) (?:the )?(?:road|building|house|tree|vegetation|water))|\bnothing\b|\b(?:images?|scenes?|pictures?|both|area|everything|two) (?:\w+ ){0,4}(?:identical|the same|unchanged)\b",
            text,
        )
        is not None
    )


@lru_cache(maxsize=8192)
def clause_stance(clause: str) -> str | None:
    """``change``, ``same``, ``doubt`` or None for one clause in lower case."""
    if re.match(
        r"\s*(?:first|before|in the (?:first|before|earlier|pre)\b)(?!.*(?:second|after|now))", clause
    ) and not NO_CHANGE.search(clause):
        return None
    if _NOT_SAME.search(clause):
        return "change"
    seen = _DOUBT_NOT.search(clause)
    if seen is not None:
        return "same"
    if DOUBT.search(clause):
        return "doubt"
    negated = NO_CHANGE.search(clause)
    if negated is not None:
        return "same"
    if re.search(r"\bminimal\b|\bnegligible\b", clause) and CHANGE.search(clause):
        return "same"
    if CHANGE.search(_withoutappearance(clause)):
        if _APPEARANCE.search(clause) and not _GROUND.search(clause):
            return None
        return "change"
    return None


def _withoutappearance(clause: str) -> str:
    """A clause without "appears to be", which says nothing of a change."""
    return re.sub(
        r"\bappear(?:s|ed)?(?= (?:to|that|very|the|quite|as|similar|identical|different|like|almost|nearly|mostly|largely|unchanged|brighter|darker|greener|slightly)\b)",
        " ",
        clause,
    )
