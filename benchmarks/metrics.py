"""Caption metrics on real captions: ours, pycocoevalcap, its Java tools fed in one batch, aac-metrics, torchmetrics.

    python benchmarks/metrics.py [ITEMS ...]     (default 1929 19290 96450)

Each system runs in a process of its own, started one after the other by this one; memory is the greatest sum over
that process and its children (Java among them). What takes less than a second is timed five times; the least counts.
"tokens" is tokenisation by `coco` of every distinct text alone, ours against the jar, one process for all of them.
Two corpora: "real" is the test split of LEVIR-CC with a real run's captions, as often as needed; "no repeats" has a
number of its own at the end of every sentence, so that no sentence appears twice. "n-grams" is BLEU, ROUGE-L and CIDEr
of ready tokens; "whole" is tokenisation by the `coco` protocol, the three, and METEOR. A system that needs a package
that is not there is left out. Reads the fixtures under RSICA_SHARED.
"""

import contextlib
import importlib.util
import io
import itertools
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path

import psutil

LEVIR = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[2] / "shared")) / "fixtures" / "levir_cc"
TEST_ITEMS = 1929
SLOW_FROM = 20_000  # items from which pycocoevalcap's line-by-line METEOR and torchmetrics are left out


def corpus(items, repeats):
    from rsica_bench.metrics.caption_files import read_hypotheses, read_references

    references = read_references(LEVIR / "LevirCCcaptions.json.gz", "test")
    said = read_hypotheses(LEVIR / "promptcc_test_hypotheses.txt", references)
    meant = [[text.removesuffix(" .") for text in found] for found in references.by_id.values()]
    times = -(-items // TEST_ITEMS)
    said, meant = (said * times)[:items], (meant * times)[:items]
    if repeats:
        return said, meant
    number = itertools.count(1)
    return [f"{text} {next(number)}" for text in said], [[f"{text} {next(number)}" for text in row] for row in meant]


def ours_ngrams(said, meant):
    from rsica_bench.metrics.caption_metrics import score_captions
    from rsica_bench.metrics.caption_protocols import WORDS

    return score_captions(said, meant, WORDS, meteor="none").scores


def ours_whole(said, meant):
    from rsica_bench.metrics.caption_metrics import score_captions
    from rsica_bench.metrics.caption_protocols import COCO

    return score_captions(said, meant, COCO).scores


def pycocoevalcap_ngrams(said, meant):
    return coco_ngrams(dict(enumerate(meant)), {n: [text] for n, text in enumerate(said)})


def coco_ngrams(gts, res):
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    bleu = Bleu(4).compute_score(gts, res, verbose=0)[0]
    scores = {f"BLEU-{n + 1}": float(bleu[n]) for n in range(4)}
    scores |= {"ROUGE-L": float(Rouge().compute_score(gts, res)[0])}
    return scores | {"CIDEr": float(Cider().compute_score(gts, res)[0])}


def coco_tokens(said, meant):
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    tokenizer = PTBTokenizer()
    gts = tokenizer.tokenize({n: [{"caption": text} for text in texts] for n, texts in enumerate(meant)})
    return gts, tokenizer.tokenize({n: [{"caption": text}] for n, text in enumerate(said)})


def ours_tokens(said, meant):
    from rsica_bench.metrics.ptb import coco_tokens

    return count_tokens(map(coco_tokens, distinct_texts(said, meant)))


def java_tokens(said, meant):
    from rsica_bench.metrics.ptb.java import java_tokens

    return count_tokens(java_tokens(distinct_texts(said, meant)))


def distinct_texts(said, meant):
    return list(dict.fromkeys(itertools.chain(said, *meant)))


def count_tokens(found):
    sizes = [len(tokens) for tokens in found]
    return {"texts": len(sizes), "tokens": sum(sizes)}


def pycocoevalcap_whole(said, meant):
    from pycocoevalcap.meteor.meteor import Meteor

    gts, res = coco_tokens(said, meant)
    return coco_ngrams(gts, res) | {"METEOR": float(Meteor().compute_score(gts, res)[0])}


def batched_java_whole(said, meant):
    """The Java tools, all lines written at once, and our n-grams: what is left is Java's own time."""
    from rsica_bench.metrics.caption_metrics import score_captions
    from rsica_bench.metrics.caption_protocols import WORDS

    gts, res = coco_tokens(said, meant)
    said, meant = [res[n][0] for n in range(len(res))], [gts[n] for n in range(len(gts))]
    return score_captions(said, meant, WORDS, meteor="java").scores


def aac_ngrams(said, meant):
    from aac_metrics.functional import bleu, cider_d, rouge_l

    found = {f"BLEU-{n}": float(bleu(said, meant, n=n)[0][f"bleu_{n}"]) for n in (1, 2, 3, 4)}
    found["ROUGE-L"] = float(rouge_l(said, meant)[0]["rouge_l"])
    return found | {"CIDEr": float(cider_d(said, meant)[0]["cider_d"])}


def torchmetrics_two(said, meant):
    """BLEU and ROUGE-L alone, by other definitions: the first of two equally close references, the best reference."""
    from torchmetrics.functional.text import bleu_score, rouge_score

    found = {f"BLEU-{n}": float(bleu_score(said, meant, n_gram=n)) for n in (1, 2, 3, 4)}
    return found | {"ROUGE-L": float(rouge_score(said, meant, rouge_keys="rougeL")["rougeL_fmeasure"])}


SYSTEMS = [  # part, name, work, package, whether it is slow
    ("tokens", "ours", ours_tokens, "rsica_bench", False),
    ("tokens", "Java", java_tokens, "pycocoevalcap", False),
    ("n-grams", "ours", ours_ngrams, "rsica_bench", False),
    ("n-grams", "pycocoevalcap", pycocoevalcap_ngrams, "pycocoevalcap", False),
    ("n-grams", "aac-metrics", aac_ngrams, "aac_metrics", False),
    ("n-grams", "torchmetrics", torchmetrics_two, "torchmetrics", True),
    ("whole", "ours", ours_whole, "rsica_bench", False),
    ("whole", "pycocoevalcap", pycocoevalcap_whole, "pycocoevalcap", True),
    ("whole", "batched Java", batched_java_whole, "pycocoevalcap", False),
]


def child(work, items, repeats, pipe):
    said, meant = corpus(items, repeats)
    # The first call of a fresh process loads modules; it is not the metric's time.
    with contextlib.redirect_stdout(io.StringIO()):
        if "java" not in work.__name__ and work is not pycocoevalcap_whole:
            work(said[:8], meant[:8])
        seconds, scores = timed(work, said, meant)
        for _ in range(4 if seconds < 1 else 0):
            seconds = min(seconds, timed(work, said, meant)[0])
    pipe.send((seconds, scores))


def timed(work, said, meant):
    begun = time.perf_counter()
    scores = work(said, meant)
    return time.perf_counter() - begun, scores


def watch(pid, peak, over):
    while not over.wait(0.02):
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(pid)
            family = [parent, *parent.children(recursive=True)]
            peak[0] = max(peak[0], sum(process.memory_info().rss for process in family) / 2**20)


def measure(work, items, repeats):
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=child, args=(work, items, repeats, there))
    process.start()
    there.close()
    peak, over = [0.0], threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, peak, over))
    watcher.start()
    try:
        seconds, scores = here.recv()
    finally:
        over.set()
        watcher.join()
        process.join()
    return seconds, peak[0], scores


def compare(part, items, repeats):
    print(f"{part}, {items:,} items, {'real' if repeats else 'no repeats'}", flush=True)
    base = None
    for _, name, work, package, slow in (system for system in SYSTEMS if system[0] == part):
        if importlib.util.find_spec(package) is None or (slow and items > SLOW_FROM):
            print(f"  {name:14} left out")
            continue
        seconds, memory, scores = measure(work, items, repeats)
        base = base or (seconds, memory, scores)
        gap = max(abs(scores[key] - base[2][key]) for key in scores)
        print(
            f"  {name:14} {seconds:8.3f} s {memory:7,.0f} MB   {seconds / base[0]:6.1f} x the time,"
            f" {memory / base[1]:5.1f} x the memory; greatest difference of a score {gap:.1e}",
            flush=True,
        )


def main():
    for items in [int(word) for word in sys.argv[1:]] or [TEST_ITEMS, 10 * TEST_ITEMS, 50 * TEST_ITEMS]:
        for part, repeats in itertools.product(("tokens", "n-grams", "whole"), (True, False)):
            compare(part, items, repeats)


if __name__ == "__main__":
    main()
