"""The static site: one page, a script of data a board, files to download. It works from disk and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_bench.leaderboard.boards import Board
from rsica_bench.leaderboard.site.board_summary import describe, summary_of
from rsica_bench.leaderboard.site.collect import board_data
from rsica_bench.leaderboard.site.downloads import as_bibtex, as_csv, as_json, as_latex, as_model_index
from rsica_bench.leaderboard.site.long_tables import split_long
from rsica_bench.leaderboard.site.pictures import pictures_of
from rsica_bench.metrics.bootstrap import Resampling
from rsica_data.core.files import write_atomic
from rsica_data.core.web_pages import content_policy, data_script
from rsica_data.dataset.reader import BuiltDataset

Json = dict[str, Any]
_MAKERS = {"csv": as_csv, "json": as_json, "tex": as_latex}


def write_site(
    boards: Sequence[Board],
    out: Path,
    datasets: Mapping[str, BuiltDataset] | None = None,
    word_map: Mapping[str, int] | None = None,
    how: Resampling | None = None,
    reports: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Write the site of some boards.

    Args:
        boards: what to show.
        out: folder to write; files of an earlier site are replaced.
        datasets: datasets at hand, by hash: their rows get strata, comparisons and examples.
        word_map: word map of protocols that have one.
        how: draws of the comparisons.
        reports: address of the report page of a dataset, by its hash; items link to their pair there.

    Returns:
        Number of boards, tables and rows.
    """
    index, tables, rows = [], 0, 0
    for board in boards:
        record, examples = board_data(board, datasets or {}, word_map, how or Resampling())
        _write_downloads(record, out / "downloads" / board.name)
        _write_pictures(board, record, examples, datasets or {}, out / "data" / f"{board.name}.pairs")
        describe(record)
        record["reports"] = dict(reports or {})
        index.append(summary_of(record))
        tables += len(record["tables"])
        rows += sum(len(table["rows"]) for table in record["tables"])
        for key, part in split_long(record):
            _write(out / "data" / f"{board.name}.rows" / f"{key}.js", data_script(f"rows:{board.name}:{key}", part))
        _write(out / "data" / f"{board.name}.js", data_script(f"board:{board.name}", record))
        _write(out / "data" / f"{board.name}.examples.js", data_script(f"examples:{board.name}", examples))
    _write(out / "data" / "index.js", data_script("index", {"version": version("rsica"), "boards": index}))
    assets = files("rsica_bench.leaderboard.site") / "assets"
    page = (assets / "index.html").read_text(encoding="utf-8")
    _write(out / "index.html", page.replace("/*POLICY*/", content_policy(files=True)))
    for name in ("site.css", "site.js", "views.js", "items.js", "charts.js"):
        _write(out / name, (assets / name).read_text(encoding="utf-8"))
    return {"boards": len(index), "tables": tables, "rows": rows}


def _write(path: Path, text: str) -> None:
    # A site may lie in a folder with other things, which is not ours to lock and clear.
    write_atomic(path, text, lone=True)


def _write_pictures(
    board: Board, record: Json, examples: Json, datasets: Mapping[str, BuiltDataset], folder: Path
) -> None:
    """A script a pair of the examples; each item gets the number of its pair's script as ``picture``."""
    wanted: dict[tuple[str, str], dict[str, list[Json]]] = {}
    for table in record["tables"]:
        for item in examples.get(table["id"], {}).get("items", ()):
            of_split = wanted.setdefault((table["dataset_sha256"], table["split"]), {})
            of_split.setdefault(item["pair"], []).append(item)
    rows, number = list(board.rows()), 0
    for (sha256, split), items in sorted(wanted.items()):
        own = [row for row in rows if row.result["dataset"]["sha256"] == sha256]
        for pair, picture in pictures_of(datasets[sha256], split, items, own):
            _write(folder / f"{number}.js", data_script(f"pair:{board.name}:{number}", picture))
            for item in items[pair]:
                item["picture"] = number
            number += 1


def _write_downloads(record: Json, folder: Path) -> None:
    for table in record["tables"]:
        table["files"] = {}
        for suffix, make in _MAKERS.items():
            _write(folder / f"{table['id']}.{suffix}", make(table))
            table["files"][suffix] = f"downloads/{record['name']}/{table['id']}.{suffix}"
    bibtex = as_bibtex(record)
    if bibtex:
        _write(folder / "sources.bib", bibtex)
        record["bibtex"] = f"downloads/{record['name']}/sources.bib"
    columns = {table["task"]: table["columns"] for table in record["tables"] if "dataset" in table}
    for run in record["runs"]:
        _write(folder / f"{run['name']}.model-index.yaml", as_model_index(run, columns))
        run["model_index"] = f"downloads/{record['name']}/{run['name']}.model-index.yaml"
