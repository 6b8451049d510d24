"""The agent against a local server whose model calls every tool, makes mistakes, and never ends."""

import asyncio
import json
import threading

import numpy as np
import pytest

from rsica_bench.models.agent_tools import PairTools, crop
from rsica_bench.models.api import Request
from rsica_bench.run.predictions import read_predictions
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.schema import EncodedImage, FactRules

web = pytest.importorskip("aiohttp.web")


@pytest.fixture
def serve():
    """Serve an answerer as model `m`; gives the address."""
    from rsica_data.serve.app import make_app
    from rsica_data.serve.state import ServerState

    ends = []

    def start(answerer):
        loop, ready = asyncio.new_event_loop(), threading.Event()
        address = []

        async def run():
            runner = web.AppRunner(make_app(ServerState({"m": answerer})))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address.append(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
            stop = asyncio.Event()
            ends.append((thread, lambda: loop.call_soon_threadsafe(stop.set)))
            ready.set()
            await stop.wait()
            await runner.cleanup()

        def work():
            loop.run_until_complete(run())
            loop.close()

        thread = threading.Thread(target=work)
        thread.start()
        assert ready.wait(20)
        return address[0]

    yield start
    for thread, end in ends:
        end()
        thread.join(20)


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path):
    return lambda url, *words, out="run": rsica_bench(
        "run", "--data", tiny_data, "--adapter", "agent", "--model", "m", "--set", f"base_url={url}",
        "--tasks", "counting,classification", "--out", tmp_path / out, *words, "--json",
    )  # fmt: skip


def say(tool, text=None, **arguments):
    return json.dumps({"tool": tool, "class": None, "box": None, "text": text} | arguments)


def careful(request):
    """Looks at everything, then answers with what the counter said."""
    results = [m for m in request.messages if m.role == "user"][1:]
    script = [
        say("count", **{"class": "lake"}),
        say("detect_changes"),
        say("locate", **{"class": "road"}),
        say("zoom", box=[0, 0, 50, 50]),
        say("count", **{"class": "road"}),
    ]
    if len(results) < len(script):
        return script[len(results)]
    if len(results) >= 4:
        assert len(results[3].images) == 2, "the zoomed images are shown"
    count = json.loads(results[4].content.split(": ", 1)[1])["count"]
    return say("answer", f"{count} roads and 0 buildings have changed.")


def test_tools_are_called_and_recorded(go, serve, tmp_path, rsica_bench, tiny_data):
    live = go(serve(careful))
    assert live.status == 0, live.err
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    row = next(row for row in rows.values() if row["task"] == "counting")
    steps = row["seen"]["steps"]
    assert [step["tool"] for step in steps] == ["count", "detect_changes", "locate", "zoom", "count"]
    assert "no class 'lake'" in steps[0]["result"]["error"]
    assert set(steps[1]["result"]) == {"changed", "objects", "percent_of_image"}
    assert row["answer"]["road"] == steps[4]["result"]["count"] == steps[1]["result"]["objects"]["road"]
    model = json.loads((tmp_path / "run" / "result.json").read_text())["model"]
    assert model["detector"]["name"] == "pixel-difference" and model["detector"]["revision"].startswith("rsica ")
    words = ("--tasks", "counting,classification", "--model", tmp_path / "run" / "predictions.jsonl")
    again = rsica_bench(
        "run", "--data", tiny_data, "--adapter", "replay", *words, "--out", tmp_path / "again", "--json"
    )
    assert again.json["tasks"] == live.json["tasks"]


def test_one_that_never_answers_is_stopped(go, serve, tmp_path):
    assert go(serve(lambda request: say("detect_changes")), "--set", "steps=2").status == 0
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    assert {row["reason"] for row in rows.values()} == {"no reply: no answer after 2 tool calls"}


def test_the_last_call_for_an_answer_is_heard(go, serve, tmp_path):
    def late(request):
        return say("answer", "Yes") if "No more tools" in request.messages[-1].content else say("detect_changes")

    assert go(serve(late), "--set", "steps=1").status == 0
    assert {row["raw"] for row in read_predictions(tmp_path / "run" / "predictions.jsonl").values()} == {"Yes"}


def test_words_that_are_no_json_fail_in_the_end(go, serve, tmp_path):
    assert go(serve(lambda request: "I think so")).status == 1
    assert read_predictions(tmp_path / "run" / "predictions.jsonl")


def test_mistakes(go):
    assert "gives no masks" in go("http://127.0.0.1:9/v1", "--set", "detector=majority").err
    builder = ("--set", "detector=mask", "--set", "detector_model=x.pt")
    assert "--allow-code" in go("http://127.0.0.1:9/v1", *builder).err


def image(height=40, width=80):
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = 255
    return EncodedImage("a.png", encode_png(pixels))


def test_tools_by_hand():
    mask = np.zeros((40, 80), np.uint8)
    mask[0:10, 0:20], mask[30:40, 60:80] = 1, 2
    calls = []

    def segment(pairs):
        calls.append(pairs)
        return [mask]

    tools = PairTools(Request("k", (image(), image()), ""), ("road", "building"), segment, FactRules())
    assert tools.call("detect_changes", {}).content == {
        "changed": True,
        "objects": {"road": 1, "building": 1},
        "percent_of_image": {"road": 6.25, "building": 6.25},
    }
    found = tools.call("locate", {"class": "building"}).content
    assert found["boxes"] == [[75, 75, 100, 100]] and "bottom-right" in found["cells"]
    assert tools.call("count", {"class": "road"}).content["count"] == 1
    assert len(calls) == 1, "the detector runs once"
    for arguments in ({}, {"box": [1, 2, 3]}, {"box": [50, 50, 50, 90]}, {"box": ["a", 1, 2, 3]}):
        assert "error" in tools.call("zoom", arguments).content
    assert "no tool 'fly'" in tools.call("fly", {}).content["error"]
    broken = PairTools(Request("k", (image(), image()), ""), ("road",), lambda pairs: ["busy"], FactRules())
    assert broken.call("detect_changes", {}).content == {"error": "the detector failed: busy"}


def test_tools_count_by_the_rules_of_the_dataset():
    mask = np.zeros((40, 80), np.uint8)
    mask[0:10, 0:20], mask[20, 40] = 1, 1
    sides = np.stack([mask * 0, mask])
    for given in (mask, sides, np.stack([mask, mask * 0])):
        rules = FactRules(min_object_pixels=4, min_cell_pixels=4)
        tools = PairTools(Request("k", (image(), image()), ""), ("road",), lambda pairs, m=given: [m], rules)
        assert tools.call("count", {"class": "road"}).content["count"] == 1
        assert tools.call("locate", {"class": "road"}).content["cells"] == ["top-left"]
    tools = PairTools(Request("k", (image(), image()), ""), ("road",), lambda pairs: [mask * 2], FactRules())
    assert "class id 2" in tools.call("count", {"class": "road"}).content["error"]


def test_a_crop_is_cut_and_enlarged():
    pixels = decode_rgb(crop(image(), (0, 0, 50, 50)).data)
    assert pixels.shape == (256, 512, 3) and (pixels == 255).all()
    assert decode_rgb(crop(image(), (99.9, 99.9, 100, 100)).data).shape[0] >= 256
