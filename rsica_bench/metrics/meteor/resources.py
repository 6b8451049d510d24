"""METEOR's data as the user has them, and their compact form.

``pycocoevalcap`` ships the 1.5 jar (word lists, WordNet synonyms) and the English paraphrase table. The table has 5.3
million pairs of phrases; it is converted once into files that are mapped into memory, grouped by the rarest word of a
pair, so that a vocabulary of some hundred words reads a few megabytes of them.
"""

from __future__ import annotations

import gzip
import importlib.util
import os
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.extras import install_command
from rsica_data.core.locking import alone_at

_FORMAT = 1
_BLOCK = 1 << 24
"""Bytes of the unpacked paraphrase table that are split at a time."""

_HINT = install_command("reference")
_FROM_JAR = {
    "function.words": "function/english.words",
    "nonbreaking.prefixes": "nonbreaking/english.prefixes",
    "synsets": "synonym/english.synsets",
    "exceptions": "synonym/english.exceptions",
}


@dataclass(frozen=True)
class Resources:
    """Folder of the compact form, and the jar it came from."""

    folder: Path
    jar: Path

    def text(self, name: str) -> str:
        """One of the jar's lists."""
        return (self.folder / name).read_text(encoding="utf-8")

    def array(self, name: str) -> NDArray[Any]:
        """One of the table's arrays, mapped from disk."""
        return np.load(self.folder / f"{name}.npy", mmap_mode="r")  # type: ignore[no-any-return]


def _package() -> Path | None:
    spec = importlib.util.find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "meteor"
    complete = (folder / "meteor-1.5.jar").is_file() and (folder / "data" / "paraphrase-en.gz").is_file()
    return folder if complete else None


def missing_reason() -> str | None:
    """Why METEOR cannot be computed here; None where it can."""
    if _package() is None:
        return f"METEOR 1.5 needs the data that pycocoevalcap ships: {_HINT}"
    return None


def cache_folder() -> Path:
    """Where the compact form is kept: ``RSICA_CACHE``, else the user's cache folder."""
    if "RSICA_CACHE" in os.environ:
        return Path(os.environ["RSICA_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rsica"


def open_resources() -> Resources:
    """METEOR's data, converted first where that has not been done yet (some ten seconds, once).

    Raises:
        UserError: the data are not installed, or the cache folder cannot be written.
    """
    package = _package()
    if package is None:
        raise UserError("METEOR's data are not installed", hint=_HINT)
    jar, table = package / "meteor-1.5.jar", package / "data" / "paraphrase-en.gz"
    folder = cache_folder() / f"meteor-1.5-{_FORMAT}-{jar.stat().st_size}-{table.stat().st_size}"
    if not folder.is_dir():
        try:
            _convert(jar, table, folder)
        except OSError as error:
            raise UserError(f"METEOR's data cannot be kept: {error}", file=folder, hint="set RSICA_CACHE") from None
    return Resources(folder, jar)


def _convert(jar: Path, table: Path, folder: Path) -> None:
    """Write the compact form beside its place and move it there, so that it is whole or absent."""
    with alone_at(folder.with_name(f"{folder.name}.making"), "METEOR's data") as place:
        if folder.is_dir():  # another process was faster
            return
        if sys.stderr.isatty():
            sys.stderr.write("Converting METEOR's paraphrase table, once ...\n")
        draft = place / "draft"
        draft.mkdir(parents=True)
        with zipfile.ZipFile(jar) as archive:
            for name, member in _FROM_JAR.items():
                (draft / name).write_bytes(archive.read(member))
        _write_table(table, draft)
        draft.rename(folder)


def _phrases(table: Path) -> Iterator[pa.Array]:
    """Phrases in blocks, the two of a pair side by side: the file has a probability and two phrases on three lines."""
    left = b""
    with gzip.open(table, "rb") as packed:
        while block := packed.read(_BLOCK):
            lines = pc.split_pattern(pa.array([left + block], pa.binary()), b"\n").flatten()
            whole = (len(lines) - 1) // 3 * 3
            left = b"\n".join(lines.slice(whole).to_pylist())
            wanted = np.arange(whole) % 3 != 0
            yield lines.slice(0, whole).filter(pa.array(wanted)).cast(pa.string())
    if left:
        raise UserError("METEOR's paraphrase table ends within a pair", file=table, hint=_HINT)


def _write_table(table: Path, folder: Path) -> None:
    ids: dict[str, int] = {}
    tokens, lengths = bytearray(), bytearray()
    for phrases in _phrases(table):
        split = pc.split_pattern(phrases, " ")
        encoded = split.flatten().dictionary_encode()  # words in the order in which they first come
        numbers = np.array([ids.setdefault(word, len(ids)) for word in encoded.dictionary.to_pylist()], np.uint16)
        tokens += numbers[encoded.indices.to_numpy()].tobytes()
        lengths += pc.list_value_length(split).to_numpy().astype(np.uint8).tobytes()
    words = np.frombuffer(tokens, np.uint16)
    sides = np.frombuffer(lengths, np.uint8).reshape(-1, 2)
    _write_groups(words, sides, len(ids), folder)
    (folder / "words").write_text("\n".join(ids), encoding="utf-8")


def _write_groups(words: NDArray[np.uint16], sides: NDArray[np.uint8], number: int, folder: Path) -> None:
    """Reorder the table by each pair's rarest word, in chunks."""
    counts = np.bincount(words, minlength=number)
    totals = sides.sum(axis=1, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(totals)])
    rarity = np.argsort(np.argsort(counts, kind="stable"), kind="stable").astype(np.uint16)
    rarest = np.argsort(rarity)[np.minimum.reduceat(rarity[words], starts[:-1])]
    order = np.argsort(rarest, kind="stable")
    grouped = np.lib.format.open_memmap(folder / "tokens.npy", "w+", np.uint16, words.shape)
    at = 0
    for chunk in np.array_split(order, max(1, len(order) // 200_000)):
        size = totals[chunk]
        index = np.repeat(starts[chunk] - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
        grouped[at : at + len(index)] = words[index]
        at += len(index)
    grouped.flush()
    np.save(folder / "lengths.npy", sides[order])
    pairs = np.bincount(rarest, minlength=number)
    np.save(folder / "pair_starts.npy", np.concatenate([[0], np.cumsum(pairs)]))
    sizes = np.bincount(rarest, weights=totals, minlength=number).astype(np.int64)
    np.save(folder / "token_starts.npy", np.concatenate([[0], np.cumsum(sizes)]))


def paraphrases(resources: Resources, vocabulary: set[str]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Second phrases by first phrase, in the order of the table, where all words are in ``vocabulary``."""
    words = resources.text("words").split("\n")
    known = np.fromiter((word in vocabulary for word in words), bool, len(words))
    tokens, lengths = resources.array("tokens"), resources.array("lengths")
    pair_starts, token_starts = resources.array("pair_starts"), resources.array("token_starts")
    phrase_pairs: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for group in np.flatnonzero(known):
        sides = np.asarray(lengths[pair_starts[group] : pair_starts[group + 1]], np.int64)
        if not len(sides):
            continue
        ids = np.asarray(tokens[token_starts[group] : token_starts[group + 1]])
        starts = np.concatenate([[0], np.cumsum(sides.sum(axis=1))])
        for pair in np.flatnonzero(np.logical_and.reduceat(known[ids], starts[:-1])):
            phrase = [words[number] for number in ids[starts[pair] : starts[pair + 1]]]
            middle = int(sides[pair, 0])
            phrase_pairs.append((tuple(phrase[:middle]), tuple(phrase[middle:])))
    # The order of the file, which the alignment's ties depend on.
    phrase_pairs.sort(key=lambda pair: (" ".join(pair[0]), " ".join(pair[1])))
    table: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for first, second in phrase_pairs:
        table.setdefault(first, []).append(second)
    return table
