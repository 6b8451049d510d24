"""The stages of the bench that `check.py` measures: replies read, runs, caption metrics. See `stages.py`."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
from caption_systems import (
    HYPOTHESES,
    TEST_ITEMS,
    Corpus,
    ours_ngrams,
    pycocoevalcap_ngrams,
    real_corpus,
    simulated_corpus,
    without_repeats,
)
from numpy.typing import NDArray
from stages import BARE, DATA_STAGES, Material, Stage, Ways

from rsica_bench.api.evaluating import evaluate
from rsica_bench.items import make_job, read_reply
from rsica_bench.models.api import Reply
from rsica_bench.models.function import function_adapter
from rsica_bench.run import RunOptions
from rsica_bench.run import run as run_adapter
from rsica_bench.run.run_options import Chosen
from rsica_data.imagery.images import decode_rgb, encode_mask

SPLIT, TASKS = "train", ("classification", "counting", "localization")
BATCH = 8
"""Pairs that the tiny detector computes together: the default of the adapter `mask`."""
MEAN, DEVIATION = (np.array(values, np.float32) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
ONE_PART = (1, 1)
"""All units of a run as one part of it: they are asked and recorded, and not scored."""


def replies_ways(have: Material) -> Ways:
    """bare: one regular expression over each reply."""
    pairs = {pair.pair_id: pair for pair in have.dataset.pairs(images=False)}
    jobs = [make_job(item, pairs[item.pair_id]) for item in have.dataset.instructions() if item.task != "captioning"]
    asked = [
        (job.item.turns[2 * turn + 1].content, gold, job.classes) for job in jobs for turn, gold in enumerate(job.golds)
    ]
    word = re.compile(r"\d+|\w+")
    return {
        BARE: lambda: [Counter(word.findall(text.lower())) for text, _, _ in asked],
        "ours": lambda: [read_reply(Reply(text), gold, classes) for text, gold, classes in asked],
    }


def run_ways(have: Material) -> Ways:
    """bare: each question and its images to a function that says yes, the replies as JSON lines; nothing scored."""

    def bare() -> None:
        pairs = {pair.pair_id: pair for pair in have.dataset.pairs(SPLIT)}
        with (have.folder / "replies.jsonl").open("w") as stream:
            for item in have.dataset.instructions(SPLIT, list(TASKS)):
                pair = pairs[item.pair_id]
                assert pair.before is not None and pair.after is not None
                assert pair.before.data and pair.after.data
                stream.write(json.dumps({"instruction_id": item.instruction_id, "raw": "Yes"}) + "\n")

    spec = function_adapter(answer_yes)

    def unscored() -> object:
        out = have.fresh("unscored") / "run"
        options = RunOptions(have.dataset, out, "python", "yes", tasks=TASKS, split=SPLIT, part=ONE_PART)
        return run_adapter(options, chosen=Chosen(spec, spec.options()))

    return {
        BARE: bare,
        "ours": lambda: evaluate(
            have.dataset.root, answer_yes, name="yes", split=SPLIT, tasks=TASKS, out=have.fresh("run")
        ),
        "unscored": unscored,
    }


def answer_yes(prompt: str) -> str:
    """The model of `run`."""
    return "Yes"


def run_torch_ways(have: Material) -> Ways:
    """bare: :func:`detect_all`, the same module on as many pairs at once."""
    import torch
    from tiny_detector import save_detector

    torch.set_num_threads(1)
    weights = have.folder / "detector.pt"
    save_detector(weights)
    settings = {"builder": "tiny_detector:TinyDetector", "layout": "concat", "path": str(Path(__file__).parent)}

    def ours(out: Path, part: tuple[int, int] | None) -> object:
        options = RunOptions(
            have.dataset, out, "mask", str(weights), settings, TASKS, SPLIT, allow_code=True, part=part
        )
        return run_adapter(options)

    return {
        BARE: lambda: detect_all(have, weights, have.fresh("bare")),
        "ours": lambda: ours(have.fresh("run"), None),
        "unscored": lambda: ours(have.fresh("unscored") / "run", ONE_PART),
    }


def detect_all(have: Material, weights: Path, out: Path) -> None:
    """What one would write by hand: images decoded, normalised, computed in batches, each mask written as PNG."""
    import torch
    from tiny_detector import TinyDetector

    detector = TinyDetector()
    detector.load_state_dict(torch.load(weights, weights_only=True))
    detector.eval()
    names: list[str] = []
    images: list[NDArray[np.float32]] = []

    def compute() -> None:
        with torch.inference_mode():
            masks = detector(torch.from_numpy(np.stack(images))).argmax(dim=1).numpy().astype(np.uint8)
        for name, mask in zip(names, masks, strict=True):
            (out / f"{name.replace('/', '_')}.png").write_bytes(encode_mask(mask))
        names.clear()
        images.clear()

    for pair in have.dataset.pairs(SPLIT):
        assert pair.before is not None and pair.after is not None
        sides = (decode_rgb(image.data).astype(np.float32) / 255 for image in (pair.before, pair.after))
        both = np.concatenate([(side - MEAN) / DEVIATION for side in sides], axis=2)
        names.append(pair.pair_id)
        images.append(np.ascontiguousarray(both.transpose(2, 0, 1)))
        if len(names) == BATCH:
            compute()
    if names:
        compute()


def metrics_ways(have: Material) -> Ways:
    """bare: BLEU, ROUGE-L and CIDEr of words by pycocoevalcap; captions of simulated pairs, no sentence twice."""
    return _caption_ways(without_repeats(simulated_corpus(2 * have.pairs)))


def metrics_levir_ways(have: Material) -> Ways:
    """bare: the same of the test split of LEVIR-CC with the captions of a real run."""
    return _caption_ways(real_corpus(min(TEST_ITEMS, 10 * have.pairs)))


def _caption_ways(corpus: Corpus) -> Ways:
    return {BARE: lambda: pycocoevalcap_ngrams(*corpus), "ours": lambda: ours_ngrams(*corpus)}


STAGES = DATA_STAGES | {
    "replies": Stage(replies_ways),
    "run": Stage(run_ways, third="unscored"),
    "run_torch": Stage(run_torch_ways, third="unscored", package="torch"),
    "metrics": Stage(metrics_ways, package="pycocoevalcap"),
    "metrics_levir": Stage(metrics_levir_ways, package="pycocoevalcap", file=HYPOTHESES),
}
