"""Rows for people who write marked texts that measure the check of claims: facts listed, texts left empty.

Each row is what one prompt shows of a simulated pair, with a manner to write in. A writer fills in the questions and
texts; ``tools/claims_measure.py`` runs the check over them. Pairs follow from the seed alone. With ``--prompts other``
the rows are of the prompts that list no facts: questions and answers to be put into other words, sets of objects to be
asked for, and captions of one image from its metadata or its map. What is planted there: in other words another
meaning, in a question for objects a word for their class or other objects (``false_text`` in the answer,
``false_declared`` in the question), in a caption words that betray where it was taken from (``false_text``) and what
neither metadata nor map hold (``false_declared``).

Example:
    python tools/claims_writer_kit.py --seed 1601 --rows 14 --out pairs.jsonl
    python tools/claims_writer_kit.py --seed 1601 --rows 8 --prompts other --out others.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rsica_data.change_facts import compute_facts
from rsica_data.change_facts.components import find_components
from rsica_data.claims import Listed, PairContext, directions_in, list_facts
from rsica_data.core import registry
from rsica_data.generation.readers.targets import all_targets
from rsica_data.geometry.cells import cell_of
from rsica_data.schema import AskContext, FactRules, FactsView, TaskSpec, view_facts
from rsica_data.synth.drawn_scene import CLASSES
from rsica_data.synth.simulate import GSD_M, SyntheticPair, pair_seed, simulate

PROMPTS = (
    *("changechat-open-qa", "dialogue", "changechat-open-qa", "caption-write", "dialogue", "changechat-open-qa"),
    *("rswk-question", "dialogue", "changechat-open-qa", "caption-rewrite", "dialogue", "changechat-open-qa"),
    *("caption-write", "dialogue"),
)
"""Prompts of the rows, over and over: those that list facts and ask for marks."""
OTHER_PROMPTS = ("paraphrase", "earthreason-question", "gaia-caption", "rsteller-caption")
"""The other shipped prompts."""
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


def other_rows_of(seed: int, number: int) -> Iterator[dict[str, Any]]:
    """Rows of the prompts that list no facts, each with what such a prompt shows; all pairs are changed ones.

    Args:
        seed: of the pairs and what is drawn of them.
        number: how many rows.
    """
    for index in range(number):
        own = pair_seed(seed, f"others {index}")
        pair, rng = simulate(own, True), np.random.default_rng(own)
        prompt = OTHER_PROMPTS[index % len(OTHER_PROMPTS)]
        manner = list(MANNERS)[(index // len(OTHER_PROMPTS) + seed) % len(MANNERS)]
        shown = _SHOWN[prompt](pair, rng)
        asked = None if prompt.endswith("caption") else ""
        texts = [{"item": place, **_empty(prompt)} for place in range(len(shown.get("items", range(3))))]
        row = {"prompt": prompt, "manner": manner, "style": MANNERS[manner], "classes": _REPORTED}
        yield {**row, **shown, "texts": [{**text, "question": asked} for text in texts]}


def _rows_to_reword(pair: SyntheticPair, rng: np.random.Generator) -> dict[str, Any]:
    """Four questions made by rule, with their answers and what they are scored by."""
    view = _view(pair, cover=False)
    items = []
    for name in ("classification", "counting", "localization", "open_qa"):
        task: TaskSpec = registry.load(registry.TASKS, name)
        asks = AskContext("writers/train/pair", "train", tuple(_REPORTED), view, pair.captions, True, False, 1)
        drafts = [draft for draft in task.ask(asks, task.settings()) if len(draft.turns) == 2 and draft.kind != "text"]
        draft = drafts[int(rng.integers(len(drafts)))]
        question, answer = (turn.content for turn in draft.turns)
        items.append({"task": name, "kind": draft.kind, "question": question, "answer": answer, "gold": draft.gold})
    return {"items": items}


def _targets(pair: SyntheticPair, rng: np.random.Generator) -> dict[str, Any]:
    """Up to three sets of changed objects."""
    targets = all_targets(_view(pair, cover=False))
    chosen = rng.permutation(len(targets))[:3]
    return {"items": [asdict(targets[place]) for place in chosen]}


def _metadata(pair: SyntheticPair, rng: np.random.Generator) -> dict[str, Any]:
    """What a file tells of the second image, and what stands in it, for writers who do not see it."""
    places = ("Austin, Texas", "Christchurch, New Zealand", "Dubai", "Munich, Germany")
    metadata = {
        "after_date": f"20{int(rng.integers(10, 24))}-0{int(rng.integers(1, 10))}-15",
        "ground_sample_distance_m": GSD_M,
        "place": places[int(rng.integers(len(places)))],
        "sensor": "aerial camera",
    }
    labels = pair.after_labels
    shares = {entry.name: round(100 * float((labels == entry.id).mean()), 1) for entry in CLASSES}
    return {"metadata": metadata, "image": {name: share for name, share in shares.items() if share}}


_TAGS = {
    "road": {"highway": "residential", "surface": "asphalt"},
    "building": {"building": "house"},
    "vegetation": {"landuse": "grass"},
    "tree": {"natural": "tree_row"},
    "bare land": {"natural": "bare_rock"},
    "water": {"natural": "water"},
}
_SMALLEST = 40
_MOST_MAPPED = 12


def _mapped(pair: SyntheticPair, rng: np.random.Generator) -> dict[str, Any]:
    """What a map knows of the second image: objects with their tags, the largest first."""
    mapped: list[tuple[int, dict[str, Any]]] = []
    height, width = pair.after_labels.shape
    for entry in CLASSES:
        for part in find_components((pair.after_labels == entry.id).astype(np.uint8), _SMALLEST):
            cell = cell_of(part.centroid, width, height)
            shown = {"class": entry.name, "tags": _TAGS[entry.name], "cell": cell}
            mapped.append((part.area_px, {**shown, "area_m2": round(part.area_px * GSD_M**2)}))
    return {"map": [item for _, item in sorted(mapped, key=lambda item: -item[0])[:_MOST_MAPPED]]}


_SHOWN = {
    "paraphrase": _rows_to_reword,
    "earthreason-question": _targets,
    "gaia-caption": _metadata,
    "rsteller-caption": _mapped,
}


def _view(pair: SyntheticPair, cover: bool) -> FactsView:
    measured = compute_facts(
        change_mask=pair.change_mask,
        before_labels=pair.before_labels if cover else None,
        after_labels=pair.after_labels if cover else None,
        classes=CLASSES if cover else CLASSES[:2],
        report=_REPORTED,
        gsd_m=GSD_M,
    )
    return view_facts(measured, FactRules(), bool(pair.events))


def _listed(pair: SyntheticPair, cover: bool) -> Listed:
    names = tuple(entry.name for entry in (CLASSES if cover else CLASSES[:2]))
    known = PairContext(names, captions=pair.captions, directions=directions_in(pair.captions, names))
    return Listed(list_facts(_view(pair, cover), known), names)


def _texts(prompt: str, rng: np.random.Generator) -> int:
    fixed = {"changechat-open-qa": 4, "caption-write": 3, "caption-rewrite": 3, "rswk-question": 2}
    return fixed[prompt] if prompt in fixed else int(rng.integers(4, 7))


def _empty(prompt: str) -> dict[str, Any]:
    asked = None if prompt.startswith("caption") or prompt.endswith("caption") else ""
    return {"question": asked, "earlier": "", "true": "", "false_text": [asked, ""], "false_declared": [asked, ""]}


def main() -> None:
    """Writes the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True, help="another seed, other pairs")
    parser.add_argument("--rows", type=int, default=14, help="rows to write (default: 14)")
    parser.add_argument(
        "--prompts", choices=("marked", "other"), default="marked", help="of which prompts (default: marked)"
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write, one row a line")
    given = parser.parse_args()
    make = rows_of if given.prompts == "marked" else other_rows_of
    lines = [json.dumps(row, ensure_ascii=False) for row in make(given.seed, given.rows)]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
