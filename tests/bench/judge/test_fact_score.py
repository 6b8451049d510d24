"""The fact score through a judge: claims by hand, and from end to end with planted claims and with the stand-in."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rsica_bench.judge.expected import expected_facts, told_facts
from rsica_bench.judge.fact_score import GRADING, fact_row, free_text_cases
from rsica_bench.judge.rubric import load_rubric
from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_data.claims.extraction import ARGUMENTS, COVER_ARGUMENTS, check_claims, claims_schema
from rsica_data.llm.structured import strict
from rsica_data.schema import Question
from rsica_data.tasks.open_qa.kinds import KINDS

TWO = {"building": [(0, 0, 9, 9), (40, 40, 49, 49)]}  # top-left and center-center of 90 x 90 pixels
TEXT = "Two houses were built,  one in the upper left.\nNo roads changed."


def claim(kind, value, quote="Two houses", **args):
    return {"quote": quote, "kind": kind, "args": args, "value": value}


TRUE = [
    claim("any_change", True),
    claim("class_count", 2, cls="building"),
    claim("class_presence", False, "No roads changed.", cls="road"),
    claim("cell_presence", True, "one in the upper left", cls="building", cell="top-left"),
]
FALSE = [claim("class_count", 3, cls="building"), claim("cell_presence", True, cls="road", cell="top-left")]
OPEN = [claim("largest_cell", "top-left", cls="road"), claim("more_area", "road", a="road", b="building")]


@pytest.fixture
def case(item):
    def make(text, boxes=TWO, task="captioning", **values):
        gold = {"captions": ["a house"]} if task == "captioning" else {"kind": "text", "args": {}, "references": ["x"]}
        question = Question("text") if task == "open_qa" else None
        return free_text_cases({task: [item(task, gold, text, boxes=boxes, question=question, **values)]}, [task])[0]

    return make


@pytest.fixture
def view(case):
    return case(TEXT).items[0].pair.view


def test_claims_beside_the_facts(view):
    found, dropped = check_claims([*TRUE, *FALSE], TEXT, view)
    assert [one.status for one in found] == ["supported"] * 4 + ["contradicted"] * 2
    assert [one.fact for one in found] == [True, 2, False, True, 2, False]
    assert dropped == 0
    assert [one.status for one in check_claims(OPEN, TEXT, view)[0]] == ["unsettled", "contradicted"]


@pytest.mark.parametrize(
    "quote", ["", "   ", "two houses", "Three houses", "Two houses were built, and", "houses  left"]
)
def test_a_quote_that_does_not_stand_in_the_text_is_dropped(view, quote):
    assert check_claims([claim("any_change", True, quote)], TEXT, view) == ([], 1)


def test_white_space_of_a_quote_does_not_matter(view):
    found, dropped = check_claims([claim("any_change", True, "built, one in the upper left. No\troads")], TEXT, view)
    assert (len(found), dropped) == (1, 0)
    fenced = "```\nTwo houses\n```"
    assert check_claims([claim("any_change", True, "`\u200b`` Two houses")], fenced, view)[1] == 0


def test_a_claim_made_twice_counts_once_and_a_class_beside_itself_not_at_all(view):
    twice = [claim("any_change", True), claim("any_change", True, "houses were built")]
    assert len(check_claims(twice, TEXT, view)[0]) == 1
    assert check_claims([claim("more_objects", "equal", a="road", b="road")], TEXT, view) == ([], 1)


def test_what_a_description_should_tell(view):
    assert expected_facts(view) == [
        ("change",), ("presence", "building"), ("count", "building"),
        ("cells", "building", "top-left"), ("cells", "building", "center-center"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (TRUE[:1], {"change"}),
        (TRUE[1:2], {"change", "presence", "count"}),
        (TRUE[2:3], set()),
        (TRUE[3:], {"change", "presence", "cells"}),
        (FALSE, set()),
        ([claim("cells_of_class", ["center-center", "top-left"], cls="building")], {"change", "presence", "cells"}),
        ([claim("changed_classes", ["building"])], {"change", "presence"}),
        ([claim("unchanged_classes", ["road"])], set()),
        ([claim("more_objects", "building", a="road", b="building")], {"change", "presence"}),
        ([claim("at_least", True, cls="building", n=2)], {"change", "presence"}),
        ([claim("at_least", True, cls="road", n=0)], set()),
        ([claim("total_count", 2)], {"change"}),
    ],
)
def test_a_true_claim_tells_what_follows_from_it(view, given, told):
    found = told_facts(check_claims(given, TEXT, view)[0])
    assert {fact[0] for fact in found} == told
    assert found <= set(expected_facts(view))


def figures(cases, replies):
    votes = [[{"claims": claims}] for claims in replies]
    return scores_of_tables(GRADING.tables(cases, votes, list(range(len(cases)))))


def test_figures_by_hand(case):
    cases = [case(TEXT), case("Nothing changed.", boxes={}, pair="p1")]
    found = figures(cases, [[*TRUE, *FALSE, *OPEN, claim("any_change", True, "lovely")],
                            [claim("any_change", False, "Nothing changed.")]])  # fmt: skip
    assert found.values == pytest.approx(
        {
            "fact_precision": 5 / 8,  # 4 of 4 + 3, and 1 of 1
            "fact_contradiction": 3 / 9,
            "fact_unsettled": 1 / 9,
            "claims_dropped": 1 / 10,
            "fact_recall": 5 / 6,  # of the first all but the middle cell
            "fact_recall/change": 1,
            "fact_recall/presence": 1,
            "fact_recall/count": 1,
            "fact_recall/cells": 1 / 2,
        }
    )


def test_a_text_without_a_claim_counts_in_the_recall_alone(case):
    found = figures([case("lovely")], [[]])
    assert set(found.values) == {
        "fact_recall",
        *(f"fact_recall/{part}" for part in ("change", "presence", "count", "cells")),
    }
    assert found.values["fact_recall"] == 0
    assert found.absent["fact_precision"] == "no claim that the facts settle"
    assert figures([], []).values == {}


def test_open_questions_have_no_recall(case):
    found = figures([case(TEXT, task="open_qa")], [TRUE])
    assert found.values["fact_precision"] == 1
    assert found.absent["fact_recall"] == "no text that should tell such facts"


def test_of_several_votes_the_mean_counts(case):
    one = case(TEXT)
    tables = GRADING.tables([one], [[{"claims": TRUE}, {"claims": FALSE}]], [0])
    assert tables[0].rows[0].tolist()[:2] == [2, 1]
    assert fact_row(one, {"claims": TRUE})[:4] == [4, 0, 0, 0]


def test_the_judge_sees_no_fact_and_unread_texts_are_not_asked_about(case):
    one = case(TEXT)
    assert one.content == {"classes": ["road", "building"], "question": "", "text": TEXT}
    assert GRADING.unasked(one) is None
    assert GRADING.unasked(case("")) == {"claims": []}


def test_typed_answers_and_pairs_without_facts_are_no_case(item):
    typed = item("counting", {"road": 0, "building": 1}, "1", boxes=TWO)
    bare = item("captioning", {"captions": ["x"]}, "a house")
    assert free_text_cases({"counting": [typed], "captioning": [bare]}, ["counting", "captioning"]) == []


# The form of a reply


def covered(view):
    return replace(view, cover={"water": (10, 20), "grass": (20, 10)}, transitions=(("grass", "water", 10),))


def test_the_schema_takes_claims_of_the_pair_alone(view):
    schema = claims_schema(load_rubric("facts", "facts").schema, view)
    valid = Draft202012Validator(schema).is_valid
    assert strict(schema)
    assert valid({"claims": [*TRUE, *FALSE, *OPEN]})
    assert valid({"claims": []})
    for wrong in (
        claim("class_count", 2, cls="tree"), claim("class_count", True, cls="road"),
        claim("class_count", "2", cls="road"),
        claim("cell_presence", True, cls="road", cell="north"), claim("any_change", True, cls="road"),
        claim("class_absence", True, cls="road"), claim("cover_more", "after", cls="water"), {"kind": "any_change"},
    ):  # fmt: skip
        assert not valid({"claims": [wrong]}), wrong
    cover = Draft202012Validator(claims_schema(load_rubric("facts", "facts").schema, covered(view))).is_valid
    assert cover({"claims": [claim("cover_more", "after", cls="water"), claim("became", "water", cls="grass")]})


def test_land_cover(view):
    given = [
        claim("cover_more", "after", cls="water"),
        claim("became", "water", cls="grass"),
        claim("most_lost", "water"),
    ]
    found = check_claims(given, TEXT, covered(view))[0]
    assert [one.status for one in found] == ["supported", "supported", "contradicted"]
    assert told_facts(found) == {("change",)}


def test_every_kind_is_a_question_kind_and_stands_in_the_prompt():
    prompt = load_rubric("facts", "facts").prompt
    kinds = {**ARGUMENTS, **COVER_ARGUMENTS}
    assert set(kinds) <= set(KINDS)
    assert [kind for kind in kinds if kind not in prompt] == []


VALUES = {
    "bool": True, "count": 1, "percent": 1.5, "area": 5, "class": "road", "class_or_equal": "equal",
    "classes": ["road"], "any_class": "water", "cell": "top-left", "cells": [],
}  # fmt: skip


def test_every_kind_fits_the_schema_and_can_be_checked(view):
    names = {"cls": "road", "n": 2, "cell": "top-left", "a": "road", "b": "building"}
    whole = covered(view)
    valid = Draft202012Validator(claims_schema(load_rubric("facts", "facts").schema, whole)).is_valid
    for kind, args in {**ARGUMENTS, **COVER_ARGUMENTS}.items():
        told = {name: names[name] for name in args} if kind in ARGUMENTS else dict.fromkeys(args, "water")
        value = KINDS[kind].options[0] if KINDS[kind].type == "choice" else VALUES[KINDS[kind].type]
        given = [claim(kind, value, **told)]
        assert valid({"claims": given}), given
        found, dropped = check_claims(given, TEXT, whole)
        assert (len(found), dropped) == (1, 0)
        told_facts(found)


# From end to end


@contextmanager
def serving(*words):
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def oracle(tiny_data, tmp_path_factory):
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    run = tmp_path_factory.mktemp("facts") / "oracle"
    words = ["run", "--data", str(tiny_data), "--adapter", "oracle", "--tasks", "captioning,classification", "--out"]
    assert run_cli(cli, "rsica-bench", [*words, str(run)]) == 0
    return run


@pytest.fixture
def run(oracle, tmp_path):
    return shutil.copytree(oracle, tmp_path / "run")


def judged(rsica_bench, run, url, *words):
    return rsica_bench("judge", run, "--facts", "--model", "judge", "--llm-url", url, "--json", *words)


def rows_of(run):
    (path,) = (run / "judge").glob("*/claims.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_planted_claims_are_checked_and_paid_for_once(rsica_bench, run, tmp_path):
    from rsica_bench.run.result import items_by_task, open_run

    settings, dataset = open_run(run, None)
    items = items_by_task(dataset, run, settings)["captioning"]
    planted = {}
    for one in items:
        text, changed = one.answer["text"], one.pair.view.changed
        planted[text] = [
            {"quote": text, "kind": "any_change", "args": {}, "value": changed},
            {"quote": "not there at all", "kind": "any_change", "args": {}, "value": True},
        ]
    (tmp_path / "planted.json").write_text(json.dumps(planted), "utf-8")
    with serving(Path(__file__).with_name("planted_server.py"), tmp_path / "planted.json") as url:
        plan = judged(rsica_bench, run, url, "--dry-run", "--price", "1,2").json
        found = judged(rsica_bench, run, url, "--price", "1,2").json
        again = judged(rsica_bench, run, url, "--price", "1,2").json
    entry = found["tasks"]["captioning"]
    assert plan["cases"] == entry["cases"] == entry["judged"] == len(items)
    # The facts are not part of the prompt: a text that two pairs have is asked about once.
    assert plan["requests"] == found["now"]["paid"] == len(planted)
    assert list(found["tasks"]) == ["captioning"]
    truth = {row["instruction_id"]: row["votes"][0]["claims"] for row in rows_of(run)}
    assert all(len(claims) == 1 for claims in truth.values())
    # Equal texts of pairs with and without change have one planted claim: what the facts say decides.
    right = [one.pair.view.changed == planted[one.answer["text"]][0]["value"] for one in items]
    assert entry["metrics"]["fact_precision"] == pytest.approx(sum(right) / len(items))
    assert entry["metrics"]["claims_dropped"] == 0.5
    assert entry["metrics"]["fact_recall/change"] == pytest.approx(sum(right) / len(items))
    assert entry["intervals"]["fact_precision"]
    assert found["rubrics"].keys() == {"facts"}
    assert again["tasks"] == found["tasks"]
    assert again["now"]["paid"] == 0
    seen = [json.loads(line) for line in (tmp_path / "planted.seen").read_text("utf-8").splitlines()]
    assert {key for case in seen for key in case} <= {"classes", "cover_classes", "question", "text"}


def test_the_stand_in_and_a_server_with_faults(rsica_bench, run, tmp_path):
    words = ["-c", "from rsica_data.cli import main; main()", "assist", "serve", "--port", "0", "--model", "judge"]
    faults = ["--fault", "invented=0.5", "--fault", "429=0.1", "--fault", "malformed=0.1"]
    with serving(*words, "--log", tmp_path / "log", *faults) as url:
        found = judged(rsica_bench, run, url, "--votes", "3", "--temperature", "0.5").json
    entry = found["tasks"]["captioning"]
    assert entry["judged"] == entry["cases"]
    assert entry["votes_missing"] == 0
    assert 0 < entry["metrics"]["claims_dropped"] < 1
    claims = [one for row in rows_of(run) for vote in row["votes"] for one in vote["claims"]]
    settled = [one["status"] for one in claims if one["status"] != "unsettled"]
    assert entry["metrics"]["fact_precision"] > 0.5
    assert "supported" in settled


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--tasks", "classification"), "no free text"),
        (("--rubric", "answer=answer"), "facts=FOLDER"),
        (("--rubric", "facts=answer"), "is no rubric"),
    ],
)
def test_wrong_words(rsica_bench, run, words, reason):
    said = rsica_bench("judge", run, "--facts", "--model", "judge", "--llm-url", "http://127.0.0.1:9/v1", *words)
    assert said.status in (1, 2)
    assert reason in said.err
    assert not list((run / "judge").glob("*/judge.json"))
