"""One HTTP attempt through the `openai` package, and what its failures mean. The package's own retries are off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from rsica_data.errors import UserError, did_you_mean
from rsica_data.llm.limiter import retry_after
from rsica_data.llm.payload import Answer, Garbled, read_answer
from rsica_data.llm.settings import LlmSettings
from rsica_data.llm.types import Json

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_FATAL = {401: "refused the key", 403: "does not allow this", 404: "knows no such model or address"}
_TRANSIENT = {408, 409, 425, 429}
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
_PLACEHOLDER = "none"
_SHOWN = 300
_SECRET_LENGTH = 8


class Trouble(Exception):
    """An attempt failed, and may be made again.

    Args:
        reason: one line.
        wait: seconds to wait that the server named.
        limited: a rate limit was met.
        unknown: the answer may have been billed although it did not reach us.
    """

    def __init__(self, reason: str, *, wait: float | None = None, limited: bool = False, unknown: bool = False) -> None:
        self.reason, self.wait, self.limited, self.unknown = reason, wait, limited, unknown
        super().__init__(reason)


class Rejected(Exception):
    """The server does not take this one request (too long, filtered, a parameter that it does not know)."""


class Transport:
    """A connection pool to one server. Lives in one event loop; made on first use, when the key is needed."""

    def __init__(self, settings: LlmSettings) -> None:
        self.settings = settings
        self._client: AsyncOpenAI | None = None
        self._key: str | None = None

    @property
    def client(self) -> AsyncOpenAI:
        """The `openai` client.

        Raises:
            UserError: there is no key.
        """
        if self._client is None:
            import openai

            self._key = self.settings.key()
            common: Json = {
                "api_key": self._key or _PLACEHOLDER,
                "max_retries": 0,
                "timeout": self.settings.timeout_s,
            }
            if self.settings.azure is not None:
                self._client = openai.AsyncAzureOpenAI(
                    azure_endpoint=self.settings.base_url, api_version=self.settings.azure.api_version, **common
                )
            else:
                self._client = openai.AsyncOpenAI(base_url=self.settings.base_url, **common)
        return self._client

    def redact(self, text: str) -> str:
        """A server's words on one short line, without the key."""
        secret = secret_of(self._key)
        text = " ".join((text.replace(secret, "***") if secret else text).split())
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."

    async def call(self, body: Json) -> tuple[Answer, Mapping[str, str]]:
        """Send one request; the answer, and the headers that came with it.

        Raises:
            Trouble: it may be tried again.
            Rejected: the server does not take this request.
            UserError: no request can succeed (key, model, quota).
        """
        response = (await self.guarded(lambda: self._send(body))).http_response
        try:
            answer = read_answer(response.content, self.settings.api, response.headers.get("x-request-id", ""))
        except Garbled as error:
            raise Trouble(str(error), unknown=True) from None
        return answer, response.headers

    async def guarded(self, call: Callable[[], Awaitable[Any]], timeout_s: float | None = None) -> Any:
        """The result of a call of the `openai` package within the time allowed; raises as :meth:`call` does."""
        # Failures are values until here: an exception raised while another is handled would carry that one along,
        # and with it the server's words, which may repeat the key.
        outcome = await self._attempt(call, timeout_s or self.settings.timeout_s)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _attempt(self, call: Callable[[], Awaitable[Any]], timeout_s: float) -> Any:
        import openai

        try:
            async with asyncio.timeout(timeout_s):
                return await call()
        except TimeoutError:
            return Trouble(f"no answer within {timeout_s:g} s", unknown=True)
        except openai.APITimeoutError as error:
            return Trouble("timed out", unknown=type(error.__cause__).__name__ not in _NEVER_SENT)
        except openai.APIConnectionError as error:
            cause = type(error.__cause__).__name__
            return Trouble(f"connection failed ({cause})", unknown=cause not in _NEVER_SENT)
        except openai.APIStatusError as error:
            return self._meaning(error)

    async def _send(self, body: Json) -> Any:
        rest = {name: value for name, value in body.items() if name not in ("model", "messages", "input")}
        # By extra_body any parameter travels as it stands, those of other servers that the package does not know too.
        if self.settings.api == "chat":
            completions = self.client.chat.completions.with_raw_response
            return await completions.create(model=body["model"], messages=body["messages"], extra_body=rest)
        responses = self.client.responses.with_raw_response
        return await responses.create(model=body["model"], input=body["input"], extra_body=rest)

    def _meaning(self, error: Any) -> Exception:
        status, said = error.status_code, self.redact(_words(error))
        if status == 429 and getattr(error, "code", None) == "insufficient_quota":
            return UserError(f"{self.settings.base_url}: the account has no quota left: {said}")
        if status in _FATAL:
            hint = f"the key comes from {self.settings.key_env}" if status == 401 and self.settings.key_env else None
            return UserError(f"{self.settings.base_url} {_FATAL[status]} ({status}): {said}", hint=hint)
        if status in _TRANSIENT or status >= 500:
            wait = retry_after(error.response.headers)
            return Trouble(f"status {status}: {said}", wait=wait, limited=status == 429)
        return Rejected(f"status {status}: {said}")

    async def check(self) -> None:
        """See that the server answers, takes the key and has the model.

        Raises:
            UserError: one of these does not hold; one line.
        """
        outcome = await self._models()
        if isinstance(outcome, Exception):
            raise outcome
        known, free = outcome
        model = self.settings.model
        if model and known and not free and model not in known and f"{model}:latest" not in known:
            raise UserError(
                f"{self.settings.base_url} has no model '{model}'", key="model", hint=did_you_mean(model, known)
            )

    async def _models(self) -> Any:
        import openai

        client = self.client
        try:
            async with asyncio.timeout(min(30.0, self.settings.timeout_s)):
                found = await client.models.list()
        except (TimeoutError, openai.APIConnectionError) as error:
            cause = type(error.__cause__ or error).__name__
            return UserError(
                f"{self.settings.base_url}: the server cannot be reached ({cause})",
                key="base_url",
                hint="is it running?",
            )
        except openai.APIStatusError as error:
            if error.status_code in (401, 403):
                return self._meaning(error)
            # Not every server lists its models; a limit or an error now says nothing about the work to come.
            return [], True
        except (openai.OpenAIError, ValueError):
            return UserError(
                f"{self.settings.base_url}: what answers there is no OpenAI-compatible server", key="base_url"
            )
        models = [model.id for model in found.data or []]
        # llama.cpp serves one model under any name; Azure is asked by the names of deployments, which it does not list.
        free = self.settings.azure is not None or any(m.owned_by == "llamacpp" for m in found.data or [])
        return models, free

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def secret_of(key: str | None) -> str | None:
    """What must never be written; short stand-ins for keys (``none``, ``EMPTY``) are words like any other."""
    return key if key is not None and len(key) >= _SECRET_LENGTH else None


def _words(error: Any) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        if message:
            return str(message)
    return str(error.message)
