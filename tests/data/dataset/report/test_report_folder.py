"""The folder of pages: its files, what is kept, and its use in a browser."""

import json

import pytest
from page_data import read_data_script

from rsica_data.core.errors import UserError
from rsica_data.dataset.report import write_folder

HOSTILE = "</script><script>document.title = 'broken'</script><img src=x onerror=\"document.title='broken'\"> \u2028 é"


@pytest.fixture
def dataset(stored_pair, asked, write_dataset):
    pairs = [stored_pair(f"p{n:02d}", changed=n % 2 == 0, captions=(f"caption {n}",)) for n in range(30)]
    pairs.append(stored_pair("q", split="train", captions=(HOSTILE,)))
    items = [asked(pair, "classification", "Has it changed?", "Yes" if pair.changed else "No") for pair in pairs]
    items += [asked(pair, "counting", f"How many in {pair.pair_id}?", "two", number=1) for pair in pairs[:3]]
    rejected = [{"pair_id": "hand/test/z", "split": "test", "reason": "missing-file", "detail": "gone"}]
    return write_dataset(pairs, items, rejected)


def test_index_and_files_hold_every_pair(dataset, tmp_path):
    assert write_folder(dataset, tmp_path / "out") == {"pairs": 31, "kept": 0}
    index = read_data_script(tmp_path / "out" / "data" / "index.js")
    assert len(index["names"]) == len(set(index["names"])) == 31
    for number, name in enumerate(index["names"]):
        pair = read_data_script(tmp_path / "out" / "data" / "pairs" / "0000" / f"{number:07d}.js")
        assert pair["id"] == name
        assert [index["splits"][index["split"][number]], bool(index["changed"][number])] == [
            pair["split"],
            pair["changed"],
        ]
        assert index["counts"][number] == [entry["count"] for entry in pair["classes"]]
        named = {index["tasks"][bit] for bit in range(len(index["tasks"])) if index["bits"][number] >> bit & 1}
        assert named == {item["task"] for item in pair["asked"]}
    texts = read_data_script(tmp_path / "out" / "data" / "texts" / "0000.js")
    assert len(texts) == 31
    assert any("caption 7" in text for text in texts)


def test_files_are_written_once_and_anew_for_another_dataset(dataset, stored_pair, write_dataset, tmp_path):
    out = tmp_path / "out"
    write_folder(dataset, out)
    first = {path: path.stat().st_mtime_ns for path in (out / "data" / "pairs").rglob("*.js")}
    assert write_folder(dataset, out) == {"pairs": 31, "kept": 31}
    assert {path: path.stat().st_mtime_ns for path in (out / "data" / "pairs").rglob("*.js")} == first
    mark = json.loads((out / "report.json").read_text())
    (out / "report.json").write_text(json.dumps(mark | {"pairs": 10}))  # as if stopped on the way
    assert write_folder(dataset, out)["kept"] == 10
    assert write_folder(write_dataset([stored_pair("other")], [], name="other"), out) == {"pairs": 1, "kept": 0}


def test_a_folder_of_something_else_is_left_alone(dataset, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match="something else than a report"):
        write_folder(dataset, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_the_command_takes_a_file_or_a_folder(rsica_data, dataset, tmp_path):
    done = rsica_data("preview", dataset.root, "--html", f"{tmp_path}/report/")
    assert (done.status, "31 pairs (0 from before)" in done.out) == (0, True)
    assert (tmp_path / "report" / "index.html").is_file()
    assert rsica_data("preview", dataset.root, "--html", tmp_path / "page.html").status == 0
    assert (tmp_path / "page.html").is_file()
    done = rsica_data("preview", dataset.root, "--html", f"{tmp_path}/r2/", "--split", "vall")
    assert (done.status, "no split 'vall'" in done.err) == (2, True)


@pytest.fixture
def visit(page, dataset, tmp_path):
    write_folder(dataset, tmp_path / "out")

    def go(address=""):
        page.goto("about:blank")
        page.goto((tmp_path / "out" / "index.html").as_uri() + address)
        return settled(page)

    return go


def settled(page):
    """The page once it shows what it was asked for: it says itself when it is at work."""
    page.wait_for_selector("#pairs[aria-busy=false]")
    return page


def found(page):
    return page.locator("#found").inner_text()


@pytest.mark.browser
def test_pages_filters_search_and_addresses(visit):
    page = visit()
    assert found(page) == "31 of 31 pairs"
    assert page.locator("article").count() == 12
    page.get_by_role("button", name="Next").click()
    assert settled(page).locator("#pages input").input_value() == "2"
    assert page.url.endswith("#?page=2")
    page.select_option("#task", "counting")
    assert found(settled(page)).startswith("3 of")
    assert page.locator("article").count() == 3
    assert page.locator("article [data-task]:visible").count() == 3
    page.select_option("#task", "")
    page.fill("#search", "caption 17")
    assert found(settled(page)).startswith("1 of")
    assert page.locator("article").count() == 1
    assert "p17" in page.locator("article h2").inner_text()
    assert "search=caption" in page.url
    again = visit("#" + page.url.partition("#")[2])
    assert again.locator("article").count() == 1
    assert page.faults == []


@pytest.mark.browser
def test_a_pair_has_an_address_and_hostile_text_stays_text(visit, dataset):
    name = next(pair.pair_id for pair in dataset.pairs() if pair.pair_id.endswith("/q"))
    page = visit("#" + name.replace("/", "%2F"))
    page.wait_for_function("document.activeElement.tagName === 'ARTICLE'")
    assert page.evaluate("document.activeElement.id") == name
    assert "broken" not in page.title()
    assert HOSTILE[:20] in page.locator("main").inner_text()
    assert page.faults == []


@pytest.mark.browser
def test_slider_keyboard_plots_and_rejects(visit):
    page = visit()
    slider = page.locator("article input[type=range]").first
    slider.focus()
    page.keyboard.press("End")
    assert page.evaluate("getComputedStyle(document.querySelector('.view')).getPropertyValue('--cut')") == "100%"
    page.locator("article").first.focus()
    page.keyboard.press("j")
    ids = page.evaluate("[...document.querySelectorAll('article')].slice(0, 2).map((node) => node.id)")
    assert page.evaluate("document.activeElement.id") == ids[1]
    page.get_by_text("Distributions").click()
    page.wait_for_selector("#plots figure")  # drawn when the browser tells of the opening, a moment after the click
    assert page.locator("#plots figure").count() >= 4
    assert "1 skipped" in page.locator("#rejected summary").inner_text()
    assert page.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(visit, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit()
    page.emulate_media(color_scheme=scheme)
    page.get_by_text("Distributions").click()
    page.wait_for_selector("#plots figure")
    violations = axe.Axe().run(page).response["violations"]
    assert [one["id"] for one in violations if one["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_a_hundred_thousand_pairs_paint_soon_and_filter_soon(visit, tmp_path):
    # The index of 100,000 pairs over the files of 31: what is slow or not is the index.
    visit()
    path = tmp_path / "out" / "data" / "index.js"
    index = read_data_script(path)
    for key in ("names", "split", "changed", "bits", "counts"):
        index[key] = (index[key] * (100_000 // 31 + 1))[:100_000]
    index["names"] = [f"{name}-{number}" if number > 30 else name for number, name in enumerate(index["names"])]
    path.write_text(f"window.RSICA.index = {json.dumps(index)};\n")
    page = visit()
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert found(page).endswith("of 100,000 pairs")
    took = page.evaluate(
        "(async () => { const begin = performance.now(); find('changed').value = 'no'; await refresh();"
        " return performance.now() - begin; })()"
    )
    assert found(page) != "100,000 of 100,000 pairs"
    print(f"first paint {painted:.0f} ms, filter {took:.0f} ms")
    assert painted < 2000


@pytest.mark.browser
def test_a_row_has_an_address(visit, dataset):
    item = next(item for item in dataset.instructions() if item.task == "counting")
    page = visit()
    page.select_option("#task", "counting")
    assert settled(page).locator("article").count() == 3
    link = page.locator("article [data-task=counting] h3 a").first.get_attribute("href")
    again = visit(link)
    again.wait_for_function("document.activeElement.tagName === 'ARTICLE'")
    assert again.evaluate("document.activeElement.id") == item.pair_id
    assert (
        again.evaluate("document.getElementById(decodeURIComponent(location.hash.slice(1))).dataset.task") == "counting"
    )
    assert again.faults == []
