"""The public face: every exported name is there, documented, with examples that run; imports stay light."""

import doctest
import importlib
import inspect
import subprocess
import sys

import pytest

import rsica_bench
import rsica_data

FACES = (rsica_data, rsica_bench)
EXPORTED = [(face, name) for face in FACES for name in face.__all__]


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_all_lists_what_is_loaded_lazily(face):
    assert face.__all__ == sorted(face.__all__)
    assert set(face.__all__) == set(face._HOME)
    assert set(face.__all__) <= set(dir(face))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        face.nothing  # noqa: B018
    assert face.__version__.count(".") == 2


@pytest.mark.parametrize(("face", "name"), EXPORTED, ids=lambda value: getattr(value, "__name__", value))
def test_exported_names_are_documented(face, name):
    value = getattr(face, name)
    assert value is getattr(importlib.import_module(f"{face.__name__}.{face._HOME[name]}"), name)
    text = inspect.getdoc(value)
    assert text and text.splitlines()[0].endswith(".")
    if inspect.isfunction(value):
        taken = [key for key in inspect.signature(value).parameters if key not in ("self",)]
        assert not taken or "Args:" in text
        assert all(f"{key}:" in text or f"{key}," in text or f", {key}" in text for key in taken), name
        assert "Returns:" in text and "Raises:" in text


METHODS = [
    (value, name)
    for face, exported in EXPORTED
    if inspect.isclass(value := getattr(face, exported))
    for name, method in vars(value).items()
    if not name.startswith("_") and inspect.isfunction(method) and method.__name__ != "<lambda>"
]


@pytest.mark.parametrize(("owner", "name"), METHODS, ids=lambda value: getattr(value, "__name__", value))
def test_methods_of_exported_classes_are_documented(owner, name):
    text = inspect.getdoc(getattr(owner, name)) or ""
    taken = [key for key in inspect.signature(getattr(owner, name)).parameters if key != "self"]
    assert "Returns:" in text
    assert not taken or ("Args:" in text and all(f"{key}:" in text for key in taken))


DOCUMENTED = sorted(
    {f"{face.__name__}.{home}" for face in FACES for home in face._HOME.values()} | {"rsica_bench.models.function"}
)


@pytest.mark.parametrize("module", ["rsica_data", "rsica_bench", *DOCUMENTED])
def test_examples_run(module):
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    result = doctest.testmod(importlib.import_module(module), optionflags=flags, verbose=False)
    assert result.failed == 0


def test_every_exported_name_has_an_example():
    without = [name for face, name in EXPORTED if ">>>" not in (inspect.getdoc(getattr(face, name)) or "")]
    assert without == []


@pytest.mark.parametrize("package", ["rsica_data", "rsica_bench"])
def test_importing_a_package_loads_nothing_heavy(package):
    heavy = ("numpy", "pyarrow", "torch", "pydantic", "click")
    code = f"import {package}, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_training_is_there_and_loads_nothing_before_it_is_used():
    code = "import rsica_data, sys; rsica_data.training.__all__; print({'numpy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert "training" in dir(rsica_data) and not isinstance(rsica_data.quality, type(rsica_data))


def test_importing_takes_less_than_a_tenth_of_a_second():
    code = "import time; start = time.process_time(); import rsica_data; print(time.process_time() - start)"
    took = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout) for _ in range(3)
    ]
    assert min(took) < 0.1
