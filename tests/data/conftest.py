"""A dataset folder written by hand, row by row, for what no build would give: hostile text, paths, missing images."""

import dataclasses
import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from rsica_data.change_facts import compute_facts
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import encode_mask, encode_png
from rsica_data.schema import ClassDef, EncodedImage, FactRules, Instruction, Provenance, Turn
from rsica_data.schema.arrow import StoredPair, instructions_table, pairs_table

CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"))
CHANGED = np.zeros((30, 30), np.uint8)
CHANGED[0:4, 0:10] = 1
CHANGED[22:28, 22:28] = 2


@pytest.fixture
def stored_pair():
    """Makes a pair of 30x30 pixels: where changed, a road in the top left cell and a building in the bottom right."""

    def make(name, split="test", changed=True, **values):
        shade = int(hashlib.sha256(name.encode()).hexdigest()[:2], 16)
        before, after = (
            EncodedImage(f"images/{split}/{side}/{name}.png", encode_png(np.full((30, 30, 3), level, np.uint8)))
            for side, level in (("A", shade), ("B", 255 - shade))
        )
        mask = CHANGED if changed else np.zeros_like(CHANGED)
        pair_id = f"hand/{split}/{name}"
        pair = StoredPair(
            pair_id=pair_id,
            split=split,
            source="hand",
            before=before,
            after=after,
            change_mask=EncodedImage("label.png", encode_mask(mask)),
            before_labels=None,
            after_labels=None,
            ignore_id=None,
            extra_images=(),
            classes=CLASSES,
            width=30,
            height=30,
            gsd_m=None,
            crs=None,
            transform=None,
            before_date=None,
            after_date=None,
            captions=("a road is built .",),
            changed=changed,
            facts=compute_facts(change_mask=mask, classes=CLASSES),
            license="CC0-1.0",
            attributes={},
        )
        return dataclasses.replace(pair, **values)

    return make


@pytest.fixture
def asked():
    """Makes an instruction about a pair from its texts, user first."""

    def make(pair, task, *texts, number=0, **values):
        turns = tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))
        item = Instruction(
            instruction_id=f"{pair.pair_id}#{task}#{number}",
            pair_id=pair.pair_id,
            split=pair.split,
            task=task,
            kind=task,
            turns=turns,
            gold={},
            references=(texts[-1],),
            changed=pair.changed,
            provenance=Provenance(method="human"),
        )
        return dataclasses.replace(item, **values)

    return make


@pytest.fixture
def write_dataset(tmp_path):
    """Writes pairs and instructions as a built dataset, one shard a split, and opens it."""

    def write(pairs, items, rejected=(), name="hand", **manifest):
        root = tmp_path / name
        files, counts = {}, {"pairs": {}, "changed": {}, "instructions": {}, "rejected": {}, "flag_conflicts": 0}
        for split in sorted({pair.split for pair in pairs}):
            of_split = [pair for pair in pairs if pair.split == split]
            asked_here = [item for item in items if item.split == split]
            tables = {"pairs": pairs_table(of_split), "instructions": instructions_table(asked_here)}
            for table_name, table in tables.items():
                path = f"{table_name}/{split}-00000-of-00001.parquet"
                (root / table_name).mkdir(parents=True, exist_ok=True)
                pq.write_table(table, root / path)
                data = (root / path).read_bytes()
                files[path] = {
                    "rows": table.num_rows, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
                }  # fmt: skip
            counts["pairs"][split] = len(of_split)
            counts["changed"][split] = sum(bool(pair.changed) for pair in of_split)
            tasks = counts["instructions"].setdefault(split, {})
            for item in asked_here:
                tasks[item.task] = tasks.get(item.task, 0) + 1
        for row in rejected:
            counts["rejected"][row["reason"]] = counts["rejected"].get(row["reason"], 0) + 1
        whole = {
            "schema_version": 2,
            "name": name,
            "recipe": {"name": name, "title": "", "description": "", "version": 1},
            "rules": dataclasses.asdict(FactRules()),
            "source": {"name": "hand", "license": "CC0-1.0", "citation": None, "url": None, "redistributable": True},
            "change_classes": [entry.name for entry in CLASSES],
            "counts": counts,
            "files": files,
            **manifest,
        }
        (root / "manifest.json").write_text(json.dumps(whole), encoding="utf-8")
        (root / "rejected.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rejected), encoding="utf-8")
        return open_dataset(root)

    return write
