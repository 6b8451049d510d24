"""What passes between the stages: jobs, orders, candidates, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rsica_data.claims.agreeing import Undecided
from rsica_data.claims.rewording import Reworded
from rsica_data.generation.caption_reading import UnreadCaption
from rsica_data.generation.implied import ImpliedTarget
from rsica_data.generation.material import Material
from rsica_data.generation.recipe_section import AssistedPrompt
from rsica_data.schema import JsonObject, Turn

Left = Undecided | Reworded | UnreadCaption | ImpliedTarget
"""What is left to a second model of a text: its reading is compared with the marks, a row, a source, a target."""


@dataclass(frozen=True)
class Statement:
    """A text that must follow from the facts.

    Attributes:
        text: as the model wrote it, with its marks.
        question: what it answers; None for a text that stands alone.
    """

    text: str
    question: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A row that a model wrote, before it is checked.

    Attributes:
        task, kind, turns, gold, references: as in ``Instruction``.
        statements: what is to be checked against the facts.
        identity: equal for two candidates that say the same: the second is refused.
        shown: the text by which the prompt names it when it asks again.
        parts: the turns of a conversation as the model wrote them.
        reworded: the question and answer of a row in other words, beside what it is scored by.
        implied: an implicit question and its answer, beside the objects that they must mean.
    """

    task: str
    kind: str
    turns: tuple[Turn, ...]
    gold: JsonObject
    references: tuple[str, ...]
    statements: tuple[Statement, ...]
    identity: str
    shown: str
    parts: tuple[JsonObject, ...] = ()
    reworded: Reworded | None = None
    implied: ImpliedTarget | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a candidate, or a whole reply, is not taken.

    Attributes:
        kind: stable word that programs count by: ``contradiction``, ``leak``, ``duplicate``, ``unreadable``, ...
        reason: a sentence that tells the model what to do better.
        text: what was refused.
    """

    kind: str
    reason: str
    text: str


@dataclass(frozen=True)
class Partial:
    """A conversation of which some turns were refused: the others stand when it is asked again.

    Attributes:
        parts: its turns, as the model wrote them.
        refused: number of a turn to the reason why it is refused.
    """

    parts: tuple[JsonObject, ...]
    refused: Mapping[int, str]


@dataclass(frozen=True)
class Job:
    """Rows wanted from one prompt about one pair.

    Attributes:
        number: rows wanted.
        spare: further ones to ask for.
        index: which of several jobs of the same prompt on the same pair (a reply with one conversation is one job).
        seed: the recipe's seed.
    """

    prompt: AssistedPrompt
    material: Material
    number: int
    spare: int
    seed: int
    index: int = 0


@dataclass(frozen=True)
class PromptRequest:
    """One request of a job: how many to ask for now, and what happened in the rounds before."""

    job: Job
    number: int
    round: int = 0
    kept: tuple[Candidate, ...] = ()
    refused: tuple[Refusal, ...] = ()
    partial: Partial | None = None


@dataclass(frozen=True)
class Accepted:
    """A checked candidate with where it came from: ``request`` is the key of the request that brought it."""

    candidate: Candidate
    request: str
    parameters: JsonObject
    model: str
    verified: bool | None


@dataclass
class Outcome:
    """What became of a job.

    Attributes:
        accepted: at most ``number + spare`` of the job, in the order they came.
        refused: what was not taken, in every round.
        rounds: requests made for it.
        partial: the conversation of the last round, where some of its turns hold.
    """

    job: Job
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    rounds: int = 0
    partial: Partial | None = None
