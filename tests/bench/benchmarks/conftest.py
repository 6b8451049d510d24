"""Benchmarks in miniature."""

import json

import pytest


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own. METEOR's tables lie in it too: not for runs that score captions."""
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def miniature(rsica_data, tmp_path):
    """``miniature(layout, pairs)``: a folder in the layout of a dataset page."""

    def write(layout, pairs=6):
        folder = tmp_path / "input"
        done = rsica_data("synth", "--layout", layout, "--pairs", pairs, "--out", folder, "--workers", 1)
        assert done.status == 0, done.err
        return folder

    return write


@pytest.fixture
def own_file(tmp_path):
    """``own_file(**sections)``: a benchmark file of a user's own."""

    def write(name="mine.yaml", **benchmarks):
        path = tmp_path / name
        path.write_text(json.dumps({"title": "Mine", "benchmarks": benchmarks}, indent=1))
        return path

    return write
