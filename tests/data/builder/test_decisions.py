"""Decisions of a review, applied to a build: what is left out, what is fixed, and what is refused."""

import json

import pytest

from rsica_data.dataset.opening import open_dataset


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder with a recipe of 12 simulated pairs, and its dataset without decisions in ``out``."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("decisions")
    recipe = {
        "name": "small",
        "source": {"name": "synthetic", "options": {"pairs": 12, "size": 64, "seed": 4}},
        "facts": {"classes": ["road", "building"]},
        "tasks": {task: {} for task in ("captioning", "counting", "dialogue")},
        "build": {"shard_pairs": 5},
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    words = ["build", str(folder / "recipe.yaml"), "--out", str(folder / "out"), "--workers", "1"]
    assert run_cli(cli, "rsica-data", words) == 0
    return folder


@pytest.fixture
def built(rsica_data, base, tmp_path):
    """``built(rows, out)``: the same dataset with the decisions of a review."""

    def build(rows, out, *more):
        path = tmp_path / f"{out}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        words = ["build", base / "recipe.yaml", "--out", tmp_path / out, "--workers", 1, "--decisions", path, *more]
        return rsica_data(*words)

    build.folder = tmp_path
    return build


def rows_of(folder):
    return {item.instruction_id: item for item in open_dataset(folder).instructions()}


def test_exactly_the_rejected_rows_are_gone(built, base, rsica_data):
    before = rows_of(base / "out")
    pair = next(iter(before)).partition("#")[0]
    row = next(name for name in before if not name.startswith(pair) and "#counting#" in name)
    said = [
        {"id": pair, "decision": "reject", "comment": "clouds"},
        {"id": row, "decision": "accept"},
        {"id": row, "decision": "reject"},  # the last line of an id counts
    ]
    assert built(said, "reviewed").status == 0
    after = rows_of(built.folder / "reviewed")
    gone = {name for name in before if name.startswith(f"{pair}#")} | {row}
    assert before.keys() - after.keys() == gone
    assert all(after[name] == before[name] for name in after)
    rejected = [json.loads(line) for line in (built.folder / "reviewed/rejected.jsonl").read_text().splitlines()]
    assert {(one["reason"], one["detail"]) for one in rejected} == {
        ("review", "clouds"),
        ("review", f"{row}: rejected in a review"),
    }
    manifest = json.loads((built.folder / "reviewed/manifest.json").read_text())
    assert manifest["review"]["decisions"] == {"reject": 2}
    assert manifest["counts"]["rejected"] == {"review": 2}
    assert rsica_data("validate", built.folder / "reviewed").status == 0


def test_an_answer_is_fixed_with_its_gold_and_its_provenance_kept(built, base, rsica_data):
    before = rows_of(base / "out")
    row = next(item for name, item in before.items() if "#counting#" in name)
    caption = next(item for name, item in before.items() if "#captioning#" in name)
    said = [
        {"id": row.instruction_id, "decision": "fix", "text": "4 buildings have changed.", "comment": "one more"},
        {"id": caption.instruction_id, "decision": "fix", "text": "four houses were built"},
    ]
    assert built(said, "fixed").status == 0
    after = rows_of(built.folder / "fixed")
    fixed = after[row.instruction_id]
    assert fixed.gold == {"road": 0, "building": 4} and fixed.turns[1].content == "4 buildings have changed."
    assert (fixed.provenance.method, fixed.provenance.template) == ("human", row.provenance.template)
    assert json.loads(fixed.provenance.parameters)["review"]["comment"] == "one more"
    assert after[caption.instruction_id].gold["captions"][0] == "four houses were built"
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {row.instruction_id, caption.instruction_id}
    assert rsica_data("validate", built.folder / "fixed").status == 0


def test_notes_change_no_row(built, base):
    name = next(iter(rows_of(base / "out")))
    said = [{"id": name, "decision": kind, "comment": "x"} for kind in ("accept", "flag", "comment")]
    assert built(said, "noted").status == 0
    assert rows_of(built.folder / "noted") == rows_of(base / "out")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "synthetic/test/nothing", "decision": "reject"}, "is no pair of this build"),
        ({"id": "PAIR#counting#9", "decision": "reject"}, "is no row of this build"),
        ({"id": "PAIR", "decision": "drop"}, "should be 'accept', 'reject'"),
        ({"id": "PAIR", "decision": "fix", "text": "x"}, "a fix names a row"),
        ({"id": "PAIR#counting#0", "decision": "fix", "text": "lots"}, "the new answer cannot be read"),
        ({"id": "PAIR#dialogue#0", "decision": "fix", "text": "Yes."}, "a row of several turns takes no fix"),
    ],
)
def test_mistakes_are_told_in_one_line(built, base, row, told):
    pair = next(iter(rows_of(base / "out"))).partition("#")[0]
    ended = built([row | {"id": row["id"].replace("PAIR", pair)}], "wrong")
    assert ended.status == 2 and told in ended.err and ended.err.count("\n") == 1


def test_a_limit_on_rejects_does_not_count_a_review(built, base):
    pair = next(iter(rows_of(base / "out"))).partition("#")[0]
    assert built([{"id": pair, "decision": "reject"}], "x", "--max-rejects", 0).status == 0
