"""A model's reply down to the part that is its answer: reasoning, frames, control tokens and echoes are taken off.

The raw reply stays with the prediction; what is read and scored is what :func:`answer_text` gives (DECISIONS 22).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 20_000
"""Characters of an answer that are read; of a longer one the first and last halves."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DASHES = str.maketrans(
    {
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": " - ", "―": " - ", "−": "-", "’": "'", "‘": "'", "´": "'",
        "“": '"',
        "”": '"', "„": '"', "«": '"', "»": '"', "\u2028": "\n", "\u2029": "\n", "\x85": "\n", "⇒": "→", "➔": "→",
        "➜": "→",
        "⟶": "→", "➡": "→", "×": "x", "≈": "~", "∼": "~", "•": "-", "●": "-", "▪": "-", "◦": "-", "·": " ",
        "✅": " yes ",
        "✔": " yes ", "✓": " yes ", "❌": " no ", "✗": " no ", "✘": " no ", "✖": " no ",
    }
)  # fmt: skip

_ARROW = re.compile(r"[-=]{1,3}>")

_THINK = (
    r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|analysis|scratchpad|cot|begin_of_thought|"
    r"seed:think|thinking_process|think_process|inner_monologue)"
)
_THOUGHT = re.compile(rf"(?:<\|?|◁|\[){_THINK}(?:\|?>|▷|\])", re.IGNORECASE)
_THOUGHT_END = re.compile(r"(?:<\||<|◁|\[)(?:/" + _THINK + r"|end_of_thought)(?:\|?>|▷|\])", re.IGNORECASE)
_ANSWER_TAG = re.compile(
    r"<\|?(?:begin_of_)?(?:final_?)?(?:answer|solution|result|output|response|final|conclusion|"
    r"verdict)\|?>|<\|?begin_of_box\|?>|\[ANSWER\]",
    re.IGNORECASE,
)
_ANSWER_TAG_END = re.compile(
    r"<\|?(?:/|end_of_)(?:final_?)?(?:answer|solution|result|output|response|final|conclusion|"
    r"verdict)\|?>|<\|?(?:/|end_of_)box\|?>|\[/ANSWER\]",
    re.IGNORECASE,
)
_TURN_END = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|eom_id|end|end_of_text|eos|user|observation)\|>|</s>|<eos>|"
    r"<end_of_turn>|"
    r"<end_of_utterance>|\[/?INST\]|<\uff5cend▁of▁sentence\uff5c>|<\|end▁of▁sentence\|>",
    re.IGNORECASE,
)
_CONTROL = re.compile(
    r"<\|[^|<>\n]{0,40}\|>|</?s>|<(?:unk|pad|bos|eos|image|img|video|start_of_turn)>|\[/?INST\]|<0x[0-9a-f]{2}>"
)
# "Bot:" names a speaker at the very beginning alone; elsewhere it is short for the bottom row.
_SPEAKER = re.compile(r"(?:^|\n|\s)(?:assistant|gpt|model)\s*[:：]|\A\s*bot\s*[:：](?!.*\btop\b)", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~|<(s|del|strike)>[^<\n]{1,200}</\1>", re.IGNORECASE)
_USER = re.compile(r"(?:^|\n)\s{0,40}(?:user|human|question)\s*[:：]", re.IGNORECASE)

_HARD_MARK = re.compile(
    r"(?:^|\n|(?<=[.!?;:)]))[\s>*_#`【「\[-]{0,40}(?:(?:my |the )?(?:final|short|direct|correct|overall) (?:answer|"
    r"response|result|verdict|decision|count|output)|"
    r"(?:my |the )?answer|response|verdict|最终答案|答案|答|结论|回答)[*_`\]】」]*\s*(?:\([^()\n]{1,20}\)\s*)?(?:[:：]|"
    r"(?=\n)|(?<=[】\]」])|\bis\b\s*:?|=|为|是)[*_`\s]*",
    re.IGNORECASE,
)
_INLINE_MARK = re.compile(
    r"(?:\b(?:so|thus|hence|therefore|then|and)\b,?\s+)?\b(?:my|the)\s+(?:final\s+)?answer\s+(?:is|"
    r"would be|should be|must be)\b\s*[:：]?|"
    r"(?:\bfinal answer|答案(?:应该?|就|便)?(?:是|为|：|:))\s*[:：]?",
    re.IGNORECASE,
)
_SOFT_MARK = re.compile(
    r"(?:^|\n|(?<=[.!?]))[\s>*_#-]{0,40}(?:in (?:conclusion|summary|short|sum)|to (?:summari[sz]e|conclude|"
    r"sum up)|overall|summary|conclusion|"
    r"therefore|thus|hence|so|final(?:ly)?|total(?:s)?(?: changed)?|综上(?:所述)?|总之|因此|所以)[*_]*\s*[:：,，]?",
    re.IGNORECASE,
)
_EXPLANATION = re.compile(
    r"\n[\s>*_#-]{0,40}(?:explanations?|reason(?:s|ing)?|justification|rationale|notes?|confidence|analysis|"
    r"evidence|details|caveats?|"
    r"解释|说明|理由|原因|备注|注)[*_]*\s*(?:[:：]|\n)",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")


class NoAnswerError(ValueError):
    """A reply that holds no answer: nothing, or reasoning alone."""


_CHANNEL = re.compile(
    r"<\|channel\|>\s*final\s*(?:<\|constrain\|>\w*\s*)?<\|message\|>|\bassistant\s?final(?=[A-Z\W])|"
    r"\.{3}done thinking\.?\s*\n",
    re.IGNORECASE,
)
_OPEN_CHANNEL = re.compile(r"<\|channel\|>\s*(?:analysis|commentary)\b")
"""Channels of a reply: what is said in the final one is the answer."""


def clean_characters(text: str) -> str:
    """Compatibility forms, quotes, dashes and arrows made plain; surrogates and invisible characters taken off."""
    text = _SURROGATES.sub(" ", text)
    text = unicodedata.normalize("NFKC", _ARROW.sub("→", text.translate(_DASHES)))
    return _INVISIBLE.sub("", text.translate(_DASHES)).replace("\r\n", "\n").replace("\r", "\n")


def without_reasoning(text: str) -> str:
    """A reply without its reasoning blocks, whether closed, left open, or without an opening tag.

    >>> without_reasoning("<think>maybe two?</think>One.")
    'One.'
    """
    channels = list(_CHANNEL.finditer(text))
    opened = _OPEN_CHANNEL.search(text)
    if channels:
        text = text[channels[-1].end() :]
    elif opened is not None:
        return text[: opened.start()]
    ends = list(_THOUGHT_END.finditer(text))
    if ends:
        text = text[ends[-1].end() :]
    start = _THOUGHT.search(text)
    if start is None:
        return text
    # A reasoning block that never ends may still come to a marked answer.
    marks = [match for match in _HARD_MARK.finditer(text, start.end()) if text[match.end() :].strip()]
    marked = (
        text[marks[-1].start() :] if marks and text[marks[-1].start() : marks[-1].end()].strip()[-1:] in ":：" else ""
    )
    return text[: start.start()] + marked


@lru_cache(maxsize=4096)
def answer_text(text: str) -> str:
    """The part of a reply that is its answer.

    Raises:
        NoAnswerError: there is none.

    >>> answer_text("<think>2 or 3?</think> **Answer:** Yes")
    'Yes'
    """
    if not text.strip():
        raise NoAnswerError("empty reply")
    if len(text) > 10 * LONGEST:
        text = text[: 5 * LONGEST] + "\n" + text[-5 * LONGEST :]
    text = _STRUCK.sub(" ", clean_characters(text))
    framed = _framed(text)
    if framed is None:
        text = without_reasoning(text)
        if not text.strip():
            raise NoAnswerError("reasoning without an answer")
        framed = _framed(text)
    if framed is None:
        framed = _marked(_one_example(_one_turn(text)))
    answer = _CUT_TAIL.sub("", _CONTROL.sub(" ", _one_turn(unboxed(framed))).strip())
    if _FORM.search(answer):
        raise NoAnswerError("the form of an answer, not an answer")
    if not answer:
        raise NoAnswerError("no answer after the reasoning")
    answer = answer if len(answer) <= LONGEST else answer[: LONGEST // 2] + "\n" + answer[-LONGEST // 2 :]
    return answer if len(answer) <= _MAY_LOOP else without_loops(answer)


def text_after(text: str, answer: str) -> str:
    """What follows the answer of a reply: its explanation, empty where there is none.

    >>> text_after("**Answer:** No\\n\\nExplanation: a house is new.", "No").strip()
    'Explanation: a house is new.'
    """
    if len(text) > LONGEST:
        return ""
    whole = without_reasoning(clean_characters(text))
    place = whole.find(answer)
    return whole[place + len(answer) :] if place >= 0 and answer else ""


_MAY_LOOP = 1_500
_LOOP = re.compile(r"(.{1,120}?)\1{20,}", re.DOTALL)


def without_loops(text: str) -> str:
    """A text in which a model that fell into a loop repeats itself 20 times at most.

    >>> without_loops("2 roads, " + "the " * 5000).count("the")
    20
    """
    return _LOOP.sub(lambda loop: loop[1] * 20, text)


_FORM = re.compile(
    r"\A\W*(?:for example|e\.g\.|example(?: (?:output|answer|format))?|(?:expected |output |answer )?format|"
    r"expected output)\W*:|"
    r"[:=]\s*[\"']?<(?:n|x|number|count|cells?|list|answer|value|int(?:eger)?|yes/no)>",
    re.IGNORECASE,
)
# A last sentence that breaks off within a phrase ("Two roads. In the north, a") tells nothing.
_CUT_TAIL = re.compile(
    r"(?<=[.!?])\s+[^.!?\n|:{\[]{3,200}\b(?:a|an|the|in|of|and|with|to|that|which|is|are|was|were|has|have|on|at|from|by|for|"
    r"or|new|contains|shows)$"
)
_FREE_MARK = re.compile(
    r"(?:^|\n)[\s>*_#-]{0,40}(?:the )?final (?:answer|caption|description)[*_]*\s*[:：][*_]*", re.IGNORECASE
)


def free_text(text: str) -> str:
    """A caption or another free text as it was written, without the reasoning, frames and control tokens around it.

    Raises:
        NoAnswerError: nothing is left.

    >>> free_text("<think>A road?</think> <answer>a road is built .</answer></s>")
    'a road is built .'
    """
    if not text.strip():
        raise NoAnswerError("empty reply")
    if "<" in text or "[" in text or "◁" in text or "\\boxed" in text:
        text = _framed(text) or without_reasoning(text)
        text = _CONTROL.sub(" ", _one_turn(text)) if _CONTROL.search(text) or _TURN_END.search(text) else text
    marks = list(_FREE_MARK.finditer(text))
    text = text[marks[-1].end() :] if marks and text[marks[-1].end() :].strip() else text
    if not text.strip():
        raise NoAnswerError("reasoning without an answer")
    return text.strip()


def _framed(text: str) -> str | None:
    """What stands in the last answer frame (a tag, or one box), None where there is no frame."""
    starts = list(_ANSWER_TAG.finditer(text))
    if starts:
        inner = text[starts[-1].end() :]
        end = _ANSWER_TAG_END.search(inner)
        inner = inner[: end.start()] if end else inner
        if inner.strip():
            return inner
    boxes = _boxes(without_reasoning(text)) or _boxes(text)
    distinct = list(dict.fromkeys(boxes))
    # Several boxes, or a bare number in one, belong to the words around them: they are unwrapped where they stand.
    if len(distinct) == 1 and re.search(r"[^\d\s.,%-]", distinct[0]):
        return distinct[0]
    return None


def _boxes(text: str) -> list[str]:
    """The contents of the outer boxes; one that is never closed holds all that follows."""
    contents: list[str] = []
    closed = 0
    for match in _BOXED.finditer(text):
        if match.start() < closed:
            continue
        depth, end = 1, match.end()
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        contents.append(text[match.end() : end - 1 if not depth else end].strip())
        closed = end
    return contents


def unboxed(text: str) -> str:
    r"""LaTeX of a short answer as plain text: ``\boxed{\text{Yes}}`` is ``Yes``."""
    if "\\" not in text and "$" not in text:
        return text
    for _ in range(3):
        text = re.sub(r"\\(?:boxed|fbox|text|textbf|mathrm|mathbf|textit|mbox)\s*\{([^{}]{0,2000})\}", r" \1 ", text)
    text = re.sub(r"\\(?:rightarrow|to|Rightarrow|longrightarrow)\b", "→", text)
    text = re.sub(r"\\(?:approx|sim)\b", "~", text)
    text = re.sub(r"\\(?:emptyset|varnothing)\b", " none ", text)
    text = re.sub(r"\\frac\s*\{(\d+)\}\s*\{(\d+)\}", r"\1/\2", text)
    text = re.sub(r"\\(?:quad|qquad|,|;|:|!|\(|\)|\[|\]|left|right|displaystyle)(?![a-z])", " ", text)
    return text.replace("\\%", "%").replace("\\_", "_").replace("\\\\", "\n").replace("$", " ").replace("\\n", "\n")


def _one_turn(text: str) -> str:
    """The assistant's first turn: without the echo of the question and without turns that it made up afterwards."""
    parts = [part for part in _TURN_END.split(text) if part.strip()]
    text = parts[0] if parts else ""
    speakers = list(_SPEAKER.finditer(text))
    users = list(_USER.finditer(text))
    if speakers and (not users or users[0].start() < speakers[0].start()):
        later = [match.start() for match in users if match.start() > speakers[0].end()]
        return text[speakers[0].end() : min(later, default=len(text))]
    return text


def _marked(text: str) -> str:
    """What follows the last final-answer mark, without the explanation after it; the text where there is no mark."""
    marks = [match for match in _HARD_MARK.finditer(text) if text[match.end() :].strip()]
    if marks:
        tail = text[marks[-1].end() :]
        cut = _explanation_in("\n" + tail)
        return (("\n" + tail)[: cut.start()].strip() or tail) if cut else tail.strip()
    inline = [match for match in _INLINE_MARK.finditer(text) if text[match.end() :].strip(" .*\n")]
    if len(inline) == 1:
        return text[inline[-1].end() :].strip()
    cut = _explanation_in(text)
    return text[: cut.start()] if cut and text[: cut.start()].strip() else text


_EXAMPLE = re.compile(
    r"(?:^|\n)[\s>*_#-]{0,8}(?:another |next |further )?(?:(?:image )?pair|example|sample|"
    r"query)\s*#?(?P<number>\d{0,3})[*_]{0,2}"
    r"\s*[:：]\s*",
    re.IGNORECASE,
)


def _one_example(text: str) -> str:
    """What a reply to a prompt with examples says of its own pair, without further ones that it made up.

    "Pair 3: 7" is "7"; "2", then "Example: 4", is "2". Examples that are told from the first one on are all left.
    """
    marks = list(_EXAMPLE.finditer(text))
    if not marks:
        return text
    if text[: marks[0].start()].strip():
        return text[: marks[0].start()]
    if marks[0]["number"] in ("", "0", "1") and len(marks) > 1:
        return text
    if not marks[0]["number"]:
        return text
    return text[marks[0].end() : marks[1].start() if len(marks) > 1 else len(text)]


def _explanation_in(text: str) -> re.Match[str] | None:
    """The first mark of an explanation; a note within the fields of a structure is none."""
    for mark in _EXPLANATION.finditer(text):
        line = mark[0].lstrip("\n")
        indent = len(line) - len(line.lstrip(" \t"))
        outer = re.search(r"\n[ \t]{0,8}[\w\"'-][\w \"'-]{0,40}:", text[mark.end() :]) if indent else None
        if outer is None or len(outer[0]) - len(outer[0].lstrip("\n \t")) - 1 > indent:
            return mark
    return None


_FIELD_LINE = re.compile(r"[\s>*_#`-]{0,8}[^\W\d][\w ]{1,30}[*_`\"']{0,3}\s*[:：=→][^\n]*")


def final_block(answer: str) -> str | None:
    """The last paragraph of an answer where it is nothing but fields ("Roads: 1", "Buildings: 4"); None for another.

    >>> final_block("Two sheds? No, one is old.\\n\\nRoads: 0\\nBuildings: 1")
    'Roads: 0\\nBuildings: 1'
    """
    above, _, block = answer.strip().rpartition("\n\n")
    lines = [line for line in block.split("\n") if line.strip()]
    return block if above.strip() and len(lines) < 12 and all(map(_FIELD_LINE.fullmatch, lines)) else None


def conclusion(answer: str) -> str | None:
    """What an answer says after its last "in total", "overall", "therefore"; None where it has no such mark."""
    marks = [match for match in _SOFT_MARK.finditer(answer) if match.start() > 0 and answer[match.end() :].strip()]
    return answer[marks[-1].end() :].strip() if marks else None
