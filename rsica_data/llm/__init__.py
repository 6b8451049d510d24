"""Client of any OpenAI-compatible server: cache, journal, retries, budget, batches.

with LlmClient(LlmSettings(base_url=..., model=..., cache_dir=...)) as client:
client.check()
for reply in client.ask_all(requests):
...
"""

from rsica_data.llm.client import LlmClient
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
