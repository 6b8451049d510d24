"""Near-duplicate images by embeddings that some model made of them: pairs of two splits whose vectors point one way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rsica_data.core.arrays import open_matrix
from rsica_data.core.errors import UserError
from rsica_data.core.parquet import need_columns, opened_parquet
from rsica_data.core.text_encoding import read_user_text

KEY = "--embeddings"
LEAST_COSINE = 0.98
"""Cosine of two vectors from which their images are near-duplicates."""
_BLOCK = 1024


@dataclass(frozen=True)
class Embeddings:
    """Vectors of images.

    Attributes:
        ids: pair ids, one a row.
        images: ``before``, ``after`` or "" (of the pair), one a row.
        vectors: ``[n, d]``, of any length; may lie in a file.
        least_cosine: from where on two images are near-duplicates.
    """

    ids: tuple[str, ...]
    images: tuple[str, ...]
    vectors: NDArray[Any]
    least_cosine: float = LEAST_COSINE


def read_embeddings(path: Path, least_cosine: float = LEAST_COSINE) -> Embeddings:
    """Embeddings in a file.

    Args:
        path: Parquet with the columns ``id`` (of the pair), ``embedding`` (a list of floats) and maybe ``image``
            (``before`` or ``after``); or ``NAME.npy`` with ``NAME.ids.txt`` beside it: a line a row, a pair's id and
            maybe ``before`` or ``after`` after a tab.
        least_cosine: see :class:`Embeddings`.

    Raises:
        UserError: no such file, damage, another form, or vectors that are not finite.
    """
    if path.suffix == ".npy":
        vectors: NDArray[Any] = open_matrix(path, key=KEY)
        beside = path.with_suffix(".ids.txt")
        pairs = [line.split("\t") for line in read_user_text(beside).split("\n") if line.strip()]
    else:
        pairs, vectors = _parquet(path)
    if len(pairs) != len(vectors):
        raise UserError(f"{len(pairs)} ids and {len(vectors)} vectors", file=path, key=KEY)
    ids, images = tuple(row[0].strip() for row in pairs), tuple(row[1].strip() if len(row) > 1 else "" for row in pairs)
    wrong = next((image for image in images if image not in ("", "before", "after")), None)
    if wrong is not None:
        raise UserError(f"image should be before or after, not '{wrong}'", file=path, key=KEY)
    return Embeddings(ids, images, vectors, least_cosine)


def _parquet(path: Path) -> tuple[list[list[str]], NDArray[np.float32]]:
    ids: list[list[str]] = []
    parts: list[NDArray[np.float32]] = []
    with opened_parquet(path) as file:
        need_columns(file, pa.schema([("id", pa.string())]), path)
        columns = ["id", "embedding", *(["image"] if "image" in file.schema_arrow.names else [])]
        if "embedding" not in file.schema_arrow.names:
            raise UserError("has no column 'embedding'", file=path, key=KEY)
        for batch in file.iter_batches(_BLOCK, columns=columns):
            rows = batch.to_pydict()
            images = rows.get("image") or [""] * batch.num_rows
            ids += [[str(pair), str(image or "")] for pair, image in zip(rows["id"], images, strict=True)]
            try:
                part = np.array(rows["embedding"], np.float32)
            except (ValueError, TypeError):
                part = np.empty(0, np.float32)
            if part.ndim != 2 or (parts and part.shape[1] != parts[0].shape[1]):
                raise UserError("embeddings should be lists of floats of one length", file=path, key=KEY)
            parts.append(part)
    if not parts:
        raise UserError("holds no embeddings", file=path, key=KEY)
    return ids, np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Alike:
    """Two images of two splits whose vectors are alike: ids, names of the images, cosine."""

    one: str
    two: str
    images: tuple[str, str]
    cosine: float


def alike(embeddings: Embeddings, split_of: Mapping[str, str]) -> Iterator[Alike]:
    """Images of two splits whose vectors have a cosine of at least ``least_cosine``; each two pairs once.

    Blocks of 1,024 vectors are compared at a time: a ``.npy`` file of any length takes the memory of two of them.

    Args:
        embeddings: of images.
        split_of: split of each pair; vectors of other pairs are left out.

    Raises:
        UserError: no vector is of a pair of the dataset, or a vector is not finite.
    """
    places: dict[str, list[int]] = {}
    for number, pair in enumerate(embeddings.ids):
        if pair in split_of:
            places.setdefault(split_of[pair], []).append(number)
    if not places:
        hint = f"it has '{embeddings.ids[0]}'" if embeddings.ids else "it is empty"
        raise UserError("the embeddings are of no pair of the dataset", key=KEY, hint=hint)
    for first, second in combinations(places.values(), 2):
        nearest: dict[tuple[str, str], Alike] = {}
        for rows, left in _blocks(embeddings, first):
            for columns, right in _blocks(embeddings, second):
                cosines = left @ right.T
                for row, column in np.argwhere(cosines >= embeddings.least_cosine):
                    one, two = rows[row], columns[column]
                    ids = (embeddings.ids[one], embeddings.ids[two])
                    images = (embeddings.images[one], embeddings.images[two])
                    cosine = float(cosines[row, column])
                    if ids not in nearest or nearest[ids].cosine < cosine:
                        nearest[ids] = Alike(*ids, images, cosine)
        yield from nearest.values()


def _blocks(embeddings: Embeddings, places: list[int]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
    for start in range(0, len(places), _BLOCK):
        block = places[start : start + _BLOCK]
        vectors = np.asarray(embeddings.vectors[block], np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all():
            raise UserError("an embedding is not finite", key=KEY)
        yield block, vectors / np.maximum(lengths, 1e-12)
