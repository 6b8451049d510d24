"""A finished run: scores, items with their pairs, comparison with another."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_bench.protocols import BenchProtocol
from rsica_bench.reading.stored import reading_of
from rsica_bench.run import result as results
from rsica_bench.scoring.api import ScoredItem
from rsica_data.core import registry
from rsica_data.core.arguments import need_list
from rsica_data.core.errors import UserError
from rsica_data.core.extras import need_extra
from rsica_data.core.files import dump_json
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import JsonObject, TaskSpec

if TYPE_CHECKING:
    import pandas as pd

    from rsica_data.api.pairs import Pair

_TITLE_CHARACTERS = 90


@dataclass(frozen=True)
class RunItem:
    """One reply of a run beside its gold.

    Attributes:
        id, turn: instruction and assistant turn.
        task: the task whose rules score it.
        prompt, reply: what was asked and what came; ``reply`` is None where nothing came.
        answer: the answer that was read from the reply; None where none could be.
        gold: the accepted answers, typed.
        right: whether the answer is accepted; None for free text, which is right to a degree only.
        reason: why there is no answer.
        read_by: ``rules``, or ``model`` where a language model read the reply.

    Example:
        >>> import tempfile
        >>> import rsica_bench as rb
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=1)
        >>> item = rb.evaluate(ds, lambda prompt: "Who knows?", tasks=["counting"]).items(unparsed=True)[0]
        >>> item.task, item.reply, item.answer
        ('counting', 'Who knows?', None)
    """

    id: str
    turn: int
    task: str
    prompt: str
    reply: str | None
    answer: JsonObject | None
    gold: JsonObject
    right: bool | None
    reason: str | None
    pair_id: str
    read_by: str
    _dataset: BuiltDataset = field(repr=False, compare=False)

    @property
    def pair(self) -> Pair:
        """The image pair, to look at: ``item.pair.plot()``."""
        from rsica_data.api.datasets import Dataset

        return Dataset(self._dataset).pair(self.pair_id)

    def plot(self, mask: bool = True, grid: bool = False) -> Any:
        """Draw the pair (`Pair.plot`) with question, reply and gold above it.

        Args:
            mask: draw the change mask.
            grid: draw the 3x3 grid.

        Returns:
            Array of matplotlib axes, one an image.
        """
        reply = self.reply if self.answer is not None else f"{self.reply} (not read: {self.reason})"
        lines = (("asked", self.prompt), ("reply", reply), ("gold", dump_json(self.gold)))
        title = (textwrap.shorten(f"{name}: {text}", _TITLE_CHARACTERS) for name, text in lines)
        return self.pair.plot(mask, grid, "\n".join((self.id, *title)))


class Run:
    """A finished run.

    Attributes:
        folder: where its predictions and its result lie.
        result: the content of result.json (docs/protocols.md).

    Example:
        >>> import tempfile
        >>> import rsica_bench as rb
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=2)
        >>> run = rb.evaluate(ds, "oracle", tasks=["classification"])
        >>> run
        Run('oracle' on 'demo': classification)
        >>> run.scores("classification")["accuracy"], run.items(right=False)
        (1.0, [])
    """

    def __init__(self, folder: Path, dataset: BuiltDataset, result: dict[str, Any]) -> None:
        self.folder, self.result = folder, result
        self._dataset = dataset

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks that were run."""
        return tuple(self.result["tasks"])

    def scores(self, task: str) -> dict[str, float]:
        """Metrics of a task by name.

        Args:
            task: one of ``tasks``.

        Returns:
            Values by name, as result.json has them; a class, bin or kind follows a slash.

        Raises:
            UserError: the run has no such task.
        """
        return dict(self._entry(task)["metrics"])

    def intervals(self, task: str) -> dict[str, tuple[float, float]]:
        """95 % intervals of a task's metrics, over image pairs.

        Args:
            task: one of ``tasks``.

        Returns:
            Low and high end by name; a metric that few pairs cannot bound has none.

        Raises:
            UserError: the run has no such task.
        """
        return {name: (low, high) for name, (low, high) in self._entry(task).get("intervals", {}).items()}

    def _entry(self, task: str) -> dict[str, Any]:
        if task not in self.result["tasks"]:
            raise UserError(f"no task '{task}' in this run", hint="it has " + ", ".join(self.tasks))
        entry: dict[str, Any] = self.result["tasks"][task]
        return entry

    def items(
        self, task: str | None = None, *, unparsed: bool | None = None, right: bool | None = None
    ) -> list[RunItem]:
        """Replies of the run, read from its folder.

        Args:
            task: of this task alone.
            unparsed: True for those without an answer, False for those with one.
            right: True or False for those whose answer is accepted, or is not.

        Returns:
            The items that fulfil all of it, in the order of the dataset.

        Raises:
            UserError: the run has no such task.
        """
        if task is not None:
            self._entry(task)
        kept = (item for item in self._all_items() if task is None or item.task == task)
        kept = (item for item in kept if unparsed is None or (item.answer is None) is unparsed)
        return [item for item in kept if right is None or item.right is right]

    def _all_items(self) -> Iterator[RunItem]:
        settings, reading = results.settings_of(self.folder), reading_of(self.folder, self.result)
        by_task = results.items_by_task(self._dataset, self.folder, settings, reading)
        for scored in by_task.values():
            yield from (_run_item(item, self._dataset) for item in scored)

    def to_pandas(self) -> pd.DataFrame:
        """Metrics as a table.

        Returns:
            Columns task, metric, value, low and high; a row a metric.

        Raises:
            UserError: pandas is not installed.
        """
        with need_extra():
            import pandas as pd

        rows = []
        for task in self.tasks:
            intervals = self.intervals(task)
            for name, value in self.scores(task).items():
                low, high = intervals.get(name, (None, None))
                rows.append({"task": task, "metric": name, "value": value, "low": low, "high": high})
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        adapter = self.result["adapter"]
        name = f"{adapter['name']}" + (f" {adapter['model']}" if adapter.get("model") else "")
        failed = f"; {self.result['failed']} requests failed" if self.result["failed"] else ""
        return f"Run({name!r} on {self.result['dataset']['name']!r}: {', '.join(self.tasks)}{failed})"

    def _repr_html_(self) -> str:
        head = f"<p><b>{html.escape(repr(self))}</b></p>"
        rows = "".join(
            f"<tr><td>{html.escape(task)}</td><td>{html.escape(name)}</td><td>{value:.4f}</td></tr>"
            for task in self.tasks
            for name, value in _leading(task, self.scores(task)).items()
        )
        return f"{head}<table><tr><th>task</th><th>metric</th><th>value</th></tr>{rows}</table>"


def _leading(task: str, scores: dict[str, float]) -> dict[str, float]:
    scorer = registry.load(registry.SCORERS, task)
    return {name: scores[name] for name in scorer.shown(scores)}


def _run_item(item: ScoredItem, dataset: BuiltDataset) -> RunItem:
    task: TaskSpec = registry.load(registry.TASKS, item.gold.task)
    free = item.answer is not None and "text" in item.answer
    right = None if free else item.answer is not None and task.matches(item.gold.gold, item.answer)
    return RunItem(
        id=item.instruction_id,
        turn=item.turn,
        task=item.gold.task,
        prompt=item.prompt,
        reply=item.raw,
        answer=item.answer,
        gold=item.gold.gold,
        right=right,
        reason=item.reason,
        pair_id=item.pair.pair_id,
        read_by=item.read_by,
        _dataset=dataset,
    )


def open_run(folder: str | Path, data: str | Path | None = None) -> Run:
    """A run that was finished before, by ``evaluate(..., out=...)`` or ``rsica-bench run``.

    Args:
        folder: the run folder.
        data: the dataset; None for the folder that the run was made from.

    Returns:
        The run, as :func:`evaluate` gave it.

    Raises:
        UserError: no finished run, or the dataset is not the one it was made from.

    Example:
        >>> import tempfile
        >>> import rsica_bench as rb
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=2)
        >>> run = rb.evaluate(ds, "oracle", out=tempfile.mkdtemp())
        >>> rb.open_run(run.folder).scores("counting")["mae"]
        0.0
    """
    from rsica_bench.files.run_forms import read_result

    place = Path(folder)
    _, dataset = results.open_run(place, None if data is None else Path(data))
    return Run(place, dataset, read_result(place / results.RESULT))


def compare(first: Run | str | Path, second: Run | str | Path, strata: Sequence[str] = ()) -> dict[str, Any]:
    """Differences of two runs of one dataset, with intervals and p-values over image pairs.

    Args:
        first: a run, or the folder of one.
        second: another, or its folder; differences are its scores minus those of the first.
        strata: strata to compare besides (``change``, ``size``, ...).

    Returns:
        By task: ``metrics`` with difference, interval, p and p after Holm; ``docs/protocols.md`` has the form.

    Raises:
        UserError: the runs share no question, a stratum is unknown, or a folder holds no finished run.

    Example:
        >>> import tempfile
        >>> import rsica_bench as rb
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=2)
        >>> both = rb.compare(rb.evaluate(ds, "no-change"), rb.evaluate(ds, "oracle"))
        >>> both["tasks"]["counting"]["metrics"]["mae"]["second"]
        0.0
    """
    from rsica_bench.metrics.bootstrap import Resampling
    from rsica_bench.run.comparing import compare_runs
    from rsica_bench.scoring.strata import known_strata

    within = known_strata(need_list(strata, "strata", "names"), "strata")
    one, other = (run if isinstance(run, Run) else open_run(run) for run in (first, second))
    protocol: BenchProtocol = results.own_protocol(one.folder)
    return compare_runs(one.folder, other.folder, one._dataset.place, protocol, Resampling(), within)
