"""Shards of a page's layout in miniature."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rsica_data.core.files import dump_json, write_atomic
from rsica_data.imagery.images import encode_png
from rsica_data.sources.catalog.packed_images import PackedForm
from rsica_data.sources.catalog.writing_texts import WrittenPair, asked_of


def write_shards(root: Path, form: PackedForm, written: Sequence[WrittenPair]) -> None:
    """The shards of a layout, one a split.

    Args:
        root: the layout's folder.
        form: which shards.
        written: the images.
    """
    for split in dict.fromkeys(pair.split for pair in written):
        pairs = [pair for pair in written if pair.split == split]
        path = root / (form.files.get(split) or form.files[""])[0].replace("*", "0000")
        write_atomic(path, _tar(form, pairs) if form.tar is not None else _parquet(form, pairs))


def _document(form: PackedForm, pair: WrittenPair) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if form.name is not None:
        document[form.name] = pair.name
    if form.caption is not None:
        first, _, rest = form.caption.partition(".")
        document[first] = [{rest: text} if rest else text for text in pair.captions]
    if form.question is not None:
        asked, answer = asked_of(pair)
        document |= {form.question: asked, form.answer: answer, form.kind: "any kind"}
    return document


def _tar(form: PackedForm, pairs: Sequence[WrittenPair]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for pair in pairs:
            files = {"png": encode_png(pair.images["before"]), "json": dump_json(_document(form, pair)).encode()}
            for suffix, data in files.items():
                entry = tarfile.TarInfo(f"{pair.name}.{suffix}")
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _parquet(form: PackedForm, pairs: Sequence[WrittenPair]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {form.image: [{"bytes": encode_png(pair.images["before"]), "path": None}], **_document(form, pair)}
        for pair in pairs
    ]
    stream = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), stream, row_group_size=2)
    data: bytes = stream.getvalue().to_pybytes()
    return data
