"""BLEU, ROUGE-L and CIDEr on real captions: ours beside pycocoevalcap, each in a process of its own.

    python benchmarks/captions.py [REPEATS ...]     (default 1 10: 1,929 and 19,290 items)

Prints seconds, peak memory of each process, the ratio, and the greatest difference between the scores. Reads the
fixtures under RSICA_SHARED.
"""

import contextlib
import io
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path

LEVIR = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[2] / "shared")) / "fixtures" / "levir_cc"


def texts(repeats):
    from rsica_bench.metrics.caption_files import read_hypotheses, read_references

    references = read_references(LEVIR / "LevirCCcaptions.json.gz", "test")
    said = read_hypotheses(LEVIR / "promptcc_test_hypotheses.txt", list(references.by_id))
    meant = [[text.removesuffix(" .") for text in found] for found in references.by_id.values()]
    return said * repeats, meant * repeats


def ours(repeats, pipe):
    from rsica_bench.metrics.captions import score_captions
    from rsica_bench.metrics.protocols import WORDS

    said, meant = texts(repeats)
    begun = time.perf_counter()
    scores = score_captions(said, meant, WORDS).scores
    report(pipe, time.perf_counter() - begun, scores)


def theirs(repeats, pipe):
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    said, meant = texts(repeats)
    gts, res = dict(enumerate(meant)), {n: [text] for n, text in enumerate(said)}
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        bleu = Bleu(4).compute_score(gts, res, verbose=0)[0]
        scores = {f"BLEU-{n + 1}": float(bleu[n]) for n in range(4)}
        scores |= {"ROUGE-L": float(Rouge().compute_score(gts, res)[0])}
        scores |= {"CIDEr": float(Cider().compute_score(gts, res)[0])}
    report(pipe, time.perf_counter() - begun, scores)


def report(pipe, seconds, scores):
    pipe.send(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, scores]))


def measure(work, repeats):
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(repeats, there))
    process.start()
    found = json.loads(here.recv())
    process.join()
    return found


def main():
    for repeats in [int(word) for word in sys.argv[1:]] or [1, 10]:
        rows = {"ours": measure(ours, repeats), "pycocoevalcap": measure(theirs, repeats)}
        print(f"{1929 * repeats} items")
        for name, (seconds, memory, _) in rows.items():
            print(f"  {name:14} {seconds:8.3f} s  {memory:7.0f} MB")
        a, b = rows["ours"], rows["pycocoevalcap"]
        gap = max(abs(a[2][name] - b[2][name]) for name in b[2])
        print(f"  {b[0] / a[0]:.1f} times as fast; greatest difference of a score {gap:.1e}")


if __name__ == "__main__":
    main()
