"""Caption files in the layout of ``LevirCCcaptions.json`` (Karpathy's), read for sources and for the simulator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import kind_of, need_object, read_json, short
from rsica_data.schema.caption_text import change_flag

_LONGEST_NAME = 255
_HINT = "each of images needs filename, split and sentences[].raw"
_LAYOUT = "not in the layout of LevirCCcaptions.json"
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """One of ``images``: its file's plain name, its split, its sentences as they stand there, and its change flag."""

    number: int
    filename: str
    split: str
    sentences: tuple[str, ...]
    changed: bool | None


def read_captioned_images(path: Path, *, key: str | None = None) -> Iterator[CaptionedImage]:
    """The images of a caption file (``.json``, also packed with gzip), in its order.

    Args:
        path: the file.
        key: option that named it, for messages about the file as a whole.

    Raises:
        UserError: not JSON, not in this layout, or a name that cannot be that of a file in a folder.
    """
    try:
        document = read_json(path, unpack=True, surrogates="keep")
    except UserError as error:
        problem = f"not a caption file: {error.message}"
        raise UserError(problem, file=path, line=error.line, key=key, hint=_HINT) from None
    yield from captioned_images(document, path, key=key)


def captioned_images(
    document: Any, path: Path, *, key: str | None = None, split_needed: bool = True
) -> Iterator[CaptionedImage]:
    """The images of a caption file that is read already.

    Args:
        document: its JSON, with halves of surrogate pairs kept.
        path: the file, for messages.
        key: option that named it, for messages about the file as a whole.
        split_needed: False where the file may leave out ``split``, which is then "".

    Raises:
        UserError: as :func:`read_captioned_images`.
    """
    content = need_object(document, _LAYOUT.removeprefix("not "), path, key=key)
    images = content.get("images")
    if not isinstance(images, list):
        problem = "it has no images" if images is None else f"its images are {kind_of(images)}, not a list"
        raise UserError(f"{_LAYOUT}: {problem}", file=path, key=key, hint=_HINT)
    for number, image in enumerate(images):
        if not split_needed and isinstance(image, dict):
            image = {**image, "split": image.get("split") or ""}
        yield _image(image, number, path)


def _has_half(text: str) -> bool:
    return not text.isascii() and _HALF.search(text) is not None


def _image(image: Any, number: int, path: Path) -> CaptionedImage:
    def mistake(column: str, what: str) -> UserError:
        where = f"images[{number}].{column}" if column else f"images[{number}]"
        return UserError(f"{_LAYOUT}: {what}", file=path, key=where, hint=_HINT)

    if not isinstance(image, dict):
        raise mistake("", f"is {kind_of(image)}, not an object")
    for column in ("filename", "split", "sentences"):
        if column not in image:
            raise mistake("", f"missing key '{column}'")
    for column in ("filename", "split"):
        if not isinstance(image[column], str) or _has_half(image[column]):
            raise mistake(column, f"{short(repr(image[column]))} is no text that can be written")
    name = image["filename"]
    if not name or name in (".", "..") or set(name) & set("/\\\0") or len(name.encode()) > _LONGEST_NAME:
        problem = f"filename {short(repr(name))} is not the plain name of a file"
        raise UserError(problem, file=path, key=f"images[{number}].filename")
    try:
        changed = change_flag(image.get("changeflag"))
    except ValueError as error:
        raise UserError(str(error), file=path, key=f"images[{number}].changeflag") from None
    sentences = image["sentences"]
    if not isinstance(sentences, list):
        raise mistake("sentences", f"is {kind_of(sentences)}, not a list")
    texts = []
    for place, sentence in enumerate(sentences):
        text = sentence.get("raw", 0) if isinstance(sentence, dict) else 0
        # A sentence of null is one without words.
        if text is not None and (not isinstance(text, str) or _has_half(text)):
            problem = "holds half of a surrogate pair" if isinstance(text, str) else "is no text"
            raise mistake(f"sentences[{place}].raw", problem)
        texts.append(text or "")
    return CaptionedImage(number, name, image["split"], tuple(texts), changed)
