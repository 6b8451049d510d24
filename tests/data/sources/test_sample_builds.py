"""Sources ``torchgeo`` and ``hf`` from the command line: build, validate, oracle, the same bytes with two workers."""

import importlib.util
import sys
from pathlib import Path

import pytest
from small_pictures import picture, save, square

from rsica_data.sources.torchgeo_sets import set_classes

STAND_INS = Path(__file__).resolve().parents[2] / "support" / "stand_ins"


@pytest.fixture
def torchgeo_input(tmp_path, monkeypatch):
    """LEVIR-CD's folders, and the stand-in for TorchGeo in this process and in workers."""
    monkeypatch.syspath_prepend(str(STAND_INS))
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS), prepend=":")
    for number in range(4):
        for folder, pixels in (
            ("A", picture(number)),
            ("B", picture(9 + number)),
            ("label", square(255 * (number % 2))),
        ):
            save(tmp_path / "in" / folder / f"test_{number}.png", pixels)
    yield tmp_path / "in", {"dataset": "LEVIRCD", "split": "test", "gsd_m": 0.5}
    set_classes.open_set.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchgeo"]:
        del sys.modules[name]


@pytest.fixture
def hf_input(tmp_path, monkeypatch):
    """A parquet file with embedded images."""
    from datasets import Dataset, Features, Image, List, Value

    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    from PIL import Image as Pillow

    images = {"a": [picture(n) for n in range(4)], "b": [picture(9 + n) for n in range(4)]}
    images["m"] = [square(255 * (n % 2)) for n in range(4)]
    columns = {name: [Pillow.fromarray(pixels) for pixels in listed] for name, listed in images.items()}
    columns["text"] = [["one building is built"] if n % 2 else ["the scene is the same as before"] for n in range(4)]
    features = Features({"a": Image(), "b": Image(), "m": Image(), "text": List(Value("string"))})
    (tmp_path / "in").mkdir()
    Dataset.from_dict(columns, features=features).to_parquet(str(tmp_path / "in" / "test.parquet"))
    columns = {"before": "a", "after": "b", "change_mask": "m", "captions": "text"}
    return tmp_path / "in", {"columns": columns, "classes": {"building": 255}}


def built(rsica_data, write_recipe, name, given, out, *words, **options):
    root, own = given
    tasks = ["classification", "counting", "localization"] + (["captioning"] if name == "hf" else [])
    recipe = write_recipe(source=name, options={**own, **options}, tasks=tasks, facts={"classes": ["building"]})
    done = rsica_data("build", recipe, "--input", root, "--out", out, *words)
    assert done.status == 0, done.err
    checked = rsica_data("validate", out)
    assert checked.status == 0, checked.err + checked.out
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*.parquet"))}


@pytest.mark.parametrize("name", ["torchgeo", "hf"])
def test_build_validate_oracle(name, rsica_data, rsica_bench, write_recipe, tmp_path, request):
    given = request.getfixturevalue(f"{name}_input")
    built(rsica_data, write_recipe, name, given, tmp_path / "out")
    words = ("--data", tmp_path / "out", "--adapter", "oracle", "--out", tmp_path / "run", "--split", "test", "--json")
    done = rsica_bench("run", *words)
    assert done.status == 0, done.err
    metrics = done.json["tasks"]
    assert metrics["classification"]["metrics"]["accuracy"] == 1
    assert metrics["counting"]["metrics"]["mae/building"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torchgeo", "hf"])
def test_two_workers_give_the_same_bytes(name, rsica_data, write_recipe, tmp_path, request):
    given = request.getfixturevalue(f"{name}_input")
    one = built(rsica_data, write_recipe, name, given, tmp_path / "one", "--workers", "1")
    assert one == built(rsica_data, write_recipe, name, given, tmp_path / "two", "--workers", "2")


def test_a_streamed_build_gives_the_same_rows(rsica_data, write_recipe, tmp_path, hf_input):
    one = built(rsica_data, write_recipe, "hf", hf_input, tmp_path / "one")
    assert one == built(rsica_data, write_recipe, "hf", hf_input, tmp_path / "two", streaming=True)


@pytest.mark.skipif(importlib.util.find_spec("torchgeo") is not None, reason="TorchGeo is installed")
def test_without_torchgeo_one_line_says_what_installs_it(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(source="torchgeo", options={"dataset": "LEVIRCD"}, tasks=["classification"])
    (tmp_path / "in").mkdir()
    done = rsica_data("build", recipe, "--input", tmp_path / "in", "--out", tmp_path / "out")
    assert done.status == 2 and len(done.err.strip().splitlines()) == 1
    assert "this needs torchgeo, which is not installed (pip install 'rsica[torchgeo]'" in done.err
    assert not (tmp_path / "out").exists()
