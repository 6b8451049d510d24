"""Embeddings of all images of a dataset in a Parquet file, as ``rsica-data quality --embeddings`` reads them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rsica_bench.models.api import AdapterSpec, EmbeddingAdapter
from rsica_bench.run.run_options import Chosen, RunOptions, allowed
from rsica_bench.run.session import opened_adapter
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path
from rsica_data.core.validation import validate_model
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import EncodedImage

_SCHEMA = pa.schema([("id", pa.string()), ("image", pa.string()), ("embedding", pa.list_(pa.float32()))])


def write_embeddings(
    options: RunOptions,
    path: Path,
    batch_size: int = 32,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Embed every image of a dataset.

    Args:
        options: dataset, adapter, model and settings.
        path: the file to write.
        batch_size: images that are embedded together.
        progress: called with (pairs done, in all).

    Returns:
        The number of images.

    Raises:
        UserError: the adapter makes no embeddings, or the dataset has no images.
        RunError: the adapter cannot be loaded, or the file cannot be written.
    """
    spec: AdapterSpec = registry.load(registry.ADAPTERS, options.adapter)
    if spec.kind != "embedding":
        raise UserError(f"adapter '{spec.name}' makes no embeddings", key="--adapter", hint="clip")
    chosen = Chosen(spec, validate_model(spec.options, options.settings, prefix=["--set"]))
    allowed(options, chosen)
    options.dataset.need_images()
    number = 0
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rsica-embed-")))
        adapter = stack.enter_context(opened_adapter(replace(options, out=state), chosen, None))
        partial = stack.enter_context(atomic_path(path))
        writer = stack.enter_context(pq.ParquetWriter(partial, _SCHEMA))
        images = _images(options.dataset, progress)
        while batch := list(islice(images, batch_size)):
            writer.write_table(_table(adapter, batch))
            number += len(batch)
    return number


def _images(dataset: BuiltDataset, progress: Callable[[int, int], None]) -> Iterator[tuple[str, str, EncodedImage]]:
    total = sum(dataset.manifest["counts"]["pairs"].values())
    for number, pair in enumerate(dataset.pairs(), 1):
        for name, image in (("before", pair.before), ("after", pair.after)):
            if image is not None:
                yield pair.pair_id, name, image
        progress(number, total)


def _table(adapter: EmbeddingAdapter, batch: list[tuple[str, str, EncodedImage]]) -> pa.Table:
    vectors = np.asarray(adapter.embed_images([image for _, _, image in batch]), np.float32)
    columns = {"id": [row[0] for row in batch], "image": [row[1] for row in batch], "embedding": list(vectors)}
    return pa.table(columns, schema=_SCHEMA)
