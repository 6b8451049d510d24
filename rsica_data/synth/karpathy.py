"""Caption files in the layout of ``LevirCCcaptions.json`` (Karpathy's): names to simulate, and writing the file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_data.errors import UserError


@dataclass(frozen=True)
class CaptionedName:
    """A pair to be simulated: split, file name, whether it changes, and its captions where they are given."""

    split: str
    filename: str
    changed: bool
    captions: tuple[str, ...] | None


def read_names(path: Path) -> list[CaptionedName]:
    """Names, splits, change flags and captions of a caption file (``.json`` or ``.json.gz``).

    Raises:
        UserError: no such file, or not in this layout.
    """
    try:
        data = path.read_bytes()
        images = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["images"]
        return [
            CaptionedName(
                image["split"],
                image["filename"],
                bool(image["changeflag"]),
                tuple(sentence["raw"] for sentence in image["sentences"]),
            )
            for image in images
        ]
    except FileNotFoundError:
        raise UserError("no such file", file=path, key="--captions") from None
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        hint = "each of images needs filename, split, changeflag and sentences[].raw"
        raise UserError(f"not a caption file: {error!r}", file=path, key="--captions", hint=hint) from None


def caption_file(names: Sequence[CaptionedName], captions: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The content of ``LevirCCcaptions.json`` for some pairs."""
    images, number = [], 0
    for place, name in enumerate(names):
        texts = captions[name.filename]
        sentences = []
        for offset, text in enumerate(texts):
            bare = text.strip().removesuffix(" .").strip()
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
    return {"images": images, "dataset": "LEVIR_CC"}
