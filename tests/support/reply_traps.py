"""Replies that lead a reader astray: variants of replies that are read right, each with what may be read from it.

A trap adds to a reply what a careless reader takes for a part of its answer, or overlooks. `variants` gives for each
the readings that are right; None (nothing is read) always is.
"""

import re

from rsica_data.geometry.cells import CELLS
from rsica_data.text.class_names import plural

PLAIN = 160
"""Characters of a reply that gets a trap; longer ones have traps enough."""


def variants(row):
    """(name of the trap, reply, right readings besides None) of a row of a corpus."""
    reply, read = row["reply"].strip(), row["read"]
    if read is None or not reply or len(reply) > PLAIN or not reply.isascii() or reply[-1] not in ".!":
        return
    for name, make in _TRAPS.get(row["task"], {}).items():
        text, readings = make(reply, read, tuple(row["classes"]))
        if text:
            yield name, text, readings


def _free(read, classes):
    """A class that has cells, and a cell that no class has."""
    used = {cell for cells in read.values() for cell in cells}
    named = [name for name in classes if read.get(name)]
    rest = [cell for cell in CELLS if cell not in used]
    return (named[0], rest[0]) if named and rest else ("", "")


def _stood_before(reply, read, classes):
    name, cell = _free(read, classes)
    return name and f"In the first image there are {plural(name)} in the {cell} cell. {reply}", [read]


def _stayed(reply, read, classes):
    name, cell = _free(read, classes)
    return name and f"{reply} The {cell} cell holds {plural(name)} as well, and they are the same in both images.", [
        read
    ]


def _both_dates(reply, read, classes):
    name, cell = _free(read, classes)
    return name and f"{reply} The {plural(name)} in the {cell} cell were there already.", [read]


def _one_more(reply, read, classes):
    name, cell = _free(read, classes)
    return name and f"{reply} The {cell} cell got new {plural(name)} too.", [
        {**read, name: [*read.get(name, ()), cell]}
    ]


def _moved(reply, read, classes):
    name, cell = _free(read, classes)
    return name and f"{reply} Sorry, I mixed up the cells: the {plural(name)} are in the {cell} cell.", [
        {**read, name: [cell]}
    ]


def _by_reference(reply, read, classes):
    name, _ = _free(read, classes)
    return name and f"{reply} The cell beside it is affected in the same way.", []


def _nothing_after_all(reply, read, classes):
    name, _ = _free(read, classes)
    return name and f"{reply} On a second look, nothing has changed there.", []


def _count(read):
    return next(((name, number) for name, number in read.items() if number > 1), ("", 0))


def _counted_before(reply, read, classes):
    name, number = _count(read)
    if re.search(r"\b(?:first|second|before|after|old|earlier|later|of|not)\b", reply):
        return "", []
    return name and f"The first image has {number + 4} {plural(name)}. {reply}", [read]


def _recounted(reply, read, classes):
    name, number = _count(read)
    return name and f"{reply} No, wait, I count {number + 3} {plural(name)}.", [{**read, name: number + 3}]


def _stay_as_well(reply, read, classes):
    name, number = _count(read)
    return name and f"{reply} The other {number + 5} {plural(name)} have not changed.", [read]


def _other_things(reply, read, classes):
    name, number = _count(read)
    return name and f"{reply} There are also {number + 7} cars.", [read]


def _yes_and_no(reply, read, classes):
    if not re.match(r"\W*(?:yes|no)\b", reply, re.IGNORECASE):
        return "", []
    opposite = (
        "Nothing has changed between the two images." if read else "A new house has been built in the later image."
    )
    return f"{reply} {opposite}", []


def _taken_back(reply, read, classes):
    return f"{reply} Sorry, that was a mistake; the answer is {'no' if read else 'yes'}.", [not read]


def _light_differs(reply, read, classes):
    return f"{reply} The light and the season differ.", [read]


_TRAPS = {
    "localization": {
        "stood before": _stood_before, "stayed": _stayed, "both dates": _both_dates, "one more": _one_more,
        "moved": _moved, "by reference": _by_reference, "nothing after all": _nothing_after_all,
    },
    "counting": {
        "counted before": _counted_before, "recounted": _recounted, "stay as well": _stay_as_well,
        "other things": _other_things,
    },
    "classification": {"yes and no": _yes_and_no, "taken back": _taken_back, "light differs": _light_differs},
}  # fmt: skip
