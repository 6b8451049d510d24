"""Counting: how many of each class have changed? (gold {class: int})."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from reply_styles.styles_words import (
    cap,
    counted,
    counted_words,
    int_words,
    join,
    low,
    mass,
    num,
    one,
    plural,
    single,
    zh,
)

Gold = Mapping[str, int]
Style = Callable[[Gold, Sequence[str], int], str]


def _key(cls: str, pick: int) -> str:
    return one(pick, cls, mass(cls), mass(cls).replace(" ", "_"))


def _say(gold: Gold, classes: Sequence[str], words: bool = False) -> str:
    """'2 roads and 5 buildings have changed'; all zero: 'no roads or buildings have changed'."""
    if not any(gold[c] for c in classes):
        return f"no {join([plural(c) for c in classes], 'or')} have changed"
    parts = [(counted_words if words else counted)(c, gold[c]) for c in classes]
    verb = "has" if len(classes) == 1 and gold[classes[0]] == 1 else "have"
    return f"{join(parts)} {verb} changed"


def _lines(gold: Gold, classes: Sequence[str]) -> str:
    return "\n".join(f"{cap(mass(c))}: {num(gold[c], True)}" for c in classes)


def bare(g: Gold, cs: Sequence[str], p: int) -> str:
    if len(cs) == 1:
        return one(p, num(g[cs[0]], True), num(g[cs[0]]), counted(cs[0], g[cs[0]], "0"))
    return one(
        p,
        ", ".join(counted(c, g[c], "0") for c in cs),
        ", ".join(f"{mass(c)} {num(g[c])}" for c in cs),
        "; ".join(f"{mass(c)}={num(g[c])}" for c in cs),
    )


def sentence(g: Gold, cs: Sequence[str], p: int) -> str:
    return cap(_say(g, cs)) + one(p, ".", " between the two images.")


def two_lines(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        _lines(g, cs),
        "\n".join(f"{cap(plural(c))} changed: {num(g[c])}" for c in cs),
        "\n".join(f"Number of changed {plural(c)} = {num(g[c])}" for c in cs),
    )


def bold_bullets(g: Gold, cs: Sequence[str], p: int) -> str:
    items = [
        one(
            p,
            f"- **{cap(mass(c))}:** {num(g[c], True)}",
            f"* **{num(g[c], True)}** {single(c) if g[c] == 1 else plural(c)}",
            f"• **{cap(mass(c))}** – {'none' if g[c] == 0 else num(g[c], True) + ' changed'}",
        )
        for c in cs
    ]
    return one(p, "Changes between the two images:\n\n", "Here is what changed:\n", "") + "\n".join(items)


def numbered(g: Gold, cs: Sequence[str], p: int) -> str:
    return "\n".join(
        one(p, f"{i}. {cap(mass(c))}: {num(g[c], True)}", f"{i}) **{cap(mass(c))}** - {num(g[c], True)} changed")
        for i, c in enumerate(cs, 1)
    )


def table_rows(g: Gold, cs: Sequence[str], p: int) -> str:
    return "| Class | Changed |\n|---|---|\n" + "\n".join(f"| {cap(mass(c))} | {num(g[c], True)} |" for c in cs)


def table_columns(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        "| "
        + " | ".join(cap(mass(c)) + " changed" for c in cs)
        + " |\n|"
        + "---|" * len(cs)
        + "\n| "
        + " | ".join(num(g[c], True) for c in cs)
        + " |"
    )


def json_flat(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({_key(c, p): g[c] for c in cs}, indent=one(p // 3, None, 2))


def json_nested(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({"changes": {_key(c, p): {one(p, "count", "changed"): g[c]} for c in cs}}, indent=2)


def json_objects(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps([{one(p, "class", "type", "label"): c, one(p, "count", "number", "changed"): g[c]} for c in cs])


def json_strings(g: Gold, cs: Sequence[str], p: int) -> str:
    return json.dumps({_key(c, p): one(p, num(g[c]), num(g[c], True)) for c in cs})


def code_fence(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        "```json\n" + json.dumps({"changed_" + plural(c).replace(" ", "_"): g[c] for c in cs}, indent=4) + "\n```",
        "```\n" + _lines(g, cs).lower() + "\n```",
        "Here are the counts:\n\n```yaml\n" + "\n".join(f"{mass(c)}: {g[c]}" for c in cs) + "\n```",
    )


def csv(g: Gold, cs: Sequence[str], p: int) -> str:
    return "class,changed\n" + "\n".join(f"{c},{g[c]}" for c in cs)


def think(g: Gold, cs: Sequence[str], p: int) -> str:
    c, d = plural(cs[0]), plural(cs[-1])
    return (
        f"<think>\nOkay, the first image has 3 {c} and maybe 14 {d}. In the second I count 17... wait, the top-left "
        f"holds {4 + p % 3}, so perhaps 21. No {c} were removed? Yes, 1 or 2 could be shadows. Let me recount.\n</think>\n\n"
        + one(p, cap(_say(g, cs)) + ".", _lines(g, cs))
    )


def final_answer(g: Gold, cs: Sequence[str], p: int) -> str:
    lead = f"The first image has {7 + p % 5} {plural(cs[-1])} along its left side; I compared them one by one with the second."
    return f"{lead}\n\n" + one(p, "Final answer: ", "**Final Answer:** ") + ", ".join(counted(c, g[c], "0") for c in cs)


def boxed(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        "\\boxed{" + ",\\ ".join(f"\\text{{{mass(c)}}} = {g[c]}" for c in cs) + "}",
        "Counting the changed objects gives\n$$\\boxed{\\text{" + "; ".join(f"{mass(c)}: {g[c]}" for c in cs) + "}}$$",
    )


def answer_tag(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        one(p, "<answer>", "I compared both images carefully.\n<answer>")
        + one(p, "; ".join(f"{mass(c)}: {g[c]}" for c in cs), _say(g, cs))
        + "</answer>"
    )


def number_words(g: Gold, cs: Sequence[str], p: int) -> str:
    return one(p, cap(_say(g, cs, True)) + ".", "; ".join(f"{mass(c)}: {int_words(g[c])}" for c in cs))


def colloquial(g: Gold, cs: Sequence[str], p: int) -> str:
    def some(c: str) -> str:
        n = g[c]
        fixed = {0: "not a single ", 1: "just one ", 2: "a couple of ", 6: "half a dozen ", 12: "a dozen "}
        return fixed.get(n, int_words(n) + " ") + (single(c) if n < 2 else plural(c))

    return (
        f"I can see {join([some(c) for c in cs])} that changed."
        if any(g[c] for c in cs)
        else (f"{cap(join([some(c) for c in cs], 'and'))} changed.")
    )


def before_after(g: Gold, cs: Sequence[str], p: int) -> str:
    out = []
    for i, c in enumerate(cs):
        b = 2 + (p + 3 * i) % 7
        a = b + g[c]
        out.append(
            one(
                p,
                f"{cap(mass(c))}: {b} -> {num(a)} ({num(g[c])} new)",
                f"{cap(mass(c))}: {b} before, {num(a, True)} after, so {num(g[c], True)} changed",
                f"- {cap(mass(c))}: before {b}, after {num(a)}, difference {num(g[c])}",
            )
        )
    return "\n".join(out)


def before_after_table(g: Gold, cs: Sequence[str], p: int) -> str:
    rows = [f"| {c} | {3 + (p + i) % 5} | {num(3 + (p + i) % 5 + g[c])} | {num(g[c])} |" for i, c in enumerate(cs)]
    return "| Class | Before | After | Changed |\n|:--|--:|--:|--:|\n" + "\n".join(rows)


def verbose(g: Gold, cs: Sequence[str], p: int) -> str:
    parts = [
        f"when it comes to the {plural(c)}, "
        + (
            "I do not see any that changed"
            if g[c] == 0
            else f"it appears that {counted(c, g[c])} {'has' if g[c] == 1 else 'have'} changed"
        )
        for c in cs
    ]
    body = " ".join(cap(one(i, "", "then, ", "moreover, ") + x) + "." for i, x in enumerate(parts))
    return (
        "Looking at the two images side by side, and bearing in mind that the resolution and the lighting differ a little, "
        f"here is my impression. {body} Some small differences in colour are probably seasonal and were left out."
    )


def approximate(g: Gold, cs: Sequence[str], p: int) -> str:
    word = one(p, "about", "approximately", "at least", "roughly")
    parts = [counted(c, g[c]) if g[c] == 0 else f"{word} {counted(c, g[c])}" for c in cs]
    return f"{cap(join(parts))} changed." if any(g[c] for c in cs) else cap(_say(g, cs)) + "."


def ranges(g: Gold, cs: Sequence[str], p: int) -> str:
    def span(n: int) -> str:
        if n == 0:
            return "none"
        d = 1 if n < 40 else 5
        lo, hi = (n, n + 1) if n == 1 else (n - d, n + d + p % 2)
        return one(
            p,
            f"{num(lo, True)}-{num(hi, True)}",
            f"{num(lo, True)} to {num(hi, True)}",
            f"between {num(lo, True)} and {num(hi, True)}",
        )

    return "\n".join(f"{cap(mass(c))}: {span(g[c])}" for c in cs)


def breakdown(g: Gold, cs: Sequence[str], p: int) -> str:
    out = []
    for c in cs:
        gone = g[c] // 3
        tail = "" if g[c] == 0 else f" ({num(g[c] - gone, True)} added + {num(gone, True)} removed)"
        out.append(f"- {cap(mass(c))}: {num(g[c], True)} changed in total{tail}")
    return "\n".join(out)


def self_correct(g: Gold, cs: Sequence[str], p: int) -> str:
    c = cs[p % len(cs)]
    return (
        f"At first I counted {counted(c, g[c] + 2 + p % 3)}, but that was wrong, because some of those are only shadows. "
        f"Corrected: {_say(g, cs)}."
    )


def respectively(g: Gold, cs: Sequence[str], p: int) -> str:
    if len(cs) == 1:
        return f"The number of changed {plural(cs[0])} is {num(g[cs[0]], True)}."
    return f"The numbers of changed {join([plural(c) for c in cs])} are {join([num(g[c], True) for c in cs])}, respectively."


def chinese(g: Gold, cs: Sequence[str], p: int) -> str:
    if p % 3 == 1:
        return "\n".join(f"{zh(c).strip()}：{g[c]}" for c in cs)
    return "，".join(f"有{g[c]}处{zh(c)}发生了变化" if g[c] else f"没有{zh(c)}发生变化" for c in cs) + "。"


def negation_first(g: Gold, cs: Sequence[str], p: int) -> str:
    none, some = [c for c in cs if not g[c]], [c for c in cs if g[c]]
    if not some:
        return f"No {plural(cs[0])} changed" + (
            f", and no {join([plural(c) for c in cs[1:]], 'or')} either." if cs[1:] else "."
        )
    if not none:
        return f"None of what you asked about stayed the same: {_say(g, cs)}."
    return f"No {join([plural(c) for c in none], 'or')} changed, but {join([counted(c, g[c]) for c in some])} did."


def polite_chat(g: Gold, cs: Sequence[str], p: int) -> str:
    return (
        one(p, "Sure! ", "Great question! ", "Of course, happy to help. ")
        + f"From what I can see, {low(_say(g, cs))}. "
        + one(
            p,
            "Would you like me to mark them on the image?",
            "Shall I describe where they are?",
            "Let me know if you need more!",
        )
    )


def explained(g: Gold, cs: Sequence[str], p: int) -> str:
    out = []
    for c in cs:
        note = (
            "they look the same at both dates"
            if g[c] == 0
            else one(
                p,
                "best seen in the top-right corner of the second image",
                "mostly where there was open ground in image 1",
            )
        )
        out.append(f"**{cap(mass(c))} ({num(g[c], True)})**: {note}.")
    return "\n\n".join(out)


STYLES: dict[str, Style] = {
    f.__name__: f
    for f in (
        bare,
        sentence,
        two_lines,
        bold_bullets,
        numbered,
        table_rows,
        table_columns,
        json_flat,
        json_nested,
        json_objects,
        json_strings,
        code_fence,
        csv,
        think,
        final_answer,
        boxed,
        answer_tag,
        number_words,
        colloquial,
        before_after,
        before_after_table,
        verbose,
        approximate,
        ranges,
        breakdown,
        self_correct,
        respectively,
        chinese,
        negation_first,
        polite_chat,
        explained,
    )
}
