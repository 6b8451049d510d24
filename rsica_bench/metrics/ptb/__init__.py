"""The tokeniser of the `coco` protocol."""

from rsica_bench.metrics.ptb.tokenizer import coco_tokens, ptb_tokens

__all__ = ["coco_tokens", "ptb_tokens"]
