"""Text files that a user made: their encodings."""

from __future__ import annotations

import codecs
from pathlib import Path

from rsica_data.errors import UserError

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


def read_user_text(path: Path) -> str:
    """The text of a file that a user wrote; line ends as "\\n".

    Raises:
        UserError: it cannot be read, or is not UTF-8 and has no byte order mark.
    """
    try:
        text = decode_user_text(path.read_bytes())
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 text: byte 0x{error.object[error.start]:02x}", file=path) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", file=path) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
