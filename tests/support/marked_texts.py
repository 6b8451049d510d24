"""Marked texts that name their facts by kind and class, for tests: the numbers depend on the pair."""

import re

from rsica_data.generation.material import listed_of


def numbered_marks(about, text):
    """A text whose marks name facts by kind and class, ``[One road](class_count road)``, with the facts' numbers."""
    facts = listed_of(about).facts

    def number(match):
        kind, *named = match[1].split()
        of_kind = (n for n, f in enumerate(facts, 1) if f.kind == kind and all(c in f.args.values() for c in named))
        return f"({next(of_kind)})"

    return re.sub(r"(?<=\])\(([a-z_]+(?: \w+)*)\)", number, text)
