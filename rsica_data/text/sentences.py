"""A marked sentence in its parts: strong parts (divided by ";", "but", "while"), phrases (commas, brackets) and short
phrases ("and"), and what a word near a number says of it: the earlier or later image, a change, a whole.

The nearest word counts: one in the number's own short phrase, then in its phrase, then the nearest mark of an image to
the left, then the rest of the sentence.
"""

from __future__ import annotations

import re
from functools import cached_property

from rsica_data.text.amounts.groups import Group, groups_in
from rsica_data.text.clauses import CLASS_MARK, NUMBER, is_negated
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.set_phrases import CHANGED

_STRONG = re.compile(
    r"\s*(?:;|；|\bbut\b|\bwhile\b|\bwhereas\b|\balthough\b|\bthough\b|\bhowever\b|"
    r"\bversus\b|\bvs\b\.?|\bcompared (?:to|with)\b|"
    r"(?<=[\s,])so\b(?! far| that| called)|\btherefore\b|\bhence\b|\bthus\b|\.\s|[!?])\s*"
)
_PHRASE = re.compile(
    r"\s*(?:,(?!\d)|，|、|\||[()\[\]]|\s-\s|:|\+(?!\d)|\bplus\b|\balong with\b|"
    r"\btogether with\b|\bas well as\b|\bwhich\b|\bwith\b)\s*"
)
_SHORT = re.compile(r"\s*(?:\band\b|&|\bor\b|\bnor\b|/)\s*")

_DENIED = re.compile(
    r"(?:\b(?:none|neither|not any|not one|no one|zero|nothing)|n't any) of (?:the |these |those |all )*$|"
    r"(?:\b(?:no|not|nor|without|zero)\b|n't\b)(?:\s+[\w-]+){0,3}\s+(?:chang|"
    r"differ|alter|modif)\w*\s+(?:in|to|on|of|for|among|between) (?:the |"
    r"these |those |any of the |all )*$|"
    r"\b(?:the )?(?:exact(?:ly)? |very )?same (?:(?!and\b|but\b|while\b)[\w-]+ )?$|\bthe pair (?:shows?|"
    r"has|have|contains?|depicts?|displays?|includes?) (?:the |exactly )*$|"
    r"\b(?:neither|nor) (?:the |any of the |any |all |of the |these )*$|"
    r"(?<![\w›] )\b(?:in|on) the pair\s*,? (?:there (?:is|are)|"
    r"(?:i|we|you|one) (?:can )?sees?)(?: ‹N\d+› [^.;,]{1,30} and)? $"
)


_NONE_OF_THEM = re.compile(
    r"^\s*,?\s*and (?:there|they) still (?:are|do|were)\b|"
    r"^\s*none\s*(?:$|[.,;)])|"
    r"(?:^|[,:(-]\s*|\b(?:but|and|although|though)\s+)(?:of which )?(?:none|"
    r"neither|nothing|not one)\b(?: of (?:them|these|which|those))?"
    r"(?:\s+(?:has|have|is|are|was|were|did|do|seems?|appears?))?(?:\s+(?:been|"
    r"to have))?(?:\s+(?:changed|altered|affected|modified|different|changes|new|newly built))?\s*(?:$|"
    r"[.,;)])"
)


class Sentence:
    """A prepared sentence and its groups."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups = self._without_loops(groups_in(text))

    @cached_property
    def owners(self) -> list[int]:
        """The classes of its groups, in order, each once."""
        return list(dict.fromkeys(group.owner for group in self.groups if group.owner is not None))

    def _without_loops(self, groups: list[Group]) -> list[Group]:
        """Groups without those that a looping text says again: "2 roads 7 houses 2 roads 7 houses"."""
        kept: list[Group] = []
        last = 0
        for at, group in enumerate(groups):
            joint = re.search(r"[,;:&+(/|→-]|\b(?:and|plus|with|or|then)\b", self.text[last : group.start])
            again = (joint is None or len(kept) < at) and any(
                other.owner == group.owner and other.value == group.value for other in kept
            )
            if not again or group.owner is None or group.value is None:
                kept.append(group)
            last = group.end
        return kept

    @cached_property
    def _bounds(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[tuple[int, int]]]:
        strong = [(m.start(), m.end()) for m in _STRONG.finditer(self.text)]
        phrase = [(m.start(), m.end()) for m in _PHRASE.finditer(self.text)] + strong
        short = [(m.start(), m.end()) for m in _SHORT.finditer(self.text)] + phrase
        inside = [(group.start, group.end) for group in self.groups]
        return (
            self._outside(strong, inside),
            self._outside(phrase, inside),
            self._outside(short, inside),
        )

    @staticmethod
    def _outside(bounds: list[tuple[int, int]], groups: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Bounds that do not divide a group."""
        kept, at = [], 0
        for start, end in sorted(bounds):
            while at < len(groups) and groups[at][1] <= start:
                at += 1
            if at == len(groups) or start < groups[at][0] or start >= groups[at][1]:
                kept.append((start, end))
        return kept

    def part(self, group: Group, level: int) -> tuple[int, int]:
        """Start and end of the strong part (0), phrase (1) or short phrase (2) that holds a group."""
        bounds = self._bounds[level]
        start = max((end for _, end in bounds if end <= group.start), default=0)
        end = min((begin for begin, _ in bounds if begin >= group.end), default=len(self.text))
        return start, end

    def words(self, group: Group, level: int) -> str:
        """The text of that part, as far as it is not another number's."""
        start, end = self.part(group, level)
        for other in self.groups:
            if other is not group and other.counts and other.owner != group.owner:
                if start < other.end <= group.start:
                    start = other.end
                elif group.end <= other.start < end:
                    end = other.start
        return self.text[start:end]

    def before(self, group: Group) -> str:
        """The words of a group's phrase that stand before it."""
        return self.text[self.part(group, 1)[0] : group.start]

    def role(self, group: Group) -> str:
        """``changed``, ``before``, ``after`` or "" for what the words near a group say of it."""
        beside = re.search(r"‹([AB])›\s*[(:=]\s*$", self.text[: self.number_at(group)]) or re.match(
            r"\s*\(?(?:(?:in|on|at|from) (?:the )?)?‹([AB])›", self.text[group.end :]
        )
        if beside is not None and not (group.owner is not None and CHANGED.search(self.text[group.start : group.end])):
            return "before" if beside[1] == "B" else "after"
        if CHANGED.search(self.text[group.start : group.end]):
            return "changed"
        for level in (2, 1):
            near = self.words(group, level)
            if CHANGED.search(near):
                return "changed"
            if (image := self._image(near, group.start - self.part(group, level)[0])) != "":
                return image
        left = re.findall(r"‹([AB])›", re.sub(r"\([^()]{0,200}\)", " ", self.text[: group.start]))
        if left:
            return "before" if left[-1] == "B" else "after"
        if CHANGED.search(self.text):
            return "changed"
        right = re.search(r"‹([AB])›", self.text[group.end : self.part(group, 0)[1]])
        return "" if right is None else "before" if right[1] == "B" else "after"

    @staticmethod
    def _image(near: str, place: int) -> str:
        marks = list(re.finditer(r"‹([AB])›", near))
        if not marks:
            return ""
        left = [mark for mark in marks if mark.start() < place]
        return "before" if (left[-1] if left else marks[0])[1] == "B" else "after"

    def number_at(self, group: Group) -> int:
        """Where the number of a group stands."""
        return self.text.rfind("‹", group.start, group.end) if group.label else group.start

    def way(self, group: Group) -> str:
        """``added``, ``taken``, or "" for another change."""
        for near in (self.text[group.start : group.end], self.words(group, 2), self.words(group, 1)):
            for name in ("taken", "added"):
                if word_pattern(f"counting.{name}").search(near):
                    return name
            if CHANGED.search(near):
                return ""
        return ""

    def is_total(self, group: Group) -> bool:
        """Whether a number is said to be the whole."""
        if word_pattern("counting.total").search(self.words(group, 1)):
            return True
        start = self.part(group, 0)[0]
        return (
            self.concludes(start) or word_pattern("counting.total").match(self.text[start:].lstrip(" -*(,")) is not None
        )

    def concludes(self, at: int = 0) -> bool:
        """Whether the part at a place begins with a word of conclusion."""
        before = re.search(r"\b(?:so|thus|hence|therefore)\W*$", self.text[max(0, at - 12) : at])
        return (
            before is not None or word_pattern("counting.concluding").match(self.text[at:].lstrip(" -*(,")) is not None
        )

    def in_brackets(self, group: Group) -> bool:
        """Whether a group stands in brackets."""
        before = self.text[: self.number_at(group)]
        return before.count("(") > before.count(")")

    def stays(self, group: Group) -> bool:
        """Whether the words after a number's group say that these objects are as they were."""
        if _DENIED.search(self.text[max(0, group.start - 60) : group.start]):
            return True
        start, end = group.end, min(self.part(group, 0)[1], group.end + 120)
        rest = re.split(r"‹[NC]" if group.label else r"[,:()]|‹[NC]|\band\b", self.text[start:end], maxsplit=1)[0]
        beyond = re.split(r"‹[NC]", self.text[group.end : group.end + 120], maxsplit=1)[0]
        if _NONE_OF_THEM.search(beyond) and not CHANGED.search(self.words(group, 1)):
            return True
        match = word_pattern("counting.same").search(rest)
        return match is not None and CHANGED.search(rest[: match.start()]) is None

    def stance(self, group: Group) -> str:
        """``zero`` or ``changed`` for what is said of a class without a number, "" for nothing."""
        low, high = 0, len(self.text)
        for other in self.groups:
            if other.counts:
                low = other.end if other.end <= group.start else low
                high = min(high, other.start) if other.start >= group.end else high
        strong = self.part(group, 0)
        own = self.part(group, 2)
        low, high = max(low, strong[0]), min(high, strong[1])
        own_text = self.text[max(own[0], low) : min(own[1], high)]
        if high < own[1]:
            own_text = re.sub(r"\b(?:new|added|built|newly built)\s*$", "", own_text)
        label = re.match(r"\s*[:=]\s*", self.text[own[1] : high])
        if label is not None and (after := self._phrases(own[1] + label.end(), high)):
            own_text = f"{self.text[group.start : group.end]}: {self.text[after[0][0] : after[0][1]]}"
        if _is_zero(own_text):
            return "zero"
        if self._shares_no(group, low):
            return "zero"
        if CHANGED.search(own_text):
            return "changed"
        for start, end in self._phrases(min(own[1], high), high):
            predicate = CLASS_MARK.split(self.text[start:end])[-1]
            if _is_zero(predicate):
                return "zero"
            if CHANGED.search(predicate):
                return "changed"
        return ""

    def _phrases(self, low: int, high: int) -> list[tuple[int, int]]:
        cuts = [bound for bound in self._bounds[2] if low <= bound[0] < high]
        starts = [low, *(end for _, end in cuts)]
        ends = [*(start for start, _ in cuts), high]
        return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]

    def _shares_no(self, group: Group, low: int) -> bool:
        """Whether a class stands in a list that "no" opens: "no roads and buildings"."""
        before = self.text[low : self.part(group, 2)[0]]
        return (
            re.search(
                r"(?:\b(?:no|neither|nor|none of|not any|zero|without)\b|"
                r"n't any\b)[\w\s]{0,40}‹C\d+[spg]›(?:\s*(?:,|and|or|nor|"
                r"/|&|, ?and|, ?or)\s*(?:(?:new|the|any) )*‹C\d+[spg]›)*\s*(?:,|"
                r"and|or|nor|/|&|, ?and|, ?or)\s*$",
                before,
            )
            is not None
        )


def _is_zero(text: str) -> bool:
    return (
        is_negated(text)
        or word_pattern("counting.same").search(text) is not None
        or re.search(r"(?:^|[:=-])\s*-+\s*$", text) is not None
    )


def denies(text: str) -> bool:
    """Whether a text says no, or that something is as it was."""
    return is_negated(text) or word_pattern("counting.same").search(text) is not None


def has_number(text: str) -> bool:
    """Whether a marked text holds a number."""
    return NUMBER.search(text) is not None
