"""Which server and model, how fast, for how much: the settings of a client."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from rsica_data.errors import UserError
from rsica_data.llm.types import Usage

_MILLION = Decimal(1_000_000)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _exact(value: object) -> object:
    # YAML reads 0.15 as a float; its shortest text is what the user wrote, its binary value is not.
    return str(value) if isinstance(value, float) else value


Money = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0)]
Share = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=1)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Settings):
    """Price of one model, per million tokens, in any one currency.

    Args:
        input: of input tokens.
        output: of output tokens.
        cached_input: of input tokens that the server took from its prompt cache; default as ``input``.
        batch_discount: share taken off in the batch API (0.5 for half price).
    """

    input: Money
    output: Money
    cached_input: Money | None = None
    batch_discount: Share = Decimal(0)

    def cost(self, usage: Usage, batch: bool = False) -> Decimal:
        """Exact cost of these tokens."""
        cached_price = self.input if self.cached_input is None else self.cached_input
        fresh = usage.input_tokens - usage.cached_tokens
        full = (fresh * self.input + usage.cached_tokens * cached_price + usage.output_tokens * self.output) / _MILLION
        return full * (1 - self.batch_discount) if batch else full


class Azure(_Settings):
    """Azure OpenAI: ``base_url`` is the resource's endpoint, ``model`` the deployment's name."""

    api_version: str = "2024-10-21"


class LlmSettings(_Settings):
    """Settings of a client.

    Args:
        base_url: root of the API, with ``/v1`` where the server has it; for Azure the resource's endpoint.
        api: ``chat`` (Chat Completions, which every server has) or ``responses``.
        model: default model of requests built from these settings.
        key_env: environment variable that holds the key; None for a server that asks for none. A server on this
            machine needs none either way.
        azure: set for Azure OpenAI.
        concurrency: most requests under way at once; fewer where the server's limits ask for it.
        timeout_s: time for one attempt, in seconds.
        retries: how often a failed attempt is made again (rate limit, 5xx, time-out, cut connection).
        reasks: how often an answer that does not fit the schema is asked for again.
        backoff_s, backoff_max_s: first and longest wait between attempts where the server names none, in seconds.
        structured: how the schema reaches the server: ``schema`` (json_schema), ``json`` (json_object and the schema
            in the prompt), ``prompt`` (prompt alone), ``auto`` (the first of these that the server accepts).
        prices: by model name.
        max_cost: most that this job's answers may cost in all, those paid in earlier runs included.
        max_requests: most answers of this job that may be paid for in all, those of earlier runs included.
        cache_dir: folder of the cache; None keeps nothing, for throw-away questions only.
        batch: send through the batch API.
        batch_size: most requests of one batch.
        batch_poll_s: time between two looks at a running batch, in seconds.
    """

    base_url: str = "https://api.openai.com/v1"
    api: Literal["chat", "responses"] = "chat"
    model: str = ""
    key_env: str | None = "OPENAI_API_KEY"
    azure: Azure | None = None
    concurrency: PositiveInt = 16
    timeout_s: PositiveFloat = 120.0
    retries: NonNegativeInt = 8
    reasks: NonNegativeInt = 2
    backoff_s: PositiveFloat = 0.5
    backoff_max_s: PositiveFloat = 60.0
    structured: Literal["schema", "json", "prompt", "auto"] = "auto"
    prices: dict[str, Price] = Field(default_factory=dict)
    max_cost: Money | None = None
    max_requests: NonNegativeInt | None = None
    cache_dir: Path | None = None
    batch: bool = False
    batch_size: Annotated[int, Field(ge=1, le=50_000)] = 5_000
    batch_poll_s: PositiveFloat = 30.0

    @property
    def local(self) -> bool:
        """Whether the server runs on this machine."""
        return (urlsplit(self.base_url).hostname or "") in _LOOPBACK

    def key(self) -> str | None:
        """The key from the environment; None where the server asks for none.

        Raises:
            UserError: the variable is not set and the server is not on this machine.
        """
        if self.key_env is None:
            return None
        found = os.environ.get(self.key_env, "").strip()
        if found:
            return found
        if self.local:
            return None
        raise UserError(
            f"no key for {self.base_url}: the environment variable {self.key_env} is not set",
            hint=f"export {self.key_env}=..., or name another variable: --llm-key-env, --key-env or --set key_env=...",
        )

    def cost(self, model: str, usage: Usage, batch: bool = False) -> Decimal | None:
        """Cost of these tokens; None where the model's price is not in the table."""
        price = self.prices.get(model)
        return None if price is None else price.cost(usage, batch)
