"""The data of the preview page, and the page in a browser where one is installed."""

import base64
import dataclasses
import json
import re
import shutil
import subprocess
from io import BytesIO

import numpy as np
import pytest

from rsica_data.dataset.report import write_preview
from rsica_data.imagery.images import decode_mask

HOSTILE = (
    "a <!--<script> b",
    "</script><script>document.title = 'broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "/*SCRIPT*/ /*DATA*/ & é \u2028 '\"`${x}",
)


def page_data(path):
    text = path.read_text(encoding="utf-8")
    return text, json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture
def hostile_page(stored_pair, asked, write_dataset, tmp_path):
    pairs = [stored_pair(f"p{place}", captions=(text,)) for place, text in enumerate(HOSTILE)]
    items = [asked(pair, "classification", text, text) for pair, text in zip(pairs, HOSTILE, strict=True)]
    recipe = {"name": "n", "title": HOSTILE[1], "description": "", "version": 1}
    rejected = [{"pair_id": HOSTILE[2], "split": "test", "reason": "corrupt-image", "detail": HOSTILE[0]}]
    write_preview(write_dataset(pairs, items, rejected, recipe=recipe), tmp_path / "page.html")
    return tmp_path / "page.html"


def test_no_text_can_close_or_open_an_element(hostile_page):
    text, data = page_data(hostile_page)
    assert [pair["captions"] for pair in data["pairs"]] == [[words] for words in HOSTILE]
    block = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert "<" not in block
    assert len(re.findall(r"<script", text)) == len(re.findall(r"</script>", text)) == 2


def test_sample_is_even_over_splits_and_change(stored_pair, write_dataset, tmp_path):
    pairs = [
        stored_pair(f"{split}{number}{changed}", split=split, changed=changed)
        for split, most in (("train", 12), ("test", 4))
        for number in range(most)
        for changed in (True, False)
    ]
    dataset = write_dataset(pairs, [])

    def drawn(seed):
        assert write_preview(dataset, tmp_path / "p.html", sample=8, seed=seed) == {"pairs": 8}
        return [(pair["split"], pair["changed"], pair["id"]) for pair in page_data(tmp_path / "p.html")[1]["pairs"]]

    first = drawn(1)
    groups = [(split, changed) for split, changed, _ in first]
    assert {group: groups.count(group) for group in groups} == {
        (split, changed): 2 for split in ("train", "test") for changed in (True, False)
    }
    assert drawn(1) == first
    assert drawn(2) != first


def test_overlay_a_class_with_its_pixels_only(stored_pair, write_dataset, tmp_path):
    from PIL import Image

    pair, same = stored_pair("x"), stored_pair("y", changed=False)
    write_preview(write_dataset([pair, same], []), tmp_path / "p.html")
    found = {row["id"]: row["overlays"] for row in page_data(tmp_path / "p.html")[1]["pairs"]}
    assert found[same.pair_id] == []
    expected = decode_mask(pair.change_mask.data)
    for overlay, class_id in zip(found[pair.pair_id], (1, 2), strict=True):
        assert overlay["class"] == class_id - 1
        data = base64.b64decode(overlay["src"].split(",")[1])
        alpha = np.asarray(Image.open(BytesIO(data)))[..., 3]
        assert ((alpha > 0) == (expected == class_id)).all()


def test_all_rejects_are_counted_and_unknown_change_stays_unknown(stored_pair, write_dataset, tmp_path):
    rejected = [
        {"pair_id": f"hand/test/{number}", "split": "test", "reason": "missing-file", "detail": "gone"}
        for number in range(230)
    ]
    pair = stored_pair("x", changed=None, facts=None, change_mask=None)
    write_preview(write_dataset([pair], [], rejected), tmp_path / "p.html")
    data = page_data(tmp_path / "p.html")[1]
    assert data["head"]["counts"]["rejected"] == {"missing-file": 230}
    assert len(data["head"]["rejected"]) == 200
    assert data["pairs"][0]["changed"] is None


@pytest.mark.parametrize("page", ["p.html", "report/"])
def test_a_class_that_the_manifest_does_not_name_is_told(stored_pair, write_dataset, rsica_data, tmp_path, page):
    folder = write_dataset([stored_pair("p1")], [], change_classes=["building"]).root
    ended = rsica_data("preview", folder, "--html", f"{tmp_path}/{page}")
    told = "change_classes: does not name the class 'road' of the pair 'hand/test/p1'"
    assert (ended.status, ended.err) == (2, f"rsica-data: error: {folder}/manifest.json: {told}\n")
    assert not (tmp_path / "p.html").exists()


@pytest.fixture
def rendered(tmp_path):
    """The page's HTML after its scripts have run."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium")
    profile = tmp_path / "profile"

    def run(path):
        words = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            f"--user-data-dir={profile}", "--virtual-time-budget=3000", "--dump-dom", path.as_uri(),
        ]  # fmt: skip
        return subprocess.run(words, capture_output=True, text=True, timeout=90, check=True).stdout

    return run


@pytest.mark.browser
def test_hostile_text_is_shown_as_text(hostile_page, rendered):
    html = rendered(hostile_page)
    assert html.count("<article") == len(HOSTILE)
    assert "<title>broken" not in html
    assert not re.search(r"<img src=\W?x\b", html)
    assert "4 of 4 pairs" in html


@pytest.mark.browser
def test_the_page_says_how_many_were_set_aside_and_what_is_not_known(
    stored_pair, asked, write_dataset, rendered, tmp_path
):
    rejected = [
        {"pair_id": f"hand/test/{number}", "split": "test", "reason": "missing-file", "detail": "gone"}
        for number in range(230)
    ]
    pair = dataclasses.replace(stored_pair("x", facts=None, change_mask=None), changed=None)
    write_preview(write_dataset([pair, stored_pair("y")], [], rejected), tmp_path / "p.html")
    html = rendered(tmp_path / "p.html")
    assert "230 skipped" in html
    assert "30 more" in html
    assert "change not known" in html
    assert 'data-class="1"' in html


@pytest.mark.browser
def test_a_class_is_hidden_by_its_box_and_arrows_walk_the_pairs(stored_pair, write_dataset, rendered, tmp_path):
    write_preview(write_dataset([stored_pair("x"), stored_pair("y")], []), tmp_path / "p.html")
    script = """<script>
      document.querySelector('[data-toggle="1"]').click();
      for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"])
        (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      const shown = (number) => [...document.querySelectorAll(`.view [data-class="${number}"]`)]
        .filter((node) => node.style.display !== "none").length;
      document.title = `${shown(0)} ${shown(1)} ${document.activeElement.id}`;
    </script></body>"""
    page = (tmp_path / "p.html").read_text(encoding="utf-8").replace("</body>", script)
    # The page's policy lets no script run but its own.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    (tmp_path / "q.html").write_text(page, encoding="utf-8")
    last = page_data(tmp_path / "p.html")[1]["pairs"][-1]["id"]
    # A mask and an outline of road at each date of each of two pairs are left; none of building.
    assert f"<title>8 0 {last}</title>" in rendered(tmp_path / "q.html")
