"""Texts of a page's layout in miniature: captions, questions, objects and tables, as its forms read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.files import dump_json, write_atomic
from rsica_data.schema import Mask
from rsica_data.schema.records import SPLITS
from rsica_data.sources.catalog.catalog_page import Layout
from rsica_data.sources.catalog.forms import CaptionForm, CaptionTable, ImageForm
from rsica_data.sources.catalog.hdf5_form import Hdf5Form
from rsica_data.sources.catalog.objects import ObjectForm
from rsica_data.sources.catalog.page_questions import QuestionForm, RowForm
from rsica_data.sources.catalog.page_tables import TableForm, columns_of
from rsica_data.synth.karpathy import CaptionedName, caption_file

FOLDER = "earlier"
"""Folder of the earlier images that records name by their paths."""
_OBJECTS = ("airplane", "storage-tank")


@dataclass(frozen=True)
class WrittenPair:
    """A pair of a written layout: what its files hold, as class ids of the page.

    ``text`` is how files and lists call its split; ``masks`` by role.
    """

    split: str
    text: str
    name: str
    changed: bool
    images: Mapping[str, NDArray[np.uint8]]
    masks: Mapping[str, Mask]
    captions: tuple[str, ...]


def path_of(template: str, pair: WrittenPair, date: str = "") -> str:
    """The file of a pair that a template means, with something in place of wildcards."""
    place, _, rest = pair.name.partition("_")
    name = rest if "{place}" in template else pair.name
    filled = template.replace("{split}", pair.text).replace("{name}", name).replace("{date}", date)
    filled = filled.replace("{place}", place).replace("{label}", "dense_forest" if pair.changed else "airport")
    return filled.replace("*", "a").replace("?", "5")


def listed_paths(form: ImageForm, pair: WrittenPair) -> list[str]:
    """The paths by which records name the images of a pair."""
    return [f"{FOLDER}/{pair.name}.png", f"later/{pair.name}.png"] if form.listed else []


def group_of(form: Hdf5Form, pair: WrittenPair) -> str:
    """The path of the group of a pair in an HDF5 file."""
    folder = form.names[0].strip("*").rstrip("/")
    return f"{folder}/{pair.name}" if folder else pair.name


def write_texts(out: Path, root: Path, layout: Layout, written: Sequence[WrittenPair]) -> None:
    """Every file of texts of a layout.

    Args:
        out: the input folder.
        root: the layout's folder in it.
        layout: which.
        written: its pairs.
    """
    if layout.captions is not None and layout.captions.table is None:
        _write_captions(out, root, layout, layout.captions, written)
    if layout.questions is not None:
        _write_questions(root, layout, layout.questions, written)
    if layout.objects is not None:
        _write_objects(root, layout, layout.objects, written)
    _write_tables(root, layout, written)


def _suffix(layout: Layout) -> str:
    return Path(layout.before.templates[0]).suffix if layout.before.templates else ""


def _write_captions(out: Path, root: Path, layout: Layout, form: CaptionForm, written: Sequence[WrittenPair]) -> None:
    file = form.file[0]
    groups = {pair.text for pair in written} if "{split}" in file else {""}
    for text in sorted(groups):
        pairs = [pair for pair in written if text in ("", pair.text)]
        names = [CaptionedName(pair.split, pair.name + _suffix(layout), pair.changed, None) for pair in pairs]
        captions_of = {name.key: pair.captions for name, pair in zip(names, pairs, strict=True)}
        folder = out if layout.by_folder else root
        write_atomic(folder / file.replace("{split}", text), dump_json(caption_file(names, captions_of)))


def asked_of(pair: WrittenPair, form: QuestionForm | None = None) -> tuple[str, str]:
    """The question that a written pair has, and its answer: none where the form keeps questions without one."""
    unanswered = form is not None and form.each is not None and form.each.unanswered
    return "Has anything changed?", "yes" if pair.changed else "" if unanswered else "no"


def objects_of(pair: WrittenPair, form: ObjectForm) -> dict[str, list[tuple[int, int, int, int]]]:
    """Boxes by class that a written pair shows: two of the first class and one of the second, or none."""
    first, second = (form.classes or _OBJECTS)[0], (form.classes or _OBJECTS)[-1]
    if not pair.changed:
        return {}
    boxes: dict[str, list[tuple[int, int, int, int]]] = {first: [(2, 3, 10, 9), (4, 5, 12, 11)]}
    boxes.setdefault(second, []).append((20, 20, 30, 28))
    return boxes


def _write_questions(root: Path, layout: Layout, form: QuestionForm, written: Sequence[WrittenPair]) -> None:
    for pair in written if form.each is not None else ():
        assert form.each is not None
        asked, answer = asked_of(pair, form)
        document = {form.each.question: [asked], form.each.answer: [answer] if answer else []}
        write_atomic(root / path_of(form.each.file, pair), dump_json(document))
    for text, split in {pair.text: pair.split for pair in written}.items():
        pairs = [pair for pair in written if pair.text == text]
        if form.questions is not None:
            _write_three(root, form, text, [(pair, pair.name + _suffix(layout)) for pair in pairs])
        elif form.conversations is not None and split in SPLITS:
            records = [_conversation(layout, number, pair) for number, pair in enumerate(pairs)]
            for file in form.conversations.get(split, ())[:1]:
                write_atomic(root / file.replace("*", "a"), dump_json(records))


def _conversation(layout: Layout, number: int, pair: WrittenPair) -> dict[str, Any]:
    asked, answer = asked_of(pair)
    turns = [{"from": "human", "value": f"<image> <image> {asked}"}, {"from": "gpt", "value": answer}]
    images = [path_of(side.templates[0], pair) for side in (layout.before, layout.after) if side and side.templates]
    images = listed_paths(layout.before, pair) if layout.before.listed else images
    return {"id": number, "image": images, "changeflag": int(pair.changed), "conversations": turns}


def _write_three(root: Path, form: QuestionForm, text: str, pairs: list[tuple[WrittenPair, str]]) -> None:
    questions, answers, images = [], [], []
    for number, (pair, file) in enumerate(pairs):
        asked, answer = asked_of(pair)
        row = {"id": number, "img_id": number, "type": "change_or_not", "question": asked, "answers_ids": [number]}
        questions.append(row)
        answers.append({"id": number, "question_id": number, "answer": answer})
        images.append({"id": number, "file_name": file, "questions_ids": [number]})
    for name, rows in (("questions", questions), ("answers", answers), ("images", images)):
        path = str(getattr(form, name)).replace("{split}", text)
        write_atomic(root / path, dump_json({name: rows}))


def _write_objects(root: Path, layout: Layout, form: ObjectForm, written: Sequence[WrittenPair]) -> None:
    if form.coco is not None:
        for split in dict.fromkeys(pair.split for pair in written):
            pairs = [pair for pair in written if split in (pair.split,) or "" in form.coco]
            file = (form.coco.get(split) or form.coco[""])[0]
            write_atomic(root / file.replace("*", "a"), dump_json(_coco(layout, form, pairs)))
        return
    for pair in written:
        boxes = [(name, box) for name, several in objects_of(pair, form).items() for box in several]
        if form.voc is not None:
            write_atomic(root / path_of(form.voc, pair), _voc(boxes).encode())
        elif form.dota is not None:
            lines = "".join(f"{a} {b} {c} {b} {c} {d} {a} {d} {name} 0\n" for name, (a, b, c, d) in boxes)
            write_atomic(root / path_of(form.dota, pair), f"imagesource:simulated\n{lines}")


def _coco(layout: Layout, form: ObjectForm, pairs: Sequence[WrittenPair]) -> dict[str, Any]:
    names = list(dict.fromkeys(form.classes or _OBJECTS))
    images = [{"id": number, "file_name": pair.name + _suffix(layout)} for number, pair in enumerate(pairs)]
    annotations = [
        {"id": 0, "image_id": number, "category_id": names.index(name), "iscrowd": 0, "bbox": [a, b, c - a, d - b]}
        for number, pair in enumerate(pairs)
        for name, several in objects_of(pair, form).items()
        for a, b, c, d in several
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(names)]
    return {"images": images, "categories": categories, "annotations": annotations}


def _voc(boxes: Sequence[tuple[str, tuple[int, int, int, int]]]) -> str:
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox>"
        "</object>"
        for name, (a, b, c, d) in boxes
    )
    return f"<annotation>{objects}</annotation>"


def _forms(layout: Layout) -> Iterator[tuple[TableForm, Any]]:
    """Tables of a layout, with what each tells of a pair."""
    captions, questions, objects = layout.captions, layout.questions, layout.objects
    for way in layout.splits:
        if (splits := way.table) is not None:
            yield splits, lambda pair, form=splits: {form.split: pair.text}
    if captions is not None and (table := captions.table) is not None:
        flag = table.changed
        yield (
            table,
            lambda pair, form=table: {
                form.caption: list(pair.captions),
                **({flag: int(pair.changed)} if flag is not None else {}),
            },
        )
    if questions is not None and (rows := questions.rows) is not None:
        yield (
            rows,
            lambda pair, form=rows: {
                form.kind: "any",
                form.question: asked_of(pair)[0],
                form.answer[0]: asked_of(pair)[1],
            },
        )
    if objects is not None and (tags := objects.tags) is not None:
        yield tags, lambda pair, form=tags: {form.tags: list(objects_of(pair, objects))}


def _write_tables(root: Path, layout: Layout, written: Sequence[WrittenPair]) -> None:
    files: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    keys: dict[str, str | None] = {}
    for form, tells in _forms(layout):
        for number, pair in enumerate(written):
            path = (form.file.get(pair.split) or form.file[""])[0].replace("*", "a")
            row = files.setdefault(path, {}).setdefault((pair.text, pair.name), {"id": number})
            row |= {**tells(pair), **_named(layout, form, pair)}
            keys[path] = form.rows
    for path, rows in files.items():
        _write_table(root / path, list(rows.values()), keys[path])


def _named(layout: Layout, form: TableForm, pair: WrittenPair) -> dict[str, str]:
    """The columns by which a row names the images of a pair."""
    paths, columns = listed_paths(layout.before, pair), columns_of(form.image)
    if isinstance(form, (CaptionTable, RowForm)) and form.images:
        return dict(zip(form.images, paths, strict=False))
    if columns != [form.image]:
        return {**dict.fromkeys(columns[:-1], FOLDER), columns[-1]: f"{pair.name}.png"}
    if paths:
        return {form.image: paths[0]}
    if layout.before.hdf5 is not None:
        return {form.image: group_of(layout.before.hdf5, pair)}
    if form.name is None:
        return {form.image: pair.name + _suffix(layout)}
    place, _, rest = pair.name.partition("_")
    named = form.name.replace("{place}", place).replace("{name}", rest if "{place}" in form.name else pair.name)
    return {form.image: named.replace("*", "")}


def _write_table(path: Path, rows: list[dict[str, Any]], key: str | None) -> None:
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        stream = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows), stream)
        write_atomic(path, stream.getvalue().to_pybytes())
    elif path.suffix == ".csv":
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        table.writeheader()
        for row in rows:
            # A cell holds one text: of a list each has a row.
            lists = {name: cell for name, cell in row.items() if isinstance(cell, list)}
            for number in range(max(map(len, lists.values()), default=1)):
                table.writerow({**row, **{name: cell[number] for name, cell in lists.items()}})
        write_atomic(path, text.getvalue())
    elif path.suffix == ".jsonl":
        write_atomic(path, "".join(f"{dump_json(row).strip()}\n" for row in rows))
    else:
        write_atomic(path, dump_json(rows if key is None else {key: rows}))
