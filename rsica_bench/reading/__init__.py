"""The second reading: a language model reads the replies from which the rules take no answer."""

from rsica_bench.reading.cases import ReadingCase, is_asked, request_of
from rsica_bench.reading.checking import checked_reading

__all__ = ["ReadingCase", "checked_reading", "is_asked", "request_of"]
