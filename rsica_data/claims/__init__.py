"""What a language model wrote, checked through what it declares.

A prompt lists the facts of a pair with numbers (``fact_list``). The reply marks each statement of a text and says which
fact it tells: ``[Three buildings](4) were built [in the top-left](6)``. A mark is a claim: the quote stands in the
brackets, and the number names kind, arguments and value. Code is sure of two things: that a quote says its fact in
plain words (``plain_quotes``), and that it contradicts it outright (``certain``); no sentence is parsed by a grammar.
What is neither, and what a question asks for, is held against the reading of a second model (``reading``,
``agreeing``).
"""

from rsica_data.claims.checking import Checked, check_text
from rsica_data.claims.direction_evidence import directions_in
from rsica_data.claims.fact_list import Fact, PairContext, list_facts, numbered
from rsica_data.claims.leaking import leaks
from rsica_data.claims.listed import Listed
from rsica_data.claims.marking import MARKING
from rsica_data.claims.marks import Mark, marks_of
from rsica_data.claims.quotes import MarkError, read_marked, without_marks

__all__ = [
    "MARKING",
    "Checked",
    "Fact",
    "Listed",
    "Mark",
    "MarkError",
    "PairContext",
    "check_text",
    "directions_in",
    "leaks",
    "list_facts",
    "marks_of",
    "numbered",
    "read_marked",
    "without_marks",
]
