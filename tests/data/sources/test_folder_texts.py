"""Questions, conversations, captions and boxes of the source folder, and images of one date."""

import gzip
import json

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset
from rsica_data.sources.folder import SOURCE


@pytest.fixture
def folder(tmp_path):
    """Two pairs of two dates in one folder."""
    root = tmp_path / "in"
    for side in ("A", "B"):
        (root / side).mkdir(parents=True)
        for number, name in enumerate(("train_1", "2")):
            Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(root / side / f"{name}.png")
    return root


def load_pairs(root, **options):
    chosen = SOURCE.options(**options)
    return {key.pair_id: SOURCE.load(root, key, chosen) for key in SOURCE.index(root, chosen)}


LLAVA = [
    {
        "id": 1,
        "image": ["x/A/2.png", "x/B/2.png"],
        "changeflag": 1,
        "conversations": [
            {"from": "human", "value": "<image>\n<image>What changed?"},
            {"from": "gpt", "value": "A road."},
        ],
    }
]
SHAREGPT = [
    {
        "images": ["2.png"],
        "messages": [{"role": "user", "content": "What changed?"}, {"role": "assistant", "content": "A road."}],
    }
]


@pytest.mark.parametrize("records", [LLAVA, SHAREGPT])
def test_conversations(folder, records):
    (folder / "talks.json").write_text(json.dumps(records))
    pairs = load_pairs(folder, questions={"conversations": "talks.json"})
    assert pairs["folder/test/train_1"].questions == ()
    (question,) = pairs["folder/test/2"].questions
    assert (question.kind, question.turns) == ("conversation", (("What changed?", "A road."),))
    assert pairs["folder/test/2"].changed is (True if records is LLAVA else None)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("q.json", '[{"picture": "2.png", "kind": "any", "q": "Changed?", "a": "yes"}]'),
        ("q.jsonl", '{"picture": "2.png", "kind": "any", "q": "Changed?", "a": "yes"}\n'),
        ("q.csv", "picture,kind,q,a\n2.png,any,Changed?,yes\n"),
    ],
)
def test_tables_of_questions(folder, file, text):
    (folder / file).write_text(text)
    rows = {"file": file, "image": "picture", "question": "q", "answer": "a", "kind": "kind"}
    (question,) = load_pairs(folder, questions={"rows": rows})["folder/test/2"].questions
    assert (question.kind, question.turns, question.options) == ("any", (("Changed?", "yes"),), ("yes",))


KARPATHY = {
    "images": [
        {"filename": "train_1.png", "split": "train", "changeflag": 0, "sentences": [{"raw": "no change ."}]},
        {"filename": "2.png", "split": "test", "changeflag": 1, "sentences": [{"raw": " a road ."}, {"raw": " . "}]},
    ]
}


def test_captions_in_the_form_of_levir_cc(folder):
    """Also where the folder has no splits of its own: captions go by name then; the point of the tokens is left out."""
    (folder / "captions.json").write_text(json.dumps(KARPATHY))
    pairs = load_pairs(folder, captions="captions.json")
    assert {name: (pair.captions, pair.changed) for name, pair in pairs.items()} == {
        "folder/test/2": (("a road",), True),
        "folder/test/train_1": (("no change",), False),
    }


def test_captions_of_a_table_and_of_one_file_a_split(folder):
    (folder / "c.csv").write_text("image,caption\n2.png,A road.\n2.png,A long road.\n")
    captions = {"table": {"file": "c.csv"}}
    assert load_pairs(folder, captions=captions)["folder/test/2"].captions == ("A road.", "A long road.")
    (folder / "test.json").write_text('{"2": ["A house."]}')
    captions = {"file": "{split}.json"}
    assert load_pairs(folder, captions=captions)["folder/test/2"].captions == ("A house.",)


def test_texts_of_other_pairs_are_an_error(folder):
    (folder / "talks.json").write_text(json.dumps([{**LLAVA[0], "image": "other.png"}]))
    with pytest.raises(UserError) as error:
        load_pairs(folder, questions={"conversations": "talks.json"})
    assert error.value.key == "source.options.questions"
    for captions in ("absent.json", {"file": "absent-{split}.json"}, {"table": {"file": "absent.csv"}}):
        with pytest.raises(UserError) as error:
            load_pairs(folder, captions=captions)
        assert error.value.key == "source.options.captions"
    with pytest.raises(UserError, match="no files of questions"):
        load_pairs(folder, questions={"conversations": "absent.json"})


def test_one_date_with_a_label_map_and_boxes(folder):
    (folder / "labels").mkdir()
    (folder / "boxes").mkdir()
    for name in ("train_1", "2"):
        Image.fromarray(np.eye(8, dtype=np.uint8)).save(folder / "labels" / f"{name}.png")
        (folder / "boxes" / f"{name}.txt").write_text("0 0 4 0 4 4 0 4 plane 0\n")
    options = {"after": None, "before_labels": "labels/{name}.png", "classes": {"road": 1}}
    pair = load_pairs(folder, **options, objects={"dota": "boxes/{name}.txt"})["folder/test/2"]
    assert pair.after is None
    np.testing.assert_array_equal(pair.before_labels, np.eye(8, dtype=np.uint8))
    assert pair.attributes["objects"] == [
        {"class": "plane", "box": [0.0, 0.0, 4.0, 4.0], "corners": [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]}
    ]
    assert ("How many planes are in the image?", "1") in [question.turns[0] for question in pair.questions]
    with pytest.raises(ValidationError, match="have no mask but before_labels"):
        SOURCE.options(after=None, change_mask="m/{name}.png", classes={"road": 1})


def records(export):
    """Every record of an export but its id, in order."""
    found = {}
    for path in sorted(export.glob("changechat*.json")):
        rows = [{key: value for key, value in row.items() if key != "id"} for row in json.loads(path.read_text())]
        found[path.name] = sorted(rows, key=json.dumps)
    return found


def test_what_changechat_writes_is_read_back_by_a_plain_folder(
    new_tasks, real_data, rsica_data, tmp_path, write_recipe
):
    """The same records, images, flags and captions, without a page of the catalog."""
    mini = real_data / "miniatures" / "levirmci"
    if not mini.is_dir():
        pytest.skip("no miniature")
    first, second = tmp_path / "export1", tmp_path / "export2"
    recipe = write_recipe(source="catalog", options={"page": "levir-mci"})
    assert rsica_data("build", recipe, "--input", mini, "--out", tmp_path / "one", "--workers", 1).status == 0
    assert rsica_data("export", tmp_path / "one", "--format", "changechat", "--to", first).status == 0
    options = {
        "before": "images/{split}/A/{name}.png",
        "after": "images/{split}/B/{name}.png",
        "questions": {
            "conversations": {"train": ["*_train.json"], "test": ["*_test.json", "*_test_*.json"]},
            "kinds": {
                "_binary": "classification",
                "_count": "counting",
                "_loc": "localization",
                "_dialog": "dialogue",
                "_open": "open_qa",
            },
        },
    }
    recipe = write_recipe(source="folder", options=options, tasks=["given_qa", "captioning"], facts={})
    again = rsica_data("build", recipe, "--input", first, "--out", tmp_path / "two", "--workers", 1)
    assert again.status == 0, again.err
    assert rsica_data("validate", tmp_path / "two").status == 0
    assert rsica_data("export", tmp_path / "two", "--format", "changechat", "--to", second).status == 0
    assert records(first) == records(second)
    one, two = open_dataset(tmp_path / "one"), open_dataset(tmp_path / "two")
    for split in ("train", "test"):
        old, new = ({p.before.path.rpartition("/")[2]: p for p in data.pairs(split)} for data in (one, two))
        assert {n: (p.before.data, p.after.data, p.changed) for n, p in old.items()} == {
            n: (p.before.data, p.after.data, p.changed) for n, p in new.items()
        }


def test_the_captions_that_levir_cc_published(real_data):
    """The published file, packed, beside three real pairs of it: their five sentences each, as its tokens are."""
    folder = real_data / "levir_cc"
    if not folder.is_dir():
        pytest.skip("no LEVIR-CC")
    options = {"before": "images/{split}/A/{name}.png", "after": "images/{split}/B/{name}.png"}
    pairs = load_pairs(folder, captions="LevirCCcaptions.json.gz", **options)
    published = json.loads(gzip.decompress((folder / "LevirCCcaptions.json.gz").read_bytes()))["images"]
    expected = {
        f"folder/train/{entry['filename'].removesuffix('.png')}": (
            tuple(" ".join(sentence["tokens"]) for sentence in entry["sentences"]),
            bool(entry["changeflag"]),
        )
        for entry in published
        if (folder / "images/train/A" / entry["filename"]).is_file()
    }
    assert len(expected) == 3
    assert {name: (pair.captions, pair.changed) for name, pair in pairs.items()} == expected
