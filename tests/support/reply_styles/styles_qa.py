"""Open questions: the styles of the reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from reply_styles.styles_facts import BOOL, CELL, PERCENT, Facts, facts
from reply_styles.styles_words import cap, low, num, one

QaStyle = Callable[[Facts, int], str]


def _plain(f: Facts) -> str:
    return f.short.lower() if f.kind in BOOL else f.short


def _key(f: Facts) -> str:
    """A JSON key that tells the unit where there is one."""
    return "percent" if f.kind in PERCENT else "area_m2" if f.kind == "area_m2" else "answer"


def bare(f: Facts, p: int) -> str:
    if f.kind in PERCENT:
        return one(p, f.short, num(f.raw) if f.raw == 0 or f.raw >= 2 else f.short, f.short.replace("%", " %"))
    return one(p, f.short, f.short + ".", cap(f.short))


def sentence(f: Facts, p: int) -> str:
    return f.sentence


def short_sentence(f: Facts, p: int) -> str:
    return f.joined


def sentence_short(f: Facts, p: int) -> str:
    return f"{f.sentence} " + one(p, f"So the answer is: {_plain(f)}.", f"Therefore: {_plain(f)}.")


def bold(f: Facts, p: int) -> str:
    return one(p, f"**{cap(f.short)}**", f"The answer is **{_plain(f)}**.", f"**{cap(f.short)}** – {low(f.sentence)}")


def bullets(f: Facts, p: int) -> str:
    return f"- **Answer:** {f.short}\n- **Reason:** {f.sentence}\n- **Note:** differences in light and shadow were ignored."


def heading(f: Facts, p: int) -> str:
    return f"### Answer\n\n{cap(f.short)}\n\n### Explanation\n\n{f.sentence}"


def table(f: Facts, p: int) -> str:
    return one(p, f"| Answer |\n|---|\n| {f.short} |", f"| Item | Result |\n|:---|:---|\n| Answer | {f.short} |")


def think(f: Facts, p: int) -> str:
    return (
        f"<think>\nLet me compare. The first image shows 6 or 7 objects, mostly on the left; is it {f.wrong}? Hmm, no, wait. "
        f"The top-right also looks different, yes, but that is a shadow. Let me check once more.\n</think>\n\n"
        + one(p, cap(f.short), f.sentence, f.joined)
    )


def final_answer(f: Facts, p: int) -> str:
    return (
        "I compared the first image with the second, cell by cell.\n\n"
        + one(p, "Final answer: ", "**Final answer:** ")
        + f.short
    )


def boxed(f: Facts, p: int) -> str:
    inner = (
        f.short.replace("%", "\\%")
        if f.kind in PERCENT
        else (f.short if f.short.replace(",", "").isdigit() else f"\\text{{{f.short}}}")
    )
    return one(p, f"\\boxed{{{inner}}}", f"{f.sentence} Hence\n\n$$\\boxed{{{inner}}}$$")


def answer_tag(f: Facts, p: int) -> str:
    return one(p, f"<answer>{_plain(f)}</answer>", f"{f.sentence}\n<answer>{f.short}</answer>")


def json_flat(f: Facts, p: int) -> str:
    return json.dumps({_key(f): f.raw}, ensure_ascii=False)


def json_nested(f: Facts, p: int) -> str:
    return json.dumps({"result": {"answer": f.raw, "explanation": f.sentence}}, indent=2, ensure_ascii=False)


def json_strings(f: Facts, p: int) -> str:
    return json.dumps({one(p, "answer", "response", "result"): _plain(f)}, ensure_ascii=False)


def code_fence(f: Facts, p: int) -> str:
    return one(p, f"```\n{_plain(f)}\n```", "```json\n" + json.dumps({_key(f): f.raw}, indent=2) + "\n```")


def other_words(f: Facts, p: int) -> str:
    return one(p, cap(f.words), cap(f.words) + ".", f"The answer: {low(f.words)}.")


def verbose(f: Facts, p: int) -> str:
    return (
        "The two images were probably taken in different seasons, so some of the differences in tone should not be given too "
        f"much weight. Taking that into account, my reading of the scene is as follows. {f.sentence} I am fairly, though not "
        "completely, sure of this; a sharper image would help to confirm it."
    )


def hedged(f: Facts, p: int) -> str:
    lead = one(
        p, "It looks to me as if the answer is", "If I am not mistaken, the answer is", "I believe the answer is"
    )
    return f"{lead} {_plain(f)}, though the image is a little blurry."


def chinese(f: Facts, p: int) -> str:
    return f.chinese


def polite_chat(f: Facts, p: int) -> str:
    return (
        one(p, "Great question! ", "Thanks for the images! ", "Happy to help. ")
        + f.joined
        + one(p, " Would you like me to describe the changes further?", " Is there anything else I can do for you?")
    )


def self_correct(f: Facts, p: int) -> str:
    return f"My first guess was {f.wrong}, but that is wrong. On closer inspection the answer is {_plain(f)}."


def labelled(f: Facts, p: int) -> str:
    return one(
        p,
        f"Answer: {f.short}",
        f"A: {_plain(f)}",
        f"ANSWER = {f.short}",
        f"Result: {f.short}\nConfidence: {one(p, 'high', 'medium')}",
    )


def confirmed_last(f: Facts, p: int) -> str:
    place = "" if f.kind in CELL else " in each part of the image"
    return (
        f"1. I lined up the two images.\n2. I compared the objects{place}.\n3. I left out shadows and parked cars.\n\n"
        f"In conclusion: {low(f.sentence) if f.kind in BOOL else f.short}"
    )


_STYLES: dict[str, QaStyle] = {
    f.__name__: f
    for f in (
        bare,
        sentence,
        short_sentence,
        sentence_short,
        bold,
        bullets,
        heading,
        table,
        think,
        final_answer,
        boxed,
        answer_tag,
        json_flat,
        json_nested,
        json_strings,
        code_fence,
        other_words,
        verbose,
        hedged,
        chinese,
        polite_chat,
        self_correct,
        labelled,
        confirmed_last,
    )
}
OPEN_QA_STYLES: tuple[str, ...] = tuple(_STYLES)


def open_qa(style: str, kind: str, args: Mapping[str, Any], value: Any, pick: int) -> str:
    """The correct reply to a question of `kind` in the named style."""
    return _STYLES[style](facts(kind, args, value, pick), pick)
