"""Documented commands train two steps of a tiny model on the export of the demo, in the real trainers.

What a trainer's data loader gives is written down by `spy/sitecustomize.py`: two images a sample in every batch, no
literal image mark in a text, and losses that are finite.
"""

import json
import math
from collections import Counter

import pytest
from neighbours import ROOT, documented, needs, python_blocks, run

from rsica_data.dataset.opening import open_dataset

pytestmark = pytest.mark.slow

STEPS = 2
ONCE = {"qwen2_vl": "<|vision_start|>", "idefics3": "<global-img>"}
"""The token that a processor writes once an image."""


def train(words, folder, log):
    out = run(words, folder, RSICA_SPY=str(log), PYTHONPATH=str(ROOT / "tests" / "neighbours" / "spy"))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    batches = [row for row in rows if "input_ids" in row]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert len(losses) == STEPS, out[-2000:]
    assert all(math.isfinite(loss) and loss > 0 for loss in losses)
    assert len(batches) >= STEPS
    return batches


def check(batches, model, name):
    """Two images a sample, no literal mark, and answers among the labels."""
    from transformers import AutoTokenizer

    words = AutoTokenizer.from_pretrained(model)
    for batch in batches:
        shapes = batch["shapes"]
        rows = len(batch["input_ids"])
        if name in ONCE:
            once = words.convert_tokens_to_ids(ONCE[name])
            assert [ids.count(once) for ids in batch["input_ids"]] == [2] * rows
        if name == "qwen2_vl":
            assert shapes["image_grid_thw"] == [2 * rows, 3]
            # A token for each 2x2 patches: none is missing, and none is too many.
            pads = sum(Counter(ids)[words.convert_tokens_to_ids("<|image_pad|>")] for ids in batch["input_ids"])
            assert pads == shapes["pixel_values"][0] / 4
        elif name == "llava_onevision":
            # All images are of one size; the model itself refuses another number of tokens than of features.
            tokens = {ids.count(words.convert_tokens_to_ids("<image>")) for ids in batch["input_ids"]}
            assert shapes["image_sizes"] == [2 * rows, 2] and len(tokens) == 1 and tokens != {0}
        else:
            # Four tokens for each of the tiles and the whole image.
            tokens = [ids.count(words.convert_tokens_to_ids("<image>")) for ids in batch["input_ids"]]
            assert tokens == [4 * shapes["pixel_values"][1]] * len(tokens)
        for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
            text = words.decode(ids)
            if name == "qwen2_vl":
                assert "<image>" not in text
            trained = [(label, token) for label, token in zip(labels, ids, strict=True) if label >= 0]
            assert trained and all(label == token for label, token in trained)


def export(page, start, folder):
    out = run(documented(page, start), folder)
    assert "train" in out


@needs("trl>=1")
@pytest.mark.parametrize("form", ["messages", "prompt-completion"])
@pytest.mark.parametrize("name", ONCE)
def test_trl(demo, tiny, tmp_path, name, form):
    run([*documented("training.md", "rsica-data export demo/dataset --format trl"), "--set", f"form={form}",
         "--task", "dialogue", "--to", tmp_path / "demo" / "trl"], demo)  # fmt: skip
    words = documented("training.md", "trl sft", MODEL=tiny(name))
    small = ["--max_steps", STEPS, "--per_device_train_batch_size", 2, "--report_to", "none", "--use_cpu", "true",
             "--bf16", "false"]  # fmt: skip
    batches = train([*words, *small], tmp_path, tmp_path / "spy.jsonl")
    check(batches, tiny(name), name)


@needs("ms-swift")
@pytest.mark.parametrize("name", ["qwen2_vl", "llava_onevision"])
def test_ms_swift(demo, tiny, tmp_path, name):
    export("training.md", "rsica-data export demo/dataset --format ms-swift", demo)
    model = tiny(name, published=True)
    words = documented("training.md", "swift sft", MODEL=model)
    # Of a published model these follow from its name.
    type_ = {"qwen2_vl": "qwen2_vl", "llava_onevision": "llava_onevision_hf"}[name]
    kind = ["--model_type", type_, "--template", type_]
    small = ["--max_steps", STEPS, "--per_device_train_batch_size", 2, "--gradient_accumulation_steps", 1,
             "--torch_dtype", "float32", "--output_dir", tmp_path / "model"]  # fmt: skip
    check(train([*words, *kind, *small], demo, tmp_path / "spy.jsonl"), model, name)


@needs("llamafactory")
def test_llama_factory(demo, tiny, tmp_path):
    export("training.md", "rsica-data export demo/dataset --format sharegpt", demo)
    model = tiny("qwen2_vl", published=True)
    words = documented("training.md", "llamafactory-cli train", MODEL=model)
    small = ["--max_steps", STEPS, "--per_device_train_batch_size", 2, "--report_to", "none", "--use_cpu", "true",
             "--max_samples", 8, "--output_dir", tmp_path / "model"]  # fmt: skip
    check(train([*words, *small], demo, tmp_path / "spy.jsonl"), model, "qwen2_vl")


@needs("webdataset")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_webdataset(demo):
    export("training.md", "rsica-data export demo/dataset --format webdataset", demo)
    (block,) = [text for text in python_blocks("training.md") if "webdataset" in text]
    space = {}
    exec(compile(block, "training.md", "exec"), space)
    shards = sorted(str(path) for path in (demo / "demo" / "shards").glob("train-*.tar"))
    read = list(space["samples"](shards))
    assert {(before.mode, before.size, after.mode, after.size) for before, after, _ in read} == {
        ("RGB", (256, 256), "RGB", (256, 256))
    }
    rows = {item.instruction_id: item.turns for item in open_dataset(demo / "demo" / "dataset").instructions("train")}
    assert {record["id"] for _, _, record in read} == set(rows) and len(read) == len(rows)
    for _, _, record in read:
        turns = [(message["role"], message["content"]) for message in record["messages"]]
        assert turns == [(turn.role, turn.content) for turn in rows[record["id"]]]
