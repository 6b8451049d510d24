"""ChangeMamba's binary detectors (ChenHongruixuan/ChangeMamba), by config and checkpoint.

    rsica-bench run --data dataset --adapter command-mask --out runs/changemamba --model "envs/mamba/bin/python \
      examples/outside_models/serve_change_mamba.py --repo ChangeMamba --cfg vssm_small_224.yaml --checkpoint small.pth"
"""

import argparse

from common import checkout, device, save_mask, serve

parser = argparse.ArgumentParser(description="Serve a ChangeMamba detector to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of ChenHongruixuan/ChangeMamba")
parser.add_argument("--cfg", required=True)
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--channels", default="building")
options = parser.parse_args()
revision = checkout(options.repo)

import numpy as np
import torch
from changedetection.configs.config import get_config
from changedetection.models.ChangeMambaBCD import ChangeMambaBCD
from changedetection.script.script_utils import get_vssm_kwargs, load_checkpoint
from PIL import Image

config = get_config(argparse.Namespace(cfg=options.cfg, opts=None))
model = ChangeMambaBCD(pretrained=None, **get_vssm_kwargs(config))
load_checkpoint(model, options.checkpoint)
model = model.to(device()).eval()
# As its data loader normalises: ImageNet's mean and deviation in grey levels.
MEAN, STD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])


def pixels(path):
    image = np.asarray(Image.open(path).convert("RGB"), float)
    return torch.tensor(((image - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32, device=device())


def answer(question):
    with torch.no_grad():
        scores = model(*(pixels(path) for path in question["images"]))
    return save_mask(question, scores.argmax(dim=1)[0].cpu().numpy(), options.channels.split(","))


serve(answer, revision=revision, images=2)
