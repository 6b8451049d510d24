"""Files of hypotheses and references as `score-captions` takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_bench.files.row_fields import field_of, field_of_ids, positions, reply_of, target_agrees
from rsica_bench.files.row_files import FileRow, is_row, parse_document, read_document, read_text, rows_of
from rsica_data.core.errors import UserError
from rsica_data.schema.caption_text import change_flag, has_words, strip_caption

ORDER = "order"
LONGEST_CAPTION = 20_000
"""Characters of a caption that is scored. A longer one, of a model that loops, counts as empty, as in runs."""
_TEXTS = ("captions", "references", "sentences", "caption", "reference", "raw", "text")
_NAMES = ("image_id", "id", "instruction_id", "pair_id", "filename", "file_name", "image", "name")
_FLAGS = ("changeflag", "ischange")


@dataclass(frozen=True)
class References:
    """References of a file.

    Attributes:
        by_id: references by id, in file order.
        flags: change flags by id, where known.
        corpus: the captions of the whole file (all splits).
        aliases: other names of the items (file names of COCO's numbered images), by name.
        skipped: ids in file order of which no reference holds a word: they cannot be scored.
        order: every id in file order, those that are skipped included.
        sentences_left_out: how many sentences without words there were.
    """

    by_id: dict[str, list[str]]
    flags: dict[str, bool] = field(default_factory=dict)
    corpus: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    sentences_left_out: int = 0


def read_references(path: Path, split: str | None = None) -> References:
    """References from ``{"id": [text, ...]}``, the layout of ``LevirCCcaptions.json``, COCO captions, or rows.

    Rows (JSON lines or a JSON list) hold an id and ``captions``, or one ``caption`` each. Sentences without a word are
    left out.

    Raises:
        UserError: another layout, unknown split, no item, an item without references, a reference of more than
            `LONGEST_CAPTION` characters.
    """
    document = read_document(path)
    if isinstance(document, dict) and isinstance(document.get("images"), list):
        references = _of_images(document, path, split)
    elif isinstance(document, list) or (isinstance(document, dict) and is_row(document)):
        references = _of_rows(rows_of(document, path), path)
    else:
        by_id = _texts(document, path)
        corpus = [text for texts in by_id.values() for text in texts]
        references = References(by_id, corpus=corpus, aliases=_aliases({name: (name,) for name in by_id}))
    for name, texts in references.by_id.items():
        longest = max(map(len, texts), default=0)
        if longest > LONGEST_CAPTION:
            problem = f"a reference of {longest:,} characters, at most {LONGEST_CAPTION:,} are scored"
            raise UserError(problem, file=path, key=name)
    return _with_words(references, path)


def _of_images(document: dict[str, Any], path: Path, split: str | None) -> References:
    images = document["images"]
    if any(isinstance(image, dict) and "sentences" in image for image in images):
        return _karpathy(images, path, split)
    if isinstance(document.get("annotations"), list) or any(
        isinstance(image, dict) and "captions" in image for image in images
    ):
        return _coco(images, document.get("annotations") or [], path, split)
    return _karpathy(images, path, split)


def _karpathy(images: list[Any], path: Path, split: str | None) -> References:
    try:
        chosen = _of_split(images, path, split)
        return References(
            {
                image["filename"]: [(sentence["raw"] or "").strip() for sentence in image["sentences"]]
                for image in chosen
            },
            _flags({image["filename"]: image for image in chosen}, path),
            [strip_caption(sentence["raw"] or "") for image in images for sentence in image["sentences"]],
            _aliases({image["filename"]: (image["filename"], *_numbers(image)) for image in chosen}),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"not in the layout of LevirCCcaptions.json: {error!r}", file=path) from None


def _numbers(image: Mapping[str, Any]) -> list[str]:
    return [str(image[name]) for name in ("imgid", "cocoid") if name in image]


def _of_split(images: list[Any], path: Path, split: str | None) -> list[Any]:
    if split is None:
        return images
    splits = dict.fromkeys(image["split"] for image in images)
    if split not in splits:
        raise UserError(f"no split '{split}'", file=path, hint="splits: " + ", ".join(splits))
    return [image for image in images if image["split"] == split]


def _coco(images: list[Any], annotations: list[Any], path: Path, split: str | None) -> References:
    """COCO captions: images with numbers and file names, captions as annotations or beside them."""
    try:
        by_image: dict[str, list[str]] = {str(image["id"]): [*image.get("captions", ())] for image in images}
        for note in annotations:
            by_image[str(note["image_id"])].append(note["caption"])
        if any(isinstance(image.get("captions"), str) for image in images):
            raise TypeError("captions that are no list")
        if not all(isinstance(text, str) for texts in by_image.values() for text in texts):
            raise TypeError("a caption that is no text")
        chosen = {str(image["id"]): image for image in _of_split(images, path, split)}
        flags = _flags(chosen, path)
        names = {key: (key, *([one["file_name"]] if "file_name" in one else [])) for key, one in chosen.items()}
        corpus = [text for texts in by_image.values() for text in texts]
        return References({key: by_image[key] for key in chosen}, flags, corpus, _aliases(names))
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"not in the layout of COCO captions: {error!r}", file=path) from None


def _of_rows(rows: Sequence[FileRow], path: Path) -> References:
    """Rows with an id and references; rows of one id belong together."""
    by_id: dict[str, list[str]] = {}
    noted: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = next((row.fields[one] for one in _NAMES if one in row.fields), None)
        texts = next((row.fields[one] for one in _TEXTS if one in row.fields), None)
        texts = [texts] if isinstance(texts, str) else texts
        if isinstance(texts, list):
            texts = [one["raw"] if isinstance(one, dict) and "raw" in one else one for one in texts]
        if (
            not isinstance(name, (str, int))
            or not isinstance(texts, list)
            or not all(isinstance(t, str) for t in texts)
        ):
            raise row.mistake("not a row of references", 'a row is {"image_id": .., "captions": ["...", ...]}')
        by_id.setdefault(str(name), []).extend(texts)
        noted[str(name)] = row.fields
    return References(
        by_id,
        _flags(noted, path),
        [text for texts in by_id.values() for text in texts],
        _aliases({n: (n,) for n in by_id}),
    )


def _aliases(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Names by which one item alone is called: those given, and file names without folders and without extension."""
    aliases: dict[str, str] = {}
    times: Counter[str] = Counter()
    for item, given in names.items():
        called = {form for name in given for form in (name, PurePosixPath(name).name, PurePosixPath(name).stem)}
        times.update(called)
        aliases |= dict.fromkeys(called, item)
    return {name: item for name, item in aliases.items() if times[name] == 1 and name not in names}


def _flags(items: Mapping[str, Mapping[str, Any]], path: Path) -> dict[str, bool]:
    """The change flags that items of a file have, under any of their names."""
    flags: dict[str, bool] = {}
    for name, content in items.items():
        try:
            flag = change_flag(next((content[key] for key in _FLAGS if key in content), None))
        except ValueError as error:
            raise UserError(str(error), file=path, key=name) from None
        if flag is not None:
            flags[name] = flag
    return flags


def _with_words(read: References, path: Path) -> References:
    """The references that hold words.

    Raises:
        UserError: an item has no reference at all, or no item has one with words.
    """
    if not read.by_id:
        raise UserError("holds no references", file=path)
    for name, texts in read.by_id.items():
        if not texts:
            raise UserError("has no references", file=path, key=name)
    kept = {name: [text for text in texts if has_words(text)] for name, texts in read.by_id.items()}
    meant = {name: texts for name, texts in kept.items() if texts}
    if not meant:
        raise UserError("holds no references with words", file=path)
    return replace(
        read,
        by_id=meant,
        corpus=[text for text in read.corpus if has_words(text)],
        skipped=tuple(name for name in kept if name not in meant),
        order=tuple(kept),
        sentences_left_out=sum(map(len, read.by_id.values())) - sum(map(len, meant.values())),
    )


def _texts(document: Any, path: Path) -> dict[str, list[str]]:
    if not isinstance(document, dict):
        raise UserError('should be {"id": [text, ...]}', file=path)
    result: dict[str, list[str]] = {}
    for name, value in document.items():
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UserError("should be a text or a list of texts", file=path, key=name)
        result[name] = texts
    return result


def read_hypotheses(path: Path, references: References, field: str | None = None, by: str | None = None) -> list[str]:
    """Hypotheses of the items that have references, in their order: JSON ``{"id": [text]}``, rows, or a line an item.

    A text file has a line for every item of the references' file; of others, items that are skipped may be left out.

    Args:
        path: the file; its rows may be COCO results or captions, JSON lines, or sample logs of lmms-eval.
        references: the references, for the ids and other names of the items and to check what lmms-eval logged.
        field: the field of the rows that holds the caption; None to find it.
        by: the field that holds the id of the item, or ``order``; None to find it.

    Raises:
        UserError: items missing, unknown or more than one hypothesis for an item; another number of lines.
    """
    ids = references.order or tuple(references.by_id)
    text = read_text(path)
    if not _is_json(text, path):
        # Only "\n" ends a line: other separators may stand inside a caption.
        lines = text.removesuffix("\n").split("\n")
        if len(lines) != len(ids):
            raise UserError(f"{len(lines)} lines for {len(ids)} references", file=path, hint="one line an item")
        by_place = dict(zip(ids, lines, strict=True))
        return [by_place[name].removesuffix("\r") for name in references.by_id]
    document = parse_document(text, path)
    if isinstance(document, list) and document and all(isinstance(one, str) for one in document):
        by = by or ORDER
    if isinstance(document, list) or _holds_rows(document):
        by_id = _of_hypotheses(rows_of(document, path), ids, references, field, by)
    else:
        by_id = {references.aliases.get(name, name): texts for name, texts in _texts(document, path).items()}
    return _one_each(by_id, tuple(references.by_id), references.skipped, path)


def _is_json(text: str, path: Path) -> bool:
    """Whether a file of hypotheses is JSON: by its name, or because it begins so; captions may begin with a bracket."""
    if {".json", ".jsonl"} & set(path.suffixes) or text.lstrip().startswith("{"):
        return True
    if not text.lstrip().startswith("["):
        return False
    try:
        return isinstance(parse_document(text, path), list)
    except UserError:
        return False


def _holds_rows(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    return is_row(document) or any(isinstance(document.get(name), list) for name in ("annotations", "logs"))


def _of_hypotheses(
    rows: Sequence[FileRow], ids: Sequence[str], references: References, field: str | None, by: str | None
) -> dict[str, list[str]]:
    names = _names_of_rows(rows, ids, references, by)
    by_id: dict[str, list[str]] = {}
    for row, name in zip(rows, names, strict=True):
        by_id.setdefault(name, []).append(reply_of(row, field or _caption_field(row), "--field ") or "")
    return by_id


def _caption_field(row: FileRow) -> str | None:
    """``caption`` where a row has it: here nothing else can be meant."""
    return "caption" if "caption" in row.fields and "raw" not in row.fields else None


def _names_of_rows(rows: Sequence[FileRow], ids: Sequence[str], references: References, by: str | None) -> list[str]:
    known = dict(zip(ids, ids, strict=True)) | references.aliases
    if not rows:
        return []
    if by is None:
        by = field_of_ids(rows, known)
    if by is not None and by != ORDER:
        named = [str(field_of(row, by, "--id ")) for row in rows]
        return [known.get(name, name) for name in named]
    samples = all(row.is_sample for row in rows)
    if by is None and not samples:
        return [_likely_name(row) for row in rows]  # some are unknown: which, the comparison with the items tells
    places = positions(rows)
    if len(rows) != len(ids) or max(places) >= len(ids):
        problem = f"{len(rows)} rows for {len(ids)} references: they cannot be taken in order"
        raise UserError(problem, file=rows[0].file, hint="--id FIELD names the field that holds the ids")
    if by is None:
        _check_targets(rows, [references.by_id.get(ids[place], []) for place in places])
    return [ids[place] for place in places]


def _check_targets(rows: Sequence[FileRow], texts: Sequence[Sequence[str]]) -> None:
    for row, meant in zip(rows, texts, strict=True):
        agrees = target_agrees(row, meant)
        if not agrees:
            known = "logs no target" if agrees is None else "has a target that is none of the references"
            problem = f"{known}, so that doc_id may count the items in another order"
            raise row.mistake(
                problem, "--id FIELD names the field that holds the ids, --id order takes doc_id as it is"
            )


def _likely_name(row: FileRow) -> str:
    name = next((row.fields[one] for one in _NAMES if one in row.fields), None)
    if not isinstance(name, (str, int)):
        raise row.mistake(
            "does not say of which item it is", "--id FIELD names the field, --id order takes them in order"
        )
    return str(name)


def _one_each(by_id: Mapping[str, Sequence[str]], ids: Sequence[str], skipped: Sequence[str], path: Path) -> list[str]:
    known = {*ids, *skipped}
    missing = [name for name in ids if name not in by_id]
    unknown = [name for name in by_id if name not in known]
    if missing:
        raise UserError(f"{len(missing)} items have no hypothesis", file=path, hint=f"the first: '{missing[0]}'")
    if unknown:
        raise UserError(f"{len(unknown)} items have no references", file=path, hint=f"the first: '{unknown[0]}'")
    for name in ids:
        if len(by_id[name]) != 1:
            raise UserError(f"has {len(by_id[name])} hypotheses, one is scored", file=path, key=name)
    return [by_id[name][0] for name in ids]


def read_flags(path: Path) -> dict[str, bool]:
    """Change flags ``{"id": true}``, as :func:`rsica_data.schema.caption_text.change_flag` reads them.

    Raises:
        UserError: not such a file.
    """
    document = read_document(path)
    if not isinstance(document, dict):
        raise UserError('should be {"id": true or false}', file=path)
    flags: dict[str, bool] = {}
    for name, value in document.items():
        try:
            flag = change_flag(value)
        except ValueError:
            raise UserError('should be {"id": true or false}', file=path, key=name) from None
        if flag is not None:
            flags[name] = flag
    return flags
