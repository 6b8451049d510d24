"""Runs quick tests with other versions of the dependencies: `make lowest`, `make latest`.

    python tools/try_versions.py UV lowest-direct|highest PYTHON TESTS ...

The oldest releases that the lower bounds of pyproject.toml allow, or the newest that there are, are resolved by uv and
installed into an environment of their own. torch is left out, as its default build fetches gigabytes: tests that need
it are not among those given. Plug-ins are those of a metadata folder, so that nothing is built here.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("bpe", "build", "geo", "hub", "llm", "pandas", "plot", "reference", "score", "serve")
TOOLS = ("hypothesis", "pytest")


def main(uv, resolution, python, *tests):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = folder / "env/bin/python"
        run = lambda *words: subprocess.run([*map(str, words)], cwd=ROOT, check=True)  # noqa: E731
        extras = [word for extra in EXTRAS for word in ("--extra", extra)]
        run(uv, "venv", "--quiet", "--python", python, folder / "env")
        wanted = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python", own]
        run(uv, *wanted, "--resolution", resolution, *extras, "pyproject.toml", "--output-file", folder / "wanted.txt")
        print((folder / "wanted.txt").read_text(encoding="utf-8"))
        run(uv, "pip", "install", "--quiet", "--python", own, "--requirement", folder / "wanted.txt", *TOOLS)
        run(own, "tests/support/package_metadata.py", folder / "metadata")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder / "metadata")])}
        # That a warning is an error holds for the locked versions: others warn of what came before or after them.
        words = [own, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", f"--basetemp={folder / 'tests'}"]
        return subprocess.run([*words, *tests], cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
