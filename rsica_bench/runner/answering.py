"""A batch of instructions to rows of predictions, by each kind of adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_bench.contracts import AdapterSpec, Item, PairInput, Reply, Request
from rsica_bench.protocols import BenchProtocol
from rsica_data import plugins
from rsica_data.facts import compute_facts
from rsica_data.journal import sha256_json
from rsica_data.schema import (
    ClassDef,
    EncodedImage,
    FactRules,
    FactsView,
    GoldTurn,
    Instruction,
    JsonObject,
    ParseContext,
    RenderContext,
    TaskSpec,
    Turn,
    Unparsed,
    view_facts,
)
from rsica_data.schema.arrow import StoredPair


@dataclass(frozen=True)
class Job:
    """One instruction with its pair and the gold of each of its assistant turns."""

    item: Instruction
    pair: StoredPair
    golds: tuple[GoldTurn, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes that change questions are about."""
        return change_classes(self.pair)


def change_classes(pair: StoredPair) -> tuple[str, ...]:
    """Names of a pair's change classes, in class-id order."""
    if pair.facts is not None:
        return tuple(entry.name for entry in pair.facts.classes)
    return tuple(entry.name for entry in pair.classes)


def make_job(item: Instruction, pair: StoredPair) -> Job:
    """An instruction ready to be asked."""
    task: TaskSpec = plugins.load(plugins.TASKS, item.task)
    return Job(item, pair, tuple(task.turns(item.kind, item.gold)))


Said = dict[int, list[str]]
Answerer = Callable[[Sequence[Job], int, Said], Sequence[Reply]]


def answer_batch(jobs: Sequence[Job], answerer: Answerer, protocol: BenchProtocol) -> list[JsonObject]:
    """Ask every turn of every job, first turns first, and read the replies.

    Returns:
        A row an assistant turn, the turns of an instruction in order.
    """
    said: Said = {number: [] for number in range(len(jobs))}
    rows: dict[int, list[JsonObject]] = {number: [] for number in range(len(jobs))}
    for turn in range(max((len(job.golds) for job in jobs), default=0)):
        numbers = [number for number, job in enumerate(jobs) if turn < len(job.golds)]
        asked = [jobs[number] for number in numbers]
        replies = answerer(asked, turn, {place: said[number] for place, number in enumerate(numbers)})
        for number, job, reply in zip(numbers, asked, replies, strict=True):
            said[number].append(reply.text or "")
            rows[number].append(_row(job, turn, reply, protocol))
    return [row for number in range(len(jobs)) for row in rows[number]]


def prompt_of(job: Job, turn: int, protocol: BenchProtocol) -> str:
    """The question of a turn, in the protocol's wording where it fixes one."""
    stored = job.item.turns[2 * turn].content
    if protocol.prompt == "dataset" or job.item.task == "dialogue":
        return stored
    gold = job.golds[turn]
    task: TaskSpec = plugins.load(plugins.TASKS, gold.task)
    return task.prompt(gold.question, protocol.prompt, job.classes) or stored


def _history(job: Job, turn: int, said: Sequence[str], protocol: BenchProtocol) -> tuple[Turn, ...]:
    past: list[Turn] = []
    for number in range(turn):
        answer = job.item.turns[2 * number + 1].content if protocol.history == "gold" else said[number]
        past += [Turn("user", prompt_of(job, number, protocol)), Turn("assistant", answer)]
    return tuple(past)


def _row(job: Job, turn: int, reply: Reply, protocol: BenchProtocol) -> JsonObject:
    gold = job.golds[turn]
    parsed = read_reply(reply, gold, job.classes)
    row: JsonObject = {
        "instruction_id": job.item.instruction_id,
        "turn": turn,
        "history": protocol.history,
        "task": gold.task,
        "prompt": prompt_of(job, turn, protocol),
        "raw": reply.text,
        "answer": None if isinstance(parsed, Unparsed) else parsed,
        "reason": parsed.reason if isinstance(parsed, Unparsed) else None,
    }
    return row | ({"seen": reply.seen} if reply.seen else {})


def read_reply(reply: Reply, gold: GoldTurn, classes: tuple[str, ...]) -> JsonObject | Unparsed:
    """The answer that a reply gives."""
    if reply.text is None:
        return Unparsed(f"no reply: {reply.error or 'unknown'}")
    task: TaskSpec = plugins.load(plugins.TASKS, gold.task)
    return task.parse(reply.text, ParseContext(gold.question, classes))


def make_answerer(spec: AdapterSpec, adapter: Any, protocol: BenchProtocol, rules: FactRules) -> Answerer:
    """How an adapter of each kind answers."""
    if spec.kind == "text":
        return lambda jobs, turn, said: adapter.generate(
            [_request(job, turn, said[place], protocol) for place, job in enumerate(jobs)]
        )
    if spec.kind == "privileged":
        return lambda jobs, turn, said: adapter.answer([_item(job, turn, rules) for job in jobs])
    return _MaskAnswerer(adapter, rules)


def _request(job: Job, turn: int, said: Sequence[str], protocol: BenchProtocol) -> Request:
    images = tuple(image for image in (job.pair.before, job.pair.after) if image is not None)
    prompt, history = prompt_of(job, turn, protocol), _history(job, turn, said, protocol)
    key = sha256_json([job.item.pair_id, prompt, [[past.role, past.content] for past in history]])
    return Request(key, images, prompt, history)


def _item(job: Job, turn: int, rules: FactRules) -> Item:
    facts = job.pair.facts
    view = None if facts is None else view_facts(facts, rules, job.pair.changed)
    text = job.item.turns[2 * turn + 1].content
    return Item(job.item.instruction_id, turn, job.golds[turn], text, job.classes, view)


class _MaskAnswerer:
    """Answers from the facts of predicted masks. Facts are kept a while: a pair's questions come together."""

    def __init__(self, adapter: Any, rules: FactRules) -> None:
        self._adapter, self._rules = adapter, rules
        self._views: dict[str, FactsView] = {}

    def __call__(self, jobs: Sequence[Job], turn: int, said: Said) -> Sequence[Reply]:
        new = {job.pair.pair_id: job for job in jobs if job.pair.pair_id not in self._views}
        if len(self._views) > 4096:
            self._views.clear()
            new = {job.pair.pair_id: job for job in jobs}
        usable = [job for job in new.values() if job.pair.before is not None and job.pair.after is not None]
        inputs = [PairInput(_given(job.pair.before), _given(job.pair.after), job.classes) for job in usable]
        for job, mask in zip(usable, self._adapter.segment(inputs) if inputs else (), strict=True):
            facts = compute_facts(
                change_mask=mask,
                classes=[ClassDef(number, name) for number, name in enumerate(job.classes, 1)],
                gsd_m=job.pair.gsd_m,
                min_object_pixels=self._rules.min_object_pixels,
                min_cell_pixels=self._rules.min_cell_pixels,
            )
            self._views[job.pair.pair_id] = view_facts(facts, self._rules)
        return [self._reply(job, turn) for job in jobs]

    def _reply(self, job: Job, turn: int) -> Reply:
        view = self._views.get(job.pair.pair_id)
        if view is None:
            return Reply(None, "the pair lacks an image")
        return reply_from_facts(view, job.golds[turn], job.classes)


def reply_from_facts(view: FactsView, gold: GoldTurn, classes: tuple[str, ...]) -> Reply:
    """What facts say to a question, in the task's own words."""
    task: TaskSpec = plugins.load(plugins.TASKS, gold.task)
    try:
        answer = task.answer(view, gold.question, 0)
    except (KeyError, ValueError) as error:
        return Reply(None, f"the facts have nothing on {error}")
    if answer is None:
        return Reply(None, "the facts do not settle it")
    return Reply(task.render(answer, RenderContext(gold.question, classes)))


def _given(image: EncodedImage | None) -> EncodedImage:
    assert image is not None
    return image
