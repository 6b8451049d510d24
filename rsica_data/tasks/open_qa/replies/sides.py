"""Replies that choose one of a fixed list of options: a half, a size, a direction, a date, a distribution.

The options may be called by their letter in the question's order, "(b)". Numbers for all options decide where no
words do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rsica_data.schema import ParseContext, Unparsed
from rsica_data.tasks.open_qa.replies.amounts import agreed, amounts_of, by_unit, extreme, only_one
from rsica_data.tasks.open_qa.replies.classes import has_verdict
from rsica_data.tasks.open_qa.replies.common import cannot_tell, option_words, sentences
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.amounts.shares import percent_in
from rsica_data.text.letters import lone_letter
from rsica_data.text.mentions import CLASS, mark_classes, mentions
from rsica_data.text.positions.places import PLACE, mark_places
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.choices import Asked, choose, mark_options, options_in
from rsica_data.text.yes_no.stance import plain, read_change

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
_CONCLUSION = re.compile(r",?\s*\b(?:so|hence|thus|therefore|i\.e\.|meaning(?: that)?|that is|in other words)\b,?\s*")
_SIZES = re.compile(
    r"\b(?:small|medium|large)\s*\((?:under|below|less|over|up|<|>|1|5|above|more)[^()]{0,40}\),?(?: (?:small|"
    r"medium|large)\b[^.\n]{0,80}\bor large)?"
)
_OF_OLD = re.compile(r"^\W*(?:while |whereas )?(?:the |its )?(?:old|older|existing|original|unchanged)\b")
_OF_NEW = re.compile(r"\b(?:new|newly|chang\w*|added|built)\b")
_BOTH = re.compile(
    r"\b(?:a bit of both|both (?:at once|things|of these)|neither (?:concentrated|scattered)|somewhere in"
    r" between|in between|a mix(?:ture)? of|partly .{1,40}\bpartly|equally|"
    r"(?:to )?(?:the same|about the same|a similar|an equal) (?:degree|extent|amount|number)|(?:both|the two)"
    r" halves\b.{0,40}\b(?:equal|same|similar)|in every direction|on all sides|all around|in all directions|no"
    r" clear (?:side|direction|pattern)|evenly (?:on|between|over) both|(?:several|multiple|many|two|three|"
    r"four|various|a few|different) (?:\w+ )?(?:clusters|groups|concentrations))\b"
)

_EQUALLY = re.compile(
    r"^\W*equal\b|\b(?:halves|half|sides|both|top and bottom|left and right)\b[^.]*\bequal(?:ly)?\W*$|"
    r"\b(?:halves|half|sides|both|top and bottom|left and right)\b[^.]*\bchanged equally\b"
)
_UNEQUAL = re.compile(
    r"\b(?:not|n't|un|rather than)\s?equal|\b(?:is|was|has) (?:slightly |a bit )?(?:ahead|larger|greater)\b|"
    r"\bmore\b(?! than the other)"
)


def read_choice(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """One of the kind's options."""
    name = context.question.kind
    answer = _of_changed(answer)
    text = plain(answer)
    place = lone_letter(text, len(kind.options)) if len(text) < 40 else None
    # A lone "s", "m", "l" or "b" may also be the short form of an option.
    if name == "largest_size" and text.strip(" .()") in ("s", "m", "l"):
        return kind.options["sml".index(text.strip(" .()"))]
    if place is not None:
        return kind.options[place]
    if name == "relative_position":
        return _read_relative(answer, text, kind, context)
    if name == "cover_more":
        return _read_cover_more(answer, text, kind, context)
    if name == "largest_size":
        return _read_size(answer, text, kind)
    if kind.ties and _EQUALLY.search(text) and not _UNEQUAL.search(text):
        return "equal"
    if _BOTH.search(text):
        return cannot_tell(answer, "no single one of the options")
    marked = _marked(text, kind, name)
    number = _by_numbers(answer, kind, name) if kind.ties and not has_verdict(marked) else None
    if number is None:
        number = choose(marked, asked=_asked(kind, name))
    if number is None and kind.ties:
        number = _by_numbers(answer, kind, name)
    if number is None and name == "spread" and _in_one_place(text):
        number = kind.options.index("concentrated")
    return _option(number, answer, kind)


def _of_changed(answer: str) -> str:
    """A reply without the clauses on what was there before, where others tell of what is new."""
    parts = re.split(r"(?<=[.;])\s+", answer)
    old = [part for part in parts if _OF_OLD.search(part.lower()) and not _OF_NEW.search(part.lower())]
    if not old or not any(_OF_NEW.search(part.lower()) for part in parts):
        return answer
    return " ".join(part for part in parts if part not in old)


def _option(number: int | None, answer: str, kind: Kind) -> str | Unparsed:
    return kind.options[number] if number is not None else cannot_tell(answer, "no single one of the options")


def _in_one_place(text: str) -> bool:
    """Whether a reply puts all into one place: "all of them are in the lower left corner"."""
    places = PLACE.findall(mark_places(text))
    return len(places) == 1 and re.search(r"\b(?:all|every|each|entirely|exclusively|only)\b", text) is not None


def _asked(kind: Kind, name: str) -> Asked:
    shares = kind.ties or name in ("spread", "cover_more")
    return Asked(tuple(range(len(kind.options))), share=shares, less="less" if kind.ties else "opposed")


def _marked(text: str, kind: Kind, name: str) -> str:
    text = _without_question(text)
    if name == "top_or_bottom":
        text = re.sub(r"\babove\b", "top", re.sub(r"\bbelow\b", "bottom", text))
    if name == "growth_direction":
        text = re.sub(
            r"\b(?:from|seen from|relative to|of) the (?:image |scene )?(?:cent(?:er|re)|middle)\b", " ", text
        )
        text = re.sub(r"\babove\b", "top", re.sub(r"\bbelow\b", "bottom", text))
        text = re.sub(r"\b(north|south)[ -](north|south)", r"\2", re.sub(r"\b(\w+)most\b", r"\1", text))
    if name == "spread" and re.search(r"\bspread\b[^.]{0,80}\b(?:concentrated|clustered|confined)", text):
        text = text.replace("spread", " ")
    if name == "spread":
        text = re.sub(
            r"\b(?:not|n't) (?:all |really )?(?:in one (?:place|spot)|together|confined)\b", "scattered", text
        )
    return mark_options(text, {number: option_words(option) for number, option in enumerate(kind.options)})


def _without_question(text: str) -> str:
    """A text without the alternatives of the question that it repeats."""
    without = re.sub(r"\b(?:either|whether)\b[^.;\n]{0,80}\bor\b[^.;\n]{0,80}", " ", text)
    return without if without.strip(" .") else text


def _by_numbers(answer: str, kind: Kind, name: str) -> int | None:
    amounts = amounts_of(answer, lambda text: _marked(text, kind, name))
    if len(amounts) < len(kind.options):
        return None
    if (alone := only_one(amounts)) is not None:
        return alone
    return agreed([extreme(table) for table in by_unit({n: {**a.changes(), **a.plain} for n, a in amounts.items()})])


def _read_size(answer: str, text: str, kind: Kind) -> str | Unparsed:
    """A size class by its name, else by the share of the image that the reply gives."""
    text = words_to_digits(text)
    plain_text = re.sub(r"\b(?:the )?(?:largest|biggest)\b", " ", text)
    plain_text = _SIZES.sub(
        lambda m: m[0] if re.match(r"\b(?:small|medium|large)\s*\([^()]{0,40}\)\W*$", m.string[m.start() :]) else " ",
        plain_text,
    )
    words = {number: option_words(option) for number, option in enumerate(kind.options)}
    number = choose(mark_options(plain_text, words), asked=Asked((0, 1, 2), less="opposed", share=True))
    if number is not None and not (
        number == 2 and re.search(r"\b(?:how|as|so) large\b|\blarge (?:area|part|image|scene)\b", plain_text)
    ):
        return kind.options[number]
    share = percent_in(
        re.sub(
            r"\b[15] ?% ?(?:<=?|≤|and|-|to)\s*(?=\d)|(?:<=?|≤|>=?|≥|under|below|over|above|than|threshold of|limit"
            r" of)\s*[15](?:\.0)? ?(?:%|percent)|\b(?:the )?[15] ?(?:%|percent) (?:threshold|limit|mark|line)",
            " ",
            plain_text,
        )
    )
    if share is None and (
        bound := re.search(
            r"\b(under|below|less than|over|above|more than|exceeds?)\s*(?:about )?([15])(?:\.0)? ?(?:%|percent)",
            plain_text,
        )
    ):
        low = bound[1] in ("under", "below", "less than")
        share = {("1", True): 0.5, ("5", False): 6.0}.get((bound[2], low))
    if share is not None and re.search(r"%|percent|per cent", text):
        return "small" if share < 1 else "medium" if share < 5 else "large"
    return cannot_tell(answer, "no single one of the options")


def _read_cover_more(answer: str, text: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """The date with the more of a class: told outright, by a comparison, by its growth, or by numbers."""
    words = {number: option_words(option) for number, option in enumerate(kind.options)}
    amounts = amounts_of(answer, lambda t: mark_options(t, words))
    values = {n: a.plain | dict(a.before) | dict(a.after) for n, a in amounts.items()}
    tables = by_unit(values)
    if tables and (number := agreed([extreme(table) for table in tables])) is not None:
        return kind.options[number]
    cls = context.question.args.get("cls", "")
    names = tuple(dict.fromkeys((*context.classes, cls)))
    pair = _pair_of(text, cls, names)
    if pair is not None:
        return _option(None if pair[0] == pair[1] else int(pair[1] > pair[0]), answer, kind)
    if re.search(
        r"\b(?:no (?:real )?difference|the same|unchanged|equal(?:ly)?|identical|no change)\b", text
    ) and not re.search(r"\bmore\b|\bless\b", text):
        return cannot_tell(answer, "no single one of the options")
    marked = mark_options(_without_question(text), words)
    trend = _trend(text, cls, names)
    if trend is not None and not re.search(
        r"^\W*(?:in |on |the |it |is |was |answer|:|\s){0,6}‹O|\b(?:more|less|most|larger|smaller|fewer|greater|"
        r"higher|lower)\b",
        marked,
    ):
        return kind.options[trend]
    lesser = [
        part
        for part in re.split(r"[.;\n]", marked)
        if re.search(r"\b(?:less|fewer|smaller|lower)\b", part) and not re.search(r"\bthan\b", part)
    ]
    if len(lesser) == 1 and len(only := options_in(lesser[0])) == 1:
        return kind.options[1 - only[0]]
    number = choose(marked, asked=Asked((0, 1)))
    if number is None and trend is not None:
        number = trend
    return _option(number, answer, kind)


def _pair_of(text: str, cls: str, names: tuple[str, ...]) -> tuple[float, float] | None:
    pattern = re.compile(
        r"(\d[\d.]{0,8})\s*(?:%|percent|m2|ha)?\s*(?:→|\bto\b)\s*(?:about |around |only |roughly )?(\d[\d.]{0,8})"
    )
    parts = [part for part in re.split(r"[\n;]|,(?!\d)|(?<=[.!?])\s", text) if pattern.search(part)]
    own = [part for part in parts if any(m.name == cls for m in mentions(part, names))] or (
        parts if len(parts) == 1 else []
    )
    match = pattern.search(own[0]) if own else None
    if match is None or ("." in (match[1][-1], match[2][-1]) and match[1][-1] == "."):
        return None
    try:
        return float(match[1]), float(match[2].rstrip("."))
    except ValueError:
        return None


def _trend(text: str, cls: str, names: tuple[str, ...]) -> int | None:
    """1 where a reply says that a class has grown, 0 where it has shrunk."""
    directions: set[int] = set()
    for sentence in sentences(text):
        for part in re.split(r"[,:]|\bbut\b|\bwhile\b|\bwhereas\b|\band\b", sentence):
            named = {mention.name for mention in mentions(part, names)}
            if named and cls not in named:
                continue
            gained, lost = (word_pattern(f"choices.{key}").search(part) is not None for key in ("gained", "lost"))
            if (
                gained != lost
                and (cls in named or not directions)
                and not re.search(r"\bnot\b|n't\b|\bno\b|\bnothing\b|\bnone\b", part)
            ):
                directions.add(int(gained))
    return directions.pop() if len(directions) == 1 else None


def _read_relative(answer: str, text: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """Left, right, above or below; turned round where the reply says where b lies seen from a."""
    if read_change(answer) is False and not re.search(
        r"\b(?:left|right|above|below|north|south|east|west|top|bottom)\b", text
    ):
        return cannot_tell(answer, "no single one of the options")
    a, b = (str(context.question.args[key]) for key in ("a", "b"))
    words = {n: option_words(option) for n, option in enumerate(kind.options)}
    marked = mark_options(mark_classes(text, (a, b)), words)
    whole = re.sub(r"(?<=[a-z])-(?:center|middle)|\b(?:center|middle)-(?=‹)", " ", marked)
    parts = list(sentences(whole))
    concluded = [part for part in parts if word_pattern("choices.conclusion").search(part)]
    last = [piece for part in concluded for piece in _CONCLUSION.split(part)[-1:] if "‹O" in piece]
    for sentence in [*reversed(last), *reversed(concluded), *parts, whole]:
        option = _relative_in(sentence, kind)
        if option is not None:
            return option
    return cannot_tell(answer, "no single one of the options")


def _relative_in(sentence: str, kind: Kind) -> str | None:
    number = choose(re.sub(r"‹C\d[spg]›", "#", sentence), asked=Asked(less="opposed"))
    if number is None:
        return None
    place = sentence.index(f"‹O{number}›")
    if number not in options_in(sentence):
        return None
    subject = CLASS.findall(sentence[:place])
    target = CLASS.findall(re.split(r"[,;]|\band\b|\bso\b", sentence[place:])[0])
    option = kind.options[number]
    owner = re.search(r"‹C(\d)[spg]›'s?\s+(?:\w+ )?$", sentence[:place])
    if owner is not None:
        # "On the building's right side": seen from the building.
        return _OPPOSITE[option] if owner[1] == "0" else option
    inside = re.search(r"‹C(\d)[spg]› in (?:[a-z ]{0,40})‹C(\d)[spg]›[^‹]*$", sentence[:place])
    if inside and inside[1] != inside[2]:
        return _OPPOSITE[option] if inside[1] == "1" else option
    seen_from = re.match(
        r"\W*(?:(?:as )?(?:seen |viewed |looking |starting )?from|relative to|with respect to|compared (?:to|"
        r"with)|in relation to) (?:the )?(?:\w+ ){0,3}‹C(\d)",
        sentence,
    )
    turned = bool(
        (target and target[0][0] == "0")
        or (subject and subject[-1][0] == "1" and not target)
        or (subject and not target and subject[0][0] == "1" and not seen_from)
    )
    if target and target[0][0] == "1":
        turned = False
    if seen_from and subject:
        turned = seen_from[1] == "0"
    return _OPPOSITE[option] if turned else option
