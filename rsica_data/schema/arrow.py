"""The two tables of a built dataset as pyarrow schemas, version 2, and conversion from and to records.

The schemas carry the feature description that the ``datasets`` library looks for, so that image columns load as
images with ``load_dataset`` and no code of ours. A change of columns bumps ``SCHEMA_VERSION`` and keeps a reader
for the old version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import pyarrow as pa

from rsica_data.core.files import dump_json
from rsica_data.core.json_text import JsonTextError, kind_of, loads
from rsica_data.core.quick_init import quick_init
from rsica_data.schema import columns
from rsica_data.schema.facts import ChangeFacts, ClassFacts, CoverFacts, ObjectFacts, TransitionFacts
from rsica_data.schema.json_values import JsonObject
from rsica_data.schema.records import ClassDef, EncodedImage, ExtraImage, Instruction, Provenance, Turn
from rsica_data.schema.row_checks import RowError, check_instruction_row, check_pair_row
from rsica_data.schema.versions import SCHEMA_VERSION

_IMAGE = columns.IMAGE_TYPE
_IMAGE_FIELDS = {"before", "after", "change_mask", "before_labels", "after_labels", "image"}


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct(list(fields.items()))


_I32, _F64, _STR, _BOOL = pa.int32(), pa.float64(), pa.string(), pa.bool_()

FACTS_TYPE = _struct(
    version=_I32,
    width=_I32,
    height=_I32,
    gsd_m=_F64,
    classes=pa.list_(
        _struct(
            class_id=_I32,
            name=_STR,
            count_components=_I32,
            count_contours=_I32,
            area_px=pa.int64(),
            area_m2=_F64,
            fraction=_F64,
            cells_touch=pa.list_(_STR),
            cells_centroid=pa.list_(_STR),
            largest=_I32,
        )
    ),
    objects=pa.list_(
        _struct(
            object_id=_I32,
            class_id=_I32,
            box=pa.list_(_I32, 4),
            obb=pa.list_(_F64, 5),
            centroid=pa.list_(_F64, 2),
            area_px=pa.int64(),
            outline=pa.list_(pa.list_(_I32, 2)),
            outer=_BOOL,
            tags=columns.TAGS_TYPE,
            confidence=_F64,
            direction=_STR,
            cells=pa.list_(_STR),
        )
    ),
    transitions=pa.list_(_struct(from_id=_I32, to_id=_I32, area_px=pa.int64(), fraction=_F64)),
    cover=pa.list_(_struct(class_id=_I32, name=_STR, before_px=pa.int64(), after_px=pa.int64())),
)
"""ChangeFacts as an Arrow struct. Null where a pair has no mask."""

_PAIR_FIELDS: dict[str, pa.DataType] = {
    "pair_id": _STR,
    "split": _STR,
    "source": _STR,
    "before": _IMAGE,
    "after": _IMAGE,
    "change_mask": _IMAGE,
    "before_labels": _IMAGE,
    "after_labels": _IMAGE,
    "ignore_id": _I32,
    "extra_images": pa.list_(_struct(role=_STR, date=_STR, image=_IMAGE)),
    "classes": pa.list_(_struct(id=_I32, name=_STR)),
    "width": _I32,
    "height": _I32,
    "gsd_m": _F64,
    "crs": _STR,
    # Of any length: pyarrow before 26 cannot read a list of a fixed length that is null.
    "transform": pa.list_(_F64),
    "before_date": _STR,
    "after_date": _STR,
    "captions": pa.list_(_STR),
    "changed": _BOOL,
    "facts": FACTS_TYPE,
    "license": _STR,
    "attributes": _STR,
}

_INSTRUCTION_FIELDS: dict[str, pa.DataType] = {
    "instruction_id": _STR,
    "pair_id": _STR,
    "split": _STR,
    "task": _STR,
    "kind": _STR,
    "turns": pa.list_(_struct(role=_STR, content=_STR)),
    "gold": _STR,
    "references": pa.list_(_STR),
    "changed": _BOOL,
    "provenance": _struct(
        method=_STR,
        template=_STR,
        version=_I32,
        model=_STR,
        prompt_hash=_STR,
        parameters=_STR,
        request_id=_STR,
        seed=pa.int64(),
        verified=_BOOL,
    ),
}

_VALUE_NAMES = {_STR: "string", _I32: "int32", pa.int64(): "int64", _F64: "float64", _BOOL: "bool"}


def _feature(name: str, kind: pa.DataType) -> Any:
    """The ``datasets`` feature of an Arrow type, in that library's JSON form."""
    if name in _IMAGE_FIELDS and kind == _IMAGE:
        return {"_type": "Image"}
    if pa.types.is_fixed_size_list(kind):
        return {"feature": _feature("", kind.value_type), "length": kind.list_size, "_type": "List"}
    if pa.types.is_list(kind):
        return {"feature": _feature("", kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.name, field.type) for field in kind}
    return {"dtype": _VALUE_NAMES[kind], "_type": "Value"}


def features(fields: Mapping[str, pa.DataType]) -> dict[str, Any]:
    """``datasets`` features of a table, in JSON form."""
    return {name: _feature(name, kind) for name, kind in fields.items()}


def _schema(fields: Mapping[str, pa.DataType]) -> pa.Schema:
    info = dump_json({"info": {"features": features(fields)}})
    metadata = {"huggingface": info, "rsica_schema_version": str(SCHEMA_VERSION)}
    return pa.schema(list(fields.items()), metadata=metadata)


PAIRS_SCHEMA = _schema(_PAIR_FIELDS)
INSTRUCTIONS_SCHEMA = _schema(_INSTRUCTION_FIELDS)


@quick_init
@dataclass(frozen=True, slots=True)
class StoredPair:
    """A row of the pairs table. Masks stay encoded: 8-bit grey PNG of class ids (``images.decode_mask``).

    ``before`` is None only where the reader was told to leave images out.
    """

    pair_id: str
    split: str
    source: str
    before: EncodedImage | None
    after: EncodedImage | None
    change_mask: EncodedImage | None
    before_labels: EncodedImage | None
    after_labels: EncodedImage | None
    ignore_id: int | None
    extra_images: tuple[ExtraImage, ...]
    classes: tuple[ClassDef, ...]
    width: int
    height: int
    gsd_m: float | None
    crs: str | None
    transform: tuple[float, ...] | None
    before_date: str | None
    after_date: str | None
    captions: tuple[str, ...]
    changed: bool | None
    facts: ChangeFacts | None
    license: str | None
    attributes: JsonObject


def facts_from_row(row: Mapping[str, Any]) -> ChangeFacts:
    """Facts of the nested values of ``FACTS_TYPE``."""
    return ChangeFacts(
        version=row["version"],
        width=row["width"],
        height=row["height"],
        gsd_m=row["gsd_m"],
        classes=tuple(
            ClassFacts(
                **{
                    **entry,
                    "cells_touch": tuple(entry["cells_touch"]),
                    "cells_centroid": tuple(entry["cells_centroid"]),
                }
            )
            for entry in row["classes"]
        ),
        objects=tuple(_object_from_row(entry) for entry in row["objects"]),
        transitions=tuple(TransitionFacts(**entry) for entry in row["transitions"]),
        cover=tuple(CoverFacts(**entry) for entry in row["cover"]),
    )


def _object_from_row(row: Mapping[str, Any]) -> ObjectFacts:
    tags = row["tags"]
    return ObjectFacts(
        object_id=row["object_id"],
        class_id=row["class_id"],
        box=tuple(row["box"]),
        obb=tuple(row["obb"]),
        centroid=tuple(row["centroid"]),
        area_px=row["area_px"],
        outline=tuple((x, y) for x, y in row["outline"]),
        outer=row["outer"],
        # Arrow has one form for a list of key-value structs; a mapping is what readers want.
        tags=None if tags is None else {entry["key"]: entry["value"] for entry in tags},
        confidence=row["confidence"],
        # Facts of version 1 have neither.
        direction=row.get("direction"),
        cells=tuple(row.get("cells") or ()),
    )


def _image_from_row(row: Mapping[str, Any] | None) -> EncodedImage | None:
    return None if row is None else EncodedImage(row["path"], row["bytes"])


_PLAIN = (
    "pair_id",
    "split",
    "source",
    "ignore_id",
    "width",
    "height",
    "gsd_m",
    "crs",
    "before_date",
    "after_date",
    "changed",
    "license",
)
_IMAGES = ["before", "after", "change_mask", "before_labels", "after_labels"]
_OTHERS = [name for name in _PAIR_FIELDS if name not in _IMAGES]
_images_of, _others_of = attrgetter(*_IMAGES), attrgetter(*_OTHERS)


def pair_from_row(row: Mapping[str, Any]) -> StoredPair:
    """A row of :func:`pairs_table` as a record; columns that were not read come out as None or empty.

    Raises:
        RowError: the row cannot be a pair.
    """
    check_pair_row(row)
    values: dict[str, Any] = {name: row.get(name) for name in _PLAIN}
    values |= {name: _image_from_row(row.get(name)) for name in _IMAGES}
    return StoredPair(
        **values,
        extra_images=tuple(
            ExtraImage(extra["role"], extra["date"], EncodedImage(extra["image"]["path"], extra["image"]["bytes"]))
            for extra in row.get("extra_images") or ()
        ),
        classes=tuple(ClassDef(entry["id"], entry["name"]) for entry in row.get("classes") or ()),
        transform=tuple(row["transform"]) if row.get("transform") is not None else None,
        captions=tuple(row.get("captions") or ()),
        facts=facts_from_row(row["facts"]) if row.get("facts") is not None else None,
        attributes=_json_object(row.get("attributes") or "{}", "attributes"),
    )


def _json_object(text: str, column: str) -> JsonObject:
    try:
        value = loads(text)
    except JsonTextError as error:
        raise RowError(column, error.message) from None
    if not isinstance(value, dict):
        raise RowError(column, f"is {kind_of(value)}, not a JSON object")
    return value


def instruction_from_row(row: Mapping[str, Any]) -> Instruction:
    """A row of :func:`instructions_table` as a record.

    Raises:
        RowError: the row cannot be an instruction.
    """
    check_instruction_row(row)
    return Instruction(
        instruction_id=row["instruction_id"],
        pair_id=row["pair_id"],
        split=row["split"],
        task=row["task"],
        kind=row["kind"],
        turns=tuple(Turn(turn["role"], turn["content"]) for turn in row["turns"]),
        gold=_json_object(row["gold"], "gold"),
        references=tuple(row["references"]),
        changed=row["changed"],
        provenance=Provenance(**row["provenance"]),
    )


def pairs_table(pairs: Iterable[StoredPair]) -> pa.Table:
    """The pairs table of some pairs."""
    return columns.table(list(pairs), PAIRS_SCHEMA, {"attributes": lambda pair: dump_json(pair.attributes)})


class PairColumns:
    """Pairs taken up one by one for a table as :func:`pairs_table` makes it; their images are not needed any longer.

    The memory is used again after :meth:`clear`: no table that it gave may be in use by then.
    """

    def __init__(self) -> None:
        self._images = [columns.ImageColumn() for _ in _IMAGES]
        self.clear()

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self) -> None:
        """Leave out all pairs."""
        self._rows: list[tuple[Any, ...]] = []
        for column in self._images:
            column.clear()

    def release(self) -> None:
        """Leave out all pairs, and leave the memory to the next table."""
        for column in self._images:
            column.release()
        self._rows = []

    def add(self, pair: StoredPair) -> None:
        """Take up a pair."""
        for column, image in zip(self._images, _images_of(pair), strict=True):
            column.append(image)
        self._rows.append(_others_of(pair))

    def table(self) -> pa.Table:
        """All pairs."""
        values = dict(zip(_OTHERS, zip(*self._rows, strict=True), strict=True))
        values["attributes"] = tuple(map(dump_json, values["attributes"]))
        arrays = dict(zip(_IMAGES, (column.array() for column in self._images), strict=True))
        arrays |= {name: columns.column(of_name, PAIRS_SCHEMA.field(name).type) for name, of_name in values.items()}
        return pa.Table.from_arrays([arrays[name] for name in PAIRS_SCHEMA.names], schema=PAIRS_SCHEMA)


def instructions_table(items: Iterable[Instruction]) -> pa.Table:
    """The instructions table of some instructions."""
    return columns.table(list(items), INSTRUCTIONS_SCHEMA, {"gold": lambda item: dump_json(item.gold)})


def without_images(pair: StoredPair) -> StoredPair:
    """The pair with its images and masks left out."""
    return replace(pair, before=None, after=None, change_mask=None, before_labels=None, after_labels=None)
