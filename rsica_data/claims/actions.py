"""Verbs, and nouns of change: what is said to happen to the things of a sentence."""

from __future__ import annotations

from rsica_data.claims.nouns import Determiner, Noun, Step, Verb
from rsica_data.claims.state import CHANGES, State


class Actions(State):
    """Verbs find their subjects before them, or wait for those behind."""

    def verb_(self, at: int) -> int:
        """A verb, or a participle before a noun."""
        token = self.tokens[at]
        type_ = str(token.value)
        if self._is_adjective(at, type_):
            self.begin(at)
            if type_ in CHANGES or type_ == "concerns":
                self.det.marks.add("changed" if type_ == "concerns" else type_)
            elif type_ == "absent":
                self.det.marks.add("disappeared")
            elif type_ == "same" and self.tag(at + 1) in ("class", "object", "old"):
                self.det.marks.add("same")
            return at + 1
        self.drop_determiner(at)
        if type_ == "where_was":
            self.notes.former += [] if self.notes.former else self.classes(self.pending)
            return at + 1
        if type_ == "become":
            return self.become(at)
        if type_ == "replaces":
            return self._replace(at)
        if type_ in CHANGES and self.value(at + 1) == "or" and self.tag(at + 2) == "verb":
            self._finite(Verb("changed", self.negative, False, token.start, token.end))
            return at + 3  # "built or removed"
        if type_ == "same" and self.tag(at - 1) == "verb" and self.value(at - 1) in ("same", "changed"):
            return at + 1  # "not the same | as before"
        self._finite(Verb(type_, self.negative, False, token.start, token.end))
        return at + 1

    def _is_adjective(self, at: int, type_: str) -> bool:
        if type_ == "same":
            if self.tag(at - 1) in ("of", "in", "from", "with", "to"):
                return True
            ahead = [self.tag(at + 1), self.tag(at + 2), self.tag(at + 3)]
            ahead = ahead[: next((n for n, tag in enumerate(ahead) if tag in ("mark", "but", "and")), 3)]
            return self.tag(at - 1) != "auxiliary" and "class" in ahead
        if type_ == "absent":
            return self.det.start is not None and self.tag(at + 1) in ("number", "class", "object")
        if type_ in ("exist", "occurs"):
            return self.det.start is not None and self.tag(at + 1) in ("noun", "class", "object", "new")
        if type_ not in CHANGES and type_ != "concerns":
            return False
        before = self.tag(at - 1)
        if before in ("auxiliary", "class", "object", "scene", "not", "rest", "relative", "pronoun"):
            return False
        for near in range(at + 1, min(at + 4, len(self.tokens))):
            tag = self.tokens[near].tag
            if tag in ("class", "object"):
                return type_ != "concerns" or self.det.start is not None or at == 0
            if tag not in ("x", "new", "old") or self.tokens[near].value in ("the", "this", "there"):
                return False
        return False

    def _finite(self, verb: Verb) -> None:
        self.negative = self.sparing = False
        self.joined = False
        self.prep = ""
        subjects = _own([noun for noun in self.pending if not noun.landmark])
        earlier = self.verb
        if earlier is not None and earlier.noun and not self.classes(subjects) and self._of_the_noun(earlier, verb):
            self.pending = []
            return
        if not subjects and earlier is not None and earlier.subjects and verb.type != "exist":
            subjects = self._said_again(earlier, verb)
        if verb.type == "absent":
            changed = any(noun.det.marks & CHANGES for noun in subjects)
            verb.type, verb.negative = ("exist", not verb.negative) if changed else ("disappeared", verb.negative)
        self._gone(verb, subjects)
        if any(noun.negative and noun.kind == "scene" for noun in subjects) and verb.type in ("exist", "concerns"):
            verb.negative = True
        for noun in subjects:
            if verb.type == "exist" and noun.verb:
                continue
            noun.verb = "changed" if verb.type in ("concerns", "occurs") else verb.type
            noun.negative = noun.negative or verb.negative
            noun.soft = False
        verb.subjects = subjects
        if self.classes(subjects) and verb.type == "concerns":
            verb.type = "changed"
        if subjects:
            self.last_type = ("changed" if verb.type in ("concerns", "occurs") else verb.type, verb.negative)
        self.pending = []
        self.verb = verb

    def _of_the_noun(self, noun: Verb, verb: Verb) -> bool:
        """Whether a verb only says that a change named before it takes place: "changes of roads can be seen"."""
        if verb.type == "concerns":
            for subject in noun.subjects:
                subject.used = subject.kind == "change"
                if subject.kind == "change" and subject.negative:
                    verb.negative = not verb.negative
            noun.subjects = [subject for subject in noun.subjects if subject.kind != "change"]
            self.verb = verb
            return True
        if verb.type in ("disappeared", "absent") or (verb.type == "exist" and self.gone):
            verb.negative = not verb.negative
        elif verb.type not in ("exist", "occurs", "appeared"):
            return False
        noun.negative = noun.negative or verb.negative
        for subject in noun.subjects:
            subject.negative = subject.negative or verb.negative
        return True

    def _gone(self, verb: Verb, subjects: list[Noun]) -> None:
        """No longer: what is no longer there has disappeared; what is no longer the same has changed."""
        if self.gone and verb.type in ("exist", "appeared") and self.classes(subjects):
            verb.type, verb.negative = "disappeared", False
        self.gone = False

    def _said_again(self, earlier: Verb, verb: Verb) -> list[Noun]:
        """Subjects of a second verb of the clause: "there are 3 houses built", "roads were built and widened"."""
        if (
            earlier.type in ("exist", "same")
            or earlier.noun
            or (earlier.type == "concerns" and verb.type == "appeared")
        ):
            verb.negative = verb.negative or (earlier.negative and earlier.type == "exist")
            things = self.classes(earlier.subjects)
            return things or [noun for noun in earlier.subjects if noun.kind != "scene" or verb.type != "exist"]
        return []

    def become(self, at: int) -> int:
        """Became, was replaced by: from what is before to what comes."""
        token = self.tokens[at]
        sources = _own([noun for noun in self.pending if noun.kind == "class" and not noun.landmark])
        if not sources and self.verb is not None:
            sources = [noun for noun in self.verb.subjects if noun.kind == "class"]
        sources = sources or self.origin or [noun for noun in self.notes.nouns if "former" in noun.det.marks]
        sources = sources or self.notes.former
        if not sources:
            self._finite(Verb("exist", self.negative, False, token.start, token.end))
            return at + 1
        self.step = Step(list(sources), [], self.negative)
        self.notes.steps.append(self.step)
        for noun in sources:
            noun.used = True
        self._after_step()
        return at + 1

    def _replace(self, at: int) -> int:
        token = self.tokens[at]
        targets = [noun for noun in self.pending if noun.kind == "class" and not noun.landmark]
        if not targets and self.verb is not None:
            targets = [noun for noun in self.verb.subjects if noun.kind == "class"]
        if not targets and not self.classes(self.pending):
            self.prep = "former"  # "instead of trees there are houses"
            return at + 1
        if self.tag(at + 1) == "pronoun" and targets and not self.tag(at + 2):
            return at + 2  # "grass replaced them": what was meant stands in the question
        if not any(near.tag == "class" for near in self.tokens[at + 1 : at + 7]):
            self._finite(Verb("disappeared", self.negative, False, token.start, token.end))
            return at + 1
        self.notes.steps.append(Step([], targets, self.negative))
        self.step = Step(targets, self.notes.steps[-1].sources, self.negative, backward=True)
        self._after_step()
        return at + 1

    def _after_step(self) -> None:
        self.pending, self.verb, self.negative, self.joined, self.prep = [], None, False, False, ""

    def change_noun(self, at: int) -> int:
        """Change, construction, removal: followed by what it is a change of, or preceded by it."""
        token = self.tokens[at]
        det, self.det = self.det, Determiner()
        if "rest" in det.marks and det.negative:
            self.notes.only = True
            return at + 1
        earlier = self.verb
        holders = [noun for noun in self.pending if noun.kind == "class" and not noun.landmark]
        if earlier is not None and not holders and not earlier.noun and earlier.type in ("exist", "changed"):
            holders = [noun for noun in self.classes(earlier.subjects) if noun.start < earlier.start]
            if earlier.type == "changed" and not holders:
                holders = earlier.subjects
        last = self.notes.nouns[-1:]
        if self.tag(at - 1) == "pronoun" and last and last[0].kind in ("class", "pronoun"):
            holders = last  # "did any of them change"
        if self.tag(at - 1) == "class" and last and last[0].kind == "class":
            holders = last  # "there is no road change"
        if self.prep == "with" and not holders:
            holders = [noun for noun in self.notes.nouns[-1:] if noun.kind == "class"]  # "3 roads with a change"
            for noun in holders:
                noun.landmark = False
        denied = earlier is not None and earlier.negative and not earlier.noun
        verb = Verb(str(token.value), det.negative or self.negative or denied, True, token.start, token.end)
        if any(noun.kind == "scene" and noun.negative for noun in self.pending):
            verb.negative = True
        if earlier is not None and earlier.noun and self.tag(at - 1) == "and" and not det.own:
            verb.negative = verb.negative or earlier.negative
        if holders:
            self._had(holders, verb, det)
        else:
            self._change_of_something(verb, det)
        self.verb, self.negative, self.joined, self.prep = verb, False, False, ""
        return at + 1

    def _had(self, holders: list[Noun], verb: Verb, det: Determiner) -> None:
        """Roads have changes; building changes."""
        for noun in holders:
            noun.verb, noun.negative = verb.type, noun.negative or verb.negative
            noun.quantity = noun.quantity or (det.quantity() if det.numeric else None)
        self.last_type = (verb.type, verb.negative)
        verb.subjects, verb.noun = holders, False
        self.pending = []

    def _change_of_something(self, verb: Verb, det: Determiner) -> None:
        start = det.start if det.start is not None else verb.start
        change = Noun("change", None, "word", start, verb.end, det, negative=verb.negative, verb=verb.type)
        change.quantity = det.quantity() if det.number is not None else None
        change.scope, change.order = self.scope, len(self.notes.nouns)
        self.notes.nouns.append(change)
        if any(member.regions for member in self.group):
            self.group = []
        self.group.append(change)
        change.regions += self.lead
        change.led = bool(self.lead)
        verb.subjects = [change]
        self.pending = [noun for noun in self.pending if noun.kind != "scene"]

    def not_(self, at: int) -> int:
        """Not: denies the next verb, or "there is" just before; not so "not only"."""
        if self.tag(at + 1) in ("only", "exactly"):
            return at + 2
        there = self.tag(at - 1) == "verb" and self.verb is not None and self.verb.type == "exist"
        if there and self.verb is not None and not self.verb.subjects:
            self.verb.negative = True
        else:
            self.negative = True
        return at + 1

    def gone_(self, at: int) -> int:
        """No longer."""
        self.drop_determiner(at)
        self.negative = self.gone = True
        return at + 1

    def any_more(self, at: int) -> int:
        """Any more: what does not exist any more has disappeared."""
        if self.verb is not None and self.verb.type == "exist" and self.verb.negative:
            for noun in self.classes(self.verb.subjects):
                noun.verb, noun.negative = "disappeared", False
        return at + 1


def _own(nouns: list[Noun]) -> list[Noun]:
    """Subjects of a verb: not what something became before ("trees became grass, and the houses stayed")."""
    last = max((at for at, noun in enumerate(nouns) if "target" in noun.det.marks), default=-1)
    return nouns[last + 1 :] or nouns
