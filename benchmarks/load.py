"""Samples a second of a training epoch, in one run: rsica_data.training beside plain `datasets` and WebDataset.

    python benchmarks/load.py DATASET [--split train] [--workers 0] [--json FILE]

A sample is the texts of a row and both images, decoded to RGB, in shuffled order. Each way reads the split once to warm
up, then once for the clock; without worker processes the ratios are those of processor time. `datasets` joins the two
tables by hand, or reads the export `trl`; WebDataset, where it is installed, reads the export `webdataset`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from measured import add_json_option, dated, write_json
from torch.utils.data import DataLoader, IterableDataset

from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.selection import Selection, select
from rsica_data.training import MapDataset, StreamDataset, streamed
from rsica_data.training.samples import DecodedImages


def unchanged(samples: list[Any]) -> list[Any]:
    """A batch as the list of its samples."""
    return samples


class Joined:
    """The tables of a built dataset by `datasets`, joined by the id of the pair."""

    def __init__(self, root: str, split: str, work: Path) -> None:
        import datasets

        def table(name: str) -> Any:
            files = sorted(str(path) for path in Path(root, name).glob(f"{split}-*.parquet"))
            return datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(work))

        self.rows = table("instructions").select_columns(["instruction_id", "pair_id", "turns"])
        self.pairs = table("pairs").select_columns(["pair_id", "before", "after"])
        self.places = {name: place for place, name in enumerate(self.pairs["pair_id"])}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> dict[str, Any]:
        row: dict[str, Any] = self.rows[number]
        pair = self.pairs[self.places[row["pair_id"]]]
        return row | {"images": [pair[side].convert("RGB") for side in ("before", "after")]}


def exported(dataset: BuiltDataset, name: str, work: Path) -> Path:
    """The folder of an export."""
    spec: Any = registry.load(registry.EXPORTERS, name)
    spec.export(dataset, work / name, spec.options())
    return work / name


def streamed_trl(folder: Path, work: Path) -> Any:
    """The export `trl` as a shuffled stream of `datasets`."""
    import datasets

    files = sorted(str(path) for path in folder.glob("*.parquet"))
    rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(work), streaming=True)

    def decoded(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"images": [image.convert("RGB") for image in row["images"]]}

    return rows.shuffle(seed=0, buffer_size=1000).map(decoded)


def web_samples(folder: Path) -> Any:
    """The export `webdataset` as a shuffled stream of WebDataset."""
    import webdataset

    def read(sample: dict[str, Any]) -> dict[str, Any]:
        texts: dict[str, Any] = sample["json"]
        images = [sample["before.png"], sample["after.png"]]
        assert all(image.mode == "RGB" for image in images), "not decoded"
        return texts | {"images": images}

    tars = sorted(str(path) for path in folder.glob("*.tar"))
    return webdataset.WebDataset(tars, shardshuffle=len(tars)).shuffle(1000).decode("pilrgb").map(read)


def decoding_all(data: StreamDataset) -> StreamDataset:
    """The same without the memory of decoded images: as with pairs too many for it."""
    streamed.DecodedImages = partial(DecodedImages, 0)  # type: ignore[attr-defined, assignment]
    return data


def rate(data: Any, workers: int) -> tuple[float, float, int]:
    """Samples a second of the second reading, the same by processor time, and how many there were.

    What a busy machine gives to others does not count as processor time; that of worker processes is not known here.
    """
    by_number = hasattr(data, "__len__") and not isinstance(data, IterableDataset)
    shuffle: dict[str, Any] = {"shuffle": True} if by_number else {}
    for _ in range(2):
        start, used, number = time.perf_counter(), time.process_time(), 0
        for batch in DataLoader(data, batch_size=16, num_workers=workers, collate_fn=unchanged, **shuffle):
            number += len(batch)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    return number / seconds, number / (seconds if workers else used), number


def ways_of(given: argparse.Namespace, dataset: BuiltDataset, work: Path) -> dict[str, Callable[[], Any]]:
    """What is measured, by name; ours begin with ``rsica``."""
    return {
        "datasets, tables joined by hand": lambda: Joined(given.dataset, given.split, work / "joined"),
        "datasets, export trl streamed": lambda: streamed_trl(exported(dataset, "trl", work), work / "trl_cache"),
        "WebDataset, export webdataset": lambda: web_samples(exported(dataset, "webdataset", work)),
        "rsica StreamDataset": lambda: StreamDataset(given.dataset, given.split),
        "rsica StreamDataset, decoding all": lambda: decoding_all(StreamDataset(given.dataset, given.split)),
        "rsica MapDataset": lambda: MapDataset(given.dataset, given.split, cache=work / "map"),
    }


def rows_of(ways: dict[str, Callable[[], Any]], workers: int) -> Iterator[dict[str, Any]]:
    """Measure and print each way for which the packages are there."""
    for name, make in ways.items():
        try:
            by_clock, by_processor, number = rate(make(), workers)
        except ModuleNotFoundError as error:
            print(f"{name:34} {error.name} is not installed")
            continue
        print(
            f"{name:34} {by_clock:8.0f} samples/s, {by_processor:8.0f} a processor second ({number} rows)",
            flush=True,
        )
        yield {"way": name, "per_second": by_clock, "per_processor_second": by_processor, "rows": number}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--split", default="train")
    parser.add_argument("--workers", type=int, default=0)
    add_json_option(parser)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    dataset = select(open_dataset(given.dataset), Selection((given.split,)))
    with tempfile.TemporaryDirectory() as folder:
        rows = list(rows_of(ways_of(given, dataset, Path(folder)), given.workers))
    best = max(row["per_processor_second"] for row in rows if not row["way"].startswith("rsica"))
    for row in rows:
        row["ratio"] = row["per_processor_second"] / best
        if row["way"].startswith("rsica"):
            print(f"{row['way']}: {row['ratio']:.2f} x the best of the others")
    settings = {"split": given.split, "workers": given.workers, "load": load}
    write_json(given.json, dated("load", settings, rows=rows))


if __name__ == "__main__":
    main()
