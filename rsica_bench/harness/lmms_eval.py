"""Tasks of lmms-eval: ``rsica-data export DATASET --format lmms-eval --to DIR``, then ``--include_path DIR``.

A YAML page a task, a group of them all, the questions as Parquet, and ``utils.py``, whose functions call
:class:`LmmsEvalTasks`. Aggregations get the replies of all documents, so the figures are those of a run, corpus figures
too. Written against lmms-eval 0.7.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from rsica_bench.harness.documents import DOCUMENTS, documents
from rsica_bench.harness.harness_options import ScoredOptions, split_alone
from rsica_bench.harness.scoring import Collected, HarnessScorer
from rsica_bench.models.fitting import fold_history
from rsica_bench.scoring.api import ScorerSpec
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.trl import write_rows
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Turn

_SETTINGS = "rsica.json"
_FUNCTIONS = ("doc_to_visual", "doc_to_text", "doc_to_messages", "doc_to_target", "process_results")
_UTILS = '''"""Functions that the pages of this folder name; written by rsica-data export --format lmms-eval."""

from pathlib import Path

from rsica_bench.harness.lmms_eval import LmmsEvalTasks

TASKS = LmmsEvalTasks(Path(__file__).resolve().parent)
doc_to_visual = TASKS.doc_to_visual
doc_to_text = TASKS.doc_to_text
doc_to_messages = TASKS.doc_to_messages
doc_to_target = TASKS.doc_to_target
process_results = TASKS.process_results
globals().update(TASKS.aggregations())
'''


class _Function(str):
    """The name of a function in ``utils.py``, written as lmms-eval's YAML names it."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", f"utils.{name}"))


def export(dataset: BuiltDataset, out: Path, options: ScoredOptions) -> list[Path]:
    """Write the pages, the questions and ``utils.py``.

    Raises:
        UserError: the dataset has no such split, or no protocol has that name.
    """
    split = options.split_of(dataset)
    scored = HarnessScorer(dataset, split, options.protocol).figures()
    figures = {task: _shown(task, names) for task, names in scored.items()}
    group = f"rsica_{dataset.name}"
    settings = {
        "data": dataset.reference(),
        "sha256": dataset.hash,
        "split": split,
        "protocol": options.protocol,
        "figures": figures,
    }
    written = [Path(_SETTINGS), Path("utils.py"), Path(f"{group}.yaml")]
    write_atomic(out / _SETTINGS, dump_json_pretty(settings))
    write_atomic(out / "utils.py", _UTILS)
    write_atomic(out / f"{group}.yaml", _page({"group": group, "task": [f"{group}_{task}" for task in figures]}))
    for task, names in figures.items():
        path = Path("documents") / f"{task}.parquet"
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        write_rows(out / path, DOCUMENTS, documents(dataset, split, task))
        page = _task_page(f"{group}_{task}", out.resolve() / path, task, names, options)
        write_atomic(out / f"{group}_{task}.yaml", _page(page))
        written += [path, Path(f"{group}_{task}.yaml")]
    return written


def _shown(task: str, figures: Sequence[str]) -> list[str]:
    """The figures that a board shows of a task, by class where they are, and the share of replies without an answer."""
    scorer: ScorerSpec = registry.load(registry.SCORERS, task)
    bases = {column.partition("/")[0] for column in scorer.columns}
    kept = [name for name in figures if name.partition("/")[0] in bases and ":" not in name]
    return list(dict.fromkeys([*kept, "unparsed_share"]))


def _task_page(
    name: str, documents_file: Path, task: str, figures: Sequence[str], options: ScoredOptions
) -> dict[str, Any]:
    scorer: ScorerSpec = registry.load(registry.SCORERS, task)
    metrics = [
        {
            "metric": figure,
            "aggregation": _Function(_aggregation(task, figure)),
            "higher_is_better": not (scorer.is_lower(figure) or figure == "unparsed_share"),
        }
        for figure in figures
    ]
    generation = {"max_new_tokens": options.max_new_tokens, "temperature": 0, "do_sample": False}
    return {
        "task": name,
        "dataset_path": "parquet",
        "dataset_kwargs": {"data_files": {"test": str(documents_file)}},
        "test_split": "test",
        "output_type": "generate_until",
        **{function: _Function(function) for function in _FUNCTIONS},
        "generation_kwargs": generation,
        "metric_list": metrics,
        "metadata": [{"version": 1}],
    }


def _page(values: Mapping[str, Any]) -> str:
    return yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _aggregation(task: str, figure: str) -> str:
    """Name of the function that computes a figure."""
    return re.sub(r"\W", "_", f"{task}__{figure}", flags=re.ASCII)


class LmmsEvalTasks:
    """The functions of an exported folder.

    Args:
        folder: where ``rsica.json`` lies.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _SETTINGS
        self._settings = read_json_object(self._path, "the settings of an export for lmms-eval")

    @cached_property
    def _collected(self) -> Collected:
        from rsica_data.dataset.opening import open_dataset

        dataset = open_dataset(self._settings["data"])
        if dataset.hash != self._settings["sha256"]:
            raise UserError("the dataset was rebuilt since", file=self._path, hint="export it again")
        return Collected(HarnessScorer(dataset, self._settings["split"], self._settings["protocol"]))

    def doc_to_visual(self, doc: Mapping[str, Any]) -> list[Any]:
        """Both images, RGB."""
        return [image.convert("RGB") for image in doc["images"]]

    def doc_to_text(self, doc: Mapping[str, Any], lmms_eval_specific_kwargs: Any = None) -> str:
        """The question, with earlier turns before it."""
        history = [Turn(turn["role"], turn["content"]) for turn in doc["history"]]
        return fold_history(history, doc["question"]) if history else str(doc["question"])

    def doc_to_messages(self, doc: Mapping[str, Any], lmms_eval_specific_kwargs: Any = None) -> list[dict[str, Any]]:
        """The conversation up to the question, with the images before its first turn."""
        turns = [*((turn["role"], turn["content"]) for turn in doc["history"]), ("user", doc["question"])]
        messages: list[dict[str, Any]] = [
            {"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns
        ]
        images = [{"type": "image", "url": image} for image in self.doc_to_visual(doc)]
        messages[0]["content"][:0] = images
        return messages

    def doc_to_target(self, doc: Mapping[str, Any]) -> str:
        """The stored answer."""
        return str(doc["target"])

    def process_results(self, doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Any]:
        """The reply for each figure of the task; aggregations score them together."""
        row = {"id": doc["id"], "turn": doc["turn"], "reply": results[0]}
        return dict.fromkeys(self._settings["figures"][doc["task"]], row)

    def aggregations(self) -> dict[str, Callable[[Sequence[Mapping[str, Any]]], float]]:
        """A function for each figure of each task, by the name that the pages use."""
        return {
            _aggregation(task, figure): self._aggregate(task, figure)
            for task, figures in self._settings["figures"].items()
            for figure in figures
        }

    def _aggregate(self, task: str, figure: str) -> Callable[[Sequence[Mapping[str, Any]]], float]:
        def aggregate(rows: Sequence[Mapping[str, Any]]) -> float:
            return self._collected.figure(task, figure, rows)

        return aggregate


EXPORTER = ExporterSpec(
    "lmms-eval", "Tasks of lmms-eval, scored by our readers and scorers.", ScoredOptions, export, split_alone
)
