"""The xView2 score: against its definition on random masks, by hand, and a run with predicted levels as files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rsica_bench.metrics.building_damage import damage_figures, damage_row, damage_scores
from rsica_data.core.errors import UserError

NAMES = ("intact", "minor", "major", "destroyed")


def random_masks(seed, count=3, size=24):
    rng = np.random.default_rng(seed)
    true = [rng.choice(5, (size, size), p=[0.5, 0.2, 0.1, 0.1, 0.1]) for _ in range(count)]
    noise = [rng.random((size, size)) < rng.random() for _ in range(count)]
    return true, [np.where(n, rng.integers(0, 5, (size, size)), t) for t, n in zip(true, noise, strict=True)]


def f1_of(pairs, positive):
    """By the definition: harmonic mean of precision and recall of single pixels, 0 without a true positive."""
    right = sum(positive(t) and positive(p) for t, p in pairs)
    said, true = sum(positive(p) for _, p in pairs), sum(positive(t) for t, _ in pairs)
    return 2 * (right / said) * (right / true) / (right / said + right / true) if right else 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_it_is_what_the_definition_gives(seed):
    from statistics import harmonic_mean

    true, predicted = random_masks(seed)
    flat, given_ = (np.concatenate([mask.ravel() for mask in side]).tolist() for side in (true, predicted))
    pairs = list(zip(flat, given_, strict=True))
    localization = f1_of(pairs, lambda level: level > 0)
    inside = [(t, p) for t, p in pairs if t > 0]
    levels = [f1_of(inside, lambda level, own=own: level == own) for own in (1, 2, 3, 4)]
    expected = min(harmonic_mean([level + 1e-6 for level in levels]), 1)
    found = damage_scores(true, predicted, NAMES).values
    assert found["localization_f1"] == pytest.approx(localization, abs=1e-12)
    assert [found[f"damage_f1/{name}"] for name in NAMES] == pytest.approx(levels, abs=1e-12)
    assert found["damage_f1"] == pytest.approx(expected, abs=1e-12)
    assert found["xview2"] == pytest.approx(0.3 * localization + 0.7 * expected, abs=1e-12)


def test_by_hand():
    true = np.array([[0, 1, 1, 2], [3, 4, 0, 0]])
    predicted = np.array([[1, 1, 2, 2], [3, 0, 0, 0]])
    found = damage_scores([true], [predicted], NAMES).values
    # Buildings: 4 right, 1 false, 1 missed. Levels, of true buildings alone: intact 1, 0, 1; minor 1, 1, 0; ...
    assert found["localization_f1"] == pytest.approx(8 / 10)
    levels = [found[f"damage_f1/{name}"] for name in NAMES]
    assert levels == pytest.approx([2 / 3, 2 / 3, 1, 0])
    assert found["damage_f1"] == pytest.approx(4 / sum(1 / (level + 1e-6) for level in levels))


def test_a_level_that_is_nowhere_has_no_part_in_a_perfect_score():
    """As in the challenge, a level without a true positive has an F1 of 0."""
    found = damage_scores([np.array([[0, 1, 2]])], [np.array([[0, 1, 2]])], NAMES).values
    assert found["localization_f1"] == 1 and found["damage_f1/major"] == 0 and found["damage_f1"] < 1e-5


def test_ignored_pixels_and_a_map_of_buildings_beside_the_levels():
    true, predicted = np.array([[1, 2, 0, 4]]), np.array([[2, 2, 3, 4]])
    ignore = np.array([[True, False, False, False]])
    assert damage_row(true, predicted, 4, ignore).tolist()[0] == [2, 1, 0]
    located = np.array([[True, True, False, False]])
    row = damage_row(true, predicted, 4, located=located)
    assert row.tolist() == [[2, 0, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0], [0, 0, 1]]
    both = np.array([row, row]).sum(axis=0)
    assert damage_figures(both.astype(float), NAMES)["localization_f1"] == pytest.approx(4 / 5)


def test_the_torch_metric_gives_the_same():
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchmetrics")
    from rsica_bench.torch_metrics import BuildingDamage

    true, predicted = random_masks(5)
    metric = BuildingDamage(NAMES)
    metric.update(torch.tensor(np.stack(predicted[:2])), torch.tensor(np.stack(true[:2])))
    metric.update(predicted[2], true[2], np.zeros(true[2].shape, bool))
    found = {name: float(value) for name, value in metric.compute().items()}
    assert found == pytest.approx(damage_scores(true, predicted, NAMES).values, abs=1e-12)


def test_mistakes():
    with pytest.raises(UserError, match="beyond 0..4"):
        damage_row(np.array([[5]]), np.array([[0]]), 4)
    with pytest.raises(UserError):
        damage_row(np.zeros((2, 2), int), np.zeros((2, 3), int), 4)
    with pytest.raises(UserError, match="1 masks are true, 0 predicted"):
        damage_scores([np.array([[0]])], [], NAMES)


def test_a_folder_of_predicted_levels(rsica_data, rsica_bench, tmp_path):
    """Predictions with the challenge's values 0 to 4: scored as the metric scores them, on the miniature of xBD."""
    root = tmp_path / "in"
    assert rsica_data("synth", "--layout", "xbd", "--out", root, "--pairs", 18).status == 0
    true, predicted = [], []
    rng = np.random.default_rng(3)
    for number, path in enumerate(sorted((root / "test" / "targets").glob("*_post_disaster_target.png"))):
        levels = np.asarray(Image.open(path))
        noisy = np.where(rng.random(levels.shape) < 0.1 * number, 0, np.where(levels == 3, 2, levels)).astype(np.uint8)
        true.append(levels)
        predicted.append(noisy)
        name = path.name.removesuffix("_post_disaster_target.png")
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(noisy).save(tmp_path / "masks" / f"{name}.png")
    values = "{1: intact building, 2: slightly damaged building, 3: heavily damaged building, 4: destroyed building}"
    words = ["--input", root, "--dataset", tmp_path / "d", "--adapter", "mask", "--model", tmp_path / "masks"]
    done = rsica_bench(
        "run", "--benchmark", "xbd", *words, "--set", f"values={values}", "--out", tmp_path / "r", "--json"
    )
    assert done.status == 0, done.err
    found = done.json["masks"]["damage"]["metrics"]
    expected = damage_scores(true, predicted, NAMES).values
    assert found["xview2"] == pytest.approx(expected["xview2"], abs=1e-12) and 0 < found["localization_f1"] < 1
    assert found["damage_f1/heavily damaged building"] == 0 == expected["damage_f1/major"]
    shown = rsica_bench("score", tmp_path / "r")
    assert shown.status == 0 and "xview2" in shown.out
