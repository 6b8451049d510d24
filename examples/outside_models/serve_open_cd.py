"""Any detector of Open-CD (likyoo/open-cd), by its config and checkpoint.

    rsica-bench run --data dataset --adapter command-mask --out runs/changer --model "envs/opencd/bin/python \
      examples/outside_models/serve_open_cd.py --repo open-cd --config changer_ex_r18_512x512_40k_levircd.py \
      --checkpoint changer.pth --channels building"
"""

import argparse

from common import checkout, device, save_mask, serve

parser = argparse.ArgumentParser(description="Serve an Open-CD detector to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of likyoo/open-cd")
parser.add_argument("--config", required=True)
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--channels", default="building", help="names of the labels from 1 on, by comma")
options = parser.parse_args()
revision = checkout(options.repo)

import numpy as np
from opencd.apis import OpenCDInferencer

model = OpenCDInferencer(
    model=options.config, weights=options.checkpoint, classes=("unchanged", "changed"), palette=[[0, 0, 0], [255] * 3],
    device=device(),
)  # fmt: skip


def answer(question):
    found = model([list(question["images"])], show=False)["predictions"]
    return save_mask(question, np.squeeze(np.asarray(found)), options.channels.split(","))


serve(answer, revision=revision, images=2)
