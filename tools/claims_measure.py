"""What the check of claims makes of marked texts that people wrote: totals, with and without a second model's reading.

A set is a file of rows as ``tools/claims_writer_kit.py`` makes them, filled in. Every text is checked by its marks;
what that leaves undecided can be written out as the very prompts that a second model would be sent, and their replies
given back.

Example:
    python tools/claims_measure.py set_a.jsonl set_b.jsonl --requests requests.jsonl
    python tools/claims_measure.py set_a.jsonl set_b.jsonl --extractions replies.jsonl

A request is ``{"id", "messages": [{"role", "content"}], "schema"}``, in an order that tells nothing; a reply is
``{"id", "reply"}``, where ``reply`` is the object that the schema asks for (or its JSON as text).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rsica_data.claims import Fact, Listed
from rsica_data.claims.agreeing import Undecided, disagreement
from rsica_data.claims.checking import Checked, check_text
from rsica_data.claims.leaking import certain_leaks
from rsica_data.claims.quotes import without_marks
from rsica_data.claims.reading import reading_prompt, reading_schema
from rsica_data.claims.readings import reading_of
from rsica_data.claims.rewording import Reworded, differs
from rsica_data.generation.caption_reading import UnreadCaption
from rsica_data.generation.implied import ImpliedTarget, Target
from rsica_data.generation.readers.base import identity
from rsica_data.generation.readers.paraphrases import reworded
from rsica_data.generation.readers.targets import implied_by
from rsica_data.generation.types import Left, Refusal
from rsica_data.schema import Instruction, Provenance, Turn
from rsica_data.synth.drawn_scene import CLASSES

MODES = ("true", "false_text", "false_declared")
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One text of a set, checked by its marks.

    Attributes:
        row: file and line, which tell the texts of one conversation.
        prompt: name of the prompt.
        mode: one of ``MODES``.
        question: what it answers.
        text: the text with its marks.
        listed: the facts, and what was said before.
        checked: what came of the check.
        unmarked: of a text without marks, what its reading is compared with where rules do not decide for certain.
    """

    row: str
    prompt: str
    mode: str
    question: str | None
    text: str
    listed: Listed
    checked: Checked
    unmarked: Reworded | UnreadCaption | ImpliedTarget | None = None

    @property
    def left(self) -> Left | None:
        """What is left to a reading; None where nothing is."""
        return self.unmarked or self.checked.left

    @property
    def id(self) -> str:
        """Names the request of a text, without telling what the text is: equal texts to equal questions are one."""
        shown = [self.listed.classes, self.listed.earlier, self.question, self.checked.text]
        if isinstance(self.left, UnreadCaption):
            shown = [self.prompt, self.left.types, self.text]
        elif isinstance(self.left, ImpliedTarget):
            shown = [self.prompt, self.left.classes, self.question, self.text]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]

    @property
    def wants_claims(self) -> bool:
        """Whether its reading must say what the text states too."""
        return self.left is None or bool(self.parts)

    @property
    def parts(self) -> tuple[int, ...]:
        """The numbered parts of the text of which its reading must say what they state."""
        return tuple(self.left.parts) if isinstance(self.left, (Undecided, Reworded)) else ()


def cases_of(paths: Sequence[Path]) -> Iterator[Case]:
    """The texts of some sets; an entry without a true text is left out."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                yield from _of_row(json.loads(line), f"{path.name}:{number}")


def _of_row(row: Json, name: str) -> Iterator[Case]:
    if row["prompt"] in _UNMARKED:
        yield from _of_other_row(row, name)
        return
    facts = tuple(Fact(*fact) for fact in row["facts"])
    earlier = ""
    for item in row["texts"]:
        if not item["true"]:
            continue
        known = tuple(row.get("knowledge", ()))
        listed = Listed(facts, tuple(row["classes"]), earlier, north_up=row["north_up"], knowledge=known)
        texts = {"true": (item["question"], item["true"]), **{mode: item[mode] for mode in MODES[1:]}}
        for mode, (question, text) in texts.items():
            asked = question or None
            yield Case(name, row["prompt"], mode, asked, text, listed, check_text(text, listed, asked))
        if row["prompt"] == "dialogue":
            earlier = f"{earlier} {item['question']} {without_marks(item['true'])}"


def _of_other_row(row: Json, name: str) -> Iterator[Case]:
    """Texts of the prompts that list no facts, each checked as its prompt's reader does."""
    classes = tuple(row["classes"])
    for item in row["texts"]:
        if not item["true"]:
            continue
        shown = row | (row["items"][item["item"]] if "items" in row else {})
        texts = {"true": (item["question"], item["true"]), **{mode: item[mode] for mode in MODES[1:]}}
        for mode, (question, text) in texts.items():
            if row["prompt"] == "paraphrase":
                yield _reworded(Case(name, row["prompt"], mode, question or "", text, _NO_FACTS, _taken(text)), shown)
                continue
            left = _OTHER[row["prompt"]](shown, question or "", text, classes)
            fault, unmarked = (left, None) if isinstance(left, str) else (left.fault, left)
            yield Case(name, row["prompt"], mode, question or None, text, _NO_FACTS, _taken(text, fault), unmarked)


_NO_FACTS = Listed((), ())


def _taken(text: str, reason: str | None = None) -> Checked:
    return Checked(text, reason, outcome="holds" if reason is None else "contradicts")


def _reworded(case: Case, item: Json) -> Case:
    """Other words for a question and its answer, checked against the row that they were made from."""
    turns = (Turn("user", item["question"]), Turn("assistant", item["answer"]))
    answers, made, question = (item["answer"],), Provenance("rule"), case.question or ""
    row = Instruction("row", "pair", "train", item["task"], item["kind"], turns, item["gold"], answers, True, made)
    if identity(question) == identity(item["question"]):
        return replace(case, checked=_taken(case.text, "the question is in the same words"))
    new = reworded(row, question, case.text, tuple(item["classes"]))
    left = new if new.wanted else None
    return replace(case, listed=new.listed, checked=_taken(case.text, new.fault), unmarked=left)


def _asked_for(item: Json, question: str, text: str, classes: tuple[str, ...]) -> ImpliedTarget | str:
    """An implicit question for some objects, or why it is refused for certain."""
    target = Target(item["cls"], tuple(item["object_ids"]), item["words"])
    implied = implied_by(question, text, target, Listed((), classes))
    return implied.reason if isinstance(implied, Refusal) else implied


def _of_one_image(row: Json, question: str, text: str, classes: tuple[str, ...]) -> UnreadCaption | str:
    """A caption of one image, or why it is refused for certain."""
    shown = {name: row[name] for name in ("map", "metadata") if name in row}
    if "image" in row:
        shown["cover"] = {entry.name: 0.0 for entry in CLASSES} | row["image"]
    betrayed = certain_leaks(text)
    return f"leave out {', '.join(betrayed)}" if betrayed else UnreadCaption(text, shown)


_OTHER: Mapping[str, Callable[[Json, str, str, tuple[str, ...]], UnreadCaption | ImpliedTarget | str]] = {
    "earthreason-question": _asked_for,
    "gaia-caption": _of_one_image,
    "rsteller-caption": _of_one_image,
}
_UNMARKED = ("paraphrase", *_OTHER)


def requests_of(cases: Sequence[Case], replies: Mapping[str, Any] | None = None) -> list[Json]:
    """The requests for the undecided texts, without those that have a reply, in an order that tells nothing.

    Where the same text is undecided twice, with other marks, one request serves both.
    """
    undecided = {case.id: case for case in cases if case.left is not None and not is_read(case, replies or {})}
    parts: dict[str, set[int]] = {key: set() for key in undecided}
    for case in cases:
        if case.id in parts:
            parts[case.id] |= set(case.parts)
    return [_request(undecided[key], sorted(parts[key])) for key in sorted(undecided)]


def is_read(case: Case, replies: Mapping[str, Any]) -> bool:
    """Whether a reply has all that the reading of a text must hold."""
    reply = _object_of(replies.get(case.id))
    if isinstance(case.left, (UnreadCaption, ImpliedTarget)):
        return bool(reply)
    wanted = [*(["asks"] if case.question is not None else []), *(["claims"] if case.wants_claims else [])]
    return set(wanted) <= set(reply)


def _object_of(reply: Any) -> Any:
    """The object in a reply, which may be JSON as text; an empty one where there is none."""
    try:
        data = json.loads(reply) if isinstance(reply, str) else reply
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _request(case: Case, parts: Sequence[int]) -> Json:
    if isinstance(case.left, (UnreadCaption, ImpliedTarget)):
        messages = [{"role": "user", "content": case.left.prompt()}]
        return {"id": case.id, "messages": messages, "schema": case.left.schema()}
    prompt = reading_prompt(case.checked.text, case.question, case.listed, parts)
    schema = reading_schema(case.question, bool(parts))
    return {"id": case.id, "messages": [{"role": "user", "content": prompt}], "schema": schema}


def reason_of(case: Case, replies: Mapping[str, Any] | None, faults_alone: bool = False) -> str | None:
    """Why a text is refused; None where it is taken.

    Args:
        case: the text.
        replies: request to reply; None where no second model is asked.
        faults_alone: ask only about texts that would be refused otherwise.
    """
    checked = case.checked
    if replies is None or case.left is None or (faults_alone and checked.fault is None):
        return checked.fault
    reply = replies.get(case.id)
    try:
        data: Any = json.loads(reply) if isinstance(reply, str) else reply
        if isinstance(case.left, (UnreadCaption, ImpliedTarget)):
            return case.left.disagreement(dict(data))
        wanted = data if case.wants_claims else {"asks": data["asks"]}
        reading = reading_of(wanted, checked.text, case.listed)
    except (TypeError, AttributeError, KeyError, ValueError):
        return checked.fault
    if isinstance(case.left, Reworded):
        return differs(reading, case.left)
    return disagreement(reading, case.left, case.listed, case.question)


def totals(cases: Sequence[Case], replies: Mapping[str, Any] | None, faults_alone: bool = False) -> Json:
    """Counts and shares of what is taken and refused: of the prompts that list facts, and of each prompt."""
    marked = [case for case in cases if case.prompt not in _UNMARKED]
    prompts = sorted({case.prompt for case in cases})
    each = {name: [case for case in cases if case.prompt == name] for name in prompts}
    by_prompt = {name: _shares(own, replies, faults_alone)[0] for name, own in each.items()}
    shares, more = _shares(marked, replies, faults_alone)
    return {**shares, **more, "by_prompt": by_prompt}


def _shares(cases: Sequence[Case], replies: Mapping[str, Any] | None, faults_alone: bool) -> tuple[Json, Json]:
    number, taken = Counter[str](), Counter[str]()
    talks: dict[str, bool] = {}
    for case in cases:
        number[case.mode] += 1
        passed = reason_of(case, replies, faults_alone) is None
        taken[case.mode] += passed
        if case.prompt == "dialogue" and case.mode == "true":
            talks[case.row] = talks.get(case.row, True) and passed
    undecided = Counter(case.mode for case in cases if case.left is not None)
    faulty = Counter(case.mode for case in cases if case.left is not None and case.checked.fault is not None)
    shares = {
        "true_refused": _share(number["true"] - taken["true"], number["true"]),
        **{f"{mode}_accepted": _share(taken[mode], number[mode]) for mode in MODES[1:]},
    }
    return shares, {
        "dialogues_refused_in_a_turn": _share(sum(not whole for whole in talks.values()), len(talks)),
        "undecided": {mode: _share(undecided[mode], number[mode]) for mode in MODES},
        "undecided_with_a_fault": {mode: _share(faulty[mode], number[mode]) for mode in MODES},
    }


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "0 of 0"


def main() -> None:
    """Prints totals as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+", help="files of rows")
    parser.add_argument(
        "--requests", type=Path, metavar="OUT", help="write the requests of undecided texts without a reply"
    )
    parser.add_argument("--extractions", type=Path, metavar="IN", help="replies to the requests: totals with them too")
    parser.add_argument("--details", action="store_true", help="print each text that came out wrong, with its reason")
    given = parser.parse_args()
    cases = list(cases_of(given.sets))
    replies = None
    print(json.dumps({"without_reading": totals(cases, None)}, indent=1))
    if given.extractions is not None:
        lines = given.extractions.read_text(encoding="utf-8").splitlines()
        replies = {entry["id"]: entry["reply"] for entry in map(json.loads, filter(str.strip, lines))}
    if given.requests is not None:
        lines = [json.dumps(request, ensure_ascii=False) for request in requests_of(cases, replies)]
        given.requests.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(json.dumps({"requests": len(lines), "characters": sum(map(len, lines))}))
    if replies is not None:
        unread = {case.id for case in cases if case.left is not None and not is_read(case, replies)}
        with_reading = totals(cases, replies) | {"without_a_reply": len(unread)}
        print(json.dumps({"reading_of_faults": totals(cases, replies, faults_alone=True)}, indent=1))
        print(json.dumps({"with_reading": with_reading}, indent=1))
    for case in cases if given.details else ():
        reason = reason_of(case, replies)
        if (reason is None) is not (case.mode == "true"):
            print(json.dumps([case.row, case.mode, case.question, case.text, reason], ensure_ascii=False))


if __name__ == "__main__":
    main()
