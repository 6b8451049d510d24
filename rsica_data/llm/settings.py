"""Which server and model, how fast, for how much: the settings of a client."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)

from rsica_data.core.errors import UserError
from rsica_data.core.redaction import Redactor, secrets_of_login, split_login
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

    Attributes:
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
        base_url: root of the API, with ``/v1`` where the server has it; for Azure the resource's endpoint. A user name
            and password in it move to ``login``.
        login: ``user:password`` for basic authentication, sent in place of the key; neither shown nor dumped.
        api: ``chat`` (Chat Completions, which every server has) or ``responses``.
        model: default model of requests built from these settings.
        key_env: environment variable that holds the key; None for a server that asks for none. A server on this
            machine needs none either way.
        further_models: names of other models that will be asked too, checked with the first.
        azure: set for Azure OpenAI.
        concurrency: most requests under way at once; fewer where the server's limits ask for it.
        timeout_s: time for one attempt, in seconds.
        retries: how often a failed attempt is made again (rate limit, 5xx, time-out, cut connection).
        schema_retries: how often an answer that does not fit the schema, or is no answer at all, is asked for again.
        backoff_s, backoff_max_s: first and longest wait between attempts where the server names none, in seconds.
        max_wait_s: longest wait that a server may ask for (``Retry-After``, reset headers), in seconds; where it asks
            for more, the work ends.
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
    login: SecretStr | None = Field(default=None, repr=False, exclude=True)
    api: Literal["chat", "responses"] = "chat"
    model: str = ""
    further_models: tuple[str, ...] = ()
    key_env: str | None = "OPENAI_API_KEY"
    azure: Azure | None = None
    concurrency: PositiveInt = 16
    timeout_s: PositiveFloat = 120.0
    retries: NonNegativeInt = 8
    schema_retries: NonNegativeInt = 2
    backoff_s: PositiveFloat = 0.5
    backoff_max_s: PositiveFloat = 60.0
    max_wait_s: PositiveFloat = 120.0
    structured: Literal["schema", "json", "prompt", "auto"] = "auto"
    prices: dict[str, Price] = Field(default_factory=dict)
    max_cost: Money | None = None
    max_requests: NonNegativeInt | None = None
    cache_dir: Path | None = None
    batch: bool = False
    batch_size: Annotated[int, Field(ge=1, le=50_000)] = 5_000
    batch_poll_s: PositiveFloat = 30.0

    @model_validator(mode="before")
    @classmethod
    def _login_apart(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("base_url"), str):
            return values
        address, login = split_login(values["base_url"])
        if "?" in address or "#" in address:
            raise UserError("the root of an API has no '?' and no '#'", key="base_url", hint="leave out what follows")
        given = values.get("login") or login
        return values | {"base_url": address, "login": given}

    @property
    def userinfo(self) -> str | None:
        """``user:password`` as it stood in the address; None where it held none."""
        return None if self.login is None else self.login.get_secret_value()

    def redactor(self) -> Redactor:
        """What takes the key and the login out of a text."""
        key = os.environ.get(self.key_env, "") if self.key_env else None
        return Redactor([key, *secrets_of_login(self.userinfo)])

    @property
    def local(self) -> bool:
        """Whether the server runs on this machine."""
        return (urlsplit(self.base_url).hostname or "") in _LOOPBACK

    def key(self) -> str | None:
        """The key from the environment; None where the server asks for none.

        Raises:
            UserError: the variable is not set and the server is not on this machine, or what it holds is no key.
        """
        if self.key_env is None:
            return None
        api_key = os.environ.get(self.key_env, "").strip()
        if api_key and not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
            raise UserError("holds characters that no key has (spaces, line ends, ...)", key=self.key_env)
        if api_key:
            return api_key
        if self.local or self.login is not None:
            return None
        raise UserError(
            f"no key for {self.base_url}: the environment variable {self.key_env} is not set",
            hint=f"export {self.key_env}=..., or name another variable: --llm-key-env, --key-env or --set key_env=...",
        )

    def cost(self, model: str, usage: Usage, batch: bool = False) -> Decimal | None:
        """Cost of these tokens; None where the model's price is not in the table."""
        price = self.prices.get(model)
        return None if price is None else price.cost(usage, batch)
