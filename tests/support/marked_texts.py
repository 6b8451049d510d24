"""Marked texts that name their facts by kind and class, for tests: the numbers depend on the pair."""

import re

from rsica_data.claims import check_text
from rsica_data.claims.reading import NAMES
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
