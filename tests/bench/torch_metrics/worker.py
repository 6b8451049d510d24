"""Data for the tests of the torchmetrics classes, and one process of a distributed run.

    python worker.py RANK WORLD SHARED_FILE

The process takes its share of the batches, and prints what `compute()` gives after a first part and at the end.
"""

import json
import sys

import numpy as np
import torch

from rsica_bench.metrics.caption_protocols import COCO, LEVIR_CC
from rsica_bench.metrics.oriented_boxes import oriented_iou
from rsica_bench.metrics.vqa import CDVQA_TYPES
from rsica_bench.torch_metrics import (
    BinaryChange,
    Boxes,
    Captions,
    ChangeDetection,
    Counting,
    MultilabelCells,
    ReferringMasks,
    SemanticChange,
    Vqa,
)

WORDS_OF_CAPTIONS = ["a", "road", "house", "was", "built", "on", "the", "bare", "land", "é\u2028beside", "\U0001f6e3"]
WORD_MAP = {"a": 1, "road": 2, "house": 3, "was": 4, "built": 5, "<unk>": 6}
METRICS = {
    "change": ChangeDetection,
    "semantic": lambda **options: SemanticChange(3, **options),
    "masks": ReferringMasks,
    "boxes": Boxes,
    "oriented": lambda **options: Boxes((0.3, 0.6), oriented_iou, **options),
    "binary": BinaryChange,
    "counting": Counting,
    "cells": MultilabelCells,
    "vqa": Vqa,
    "words": Captions,
    "coco": lambda **options: Captions(COCO, **options),
    "levir-cc": lambda **options: Captions(LEVIR_CC, WORD_MAP, **options),
}


def batches(name, number=5, size=3):
    """Arguments of ``update`` for each of some batches."""
    rng = np.random.default_rng(sum(name.encode()))
    return [_BATCHES[name](rng, size) for _ in range(number)]


def _noisy(rng, shape, classes=2):
    true = rng.integers(0, classes, shape)
    return torch.tensor(np.where(rng.random(shape) < 0.7, true, rng.integers(0, classes, shape))), torch.tensor(true)


def _boxes(rng, size):
    def some():
        low = rng.integers(0, 9, (int(rng.integers(0, 4)), 2))
        return torch.tensor(np.concatenate([low, low + rng.integers(1, 9, low.shape)], axis=1))

    return [some() for _ in range(size)], [some() for _ in range(size)]


def _oriented(rng, size):
    def some():
        return torch.tensor(rng.uniform(4, 12, (int(rng.integers(0, 4)), 5)) * [1, 1, 1, 1, 20])

    return [some() for _ in range(size)], [some() for _ in range(size)]


def _captions(rng, size):
    def some():
        return " ".join(rng.choice(WORDS_OF_CAPTIONS, int(rng.integers(3, 8))))

    # Some items have two references and some three.
    references = [[some() for _ in range(2 + int(rng.integers(0, 2)))] for _ in range(size)]
    said = [r[0] if rng.random() < 0.4 else some() for r in references]
    return said, references


def _answers(rng, size):
    kinds = [str(kind) for kind in rng.choice(list(CDVQA_TYPES), size)]
    return [str(a) for a in rng.choice(["Yes.", "no"], size)], [str(a) for a in rng.choice(["yes", "no"], size)], kinds


_BATCHES = {
    "change": lambda rng, size: (*_noisy(rng, (size, 6, 7)), torch.tensor(rng.random((size, 6, 7)) < 0.1)),
    "semantic": lambda rng, size: _noisy(rng, (size, 2, 6, 7), 4),
    "masks": lambda rng, size: _noisy(rng, (size, 6, 7)),
    "boxes": _boxes,
    "oriented": _oriented,
    "binary": lambda rng, size: _noisy(rng, size),
    "counting": lambda rng, size: _noisy(rng, size, 14),
    "cells": lambda rng, size: _noisy(rng, (size, 9)),
    "vqa": _answers,
    "words": _captions,
    "coco": _captions,
    "levir-cc": _captions,
}


def figures(metric):
    return {name: float(value) for name, value in metric.compute().items()}


# Which batches each of two processes sees: before the first compute, and after it.
SHARES = {
    "uneven": (([0, 1, 2], [3]), ([], [4])),
    "second is empty": (([0, 1], []), ([2, 3, 4], [])),
    "first is empty": (([], [0]), ([], [1, 2, 3, 4])),
}


def main(rank, world, shared_file):
    torch.distributed.init_process_group("gloo", init_method=f"file://{shared_file}", rank=rank, world_size=world)
    found = {}
    for name, make in METRICS.items():
        data = batches(name)
        for share, parts in SHARES.items():
            metric = make()
            for part, by_rank in enumerate(parts):
                for number in by_rank[rank]:
                    metric.update(*data[number])
                found[f"{name}: {share}: {part}"] = figures(metric)
    torch.distributed.destroy_process_group()
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
