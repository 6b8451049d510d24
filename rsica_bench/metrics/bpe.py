"""The `gpt2-bpe` protocol on plain captions: token ids by a tokenizer file of GPT-2.

Chg2Cap-style code of the field scores strings of GPT-2 token ids. The ids depend on the tokenizer file, so the file is
given by name: ``tokenizer.json``, or a folder with ``vocab.json`` and ``merges.txt`` (``encoder.json`` and
``vocab.bpe`` in the first release).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from rsica_bench.metrics.caption_protocols import GPT2_BPE, CaptionProtocol, WordMap
from rsica_data.core.errors import UserError
from rsica_data.core.extras import install_command
from rsica_data.schema.caption_text import strip_caption

_PAIRS = (("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe"))
_LAYOUT = "give tokenizer.json, or a folder with vocab.json and merges.txt"


def gpt2_protocol(path: Path) -> CaptionProtocol:
    """The protocol `gpt2-bpe` with plain captions as input.

    Args:
        path: a tokenizer file, or a folder that holds one.

    Raises:
        UserError: no such file, not a tokenizer, or the package ``tokenizers`` is not installed.
    """
    encoder = _load(path)

    def tokens(text: str, _: WordMap | None) -> list[str]:
        return [str(number) for number in encoder.encode(strip_caption(text), add_special_tokens=False).ids]

    return replace(GPT2_BPE, summary=f"tokens are the token ids of {path.name}", tokens=tokens)


@cache
def _load(path: Path) -> Any:
    try:
        from tokenizers import ByteLevelBPETokenizer, Tokenizer
    except ImportError:
        raise UserError("a tokenizer file needs the package 'tokenizers'", hint=install_command("bpe")) from None
    try:
        if not path.is_dir():
            return Tokenizer.from_buffer(path.read_bytes())
        if (path / "tokenizer.json").is_file():
            return Tokenizer.from_buffer((path / "tokenizer.json").read_bytes())
        for vocabulary, merges in _PAIRS:
            if (path / vocabulary).is_file() and (path / merges).is_file():
                return ByteLevelBPETokenizer(str(path / vocabulary), str(path / merges))
    except Exception as error:  # the package raises bare exceptions
        raise UserError(f"not a tokenizer: {error}", file=path, hint=_LAYOUT) from None
    raise UserError("holds no tokenizer", file=path, hint=_LAYOUT)
