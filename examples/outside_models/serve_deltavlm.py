"""DeltaVLM (arXiv 2507.22346) from a clone of hanlinwu/DeltaVLM and its weights (huggingface.co/hlwu/DeltaVLM).

    rsica-bench run --data dataset --adapter command --protocol deltavlm --word-map WORDMAP.json --out runs/deltavlm \
      --model "envs/deltavlm/bin/python examples/outside_models/serve_deltavlm.py --repo DeltaVLM \
               --checkpoint checkpoint_best.pth --llm vicuna-7b-v1.5 --bert bert-base-uncased"

Read at commit 6c9bd60, whose modules lie flat in the clone (`processor.py`, `model/blip2_vicua.py`). `predict_answers`
is called with its defaults, as task.py does: 5 beams, at most 256 tokens. Prompts go through the evaluation's own text
processor, which writes them in lower case without `.!"()*#:;~` and keeps 50 words; `--plain-prompts` gives them as they
are, as infer_subtasks.py does (with `--beams 1 --max-length 128`). The code reads `../vicuna-7b-v1.5` and
`../bert-base-uncased`, so this process works in a temporary folder beside links of these names. The vision encoder's
weights (eva_vit_g.pth) are downloaded by the model itself at its first start.
"""

import argparse
import os
import tempfile
from pathlib import Path

from common import checkout, device, serve

parser = argparse.ArgumentParser(description="Serve DeltaVLM to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of hanlinwu/DeltaVLM")
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--llm", required=True, help="folder of Vicuna-7B v1.5")
parser.add_argument("--bert", required=True, help="folder of bert-base-uncased")
parser.add_argument("--beams", type=int, default=5)
parser.add_argument("--max-length", type=int, default=256)
parser.add_argument("--plain-prompts", action="store_true", help="prompts as they are, not in lower case")
options = parser.parse_args()
revision = checkout(options.repo)
checkpoint = Path(options.checkpoint).resolve(strict=True)
beside = tempfile.TemporaryDirectory()
for name, folder in (("vicuna-7b-v1.5", options.llm), ("bert-base-uncased", options.bert)):
    Path(beside.name, name).symlink_to(Path(folder).resolve(strict=True))
inner = Path(beside.name, "work")
inner.mkdir()
os.chdir(inner)

import torch
from model.blip2_vicua import Blip2VicunaInstruct
from PIL import Image
from processor import BlipCaptionProcessor, BlipImageEvalProcessor

model = Blip2VicunaInstruct(vit_model="eva_clip_g", img_size=224, num_query_token=32, qformer_text_input=True)
model.load_checkpoint(str(checkpoint))
model = model.to(device()).eval()
image_processor = BlipImageEvalProcessor(image_size=224)
text_processor = BlipCaptionProcessor()


def answer(question):
    before, after = image_processor(*(Image.open(path).convert("RGB") for path in question["images"]))
    prompt = question["prompt"] if options.plain_prompts else text_processor(question["prompt"])
    samples = {
        "image_A": before.unsqueeze(0).to(device()),
        "image_B": after.unsqueeze(0).to(device()),
        "text_input": [prompt],
    }
    with torch.no_grad():
        text = model.predict_answers(samples, num_beams=options.beams, max_len=options.max_length, min_len=1)[0]
    return {"text": text, "seen": {"prompt": prompt, "images": [[224, 224], [224, 224]]}}


serve(answer, revision=revision, images=2, multi_turn=False)
