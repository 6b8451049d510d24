"""Client of any OpenAI-compatible server: cache, journal, retries, budget, batches.

with LlmClient(LlmSettings(base_url=..., model=..., cache_dir=...)) as client:
client.check()
for reply in client.ask_all(requests):
...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rsica_data.llm.settings import Azure, LlmSettings, Price
from rsica_data.llm.types import (
    BudgetReached,
    Image,
    LlmReply,
    LlmRequest,
    LlmServerError,
    Message,
    Plan,
    Totals,
    Usage,
)

if TYPE_CHECKING:
    from rsica_data.llm.client import LlmClient

__all__ = [
    "Azure",
    "BudgetReached",
    "Image",
    "LlmClient",
    "LlmReply",
    "LlmRequest",
    "LlmServerError",
    "LlmSettings",
    "Message",
    "Plan",
    "Price",
    "Totals",
    "Usage",
]


def __getattr__(name: str) -> Any:
    # Requests and stored replies are read where no client can be: its package is an extra.
    if name == "LlmClient":
        from rsica_data.llm.client import LlmClient

        return LlmClient
    raise AttributeError(f"module 'rsica_data.llm' has no attribute '{name}'")
