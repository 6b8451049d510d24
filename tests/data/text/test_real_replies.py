"""Replies of a real model, and real captions read as yes or no."""

import gzip
import json

import pytest

from rsica_data.core import registry
from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.schema.rules import NO_CHANGE_SENTENCES
from rsica_data.tasks.box_replies import boxes_in


def changed(text):
    context = ParseContext(Question("classification"), ("road", "building"))
    answer = registry.load(registry.TASKS, "classification").parse(text, context)
    return None if isinstance(answer, Unparsed) else answer["changed"]


def test_captions_are_yes_or_no(real_data):
    with gzip.open(real_data / "levir_cc" / "LevirCCcaptions.json.gz", "rt") as stream:
        images = json.load(stream)["images"]
    meant = {}
    for image in images:
        for sentence in image["sentences"]:
            meant.setdefault(sentence["raw"], []).append(bool(image["changeflag"]))
    unread = wrong = 0
    for text, flags in meant.items():
        answer = changed(text)
        unread += len(flags) if answer is None else 0
        wrong += sum(answer is not flag for flag in flags) if answer is not None else 0
    total = sum(map(len, meant.values()))
    assert total == 50385
    assert (unread <= 0.01 * total, wrong) == (True, 0), (unread, wrong)


def rows(real_data, name):
    lines = (real_data / "earthdial_replies" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_boxes_with_an_angle_are_read(real_data):
    written = read = 0
    for row in rows(real_data, "xBD_object_detection"):
        boxes = [box for box in json.loads(row["answer"]) if isinstance(box, list)]
        written += sum(box[0] < box[2] and box[1] < box[3] for box in boxes)
        read += len(boxes_in(row["answer"], ("building",)).get("building", []))
    assert written == read > 50


@pytest.mark.parametrize("name", ["LEVIR_MCI"])
def test_change_captions_of_a_model(real_data, name):
    for row in rows(real_data, name):
        same = row["answer"].strip(" .") in NO_CHANGE_SENTENCES
        assert changed(row["answer"]) is not same, row["answer"]


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("The area appears the same", False),
        ("The images appear very similar with minimal visible changes.", False),
    ],
)
def test_what_was_read_as_a_change(reply, answer):
    assert changed(reply) is answer


def test_an_amount_without_a_number_is_no_zero():
    context = ParseContext(Question("counting"), ("road", "building"))
    reply = "the vegetation has been replaced by a road and many villas around ."
    assert isinstance(registry.load(registry.TASKS, "counting").parse(reply, context), Unparsed)
