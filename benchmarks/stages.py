"""The stages that `check.py` measures, each beside a bare loop that does the same with nothing around it.

What each of them compares is in benchmarks/README.md; those of the bench are in `bench_stages.py`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import build_peer
import cv2
import llm
import numpy as np
import pyarrow.parquet as pq
from build import linked_tree

from rsica_data.builder import BuildOptions, build
from rsica_data.builder.recipe import load_recipe
from rsica_data.change_facts import compute_facts
from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.images import decode_mask
from rsica_data.schema import Mask
from rsica_data.schema.records import ClassDef

CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"))
BARE = "bare"
"""The way that the others are compared with."""


@dataclass(frozen=True)
class Material:
    """A tree of simulated pairs, and the dataset of it.

    Attributes:
        folder: where both are, and what the stages write.
        pairs: number of pairs, of 256 x 256 pixels.
        stack: closes what a stage has started.
    """

    folder: Path
    pairs: int
    stack: ExitStack

    def make(self) -> Material:
        """Write the tree and build the dataset."""
        self.folder.mkdir(parents=True, exist_ok=True)
        linked_tree(self.tree, self.pairs, 256)
        self.build(self.folder / "dataset")
        return self

    @property
    def tree(self) -> Path:
        """The tree, in LEVIR-MCI's layout."""
        return self.folder / "tree"

    @cached_property
    def dataset(self) -> BuiltDataset:
        """The built dataset."""
        return open_dataset(self.folder / "dataset")

    @cached_property
    def files(self) -> list[Path]:
        """Its parquet files."""
        return sorted((self.folder / "dataset").rglob("*.parquet"))

    @cached_property
    def masks(self) -> list[Mask]:
        """The change masks of all pairs."""
        return [decode_mask(pair.change_mask.data) for pair in self.dataset.pairs() if pair.change_mask is not None]

    def fresh(self, name: str) -> Path:
        """An empty folder of that name."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / name).mkdir()
        return self.folder / name

    def build(self, out: Path, *, check_images: bool = True) -> None:
        """Build the recipe changechat-105k from the tree."""
        shutil.rmtree(out, ignore_errors=True)
        build(BuildOptions(load_recipe("changechat-105k"), out, self.tree, check_images=check_images))


Ways = dict[str, Callable[[], object]]
"""What a stage measures, by name: :data:`BARE` and ours. Each can be called again and again."""


@dataclass(frozen=True)
class Stage:
    """A benchmark.

    Attributes:
        ways: makes the ways; imports and what both sides need ready-made belong here. What they do grows with the
            pairs of the material.
        third: name of the way besides :data:`BARE` and ``ours``, where there is one.
        package: left out where it is not installed.
        file: left out where it is not there.
    """

    ways: Callable[[Material], Ways]
    third: str | None = None
    package: str | None = None
    file: Path | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the ways."""
        return (BARE, "ours") if self.third is None else (BARE, "ours", self.third)

    def absent(self) -> str | None:
        """Why it cannot be measured here; None where it can."""
        if self.package is not None and find_spec(self.package) is None:
            return f"{self.package} is not installed"
        if self.file is not None and not self.file.is_file():
            return f"{self.file.name} is not there: RSICA_SHARED names the folder of the fixtures"
        return None


def build_ways(have: Material) -> Ways:
    """bare: the script of build_peer.py."""
    return {
        BARE: lambda: build_peer.peer(have.tree, have.fresh("peer")),
        "ours": lambda: have.build(have.folder / "built"),
        "unchecked": lambda: have.build(have.folder / "built", check_images=False),
    }


def facts_ways(have: Material) -> Ways:
    """bare: contours and their moments by OpenCV, class by class."""
    masks = have.masks

    def bare() -> None:
        for mask in masks:
            for item in CLASSES:
                contours, _ = cv2.findContours(
                    np.equal(mask, item.id).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
                )
                [cv2.moments(contour) for contour in contours]

    return {
        BARE: bare,
        "ours": lambda: [compute_facts(change_mask=mask, classes=CLASSES, gsd_m=0.5) for mask in masks],
    }


def _read_all(have: Material) -> object:
    return list(have.dataset.pairs()), list(have.dataset.instructions())


def load_ways(have: Material) -> Ways:
    """bare: the parquet files as Python rows, by pyarrow."""
    return {
        BARE: lambda: [pq.ParquetFile(path).read().to_pylist() for path in have.files],
        "ours": lambda: _read_all(have),
    }


def load_datasets_ways(have: Material) -> Ways:
    """bare: the same files by Hugging Face datasets, as a stream of rows, images as they are encoded."""
    import datasets

    folders = [[str(path) for path in have.files if path.parent.name == name] for name in ("pairs", "instructions")]

    def stream(files: list[str]) -> Iterator[Any]:
        rows = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
        return iter(rows.decode(False) if hasattr(rows, "decode") else rows)

    return {BARE: lambda: [list(stream(files)) for files in folders], "ours": lambda: _read_all(have)}


def load_webdataset_ways(have: Material) -> Ways:
    """bare: the tar files of our export, by webdataset, nothing decoded."""
    import webdataset

    out = have.fresh("tars")
    _export(have, "webdataset", out)
    tars = sorted(str(path) for path in out.rglob("*.tar"))
    return {
        BARE: lambda: list(webdataset.WebDataset(tars, shardshuffle=False)),
        "ours": lambda: _read_all(have),
    }


def llm_ways(have: Material) -> Ways:
    """bare: the same requests, as many as pairs, by the package openai; the server is another process."""
    server = have.stack.enter_context(subprocess.Popen(llm.COMMAND, stdout=subprocess.PIPE, text=True))
    have.stack.callback(server.terminate)
    assert server.stdout is not None
    url, numbers = json.loads(server.stdout.readline())["base_url"], count()
    return {
        BARE: lambda: llm.bare(url, llm.make_requests(have.pairs, next(numbers)), 32),
        "ours": lambda: llm.ours(url, llm.make_requests(have.pairs, next(numbers)), 32),
    }


def export_ways(have: Material) -> Ways:
    """bare: rows by pyarrow, LLaVA's records, one json.dump; images written out."""

    def bare() -> None:
        out, records = have.fresh("bare"), []
        for path in have.files:
            for row in pq.ParquetFile(path).read().to_pylist():
                if "turns" in row:
                    turns = [{"from": turn["role"], "value": turn["content"]} for turn in row["turns"]]
                    records.append({"id": row["instruction_id"], "image": row["pair_id"], "conversations": turns})
                else:
                    for side in ("before", "after"):
                        (out / f"{row['pair_id'].replace('/', '_')}_{side}.png").write_bytes(row[side]["bytes"])
        (out / "llava.json").write_text(json.dumps(records))

    return {BARE: bare, "ours": lambda: _export(have, "llava", have.fresh("ours"))}


def _export(have: Material, name: str, out: Path) -> None:
    spec: Any = registry.load(registry.EXPORTERS, name)
    spec.export(have.dataset, out, spec.options())


DATA_STAGES = {
    "build": Stage(build_ways, third="unchecked"),
    "facts": Stage(facts_ways),
    "load": Stage(load_ways),
    "export": Stage(export_ways),
    "llm": Stage(llm_ways, package="openai"),
    "load_datasets": Stage(load_datasets_ways, package="datasets"),
    "load_webdataset": Stage(load_webdataset_ways, package="webdataset"),
}
