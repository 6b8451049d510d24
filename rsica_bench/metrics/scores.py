"""Scores with a place for what is undefined."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scores:
    """Figures by name, and the reason of each that is undefined (a division of 0 by 0) or cannot be computed here.

    An undefined figure is absent from ``values``: never 0, never null.
    """

    values: dict[str, float] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def prefixed(self, prefix: str) -> Scores:
        """The same figures under ``prefix/NAME``."""
        return Scores(
            {f"{prefix}/{name}": value for name, value in self.values.items()},
            {f"{prefix}/{name}": reason for name, reason in self.absent.items()},
        )

    def __or__(self, other: Scores) -> Scores:
        return Scores(self.values | other.values, self.absent | other.absent)


def ratios(**parts: tuple[float, float, str]) -> Scores:
    """Figures from ``name=(numerator, denominator, reason where the denominator is 0)``."""
    values, absent = {}, {}
    for name, (part, whole, reason) in parts.items():
        if whole == 0:
            absent[name] = reason
        else:
            values[name] = float(part / whole)
    return Scores(values, absent)
