"""The site: its data, its downloads, and its pages in a browser."""

import csv
import io

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from page_data import read_data_script

from rsica_bench.leaderboard.site.downloads import as_bibtex, as_csv, as_latex
from rsica_bench.leaderboard.site.significance_letters import group_letters


def pair(*names):
    return frozenset(names)


def test_letters_by_hand():
    assert group_letters("xyz", []) == {"x": "a", "y": "a", "z": "a"}
    assert group_letters("xyz", [pair("x", "z")]) == {"x": "a", "y": "ab", "z": "b"}
    assert group_letters("xyz", [pair("x", "y"), pair("x", "z")]) == {"x": "a", "y": "b", "z": "b"}
    assert group_letters("xy", [pair("x", "y")]) == {"x": "a", "y": "b"}
    assert group_letters("", []) == {}


@settings(deadline=None)
@given(
    st.integers(1, 7).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)))))
)
def test_two_share_a_letter_unless_they_differ(case):
    number, drawn = case
    names = [f"m{n}" for n in range(number)]
    differing = {pair(names[a], names[b]) for a, b in drawn if a < b < number}
    found = group_letters(names, differing)
    for a in range(number):
        for b in range(a + 1, number):
            share = bool(set(found[names[a]]) & set(found[names[b]]))
            assert share is (pair(names[a], names[b]) not in differing)


TABLE = {
    "task": "counting", "split": "test", "protocol": "default",
    "columns": ["exact_all", "mae/road"], "lower": ["mae/road"],
    "rows": [
        {"model": "A & B_1", "status": "reproduced", "privileged": False, "items": 3,
         "values": {"exact_all": 0.5, "mae/road": 0.25}, "intervals": {"exact_all": [0.25, 0.75]}},
        {"model": "C", "status": "reported", "privileged": False, "trust": "C", "source": "Paper arXiv 2501.00001",
         "values": {"exact_all": 0.75}},
        {"model": "oracle", "status": "reproduced", "privileged": True, "values": {"exact_all": 1.0, "mae/road": 0.0}},
    ],
}  # fmt: skip


def test_csv_reads_back():
    rows = list(csv.DictReader(io.StringIO(as_csv(TABLE))))
    assert rows[0]["model"] == "A & B_1"
    assert (rows[0]["exact_all low"], rows[0]["mae/road low"]) == ("0.25", "")
    assert (rows[1]["mae/road"], rows[1]["trust"]) == ("", "C")


def test_latex_escapes_and_marks_the_best():
    text = as_latex(TABLE)
    assert r"A \& B\_1 & reproduced & 50.00 & 0.250 \\" in text
    assert r"C & reported & \textbf{75.00} & -- \\" in text
    assert r"oracle & reproduced & 100.00 & 0.000 \\" in text


def test_bibtex_has_every_source_once():
    text = as_bibtex({"tables": [TABLE, TABLE], "runs": [{"bibtex": "@article{x, title={X}}"}]})
    assert text.count("@misc") == 1
    assert "eprint = {2501.00001}" in text
    assert text.startswith("@article{x")


def tables_of(site, task):
    return [table for table in read_data_script(site / "data" / "simulated.js")["tables"] if table["task"] == task]


def test_a_printed_row_joins_the_table_of_its_protocol_only(site):
    own, other = tables_of(site, "captioning")
    assert [row["status"] for row in own["rows"]] == ["reproduced"] * 3 + ["reported"]
    assert own["rows"][-1]["values"] == {"BLEU-4": 0.625}
    assert (other["protocol"], [row["model"] for row in other["rows"]]) == ("levir-cc", ["Other"])


def test_significance_and_strata(site):
    (table,) = tables_of(site, "classification")
    letters = {row["run"].split("-")[0]: row["letters"] for row in table["rows"]}
    assert not set(letters["oracle"]) & set(letters["no"])
    assert set(table["rows"][0]["strata"]) == {"change", "objects", "size"}
    assert len(table["pairs"]) == 3


def test_examples_have_best_and_worst(site):
    found = read_data_script(site / "data" / "simulated.examples.js")
    (table,) = tables_of(site, "counting")
    items = found[table["id"]]["items"]
    assert items[0]["spread"] == max(item["spread"] for item in items) > 0
    oracle = next(row["run"] for row in table["rows"] if row["run"].startswith("oracle"))
    assert all(item["values"][oracle] == 0 for item in items)


def test_without_data_rows_have_their_stated_figures_only(rsica_bench, site, tmp_path):
    boards = site.parent / "boards"
    assert rsica_bench("leaderboard", "build", boards / "simulated", "--site", tmp_path / "out").status == 0
    (table,) = [
        one
        for one in read_data_script(tmp_path / "out" / "data" / "simulated.js")["tables"]
        if one["task"] == "counting"
    ]
    assert "pairs" not in table
    assert "letters" not in table["rows"][0]
    assert table["rows"][0]["intervals"]


def test_every_download_is_there(site):
    for board in ("simulated", "levir-cc"):
        record = read_data_script(site / "data" / f"{board}.js")
        for table in record["tables"]:
            for path in table["files"].values():
                assert (site / path).is_file()
        for run in record["runs"]:
            index = yaml.safe_load((site / run["model_index"]).read_text())["model-index"]
            assert index[0]["name"] == run["model"]
            assert {result["task"]["name"] for result in index[0]["results"]} == set(run["tasks"])
            assert index[0]["results"][0]["metrics"][0]["value"] >= 0


def test_the_hub_reads_the_model_index(site):
    from huggingface_hub import EvalResult
    from huggingface_hub.repocard_data import model_index_to_eval_results

    run = read_data_script(site / "data" / "simulated.js")["runs"][0]
    index = yaml.safe_load((site / run["model_index"]).read_text())["model-index"]
    name, results = model_index_to_eval_results(index)
    assert name == run["model"]
    assert results
    assert all(isinstance(result, EvalResult) for result in results)


def test_pages_hold_no_outside_address_to_load(site):
    text = "".join(path.read_text() for path in site.glob("*.*"))
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("/^https?:", "").replace(
        "http-equiv", ""
    )


@pytest.mark.browser
def test_home_leads_to_boards(page, visit, site):
    visit(site)
    page.get_by_role("link", name="LEVIR-CC").click()
    page.wait_for_selector("section.table")
    assert page.url.endswith("#/board/levir-cc")
    assert page.title().startswith("LEVIR-CC")
    assert page.locator("section.table").count() == 4
    page.go_back()
    page.wait_for_selector("ul.cards")
    assert page.faults == []


@pytest.mark.browser
def test_columns_sort_by_click_and_keyboard(page, visit, site):
    visit(site, "#/board/simulated")
    table = page.locator("section.table", has_text="counting").first
    column = 3

    def shown():
        return [
            float(text.split("\n")[0].split()[0])
            for text in table.locator(f"tbody.ranked td:nth-child({column})").all_inner_texts()
        ]

    assert shown() == sorted(shown())  # errors: the least first
    table.locator(f"th:nth-child({column}) button").click()
    assert shown() == sorted(shown(), reverse=True)
    page.keyboard.press("Enter")
    assert shown() == sorted(shown())
    assert table.locator(f"th:nth-child({column})").get_attribute("aria-sort") == "ascending"
    assert page.faults == []


@pytest.mark.browser
def test_rows_are_filtered_by_kind(page, visit, site):
    visit(site, "#/board/simulated")
    first = page.locator("section.table").first
    assert first.locator("tbody tr:not(.apart)").count() == 4
    page.get_by_label("reproduced").uncheck()
    assert first.locator("tbody tr:not(.apart)").count() == 1
    page.get_by_label("reproduced").check()
    assert page.faults == []


@pytest.mark.browser
def test_two_models_are_compared_on_the_same_questions(page, visit, site):
    visit(site, "#/board/simulated")
    page.get_by_role("button", name="Compare").first.click()
    page.wait_for_selector("ul.answers li")
    assert page.locator("tbody tr").count() > 3
    assert page.locator("ul.answers li .two > .side").count() % 2 == 0
    assert page.faults == []


@pytest.mark.browser
def test_a_model_has_a_page_with_answers(page, visit, site):
    run = read_data_script(site / "data" / "simulated.js")["runs"][0]["name"]
    visit(site, f"#/run/simulated/{run}")
    gallery = page.locator("section.gallery", has_text="counting: answers")
    for name in ("best", "worst"):
        gallery.get_by_role("button", name=name, exact=True).click()
        assert gallery.locator("ul.answers > li").count() > 1
    assert "</script>" in page.locator("main").inner_text()  # hostile text is shown as text
    assert page.faults == []


@pytest.mark.browser
def test_charts_and_deep_links(page, visit, site):
    table = tables_of(site, "counting")[0]["id"]
    visit(site, f"#/board/simulated/{table}")
    page.wait_for_function("window.scrollY > 100")
    page.locator("summary", has_text="cost").first.click()
    assert page.locator("svg circle.dot").count() >= 2
    page.locator("summary", has_text="by stratum").first.click()
    assert page.locator("svg rect").count() > 5
    visit(site, "#/board/nowhere")
    assert page.locator("h1").inner_text() == "No such page"
    page.faults.clear()  # the missing script is reported by the browser


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["", "#/board/simulated", "#/board/levir-cc", "run"])
def test_no_serious_accessibility_fault(page, visit, site, scheme, address):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.emulate_media(color_scheme=scheme)
    run = read_data_script(site / "data" / "simulated.js")["runs"][0]["name"]
    visit(site, f"#/run/simulated/{run}" if address == "run" else address)
    found = axe.Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.browser
def test_a_phone_scrolls_tables_and_not_the_page(page, visit, site):
    page.set_viewport_size({"width": 390, "height": 800})
    visit(site, "#/board/simulated")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
