"""Evaluates an exported task of Inspect on given replies: inspect_replies.py MODULE REPLIES OUT

The solver gives the reply of each sample, all else is Inspect's: samples, scorer, metrics, log. OUT gets its
metrics and samples.
"""

import importlib.util
import json
import sys
from pathlib import Path

from inspect_ai import eval as evaluate
from inspect_ai.model import ModelOutput
from inspect_ai.solver import solver

page, replies, out = map(Path, sys.argv[1:])
texts = {(row["instruction_id"], row["turn"]): row["raw"] for row in map(json.loads, replies.read_text().splitlines())}


@solver
def planted():
    async def solve(state, generate):
        text = texts[state.metadata["id"], state.metadata["turn"]]
        state.output = ModelOutput.from_content("planted", text)
        return state

    return solve


spec = importlib.util.spec_from_file_location(page.stem, page)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
(log,) = evaluate(
    getattr(module, page.stem)(),
    model="mockllm/model",
    solver=planted(),
    log_dir=str(out.parent / "logs"),
    display="none",
)
assert log.status == "success", log.error
metrics = {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}
samples = [{"id": s.id, "messages": [m.role for m in s.messages], "scores": {n: v.value for n, v in s.scores.items()}}
           for s in log.samples]  # fmt: skip
out.write_text(json.dumps({"metrics": metrics, "samples": samples}))
