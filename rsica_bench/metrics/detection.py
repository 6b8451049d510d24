"""Average precision of boxes with scores, as COCO has it (Lin et al. 2014, arXiv 1405.0312; pycocotools' COCOeval).

At an IoU threshold the boxes of an image are taken by falling score, at most `MOST` an image and class; each takes
the free true box that it overlaps most, where the IoU reaches the threshold. Precision is made to fall with recall
and read at 101 recalls from 0 to 1; average precision is its mean there. Areas are not told apart, and no box is a
crowd.

Figures:
    mAP: mean over classes and over IoU thresholds 0.5 to 0.95 of average precision. Averaging: macro over classes.
        Source: COCO (arXiv 1405.0312).
    mAP@T: the same at one IoU threshold. Averaging: macro over classes. Source: COCO; mAP@0.5 as of Pascal VOC, read at
        101 recalls.
    AP/CLASS: mAP of one class. Averaging: micro over its boxes. Source: COCO.
    AR: mean over classes and thresholds of the highest recall. Averaging: macro over classes. Source: COCO (AR at 100).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsica_bench.metrics.box_metrics import IouMatrix, as_boxes, box_iou
from rsica_bench.metrics.figures import Floats, check_finite
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
RECALLS = np.linspace(0, 1, 101)
MOST = 100
_NO_TRUTH = "no class has a true box"
Boxes = NDArray[np.generic]


def average_precision_scores(
    true: Sequence[Mapping[str, Boxes]],
    predicted: Sequence[Mapping[str, Boxes]],
    scores: Sequence[Mapping[str, ArrayLike]],
    iou: IouMatrix = box_iou,
) -> Scores:
    """Average precision of a corpus, as fractions.

    Args:
        true: true boxes of each image by class, shape ``[T, 4]`` (or what ``iou`` takes).
        predicted: predicted boxes of each image by class, shape ``[P, 4]``.
        scores: a score for each of them.
        iou: ``(true, predicted) -> [T, P]``; `rsica_bench.metrics.oriented_boxes.oriented_iou` for oriented boxes.

    Returns:
        ``mAP``, ``mAP@0.5``, ``mAP@0.75``, ``AR``, and ``AP/CLASS`` of each class that has a true box.

    Raises:
        UserError: not as many images in all three, not as many scores as boxes, or a score that is no number.

    Example:
        >>> import numpy as np
        >>> true = [{"ship": np.array([[0, 0, 10, 10], [20, 20, 30, 30]])}]
        >>> predicted = [{"ship": np.array([[0, 0, 10, 9], [50, 50, 60, 60]])}]
        >>> measured = average_precision_scores(true, predicted, [{"ship": [0.9, 0.8]}])
        >>> round(measured.values["mAP@0.5"], 4)
        0.505
    """
    if not len(true) == len(predicted) == len(scores):
        raise UserError(f"boxes of {len(true)} images are true, of {len(predicted)} predicted, of {len(scores)} scored")
    names = sorted({name for image in true for name, boxes in image.items() if len(boxes)})
    if not names:
        return Scores({}, dict.fromkeys(("mAP", "mAP@0.5", "mAP@0.75", "AR"), _NO_TRUTH))
    tables = [_of_class(name, true, predicted, scores, iou) for name in names]
    precision = np.stack([table[0] for table in tables])
    recall = np.stack([table[1] for table in tables])
    values = {"mAP": precision.mean(), "AR": recall.mean()}
    values |= {f"mAP@{least:g}": precision[:, IOUS.index(least)].mean() for least in (0.5, 0.75)}
    values |= {f"AP/{name}": table.mean() for name, table in zip(names, precision, strict=True)}
    return Scores({name: float(value) for name, value in values.items()}, {})


def _of_class(
    name: str,
    true: Sequence[Mapping[str, Boxes]],
    predicted: Sequence[Mapping[str, Boxes]],
    scores: Sequence[Mapping[str, ArrayLike]],
    iou: IouMatrix,
) -> tuple[Floats, Floats]:
    """Average precision and highest recall of a class, each of shape ``[thresholds]``."""
    hits, order, truths = [], [], 0
    for gold, image_boxes, score in zip(true, predicted, scores, strict=True):
        boxes, values = image_boxes.get(name, np.zeros((0, 4))), np.asarray(score.get(name, ()), np.float64)
        if len(boxes) != len(values):
            raise UserError(f"{len(boxes)} boxes of '{name}' have {len(values)} scores")
        check_finite(values, f"scores of '{name}'")
        best = np.argsort(-values, kind="stable")[:MOST]
        golds = gold.get(name, np.zeros((0, 4)))
        truths += len(golds)
        order.append(values[best])
        width = np.shape(golds)[1] if len(golds) else np.shape(boxes)[1] if len(boxes) else 4
        overlaps = iou(as_boxes(golds, width), as_boxes(boxes, width)[best])
        hits.append(np.stack([greedy_hits(overlaps, least) for least in IOUS]))
    ranked = np.argsort(-np.concatenate(order), kind="stable")
    return _curve(np.concatenate(hits, axis=1)[:, ranked], truths)


def greedy_hits(iou: Floats, least: float) -> NDArray[np.bool_]:
    """Which predictions hit a true box that no prediction before them took.

    Args:
        iou: shape ``[T, P]``, predictions by falling score.
        least: least IoU of a hit.

    Returns:
        Shape ``[P]``.
    """
    free = np.ones(len(iou), bool)
    hits = np.zeros(iou.shape[1], bool)
    for place in range(iou.shape[1] if len(iou) else 0):
        overlap = np.where(free, iou[:, place], -1.0)
        # Of equals the last, as in COCOeval.
        best = len(overlap) - 1 - int(overlap[::-1].argmax())
        if overlap[best] >= min(least, 1 - 1e-10):
            free[best], hits[place] = False, True
    return hits


def _curve(hits: NDArray[np.bool_], truths: int) -> tuple[Floats, Floats]:
    """Mean interpolated precision and highest recall from hits by falling score, shape ``[thresholds, P]``."""
    right = np.cumsum(hits, axis=1, dtype=np.float64)
    ranks = np.arange(1, hits.shape[1] + 1)
    recall = right / truths
    # The highest precision at this recall or a higher one.
    precision = np.maximum.accumulate((right / ranks)[:, ::-1], axis=1)[:, ::-1]
    means = np.zeros(len(hits))
    for row in range(len(hits)):
        places = np.searchsorted(recall[row], RECALLS, side="left")
        means[row] = precision[row][places[places < hits.shape[1]]].sum() / len(RECALLS)
    return means, recall[:, -1] if hits.shape[1] else np.zeros(len(hits))
