"""One sentence of tagged tokens to notes: which things it names, and what it says of each.

The reader goes once from left to right. Things wait for a verb; a verb without a subject waits for things. Things
behind words such as "along" or "near" only say where others are (landmarks).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rsica_data.claims.actions import Actions
from rsica_data.claims.determiners import Determiners
from rsica_data.claims.lexicon import ClassWord
from rsica_data.claims.nouns import Determiner, Notes, Noun
from rsica_data.claims.places import PLACE_TAGS
from rsica_data.claims.placing import Placing
from rsica_data.claims.state import CHANGES
from rsica_data.schema import CELLS

__all__ = ["CHANGES", "Reader"]

_AFTER_PRONOUN = ("", "auxiliary", "verb", "not", "mark", "in", "only", "where")
_SMALL = frozenset((
    "the", "their", "its", "this", "there", "here", "both", "very", "quite", "also", "too", "as", "so", "well",
    "then", "us", "we", "i", "you", "one", "such", "any", "what", "just", "even"
))  # fmt: skip
"""Words that leave a list of things a list."""


class Reader(Determiners, Actions, Placing):
    """Reads one sentence."""

    def read(self) -> Notes:
        """Read all tokens."""
        at, size = 0, len(self.tokens)
        while at < size:
            handler = _HANDLERS.get(self.tokens[at].tag)
            if handler is None:
                self.notes.unknown += self.tokens[at].tag == "x" and self.tokens[at].value not in _SMALL
                at += 1
            else:
                at = handler(self, at)
        self.drop_determiner(size)
        self.end_clause()
        self.settle_former()
        self._numbered()
        self.unbound()
        return self.notes

    # Things

    def thing(self, at: int) -> int:
        """A class of land cover, or objects of any class."""
        token, follow = self.tokens[at], self.value(at + 1)
        if token.tag == "class" and isinstance(follow, ClassWord) and follow.reach != "group":
            return at + 1  # "villa houses": the last word is the thing
        they = token.value in ("they", "them") and self.tag(at + 1) == "noun"  # "did they change"
        if token.tag == "pronoun" and not they and self.tag(at + 1) not in _AFTER_PRONOUN:
            return at + 1  # "these two pictures"
        word: ClassWord | None = token.value if token.tag == "class" else None
        if token.tag == "pronoun":
            word = self.meant()
            self.group = [] if self.det.negative else self.group  # "3 roads, none of them at the top"
        det, self.det = self.det, Determiner()
        noun = Noun(
            kind="class" if word else "pronoun" if token.tag == "pronoun" else "object",
            name=word.name if word else None,
            reach=word.reach if word else "word",
            start=det.start if det.start is not None else token.start,
            end=token.end,
            det=det,
            negative=det.negative,
            quantity=det.quantity(),
            scope=self.scope,
        )
        if token.tag == "pronoun" and word and det.number is not None and self.tag(at - 1) == "of":
            named = [near for near in self.notes.nouns if near.name == word.name and near.det.number is not None]
            det.marks.update({"some"} if named or (self.antecedent and self.antecedent.det.number is not None) else ())
        if self.prep == "of" and self.pending and self.pending[-1].kind == "scene":
            self.pending.pop()  # "the state of the roads"
        before = self.notes.nouns[-1] if self.notes.nouns else None
        if self.joined and before is not None and not det.own:
            noun.landmark = before.landmark
            if before.det.negative:
                noun.negative = det.negative = True
            det.marks |= before.det.marks & {"same"}
        self._place_in_sentence(noun)
        self.joined = True
        self.prep = "" if self.prep != "from" else self.prep
        return at + 1

    def _place_in_sentence(self, noun: Noun) -> None:
        if "only" in noun.det.marks and noun.kind == "class" and not noun.det.numeric:
            self.notes.only = True
        if self.prep == "topic":
            self.notes.topics.append(noun)
            noun.used = True
            self.notes.nouns.append(noun)
            return
        if self.compare is not None:
            op, other = self.compare
            self.notes.relations.append((op, other, noun))
            noun.used, self.compare = True, None
            self.notes.nouns.append(noun)
            return
        if self.prep == "former":
            noun.used = True
            self.notes.former.append(noun)
            self.notes.nouns.append(noun)
            return
        if self.prep == "except":
            noun.verb, noun.negative = "changed", False
            self.notes.excepted = self.notes.only = True
            self.notes.nouns.append(noun)
            return
        noun.landmark = noun.landmark or self._is_landmark(noun)
        noun.soft = self.prep == "with" and not noun.det.marks & CHANGES
        if noun.landmark and "former" in noun.det.marks and self.verb is not None:
            self.notes.former.append(noun)
        elif noun.landmark:
            self.built_on(noun)
        self.add(noun)

    def _is_landmark(self, noun: Noun) -> bool:
        if self.prep in ("landmark", "from"):
            return "only" not in noun.det.marks
        if self.prep not in ("in", "to") or noun.det.number is not None or noun.det.marks & CHANGES:
            return False
        verb = self.verb
        if verb is None:
            return True
        whole = bool(verb.subjects) and all(subject.kind in ("scene", "change") for subject in verb.subjects)
        return not (verb.noun or self.notes.nothing or (whole and verb.type in ("changed", "occurs", "same")))

    def scene(self, at: int) -> int:
        """The scene, an image, the ground: nothing of a class."""
        token = self.tokens[at]
        det, self.det = self.det, Determiner()
        if det.compared and token.value in ("area", "ground", "surface", "land"):
            self.det.compared = "larger" if det.compared == "more" else "smaller"
            return at + 1
        if self.prep or "rest" in det.marks:
            self.notes.rest = self.notes.rest or "rest" in det.marks
            self.prep = ""
            return at + 1
        self._add_scene(token.start, token.end, det)
        return at + 1

    def _add_scene(self, start: int, end: int, det: Determiner) -> None:
        noun = Noun("scene", None, "word", start, end, det, negative=det.negative, scope=self.scope)
        noun.order = len(self.notes.nouns)
        self.notes.nouns.append(noun)
        self.pending.append(noun)
        self.joined = False

    def nothing(self, at: int) -> int:
        """Nothing: denies the verb that follows; nothing else: only what was named."""
        token = self.tokens[at]
        if self.tag(at + 1) == "rest":
            self.notes.only = True
            return at + 2
        self.notes.nothing = True
        self._add_scene(token.start, token.end, Determiner(negative=True))
        nothing = self.notes.nouns[-1]
        nothing.regions += [region for region in self.lead if len(region.cells) < len(CELLS)]
        self.group.append(nothing)
        return at + 1

    def rest_(self, at: int) -> int:
        """Other, else, the rest: no claim about all of the scene."""
        self.notes.rest = True
        self.begin(at)
        self.det.marks.add("rest")
        return at + 1

    def every(self, at: int) -> int:
        """All, every: "all is as before" is said of the scene."""
        token = self.tokens[at]
        if self.tag(at + 1) in ("auxiliary", "verb", "become") and not self.pending:
            self._add_scene(token.start, token.end, Determiner())
        return at + 1

    # Small words

    def preposition(self, at: int) -> int:
        """In, to, with, from, as for."""
        token = self.tokens[at]
        self.drop_determiner(at)
        if token.tag == "to" and self.step is None and (self.origin or self._is_conversion(at)):
            return self.become(at)
        if token.tag == "except" and self._place_ahead(at + 1):
            self.sparing = True
            return at + 1
        self.prep, self.joined = token.tag, False
        return at + 1

    def _is_conversion(self, at: int) -> bool:
        """A change of one class into another: "a conversion of trees into houses"."""
        verb = self.verb
        if verb is None or not verb.noun or verb.type != "changed" or not any(n.kind == "class" for n in verb.subjects):
            return False
        return any(token.tag == "class" for token in self.tokens[at + 1 : at + 4])

    def of(self, at: int) -> int:
        """Of: a side of a thing is a landmark; a number or a part of things is these things."""
        part = self.tag(at - 1) == "place_noun" and self.tag(at - 2) not in PLACE_TAGS and not self.prep
        if self.tag(at - 1) in (*PLACE_TAGS, "place_noun", "landmark") and not part:
            self.prep = "landmark"
        elif self.prep not in ("landmark", "topic"):
            self.prep = "of"
        return at + 1

    def and_(self, at: int) -> int:
        """And, or: joins what follows to what was before."""
        if self.det.number is not None and self.tag(at + 1) == "number" and self.value(at) == "or":
            return at + 1
        if self.det.start is not None and not self.det.numeric and self.det.marks:
            return at + 1  # "new or changed buildings"
        self.drop_determiner(at)
        last = self.notes.nouns[-1] if self.notes.nouns else None
        if self.value(at) == "or" and self.tag(at + 1) == "more" and last is not None and last.quantity is not None:
            last.quantity = replace(last.quantity, high=None)  # "2 roads or more"
            return at + 2
        return at + 1

    def but(self, at: int) -> int:
        """But, while: a new clause."""
        self.drop_determiner(at)
        self.end_clause()
        if self.value(at) in ("because", "since", "so"):
            self.last_type = ("", False)  # "the trees have shrunk because houses stand there": of the houses only that
        return at + 1

    def where_(self, at: int) -> int:
        """Where: before "there was" it names what was there before."""
        self.drop_determiner(at)
        self.prep = ""
        ahead = [near.tag + ":" + str(near.value) for near in self.tokens[at + 1 : at + 9]]
        if any(word.startswith("none:") for word in ahead) and self.verb is not None:
            for noun in self.classes(self.verb.subjects):
                noun.verb, noun.negative = "appeared", False  # "where there were none"
            return len(self.tokens)
        was = any(word in ("verb:where_was", "verb:exist", "first_image:before") for word in ahead)
        if was and any(word.startswith("class:") for word in ahead):
            self.where = True
        return at + 1

    def mark(self, at: int) -> int:
        """Commas and brackets."""
        value = self.tokens[at].value
        if value == "[" and self.value(at + 1) == "]":
            for noun in self.notes.nouns[-1:]:
                noun.negative = True
            return at + 2
        if value in ("->", "→"):
            return self.become(at)
        if value == ":" or self.det.start is None or self.det.numeric:
            self.drop_determiner(at)
        if value == ":" and self.verb is not None and self.verb.type == "same" and self.verb.subjects:
            self.end_clause()  # "it is unchanged: nothing was built"
        if value == ":" and self.prep in ("landmark", "in", "to", "with", "from"):
            self.prep = ""  # "easy to see for any surveyor: two houses are gone"
        if value == ",":
            self.prep = ""
            self.step = self.step if self.tag(at + 1) in ("class", "article") else None
            if self.where or self.notes.topics:
                self.where = False
                self.verb = None
        return at + 1

    def together(self, at: int) -> int:
        """Together: what was named is only summed."""
        self.drop_determiner(at)
        for noun in self.pending:
            noun.used = True
        self.pending = []
        return at + 1

    def auxiliary_(self, at: int) -> int:
        """Is, have: a verb is near; "what was trees" names what was there before."""
        self.drop_determiner(at)
        before = self.tokens[at - 1] if at else None
        if self.value(at) in ("was", "were") and before is not None:
            next_ = next((token.tag for token in self.tokens[at + 1 : at + 4] if token.tag != "x"), "")
            if next_ == "class" and (before.tag == "relative" or before.value == "what"):
                self.prep = "former"
                return at + 1
        self.joined = False
        self.auxiliary = True
        return at + 1

    def when(self, at: int) -> int:
        """Before, in the later image: the date that is spoken of."""
        token = self.tokens[at]
        self.drop_determiner(at)
        self.scope = "before" if token.tag == "first_image" else "after"
        verb = self.verb
        if token.tag == "first_image" and verb is not None and verb.type == "exist":
            for noun in self.classes(verb.subjects):
                if noun.start < verb.start and verb.negative:
                    noun.verb, noun.negative = "appeared", False  # "not there before"
                elif noun.start < verb.start and any(near.tag == "relative" for near in self.tokens[:at]):
                    self.notes.former.append(noun)  # "that existed before"
        if str(token.value).startswith("the ") and not self.prep:
            self._add_scene(token.start, token.end, Determiner())
        self.prep = "landmark" if token.value == "before" and self.value(at + 1) == "the" else ""
        return at + 1

    def outnumber(self, at: int) -> int:
        """Outnumber: more of the first than of the second."""
        nouns = [noun for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark]
        if nouns:
            area = any(near.value in ("area", "surface") for near in self.tokens[:at])
            more = self.tokens[at].tag == "outnumber"
            op = ("larger" if more else "smaller") if area else ("more" if more else "fewer")
            self.compare = (op, nouns[-1])
            nouns[-1].used = True
        return at + 1

    def only_(self, at: int) -> int:
        """Only: before a number it says nothing new; else nothing beside the thing or the place."""
        follow = self.tag(at + 1)
        if follow in ("number", "article", "vague", "single"):
            return at + 1
        if follow == "in":
            self.only_place = True
            return at + 1
        ahead = [self.tag(near) for near in range(at + 1, at + 4)]
        if (follow in ("", "mark", "verb", "auxiliary", "object") or "class" not in ahead) and self.notes.nouns:
            self.notes.only = True
            return at + 1
        self.begin(at)
        self.det.marks.add("only")
        self.prep = ""
        return at + 1

    def hedge(self, at: int) -> int:
        """Probably, seems."""
        self.notes.hedged = True
        return at + 1

    def relative(self, at: int) -> int:
        """That, which: the verb that follows is said of the thing before; "it seems that" of none."""
        self.drop_determiner(at)
        self.prep = ""
        self.pending = [noun for noun in self.pending if noun.kind != "scene" or noun.end - noun.start != 2]
        return at + 1


_HANDLERS: dict[str, Callable[[Reader, int], int]] = {
    "number": Reader.number,
    "fraction": Reader.fraction,
    "year": Reader.year,
    "date": Reader.date,
    "vague": Reader.vague,
    "article": Reader.article,
    "single": Reader.article,
    "another": Reader.article,
    "more": Reader.compared,
    "fewer": Reader.compared,
    "nowhere": Reader.nowhere,
    "scene": Reader.scene,
    "nothing": Reader.nothing,
    "rest": Reader.rest_,
    "most_of": Reader.most,
    "every": Reader.every,
    "verb": Reader.verb_,
    "noun": Reader.change_noun,
    "not": Reader.not_,
    "gone": Reader.gone_,
    "any_more": Reader.any_more,
    "landmark": Reader.landmark,
    "of": Reader.of,
    "and": Reader.and_,
    "but": Reader.but,
    "where": Reader.where_,
    "mark": Reader.mark,
    "auxiliary": Reader.auxiliary_,
    "first_image": Reader.when,
    "second_image": Reader.when,
    "than": Reader.than,
    "outnumber": Reader.outnumber,
    "outnumbered": Reader.outnumber,
    "only": Reader.only_,
    "hedge": Reader.hedge,
    "relative": Reader.relative,
    "together": Reader.together,
    **dict.fromkeys(("no", "none", "without", "neither", "nor"), Reader.no),
    **dict.fromkeys(("class", "object", "pronoun"), Reader.thing),
    **dict.fromkeys(("in", "to", "with", "from", "topic", "except"), Reader.preposition),
    **dict.fromkeys(("least", "most", "over", "under", "about", "exactly"), Reader.bound),
    **dict.fromkeys(("new", "old", "former", "largest", "smallest"), Reader.mark_noun),
    "place_noun": Reader.fraction,
    **dict.fromkeys(PLACE_TAGS, Reader.place),
}
