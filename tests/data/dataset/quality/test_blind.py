"""What is right without looking at the images, on datasets whose figures are known by hand."""

import gzip
import json
import random

import pytest

from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.quality import blind_rows
from rsica_data.dataset.quality.wording_classifier import WordClassifier
from rsica_data.dataset.stats import dataset_stats


@pytest.fixture
def yes_no(stored_pair, asked, write_dataset):
    """Rows of yes or no: 3 of 4 training answers are yes, and one of 2 test answers."""

    def make(train=(True, True, True, False), test=(True, False)):
        pairs, items = [], []
        for split, answers in (("train", train), ("test", test)):
            for number, changed in enumerate(answers):
                pair = stored_pair(f"{split}{number}", split=split, changed=changed)
                pairs.append(pair)
                text = "Yes." if changed else "No."
                items.append(asked(pair, "classification", "Changed?", text, gold={"changed": changed}, kind="binary"))
        return write_dataset(pairs, items)

    return make


def test_majority_and_balance_by_hand(yes_no):
    (row,) = blind_rows(yes_no())
    assert row == {
        "split": "test", "task": "classification", "turns": 2, "answers": 2, "most_common": "No.",
        "most_common_share": 0.5, "majority": 0.5, "words": 0.5,
    }  # fmt: skip


def test_without_a_training_split_nothing_is_learnt(yes_no):
    (row,) = blind_rows(yes_no(train=()))
    assert (row["majority"], row["words"], row["most_common_share"]) == (None, None, 0.5)


def test_a_wording_that_gives_the_answer_away_is_seen_by_the_words_alone(stored_pair, asked, write_dataset):
    rng = random.Random(2)
    pairs, items = [], []
    for split, number in (("train", 40), ("test", 20)):
        for place in range(number):
            changed = rng.random() < 0.5
            pair = stored_pair(f"{split}{place}", split=split, changed=changed)
            words = "Is something new to be seen?" if changed else "Is it all as before?"
            pairs.append(pair)
            text = "Yes." if changed else "No."
            items.append(asked(pair, "classification", words, text, gold={"changed": changed}, kind="binary"))
    (row,) = blind_rows(write_dataset(pairs, items))
    assert row["words"] == 1
    assert row["majority"] < 0.8


def test_rows_of_a_task_that_is_not_installed_and_broken_golds_are_left_out(yes_no, stored_pair, asked, write_dataset):
    pair = stored_pair("x")
    items = [asked(pair, "no-such-task", "?", "!"), asked(pair, "open_qa", "?", "!")]
    assert blind_rows(write_dataset([pair], items, name="odd")) == []


def test_stats_and_card_show_them(rsica_data, small_dataset, tmp_path):
    import shutil

    found = dataset_stats(open_dataset(small_dataset))["blind"]
    assert {(row["split"], row["task"]) for row in found} == {
        (split, task)
        for split in ("val", "test")
        for task in ("captioning", "classification", "counting", "localization", "open_qa", "dialogue")
    }
    assert all(0 <= row[key] <= 1 for row in found for key in ("majority", "words", "most_common_share"))
    assert "majority right" in rsica_data("stats", small_dataset).out
    shutil.copytree(small_dataset, tmp_path / "copy")
    assert rsica_data("card", tmp_path / "copy").status == 0
    text = (tmp_path / "copy" / "README.md").read_text()
    row = next(row for row in found if (row["split"], row["task"]) == ("test", "counting"))
    assert f"| test | counting | {row['turns']} | {row['answers']} |" in text


@pytest.mark.parametrize(("adapter", "column"), [("majority", "majority"), ("question-words", "words")])
def test_the_baselines_are_those_of_the_benchmark(rsica_bench, small_dataset, tmp_path, adapter, column):
    """The adapters answer with the same counts and classifiers, so that their accuracy is the share of the report."""
    rows = {row["task"]: row for row in blind_rows(open_dataset(small_dataset)) if row["split"] == "test"}
    words = ["--data", small_dataset, "--adapter", adapter, "--tasks", "classification", "--out", tmp_path / "run"]
    done = rsica_bench("run", *words, "--json")
    assert done.status == 0, done.err
    assert done.json["tasks"]["classification"]["metrics"]["accuracy"] == pytest.approx(rows["classification"][column])


def test_the_classifier_keeps_what_is_frequent_and_what_words_say():
    learnt = WordClassifier()
    assert learnt.best("anything") is None
    for question, answer, number in (
        ("Are there roads?", "yes", 6), ("Are there roads?", "no", 3), ("Are there lakes?", "no", 5),
    ):  # fmt: skip
        for _ in range(number):
            learnt.add(question, answer)
    assert [learnt.best(text) for text in ("Are there roads?", "are THERE lakes", "Words never seen")] == [
        "yes", "no", "no",
    ]  # fmt: skip


@pytest.mark.slow
def test_blind_captions_of_levir_cc(real_data, stored_pair, asked, write_dataset):
    """The figures of docs/quality.md: one sentence is right for half of the real test pairs."""
    import dataclasses

    images = json.loads(gzip.decompress((real_data / "levir_cc/LevirCCcaptions.json.gz").read_bytes()))["images"]
    model = stored_pair("x")
    pairs, items = [], []
    for image in images:
        texts = [sentence["raw"] for sentence in image["sentences"]]
        split = image["split"]
        pair = dataclasses.replace(model, pair_id=f"l/{split}/{image['filename']}", split=split, captions=tuple(texts))
        pairs.append(pair)
        gold = {"captions": texts}
        items.append(asked(pair, "captioning", "Describe the changes.", texts[0], gold=gold, references=tuple(texts)))
    rows = {row["split"]: row for row in blind_rows(write_dataset(pairs, items))}
    assert rows["test"]["turns"] == 1929
    assert round(rows["test"]["majority"], 4) == round(rows["test"]["words"], 4) == 0.5003


def test_every_task_has_both_baselines(rsica_data, write_recipe, tmp_path):
    """All tasks that the simulator can ask: none is left out, and an answer in another form is none."""
    tasks = ["captioning", "classification", "counting", "localization", "open_qa", "dialogue", "grounding",
             "multiple_choice", "transition", "land_cover", "referring_change", "multilabel", "map_qa"]  # fmt: skip
    recipe = write_recipe(options={"pairs": 12, "size": 96, "seed": 4}, tasks=tasks)
    assert rsica_data("build", recipe, "--out", tmp_path / "all", "--workers", "1").status == 0
    dataset = open_dataset(tmp_path / "all")
    asked = {task for task, number in dataset.manifest["counts"]["instructions"]["test"].items() if number}
    rows = {row["task"]: row for row in blind_rows(dataset) if row["split"] == "test"}
    assert set(rows) == asked and "grounding" in asked
    assert all(0 <= row[name] <= 1 for row in rows.values() for name in ("majority", "words"))


def test_processes_do_not_change_what_is_counted(small_dataset):
    dataset = open_dataset(small_dataset)
    assert len(dataset.shards()) > 2
    assert dataset_stats(dataset, workers=2) == dataset_stats(dataset)
    assert list(dataset_stats(dataset, workers=2)["splits"]) == list(dataset.splits)


def test_rows_learnt_in_parts_are_the_rows_learnt_at_once():
    rows = [("How many roads?", "2"), ("Any roads?", "yes"), ("How many houses?", "2"), ("Any roads?", "yes")]
    whole, parts = WordClassifier(), [WordClassifier(), WordClassifier()]
    for number, (question, answer) in enumerate(rows):
        whole.add(question, answer)
        parts[number % 2].add(question, answer)
    parts[0].merge(parts[1])
    twice = WordClassifier()
    for question, answer in rows[:3]:
        twice.add(question, answer, 1 + (question == "Any roads?"))
    assert whole._counts == parts[0]._counts == twice._counts
    assert whole.best("Any houses?") == parts[0].best("Any houses?") == "yes"
