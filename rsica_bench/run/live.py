"""The live line of a run on a terminal: speed, tokens, what could not be read, what failed, right so far."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rsica_bench.run.run_summary import Summary, Watch
from rsica_data.schema import JsonObject


class LiveLine(Watch):
    """Shows a run on a progress bar."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def show(self, summary: Summary, rows: Sequence[JsonObject]) -> None:
        """Redraw."""
        self._bar.total = summary.total
        self._bar.set_postfix_str(line(summary), refresh=False)
        self._bar.update(summary.before + summary.done - self._bar.n)


def line(summary: Summary) -> str:
    """The figures of the live line."""
    parts = []
    if summary.right is not None:
        parts.append(f"right {summary.right:.1%}")
    parts += [f"unparsed {summary.unparsed}", f"failed {summary.failed}"]
    tokens = summary.usage.get("output_tokens", 0)
    if tokens:
        parts.append(f"{summary.rate(tokens):.0f} tok/s")
    if summary.usage.get("usd"):
        parts.append(f"{summary.usage['usd']:.2f} USD")
    if summary.gpu_bytes:
        parts.append(f"GPU {summary.gpu_bytes / 2**30:.1f} GiB")
    return ", ".join(parts)


@contextmanager
def live_line(label: str) -> Iterator[LiveLine]:
    """A live line on standard error; silent where that is no terminal."""
    from tqdm import tqdm

    with tqdm(desc=label, unit="turn", file=sys.stderr, disable=None, smoothing=0.1) as bar:
        yield LiveLine(bar)
