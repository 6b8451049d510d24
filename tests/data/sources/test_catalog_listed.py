"""Images that records name by their paths, wherever these lie."""

import json

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.catalog.catalog_pages import read_page
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

PAGE = """
name: mine
title: Mine
family: change text
summary: Mine.
layouts:
  - name: records
    before: {listed: [images, more]}
    questions: QUESTIONS
    splits: [{questions: true}]
"""


def write_image(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), level, np.uint8)).save(path)


def talk(images, asked="What changed?", key="image"):
    turns = [{"from": "human", "value": f"<image>\n{asked}"}, {"from": "gpt", "value": "A road."}]
    return {key: images, "conversations": turns}


def load_pairs(root, questions="{conversations: {train: [talks.json]}}"):
    (root / "mine.yaml").write_text(PAGE.replace("QUESTIONS", questions))
    options = CatalogOptions(page=read_page(root / "mine.yaml"))
    pairs = {}
    for key in SOURCE.index(root, options):
        try:
            pairs[key.pair_id] = SOURCE.load(root, key, options)
        except InvalidItemError as error:
            pairs[key.pair_id] = error.reason
    return pairs


@pytest.mark.parametrize("file", ["talks.json", "talks.jsonl"])
def test_one_image_two_images_and_more(tmp_path, file):
    """Files of one name in several folders stay apart, and questions of one image are together."""
    for number, path in enumerate(("images/a/1.png", "images/b/1.png", "more/c/1.png", "images/b/2.png")):
        write_image(tmp_path / path, 10 * number)
    records = [
        talk("a/1.png"),
        talk(["a/1.png"], "Where?"),
        talk(["b/1.png", "c/1.png"], key="video"),
        talk(["b/1.png", "b/2.png", "a/1.png"], key="video"),
        talk(["b/2.png", "absent.png"]),
        talk("../out.png"),
    ]
    text = json.dumps(records) if file == "talks.json" else "".join(json.dumps(record) + "\n" for record in records)
    (tmp_path / file).write_text(text)
    pairs = load_pairs(tmp_path, f"{{conversations: {{train: [{file}]}}}}")
    one, two = pairs["mine/train/a_1"], pairs["mine/train/b_1__c_1"]
    assert one.after is None
    assert [question.turns[0][0] for question in one.questions] == ["What changed?", "Where?"]
    assert (one.before.path, two.before.path, two.after.path) == ("images/a/1.png", "images/b/1.png", "more/c/1.png")
    assert [int(decode_rgb(image.data)[0, 0, 0]) for image in (one.before, two.before, two.after)] == [0, 10, 20]
    assert len(two.questions) == 1
    assert pairs["mine/train/b_2__absent"] == pairs["mine/train/.._out"] == "missing-file"
    assert set(pairs) == {"mine/train/a_1", "mine/train/b_1__c_1", "mine/train/b_2__absent", "mine/train/.._out"}


def test_rows_with_lists_of_images(tmp_path):
    for number, path in enumerate(("images/a/1.png", "images/a/2.png")):
        write_image(tmp_path / path, number)
    rows = [{"paths": ["a/1.png", "a/2.png"], "question": "Changed?", "answer": "yes"}]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    pairs = load_pairs(tmp_path, "{rows: {file: {test: [q.json]}, image: paths}}")
    (pair,) = pairs.values()
    assert pair.pair_id == "mine/test/a_1__a_2"
    assert pair.after.path == "images/a/2.png"
    assert pair.questions[0].turns == (("Changed?", "yes"),)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    splits", '    after: "B/{name}.png"\n    splits', "have no after"),
        ("    questions: QUESTIONS\n", "", "need these"),
        ("[images, more]", "[../images]", "must lie inside"),
        (
            "listed: [images, more]",
            "listed: images, file: '{name}.png'",
            "one of file, separate, packed, hdf5 and listed",
        ),
    ],
)
def test_mistakes(tmp_path, old, new, told):
    text = PAGE.replace(old, new).replace("QUESTIONS", "{conversations: talks.json}")
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(Exception, match=told):
        read_page(tmp_path / "mine.yaml")
