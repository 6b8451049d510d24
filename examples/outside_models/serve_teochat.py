"""TEOChat (arXiv 2410.06234) from a clone of ermongroup/TEOChat: a chat model that was trained on series of images.

    rsica-bench run --data dataset --adapter command --out runs/teochat --model "envs/teochat/bin/python \
      examples/outside_models/serve_teochat.py --repo TEOChat --weights jirvin16/TEOChat"

Its own inference samples at temperature 0.2; the nearest that its code allows to greedy decoding is a very low one.
"""

import argparse

from common import checkout, device, serve

parser = argparse.ArgumentParser(description="Serve TEOChat to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of ermongroup/TEOChat")
parser.add_argument("--weights", default="jirvin16/TEOChat")
parser.add_argument("--base", default=None)
parser.add_argument("--load-8bit", action="store_true")
parser.add_argument("--temperature", type=float, default=0.01)
options = parser.parse_args()
revision = checkout(options.repo)

from PIL import Image
from videollava.constants import DEFAULT_VIDEO_TOKEN
from videollava.eval.eval import load_model
from videollava.eval.inference import run_inference

tokenizer, model, processor = load_model(options.weights, options.base, load_8bit=options.load_8bit, device=device())
OPENING = f"This is a pair of satellite images capturing the same location at different times: {DEFAULT_VIDEO_TOKEN}\n"


def answer(question):
    images = [Image.open(path).convert("RGB") for path in question["images"]]
    prompt = OPENING + question["prompt"]
    text = run_inference(
        model, processor, tokenizer, prompt, images, prompt_strategy="interleave", chronological_prefix=True,
        temperature=options.temperature,
    )  # fmt: skip
    return {"text": text, "seen": {"prompt": prompt}}


serve(answer, revision=f"{revision} {options.weights}", images=2, multi_turn=False)
