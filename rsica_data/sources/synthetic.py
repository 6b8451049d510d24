"""Simulated land-cover change: the embedded source that needs no input. See ``rsica_data.synth``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from rsica_data.imagery.images import encode_png
from rsica_data.schema import EncodedImage, ImagePair, PairKey, SourceSpec
from rsica_data.sources.common import sort_keys

NAME = "synthetic"


class SyntheticOptions(BaseModel):
    """Options of the source.

    Attributes:
        pairs: number of pairs, split in the proportions of LEVIR-MCI.
        size: width and height in pixels, at half a metre each.
        seed: seed of the simulator.
        changed_share: share of changed pairs in each split.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    pairs: PositiveInt = 64
    size: int = Field(default=256, ge=64, le=4096)
    seed: NonNegativeInt = 0
    changed_share: float = Field(default=0.5, ge=0, le=1)


def index(root: Path | None, options: SyntheticOptions) -> Sequence[PairKey]:
    """Every pair; nothing is simulated yet."""
    from rsica_data.synth.layouts import plan_names

    return sort_keys(
        PairKey(f"{NAME}/{name.split}/{name.filename.removesuffix('.png')}", name.split, {}, changed=name.changed)
        for name in plan_names(options.pairs, options.changed_share)
    )


def load(root: Path | None, key: PairKey, options: SyntheticOptions) -> ImagePair:
    """Simulate one pair."""
    from rsica_data.synth.drawn_scene import CLASSES
    from rsica_data.synth.simulate import GSD_M, pair_seed, simulate

    pair = simulate(pair_seed(options.seed, key.pair_id), bool(key.changed), options.size)
    name = key.pair_id.rsplit("/", 1)[-1]
    before, after = (
        EncodedImage(f"images/{key.split}/{side}/{name}.png", encode_png(pixels, level=3))
        for side, pixels in (("A", pair.before), ("B", pair.after))
    )
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=before,
        after=after,
        width=options.size,
        height=options.size,
        classes=CLASSES,
        change_mask=pair.change_mask,
        before_labels=pair.before_labels,
        after_labels=pair.after_labels,
        captions=pair.captions,
        changed=bool(pair.events),
        gsd_m=GSD_M,
        license=SOURCE.license,
        attributes={"events": list(pair.events)},
    )


SOURCE = SourceSpec(
    name=NAME,
    summary="Simulated aerial pairs with exact masks, land-cover maps and captions; needs no input.",
    options=SyntheticOptions,
    index=index,
    load=load,
    needs_input=False,
    layout="",
    license="CC0-1.0",
    redistributable=True,
)
