"""Marked texts that name their facts by kind and class, for tests: the numbers depend on the pair."""

import re

from rsica_data.claims import check_text
from rsica_data.claims.reading import NAMES, parts_of
from rsica_data.generation.material import listed_of


def numbered_marks(about, text):
    """A text whose marks name facts by kind and class, ``[One road](class_count road)``, with the facts' numbers."""
    facts = listed_of(about).facts

    def number(match):
        kind, *named = match[1].split()
        of_kind = (n for n, f in enumerate(facts, 1) if f.kind == kind and all(c in f.args.values() for c in named))
        return f"({next(of_kind)})"

    return re.sub(r"(?<=\])\(([a-z_]+(?: \w+)*)\)", number, text)


def check_marked(text, listed, question=None):
    """Checks a text whose marks name their fact by kind and class: ``[One road](class_count road)``."""

    def number(match):
        kinds = [part.split() for part in match[1].split(", ")]
        facts = listed.facts
        return "(" + ",".join(
            str(next(n for n, f in enumerate(facts, 1) if f.kind == kind and all(c in str(f.args) for c in args)))
            for kind, *args in kinds
        ) + ")"  # fmt: skip

    return check_text(re.sub(r"(?<=\])\(([a-z_]+[^()]*)\)", number, text), listed, question)


def written(entries):
    """Entries, each a list of words with kinds by their full names, as a reading writes them: "count road 2; ..."."""

    def word(value):
        return str(value).lower() if isinstance(value, bool) else NAMES.get(value, str(value))

    return "; ".join(" ".join(map(word, entry)) for entry in entries)


def ask(kind, *args, value=None, bound="", said=None):
    said = said or ("unanswered" if value is None else "yes")
    words = [*(["no"] if said == "no" else []), kind, *args, *([bound] if bound else [])]
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [*words, *values, *(["?"] if said == "unanswered" else [])]


def claim(part, kind, *args, value=None, bound="", said="yes"):
    """A claim of a part of a text, by its number or by its words."""
    return [part, *ask(kind, *args, value=value, bound=bound, said=said)]


def in_parts(claims, text):
    """Claims whose parts are given by their words, with the numbers of these parts."""
    parts = [text[start:end] for start, end in parts_of(text)]
    for part, *entry in claims:
        named = isinstance(part, str)
        yield [*([n for n, words in enumerate(parts, 1) if words.strip(" .,") in part] if named else [part]), *entry]


def number_of(listed, kind, name):
    return next(n for n, f in enumerate(listed.facts, 1) if f.kind == kind and f.args.get("cls") == name)
