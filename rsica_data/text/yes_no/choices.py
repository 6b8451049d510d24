"""Which one of several options a reply chooses.

Works on a text in which the options are marked ``‹O1›``: classes, sides, cells, sizes are all read alike. The
rules:

- Asides in parentheses, questions and the list of options that a reply repeats ("of roads and buildings, ...") are no
  answer.
- "The former", "the latter" and "the other half" are the options that they stand for.
- What loses a comparison ("than roads", "outnumbered by", "rather than") and what is denied ("not", "neither",
  "isn't") is out; of two options that share a whole, the one that is denied or hardly changed makes the other the
  answer.
- Within a sentence the clause with a word of the asked quality ("most", "larger", "the bulk") is chosen before the
  others, the clause with its opposite ("a strip of", "only one") comes last.
- Of the sentences, a conclusion counts first, then one that is hardly more than an option ("The left half."), then
  those with a word of the asked quality, where they agree. Where nothing decides between two options, none is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.text.mentions import mark_classes
from rsica_data.text.normalized.cleaning import conclusion
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yaml_files import packaged_yaml

OPTION = re.compile(r"‹O(\d+)›")
"""A marked option."""
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;|\s-\s")
_O = r"‹O\d+›"
_LIST = (
    r"(?:(?:the|a|an|any|changed|new|on|in|at|of|former|old|those|ones?|half|halves|one|side|part|cell|more|"
    rf"larger|bigger)\s+){{0,4}}{_O}(?:s\b)?(?:(?:\s*(?:,|and|or|nor|/|&)\s*){{1,3}}(?:(?:the|in|a|"
    rf"on)\s+){{0,2}}{_O})*"
)
_LESS = re.compile(
    r"(?<!no )(?<!not )(?<!nothing )\b(?:fewer|less|smaller|lower|lesser|weaker|negligible|tiny|minor|little|"
    rf"small|half (?:as|of what|the (?:area|number|amount|size)))\b(?P<before>[^.;]{{0,120}}?)\b(?:than|"
    r"compared (?:to|with)|as opposed to|in comparison (?:to|with)|relative to|next to|half (?:as (?:much|"
    rf"many)|the area|the number))\s+(?P<winner>[^.;]{{0,80}}?{_O})|"
    rf"(?:\b(?:none|no|neither)\b[^.;]{{0,60}}\bas (?:large|big|many|much|wide|extensive) as|\b(?:nothing|"
    rf"none)\b[^.;‹]{{0,40}}\b(?:larger|bigger|greater) than)\s+(?P<winner_as>[^.;‹]{{0,40}}{_O})|(?:\bnot\b|"
    rf"n't\b)[^.;‹]{{0,40}}\b(?:more|larger|bigger|greater|exceed|as (?:much|many|large|"
    rf"big))\b[^.;]{{0,80}}?\b(?:than|as)?\s+(?P<winner_too>[^.;‹]{{0,40}}{_O})"
)
_PASSIVE = re.compile(
    rf"(?P<loser>{_O})(?P<mid>[^.;‹]{{0,60}}\b(?:outnumbered|exceeded|surpassed|dwarfed|overtaken|outweighed|"
    r"beaten)\s+by\b)"
)
_ACTIVE = re.compile(
    r"(\b(?:outnumber|exceed|surpass|outweigh|dwarf|overtake|outstrip|beat|outdo|outrank|edge out|edges out|"
    rf"edged out)(?:s|ed)?\b(?! by\b)[^.;,‹]{{0,60}}){_LIST}"
)
_LOSERS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bneither\b[^.;:‹]{{0,60}}{_LIST}(?:\s*,?\s*nor\b[^.;:‹]{{0,40}}?{_LIST}){{0,6}}",
        r"(?:\bnot\b|n't\b|\bno\b(?! (?:doubt|question|more ‹))|\bnever\b|\bnor\b|\brather than\b|\binstead of\b|"
        r"\bas opposed to\b|\bcompared (?:to|with)\b|\bversus\b|\bvs\.?|\bin contrast to\b|\bunlike\b|"
        r"\bthan\b|\bat the expense of\b|\bahead of\b|\bfollowed by\b|\bbesides\b|\bapart from\b|\bin addition"
        r" to\b|\bdespite\b|\bin spite of\b|\bmore so than\b|\bnowhere near\b|\banything but\b|"
        r"\bover(?= the ‹| ‹)|\bopposite (?:of|to)\b|\bfar"
        r" from\b|(?<!half )(?<!half as )\b(?:twice|double|triple|times) (?:the|as|that|those)\b)"
        rf"(?:\s+(?!but\b|only\b|favou?r\b|so\b|hence\b)(?:[\w'-]+)){{0,5}}?\s+{_LIST}",
        r"\b(?:with|and|plus)\s+(?:only\s+)?(?:a|some|the)?\s*(?:small(?:er)?|minor|few|little|rest|remainder|"
        r"remaining|bit|narrow|lesser)\b[^.;]{0,200}",
        rf"\b(?:although|though|while|whereas|even though|whilst|even if)\b[^.;,]{{0,120}}{_O}[^.;,]{{0,120}}(?:,|$)",
        rf"\b(?:where|on which|in which|when|before|after)\s+(?:\w+\s+){{0,3}}?{_O}\s+(?:\w+\s+){{0,2}}(?:stood|"
        r"stand|stands|grew|were|was|are|is|lay|lie|lies|used to|appeared|have|has)\b",
        rf"\b(?:next|runner-up|third)\b\W{{0,3}}:?\s*{_O}[^.;\n]{{0,200}}",
        rf"{_O}(?=[^.;,‹]{{0,80}}\b(?:isn't|is not|are not|aren't|wasn't|was not|were not|weren't|did not|didn't|do"
        r" not|don't|does not|doesn't|has not|have not|haven't|hasn't|unchanged|unaffected|untouched|intact|"
        r"stayed|remained|come second|comes second|less|fewer|hardly|barely|only (?:a|one|a few|1)|(?:the|exactly"
        r" the|much the) same|as (?:it|they) w(?:as|ere)))\b",
    )
)  # fmt: skip
_FIELD = re.compile(
    rf"(?:^|\||\n)\s*(?:[\w -]{{0,30}}\b)?(?:answer|class|category|larger|largest|bigger|winner|most|mostly|"
    r"more|value|result|nearest|closest|nearest object|choice|option|selected|direction|relation|position|"
    r"side|half|size|spread|distribution|pattern|dominant|major|majority|cell|location|date|when|after|now|"
    r"became|becomes|replaced by|before|was|previous|previously|greater|gained|lost|increase|"
    rf"decrease)(?:\b[\w -]{{0,20}})?\s*[:=]\s*[\"']?(?:the |mostly |mainly )?(?P<value>{_O})\W*(?=$|\||\n)"
)
_ALTERNATIVES = re.compile(
    r"\b(?:between|of|among|comparing|compare|whether|either|out of|when comparing|from|if)\s+(?:the )?(?:two"
    rf" |both |changed |new )?[^.;:‹]{{0,30}}{_O}(?:(?!\b(?:was|were|is|are|that|which|has|have|"
    rf"became)\b)[^.;:‹,]){{0,30}}(?:,?\s*(?:and|or|versus|vs\.?|"
    rf"with)\b[^.;:‹,]{{0,30}}{_O}[^.;:‹,]{{0,24}},|\s*\bor\b[^.;:‹]{{0,30}}{_O}[^.;‹]{{0,60}})"
)
_JOINED = re.compile(rf"({_O})\s{{0,3}}(?:,? and|,? or|&)\s{{1,3}}(?:the )?(?={_O})")
_TIMES = re.compile(
    rf"\b(?:twice|double|times) as (?:many|much|large|big|extensive)\b(?P<winner>[^.;‹]{{0,60}}{_O}[^.;‹]{{0,30}}?)"
    rf"\bas\b[^.;‹]{{0,30}}{_O}"
)
_ASKED = re.compile(r"[^.!?\n]{0,400}\?")
_REASON = re.compile(
    r",?\s*\b(?:because|since|given(?: that)?|due to|as there|as the|considering|even though|although|though|"
    r"seeing that|despite)\b"
)
_SEGMENT = re.compile(
    r"[,:|]|\bbut\b|\bwhile\b|\bwhereas\b|\bwith\b|\balthough\b|\bthough\b|\band\b|\bhowever\b|\byet\b|"
    r"\bagainst\b|\bto (?=only|just|a mere)"
)
_POINTER = re.compile(
    r"\bthe (?P<word>former|latter|other)(?: (?:half|side|one|part|class|two|option))?\b(?=\W*(?:$|[.,;)\n]|"
    r"has\b|have\b|is\b|are\b|did\b|was\b|were\b|do(?:es)?\b|chang|cover|saw|show|see|by\b|wins?\b|lost\b|"
    r"gained\b|more\b|clearly\b|half\b))"
)
_ORDINAL = re.compile(
    r"\bthe (?P<word>first|second)(?: one| class| option)?\b(?=\W*(?:wins?|leads?|dominates?|prevails?|(?:is|"
    r"are) (?:\w+ )?(?:larger|bigger|more|greater|ahead)|(?:has|have|covers?|changed) (?:\w+ )?(?:more|most)))"
)


_APPOSITION = re.compile(r",\s*an?\s[^,.;‹]{2,30},\s*(?=(?:is|are|was|were|lies|stands|sits)\b)")
_BESIDE = re.compile(
    r"\b(?:past|along|near|beside|around|behind|through|across|opposite|serving|leading to|leads to|"
    r"connect(?:s|ing)(?: to)?)\s+"
    rf"(?:[\w-]+\s+){{0,3}}{_O}"
)
_SECOND = re.compile(
    rf"{_O}\s+(?:only )?(?:comes?|came|ranks?|finish(?:es)?|is|are) (?:in )?(?:second|last|behind|outnumbered)\b"
)
_MOST = re.compile(r"\b(?:most|largest|biggest|greatest|main|majority|bulk|clearly|by far)\b")
_SIGN = re.compile(rf"(?P<left>{_O}[^‹\n.;,]{{0,30}}?)\s*(?P<sign>[<>])=?\s*(?P<right>[^‹\n.;,]{{0,20}}{_O})")


@dataclass(frozen=True)
class Asked:
    """What the question asks for.

    Attributes:
        options: the options in the question's order; () where they are not of a fixed number.
        more, less: names of the word lists (``words/choices.yaml``) of the asked quality and of its opposite.
        share: the options share a whole (two halves), so that what one has not, the other has.
        strict: an option that is named with words of the opposite alone is not chosen.
    """

    options: tuple[int, ...] = ()
    more: str = "more"
    less: str = "less"
    share: bool = False
    strict: bool = False


def mark_options(text: str, words: Mapping[int, Sequence[str]]) -> str:
    """A lower-case text with the options' words (regular expressions) marked, longest first."""
    pattern, numbers = _pattern(tuple((number, tuple(forms)) for number, forms in words.items()))

    def replace(match: re.Match[str]) -> str:
        return f"‹O{next(numbers[name] for name, value in match.groupdict().items() if value is not None)}›"

    return pattern.sub(replace, text)


@lru_cache(maxsize=256)
def _pattern(words: tuple[tuple[int, tuple[str, ...]], ...]) -> tuple[re.Pattern[str], dict[str, int]]:
    every = sorted(((form, number) for number, forms in words for form in forms), key=lambda entry: -len(entry[0]))
    numbers = {f"o{place}": number for place, (_, number) in enumerate(every)}
    body = "|".join(f"(?P<o{place}>{form})" for place, (form, _) in enumerate(every))
    return re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])"), numbers


def mark_class_options(text: str, names: Sequence[str]) -> str:
    """A lower-case text with the classes that it names marked as options."""
    return re.sub(r"‹C(\d+)[spg]›", r"‹O\1›", mark_classes(text, names))


def options_in(text: str, without: frozenset[int] = frozenset()) -> list[int]:
    """Options marked in a text, in order, each once."""
    return [number for number in dict.fromkeys(map(int, OPTION.findall(text))) if number not in without]


def choose(marked: str, without: frozenset[int] = frozenset(), asked: Asked | None = None) -> int | None:
    """The option that a marked text chooses; None where it names none, or several between which nothing decides.

    >>> choose("the ‹O0› half has seen less change than the ‹O1› one")
    1
    >>> choose("not ‹O0› but ‹O1›")
    1
    >>> choose("some ‹O0› and some ‹O1›") is None
    True
    """
    asked = asked or Asked()
    text = _pointed(_without_asides(marked.replace("i.e. ", "namely ")), asked)
    text = _SIGN.sub(
        lambda match: match["left"] + (" more than " if match["sign"] == ">" else " less than ") + match["right"], text
    )
    options = options_in(text, without)
    if asked.share and len(options) == len(asked.options) - 1 > 1:
        # Of three sizes two are denied: the third.
        rest = [number for number in asked.options if number not in options]
        if not OPTION.search(_LOSERS[0].sub(" ", text)):
            return rest[0]
    if len(options) == 1:
        return _lone(text, options[0], asked)
    if not options:
        return None
    fields = {int(match["value"][2:-1]) for match in _FIELD.finditer(text)} - without
    if len(fields) == 1:
        return fields.pop()
    return _of_sentences(text, without, asked)


def _main(sentence: str) -> str:
    """A sentence without the reason that it gives, where something is chosen without it."""
    main = _REASON.split(sentence, maxsplit=1)[0]
    return main if OPTION.search(main) else sentence


def _of_sentences(text: str, without: frozenset[int], asked: Asked) -> int | None:
    parts = SENTENCE.split(text)
    sentences = [_main(part) for part in parts if OPTION.search(part)]
    corrected = _corrected(parts)
    tail = conclusion(text)
    if tail is not None and (chosen := _decide(tail, without, asked)) is not None:
        return chosen
    if corrected and (chosen := _decide(sentences[corrected[-1]], without, asked)) is not None:
        return chosen
    decided = [(part, _decide(part, without, asked)) for part in sentences]
    concluded = [n for part, n in decided if n is not None and word_pattern("choices.conclusion").search(part)]
    if concluded:
        return concluded[-1]
    if (
        decided[0][1] is not None
        and _is_bare(sentences[0])
        and not _is_little(sentences[0])
        and not word_pattern(f"choices.{asked.less}").search(sentences[0])
    ):
        return decided[0][1]
    strong = {n for part, n in decided if n is not None and word_pattern(f"choices.{asked.more}").search(part)}
    if len(strong) > 1:
        # "gained the most" before "increased slightly".
        strong = {n for part, n in decided if n is not None and _MOST.search(part)} or strong
    if len(strong) == 1:
        return strong.pop()
    whole = _decide(text, without, asked)
    if whole is not None or strong:
        return whole
    # Nothing compares, concludes or stands alone: which of them is chosen is not said.
    return None


def _corrected(parts: Sequence[str]) -> list[int]:
    """Which of the sentences that name an option correct an earlier one, or follow a sentence that takes it back."""
    corrected, number, taken_back = [], 0, False
    for part in parts:
        marked = word_pattern("choices.correction").search(part) is not None
        if OPTION.search(part) is None:
            taken_back |= marked and number > 0
            continue
        if number and (marked or taken_back):
            corrected.append(number)
        number, taken_back = number + 1, False
    return corrected


def _lone(text: str, option: int, asked: Asked) -> int | None:
    """The only option that a text names, unless it is denied; then the other one of two that share a whole."""
    if len(asked.options) == 2 and _SECOND.search(text):
        return next(number for number in asked.options if number != option) if option in asked.options else None
    parts = [part for part in SENTENCE.split(text) if OPTION.search(part)]
    denied = all(_is_denied(part, asked) for part in parts)
    if not denied:
        return option
    others = [number for number in asked.options if number != option]
    return others[0] if asked.share and len(others) == 1 else None


def _is_denied(part: str, asked: Asked) -> bool:
    kept = part
    for pattern in _LOSERS[:2]:
        kept = pattern.sub(" ", kept)
    if not OPTION.search(kept):
        return True
    if re.search(rf"{_O}[^.;‹]{{0,60}}\b(?:is|are|was|were)(?: not|n't)\b", part):
        return True
    less = word_pattern(f"choices.{asked.less}").search(part) is not None
    more = word_pattern(f"choices.{asked.more}").search(part) is not None
    return (asked.strict or asked.share) and less and not more


def _is_little(sentence: str) -> bool:
    """Whether what follows an option takes it back: "farmland: no change"."""
    rest = sentence.partition(":")[2]
    return rest != "" and word_pattern("choices.less").search(rest) is not None


def _is_bare(sentence: str) -> bool:
    """Whether a sentence is hardly more than an option: "It is the left half", "Buildings: ..."."""
    head = re.split(r"[:,(]", sentence, maxsplit=1)[0] if OPTION.search(re.split(r"[:,(]", sentence)[0]) else sentence
    words = re.findall(r"[a-z][a-z'.]*[a-z]|[a-z]", OPTION.sub(" ", head))
    return len(words) <= 12 and all(word in _filler() for word in words)


def _without_asides(marked: str) -> str:
    text = re.sub(
        r"\((?=[^()]*‹)[^()]*\)",
        lambda match: match[0] if re.fullmatch(rf"\(?\W{{0,6}}{_O}\W{{0,6}}\)?", match[0]) else " ",
        marked,
    )
    lone = re.sub(rf"\(\W{{0,6}}{_O}\W{{0,6}}\)", " ", text)
    text = lone if OPTION.search(lone) else text
    text = _APPOSITION.sub(" ", text)
    beside = _BESIDE.sub(" ", text)
    text = beside if len(options_in(beside)) == 1 else text
    for pattern in (_ASKED, _ALTERNATIVES) if "?" in text else (_ALTERNATIVES,):
        without = pattern.sub(" ", text)
        if OPTION.search(without) or _POINTER.search(without) or _ORDINAL.search(without):
            text = without
    return text


def _pointed(text: str, asked: Asked) -> str:
    """Put for "the latter", "the other half" and "the first one" the options that they stand for."""
    if not (_POINTER.search(text) or _ORDINAL.search(text)):
        return text

    def replace(match: re.Match[str]) -> str:
        before = list(map(int, OPTION.findall(match.string[: match.start()])))
        named = list(dict.fromkeys(reversed(before)))[:2][::-1]
        order = named if len(named) == 2 else list(asked.options)
        if match["word"] == "other":
            if not before or len(asked.options) != 2:
                return match[0]
            return next((f"‹O{number}›" for number in asked.options if number != before[-1]), match[0])
        if len(order) != 2:
            return match[0]
        return f"‹O{order[0 if match['word'] in ('former', 'first') else 1]}›"

    return _ORDINAL.sub(replace, _POINTER.sub(replace, text))


def _decide(text: str, without: frozenset[int], asked: Asked) -> int | None:
    less = _LESS.search(text)
    if less is not None and asked.less == "less":
        winner = OPTION.findall(less["winner"] or less["winner_too"] or less["winner_as"])
        if winner:
            return int(winner[-1]) if int(winner[-1]) not in without else None
    text = _TIMES.sub(r"\g<winner>", _JOINED.sub(r"\1 & ", text))
    text = _ACTIVE.sub(r"\1", _PASSIVE.sub(lambda match: match["mid"], text))
    for pattern in _LOSERS:
        text = pattern.sub(" ", text)
    options = options_in(text, without)
    if len(options) < 2:
        return options[0] if options else None
    segments = [(options_in(part, without), part) for part in _SEGMENT.split(text)]
    segments = [(named, part) for named, part in segments if named]
    more, less_words = word_pattern(f"choices.{asked.more}"), word_pattern(f"choices.{asked.less}")
    cued = [named for named, part in segments if more.search(part)]
    kept = [named for named, part in segments if not less_words.search(part)]
    both = [named for named, part in segments if more.search(part) and not less_words.search(part)]
    for chosen in (both, cued, kept):
        distinct = {number for named in chosen for number in named}
        if len(distinct) == 1:
            return distinct.pop()
    return None


@lru_cache(maxsize=1)
def _filler() -> frozenset[str]:
    return frozenset(packaged_yaml("rsica_data.text", "words/choices.yaml")["filler"])
