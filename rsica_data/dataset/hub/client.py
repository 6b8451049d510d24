"""The one place that talks to the Hub: what goes wrong becomes one line, what may pass is tried again.

The key comes from the environment (``HF_TOKEN``) or from the Hub's own login (``hf auth login``), which
``huggingface_hub`` reads by itself; it is never an option, never stored and never part of a message.
"""

from __future__ import annotations

import errno
import os
import ssl
import time
from collections.abc import Callable
from logging import ERROR
from typing import TYPE_CHECKING, TypeVar

from rsica_data.core.errors import RsicaError, RunError, UserError
from rsica_data.core.redaction import Redactor, secrets_of_login, split_login

if TYPE_CHECKING:
    from huggingface_hub import HfApi

TRIES = 6
"""How often one step is tried. Waits double from half a second to 8 s: 15.5 s in all."""

_WAIT = 0.5
_SHOWN = 400
_PASSING = frozenset({408, 409, 412, 425, 429, 500, 502, 503, 504})

Result = TypeVar("Result")


def open_client() -> HfApi:
    """The Hub's client, quiet: progress and errors are told by the commands.

    Raises:
        UserError: ``HF_HUB_OFFLINE`` is set.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.utils.logging import set_verbosity
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if constants.is_offline_mode():
        raise UserError("cannot reach the Hub: HF_HUB_OFFLINE is set", hint="unset it, or give a folder on this disk")
    disable_progress_bars()
    if "HF_HUB_VERBOSITY" not in os.environ and not constants.HF_DEBUG:
        set_verbosity(ERROR)
    return HfApi(library_name="rsica")


def may_ask() -> bool:
    """Whether the Hub may be asked at all (``HF_HUB_OFFLINE`` is not set)."""
    from huggingface_hub import constants

    return not constants.is_offline_mode()


def need_login(api: HfApi) -> str:
    """The name of the account that the key belongs to.

    Raises:
        UserError: there is no key, or the Hub does not accept it.
    """
    from huggingface_hub import get_token

    if get_token() is None:
        raise UserError("no key for the Hub", hint="set HF_TOKEN or run `hf auth login`")
    account = ask(api.whoami, "the Hub's account")
    return str(account["name"])


def ask(step: Callable[[], Result], what: str, tries: int = TRIES) -> Result:
    """Run one step against the Hub, again where its failure may pass.

    Args:
        step: safe to repeat; it may have been done although its answer was lost.
        what: what the step is about, for messages.
        tries: how often it is tried.

    Raises:
        UserError: the Hub says no (key, rights, name, revision).
        RunError: the Hub could not be reached, or failed again and again.
    """
    wait = _WAIT
    for left in range(tries - 1, -1, -1):
        try:
            return step()
        except RsicaError:
            raise
        except Exception as error:
            refused = _environment_fault(error) or _refusal(error, what) or _rejected_objects(error, what)
            if refused is not None:
                raise refused from error
            if not _may_pass(error):
                raise
            if left == 0:
                raise RunError(f"{what}: {_said(error)}; run the same command again to go on") from error
            time.sleep(wait)
            wait *= 2
    raise AssertionError("unreachable")


def _status(error: BaseException) -> int | None:
    """The HTTP status behind an error: its own, or that of the error it was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        response = getattr(seen, "response", None)
        if response is not None:
            return int(response.status_code)
        seen = seen.__cause__
    return None


def _refusal(error: Exception, what: str) -> RsicaError | None:
    from huggingface_hub import errors

    status = _status(error)
    if isinstance(error, errors.GatedRepoError):
        return UserError(f"{what}: access is given on request only", hint="ask for it on the dataset's page")
    if isinstance(error, errors.RevisionNotFoundError):
        return UserError(f"{what}: no such revision")
    if isinstance(error, errors.RepositoryNotFoundError):
        return UserError(f"{what}: no such dataset on the Hub, or a private one", hint="check the name and HF_TOKEN")
    if isinstance(error, errors.EntryNotFoundError) and status == 404:
        return UserError(f"{what}: no such file on the Hub")
    if isinstance(error, errors.OfflineModeIsEnabled):
        return UserError(f"{what}: cannot reach the Hub: HF_HUB_OFFLINE is set")
    if isinstance(error, errors.LocalTokenNotFoundError):
        return UserError(f"{what}: no key for the Hub", hint="set HF_TOKEN or run `hf auth login`")
    if status == 401:
        return UserError(f"{what}: the Hub does not accept the key", hint="set HF_TOKEN or run `hf auth login`")
    if status == 403:
        return UserError(
            f"{what}: the key has no right to do this", hint="a key with write access is needed to publish"
        )
    if status is not None and status not in _PASSING:
        return RunError(f"{what}: the Hub answered {status}: {_said(error)}")
    return None


def _rejected_objects(error: Exception, what: str) -> RunError | None:
    # The client tells what the Hub refused (a full quota, a card's front matter) by a plain ValueError.
    if isinstance(error, ValueError) and "LFS batch API returned errors" in str(error):
        return RunError(f"{what}: the Hub's store refused: {_rest(error)}")
    if isinstance(error, ValueError) and "Invalid metadata in README.md" in str(error):
        return RunError(f"{what}: the Hub does not accept the card: {_rest(error)}")
    return None


def _rest(error: BaseException) -> str:
    """What follows the first line of an error, on one line."""
    return _redactor().line("; ".join(str(error).splitlines()[1:]), _SHOWN)


def _redactor() -> Redactor:
    from huggingface_hub import constants, get_token

    return Redactor([get_token(), *secrets_of_login(split_login(constants.ENDPOINT)[1])])


def _may_pass(error: BaseException) -> bool:
    """Network errors and statuses that pass; not mistakes of a program or a full disk."""
    import httpx2
    from huggingface_hub import errors

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, httpx2.HTTPError | errors.HfHubHTTPError | ConnectionError | TimeoutError):
            return True
        seen = seen.__cause__
    # A body that ended early is told as an OSError about a consistency check.
    return isinstance(error, OSError) and "Consistency check failed" in str(error)


def _said(error: BaseException) -> str:
    """The first line of an error, without the key in any form, and without logins of addresses."""
    cause: BaseException = error
    while cause.__cause__ is not None and not str(cause).strip():
        cause = cause.__cause__
    text = next((line for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
    return _redactor().line(text, _SHOWN)


def _environment_fault(error: BaseException) -> UserError | None:
    """A proxy or a certificate file of the environment that cannot be used, or a server that is not trusted."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            hint = "SSL_CERT_FILE=FILE names the authority of a server of your own"
            return UserError(f"the Hub's certificate is not trusted: {seen.verify_message}", hint=hint)
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, ImportError) and "socks" in str(error).lower():
        return UserError(
            "the environment names a SOCKS proxy, which needs the package socksio",
            hint="pip install 'httpx2[socks]', or unset HTTPS_PROXY and ALL_PROXY",
        )
    if type(error).__name__ == "InvalidURL" or (isinstance(error, ValueError) and "proxy URL" in str(error)):
        return UserError("the proxy that the environment names has no usable address", hint="http://HOST:PORT")
    if isinstance(error, ssl.SSLError) or (isinstance(error, OSError) and _names_certificates(error)):
        return UserError("the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read", hint="unset it")
    return None


def _names_certificates(error: OSError) -> bool:
    named = {os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")} - {None, ""}
    # OpenSSL's own errors about files bear no name.
    unnamed = error.filename is None and error.errno in (errno.ENOENT, errno.EISDIR, errno.EACCES, errno.ENOTDIR)
    return bool(named) and (unnamed or error.filename in named)
