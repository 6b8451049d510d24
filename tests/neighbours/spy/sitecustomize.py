"""Writes down what models are trained on, in whatever process: Python imports it by itself where this folder is on
PYTHONPATH and RSICA_SPY names a file.

A line a batch that a data loader gives (token ids, labels, shapes of tensors), and a line a loss that is trained on.
"""

import json
import os
from pathlib import Path


def watch(path):
    import torch
    from torch.utils.data._utils import fetch

    def write(row):
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")

    def noted(method):
        def fetched(self, places):
            batch = method(self, places)
            if "input_ids" in batch:
                tensors = {name: batch[name] for name in batch if torch.is_tensor(batch[name])}
                row = {name: tensors[name].tolist() for name in ("input_ids", "labels") if name in tensors}
                write(row | {"shapes": {name: list(tensor.shape) for name, tensor in tensors.items()}})
            return batch

        return fetched

    for fetcher in (fetch._MapDatasetFetcher, fetch._IterableDatasetFetcher):
        fetcher.fetch = noted(fetcher.fetch)
    backward = torch.Tensor.backward

    def passed_back(self, *given, **named):
        write({"loss": self.item()})
        return backward(self, *given, **named)

    torch.Tensor.backward = passed_back


if "RSICA_SPY" in os.environ:
    watch(Path(os.environ["RSICA_SPY"]))
