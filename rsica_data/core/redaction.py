"""Keys and logins taken out of texts that come from outside, in every form in which a server may repeat them.

A text is compared in its plain form: escapes of JSON, URLs and HTML are read first, at any depth, and case does not
count. What is taken out is any run of a secret that is long enough to be told from a word, so that a cut key goes too,
and the same of its base64 (at each of the three alignments) and hexadecimal forms.
"""

from __future__ import annotations

import base64
import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

MASK = "***"
"""What stands in place of a secret."""

_PIECE = 8
"""Characters in a row of a secret that are taken out, where one of them is no letter."""
_LONG_PIECE = 12
"""The same where all are letters, which may be a word, and for encoded forms."""
_SHORTEST = 5
"""Shorter secrets, and those of up to seven letters, are words like any other (``none``, ``EMPTY``)."""
_SHORTEST_WORD = 3

_ESCAPE = re.compile(
    r"\\+(?:u00(?P<u>[0-9a-f]{2})|x(?P<x>[0-9a-f]{2})|(?P<c>[\"/']))|\\+"
    r"|%(?:25)*(?P<p>[0-9a-f]{2})|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|amp|quot|lt|gt|apos);",
    re.IGNORECASE,
)
_FOLD = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_LOGIN = re.compile(r"(?<=://)[^\s/?#@\"']*@")


def split_login(address: str) -> tuple[str, str | None]:
    """A web address without user name and password, and these (``user:password``); None where it has none."""
    scheme, slashes, rest = address.partition("://")
    host, at, tail = _parts_of(rest)
    if not slashes or not at:
        return address, None
    return f"{scheme}://{tail}", host


def _parts_of(rest: str) -> tuple[str, str, str]:
    """(login, "@", what follows) of an address without its scheme; the login may hold any character but those."""
    end = re.search(r"[/?#]", rest)
    authority = rest[: end.start()] if end else rest
    login, at, host = authority.rpartition("@")
    return login, at, host + rest[len(authority) :]


def shown_address(text: str) -> str:
    """A text that was meant as an address, without anything that may be a user name or a password."""
    scheme, slashes, rest = text.partition("://") if "://" in text else ("", "", text)
    return f"{scheme}{slashes}{MASK}@{rest.rpartition('@')[2]}" if "@" in rest else text


def secrets_of_login(login: str | None) -> tuple[str, ...]:
    """What must not be repeated of ``user:password``: the whole, and both parts as typed and as they are meant."""
    if not login:
        return ()
    user, _, password = login.partition(":")
    parts = (login, user, password, unquote(user), unquote(password), unquote(login))
    return tuple(dict.fromkeys(part for part in parts if part))


class Redactor:
    """Takes secrets out of texts.

    Args:
        secrets: keys, user names, passwords; None and "" are passed over.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        given = [secret.strip() for secret in secrets if secret and secret.strip()]
        known = [secret for secret in given if _is_secret(secret)]
        self._pieces: dict[int, set[str]] = {}
        for secret in known:
            self._learn(_Plain(secret).text)
        # The base64 of short ones, as of "user:pw", is long enough.
        for secret in given:
            for form in _encoded(secret):
                self._learn_run(form.translate(_FOLD), _LONG_PIECE)
        starts = "|".join(_masked(secret.translate(_FOLD)) for secret in known)
        self._masked = re.compile(starts) if starts else None
        words = sorted({s for s in given if len(s) >= _SHORTEST_WORD and s not in _STAND_INS}, key=len, reverse=True)
        pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words)
        self._words = re.compile(pattern) if pattern else None

    def __call__(self, text: str) -> str:
        """The text without the secrets; where none stands in it, the same object."""
        if not self._pieces:
            return text
        plain = _Plain(text)
        read = self._spans(plain.text.translate(_FOLD))
        spans = [(plain.place(first), plain.place(last)) for first, last in read]
        if plain.text != text:
            # What looks like an escape may be the start of a key: "%" and then "00...".
            spans += self._spans(text.translate(_FOLD))
        if not spans:
            return text
        parts: list[str] = []
        end = 0
        for first, last in _merged(spans):
            parts += [text[end:first], MASK]
            end = last
        return "".join([*parts, text[end:]])

    def line(self, text: str, longest: int) -> str:
        """A text as one line of a message: without secrets, short ones and logins of addresses too, and cut."""
        # Redacted before it is cut: a cut would hide the start or the end of a secret.
        text = _LOGIN.sub(f"{MASK}@", self(text))
        if self._words is not None:
            text = self._words.sub(MASK, text)
        text = "".join(char if char.isprintable() else " " for char in text[: 4 * longest])
        text = " ".join(text.split())
        return text if len(text) <= longest else text[:longest] + "..."

    def _learn(self, secret: str) -> None:
        secret = secret.translate(_FOLD)
        for start in range(len(secret) - _PIECE + 1):
            piece = secret[start : start + _PIECE]
            if not piece.isalpha():
                self._pieces.setdefault(_PIECE, set()).add(piece)
        self._learn_run(secret, _LONG_PIECE)

    def _learn_run(self, run: str, size: int) -> None:
        size = min(size, len(run))
        for start in range(len(run) - size + 1):
            self._pieces.setdefault(size, set()).add(run[start : start + size])

    def _spans(self, plain: str) -> Iterator[tuple[int, int]]:
        for size, pieces in self._pieces.items():
            starts = [start for start in range(len(plain) - size + 1) if plain[start : start + size] in pieces]
            yield from ((start, start + size) for start in starts)
        if self._masked is not None:
            yield from (match.span() for match in self._masked.finditer(plain))


_STAND_INS = {"none", "empty", "EMPTY", "None", "dummy", "test", "key", "user"}


def _is_secret(text: str) -> bool:
    return len(text) >= _PIECE or (len(text) >= _SHORTEST and not text.isalpha())


def _encoded(secret: str) -> Iterator[str]:
    """The parts of base64 and hexadecimal forms that do not depend on what stands around the secret."""
    data = secret.encode(errors="replace")
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        sure = whole[-(-8 * offset // 6) : 8 * (offset + len(data)) // 6]
        if len(sure) >= _PIECE:
            yield sure
            if "+" in sure or "/" in sure:
                yield sure.replace("+", "-").replace("/", "_")
    if len(data) >= _SHORTEST:
        yield data.hex()


def _masked(secret: str) -> str:
    """A pattern of the secret with its middle masked: ``sk-pr...a1b2``, ``sk-pr****a1b2``, ``sk-pr***``."""
    ends = "|".join(re.escape(secret[-length:]) for length in range(min(12, len(secret) - 4), 1, -1)) or r"(?!)"
    start = re.escape(secret[:4]) + r"[^\s\"'<>*.…•]{0,64}"
    return rf"{start}(?:(?:\*+|\.{{2,}}|…+|•+|x{{3,}})(?:{ends})|\*{{3,}})"


class _Plain:
    """A text with its escapes read, and where each of its characters stands in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts, self._places = [0], [0]
        if not ("\\" in text or "%" in text or "&" in text):
            return
        parts: list[str] = []
        size = end = 0
        for match in _ESCAPE.finditer(text):
            before, char = text[end : match.start()], _meant(match)
            parts += [before, char]
            self._note(size + len(before), match.start())
            size += len(before) + len(char)
            end = match.end()
            self._note(size, end)
        self.text = "".join([*parts, text[end:]])

    def _note(self, start: int, place: int) -> None:
        self._starts.append(start)
        self._places.append(place)

    def place(self, index: int) -> int:
        """Where the character of this index stands, or the end of the text."""
        part = bisect_right(self._starts, index) - 1
        return self._places[part] + index - self._starts[part]


def _meant(match: re.Match[str]) -> str:
    code = match["u"] or match["x"] or match["p"]
    if code is not None:
        return chr(int(code, 16))
    if match["c"] is not None:
        return match["c"]
    return "\\" if match[0].startswith("\\") else html.unescape(match[0])


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    spans.sort()
    start, end = spans[0]
    for first, last in spans[1:]:
        if first > end:
            yield start, end
            start, end = first, last
        end = max(end, last)
    yield start, end
