"""HDF5 files of a page's layout in miniature."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.extras import need_extra
from rsica_data.sources.catalog.forms import ImageForm
from rsica_data.sources.catalog.hdf5_form import Hdf5Form
from rsica_data.sources.catalog.writing_texts import WrittenPair, group_of


def write_hdf5(root: Path, form: ImageForm, written: Sequence[WrittenPair]) -> None:
    """The HDF5 files of a layout: one a split, or one of all.

    Args:
        root: the layout's folder.
        form: which files.
        written: the images.

    Raises:
        UserError: h5py is not installed.
    """
    with need_extra():
        import h5py
    inner = form.hdf5
    assert inner is not None
    for split in dict.fromkeys(pair.split if pair.split in inner.files else "" for pair in written):
        path = root / inner.files[split][0].replace("*", "a")
        path.parent.mkdir(parents=True, exist_ok=True)
        pairs = [pair for pair in written if split in ("", pair.split)]
        with h5py.File(path, "w") as file:
            (_write_groups if inner.groups else _write_arrays)(file, form, inner, pairs)


def _datasets(form: ImageForm, inner: Hdf5Form, pair: WrittenPair) -> dict[str, NDArray[Any]]:
    """The datasets of a pair."""
    datasets = {inner.image: _samples(form, inner, pair.images["before"])}
    if inner.after is not None:
        datasets[inner.after] = _samples(form, inner, pair.images["after"])
    if inner.mask is not None:
        datasets[inner.mask] = pair.masks["change_mask"].astype(np.uint16)[:, :, None]
    return datasets


def _samples(form: ImageForm, inner: Hdf5Form, pixels: NDArray[np.uint8]) -> NDArray[Any]:
    deep: NDArray[Any] = pixels
    if form.stretch is not None:
        low, high = form.stretch
        deep = (pixels / 255 * (high - low) + low).astype(np.float32)
    if form.bands is not None:
        stack = np.zeros((*deep.shape[:2], max(form.bands)), deep.dtype)
        stack[:, :, [band - 1 for band in form.bands]] = deep
        deep = stack
    return np.moveaxis(deep, 2, 0) if inner.channels == "first" else deep


def _write_groups(file: Any, form: ImageForm, inner: Hdf5Form, pairs: Sequence[WrittenPair]) -> None:
    for pair in pairs:
        group = file.create_group(group_of(inner, pair))
        for name, values in _datasets(form, inner, pair).items():
            group.create_dataset(name, data=values)
        if inner.split is not None:
            group.attrs[inner.split] = np.bytes_(pair.text)


def _write_arrays(file: Any, form: ImageForm, inner: Hdf5Form, pairs: Sequence[WrittenPair]) -> None:
    rows = [_datasets(form, inner, pair) for pair in pairs]
    for name in rows[0]:
        file.create_dataset(name, data=np.stack([row[name] for row in rows]), chunks=(1, *rows[0][name].shape))
    if inner.label is not None:
        # Every second one is of the first class, the others of the last.
        numbers = [0 if pair.changed else len(inner.labels) - 1 for pair in pairs]
        file.create_dataset(inner.label, data=np.eye(len(inner.labels))[numbers])
