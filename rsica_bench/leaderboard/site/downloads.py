"""Tables as CSV, JSON and LaTeX; sources as BibTeX; results as the Hub's `model-index`."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from rsica_bench.leaderboard.ranking import UNKNOWN
from rsica_data.core.escaping import bibtex_text, csv_cell, latex_text, one_line_text
from rsica_data.core.files import dump_json_pretty

Json = Mapping[str, Any]


def as_csv(table: Json) -> str:
    """A row a model; intervals in columns of their own."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = list(table["columns"])
    with_intervals = any(row.get("intervals") for row in table["rows"])
    limits = [f"{name} {end}" for name in names for end in ("low", "high")] if with_intervals else []
    writer.writerow(map(_csv_value, ["model", "status", "trust", "source", "items", *names, *limits]))
    for row in table["rows"]:
        ends = [value for name in names for value in row.get("intervals", {}).get(name, ("", ""))] if limits else []
        head = [row["model"], row["status"], row.get("trust", ""), row.get("source", ""), row.get("items", "")]
        writer.writerow(map(_csv_value, [*head, *(row["values"].get(name, "") for name in names), *ends]))
    return stream.getvalue()


def _csv_value(value: object) -> object:
    # A lone carriage return is not quoted where rows end with a newline, and begins a row for spreadsheets.
    return csv_cell(one_line_text(value) if isinstance(value, str) else value)


def as_json(table: Json) -> str:
    """The table without what only the page needs."""
    hidden = {"pairs", "printed", "protocol_ids"}
    return dump_json_pretty({key: value for key, value in table.items() if key not in hidden})


def as_latex(table: Json) -> str:
    """A tabular in the manner of booktabs: percent with two places, best figures of unprivileged rows bold."""
    names = list(table["columns"])
    arrows = [rf"$\{'downarrow' if name in table['lower'] else 'uparrow'}$" for name in names]
    heads = [f"{latex_text(name)} {arrow}" for name, arrow in zip(names, arrows, strict=True)]
    best = {name: _best(table, name) for name in names}
    about = one_line_text(f"{table['task']}, split {table['split']}, protocol {table['protocol']}")
    lines = [
        f"% {about}; percent where no error of counts",
        rf"\begin{{tabular}}{{ll{'r' * len(names)}}}",
        r"\toprule",
        " & ".join(["Model", "Status", *heads]) + r" \\",
        r"\midrule",
    ]
    for row in table["rows"]:
        cells = [_cell(row, name, best[name]) for name in names]
        lines.append(" & ".join([latex_text(row["model"]), latex_text(row["status"]), *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _cell(row: Json, name: str, best: float | None) -> str:
    value = row["values"].get(name)
    if value is None:
        return "--"
    text = f"{value:.3f}" if is_absolute(name) else f"{100 * value:.2f}"
    shown = value == best and not row["privileged"] and not row.get("unranked")
    return rf"\textbf{{{text}}}" if shown else text


def _best(table: Json, name: str) -> float | None:
    rows = [row for row in table["rows"] if not row["privileged"] and not row.get("unranked")]
    figures = [row["values"][name] for row in rows if name in row["values"]]
    if len(figures) < 2 or table["protocol"] == UNKNOWN:
        return None
    return float(min(figures) if name in table["lower"] else max(figures))


def is_absolute(name: str) -> bool:
    """Whether a figure is an error of counts rather than a share."""
    return not {"mae", "rmse", "bias"}.isdisjoint(name.split("/"))


def as_bibtex(board: Json) -> str:
    """Entries that submitters gave, and a @misc entry a source of published rows."""
    entries = list(dict.fromkeys(run["bibtex"].strip() for run in board["runs"] if run.get("bibtex")))
    sources = dict.fromkeys(row["source"] for table in board["tables"] for row in table["rows"] if row.get("source"))
    keys: Counter[str] = Counter()
    for source in sources:
        key = re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")[:48] or "source"
        keys[key] += 1
        key += f"-{keys[key]}" if keys[key] > 1 else ""
        arxiv = re.search(r"arXiv (\d{4}\.\d{4,5})", source)
        where = f",\n  eprint = {{{arxiv[1]}}},\n  archiveprefix = {{arXiv}}" if arxiv else ""
        entries.append(f"@misc{{{key},\n  title = {{{bibtex_text(source)}}}{where}\n}}")
    return "\n\n".join(entries) + "\n" if entries else ""


def as_model_index(run: Json, columns: Mapping[str, Sequence[str]]) -> str:
    """YAML for the front matter of a model card, as the Hub reads it (`model-index`).

    Args:
        run: a run's record.
        columns: the leading figures by task.
    """
    results = []
    for task, entry in run["tasks"].items():
        shown = [name for name in columns.get(task, ()) if name in entry["metrics"]]
        metrics = [{"type": name, "value": round(entry["metrics"][name], 6), "name": name} for name in shown]
        if metrics:
            results.append(
                {
                    "task": {"type": "image-text-to-text", "name": task},
                    "dataset": {
                        "type": run["dataset"]["name"],
                        "name": run["dataset"]["name"],
                        "config": f"protocol {run['protocol']['name']} v{run['protocol']['version']}",
                        "split": run["split"],
                        "revision": run["dataset"]["sha256"],
                    },
                    "metrics": metrics,
                }
            )
    index = {"model-index": [{"name": run["model"], "results": results}]}
    return yaml.safe_dump(index, sort_keys=False, allow_unicode=True)
