"""Embeddings of a dataset's images in a file that `rsica-data quality` reads."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel

from rsica_bench.models.api import AdapterSpec
from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.quality import read_embeddings
from rsica_data.imagery.images import decode_rgb


class Options(BaseModel, extra="forbid"):
    scale: float = 1.0


class MeanColour:
    """Embeds an image as its mean colour and its spread."""

    def __init__(self, options, model):
        self.options = options

    def load(self, context):
        self.loaded = context.device

    def embed_images(self, images):
        pixels = [decode_rgb(image.data).astype(np.float32) for image in images]
        return np.array([[*p.mean((0, 1)), p.std()] for p in pixels], np.float32) * self.options.scale

    def close(self):
        pass


@pytest.fixture
def registered(monkeypatch):
    spec = AdapterSpec("mean-colour", "Mean colour.", "embedding", Options, MeanColour)
    real = registry.load
    monkeypatch.setattr(registry, "load", lambda group, name: spec if name == "mean-colour" else real(group, name))


def test_every_image_is_embedded_and_read_back(registered, rsica_bench, rsica_data, synthetic, tmp_path):
    words = ("--adapter", "mean-colour", "--set", "scale=2", "--batch-size", "7", "--out", tmp_path / "e.parquet")
    done = rsica_bench("embed", synthetic, *words)
    assert done.status == 0, done.err
    pairs = list(open_dataset(synthetic).pairs())
    assert f"{2 * len(pairs)} images" in done.out
    found = read_embeddings(tmp_path / "e.parquet")
    assert found.ids == tuple(pair.pair_id for pair in pairs for _ in range(2))
    assert found.images == ("before", "after") * len(pairs)
    assert found.vectors[1, :3] == pytest.approx(2 * decode_rgb(pairs[0].after.data).mean((0, 1)), rel=1e-4)
    assert pq.read_table(tmp_path / "e.parquet").column_names == ["id", "image", "embedding"]
    # One split alone has no leaks.
    assert rsica_data("quality", synthetic, "--no-images", "--embeddings", tmp_path / "e.parquet").status == 0


def test_an_adapter_without_embeddings_is_told(rsica_bench, synthetic, tmp_path):
    done = rsica_bench("embed", synthetic, "--adapter", "oracle", "--out", tmp_path / "e.parquet")
    assert done.status == 2 and "adapter 'oracle' makes no embeddings" in done.err
