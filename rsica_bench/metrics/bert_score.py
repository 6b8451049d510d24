"""BERTScore of texts (Zhang et al. 2020, arXiv 1904.09675), computed by torchmetrics with any encoder of transformers.

Scores of different encoders, layers or scalings are different figures: state them. Needs the extra ``transformers``.

Figures:
    BERTScore-F1: mean over items of the best F1 over the references. Averaging: macro over items. Source: Zhang et al.
        2020, by torchmetrics.
    BERTScore-P: mean of its precision. Averaging: macro over items. Source: Zhang et al. 2020.
    BERTScore-R: mean of its recall. Averaging: macro over items. Source: Zhang et al. 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rsica_bench.metrics.figures import Floats
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError, one_line
from rsica_data.core.extras import need_extra

COLUMNS = ("BERTScore-P", "BERTScore-R", "BERTScore-F1")


def bert_score_items(
    texts: Sequence[str],
    references: Sequence[Sequence[str]],
    model: str,
    layer: int | None = None,
    device: str | None = None,
) -> Floats:
    """Precision, recall and F1 of each text against the reference of highest F1, shape ``[N, 3]``, see `COLUMNS`.

    Args:
        texts: what was said.
        references: what is right, one at least an item.
        model: name or folder of an encoder, as transformers takes it.
        layer: which of its layers gives the vectors; None for the last.
        device: where to compute; None for torch's own choice.

    Raises:
        UserError: an item has no reference, the encoder cannot be loaded, or a package is missing.
    """
    if len(texts) != len(references) or not all(references):
        raise UserError("every text needs a reference")
    score = _scorer(model, layer, device)
    known: dict[tuple[str, str], tuple[float, ...]] = {}
    rows = []
    for text, group in zip(texts, references, strict=True):
        for reference in group:
            if (text, reference) not in known:
                known[text, reference] = score(text, reference)
        rows.append(max((known[text, reference] for reference in group), key=lambda parts: parts[2]))
    return np.array(rows, np.float64).reshape(-1, len(COLUMNS))


def _scorer(model: str, layer: int | None, device: str | None) -> Callable[[str, str], tuple[float, ...]]:
    """Scores one pair of texts.

    A pair at a time: of several, torchmetrics (1.9 and before) sorts texts and references by their lengths, each for
    itself, and does not bring them back together.
    """
    with need_extra():
        from torchmetrics.functional.text import bert_score
        from transformers import AutoModel, AutoTokenizer
    try:
        encoder, tokenizer = AutoModel.from_pretrained(model).eval(), AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot load '{model}': {one_line(error)}") from error
    # Tokenizers without a length of their own say a number that no computer can hold.
    longest = min(int(tokenizer.model_max_length), 512)
    layers = int(encoder.config.num_hidden_layers) if layer is None else layer

    def score(text: str, reference: str) -> tuple[float, ...]:
        scores = bert_score(
            [text],
            [reference],
            model=encoder,
            user_tokenizer=tokenizer,
            user_forward_fn=lambda module, batch: module(
                batch["input_ids"], batch["attention_mask"], output_hidden_states=True
            ).hidden_states[layers],
            max_length=longest,
            device=device,
        )
        return tuple(float(np.ravel(np.asarray(scores[key], np.float64))[0]) for key in ("precision", "recall", "f1"))

    return score


def bert_scores(
    texts: Sequence[str],
    references: Sequence[Sequence[str]],
    model: str,
    layer: int | None = None,
    device: str | None = None,
) -> Scores:
    """BERTScore of a corpus; arguments as of `bert_score_items`."""
    if not texts:
        return Scores({}, dict.fromkeys(COLUMNS, "no item"))
    means = bert_score_items(texts, references, model, layer, device).mean(axis=0)
    return Scores({name: float(value) for name, value in zip(COLUMNS, means, strict=True)}, {})
