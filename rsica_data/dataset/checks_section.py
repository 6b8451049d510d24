"""The ``checks`` of a recipe: what a build looks for in all its pairs and rows, and what it does about it.

Apart from ``rsica_data.dataset.quality``, which looks: a build without checks starts without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from rsica_data.core.validation import WITH_OFF

Action = Annotated[Literal["off", "list", "flag", "drop"], WITH_OFF]
Share = Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, slots=True)
class MaskLimits:
    """From where on a mask disagrees with its images.

    Attributes:
        empty: correlation of the edges of both images, up to which an empty mask is told.
        full: share of the labelled pixels that are marked, from which a mask is told to be full.
        shift_px: length of the shift, in pixels, from which a mask is told to be shifted.
        shift_gain: how much steeper the images must be across the shifted boundary, as a factor.
        unseen: ratio of the difference inside the mask to that outside, up to which the change is not to be seen.
        off_edges: ratio of the slope across the boundary to that of the whole image, up to which no edge is there.
    """

    empty: float = 0.1
    full: float = 0.98
    shift_px: float = 4.0
    shift_gain: float = 1.5
    unseen: float = 0.6
    off_edges: float = 1.15


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class LeakChecks(_Section):
    """What is done about pairs of two splits that show one place, one image, or have the same captions."""

    place: Action = "list"
    image: Action = "list"
    captions: Action = "list"


class QuestionChecks(_Section):
    """What is done about rows of a pair that ask the same, with the same answer or with another one."""

    repeated: Action = "list"
    contradictory: Action = "list"


class MaskChecks(_Section):
    """What is done about masks that disagree with their images, and from where on they do (see ``MaskLimits``)."""

    action: Action = "list"
    empty: Annotated[float, Field(ge=-1, le=1)] = 0.1
    full: Annotated[float, Field(gt=0, le=1)] = 0.98
    shift_px: PositiveFloat = 4.0
    shift_gain: Annotated[float, Field(ge=1)] = 1.5
    unseen: Annotated[float, Field(ge=0)] = 0.6
    off_edges: Annotated[float, Field(ge=0)] = 1.15

    def limits(self) -> MaskLimits:
        """From where on a mask disagrees with its images."""
        return MaskLimits(self.empty, self.full, self.shift_px, self.shift_gain, self.unseen, self.off_edges)


class ChecksSection(_Section):
    """Checks that a build makes of all its pairs and rows, and what it does about what they find.

    An action is ``off``, ``list`` (in ``checks.jsonl``), ``flag`` (in ``attributes.checks`` of the pair too), ``drop``.

    Attributes:
        leaks: between splits.
        questions: asked twice.
        masks: that do not fit their images.
        slivers: pairs with a sliver of an object at the edge.
        balance: greatest share that one answer may have of the training rows of a task, by task; rows past it are
            dropped.
        pseudo_labels: splits that may hold masks that a model made (``rsica-bench label``).
    """

    leaks: LeakChecks = LeakChecks()
    questions: QuestionChecks = QuestionChecks()
    masks: MaskChecks = MaskChecks()
    slivers: Action = "list"
    balance: dict[str, Share] = Field(default_factory=dict)
    pseudo_labels: Literal["train", "any"] = "train"

    @property
    def needs_images(self) -> bool:
        """Whether images have to be decoded."""
        return self.leaks.image != "off" or self.masks.action != "off"
