"""The stand-in package and small files for its classes."""

import sys
from pathlib import Path

import pytest
from small_pictures import picture, save, square

from rsica_data.sources.torchgeo_sets import set_classes

STAND_INS = Path(__file__).resolve().parents[3] / "support" / "stand_ins"


@pytest.fixture(autouse=True)
def torchgeo(monkeypatch):
    """The stand-in as ``torchgeo``, also for the worker processes of a build."""
    monkeypatch.syspath_prepend(str(STAND_INS))
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS), prepend=":")
    monkeypatch.setenv(set_classes.ALLOW_CODE, "1")
    set_classes.open_set.cache_clear()
    yield
    set_classes.open_set.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchgeo"]:
        del sys.modules[name]


@pytest.fixture
def levir(tmp_path):
    """LEVIR-CD with two pairs of each split, the second unchanged: its folder, and (before, after, mask) by name."""
    files = {}
    for split in ("train", "val", "test"):
        for number in (1, 2):
            name = f"{split}_{number}"
            files[name] = picture(len(files)), picture(99 - len(files)), square(255 if number == 1 else 0)
            for folder, pixels in zip(("A", "B", "label"), files[name], strict=True):
                save(tmp_path / "levir" / folder / f"{name}.png", pixels)
    return tmp_path / "levir", files
