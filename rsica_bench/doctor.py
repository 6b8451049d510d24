"""What this machine can run, and what is missing."""

from __future__ import annotations

from rsica_data.errors import UserError


def gpu_count() -> int:
    """Number of GPUs that torch sees.

    Raises:
        UserError: none.
    """
    import torch

    if not torch.cuda.is_available():
        raise UserError("torch sees no GPU here", key="--devices", hint="see `rsica-bench doctor`")
    return torch.cuda.device_count()
