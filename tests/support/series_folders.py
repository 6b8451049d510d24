"""Folders of places with an image and a label map of each month, in which buildings come and fields go."""

import numpy as np
from PIL import Image

PAGE = {
    "name": "months",
    "title": "Months",
    "family": "semantic change",
    "summary": "Months of places, each with its land cover.",
    "classes": ["building", "field"],
    "layouts": [
        {
            "name": "months",
            "before": "images/{name}/{date}.png",
            "before_labels": {"file": "labels/{name}/{date}.png", "values": {"building": 1, "field": 2}, "ignore": [9]},
            "after_labels": {"file": "labels/{name}/{date}.png", "values": {"building": 1, "field": 2}, "ignore": [9]},
            "series": "next",
            "splits": [{"lists": "{split}.txt"}],
        }
    ],
}


def label_maps(seed, dates=5, size=48):
    """Label maps of a place, in order of time: 0 for none, 1 buildings, 2 fields."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((size, size), np.uint8)
    x, y = rng.integers(0, size // 2, 2)
    labels[y : y + size // 3, x : x + size // 2] = 2
    maps = []
    for _ in range(dates):
        for _ in range(int(rng.integers(0, 4))):
            x, y = rng.integers(0, size - 6, 2)
            w, h = rng.integers(3, 12, 2)
            labels[y : y + h, x : x + w] = 1 if rng.random() < 0.75 else 2
        maps.append(labels.copy())
    return maps


def write_places(root, places, dates=5, size=48, splits=("train", "test"), seed=0):
    """Write places one by one into the splits in turn; label maps by split and name."""
    colours = np.array([[90, 110, 70], [200, 190, 180], [150, 160, 60]], np.uint8)
    names, maps = {split: [] for split in splits}, {}
    for number in range(places):
        split, name = splits[number % len(splits)], f"place{number:03}"
        names[split].append(name)
        maps[split, name] = label_maps(seed * 10_000 + number, dates, size)
        for month, labels in enumerate(maps[split, name], 1):
            for folder, pixels in (("images", colours[labels]), ("labels", labels)):
                path = root / folder / name / f"2018-{month:02}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path)
    for split, listed in names.items():
        (root / f"{split}.txt").write_text("\n".join(listed) + "\n")
    return maps
