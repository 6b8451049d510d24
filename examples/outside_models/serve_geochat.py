"""GeoChat (arXiv 2311.15826) from a clone of mbzuai-oryx/GeoChat: one image a question, so that it gets a composed one.

    rsica-bench run --data dataset --adapter command --one-image side-by-side --out runs/geochat \
      --model "envs/geochat/bin/python examples/outside_models/serve_geochat.py --repo GeoChat"
"""

import argparse

from common import checkout, serve

parser = argparse.ArgumentParser(description="Serve GeoChat to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of mbzuai-oryx/GeoChat")
parser.add_argument("--weights", default="MBZUAI/geochat-7B")
parser.add_argument("--base", default=None)
options = parser.parse_args()
revision = checkout(options.repo)

import torch
from geochat.constants import DEFAULT_IM_END_TOKEN, DEFAULT_IM_START_TOKEN, DEFAULT_IMAGE_TOKEN, IMAGE_TOKEN_INDEX
from geochat.conversation import conv_templates
from geochat.mm_utils import get_model_name_from_path, tokenizer_image_token
from geochat.model.builder import load_pretrained_model
from geochat.utils import disable_torch_init
from PIL import Image

disable_torch_init()
name = get_model_name_from_path(options.weights)
tokenizer, model, processor, _ = load_pretrained_model(options.weights, options.base, name)
marks = (DEFAULT_IM_START_TOKEN, DEFAULT_IM_END_TOKEN) if model.config.mm_use_im_start_end else ("", "")
SIDE = 504


def answer(question):
    conversation = conv_templates["llava_v1"].copy()
    conversation.append_message(
        conversation.roles[0], f"{marks[0]}{DEFAULT_IMAGE_TOKEN}{marks[1]}\n{question['prompt']}"
    )
    conversation.append_message(conversation.roles[1], None)
    prompt = conversation.get_prompt()
    tokens = tokenizer_image_token(prompt, tokenizer, IMAGE_TOKEN_INDEX, return_tensors="pt")[None].to(model.device)
    image = Image.open(question["images"][0]).convert("RGB")
    pixels = processor.preprocess(
        [image], crop_size={"height": SIDE, "width": SIDE}, size={"shortest_edge": SIDE}, return_tensors="pt"
    )["pixel_values"]
    with torch.inference_mode():
        found = model.generate(
            tokens, images=pixels.half().to(model.device), do_sample=False, num_beams=1, max_new_tokens=256
        )
    text = tokenizer.batch_decode(found[:, tokens.shape[1] :], skip_special_tokens=True)[0].strip()
    return {"text": text, "seen": {"prompt": prompt, "images": [[SIDE, SIDE]]}}


serve(answer, revision=f"{revision} {options.weights}", images=1, multi_turn=False)
