"""Fine-tunes a chat model of transformers on a built dataset: python examples/finetune.py MODEL DATASET OUT

The loss is of the answers alone. Killed, the same command goes on from the last checkpoint, in the middle of an epoch.
"""

import json
import sys
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from transformers import AutoModelForImageTextToText

from rsica_bench.models.transformers_loading import TransformersOptions, load_processor
from rsica_data.training import ChatCollator, StreamDataset

BATCH, EPOCHS, EVERY = 4, 8, 20

if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python examples/finetune.py MODEL DATASET OUT")
    name, data, out = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    there = (out / "state.json").is_file()
    processor = load_processor(name, TransformersOptions())
    model = AutoModelForImageTextToText.from_pretrained(out if there else name)
    model.train().to("cuda" if torch.cuda.is_available() else "cpu")
    stream = StreamDataset(data, "train", seed=0)
    if there:
        stream.load_state_dict(json.loads((out / "state.json").read_text()))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    collate, step = ChatCollator(processor, positions=True), 0
    for _ in range(stream.state_dict()["epoch"], EPOCHS):
        for batch in DataLoader(stream, batch_size=BATCH, collate_fn=collate):
            positions = batch.pop("position")
            loss = model(**batch.to(model.device)).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            if (step := step + 1) % EVERY == 0:
                stream.saw(positions)
                model.save_pretrained(out)
                (out / "state.json").write_text(json.dumps(stream.state_dict()))
                print(f"step {step}: loss {loss.item():.3f}", flush=True)
