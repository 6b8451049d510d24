"""The examples for outside models, with stand-ins of the interfaces of their repositories: each is asked over the
protocol and must reply with what the stand-in says.
"""

import ast
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rsica_bench.models.command_process import Program

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "outside_models"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py") if path.name != "common.py")

# A module of torch whose scores mark the upper left quarter as changed.
QUARTER = """
import torch
class Quarter(torch.nn.Module):
    def __init__(self, **given):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
    def forward(self, before, after):
        assert before.shape == after.shape == (1, 3, 32, 32), before.shape
        scores = torch.zeros(1, 2, 32, 32)
        scores[:, 1, :16, :16] = 1
        return scores
"""

STUBS = {
    # Modules, signatures and defaults of hanlinwu/DeltaVLM at 6c9bd60; `model` has no __init__.py there either.
    "serve_deltavlm.py": {
        "model/blip2_vicua.py": """
            import os, torch
            class Blip2VicunaInstruct(torch.nn.Module):
                def __init__(self, vit_model="eva_clip_g", img_size=224, drop_path_rate=0, use_grad_checkpoint=False,
                             vit_precision="fp16", freeze_vit=True, num_query_token=32, llm_model="", prompt="",
                             max_txt_len=128, max_output_txt_len=256, apply_lemmatizer=False, qformer_text_input=True):
                    super().__init__()
                    assert os.listdir("../vicuna-7b-v1.5") == ["llm"]
                    assert os.listdir("../bert-base-uncased") == ["bert"]
                def load_checkpoint(self, url_or_filename):
                    assert "model" in torch.load(url_or_filename, map_location="cpu")
                def predict_answers(self, samples, num_beams=5, inference_method="generate", max_len=256, min_len=1,
                                    num_ans_candidates=128, answer_list=None, prompt="", length_penalty=1, **kwargs):
                    assert samples["image_A"].shape == samples["image_B"].shape == (1, 3, 224, 224)
                    return [f"{samples['text_input'][0]} {num_beams} {max_len}"]
        """,
        "processor.py": """
            import re, torch
            class BlipImageEvalProcessor:
                def __init__(self, image_size=384, mean=None, std=None):
                    self.size = image_size
                def __call__(self, item1, item2):
                    assert item1.mode == item2.mode == "RGB"
                    return torch.zeros(3, self.size, self.size), torch.zeros(3, self.size, self.size)
            class BlipCaptionProcessor:
                def __init__(self, prompt="", max_words=50):
                    self.prompt, self.max_words = prompt, max_words
                def __call__(self, caption):
                    words = re.sub(r'[.!"()*#:;~]', " ", caption.lower()).split()
                    return self.prompt + " ".join(words[:self.max_words])
        """,
    },
    "serve_change_agent_mci.py": {
        "Multi_change/predict.py": """
            import argparse
            class Change_Perception:
                def __init__(self):
                    parser = argparse.ArgumentParser()
                    parser.add_argument("--checkpoint")
                    parser.add_argument("--list_path")
                    self.args = parser.parse_args()
                def generate_change_caption(self, before, after):
                    print("model_infer_change_captioning: start")
                    return "a road is built "
        """
    },
    "serve_rsiccformer.py": {
        "models.py": """
            import torch
            class Encoder(torch.nn.Module):
                def forward(self, image):
                    assert image.shape == (1, 3, 256, 256)
                    return image.mean(dim=(2, 3))
            class Features(torch.nn.Module):
                def forward(self, before, after):
                    return torch.cat([before, after])[:, None]
            class Decoder(torch.nn.Module):
                # Says the words of the map in order.
                def vocab_embedding(self, words):
                    return torch.nn.functional.one_hot(words, 6).float()
                def position_encoding(self, embedded):
                    return embedded
                def transformer(self, embedded, memory, tgt_mask):
                    assert tgt_mask.shape == (len(embedded), len(embedded)) and memory.ndim == 3
                    return embedded
                def wdc(self, found):
                    return found.roll(1, dims=-1)
        """
    },
    "serve_open_cd.py": {
        "opencd/apis.py": """
            import numpy as np
            class OpenCDInferencer:
                def __init__(self, model, weights, classes, palette, device):
                    assert len(classes) == len(palette) == 2
                def __call__(self, pairs, show):
                    (pair,) = pairs
                    assert len(pair) == 2 and not show
                    mask = np.zeros((32, 32), np.int64)
                    mask[:16, :16] = 1
                    return {"predictions": mask, "visualization": []}
        """
    },
    "serve_change_mamba.py": {
        "changedetection/configs/config.py": "def get_config(args):\n    return args.cfg, args.opts",
        "changedetection/models/ChangeMambaBCD.py": QUARTER
        + "class ChangeMambaBCD(Quarter):\n    def __init__(self, pretrained, depths):\n        super().__init__()\n",
        "changedetection/script/script_utils.py": """
            def get_vssm_kwargs(config):
                return {"depths": 2}
            def load_checkpoint(model, path):
                assert path == "c.pth"
        """,
    },
    "serve_btc.py": {
        "configs/config_parser.py": """
            class Parser:
                def parse_args(self, words):
                    assert words == ["--config", "c.yaml"]
                    return self
                def as_dict(self):
                    return {}
            def get_parser():
                return Parser()
        """,
        "models/finetune_framework.py": QUARTER
        + "class FinetuneFramework(Quarter):\n"
        + "    def __init__(self, config_namespace, config, metrics, logger):\n        super().__init__()\n",
    },
    "serve_teochat.py": {
        "videollava/constants.py": "DEFAULT_VIDEO_TOKEN = '<video>'",
        "videollava/eval/eval.py": """
            def load_model(path, base, load_8bit=False, load_4bit=False, cache_dir=None, device=None):
                return "tokenizer", "model", "processor"
        """,
        "videollava/eval/inference.py": """
            def run_inference(model, processor, tokenizer, inp, image_paths, conv_mode="v1", timestamps=[],
                              prompt_strategy="interleave", chronological_prefix=True, temperature=0.2,
                              max_new_tokens=256):
                assert (model, processor, tokenizer) == ("model", "processor", "tokenizer") and "<video>" in inp
                return f"{len(image_paths)} images, {inp.splitlines()[-1]}"
        """,
    },
    "serve_geochat.py": {
        "geochat/constants.py": """
            DEFAULT_IM_START_TOKEN, DEFAULT_IM_END_TOKEN, DEFAULT_IMAGE_TOKEN = "<s>", "<e>", "<image>"
            IMAGE_TOKEN_INDEX = -200
        """,
        "geochat/conversation.py": """
            class Conversation:
                roles = ("USER", "ASSISTANT")
                def __init__(self):
                    self.said = []
                def copy(self):
                    return Conversation()
                def append_message(self, role, text):
                    self.said.append(f"{role}: {text or ''}")
                def get_prompt(self):
                    return " ".join(self.said)
            conv_templates = {"llava_v1": Conversation()}
        """,
        "geochat/mm_utils.py": """
            import torch
            def get_model_name_from_path(path):
                return path.split("/")[-1]
            def tokenizer_image_token(prompt, tokenizer, index, return_tensors):
                return torch.tensor([1, index, 2])
        """,
        "geochat/utils.py": "def disable_torch_init():\n    pass",
        "geochat/model/builder.py": """
            import torch, types
            class Model:
                device = "cpu"
                config = types.SimpleNamespace(mm_use_im_start_end=True)
                def generate(self, tokens, images, do_sample, num_beams, max_new_tokens):
                    assert images.shape == (1, 3, 504, 504) and not do_sample
                    return torch.cat([tokens, torch.tensor([[7, 8]])], dim=1)
            class Processor:
                def preprocess(self, images, crop_size, size, return_tensors):
                    return {"pixel_values": torch.zeros(len(images), 3, size["shortest_edge"], size["shortest_edge"])}
            class Tokenizer:
                def batch_decode(self, tokens, skip_special_tokens):
                    return [" ".join(map(str, row)) for row in tokens.tolist()]
            def load_pretrained_model(path, base, name):
                assert name == "geochat-7B"
                return Tokenizer(), Model(), Processor(), 2048
        """,
    },
}
WORDS = {
    "serve_deltavlm.py": ("--checkpoint", "c.pth", "--llm", "vicuna", "--bert", "bert"),
    "serve_change_agent_mci.py": ("--checkpoint", "c.pth"),
    "serve_rsiccformer.py": ("--checkpoint", "c.pth", "--word-map", "w.json"),
    "serve_open_cd.py": ("--config", "c.py", "--checkpoint", "c.pth"),
    "serve_change_mamba.py": ("--cfg", "c.yaml", "--checkpoint", "c.pth"),
    "serve_btc.py": ("--config", "c.yaml", "--checkpoint", "c.pth"),
    "serve_teochat.py": (),
    "serve_geochat.py": (),
}
SAID = {
    "serve_deltavlm.py": "what changed? 5 256",
    "serve_change_agent_mci.py": "a road is built",
    "serve_rsiccformer.py": "a road appears",
    "serve_teochat.py": "2 images, What changed?",
    "serve_geochat.py": "7 8",
}
QUICK = ("serve_open_cd.py", "serve_teochat.py")


def test_every_script_has_a_stand_in_and_no_other_needs():
    assert set(SCRIPTS) == set(STUBS) == set(WORDS)
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text())
        imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not any(name.split(".")[0].startswith("rsica") for name in imported), path
        assert len(path.read_text().splitlines()) < 80


def prepare(folder, name):
    """A clone with stand-ins, and the files that the script is given."""
    for where, text in STUBS[name].items():
        path = folder / "clone" / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    if name == "serve_deltavlm.py":
        for base, file in (("vicuna", "llm"), ("bert", "bert")):
            (folder / base).mkdir()
            (folder / base / file).touch()
        make = "import torch; torch.save({'model': {}}, 'c.pth')"
    elif name == "serve_rsiccformer.py":
        (folder / "w.json").write_text('{"<pad>": 0, "<start>": 1, "a": 2, "road": 3, "appears": 4, "<end>": 5}')
        make = "import models, torch; torch.save({'encoder_image': models.Encoder(), 'encoder_feat': models.Features(),"
        make += " 'decoder': models.Decoder()}, 'c.pth')"
    elif name == "serve_btc.py":
        make = "import torch; torch.save({'state_dict': {'weight': torch.zeros(1)}}, 'c.pth')"
    else:
        make = "import torch; torch.save({}, 'c.pth')"
    if "--checkpoint" in WORDS[name]:
        import os
        import subprocess

        subprocess.run(
            [sys.executable, "-c", make],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder / "clone")},
            check=True,
        )


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow) for one in sorted(STUBS)]
)
def test_the_protocol_with_a_stand_in(name, tmp_path):
    prepare(tmp_path, name)
    for side in ("before", "after"):
        Image.fromarray(np.full((32, 32, 3), 100, np.uint8)).save(tmp_path / f"{side}.png")
    command = " ".join([sys.executable, str(FOLDER / name), "--repo", str(tmp_path / "clone"), *WORDS[name]])
    program = Program(command, str(tmp_path), {"RSICA_DEVICE": "cpu"}, tmp_path / "log")
    try:
        hello = program.ask(None, 120)
        assert hello["hello"] == 1 and hello["revision"]
        images = [str(tmp_path / f"{side}.png") for side in ("before", "after")][: hello.get("images") or 2]
        question = {
            "key": "k",
            "images": images,
            "prompt": "What changed?",
            "history": [],
            "classes": ["road", "building"],
        }
        (reply,) = program.ask({"ask": [question]}, 120)["replies"]
    finally:
        program.stop()
    if name in SAID:
        assert (reply["text"] if isinstance(reply, dict) else reply) == SAID[name], (tmp_path / "log").read_text()
        return
    mask = np.asarray(Image.open(reply["mask"]))
    assert (mask[:16, :16] == 2).all() and mask[16:].max() == 0, "the channel 'building' is class 2 here"
