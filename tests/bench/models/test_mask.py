"""The mask adapter: folders, networks of three kinds, real predictions of BIT and ChangeFormer, figures of masks."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from rsica_bench.metrics.change_detection import change_detection_scores, confusion_row
from rsica_bench.metrics.semantic_change import semantic_change_scores, semantic_confusion
from rsica_bench.run.mask_scores import MaskStore
from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset

# TorchScript is what trained detectors come as, deprecated or not.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
BUILDER = """
import torch

class Difference(torch.nn.Module):
    # The mean absolute difference of the channels, less a learnt level.
    def __init__(self, level):
        super().__init__()
        self.level = torch.nn.Parameter(torch.tensor(float(level)))

    def forward(self, before, after):
        found = (after - before).abs().mean(dim=1, keepdim=True) - self.level
        return found * 0, found

class Outer(Difference):
    def forward(self, both):
        return super().forward(both[:, :3], both[:, 3:])[1]
"""


@pytest.fixture
def go(rsica_bench, tmp_path):
    def run(data, model, *words, out="run", tasks="classification,counting,localization"):
        return rsica_bench(
            "run", "--data", data, "--adapter", "mask", "--model", model, "--tasks", tasks,
            "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


def masks_of(run):
    return json.loads((run / "result.json").read_text())["masks"]


def truth(pair):
    from rsica_data.imagery.images import decode_mask

    return decode_mask(pair.change_mask.data)


@pytest.fixture(scope="session")
def dsifn(real_data, tmp_path_factory):
    """The DSIFN pairs as a built dataset with one class."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("dsifn")
    options = {
        "before": "A/{name}.png",
        "after": "B/{name}.png",
        "change_mask": "label/{name}.png",
        "classes": {"building": 255},
    }
    recipe = {
        "name": "dsifn",
        "source": {"name": "folder", "options": options},
        "facts": {"classes": ["building"]},
        "tasks": {"classification": {}, "counting": {}, "localization": {}},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))
    words = ["build", str(folder / "r.yaml"), "--input", str(real_data / "dsifn_samples"), "--out", str(folder / "out")]
    assert run_cli(cli, "rsica-data", [*words, "--workers", "1"]) == 0
    return folder / "out"


@pytest.mark.parametrize("model", ["predict_BIT", "predict_ChangeFormerV6"])
def test_real_predictions_are_scored_as_masks_and_answer_questions(go, rsica_bench, dsifn, real_data, tmp_path, model):
    folder = real_data / "dsifn_samples"
    live = go(dsifn, folder / model)
    assert live.status == 0, live.err
    found = masks_of(tmp_path / "run")
    rows = []
    for path in sorted((folder / "label").glob("*.png")):
        true, said = (np.asarray(Image.open(p).convert("L")) > 127 for p in (path, folder / model / path.name))
        rows.append(confusion_row(true, said))
    expected = change_detection_scores(np.array(rows)).values
    assert found["pairs"] == 10 and found["without_mask"] == 0
    assert found["change"]["metrics"] == pytest.approx(expected)
    assert found["classes"]["building"]["metrics"] == pytest.approx(expected)
    low, high = found["change"]["intervals"]["iou"]
    assert low <= expected["iou"] <= high
    assert live.json["tasks"]["localization"]["metrics"]["f1"] > 0.2
    # The masks that a run kept are a folder of masks again.
    again = go(dsifn, tmp_path / "run" / "masks", out="again")
    assert again.json["tasks"] == live.json["tasks"] and masks_of(tmp_path / "again") == found
    words = ("--adapter", "replay", "--model", tmp_path / "run" / "predictions.jsonl", "--out", tmp_path / "replayed")
    replayed = rsica_bench("run", "--data", dsifn, *words, "--json")
    assert replayed.json["tasks"] == live.json["tasks"]


def test_perfect_masks_are_perfect(go, tiny_data, tmp_path):
    store = MaskStore(tmp_path)
    for pair in open_dataset(tiny_data).pairs("test"):
        store.write(pair.pair_id, truth(pair))
    live = go(tiny_data, tmp_path / "masks")
    assert live.json["tasks"]["classification"]["metrics"]["accuracy"] >= 0.5
    assert live.json["tasks"]["counting"]["metrics"]["mae"] == 0
    found = masks_of(tmp_path / "run")
    assert found["change"]["metrics"]["iou"] == found["classes"]["road"]["metrics"]["f1"] == 1


def test_a_missing_mask_is_listed_and_counts_as_no_change(go, tiny_data, tmp_path):
    store, pairs = MaskStore(tmp_path), list(open_dataset(tiny_data).pairs("test"))
    for pair in pairs[1:]:
        store.write(pair.pair_id, truth(pair))
    assert go(tiny_data, tmp_path / "masks").status == 1
    assert masks_of(tmp_path / "run")["without_mask"] == 1
    failed = [json.loads(line) for line in (tmp_path / "run" / "failed.jsonl").read_text().splitlines()]
    assert {row["instruction_id"].split("#")[0] for row in failed} == {pairs[0].pair_id}
    assert "no mask named" in failed[0]["reason"]
    store.write(pairs[0].pair_id, truth(pairs[0]))
    assert "differs from the one that this run began with: revision" in go(tiny_data, tmp_path / "masks").err


@pytest.fixture
def networks(tmp_path, monkeypatch):
    """The same network as TorchScript, ONNX and state dict."""
    import sys

    from onnx import TensorProto, helper, save

    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("my_networks", None)
    (tmp_path / "my_networks.py").write_text(BUILDER)
    space: dict = {}
    exec(BUILDER, space)
    network = space["Difference"](0.4)
    sample = torch.zeros(1, 3, 8, 8)
    torch.jit.trace(network, (sample, sample)).save(str(tmp_path / "n.pt"))
    torch.export.save(
        torch.export.export(network, (torch.zeros(1, 3, 64, 64), torch.ones(1, 3, 64, 64))), tmp_path / "n.pt2"
    )
    torch.save({"model": {f"module.{k}": v for k, v in network.state_dict().items()}}, tmp_path / "state.pth")
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["b", 3, "h", "w"]) for n in ("x", "y")]
    output = helper.make_tensor_value_info("o", TensorProto.FLOAT, ["b", 1, "h", "w"])
    nodes = [
        helper.make_node("Sub", ["y", "x"], ["d"]),
        helper.make_node("Abs", ["d"], ["a"]),
        helper.make_node("ReduceMean", ["a", "axes"], ["m"]),
        helper.make_node("Sub", ["m", "level"], ["o"]),
    ]
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
        helper.make_tensor("level", TensorProto.FLOAT, [], [0.4]),
    ]
    graph = helper.make_graph(nodes, "difference", inputs, [output], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(tmp_path / "n.onnx"))
    return tmp_path


def test_three_kinds_of_networks_say_the_same(go, tiny_data, networks, tmp_path):
    build = ("--set", "builder=my_networks:Difference", "--set", "init={level: 0.1}", "--set", f"path={networks}")
    outer = ("--set", "builder=my_networks:Outer", *build[2:], "--set", "layout=concat")
    cases = [
        ("n.pt", ("--allow-code",)),
        ("n.onnx", ()),
        ("n.pt2", ("--allow-code", "--set", "max_batch=1")),
        ("state.pth", ("--allow-code", *build, "--set", "state_key=model")),
        ("state.pth", ("--allow-code", *outer, "--set", "state_key=model")),
    ]
    found = []
    for number, (name, words) in enumerate(cases):
        live = go(tiny_data, networks / name, *words, "--set", "channels=[building]", out=str(number))
        assert live.status == 0, live.err
        found.append(masks_of(tmp_path / str(number)))
    assert 0.2 < found[0]["change"]["metrics"]["oa"] < 1
    assert [one["change"]["metrics"] for one in found[1:]] == [found[0]["change"]["metrics"]] * 4


def test_mistakes(go, tiny_data, networks, tmp_path):
    (tmp_path / "empty").mkdir()
    build = ("--allow-code", "--set", "builder=my_networks:Difference", "--set", f"path={networks}")
    cases = [
        (networks / "n.pt", (), "--allow-code"),
        (networks / "state.pth", ("--set", "builder=my_networks:Difference"), "--allow-code"),
        (networks / "n.pt", ("--allow-code",), "--set binary=shape"),
        (networks / "absent.pt", ("--allow-code",), "no such file"),
        (networks / "my_networks.py", ("--allow-code",), "TorchScript, .pt2, .onnx, a folder"),
        (networks / "state.pth", (*build, "--set", "init={level: 1}", "--set", "state_key=net"), "holds no 'net'"),
        (networks / "state.pth", (*build, "--set", "init={level: 1}"), "does not fit"),
        (tmp_path / "empty", (), "holds no masks"),
    ]
    for model, words, said in cases:
        found = go(tiny_data, model, *words)
        assert found.status == 2 and said in found.err, (model, found.err)


def test_shape_names_what_is_long_and_thin(go, tiny_data, networks):
    found = go(tiny_data, networks / "n.onnx", "--set", "binary=shape", "--set", "size=[32, 32]")
    assert found.status == 0, found.err


def test_both_dates_give_semantic_figures(rsica_bench, tmp_path):
    """A detector that gives the true classes of changed pixels at both dates, but for one pair."""
    from rsica_bench.run.mask_scores import score_masks
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli
    from rsica_data.imagery.images import decode_mask

    recipe = {
        "name": "labels",
        "source": {"name": "synthetic", "options": {"pairs": 20, "size": 64, "seed": 5}},
        "splits": ["test"],
        "tasks": {"classification": {}},
    }
    (tmp_path / "r.yaml").write_text(json.dumps(recipe))
    words = ["build", str(tmp_path / "r.yaml"), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert run_cli(cli, "rsica-data", words) == 0
    dataset = open_dataset(tmp_path / "out")
    store, matrix = MaskStore(tmp_path / "run"), 0
    pairs = list(dataset.pairs("test"))
    for number, pair in enumerate(pairs):
        names = [entry.name for entry in pair.facts.classes]
        table = np.zeros(256, np.uint8)
        for entry in pair.classes:
            table[entry.id] = names.index(entry.name) + 1
        changed = table[truth(pair)] > 0
        sides = [table[decode_mask(image.data)] for image in (pair.before_labels, pair.after_labels)]
        true = np.stack([np.where(changed, side, 0) for side in sides]).astype(np.uint8)
        said = true if number else np.zeros_like(true)
        store.write(pair.pair_id, said)
        matrix = matrix + semantic_confusion(true, said, len(names))
    from rsica_bench.metrics.bootstrap import Resampling

    found = score_masks(dataset, "test", tmp_path / "run", {pair.pair_id for pair in pairs}, Resampling(draws=0))
    assert found["semantic"]["metrics"] == pytest.approx(semantic_change_scores(matrix).values)
    live = rsica_bench(
        "run", "--data", tmp_path / "out", "--adapter", "mask", "--model", tmp_path / "run" / "masks",
        "--out", tmp_path / "live", "--json",
    )  # fmt: skip
    assert live.status == 0, live.err
    assert masks_of(tmp_path / "live")["semantic"]["metrics"] == found["semantic"]["metrics"]


def test_pair_ids_stay_inside_the_folder(tmp_path):
    with pytest.raises(UserError, match="no relative path"):
        MaskStore(tmp_path).write("../x", np.zeros((1, 1), np.uint8))
