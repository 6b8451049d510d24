"""What a language model wrote, checked through what it declares.

A prompt lists the facts of a pair with numbers (``fact_list``). The reply marks each statement of a text and says which
fact it tells: ``[Three buildings](4) were built [in the top-left](6)``. A mark is a claim: the quote stands in the
brackets, and the number names kind, arguments and value. Code then checks that each quote says its fact (``quoted``,
``fact_wording``, ``cues``, ``qualifiers``, ``which_first``), that no number, class, place, direction or negation stands
outside all quotes (``marks``), and that the marked facts answer the question (``checking``); no sentence is parsed by a
grammar. What code cannot decide is held against the reading of a second model (``reading``, ``agreeing``).
"""

from rsica_data.claims.checking import Checked, check_text
from rsica_data.claims.direction_evidence import directions_in
from rsica_data.claims.fact_list import Fact, PairContext, list_facts, numbered
from rsica_data.claims.leaking import leaks
from rsica_data.claims.listed import Listed
from rsica_data.claims.marking import MARKING
from rsica_data.claims.marks import Mark, marks_of
from rsica_data.claims.question_intent import same_intent
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
    "same_intent",
    "without_marks",
]
