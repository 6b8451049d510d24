"""OpenAI's chat fine-tuning JSONL: ``{"messages": [...]}`` with both images in the first user message."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import ImageOptions, copy_images, pair_images, rows, write_lines
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.images import decode_rgb, encode_png, probe
from rsica_data.schema import EncodedImage, Instruction
from rsica_data.schema.arrow import StoredPair


class OpenAiOptions(BaseModel):
    """Options: ``images`` is ``data-url`` (inside the file, what the service takes) or ``path`` (copied beside it)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: Literal["data-url", "path"] = "data-url"


def export(dataset: BuiltDataset, out: Path, options: OpenAiOptions) -> list[Path]:
    """Write ``openai_SPLIT.jsonl`` for every split."""
    written = []
    for split in dataset.splits:
        path = Path(f"openai_{split}.jsonl")
        write_lines(out / path, (record(item, pair, options) for item, pair in rows(dataset, split)))
        written.append(path)
    if options.images == "path":
        written += copy_images(dataset, out, ImageOptions())
    return written


def record(item: Instruction, pair: StoredPair, options: OpenAiOptions) -> dict[str, Any]:
    """A record."""
    if options.images == "path":
        urls = [f"images/{path}" for path, _ in pair_images(pair)]
    else:
        urls = [data_url(image) for _, image in pair_images(pair)]
    first = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [*first, {"type": "text", "text": item.turns[0].content}]}
    ]
    messages += [{"role": turn.role, "content": turn.content} for turn in item.turns[1:]]
    return {"messages": messages}


def data_url(image: EncodedImage) -> str:
    """An image as a data URL; what the service does not take, such as TIFF, as PNG."""
    if probe(image).format not in ("PNG", "JPEG"):
        image = EncodedImage(image.path, encode_png(decode_rgb(image.data)))
    kind = probe(image).format.lower()
    return f"data:image/{kind};base64,{base64.b64encode(image.data).decode()}"


EXPORTER = ExporterSpec("openai", "OpenAI's chat fine-tuning JSONL.", OpenAiOptions, export)
