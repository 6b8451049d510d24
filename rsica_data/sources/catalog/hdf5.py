"""Images inside HDF5 files: arrays of all images, or a group an image; read one image at a time.

Only what lies in the file itself is read: links to other files, external storage and virtual datasets are refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.extras import install_command, need_extra
from rsica_data.imagery.image_limits import check_pixels, check_samples
from rsica_data.imagery.input_files import checked_file
from rsica_data.schema import EncodedImage, Mask
from rsica_data.schema.given import GivenQuestion
from rsica_data.sources.catalog.hdf5_form import Hdf5Form
from rsica_data.sources.catalog.packed_images import Member
from rsica_data.sources.catalog.page_tables import files_by_split
from rsica_data.sources.scenes.opened_rasters import cached
from rsica_data.sources.tiff_images import LoadedImage, stretched
from rsica_data.text.class_names import label_words

_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)
_ROWS_AT_ONCE = 4096
_LONGEST_TEXT = 4096
_LARGEST_CHUNK = 256 << 20
_CHUNK_CACHE = 32 << 20
_DEEPEST, _MOST_GROUPS = 4, 5_000_000
_IMAGE_AXES = 3
_FIRST_OF_PLUGINS = 256
"""Filters from this number on are plug-ins of others than HDF5 itself."""


@contextmanager
def opened_hdf5(root: Path, path: str) -> Iterator[Any]:
    """The open file, kept open for its next image.

    Args:
        root: the input folder.
        path: file relative to it.

    Raises:
        UserError: h5py is not installed.
        InvalidItemError: ``missing-file`` and the like; ``corrupt-image`` where the file, or what is read of it inside
            the block, is damaged.
    """
    with need_extra():
        import h5py
    real = checked_file(root, path)
    status = real.stat()
    key = ("hdf5", os.getpid(), str(real), status.st_mtime_ns, status.st_size)
    try:
        yield cached(key, lambda: h5py.File(real, "r", locking=False, rdcc_nbytes=_CHUNK_CACHE))
    except _DAMAGE as error:
        lines = str(error).strip("'\"").splitlines() or [type(error).__name__]
        raise InvalidItemError("corrupt-image", f"{path}: damaged, or no HDF5 file: {lines[0]}") from None


def has_hdf5(root: Path, under: str, form: Hdf5Form) -> bool:
    """Whether any of the files is there."""
    return bool(files_by_split(root, under, form.files))


def read_hdf5(root: Path, under: str, form: Hdf5Form, texts: Mapping[str, str]) -> dict[tuple[str, str], Member]:
    """The images of all files by split and name; reads no image.

    Args:
        root: the input folder.
        under: the layout's folder in it, "" or ending in ``/``.
        form: which files.
        texts: what the attribute of the split may read, and the split that it means.

    Raises:
        UserError: a file cannot be read, lacks a dataset, or two images have one name.
    """
    members: dict[tuple[str, str], Member] = {}
    for split, path in files_by_split(root, under, form.files):
        relative = path.relative_to(root).as_posix()
        try:
            with opened_hdf5(root, relative) as file:
                told_by = form.split if not split else None
                read = (
                    _groups(file, path, relative, form, told_by, texts)
                    if form.groups
                    else _rows(file, path, relative, form)
                )
                for own, name, member in read:
                    where = own or split
                    if (where, name) in members:
                        problem = f"'{name}' is also in {members[where, name].path}"
                        raise UserError(problem, file=path, hint="names should be those of one image")
                    members[where, name] = member
        except InvalidItemError as error:
            raise UserError(error.detail, file=path) from None
    return members


def _rows(file: Any, path: Path, relative: str, form: Hdf5Form) -> Iterator[tuple[str, str, Member]]:
    images = _checked(file, form.image, relative)
    count = int(images.shape[0]) if images.ndim else 0
    for name in (form.after, form.mask, form.label):
        if name is not None and _checked(file, name, relative).shape[:1] != (count,):
            raise UserError(f"{name} has other than the {count} entries of {form.image}", file=path, key=name)
    labels = _labels(file, path, relative, form, count) if form.label is not None else None
    digits = len(str(max(count - 1, 0)))
    for number in range(count):
        questions: tuple[GivenQuestion, ...] = ()
        if labels is not None:
            turn = (form.ask, label_words(next(labels)))
            questions = (GivenQuestion("scene", (turn,)),)
        yield "", f"{path.stem}_{number:0{digits}d}", Member(relative, (number,), questions=questions)


def _labels(file: Any, path: Path, relative: str, form: Hdf5Form, count: int) -> Iterator[str]:
    """The name of the class of each image, read some thousand rows at a time."""
    dataset = _checked(file, str(form.label), relative)
    for start in range(0, count, _ROWS_AT_ONCE):
        block = np.asarray(dataset[start : start + _ROWS_AT_ONCE])
        numbers = block.argmax(axis=1) if block.ndim > 1 and block.shape[1] > 1 else block.reshape(len(block))
        for row, number in enumerate(numbers.tolist(), start):
            if not 0 <= number < len(form.labels) or number != int(number):
                problem = f"row {row} is of class {number}, the page names {len(form.labels)}"
                raise UserError(problem, file=path, key=form.label)
            yield form.labels[int(number)]


def _groups(
    file: Any, path: Path, relative: str, form: Hdf5Form, told_by: str | None, texts: Mapping[str, str]
) -> Iterator[tuple[str, str, Member]]:
    wanted = [name for name in (form.image, form.after) if name is not None]
    for number, (place, above) in enumerate(_walk([file], (), wanted)):
        if number >= _MOST_GROUPS:
            raise UserError(f"has more than {_MOST_GROUPS:,} groups", file=path)
        whole = "/".join(place)
        if not any(fnmatchcase(whole, pattern) for pattern in form.names):
            continue
        split = ""
        if told_by is not None:
            text = next((_attribute(group, told_by) for group in above if told_by in group.attrs), None)
            if text is None or text not in texts:
                problem = f"{told_by} is {text!r}, which is none of {', '.join(texts)}"
                raise UserError(problem, file=path, key=whole)
            split = texts[text]
        yield split, "_".join(place), Member(relative, (whole,))


def _walk(above: list[Any], place: tuple[str, ...], wanted: list[str]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Paths of the groups that hold one of some datasets, each with the groups from it up to the file."""
    import h5py

    group = above[0]
    for name in group:
        # Links to other files, and cycles of links, are not followed.
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        if group.get(name, getclass=True) is not h5py.Group or len(place) >= _DEEPEST:
            continue
        inner, here = group[name], (*place, name)
        if any(key in inner for key in wanted):
            yield here, [inner, *above]
        else:
            yield from _walk([inner, *above], here, wanted)


def _attribute(group: Any, name: str) -> str:
    """An attribute that is one number or one text of fixed length, as text.

    Texts of variable length lie in a heap, of which a damaged one makes HDF5 run for ever.

    Raises:
        ValueError: it is something else.
    """
    import h5py

    opened = h5py.h5a.open(group.id, name.encode())
    kind = opened.get_type()
    is_text = isinstance(kind, h5py.h5t.TypeStringID) and not kind.is_variable_str()
    is_plain = is_text or isinstance(kind, (h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID))
    if not is_plain or opened.shape != () or opened.get_storage_size() > _LONGEST_TEXT:
        raise ValueError(f"the attribute {name} of {group.name} is neither a number nor a text of fixed length")
    given = group.attrs[name]
    value = given.item() if isinstance(given, np.generic) else given
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _checked(file: Any, name: str, path: str) -> Any:
    """A dataset that lies in the file itself, in chunks that fit into memory.

    Raises:
        InvalidItemError: ``missing-file`` where it is not there, ``outside-input``, ``image-too-large``.
        UserError: it is packed by a filter that is not installed.
    """
    import h5py

    here = file
    for part in name.split("/"):
        link = here.get(part, getlink=True) if isinstance(here, h5py.Group) else None
        if link is None:
            raise InvalidItemError("missing-file", f"{path}: holds no {name}")
        if not isinstance(link, h5py.HardLink):
            raise InvalidItemError("outside-input", f"{path}: {name} is a link; copy what it leads to")
        here = here[part]
    if not isinstance(here, h5py.Dataset):
        raise InvalidItemError("missing-file", f"{path}: {name} is a group, not a dataset")
    if here.external or here.is_virtual:
        raise InvalidItemError("outside-input", f"{path}: {name} keeps its samples in other files")
    if here.dtype.kind not in "buif":
        raise InvalidItemError("image-depth", f"{path}: {name} holds {here.dtype}, not numbers")
    if here.chunks is not None and int(np.prod(here.chunks, dtype=np.float64)) * here.dtype.itemsize > _LARGEST_CHUNK:
        raise InvalidItemError("image-too-large", f"{path}: {name} is in chunks of more than {_LARGEST_CHUNK >> 20} MB")
    _need_filters(here, path)
    return here


def _need_filters(dataset: Any, path: str) -> None:
    """See that what the dataset is packed by can be unpacked; Blosc and others come with hdf5plugin.

    Raises:
        UserError: it cannot.
    """
    import h5py

    packed = dataset.id.get_create_plist()
    codes = [packed.get_filter(number)[0] for number in range(packed.get_nfilters())]
    if all(h5py.h5z.filter_avail(code) for code in codes):
        return
    with need_extra():
        import hdf5plugin
    absent = [code for code in codes if not h5py.h5z.filter_avail(code)]
    if absent:
        problem = f"{dataset.name} is packed by the filter {absent[0]}, which is not installed"
        known = f"hdf5plugin {hdf5plugin.version} does not bring it" if absent[0] >= _FIRST_OF_PLUGINS else "of HDF5"
        raise UserError(problem, file=path, hint=f"{known}; {install_command('hdf5-filters')}")


def load_samples(root: Path, path: str, place: tuple[Any, ...], name: str, form: Hdf5Form) -> NDArray[Any]:
    """One image of a file, ``[height, width, bands]``, in its own depth.

    Args:
        root: the input folder.
        path: file relative to it.
        place: its row, or its group.
        name: of the dataset.
        form: how the file is built.

    Raises:
        InvalidItemError: see :func:`opened_hdf5`; ``image-depth`` where the dataset has other axes.
    """
    with opened_hdf5(root, path) as file:
        whole = f"{place[0]}/{name}" if form.groups else name
        dataset = _checked(file, whole, path)
        shape = tuple(dataset.shape if form.groups else dataset.shape[1:])
        if len(shape) not in (2, _IMAGE_AXES):
            raise InvalidItemError("image-depth", f"{path}: {whole} has axes {shape}, an image has two or three")
        if len(shape) == _IMAGE_AXES and form.channels == "first":
            shape = (*shape[1:], shape[0])
        bands = shape[2] if len(shape) == _IMAGE_AXES else 1
        check_pixels(f"{path}/{whole}", shape[1], shape[0])
        check_samples(f"{path}/{whole}", shape[1], shape[0], bands, dataset.dtype.itemsize)
        if not all(shape):
            raise InvalidItemError("corrupt-image", f"{path}: {whole} is empty")
        pixels = np.asarray(dataset[()] if form.groups else dataset[place[0]])
    if pixels.ndim == _IMAGE_AXES and form.channels == "first":
        pixels = np.moveaxis(pixels, 0, 2)
    pixels = pixels if pixels.ndim == _IMAGE_AXES else pixels[:, :, None]
    if form.nan is not None and pixels.dtype.kind == "f":
        pixels = np.nan_to_num(pixels, nan=form.nan, posinf=form.nan, neginf=form.nan)
    return pixels.astype(np.uint8) if pixels.dtype.kind == "b" else pixels


def load_hdf5(
    root: Path,
    path: str,
    place: tuple[Any, ...],
    dataset: str,
    form: Hdf5Form,
    *,
    name: str,
    stretch: tuple[float, float] | None,
    bands: tuple[int, int, int] | None,
) -> LoadedImage:
    """One image of a file as an 8-bit PNG.

    Args:
        root: the input folder.
        path: file relative to it.
        place: its row, or its group.
        dataset: that holds it.
        form: how the file is built.
        name: what the image is called.
        stretch: sample values that become 0 and 255.
        bands: 1-based bands taken as red, green and blue; None for the first three, else the first.

    Raises:
        InvalidItemError: see :func:`load_samples`; ``missing-band``.
    """
    pixels = load_samples(root, path, place, dataset, form)
    count = pixels.shape[2]
    chosen = bands or ((1, 2, 3) if count >= _IMAGE_AXES else (1,))
    if max(chosen) > count:
        problem = f"{path}: {dataset} has {count} bands, {list(chosen)} are asked for"
        raise InvalidItemError("missing-band", problem)
    pixels = np.ascontiguousarray(pixels[:, :, [band - 1 for band in chosen]])
    image = stretched(EncodedImage(name, b""), pixels, stretch)
    return LoadedImage(image, (pixels.shape[1], pixels.shape[0]), converted=True)


def load_change(root: Path, path: str, place: tuple[Any, ...], form: Hdf5Form, size: tuple[int, int]) -> Mask:
    """The change mask of an image: 1 where the dataset is not 0, ``[height, width]``.

    Raises:
        InvalidItemError: see :func:`load_samples`; ``missing-mask``, ``size-mismatch``.
    """
    try:
        values = load_samples(root, path, place, str(form.mask), form)
    except InvalidItemError as error:
        if error.reason == "missing-file":
            raise InvalidItemError("missing-mask", error.detail) from None
        raise
    if (values.shape[1], values.shape[0]) != size:
        sizes = f"{values.shape[1]}x{values.shape[0]}, the images are {size[0]}x{size[1]}"
        raise InvalidItemError("size-mismatch", f"mask {path}/{place[0]} is {sizes}")
    return np.asarray((values != 0).any(axis=2), np.uint8)
