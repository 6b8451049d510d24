"""Checks of a dataset from Python, as ``rsica-data quality`` makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.api.datasets import Dataset
from rsica_data.core.arguments import need_least
from rsica_data.core.command_line import progress_bar
from rsica_data.dataset.opening import open_dataset as open_built
from rsica_data.dataset.quality import QualityOptions, quality_report, read_embeddings
from rsica_data.dataset.quality.embeddings import LEAST_COSINE


def quality(
    dataset: Dataset | str | Path,
    *,
    images: bool = True,
    embeddings: str | Path | None = None,
    least_cosine: float = LEAST_COSINE,
    shown: int = 20,
) -> dict[str, Any]:
    """Look for what is wrong with a dataset though every row is valid: leaks, masks that do not fit, doubled questions.

    Args:
        dataset: an opened one, its folder, or its name on the Hub.
        images: compare images with each other and with their masks, which decodes every one of them.
        embeddings: file with embeddings of the images: Parquet, or ``.npy`` with ``.ids.txt`` beside it.
        least_cosine: cosine of two embeddings from which images are near-duplicates.
        shown: findings of a kind that are listed; all are counted.

    Returns:
        What ``rsica-data quality --json`` prints: ``leaks``, ``nearness``, ``blind``, ``questions``, ``masks``,
        ``slivers``.

    Raises:
        UserError: there is no finished dataset, it is damaged, or the embeddings cannot be read.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=2)
        >>> report = rd.quality(ds)
        >>> {kind: found["number"] for kind, found in report["leaks"].items()}
        {'place': 0, 'image': 0, 'captions': 0}
        >>> [row["task"] for row in report["blind"] if row["split"] == "test"][:2]
        ['captioning', 'classification']
    """
    need_least(0, shown=shown)
    built = dataset.built if isinstance(dataset, Dataset) else open_built(dataset)
    vectors = None if embeddings is None else read_embeddings(Path(embeddings), least_cosine)
    with progress_bar("quality", "pair") as progress:
        return quality_report(built, QualityOptions(images, shown, progress, vectors))
