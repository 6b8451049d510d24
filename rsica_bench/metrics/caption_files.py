"""Files of hypotheses and references as `score-captions` takes them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsica_data.caption_text import change_flag, has_words, strip_caption
from rsica_data.errors import UserError
from rsica_data.user_text import decode_user_text


@dataclass(frozen=True)
class References:
    """References of a file.

    Attributes:
        by_id: by id in file order; sentences without words ("", " .") are left out.
        flags: change flags where known.
        corpus: the captions of the whole file (all splits).
        skipped: ids in file order of which no reference holds a word: they cannot be scored.
        order: every id in file order, those that are skipped included; empty where none is.
        sentences_left_out: how many sentences without words there were.
    """

    by_id: dict[str, list[str]]
    flags: dict[str, bool] = field(default_factory=dict)
    corpus: list[str] = field(default_factory=list)
    skipped: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    sentences_left_out: int = 0


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        return decode_user_text(gzip.decompress(data) if path.suffix == ".gz" else data)
    except FileNotFoundError:
        raise UserError("no such file", file=path) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(f"cannot be read: {error}", file=path) from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise KeyError(next(name for name in names if names.count(name) > 1))
    return found


def _read_json(path: Path) -> Any:
    try:
        return json.loads(_read(path), object_pairs_hook=_no_repeats)
    except json.JSONDecodeError as error:
        raise UserError(f"not valid JSON: {error.msg}", file=path, line=error.lineno) from None
    except KeyError as error:
        raise UserError(f"key '{error.args[0]}' stands twice", file=path) from None


def read_references(path: Path, split: str | None = None) -> References:
    """References from ``{"id": [text, ...]}`` or from a file in the layout of ``LevirCCcaptions.json`` (also ``.gz``).

    Raises:
        UserError: neither layout, unknown split, no item, an item without references.
    """
    found = _read_json(path)
    if isinstance(found, dict) and isinstance(found.get("images"), list):
        return _karpathy(found["images"], path, split)
    by_id = _texts(found, path)
    if not by_id:
        raise UserError("holds no references", file=path)
    for name, texts in by_id.items():
        if not texts:
            raise UserError("has no references", file=path, key=name)
    return _with_words(by_id, {}, [text for texts in by_id.values() for text in texts], path)


def _with_words(
    by_id: Mapping[str, Sequence[str | None]], flags: dict[str, bool], corpus: list[str], path: Path
) -> References:
    """The references that hold words.

    Raises:
        UserError: none does.
    """
    kept = {name: [text for text in texts if text is not None and has_words(text)] for name, texts in by_id.items()}
    meant = {name: texts for name, texts in kept.items() if texts}
    if not meant:
        raise UserError("holds no references with words", file=path)
    skipped = tuple(name for name in kept if name not in meant)
    left_out = sum(map(len, by_id.values())) - sum(map(len, meant.values()))
    return References(meant, flags, corpus, skipped, tuple(by_id) if skipped else (), left_out)


def _karpathy(images: list[Any], path: Path, split: str | None) -> References:
    try:
        splits = dict.fromkeys(image["split"] for image in images)
        if split is not None and split not in splits:
            raise UserError(f"no split '{split}'", file=path, hint="splits: " + ", ".join(splits))
        chosen = [image for image in images if split is None or image["split"] == split]
        flags = {image["filename"]: change_flag(image.get("changeflag")) for image in chosen}
        by_id = {image["filename"]: [(s["raw"] or "").strip() for s in image["sentences"]] for image in chosen}
        corpus = [strip_caption(s["raw"]) for image in images for s in image["sentences"] if has_words(s["raw"])]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"not in the layout of LevirCCcaptions.json: {error!r}", file=path) from None
    except ValueError as error:
        raise UserError(str(error), file=path) from None
    return _with_words(by_id, {name: flag for name, flag in flags.items() if flag is not None}, corpus, path)


def _texts(found: Any, path: Path) -> dict[str, list[str]]:
    if not isinstance(found, dict):
        raise UserError('should be {"id": [text, ...]}', file=path)
    result: dict[str, list[str]] = {}
    for name, value in found.items():
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UserError("should be a text or a list of texts", file=path, key=name)
        result[name] = texts
    return result


def hypotheses_of(path: Path, references: References) -> list[str]:
    """The hypotheses of the items that have references, in their order.

    Raises:
        UserError: as :func:`read_hypotheses`.
    """
    ids = references.order or tuple(references.by_id)
    skipped = frozenset(references.skipped)
    texts = read_hypotheses(path, ids, skipped)
    return [text for name, text in zip(ids, texts, strict=True) if name not in skipped]


def read_hypotheses(path: Path, ids: Sequence[str], skipped: Collection[str] = ()) -> list[str]:
    """Hypotheses in the order of ``ids``, from JSON ``{"id": [text]}`` or from a text file, a line an item.

    A JSON file need not have the items that are ``skipped``; their text is then empty.

    Raises:
        UserError: items missing, unknown or more than one hypothesis for an item; another number of lines.
    """
    if path.suffix not in (".json", ".gz") and not _read(path).lstrip().startswith("{"):
        # Only "\n" ends a line: other separators may stand inside a caption.
        lines = _read(path).removesuffix("\n").split("\n")
        if len(lines) != len(ids):
            raise UserError(f"{len(lines)} lines for {len(ids)} references", file=path, hint="one line an item")
        return [line.removesuffix("\r") for line in lines]
    by_id = {name: [""] for name in skipped} | _texts(_read_json(path), path)
    missing = [name for name in ids if name not in by_id]
    unknown = [name for name in by_id if name not in set(ids)]
    if missing:
        raise UserError(f"{len(missing)} items have no hypothesis", file=path, hint=f"the first: '{missing[0]}'")
    if unknown:
        raise UserError(f"{len(unknown)} items have no references", file=path, hint=f"the first: '{unknown[0]}'")
    for name in ids:
        if len(by_id[name]) != 1:
            raise UserError(f"has {len(by_id[name])} hypotheses, one is scored", file=path, key=name)
    return [by_id[name][0] for name in ids]


def read_flags(path: Path) -> dict[str, bool]:
    """Change flags ``{"id": true}``, as :func:`rsica_data.caption_text.change_flag` reads them.

    Raises:
        UserError: not such a file.
    """
    found = _read_json(path)
    if not isinstance(found, dict):
        raise UserError('should be {"id": true or false}', file=path)
    flags: dict[str, bool] = {}
    for name, value in found.items():
        try:
            flag = change_flag(value)
        except ValueError:
            raise UserError('should be {"id": true or false}', file=path, key=name) from None
        if flag is not None:
            flags[name] = flag
    return flags
