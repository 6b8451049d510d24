"""A package that is not installed: one line with the command, from both command lines and both packages."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rsica_data.core.errors import UserError
from rsica_data.core.extras import EXTRA_OF, install_command, missing_extra, need_extra

ROOT = Path(__file__).resolve().parents[3]
METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSTALLED_AS = {"cv2": "opencv-python-headless", "pynvml": "nvidia-ml-py", "vlmeval": "ms-vlmeval"}
COME_WITH_OTHERS = {"affine", "geopandas", "requests"}  # with rasterio and osmnx

# Runs a command line or a line of Python where no package of an extra can be imported.
BARE = """
import importlib.util, sys
real = importlib.util.find_spec
def absent(name):
    return name.partition(".")[0] in {names!r}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if absent(name):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
importlib.util.find_spec = lambda name, package=None: None if absent(name) else real(name, package)
{code}
"""
BENCH = "from rsica_bench.cli import main; sys.argv[0] = 'rsica-bench'; main()"
DATA = "from rsica_data.cli import main; sys.argv[0] = 'rsica-data'; main()"


def run_bare(code, *words, cwd=None):
    script = BARE.format(names=sorted(EXTRA_OF), code=code)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def package_names(requirements):
    return {re.match(r"[\w.-]+", text)[0].replace("-", "_").lower() for text in requirements}


def test_the_table_is_that_of_pyproject():
    extras = METADATA["optional-dependencies"]
    for package, extra in EXTRA_OF.items():
        name = INSTALLED_AS.get(package, package).replace("-", "_")
        assert package in COME_WITH_OTHERS or name in package_names(extras[extra]), package
    assert not package_names(METADATA["dependencies"]) & set(EXTRA_OF)


def test_what_the_project_is_about_is_in_all():
    extras = METADATA["optional-dependencies"]
    (everything,) = extras["all"]
    named = re.fullmatch(r"rsica\[(.+)\]", everything)[1].split(",")
    there = package_names(METADATA["dependencies"]).union(*(package_names(extras[name]) for name in named))
    asked = {"datasets", "openai", "osmnx", "rasterio", "pandas", "pyarrow", "torch", "torchmetrics", "click"}
    assert asked <= there


def test_one_line_with_the_command():
    with pytest.raises(UserError) as caught, need_extra():
        raise ModuleNotFoundError("No module named 'rasterio.warp'", name="rasterio.warp")
    hint = "pip install 'rsica[geo]', in a checkout: pip install -e '.[geo]'"
    assert install_command("geo") == hint
    assert str(caught.value) == f"this needs rasterio, which is not installed ({hint})"
    assert missing_extra(ModuleNotFoundError("No module named 'mine'", name="mine")) is None
    assert missing_extra(ImportError("cannot import name 'x'", name="torch")) is None


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        (DATA, ["--help"], "Usage: rsica-data"),
        (DATA, ["sources"], "levir-mci"),
        (DATA, ["tasks"], "counting"),
        (BENCH, ["--help"], "Usage: rsica-bench"),
        (BENCH, ["score-captions", "--help"], "--hypotheses"),
        (BENCH, ["adapters"], "oracle"),
        (BENCH, ["doctor"], "torch missing"),
        ("import rsica_bench; print(rsica_bench.evaluate.__name__)", [], "evaluate"),
        ("import rsica_data; print(rsica_data.open_dataset.__name__)", [], "open_dataset"),
    ],
)
def test_what_works_without_extras(code, words, expected):
    done = run_bare(code, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout


def test_captions_are_scored_without_extras(tmp_path):
    (tmp_path / "said.txt").write_text("a road is built\nnothing has changed\n", encoding="utf-8")
    rows = '[{"id": 0, "captions": ["a road is built"]}, {"id": 1, "captions": ["the scene is the same"]}]'
    (tmp_path / "true.json").write_text(rows, encoding="utf-8")
    words = ["score-captions", "--hypotheses", "said.txt", "--references", "true.json"]
    done = run_bare(BENCH, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "BLEU-4" in done.stdout


@pytest.mark.parametrize(
    ("words", "extra"),
    [(["build", "demo", "--out", "built"], "build"), (["pull", "me/mine", "pulled"], "hub")],
)
def test_a_command_that_needs_more(tmp_path, words, extra):
    done = run_bare(DATA, *words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    (told,) = done.stderr.splitlines()
    assert told.startswith("rsica-data: error: ") and install_command(extra) in told


@pytest.mark.parametrize("use", ["rd.build", "rd.facts([[0, 1]], ['road'])"])
def test_a_name_of_the_package_that_needs_more(use):
    done = run_bare(f"import rsica_data as rd\ntry: {use}\nexcept rd.UserError as error: print(error)")
    assert install_command("build") in done.stdout, done.stderr
