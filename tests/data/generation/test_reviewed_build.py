"""Decisions of a review on rows that a language model wrote."""

import json

from assisted_builds import written

from rsica_data.dataset.opening import open_dataset


def rebuilt(assisted, tmp_path, rows):
    path = tmp_path / "decisions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return assisted(None, "--llm-cache", tmp_path / "out.llm-cache", "--decisions", path, name="reviewed", check=False)


def test_rejected_rows_of_a_model_are_gone_and_no_other(assisted, server, tmp_path):
    _, out = assisted(server)
    before = written(out)
    chosen = [before[3].instruction_id, before[30].instruction_id]
    done, reviewed = rebuilt(assisted, tmp_path, [{"id": name, "decision": "reject"} for name in chosen])
    assert done.status == 0, done.err
    assert [row for row in before if row.instruction_id not in chosen] == written(reviewed)
    listed = [json.loads(line) for line in (reviewed / "rejected.jsonl").read_text().splitlines()]
    assert {(row["reason"], row["detail"].partition(":")[0]) for row in listed} == {("review", name) for name in chosen}
    assert done.json["usage"]["paid"] == 0


def test_a_fixed_row_of_a_model_is_of_a_human(assisted, server, tmp_path):
    _, out = assisted(server, prompts={"caption-write": {"splits": ["train"]}})
    row = written(out)[0]
    fix = {"id": row.instruction_id, "decision": "fix", "text": "a road was built through the forest ."}
    done, reviewed = rebuilt(
        lambda *words, **named: assisted(*words, prompts={"caption-write": {"splits": ["train"]}}, **named),
        tmp_path,
        [fix],
    )
    assert done.status == 0, done.err
    after = {item.instruction_id: item for item in open_dataset(reviewed).instructions()}[row.instruction_id]
    assert after.turns[1].content == fix["text"] and after.provenance.method == "human"
    assert (
        after.provenance.template == "caption-write"
        and json.loads(after.provenance.parameters)["review"]["was"] == "llm"
    )


def test_a_row_that_the_model_did_not_write_is_told(assisted, server, tmp_path):
    _, out = assisted(server)
    name = written(out)[0].pair_id + "#open_qa#99"
    done, _ = rebuilt(assisted, tmp_path, [{"id": name, "decision": "reject"}])
    assert done.status == 2 and f"'{name}' is no row of this build" in done.err
