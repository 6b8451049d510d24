"""Takes pictures of the pages in Debian's chromium: those of README and docs, or every page to look at.

python tools/screenshots.py DEMO                 docs/images/*.png, from the folder that `make demo` writes
python tools/screenshots.py DEMO --all FOLDER    each page at 390, 1280 and 1920 pixels, light and dark
"""

import argparse
import io
import json
import shutil
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTHS, SCHEMES = (390, 1280, 1920), ("light", "dark")


def data_of(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(json.loads(text[text.index("JSON.parse(") + len("JSON.parse(") : text.rindex(");")]))


def an_item(site):
    """Address of a wrong answer of the detector with a picture, two models side by side."""
    board = data_of(site / "data/simulated.js")
    runs = [run["name"] for run in board["runs"]]
    detector = next(name for name in runs if name.startswith("pixel"))
    oracle = next(name for name in runs if name.startswith("oracle"))
    for table, found in data_of(site / "data/simulated.examples.js").items():
        for item in found["items"]:
            if {"wrong_place", "wrong_count"} & set(item["answers"][detector]["faults"]) and item["cells"]:
                return "#/item/simulated/" + "/".join(
                    quote(part, safe="") for part in (table, item["id"], detector, oracle)
                )
    raise SystemExit("the detector has no wrong answer about places: build the site with --data")


def pages_of(demo):
    """Name, address and what to do of each page."""
    site, front = demo / "site", (demo / "site/index.html").resolve().as_uri()
    detector = next(
        run["name"] for run in data_of(site / "data/simulated.js")["runs"] if run["name"].startswith("pixel")
    )
    return {
        "preview": ((demo / "preview.html").resolve().as_uri(), show_a_changed_pair),
        "front": (front, None),
        "board": (f"{front}#/board/levir-cc", None),
        "model": (
            f"{front}#/run/simulated/{quote(detector)}",
            lambda page: page.locator("section.gallery").first.scroll_into_view_if_needed(),
        ),
        "item": (front + an_item(site), lambda page: page.locator(".shot img").first.wait_for()),
        "tables": ((demo / "leaderboard.html").resolve().as_uri(), None),
    }


def show_a_changed_pair(page):
    """The changed pair with most objects, some decisions made."""
    names = page.evaluate(
        "data.pairs.filter((pair) => pair.changed).sort((a, b) => b.objects.length - a.objects.length)"
        ".map((pair) => pair.id)"
    )
    page.evaluate("([first, second]) => { for (const id of [first, second]) decide(id, 'accept'); }", names[:2])
    page.evaluate(
        "name => { const node = document.getElementById(name); node.focus(); node.scrollIntoView(); }", names[0]
    )
    page.check("#numbers")


def picture(browser, address, act, width, scheme, height=860):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state()
    page.wait_for_timeout(600)
    if act is not None:
        act(page)
        page.wait_for_timeout(600)
    shot = page.screenshot()
    context.close()
    return shot


def small(png):
    """The picture with 256 colours: a quarter of the bytes, and no difference that a reader sees."""
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256).save(out, "PNG", optimize=True)
    return out.getvalue()


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("demo", type=Path)
    words.add_argument("--all", type=Path, default=None, dest="folder")
    given = words.parse_args()
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("needs chromium")
    folder = given.folder or IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (address, act) in pages_of(given.demo).items():
            if given.folder is None and name not in ("tables", "model"):
                (folder / f"{name}.png").write_bytes(small(picture(browser, address, act, 1280, "light")))
            for width in WIDTHS if given.folder else ():
                for scheme in SCHEMES:
                    (folder / f"{name}-{width}-{scheme}.png").write_bytes(picture(browser, address, act, width, scheme))
        browser.close()


if __name__ == "__main__":
    main()
