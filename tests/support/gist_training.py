"""Trains the models of ``rsica_data/claims/gist`` on the wordings of ``tests/data/claims``: ``make gist``.

A wording is filled with values drawn at random; what it says is known from its kind. Wordings whose shape has another
signature than their kind (another number or class in the text) are left out: the model is not asked about them.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch
import yaml

from rsica_data.claims.gist.features import features_of
from rsica_data.claims.gist.model import SCALE, WEIGHTS, Part, pack
from rsica_data.claims.gist.shape import Shape, shape_of

DATA = Path(__file__).parents[1] / "data/claims"
HELD_OUT = ("heldout",)
CLASSES = ["road", "building", "low vegetation", "tree", "water", "bare ground"]
LAND = ["low vegetation", "trees", "water", "bare ground", "buildings"]
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
PLACES = [
    "top left",
    "top center",
    "top right",
    "center left",
    "center",
    "center right",
    "bottom left",
    "bottom center",
    "bottom right",
]
OTHER_NAMES = {
    "no_change": "unchanged", "change": "changed", "percent": "share", "appeared": "built", "disappeared": "removed",
    "only_class": "only", "not_position": "no_in_place", "more": "relation",
}  # fmt: skip
DEVELOPMENT = {"position": "some_in_place", "largest": "largest_of"}
"""Kinds of ``development.yaml`` that mean something else there."""
_ONE, _PLACED, _TWO = (1, 0, 0, 0, 0), (1, 0, 1, 0, 0), (2, 0, 0, 0, 0)
SIGNATURES = {
    **dict.fromkeys(("changed", "unchanged", "described"), (0, 0, 0, 0, 0)),
    **dict.fromkeys(("presence", "absence", "only", "built", "removed", "standing", "class_before"), _ONE),
    **dict.fromkeys(("class_after", "grown", "shrunk", "class_described"), _ONE),
    **dict.fromkeys(("count", "count_built", "count_removed", "count_same", "count_standing"), (1, 1, 0, 0, 0)),
    **dict.fromkeys(("position", "no_in_place", "some_in_place", "largest_of", "built_in_place"), _PLACED),
    **dict.fromkeys(("removed_in_place", "standing_in_place"), _PLACED),
    **dict.fromkeys(("largest", "smallest", "place_change", "place_unchanged", "place_only"), (0, 0, 1, 0, 0)),
    **dict.fromkeys(("total", "cells"), (0, 1, 0, 0, 0)),
    **dict.fromkeys(("equal", "neither", "both_presence", "both_built", "both_removed", "two_described"), _TWO),
    "share": (0, 0, 0, 1, 0),
}
ORDERED = {
    "relation": ("more", "fewer"),
    "larger": ("larger", "smaller"),
    "transition": ("became", "replaced"),
    "one_not_other": ("first_only", "second_only"),
    "beside": ("beside", "beside_second"),
    "gone_and_new": ("gone_and_new", "new_and_gone"),
}
"""What a wording of two classes says, by whether its first slot is named first."""
MANY = 3
"""A feature counts where so many examples have it."""
STRENGTH = 0.1
"""Weight of the squared weights."""


class Example(NamedTuple):
    """A filled wording: its label and shape."""

    label: str
    shape: Shape
    text: str


def filled(kind: str, wording: str, rng: Random) -> tuple[str, dict[str, object]]:
    """A wording with values drawn for all slots that there are."""
    first, second = rng.sample(["road", "building"], 2)
    many, other = rng.sample(range(2, 10), 2)
    old, new = rng.sample(LAND, 2)
    values: dict[str, object] = {
        "N": many, "W": NUMBERS[many], "C": first, "CS": f"{first}s", "P": rng.choice(PLACES), "A": first, "B": second,
        "AS": f"{first}s", "BS": f"{second}s", "T": many, "S": rng.randint(2, 60), "Y0": 2011, "Y1": 2019,
        "N1": many, "N2": other, "NR": many, "NB": other, "C1S": f"{first}s", "C2S": f"{second}s", "X": old, "Y": new,
    }  # fmt: skip
    values |= {
        "thing": first, "things": f"{first}s", "Things": f"{first.title()}s", "n": many, "have": "have", "were": "were",
        "counted": f"{many} {first}s", "counted_w": f"{NUMBERS[many]} {first}s", "are": "are", "look": "look",
        "counted_objects": f"{many} objects", "place": values["P"], "cell": values["P"], "y0": 2011, "y1": 2019,
        "a": values["AS"], "b": values["BS"],
    }  # fmt: skip
    if kind == "transition":
        values |= {"a": old, "b": new, "A": old.capitalize(), "B": new.capitalize()}
    text = wording.format(**values)
    return text[0].upper() + text[1:], values


def label_of(kind: str, shape: Shape, values: dict[str, object]) -> str | None:
    """What a filled wording says; None where its shape is not that of its kind."""
    if kind == "date" and shape.signature == (0, 0, 0, 0, 2):
        return "dates" if next(iter(shape.years)) == "2011" else "dates_reversed"
    if kind == "date_other" and shape.signature == (0, 0, 0, 0, 2):
        return kind
    if kind == "both" and shape.signature == (2, 2, 0, 0, 0):
        straight = (_first(shape) in str(values["C1S"])) == (next(iter(shape.numbers)) == values["N1"])
        return "both" if straight else "both_crossed"
    if kind in ORDERED and shape.signature == _TWO:
        lead = str(values["X"] if kind == "transition" else values["AS"])
        return ORDERED[kind][_first(shape) not in (lead, lead.removesuffix("s"))]
    if kind == "described" and shape.signature == _ONE:
        return "class_described"
    return kind if SIGNATURES.get(kind) == shape.signature else None


def _first(shape: Shape) -> str:
    return next(iter(shape.classes))


def examples(files: Iterable[Path], draws: int, seed: int = 1) -> Iterator[Example]:
    """Every wording of the files, filled ``draws`` times."""
    rng = Random(seed)
    for file in files:
        for kind, rows in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            named = OTHER_NAMES.get(kind, kind)
            named = DEVELOPMENT.get(named, named) if file.stem == "development" else named
            for wording in rows:
                if isinstance(wording, str):
                    yield from _drawn(named, wording, draws, rng)


def _drawn(kind: str, wording: str, draws: int, rng: Random) -> Iterator[Example]:
    for _ in range(draws):
        try:
            text, values = filled(kind, wording, rng)
        except KeyError:
            return  # slots of another form
        shape = shape_of(text, CLASSES)
        label = label_of(kind, shape, values) if shape is not None else None
        if shape is not None and label is not None:
            yield Example(label, shape, text)


def trained(rows: Iterable[Example]) -> dict[tuple[int, int, int, int, int], Part]:
    """A model for every signature."""
    groups: dict[tuple[int, int, int, int, int], list[Example]] = defaultdict(list)
    for row in rows:
        groups[row.shape.signature].append(row)
    return {signature: _part(group) for signature, group in sorted(groups.items())}


def _part(rows: list[Example]) -> Part:
    """Softmax regression with a quadratic penalty, fitted by L-BFGS."""
    labels = sorted({row.label for row in rows})
    found = [features_of(row.shape) for row in rows]
    often = Counter(feature for features in found for feature in features)
    names = {feature: at for at, feature in enumerate(sorted(f for f, n in often.items() if n >= MANY))}
    inputs = [torch.tensor(sorted(names[f] for f in features if f in names)) for features in found]
    offsets = torch.tensor([0, *[len(row) for row in inputs[:-1]]]).cumsum(0)
    flat, target = torch.cat(inputs), torch.tensor([labels.index(row.label) for row in rows])
    weight = torch.zeros(len(names), len(labels), requires_grad=True)
    bias = torch.zeros(len(labels), requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=150, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        logits = torch.nn.functional.embedding_bag(flat, weight, offsets, mode="sum") + bias
        value = (
            torch.nn.functional.cross_entropy(logits, target, reduction="sum") + STRENGTH / 2 * weight.square().sum()
        )
        value.backward()
        return value

    search.step(loss)
    whole = (weight.detach() * SCALE).round().int().tolist()
    kept = {feature: tuple(whole[at]) for feature, at in names.items() if any(whole[at]) or _is_word(feature)}
    return Part(tuple(labels), tuple((bias.detach() * SCALE).round().int().tolist()), kept)


def _is_word(feature: str) -> bool:
    """Words stay even where they weigh nothing: the model then knows that it has seen them."""
    return " " not in feature and not feature.startswith("#")


def wording_files(without: Iterable[str] = HELD_OUT) -> list[Path]:
    """All files of wordings but those named."""
    left_out = set(without)
    return [path for path in sorted(DATA.glob("*.yaml")) if path.stem not in left_out]


def main() -> None:
    """Train on everything but the held-out set, and write the weights into the package."""
    torch.manual_seed(0)
    models = trained(examples(wording_files(), draws=2))
    target = Path(__file__).parents[2] / "rsica_data/claims/gist" / WEIGHTS
    target.write_bytes(pack(models))
    for signature, part in models.items():
        sys.stdout.write(f"{signature}: {len(part.labels)} labels, {len(part.weights)} features\n")
    sys.stdout.write(f"{target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
