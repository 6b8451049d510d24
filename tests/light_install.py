"""Installs the package without extras into an environment of its own and scores captions there: `make light-install`.

    python tests/light_install.py [FIXTURES]    FIXTURES: the folder levir_cc, or $RSICA_SHARED/fixtures/levir_cc

Without fixtures two lines are scored. Fails where the installed packages take more than 400 MB, installing and scoring
more than 60 s, or torch is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_MB, MOST_SECONDS = 400, 60
UNWANTED = ("torch", "scipy", "pandas", "cv2", "rasterio", "datasets", "openai")


def fixtures() -> Path | None:
    shared = os.environ.get("RSICA_SHARED")
    named = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(shared) / "fixtures/levir_cc" if shared else None
    return named if named and named.is_dir() else None


def captions(folder: Path) -> list[str]:
    """Arguments of `score-captions`."""
    real = fixtures()
    if real:
        words = ["--hypotheses", str(real / "promptcc_test_hypotheses.txt"), "--split", "test"]
        return [*words, "--references", str(real / "LevirCCcaptions.json.gz")]
    (folder / "said.txt").write_text("a road is built\nnothing has changed\n", encoding="utf-8")
    rows = [{"id": 0, "captions": ["a road is built"]}, {"id": 1, "captions": ["the scene is the same"]}]
    (folder / "true.json").write_text(json.dumps(rows), encoding="utf-8")
    return ["--hypotheses", str(folder / "said.txt"), "--references", str(folder / "true.json")]


def size_mb(folder: Path) -> float:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The wheel is made by the environment at hand: building it is no part of what a user waits for.
        make = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", name]
        subprocess.run([*make, str(ROOT)], check=True)
        venv.create(folder / "env", with_pip=True)
        programs = folder / "env/bin"
        began = time.monotonic()
        install = [programs / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt"]
        subprocess.run([*install, next(folder.glob("*.whl"))], check=True)
        installed = time.monotonic()
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        score = [programs / "rsica-bench", "score-captions", *captions(folder)]
        done = subprocess.run(score, cwd=folder, env=clean, check=True, capture_output=True, text=True)
        scored = time.monotonic()
        for words in (["rsica-data", "--help"], ["rsica-data", "sources"], ["rsica-bench", "adapters"]):
            subprocess.run([programs / words[0], *words[1:]], env=clean, check=True, capture_output=True)
        site = next((folder / "env/lib").glob("python3.*/site-packages"))
        seconds = installed - began, scored - installed
        there, size = [name for name in UNWANTED if (site / name).exists()], size_mb(site)
        print(done.stdout, end="")
        print(f"{size:.0f} MB in site-packages; {seconds[0]:.0f} s to install, {seconds[1]:.1f} s to score")
        assert not there, f"the plain installation has {there}"
        assert "BLEU-4" in done.stdout
        assert size < MOST_MB and sum(seconds) < MOST_SECONDS


if __name__ == "__main__":
    main()
