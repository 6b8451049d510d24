"""Adapters of lmms-eval, VLMEvalKit and Inspect, against stand-ins of their interfaces (tests/support)."""

import importlib.util
import json
from types import SimpleNamespace

import harness_standins
import numpy as np
import pytest

from rsica_bench.models.api import Request, capabilities_of
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.imagery.images import encode_png
from rsica_data.schema import EncodedImage, Turn

HARNESSES = {
    "lmms-eval": (harness_standins.lmms_eval, ["plain", "talker"]),
    "vlmeval": (harness_standins.vlmeval, ["several", "talker", "first"]),
    "inspect": (harness_standins.inspect_ai, ["mock/model"]),
}
CASES = [(name, model) for name, (_, models) in HARNESSES.items() for model in models]


@pytest.fixture
def make(monkeypatch):
    """Makes a loaded adapter; closed at the end."""
    made = []

    def run(name, model, **options):
        HARNESSES[name][0](monkeypatch)
        spec = registry.load(registry.ADAPTERS, name)
        adapter = spec.make(spec.options(**options), model)
        adapter.load(SimpleNamespace(device="cpu", seed=3))
        made.append(adapter)
        return spec, adapter

    yield run
    for adapter in made:
        adapter.close()


@pytest.fixture
def images():
    pixels = np.zeros((30, 30, 3), np.uint8)
    return tuple(EncodedImage(f"{side}.png", encode_png(pixels + level)) for side, level in (("A", 9), ("B", 99)))


HISTORY = (Turn("user", "Changed?"), Turn("assistant", "Yes."))


@pytest.mark.parametrize(("name", "model"), CASES)
def test_prompt_and_images_arrive_in_order(make, images, name, model):
    _, adapter = make(name, model)
    first, second = adapter.generate([Request("a", images, "How many?"), Request("b", images[:1], "Where?")])
    assert first.text.endswith("How many? | 30x30 30x30")
    assert second.text.endswith("Where? | 30x30")


@pytest.mark.parametrize(
    ("name", "model", "several", "turns"),
    [
        ("lmms-eval", "plain", True, False), ("lmms-eval", "talker", True, True), ("vlmeval", "several", True, False),
        ("vlmeval", "talker", True, True), ("vlmeval", "first", False, False), ("inspect", "mock/model", True, True),
    ],
)  # fmt: skip
def test_what_a_model_can_take_is_read_off_it(make, images, name, model, several, turns):
    spec, adapter = make(name, model)
    can = capabilities_of(spec, adapter)
    assert ((can.images is None), can.multi_turn) == (several, turns)
    if turns:
        (reply,) = adapter.generate([Request("a", images, "How many?", HISTORY)])
        assert reply.text.endswith("Changed? / Yes. / How many? | 30x30 30x30")


@pytest.mark.parametrize("name", HARNESSES)
def test_a_model_that_the_harness_does_not_know_is_told(make, name):
    if name == "inspect":
        pytest.skip("Inspect asks the provider for a model only when it is used")
    with pytest.raises(UserError, match=r"knows no model 'talkr' \(did you mean 'talker'\?\)"):
        make(name, "talkr")


@pytest.mark.parametrize("name", HARNESSES)
def test_arguments_that_a_model_does_not_take_are_told(make, name):
    if name == "inspect":
        with pytest.raises(UserError, match="cannot make the model"):
            make(name, "mock/model", generation={"top_q": 1})
        return
    with pytest.raises(UserError, match=f"{name} cannot make the model 'talker'"):
        make(name, "talker", args={"weights": "x"})


@pytest.mark.parametrize("name", HARNESSES)
def test_without_the_package_one_line_says_how_to_install_it(name):
    spec = registry.load(registry.ADAPTERS, name)
    if importlib.util.find_spec(spec.needs[0]) is not None:
        pytest.skip("is installed")
    with pytest.raises(UserError, match=rf"pip install 'rsica\[{name}\]'"):
        spec.make(spec.options(), "any").load(SimpleNamespace(device="cpu", seed=0))


def test_failures_are_asked_again_and_cost_one_item(make, images):
    for name, model, told in (
        ("vlmeval", "away", "Failed to obtain answer via API."), ("inspect", "mock/refuses", "no such host"),
    ):  # fmt: skip
        _, adapter = make(name, model)
        (reply,) = adapter.generate([Request("a", images, "How many?")])
        assert (reply.text, reply.failed) == (None, True)
        assert told in reply.error


def test_usage_and_settings_are_kept(make, images):
    _, adapter = make("lmms-eval", "plain", max_new_tokens=9)
    assert adapter.generate([Request("a", images, "?")])[0].usage == {"input_tokens": 7.0, "output_tokens": 2.0}
    assert adapter.describe()["generation"] == {"max_new_tokens": 9, "temperature": 0.0, "do_sample": False}
    _, adapter = make("inspect", "mock/model", temperature=0.5, generation={"top_p": 0.9}, system="Be brief.")
    replies = [adapter.generate([Request("a", images, "?")])[0] for _ in range(2)]  # one event loop for all calls
    assert replies[1].usage == {"input_tokens": 11.0, "output_tokens": 3.0}
    assert replies[0].text.startswith("Be brief. / ?")
    assert adapter.describe()["generation"] == {"max_tokens": 512, "temperature": 0.5, "seed": 3, "top_p": 0.9}


def test_inspect_answers_where_an_event_loop_runs(make, images):
    """As in a notebook."""
    import asyncio

    _, adapter = make("inspect", "mock/model")

    async def cell():
        return [adapter.generate([Request("a", images, "How many?")])[0].text for _ in range(2)]

    assert asyncio.run(cell()) == ["How many? | 30x30 30x30"] * 2


def test_image_files_are_written_once_and_go_with_the_adapter(make, images):
    from pathlib import Path

    _, adapter = make("vlmeval", "several", args={"tone": "calm"})
    assert adapter.generate([Request(str(n), images, "?") for n in range(3)])[0].text.startswith("calm ")
    folder = Path(adapter._folder.name)
    assert len(list(folder.iterdir())) == 2
    adapter.close()
    assert not folder.exists()


def test_tiff_images_are_shown_as_png(make, images):
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.new("RGB", (20, 10)).save(stream, "TIFF")
    tiff = EncodedImage("x.tif", stream.getvalue())
    for name, model in (("vlmeval", "several"), ("inspect", "mock/model"), ("lmms-eval", "plain")):
        assert make(name, model)[1].generate([Request("a", (tiff,), "?")])[0].text.endswith("? | 20x10")


def test_weights_go_to_the_device_of_the_run(make):
    """Classes of lmms-eval put them on the first GPU by themselves."""
    _, adapter = make("lmms-eval", "placed")
    assert (adapter._model.device, adapter._model.device_map) == ("cpu", "cpu")
    _, adapter = make("lmms-eval", "placed", args={"device_map": "auto"})
    assert adapter._model.device_map == "auto"


def test_lmms_eval_frees_its_model(make):
    before = harness_standins.Simple.cleaned
    _, adapter = make("lmms-eval", "talker", simple=True)
    assert adapter.capabilities.multi_turn is False
    adapter.close()
    adapter.load = None
    assert harness_standins.Simple.cleaned == before + 1


@pytest.mark.parametrize(("name", "model"), [("lmms-eval", "talker"), ("vlmeval", "first"), ("inspect", "mock/model")])
def test_a_whole_run(monkeypatch, rsica_bench, small_dataset, tmp_path, name, model):
    HARNESSES[name][0](monkeypatch)
    words = ["--data", small_dataset, "--adapter", name, "--model", model, "--tasks", "classification,dialogue",
             "--out", tmp_path / "run", "--set", "revision=v1"]  # fmt: skip
    done = rsica_bench("run", *words, "--json")
    assert done.status == 0, done.err
    rows = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").read_text().splitlines()]
    assert rows and all("128x128" in row["raw"] or "264x128" in row["raw"] for row in rows)
    assert all(("264x128" in row["raw"]) == (model == "first") for row in rows)  # one composed image
