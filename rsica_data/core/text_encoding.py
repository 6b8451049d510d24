"""Text files: their encodings."""

from __future__ import annotations

import codecs
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.raw import read_bytes

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16: its mark begins with that of UTF-16 little endian.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_user_text(data: bytes) -> str:
    """UTF-8, or what a byte order mark says, as Windows' editors and shells write it; without the mark.

    Raises:
        UnicodeDecodeError: the bytes are no such text.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


def decoded(
    data: bytes, path: Path | str, *, own: bool = False, line: int | None = None, key: str | None = None
) -> str:
    """The text of bytes.

    Args:
        data: the bytes.
        path: their file, for messages.
        own: of a file that rsica wrote, which is UTF-8 without a byte order mark.
        line: their line in the file, where they are one.
        key: option or key that named the file, for messages.

    Raises:
        UserError: they are no such text.
    """
    try:
        return data.decode("utf-8") if own else decode_user_text(data)
    except UnicodeDecodeError as error:
        at = line or data.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8 text: byte 0x{data[error.start]:02x}"
        raise UserError(what, file=path, line=at, key=key) from None


def read_user_text(path: Path, *, unpack: bool = False, limit: int | None = None, key: str | None = None) -> str:
    r"""The text of a file that a user wrote; line ends as "\n".

    Args:
        path: the file.
        unpack: unpack gzip.
        limit: most bytes; None for :func:`rsica_data.core.raw.largest_document`.
        key: option or key that named the file, for messages.

    Raises:
        UserError: it cannot be read, is too large, or is not UTF-8 and has no byte order mark.
    """
    text = decoded(read_bytes(path, unpack=unpack, limit=limit, key=key), path, key=key)
    return text.replace("\r\n", "\n").replace("\r", "\n")
