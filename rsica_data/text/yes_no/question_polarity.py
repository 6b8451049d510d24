"""Whether a yes-or-no question about change asks the other way round: "Is the scene unchanged?"."""

from __future__ import annotations

import re

_SAME = re.compile(
    r"\b(?:unchanged|unaltered|identical|(?:the|in the|look the|stay\w* the|remain\w* the) same|same state|"
    r"no (?:[\w-]+ ){0,3}(?:changed?|changes|differences?)|nothing (?:at all )?(?:has |have |was )?chang\w+|"
    r"without (?:any )?changes?|(?:stay|remain)\w* (?:as|intact|like)|"
    r"no (?:\w+ )?(?:and no (?:\w+ )?)?(?:was|were|has been|have been|is|are|has|have) (?:changed|built|removed|"
    r"altered|affected|modified|touched|different|new|added|demolished))\b"
)
_ASKED = re.compile(
    r"^\W*(?:is|are|was|were|has|have|do|does|did|true or false|is it true|is it correct|can one say|would you say)\b"
)
_CHOICE = re.compile(
    r"\bor\b(?! false\b)|/|\b(?:answer|reply|respond|say|write|output|return|choose|label)\b|[(\[]?\b[ab][).:]"
)
_ANSWERS = frozenset(
    ["changed", "unchanged", "not", "same", "different", "yes", "no", "is", "are", "did", "has", "have", "was", "true"]
)
_YES_OR_NO = re.compile(r"\b(?:yes|true)\b\W{0,4}(?:or|/|,)?\W{0,4}\b(?:no|not|false)\b|['\"(]no['\")]")
_DENIES = re.compile(
    r"\b(?:no|not|nothing|none|neither|nor|never|same|unchanged|unaltered|untouched|unaffected|identical|intact|alike|"
    r"equal|stay\w*|stable|remain\w*|kept|without|un\w+ed)\b|n't\b|\bas (?:it|they|before)\b"
)
_SENTENCE = re.compile(r"(?<=[?.!])\s+|\n+")
_CLASSES_JOINED = re.compile(r"\b(\w+) or (\w+)\b")


def asks_for_sameness(prompt: str) -> bool:
    """Whether "yes" to a prompt means that nothing changed.

    A prompt that offers both, "changed or unchanged", asks for a word and not for yes; so does one with letters.

    >>> asks_for_sameness("Is the scene unchanged? Yes or no."), asks_for_sameness("Did anything change?")
    (True, False)
    >>> asks_for_sameness("Has the scene changed or is it the same?")
    False
    """
    return any(_asks(sentence) for sentence in _SENTENCE.split(prompt.lower()))


def may_ask_for_sameness(prompt: str) -> bool:
    """Whether a prompt has any word by which "yes" might mean that nothing changed, besides "yes or no".

    >>> may_ask_for_sameness("Is it true that not one roof differs?")
    True
    >>> may_ask_for_sameness("Did anything change? Answer yes or no.")
    False
    """
    return _DENIES.search(_YES_OR_NO.sub(" ", prompt.lower())) is not None


def _asks(sentence: str) -> bool:
    if not _ASKED.search(sentence) or not _SAME.search(sentence):
        return False
    # "Roads or buildings" are two classes; "the same or not" are two answers.
    choices = _CLASSES_JOINED.sub(lambda match: match[0] if {match[1], match[2]} & _ANSWERS else " ", sentence)
    return _CHOICE.search(choices) is None
