"""Parts of the wordings of places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reply_styles.styles_words import (
    cap,
    in_order,
    join,
    mass,
    one,
    plural,
    short_cell,
    the_cells,
)

Gold = Mapping[str, Sequence[str]]


Style = Callable[[Gold, Sequence[str], int], str]


def _key(cls: str, pick: int) -> str:
    return one(pick, cls, mass(cls), mass(cls).replace(" ", "_"))


def _list(cells: Sequence[str], none: str = "none", short: bool = True) -> str:
    return ", ".join(short_cell(c) if short else c for c in in_order(cells)) or none


def _clause(cls: str, cells: Sequence[str]) -> str:
    if not cells:
        return f"no {plural(cls)} have changed"
    where = "all nine cells" if len(cells) == 9 else the_cells(cells)
    return f"{plural(cls)} have changed in {where}"


def _nothing(g: Gold, cs: Sequence[str]) -> bool:
    return not any(g[c] for c in cs)


def _say(g: Gold, cs: Sequence[str]) -> str:
    if _nothing(g, cs):
        return f"no {join([plural(c) for c in cs], 'or')} have changed in any cell"
    return "; ".join(_clause(c, g[c]) for c in cs)


def _lines(g: Gold, cs: Sequence[str]) -> str:
    return "\n".join(f"{cap(mass(c))}: {_list(g[c])}" for c in cs)


def _at(g: Gold, cs: Sequence[str], cell: str) -> list[str]:
    return [c for c in cs if cell in g[c]]


def _rest(g: Gold, cs: Sequence[str]) -> list[str]:
    return [c for c in cs if not g[c]]


def _where(g: Gold, cs: Sequence[str], describe: Callable[[Sequence[str]], str]) -> str:
    """One sentence a class, with `describe` for the cells."""
    return " ".join(
        f"No {plural(c)} have changed." if not g[c] else f"{cap(plural(c))} have changed {describe(g[c])}." for c in cs
    )
