"""The one page of run folders, and the site's tables, where they are wider than their place."""

import pytest


@pytest.fixture(scope="module")
def addresses(finished, make_board, tmp_path_factory):
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    root = tmp_path_factory.mktemp("pages")
    board = make_board(root / "boards" / "simulated")
    submit = ["leaderboard", "submit", str(finished / "oracle"), "--to", str(board), "--name", "A model of a long name"]
    assert run_cli(cli, "rsica-bench", submit) == 0
    assert run_cli(cli, "rsica-bench", ["leaderboard", "build", str(finished), "--html", str(root / "all.html")]) == 0
    assert run_cli(cli, "rsica-bench", ["leaderboard", "build", str(board.parent), "--site", str(root / "site")]) == 0
    return {"page": (root / "all.html").as_uri(), "site": (root / "site/index.html").as_uri() + "#/board/simulated"}


def widths(page):
    return page.evaluate("[...document.querySelectorAll('.scroll')].map((box) => [box.clientWidth, box.scrollWidth])")


@pytest.mark.browser
@pytest.mark.parametrize("name", ["page", "site"])
def test_all_columns_are_seen_on_a_usual_screen(page, addresses, name):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("about:blank")
    page.goto(addresses[name])
    page.wait_for_selector("tbody td")
    found = widths(page)
    assert len(found) >= 6
    assert all(inner <= outer for outer, inner in found), found
    assert page.locator(".more:visible").count() == 0
    heads = page.locator("th button").all_inner_texts()
    assert any(text.replace("\n", "").startswith("unparsed") for text in heads)
    assert page.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ["page", "site"])
def test_a_wide_table_says_that_it_scrolls_and_keeps_its_names(page, addresses, name):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("about:blank")
    page.goto(addresses[name])
    page.wait_for_selector("tbody td")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    section = page.locator("section", has_text="dialogue").first
    section.locator(".more").wait_for()
    box = section.locator(".scroll")
    box.evaluate("(node) => { node.scrollLeft = node.scrollWidth; }")
    left, right = (box.bounding_box()[key] for key in ("x", "width"))
    first, last = (section.locator("tbody tr:not(.apart)").first.locator("td").nth(at).bounding_box() for at in (0, -1))
    assert abs(first["x"] - left) < 2
    assert last["x"] + last["width"] <= left + right + 2
    assert first["x"] + first["width"] < last["x"] + last["width"] / 2
    assert page.faults == []
    page.set_viewport_size({"width": 1280, "height": 900})
