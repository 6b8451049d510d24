"""A task of Inspect: ``rsica-data export DATASET --format inspect --to DIR``, then ``inspect eval DIR/NAME.py``.

The module that is written is a few lines around :func:`inspect_task`. Each reply is correct, incorrect or no answer by
its task's own rule; the metric ``figures`` holds the figures of a run, over all replies together. Written against
inspect_ai 0.3.285.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rsica_bench.harness.documents import documents
from rsica_bench.harness.harness_options import ScoredOptions, split_alone
from rsica_bench.harness.scoring import HarnessScorer, Judge
from rsica_data.core.errors import UserError
from rsica_data.core.extras import need_extra
from rsica_data.core.files import write_atomic
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.selection import SelectedDataset, Selection, select

_MODULE = '''"""The dataset {title} as a task of Inspect; written by rsica-data export --format inspect.

    inspect eval {name}.py --model openai/gpt-4o -T tasks=counting,classification
"""

from inspect_ai import Task, task

from rsica_bench.harness.inspect_ai import inspect_task


@task
def {name}(tasks: str | None = None) -> Task:
    return inspect_task(
        {data!r},
        split={split!r},
        sha256={sha256!r},
        protocol={protocol!r},
        max_tokens={max_tokens!r},
        tasks=tasks,{selected}
    )
'''


def export(dataset: BuiltDataset, out: Path, options: ScoredOptions) -> list[Path]:
    """Write ``rsica_NAME.py``.

    Raises:
        UserError: the dataset has no such split, or no protocol has that name.
    """
    split = options.split_of(dataset)
    dataset.shards(split)
    HarnessScorer(dataset, split, options.protocol)
    name = re.sub(r"\W", "_", f"rsica_{dataset.name}", flags=re.ASCII)
    text = _MODULE.format(
        title=dataset.name,
        name=name,
        data=dataset.reference(),
        split=split,
        sha256=dataset.hash,
        protocol=options.protocol,
        max_tokens=options.max_new_tokens,
        selected="".join(f"\n        {line}" for line in _selection_lines(dataset)),
    )
    write_atomic(out / f"{name}.py", text)
    return [Path(f"{name}.py")]


def _selection_lines(dataset: BuiltDataset) -> list[str]:
    """Arguments of :func:`inspect_task` that tell which rows were selected by the export."""
    if not isinstance(dataset, SelectedDataset):
        return []
    tasks, limit = dataset.selection.tasks, dataset.selection.limit
    return [*([f"of_tasks={tasks!r},"] if tasks else []), *([f"limit={limit!r},"] if limit is not None else [])]


def inspect_task(
    data: BuiltDataset | Path | str,
    *,
    split: str = "test",
    sha256: str | None = None,
    protocol: str = "default",
    max_tokens: int = 512,
    tasks: str | Sequence[str] | None = None,
    of_tasks: Sequence[str] = (),
    limit: int | None = None,
) -> Any:
    """A split of a built dataset as a task of Inspect, a sample a turn.

    Args:
        data: a built dataset, its folder or its name on the Hub.
        split: that is asked.
        sha256: hash that the dataset must have; None for any.
        protocol: of the metric ``figures``.
        max_tokens: maximum length of a reply.
        tasks: names, or names joined by commas; None for all.
        of_tasks: tasks that the export selected; empty for all.
        limit: number of rows of these that the export selected, the first of the split; None for all.

    Raises:
        UserError: Inspect is not installed, the dataset has another hash, or it lacks the split or a task.
    """
    dataset = data if isinstance(data, BuiltDataset) else open_dataset(data)
    if sha256 is not None and dataset.hash != sha256:
        raise UserError("the dataset was rebuilt since", file=dataset.root, hint="export it again")
    if of_tasks or limit is not None:
        dataset = select(dataset, Selection((split,), tuple(of_tasks), limit))
    known = list(dict.fromkeys(item.task for item in dataset.instructions(split)))
    chosen = tasks.split(",") if isinstance(tasks, str) else list(tasks or known)
    for name in chosen:
        if name not in known:
            raise UserError(f"no rows of task '{name}' in split '{split}'", hint="tasks: " + ", ".join(known))
    with need_extra():
        from inspect_ai import Task
        from inspect_ai.dataset import MemoryDataset
        from inspect_ai.model import GenerateConfig
        from inspect_ai.solver import generate
    samples = [_sample(row) for name in chosen for row in documents(dataset, split, name)]
    return Task(
        dataset=MemoryDataset(samples, name=f"{dataset.name}_{split}"),
        solver=generate(),
        scorer=change_scorer(dataset, split, protocol),
        config=GenerateConfig(max_tokens=max_tokens, temperature=0.0),
    )


def _sample(row: dict[str, Any]) -> Any:
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ContentImage, ContentText

    images = [ContentImage(image=_data_url(image["bytes"])) for image in row["images"]]
    messages: list[Any] = []
    for turn in [*row["history"], {"role": "user", "content": row["question"]}]:
        if turn["role"] == "user":
            shown = [] if messages else images
            messages.append(ChatMessageUser(content=[*shown, ContentText(text=turn["content"])]))
        else:
            messages.append(ChatMessageAssistant(content=turn["content"]))
    about = {"id": row["id"], "turn": row["turn"], "task": row["task"]}
    return Sample(id=f"{row['id']}@{row['turn']}", input=messages, target=row["target"], metadata=about)


def _data_url(data: bytes) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def change_scorer(dataset: BuiltDataset, split: str, protocol: str) -> Any:
    """The scorer of the task: each reply by its task's rule, and the figures of a run over all of them."""
    from inspect_ai.scorer import CORRECT, INCORRECT, NOANSWER, Score, accuracy, grouped, metric, scorer, stderr

    judge, figures_of = Judge(dataset, split), HarnessScorer(dataset, split, protocol)

    @metric  # type: ignore[untyped-decorator, unused-ignore]
    def figures() -> Any:
        def compute(scores: Sequence[Any]) -> dict[str, float]:
            rows = [one.score.metadata for one in scores]
            by_task = figures_of.scores({(row["id"], row["turn"]): row["reply"] for row in rows})
            return {f"{task}/{name}": value for task, of in by_task.items() for name, value in of.items()}

        return compute

    @scorer(metrics=[grouped(accuracy(), "task"), stderr(), figures()])  # type: ignore[untyped-decorator, unused-ignore]
    def change() -> Any:
        async def score(state: Any, target: Any) -> Any:
            about, reply = state.metadata, state.output.completion
            judged = judge.judge(about["id"], about["turn"], reply)
            value = NOANSWER if judged.right is None else CORRECT if judged.right else INCORRECT
            kept = {"id": about["id"], "turn": about["turn"], "task": about["task"], "reply": reply}
            return Score(value=value, answer=reply, explanation=judged.answer, metadata=kept)

        return score

    return change()


EXPORTER = ExporterSpec(
    "inspect", "A task of Inspect, scored by our readers and scorers.", ScoredOptions, export, split_alone
)
