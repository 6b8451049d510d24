"""Evaluates a function, or a registered adapter, on a dataset."""

from __future__ import annotations

import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_bench.api.runs import Run
from rsica_bench.models.function import function_adapter
from rsica_bench.protocols import find_protocol
from rsica_bench.run import RunOptions
from rsica_bench.run import run as run_adapter
from rsica_bench.run.run_options import Chosen, choose_adapter
from rsica_data.core.arguments import need_least, need_list
from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset

if TYPE_CHECKING:
    from rsica_data.api.datasets import Dataset


def evaluate(
    dataset: Dataset | str | Path,
    model: Callable[..., Any] | str,
    *,
    name: str | None = None,
    weights: str | None = None,
    options: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    split: str = "test",
    tasks: Sequence[str] | None = None,
    limit: int | None = None,
    protocol: str = "default",
    batch_size: int = 32,
    device: str | None = None,
    seed: int = 0,
    allow_code: bool = False,
) -> Run:
    """Ask a model every question of a split, read its replies and score them.

    Args:
        dataset: what ``rsica_data.build`` or ``open_dataset`` gave, or a folder, or ``USER/NAME`` on the Hub.
        model: a function that returns a text. It takes whichever it names of ``images`` (PIL images in RGB, before and
            after), ``before``, ``after`` (the same one by one), ``prompt`` and ``history`` (earlier turns, as
            ``[{"role": .., "content": ..}]``). Or the name of an adapter (``rsica-bench adapters`` lists them).
        name: what the result calls the function; its own name by default.
        weights: the model that an adapter loads (``--model`` of the command line).
        options: the adapter's options (``--set`` of the command line).
        out: folder to keep the run in, resumable; None for a temporary one that lasts as long as the ``Run``.
        split: split to ask.
        tasks: tasks to ask; None for all.
        limit: maximum of instructions of each task.
        protocol: named protocol (``default``, ``changechat``, ``deltavlm``).
        batch_size: instructions asked together.
        device: where an adapter computes (``cpu``, ``cuda:0``).
        seed: of whatever is random.
        allow_code: an adapter may run code that its options name.

    Returns:
        The finished run: scores, intervals, and every reply beside its gold.

    Raises:
        UserError: unknown adapter, option, task, split or protocol; ``out`` holds another run.
        RunError: the model could not be loaded, or the disk is full.

    Warns:
        UserWarning: the function raised or returned no text: those requests failed, and count as unparsed.

    Example:
        >>> import tempfile
        >>> import rsica_bench as rb
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=2)
        >>> run = rb.evaluate(ds, lambda prompt: "Yes", name="always yes", tasks=["classification"])
        >>> len(run.items(unparsed=True))
        0
        >>> 0 <= run.scores("classification")["accuracy"] <= 1
        True
    """
    need_least(1, limit=limit, batch_size=batch_size)
    built = dataset.built if hasattr(dataset, "built") else open_dataset(dataset)
    named = None if tasks is None else tuple(need_list(tasks, "tasks", "names"))
    known_protocol = find_protocol(protocol)
    run_options = RunOptions(
        dataset=built,
        out=Path(tempfile.mkdtemp(prefix="rsica-run-")) if out is None else Path(out),
        adapter="python" if callable(model) else str(model),
        model=_name_of(model, name) if callable(model) else weights,
        settings=dict(options or {}),
        tasks=named,
        split=split,
        protocol=known_protocol,
        batch_size=batch_size,
        limit=limit,
        devices=() if device is None else (device,),
        seed=seed,
        allow_code=allow_code,
    )
    run = _run(model, run_options, temporary=out is None)
    if run.result["failed"]:
        first = next(item for item in run.items(unparsed=True))
        message = f"{run.result['failed']} requests failed and count as unparsed, the first: {first.reason}"
        warnings.warn(message, stacklevel=2)
    return run


def _run(model: Callable[..., Any] | str, options: RunOptions, temporary: bool) -> Run:
    """The finished run; a temporary folder goes with it, or at once where it fails."""
    folder = options.out
    try:
        result = run_adapter(options, chosen=_chosen(model, options))
    except BaseException:
        if temporary:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    run = Run(folder, options.dataset, result)
    if temporary:
        weakref.finalize(run, shutil.rmtree, folder, ignore_errors=True)
    return run


def _name_of(model: Callable[..., Any], name: str | None) -> str:
    return name or str(getattr(model, "__qualname__", type(model).__qualname__))


def _chosen(model: Callable[..., Any] | str, options: RunOptions) -> Chosen:
    if not callable(model):
        return choose_adapter(options)
    if options.devices:
        raise UserError("a function computes where it likes", key="device", hint="leave it out, or name an adapter")
    spec = function_adapter(model)
    return Chosen(spec, spec.options(**options.settings))
