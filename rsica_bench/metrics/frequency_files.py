"""Document frequencies of n-grams in a file, so that CIDEr of a small set can use those of a large one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from rsica_bench.metrics.caption_protocols import CaptionProtocol
from rsica_bench.metrics.cider import DocumentFrequencies
from rsica_data.core.errors import UserError
from rsica_data.core.files import write_atomic
from rsica_data.core.json_text import kind_of, read_json, short

_FORMAT = "rsica document frequencies 1"


def save_frequencies(path: Path, frequencies: DocumentFrequencies, protocol: CaptionProtocol) -> None:
    """Write document frequencies as JSON, compressed where the name ends in ``.gz``.

    Raises:
        UserError: there is no such folder.
        RunError: the file cannot be written.
    """
    content = {
        "format": _FORMAT,
        "protocol": protocol.name,
        "protocol_version": protocol.version,
        "items": frequencies.items,
        "counts": dict(sorted(frequencies.counts.items())),
    }
    data = json.dumps(content, ensure_ascii=False, indent=0).encode()
    if not path.parent.is_dir():
        raise UserError("cannot be written: no such folder", file=path)
    write_atomic(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data, lone=True)


def load_frequencies(path: Path, protocol: CaptionProtocol) -> DocumentFrequencies:
    """Read document frequencies.

    Raises:
        UserError: not such a file, or of other tokens than the protocol's.
    """
    content = read_json(path, unpack=True, surrogates="keep")
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise UserError("not a file of document frequencies", file=path, hint="--save-df writes one")
    _check(content, path)
    made_for = (content["protocol"], content["protocol_version"])
    if made_for != (protocol.name, protocol.version):
        problem = f"made for protocol {made_for[0]} {made_for[1]}, not {protocol.name} {protocol.version}"
        raise UserError(problem, file=path)
    return DocumentFrequencies(content["counts"], content["items"])


def _check(content: dict[str, Any], path: Path) -> None:
    for key, kind in (("protocol", str), ("protocol_version", int), ("items", int), ("counts", dict)):
        if key not in content:
            raise UserError(f"missing key '{key}'", file=path, hint="--save-df writes one")
        if not isinstance(content[key], kind) or isinstance(content[key], bool):
            raise UserError(f"is {kind_of(content[key])}", file=path, key=key, hint="--save-df writes one")
    if content["items"] < 1:
        raise UserError(f"is {content['items']}", file=path, key="items")
    for gram, count in content["counts"].items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= content["items"]:
            raise UserError(f"is not a number from 1 to {content['items']}", file=path, key=f"counts.{short(gram)}")
