"""Localization: in which cells of a 3x3 grid? (gold {class: [cells]})."""

from __future__ import annotations

import json
from collections.abc import Sequence

from reply_styles.loc_parts import Gold, Style, _at, _key, _lines, _list, _nothing, _rest, _say, _where
from reply_styles.loc_summaries import everywhere_except, summaries
from reply_styles.styles_words import (
    CELLS,
    COMPASS,
    COMPASS_SHORT,
    PROSE,
    ROWS,
    ZH_CELLS,
    ZH_CELLS_LONG,
    cap,
    in_order,
    int_words,
    join,
    low,
    mass,
    one,
    plural,
    short_cell,
    the_cells,
    zh,
)


def bare(g: Gold, cs: Sequence[str], p: int) -> str:
    if len(cs) == 1:
        return _list(g[cs[0]], one(p, "none", "nowhere", "None."), bool(p % 2))
    return "; ".join(f"{mass(c)}: {_list(g[c], one(p, 'none', '-'), bool(p % 2))}" for c in cs)


def sentence(g: Gold, cs: Sequence[str], p: int) -> str:
    return cap(_say(g, cs)) + "."


def two_lines(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(p, _lines(g, cs), "\n".join(f"Changed {plural(c)} - {_list(g[c], 'no cells', False)}" for c in cs))


def bold_bullets(g: Gold, cs: Sequence[str], p: int) -> str:
    return "The changes are located as follows:\n\n" + "\n".join(
        one(
            p,
            f"- **{cap(mass(c))}:** {_list(g[c], 'no change')}",
            f"* **{cap(mass(c))}** → {_list(g[c], 'none', False)}",
        )
        for c in cs
    )


def sub_bullets(g: Gold, cs: Sequence[str], p: int) -> str:
    return "\n".join(
        f"**{cap(mass(c))}**\n"
        + ("\n".join(f"  - {short_cell(x).capitalize()}" for x in in_order(g[c])) or "  - No changes")
        for c in cs
    )


def numbered(g: Gold, cs: Sequence[str], p: int) -> str:
    return "\n".join(f"{i}. {cap(mass(c))}: {_list(g[c], 'none', bool(p % 2))}" for i, c in enumerate(cs, 1))


def table_rows(g: Gold, cs: Sequence[str], p: int) -> str:
    return "| Class | Cells with change |\n|---|---|\n" + "\n".join(
        f"| {cap(mass(c))} | {_list(g[c], one(p, 'none', '—'))} |" for c in cs
    )


def table_cells(g: Gold, cs: Sequence[str], p: int) -> str:
    yes, no = one(p, ("yes", "no"), ("✓", "✗"), ("Changed", "Unchanged"))
    head = "| Cell | " + " | ".join(cap(mass(c)) for c in cs) + " |\n|---|" + "---|" * len(cs)
    return head + "".join(f"\n| {x} | " + " | ".join(yes if x in g[c] else no for c in cs) + " |" for x in CELLS)


def json_flat(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({_key(c, p): in_order(g[c]) for c in cs}, indent=one(p // 3, None, 2))


def json_nested(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({"changes": {_key(c, p): {"changed": bool(g[c]), "cells": in_order(g[c])} for c in cs}}, indent=2)


def json_objects(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps([{one(p, "class", "label"): c, one(p, "cells", "locations"): in_order(g[c])} for c in cs])


def json_strings(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({_key(c, p): _list(g[c], "none", bool(p % 2)) for c in cs})


def json_cells(g: Gold, cs: Sequence[str], p: int) -> str:
    out: dict[str, list[str]] = {x: _at(g, cs, x) for x in CELLS}
    if _rest(g, cs):
        out["unchanged_everywhere"] = _rest(g, cs)
    return json.dumps(out, indent=2)


def json_booleans(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({_key(c, p): {x.replace("-", one(p, "-", "_")): x in g[c] for x in CELLS} for c in cs})


def json_matrix(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({c: [[int(x in g[c]) for x in row] for row in ROWS.values()] for c in cs}) + one(
        p,
        "\n(rows from top to bottom, columns from left to right, 1 = changed)",
        "\n1 marks a changed cell, 0 an unchanged one; the first row is the top of the image.",
    )


def code_fence(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        "```json\n" + json.dumps({mass(c): in_order(g[c]) for c in cs}, indent=2) + "\n```",
        "```\n" + _lines(g, cs) + "\n```",
        "```yaml\n"
        + "\n".join(f"{mass(c)}:" + ("".join(f"\n  - {x}" for x in in_order(g[c])) or " []") for c in cs)
        + "\n```",
    )


def think(g: Gold, cs: Sequence[str], p: int) -> str:
    c, d = plural(cs[0]), plural(cs[-1])
    return (
        f"<think>\nLet me divide the image in 3x3. In the bottom-left I see {c}, maybe 4 of them; the top-right could hold {d}. "
        f"Is the center changed? No... yes? The whole left column looks brighter, probably haze. I'll check again.\n</think>\n\n"
        + one(p, cap(_say(g, cs)) + ".", _lines(g, cs))
    )


def final_answer(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        "I went through the grid from the top-left to the bottom-right, comparing each cell of the two images.\n\n"
        + one(p, "Final answer: ", "**Final Answer:** ")
        + "; ".join(f"{mass(c)}: {_list(g[c])}" for c in cs)
    )


def boxed(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        "\\boxed{"
        + one(
            p,
            "\\text{" + "; ".join(f"{mass(c)}: {_list(g[c])}" for c in cs) + "}",
            ",\\ ".join(
                f"\\text{{{mass(c)}}} = \\{{\\text{{{_list(g[c], '')}}}\\}}"
                if g[c]
                else f"\\text{{{mass(c)}}} = \\emptyset"
                for c in cs
            ),
        )
        + "}"
    )


def answer_tag(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        "<answer>" + "; ".join(f"{mass(c)}: {_list(g[c])}" for c in cs) + "</answer>",
        "I compared the cells one at a time.\n<answer>\n" + _lines(g, cs) + "\n</answer>",
    )


def compass(g: Gold, cs: Sequence[str], p: int) -> str:
    if p % 2:
        return "Grid cells by compass (NW N NE / W C E / SW S SE):\n" + "\n".join(
            f"{cap(mass(c))}: " + (", ".join(COMPASS_SHORT[x] for x in in_order(g[c])) or "none") for c in cs
        )
    return _where(
        g,
        cs,
        lambda cells: (
            "in the " + join([COMPASS[x] for x in in_order(cells)]) + (" cell" if len(cells) == 1 else " cells")
        ),
    )


def prose_places(g: Gold, cs: Sequence[str], p: int) -> str:
    centre = one(p, "center", "centre")
    return _where(
        g,
        cs,
        lambda cells: (
            "in the "
            + join([PROSE[x].replace("center", centre) for x in in_order(cells)])
            + (" cell" if len(cells) == 1 else " cells")
        ),
    )


def rows_columns(g: Gold, cs: Sequence[str], p: int) -> str:
    def at(x: str) -> str:
        r, k = divmod(CELLS.index(x), 3)
        return one(p, f"row {r + 1}, column {k + 1}", f"({r + 1}, {k + 1})")

    lead = one(
        p,
        "(rows counted from the top, columns from the left)",
        "Cells given as (row, column), with (1, 1) the top-left and (3, 3) the bottom-right:",
    )
    return (
        lead + "\n" + "\n".join(f"{cap(mass(c))}: " + ("; ".join(at(x) for x in in_order(g[c])) or "none") for c in cs)
    )


def cell_numbers(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        "If the cells are numbered 1 to 9, row by row from the top-left (so 5 is the center), the changes are:\n"
        + "\n".join(
            f"{cap(mass(c))}: " + (", ".join(f"cell {CELLS.index(x) + 1}" for x in in_order(g[c])) or "none")
            for c in cs
        )
    )


def nine_lines(g: Gold, cs: Sequence[str], p: int) -> str:
    body = "\n".join(
        f"{x}: " + (join([mass(c) for c in _at(g, cs, x)]) or one(p, "no change", "none", "-")) for x in CELLS
    )
    return body + (f"\n\nNo changes in {join([mass(c) for c in _rest(g, cs)], 'or')} anywhere." if _rest(g, cs) else "")


def drawn_grid(g: Gold, cs: Sequence[str], p: int) -> str:
    on, off = one(p, ("X", "."), ("[x]", "[ ]"), ("🟥", "⬜"))
    grids = [
        f"{cap(mass(c))}:\n" + "\n".join(" ".join(on if x in g[c] else off for x in row) for row in ROWS.values())
        for c in cs
    ]
    return "\n\n".join(grids) + f"\n\n({on} = changed, {off} = unchanged)"


def cell_first(g: Gold, cs: Sequence[str], p: int) -> str:
    if _nothing(g, cs):
        return f"No cell shows a change in {join([mass(c) for c in cs], 'or')}."
    parts = [f"{short_cell(x)}: {join([mass(c) for c in _at(g, cs, x)])}" for x in CELLS if _at(g, cs, x)]
    tail = f"{one(p, '; ', chr(10))}no changes in {join([mass(c) for c in _rest(g, cs)], 'or')}" if _rest(g, cs) else ""
    return one(p, "; ", "\n").join(parts) + tail


def grouped(g: Gold, cs: Sequence[str], p: int) -> str:
    groups: dict[tuple[str, ...], list[str]] = {}
    for x in CELLS:
        groups.setdefault(tuple(_at(g, cs, x)), []).append(x)
    out = []
    for key, cells in sorted(groups.items(), key=lambda item: -len(item[0])):
        if key:
            label = "both " + join([mass(c) for c in key]) if len(key) == 2 else join([mass(c) for c in key])
            out.append(f"{cap(label)}{' only' if len(key) == 1 and len(cs) > 1 else ''}: {_list(cells)}.")
    out += [f"No changes in {join([mass(c) for c in _rest(g, cs)], 'or')}."] if _rest(g, cs) else []
    return one(p, " ", "\n").join(out)


def name_forms(g: Gold, cs: Sequence[str], p: int) -> str:
    def form(x: str) -> str:
        return one(p, x.upper().replace("-", "_"), x.replace("-", " ").title(), x.replace("-", ""), f'"{x}"')

    return "\n".join(f"{cap(mass(c))}: [" + ", ".join(form(x) for x in in_order(g[c])) + "]" for c in cs)


def verbose(g: Gold, cs: Sequence[str], p: int) -> str:
    parts = [
        f"as far as the {plural(c)} are concerned, "
        + (
            "I cannot make out any change in any cell"
            if not g[c]
            else f"the changes appear to lie in {the_cells(g[c])}, that is in {int_words(len(g[c]))} of the nine cells"
        )
        for c in cs
    ]
    return (
        "The second image was probably taken at another time of day, which makes the comparison a little harder. "
        + " ".join(cap(one(i, "", "then, ", "furthermore, ") + x) + "." for i, x in enumerate(parts))
        + " The differences in tone that can be noticed elsewhere seem to be due to the light."
    )


def chinese(g: Gold, cs: Sequence[str], p: int) -> str:
    names = one(p, ZH_CELLS, ZH_CELLS_LONG)
    if p % 3 == 1:
        return "\n".join(f"{zh(c).strip()}：" + ("、".join(names[x] for x in in_order(g[c])) or "无") for c in cs)
    return (
        "；".join(
            f"{zh(c)}在" + "、".join(names[x] for x in in_order(g[c])) + "格发生了变化" if g[c] else f"{zh(c)}没有变化"
            for c in cs
        )
        + "。"
    )


def negation_first(g: Gold, cs: Sequence[str], p: int) -> str:
    none, some = _rest(g, cs), [c for c in cs if g[c]]
    if not some:
        return f"No {join([plural(c) for c in cs], 'or')} changed anywhere in the grid."
    told = "; ".join(f"{plural(c)} did in " + ("all nine cells" if len(g[c]) == 9 else the_cells(g[c])) for c in some)
    if not none:
        return f"None of what you asked about stayed the same: {_say(g, cs)}."
    return f"No {join([plural(c) for c in none], 'or')} changed, but {told}."


def self_correct(g: Gold, cs: Sequence[str], p: int) -> str:
    c = cs[p % len(cs)]
    wrong = CELLS[p % 9] if [CELLS[p % 9]] != list(g[c]) else CELLS[(p + 1) % 9]
    return (
        f"My first thought was that {plural(c)} changed in the {short_cell(wrong)} cell alone, but that was a mistake. "
        f"Correct is: {_say(g, cs)}."
    )


def polite_chat(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        one(p, "Sure, happy to help! ", "Thank you for the images. ")
        + f"As far as I can see, {low(_say(g, cs))}. "
        + one(p, "Would you like me to look more closely at the top-right corner?", "Do you want a count as well?")
    )


STYLES: dict[str, Style] = {
    f.__name__: f
    for f in (
        bare,
        sentence,
        two_lines,
        bold_bullets,
        sub_bullets,
        numbered,
        table_rows,
        table_cells,
        json_flat,
        json_nested,
        json_objects,
        json_strings,
        json_cells,
        json_booleans,
        json_matrix,
        code_fence,
        think,
        final_answer,
        boxed,
        answer_tag,
        compass,
        prose_places,
        rows_columns,
        cell_numbers,
        nine_lines,
        drawn_grid,
        summaries,
        everywhere_except,
        cell_first,
        grouped,
        name_forms,
        verbose,
        chinese,
        negation_first,
        self_correct,
        polite_chat,
    )
}
