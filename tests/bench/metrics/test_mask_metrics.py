"""Referring masks: figures by hand, boundary F against distances and against a second way of writing it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_bench.metrics.mask_metrics import boundary, boundary_f1, mask_figures, mask_iou, mask_row, mask_scores
from rsica_data.core.errors import UserError

masks = hnp.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))
pairs = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda shape: st.tuples(hnp.arrays(bool, shape), hnp.arrays(bool, shape))
)


def square(size, x, y, side):
    mask = np.zeros((size, size), bool)
    mask[y : y + side, x : x + side] = True
    return mask


def test_figures_by_hand():
    true = [square(10, 0, 0, 4), square(10, 0, 0, 0), square(10, 0, 0, 0), square(10, 2, 2, 2)]
    said = [square(10, 0, 0, 2), square(10, 0, 0, 0), square(10, 5, 5, 1), square(10, 0, 0, 0)]
    found = mask_scores(true, said).values
    assert found["giou"] == pytest.approx((4 / 16 + 1 + 0 + 0) / 4)
    assert found["ciou"] == pytest.approx(4 / (16 + 1 + 4))
    assert found["precision"] == pytest.approx(4 / 5)
    assert found["recall"] == pytest.approx(4 / 20)
    assert found["f1"] == pytest.approx(8 / 25)


def test_undefined_figures_are_absent_with_their_reason():
    found = mask_scores([np.zeros((4, 4), bool)], [np.zeros((4, 4), bool)])
    assert found.values == {"giou": 1.0, "boundary_f1": 1.0}
    assert found.absent["ciou"] == "no pixel is true or predicted"
    assert mask_scores([], []).absent["giou"] == "no item"
    with pytest.raises(UserError, match=r"mask: the prediction has shape \(2, 3\)"):
        mask_row(np.zeros((3, 2), bool), np.zeros((2, 3), bool))
    with pytest.raises(UserError, match="1 masks are true, 0 predicted"):
        mask_scores([np.zeros((3, 2), bool)], [])


def test_boundary_by_hand():
    expected = np.zeros((5, 5), bool)
    expected[1:4, 1:4] = True
    expected[2, 2] = False
    assert (
        boundary(square(5, 2, 2, 2)) == expected
    ).all()  # on the inside at right and bottom, outside at left and top
    assert not boundary(np.ones((4, 6), bool)).any()  # the edge of the image is no boundary
    assert boundary(np.array([[True, True, False]])).tolist() == [[False, True, False]]


def test_tolerance_by_hand():
    """Two vertical edges, 3 pixels apart, in an image whose diagonal gives a radius of ceil(0.008 * 141.4) = 2."""
    true, said = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    true[:, :50], said[:, :53] = True, True
    assert boundary_f1(true, said) == 0.0
    assert boundary_f1(true, said, bound=3) == 1.0
    assert boundary_f1(true, said, bound=0.0142) == 1.0  # ceil(2.008)
    said[:, 50:53] = False
    said[:50, 80:] = True  # another edge, far away: 50 pixels down and 20 along the bottom of it
    precision = 100 / np.count_nonzero(boundary(said))
    assert boundary_f1(true, said) == pytest.approx(2 * precision / (1 + precision))


def by_distances(true, said, radius):
    """Boundary F from the distances between all boundary pixels, with the boundary found pixel by pixel."""

    def edge(mask):
        height, width = mask.shape
        found = []
        for y in range(height):
            for x in range(width):
                near = [(min(y + dy, height - 1), min(x + dx, width - 1)) for dy, dx in ((0, 1), (1, 0), (1, 1))]
                if any(mask[y, x] != mask[place] for place in near):
                    found.append((y, x))
        return found

    first, second = edge(true), edge(said)
    if not first or not second:
        return float(first == second)

    def share(these, those):
        return sum(any((a - c) ** 2 + (b - d) ** 2 <= radius**2 for c, d in those) for a, b in these) / len(these)

    recall, precision = share(first, second), share(second, first)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@given(pairs, st.sampled_from([0.008, 0.2, 1, 2]))
def test_boundary_f1_is_the_definition(pair, bound):
    true, said = pair
    radius = bound if bound >= 1 else math.ceil(bound * math.hypot(*true.shape))
    wanted = by_distances(true, said, radius)
    if not boundary(true).any() and not boundary(said).any():
        wanted = float((true == said).all())  # DAVIS has 1 for a full mask against an empty one too
    assert boundary_f1(true, said, bound) == pytest.approx(wanted)


@given(pairs)
def test_figures_keep_their_bounds_and_symmetry(pair):
    true, said = pair
    assert mask_iou(true, said) == mask_iou(said, true)
    assert boundary_f1(true, said) == pytest.approx(boundary_f1(said, true))
    found, back = mask_scores([true], [said]).values, mask_scores([said], [true]).values
    assert found.get("precision") == back.get("recall")
    assert all(0 <= value <= 1 for value in found.values())


@given(masks)
def test_a_perfect_mask_has_1_everywhere(mask):
    found = mask_scores([mask], [mask]).values
    assert found == dict.fromkeys(found, 1.0)


@given(st.lists(pairs, min_size=1, max_size=4))
def test_array_form_is_each_row_and_rows_add_up(items):
    rows = np.stack([mask_row(t, p) for t, p in items])
    whole, each = mask_scores([t for t, _ in items], [p for _, p in items]).values, mask_figures(rows)
    assert whole["giou"] == pytest.approx(each["giou"].mean())
    assert whole["boundary_f1"] == pytest.approx(each["boundary_f1"].mean())
    for name, value in mask_scores(*zip(items[0], strict=True)).values.items():
        assert each[name][0] == pytest.approx(value)


def test_real_masks_moved_by_a_pixel(real_data):
    """A LEVIR-CD label against itself moved by one pixel: worse IoU, but the same boundary within the tolerance."""
    from PIL import Image

    with Image.open(real_data / "levir_cd_samples" / "label" / "test_2_0000_0000.png") as image:
        label = np.asarray(image.convert("L")) > 127
    moved = np.roll(label, 1, axis=1)
    moved[:, 0] = label[:, 0]
    assert 0.5 < mask_iou(label, moved) < 1
    assert boundary_f1(label, moved) == pytest.approx(1.0, abs=5e-3)
