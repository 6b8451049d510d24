"""The Stanford tokeniser's jar as pycocoevalcap runs it: the oracle of the Python one."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rsica_bench.metrics.ptb.tokenizer import PUNCTUATION
from rsica_data.core.errors import UserError
from rsica_data.core.extras import install_command

_JAR = "stanford-corenlp-3.4.1.jar"
_MAIN = "edu.stanford.nlp.process.PTBTokenizer"
_APART = "q"  # a line between captions: a tokeniser that looks ahead finds the same behind each


def jar_missing_reason() -> str | None:
    """Why the jar cannot be run here; None where it can."""
    if not shutil.which("java"):
        return "needs a Java runtime (`java` on the PATH)"
    return None if _jar() else f"needs pycocoevalcap: {install_command('reference')}"


def _jar() -> Path | None:
    spec = importlib.util.find_spec("pycocoevalcap")
    places = (spec.submodule_search_locations or ()) if spec else ()
    return next((path for place in places if (path := Path(place) / "tokenizer" / _JAR).is_file()), None)


def java_tokens(texts: Sequence[str]) -> list[list[str]]:
    """Tokens of captions by the jar, without punctuation: one process, each caption on a line of its own.

    Args:
        texts: captions. A caption that holds a line end other than a line feed takes several lines.

    Raises:
        UserError: the jar cannot be run here, or gave another number of lines.
    """
    reason = jar_missing_reason()
    if reason:
        raise UserError(f"the Stanford tokeniser {reason}")
    lines = [line for text in texts for line in (text.replace("\n", " "), _APART)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "captions.txt"
        file.write_bytes("\n".join(lines).encode())
        command = [
            "java",
            "-Dfile.encoding=UTF-8",
            "-cp",
            str(_jar()),
            _MAIN,
            "-preserveLines",
            "-lowerCase",
            str(file),
        ]
        answer = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    output_lines = answer.removesuffix("\n").split("\n")
    if len(output_lines) != len(lines):
        raise UserError(f"the Stanford tokeniser gave {len(output_lines)} lines for {len(lines)}")
    return [
        [token for token in line.rstrip().split(" ") if token and token not in PUNCTUATION]
        for line in output_lines[::2]
    ]
