"""Scripts that start worker processes without `if __name__ == "__main__":`."""

import os
import subprocess
import sys
import textwrap

import pytest

WORK = {
    "build": """
        from pathlib import Path
        from rsica_data.core.errors import RsicaError
        from rsica_data.builder import BuildOptions, build
        from rsica_data.builder.recipe import load_recipe

        def work():
            build(BuildOptions(load_recipe("r.yaml"), Path("out"), workers=2))
    """,
    "run": """
        from pathlib import Path
        from rsica_bench.run import RunOptions, run
        from rsica_data.core.errors import RsicaError
        from rsica_data.dataset.opening import open_dataset

        def work():
            run(RunOptions(open_dataset(DATA), Path("run"), "oracle", tasks=("counting",), devices=("cpu", "cpu")))
    """,
}
RECIPE = """
name: guarded
source: {name: synthetic, options: {pairs: 40, size: 64, seed: 3}}
splits: [train]
facts: {classes: [road, building]}
tasks: {classification: {}}
build: {shard_pairs: 9}
"""


@pytest.fixture
def script(tmp_path, small_dataset):
    """Run a script that does some work at its end; the finished process."""

    def run(work, end, *, words=("s.py",), inside=None, piped=False):
        (tmp_path / "r.yaml").write_text(RECIPE)
        whole = textwrap.dedent(WORK[work]).replace("DATA", repr(str(small_dataset))) + "\n" + textwrap.dedent(end)
        (tmp_path / "s.py").write_text(whole)
        if inside is not None:
            (tmp_path / "main.py").write_text(inside)
        path = os.pathsep.join(part for part in sys.path if part)
        return subprocess.run(
            [sys.executable, *words],
            input=whole if piped else None,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PYTHONPATH": path},
        )

    return run


def last(done):
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("end", ["work()", "for _ in range(1):\n    work()", "if __name__:\n    pass\nwork()"])
def test_without_the_guard_it_says_so_in_one_line(script, work, end):
    done = script(work, end)
    assert done.returncode == 1
    assert "rsica_data.core.errors.UserError: " in last(done)
    assert "s.py:" in last(done)
    assert 'put this under `if __name__ == "__main__":` (or use one worker)' in last(done)
    assert done.stderr.count("Traceback") == 1  # the script's own, none of a worker


def test_an_error_that_a_script_shows_is_one_line(script):
    end = "try:\n    work()\nexcept RsicaError as error:\n    print(error)\n"
    done = script("build", end)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "__main__" in done.stdout


@pytest.mark.parametrize(
    ("end", "words", "inside"),
    [
        ("if __name__ == '__main__':\n    work()", ("s.py",), None),
        ("def main():\n    work()\n\nif '__main__' == __name__:\n    for _ in 'x':\n        main()", ("s.py",), None),
        ("try:\n    if __name__ == '__main__':\n        work()\nfinally:\n    pass", ("s.py",), None),
        ("if __name__ == '__main__':\n    work()", ("-m", "s"), None),
        ("", ("-c", "import s; s.work()"), None),
        ("", ("main.py",), "import s\nif __name__ == '__main__':\n    s.work()\n"),
    ],
)
def test_with_the_guard_it_works(script, end, words, inside):
    done = script("build", end, words=words, inside=inside)
    assert done.returncode == 0, done.stderr


def test_a_module_that_works_while_it_is_imported(script):
    done = script("build", "work()", words=("main.py",), inside="\nimport s\n")
    assert "main.py:2: worker processes import the script again" in last(done)


@pytest.mark.parametrize("end", ["work()", "if __name__ == '__main__':\n    work()"])
def test_a_script_from_standard_input_says_so_in_one_line(script, end):
    done = script("build", end, words=("-",), piped=True)
    assert "one from standard input has no file (put it in a file, or use one worker)" in last(done)
    assert done.stderr.count("Traceback") == 1


def test_one_worker_needs_no_guard(script):
    done = script("build", "build(BuildOptions(load_recipe('r.yaml'), Path('out'), workers=1))")
    assert done.returncode == 0, done.stderr
