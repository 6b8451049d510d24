"""What a language model wrote, checked through what it declares.

A prompt lists the facts of a pair with numbers (:mod:`listing`). The reply marks each statement of a text and says which
fact it tells: ``[Three buildings](4) were built [in the top-left](6)``. A mark is a claim: the quote stands in the
brackets, and the number names kind, arguments and value. Code then checks that each quote says its fact
(:mod:`saying`), that no number, class, place, direction or negation stands outside all quotes (:mod:`marks`), and that no
two claims contradict one another; no sentence is parsed by a grammar.
"""
