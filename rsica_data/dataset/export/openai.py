"""OpenAI's chat fine-tuning JSONL: ``{"messages": [...]}`` with both images in the first user message."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import (
    ImageOptions,
    Paths,
    copy_images,
    encoded_for_readers,
    item_images,
    rows,
    shown_paths,
    write_lines,
)
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.images import probe
from rsica_data.schema import EncodedImage, Instruction
from rsica_data.schema.arrow import StoredPair


class OpenAiOptions(BaseModel):
    """Options.

    Attributes:
        images: ``data-url`` (inside the file, what the service takes) or ``path`` (copied beside it).
        paths: of image files, ``relative`` to the folder or ``absolute``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    images: Literal["data-url", "path"] = "data-url"
    paths: Paths = "relative"

    @model_validator(mode="after")
    def _paths_of_files(self) -> OpenAiOptions:
        if self.paths == "absolute" and self.images == "data-url":
            raise ValueError("images are inside the file: absolute paths need images=path")
        return self


def export(dataset: BuiltDataset, out: Path, options: OpenAiOptions) -> list[Path]:
    """Write ``openai_SPLIT.jsonl`` for every split."""
    written = []
    for split in dataset.splits:
        path = Path(f"openai_{split}.jsonl")
        write_lines(out / path, (record(item, pair, out, options) for item, pair in rows(dataset, split)))
        written.append(path)
    if options.images == "path":
        written += copy_images(dataset, out, ImageOptions())
    return written


def record(item: Instruction, pair: StoredPair, out: Path, options: OpenAiOptions) -> dict[str, Any]:
    """A record."""
    if options.images == "path":
        urls = shown_paths(item, pair, out, options.paths, "images/")
    else:
        urls = [data_url(image) for image in item_images(item, pair)]
    first = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [*first, {"type": "text", "text": item.turns[0].content}]}
    ]
    messages += [{"role": turn.role, "content": turn.content} for turn in item.turns[1:]]
    return {"messages": messages}


def data_url(image: EncodedImage) -> str:
    """An image as a data URL; what the service does not take, such as TIFF, as PNG."""
    image = encoded_for_readers(image)
    kind = probe(image).format.lower()
    return f"data:image/{kind};base64,{base64.b64encode(image.data).decode()}"


EXPORTER = ExporterSpec("openai", "OpenAI's chat fine-tuning JSONL.", OpenAiOptions, export)
