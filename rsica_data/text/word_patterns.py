"""Word lists of ``words/*.yaml`` as compiled patterns."""

from __future__ import annotations

import re
from functools import lru_cache

from rsica_data.text.yaml_files import packaged_yaml


@lru_cache(maxsize=256)
def word_pattern(name: str) -> re.Pattern[str]:
    """Pattern of the words of a list, ``file.list``: between word boundaries, a final ``*`` for an open word.

    >>> word_pattern("counting.taken").search("two houses were demolished")[0]
    'demolished'
    """
    return re.compile(rf"(?<![^\W_])(?:{word_choice(name)})(?![^\W_])")


def pattern_of(template: str, file: str = "counting") -> re.Pattern[str]:
    """A pattern in which ``«list»`` stands for the words of a list of ``file``.

    >>> bool(pattern_of("«near» the").search("a house beside the road"))
    True
    """
    return re.compile(re.sub(r"«(\w+)»", lambda match: f"(?:{word_choice(f'{file}.{match[1]}')})", template))


@lru_cache(maxsize=256)
def word_choice(name: str) -> str:
    """The words of a list as alternatives of a regular expression, the longest first."""
    file, _, key = name.partition(".")
    words = [str(word) for word in packaged_yaml("rsica_data.text", f"words/{file}.yaml")[key]]
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.sub(r"(?<=\w)\*$", r"\\w*", word) for word in ordered)
