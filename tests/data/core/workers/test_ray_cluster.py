"""Work on Ray, with a stand-in of the calls that are used: units and results are pickled, as they are on their way.

Ray itself is tested where it is installed (tests/bench/run/test_workers.py).
"""

import os
import pickle
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import sha256_file
from rsica_data.core.workers import run_units


class RayError(Exception):
    pass


class WorkerCrashedError(RayError):
    pass


class RayTaskError(RayError):
    def __init__(self, cause):
        super().__init__(str(cause))
        self.cause = cause


class Task:
    def __init__(self, ray, function, retries=0):
        self.ray, self.function, self.retries = ray, function, retries

    def options(self, *, num_cpus, max_retries):
        assert num_cpus == 1
        return Task(self.ray, self.function, max_retries)

    def remote(self, *given):
        reference = object()
        self.ray.tasks[reference] = (pickle.dumps((self.function, given)), self.retries)
        return reference


class Ray(ModuleType):
    """The calls of Ray that are used. Tasks run when they are waited for, the last one first."""

    def __init__(self, crashes=()):
        super().__init__("ray")
        self.tasks: dict[object, tuple[bytes, int]] = {}
        self.results: dict[object, Callable[[], object]] = {}
        self.crashes, self.started, self.most = list(crashes), False, 0
        self.exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def is_initialized(self):
        return self.started

    def init(self, *, address, log_to_driver, logging_level, **local):
        self.started, self.address, self.local = True, address, local

    def shutdown(self):
        self.started = False
        print("what Ray has held back of messages that repeat themselves")

    def cluster_resources(self):
        return {"CPU": 2.0, "memory": 1e9}

    def remote(self, function):
        return Task(self, function)

    def cancel(self, reference):
        del self.tasks[reference]

    def wait(self, references, num_returns):
        assert num_returns == 1
        self.most = max(self.most, len(references))
        chosen = references[-1]
        data, retries = self.tasks.pop(chosen)
        while self.crashes and retries >= 0:
            self.crashes.pop()
            retries -= 1
        function, given = pickle.loads(data)
        print("remarks of Ray")
        try:
            value = pickle.dumps(function(*given)) if retries >= 0 else WorkerCrashedError("died")
        except Exception as error:
            value = RayTaskError(error)
        self.results[chosen] = value
        return [chosen], [one for one in references if one is not chosen]

    def get(self, reference):
        value = self.results.pop(reference)
        if isinstance(value, Exception):
            raise value
        return pickle.loads(value)


@pytest.fixture
def ray(monkeypatch):
    def install(**options):
        module = Ray(**options)
        monkeypatch.setitem(sys.modules, "ray", module)
        monkeypatch.delenv("RAY_ADDRESS", raising=False)
        return module

    return install


def squared(number):
    if number == 13:
        raise UserError("unlucky", key="number")
    if number == 14:
        raise ValueError("no number")
    return number * number


def test_every_unit_comes_back_with_its_result(ray, capsys):
    module = ray()
    assert dict(run_units(squared, range(9), 3, "ray")) == {n: n * n for n in range(9)}
    assert module.local == {"num_cpus": 3, "include_dashboard": False}
    assert module.most == 4
    assert not module.started
    assert capsys.readouterr().out == ""
    assert list(run_units(squared, [], 3, "ray")) == []


def test_a_named_cluster_is_used(ray, monkeypatch):
    module = ray()
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    assert dict(run_units(squared, [4], 3, "ray")) == {4: 16}
    assert (module.address, module.local) == ("head:6379", {})


def test_errors_of_the_work(ray):
    module = ray()
    with pytest.raises(UserError, match="unlucky"):
        list(run_units(squared, [1, 13, 2], 1, "ray"))
    assert not module.tasks
    with pytest.raises(RunError, match="a worker failed: .*no number"):
        list(run_units(squared, [14], 1, "ray"))


def test_the_first_failing_unit_tells_whichever_fails_first(ray):
    module = ray()  # it runs the last one first
    with pytest.raises(UserError, match="unlucky"):
        list(run_units(squared, [1, 13, 14, 2], 2, "ray"))
    assert not module.tasks


def test_dead_workers(ray):
    ray(crashes=range(3))
    assert dict(run_units(squared, [5, 6], 1, "ray")) == {5: 25, 6: 36}
    ray(crashes=range(9))
    with pytest.raises(RunError, match="were killed over the same shard"):
        list(run_units(squared, [5], 1, "ray"))


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match="Ray is not installed"):
        list(run_units(squared, [5], 1, "ray"))


def test_without_ray_nothing_is_begun(monkeypatch, rsica_data, rsica_bench, write_recipe, small_dataset, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    recipe = write_recipe(options={"pairs": 8, "size": 64}, facts={"classes": ["road"]})
    built = rsica_data("build", recipe, "--out", tmp_path / "out", "--engine", "ray")
    words = ("--data", small_dataset, "--adapter", "no-change", "--engine", "ray")
    for done in (built, rsica_bench("run", *words, "--out", tmp_path / "out")):
        assert done.status == 2 and "Ray is not installed" in done.err
        assert not (tmp_path / "out").exists()


def test_a_build_has_the_same_bytes(ray, rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(options={"pairs": 8, "size": 64}, facts={"classes": ["road"]}, build={"shard_pairs": 2})
    ray(crashes=[1])
    assert rsica_data("build", recipe, "--out", tmp_path / "ray", "--engine", "ray").status == 0
    assert rsica_data("build", recipe, "--out", tmp_path / "local", "--workers", 1).status == 0
    for path in (tmp_path / "local").rglob("*"):
        if path.is_file() and path.name != "build_info.json":
            assert sha256_file(tmp_path / "ray" / os.path.relpath(path, tmp_path / "local")) == sha256_file(path)
