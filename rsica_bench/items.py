"""What is asked and how a reply is read: used by runs, scoring, judge and leaderboards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rsica_bench.protocols import BenchProtocol
from rsica_data.core import registry
from rsica_data.core.errors import UserError, one_line
from rsica_data.dataset.file_checks import DAMAGE_HINT
from rsica_data.schema import (
    EncodedImage,
    FactsView,
    GoldTurn,
    Instruction,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    TaskSpec,
    Turn,
    Unparsed,
)
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.rules import change_classes

_LONGEST_TEXT = 20_000
_LARGEST_NUMBER = 10**12
_LONGEST_KEPT = 500
"""Characters of a reply whose reading is kept."""

Parse = Callable[[str, ParseContext], JsonObject | Unparsed]


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. It carries no gold, no task name and no facts.

    Attributes:
        key: opaque; equal requests have equal keys.
        images: before and after, as encoded files, in this order.
        prompt: what is asked now.
        history: earlier turns of the conversation, user first.

    Example:
        >>> import rsica_bench as rb
        >>> request = rb.Request("key", (), "How many roads have changed?")
        >>> request.prompt, request.history
        ('How many roads have changed?', ())
    """

    key: str
    images: tuple[EncodedImage, ...]
    prompt: str
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's reply, or the reason why there is none.

    Attributes:
        text: the reply; None where there is none.
        error: why there is none.
        model_input: what the model was really given: prompt after its chat template, image sizes after preprocessing.
            Stored with the prediction; the same for the same request.
        failed: the asking went wrong (a process died, a server did not answer): a resumed run asks again. Without it
            a missing text is the model's own answer and stands.
        usage: numbers to be summed for the run's summary, not stored: ``input_tokens``, ``output_tokens``, ``usd``.

    Example:
        >>> import rsica_bench as rb
        >>> rb.Reply("one road", usage={"output_tokens": 3}).text
        'one road'
        >>> rb.Reply(None, "the server did not answer", failed=True).failed
        True
    """

    text: str | None
    error: str | None = None
    model_input: JsonObject = field(default_factory=dict)
    failed: bool = False
    usage: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One assistant turn with everything known of it: what privileged adapters see.

    Attributes:
        instruction_id, turn: which assistant turn of which instruction.
        gold: task, question and accepted answers.
        text: the gold answer in words.
        classes: names of the classes that are asked about, in class-id order.
        view: facts of the pair; None where it has no mask.

    Example:
        >>> import rsica_bench as rb
        >>> from rsica_data.schema import GoldTurn, Question
        >>> gold = GoldTurn("counting", Question("counting"), {"road": 1})
        >>> rb.Item("demo/test/1#counting#0", 0, gold, "1 road", ("road",), None).gold.gold
        {'road': 1}
    """

    instruction_id: str
    turn: int
    gold: GoldTurn
    text: str
    classes: tuple[str, ...]
    view: FactsView | None


@dataclass(frozen=True)
class Job:
    """One instruction with its pair and the gold of each of its assistant turns."""

    item: Instruction
    pair: StoredPair
    golds: tuple[GoldTurn, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes that change questions are about."""
        return change_classes(self.pair.facts, self.pair.classes)


def make_job(item: Instruction, pair: StoredPair) -> Job:
    """An instruction ready to be asked.

    Raises:
        UserError: unknown task, or gold and turns that are not the task's: the dataset was edited.
    """
    task: TaskSpec = registry.load(registry.TASKS, item.task)
    try:
        golds = tuple(task.turns(item.kind, item.gold))
        for gold in golds:
            of_turn: TaskSpec = registry.load(registry.TASKS, gold.task)
            # An answer that cannot be written is none of the task's: some tasks accept a gold as it stands.
            for answer in of_turn.accepted(gold.gold):
                of_turn.render(answer, RenderContext(gold.question, change_classes(pair.facts, pair.classes)))
        asked = len(item.turns) // 2
        problem = "" if len(golds) == asked else f"has gold for {len(golds)} turns and asks {asked}"
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        problem = f"its gold is not that of task '{item.task}': {one_line(error)}"
    if problem:
        raise UserError(problem, file="instructions", key=item.instruction_id, hint=DAMAGE_HINT)
    return Job(item, pair, golds)


def prompt_of(job: Job, turn: int, protocol: BenchProtocol) -> str:
    """The question of a turn, in the protocol's wording where it fixes one."""
    stored = job.item.turns[2 * turn].content
    if protocol.prompt == "dataset" or job.item.task == "dialogue":
        return stored
    gold = job.golds[turn]
    task: TaskSpec = registry.load(registry.TASKS, gold.task)
    return task.prompt(gold.question, protocol.prompt, job.classes) or stored


def read_reply(reply: Reply, gold: GoldTurn, classes: tuple[str, ...], prompt: str = "") -> JsonObject | Unparsed:
    """The answer that a reply gives.

    Nothing that a model writes ends a run: a reply that its task's reader fails on has no answer, nor has one with a
    number that no count or area comes near, nor free text of more than 20,000 characters (a model that loops).

    Args:
        reply: what the model replied.
        gold: the turn that it replies to.
        classes: names of the classes that are asked about.
        prompt: the question as it was put: "yes" to "Is all unchanged?" is no change.
    """
    if reply.text is None:
        return Unparsed(f"no reply: {reply.error or 'unknown'}")
    task: TaskSpec = registry.load(registry.TASKS, gold.task)
    if len(reply.text) > _LONGEST_KEPT or gold.question.args:
        return _read(task.parse, reply.text, ParseContext(gold.question, classes, prompt))
    return deepcopy(_read_before(task.parse, reply.text, gold.question.kind, classes, prompt))


def _read(parse: Parse, text: str, context: ParseContext) -> JsonObject | Unparsed:
    try:
        answer = parse(text, context)
    except Exception as error:
        return Unparsed(f"the reader failed: {type(error).__name__}")
    return answer if isinstance(answer, Unparsed) else _beyond_bounds(answer) or answer


@lru_cache(maxsize=4096)
def _read_before(parse: Parse, text: str, kind: str, classes: tuple[str, ...], prompt: str) -> JsonObject | Unparsed:
    """As `_read`, kept: short replies come again and again, and each is read when it comes and when it is scored."""
    return _read(parse, text, ParseContext(Question(kind), classes, prompt))


def _beyond_bounds(answer: JsonObject) -> Unparsed | None:
    """Why an answer that was read cannot be one; None where it can."""
    if len(str(answer.get("text", ""))) > _LONGEST_TEXT:
        return Unparsed(f"free text of more than {_LONGEST_TEXT} characters")
    left: list[Any] = [answer]
    while left:
        value = left.pop()
        if isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, (list, tuple)):
            left += value
        elif isinstance(value, (int, float)) and not abs(value) <= _LARGEST_NUMBER:
            return Unparsed("a number that is too large")
    return None


def reply_from_facts(view: FactsView, gold: GoldTurn, classes: tuple[str, ...]) -> Reply:
    """What facts say to a question, in the task's own words."""
    task: TaskSpec = registry.load(registry.TASKS, gold.task)
    try:
        answer = task.answer(view, gold.question, 0)
    except (KeyError, ValueError) as error:
        return Reply(None, f"the facts have nothing on {error}")
    if answer is None:
        return Reply(None, "the facts do not settle it")
    return Reply(task.render(answer, RenderContext(gold.question, classes)))
