"""Ask, read, check; ask again for what was refused, with the reasons; give up after the last round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rsica_data.core.files import utf8_text
from rsica_data.generation.candidate_check import CandidateCheck, check_candidate
from rsica_data.generation.extraction import disagreements, expected_requests, extraction_requests
from rsica_data.generation.readers import READERS
from rsica_data.generation.recipe_section import Reads, Verify
from rsica_data.generation.requests import make_request
from rsica_data.generation.types import Accepted, Candidate, Job, Left, Outcome, Partial, PromptRequest, Refusal
from rsica_data.llm import LlmReply, LlmRequest
from rsica_data.schema import JsonObject

_SHOWN = 2000
"""Characters of an unreadable reply that are kept beside its reason; the cache holds all of it."""

Ask = Callable[[Iterable[LlmRequest]], Iterable[LlmReply]]


@dataclass(frozen=True)
class GenerationConfig:
    """What is the same for all requests of a build.

    Attributes:
        model: name of the model as the server knows it.
        parameters: sampling parameters.
        seed_parameter: send a seed with every request.
        retries: rounds after the first.
        verify: how strictly to check where a prompt's section says nothing.
        extract: the model that reads what the marks of a text leave undecided; None where none is asked.
        reads: which of it.
    """

    model: str
    parameters: JsonObject
    seed_parameter: bool
    retries: int
    verify: Verify
    extract: str | None = None
    reads: Reads = "undecided"

    def request(self, order: PromptRequest) -> LlmRequest:
        """The request of an order."""
        parameters = {**self.parameters, **order.job.prompt.section.parameters}
        return make_request(order, self.model, parameters, self.seed_parameter)

    def mode(self, job: Job) -> Verify:
        """How strictly to check what a job brings."""
        return job.prompt.section.verify or self.verify


def first_requests(jobs: Sequence[Job], asking: GenerationConfig) -> Iterator[LlmRequest]:
    """All requests of the first round, for an estimate; what a second model is to read is not written yet."""
    for order in first_orders(jobs):
        yield asking.request(order)
        if asking.extract is not None:
            yield from expected_requests(order, asking.extract, asking.reads)


def first_orders(jobs: Sequence[Job]) -> list[PromptRequest]:
    """The orders of the first round: all that is wanted and the spare ones."""
    return [PromptRequest(job, job.number + job.spare) for job in jobs]


def write_rows(jobs: Sequence[Job], asking: GenerationConfig, ask: Ask) -> list[Outcome]:
    """Rows for each job, in the order of the jobs.

    All jobs go through the rounds together, so that a batch of requests is as large as it can be. Replies may come in
    any order; the outcome does not depend on it.

    Raises:
        Whatever ``ask`` raises: the budget reached, a server that stopped answering.
    """
    outcomes = [Outcome(job) for job in jobs]
    pair_identities: dict[str, set[tuple[str, str]]] = {job.material.pair_id: set() for job in jobs}
    orders = list(zip(outcomes, first_orders(jobs), strict=True))
    for _ in range(asking.retries + 1):
        sent: list[_Sent] = []
        replies = {reply.key: reply for reply in ask(_requests([order for _, order in orders], asking, sent))}
        held: list[_Held] = []
        for (outcome, order), request in zip(orders, sent, strict=True):
            held += _take(
                outcome, order, request, replies[request.key], asking, pair_identities[order.job.material.pair_id]
            )
        _settle(held, asking, ask, pair_identities)
        orders = [(outcome, order) for outcome, _ in orders for order in _next_order(outcome)]
        if not orders:
            break
    return outcomes


@dataclass(frozen=True)
class _Held:
    """A candidate that holds by its marks, but for the texts that they leave undecided."""

    outcome: Outcome
    accepted: Accepted
    left: Mapping[int, Left]


def _settle(
    held: Sequence[_Held], asking: GenerationConfig, ask: Ask, pair_identities: Mapping[str, set[tuple[str, str]]]
) -> None:
    """Accept what holds; of what is undecided, only what a second model reads in the same way."""
    wanted = [
        extraction_requests(one.accepted.candidate, one.outcome.job, asking.extract or "", one.left) for one in held
    ]
    different = {request.key: request for requests in wanted for request in requests.values()}
    replies = {reply.key: reply for reply in ask(different.values())} if different else {}
    for one, requests in zip(held, wanted, strict=True):
        candidate, job = one.accepted.candidate, one.outcome.job
        readings = {number: replies.get(request.key) for number, request in requests.items()}
        failed, readable = disagreements(candidate, job.material, one.left, readings)
        if failed:
            pair_identities[job.material.pair_id].discard((candidate.task, candidate.identity))
            one.outcome.refused.append(Refusal("extraction", next(iter(failed.values())), candidate.shown))
            if candidate.parts and len(failed) < len(candidate.parts):
                one.outcome.partial = Partial(candidate.parts, failed)
            continue
        verified = one.accepted.verified if readable else None
        one.outcome.accepted.append(replace(one.accepted, verified=verified))


@dataclass(frozen=True)
class _Sent:
    """What is kept of a request: its images would fill the memory."""

    key: str
    model: str
    parameters: JsonObject


def _requests(orders: Sequence[PromptRequest], asking: GenerationConfig, sent: list[_Sent]) -> Iterator[LlmRequest]:
    for order in orders:
        request = asking.request(order)
        sent.append(_Sent(request.key, request.model, dict(request.parameters)))
        yield request


def _next_order(outcome: Outcome) -> Iterator[PromptRequest]:
    job, missing = outcome.job, outcome.job.number - len(outcome.accepted)
    if missing > 0:
        kept = tuple(entry.candidate for entry in outcome.accepted)
        yield PromptRequest(job, missing + job.spare, outcome.rounds, kept, tuple(outcome.refused), outcome.partial)


def _take(
    outcome: Outcome,
    order: PromptRequest,
    request: _Sent,
    reply: LlmReply,
    asking: GenerationConfig,
    identities: set[tuple[str, str]],
) -> list[_Held]:
    """What of a reply holds by its marks; ``identities`` are of all that prompts brought about the pair, by task."""
    outcome.rounds += 1
    outcome.partial = None
    mode, held = asking.mode(order.job), list[_Held]()
    asks = None if asking.extract is None else asking.reads
    for candidate in _read(order, reply):
        if isinstance(candidate, Refusal):
            outcome.refused.append(candidate)
            continue
        if len(outcome.accepted) + len(held) >= order.job.number + order.job.spare:
            break
        repeated = _duplicate(candidate, identities)
        judged = CandidateCheck(repeated) if repeated is not None else check_candidate(candidate, order.job, mode, asks)
        if judged.refusal is not None:
            outcome.refused.append(judged.refusal)
            if candidate.parts and 0 < len(judged.failed) < len(candidate.parts):
                outcome.partial = Partial(candidate.parts, judged.failed)
            continue
        identities.add((candidate.task, candidate.identity))
        model = reply.model or request.model
        accepted = Accepted(candidate, request.key, request.parameters, model, judged.verified)
        held.append(_Held(outcome, accepted, judged.left))
    return held


def _read(order: PromptRequest, reply: LlmReply) -> list[Candidate | Refusal]:
    if reply.error is not None or reply.data is None:
        reason = reply.error or "no answer in the form that was asked for"
        return [Refusal("unreadable", reason, utf8_text(reply.text[:_SHOWN]))]
    return READERS[order.job.prompt.files.meta.reads].read(reply.data, order)


def _duplicate(candidate: Candidate, identities: set[tuple[str, str]]) -> Refusal | None:
    if (candidate.task, candidate.identity) not in identities:
        return None
    return Refusal("duplicate", "this stands there already", candidate.shown)
