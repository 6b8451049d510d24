"""Document frequencies of n-grams in a file, so that CIDEr of a small set can use those of a large one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from rsica_bench.metrics.cider import DocumentFrequencies
from rsica_bench.metrics.protocols import CaptionProtocol
from rsica_data.errors import UserError

_FORMAT = "rsica document frequencies 1"


def save_frequencies(path: Path, found: DocumentFrequencies, protocol: CaptionProtocol) -> None:
    """Write document frequencies as JSON, compressed where the name ends in ``.gz``.

    Raises:
        UserError: the file cannot be written.
    """
    content = {
        "format": _FORMAT,
        "protocol": protocol.name,
        "protocol_version": protocol.version,
        "items": found.items,
        "counts": dict(sorted(found.counts.items())),
    }
    data = json.dumps(content, ensure_ascii=False, indent=0).encode()
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
        draft.replace(path)
    except OSError as error:
        raise UserError(f"cannot be written: {error}", file=path) from None


def load_frequencies(path: Path, protocol: CaptionProtocol) -> DocumentFrequencies:
    """Read document frequencies.

    Raises:
        UserError: not such a file, or of other tokens than the protocol's.
    """
    try:
        data = path.read_bytes()
        found = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    except (OSError, EOFError, ValueError) as error:
        raise UserError(f"cannot be read: {error}", file=path) from None
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise UserError("not a file of document frequencies", file=path, hint="--save-df writes one")
    made_for = (found["protocol"], found["protocol_version"])
    if made_for != (protocol.name, protocol.version):
        told = f"made for protocol {made_for[0]} {made_for[1]}, not {protocol.name} {protocol.version}"
        raise UserError(told, file=path)
    return DocumentFrequencies(found["counts"], found["items"])
