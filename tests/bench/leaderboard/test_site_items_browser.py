"""Galleries of a model's errors and the page of an item, in a browser."""

from urllib.parse import quote

import pytest
from page_data import read_data_script

pytestmark = pytest.mark.browser


def run_name(site, start):
    runs = read_data_script(site / "data/simulated.js")["runs"]
    return next(run["name"] for run in runs if run["name"].startswith(start))


def an_item(site, task, fault):
    """Table and id of an item that the detector got wrong in that way."""
    run = run_name(site, "pixel")
    tables = read_data_script(site / "data/simulated.js")["tables"]
    table = next(one["id"] for one in tables if one["task"] == task and "dataset" in one)
    items = read_data_script(site / "data/simulated.examples.js")[table]["items"]
    return table, next(one for one in items if fault in one["answers"][run]["faults"])


def item_address(table, item, *runs):
    return "#/item/simulated/" + "/".join(quote(part, safe="") for part in (table, item["id"], *runs))


def test_errors_are_shown_by_kind_with_their_images(page, visit, site):
    visit(site, f"#/run/simulated/{quote(run_name(site, 'pixel'))}")
    gallery = page.locator("section.gallery", has_text="counting: answers")
    button = gallery.get_by_role("button", name="wrong count")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    first = gallery.locator("ul.answers > li").first
    first.scroll_into_view_if_needed()
    first.locator(".shot img").first.wait_for()
    assert first.locator(".shot").count() == 2
    assert first.locator(".tag.fault").all_inner_texts()
    assert first.locator("mark").count() > 0
    replies = gallery.locator("ul.answers > li .reply").all_inner_texts()
    assert len(set(replies[:2])) == min(2, len(replies))
    assert page.faults == []


def test_a_model_has_its_scores_by_task_with_their_ranks(page, visit, site):
    visit(site, f"#/run/simulated/{quote(run_name(site, 'pixel'))}")
    rows = page.locator("table.overview tbody tr")
    tables = [one for one in read_data_script(site / "data/simulated.js")["tables"] if "dataset" in one]
    assert rows.count() == len(tables)
    assert "1 of 1" in rows.first.inner_text()  # captions: the others are privileged, the printed row has no CIDEr
    assert rows.first.locator("svg.share").count() == 1
    rows.first.get_by_role("link").click()
    page.wait_for_selector("section.table")
    assert page.faults == []


def test_an_item_shows_what_was_read_and_why_it_is_wrong(page, visit, site):
    table, item = an_item(site, "localization", "wrong_place")
    visit(site, item_address(table, item, run_name(site, "pixel")))
    page.locator(".shot img").first.wait_for()
    assert page.locator("tr.wrong").count() >= 1
    assert page.locator(".layer.predicted").count() and page.locator("rect.gold").count()
    assert page.locator("mark").count() >= 1
    gold = page.locator("rect.gold").first
    page.get_by_label("gold (filled)").uncheck()
    assert not gold.is_visible()
    page.get_by_label("gold (filled)").check()
    assert gold.is_visible()
    assert page.faults == []


def test_two_models_stand_side_by_side_on_one_item(page, visit, site):
    table, item = an_item(site, "counting", "wrong_count")
    visit(site, item_address(table, item, run_name(site, "pixel")))
    assert page.locator(".side").count() == 1
    page.get_by_label("Second model").select_option(run_name(site, "oracle"))
    page.wait_for_function("document.querySelectorAll('.side').length === 2")
    assert page.locator("tr.wrong").count() >= 1
    boxes = [side.bounding_box() for side in page.locator(".side").all()]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    assert "/item/" in page.url
    assert page.faults == []


def test_an_item_that_is_not_there_is_told(page, visit, site):
    table, item = an_item(site, "counting", "wrong_count")
    visit(site, item_address(table, item | {"id": "nothing"}))
    assert page.locator("h1").inner_text() == "No such page"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_items_have_no_serious_accessibility_fault(page, visit, site, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.emulate_media(color_scheme=scheme)
    table, item = an_item(site, "localization", "wrong_place")
    visit(site, item_address(table, item, run_name(site, "pixel"), run_name(site, "oracle")))
    page.locator(".shot img").first.wait_for()
    found = axe.Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
