"""RSICCformer and captioners built on its code (Chen-Yang-Liu/RSICC; PromptCC, Chg2Cap and others are close kin).

    rsica-bench run --data dataset --adapter command --tasks captioning --protocol changechat --word-map WORDMAP.json \
      --out runs/rsiccformer --model "envs/rsicc/bin/python examples/outside_models/serve_rsiccformer.py --repo RSICC \
      --checkpoint model.pth.tar --word-map WORDMAP.json"

Checkpoints hold whole modules (encoder_image, encoder_feat, decoder). Decoding is greedy.
"""

import argparse
import json

from common import checkout, device, serve

parser = argparse.ArgumentParser(description="Serve an RSICCformer-like captioner to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of Chen-Yang-Liu/RSICC")
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--word-map", required=True)
parser.add_argument("--longest", type=int, default=50)
options = parser.parse_args()
revision = checkout(options.repo)

import numpy as np
import torch
from PIL import Image

with open(options.word_map) as stream:  # noqa: PTH123 - old Pythons included
    words = json.load(stream)
names = {number: word for word, number in words.items()}
# Whole modules are unpickled: only load checkpoints that you trust.
parts = torch.load(options.checkpoint, map_location=device(), weights_only=False)
image_encoder, feature_encoder, decoder = (
    parts[name].to(device()).eval() for name in ("encoder_image", "encoder_feat", "decoder")
)
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def pixels(path):
    image = np.asarray(Image.open(path).convert("RGB").resize((256, 256)), float) / 255
    return torch.tensor(((image - MEAN) / STD).transpose(2, 0, 1)[None], dtype=torch.float32, device=device())


def answer(question):
    with torch.no_grad():
        before, after = (image_encoder(pixels(path)) for path in question["images"])
        memory = feature_encoder(before, after)  # [positions, 1, features]
        said = [words["<start>"]]
        while len(said) <= options.longest:
            length = len(said)
            mask = torch.full((length, length), float("-inf"), device=device()).triu(1)
            embedded = decoder.position_encoding(decoder.vocab_embedding(torch.tensor(said, device=device())[:, None]))
            scores = decoder.wdc(decoder.transformer(embedded, memory, tgt_mask=mask))
            said.append(int(scores[-1, 0].argmax()))
            if said[-1] == words["<end>"]:
                break
    kept = [names[number] for number in said if names[number] not in ("<start>", "<end>", "<pad>")]
    return {"text": " ".join(kept), "seen": {"images": [[256, 256], [256, 256]]}}


serve(answer, revision=revision, images=2)
