"""Accepted candidates as JSON between the stages of a build, and as instructions in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rsica_data.core.files import dump_json
from rsica_data.generation.types import Accepted, Outcome
from rsica_data.schema import Instruction, JsonObject, Provenance, Turn

_CAPTIONS = ("captioning", "tag_caption")


def outcome_json(outcome: Outcome) -> JsonObject:
    """An outcome as one line of a shard's file."""
    job = outcome.job
    return {
        "pair_id": job.material.pair_id,
        "split": job.material.split,
        "prompt": job.prompt.name,
        "version": job.prompt.files.meta.version,
        "prompt_hash": job.prompt.files.sha256,
        "index": job.index,
        "wanted": job.number,
        "seed": job.seed,
        "rounds": outcome.rounds,
        "accepted": [_accepted_json(entry) for entry in outcome.accepted],
        "refused": [{"kind": r.kind, "reason": r.reason, "text": r.text} for r in outcome.refused],
    }


def _accepted_json(entry: Accepted) -> JsonObject:
    candidate = entry.candidate
    return {
        "task": candidate.task,
        "kind": candidate.kind,
        "turns": [[turn.role, turn.content] for turn in candidate.turns],
        "gold": candidate.gold,
        "references": list(candidate.references),
        "request": entry.request,
        "parameters": entry.parameters,
        "model": entry.model,
        "verified": entry.verified,
    }


def instructions_of(
    row: JsonObject, take: int, changed: bool | None, evaluation: bool, numbers: dict[str, int]
) -> list[Instruction]:
    """The instructions that one outcome gives.

    Args:
        row: the outcome, as :func:`outcome_json` wrote it.
        take: how many of its accepted candidates.
        changed: the pair's change flag.
        evaluation: join captions into one row with all of them as references, as the field evaluates.
        numbers: instructions that the pair has by task; counted up here.
    """
    items = [_instruction(row, entry, changed) for entry in row["accepted"][:take]]
    if evaluation and len(items) > 1 and items[0].task in _CAPTIONS:
        items = [_joined(items)]
    named = []
    for item in items:
        number = numbers.get(item.task, 0)
        numbers[item.task] = number + 1
        named.append(replace(item, instruction_id=f"{item.pair_id}#{item.task}#{number}"))
    return named


def _instruction(row: JsonObject, entry: dict[str, Any], changed: bool | None) -> Instruction:
    return Instruction(
        instruction_id="",
        pair_id=row["pair_id"],
        split=row["split"],
        task=entry["task"],
        kind=entry["kind"],
        turns=tuple(Turn(role, content) for role, content in entry["turns"]),
        gold=entry["gold"],
        references=tuple(entry["references"]),
        changed=changed,
        provenance=Provenance(
            method="llm",
            template=row["prompt"],
            version=row["version"],
            model=entry["model"],
            prompt_hash=row["prompt_hash"],
            parameters=dump_json(entry["parameters"]),
            request_id=entry["request"],
            seed=row["seed"],
            verified=entry["verified"],
        ),
    )


def _joined(items: Sequence[Instruction]) -> Instruction:
    texts = [text for item in items for text in item.references]
    return replace(items[0], gold={"captions": texts}, references=tuple(texts))


def refusal_rows(row: JsonObject) -> list[JsonObject]:
    """Lines of ``rejected.jsonl`` for what an outcome refused."""
    return [
        {
            "pair_id": row["pair_id"],
            "split": row["split"],
            "stage": "assist",
            "prompt": row["prompt"],
            "reason": refusal["kind"],
            "detail": refusal["reason"],
            "text": refusal["text"],
        }
        for refusal in row["refused"]
    ]
