"""Images and texts in one space, by any CLIP-like model of transformers (CLIP, SigLIP, RemoteCLIP and GeoRSCLIP).

It answers nothing: `run --large crops --embedding clip --embedding-model NAME` finds the parts of large images with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, PositiveInt

from rsica_bench.models.api import AdapterSpec, Capabilities, RunContext
from rsica_bench.models.chat_server import model_named
from rsica_bench.models.mask import default_device
from rsica_bench.models.transformers_loading import import_transformers, revision_of
from rsica_data.core.errors import UserError, one_line
from rsica_data.imagery.images import pil_rgb
from rsica_data.schema import EncodedImage, JsonObject


class ClipOptions(BaseModel):
    """Options.

    Attributes:
        revision: branch, tag or commit on the Hub.
        batch: images or texts that are embedded together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: str | None = None
    batch: PositiveInt = 32


class Clip:
    """Holds the model."""

    def __init__(self, options: ClipOptions, name: str) -> None:
        self._options, self._name = options, name

    def load(self, context: RunContext) -> None:
        """Load model and processor.

        Raises:
            UserError: they cannot be loaded, or embed no images and texts.
        """
        transformers = import_transformers()
        self._device = context.device or default_device()
        try:
            model = transformers.AutoModel.from_pretrained(self._name, revision=self._options.revision)
            self._processor = transformers.AutoProcessor.from_pretrained(self._name, revision=self._options.revision)
        except (OSError, ValueError, ImportError) as error:
            raise UserError(f"cannot load '{self._name}': {one_line(error)}", key="--embedding-model") from error
        if not hasattr(model, "get_image_features"):
            raise UserError(f"'{self._name}' does not embed images and texts", key="--embedding-model")
        self._model = model.to(self._device).eval()

    def describe(self) -> JsonObject:
        """Which model it is."""
        return {"revision": revision_of(self._model, self._name)}

    def embed_images(self, images: Sequence[EncodedImage]) -> NDArray[np.float32]:
        """Unit vectors, ``[images, d]``."""
        opened = [pil_rgb(image.data) for image in images]
        return self._embed(opened, "images", self._model.get_image_features, {})

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, ``[texts, d]``; texts are cut at the model's length."""
        return self._embed(list(texts), "text", self._model.get_text_features, {"padding": True, "truncation": True})

    def close(self) -> None:
        """Let the model go."""
        if hasattr(self, "_model"):
            del self._model, self._processor

    def _embed(self, items: list[Any], name: str, embed: Any, settings: dict[str, Any]) -> NDArray[np.float32]:
        import torch

        embeddings = []
        with torch.inference_mode():
            for start in range(0, len(items), self._options.batch):
                part = {name: items[start : start + self._options.batch]}
                inputs = self._processor(**part, return_tensors="pt", **settings).to(self._device)
                vectors = embed(**inputs)
                # Newer releases give the whole output, older ones the projected vectors alone.
                vectors = getattr(vectors, "pooler_output", vectors).float()
                embeddings.append(torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy())
        return np.concatenate(embeddings).astype(np.float32)


ADAPTER = AdapterSpec(
    name="clip",
    summary="Images and texts in one space, by a CLIP-like model: finds the parts of large images.",
    kind="embedding",
    options=ClipOptions,
    make=lambda options, model: Clip(options, model_named(model, "clip")),
    capabilities=Capabilities(outputs=("embedding",), images=1),
    needs=("torch", "transformers"),
)
