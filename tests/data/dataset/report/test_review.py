"""A review by keyboard alone, its decisions saved from the page and applied to a rebuild."""

import json

import pytest
from page_data import eventually

from rsica_data.dataset.opening import open_dataset

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """``built(out, *words)``: a dataset of 50 simulated pairs."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("review")
    recipe = {
        "name": "reviewed",
        "source": {"name": "synthetic", "options": {"pairs": 50, "size": 64, "seed": 3}},
        "facts": {"classes": ["road", "building"]},
        "tasks": {"classification": {}, "counting": {}, "captioning": {}},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))

    def build(out, *words):
        out_words = ["build", str(folder / "r.yaml"), "--out", str(folder / out), "--workers", "1", *words]
        assert run_cli(cli, "rsica-data", out_words) == 0
        return folder / out

    build("out")
    return build


@pytest.fixture
def preview(page, built, rsica_data, tmp_path):
    """``preview(folder)``: the page of the dataset, as one file or as a folder, without earlier decisions."""

    def opened(folder):
        data = built("out")
        target = f"{tmp_path}/report/" if folder else tmp_path / "p.html"
        assert rsica_data("preview", data, "--html", target).status == 0
        page.goto("about:blank")
        page.goto((tmp_path / ("report/index.html" if folder else "p.html")).as_uri())
        page.wait_for_selector("main article")
        page.evaluate("localStorage.clear()")
        page.reload()
        page.wait_for_selector("main article")
        page.faults.clear()
        return page

    return opened


def saved(page, tmp_path):
    with page.expect_download() as started:
        page.keyboard.press("s")
    path = tmp_path / "decisions.jsonl"
    started.value.save_as(path)
    return path


def focused(page):
    return page.evaluate("document.activeElement.id")


@pytest.mark.parametrize("folder", [False, True])
def test_fifty_pairs_by_keyboard_and_exactly_the_rejected_rows_are_gone(preview, built, folder, tmp_path):
    page = preview(folder)
    page.keyboard.press("j")
    seen, rejected_pairs, rejected_rows = [], set(), set()
    for number in range(50):
        eventually(lambda: "#" not in focused(page) and focused(page) not in {"", *seen})
        pair = focused(page)
        seen.append(pair)
        if number % 5 == 1:
            page.keyboard.press("r")
            rejected_pairs.add(pair)
        elif number % 5 == 2:
            page.keyboard.press("n")
            page.keyboard.press("n")
            page.keyboard.press("r")
            rejected_rows.add(focused(page))
        elif number % 5 == 3:
            page.keyboard.press("c")
            page.keyboard.type("dark <b>shadow</b>")
            page.keyboard.press("Enter")
            page.keyboard.press("f")
        else:
            page.keyboard.press("a")
        page.keyboard.press("j")
    assert len(set(seen)) == 50 and len(rejected_pairs) == len(rejected_rows) == 10
    assert page.locator("#decided").inner_text() == "20 accept, 20 reject, 10 flag"
    path = saved(page, tmp_path)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 50 and {row["comment"] for row in rows if row["decision"] == "flag"} == {"dark <b>shadow</b>"}
    before = {item.instruction_id for item in open_dataset(built("out")).instructions()}
    after = {
        item.instruction_id for item in open_dataset(built(f"after-{folder}", "--decisions", str(path))).instructions()
    }
    gone = {name for name in before if name.partition("#")[0] in rejected_pairs} | rejected_rows
    assert before - after == gone and after <= before and len(gone) > 30
    assert page.faults == []


def test_an_answer_is_fixed_and_put_into_the_rebuild(preview, built, tmp_path):
    page = preview(False)
    page.keyboard.press("j")
    while "counting" not in focused(page):
        page.keyboard.press("n")
    row = focused(page)
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("7 buildings have changed.")
    page.keyboard.press("Enter")
    assert focused(page) == row
    after = open_dataset(built("fixed", "--decisions", str(saved(page, tmp_path))))
    item = next(item for item in after.instructions() if item.instruction_id == row)
    assert item.gold == {"road": 0, "building": 7} and item.provenance.method == "human"


def test_decisions_are_taken_back_kept_over_a_reload_and_opened_again(preview, tmp_path):
    page = preview(False)
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.press("r")
    assert page.locator("#decided").inner_text() == "no decision yet"
    page.keyboard.press("f")
    page.reload()
    page.wait_for_selector("main article")
    assert page.locator("#decided").inner_text() == "1 flag"
    assert page.locator("article").first.get_by_role("button", name="Flag pair").get_attribute("aria-pressed") == "true"
    path = saved(page, tmp_path)
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("main article")
    assert page.locator("#decided").inner_text() == "no decision yet"
    path.write_text(path.read_text() + "{}\nnot JSON\n")
    page.set_input_files("#open", path)
    eventually(lambda: page.locator("#decided").inner_text().startswith("1 flag"))
    assert "2 lines are no decisions" in page.locator("#decided").inner_text()


def test_escape_leaves_a_comment_as_it_was_and_keys_are_typed_in_fields(preview):
    page = preview(False)
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.type("rafs")
    page.keyboard.press("Escape")
    assert page.locator("#decided").inner_text() == "no decision yet"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_with_decisions_has_no_serious_accessibility_fault(preview, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = preview(False)
    page.emulate_media(color_scheme=scheme)
    for key in "jajrjfjn":
        page.keyboard.press(key)
    page.keyboard.press("c")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
