"""An answer said outright: yes or no at the beginning, in a field, or at the end of an answer.

In this order:

1. what stands first: a yes or no ("Yes, ..", "B. no", "I'd lean no"), a set phrase that stands alone ("Not that I can
   see", "Definitely!"), one digit; "no roads" and "no doubt" are phrases, no answers;
2. fields ("changed: yes", "answer = no", ``{"identical": false}``), where those that matter agree;
3. what stands last ("So my answer is no", "Therefore: yes").

A yes and a no side by side ("yes and no", "yes/no"), or a whole second answer that says the opposite, are no answer; a
question that is echoed first turns the answer where it asked after sameness ("Identical? No.").
"""

from __future__ import annotations

import re

from rsica_data.text.yes_no.assertions import any_of, statements_in

_YES, _NO = any_of("answers.yes"), any_of("answers.no")
_OTHER_YES, _OTHER_NO = any_of("answers.other_yes"), any_of("answers.other_no")
_YES_WORD = re.compile(rf"{_YES}|{_OTHER_YES}")
_PHRASES = re.compile(
    rf"(?:(?P<no>{any_of('answers.no_phrases')})|(?P<yes>{any_of('answers.yes_phrases')}))(?![\w'])(?P<rest>.*)",
    re.DOTALL,
)
_OPTION = r"(?:\[\w{2,20}\]\s*|\(?[a-d][.):]\s+|option [a-d]\b[.:)]?\s*|[a-d]\s*[-:]\s+)?"
_FILLER = (
    r"(?:(?:if (?:i (?:had|have|must)|pressed|forced|asked|you ask)[^.,:;\n]{0,40}|well|hmm+|ok(?:ay)?|"
    r"sure|so|oh|ah|sorry|short answer|in short|short|in a word|simply put|"
    r"to be (?:honest|precise|brief)|honestly|frankly|answer|response|result|prediction|label|output|"
    r"classification|class|change(?:d| detected| status)?|has changed|any change|judg(?:e)?ment|final|"
    r"verdict(?: up front)?|conclusion|decision|ans|a|tl;?dr|thank(?:s| you)[^.!\n]{0,30}|great question|"
    r"good question|"
    r"based on [^.,:;\n]{3,80}|(?:after )?(?:comparing|looking at|examining|reviewing|"
    r"analy[sz]ing) [^.,:;\n]{3,80}|from what i (?:can )?see|in my (?:view|opinion|judg(?:e)?ment)|"
    r"as far as i can (?:tell|see))\s*[,:.!=-]{0,10}\s{1,20}(?!\s)|[\s\"'(\[*>:.=-]{1,80}(?![\s\"'(\[*>:.=-]))"
)
_FIRST = re.compile(
    rf"(?:{_FILLER}){{0,6}}{_OPTION}[\"'(\[]*({_YES}|{_NO}|{_OTHER_YES}|{_OTHER_NO})(?!\w)(?!['/-])"
    rf"(?P<rest>.*)",
    re.DOTALL,
)
_PREFIX = re.compile(rf"(?:{_FILLER}){{0,6}}")
_LEANING = re.compile(
    rf"(?:(?<=[.!?;:,\n])|^)\s*(?:so|thus|hence|therefore|overall|still|then|and|but|on balance|"
    rf"all in all)?,?\s*(?:my (?:best )?|i(?:'d|'m|'ll| would| will| am| have to| must| should| shall|"
    rf" therefore| still| thus| now)?(?: therefore| have to| rather| still| thus| now)?(?: be)? ?|the )?"
    rf"{any_of('answers.leanings')}[\s:,\"'*(]*(?:that )?(?:(?P<yes>yes|affirmative|positive|there (?:is|"
    rf"was|are) a? ?changes?)|(?P<no>no|not|negative|nothing))\b(?! (?:doubt|more|longer|one|change|"
    rf"difference|road|building))[\"'*)]*\s*(?=[.,;:!\n-]|$)"
)
_LAST = re.compile(
    rf"(?:^|[.!?;:,\n→]|\b(?:so|therefore|thus|hence|answer(?:ed)?|final|verdict)\b|\b(?:is|say|be|with|as|"
    rf"becomes?|stays?|remains?|call(?:s)? for a|earns? a|a)\b(?=\W*(?:yes|no)\b\W*$))\s*(?:(?:so|therefore|"
    rf"thus|hence|overall|final|and|in short|in sum)\s*[,:]?\s*)?[\"'(*]*({_YES}|{_NO})[\"')*]*\s*[.!]*\s*$"
)
_FIELD = re.compile(
    rf"(?m)(?:^|\|)[\s\"'{{\[]{{0,12}}(?P<key>[\w -]{{0,40}}?(?:chang\w*|differ\w*|answer|response|label|"
    rf"result|prediction|"
    rf"present|presence|only|both|any|touch\w*|at least|exactly|statement|new|built|same|identical|output|"
    rf"verdict|exists?|detected|conclusion|decision|unaltered|judg(?:e)?ment|final|is it|"
    rf"similar)[\w -]{{0,20}})[\"']?\s*[:=]\s*[\"']?(?P<value>{_YES}|{_NO}|{_OTHER_YES}|{_OTHER_NO}|[01]"
    rf"(?![\d.])|(?:none|null|nothing|same|identical)(?=\s*(?:$|[.,;|\n])))(?!\w)(?!\s*(?:[:=]|\w+ (?:of|"
    rf"that)\b))"
)
_MAIN_KEY = re.compile(
    r"\b(?:answer|result|verdict|only|both|any|statement|final|overall|response|output|prediction|"
    r"conclusion|decision)\b"
)
_NEGATIVE_KEY = re.compile(
    r"\b(?:same|identical|unchanged|no change|not changed|no-change|unaltered|similar|no difference)\b"
)
# After "no" a noun or an adjective makes a phrase ("no roads", "no visible change"), no answer.
_NO_PHRASE = re.compile(
    r"^[^\S\n]+(?!(?:there|it|it's|the|they|nothing|i|both|these|this|we|neither|not|since|because|as|all|"
    r"each|everything|they're|you|in|if|but|though|although|and|that|only|so|at|no|none|every|however|"
    r"based|unfortunately|its|their|by|from|my|a|an|when|while|after|between|just|those|thanks|is)\b)"
    r"(?:\w+)"
)
_NO_DOUBT = re.compile(r"^\s+(?:doubt|question|longer|more|less|wonder|matter|need|problem|worries)\b")
_BOTH_WAYS = re.compile(
    r"^\W{0,4}(?:/|\bor\b|\bor/and\b|\band\b|\\|\||\bor rather\b|\bbut also\b|[?,]\s*(?=(?:yes|"
    r"no)\W*$))\s*(?:yes|no|false|true)\b"
)
_EITHER = re.compile(r"(?:yes|no)\s*(?:/|\bor|\band|\\|,)\s*$")
_CLAIMED = frozenset(
    ("changed", "positive", "correct", "y", "n", "true", "false", "incorrect", "unchanged", "negative", "unaltered")
)
_GOES_ON = re.compile(r"\s+(?:there|it|the|that|this|they|in|because|since|as)\b")
_SECOND = re.compile(r"(?:(?<=[.!?])\s+|\n+)[\"'(*]*(?P<word>yes|no)\b(?P<rest>[^.!?\n]{0,160})")
_INSTRUCTION = re.compile(
    r"^[^\n]{0,300}?\b(?:answer|reply|respond)(?: only)?(?: with)?:?(?: only)? "
    r"[\"']?yes[\"']? or [\"']?no[\"']?(?: only)?[.:!]?(?=\s|$)\s*"
)
_ECHO = re.compile(r"^[^.!?\n]{3,160}\?\s*")
_EXCEPTION = re.compile(r"\W{0,3}(?:except|apart from|aside from|other than|but for|save for)\b")
_YES_NO_ONLY = re.compile(r"(?:(?:yes|no)\W{1,4}){0,2000}(?:yes|no)\W{0,4}")
_YES_CLAUSE = re.compile(
    r"(?:i (?:think|believe|suppose|guess) so|i'd say so|i would say so|it (?:seems|appears|looks) (?:so|"
    r"that way|like it)|it would seem so|so it seems|it has|they have|it does|they do|it did|very much so|"
    r"most likely|very likely|almost certainly)\b"
)
_OF_EACH = re.compile(
    r"(?:^|[.;,\n])\s*(?!answer|final|so\b|verdict|conclusion|result|overall)(?:the |"
    r"any )?[a-z][a-z ]{1,24}?\s?[:=-]\s?"
    r"(yes|no|true|false|changed|unchanged|not changed|none)\b"
)
_ITEM_LINE = re.compile(
    r"(?m)^[^\w\n]*(?!(?:the )?(?:final|answer|so|verdict|conclusion|result|overall|change[sd]?|response|"
    r"decision|summary|action|"
    r"input|output|reply)\b)"
    r"[a-z][\w -]{0,30}:[ \t]*\S[^\n]{0,200}$"
)
_NO_CHANGE_AT_ALL = re.compile(
    r"(?<=[.!?])\s+(?:there (?:is|are|was|were) )?no (?:changes?|differences?)(?: between (?:the|"
    r"these) (?:two )?images?)?\s*[.!]?\s*$"
)
_NONE_LEFT = re.compile(r"[\W_]*")


def read_yes_no(text: str) -> bool | None:
    """Yes or no where a plain text (:func:`~rsica_data.text.yes_no.stance.plain`) says so (see the module); else None.

    >>> read_yes_no("yes, two houses."), read_yes_no("no roads have changed."), read_yes_no("so my answer is no.")
    (True, None, False)
    """
    text = _INSTRUCTION.sub("", text.strip())
    echo = _ECHO.match(text)
    if echo is not None and text[echo.end() :].strip():
        answer = read_yes_no(text[echo.end() :])
        return not answer if answer is not None and _asks_sameness(echo[0]) else answer
    first = _first(text)
    if first is not None:
        contradicted = _second_says(not first, text) or (first and _NO_CHANGE_AT_ALL.search(text) is not None)
        return None if contradicted else first
    if _is_both(text) or (_YES_NO_ONLY.fullmatch(text) and {"yes", "no"} <= set(re.findall(r"yes|no", text))):
        return None
    for read in (_field, _leaning, _last):
        value = read(text)
        if value is not None:
            return value
    return None


def opens_with_assent(text: str) -> bool:
    """Whether a plain text begins with a word of assent that stands for a yes ("Definitely! ..")."""
    match = _PHRASES.match(text.strip())
    if match is None or match["yes"] is None:
        return False
    rest = match["rest"].lstrip(" .,!:;\n-")
    return not re.match(any_of("answers.announcements"), rest)


def _asks_sameness(question: str) -> bool:
    stances = [statement.stance for statement in statements_in(re.sub(r"\bany", "some", question))]
    return stances[-1:] == ["same"]


def _first(text: str) -> bool | None:
    lead = _FIRST.match(text)
    if lead is None:
        return _phrase(text)
    word, rest = lead[1], lead["rest"]
    if _BOTH_WAYS.match(rest):
        return None
    if _YES_NO_ONLY.fullmatch(text) and {"yes", "no"} <= set(re.findall(r"yes|no", text)):
        return None
    if word not in ("yes", "no") and re.match(r"[\"']?\s*[:=]\s*\w", rest):
        return None
    if _EXCEPTION.match(rest) and any(statement.stance == "change" for statement in statements_in(rest)):
        return None
    if word in _CLAIMED and (
        (re.match(r"\s+\w", rest) and not _GOES_ON.match(rest)) or re.match(r"\s*[:=]\s*\w", rest)
    ):
        return None
    if word in ("no", "none") and (_NO_PHRASE.match(rest) or _NO_DOUBT.match(rest)):
        return _phrase(text)
    return _is_yes(word)


def _phrase(text: str) -> bool | None:
    """A set phrase that stands alone, one digit."""
    prefix = _PREFIX.match(text)
    body = text[prefix.end() :] if prefix else text
    digit = re.fullmatch(r"[\W_]*([01])[\W_]*", text)
    if digit is not None:
        return digit[1] == "1"
    for candidate in (text, body):
        match = _PHRASES.match(candidate.strip(" \"'(*"))
        if match is None:
            continue
        if _NONE_LEFT.fullmatch(match["rest"]):
            return match["yes"] is not None
        if _YES_CLAUSE.match(candidate.strip(" \"'(*")) and re.match(r"\s*[.,;:!-]", match["rest"]):
            return True
        if (
            match["no"] is not None
            and re.match(r"\s*(?:[.,;!]|-\s)", match["rest"])
            and not re.match(r"\W+(?:but|except|other|however)\b", match["rest"])
        ):
            return False
    return None


def _is_both(text: str) -> bool:
    lead = _FIRST.match(text)
    return lead is not None and _BOTH_WAYS.match(lead["rest"]) is not None


def _second_says(value: bool, text: str) -> bool:
    """Whether a later sentence is a whole answer of this value: "Yes, there is a change. No, there is no change."."""
    for match in _SECOND.finditer(text):
        if (match["word"] == "yes") == value and not _NO_PHRASE.match(match["rest"]):
            stances = [(s.stance, s.whole) for s in statements_in(match["rest"])]
            if _NONE_LEFT.fullmatch(match["rest"]) or (("change", False) if value else ("same", True)) in stances:
                return True
    return False


def _field(text: str) -> bool | None:
    fields = [
        (match["key"], (_NEGATIVE_KEY.search(match["key"]) is not None) ^ _is_yes(match["value"]))
        for match in _FIELD.finditer(text)
    ]
    for chosen in (fields, [field for field in fields if _MAIN_KEY.search(field[0])]):
        if len({value for _, value in chosen}) == 1:
            return chosen[0][1]
    return None


def _leaning(text: str) -> bool | None:
    values = {match["yes"] is not None for match in _LEANING.finditer(text)}
    return values.pop() if len(values) == 1 else None


def _last(text: str) -> bool | None:
    tail = text[-200:]
    if len({match[1] in ("yes", "true", "changed") for match in _OF_EACH.finditer(text)}) == 2:
        return None  # "the roads: yes. the buildings: no."
    if len(_ITEM_LINE.findall(text[-2000:])) > 1 and _ITEM_LINE.fullmatch(text.strip().rpartition("\n")[2]):
        return None  # "top-left: one house; bottom: no change"
    last = _LAST.search(tail)
    if last is None or _EITHER.search(tail[: last.start(1)]):
        return None
    return _is_yes(last[1])


def _is_yes(value: str) -> bool:
    return value == "1" or _YES_WORD.fullmatch(value) is not None
