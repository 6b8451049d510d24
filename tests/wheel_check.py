"""Builds the wheel, installs it away from the clone, and builds a dataset from it: what ships must be enough."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
                "-w",
                name,
                str(ROOT),
            ],
            check=True,
        )
        wheel = next(folder.glob("*.whl"))
        site = folder / "site"
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
        subprocess.run([*install, str(wheel)], check=True)
        # The wheel's folder goes before the clone's; working elsewhere keeps the clone itself out of the path.
        environment = {**os.environ, "PYTHONPATH": str(site)}

        def run(module: str, *words: str) -> str:
            code = f"import {module} as m; from {module}.cli import main; assert 'site' in m.__file__; main()"
            command = [sys.executable, "-c", code, *words]
            done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
            return done.stdout

        recipes = run("rsica_data", "recipes")
        for recipe in ("changechat-105k", "demo", "levir-cd", "osm-two-dates", "rsvqa-osm", "skyscript-osm"):
            assert recipe in recipes, recipe
        assert "changechat-open-qa" in run("rsica_data", "assist", "prompts")
        assert "playground" in run("rsica_data", "osm", "classes", "second")
        run("rsica_data", "build", "demo", "--out", "out", "--limit", "2", "--workers", "1")
        run("rsica_data", "validate", "out")
        run("rsica_data", "preview", "out", "--html", "page.html")
        run("rsica_bench", "run", "--data", "out", "--adapter", "pixel-difference", "--out", "run")
        run("rsica_bench", "leaderboard", "build", "run", "--html", "board.html", "--markdown", "board.md")
        assert "levir-cc" in run("rsica_bench", "benchmarks")
        run("rsica_data", "synth", "--layout", "clcd", "--out", "clcd")
        named = ("--benchmark", "clcd", "--input", "clcd", "--dataset", "clcd-dataset")
        assert "2 of 120" in run("rsica_bench", "run", *named, "--adapter", "oracle", "--out", "clcd-run")
        print(f"{wheel.name}: installed away from the clone, dataset built, validated, shown and benchmarked")


if __name__ == "__main__":
    main()
