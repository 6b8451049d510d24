"""The METEOR 1.5 jar as a back end: slow, needs Java, and the oracle of the Python one."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Sequence
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.meteor.resources import Resources, open_resources
from rsica_data.core.errors import UserError


def java_missing_reason() -> str | None:
    """Why the jar cannot be run here; None where it can."""
    return None if shutil.which("java") else "needs a Java runtime (`java` on the PATH)"


class JavaMeteor:
    """One Java process, fed line by line. Use it as a context manager.

    Raises:
        UserError: no Java, or METEOR's data are not installed.
    """

    def __init__(self, resources: Resources | None = None) -> None:
        reason = java_missing_reason()
        if reason:
            raise UserError(f"METEOR's java back end {reason}")
        jar = (resources or open_resources()).jar
        self._process = subprocess.Popen(
            ["java", "-Dfile.encoding=UTF-8", "-Xmx2G", "-jar", str(jar), *["-", "-", "-stdio", "-l", "en", "-norm"]],
            cwd=jar.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> JavaMeteor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def statistics(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Statistics of each item against its best reference, shape ``[N, 23]``."""
        lines = [
            "SCORE ||| " + " ||| ".join(_line(text) for text in (*texts, hypothesis))
            for hypothesis, texts in zip(hypotheses, references, strict=True)
        ]
        return np.array([[float(word) for word in answer.split()] for answer in self._ask(lines, len(lines))])

    def evaluate(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """The jar's own scores of statistics: of each row, and of all."""
        stated = " ||| ".join(" ".join(str(value) for value in row) for row in rows)
        answers = [float(answer) for answer in self._ask([f"EVAL ||| {stated}"], len(rows) + 1)]
        return np.array(answers[:-1]), answers[-1]

    def _ask(self, lines: Sequence[str], answers: int) -> list[str]:
        incoming, outgoing = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

        def write() -> None:
            for line in lines:
                incoming.write(line.encode() + b"\n")
            incoming.flush()

        # Written beside the reading: both pipes hold a few kilobytes, and the process waits when its own is full.
        writer = threading.Thread(target=write)
        writer.start()
        replies = [outgoing.readline().decode() for _ in range(answers)]
        writer.join()
        if not all(replies):
            raise UserError("METEOR's Java process ended without an answer")
        return replies


def _line(text: str) -> str:
    # Bars part the fields and line ends the requests.
    return " ".join(text.replace("|||", "").split("\n")).replace("\r", " ") or " "
