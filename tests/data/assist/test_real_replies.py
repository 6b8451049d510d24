"""Replies of a large language model to the shipped prompts, true and falsified: true ones stand, false ones fall."""

import json
from pathlib import Path

import pytest
from reply_contexts import read_contexts

from rsica_data.assist.checking import against
from rsica_data.assist.readers.paraphrases import changed_meaning
from rsica_data.assist.types import Statement
from rsica_data.schema import Instruction, Provenance, Turn
from rsica_data.synth.layouts import write_layout

HERE = Path(__file__).parent
LOTS = ("real_replies.json", "real_replies_second.json")
ITEMS = [item for lot in LOTS for item in json.loads((HERE / lot).read_text(encoding="utf-8"))["items"]]

EXCEPTIONS = {}
"""Texts that are judged otherwise than they were meant, each with the reason."""


@pytest.fixture(scope="module")
def contexts(request, tmp_path_factory):
    """Makes the contexts of a source's pairs, by pair id."""

    def make(source):
        folder = None
        if source == "levir-cd":
            folder = request.getfixturevalue("real_data") / "levir_cd_samples"
        elif source == "levir-mci":
            folder = tmp_path_factory.mktemp("replies") / "mci"
            write_layout("levir-mci", folder, pairs=16, seed=11)
        elif source == "levir-mci-captions":
            said = request.getfixturevalue("real_data") / "levir_cc" / "LevirCCcaptions.json.gz"
            folder = tmp_path_factory.mktemp("replies") / "mci"
            write_layout("levir-mci", folder, pairs=14, seed=12, captions_file=said)
        wanted = {item["pair"] for item in ITEMS if item["source"] == source}
        return dict(read_contexts(source, folder, wanted))

    return make


def fault(item, context):
    """Why a reply is refused; None where it stands."""
    if "of" in item:
        row = Instruction(
            instruction_id="x",
            pair_id=item["pair"],
            split="train",
            task=item["task"],
            kind=item["kind"],
            turns=(Turn("user", item["of"][0]), Turn("assistant", item["of"][1])),
            gold=item["gold"],
            references=(item["of"][1],),
            changed=None,
            provenance=Provenance("rule"),
        )
        return changed_meaning(row, *item["turns"][0], context.classes)
    found = [against(Statement(answer, question), context, "strict") for question, answer in item["turns"]]
    return "; ".join(why for _, fault in found if fault is not None for why in fault) or None


def shown(item):
    return " / ".join(" ".join(text for text in turn if text) for turn in item["turns"])


@pytest.mark.parametrize("source", ["synthetic", "synthetic-77", "levir-cd", "levir-mci", "levir-mci-captions"])
def test_true_replies_stand_and_false_ones_fall(source, contexts):
    known = contexts(source)
    wrong = {}
    for item in ITEMS:
        if item["source"] == source:
            why = fault(item, known[item["pair"]])
            if (why is None) is not item["true"]:
                wrong[shown(item)] = why
    assert wrong.keys() == set(EXCEPTIONS.get(source, {})), wrong
