"""What an answer says once of one class: the unit in which counts are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """What an answer says once of one class.

    Attributes:
        owner: number of the class.
        kind: ``number``, ``zero``, ``vague`` (an amount without a number), ``unnumbered`` (changed, several, no number)
            or ``single`` (changed, one object, no number).
        value: of a ``number``.
        role: ``total`` (the whole: "in total", "so ..."), ``picked`` (the changed ones out of all: "15, 3 of which
            changed"), ``changed``, ``before`` and ``after`` (the objects of one image), ``detail`` (a part of a number
            before it in the sentence or in the heading) or ``plain``.
        sentence: number of the sentence; numbers of one sentence may add up.
        item: name of the list whose item it stands in, "" outside of lists.
        whole: it is put as the answer ("roads: 2", "two roads have changed").
        way: ``added``, ``taken`` or "".
        further: it comes on top of what was counted before ("a further three").
        disowned: a first thought, or taken back.
        identity: ``possible`` where the number may be a name ("Building 3"), ``certain`` where it must be one
            ("Building #3", "building 3 was demolished").
        named: the class stands in the number's own group.
        at: where it stands in its sentence.
        alternative: it stands beside another number for the same ("or maybe 6").
    """

    owner: int
    kind: str
    value: int = 0
    role: str = "plain"
    sentence: int = 0
    item: str = ""
    whole: bool = False
    way: str = ""
    further: bool = False
    disowned: bool = False
    identity: str = ""
    named: bool = True
    at: int = 0
    alternative: bool = False
