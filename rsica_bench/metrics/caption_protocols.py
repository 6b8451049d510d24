"""Named caption protocols: how text becomes the tokens that are scored. A score without its protocol means little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from rsica_data.core.errors import UserError
from rsica_data.schema.caption_text import strip_caption

WordMap = Mapping[str, int]


@dataclass(frozen=True)
class CaptionProtocol:
    """A caption protocol.

    Attributes:
        name, version: what a result states.
        summary: how text becomes tokens.
        tokens: ``(text, word map) -> tokens``; None where the tokeniser is not available, with ``missing`` the reason.
        needs_word_map: whether a word map must be given.
        final_stop: whether a final " ." is ``dropped`` or ``kept`` as a token; empty where that is no question.
    """

    name: str
    version: int
    summary: str
    tokens: Callable[[str, WordMap | None], list[str]] | None
    needs_word_map: bool = False
    missing: str = ""
    final_stop: Literal["dropped", "kept", ""] = ""

    def tokenize(self, text: str, word_map: WordMap | None = None) -> list[str]:
        """Tokens of a text.

        Raises:
            UserError: the protocol cannot be used here, or needs a word map.
        """
        self.check(word_map)
        assert self.tokens is not None
        return self.tokens(text, word_map)

    def check(self, word_map: WordMap | None) -> None:
        """Raise where texts cannot be tokenised.

        Raises:
            UserError: the protocol cannot be used here, or needs a word map.
        """
        if self.tokens is None:
            raise UserError(f"caption protocol '{self.name}' is not available: {self.missing}")
        if self.needs_word_map and word_map is None:
            raise UserError(f"caption protocol '{self.name}' needs a word map", hint="give --word-map FILE")


def _words(text: str, word_map: WordMap | None) -> list[str]:
    return strip_caption(text).split()


def _words_and_stop(text: str, word_map: WordMap | None) -> list[str]:
    return text.split()


def _word_ids(text: str, word_map: WordMap | None) -> list[str]:
    assert word_map is not None
    unknown = word_map["<unk>"]
    return [str(word_map.get(word, unknown)) for word in strip_caption(text).split()]


def _ready_ids(text: str, word_map: WordMap | None) -> list[str]:
    parts = text.split()
    if not all(part.isdigit() for part in parts):
        raise UserError(
            "protocol 'gpt2-bpe' takes strings of GPT-2 token ids", hint="give --tokenizer FILE for plain captions"
        )
    return parts


def _penn_treebank(text: str, word_map: WordMap | None) -> list[str]:
    from rsica_bench.metrics.ptb import coco_tokens

    return coco_tokens(text)


WORDS = CaptionProtocol(
    "words", 1, "tokens are what white space separates, without a final ' .'", _words, final_stop="dropped"
)
WORDS_AND_STOP = CaptionProtocol(
    "words", 2, "tokens are what white space separates", _words_and_stop, final_stop="kept"
)
LEVIR_CC = CaptionProtocol(
    "levir-cc",
    1,
    "each word is replaced by its id in the LEVIR-CC word map, rare words by the id of <unk>",
    _word_ids,
    True,
)
GPT2_BPE = CaptionProtocol("gpt2-bpe", 1, "tokens are GPT-2 token ids, given as strings of ids", _ready_ids)
COCO = CaptionProtocol("coco", 1, "Penn Treebank tokens without punctuation, as in coco-caption", _penn_treebank)
