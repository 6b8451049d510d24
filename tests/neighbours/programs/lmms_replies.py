"""Evaluates exported tasks of lmms-eval on given replies: lmms_replies.py FOLDER GROUP REPLIES OUT

The model gives the reply of each document, all else is lmms-eval's: pages, documents, aggregations. OUT gets its
results, and what a model was shown.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from lmms_eval.api.model import lmms
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.tasks import TaskManager

folder, group, replies, out = sys.argv[1:]
rows = map(json.loads, Path(replies).read_text().splitlines())
texts = {(row["instruction_id"], row["turn"]): row["raw"] for row in rows}
shown = Counter()


class Planted(lmms):
    """A chat class, whose requests hold messages."""

    is_simple = False

    def generate_until(self, requests):
        given = []
        for request in requests:
            _, doc_to_messages, settings, doc_id, task, split = request.args
            doc = self.task_dict[task][split][doc_id]
            messages = doc_to_messages(doc)
            parts = [part for message in messages for part in message["content"]]
            images = [part["url"].mode for part in parts if part["type"] == "image"]
            marks = sum(part["text"].count("<image>") for part in parts if part["type"] == "text")
            shown[f"{'+'.join(images)} marks {marks} max {settings['max_new_tokens']}"] += 1
            given.append(texts[doc["id"], doc["turn"]])
        return given

    def loglikelihood(self, requests):
        raise NotImplementedError

    def generate_until_multi_round(self, requests):
        raise NotImplementedError


if __name__ == "__main__":
    results = simple_evaluate(
        model=Planted(), tasks=[group], task_manager=TaskManager(include_path=folder), bootstrap_iters=0
    )
    Path(out).write_text(json.dumps({"results": results["results"], "shown": shown}))
