"""Named protocols: everything besides model and data that moves a number.

``default``     the dataset's own questions, captions as white-space words, our Jaccard
``changechat``  the published prompts of ChangeChat-105k, captions by the LEVIR-CC word map
``deltavlm``    the same, scored as DeltaVLM (arXiv 2507.22346): Jaccard with empty against empty as 0, and the change
                label also derived from the caption
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

    def as_json(self) -> dict[str, Any]:
        """The record that a result states; the word map by its hash."""
        whole = asdict(replace(self, word_map=None)) | {"word_map_sha256": None}
        if self.word_map is not None:
            whole["word_map_sha256"] = sha256_json(dict(self.word_map))
        del whole["word_map"]
        return whole


PRESETS = {
    "default": BenchProtocol("default"),
    "changechat": BenchProtocol("changechat", prompt="changechat", caption="levir-cc"),
    "deltavlm": BenchProtocol("deltavlm", prompt="changechat", caption="levir-cc", localization="deltavlm"),
}
EARLIER = {name: replace(preset, version=1, counting="missing-as-zero") for name, preset in PRESETS.items()}
"""The presets as they were in version 1: runs that were made under them are scored as before."""


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
