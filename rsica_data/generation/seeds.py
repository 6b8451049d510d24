"""Where all chance comes from: hashes of the recipe's seed, the pair and the prompt."""

from __future__ import annotations

import hashlib

from rsica_data.generation.types import Job


def order_seed(seed: int, pair_id: str, prompt: str, index: int = 0) -> int:
    """The seed of one prompt on one pair, 64 bits: independent of all other pairs and of their order."""
    text = f"{seed}\n{pair_id}\n{prompt}\n{index}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def job_seed(job: Job) -> int:
    """The seed of a job."""
    return order_seed(job.seed, job.material.pair_id, job.prompt.name, job.index)
