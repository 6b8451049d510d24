"""Images inside other files: tar shards as WebDataset writes them, and Parquet tables with the bytes of images."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.json_text import parse_json
from rsica_data.core.raw import open_regular
from rsica_data.core.text_encoding import decoded
from rsica_data.imagery.image_limits import largest_file, ways_out
from rsica_data.imagery.image_listing import IMAGE_SUFFIXES
from rsica_data.imagery.input_files import checked_file
from rsica_data.schema import EncodedImage
from rsica_data.schema.caption_text import has_words, strip_caption
from rsica_data.schema.given import GivenQuestion
from rsica_data.sources.catalog.page_tables import FilesBySplit, check_files, files_by_split

_LARGEST_JSON = 16 << 20
_SUFFIXES = ((b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"II", ".tif"), (b"MM", ".tif"), (b"RIFF", ".webp"))


class PackedForm(BaseModel):
    """Shards of images with their texts. One of the two forms.

    Attributes:
        tar: shards of a tar, not compressed: the files of one name but for their suffixes belong together, one of them
            the image, one JSON.
        parquet: shards of Parquet; an image is bytes, or ``{bytes, path}``, or a list of these, of which the first is
            read.
        image: column of the image, of Parquet.
        name: column that names the image, of Parquet; by default its place.
        caption: key of one caption or a list of them; keys inside lists and objects are joined by points
            (``annotations.text``).
        question, answer, kind, options: keys of a question; see :class:`questions.RowForm`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    tar: FilesBySplit | None = None
    parquet: FilesBySplit | None = None
    image: str = "image"
    name: str | None = None
    caption: str | None = None
    question: str | None = None
    answer: str = "answer"
    kind: str = "type"
    options: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> PackedForm:
        if (self.tar is None) == (self.parquet is None):
            raise ValueError("should have one of tar and parquet")
        check_files(self.files)
        return self

    @property
    def files(self) -> Mapping[str, tuple[str, ...]]:
        """Its shards by split, "" for shards that tell none."""
        return self.tar if self.tar is not None else self.parquet or {}

    def columns(self) -> list[str]:
        """Top level keys of what it reads besides images."""
        keys = (
            self.name,
            self.caption,
            *((self.question, self.answer, self.kind, self.options) if self.question else ()),
        )
        return [key.partition(".")[0] for key in keys if key is not None]


@dataclass(frozen=True)
class Member:
    """An image in a shard.

    Attributes:
        path: the shard, relative to the input folder.
        place: where in it: first byte and number of bytes, or row group and row; of HDF5 the row, or the group.
        captions: with words, stripped.
        left_out: captions without words.
        questions: that the shard holds of it.
    """

    path: str
    place: tuple[int | str, ...]
    captions: tuple[str, ...] = ()
    left_out: int = 0
    questions: tuple[GivenQuestion, ...] = field(default=())


def has_shards(root: Path, under: str, form: PackedForm) -> bool:
    """Whether any shard is there."""
    return bool(files_by_split(root, under, form.files))


def read_members(root: Path, under: str, form: PackedForm) -> dict[tuple[str, str], Member]:
    """The images of all shards by split and name; reads no image.

    Args:
        root: the input folder.
        under: the layout's folder in it, "" or ending in ``/``.
        form: which shards.

    Raises:
        UserError: a shard cannot be read, or two images have one name.
    """
    members: dict[tuple[str, str], Member] = {}
    for split, path in files_by_split(root, under, form.files):
        read = _tar_members if form.tar is not None else _parquet_members
        for name, member in read(path, path.relative_to(root).as_posix(), form):
            if (split, name) in members:
                other = members[split, name].path
                raise UserError(f"'{name}' is also in {other}", file=path, hint="names should be those of one image")
            members[split, name] = member
    return members


def _member(path: str, place: tuple[int, int], document: Mapping[str, Any], form: PackedForm) -> Member:
    given = [] if form.caption is None else list(_at(document, form.caption.split(".")))
    captions = tuple(strip_caption(text) for text in given if has_words(text))
    questions: list[GivenQuestion] = []
    if form.question is not None:
        asked, answer, kind = (
            next(_at(document, key.split(".")), "") for key in (form.question, form.answer, form.kind)
        )
        choices = [] if form.options is None else list(_at(document, form.options.split(".")))
        if asked and answer:
            turn = ("\n".join([asked, *choices]), answer)
            questions.append(GivenQuestion("_".join(kind.split()) or "question", (turn,)))
    return Member(path, place, captions, len(given) - len(captions), tuple(questions))


def _at(value: Any, keys: list[str]) -> Iterator[str]:
    """Texts and numbers at the end of a path of keys, through lists."""
    if isinstance(value, list):
        for entry in value:
            yield from _at(entry, keys)
    elif keys and isinstance(value, dict):
        yield from _at(value.get(keys[0]), keys[1:])
    elif not keys and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def _tar_members(path: Path, shard: str, form: PackedForm) -> Iterator[tuple[str, Member]]:
    images: dict[str, tuple[int, int]] = {}
    documents: dict[str, Mapping[str, Any]] = {}
    with open_regular(path) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                for entry in archive:
                    name, _, suffix = entry.name.rpartition("/")[2].partition(".")
                    if not entry.isreg() or not name:
                        continue
                    if f".{suffix.lower()}" in IMAGE_SUFFIXES:
                        images[name] = (entry.offset_data, entry.size)
                    elif suffix.lower() == "json" and entry.size <= _LARGEST_JSON:
                        documents[name] = _json(archive.extractfile(entry), entry.name, path)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise UserError(f"damaged, or no tar without compression: {error}", file=path) from None
    for name, place in images.items():
        yield name, _member(shard, place, documents.get(name, {}), form)


def _json(stream: Any, name: str, path: Path) -> Mapping[str, Any]:
    value = parse_json(decoded(stream.read(), path), path, key=name)
    if not isinstance(value, dict):
        raise UserError("should be an object", file=path, key=name)
    return value


def _parquet_members(path: Path, shard: str, form: PackedForm) -> Iterator[tuple[str, Member]]:
    from rsica_data.core.parquet import opened_parquet

    with opened_parquet(path) as file:
        names = file.schema_arrow.names
        if form.image not in names:
            raise UserError(f"has no column '{form.image}'", file=path, hint=f"it has {', '.join(names[:20])}")
        columns = [name for name in dict.fromkeys(form.columns()) if name in names]
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=columns)
            rows = table.to_pylist() if columns else [{}] * file.metadata.row_group(group).num_rows
            for number, row in enumerate(rows):
                named = None if form.name is None else next(_at(row, form.name.split(".")), None)
                stem = f"{path.stem}_{group}_{number}" if named is None else "_".join(named.split("/"))
                yield stem, _member(shard, (group, number), row, form)


def load_member(root: Path, path: str, place: tuple[int, int], name: str, column: str) -> EncodedImage:
    """The image at a place of a shard.

    Args:
        root: the input folder.
        path: the shard.
        place: see :class:`Member`.
        name: what the image is called, without suffix.
        column: of a Parquet shard.

    Raises:
        InvalidItemError: ``missing-file``, ``corrupt-image`` or ``image-too-large``.
    """
    real = checked_file(root, path)
    if path.lower().endswith(".parquet"):
        data = _cell(real, place, column)
    else:
        if place[1] > largest_file():
            raise InvalidItemError("image-too-large", f"{path}: {name} has {place[1]:,} bytes; {ways_out()}")
        with open_regular(real) as stream:
            stream.seek(place[0])
            data = stream.read(place[1])
    if not isinstance(data, bytes) or not data:
        raise InvalidItemError("missing-file", f"{path}: {name} has no bytes")
    if len(data) > largest_file():
        raise InvalidItemError("image-too-large", f"{path}: {name} has {len(data):,} bytes; {ways_out()}")
    suffix = next((suffix for beginning, suffix in _SUFFIXES if data.startswith(beginning)), "")
    return EncodedImage(name + suffix, data)


def _cell(path: Path, place: tuple[int, int], column: str) -> Any:
    status = path.stat()
    try:
        value = _group(path, status.st_mtime_ns, place[0], column)[place[1]].as_py()
    except UserError as error:
        raise InvalidItemError("corrupt-image", f"{path.name}: {error.message}") from None
    value = value[0] if isinstance(value, list) and value else value
    return value.get("bytes") if isinstance(value, dict) else value


@lru_cache(maxsize=1)
def _group(path: Path, changed: int, group: int, column: str) -> Any:
    """The images of a group of rows: the rows of a shard are read one after the other."""
    from rsica_data.core.parquet import opened_parquet

    with opened_parquet(path) as file:
        return file.read_row_group(group, columns=[column]).column(0)
