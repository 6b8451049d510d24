"""How well replies are read: a corpus of replies with what a person reads from them, as totals by task.

    python benchmarks/reading_measure.py CORPUS.jsonl
    python benchmarks/reading_measure.py CORPUS.jsonl --requests OUT.jsonl
    python benchmarks/reading_measure.py CORPUS.jsonl --model-readings READINGS.jsonl

A row of the corpus is `{"task", "kind", "args", "classes", "prompt", "reply", "read"}`; `read` is null where a person
takes no answer from the reply. `--requests` writes what a model would be asked about each reply that the rules leave
(without an answer, or not plain): `{"id", "messages", "schema"}`. `--model-readings` takes its answers,
`{"id", "text"}`, and gives those of both. `--json FILE` writes the totals. Nothing but totals is printed, so that a
corpus can stay unseen.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from rsica_bench.reading import ReadingCase, checked_reading, is_left, request_of
from rsica_data.core import registry
from rsica_data.llm.structured import SchemaMismatch, fit
from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.open_qa.values import same_value

CLASSES = ("road", "building")
Row = dict[str, Any]
Totals = dict[str, Counter[str]]
"""``rows``, ``right``, ``unread`` and ``wrong`` of each task."""


def rows_of(path: Path) -> list[Row]:
    """The rows of a JSONL file."""
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def case_of(row: Row) -> ReadingCase:
    """What a row asks to be read."""
    question = Question(row["kind"], row.get("args") or {})
    return ReadingCase(row["task"], question, tuple(row.get("classes") or CLASSES), row.get("prompt", ""), row["reply"])


def read_by_rules(case: ReadingCase) -> Any:
    """The answer of the rules."""
    context = ParseContext(case.question, case.classes, case.prompt)
    task: Any = registry.load(registry.TASKS, case.task)
    return task.parse(case.reply, context)


def read_by_model(case: ReadingCase, text: str) -> Any:
    """The answer of a model's words; one that is no JSON of the schema is no reading."""
    try:
        return checked_reading(case, fit(text, request_of(case, "").schema or {}))
    except SchemaMismatch as error:
        return Unparsed(str(error))


def value_of(case: ReadingCase, answer: Any) -> Any:
    """The part of an answer that a person's reading is compared with; None where there is no answer."""
    if isinstance(answer, Unparsed):
        return None
    return {"classification": answer.get("changed"), "open_qa": answer.get("value")}.get(case.task, answer)


def is_right(row: Row, value: Any) -> bool:
    """Whether a value is the one that a person reads; a class that is not spoken of has no count and no cells."""
    wanted = row["read"]
    if wanted is None or value is None:
        return wanted is value
    if row["task"] == "counting":
        return {k: v for k, v in wanted.items() if v} == {k: v for k, v in value.items() if v}
    if row["task"] == "localization":
        return {k: set(v) for k, v in wanted.items() if v} == {k: set(v) for k, v in value.items() if v}
    if row["task"] == "open_qa":
        type_ = KINDS[row["kind"]].type
        if type_ in ("percent", "area"):
            return bool(abs(wanted - value) <= 0.02 * abs(wanted) + 0.06)
        return same_value(type_, wanted, value)
    return bool(wanted == value)


def print_totals(name: str, totals: Totals) -> None:
    """A table of the tasks."""
    print(f"{name:34} {'rows':>6} {'right':>14} {'no reading':>14} {'silently wrong':>16}")
    for task, count in sorted(totals.items()):
        shares = [f"{count[key]} ({100 * count[key] / count['rows']:.1f} %)" for key in ("right", "unread", "wrong")]
        print(f"  {task:32} {count['rows']:>6} {shares[0]:>14} {shares[1]:>14} {shares[2]:>16}")


def note(totals: Totals, row: Row, value: Any) -> None:
    """Count a row."""
    right = is_right(row, value)
    outcome = "right" if right else "unread" if value is None else "wrong"
    totals.setdefault(row["task"], Counter()).update(["rows", outcome])


def measure(corpus: Path, readings: Mapping[str, str], requests: TextIO | None) -> tuple[Totals, Totals, int, int]:
    """(totals of the rules, totals with the model's readings, replies asked about, those without a reading)."""
    rules: Totals = {}
    both: Totals = {}
    asked = missing = 0
    for number, row in enumerate(rows_of(corpus), start=1):
        name, case = f"{corpus.stem}:{row.get('id', number)}", case_of(row)
        answer = read_by_rules(case)
        note(rules, row, value_of(case, answer))
        if is_left(case, not isinstance(answer, Unparsed)):
            asked += 1
            request = request_of(case, "")
            if requests is not None:
                messages = [{"role": message.role, "content": message.content} for message in request.messages]
                line = {"id": name, "messages": messages, "schema": request.schema, "schema_name": request.schema_name}
                requests.write(json.dumps(line, ensure_ascii=False) + "\n")
            missing += name not in readings
            answer = read_by_model(case, readings[name]) if name in readings else answer
        note(both, row, value_of(case, answer))
    return rules, both, asked, missing


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model-readings", type=Path, help="answers of a model: {id, text} a line")
    parser.add_argument("--requests", type=Path, help="write what a model would be asked: a JSON object a line")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the totals there as one JSON object")
    given = parser.parse_args()
    readings = {row["id"]: row["text"] for row in rows_of(given.model_readings)} if given.model_readings else {}
    if given.requests:
        with given.requests.open("w", encoding="utf-8") as stream:
            rules, both, asked, missing = measure(given.corpus, readings, stream)
    else:
        rules, both, asked, missing = measure(given.corpus, readings, None)
    print_totals("rules", rules)
    if given.model_readings:
        print_totals("rules and model", both)
    print(f"asked of a model: {asked} replies" + (f", {missing} without a reading" if given.model_readings else ""))
    if given.json:
        content = {"benchmark": "reading", "corpus": given.corpus.name, "rules": rules, "asked": asked}
        content |= {"rules_and_model": both, "missing": missing} if given.model_readings else {}
        given.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
