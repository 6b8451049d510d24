"""On a GPU: a random model of 2 billion parameters runs every task, keeps pace with a bare loop, and survives
running out of memory. `make gpu-check` runs this; it needs the repository alone and makes its data and model.
"""

import json
import sys

import pytest

pytest.importorskip("transformers")

import bare_loop
import tiny_models
import torch

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings("default"),  # remarks of CUDA libraries are not ours to fail on
]
TASKS = ["captioning", "classification", "counting", "dialogue", "localization", "open_qa"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """24 pairs of 256 x 256 pixels, every task."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("data")
    recipe = {
        "name": "gpu",
        "source": {"name": "synthetic", "options": {"pairs": 126, "size": 256, "seed": 1}},
        "splits": ["test"],
        "facts": {"classes": ["road", "building"]},
        "tasks": {task: {} for task in TASKS},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))
    assert run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    return tiny_models.two_billion(tmp_path_factory.mktemp("model"), "cuda")


def show(name, found):
    sys.stdout.write(f"\n{name} {json.dumps(found)}\n")


def test_every_task_in_bfloat16_at_the_pace_of_a_bare_loop(data, model, tmp_path, capsys):
    found = bare_loop.compare(data, model, tmp_path / "run", "cuda:0", None, batch_size=256, max_new_tokens=32)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    with capsys.disabled():
        show("throughput", {"gpu": torch.cuda.get_device_name(), **found})
    assert set(result["tasks"]) == set(TASKS) and result["failed"] == 0
    assert result["model"]["dtype"] == "bfloat16"
    assert found["equal"]
    assert found["ratio"] >= 0.95


def test_out_of_memory_is_survived(data, model, tmp_path):
    """A budget far above what fits: batches are halved on real out-of-memory errors, and every turn is answered."""
    from rsica_bench.run.run_options import RunOptions
    from rsica_bench.run.whole_run import run
    from rsica_data.dataset.opening import open_dataset

    free, _ = torch.cuda.mem_get_info()
    hog = torch.empty(max(free - 12 * 2**30, 0), dtype=torch.uint8, device="cuda")
    try:
        settings = {"max_new_tokens": 8, "batch_tokens": 100_000_000, "max_batch": 100_000}
        options = RunOptions(
            open_dataset(data), tmp_path / "run", "transformers", model=str(model), settings=settings, batch_size=4096
        )
        result = run(options)
    finally:
        del hog
        torch.cuda.empty_cache()
    assert result["failed"] == 0


def test_four_bit(data, model, rsica_bench, tmp_path):
    pytest.importorskip("bitsandbytes")
    found = rsica_bench(
        "run", "--data", data, "--adapter", "transformers", "--model", model, "--set", "quantize=4bit",
        "--set", "max_new_tokens=8", "--tasks", "classification", "--out", tmp_path / "run", "--json",
    )  # fmt: skip
    assert found.status == 0, found.err


def test_telemetry_reads_the_gpu(data, model, rsica_bench, tmp_path):
    pytest.importorskip("pynvml")
    words = ("--set", "max_new_tokens=8", "--tasks", "classification", "--devices", "all")
    found = rsica_bench(
        "run",
        "--data",
        data,
        "--adapter",
        "transformers",
        "--model",
        model,
        *words,
        "--out",
        tmp_path / "run",
        "--json",
    )
    assert found.status == 0, found.err
    gpu = json.loads((tmp_path / "run" / "run_info.json").read_text())["telemetry"]["gpus"][0]
    assert gpu["peak_bytes"] > 2**32 and gpu["energy_joules"] > 0 and 0 < gpu["busy_share"] <= 1
