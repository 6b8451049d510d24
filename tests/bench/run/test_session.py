"""Adapters of other packages that raise: one line with the adapter's name, and closed only where loaded."""

import pytest
from pydantic import BaseModel

from rsica_bench.models.api import AdapterSpec, Reply
from rsica_data.core import registry
from rsica_data.core.errors import RunError, UserError


class NoSettings(BaseModel):
    pass


class Plugin:
    def __init__(self, **errors):
        self.errors, self.calls = errors, []

    def _call(self, name):
        self.calls.append(name)
        if name in self.errors:
            raise self.errors[name]

    def load(self, context):
        self._call("load")

    def describe(self):
        self._call("describe")
        return {"revision": "1"}

    def prepare(self, requests):
        self._call("prepare")

    def warm_up(self, requests):
        self._call("warm_up")

    def generate(self, requests):
        return [Reply("No.") for _ in requests]

    def close(self):
        self._call("close")


@pytest.fixture
def plugged(rsica_bench, tiny_data, tmp_path, monkeypatch):
    """Run an adapter of another package that raises where it is told to; the call and the adapter."""

    def run(*words, make=None, **errors):
        adapter = Plugin(**errors)
        spec = AdapterSpec("theirs", "", "text", NoSettings, make or (lambda options, model: adapter))
        load = registry.load
        monkeypatch.setattr(registry, "load", lambda group, name: spec if name == "theirs" else load(group, name))
        call = ("--adapter", "theirs", "--tasks", "classification", "--batch-size", 3, "--out", tmp_path / "run")
        return rsica_bench("run", "--data", tiny_data, *call, *words), adapter

    return run


@pytest.mark.parametrize(
    "error", [RuntimeError("no GPU\nat all"), KeyError("path"), ZeroDivisionError(), SystemExit(3)]
)
def test_a_plug_in_that_cannot_load_is_named_in_one_line_and_not_closed(plugged, error):
    found, adapter = plugged(load=error)
    assert found.status == 1
    assert found.err.count("\n") == 1
    assert f"adapter 'theirs' could not load: {type(error).__name__}" in found.err
    assert adapter.calls == ["load"]


def test_errors_of_the_toolkit_pass_through(plugged):
    found, adapter = plugged(load=UserError("no such model", key="--model"))
    assert (found.status, found.err) == (2, "rsica-bench: error: --model: no such model\n")
    assert adapter.calls == ["load"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("describe", "describe itself"), ("warm_up", "warm up"), ("prepare", "prepare"), ("close", "close")],
)
def test_what_raises_later_is_named_too_and_closed_once(plugged, name, told):
    found, adapter = plugged(**{name: RuntimeError("broken")})
    assert found.status == 1
    assert found.err == f"rsica-bench: error: adapter 'theirs' could not {told}: RuntimeError: broken\n"
    assert adapter.calls.count("close") == 1


def test_closing_hides_no_earlier_error(plugged):
    found, _ = plugged(describe=RuntimeError("first"), close=RuntimeError("second"))
    assert "could not describe itself: RuntimeError: first" in found.err
    assert "second" not in found.err


def test_a_plug_in_that_cannot_be_made(plugged):
    def make(options, model):
        raise TypeError("no model")

    assert "adapter 'theirs' could not be made: TypeError: no model" in plugged(make=make)[0].err


def test_a_plug_in_whose_module_raises(monkeypatch, rsica_bench, tiny_data, tmp_path):
    from importlib.metadata import EntryPoint

    (tmp_path / "their_package.py").write_text("raise ValueError('wrong CPU')")
    monkeypatch.syspath_prepend(tmp_path)
    known = dict(registry._registered(registry.ADAPTERS))
    known["theirs"] = EntryPoint("theirs", "their_package:ADAPTER", registry.ADAPTERS)
    monkeypatch.setattr(registry, "_registered", lambda group: known)
    with pytest.raises(
        UserError, match=r"adapter 'theirs' \(their_package:ADAPTER\) cannot be imported: ValueError: wr"
    ):
        registry.load.__wrapped__(registry.ADAPTERS, "theirs")


def test_a_worker_process_names_the_adapter(tiny_data, tmp_path):
    from rsica_bench.protocols import find_protocol
    from rsica_bench.run import RunOptions, run
    from rsica_data.dataset.opening import open_dataset

    (tmp_path / "theirs.py").write_text("class Model:\n    def __init__(self):\n        raise OSError('no disk')\n")
    settings = {"path": str(tmp_path)}
    options = RunOptions(
        open_dataset(tiny_data), tmp_path / "run", "python", "theirs:Model", settings, ("counting",),
        protocol=find_protocol("default"), devices=("cpu", "cpu"), allow_code=True,
    )  # fmt: skip
    with pytest.raises(RunError, match="adapter 'python' could not load: OSError: no disk"):
        run(options)
