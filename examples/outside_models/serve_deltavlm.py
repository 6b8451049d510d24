"""DeltaVLM (arXiv 2507.22346) from a clone of hanlinwu/DeltaVLM and its weights.

    rsica-bench run --data dataset --adapter command --protocol deltavlm --word-map WORDMAP.json --out runs/deltavlm \
      --model "envs/deltavlm/bin/python examples/outside_models/serve_deltavlm.py --repo DeltaVLM \
               --checkpoint DeltaVLM/pretrained/checkpoint_best.pth --llm vicuna-7b-v1.5"

Its generation settings are those of its own scripts/predict.py: 5 beams, at most 256 tokens.
"""

import argparse
import os

from common import checkout, device, serve

parser = argparse.ArgumentParser(description="Serve DeltaVLM to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of hanlinwu/DeltaVLM")
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--llm", default="lmsys/vicuna-7b-v1.5")
parser.add_argument("--bert", default="bert-base-uncased")
parser.add_argument("--beams", type=int, default=5)
options = parser.parse_args()
revision = checkout(options.repo)
os.environ["BERT_MODEL_PATH"] = options.bert

import torch
from deltavlm.datasets.processors import BlipImageEvalProcessor
from deltavlm.models import Blip2VicunaInstruct
from PIL import Image

model = Blip2VicunaInstruct(
    vit_model="eva_clip_g",
    img_size=224,
    freeze_vit=True,
    num_query_token=32,
    llm_model=options.llm,
    qformer_text_input=True,
)
state = torch.load(options.checkpoint, map_location="cpu")
model.load_state_dict(state.get("model", state), strict=False)
model = model.to(device()).eval()
processor = BlipImageEvalProcessor(image_size=224)


def answer(question):
    before, after = processor(*(Image.open(path).convert("RGB") for path in question["images"]))
    samples = {
        "image_A": before.unsqueeze(0).to(device()),
        "image_B": after.unsqueeze(0).to(device()),
        "prompt": [question["prompt"]],
    }
    with torch.no_grad():
        text = model.generate(samples, num_beams=options.beams, max_length=256, min_length=1)[0]
    return {"text": text, "seen": {"prompt": question["prompt"], "images": [[224, 224], [224, 224]]}}


serve(answer, revision=revision, images=2, multi_turn=False)
