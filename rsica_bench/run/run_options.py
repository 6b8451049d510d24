"""What to run, and what makes two runs the same run."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from rsica_bench.files.benchmark_items import BenchmarkItems
from rsica_bench.models.api import AdapterSpec
from rsica_bench.models.large_images import LargeOptions
from rsica_bench.protocols import BenchProtocol
from rsica_bench.run.predictions import JOURNAL, PREDICTIONS
from rsica_bench.run.result import SETTINGS
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.files import holds_files
from rsica_data.core.json_text import read_json_object
from rsica_data.core.parts import Part
from rsica_data.core.validation import validate_model
from rsica_data.dataset.reader import BuiltDataset


@dataclass(frozen=True)
class RunOptions:
    """What to run. Travels to worker processes.

    Attributes:
        dataset: the built dataset.
        out: run folder.
        adapter: registered name.
        model: given to the adapter.
        settings: the adapter's options.
        tasks: tasks to run; None for all.
        split: split to run.
        protocol: prompts, history and scoring.
        batch_size: instructions asked together; does not change the predictions of a deterministic model whose
            replies do not depend on the batch.
        limit: maximum number of instructions of each task.
        devices: one worker process each (``cuda:0``, ``cpu``); empty to run in this process, where the adapter chooses.
        engine: ``local`` processes, or ``ray`` actors, one for each of ``devices``.
        unit_timeout: seconds after which a worker of ``devices`` that answers nothing is killed; None for never.
        seed, deterministic: handed to the adapter.
        allow_code: code of the user's may run (``module:callable``, TorchScript, builders).
        large: how images that are too large for the model are handled; None to pass them as they are.
        part: ``(I, N)`` to ask every N-th unit alone, into ``OUT.parts/I-of-N``; None for all.
        max_failures: stop asking after this many failed turns in a row; the rest is listed as failed too.
        benchmark: the benchmark that is run, where it is one, with the number of its items.
    """

    dataset: BuiltDataset
    out: Path
    adapter: str
    model: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    tasks: tuple[str, ...] | None = None
    split: str = "test"
    protocol: BenchProtocol = field(default_factory=lambda: BenchProtocol("default"))
    batch_size: int = 32
    limit: int | None = None
    devices: tuple[str, ...] = ()
    engine: Literal["local", "ray"] = "local"
    unit_timeout: float | None = None
    seed: int = 0
    deterministic: bool = False
    allow_code: bool = False
    large: LargeOptions | None = None
    max_failures: int = 100
    benchmark: BenchmarkItems | None = None
    part: Part | None = None


@dataclass(frozen=True)
class Chosen:
    """The adapter of a run with its validated options."""

    spec: AdapterSpec
    options: BaseModel


def choose_adapter(options: RunOptions) -> Chosen:
    """The adapter that is asked for.

    Raises:
        UserError: unknown adapter or option; an embedding adapter; code without ``allow_code``.
    """
    spec: AdapterSpec = registry.load(registry.ADAPTERS, options.adapter)
    chosen = validate_model(spec.options, options.settings, prefix=["--set"])
    if spec.kind == "embedding":
        raise UserError(f"adapter '{spec.name}' only produces embeddings", key="--adapter")
    if options.large is not None and (spec.kind == "mask") != (options.large.mode == "tiles"):
        what = "gives masks" if spec.kind == "mask" else "gives none"
        raise UserError(f"tiles are for adapters that give masks; '{spec.name}' {what}", key="--large")
    benchmark = options.benchmark
    if benchmark is not None and benchmark.masks is not None and spec.kind == "text":
        problem = f"benchmark '{benchmark.name}' is scored by change masks; adapter '{spec.name}' answers in words"
        raise UserError(problem, key="--adapter", hint="adapters with masks: mask, command-mask, pixel-difference")
    return allowed(options, Chosen(spec, chosen))


def allowed(options: RunOptions, chosen: Chosen) -> Chosen:
    """An adapter that may run.

    Raises:
        UserError: it would run code of the user's, and ``allow_code`` is not set.
    """
    code = chosen.spec.runs_code(chosen.options, options.model)
    if code is not None and not options.allow_code:
        problem = f"adapter '{chosen.spec.name}' would run code of yours: {code}"
        raise UserError(problem, hint="add --allow-code if you trust it")
    return chosen


def settings_of_run(options: RunOptions, chosen: Chosen) -> dict[str, Any]:
    """What makes it this run: the content of run.json.

    Raises:
        UserError: unknown task or split.
    """
    known = registry.names(registry.TASKS)
    for task in options.tasks or ():
        if task not in known:
            registry.load(registry.TASKS, task)
    options.dataset.shards(options.split)
    spec = chosen.spec
    settings: dict[str, Any] = {
        "dataset": {"name": options.dataset.name, "sha256": options.dataset.hash},
        "split": options.split,
        "tasks": None if options.tasks is None else sorted(options.tasks),
        "limit": options.limit,
        "adapter": {
            "name": spec.name,
            "kind": spec.kind,
            "model": options.model,
            "options": chosen.options.model_dump(mode="json"),
        },
        "protocol": options.protocol.as_json(),
        "versions": {"rsica": version("rsica")},
    }
    if options.benchmark is not None:
        settings["benchmark"] = options.benchmark.as_json()
    if options.large is not None:
        settings["large"] = options.large.as_json()
    if not spec.capabilities.independent:
        # These decide about the replies too where a batch is computed together.
        settings["computing"] = {
            "batch_size": options.batch_size,
            "seed": options.seed,
            "deterministic": options.deterministic,
        }
    return settings


def check_folder(out: Path, settings: dict[str, Any]) -> None:
    """Refuse a folder that holds another run, or anything else. A run that has no answer yet is no run.

    Raises:
        UserError: it does.
    """
    path = out / SETTINGS
    if path.is_file():
        stored_settings = read_json_object(path, "the settings of a run")
        differing = [key for key in (settings | stored_settings) if stored_settings.get(key) != settings.get(key)]
        if differing and has_answers(out):
            what = ", ".join(differing)
            raise UserError(
                f"holds a run with other settings ({what})", file=out, key="--out", hint="give a new folder"
            )
    elif holds_files(out):
        raise UserError("folder is not empty and holds no run", file=out, key="--out", hint="give a new folder")


def has_answers(out: Path) -> bool:
    """Whether a run folder holds any answer yet."""
    return any(path.is_file() and path.stat().st_size for path in (out / JOURNAL, out / PREDICTIONS))
