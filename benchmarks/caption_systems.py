"""Captions to score, and what scores them: ours, pycocoevalcap, its Java tools, aac-metrics, torchmetrics.

A system takes hypotheses, ``[N]`` texts, and references, ``[N]`` lists of texts, and gives scores by name; those of
"tokens" give how many texts and tokens there are.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

Corpus = tuple[list[str], list[list[str]]]
"""Hypotheses and the references of each."""
Scores = dict[str, float]
Grouped = dict[int, list[str]]
"""Texts of each item, as pycocoevalcap takes them."""

LEVIR = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[2] / "shared")) / "fixtures" / "levir_cc"
HYPOTHESES = LEVIR / "promptcc_test_hypotheses.txt"
TEST_ITEMS = 1929


def real_corpus(items: int) -> Corpus:
    """The test split of LEVIR-CC with a real run's captions, as often as needed for ``items``.

    Raises:
        UserError: the fixtures under RSICA_SHARED are not there.
    """
    from rsica_bench.metrics.caption_files import read_hypotheses, read_references

    by_image = read_references(LEVIR / "LevirCCcaptions.json.gz", "test")
    hypotheses = read_hypotheses(HYPOTHESES, by_image)
    references = [[text.removesuffix(" .") for text in texts] for texts in by_image.by_id.values()]
    times = -(-items // TEST_ITEMS)
    return (hypotheses * times)[:items], (references * times)[:items]


def simulated_corpus(items: int) -> Corpus:
    """Captions of up to 100 simulated pairs, every other one changed, as often as needed for ``items``.

    A hypothesis is a caption of the pair two places on, which is changed where this one is.
    """
    from rsica_data.synth.simulate import simulate

    captions = [list(simulate(seed, seed % 2 == 0, 64).captions) for seed in range(min(items, 100))]
    of_items = [captions[number % len(captions)] for number in range(items)]
    return [of_items[(number + 2) % items][0] for number in range(items)], of_items


def without_repeats(corpus: Corpus) -> Corpus:
    """The same with a number of its own at the end of every sentence, so that no sentence appears twice."""
    hypotheses, references = corpus
    number = itertools.count(1)
    return (
        [f"{text} {next(number)}" for text in hypotheses],
        [[f"{text} {next(number)}" for text in texts] for texts in references],
    )


def ours_ngrams(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """BLEU, ROUGE-L and CIDEr of words."""
    from rsica_bench.metrics.caption_metrics import score_captions
    from rsica_bench.metrics.caption_protocols import WORDS

    return score_captions(hypotheses, references, WORDS, meteor="none").scores


def ours_whole(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """The same and METEOR, tokenised by the protocol `coco`."""
    from rsica_bench.metrics.caption_metrics import score_captions
    from rsica_bench.metrics.caption_protocols import COCO

    return score_captions(hypotheses, references, COCO).scores


def pycocoevalcap_ngrams(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """BLEU, ROUGE-L and CIDEr by the reference implementation, in Python."""
    return _coco_ngrams(
        {number: list(texts) for number, texts in enumerate(references)},
        {number: [text] for number, text in enumerate(hypotheses)},
    )


def _coco_ngrams(references: Grouped, hypotheses: Grouped) -> Scores:
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    bleu = Bleu(4).compute_score(references, hypotheses, verbose=0)[0]
    scores = {f"BLEU-{order}": float(bleu[order - 1]) for order in (1, 2, 3, 4)}
    scores["ROUGE-L"] = float(Rouge().compute_score(references, hypotheses)[0])
    return scores | {"CIDEr": float(Cider().compute_score(references, hypotheses)[0])}


def _coco_tokens(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[Grouped, Grouped]:
    """References and hypotheses, tokenised by pycocoevalcap's jar."""
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    tokenizer = PTBTokenizer()
    grouped: Grouped = tokenizer.tokenize(
        {number: [{"caption": text} for text in texts] for number, texts in enumerate(references)}
    )
    return grouped, tokenizer.tokenize({number: [{"caption": text}] for number, text in enumerate(hypotheses)})


def ours_tokens(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """Tokens of the protocol `coco`, in Python."""
    from rsica_bench.metrics.ptb import coco_tokens

    return _count_tokens(map(coco_tokens, _distinct_texts(hypotheses, references)))


def java_tokens(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """Tokens by the jar, one process for all texts."""
    from rsica_bench.metrics.ptb.java import java_tokens

    return _count_tokens(java_tokens(_distinct_texts(hypotheses, references)))


def _distinct_texts(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(itertools.chain(hypotheses, *references)))


def _count_tokens(texts: Iterable[Sequence[str]]) -> Scores:
    sizes = [len(tokens) for tokens in texts]
    return {"texts": len(sizes), "tokens": sum(sizes)}


def pycocoevalcap_whole(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """All four by pycocoevalcap: the jar's tokens, and METEOR's jar line by line."""
    from pycocoevalcap.meteor.meteor import Meteor

    tokenized, answers = _coco_tokens(hypotheses, references)
    return _coco_ngrams(tokenized, answers) | {"METEOR": float(Meteor().compute_score(tokenized, answers)[0])}


def batched_java_whole(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """The Java tools, all lines written at once, and our n-grams: what is left is Java's own time."""
    from rsica_bench.metrics.caption_metrics import score_captions
    from rsica_bench.metrics.caption_protocols import WORDS

    tokenized, answers = _coco_tokens(hypotheses, references)
    return score_captions(
        [answers[number][0] for number in range(len(answers))],
        [tokenized[number] for number in range(len(tokenized))],
        WORDS,
        meteor="java",
    ).scores


def aac_ngrams(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """BLEU, ROUGE-L and CIDEr by aac-metrics."""
    from aac_metrics.functional import bleu, cider_d, rouge_l

    scores = {
        f"BLEU-{order}": float(bleu(hypotheses, references, n=order)[0][f"bleu_{order}"]) for order in (1, 2, 3, 4)
    }
    scores["ROUGE-L"] = float(rouge_l(hypotheses, references)[0]["rouge_l"])
    return scores | {"CIDEr": float(cider_d(hypotheses, references)[0]["cider_d"])}


def torchmetrics_two(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Scores:
    """BLEU and ROUGE-L alone, by other definitions: the first of two equally close references, the best reference."""
    from torchmetrics.functional.text import bleu_score, rouge_score

    scores = {f"BLEU-{order}": float(bleu_score(hypotheses, references, n_gram=order)) for order in (1, 2, 3, 4)}
    rouge = rouge_score(hypotheses, references, rouge_keys="rougeL")
    return scores | {"ROUGE-L": float(rouge["rougeL_fmeasure"])}


System = Callable[[Sequence[str], Sequence[Sequence[str]]], Scores]
