"""Replies as a strong model gives them to the prompts, true and with one planted fault in every text.

``replies/seen`` is what the check was written against; ``replies/unseen`` met it once, at the end, and is only
reported as totals. A row is a prompt's reply: the facts that it lists, and its texts: the true one, one whose words are
false while its marks stay (``false_text``), and one whose marks go with the false words (``false_declared``).
"""

import json
from collections import Counter
from pathlib import Path

from rsica_data.claims import Fact, Listed, check_text

REPLIES = Path(__file__).parent / "replies"
# Written before prompts asked for plain words in marks: idioms throughout.
IDIOMS = "c.jsonl"


def texts_of(row):
    listed = Listed(tuple(Fact(*fact) for fact in row["facts"]), tuple(row["classes"]), north_up=row["north_up"])
    for item in row["texts"]:
        about = Listed(listed.facts, listed.classes, item["earlier"], north_up=listed.north_up)
        yield "true", check_text(item["true"], about, item["question"])
        for mode in ("false_text", "false_declared"):
            question, text = item[mode]
            yield mode, check_text(text, about, question)


def totals(paths):
    count = Counter()
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            for mode, checked in texts_of(json.loads(line)):
                count[mode] += 1
                count[f"{mode} taken"] += checked.fault is None
                count[f"{mode} contradicts"] += checked.outcome == "contradicts"
                count[f"{mode} holds"] += checked.outcome == "holds"
    return count


def shares(count):
    """(true refused, false taken with the marks left, false taken with the marks moved), in percent."""
    refused = count["true"] - count["true taken"]
    return tuple(
        round(100 * part / whole, 1)
        for part, whole in (
            (refused, count["true"]),
            (count["false_text taken"], count["false_text"]),
            (count["false_declared taken"], count["false_declared"]),
        )
    )


def test_replies_that_the_check_was_written_against():
    count = totals(path for path in sorted((REPLIES / "seen").glob("*.jsonl")) if path.name != IDIOMS)
    assert count["true"] >= 900
    # What is refused for certain is false, but for one caption that tells only what did not change.
    assert count["true contradicts"] <= 1 and count["false_text contradicts"] >= 0.45 * count["false_text"]
    # What is taken for certain is true; of answers it is not certain what their questions ask for.
    assert count["true holds"] >= 0.18 * count["true"] and not count["false_text holds"] + count["false_declared holds"]
    # Without a reading: the words of most true texts are plain, those of few false ones.
    refused, text, declared = shares(count)
    assert refused <= 14 and text <= 2 and declared <= 5, (refused, text, declared)


def test_idioms_are_left_to_a_reading_rather_than_taken():
    count = totals([REPLIES / "seen" / IDIOMS])
    # None is a contradiction for certain: a second model's reading takes them.
    assert count["true contradicts"] == 0
    refused, text, declared = shares(count)
    assert (text, declared) == (0, 0) and refused <= 85


def test_replies_that_were_kept_back():
    count = totals(sorted((REPLIES / "unseen").glob("*.jsonl")))
    assert count["true"] >= 140
    refused, text, declared = shares(count)
    print(f"\nof {count['true']} texts: true refused {refused} %, false taken {text} % and {declared} %")
    assert refused <= 12 and text <= 2 and declared <= 8, (refused, text, declared)
