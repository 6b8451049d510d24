"""Classification: has anything changed? (gold bool)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from reply_styles.styles_words import a_an, cap, join, one, plural, single, zh

Style = Callable[[bool, Sequence[str], int], str]


def _yn(gold: bool) -> str:
    return "Yes" if gold else "No"


def _why(gold: bool, classes: Sequence[str], pick: int) -> str:
    """A clause that fits the answer."""
    c = classes[pick % len(classes)]
    if gold:
        return one(
            pick,
            f"{a_an('new ' + single(c))} can be seen in the second image",
            f"{plural(c)} have appeared that were not there before",
            f"the {plural(c)} differ between the two dates",
        )
    both = join([plural(x) for x in classes])
    return one(
        pick,
        f"the {both} look the same in both images",
        f"no {join([plural(x) for x in classes], 'or')} have been added or removed",
        "the layout is identical at both dates",
    )


def bare(g: bool, cs: Sequence[str], p: int) -> str:
    return one(p, _yn(g), _yn(g).lower(), _yn(g) + ".", _yn(g).upper())


def sentence(g: bool, cs: Sequence[str], p: int) -> str:
    if g:
        return one(
            p,
            "The area has changed between the two images.",
            "There are visible changes between the two images.",
            "Something has changed in the scene.",
        )
    return one(
        p,
        "Nothing has changed between the two images.",
        "There are no visible changes between the two images.",
        "The scene has not changed.",
    )


def yes_because(g: bool, cs: Sequence[str], p: int) -> str:
    return f"{_yn(g)}, {_why(g, cs, p)}."


def bold(g: bool, cs: Sequence[str], p: int) -> str:
    return one(p, f"**{_yn(g)}**", f"**{_yn(g)}.** {cap(_why(g, cs, p))}.", f"The answer is **{_yn(g).lower()}**.")


def bullets(g: bool, cs: Sequence[str], p: int) -> str:
    state = "changed" if g else "no change"
    lines = [f"- **{cap(plural(c))}**: " + (state if i == 0 or not g else "no change") for i, c in enumerate(cs)]
    return (
        "Comparison:\n\n"
        + "\n".join(lines)
        + f"\n\n**Conclusion:** {_yn(g)}, "
        + ("the image has changed." if g else "the image has not changed.")
    )


def heading(g: bool, cs: Sequence[str], p: int) -> str:
    return f"## Answer\n{_yn(g)}\n\n## Explanation\n{cap(_why(g, cs, p))}."


def numbered(g: bool, cs: Sequence[str], p: int) -> str:
    return (
        "1. I aligned the first image with the second.\n2. I looked at the "
        f"{join([plural(c) for c in cs])} in each.\n3. {cap(_why(g, cs, p))}.\n\nAnswer: {_yn(g).lower()}"
    )


def table(g: bool, cs: Sequence[str], p: int) -> str:
    return f"| Question | Answer |\n|---|---|\n| Has anything changed? | {_yn(g)} |"


def json_flat(g: bool, cs: Sequence[str], p: int) -> str:
    return json.dumps({one(p, "changed", "change", "has_changed"): g})


def json_string(g: bool, cs: Sequence[str], p: int) -> str:
    return json.dumps({one(p, "answer", "Answer", "response"): one(p, _yn(g).lower(), _yn(g))})


def json_nested(g: bool, cs: Sequence[str], p: int) -> str:
    return json.dumps({"result": {"change_detected": g, "explanation": cap(_why(g, cs, p)) + "."}}, indent=2)


def code_fence(g: bool, cs: Sequence[str], p: int) -> str:
    return one(p, f"```\n{_yn(g).lower()}\n```", "```json\n" + json.dumps({"changed": _yn(g).lower()}) + "\n```")


def think(g: bool, cs: Sequence[str], p: int) -> str:
    c = plural(cs[p % len(cs)])
    return (
        f"<think>\nThe first image shows about 12 {c}. Did any of them change? At first glance, {_yn(not g).lower()}. "
        f"Let me check the top-left and the center... There are 3 dark spots, maybe shadows. "
        f"Yes or no? Hmm, {_why(g, cs, p)}.\n</think>\n\n" + one(p, _yn(g), f"{_yn(g)}, {_why(g, cs, p)}.")
    )


def final_answer(g: bool, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        f"{cap(_why(g, cs, p))}.\n\nFinal answer: {_yn(g)}",
        f"Comparing the two images, {_why(g, cs, p)}.\n\n**Final Answer:** {_yn(g).lower()}",
        f"### Final answer\n{_yn(g)}",
    )


def boxed(g: bool, cs: Sequence[str], p: int) -> str:
    return one(p, f"\\boxed{{{_yn(g)}}}", f"{cap(_why(g, cs, p))}. $\\boxed{{\\text{{{_yn(g).lower()}}}}}$")


def answer_tag(g: bool, cs: Sequence[str], p: int) -> str:
    return one(p, f"<answer>{_yn(g).lower()}</answer>", f"{cap(_why(g, cs, p))}.\n<answer> {_yn(g)} </answer>")


def verbose(g: bool, cs: Sequence[str], p: int) -> str:
    if g:
        end = f"Nevertheless, {_why(g, cs, p)}, so I would say that yes, the scene has changed."
    else:
        end = f"Beyond that, {_why(g, cs, p)}, so I would say that no, nothing of substance has changed."
    return (
        "The two images seem to have been taken in different seasons: the colours are a little duller in the second "
        "one, and the shadows fall differently, which by itself is probably not a change on the ground. " + end
    )


def chinese(g: bool, cs: Sequence[str], p: int) -> str:
    if g:
        return one(p, "是的，两幅图像之间发生了变化。", f"有变化，第二幅图像中出现了新的{zh(cs[0])}。", "是")
    return one(p, "没有，两幅图像之间没有发生变化。", f"无变化，{zh(cs[0])}与之前一致。", "否")


def negation_first(g: bool, cs: Sequence[str], p: int) -> str:
    if not g:
        return f"No {join([plural(c) for c in cs], 'or')} have changed, and nothing else has either."
    if len(cs) > 1:
        return f"No {plural(cs[0])} have changed, but {plural(cs[1])} have, so yes, there is a change."
    return f"No clouds and no shadows explain the difference: yes, the {plural(cs[0])} have changed."


def polite_chat(g: bool, cs: Sequence[str], p: int) -> str:
    body = f"yes, there is a change: {_why(g, cs, p)}" if g else f"no, I don't see any change: {_why(g, cs, p)}"
    return f"Thanks for sharing these images! To answer your question: {body}. " + one(
        p, "Would you like me to describe the scene in more detail?", "Is there anything else you would like to know?"
    )


def changed_word(g: bool, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        "Changed" if g else "Unchanged",
        "Change detected." if g else "No change detected.",
        "Affirmative." if g else "Negative.",
    )


def self_correct(g: bool, cs: Sequence[str], p: int) -> str:
    return (
        f"At first glance I would have said {_yn(not g).lower()}, but on a closer look {_why(g, cs, p)}. "
        f"The answer is {_yn(g).lower()}."
    )


def identical(g: bool, cs: Sequence[str], p: int) -> str:
    if g:
        return one(
            p,
            "The two images are not identical; the scene on the ground has changed.",
            "The second image does not show the same state as the first: there has been a change.",
        )
    return one(
        p,
        "The two images show exactly the same scene, without any change.",
        "Apart from the lighting, I cannot find a single difference: nothing has changed.",
    )


def confidence(g: bool, cs: Sequence[str], p: int) -> str:
    return one(p, f"{_yn(g)} (confidence: {88 + p % 11}%)", f"Answer: {_yn(g)}\nConfidence: 0.{88 + p % 11}")


def restated(g: bool, cs: Sequence[str], p: int) -> str:
    return one(
        p,
        f"Q: Has anything changed between these two images?\nA: {_yn(g)}.",
        f"Has anything changed between these two images, yes or no? {_yn(g)}.",
    )


STYLES: dict[str, Style] = {
    f.__name__: f
    for f in (
        bare,
        sentence,
        yes_because,
        bold,
        bullets,
        heading,
        numbered,
        table,
        json_flat,
        json_string,
        json_nested,
        code_fence,
        think,
        final_answer,
        boxed,
        answer_tag,
        verbose,
        chinese,
        negation_first,
        polite_chat,
        changed_word,
        self_correct,
        identical,
        confidence,
        restated,
    )
}
