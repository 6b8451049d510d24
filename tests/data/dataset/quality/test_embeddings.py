"""Near-duplicates by embeddings that a file brings: planted ones are found, in any form and block."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.core.errors import UserError
from rsica_data.dataset.quality import embeddings as module
from rsica_data.dataset.quality.embeddings import Embeddings, alike, read_embeddings


@pytest.fixture
def dataset(stored_pair, write_dataset):
    return write_dataset([stored_pair(f"p{n}", split="train" if n < 4 else "test", captions=()) for n in range(6)], [])


def vectors(dataset, seed=1):
    """Random vectors of all pairs; the first test pair's is the second training pair's, a little off."""
    ids = [pair.pair_id for pair in dataset.pairs(images=False)]
    rows = np.random.default_rng(seed).normal(size=(len(ids), 16)).astype(np.float32)
    test = [n for n, name in enumerate(ids) if "/test/" in name]
    train = [n for n, name in enumerate(ids) if "/train/" in name]
    rows[test[0]] = 3 * rows[train[1]] + 0.3
    return ids, rows, (ids[train[1]], ids[test[0]])


@pytest.mark.parametrize("form", ["parquet", "npy"])
def test_a_planted_leak_is_found(dataset, tmp_path, rsica_data, form):
    ids, rows, planted = vectors(dataset)
    path = tmp_path / f"vectors.{form}"
    if form == "npy":
        np.save(path, rows)
        (tmp_path / "vectors.ids.txt").write_text("".join(f"{name}\tafter\n" for name in ids))
    else:
        table = {"id": ids, "image": ["after"] * len(ids), "embedding": rows.tolist()}
        pq.write_table(pa.table(table), path)
    done = rsica_data("quality", dataset.root, "--no-images", "--embeddings", path, "--json")
    assert done.status == 1, done.err
    (leak,) = done.json["leaks"]["embedding"]["shown"]
    assert {leak["one"], leak["two"]} == set(planted)
    assert leak["detail"].startswith("after and after have embeddings with a cosine of 0.9")
    assert rsica_data("quality", dataset.root, "--no-images", "--embeddings", path, "--cosine", "1").status == 0
    assert "embedding" not in rsica_data("quality", dataset.root, "--no-images", "--json").json["leaks"]


@given(st.integers(1, 5), st.integers(0, 2**32), st.floats(0.2, 0.9))
def test_blocks_find_what_one_matrix_finds(block, seed, least):
    rng = np.random.default_rng(seed)
    rows, splits = rng.normal(size=(12, 4)), rng.choice(["train", "test", "val"], 12)
    ids = tuple(f"p{n}" for n in range(12))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = unit @ unit.T
    wanted = {
        frozenset((ids[a], ids[b]))
        for a in range(12) for b in range(a)
        if splits[a] != splits[b] and cosines[a, b] >= least + 1e-5
    }  # fmt: skip
    unsure = {frozenset((ids[a], ids[b])) for a in range(12) for b in range(a) if abs(cosines[a, b] - least) < 1e-5}
    size, module._BLOCK = module._BLOCK, block
    try:
        found = [
            frozenset((one.one, one.two))
            for one in alike(Embeddings(ids, ("",) * 12, rows, least), dict(zip(ids, splits, strict=True)))
        ]
    finally:
        module._BLOCK = size
    assert len(set(found)) == len(found)
    assert set(found) - unsure == wanted


def test_mistakes_are_one_line(dataset, tmp_path):
    ids, rows, _ = vectors(dataset)
    path = tmp_path / "v.npy"
    (tmp_path / "v.ids.txt").write_text("\n".join(ids))
    for values, what in (
        (rows[:3], "6 ids and 3 vectors"),
        (rows[0], "a matrix of floats"),
        (rows.astype(int), "of floats"),
    ):
        np.save(path, values)
        with pytest.raises(UserError, match=what):
            read_embeddings(path)
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(UserError, match="no array of NumPy"):
        read_embeddings(path)
    np.save(path, np.where(np.arange(16) == 3, np.nan, rows))
    split_of = {name: name.split("/")[1] for name in ids}
    with pytest.raises(UserError, match="not finite"):
        list(alike(read_embeddings(path), split_of))
    np.save(path, rows)
    with pytest.raises(UserError, match="of no pair of the dataset.*it has 'hand"):
        list(alike(read_embeddings(path), {"other": "test"}))
    (tmp_path / "v.ids.txt").write_text("\n".join(f"{name}\tnow" for name in ids))
    with pytest.raises(UserError, match="before or after, not 'now'"):
        read_embeddings(path)
    table = tmp_path / "v.parquet"
    pq.write_table(pa.table({"id": ids, "embedding": [[1.0] * (1 + n) for n in range(6)]}), table)
    with pytest.raises(UserError, match="of one length"):
        read_embeddings(table)
    pq.write_table(pa.table({"id": ids}), table)
    with pytest.raises(UserError, match="no column 'embedding'"):
        read_embeddings(table)
