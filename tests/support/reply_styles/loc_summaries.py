"""Wordings of places in one summary."""

from __future__ import annotations

from collections.abc import Sequence

from reply_styles.loc_parts import Gold, _where
from reply_styles.styles_words import (
    CELLS,
    COLUMNS,
    CORNERS,
    ROWS,
    one,
    the_cells,
)


def _summary(cells: Sequence[str], pick: int) -> str:
    have = set(cells)
    if len(have) == 9:
        return one(pick, "everywhere", "throughout the image, in all nine cells")
    parts: list[str] = []
    left = set(have)
    for name, line in ROWS.items():
        if set(line) <= have:
            parts.append(one(pick, f"the whole {name} row", f"the {name} row", f"the entire {name} row"))
            left -= set(line)
    for name, line in COLUMNS.items():
        if set(line) <= have and set(line) & left:
            parts.append(one(pick, f"the whole {name} column", f"the {name} column", f"the entire {name} column"))
            left -= set(line)
    if set(CORNERS) <= left:
        parts.append("all four corners")
        left -= set(CORNERS)
    if left:
        parts.append(the_cells(sorted(left)))
    return "in " + (parts[0] if len(parts) == 1 else ", in ".join(parts[:-1]) + " and also in " + parts[-1])


def summaries(g: Gold, cs: Sequence[str], p: int) -> str:
    return _where(g, cs, lambda cells: _summary(cells, p))


def everywhere_except(g: Gold, cs: Sequence[str], p: int) -> str:
    def tell(cells: Sequence[str]) -> str:
        if len(cells) < 5:
            return "only in " + the_cells(cells)
        gaps = [x for x in CELLS if x not in set(cells)]
        word = one(p, "except", "but not", "apart from")
        where = one(p, "everywhere", "everywhere", "in every cell")
        return where if not gaps else f"{where} {word} {'in ' if 'not' in word else ''}{the_cells(gaps)}"

    return _where(g, cs, tell)
