"""Small datasets written by the package ``datasets``, in each of the forms that the source reads."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow
from small_pictures import picture, square

from rsica_data.sources.hf.opened_sets import open_rows


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """The cache of ``datasets`` in the test's folder; nothing opened before is kept."""
    import datasets

    for name in ("HF_DATASETS_CACHE", "HF_CACHE_HOME"):
        monkeypatch.setattr(datasets.config, name, str(tmp_path / "cache"))
    open_rows.cache_clear()
    yield
    open_rows.cache_clear()


def png(pixels):
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pairs():
    """Columns of four pairs, every second one changed."""
    changed = [number % 2 == 1 for number in range(4)]
    return {
        "t1": [{"bytes": png(picture(number)), "path": None} for number in range(4)],
        "t2": [{"bytes": png(picture(50 + number)), "path": f"p{number}.png"} for number in range(4)],
        "change": [{"bytes": png(square(255 if flag else 0)), "path": None} for flag in changed],
        "texts": [["a house is built .", " ."] if flag else ["the scenes are the same"] for flag in changed],
        "name": [f"place/{number}.png" for number in range(4)],
        "flag": [int(flag) for flag in changed],
        "city": [f"city {number}" for number in range(4)],
    }


@pytest.fixture
def as_dataset():
    """A dataset of columns; image columns by name."""

    def make(columns, images=("t1", "t2", "change"), **others):
        from datasets import Dataset, Image

        made = Dataset.from_dict(columns)
        for name in images:
            made = made.cast_column(name, Image(decode=False))
        for name, feature in others.items():
            made = made.cast_column(name, feature)
        return made

    return make


@pytest.fixture
def parquet(tmp_path):
    """A folder of parquet files by split, several files each."""

    def write(folder="parquet", **splits):
        (tmp_path / folder / "data").mkdir(parents=True)
        for split, data in splits.items():
            half = max(1, len(data) // 2)
            ranges = [range(half), range(half, len(data))]
            for number, rows in enumerate(rows for rows in ranges if rows):
                part = data.select(rows)
                part.to_parquet(str(tmp_path / folder / "data" / f"{split}-{number:05d}-of-00002.parquet"))
        return tmp_path / folder

    return write


@pytest.fixture
def expected():
    """Before, after and mask of one of the pairs."""
    return lambda number: (picture(number), picture(50 + number), np.array(square(number % 2)))
