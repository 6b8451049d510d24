"""A change detector of 467 weights, which costs so little that what a run costs beside its model shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

STEP, SEED = 16, 25
"""Pixels, each way, that get one answer."""


class TinyDetector(nn.Module):
    """Both images, ``[B, 6, H, W]``, to scores of no change and two classes, ``[B, 3, H, W]``; H, W multiples of 16."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(6, 8, 3, padding=1)
        self.scores = nn.Conv2d(8, 3, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores of each pixel."""
        coarse = nn.functional.avg_pool2d(images, STEP)
        scores = self.scores(torch.relu(self.features(coarse)))
        return nn.functional.interpolate(scores, scale_factor=STEP, mode="nearest")


def save_detector(path: Path, seed: int = SEED) -> None:
    """Write random weights, the same ones with any torch: it finds change in a sixth of an image, in a few places."""
    random = np.random.default_rng(seed)
    state = {
        name: torch.from_numpy(random.normal(0, 0.3, tuple(weights.shape)).astype(np.float32))
        for name, weights in TinyDetector().state_dict().items()
    }
    torch.save(state, path)
