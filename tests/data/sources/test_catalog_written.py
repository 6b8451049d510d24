"""Every layout of every page, written from the page itself, is read back as it was written."""

import numpy as np
import pytest

from rsica_data.dataset.opening import open_dataset
from rsica_data.schema import ParseContext, Question
from rsica_data.sources.catalog.catalog_pages import all_pages
from rsica_data.sources.catalog.layout_writer import layout_of, simulated, write_page
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions
from rsica_data.sources.catalog.writing_texts import asked_of, objects_of
from rsica_data.tasks.land_cover import TASK
from rsica_data.text.class_names import label_words

PAGES = {page.name: page for page in all_pages()}
LAYOUTS = [(page.name, layout.name) for page in PAGES.values() for layout in page.layouts]


def needs_h5py(page):
    if any(layout.before.hdf5 is not None for layout in page.layouts):
        pytest.importorskip("h5py", reason="h5py is not installed: pip install 'rsica[hdf5]'")


def written_of(key, written):
    """The pair that was written under a key.

    Names of listed images and of groups begin with their folder, images in arrays are called by their place.
    """
    name = key.pair_id.rpartition("/")[2].partition("_2018-")[0].partition("__")[0]
    there = [pair for pair in written if pair.split == key.split]
    named = [pair for pair in there if name.endswith(pair.name)]
    return named[0] if named else there[int(name.rpartition("_")[2])]


@pytest.mark.parametrize(("name", "layout"), LAYOUTS, ids=[f"{name}:{layout}" for name, layout in LAYOUTS])
def test_a_layout_is_read_as_it_is_written(tmp_path, name, layout):
    page = PAGES[name]
    needs_h5py(page)
    write_page(page, tmp_path, layout=layout, pairs=2, size=48, seed=3)
    options = CatalogOptions(page=page, layout=layout)
    truth = {
        (pair.split, pair.name): pair for pair in simulated(page, layout_of(page, layout), pairs=2, size=48, seed=3)
    }
    keys = SOURCE.index(tmp_path, options)
    assert len(keys) == len(truth)
    for key in keys:
        pair = SOURCE.load(tmp_path, key, options)
        written = written_of(key, list(truth.values()))
        for role, mask in written.masks.items():
            if role != "extent":
                np.testing.assert_array_equal(getattr(pair, role), mask, err_msg=f"{key.pair_id} {role}")
        if "extent" in written.masks:
            assert np.array_equal((pair.change_mask != 0), written.masks["extent"] != 0)
        packed = layout_of(page, layout).before.packed
        if layout_of(page, layout).captions is not None or (packed is not None and packed.caption):
            assert pair.captions == written.captions
        asks = layout_of(page, layout).questions is not None or (packed is not None and packed.question)
        if asks and key.split != "val":
            questions = layout_of(page, layout).questions
            rows = None if questions is None else questions.rows
            asked, answer = asked_of(written, questions)
            asked = asked if rows is None else rows.ask.replace("{question}", asked)
            assert [question.turns for question in pair.questions] == [((asked, answer),)]
        inside = layout_of(page, layout).before.hdf5
        if inside is not None and inside.label is not None:
            label = label_words(inside.labels[0 if written.changed else -1])
            assert [question.turns for question in pair.questions] == [((inside.ask, label),)]
        form = layout_of(page, layout).objects
        if form is not None:
            counts = {name: len(boxes) for name, boxes in objects_of(written, form).items()}
            asked = {turn: answer for question in pair.questions for turn, answer in question.turns}
            assert sum(answer == "yes" for answer in asked.values()) == len(counts)
            assert sum(int(answer) for answer in asked.values() if answer.isdigit()) == (
                0 if form.tags is not None else sum(counts.values())
            )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_builds_and_a_perfect_model_scores_perfectly(tmp_path, rsica_data, rsica_bench, name, new_tasks):
    """From the page to scores, and to a training format."""
    needs_h5py(PAGES[name])
    source = f"{name}:{PAGES[name].layouts[0].name}"
    out = tmp_path / "out"
    made = rsica_data("synth", "--layout", source, "--out", tmp_path / "in", "--json")
    assert made.status == 0, made.err
    words = ("build", name, "--input", tmp_path / "in", "--out", out, "--workers", 1, "--max-rejects", 0, "--json")
    found = rsica_data(*words)
    assert found.status == 0, found.err
    assert sum(found.json["counts"]["pairs"].values()) == made.json["pairs"]
    checked = rsica_data("validate", out)
    assert checked.status == 0, checked.out
    split = next(split for split in ("test", "val", "train") if found.json["counts"]["instructions"].get(split))
    words = ("run", "--data", out, "--split", split, "--adapter", "oracle", "--out", tmp_path / "run", "--json")
    scored = rsica_bench(*words)
    assert scored.status == 0, scored.err
    for task, result in scored.json["tasks"].items():
        assert result["unparsed"] == 0, task
        for metric in ("accuracy", "exact", "f1"):
            assert result["metrics"].get(metric, 1.0) == 1.0, (task, metric)
    written = rsica_data("export", out, "--format", "llava", "--to", tmp_path / "llava")
    assert written.status == 0, written.err


def test_shares_of_one_date_are_those_of_the_label_map(tmp_path, new_tasks, rsica_data, rsica_bench):
    page, out = PAGES["landcover-ai"], tmp_path / "out"
    write_page(page, tmp_path / "in", pairs=4, size=48, seed=5)
    truth = {p.name: p for p in simulated(page, page.layouts[0], pairs=4, size=48, seed=5)}
    assert rsica_data("build", page.name, "--input", tmp_path / "in", "--out", out, "--workers", 1).status == 0
    kinds = set()
    for item in open_dataset(out).instructions():
        labels = truth[item.pair_id.rpartition("/")[2]].masks["before_labels"]
        shares = {name: (labels == number).mean() for name, number in page.ids().items()}
        kind, args, value = item.gold["kind"], item.gold["args"], item.gold["value"]
        kinds.add(kind)
        if kind == "cover":
            assert value == pytest.approx(100 * shares[args["cls"]], abs=0.051)
        elif kind == "presence":
            assert value is bool(shares[args["cls"]] > 0)
        else:
            assert value == max(shares, key=shares.get)
    assert kinds == {"cover", "presence", "most"}
    words = ("run", "--data", out, "--adapter", "oracle", "--out", tmp_path / "run", "--json")
    assert rsica_bench(*words).json["tasks"]["land_cover"]["metrics"]["accuracy"] == 1.0


LAND = ("building", "woodland", "water", "road")


@pytest.mark.parametrize(
    ("kind", "args", "reply", "value"),
    [
        ("cover", {"cls": "water"}, "Water covers about 12.5 % of the image.", 12.5),
        ("cover", {"cls": "building"}, "40%", 40.0),
        ("presence", {"cls": "road"}, "No, there are no roads.", False),
        ("presence", {"cls": "road"}, "Yes", True),
        ("most", {"among": list(LAND)}, "Woodlands cover most of it.", "woodland"),
    ],
)
def test_replies_about_one_image(kind, args, reply, value):
    assert TASK.parse(reply, ParseContext(Question(kind, args), LAND)) == {"value": value}
