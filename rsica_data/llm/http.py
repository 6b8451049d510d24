"""The one place where what a server sends comes in: bounded in size, kept to one host, and without secrets."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from rsica_data.core.errors import UserError
from rsica_data.core.redaction import Redactor
from rsica_data.llm.bounded_json import redacted_json

if TYPE_CHECKING:
    import httpx2

LARGEST_ANSWER = 8 * 2**20
"""Bytes of an answer, unpacked. The longest outputs of models (some 100,000 tokens) are a tenth of it."""
LARGEST_FILE = 256 * 2**20
"""Bytes of a file of batch answers; the service takes and gives 200 MB."""

_REDIRECTS = 5
_CODED = {b"content-encoding", b"content-length", b"transfer-encoding"}


class ResponseFault(Exception):
    """A response that is not taken in; the message is one line of our own."""


class Refused(ResponseFault):
    """The client does not go on with this server; asking again would bring the same."""


def make_http_client(redact: Redactor, login: str | None, timeout_s: float) -> httpx2.AsyncClient:
    """The HTTP client of the `openai` package, with what this module adds.

    Args:
        redact: takes the secrets out of bodies and headers.
        login: ``user:password`` of the server as in its address, for basic authentication; sent in place of a key.
        timeout_s: longest silence of the server, in seconds.

    Raises:
        UserError: the proxies or certificates that the environment names cannot be used.
    """
    values: dict[str, Any] = {"timeout": timeout_s, "follow_redirects": False}
    if login is not None:
        user, _, password = login.partition(":")
        values["auth"] = (unquote(user), unquote(password))
    try:
        client: httpx2.AsyncClient = _client_class(redact)(**values)
        return client
    except ImportError:
        raise UserError(
            "the environment names a SOCKS proxy, which needs the package socksio",
            key="HTTPS_PROXY, HTTP_PROXY or ALL_PROXY",
            hint="pip install 'httpx2[socks]', or unset it, or name the server in NO_PROXY",
        ) from None
    except (ssl.SSLError, OSError):
        raise UserError(
            "the certificates that it names cannot be read",
            key="SSL_CERT_FILE or SSL_CERT_DIR",
            hint="a file of PEM certificates; or unset it",
        ) from None
    except Exception:
        # Of several kinds, none of them common to all; their words show the proxy's address, which may hold a password.
        raise UserError(
            "the proxy that it names has no usable address",
            key="HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or NO_PROXY",
            hint="http://HOST:PORT",
        ) from None


def _client_class(redact: Redactor) -> Any:
    # The package has one HTTP client or another below it, by its version: ours is a kind of that.
    import openai

    class Client(openai.DefaultAsyncHttpxClient):
        """Reads every response whole, within bounds, before anything else sees it."""

        async def send(self, request: Any, **options: Any) -> Any:
            """The response to a request, redirects within the host followed."""
            options |= {"stream": True, "follow_redirects": False}
            for _ in range(_REDIRECTS):
                response = await super().send(request, **options)
                following = response.next_request
                if following is None:
                    return await _taken_in(response, redact)
                await response.aclose()
                if not _same_place(request.url, following.url):
                    raise Refused(f"it redirects to another server ({following.url.host}), which gets no key")
                request = following
            raise Refused(f"it redirects more than {_REDIRECTS} times")

    return Client


def _same_place(old: Any, new: Any) -> bool:
    """Whether a redirect stays on the host and its port; from http to https both change together."""
    if old.host != new.host:
        return False
    return (old.scheme, old.port) == (new.scheme, new.port) or (old.scheme, new.scheme) == ("http", "https")


async def _taken_in(response: Any, redact: Redactor) -> Any:
    """The response with its body read, unpacked and redacted."""
    largest = LARGEST_FILE if response.request.url.path.endswith("/content") else LARGEST_ANSWER
    parts: list[bytes] = []
    size = 0
    try:
        async for part in response.aiter_bytes():
            size += len(part)
            if size > largest:
                raise ResponseFault(f"a body of more than {largest // 2**20} MB")
            parts.append(part)
    finally:
        await response.aclose()
    headers = [
        (name, redact(value.decode("latin-1")).encode("latin-1"))
        for name, value in response.headers.raw
        if name.lower() not in _CODED
    ]
    return type(response)(
        response.status_code,
        headers=headers,
        content=_without_secrets(b"".join(parts), redact, response.status_code),
        request=response.request,
    )


def _without_secrets(data: bytes, redact: Redactor, status: int) -> bytes:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if status < 400:
            raise ResponseFault("a body that is no UTF-8") from None
        text = data.decode(errors="replace")
    lines = text.splitlines(keepends=True)
    # A file of a batch goes by its lines; no secret holds a line end.
    parts = lines if len(lines) > 1 and len(text) > LARGEST_ANSWER else [text]
    return "".join(redacted_json(part, redact) for part in parts).encode()
