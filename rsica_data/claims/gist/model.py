"""A linear model for each signature: which of the things that can be said a text says, and how sure that is."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from rsica_data.claims.gist.features import features_of
from rsica_data.claims.gist.shape import Shape, Signature

WEIGHTS = "weights.json.gz"
SCALE = 50
"""Weights are kept as whole numbers of this part."""


@dataclass(frozen=True)
class Part:
    """The model of one signature.

    Attributes:
        labels: what a text of this signature can say.
        bias: a number for each label.
        weights: for each feature, a number for each label.
    """

    labels: tuple[str, ...]
    bias: tuple[int, ...]
    weights: Mapping[str, tuple[int, ...]]

    def knows(self, shape: Shape) -> bool:
        """Whether the training had every word."""
        return all(word in self.weights for word in shape.words)

    def read(self, shape: Shape) -> tuple[str, float]:
        """The likeliest label and its probability."""
        scores = list(self.bias)
        for feature in features_of(shape):
            for number, weight in enumerate(self.weights.get(feature, ())):
                scores[number] += weight
        best = max(range(len(scores)), key=scores.__getitem__)
        return self.labels[best], 1 / sum(math.exp((score - scores[best]) / SCALE) for score in scores)


@lru_cache(maxsize=1)
def parts() -> dict[Signature, Part]:
    """The models that come with the package, by signature."""
    return unpack((files("rsica_data.claims.gist") / WEIGHTS).read_bytes())


def pack(models: Mapping[Signature, Part]) -> bytes:
    """Models as the bytes of a file; the same models give the same bytes."""
    content = {
        ",".join(map(str, signature)): {"labels": part.labels, "bias": part.bias, "weights": _columns(part)}
        for signature, part in sorted(models.items())
    }
    return gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)


def _columns(part: Part) -> dict[str, tuple[int, ...]]:
    return dict(sorted(part.weights.items()))


def unpack(packed: bytes) -> dict[Signature, Part]:
    """What :func:`pack` packed."""
    content: dict[str, dict[str, Any]] = json.loads(gzip.decompress(packed))
    found: dict[Signature, Part] = {}
    for name, part in content.items():
        a, b, c, d, e = (int(number) for number in name.split(","))
        weights = {feature: tuple(row) for feature, row in part["weights"].items()}
        found[(a, b, c, d, e)] = Part(tuple(part["labels"]), tuple(part["bias"]), weights)
    return found
