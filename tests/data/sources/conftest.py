"""Small trees in the exact layouts, and where the real fixtures are."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SHARED = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[3].parent / "shared"))


def png(pixels, **options):
    out = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, np.uint8))
    image.save(out, "PNG", **options)
    return out.getvalue()


@pytest.fixture
def fixtures():
    def folder(name):
        path = SHARED / "fixtures" / name
        if not path.exists():
            pytest.skip(f"no fixture {name} under RSICA_SHARED")
        return path

    return folder


@pytest.fixture
def to_png():
    return png


@pytest.fixture
def photo():
    """An RGB image as PNG bytes: seeded noise of the given size."""

    def make(seed=0, width=12, height=9, mode="RGB"):
        channels = {"RGB": 3, "RGBA": 4}[mode]
        return png(np.random.default_rng(seed).integers(0, 256, (height, width, channels)))

    return make


@pytest.fixture
def write():
    """Write files given as {relative path: bytes or text} under a folder."""

    def files(root, content):
        for name, data in content.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        return root

    return files


@pytest.fixture
def load_all():
    """Index a folder and load every pair: (pairs by id, reject reasons by id)."""
    from rsica_data.core.errors import InvalidItemError

    def run(source, root, /, **options):
        chosen = source.options(**options)
        pairs, rejected = {}, {}
        for key in source.index(root, chosen):
            try:
                pairs[key.pair_id] = source.load(root, key, chosen)
            except InvalidItemError as error:
                rejected[key.pair_id] = error
        return pairs, rejected

    return run


@pytest.fixture
def new_tasks(monkeypatch):
    """Tasks and scorers as they are registered, also where the package that is installed does not know them yet."""
    from rsica_bench.scoring import given_qa as given_scores
    from rsica_bench.scoring import land_cover as cover_scores
    from rsica_data.core import registry
    from rsica_data.tasks import given_qa, land_cover

    mine = {
        (registry.TASKS, "given_qa"): given_qa.TASK,
        (registry.TASKS, "land_cover"): land_cover.TASK,
        (registry.SCORERS, "given_qa"): given_scores.SCORER,
        (registry.SCORERS, "land_cover"): cover_scores.SCORER,
    }
    load, names = registry.load, registry.names
    monkeypatch.setattr(registry, "load", lambda group, name: mine.get((group, name)) or load(group, name))
    monkeypatch.setattr(registry, "names", lambda group: sorted({*names(group), *(n for g, n in mine if g == group)}))
