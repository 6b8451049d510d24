"""Marks in the texts of the rules answerer: words with the number of the fact that they tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rsica_data.claims import Fact

Listed = Mapping[str, int]
"""The facts of a prompt in words, with their numbers."""


def marked(words: str, listed: Listed, kind: str, value: Any, **args: Any) -> str:
    """Words in a mark; without one where the prompt does not list the fact."""
    number = listed.get(Fact(kind, args, value).words())
    return words if number is None else f"[{words}]({number})"
