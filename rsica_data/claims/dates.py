"""Dates as texts write them, beside those of the facts."""

from __future__ import annotations

import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def same_date(text: str, day: str) -> bool:
    year = re.search(r"(?:19|20)\d\d", text)
    if year is None or not day.startswith(year[0]):
        return False
    month = next((f"{number:02d}" for number, name in enumerate(_MONTHS, 1) if name in text), None)
    iso = re.fullmatch(r"\d{4}-(\d\d)(?:-(\d\d))?", text)
    if iso:
        return day.startswith(text)
    if month is None:
        return True
    number = re.search(r"(?<!\d)(\d{1,2})(?!\d)", text.replace(year[0], ""))
    return day[5:7] == month and (number is None or day[8:10] == f"{int(number[1]):02d}")
