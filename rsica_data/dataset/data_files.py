"""The data files of a dataset, written a row group at a time: the same pairs give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.core.files import as_failure, atomic_path
from rsica_data.imagery.images import encode_mask
from rsica_data.schema import (
    ChangeFacts,
    EncodedImage,
    ImagePair,
    Instruction,
    Mask,
    scene_to_json,
)
from rsica_data.schema.arrow import (
    INSTRUCTIONS_SCHEMA,
    PAIRS_SCHEMA,
    PairColumns,
    StoredPair,
    instructions_table,
    pairs_table,
)

ROW_GROUP_PAIRS = 64
"""Pairs held in memory at a time; also the row group from which a reader fetches one pair."""

ROW_GROUP_ROWS = 4096
"""Instructions after which a row group ends: they are small, and so are their columns' pages."""

_PAGE_IMAGES = 8
"""Rows after which a page of images may end. Without this all images of a row group are one page and one write, for
which Linux takes up to four times the time of the same bytes in pieces of a megabyte."""

_ROW_GROUP_BYTES = 128 << 20
"""Encoded images after which a row group ends all the same: 64 pairs of large ones would fill the memory."""

_BUFFER = 64 << 10
"""Bytes of small pages that are written at once."""

_IMAGE_PARTS = tuple(
    f"{column}.bytes" for column in ("before", "after", "change_mask", "before_labels", "after_labels")
)


def to_stored(pair: ImagePair, facts: ChangeFacts | None, changed: bool | None) -> StoredPair:
    """The row of a loaded pair, its masks encoded."""

    def mask(role: str, values: Mask | None) -> EncodedImage | None:
        return None if values is None else EncodedImage(f"{role}/{pair.pair_id}.png", encode_mask(values))

    return StoredPair(
        pair_id=pair.pair_id,
        split=pair.split,
        source=pair.source,
        before=pair.before,
        after=pair.after,
        change_mask=mask("change_mask", pair.change_mask),
        before_labels=mask("before_labels", pair.before_labels),
        after_labels=mask("after_labels", pair.after_labels),
        ignore_id=pair.ignore_id,
        extra_images=pair.extra_images,
        classes=pair.classes,
        width=pair.width,
        height=pair.height,
        gsd_m=pair.gsd_m,
        crs=pair.crs,
        transform=pair.transform,
        before_date=pair.before_date,
        after_date=pair.after_date,
        captions=pair.captions,
        changed=changed,
        facts=facts,
        license=pair.license,
        attributes={**pair.attributes, **({} if pair.scene is None else {"map": scene_to_json(pair.scene)})},
    )


class ShardWriter:
    """Two parquet files written side by side, a row group at a time."""

    def __init__(self, pairs: Path, instructions: Path) -> None:
        self.rows = {"pairs": 0, "instructions": 0}
        self._pairs = PairColumns()
        self._instructions: list[Instruction] = []
        self._held_bytes = 0
        self._paths = {"pairs": pairs, "instructions": instructions}

    def __enter__(self) -> ShardWriter:
        self._stack = ExitStack()
        self._files = {
            "pairs": open_table(self._paths["pairs"], PAIRS_SCHEMA, self._stack),
            "instructions": open_table(self._paths["instructions"], INSTRUCTIONS_SCHEMA, self._stack),
        }
        return self

    def add(self, pair: StoredPair, items: list[Instruction]) -> None:
        self._pairs.add(pair)
        self._instructions.extend(items)
        self._held_bytes += image_bytes(pair)
        if is_full(len(self._pairs), self._held_bytes):
            self._flush_pairs()
        if len(self._instructions) >= ROW_GROUP_ROWS:
            self._flush_instructions()

    def _flush_pairs(self) -> None:
        if len(self._pairs):
            self._write("pairs", self._pairs.table())
        self._pairs.clear()
        self._held_bytes = 0

    def _flush_instructions(self) -> None:
        self._write("instructions", instructions_table(self._instructions))
        self._instructions = []

    def _write(self, table_name: str, table: pa.Table) -> None:
        if table.num_rows:
            try:
                self._files[table_name].write_table(table, row_group_size=max(table.num_rows, 1))
            except OSError as error:
                raise as_failure(error, self._paths[table_name]) from error
            self.rows[table_name] += table.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Every handle is closed, also where closing another one fails on a full disk.
        with self._stack:
            if kind is None:
                self._flush_pairs()
                self._flush_instructions()
        self._pairs.release()


def write_pairs(path: Path, pairs: Iterable[StoredPair]) -> None:
    """Write a file of pairs as a build does: the same pairs give the same bytes.

    Raises:
        RunError: it cannot be written; nothing is left behind.
    """
    with atomic_path(path) as partial, ExitStack() as stack:
        writer = open_table(partial, PAIRS_SCHEMA, stack)
        for group in _row_groups(pairs):
            writer.write_table(pairs_table(group), row_group_size=len(group))


def _row_groups(pairs: Iterable[StoredPair]) -> Iterator[list[StoredPair]]:
    group: list[StoredPair] = []
    size = 0
    for pair in pairs:
        group.append(pair)
        size += image_bytes(pair)
        if is_full(len(group), size):
            yield group
            group, size = [], 0
    if group:
        yield group


def is_full(pairs: int, size: int) -> bool:
    """Whether a row group with this number of pairs and of image bytes ends here."""
    return pairs >= ROW_GROUP_PAIRS or size >= _ROW_GROUP_BYTES


def image_bytes(pair: StoredPair) -> int:
    """Encoded bytes of all images and masks of a pair."""
    images = (pair.before, pair.after, pair.change_mask, pair.before_labels, pair.after_labels)
    further = (extra.image for extra in pair.extra_images)
    return sum(len(image.data) for image in (*images, *further) if image is not None)


def open_table(path: Path, schema: pa.Schema, stack: ExitStack) -> pq.ParquetWriter:
    """A writer of one data file, closed with the stack."""
    # Image bytes are compressed already; a second compression costs time and saves nothing. Beside them the other
    # columns are small, whatever packs them: the quickest is best there.
    columns = leaf_columns(schema)
    beside_images = any(name in _IMAGE_PARTS for name in columns)
    quick = "snappy" if beside_images else "zstd"
    compression = {name: "none" if name in _IMAGE_PARTS else quick for name in columns}
    # Each small page would be a call of the system by itself; large ones go past the buffer.
    sink = stack.enter_context(pa.BufferedOutputStream(stack.enter_context(pa.OSFile(str(path), "wb")), _BUFFER))
    # The least and the greatest image say nothing, and finding them takes as much memory as both.
    plain = [name for name in columns if name not in _IMAGE_PARTS]
    writer = pq.ParquetWriter(
        sink,
        schema,
        compression=compression,
        use_dictionary=plain,
        write_statistics=plain,
        write_batch_size=_PAGE_IMAGES if beside_images else None,
    )
    stack.callback(writer.close)
    return writer


def leaf_columns(schema: pa.Schema) -> list[str]:
    """The leaf columns of a schema as parquet names them.

    >>> leaf_columns(pa.schema([("id", pa.string()), ("classes", pa.list_(pa.struct([("name", pa.string())])))]))
    ['id', 'classes.list.element.name']
    """
    return [path for field in schema for path in _leaves(field.type, field.name)]


def _leaves(kind: pa.DataType, path: str) -> Iterator[str]:
    if pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            yield from _leaves(kind.field(number).type, f"{path}.{kind.field(number).name}")
    elif pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(kind.value_type, f"{path}.list.element")
    else:
        yield path
