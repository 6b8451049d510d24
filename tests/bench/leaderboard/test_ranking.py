"""One lead figure a task, given by its scorer: the page of tables, the site, Markdown and `compare` rank alike."""

import json
import re

import pytest
from page_data import read_data_script

from rsica_bench.leaderboard.board_tables import collect_tables
from rsica_bench.leaderboard.ranking import ranked, scorer_of
from rsica_bench.run.result import RESULT
from rsica_bench.scoring.api import Measured, ScorerSpec
from rsica_data.core import registry


def spec(columns, **values):
    return ScorerSpec("t", lambda items, protocol: Measured(()), columns, **values)


def test_lead_of_a_scorer():
    assert spec(("a", "b")).lead_of(["b", "a"]) == "a"
    assert spec(("a", "b"), lead="b").lead_of({"a", "b"}) == "b"
    assert spec(("a", "b"), lead="b").lead_of(["a", "c"]) == "a"
    assert spec(("a",)).lead_of(["z"]) == "z"
    assert spec(()).lead_of([]) == ""


def test_less_is_better_for_every_figure_of_the_name():
    scorer = spec(("mae",), lower=("mae", "counting/rmse"))
    wanted = {"mae": True, "mae/road": True, "mae/bin:2-3": True, "x/mae": True, "maed": False, "f1": False}
    wanted |= {"counting/rmse": True, "counting/rmse/road": True, "rmse": False}
    assert {name: scorer.is_lower(name) for name in wanted} == wanted


@pytest.mark.parametrize("lower", [False, True])
def test_rows_without_the_figure_come_last_and_equals_by_name(lower):
    rows = [("d", {}), ("c", {"m": 2.0}), ("b", {"m": 1.0}), ("a", {"m": 1.0})]
    found = [name for name, _ in ranked(rows, "m", lower, lambda row: row[1], lambda row: row[0])]
    assert found == (["a", "b", "c", "d"] if lower else ["c", "a", "b", "d"])


def test_every_scorer_leads_with_one_of_its_columns():
    for task in registry.names(registry.SCORERS):
        scorer = scorer_of(task)
        assert scorer.lead_of(scorer.columns) in scorer.columns
    assert {task: scorer_of(task).lead_of(scorer_of(task).columns) for task in ("captioning", "tag_caption")} == {
        "captioning": "CIDEr",
        "tag_caption": "CIDEr",
    }
    assert scorer_of("semantic_change").lead_of(["f1", "sek"]) == "sek"


def test_deltavlm_leads_with_its_own_jaccard_everywhere(rsica_bench, finished, tmp_path):
    """No cell against no cell is 1 in our Jaccard and 0 in DeltaVLM's."""
    words = ("--protocol", "deltavlm", "--word-map", word_map(tmp_path))
    shown = rsica_bench("score", finished / "no-change", *words).out.splitlines()
    start = next(number for number, line in enumerate(shown) if line.startswith("localization:"))
    assert shown[start + 1].split()[0] == "jaccard_deltavlm"
    found = rsica_bench("compare", finished / "no-change", finished / "oracle", *words, "--draws", "20", "--json").json
    entry = found["tasks"]["localization"]
    assert entry["lead"] == "jaccard_deltavlm" == entry["columns"][0]
    assert entry["metrics"]["jaccard"]["first"] > entry["metrics"]["jaccard_deltavlm"]["first"] == 0
    result = json.loads((finished / "no-change" / RESULT).read_text())
    result["protocol"] |= {"name": "deltavlm", "localization": "deltavlm"}
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / RESULT).write_text(json.dumps(result))
    table = next(one for one in collect_tables(tmp_path / "one") if one.task == "localization")
    assert (table.lead, table.columns[0]) == ("jaccard_deltavlm", "jaccard_deltavlm")
    assert scorer_of("localization", "deltavlm").lead_of(["f1/road", "jaccard_deltavlm/road"]) == (
        "jaccard_deltavlm/road"
    )
    assert scorer_of("localization", "default v1").lead_of(["f1", "jaccard_deltavlm"]) == "f1"


def word_map(folder):
    (folder / "map.json").write_text(json.dumps({"<unk>": 1, "there": 2}))
    return folder / "map.json"


@pytest.fixture
def rivals(finished, tmp_path):
    """Two runs of which one is better by BLEU-1 and the other by CIDEr."""
    for name, bleu, cider in (("first", 0.9, 0.5), ("second", 0.4, 1.5)):
        result = json.loads((finished / "no-change" / RESULT).read_text())
        result["adapter"] |= {"model": name}
        result["tasks"]["captioning"]["metrics"] |= {"BLEU-1": bleu, "CIDEr": cider}
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / RESULT).write_text(json.dumps(result))
    return tmp_path / "runs"


def test_tables_page_and_markdown_rank_captions_by_cider(rsica_bench, rivals, tmp_path):
    table = next(one for one in collect_tables(rivals) if one.task == "captioning")
    assert (table.lead, [row.model for row in table.rows]) == ("CIDEr", ["no-change (second)", "no-change (first)"])
    words = ("--html", tmp_path / "all.html", "--markdown", tmp_path / "all.md")
    assert rsica_bench("leaderboard", "build", rivals, *words).status == 0
    lines = (tmp_path / "all.md").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if ": captioning (" in line)
    assert "**CIDEr ↑**" in lines[start + 2] and "| BLEU-1 ↑ |" in lines[start + 2]
    assert "(second)" in lines[start + 4] and "(first)" in lines[start + 5]
    data = re.search(r'id="data"[^>]*>(.*?)</script>', (tmp_path / "all.html").read_text(), re.S)
    shown = {one["task"]: one["lead"] for one in json.loads(data[1])}
    assert shown["captioning"] == "CIDEr" and shown["counting"] == "mae"


def test_tables_and_site_name_the_same_lead_for_every_task(rsica_bench, finished, make_board, tmp_path):
    board = make_board(tmp_path / "boards" / "simulated")
    for name in ("no-change", "oracle"):
        assert rsica_bench("leaderboard", "submit", finished / name, "--to", board, "--name", name).status == 0
    assert rsica_bench("leaderboard", "build", board, "--site", tmp_path / "site").status == 0
    site = read_data_script(tmp_path / "site" / "data" / "simulated.js")["tables"]
    ours = {table.task: table for table in collect_tables(finished)}
    assert {one["task"] for one in site} == set(ours)
    for one in site:
        table = ours[one["task"]]
        assert (one["lead"], one["columns"], one["lower"]) == (table.lead, list(table.columns), list(table.lower))
        names = [row.model for row in table.rows if row.model in ("no-change", "oracle")]
        assert [row["model"] for row in one["rows"]] == names, one["task"]


def test_compare_begins_with_the_lead(rsica_bench, finished):
    words = ("compare", finished / "no-change", finished / "oracle", "--draws", "50")
    entry = rsica_bench(*words, "--json").json["tasks"]["captioning"]
    assert entry["lead"] == "CIDEr" and entry["columns"][0] == "BLEU-1"
    lines = rsica_bench(*words).out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("captioning:"))
    assert lines[start + 1].split()[0] == "CIDEr"
