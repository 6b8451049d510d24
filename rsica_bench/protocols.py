"""Named protocols: everything besides model and data that moves a number.

``default``     the dataset's own questions, captions as white-space words, our Jaccard
``changechat``  the published prompts of ChangeChat-105k, captions by the LEVIR-CC word map
``deltavlm``    the same, scored as DeltaVLM (arXiv 2507.22346): Jaccard with empty against empty as 0, and the change
                label also derived from the caption

Beside these, one for each published set whose own rule of scoring is known: `ABOUT` says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import sha256_json


@dataclass(frozen=True)
class BenchProtocol:
    """A protocol.

    Attributes:
        name, version: what results and leaderboards state.
        prompt: ``dataset`` asks the stored question; ``changechat`` the published wording where there is one.
        caption: caption protocol (``words``, ``levir-cc``, ...).
        localization: which Jaccard index leads (both are always given).
        counting: a class that a reply does not count is 0. ``bounded``: a count that is farther off than the worst case
            by its gold (`rsica_bench.scoring.unread`) is as far off as that; ``missing-as-zero``, of version 1, has no
            such bound.
        history: earlier turns of a dialogue are the ``gold`` ones or the model's ``own``.
        one_image: what a model of one image gets: both images ``side-by-side``, or with a third panel that holds
            their absolute ``difference``.
        boxes: boxes in replies are shares of the image's sides in ``percent`` (GeoChat), or ``pixels``.
        word_map: word map of ``levir-cc``, where given.
        answers: when an answer to a question of a set is right: ``stated``, where it is the given one; ``rsvqa``, where
            numbers and areas are in the same range of RSVQA (`rsica_bench.metrics.vqa.rsvqa_range`).
    """

    name: str
    version: int = 2
    prompt: Literal["dataset", "changechat"] = "dataset"
    caption: str = "words"
    localization: Literal["ours", "deltavlm"] = "ours"
    counting: Literal["bounded", "missing-as-zero"] = "bounded"
    history: Literal["gold", "own"] = "gold"
    boxes: Literal["percent", "pixels"] = "percent"
    one_image: Literal["side-by-side", "difference"] = "side-by-side"
    word_map: Mapping[str, int] | None = None
    answers: Literal["stated", "rsvqa"] = "stated"

    def as_json(self) -> dict[str, Any]:
        """The record that a result states; the word map by its hash."""
        whole = asdict(replace(self, word_map=None)) | {"word_map_sha256": None}
        if self.word_map is not None:
            whole["word_map_sha256"] = sha256_json(dict(self.word_map))
        del whole["word_map"]
        if self.answers == "stated":
            # Records of before there was another rule do not name it.
            del whole["answers"]
        return whole


PRESETS = {
    "default": BenchProtocol("default"),
    "changechat": BenchProtocol("changechat", prompt="changechat", caption="levir-cc"),
    "deltavlm": BenchProtocol("deltavlm", prompt="changechat", caption="levir-cc", localization="deltavlm"),
    "levir-cc": BenchProtocol("levir-cc", 1, caption="levir-cc"),
    "cdvqa": BenchProtocol("cdvqa", 1),
    "second": BenchProtocol("second", 1),
    "rsvqa": BenchProtocol("rsvqa", 1, answers="rsvqa"),
    "xview2": BenchProtocol("xview2", 1),
    "earthreason": BenchProtocol("earthreason", 1),
}
EARLIER = {
    name: replace(preset, version=1, counting="missing-as-zero")
    for name, preset in PRESETS.items()
    if preset.version > 1
}
"""The presets as they were in version 1: runs that were made under them are scored as before."""


@dataclass(frozen=True)
class About:
    """What a protocol is, for those who choose one.

    Attributes:
        summary: what it asks and scores.
        leads: the figures that papers on the set state, by task of ours.
        source: where the rule is published.
    """

    summary: str
    leads: Mapping[str, tuple[str, ...]]
    source: str


ABOUT: dict[str, About] = {
    "default": About("The dataset's own questions, captions as words, every figure of every task.", {}, "this project"),
    "changechat": About(
        "The published prompts of ChangeChat-105k, captions by the LEVIR-CC word map.",
        {
            "captioning": ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr"),
            "counting": ("mae", "rmse"),
            "classification": ("f1",),
        },
        "Deng et al. 2025, ChangeChat (arXiv 2409.08582)",
    ),
    "deltavlm": About(
        "ChangeChat's prompts, scored as DeltaVLM: Jaccard 0 for empty cells, the change label also from captions.",
        {"localization": ("jaccard_deltavlm",), "captioning": ("from_caption/accuracy",)},
        "Deng et al. 2025, DeltaVLM (arXiv 2507.22346)",
    ),
    "levir-cc": About(
        "Five references a pair, tokens by the word map of all splits, coco-caption's figures on the test split.",
        {"captioning": ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr", "S*m")},
        "Liu et al. 2022, RSICC (doi 10.1109/TGRS.2022.3218921) and its public code",
    ),
    "cdvqa": About(
        "The given answer, but for case and the final point: accuracy over all, by type, and the mean over types.",
        {"given_qa": ("accuracy", "average_accuracy")},
        "Yuan et al. 2022, CDVQA (arXiv 2112.06343)",
    ),
    "second": About(
        "Land cover of both dates where something changed: SeK, F_scd and mIoU of the summed confusion matrix.",
        {"semantic_change": ("sek", "f_scd", "miou")},
        "Yang et al. 2020, SECOND (arXiv 2010.05687)",
    ),
    "rsvqa": About(
        "The given answer, numbers and areas by RSVQA's ranges: overall and mean accuracy over the families.",
        {"given_qa": ("accuracy", "average_accuracy")},
        "Lobry et al. 2020, RSVQA (doi 10.1109/TGRS.2020.2988782) and its public code (VocabEncoder)",
    ),
    "xview2": About(
        "Levels of damage of building pixels: 0.3 localization F1 + 0.7 harmonic mean of the F1 of four levels.",
        {"building_damage": ("xview2", "localization_f1", "damage_f1")},
        "Gupta et al. 2019, xBD (arXiv 1911.09296) and github.com/DIUx-xView/xView2_scoring",
    ),
    "earthreason": About(
        "The mask of an implicit question's target, none counting as 1 against none: gIoU and cIoU.",
        {"reasoning_mask": ("giou", "ciou")},
        "Li et al. 2025, SegEarth-R1 (arXiv 2504.09644) and its public code",
    ),
}
"""What each protocol is."""


def find_protocol(
    name: str,
    history: str | None = None,
    word_map: Mapping[str, int] | None = None,
    one_image: Literal["side-by-side", "difference"] = "side-by-side",
) -> BenchProtocol:
    """The preset of a name, with another history mode, word map or composed image where given.

    Raises:
        UserError: unknown name or history mode.
    """
    if name not in PRESETS:
        raise UserError(f"unknown protocol '{name}'", key="--protocol", hint=did_you_mean(name, PRESETS))
    preset = replace(PRESETS[name], word_map=word_map, one_image=one_image)
    if history == "own":
        return replace(preset, history="own")
    if history not in (None, "gold"):
        raise UserError(f"unknown history mode '{history}'", key="--history", hint="known: gold, own, both")
    return preset
