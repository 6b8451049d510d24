"""The runner beside a bare loop: the same model, questions and batches, answers compared, time taken of both."""

import json
import time

from rsica_bench.models.api import RunContext
from rsica_bench.models.batching import plan_batches
from rsica_bench.models.transformers import make
from rsica_bench.models.transformers_loading import TransformersOptions
from rsica_bench.run.answering import Asked, TextAnswerer
from rsica_bench.run.predictions import read_predictions
from rsica_bench.run.run_options import RunOptions
from rsica_bench.run.run_plan import JobReader, plan_units
from rsica_bench.run.whole_run import run
from rsica_data.dataset.opening import open_dataset


def compare(data, model, out, device, tasks, batch_size=64, **settings):
    """Replies a second of the runner and of a bare loop, and whether their answers are equal.

    The loop is what one would write by hand: batches prepared by the processor, generated, decoded, one after another.
    It gets the batches, and the decoded images, of the runner for nothing.
    """
    dataset = open_dataset(data)
    options = RunOptions(
        dataset, out, "transformers", model=str(model), settings=settings, tasks=tasks, batch_size=batch_size,
        devices=(device,),
    )  # fmt: skip
    run(options)
    rows = read_predictions(out / "predictions.jsonl")
    info = json.loads((out / "run_info.json").read_text())
    said, seconds = _bare(dataset, options, device)
    return {
        "replies": len(rows),
        "equal": {key: row["raw"] for key, row in rows.items()} == said,
        "runner_per_second": round(len(rows) / info["answering_seconds"], 2),
        "bare_per_second": round(len(said) / seconds, 2),
        "ratio": round(seconds / info["answering_seconds"], 4),
        "run_info": info,
    }


def _bare(dataset, options, device):
    adapter = make(TransformersOptions(**options.settings), options.model)
    adapter.load(RunContext(dataset, "test", options.protocol, device=device, state=options.out / "state"))
    answerer = TextAnswerer(adapter, adapter.capabilities, options.protocol)
    reader = JobReader(dataset, "test", images=True)
    units = plan_units(dataset, "test", options.tasks, None, options.batch_size)
    said, seconds = {}, 0.0
    for number, unit in enumerate(units):
        asked = [Asked(job, turn) for job in reader.jobs(unit) for turn in range(len(job.golds))]
        requests = [answerer.request(one)[0] for one in asked]
        if number == 0:
            adapter.warm_up(requests)
        ready = [adapter._ask(request) for request in requests]
        began = time.monotonic()
        texts = _generate(adapter, ready)
        seconds += time.monotonic() - began
        said |= {(one.job.item.instruction_id, one.turn): text for one, text in zip(asked, texts, strict=True)}
    adapter.close()
    return said, seconds


def _generate(adapter, ready):
    import torch

    settings = adapter._options
    lengths = [one.length + settings.max_new_tokens for one in ready]
    texts = {}
    for batch in plan_batches(lengths, adapter._computing.budget, settings.max_batch):
        chosen = [ready[place] for place in batch.places]
        inputs = adapter._processor(
            text=[one.text for one in chosen], images=[list(one.images) for one in chosen],
            padding=len(chosen) > 1, return_tensors="pt",
        ).to(adapter._model.device, dtype=adapter._model.dtype)  # fmt: skip
        with torch.inference_mode():
            tokens = adapter._model.generate(**inputs, max_new_tokens=settings.max_new_tokens, do_sample=False)
        found = adapter._processor.tokenizer.batch_decode(
            tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        texts |= dict(zip(batch.places, (text.strip() for text in found), strict=True))
    return [texts[place] for place in range(len(ready))]
