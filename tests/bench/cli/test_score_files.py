"""`score-masks` and `score-vqa` from end to end."""

import gzip
import json

import numpy as np
import pytest
from PIL import Image

PREDICTED = ("predict_BIT", "predict_ChangeFormerV6")


def save(folder, **masks):
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in masks.items():
        Image.fromarray(np.array(values, np.uint8)).save(folder / f"{name}.png")
    return folder


@pytest.mark.parametrize("model", PREDICTED)
def test_real_predictions(rsica_bench, real_data, model):
    folder = real_data / "dsifn_samples"
    found = rsica_bench("score-masks", "--true", folder / "label", "--predicted", folder / model, "--json").json
    true, said = (
        np.concatenate([np.array(Image.open(path)).ravel() > 0 for path in sorted((folder / name).glob("*.png"))])
        for name in ("label", model)
    )
    tp, fp, fn, tn = (int(np.sum(part)) for part in (true & said, ~true & said, true & ~said, ~true & ~said))
    metrics = found["metrics"]
    wanted = {
        "precision": tp / (tp + fp),
        "recall": tp / (tp + fn),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "iou": tp / (tp + fp + fn),
        "oa": (tp + tn) / len(true),
        "miou": (tp / (tp + fp + fn) + tn / (tn + fp + fn)) / 2,
    }
    assert {name: metrics[name] for name in wanted} == pytest.approx(wanted, abs=1e-12, rel=0)
    low, high = found["intervals"]["f1"]
    assert low < metrics["f1"] < high
    assert (found["items"], found["task"]) == (10, "change")


def test_items_and_lines(rsica_bench, tmp_path):
    true = save(tmp_path / "true", a=[[0, 255], [0, 255]], b=[[0, 0], [0, 0]])
    said = save(tmp_path / "said", a=[[0, 1], [0, 0]], b=[[0, 0], [0, 0]], unasked=[[9]])
    done = rsica_bench("score-masks", "--true", true, "--predicted", said, "--per-item", tmp_path / "items.jsonl")
    assert done.status == 0
    assert "2 items on 2 pairs" in done.out
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert [one["id"] for one in items] == ["a", "b"]
    assert items[0]["iou"] == 0.5
    assert "iou" not in items[1]
    assert items[1]["per_image_iou"] == 1


def test_ignored_pixels_and_thresholds(rsica_bench, tmp_path):
    true = save(tmp_path / "true", a=[[0, 255, 128, 128]])
    said = save(tmp_path / "said", a=[[10, 200, 130, 0]])
    words = ("score-masks", "--true", true, "--predicted", said, "--json")
    found = rsica_bench(*words, "--ignore", "128", "--threshold", "128").json["metrics"]
    assert found["oa"] == found["f1"] == 1
    assert rsica_bench(*words[:-1]).status == 2


def test_semantic_change_by_hand(rsica_bench, tmp_path):
    none, tree, water = (255, 255, 255), (0, 255, 0), (0, 0, 255)
    folders = {}
    for name, pixels in {
        "t1": [none, none, tree, tree],
        "t2": [none, none, water, water],
        "p1": [none, tree, tree, water],
        "p2": [none, water, water, water],
    }.items():
        folders[name] = save(tmp_path / name, a=[pixels])
    words = ["--true", folders["t1"], "--true", folders["t2"], "--predicted", folders["p1"], "--predicted"]
    found = rsica_bench("score-masks", *words, folders["p2"], "--values", "second", "--json").json
    metrics = found["metrics"]
    assert found["task"] == "semantic_change"
    assert metrics["oa"] == pytest.approx(5 / 8)
    assert metrics["iou_change"] == pytest.approx(4 / 6)
    assert metrics["iou_no_change"] == pytest.approx(2 / 4)
    assert metrics["precision_scd"] == pytest.approx(3 / 6)
    assert metrics["recall_scd"] == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--predicted", "nowhere"), "no such folder"),
        (("--predicted", "empty"), "holds no mask"),
        (("--predicted", "fewer"), "1 of 2 masks are missing, the first is 'b'"),
        (("--predicted", "sizes"), "differ in size"),
        (("--predicted", "grey"), "more than two values"),
        (("--predicted", "broken"), "a.png"),
        (("--predicted", "same", "--predicted", "same"), "2 of predicted"),
        (("--predicted", "same", "--true", "true", "--predicted", "same"), "--values"),
        (("--predicted", "same", "--values", "a=1"), "fewer than two"),
        (("--predicted", "same", "--values", "a=1;b"), "cannot read 'b'"),
        (("--predicted", "same", "--values", "a=0;b=256"), "'256' is no value"),
        (("--predicted", "same", "--ignore", "1,2"), "'1,2' is no value"),
    ],
)
def test_wrong_masks(rsica_bench, tmp_path, monkeypatch, words, hint):
    monkeypatch.chdir(tmp_path)
    good = {"a": [[0, 255]], "b": [[0, 0]]}
    save(tmp_path / "true", **good)
    save(tmp_path / "same", **good)
    save(tmp_path / "empty")
    save(tmp_path / "fewer", a=[[0, 255]])
    save(tmp_path / "sizes", a=[[0, 255, 0]], b=[[0, 0]])
    save(tmp_path / "grey", a=[[3, 200, 255]], b=[[0, 0]])
    save(tmp_path / "broken", **good)
    (tmp_path / "broken" / "a.png").write_bytes((tmp_path / "broken" / "a.png").read_bytes()[:40])
    done = rsica_bench("score-masks", "--true", "true", *words)
    assert done.status == 2
    assert hint in done.err
    assert len(done.err.strip().splitlines()) == 1


@pytest.fixture
def cdvqa(real_data):
    return {name: real_data / "cdvqa" / f"Val_{name}.json.gz" for name in ("questions", "answers", "images")}


def call(rsica_bench, cdvqa, predictions, *words):
    given = [f"--{name}={path}" for name, path in cdvqa.items()]
    return rsica_bench("score-vqa", *given, "--predictions", predictions, *words)


def test_the_true_answers_are_right(rsica_bench, cdvqa):
    found = call(rsica_bench, cdvqa, cdvqa["answers"], "--json", "--draws", "20").json
    assert found["metrics"]["accuracy"] == found["metrics"]["average_accuracy"] == 1
    assert (found["items"], found["unanswered"]) == (16441, 0)
    assert 1 < found["clusters"] < 16441 / 5
    assert len([name for name in found["metrics"] if name.startswith("accuracy/")]) == 8


def test_a_constant_answer_scores_its_share(rsica_bench, cdvqa, tmp_path):
    questions = json.loads(gzip.decompress(cdvqa["questions"].read_bytes()))["questions"]
    answers = json.loads(gzip.decompress(cdvqa["answers"].read_bytes()))["answers"]
    said = tmp_path / "no.json"
    said.write_text(json.dumps({str(one["id"]): "No." for one in questions[1:]}))
    found = call(rsica_bench, cdvqa, said, "--json").json
    share = sum(one["answer"] == "no" for one in answers) / len(answers)
    assert found["unanswered"] == 1
    assert found["metrics"]["accuracy"] == pytest.approx(share, abs=1e-4)
    low, high = found["intervals"]["accuracy"]
    assert low < found["metrics"]["accuracy"] < high
    # Questions about one image hang together: the interval is wider than that of as many independent ones.
    assert high - low > 2 * 1.96 * (share * (1 - share) / len(answers)) ** 0.5
    assert "without an answer" in call(rsica_bench, cdvqa, said).out


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("{", "not valid JSON"),
        ("[1]", "is not a list of answers"),
        ('{"x": "yes"}', "belong to no question"),
        ('[{"question_id": 0, "answer": "yes"}, {"question_id": 0, "answer": "no"}]', "answered twice"),
        ('[{"question_id": 0}]', "'answer'"),
    ],
)
def test_wrong_predictions(rsica_bench, cdvqa, tmp_path, content, hint):
    path = tmp_path / "said.json"
    path.write_text(content)
    done = call(rsica_bench, cdvqa, path)
    assert done.status == 2
    assert hint in done.err
    assert "said.json" in done.err


@pytest.mark.parametrize(
    ("images", "hint"),
    [
        ([{"id": 10**6, "file_name": "a.png"}], "6386 of 6386 images of the questions are not in it, the first is '0'"),
        ([{"id": number} for number in range(6400)], "6386 of 6386 images of the questions are not in it"),
    ],
)
def test_images_of_another_set_tell_nothing(rsica_bench, cdvqa, tmp_path, images, hint):
    """Image ids that are not found would be an image each, as if no two questions shared one."""
    path = tmp_path / "images.json"
    path.write_text(json.dumps({"images": images}))
    done = call(rsica_bench, cdvqa | {"images": path}, cdvqa["answers"], "--json")
    assert done.status == 2
    assert hint in done.err and "images.json" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_true_masks_saved_as_jpeg(cases, real_data, rsica_bench):
    words = ("score-masks", "--true", cases / "cdd_jpeg", "--predicted", real_data / "levir_cd_samples" / "label")
    refused = rsica_bench(*words)
    assert refused.status == 2
    assert "(give --true-threshold 128: a JPEG smears values)" in refused.err
    scored = rsica_bench(*words, "--true-threshold", 128, "--json")
    assert scored.status == 0, scored.err
    assert scored.json["metrics"]["f1"] == 1
    # The other way round it is the predictions that are smeared.
    turned = ("score-masks", "--predicted", cases / "cdd_jpeg", "--true", cases / "cdd_jpeg", "--true-threshold", 128)
    assert "(give --threshold 128" in rsica_bench(*turned).err
    assert rsica_bench(*turned, "--threshold", 128).status == 0
    semantic = (
        "score-masks",
        "--true",
        "a",
        "--true",
        "b",
        "--predicted",
        "a",
        "--predicted",
        "b",
        "--values",
        "second",
    )
    assert "gives no classes" in rsica_bench(*semantic, "--true-threshold", 128).err


@pytest.mark.parametrize("form", ["bmp", "gif", "alpha", "one bit", "zero and one", "16 bits"])
def test_masks_in_any_form_beside_what_systems_leave(tmp_path, rsica_bench, form):
    drawn = np.zeros((8, 8), np.uint8)
    drawn[2:5, 2:5] = 255
    for folder, image, suffix in (("true", Image.fromarray(drawn), "png"), ("said", *written(drawn, form))):
        (tmp_path / folder / "__MACOSX").mkdir(parents=True)
        image.save(tmp_path / folder / f"x.{suffix}")
        for junk in ("._x.png", ".DS_Store", "Thumbs.db", "__MACOSX/x.png", ".ipynb_checkpoints/x-checkpoint.png"):
            (tmp_path / folder / junk).parent.mkdir(exist_ok=True)
            (tmp_path / folder / junk).write_bytes(b"junk")
    done = rsica_bench("score-masks", "--true", tmp_path / "true", "--predicted", tmp_path / "said", "--json")
    assert done.status == 0, done.err
    assert done.json["metrics"]["f1"] == 1


def written(drawn, form):
    if form == "alpha":
        return Image.fromarray(np.dstack([np.full_like(drawn, 255)] * 3 + [drawn])), "png"
    if form == "16 bits":
        return Image.fromarray(drawn.astype(np.uint16) * 257), "png"
    made = {"one bit": Image.fromarray(drawn).convert("1"), "zero and one": Image.fromarray(drawn // 255)}
    return made.get(form, Image.fromarray(drawn)), form if form in ("bmp", "gif") else "png"


def test_a_caption_of_a_megabyte_is_an_empty_one(rsica_bench, tmp_path):
    looped = "a road is built " * 62_500
    files = {"long": looped, "empty": "", "limit": "x" * 20_000}
    (tmp_path / "refs.json").write_text(json.dumps({"a": ["a road is built"], "b": ["a house is built"]}))
    found = {}
    for name, text in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"a": text, "b": "a house is built"}))
        words = ("--hypotheses", tmp_path / f"{name}.json", "--references", tmp_path / "refs.json")
        found[name] = rsica_bench("score-captions", *words, "--json").json
        shown = rsica_bench("score-captions", *words)
        told = "1 caption of more than 20,000 characters counted as empty, the first 'a'"
        assert (told in shown.out) == (name == "long")
    assert found["long"].pop("too_long") == ["a"]
    assert found["long"] == found["empty"]
    assert "too_long" not in found["limit"]


def test_a_reference_of_a_megabyte_is_refused(rsica_bench, tmp_path):
    (tmp_path / "refs.json").write_text(json.dumps({"a": ["fine", "a road " * 150_000]}))
    (tmp_path / "said.json").write_text(json.dumps({"a": "a road"}))
    done = rsica_bench("score-captions", "--hypotheses", tmp_path / "said.json", "--references", tmp_path / "refs.json")
    assert done.status == 2
    assert done.err.strip().endswith("refs.json: a: a reference of 1,050,000 characters, at most 20,000 are scored")


def test_what_does_not_count_is_named(rsica_bench, tmp_path):
    true = save(tmp_path / "true", a=[[0, 255]], b=[[7, 7]])
    said = save(tmp_path / "said", a=[[0, 255]], b=[[0, 255]], c=[[0, 0]], d=[[0, 0]])
    words = ("score-masks", "--true", true, "--predicted", said, "--ignore", "7")
    done = rsica_bench(*words, "--json")
    assert (done.json["extra"], done.json["ignored"], done.json["items"]) == (2, 1, 2)
    assert done.err.splitlines() == [
        "warning: 2 predicted masks have no true one and do not count, the first is 'c'",
        "warning: 1 pairs have no pixel left and do not count, the first is 'b'",
    ]
    assert done.json["metrics"]["per_image_iou"] == 1


def test_a_null_answer_is_none(rsica_bench, cdvqa, tmp_path):
    answers = json.loads(gzip.decompress(cdvqa["answers"].read_bytes()))["answers"]
    said = [{"question_id": one["question_id"], "answer": None if n < 3 else one["answer"]}
            for n, one in enumerate(answers)]  # fmt: skip
    (tmp_path / "list.json").write_text(json.dumps(said))
    (tmp_path / "map.json").write_text(json.dumps({str(one["question_id"]): one["answer"] for one in said}))
    for name in ("list.json", "map.json"):
        found = call(rsica_bench, cdvqa, tmp_path / name, "--json", "--draws", "20").json
        assert found["unanswered"] == 3 and found["metrics"]["accuracy"] < 1


def test_without_images_there_are_no_intervals(rsica_bench, cdvqa):
    """6,386 image ids are 400 images: intervals over ids were a quarter too narrow."""
    given = {name: path for name, path in cdvqa.items() if name != "images"}
    done = call(rsica_bench, given, cdvqa["answers"], "--json")
    assert done.json["clusters"] is None and done.json["intervals"] == {}
    assert "--images" in done.err
    assert call(rsica_bench, cdvqa, cdvqa["answers"], "--json", "--draws", "5").json["clusters"] == 400
    assert "16441 items\n" in call(rsica_bench, given, cdvqa["answers"]).out.replace(",", "")
