"""The transformers adapter with tiny random models of four architectures, on the CPU, over every task."""

import errno
import json
import os

import pytest

pytest.importorskip("transformers")

import tiny_models
import torch

from rsica_bench.models.api import Request, RunContext
from rsica_bench.models.batching import OutOfMemory, plan_batches
from rsica_bench.models.transformers import TransformersAdapter, make
from rsica_bench.models.transformers_loading import TransformersOptions
from rsica_bench.protocols import find_protocol
from rsica_bench.run.predictions import read_predictions
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import encode_png
from rsica_data.schema import EncodedImage, Turn

pytestmark = [
    # Remarks of the libraries on their own insides.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]
BUILDERS = {build.__name__: build for build in tiny_models.ALL}


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folder of a tiny model, made when it is first asked for."""
    made = {}

    def folder(name):
        if name not in made:
            torch.manual_seed(7)
            made[name] = BUILDERS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return folder


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path):
    def run(model, *words, out="run"):
        return rsica_bench(
            "run", "--data", tiny_data, "--adapter", "transformers", "--model", model, "--set", "max_new_tokens=6",
            "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


@pytest.fixture
def loaded(models, tiny_data, tmp_path):
    """A loaded adapter."""
    adapters = []

    def load(name, seed=0, **options):
        adapter = make(TransformersOptions(**{"max_new_tokens": 6, **options}), str(models(name)))
        dataset = open_dataset(tiny_data)
        adapter.load(RunContext(dataset, "test", find_protocol("default"), device="cpu", seed=seed, state=tmp_path))
        adapters.append(adapter)
        return adapter

    yield load
    for adapter in adapters:
        adapter.close()


def request(number, prompt="Has anything changed?", history=(), shape=(64, 64, 3)):
    pixels = torch.randint(0, 255, shape, generator=torch.Generator().manual_seed(number)).to(torch.uint8).numpy()
    image = EncodedImage("a.png", encode_png(pixels))
    return Request(str(number), (image, image), prompt, history)


REQUESTS = [request(number, "Has anything changed? " * (1 + number % 3)) for number in range(7)]


@pytest.mark.parametrize("name", BUILDERS)
def test_every_architecture_answers_every_task(go, models, rsica_bench, tiny_data, tmp_path, name):
    live = go(models(name), "--limit", 3)
    assert live.status == 0, live.err
    assert set(live.json["tasks"]) == {
        "captioning",
        "classification",
        "counting",
        "dialogue",
        "localization",
        "open_qa",
    }
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    assert all(isinstance(row["raw"], str) for row in rows.values())
    seen = next(row["seen"] for row in rows.values())
    if name == "paligemma":
        assert seen["composed"] == "side-by-side" and seen["images"] == [[136, 64]]
    else:
        assert seen["images"] == [[64, 64], [64, 64]] and "composed" not in seen
    assert seen["processed"] and seen["input_tokens"] > 10
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["status"] == "reproduced" and result["model"]["revision"].startswith("folder:")
    assert result["model"]["image_processor"]["image_mean"] and result["model"]["dtype"] == "float32"
    assert result["computing"] == {"batch_size": 32, "deterministic": False, "seed": 0}
    info = json.loads((tmp_path / "run" / "run_info.json").read_text())
    assert info["tokens_per_second"] > 0 and info["usage"]["input_tokens"] > 500
    words = ("--adapter", "replay", "--model", tmp_path / "run" / "predictions.jsonl", "--out", tmp_path / "again")
    words += ("--limit", 3)
    assert rsica_bench("run", "--data", tiny_data, *words, "--json").json["tasks"] == live.json["tasks"]


def test_a_broken_run_goes_on_to_the_same_bytes(go, models, tmp_path, monkeypatch):
    real, synced = os.fsync, []

    def full(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115
        if sum(name.endswith("predictions.partial.jsonl") for name in synced) == 3:
            raise OSError(errno.ENOSPC, "full")
        real(handle)

    words = ("--batch-size", 4, "--tasks", "classification,dialogue", "--history", "own")
    monkeypatch.setattr(os, "fsync", full)
    assert go(models("qwen2_vl"), *words).status == 1
    monkeypatch.setattr(os, "fsync", real)
    assert go(models("qwen2_vl"), *words).status == 0
    assert go(models("qwen2_vl"), *words, out="unbroken").status == 0
    for name in ("predictions.jsonl", "result.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()
    assert "other settings (computing)" in go(models("qwen2_vl"), *words[2:], "--batch-size", 5).err


@pytest.mark.slow
def test_two_workers_say_the_same(go, models, tmp_path):
    words = ("--batch-size", 2, "--tasks", "classification")
    assert go(models("idefics3"), *words, "--devices", "cpu,cpu").status == 0
    assert go(models("idefics3"), *words, out="alone").status == 0
    one, two = ((tmp_path / name / "predictions.jsonl").read_bytes() for name in ("run", "alone"))
    assert one == two


def test_replies_equal_those_of_a_bare_loop_over_the_same_batches(loaded):
    adapter = loaded("qwen2_vl", batch_tokens=200)
    replies = adapter.generate(REQUESTS)
    asked = [adapter._ask(one) for one in REQUESTS]
    lengths = [one.length + 6 for one in asked]
    batches = plan_batches(lengths, 200, 64)
    assert 1 < len(batches) < 7
    for batch in batches:
        texts = [asked[place].text for place in batch.places]
        images = [list(asked[place].images) for place in batch.places]
        inputs = adapter._processor(text=texts, images=images, padding=True, return_tensors="pt")
        tokens = adapter._model.generate(**inputs, max_new_tokens=6, do_sample=False)
        said = adapter._processor.tokenizer.batch_decode(
            tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        assert [text.strip() for text in said] == [replies[place].text for place in batch.places]


def test_what_was_prepared_is_used_and_says_the_same(loaded):
    adapter = loaded("qwen2_vl")
    plain = adapter.generate(REQUESTS)
    adapter.prepare(REQUESTS)
    assert len(adapter._plans) == 1
    assert adapter.generate(REQUESTS) == plain
    assert not adapter._plans


def test_out_of_memory_halves_the_batch_and_goes_on(loaded, monkeypatch):
    adapter = loaded("qwen2_vl")
    expected = [reply.model_input for reply in adapter.generate(REQUESTS)]
    real, sizes = TransformersAdapter._generate, []

    def tight(self, asked, inputs, most=None):
        sizes.append(len(asked))
        if len(asked) > 2:
            raise OutOfMemory
        return real(self, asked, inputs, most)

    monkeypatch.setattr(TransformersAdapter, "_generate", tight)
    replies = adapter.generate(REQUESTS)
    assert [reply.model_input for reply in replies] == expected and all(reply.text is not None for reply in replies)
    assert sizes[0] == 7 and max(sizes[-3:]) <= 2
    sizes.clear()
    adapter.generate(REQUESTS)
    assert max(sizes) <= 2, "the lower budget stays"


def test_torch_errors_that_mean_out_of_memory(loaded, monkeypatch):
    adapter = loaded("qwen2_vl")
    asked = [adapter._ask(one) for one in REQUESTS[:2]]
    inputs = adapter._process(adapter._processor, [one.text for one in asked], [one.images for one in asked])

    def raising(error):
        def generate(**given):
            raise error

        return generate

    for error in (torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: not enough memory")):
        monkeypatch.setattr(adapter._model, "generate", raising(error))
        with pytest.raises(OutOfMemory):
            adapter._generate(asked, inputs)
        assert all(reply.failed for reply in adapter.generate(REQUESTS[:2]))
    monkeypatch.setattr(adapter._model, "generate", raising(RuntimeError("shape")))
    with pytest.raises(RuntimeError, match="shape"):
        adapter._generate(asked, inputs)


def test_a_damaged_image_fails_alone(loaded):
    adapter = loaded("qwen2_vl")
    broken = Request("b", (EncodedImage("x.png", b"no image"),) * 2, "What?", ())
    replies = adapter.generate([REQUESTS[0], broken, REQUESTS[1]])
    assert [reply.failed for reply in replies] == [False, True, False]
    assert "not a PNG, JPEG, TIFF, BMP, GIF or WebP file" in replies[1].error


def test_turns_and_system_prompt_are_in_the_template(loaded):
    adapter = loaded("qwen2_vl", system="Be brief.")
    turns = (Turn("user", "Changed?"), Turn("assistant", "Yes"))
    seen = adapter.generate([request(1, "How many?", turns)])[0].model_input
    mark = "<|vision_start|><|image_pad|><|vision_end|>"
    assert seen["prompt"] == (
        f"<turn>system\nBe brief.<turn>user\n{mark}{mark}Changed?<turn>assistant\nYes"
        "<turn>user\nHow many?<turn>assistant\n"
    )


def test_sampling_follows_the_seed_and_not_what_was_asked_before(loaded):
    first = loaded("qwen2_vl", temperature=1.5)
    texts = [reply.text for reply in first.generate(REQUESTS)]
    assert [reply.text for reply in first.generate(REQUESTS)] == texts
    other = loaded("qwen2_vl", seed=1, temperature=1.5)
    assert [reply.text for reply in other.generate(REQUESTS)] != texts
    assert other.describe()["generation"]["temperature"] == 1.5


def test_warm_up_keeps_what_it_measured(loaded, tmp_path):
    loaded("qwen2_vl").warm_up(REQUESTS)
    assert json.loads((tmp_path / "batch-cpu.json").read_text()) == {"batch_tokens": 8192}
    (tmp_path / "batch-cpu.json").write_text('{"batch_tokens": 77}')
    again = loaded("qwen2_vl")
    again.warm_up(REQUESTS)
    assert again._computing.budget == 77


def test_warm_up_survives_what_does_not_fit(loaded, monkeypatch):
    adapter = loaded("qwen2_vl")

    def full(self, inputs, settings):
        return None

    monkeypatch.setattr(TransformersAdapter, "_tokens", full)
    adapter.warm_up(REQUESTS)
    assert adapter._computing.budget == 1
    replies = adapter.generate(REQUESTS[:2])
    assert {reply.error for reply in replies} == {"out of memory for this question alone"}
    assert all(reply.failed for reply in replies)


def test_peft_adapters_change_the_replies(loaded, models, tmp_path):
    peft = pytest.importorskip("peft")
    plain = loaded("qwen2_vl")
    before = [reply.text for reply in plain.generate(REQUESTS)]
    torch.manual_seed(3)
    lora = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    peft.get_peft_model(plain._model, lora).save_pretrained(tmp_path / "lora")
    with_lora = loaded("qwen2_vl", peft=str(tmp_path / "lora"))
    assert [reply.text for reply in with_lora.generate(REQUESTS)] != before
    described = with_lora.describe()
    assert described["peft"].startswith("folder:") and described["architecture"] == "Qwen2VLForConditionalGeneration"


def test_mistakes(go, tmp_path):
    (tmp_path / "empty").mkdir()
    for model, words, said in (
        (tmp_path / "absent", (), "no such folder"),
        (tmp_path / "empty", (), "has no processor of images and text"),
        (tmp_path / "empty", ("--set", "trust_remote_code=true"), "--allow-code"),
        (tmp_path / "empty", ("--set", "dtype=int3"), "dtype"),
    ):
        found = go(model, *words)
        assert found.status == 2 and said in found.err, found.err


def test_the_gpu_check_compares_what_it_says(models, tiny_data, tmp_path):
    """The comparison of `make gpu-check`, on the CPU: equal answers; its times are for a GPU to judge."""
    import bare_loop

    found = bare_loop.compare(
        tiny_data, models("qwen2_vl"), tmp_path / "run", "cpu", ("classification", "dialogue"), 8, max_new_tokens=6
    )
    assert found["equal"] and found["replies"] > 12 and found["runner_per_second"] > 0


@pytest.mark.slow
def test_killed_in_the_middle_it_ends_the_same(go, models, tiny_data, tmp_path):
    """SIGKILL after the first, third and fifth unit."""
    import signal
    import subprocess
    import sys
    import time

    words = ["--set", "max_new_tokens=6", "--batch-size", "4", "--tasks", "classification,counting,dialogue"]
    command = [sys.executable, "-c", "from rsica_bench.cli import main; main()", "run", "--data", str(tiny_data)]
    command += ["--adapter", "transformers", "--model", str(models("qwen2_vl")), "--out", str(tmp_path / "run"), *words]
    journal = tmp_path / "run" / "predictions.partial.jsonl"
    for rows in (1, 12, 20):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None and (not journal.is_file() or journal.read_bytes().count(b"\n") < rows):
            time.sleep(0.01)
        assert process.poll() is None, "killed before it was done"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert go(models("qwen2_vl"), *words[2:], out="unbroken").status == 0
    for name in ("predictions.jsonl", "result.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()
