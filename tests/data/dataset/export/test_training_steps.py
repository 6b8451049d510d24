"""Two steps of training on every conversation format: its rows go through processors of two model families.

The trainers themselves are not dependencies of this project. What each does with a row before it calls the processor is
restated here in a few lines (`READERS`), after docs/formats.md; what follows is the real processor and a tiny model.
"""

import base64
import io
import json
import math
import tarfile

import pytest
from PIL import Image

from rsica_bench.models.transformers_loading import TransformersOptions, load_processor

pytestmark = pytest.mark.slow

ROWS = 4
FAMILIES = {"qwen2_vl": "<|vision_start|>", "idefics3": "<global-img>"}
"""Model family, and the token that its processor writes once an image."""


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    import tiny_models

    folder = getattr(tiny_models, request.param)(tmp_path_factory.mktemp(request.param))
    model = transformers.AutoModelForImageTextToText.from_pretrained(folder)
    processor = load_processor(str(folder), TransformersOptions())
    return FAMILIES[request.param], processor, model


def with_marks(turns, images):
    """Texts with `<image>` marks, as LLaVA's, LLaMA-Factory's, ms-swift's and Qwen's readers take them apart."""
    messages, left = [], list(images)
    for role, text in turns:
        parts = []
        for place, piece in enumerate(text.split("<image>")):
            parts += [{"type": "image", "image": left.pop(0)}] if place else []
            parts += [{"type": "text", "text": piece.strip()}] if piece.strip() else []
        messages.append({"role": role, "content": parts})
    assert not left
    return messages


def without_marks(turns, images):
    """Images before the first question, as TRL's `prepare_multimodal_messages` places them."""
    messages = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]
    messages[0]["content"][:0] = [{"type": "image", "image": image} for image in images]
    return messages


def opened(path):
    return Image.open(path).convert("RGB")


ROLES = {"human": "user", "gpt": "assistant"}


def read_conversations(path, root):
    for record in json.loads(path.read_text()):
        turns = [(ROLES[turn["from"]], turn["value"]) for turn in record["conversations"]]
        yield with_marks(turns, [opened(root / image) for image in record["image"]])


def read_messages(records, root):
    for record in records:
        turns = [(turn["role"], turn["content"]) for turn in record["messages"]]
        yield with_marks(turns, [opened(root / image) for image in record["images"]])


def read_trl(out):
    datasets = pytest.importorskip("datasets")
    files = {"train": [str(path) for path in sorted(out.glob("train-*.parquet"))]}
    for row in datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(out / "cache")):
        turns = row["messages"] if "messages" in row else [*row["prompt"], *row["completion"]]
        yield without_marks([(turn["role"], turn["content"]) for turn in turns], row["images"])


def read_openai(out):
    for line in (out / "openai_train.jsonl").read_text().splitlines():
        messages = json.loads(line)["messages"]
        images, texts = [], []
        for message in messages:
            content = message["content"]
            parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
            images += [p["image_url"]["url"].split(",")[1] for p in parts if p["type"] == "image_url"]
            texts.append((message["role"], parts[-1]["text"]))
        yield without_marks(texts, [opened(io.BytesIO(base64.b64decode(image))) for image in images])


def read_webdataset(out):
    with tarfile.open(out / "train-000000.tar") as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}
    for name, data in files.items():
        if name.endswith(".json"):
            images = [files[name.replace(".json", f".{side}.png")] for side in ("before", "after")]
            turns = [(turn["role"], turn["content"]) for turn in json.loads(data)["messages"]]
            yield without_marks(turns, [opened(io.BytesIO(image)) for image in images])


READERS = {
    "trl": read_trl,
    "trl form=prompt-completion": read_trl,
    "openai": read_openai,
    "webdataset": read_webdataset,
    "llava": lambda out: read_conversations(out / "llava_train.json", out / "images"),
    "changechat": lambda out: read_conversations(out / "changechat_105k_train.json", out / "images"),
    "qwen-vl": lambda out: read_conversations(out / "qwen_vl_train.json", out / "images"),
    "sharegpt": lambda out: read_messages(json.loads((out / "sharegpt_train.json").read_text()), out),
    "ms-swift": lambda out: read_messages(
        map(json.loads, (out / "ms_swift_train.jsonl").read_text().splitlines()), out
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_two_steps_of_training(name, family, rsica_data, small_dataset, tmp_path):
    import torch

    token, processor, model = family
    format_, *settings = name.split()
    words = [word for setting in settings for word in ("--set", setting)]
    out = tmp_path / "out"
    done = rsica_data("export", small_dataset, "--format", format_, "--to", out, "--split", "train",
                      "--task", "dialogue", "--limit", ROWS, *words)  # fmt: skip
    assert done.status == 0, done.err
    conversations = list(READERS[name](out))[:ROWS]
    assert len(conversations) == ROWS
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    for step in range(2):
        batch = conversations[2 * step : 2 * step + 2]
        inputs = processor.apply_chat_template(
            batch, tokenize=True, return_dict=True, return_tensors="pt", padding=True,
        )  # fmt: skip
        marks = (inputs["input_ids"] == processor.tokenizer.convert_tokens_to_ids(token)).sum(dim=1)
        assert marks.tolist() == [2, 2]
        texts = [part["text"] for c in batch for m in c for part in m["content"] if part["type"] == "text"]
        assert not any("<image>" in text for text in texts)
        loss = model(**inputs, labels=inputs["input_ids"]).loss
        assert math.isfinite(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
