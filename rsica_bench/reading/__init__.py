"""The second reading: a language model reads the replies that the rules leave: without an answer, or not plain."""

from rsica_bench.reading.quote_check import checked_reading
from rsica_bench.reading.reading_cases import ReadingCase, is_left, request_of
from rsica_bench.reading.stored import StoredReading, load_reading, reading_of

__all__ = [
    "ReadingCase",
    "StoredReading",
    "checked_reading",
    "is_left",
    "load_reading",
    "reading_of",
    "request_of",
]
