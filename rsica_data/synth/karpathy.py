"""Caption files in the layout of ``LevirCCcaptions.json`` (Karpathy's): names to simulate, and writing the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.schema.caption_files import read_captioned_images
from rsica_data.schema.caption_text import has_words, strip_caption
from rsica_data.schema.records import SPLITS


@dataclass(frozen=True)
class CaptionedName:
    """A pair to be simulated: split, file name, whether it changes, and its captions where they are given."""

    split: str
    filename: str
    changed: bool
    captions: tuple[str, ...] | None

    @property
    def key(self) -> str:
        """Split and file name: unique in a set, where file names alone need not be."""
        return f"{self.split}/{self.filename}"


def read_names(path: Path) -> list[CaptionedName]:
    """Names, splits, change flags and captions of a caption file (``.json`` or ``.json.gz``).

    Raises:
        UserError: no such file, not in this layout, or with names that cannot be files of a set: an unknown split,
            a path instead of a file name, the same name twice in a split.
    """
    names = _parse(path)
    seen: set[str] = set()
    for number, name in enumerate(names):
        fault = _fault(name, seen)
        if fault:
            raise UserError(fault, file=path, key=f"images[{number}]")
        seen.add(name.key)
    return names


def _fault(name: CaptionedName, seen: set[str]) -> str | None:
    if name.split not in SPLITS:
        return f"unknown split {name.split!r}; known: {', '.join(SPLITS)}"
    # The names become paths below the output folder and must not lead out of it.
    plain = not name.filename.startswith(".") and not set(name.filename) & set("/\\\0")
    if not plain or not name.filename.endswith(".png"):
        return f"filename {name.filename!r} is not the plain name of a .png file"
    return f"'{name.key}' is listed twice" if name.key in seen else None


def _parse(path: Path) -> list[CaptionedName]:
    names = []
    for image in read_captioned_images(path, key="--captions"):
        if image.changed is None:
            problem = f"'{image.filename}' has no changeflag"
            raise UserError(problem, file=path, key=f"images[{image.number}].changeflag")
        kept = tuple(text for text in image.sentences if has_words(text))
        names.append(CaptionedName(image.split, image.filename, image.changed, kept or None))
    return names


def caption_file(names: Sequence[CaptionedName], captions: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The content of ``LevirCCcaptions.json`` for some pairs; ``captions`` by :attr:`CaptionedName.key`."""
    images, number = [], 0
    for place, name in enumerate(names):
        texts = captions[name.key]
        sentences = []
        for offset, text in enumerate(texts):
            bare = strip_caption(text)
            sentences.append({"tokens": bare.split(), "raw": f"{bare} .", "imgid": place, "sentid": number + offset})
        images.append(
            {
                "filepath": name.split,
                "filename": name.filename,
                "imgid": place,
                "sentids": list(range(number, number + len(texts))),
                "sentences": sentences,
                "split": name.split,
                "changeflag": int(name.changed),
            }
        )
        number += len(texts)
    return {"images": images, "dataset": "LEVIR-CC"}
