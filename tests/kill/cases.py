"""The commands that are killed: their words, what lies there before, and what must be there at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from killed import run
from places import Servers, content, environment, recipe

TASKS = ("captioning", "classification", "counting", "localization", "open_qa", "dialogue")
_QUICK = "classification,counting,localization"
"""Tasks whose scores need no table of words, which takes a second to read."""
_TRAINING_FORMATS = ("changechat", "llava", "sharegpt", "openai", "trl", "ms-swift", "qwen-vl", "webdataset")
_HARNESSES = ("lmms-eval", "vlmeval", "inspect")
"""Export formats whose files call our scorers."""
FORMATS = dict.fromkeys(_TRAINING_FORMATS, "tiny") | {"geojson": "placed"}


@dataclass(frozen=True)
class Shared:
    """What every round reads: made once."""

    folder: Path
    places: Servers


@dataclass(frozen=True)
class Case:
    """A command. ``words`` from a round's folder; its files are below ``out`` there.

    ``before`` lays out what is there before; ``share`` is how often the case is drawn beside the others. ``done`` are
    the exit statuses of a second start, also where the work was done already.
    """

    name: str
    words: Callable[[Shared, Path], list[str]]
    before: Callable[[Shared, Path], None] = lambda shared, folder: None
    share: int = 10
    done: tuple[int, ...] = (0,)
    repository: bool = False
    paid: bool = False
    own_cache: bool = False
    slow: bool = False


def make_shared(folder: Path, places: Servers) -> Shared:
    """Datasets, runs and repositories that the cases start from."""
    shared = Shared(folder, places)
    (folder / "tmp").mkdir()
    facts = {"classes": ["road", "building"]}
    build = {"shard_pairs": 2}
    recipe(folder, "tiny", {"name": "synthetic", "options": {"pairs": 12, "size": 64, "seed": 3}}, TASKS,
           facts=facts, build=build)  # fmt: skip
    recipe(folder, "levir", {"name": "levir-mci"}, ("captioning", "counting"), facts=facts, build=build)
    asked = {"changechat-open-qa": {"totals": {"train": {"rows": 6, "pairs": 3}}}, "caption-rewrite": {"per_pair": 1}}
    recipe(folder, "assisted", {"name": "levir-mci"}, ("counting", "open_qa"), build=build,
           facts={"count": "contours", "cells": "centroid"}, assist={"model": "rules", "prompts": asked})  # fmt: skip
    options = {"classes": {"road": 1, "building": 2}, "split": "test"}
    files = {"before": "A/{name}.tif", "after": "B/{name}.tif", "change_mask": "label/{name}.png"}
    _write_tiffs(folder / "tiffs")
    checks = {"leaks": {"image": "flag"}, "masks": {"action": "flag", "off_edges": 3.0}, "balance": {"counting": 0.4}}
    recipe(folder, "checked", {"name": "synthetic", "options": {"pairs": 12, "size": 64, "seed": 3}},
           ("classification", "counting"), facts=facts, build=build, checks=checks)  # fmt: skip
    recipe(folder, "placed", {"name": "folder", "options": options | files}, ("counting",), build=build)
    data = str(folder / "tiny")
    started = [
        ["rsica-data", "synth", "--pairs", "6", "--seed", "5", "--out", str(folder / "images"), "--workers", "1"],
        ["rsica-data", "build", str(folder / "tiny.yaml"), "--out", data, "--workers", "1"],
        ["rsica-data", "build", str(folder / "levir.yaml"), "--input", str(folder / "images"),
         "--out", str(folder / "levir"), "--workers", "1"],
        ["rsica-data", "build", str(folder / "placed.yaml"), "--input", str(folder / "tiffs"),
         "--out", str(folder / "placed"), "--workers", "1"],
        ["rsica-data", "publish", data, "--repo", "ann/tiny"],
        ["rsica-data", "publish", str(folder / "levir"), "--repo", "ann/levir"],
        ["rsica-bench", "run", "--data", data, "--adapter", "pixel-difference", "--split", "train",
         "--tasks", _QUICK, "--out", str(folder / "runs" / "pixel-difference")],
        *(["rsica-data", "build", str(folder / "tiny.yaml"), "--out", str(folder / "cut"), "--workers", "1",
           "--part", part] for part in ("1/2", "2/2")),
        *(["rsica-bench", "run", "--data", data, "--adapter", "pixel-difference", "--split", "train", "--tasks", _QUICK,
           "--out", str(folder / "asked"), "--batch-size", "4", "--part", part] for part in ("1/2", "2/2")),
    ]  # fmt: skip
    for words in started:
        said = folder / "said"
        ended = run(words, environment(folder), said)
        if ended.status != 0:
            raise RuntimeError(f"{' '.join(words)}: {said.read_text()}")
    digest = _dataset_hash(folder / "tiny")
    asked = {"summary": "s", "input": "i", "page": "levir-cc", "tasks": {"captioning": {}}}
    board = {"title": "Tiny", "datasets": [{"name": "tiny", "sha256": digest}], "benchmarks": {"levir-cc": asked}}
    (folder / "said.json").write_text(json.dumps({name: f"a road near house {name}" for name in "abcd"}))
    (folder / "true.json").write_text(json.dumps({name: ["a road is built ."] for name in "abcd"}))
    (folder / "boards" / "tiny").mkdir(parents=True)
    (folder / "boards" / "tiny" / "benchmark.yaml").write_text(json.dumps(board))
    return shared


def _write_tiffs(folder: Path) -> None:
    """Three pairs with a georeference: GeoJSON is of no use without one."""
    import cv2
    import numpy as np
    import rasterio

    for part in ("A", "B", "label"):
        (folder / part).mkdir(parents=True)
    for number in range(3):
        pixels = np.random.default_rng(number)
        for part in ("A", "B"):
            place = {"crs": "EPSG:32633", "transform": rasterio.Affine(0.5, 0, 400_000, 0, -0.5, 5_000_000)}
            shape = {"count": 3, "height": 32, "width": 32, "dtype": "uint8"}
            with rasterio.open(folder / part / f"p{number}.tif", "w", driver="GTiff", **shape, **place) as file:
                file.write(pixels.integers(0, 256, (3, 32, 32), np.uint8))
        mask = np.zeros((32, 32), np.uint8)
        mask[4:12, 4:20], mask[20:28, 8:16] = 1, 2
        cv2.imwrite(str(folder / "label" / f"p{number}.png"), mask)


def _dataset_hash(folder: Path) -> str:
    from rsica_data.dataset.opening import open_dataset

    return open_dataset(folder).hash


def _copied(name: str) -> Callable[[Shared, Path], None]:
    return lambda shared, folder: shutil.copytree(shared.folder / name, folder / "out" / name) and None


def _build(name: str, workers: int, *words: str) -> Callable[[Shared, Path], list[str]]:
    def made(shared: Shared, folder: Path) -> list[str]:
        source = [] if name in ("tiny", "checked") else ["--input", str(shared.folder / "images")]
        words_ = [word.replace("MODEL", shared.places.model) for word in words]
        out = ["--out", str(folder / "out" / "data"), "--workers", str(workers)]
        return ["rsica-data", "build", str(shared.folder / f"{name}.yaml"), *source, *out, *words_]

    return made


def _words(program: str, *words: str) -> Callable[[Shared, Path], list[str]]:
    """``IN/`` stands for what is shared, ``OUT/`` for the round's own folder, ``REPO`` for its repository."""

    def made(shared: Shared, folder: Path) -> list[str]:
        places = {"IN/": f"{shared.folder}/", "OUT/": f"{folder}/out/", "REPO": f"ann/{folder.name}"}
        found = list(words)
        for mark, place in places.items():
            found = [word.replace(mark, place) for word in found]
        return [program, *found]

    return made


_IMPORT = (
    *("--benchmark", "levir-cc", "--system", "S", "--source", "https://example.org/s", "--protocol", "words"),
    *("--references", "IN/true.json", "--draws", "10", "--date", "2026-01-02", "--to", "OUT/boards/tiny"),
)
_SUBMIT = ("--to", "OUT/boards/tiny", "--name", "Mine", "--date", "2026-01-02")
CASES = (
    Case("build", _build("tiny", 1)),
    Case("build, 2 workers", _build("tiny", 2), share=1, slow=True),
    Case("assisted build", _build("assisted", 1, "--assist", "--llm-url", "MODEL"), share=6, paid=True,
         slow=True),
    Case("build with checks", _build("checked", 1), share=6),
    Case("build, a part", _build("tiny", 1, "--part", "2/2"), share=4),
    Case("merge of a build", _words("rsica-data", "merge", "IN/tiny.yaml", "--out", "OUT/cut", "--workers", "1"),
         _copied("cut.parts"), share=6),
    Case("merge of a run", _words("rsica-bench", "merge", "OUT/asked"), _copied("asked.parts"), share=6),
    Case("synth", _words("rsica-data", "synth", "--pairs", "4", "--out", "OUT/images", "--workers", "1"), share=6),
    Case("publish", _words("rsica-data", "publish", "OUT/tiny", "--repo", "REPO"), _copied("tiny"), repository=True),
    Case("pull", _words("rsica-data", "pull", "ann/tiny", "OUT/data"), share=8),
    Case(
        "pull and join",
        _words("rsica-data", "pull", "ann/levir", "OUT/data", "--join", "IN/images", "--workers", "1"),
        share=6,
    ),
    Case("open by name", _words("rsica-data", "stats", "ann/tiny"), share=8, own_cache=True),
    *(Case(f"export {name}", _words("rsica-data", "export", f"IN/{data}", "--format", name, "--to", "OUT/to"), share=5)
      for name, data in FORMATS.items()),
    Case("mix", _words("rsica-data", "mix", "one=IN/tiny", "two=IN/tiny", "--prefix-ids", "--weight", "two=0.5",
                       "--out", "OUT/mix"), share=5),
    *(Case(f"export {name}", _words("rsica-data", "export", "IN/tiny", "--format", name, "--to", "OUT/to",
                                    "--split", "train"), share=3) for name in _HARNESSES),
    Case("label", _words("rsica-bench", "label", "--input", "IN/tiffs", "--adapter", "pixel-difference",
                         "--classes", "road,building", "--out", "OUT/labels", "--batch-size", "1"), share=5),
    Case("preview, a file", _words("rsica-data", "preview", "IN/tiny", "--html", "OUT/page.html"), share=5),
    Case("preview, a folder", _words("rsica-data", "preview", "IN/tiny", "--html", "OUT/pages/"), share=5),
    Case("card", _words("rsica-data", "card", "OUT/tiny"), _copied("tiny"), share=5),
    Case("run", _words("rsica-bench", "run", "--data", "IN/tiny", "--adapter", "pixel-difference", "--split", "train",
                       "--tasks", _QUICK, "--batch-size", "4", "--out", "OUT/run"), share=12),
    Case("score", _words("rsica-bench", "score", "OUT/runs/pixel-difference"), _copied("runs"), share=3),
    Case("leaderboard build, pages", _words("rsica-bench", "leaderboard", "build", "IN/runs", "--html", "OUT/p.html",
                                            "--markdown", "OUT/p.md"), share=4),
    Case("leaderboard build, site", _words("rsica-bench", "leaderboard", "build", "OUT/boards", "--site", "OUT/site",
                                           "--data", "IN/tiny"), _copied("boards"), share=5),
    Case("leaderboard submit", _words("rsica-bench", "leaderboard", "submit", "IN/runs/pixel-difference", *_SUBMIT),
         _copied("boards"), share=6, done=(0, 2)),
    Case("leaderboard import", _words("rsica-bench", "leaderboard", "import", "IN/said.json", *_IMPORT),
         _copied("boards"), share=6, done=(0, 2)),
)  # fmt: skip


def outcome(case: Case, shared: Shared, folder: Path) -> dict[str, str]:
    """What is there after a round, by name."""
    found = {f"out/{name}": digest for name, digest in content(folder / "out").items() if not _varies(case, name)}
    left = {f"tmp/{name}": digest for name, digest in content(folder / "tmp").items()}
    kept = shared.places.repository(f"ann/{folder.name}") if case.repository else {}
    return {**found, **left, **{f"repository/{name}": digest for name, digest in kept.items()}}


def _varies(case: Case, name: str) -> bool:
    # The cache of answers holds them in the order in which they came.
    return case.paid and name.startswith("data.llm-cache/")
