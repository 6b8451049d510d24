"""What to ask about a pair in one request: seeds, the prompt's variables, the request itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rsica_data.claims import MARKING, numbered
from rsica_data.generation.material import facts_json, image_json, listed_of
from rsica_data.generation.prompt_templates import draw_style, render_prompt
from rsica_data.generation.readers import READERS
from rsica_data.generation.seeds import job_seed
from rsica_data.generation.types import PromptRequest
from rsica_data.llm import LlmRequest, Message
from rsica_data.schema import JsonObject

_SHOWN_REFUSALS = 8
"""Refused texts that a prompt repeats: the latest, so that prompts do not grow with every round."""
_SHOWN_CHARACTERS = 300


def request_variables(order: PromptRequest) -> tuple[dict[str, Any], JsonObject]:
    """(what the template may name, the machine-readable block) of an order."""
    job, files = order.job, order.job.prompt.files
    seed = job_seed(order.job)
    change = facts_json(job.material) if files.meta.about == "pair" else {}
    facts = change | image_json(job.material, files.meta.needs)
    own = READERS[files.meta.reads].variables(order, seed)
    style = asdict(draw_style(seed)) if job.prompt.section.personas else None
    refused = [
        {"text": refusal.text[:_SHOWN_CHARACTERS], "reason": refusal.reason}
        for refusal in order.refused[-_SHOWN_REFUSALS:]
    ]
    kept = [candidate.shown for candidate in order.kept]
    listed = numbered(listed_of(job.material).facts) if files.meta.about == "pair" else ""
    shared = {"number": order.number, "facts": facts, "options": dict(job.prompt.options), **own}
    data = {"prompt": files.name, "version": files.meta.version, "kept": kept, "round": order.round, **shared}
    variables = {"style": style, "rejected": refused, "kept": kept, "fact_list": listed, "marking": MARKING}
    return {**shared, **variables}, data


def make_request(order: PromptRequest, model: str, parameters: JsonObject, seed_parameter: bool) -> LlmRequest:
    """The request of an order. The same order gives the same key, in any process.

    Raises:
        UserError: the prompt's template is wrong.
    """
    job = order.job
    variables, data = request_variables(order)
    system, user = render_prompt(job.prompt.files, variables, data)
    images = job.material.images() if job.prompt.section.images else ()
    if job.prompt.files.meta.about == "image":
        images = images[-1:]
    sent = dict(parameters)
    if seed_parameter:
        # Servers take signed 32-bit seeds.
        sent["seed"] = job_seed(order.job) % 2**31
    messages = (Message("system", system), Message("user", user, images))
    return LlmRequest(
        messages=tuple(message for message in messages if message.content),
        model=model,
        schema=job.prompt.files.schema,
        schema_name=job.prompt.name.replace("-", "_"),
        parameters=sent,
        tag=f"{job.material.pair_id}#{job.prompt.name}#{job.index}",
        # A later round is another question even where its prompt came out the same.
        sample=order.round,
    )
