"""Fields that the options of several sources have: paths, dates, ranges."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from rsica_data.sources.common import inside


def local_path(text: str) -> str:
    """A path of a recipe or page, if it lies inside the input folder.

    Raises:
        ValueError: it does not.
    """
    if not inside(text):
        raise ValueError(f"'{text}' must lie inside the input folder")
    return text


def date_as_text(value: Any) -> Any:
    """A date as text: YAML reads 2019 as a number and 2019-06-30 as a date."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _rising(value: tuple[float, float]) -> tuple[float, float]:
    if not value[0] < value[1]:
        raise ValueError("should be [low, high] with low < high")
    return value


Date = Annotated[str, BeforeValidator(date_as_text), Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
"""A year, month or day, by ISO 8601."""

LowHigh = Annotated[tuple[float, float], AfterValidator(_rising)]
"""Sample values that become 0 and 255."""
