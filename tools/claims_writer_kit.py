"""Rows for people who write marked texts that measure the check of claims: facts listed, texts left empty.

Each row is what one prompt shows of a simulated pair, with a manner to write in. A writer fills in the questions and
texts; ``tools/claims_measure.py`` runs the check over them. Pairs follow from the seed alone.

Example:
    python tools/claims_writer_kit.py --seed 1601 --rows 14 --out pairs.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rsica_data.change_facts import compute_facts
from rsica_data.claims import Listed, PairContext, directions_in, list_facts
from rsica_data.schema import FactRules, view_facts
from rsica_data.synth.drawn_scene import CLASSES
from rsica_data.synth.simulate import GSD_M, SyntheticPair, pair_seed, simulate

PROMPTS = (
    *("changechat-open-qa", "dialogue", "changechat-open-qa", "caption-write", "dialogue", "changechat-open-qa"),
    *("rswk-question", "dialogue", "changechat-open-qa", "caption-rewrite", "dialogue", "changechat-open-qa"),
    *("caption-write", "dialogue"),
)
"""Prompts of the rows, over and over."""
MANNERS = {
    "terse": "as few words as carry the facts; fragments are welcome",
    "explaining": "whole sentences that lead the reader from one fact to the next",
    "chatty": "as one talks to a neighbour, friendly, with asides that state nothing",
    "technical": "as a surveyor's report: shares, areas, cells, exact terms",
}
KNOWLEDGE = (
    "Sealed soil lets less rain through.",
    "New roads bring more traffic.",
    "Trees keep a town cooler in summer.",
)
_REPORTED = ["road", "building"]
_CHANGED_SHARE = 0.8
_COVER_SHARE = 0.6


def rows_of(seed: int, number: int) -> Iterator[dict[str, Any]]:
    """The rows of a set: mostly changed pairs, land cover in six of ten.

    Args:
        seed: of the pairs, their manners and the numbers of turns.
        number: how many rows.
    """
    for index in range(number):
        own = pair_seed(seed, f"writers {index}")
        rng = np.random.default_rng(own)
        changed = bool(rng.random() < _CHANGED_SHARE)
        # Without land cover, all unchanged pairs have the same facts.
        cover = not changed or bool(rng.random() < _COVER_SHARE)
        listed = _listed(simulate(own, changed), cover)
        prompt = PROMPTS[index % len(PROMPTS)]
        manner = list(MANNERS)[(index + seed) % len(MANNERS)]
        yield {
            "prompt": prompt,
            "manner": manner,
            "style": MANNERS[manner],
            **({"knowledge": list(KNOWLEDGE)} if prompt == "rswk-question" else {}),
            "classes": list(listed.classes),
            "north_up": listed.north_up,
            "list": [f"{place}. {fact.words()}" for place, fact in enumerate(listed.facts, 1)],
            "facts": [[fact.kind, dict(fact.args), fact.value] for fact in listed.facts],
            "texts": [_empty(prompt) for _ in range(_texts(prompt, rng))],
        }


def _listed(pair: SyntheticPair, cover: bool) -> Listed:
    measured = compute_facts(
        change_mask=pair.change_mask,
        before_labels=pair.before_labels if cover else None,
        after_labels=pair.after_labels if cover else None,
        classes=CLASSES if cover else CLASSES[:2],
        report=_REPORTED,
        gsd_m=GSD_M,
    )
    names = tuple(entry.name for entry in (CLASSES if cover else CLASSES[:2]))
    known = PairContext(names, captions=pair.captions, directions=directions_in(pair.captions, names))
    return Listed(list_facts(view_facts(measured, FactRules(), bool(pair.events)), known), names)


def _texts(prompt: str, rng: np.random.Generator) -> int:
    fixed = {"changechat-open-qa": 4, "caption-write": 3, "caption-rewrite": 3, "rswk-question": 2}
    return fixed[prompt] if prompt in fixed else int(rng.integers(4, 7))


def _empty(prompt: str) -> dict[str, Any]:
    asked = None if prompt.startswith("caption") else ""
    return {"question": asked, "earlier": "", "true": "", "false_text": [asked, ""], "false_declared": [asked, ""]}


def main() -> None:
    """Writes the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True, help="another seed, other pairs")
    parser.add_argument("--rows", type=int, default=14, help="rows to write (default: 14)")
    parser.add_argument("--out", type=Path, required=True, help="file to write, one row a line")
    given = parser.parse_args()
    lines = [json.dumps(row, ensure_ascii=False) for row in rows_of(given.seed, given.rows)]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
