"""Blind extraction: a second model sees a text alone and says what it claims; code compares that with facts and marks.

One request a text, through the same client as the prompts: from the same cache, out of the same budget, in batches too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from rsica_data.claims import MarkError, read_marked, without_marks
from rsica_data.claims.disagreeing import disagreement
from rsica_data.claims.extraction import case_of, check_claims, claims_schema, rubric_folder
from rsica_data.core.json_text import read_json_object
from rsica_data.core.templating import compile_template, fenced_json, rendered
from rsica_data.core.text_encoding import read_user_text
from rsica_data.generation.material import Material, listed_of
from rsica_data.generation.readers import READERS
from rsica_data.generation.seeds import job_seed
from rsica_data.generation.types import Candidate, Job, PromptRequest, Statement
from rsica_data.llm import LlmReply, LlmRequest, Message
from rsica_data.schema import FactsView

_PARAMETERS = {"temperature": 0}
_READ = ("questions", "captions", "conversation")
"""Forms of replies whose texts are checked by what they mark."""
_EXPECTED_TEXT = 160
"""Characters of a text that is not written yet, for the estimate of a dry run."""


@cache
def _prompt() -> tuple[str, Mapping[str, Any]]:
    folder = rubric_folder()
    return read_user_text(folder / "prompt.jinja"), read_json_object(folder / "schema.json", "a schema", own=False)


def extraction_requests(candidate: Candidate, job: Job, model: str) -> list[LlmRequest]:
    """The requests that a candidate needs: one for each of its texts; none where no facts are known of the pair."""
    view = job.material.view
    if view is None or job.prompt.files.meta.check != "facts":
        return []
    return [_request(statement, job, view, model) for statement in candidate.statements]


def expected_requests(order: PromptRequest, model: str) -> Iterator[LlmRequest]:
    """As many requests as an order's texts will need, with texts of usual length in place of those to come."""
    job, meta = order.job, order.job.prompt.files.meta
    if job.material.view is None or meta.check != "facts" or meta.reads not in _READ:
        return
    variables = READERS[meta.reads].variables(order, job_seed(job))
    for number in range(order.number * int(variables.get("turns", 1))):
        words = f"{job.material.pair_id} {job.prompt.name} {job.index} {number} "
        yield _request(Statement(words.ljust(_EXPECTED_TEXT, ".")), job, job.material.view, model)


def _request(statement: Statement, job: Job, view: FactsView, model: str) -> LlmRequest:
    prompt, base = _prompt()
    case = case_of(without_marks(statement.text), statement.question or "", view)
    template = compile_template(prompt, "the prompt that asks for claims", trim=False)
    text = rendered(template.generate(case=fenced_json(case)), "the prompt that asks for claims")
    return LlmRequest(
        messages=(Message("user", text),),
        model=model,
        schema=claims_schema(base, view),
        schema_name="claims",
        parameters=_PARAMETERS,
        tag=f"{job.material.pair_id}#{job.prompt.name}#{job.index}#extract",
    )


def disagreements(
    candidate: Candidate, material: Material, replies: list[LlmReply | None]
) -> tuple[dict[int, str], bool]:
    """(number of a text to why it is refused, whether all replies could be read).

    Args:
        candidate: what was checked by its marks.
        material: the pair.
        replies: one for each text; a text whose reply cannot be read stands by its marks alone.
    """
    failed: dict[int, str] = {}
    readable = True
    listed = listed_of(material)
    for number, (statement, reply) in enumerate(zip(candidate.statements, replies, strict=True)):
        if reply is None or reply.error is not None or reply.data is None or material.view is None:
            readable = False
            continue
        try:
            marked = read_marked(statement.text, listed.facts)
        except MarkError:
            marked = read_marked("", listed.facts)
        claims, _ = check_claims(reply.data["claims"], without_marks(statement.text), material.view)
        reason = disagreement(claims, marked, listed)
        if reason is not None:
            failed[number] = reason
    return failed, readable
