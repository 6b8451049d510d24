"""Change-Agent's MCI model (arXiv 2403.19646) from a clone of Chen-Yang-Liu/Change-Agent: captions, or masks.

    rsica-bench run --data dataset --adapter command --tasks captioning --out runs/mci \
      --model "envs/mci/bin/python examples/outside_models/serve_change_agent_mci.py --repo Change-Agent \
               --checkpoint MCI_model.pth"
    rsica-bench run --data dataset --adapter command-mask --out runs/mci-masks --model "... --masks"

The model knows one sentence about a pair and no questions: every question gets the caption.
"""

import argparse
import sys
from pathlib import Path

from common import checkout, save_mask, serve

parser = argparse.ArgumentParser(description="Serve Change-Agent's MCI model to rsica-bench.")
parser.add_argument("--repo", required=True, help="clone of Chen-Yang-Liu/Change-Agent")
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--masks", action="store_true", help="reply with masks, for command-mask")
options = parser.parse_args()
code = Path(options.repo) / "Multi_change"
revision = checkout(code)
# The class reads its options from the command line.
sys.argv = [sys.argv[0], "--checkpoint", options.checkpoint, "--list_path", f"{code / 'data' / 'LEVIR_MCI'}/"]

from predict import Change_Perception

model = Change_Perception()


def answer(question):
    before, after = question["images"]
    if options.masks:
        return save_mask(question, model.change_detection(before, after, None), ["road", "building"])
    return model.generate_change_caption(before, after).strip()


serve(answer, revision=revision, images=2)
