"""The front page and the tables of boards: best scores, trends, names of figures, long tables."""

import json
import shutil

import pytest
from page_data import read_data_script

from rsica_bench.leaderboard.site.board_summary import best_of, describe, year_of
from rsica_bench.leaderboard.site.long_tables import FIRST, split_long


def row(model, value, source="Paper arXiv 2301.00001", **more):
    return {"model": model, "status": "reported", "privileged": False, "unranked": "", "values": {"f1": value}} | {
        "source": source,
        **more,
    }


def record(*rows, lead="f1", lower=()):
    table = {"id": "t", "task": "change_detection", "lead": lead, "lower": list(lower), "columns": ["f1"]}
    return {"tables": [table | {"rows": list(rows)}], "runs": [{"name": "mine", "date": "2025-04-01"}]}


def test_best_and_trend_by_hand():
    best = best_of(
        record(
            row("old", 0.6, "TGRS 2020"),
            row("bad", 0.5),
            row("good", 0.8),
            row("seer", 1.0, privileged=True),
            row("copy", 0.9, unranked="repeats another"),
            row("mine", 0.7, None, run="mine", status="reproduced"),
        )
    )
    assert (best["model"], best["value"], best["year"]) == ("good", 0.8, 2023)
    assert best["trend"] == [[2020, 0.6], [2023, 0.8], [2025, 0.8]]


def test_less_is_better_where_the_figure_says_so():
    best = best_of(record(row("a", 0.6, "x 2020"), row("b", 0.2, "x 2021"), row("c", 0.4, "x 2022"), lower=["f1"]))
    assert best["model"] == "b" and best["trend"] == [[2020, 0.6], [2021, 0.2], [2022, 0.2]]


def test_what_is_not_ranked_has_no_best():
    assert best_of(record(row("a", 0.6), lead="")) is None
    assert best_of(record()) is None
    assert year_of(row("a", 1, "a paper"), {}) is None


def test_names_and_definitions_come_from_the_docstrings():
    found = record(row("a", 0.6))
    describe(found)
    table = found["tables"][0]
    assert table["labels"] == {"f1": "F1"}
    assert "2" in table["about"]["f1"]["formula"] and table["about"]["f1"]["source"]


def test_a_long_table_is_cut_and_nothing_is_lost():
    rows = [row(f"m{n}", 1 - n / 20000) for n in range(12_000)] + [row("mine", 0, run="mine")]
    found = record(*rows)
    parts = dict(split_long(found))
    table = found["tables"][0]
    assert len(table["rows"]) == FIRST + 1 and table["rows"][-1]["run"] == "mine"
    assert table["total"] == 12_001 and list(parts) == table["parts"] and table["best"] == {"f1": 1}
    kept = [one["model"] for one in table["rows"]] + [one["model"] for part in parts.values() for one in part]
    assert sorted(kept) == sorted(one["model"] for one in rows)
    assert dict(split_long(record(row("a", 1)))) == {}


@pytest.mark.browser
def test_the_front_page_is_searched_and_filtered(page, visit, site):
    visit(site)
    cards = page.locator("ul.cards > li")
    assert cards.count() == 2
    assert "reproduced" in cards.first.inner_text()  # benchmarks with own runs come first
    page.get_by_label("Search benchmarks").fill("levir")
    assert cards.count() == 1
    assert page.get_by_role("status").inner_text() == "1 of 2 benchmarks"
    assert cards.locator("svg.trend").count() == 1 and cards.locator(".best strong").inner_text()
    page.get_by_label("Search benchmarks").fill("")
    page.get_by_label("Task").select_option("counting")
    assert cards.count() == 1
    page.get_by_label("Search benchmarks").fill("PromptCC")
    assert cards.count() == 0
    page.get_by_label("Task").select_option("")
    assert cards.count() == 1  # found by the name of a model
    cards.get_by_role("link").click()
    page.wait_for_selector("section.table")
    page.go_back()
    page.wait_for_selector("ul.cards")
    assert page.get_by_label("Search benchmarks").input_value() == "PromptCC"
    page.get_by_label("Search benchmarks").fill("")
    assert page.faults == []


@pytest.mark.browser
def test_every_table_has_a_chart_of_any_of_its_figures(page, visit, site):
    visit(site, "#/board/simulated")
    panels = page.locator("details.chart")
    assert panels.count() == page.locator("section.table").count()
    first = panels.first
    first.locator("svg.scores").wait_for()
    dots = first.locator("circle.score").count()
    assert dots >= 3 and first.locator("line.whisker").count() >= 3
    before = first.locator("svg.scores").get_attribute("aria-label")
    first.locator("select").select_option(index=0)
    assert first.locator("svg.scores").get_attribute("aria-label") != before
    last = panels.last
    assert last.locator("svg.scores").count() == 0
    last.locator("summary").click()
    last.locator("svg.scores").wait_for()
    assert page.faults == []


@pytest.mark.browser
def test_figures_are_named_explained_and_privileged_rows_stand_apart(page, visit, site):
    visit(site, "#/board/simulated")
    table = page.locator("section.table", has_text="counting").first
    button = table.locator('button[data-column="mae/road"]')
    assert button.inner_text().startswith("MAE, road")
    assert "Source: DeltaVLM" in button.get_attribute("title")
    table.get_by_text("What the figures are").click()
    assert table.locator("dd").first.is_visible()
    assert "share a letter" in table.locator(".signs").inner_text()
    assert table.locator("tbody.privileged tr").count() == 3  # a head, the oracle and no-change
    assert table.locator("tbody.ranked .tag.gold").count() == 0
    assert "24 items" in table.locator("tbody.ranked tr").first.inner_text()
    assert page.faults == []


@pytest.fixture
def long_site(site, tmp_path):
    """The site with 100,000 printed rows in one table."""
    from rsica_data.core.web_pages import data_script

    out = shutil.copytree(site, tmp_path / "long", ignore=shutil.ignore_patterns("*.pairs", "downloads"))
    board = read_data_script(out / "data/simulated.js")
    (table,) = (one for one in board["tables"] if one["task"] == "classification")
    (base,) = (one for one in table["rows"] if not one["privileged"])
    printed = {"status": "reported", "source": "Paper", "trust": "B", "letters": "", "strata": None, "intervals": {}}
    rows = [
        {key: value for key, value in (base | printed).items() if key != "run"}
        | {"model": f"model {n}", "values": {"accuracy": 1 - n / 1e6, "f1": n / 1e6}}
        for n in range(100_000)
    ]
    table |= {"rows": [*rows], "pairs": None}
    board["tables"] = [table]
    for key, part in split_long(board):
        path = out / "data/simulated.rows" / f"{key}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(data_script(f"rows:simulated:{key}", part))
    (out / "data/simulated.js").write_text(data_script("board:simulated", board))
    return out


@pytest.mark.browser
def test_a_hundred_thousand_rows_are_there_in_two_seconds(page, visit, long_site):
    visit(long_site, "#/board/simulated")
    page.wait_for_selector("tbody.ranked tr")
    painted, there = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]"
    )
    print(json.dumps({"first paint": painted, "rows there": there}))
    assert painted < 2000 and there < 2000
    assert page.locator("tbody.ranked tr").count() == 100
    assert page.locator(".more-items").inner_text() == "Show 400 more of 100,000 rows"
    page.get_by_label("Rows of classification").fill("model 99999")
    page.wait_for_selector("tbody.ranked tr:only-child", timeout=30_000)
    assert "model 99999" in page.locator("tbody.ranked").inner_text()
    page.get_by_label("Rows of classification").fill("")
    page.locator('button[data-column="f1"]').click()
    assert "model 99999" in page.locator("tbody.ranked tr").first.inner_text()
    assert page.locator("tbody.ranked tr").first.locator("td.best").count() == 1
    assert page.faults == []
