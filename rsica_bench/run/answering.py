"""A batch of instructions to rows of predictions, by each kind of adapter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rsica_bench.items import Job, prompt_of, read_reply, reply_from_facts
from rsica_bench.models.api import AdapterSpec, Capabilities, Item, PairInput, Reply, Request, capabilities_of
from rsica_bench.models.fitting import fit_request
from rsica_bench.models.large_images import LargeImages, Segment
from rsica_bench.predicted_masks import WrongMask, frame_of, label_classes, standing_class, true_masks
from rsica_bench.protocols import BenchProtocol
from rsica_bench.run.careful import ask_each
from rsica_data.core import registry
from rsica_data.core.files import sha256_json, utf8_text
from rsica_data.dataset.reader import shown_images
from rsica_data.schema import (
    FactRules,
    FactsView,
    GoldTurn,
    JsonObject,
    Mask,
    TaskSpec,
    Turn,
    Unparsed,
    view_facts,
)
from rsica_data.schema.series import SHOWN

KeepMask = Callable[[str, Mask], None]
Usage = Counter[str]


@dataclass(frozen=True)
class Asked:
    """A turn that is asked now; ``earlier_replies`` holds the model's replies to the earlier ones."""

    job: Job
    turn: int
    earlier_replies: tuple[str, ...] = ()


Answerer = Callable[[Sequence[Asked]], Sequence[Reply]]


def answer_batch(jobs: Sequence[Job], answerer: Answerer, protocol: BenchProtocol) -> tuple[list[JsonObject], Usage]:
    """Ask every turn of every job and read the replies.

    With gold history all turns are asked together, since none waits for another's reply; with the model's own, first
    turns first.

    Returns:
        A row an assistant turn, the turns of an instruction in order; and what the replies used in all, with the
        number of typed answers (``judged``) and of those that match their gold (``right``).
    """
    reply_texts: list[list[str]] = [[] for _ in jobs]
    rows: list[list[JsonObject]] = [[] for _ in jobs]
    usage: Usage = Counter()
    for numbers in _rounds(jobs, protocol):
        asked = [Asked(jobs[job], turn, tuple(reply_texts[job])) for job, turn in numbers]
        for (number, turn), reply in zip(numbers, answerer(asked), strict=True):
            reply_texts[number].append(reply.text or "")
            row = _row(jobs[number], turn, reply, protocol)
            rows[number].append(row)
            usage.update(reply.usage)
            usage.update(_judged(jobs[number].golds[turn], row["answer"]))
    return [row for job_rows in rows for row in job_rows], usage


def _rounds(jobs: Sequence[Job], protocol: BenchProtocol) -> Iterator[list[tuple[int, int]]]:
    """(job, turn) of what is asked together."""
    every = [(number, turn) for number, job in enumerate(jobs) for turn in range(len(job.golds))]
    if protocol.history == "gold":
        yield every
        return
    for turn in range(max((len(job.golds) for job in jobs), default=0)):
        yield [entry for entry in every if entry[1] == turn]


def _history(job: Job, turn: int, reply_texts: Sequence[str], protocol: BenchProtocol) -> tuple[Turn, ...]:
    past: list[Turn] = []
    for number in range(turn):
        answer = (
            job.item.turns[2 * number + 1].content if protocol.history == "gold" else utf8_text(reply_texts[number])
        )
        past += [Turn("user", prompt_of(job, number, protocol)), Turn("assistant", answer)]
    return tuple(past)


def _row(job: Job, turn: int, reply: Reply, protocol: BenchProtocol) -> JsonObject:
    gold = job.golds[turn]
    prompt = prompt_of(job, turn, protocol)
    parsed = read_reply(reply, gold, job.classes, prompt)
    row: JsonObject = {
        "instruction_id": job.item.instruction_id,
        "turn": turn,
        "history": protocol.history,
        "task": gold.task,
        "prompt": prompt,
        "raw": reply.text,
        "answer": None if isinstance(parsed, Unparsed) else parsed,
        "reason": parsed.reason if isinstance(parsed, Unparsed) else None,
    }
    return row | ({"seen": reply.model_input} if reply.model_input else {}) | ({"failed": True} if reply.failed else {})


def _judged(gold: GoldTurn, answer: JsonObject | None) -> dict[str, int]:
    if answer is not None and "text" in answer:
        return {}  # free text is right or wrong to a degree only
    task: TaskSpec = registry.load(registry.TASKS, gold.task)
    return {"judged": 1, "right": int(answer is not None and task.matches(gold.gold, answer))}


def make_answerer(
    spec: AdapterSpec,
    adapter: Any,
    protocol: BenchProtocol,
    rules: FactRules,
    keep: KeepMask | None = None,
    large: LargeImages | None = None,
) -> Answerer:
    """How an adapter of each kind answers.

    Args:
        spec: the registered adapter.
        adapter: the loaded one.
        protocol: prompts and history.
        rules: how predicted masks become facts.
        keep: called with each predicted mask, for scoring it as such.
        large: what is done with images that are too large for the model.
    """
    if spec.kind == "privileged":
        return lambda asked: adapter.answer([_item(one.job, one.turn, rules) for one in asked])
    can = capabilities_of(spec, adapter)
    if spec.kind == "text":
        return TextAnswerer(adapter, can, protocol, large)
    segment = adapter.segment if large is None else large.segment(adapter.segment)
    return MaskAnswerer(segment, can, rules, keep)


class KnownMasks:
    """Answers of a privileged adapter, and beside them the mask of each pair, made from the truth."""

    def __init__(self, answerer: Answerer, adapter: Any, rules: FactRules, keep: KeepMask, *, both_dates: bool) -> None:
        self._answerer, self._adapter, self._rules, self._keep = answerer, adapter, rules, keep
        self._both_dates = both_dates

    def __call__(self, asked: Sequence[Asked]) -> Sequence[Reply]:
        for job in {one.job.pair.pair_id: one.job for one in asked}.values():
            true = true_masks(job.pair, self._rules)
            if true is not None:
                frame = frame_of(job.pair, self._rules)
                self._keep(job.pair.pair_id, self._adapter.known_mask(true, frame, both_dates=self._both_dates))
        return self._answerer(asked)


class TextAnswerer:
    """Requests made from turns, fitted to what the model takes, asked, and given their replies."""

    def __init__(
        self, adapter: Any, can: Capabilities, protocol: BenchProtocol, large: LargeImages | None = None
    ) -> None:
        self._adapter, self._can, self._protocol, self._large = adapter, can, protocol, large

    def __call__(self, asked: Sequence[Asked]) -> Sequence[Reply]:
        fitted = [self.request(one) for one in asked]
        good = [number for number, prepared in enumerate(fitted) if not isinstance(prepared, Reply)]
        given = [fitted[number][0] for number in good]  # type: ignore[index]
        replies = dict(zip(good, ask_each(self._adapter.generate, given, Reply, self._can.batch), strict=True))
        return [self._reply(prepared, replies.get(number)) for number, prepared in enumerate(fitted)]

    def request(self, one: Asked) -> tuple[Request, JsonObject] | Reply:
        """The request of a turn with what was done to it, or the reply that says why there is none."""
        request = _request(one, self._protocol)
        done: JsonObject = {}
        try:
            if self._large is not None:
                request, done = self._large.request(request)
            fitted, more = fit_request(request, self._can, self._protocol.one_image)
            return fitted, done | more
        except ValueError as error:
            return Reply(None, str(error))

    @staticmethod
    def _reply(prepared: tuple[Request, JsonObject] | Reply, reply: Reply | str | None) -> Reply:
        if isinstance(prepared, Reply):
            return prepared
        if not isinstance(reply, Reply):
            return Reply(None, reply or "no reply", failed=True)
        return replace(reply, model_input=reply.model_input | prepared[1]) if prepared[1] else reply


def _request(one: Asked, protocol: BenchProtocol) -> Request:
    job = one.job
    images = tuple(shown_images(job.item, job.pair))
    prompt, history = prompt_of(job, one.turn, protocol), _history(job, one.turn, one.earlier_replies, protocol)
    earlier_turns = [[past.role, past.content] for past in history]
    # Questions about a series may show its images in any order.
    args = job.item.gold.get("args")
    places = [args[SHOWN]] if isinstance(args, Mapping) and SHOWN in args else []
    key = sha256_json([job.item.pair_id, prompt, earlier_turns, *places])
    return Request(key, images, prompt, history)


def _item(job: Job, turn: int, rules: FactRules) -> Item:
    facts = job.pair.facts
    view = None if facts is None else view_facts(facts, rules, job.pair.changed)
    text = job.item.turns[2 * turn + 1].content
    return Item(job.item.instruction_id, turn, job.golds[turn], text, job.classes, view)


class MaskAnswerer:
    """Answers from the facts of predicted masks. Facts are kept a while: a pair's questions come together."""

    def __init__(self, segment: Segment, can: Capabilities, rules: FactRules, keep: KeepMask | None) -> None:
        self._segment, self._can, self._rules, self._keep = segment, can, rules, keep
        self._views: dict[str, FactsView | str] = {}

    def __call__(self, asked: Sequence[Asked]) -> Sequence[Reply]:
        if len(self._views) > 4096:
            self._views.clear()
        new = {one.job.pair.pair_id: one.job for one in asked}
        todo = [job for name, job in new.items() if not isinstance(self._views.get(name), FactsView) and _whole(job)]
        inputs = [_pair_input(job) for job in todo]
        masks = ask_each(self._segment, inputs, np.ndarray, self._can.batch)
        for job, mask in zip(todo, masks, strict=True):
            self._views[job.pair.pair_id] = mask if isinstance(mask, str) else self._view(job, mask)
        return [self._reply(one.job, one.turn) for one in asked]

    def _view(self, job: Job, mask: Mask) -> FactsView | str:
        try:
            view = frame_of(job.pair, self._rules).view(mask)
        except WrongMask as error:
            return str(error)
        if self._keep is not None:
            self._keep(job.pair.pair_id, np.ascontiguousarray(mask, np.uint8))
        return view

    def _reply(self, job: Job, turn: int) -> Reply:
        view = self._views.get(job.pair.pair_id)
        if view is None:
            return Reply(None, "the pair lacks an image")
        if isinstance(view, str):
            return Reply(None, view, failed=True)
        return reply_from_facts(view, job.golds[turn], job.classes)


def _whole(job: Job) -> bool:
    return job.pair.before is not None and job.pair.after is not None


def _pair_input(job: Job) -> PairInput:
    assert job.pair.before is not None and job.pair.after is not None
    pair = job.pair
    return PairInput(
        job.pair.before, job.pair.after, job.classes, pair.pair_id, label_classes(pair), standing_class(pair)
    )
