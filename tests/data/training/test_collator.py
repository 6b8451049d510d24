"""Batches of a chat model: the loss is of the answers alone, whatever the family, padding and number of turns."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from rsica_data.core.errors import UserError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch.utils.data import DataLoader  # noqa: E402

from rsica_bench.models.transformers_loading import TransformersOptions, load_processor  # noqa: E402
from rsica_data.training import ChatCollator, Part, StreamDataset  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
FAMILIES = {"qwen2_vl": "<|vision_start|>", "idefics3": "<global-img>", "llava_onevision": None}


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, tmp_path_factory):
    """Name of the family, folder and processor of a tiny random model."""
    import tiny_models

    folder = getattr(tiny_models, request.param)(tmp_path_factory.mktemp(request.param))
    return request.param, folder, load_processor(str(folder), TransformersOptions())


def samples(dataset, task, number=3):
    return list(StreamDataset([Part(dataset, tasks=(task,))], "train", buffer=0))[:number]


@pytest.mark.parametrize("task", ["captioning", "dialogue"])
def test_labels_are_the_answers_with_their_end_of_turn(model, small_dataset, task, monkeypatch):
    _, _, processor = model
    ending = processor.chat_template.replace("{% endfor %}\n{% endfor %}", "{% endfor %}<eos>{{ '\\n' }}{% endfor %}")
    monkeypatch.setattr(processor, "chat_template", ending)
    rows = samples(small_dataset, task)
    batch = ChatCollator(processor)(rows)
    for row, sample in enumerate(rows):
        labels = batch["labels"][row]
        kept = labels != -100
        assert (labels[kept] == batch["input_ids"][row][kept]).all()
        answers = [m["content"][0]["text"] for m in sample["messages"] if m["role"] == "assistant"]
        assert processor.tokenizer.decode(labels[kept]) == "".join(f"{answer}<eos>\n" for answer in answers)
        assert not kept[batch["attention_mask"][row] == 0].any()


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_side_of_padding_changes_nothing(model, small_dataset, side):
    _, _, processor = model
    rows = samples(small_dataset, "dialogue", 2) + samples(small_dataset, "classification", 1)
    before, processor.tokenizer.padding_side = processor.tokenizer.padding_side, side
    try:
        batch = ChatCollator(processor)(rows)
    finally:
        processor.tokenizer.padding_side = before
    alone = [ChatCollator(processor)([row])["labels"][0] for row in rows]
    for labels, one in zip(batch["labels"], alone, strict=True):
        assert labels[labels != -100].tolist() == one[one != -100].tolist()


def test_two_images_a_sample(model, small_dataset):
    name, _, processor = model
    if FAMILIES[name] is None:
        pytest.skip("has one kind of image token alone")
    batch = ChatCollator(processor)(samples(small_dataset, "captioning"))
    mark = processor.tokenizer.convert_tokens_to_ids(FAMILIES[name])
    assert (batch["input_ids"] == mark).sum(dim=1).tolist() == [2, 2, 2]


def test_a_step_of_training_with_worker_processes(model, small_dataset):
    import transformers

    _, folder, processor = model
    net = transformers.AutoModelForImageTextToText.from_pretrained(folder)
    loader = DataLoader(StreamDataset(small_dataset), batch_size=2, num_workers=1,
                        collate_fn=ChatCollator(processor, positions=True))  # fmt: skip
    batch = next(iter(loader))
    assert [position["row"] for position in batch.pop("position")] == [1, 2]
    assert math.isfinite(net(**batch).loss.item())


def test_a_template_that_rewrites_earlier_turns_is_told(model, small_dataset):
    _, _, processor = model
    before = processor.chat_template
    processor.chat_template = "{{ messages | length }} turns" + before
    try:
        with pytest.raises(UserError, match="#dialogue#0: the chat template writes earlier turns otherwise"):
            ChatCollator(processor)(samples(small_dataset, "dialogue", 1))
    finally:
        processor.chat_template = before


@pytest.mark.slow
def test_the_example_halves_the_loss_and_goes_on_where_it_was_killed(rsica_data, write_recipe, tmp_path):
    import tiny_models

    example = ROOT / "examples" / "finetune.py"
    assert len(example.read_text().splitlines()) <= 45
    recipe = write_recipe(options={"pairs": 24, "size": 64, "seed": 1}, tasks=["classification", "counting"])
    assert rsica_data("build", recipe, "--out", tmp_path / "data", "--workers", 1).status == 0
    folder = tiny_models.qwen2_vl(tmp_path / "model")

    def train():
        words = [sys.executable, str(example), str(folder), str(tmp_path / "data"), str(tmp_path / "out")]
        done = subprocess.run(words, capture_output=True, text=True, timeout=1800, check=False)
        assert done.returncode == 0, done.stderr
        return [float(line.rpartition(" ")[2]) for line in done.stdout.splitlines() if line.startswith("step ")]

    losses = train()
    assert losses[-1] < losses[0] / 2, losses
    # 32 rows are 8 steps an epoch; the last checkpoint is that of step 60 of 64, and the rest is made from there.
    state = json.loads((tmp_path / "out" / "state.json").read_text())
    assert (state["epoch"], state["seen"]) == (7, {"0": 16})
    assert train() == []
