"""The second reading: a language model reads the replies from which the rules take no answer."""

from rsica_bench.reading.quote_check import checked_reading
from rsica_bench.reading.reading_cases import ReadingCase, is_asked, request_of
from rsica_bench.reading.stored import StoredReading, load_reading, reading_of

__all__ = [
    "ReadingCase",
    "StoredReading",
    "checked_reading",
    "is_asked",
    "load_reading",
    "reading_of",
    "request_of",
]
