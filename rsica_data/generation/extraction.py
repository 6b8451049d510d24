"""Blind extraction: a second model reads a text that the check by marks leaves undecided; code compares the reading.

One request a text, through the same client as the prompts: from the same cache, out of the same budget, in batches too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rsica_data.claims import Listed, without_marks
from rsica_data.claims.agreeing import disagreement
from rsica_data.claims.reading import reading_prompt, reading_schema
from rsica_data.claims.readings import reading_of
from rsica_data.claims.rewording import Reworded, differs
from rsica_data.generation.caption_reading import UnreadCaption
from rsica_data.generation.implied import ImpliedTarget, Target
from rsica_data.generation.material import Material, listed_of, whole_image_json
from rsica_data.generation.readers import READERS
from rsica_data.generation.readers.paraphrases import reworded, sources
from rsica_data.generation.recipe_section import Reads
from rsica_data.generation.seeds import job_seed
from rsica_data.generation.types import Candidate, Job, Left, PromptRequest, Statement
from rsica_data.llm import LlmReply, LlmRequest, Message

_PARAMETERS = {"temperature": 0}
_READ = ("questions", "captions", "conversation")
"""Forms of replies whose texts are checked by what they mark."""
_EXPECTED_TEXT = 120
_EXPECTED_QUESTION = 60
"""Characters of a text and a question that are not written yet, for the estimate of a dry run."""
_IN_ALL = 20
_EXPECTED: dict[Reads, dict[bool, tuple[int, int]]] = {
    "undecided": {True: (16, 4), False: (0, 4)},
    "faults": {True: (0, 4), False: (0, 4)},
}
"""Of twenty texts, those of which the asked alone and those of which the stated too is read, by whether they have a
question: words of 19 to 28 % of the true ones that writers gave to the shipped prompts are not plain."""
_FAULTY_REWORDINGS = 4
"""Of twenty texts in other words, those that the rules do not read as the same; nearly all are not certain."""


def statements_of(candidate: Candidate, material: Material) -> Iterator[tuple[Statement, Listed]]:
    """Each text of a candidate with what it is checked against: the pair's facts, and what was said before."""
    if candidate.reworded is not None:
        yield Statement(candidate.reworded.answer, candidate.reworded.question), candidate.reworded.listed
        return
    known = candidate.gold.get("knowledge")
    listed, earlier = replace(listed_of(material), knowledge=() if known is None else (str(known),)), ""
    for statement in candidate.statements:
        yield statement, replace(listed, earlier=earlier)
        earlier = f"{earlier} {statement.question or ''} {without_marks(statement.text)}"


def extraction_requests(candidate: Candidate, job: Job, model: str, left: Mapping[int, Left]) -> dict[int, LlmRequest]:
    """The request for each undecided text of a candidate, by the number of the text."""
    if not left:
        return {}
    own = {number: _own_request(unread, job, model) for number, unread in left.items() if isinstance(unread, Unmarked)}
    texts = enumerate(statements_of(candidate, job.material))
    return own | {
        number: _request(text, listed, job, model, undecided.parts)
        for number, (text, listed) in texts
        if (undecided := left.get(number)) is not None and not isinstance(undecided, Unmarked)
    }


Unmarked = UnreadCaption | ImpliedTarget
"""What brings its own prompt, and compares the reply itself."""


def _own_request(unread: Unmarked, job: Job, model: str) -> LlmRequest:
    return _reading_request(unread.prompt(), unread.schema(), job, model)


def expected_requests(order: PromptRequest, model: str, reads: Reads) -> Iterator[LlmRequest]:
    """As many requests as an order's texts are likely to need, with texts of usual length in place of those to come."""
    job, meta = order.job, order.job.prompt.files.meta
    if meta.reads == "paraphrases":
        yield from _expected_rewordings(order, model, reads)
        return
    if reads == "undecided" and (meta.reads == "targets" or meta.about == "image"):
        yield from _expected_unmarked(order, model)
        return
    if job.material.view is None or meta.check != "facts" or meta.reads not in _READ:
        return
    variables = READERS[meta.reads].variables(order, job_seed(job))
    listed = listed_of(job.material)
    asked = meta.reads != "captions"
    asks, claims = _EXPECTED[reads][asked]
    for number in range(order.number * int(variables.get("turns", 1))):
        place = (job_seed(job) + 7 * number) % _IN_ALL
        if place < asks + claims:
            words = f"{job.material.pair_id} {job.prompt.name} {job.index} {number} "
            question = "?" * _EXPECTED_QUESTION if asked else None
            statement = Statement(words.ljust(_EXPECTED_TEXT, "."), question)
            yield _request(statement, listed, job, model, (1,) if place < claims else ())


def _expected_unmarked(order: PromptRequest, model: str) -> Iterator[LlmRequest]:
    """One for each implicit question and each caption of one image, of usual length."""
    job = order.job
    shown = whole_image_json(job.material, job.prompt.files.meta.needs)
    listed = listed_of(job.material)
    for number in range(order.number):
        words = f"{job.material.pair_id} {job.prompt.name} {job.index} {number} ".ljust(_EXPECTED_TEXT, ".")
        if job.prompt.files.meta.about == "image":
            yield _own_request(UnreadCaption(words, shown), job, model)
        else:
            question = "?" * _EXPECTED_QUESTION
            target = Target("", (), "")
            yield _own_request(ImpliedTarget(question, words, target, listed.classes, {}), job, model)


def _expected_rewordings(order: PromptRequest, model: str, reads: Reads) -> Iterator[LlmRequest]:
    """One for each row that is put into other words: those that there are have the length of those to come."""
    seed = job_seed(order.job)
    for number, row in enumerate(sources(order, seed)):
        if reads == "faults" and (seed + 7 * number) % _IN_ALL >= _FAULTY_REWORDINGS:
            continue
        question, answer = (turn.content for turn in row.turns)
        new = reworded(row, question, answer, order.job.material.classes)
        if new.wanted:
            yield _request(Statement(answer, f"{question} {number}"), new.listed, order.job, model, ())


def _request(statement: Statement, listed: Listed, job: Job, model: str, parts: Sequence[int]) -> LlmRequest:
    prompt = reading_prompt(without_marks(statement.text), statement.question, listed, parts)
    return _reading_request(prompt, reading_schema(statement.question, bool(parts)), job, model)


def _reading_request(prompt: str, schema: dict[str, Any], job: Job, model: str) -> LlmRequest:
    return LlmRequest(
        messages=(Message("user", prompt),),
        model=model,
        schema=schema,
        schema_name="reading",
        parameters=_PARAMETERS,
        tag=f"{job.material.pair_id}#{job.prompt.name}#{job.index}#extract",
    )


def disagreements(
    candidate: Candidate,
    material: Material,
    left: Mapping[int, Left],
    replies: Mapping[int, LlmReply | None],
) -> tuple[dict[int, str], bool]:
    """(number of a text to why it is refused, whether all replies could be read and tell what each question asks for).

    Args:
        candidate: what was checked by its marks.
        material: the pair.
        left: number of a text to what the check leaves undecided.
        replies: one for each of those texts. Where one cannot be read, a text with a fault is refused for it, and one
            without stands by what rules find.
    """
    failed: dict[int, str] = {}
    readable = True
    statements = dict(enumerate(statements_of(candidate, material)))
    for number, undecided in sorted(left.items()):
        reply = replies.get(number)
        if reply is None or reply.error is not None or reply.data is None:
            readable = False
            reason = undecided.fault
        elif isinstance(undecided, Unmarked):
            reason = undecided.disagreement(reply.data)
        else:
            statement, listed = statements[number]
            reading = reading_of(reply.data, without_marks(statement.text), listed)
            # A reading that leaves out what is asked has not read the question.
            readable = readable and (statement.question is None or bool(reading.asks))
            if isinstance(undecided, Reworded):
                reason = differs(reading, undecided)
            else:
                reason = disagreement(reading, undecided, listed, statement.question)
        if reason is not None:
            failed[number] = reason
    return failed, readable
