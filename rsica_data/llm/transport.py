"""One HTTP attempt through the `openai` package, and what its failures mean. The package's own retries are off."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.llm.bounded_json import parse_json
from rsica_data.llm.http import Refused, ResponseFault, make_http_client
from rsica_data.llm.limiter import retry_after
from rsica_data.llm.payload import Answer, Garbled, read_answer
from rsica_data.llm.settings import LlmSettings
from rsica_data.llm.types import Json

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_FATAL = {401: "refused the key", 403: "does not allow this", 404: "knows no such model or address"}
_TRANSIENT = {408, 409, 425, 429}
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
_PLACEHOLDER = "none"
_SHOWN = 300
_MOST_MODELS = 1000


class RetryableError(Exception):
    """An attempt failed, and may be made again.

    Args:
        reason: one line.
        wait: seconds to wait that the server named.
        limited: a rate limit was met.
        unknown: the answer may have been billed although it did not reach us.
        garbled: what came was JSON but no answer, or too large: a server that sends such will send it again.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait: float | None = None,
        limited: bool = False,
        unknown: bool = False,
        garbled: bool = False,
    ) -> None:
        self.reason, self.wait, self.limited, self.unknown, self.garbled = reason, wait, limited, unknown, garbled
        super().__init__(reason)


class Rejected(Exception):
    """The server does not take this one request (too long, filtered, a parameter that it does not know)."""


class Transport:
    """A connection pool to one server. Lives in one event loop; made on first use, when the key is needed."""

    def __init__(self, settings: LlmSettings) -> None:
        self.settings = settings
        self._client: AsyncOpenAI | None = None
        self._redact = settings.redactor()

    @property
    def client(self) -> AsyncOpenAI:
        """The `openai` client.

        Raises:
            UserError: there is no key, or the environment's proxies or certificates cannot be used.
        """
        if self._client is None:
            import openai

            settings = self.settings
            common: Json = {
                "api_key": settings.key() or _PLACEHOLDER,
                "max_retries": 0,
                "timeout": settings.timeout_s,
            }
            common["http_client"] = make_http_client(self._redact, settings.userinfo, settings.timeout_s)
            if settings.azure is not None:
                self._client = openai.AsyncAzureOpenAI(
                    azure_endpoint=settings.base_url, api_version=settings.azure.api_version, **common
                )
            else:
                self._client = openai.AsyncOpenAI(base_url=settings.base_url, **common)
        return self._client

    def shown(self, text: str) -> str:
        """A server's words on one short line, without the key."""
        return self._redact.line(text, _SHOWN)

    async def call(self, body: Json) -> tuple[Answer, Mapping[str, str]]:
        """Send one request; the answer, and the headers that came with it.

        Raises:
            RetryableError: it may be tried again.
            Rejected: the server does not take this request.
            UserError: no request can succeed (key, model, quota).
        """
        response = (await self.guarded(lambda: self._send(body))).http_response
        return self.answer(response.content, response.headers.get("x-request-id", "")), response.headers

    def answer(self, content: bytes | Json, request_id: str) -> Answer:
        """The answer in a body of a response.

        Raises:
            RetryableError: there is none.
        """
        try:
            answer = read_answer(content, self.settings.api, request_id)
        except Garbled as error:
            raise RetryableError(self.shown(str(error)), unknown=True, garbled=error.is_json) from None
        # A secret that was cut over several parts is whole again.
        return replace(answer, text=self._redact(answer.text), refusal=answer.refusal and self.shown(answer.refusal))

    async def fetch(self, call: Callable[[], Awaitable[Any]], timeout_s: float | None = None) -> Json:
        """The JSON object that a call with a raw response brings; raises as :meth:`call` does."""
        content = (await self.guarded(call, timeout_s)).http_response.content
        try:
            value = parse_json(content, numbers="null")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise RetryableError("a response that is no JSON object", garbled=True)
        return value

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
            return RetryableError(f"no answer within {timeout_s:g} s", unknown=True)
        except openai.APITimeoutError as error:
            return RetryableError("timed out", unknown=type(error.__cause__).__name__ not in _NEVER_SENT)
        except (openai.APIConnectionError, ResponseFault) as error:
            return self._broken(error)
        except openai.APIStatusError as error:
            return self._meaning(error)
        except (openai.OpenAIError, ValueError, RuntimeError) as error:
            # What the package makes of a response that it cannot take apart.
            return RetryableError(
                f"a response that cannot be read ({type(error).__name__})", unknown=True, garbled=True
            )

    def _broken(self, error: Exception) -> Exception:
        """What a failure below HTTP means. The words of its causes are not shown: they may hold a proxy's address."""
        cause = error.__cause__ or error
        address = self.settings.base_url
        certificate = _certificate_fault(cause)
        if certificate is not None:
            hint = "SSL_CERT_FILE=FILE names the authority of a server of your own"
            return UserError(
                f"{address}: its certificate is not trusted: {self.shown(certificate)}", key="base_url", hint=hint
            )
        if isinstance(cause, Refused):
            return UserError(
                f"{address}: {self.shown(str(cause))}", key="base_url", hint="name the server that answers"
            )
        name = type(cause).__name__
        if isinstance(cause, ResponseFault):
            return RetryableError(self.shown(str(cause)), unknown=True, garbled=True)
        return RetryableError(f"connection failed ({name})", unknown=name not in _NEVER_SENT)

    async def _send(self, body: Json) -> Any:
        rest = {name: value for name, value in body.items() if name not in ("model", "messages", "input")}
        # By extra_body any parameter travels as it stands, those of other servers that the package does not know too.
        if self.settings.api == "chat":
            completions = self.client.chat.completions.with_raw_response
            return await completions.create(model=body["model"], messages=body["messages"], extra_body=rest)
        responses = self.client.responses.with_raw_response
        return await responses.create(model=body["model"], input=body["input"], extra_body=rest)

    def _meaning(self, error: Any) -> Exception:
        status, message = error.status_code, self.shown(_words(error))
        if status == 429 and getattr(error, "code", None) == "insufficient_quota":
            return UserError(f"{self.settings.base_url}: the account has no quota left: {message}")
        if status in _FATAL:
            hint = f"the key comes from {self.settings.key_env}" if status == 401 and self.settings.key_env else None
            return UserError(f"{self.settings.base_url} {_FATAL[status]} ({status}): {message}", hint=hint)
        if status in _TRANSIENT or status >= 500:
            wait = retry_after(error.response.headers)
            return RetryableError(f"status {status}: {message}", wait=wait, limited=status == 429)
        return Rejected(f"status {status}: {message}")

    async def check(self) -> None:
        """See that the server answers, takes the key and has the model.

        Raises:
            UserError: one of these does not hold; one line.
        """
        outcome = await self._models()
        if isinstance(outcome, Exception):
            raise outcome
        known, free = outcome
        for model in filter(None, (self.settings.model, *self.settings.further_models)):
            if known and not free and model not in known and f"{model}:latest" not in known:
                raise UserError(
                    f"{self.settings.base_url} has no model '{model}'",
                    key="model",
                    hint=self.shown(did_you_mean(model, known[:_MOST_MODELS])),
                )

    async def _models(self) -> tuple[list[str], bool] | Exception:
        """Names of the models, and whether others are taken too; or what is wrong with the server, as one line."""
        import openai

        client, address = self.client, self.settings.base_url
        try:
            async with asyncio.timeout(min(30.0, self.settings.timeout_s)):
                response = await client.models.with_raw_response.list()
        except openai.APIStatusError as error:
            # Not every server lists its models; a limit or an error now says nothing about the work to come.
            return self._meaning(error) if error.status_code in (401, 403) else ([], True)
        except (TimeoutError, openai.APIConnectionError, ResponseFault) as error:
            broken = self._broken(error)
            if isinstance(broken, RetryableError) and not broken.garbled:
                message = f"{address}: the server cannot be reached ({type(error.__cause__ or error).__name__})"
                return UserError(message, key="base_url", hint="is it running?")
            return ([], True) if isinstance(broken, RetryableError) else broken
        try:
            listed = parse_json(response.http_response.content, numbers="null")
        except ValueError:
            return UserError(f"{address}: what answers there is no OpenAI-compatible server", key="base_url")
        return _model_names(listed, self.settings.azure is not None)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def _model_names(listed: Any, free: bool) -> tuple[list[str], bool]:
    """What a list of models says; one of another form says nothing."""
    entries = listed.get("data") if isinstance(listed, dict) else listed
    models = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    names = [str(entry["id"]) for entry in models if isinstance(entry.get("id"), str) and entry["id"]]
    # llama.cpp serves one model under any name; Azure is asked by the names of deployments, which it does not list.
    return names, free or any(entry.get("owned_by") == "llamacpp" for entry in models)


def _certificate_fault(error: BaseException | None) -> str | None:
    """Why a server's certificate is not trusted; None where something else is wrong."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return str(error.verify_message)
        error = error.__cause__ or error.__context__
    return None


def _words(error: Any) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        if message:
            return str(message)
    return str(error.message)
