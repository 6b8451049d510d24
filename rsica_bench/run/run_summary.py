"""How a run goes and went: counts, speed, and what to show of it on the way."""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rsica_bench.run.run_options import RunOptions
from rsica_bench.run.session import Answered
from rsica_data.core.remote import shown
from rsica_data.schema import JsonObject


@dataclass
class Summary:
    """Counts of this session of a run; turns, not instructions.

    Attributes:
        total: turns of the whole run; ``before`` those that earlier sessions answered.
        done, unparsed, failed: turns of this session.
        usage: sums of what replies used, and of typed answers ``judged`` and ``right``.
        busy: seconds that adapters were answering, over all devices.
        first, last: when the first and the last unit were answered, by the monotonic clock; the first one's own
            seconds are taken off, so that loading and warming up do not count.
        gpu_bytes: memory in use on all GPUs now; 0 where it is not told.
        telemetry: figures of the devices.
    """

    total: int
    before: int
    done: int = 0
    unparsed: int = 0
    failed: int = 0
    usage: Counter[str] = field(default_factory=Counter)
    busy: float = 0.0
    first: float | None = None
    last: float = 0.0
    gpu_bytes: int = 0
    began: float = field(default_factory=time.monotonic)
    telemetry: dict[str, Any] = field(default_factory=dict)

    def add(self, answered: Answered) -> None:
        """Count a unit."""
        self.done += len(answered.rows)
        self.unparsed += sum(row["answer"] is None for row in answered.rows)
        self.failed += sum(bool(row.get("failed")) for row in answered.rows)
        self.usage.update(answered.usage)
        self.busy += answered.seconds
        self.last = time.monotonic()
        if self.first is None:
            self.first = self.last - answered.seconds

    @property
    def answering(self) -> float:
        """Seconds from the first question to the last reply."""
        return 0.0 if self.first is None else max(self.last - self.first, 1e-9)

    @property
    def right(self) -> float | None:
        """Share of this session's typed answers that match their gold; None before there is one."""
        judged = self.usage["judged"]
        return self.usage["right"] / judged if judged else None

    def rate(self, count: float) -> float | None:
        """So many a second, over the time of answering."""
        return round(count / self.answering, 3) if self.first is not None else None


class Watch:
    """Looks on. This one shows nothing; see `rsica_bench.run.live`."""

    def show(self, summary: Summary, rows: Sequence[JsonObject]) -> None:
        """Called with the state so far and the rows that came last."""


def run_info(options: RunOptions, summary: Summary, failed: int) -> dict[str, Any]:
    """What varies from run to run, of its last session: the content of run_info.json."""
    seconds = time.monotonic() - summary.began
    tokens = summary.usage.get("output_tokens", 0)
    return {
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 3),
        "answering_seconds": round(summary.answering, 3),
        "turns": summary.total,
        "turns_this_session": summary.done,
        "failed": failed,
        "replies_per_second": summary.rate(summary.done),
        "tokens_per_second": summary.rate(tokens) if tokens else None,
        "usage": {name: round(value, 6) for name, value in sorted(summary.usage.items())},
        # Share of the time of answering in which adapters were at work, over all devices.
        "busy_share": round(summary.busy / summary.answering / max(len(options.devices), 1), 4)
        if summary.done
        else None,
        "telemetry": summary.telemetry,
        "data": shown(options.dataset.place),
        "batch_size": options.batch_size,
        "devices": list(options.devices),
        "seed": options.seed,
        "deterministic": options.deterministic,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
