"""The viewer of a pair in a browser: zoom, ways to compare both dates, layers, scale bar, place."""

import dataclasses
import re
from types import SimpleNamespace

import pytest
from page_data import eventually

from rsica_data.dataset.report import write_preview
from rsica_data.dataset.report.location import place_of

UTM = {"transform": (0.5, 0.0, 500000.0, 0.0, -0.5, 5000000.0), "crs": "EPSG:32633"}


def georeferenced(**values):
    return SimpleNamespace(**{"width": 256, "height": 256, **UTM, **values})


def test_place_of_an_image_on_a_zone_s_central_meridian():
    pytest.importorskip("pyproj")
    place = place_of(georeferenced())
    assert place["corners"][0] == [15.0, pytest.approx(45.15348, abs=1e-4)]
    assert place["center"][0] == pytest.approx(15.0 + 64 / (111_320 * 0.7055), abs=1e-5)
    assert abs(place["north"]) < 0.1


def test_north_of_an_image_that_was_turned():
    pytest.importorskip("pyproj")
    # Columns run south and rows west: north is to the left.
    turned = georeferenced(transform=(0.0, -0.5, 500000.0, -0.5, 0.0, 5000000.0))
    assert place_of(turned)["north"] == pytest.approx(-90, abs=0.1)


@pytest.mark.parametrize("values", [{"crs": None}, {"transform": None}, {"crs": "nonsense"}])
def test_what_has_no_place_says_none(values):
    assert place_of(georeferenced(**values)) is None


@pytest.fixture
def opened(page, stored_pair, write_dataset, tmp_path):
    here = dataclasses.replace(stored_pair("here"), gsd_m=0.5, before_date="2018-05-01", **UTM)
    write_preview(write_dataset([here, stored_pair("there")], []), tmp_path / "p.html")
    page.goto("about:blank")
    page.goto((tmp_path / "p.html").as_uri())
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("localStorage.clear()")
    page.faults.clear()
    return page


def article(page, name="here"):
    return page.locator(f'article[id$="/{name}"]')


def value(page, name, selector=".view", which="here"):
    script = "([node, name]) => getComputedStyle(node).getPropertyValue(name)"
    return page.evaluate(script, [article(page, which).locator(selector).first.element_handle(), name])


@pytest.mark.browser
def test_both_dates_are_zoomed_and_moved_together(opened):
    article(opened).focus()
    opened.keyboard.press("+")
    assert value(opened, "--zoom") == "1.5"
    before, after = (article(opened).locator(f".frame.{side} .stack").bounding_box() for side in ("before", "after"))
    assert before == after
    opened.keyboard.press("Shift+ArrowRight")
    assert (value(opened, "--x"), value(opened, "--zoom", which="there")) != ("0%", "1.5")
    assert (
        article(opened).locator(".frame.before .stack").bounding_box()
        == article(opened).locator(".frame.after .stack").bounding_box()
    )
    for _ in range(9):
        opened.keyboard.press("Shift+ArrowRight")
    assert float(value(opened, "--x").rstrip("%")) == pytest.approx(-50)  # not beyond its edge
    opened.keyboard.press("0")
    assert (value(opened, "--zoom"), value(opened, "--x")) == ("1", "0%")
    assert opened.faults == []


@pytest.mark.browser
def test_the_mouse_zooms_where_it_points_and_drags(opened):
    box = article(opened).locator(".frame").first.bounding_box()
    opened.mouse.dblclick(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75)
    assert value(opened, "--zoom") == "2"
    assert float(value(opened, "--x").rstrip("%")) == pytest.approx(-75, abs=1)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    opened.mouse.up()
    assert float(value(opened, "--x").rstrip("%")) == pytest.approx(-100, abs=1)
    assert re.match(r"pixel \d+, \d+: 45\.\d+° N, 15\.\d+° E", article(opened).locator(".where").inner_text())


@pytest.mark.browser
def test_swipe_blink_and_side_by_side(opened):
    frames = article(opened).locator(".frame")
    article(opened).focus()
    assert frames.nth(0).bounding_box() == frames.nth(1).bounding_box()
    opened.select_option("#mode", "side")
    before, after = (article(opened).locator(f".frame.{side}").bounding_box() for side in ("before", "after"))
    assert before["x"] + before["width"] <= after["x"] and before["y"] == after["y"]
    article(opened).focus()
    opened.keyboard.press("b")
    assert opened.locator("#mode").input_value() == "blink"
    eventually(lambda: value(opened, "visibility", ".frame.before") == "hidden")
    eventually(lambda: value(opened, "visibility", ".frame.before") == "visible")
    opened.keyboard.press("v")
    assert opened.locator("#mode").input_value() == "side"
    opened.keyboard.press("v")
    assert opened.locator("#mode").input_value() == "swipe"
    assert opened.faults == []


@pytest.mark.browser
def test_layers_and_opacity(opened):
    shown = article(opened)
    assert shown.locator(".outline").first.is_visible() and not shown.locator(".number").first.is_visible()
    opened.check("#numbers")
    opened.uncheck("#outlines")
    assert shown.locator(".number").first.is_visible() and not shown.locator(".outline").first.is_visible()
    assert shown.locator(".frame.after .number").all_text_contents() == ["0", "1"]
    opened.locator("#opacity").focus()
    opened.keyboard.press("End")
    assert value(opened, "opacity", "img.mask") == "1"


@pytest.mark.browser
def test_scale_bar_place_and_north(opened):
    bar = article(opened).locator(".scale")
    length = int(bar.inner_text().split()[0])
    frame = article(opened).locator(".frame").first.bounding_box()
    assert bar.bounding_box()["width"] == pytest.approx(length * frame["width"] / 15, abs=1)  # 30 pixels of 0.5 m
    article(opened).focus()
    opened.keyboard.press("+")
    opened.keyboard.press("+")
    assert int(bar.inner_text().split()[0]) < length
    assert article(opened).locator(".north").count() == 1
    assert article(opened).locator("svg.world circle.spot").get_attribute("cx").startswith("15.0")
    link = article(opened).get_by_role("link", name="OpenStreetMap").get_attribute("href")
    assert link.startswith("https://www.openstreetmap.org/?mlat=45.1")
    for part in (".scale", ".north", ".place"):
        assert article(opened, "there").locator(part).count() == 0
    assert opened.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_nested_scrolling_and_no_wider_than_the_window(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    script = """() => [...document.querySelectorAll("article, article *")].filter((node) =>
      /auto|scroll/.test(getComputedStyle(node).overflowY) && node.scrollHeight > node.clientHeight).length"""
    assert opened.evaluate(script) == 0
