"""Predicted masks by the rules of the gold: one reading for the answers made from them and for scoring them as masks.

A detector gives a change mask ``[H, W]`` (0 none, then the places of the pair's change classes, and after them that of
what stands as it was, where the set knows such a class), or the land cover of both dates ``[2, H, W]`` (0 none, then
the places of all its classes): of the whole image, or of changed pixels alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import RsicaError
from rsica_data.imagery.change_masks import derive_change_mask, measured_mask, valid_pixels
from rsica_data.imagery.images import decode_mask
from rsica_data.schema import ClassDef, FactRules, FactsView, Mask, view_facts
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IGNORE_ID
from rsica_data.schema.rules import change_classes


class WrongMask(RsicaError):
    """A predicted mask that cannot be read; the message says why."""


def label_classes(pair: StoredPair) -> tuple[str, ...]:
    """Names of all classes of a pair, in class-id order."""
    return tuple(entry.name for entry in sorted(pair.classes, key=lambda entry: entry.id))


@dataclass(frozen=True)
class MaskFrame:
    """What a dataset tells of how a predicted mask of a pair is read.

    Attributes:
        shape: height and width of the images.
        names: all classes, in the order of the ids 1, 2, ... that masks have here.
        reported: the classes that change questions are about, a part of ``names``.
        rules: the dataset's rules.
        has_labels: whether the gold knows the land cover of both dates.
        derived: whether the gold's change mask follows from the land cover, by ``rules.change_from``.
        valid: pixels that are labelled, ``[H, W]`` bool; None for all. Others count nowhere, as in the gold.
        gsd_m: ground sample distance in metres per pixel.
        standing: the class of what stood before and did not change (intact buildings), where the gold knows it.
    """

    shape: tuple[int, int]
    names: tuple[str, ...]
    reported: tuple[str, ...]
    rules: FactRules
    has_labels: bool = False
    derived: bool = False
    valid: NDArray[np.bool_] | None = None
    gsd_m: float | None = None
    standing: str | None = None

    def levels(self, change: Mask, before: Mask | None = None) -> Mask:
        """A mask of levels: 0 for nothing, 1 for what stands as it was, then the places of the change classes + 1.

        Args:
            change: ids by place in ``names``, ``[H, W]``; what stands as it was is in it, or in ``before``.
            before: what stood before, ids by place in ``names``; None where ``change`` tells it.
        """
        changed = self.reported_only(change)
        stood = np.zeros(self.shape, bool) if self.standing is None else change == self.names.index(self.standing) + 1
        if before is not None:
            stood |= before > 0
        return np.where(changed > 0, changed + 1, stood).astype(np.uint8)

    def change(self, predicted: Mask) -> Mask:
        """The change mask that a prediction means, ids by place in ``names``, ``[H, W]`` uint8.

        Where the gold's mask follows from label maps, that of both dates does too. Where a source gives the mask (it
        may mark what was built and what was removed), a changed pixel has the class of that side which is reported.

        Raises:
            WrongMask: another shape, or an id that no class has.
        """
        self._check(predicted)
        predicted = np.asarray(predicted, np.uint8)
        if predicted.ndim == 2:
            return self._named(predicted)
        before, after = predicted
        chosen = derive_change_mask(before, after, self.rules.change_from)
        if self.derived:
            return chosen
        other = derive_change_mask(before, after, "before" if self.rules.change_from == "after" else "after")
        return np.where(self._is_reported(chosen), chosen, np.where(self._is_reported(other), other, chosen))

    def view(self, predicted: Mask) -> FactsView:
        """The facts of a prediction under the dataset's rules.

        Raises:
            WrongMask: see :meth:`change`.
        """
        from rsica_data.change_facts import compute_facts

        maps: list[Mask | None] = [self.change(predicted), None, None]
        if predicted.ndim == 3 and self.has_labels:
            maps[1:] = list(np.asarray(predicted, np.uint8))
        if self.valid is not None:
            maps = [None if labels is None else np.where(self.valid, labels, IGNORE_ID) for labels in maps]
        facts = compute_facts(
            change_mask=maps[0],
            before_labels=maps[1],
            after_labels=maps[2],
            classes=[ClassDef(number, name) for number, name in enumerate(self.names, 1)],
            report=self.reported,
            ignore_id=None if self.valid is None else IGNORE_ID,
            gsd_m=self.gsd_m,
            min_object_pixels=self.rules.min_object_pixels,
            min_cell_pixels=self.rules.min_cell_pixels,
        )
        return view_facts(facts, self.rules)

    def reported_only(self, mask: Mask) -> Mask:
        """A mask by place in ``names`` as one by place in ``reported``, 0 for other classes."""
        table = np.zeros(256, np.uint8)
        for place, name in enumerate(self.reported, 1):
            table[self.names.index(name) + 1] = place
        return np.asarray(table[mask], np.uint8)

    def _named(self, mask: Mask) -> Mask:
        table = np.array([0, *(self.names.index(name) + 1 for name in self._in_change_masks())], np.uint8)
        return np.asarray(table[mask], np.uint8)

    def _in_change_masks(self) -> tuple[str, ...]:
        return self.reported if self.standing is None else (*self.reported, self.standing)

    def _is_reported(self, mask: Mask) -> NDArray[np.bool_]:
        return self.reported_only(mask) > 0

    def _check(self, predicted: Mask) -> None:
        if predicted.shape not in (self.shape, (2, *self.shape)):
            raise WrongMask(f"the mask has the shape {predicted.shape}, the image {self.shape}")
        count = len(self._in_change_masks() if predicted.ndim == 2 else self.names)
        for extreme in (int(predicted.min(initial=0)), int(predicted.max(initial=0))):
            if not 0 <= extreme <= count:
                raise WrongMask(f"the mask holds the class id {extreme}; there are {count} classes")


def frame_of(pair: StoredPair, rules: FactRules) -> MaskFrame:
    """How predictions of a pair are read."""
    has_labels = pair.before_labels is not None and pair.after_labels is not None
    valid = None
    if pair.ignore_id is not None:
        valid = valid_pixels(_stored_maps(pair), pair.ignore_id)
    return MaskFrame(
        shape=(pair.height, pair.width),
        names=label_classes(pair),
        reported=change_classes(pair.facts, pair.classes),
        rules=rules,
        has_labels=has_labels,
        derived=has_labels and pair.change_mask is None,
        valid=valid,
        gsd_m=pair.gsd_m,
        standing=standing_class(pair),
    )


def standing_class(pair: StoredPair) -> str | None:
    """The class of what stood before and did not change: the one that is in the earlier label map alone.

    Of such pairs there is a change mask and no label map of the later date.
    """
    if pair.change_mask is None or pair.before_labels is None or pair.after_labels is not None:
        return None
    rest = [name for name in label_classes(pair) if name not in change_classes(pair.facts, pair.classes)]
    return rest[0] if len(rest) == 1 else None


@dataclass(frozen=True)
class TrueMasks:
    """The masks of a pair, ids by place among all its classes, ``[H, W]`` uint8; None for what is not known."""

    change: Mask
    before: Mask | None
    after: Mask | None


def true_masks(pair: StoredPair, rules: FactRules) -> TrueMasks | None:
    """A pair's own masks, the change mask as the facts were measured on it; None where there is none."""
    maps = _stored_maps(pair)
    if maps[0] is None and (maps[1] is None or maps[2] is None):
        return None
    change = measured_mask(*maps, pair.ignore_id, rules.change_from)
    sides = [None if labels is None else _by_place(labels, pair) for labels in maps[1:]]
    return TrueMasks(_by_place(change, pair), *sides)


def _stored_maps(pair: StoredPair) -> tuple[Mask | None, Mask | None, Mask | None]:
    images = (pair.change_mask, pair.before_labels, pair.after_labels)
    change, before, after = (None if image is None else decode_mask(image.data) for image in images)
    return change, before, after


def plain_frame(shape: tuple[int, int], classes: Sequence[str], rules: FactRules) -> MaskFrame:
    """The frame of a pair of which nothing is known but its size and classes."""
    return MaskFrame(shape, tuple(classes), tuple(classes), rules)


def _by_place(labels: Mask, pair: StoredPair) -> Mask:
    table = np.zeros(256, np.uint8)
    for place, entry in enumerate(sorted(pair.classes, key=lambda entry: entry.id), 1):
        table[entry.id] = place
    if pair.ignore_id is not None:
        table[pair.ignore_id] = 0
    return np.asarray(table[labels], np.uint8)
