"""What the examples share. They run in the model's own environment, so this needs one file of the toolkit only."""

import importlib.util
import subprocess
import sys
from pathlib import Path


def _serve():
    """`serve` of command_helper.py: beside this file where it was copied, else in this repository."""
    beside = Path(__file__).with_name("command_helper.py")
    there = Path(__file__).resolve().parents[2] / "rsica_bench" / "models" / "command_helper.py"
    spec = importlib.util.spec_from_file_location("command_helper", beside if beside.is_file() else there)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.serve


serve = _serve()


def checkout(folder):
    """Make the user's clone importable, and say which commit it is."""
    folder = Path(folder).resolve()
    if not folder.is_dir():
        sys.exit(f"no such checkout: {folder}")
    sys.path.insert(0, str(folder))
    found = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return f"{folder.name}@{found.stdout.strip()[:12]}" if found.returncode == 0 else folder.name


def save_mask(question, mask, channels):
    """Write a mask as the toolkit reads it; the reply for the question.

    Args:
        question: its ``classes`` are the dataset's, in class-id order.
        mask: the model's own labels, ``[H, W]`` integers, 0 for no change.
        channels: name of each label from 1 on.
    """
    import numpy as np
    from PIL import Image

    ids = np.zeros(256, np.uint8)
    for label, name in enumerate(channels, 1):
        if name in question["classes"]:
            ids[label] = question["classes"].index(name) + 1
    size = Image.open(question["images"][0]).size
    image = Image.fromarray(ids[np.asarray(mask).astype(np.uint8)])
    path = question["images"][0] + ".mask.png"
    image.resize(size, Image.NEAREST).save(path)
    return {"mask": path}


def device():
    """What `--devices` chose for this process, else the first GPU."""
    import os

    import torch

    return os.environ.get("RSICA_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
