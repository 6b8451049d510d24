"""Replies that give a share of the image or an area.

Of several numbers the one counts that is said of what was asked: of the class, of the date, of the change ("97 % is
unchanged, which leaves 3 %"), of the whole rather than of each or of the scene. A lone share of what is unchanged
gives the rest. A stated total or conclusion comes before its parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsica_data.schema import ParseContext, Unparsed
from rsica_data.tasks.open_qa.replies.common import AFTER, BEFORE, NONE, SENTENCE, cannot_tell, headed_lines
from rsica_data.tasks.open_qa.replies.numbers import corrected
from rsica_data.text.amounts.shares import area_m2_in, percent_in
from rsica_data.text.mentions import mentions
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import DOUBT, plain, read_change

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_PART = re.compile(
    r"\||:|,(?!\d)|;|\(|\)|\bbut\b|\bwhile\b|\bwhereas\b|\band\b(?! a half)|\bcompared (?:to|with)\b|\bup"
    r" from\b|\bdown from\b|\bversus\b|\bvs\.?\b|\bagainst\b|\bwhich leaves\b|\bleaving\b|\bwithin\b|\bout"
    r" of\b|\bbased on\b|"
    r"\bfrom\b|(?<![\d.] )\bto (?=(?:about |around |roughly |only |some |just )?\d)|→|=|~(?=\s*\d)|\bat\b(?="
    r" \d)|\bthan\b"
)
_HAS_CHANGED = re.compile(
    r"\b(?:has|have|had|did|is|are|was|were) (?:been )?(?:changed?|new|altered|modified|different)\b"
)
_STILL = re.compile(
    r"\b(?:unchanged|as before|as it was|as they were|stable|same|intact|unaffected|untouched|unaltered|"
    r"remaining|remainder|rest|stay(?:s|ed)?|"
    r"remain(?:s|ed)?|identical|not? chang\w*|(?:hasn't|haven't|has not|have not|did not|didn't|does not|do"
    r" not) chang\w*|constant|static|no change)\b|\b(?:is|are|has|have|did|does|was|were)(?:n't| not)\W*$"
)
_WHOLE = re.compile(r"\b(?:total|in all|overall|altogether|sum|combined|together|all classes|whole change)\b")
_EACH = re.compile(
    r"\b(?:each|apiece|per (?!cent)|averag\w+|every|pixel is|one pixel|half of (?:that|this|it|which)|of"
    r" (?:that|which|those|these)|percentage points?|points|pp|larger|smaller|more than in|fewer|increase|"
    r"decrease|gain(?:ed)?|los[ts]|difference|error|uncertainty|plus or minus|accuracy|confidence|margin|"
    r"sure)\b|±"
)
_SCENE = re.compile(
    r"\b(?:scene|whole image|entire image|image (?:is|has|covers|area|size|measures|spans)|image =|frame"
    r" (?:is|of|covers)|the (?:image|frame|scene|picture) of|picture|tile|full extent|footprint of the image|"
    r"total (?:image|scene) area|image area|image footprint|resolution|gsd|pixel)\b"
)
_DETAIL = re.compile(
    r"\b(?:of which|including|comprising|consisting of|made up of|split (?:in)?to|broken down|up from|down from)\b"
)
_CONCLUDED = re.compile(
    r"(?:\bi\.e\.|=|~|\bso\b|\bthus\b|\bhence\b|\btherefore\b|\bthat is\b|\bor\b|\bfor (?:a )?total\b)"
)


_OF_SHARE = re.compile(
    r"%|percent|per cent|pct|\b(?:shares?|cover\w*|fraction|ratio|proportion|part|half|halves|thirds?|"
    r"quarters?|fifths?|sixths?|"
    r"sevenths?|eighths?|ninths?|tenths?|twentieth|none|nothing|whole|entire|occup\w+|takes? up|area|estimate\w*)\b"
)
_OTHER_UNIT = re.compile(r"\d (?:of the (?:\d|nine) )?(?:grid )?(?:cells|buildings|roads|objects|pixels|m2|houses)\b")


@dataclass(frozen=True)
class Figure:
    """One number of a reply with the words around it.

    Attributes:
        value: in percent or square metres.
        part: the segment that holds it.
        sentence: the sentence, with its headings.
        last: it is the last of its sentence.
    """

    value: float
    part: str
    sentence: str
    last: bool


def figures_of(answer: str, number_in: Callable[[str], float | None], dated: bool = False) -> list[Figure]:
    """The numbers of an answer that ``number_in`` reads from its segments, in order.

    ``dated``: "from 40 to 25 %" tells two dates, and is no range.
    """
    figures: list[Figure] = []
    for line in headed_lines(answer):
        for sentence in SENTENCE.split(line):
            context = ""
            own: list[Figure] = []
            for joint, part in _parts(_without_ranges(sentence, dated)):
                if joint == "(" and own and not re.search(r"\d", part):
                    own[-1] = Figure(own[-1].value, f"{own[-1].part} {part}", sentence, False)
                    continue
                if (
                    dated
                    and NONE.search(part)
                    and (BEFORE.search(part) or AFTER.search(part))
                    and not re.search(r"[1-9]", part)
                ):
                    own.append(Figure(0.0, f"{context} {part} 0 %", sentence, False))
                    context = ""
                    continue
                value = (
                    number_in(part)
                    if re.search(r"\d|\b(?:half|third|quarter|percent|zero|fifth|tenth)\b", part) or _worded(part)
                    else None
                )
                if value is not None:
                    own.append(Figure(value, f"{context} {part}".strip(), sentence, False))
                    context = ""
                else:
                    context = f"{context} {part}".strip()
            if own and context:
                # Words after the last number are said of it.
                own[-1] = Figure(own[-1].value, f"{own[-1].part} {context}", sentence, True)
            figures += own
    return figures


def _parts(sentence: str) -> list[tuple[str, str]]:
    """The segments of a sentence, each with what divides it from the one before."""
    parts, start, joint = [], 0, ""
    for match in _PART.finditer(sentence):
        parts.append((joint, sentence[start : match.start()]))
        start, joint = match.end(), match[0].strip()
    parts.append((joint, sentence[start:]))
    return [(joint, part) for joint, part in parts if part.strip()]


def _worded(part: str) -> bool:
    return (
        re.search(
            r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|"
            r"sixty|seventy|eighty|ninety)\b",
            part,
        )
        is not None
    )


def _without_ranges(sentence: str, dated: bool) -> str:
    """Write "10 to 15 percent" and "between 10 and 20" as one number, that the segments do not part them."""
    unit = r"(?:\s?(?:%|percent|per cent|m2|m²|sq m|square met\w+|ha))?"
    sentence = re.sub(rf"\bbetween (?:about )?(\d[\d.,]{{0,12}}){unit} and (?=\d)", r"\1-", sentence)
    if dated:
        sentence = re.sub(r"(?<=\d) (?=(?:before|after|t1|t2)\b\W{0,2}\d)", ", ", sentence)
        sentence = re.sub(
            r"(?<![\d.])(\d[\d.]{0,8}) ?(?:to|→) ?(?=(?:about |around )?\d[\d.]{0,8} ?(?:%|percent|per cent))",
            r"\1 % → ",
            sentence,
        )
    else:
        sentence = re.sub(rf"(?:\bfrom )?(?<![\d.])(\d[\d.,]{{0,12}}){unit} ?(?:to|-|or) ?(?=\d)", r"\1-", sentence)
    return sentence


def read_percent(answer: str, kind: Kind, context: ParseContext) -> float | Unparsed:
    """A share in percent: of a class, of all change, or of a land cover at one date."""
    answer = corrected(answer)
    share = _share(answer, context)
    if share is not None:
        return share
    text = plain(answer)
    if (NONE.search(text) and not re.search(r"[1-9]", text) and not DOUBT.search(text)) or read_change(answer) is False:
        return 0.0
    return cannot_tell(answer, "several numbers" if re.search(r"\d", text) else "no share")


def _share(answer: str, context: ParseContext) -> float | None:
    kind, args = context.question.kind, context.question.args
    dated = kind in ("cover_before", "cover_after")
    figures = figures_of(answer, _percent_or_fraction, dated)
    marked = [figure for figure in figures if re.search(r"%|percent|per cent|pct|share|cover", figure.part)]
    text = plain(answer)
    if not marked and (_OTHER_UNIT.search(text) or _is_prose_of_other(text)):
        return None
    date = {"cover_before": "before", "cover_after": "after"}.get(kind)
    figures = _with_signs(figures, answer)
    if "cls" in args:
        figures = _of_class(figures, args["cls"], context.classes)
    if date is not None:
        figures = _of_date(figures, date, answer)
    elif kind == "total_share":
        return _of_change(figures)
    if not dated:
        for aside in (_STILL, BEFORE, _DETAIL):
            figures = [figure for figure in figures if not aside.search(figure.part)] or figures
    figures = [figure for figure in figures if not _EACH.search(figure.part)] or figures
    if "cls" in args and not dated:
        named = [f for f in figures if any(m.name == args["cls"] for m in mentions(f.part, context.classes))]
        figures = named if len({figure.value for figure in named}) == 1 else figures
    chosen = _settled(figures)
    if chosen is None and not marked and len(figures) <= 1:
        return percent_in(plain(answer))
    return chosen


def _is_prose_of_other(text: str) -> bool:
    """Whether a text is a sentence that speaks of no share and no area."""
    return len(text.split()) > 6 and not _OF_SHARE.search(text) and not re.search(r"[:|=]", text)


def _percent_or_fraction(part: str) -> float | None:
    value = percent_in(part)
    if (
        value is not None
        and 0 < value < 1
        and re.search(r"\b(?:fraction|ratio|proportion)\b", part)
        and "%" not in part
    ):
        return 100 * value
    return value


def _with_signs(figures: list[Figure], answer: str) -> list[Figure]:
    """Figures with a percent sign, where any has one: the others count something else."""
    signed = [figure for figure in figures if re.search(r"%|\bpercent\b|\bper cent\b|\bpct\b|\\%", figure.part)]
    return signed or figures


def _of_class(figures: list[Figure], cls: str, classes: tuple[str, ...]) -> list[Figure]:
    names = tuple(dict.fromkeys((*classes, cls)))

    def owner(text: str) -> bool | None:
        named = {mention.name for mention in mentions(text, names)}
        return None if not named else cls in named

    kept = []
    for figure in figures:
        own = owner(figure.part)
        own = owner(figure.sentence) if own is None else own
        if own is not False:
            kept.append((figure, owner(figure.part)))
    if len(kept) < len(figures) and any(own for _, own in kept) and any(own is None for _, own in kept):
        sentences = {figure.sentence for figure, own in kept if own}
        kept = [
            (figure, own)
            for figure, own in kept
            if own or figure.sentence in sentences or word_pattern("choices.conclusion").search(figure.sentence)
        ]
    return [figure for figure, _ in kept]


def _of_date(figures: list[Figure], date: str, answer: str) -> list[Figure]:
    """Figures said of one date; where only the other date is named with one of two, the one that is left."""
    wanted, other = (BEFORE, AFTER) if date == "before" else (AFTER, BEFORE)
    extra = (
        r"\b(?:from|used to|were|was|had|made up|at first)\b"
        if date == "before"
        else r"\b(?:to|has|have|is|are|grown|risen|fallen)\b"
    )
    own = [figure for figure in figures if wanted.search(figure.part) and not other.search(figure.part)]
    if own:
        return own
    arrow = re.search(
        r"(\d[\d.]{0,8})\s*(?:%|percent)?\s*(?:→|\bto\b)\s*(?:about |around |only |roughly )?(\d[\d.]{0,8})",
        plain(answer),
    )
    if arrow and len({figure.value for figure in figures}) == 2:
        return figures[:1] if date == "before" else figures[1:2]
    from_to = re.search(
        r"(\d[\d.]{0,8})\s*(?:%|percent)?\W{1,3}(?:down|up)\s+from\s+(?:about |around |roughly )?(\d[\d.]{0,8})",
        plain(answer),
    )
    if from_to and len({figure.value for figure in figures}) == 2:
        return figures[1:2] if date == "before" else figures[:1]
    left = [figure for figure in figures if not other.search(figure.part)]
    if left and len(left) < len(figures):
        return left
    lined = [figure for figure in figures if wanted.search(figure.sentence) and not other.search(figure.sentence)]
    if lined:
        return lined
    tensed = [figure for figure in figures if re.search(extra, figure.part)]
    return tensed if len({figure.value for figure in tensed}) == 1 else figures


def _of_change(figures: list[Figure]) -> float | None:
    still = [figure for figure in figures if _STILL.search(figure.part) and not _HAS_CHANGED.search(figure.part)]
    moved = [figure for figure in figures if figure not in still and not _EACH.search(figure.part)]
    moved = [figure for figure in moved if not _is_detail(figure)] or moved
    if moved:
        return _settled(moved)
    values = {figure.value for figure in still}
    if values == {0.0}:
        return 0.0
    return round(100 - values.pop(), 6) if len(values) == 1 else None


def _is_detail(figure: Figure) -> bool:
    """Whether a figure is a part of one before it: "20 %, of which 15 % are buildings"."""
    match = _DETAIL.search(figure.sentence)
    return (
        match is not None
        and figure.sentence.find(figure.part.split()[-1], match.start()) >= 0
        and (_DETAIL.search(figure.part) is not None or figure.sentence.rfind(figure.part.strip()[:12]) > match.start())
    )


def _settled(figures: Sequence[Figure]) -> float | None:
    """The one value of several figures: all alike, a total, a conclusion, or the sum of the others."""
    values = list(dict.fromkeys(figure.value for figure in figures))
    if len(values) == 1:
        return values[0]
    for pick in (
        [figure.value for figure in figures if _WHOLE.search(figure.part)],
        [figure.value for figure in figures if word_pattern("choices.conclusion").search(figure.sentence)],
    ):
        if len(set(pick)) == 1:
            return pick[0]
    whole = [value for value in values if len(values) > 2 and abs(sum(values) - 2 * value) < 1e-6]
    return whole[0] if len(whole) == 1 else None


def read_area(answer: str, kind: Kind, context: ParseContext) -> float | Unparsed:
    """An area in square metres."""
    answer = corrected(answer)
    text = plain(answer)
    if _is_prose_of_other(text) and not re.search(
        r"\d\s*(?:m\b|m2|m²|sq|ha\b|k|met|acre)|\bm2\b|square|hectare|acre|平方", text
    ):
        return 0 if read_change(answer) is False else cannot_tell(answer, "no area")
    area = area_m2_in(text)
    if area is None:
        area = _area_of_parts(answer, context)
    if area is None and "=" in text:
        area = area_m2_in(text.rsplit("=", 1)[1])
    if area is not None:
        return round(area)
    if (NONE.search(text) and not re.search(r"\d", text) and not DOUBT.search(text)) or read_change(answer) is False:
        return 0
    return cannot_tell(answer, "several numbers" if re.search(r"\d", text) else "no area")


def _area_of_parts(answer: str, context: ParseContext) -> float | None:
    figures = [
        figure
        for figure in figures_of(answer, area_m2_in)
        if not _EACH.search(figure.part) and re.search(r"m2|m²|\bm\^2|\bha\b|hectare|square|sq|acre|km", figure.part)
    ]
    figures = _of_class(figures, context.question.args["cls"], context.classes)
    figures = [figure for figure in figures if not _SCENE.search(figure.part)] or figures
    return _settled(figures)
