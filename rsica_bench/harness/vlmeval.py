"""A dataset of VLMEvalKit: ``$LMUData/NAME.tsv``, a question a row, with both images as base64.

VLMEvalKit answers it as a dataset of its own form and keeps the columns ``id`` and ``turn`` beside ``prediction``. Its
scores do not know our tasks, so ``replies.py`` beside the table turns the answers into a file for the adapter
``replay``. Written against VLMEvalKit 0.1.0.
"""

from __future__ import annotations

import base64
import csv
from pathlib import Path

from rsica_bench.harness.documents import documents
from rsica_bench.harness.harness_options import SplitOptions, split_alone
from rsica_bench.models.fitting import fold_history
from rsica_data.core.files import atomic_path, write_atomic
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Turn

_COLUMNS = ("index", "id", "turn", "task", "image", "question", "answer")
_REPLIES = '''"""Answers of VLMEvalKit as replies for rsica-bench: python replies.py ANSWERS.xlsx replies.jsonl

Then: rsica-bench run --data DATASET --split SPLIT --adapter replay --model replies.jsonl --out RUN
"""

import json
import sys
from pathlib import Path

import pandas as pd

answers, out = Path(sys.argv[1]), Path(sys.argv[2])
readers = {".xlsx": pd.read_excel, ".tsv": lambda path: pd.read_csv(path, sep="\\t"), ".json": pd.read_json}
table = readers[answers.suffix](answers)
with out.open("w", encoding="utf-8") as stream:
    for row in table[["id", "turn", "prediction"]].itertuples(index=False):
        text = None if pd.isna(row.prediction) else str(row.prediction)
        stream.write(json.dumps({"instruction_id": row.id, "turn": int(row.turn), "raw": text}) + "\\n")
'''


def export(dataset: BuiltDataset, out: Path, options: SplitOptions) -> list[Path]:
    """Write ``NAME_SPLIT.tsv`` and ``replies.py``; earlier turns stand in the question.

    Raises:
        UserError: the dataset has no such split.
    """
    split = options.split_of(dataset)
    path = Path(f"{dataset.name}_{split}.tsv")
    tasks = list(dict.fromkeys(item.task for item in dataset.instructions(split)))
    with atomic_path(out / path) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(_COLUMNS)
        number = 0
        for task in tasks:
            for row in documents(dataset, split, task):
                images = [base64.b64encode(image["bytes"]).decode() for image in row["images"]]
                history = [Turn(turn["role"], turn["content"]) for turn in row["history"]]
                question = fold_history(history, row["question"]) if history else row["question"]
                # VLMEvalKit reads a list of images from its Python form, and one image as it stands.
                shown = str(images) if len(images) > 1 else images[0]
                writer.writerow([number, row["id"], row["turn"], task, shown, question, row["target"]])
                number += 1
    write_atomic(out / "replies.py", _REPLIES)
    return [path, Path("replies.py")]


EXPORTER = ExporterSpec("vlmeval", "A dataset of VLMEvalKit, scored with replay.", SplitOptions, export, split_alone)
