"""Open questions: for each kind the answer as a short word, a sentence, other words, Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reply_styles.fact_kinds import BOOL, CELL, CLASS, INTS, LISTS, PERCENT, WORD
from reply_styles.styles_words import (
    COMPASS,
    ZH_CELLS,
    a_an,
    cap,
    counted,
    in_order,
    join,
    low,
    mass,
    num,
    num_words,
    one,
    plural,
    short_cell,
    single,
    the_cells,
    zh,
)

KINDS: tuple[str, ...] = tuple(
    sorted(BOOL | INTS | PERCENT | CELL | CLASS | LISTS | WORD | {"area_m2", "cells_of_class"})
)

_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
_SIZE = {
    "small": "less than 1% of the image",
    "medium": "at least 1% but less than 5% of the image",
    "large": "5% of the image or more",
}
_ZH_WORD = {
    "left": "左",
    "right": "右",
    "top": "上",
    "bottom": "下",
    "above": "上方",
    "below": "下方",
    "small": "小",
    "medium": "中等",
    "large": "大",
    "concentrated": "集中",
    "scattered": "分散",
    "before": "变化之前（第一幅图像）",
    "after": "变化之后（第二幅图像）",
    "top left": "左上方",
    "top right": "右上方",
    "bottom left": "左下方",
    "bottom right": "右下方",
}


@dataclass(frozen=True)
class Facts:
    kind: str
    short: str  # "Yes", "5", "12.5%", "top-left"
    sentence: str  # a full sentence that holds the answer
    joined: str  # short answer and sentence in one
    words: str  # the answer in other words
    chinese: str
    raw: Any  # for JSON
    wrong: str  # another answer, for thinking aloud


def _bool(kind: str, args: Mapping[str, Any], v: bool) -> tuple[str, str]:
    """Sentence for the value and Chinese for the value."""
    c = str(args.get("cls", ""))
    ps, z = plural(c) if c else "", zh(c)
    if kind == "any_change":
        return (
            "The two images differ: something has changed." if v else "There is no change between the two images."
        ), ("是的，两幅图像之间有变化。" if v else "没有，两幅图像之间没有变化。")
    if kind in ("class_presence", "class_absence"):
        changed = v if kind == "class_presence" else not v
        said = f"{cap(ps)} have changed." if changed else f"No {ps} have changed."
        lead = ("有，" if v else "没有，") if kind == "class_presence" else ("对，" if v else "不对，")
        return said, lead + (f"有{z}发生了变化。" if changed else f"没有任何{z}发生变化。")
    if kind == "at_least":
        n = int(args["n"])
        what = single(c) if n == 1 else ps
        has = "has" if n == 1 else "have"
        if v:
            return f"At least {num(n)} {what} {has} changed.", f"是的，至少有{n}处{z}发生了变化。"
        return f"Fewer than {num(n)} {what} {has} changed.", f"否，发生变化的{z}不到{n}处。"
    if kind == "exactly_one":
        return (f"Exactly one {single(c)} has changed." if v else f"The number of changed {ps} is not exactly one."), (
            f"是的，恰好有一处{z}发生了变化。" if v else f"否，发生变化的{z}并不是恰好一处。"
        )
    if kind == "cell_presence":
        cell = str(args["cell"])
        at, zc = f"in the {short_cell(cell)} cell", ZH_CELLS[cell]
        return (f"{cap(ps)} have changed {at}." if v else f"No {ps} have changed {at}."), (
            f"是的，{zc}格中有{z}发生变化。" if v else f"没有，{zc}格中没有{z}发生变化。"
        )
    if kind == "border":
        return (
            f"{cap(a_an('changed ' + single(c)))} touches the edge of the image."
            if v
            else f"None of the changed {ps} touches the edge of the image."
        ), (f"是的，有发生变化的{z}接触到图像边缘。" if v else f"否，没有发生变化的{z}接触图像边缘。")
    if kind == "centre_changed":
        return (
            f"{cap(ps)} have changed in the middle of the image."
            if v
            else f"In the middle of the image, no {ps} have changed."
        ), (f"是的，图像中间有{z}发生变化。" if v else f"没有，图像中间没有{z}发生变化。")
    if kind == "only_class":
        return (
            f"{cap(ps)} are the only thing that has changed."
            if v
            else f"It is not the case that only {ps} have changed."
        ), (f"是的，只有{z}发生了变化。" if v else f"否，并非只有{z}发生了变化。")
    a, b = plural(str(args["a"])), plural(str(args["b"]))
    za, zb = zh(str(args["a"])), zh(str(args["b"]))
    return (f"Both {a} and {b} have changed." if v else f"It is not the case that both {a} and {b} have changed."), (
        f"是的，{za}和{zb}都发生了变化。" if v else f"否，{za}和{zb}并没有都发生变化。"
    )


def _number(kind: str, args: Mapping[str, Any], v: float, pick: int) -> Facts:
    c = str(args.get("cls", ""))
    z, wrong = zh(c), num(v + 2 + pick % 3)
    if kind in INTS:
        n = int(v)
        if kind == "class_count":
            s, cn = f"{cap(counted(c, n))} {'has' if n == 1 else 'have'} changed.", f"共有{n}处{z}发生了变化。"
        elif kind == "total_count":
            s, cn = (
                f"{cap(counted('object', n))} {'has' if n == 1 else 'have'} changed {'in all' if n else 'at all'}.",
                f"总共有{n}个对象发生了变化。",
            )
        else:
            where = "any" if n == 0 else num(n)
            s = (
                f"No {plural(c)} have changed in any of the nine cells."
                if n == 0
                else (f"{cap(plural(c))} have changed in {where} of the 9 cells.")
            )
            cn = f"{z}在{n}个格子中发生了变化。"
        short = num(n, True)
        return Facts(kind, short, s, f"{short}. {s}", num_words(n), cn, n, wrong)
    raw: float = int(v) if float(v).is_integer() else float(num(v))
    if kind in PERCENT:
        s = {
            "area_share": f"Changed {plural(c)} cover {num(v)}% of the image.",
            "total_share": f"{num(v)}% of the image has changed.",
            "cover_before": f"In the first image, {mass(c)} cover{'' if mass(c) != c else 's'} {num(v)}% of the area.",
            "cover_after": f"In the second image, {mass(c)} cover{'' if mass(c) != c else 's'} {num(v)}% of the area.",
        }[kind]
        cn = {
            "area_share": f"发生变化的{z}占图像的{num(v)}%。",
            "total_share": f"图像的{num(v)}%发生了变化。",
            "cover_before": f"第一幅图像中{z}占{num(v)}%。",
            "cover_after": f"第二幅图像中{z}占{num(v)}%。",
        }[kind]
        words = {0: "none of it", 25: "a quarter", 50: "half", 75: "three quarters"}.get(raw, num_words(v) + " percent")
        return Facts(kind, f"{num(v)}%", s, f"{num(v)}%. {s}", words, cn, raw, num(v + 7) + "%")
    area = f"{num(v, True)} {one(pick, 'm²', 'square metres', 'm2', 'sq m')}"
    hectares = v / 10000
    words = (
        f"{num(hectares)} {one(pick, 'ha', 'hectares')}"
        if v >= 1000 and num(round(hectares, 3)) == num(hectares)
        else (num_words(v) + " square metres")
    )
    s = f"The changed {plural(c)} cover an area of {area}."
    return Facts(
        kind, area, s, f"{area}. {s}", words, f"发生变化的{z}面积为{num(v)}平方米。", raw, num(v + 350, True) + " m²"
    )


def _class(kind: str, args: Mapping[str, Any], v: str, pick: int) -> Facts:
    c = str(args.get("cls", ""))
    pair = [str(args[k]) for k in ("a", "b") if k in args]
    among = pair or [str(x) for x in args.get("among", ())]
    rest = [x for x in among if x != v]
    wrong = mass(rest[0]) if rest else "something else"
    if v == "equal":
        both = join([plural(x) for x in pair])
        s, what = (
            (f"As many {plural(pair[0])} as {plural(pair[1])} have changed.", "the same number")
            if (kind == "more_objects")
            else (f"The changed {both} cover the same area.", "the same area")
        )
        cn = "两者变化的数量相同。" if kind == "more_objects" else "两者变化的面积相同。"
        return Facts(kind, "Equal", s, f"Equal: {low(s)}", what, cn, "equal", mass(pair[0]))
    m, z = mass(v), zh(v)
    s = {
        "more_objects": f"More {plural(v)} than {join([plural(x) for x in rest], 'or')} have changed.",
        "more_area": f"{cap(plural(v))} cover more changed area than {join([plural(x) for x in rest], 'or')}.",
        "largest_class": f"The largest changed object is {a_an(single(v))}.",
        "nearest_class": f"The changed object nearest to the largest changed {single(c)} is {a_an(single(v))}.",
        "most_gained": f"{cap(m)} gained the most area.",
        "most_lost": f"{cap(m)} lost the most area.",
        "became": f"Most of the changed {mass(c)} became {m}.",
        "was_before": f"Where the new {mass(c)} {'is' if mass(c) == c else 'are'} now, there {'was' if m == v else 'were'} mostly "
        f"{m} before.",
    }[kind]
    cn = {
        "more_objects": f"变化的{z}更多。",
        "more_area": f"{z}的变化面积更大。",
        "largest_class": f"最大的变化对象是{z}。",
        "nearest_class": f"最近的变化对象是{z}。",
        "most_gained": f"增加面积最多的是{z}。",
        "most_lost": f"减少面积最多的是{z}。",
        "became": f"大部分变成了{z}。",
        "was_before": f"之前大部分是{z}。",
    }[kind]
    short = one(pick, v, m, cap(m))
    return Facts(kind, short, s, f"{cap(m)}. {s}", one(pick, f"the {m}", f'the class "{v}"'), cn, v, wrong)


def _word(kind: str, args: Mapping[str, Any], v: str, pick: int) -> Facts:
    c = str(args.get("cls", ""))
    ps, z = plural(c) if c else "", zh(c)
    zw = _ZH_WORD[v]
    wrong, words = "something else", v
    if kind == "largest_size":
        s, cn = f"The largest changed {single(c)} is {v}, covering {_SIZE[v]}.", f"最大的变化{z}属于{zw}型。"
        wrong, words = ("large" if v != "large" else "small"), f"{v}-sized"
    elif kind in ("left_or_right", "top_or_bottom"):
        s, cn = f"The {v} half of the image has changed more.", f"{zw}半部分变化更多。"
        wrong = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[v]
        words = {
            "left": "the left-hand side",
            "right": "the right-hand side",
            "top": "the upper half",
            "bottom": "the lower half",
        }[v]
    elif kind == "growth_direction":
        s, cn = (
            f"Seen from the centre, the changed {ps} lie towards the {v} of the image.",
            f"变化的{z}位于中心的{zw if ' ' in v else zw + '方'}。",
        )
        names = {"top": "north", "bottom": "south", "left": "west", "right": "east"}
        words = "".join(names[w] for w in v.split())
        wrong = "bottom right" if v == "top left" else "top left"
    elif kind == "relative_position":
        a, b = single(str(args["a"])), single(str(args["b"]))
        link = {"left": "to the left of", "right": "to the right of"}
        opp = _OPPOSITE[v]
        s = one(
            pick,
            f"The largest changed {a} lies {link.get(v, v)} the largest changed {b}.",
            f"The largest changed {b} lies {link.get(opp, opp)} the largest changed {a}.",
        )
        cn = f"最大的变化{zh(str(args['a']))}位于最大的变化{zh(str(args['b']))}的{zw}{'侧' if v in link else ''}。"
        wrong, words = (
            opp,
            {
                "left": "on the left-hand side",
                "right": "on the right-hand side",
                "above": "higher up",
                "below": "further down",
            }[v],
        )
    elif kind == "spread":
        s = f"The changed {ps} are " + (
            "concentrated in one place." if v == "concentrated" else "scattered over the image."
        )
        cn = f"变化的{z}是{zw}的。"
        wrong = "scattered" if v == "concentrated" else "concentrated"
        words = "clustered together in one place" if v == "concentrated" else "spread out over many places"
    else:
        s = f"{cap(plural(c))} cover more ground {v} the change, in the {'first' if v == 'before' else 'second'} image."
        cn = f"{z}在{zw}覆盖的面积更大。"
        wrong, words = (
            ("after" if v == "before" else "before"),
            ("in the earlier image" if v == "before" else "in the later image"),
        )
    return Facts(kind, one(pick, v, cap(v)), s, f"{cap(v)}. {s}", words, cn, v, wrong)


def facts(kind: str, args: Mapping[str, Any], value: Any, pick: int) -> Facts:
    """All that a style needs to answer one question."""
    if kind in BOOL:
        v = bool(value)
        s, cn = _bool(kind, args, v)
        lead = "Yes" if v else "No"
        if kind == "class_absence":
            joined = f"{lead}, that is {'right' if v else 'not true'}: {low(s)}"
        else:
            joined = f"{lead}, {low(s)}"
        return Facts(
            kind,
            lead,
            s,
            joined,
            one(pick, "Affirmative", "That is correct", "Indeed")
            if v
            else one(pick, "Negative", "That is not the case"),
            cn,
            v,
            "no" if v else "yes",
        )
    if kind in INTS or kind in PERCENT or kind == "area_m2":
        return _number(kind, args, value, pick)
    if kind in CLASS:
        return _class(kind, args, str(value), pick)
    if kind in WORD:
        return _word(kind, args, str(value), pick)
    c = str(args.get("cls", ""))
    if kind in CELL:
        what = {
            "largest_cell": f"The largest changed {single(c)} is",
            "smallest_cell": f"The smallest changed {single(c)} is",
            "busiest_cell": f"Most of the changed {plural(c)} are",
        }[kind]
        zw = {
            "largest_cell": f"最大的变化{zh(c)}",
            "smallest_cell": f"最小的变化{zh(c)}",
            "busiest_cell": f"变化最多的{zh(c)}",
        }[kind]
        short = one(pick, value, short_cell(value))
        s = f"{what} in the {short} cell."
        return Facts(
            kind,
            short,
            s,
            f"{cap(short)}. {s}",
            f"the {COMPASS[value]} cell",
            f"{zw}位于{ZH_CELLS[value]}格。",
            value,
            "top-right" if value != "top-right" else "bottom-left",
        )
    if kind == "cells_of_class":
        cells = in_order(value)
        short = ", ".join(one(pick, x, short_cell(x)) for x in cells) or "None"
        s = (
            f"{cap(plural(c))} have changed in {the_cells(cells)}."
            if cells
            else f"No {plural(c)} have changed in any cell."
        )
        cn = (
            f"{zh(c)}在" + "、".join(ZH_CELLS[x] for x in cells) + "格发生了变化。"
            if cells
            else f"没有任何格子中的{zh(c)}发生变化。"
        )
        words = (
            (f"the {join([COMPASS[x] for x in cells])} cell" + ("s" if len(cells) > 1 else "")) if cells else "nowhere"
        )
        return Facts(
            kind, short, s, f"{short}. {s}", words, cn, cells, "top-right" if cells != ["top-right"] else "bottom-left"
        )
    among, chosen = [str(x) for x in args["among"]], [str(x) for x in value]
    no = kind == "unchanged_classes"
    names = join([plural(x) for x in chosen])
    if chosen:
        s = f"{cap(names)} show no change." if no else f"{cap(names)} have changed."
        cn = "、".join(zh(x).strip() for x in chosen) + ("没有变化。" if no else "发生了变化。")
    else:
        s = (
            "All of them have changed, so none is unchanged."
            if no
            else f"No {join([plural(x) for x in among], 'or')} have changed."
        )
        cn = "没有，所有类别都发生了变化。" if no else "没有，所有类别都没有变化。"
    short = ", ".join(mass(x) for x in chosen) or "None"
    rest = [x for x in among if x not in chosen]
    return Facts(
        kind,
        short,
        s,
        f"{cap(short)}. {s}",
        join([f'"{x}"' for x in chosen]) or "none of them",
        cn,
        chosen,
        mass(rest[0]) if rest and len(rest) < len(among) else "all of them" if len(chosen) < len(among) else "none",
    )
