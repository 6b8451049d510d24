"""BTC, "Be The Change" (arXiv 2507.03367), from a clone of blaz-r/BTC-change-detection.

    rsica-bench run --data dataset --adapter command-mask --out runs/btc --model "envs/btc/bin/python \
      examples/outside_models/serve_btc.py --repo BTC --config configs/exp/BTC-B.yaml --checkpoint levir.pt"
"""

import argparse
import os

from common import checkout, device, save_mask, serve

parser = argparse.ArgumentParser(description="Serve BTC to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of blaz-r/BTC-change-detection")
parser.add_argument("--config", required=True, help="path in the clone")
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--channels", default="building")
parser.add_argument("--threshold", type=float, default=0.5)
options = parser.parse_args()
checkpoint = os.path.abspath(options.checkpoint)  # noqa: PTH100 - as a text, for a library
revision = checkout(options.repo)
os.chdir(options.repo)  # its configs name their files from there

import numpy as np
import torch
from configs.config_parser import get_parser
from models.finetune_framework import FinetuneFramework
from PIL import Image
from torchmetrics import MetricCollection

config = get_parser().parse_args(["--config", options.config])
model = FinetuneFramework(
    config_namespace=config, config=config.as_dict(), metrics=MetricCollection({}), logger=None
)  # fmt: skip
model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=False)["state_dict"])
model = model.to(device()).eval()
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def pixels(path):
    image = np.asarray(Image.open(path).convert("RGB"), float) / 255
    return torch.tensor(((image - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32, device=device())


def answer(question):
    with torch.no_grad():
        scores = model(*(pixels(path) for path in question["images"]))
    scores = scores[-1] if isinstance(scores, (list, tuple)) else scores
    changed = scores[0, 0].sigmoid() > options.threshold if scores.shape[1] == 1 else scores[0].argmax(dim=0)
    return save_mask(question, changed.cpu().numpy(), options.channels.split(","))


serve(answer, revision=revision, images=2)
