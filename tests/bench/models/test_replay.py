"""Replies of models that were run elsewhere, in the files that others write."""

import gzip
import json
import re

import pytest

from rsica_data.dataset.opening import open_dataset


def rows_of(data, task):
    """(instruction id, pair's image, question, the right answer's text) of a task, in the dataset's order."""
    dataset = open_dataset(data)
    paths = {pair.pair_id: pair.before.path for pair in dataset.pairs("test")}
    items = dataset.instructions("test", [task])
    return [(i.instruction_id, paths[i.pair_id], i.turns[0].content, i.turns[1].content) for i in items]


@pytest.fixture
def replay(rsica_bench, tiny_data, tmp_path):
    """Write a file of replies and replay it on one task; the call."""
    numbers = iter(range(100))

    def run(content, *words, task="classification", name="replies.jsonl"):
        path = tmp_path / name
        if isinstance(content, list) and name.endswith(".jsonl"):
            content = "".join(json.dumps(row) + "\n" for row in content)
        data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        call = ("--adapter", "replay", "--model", path, "--out", tmp_path / f"run-{next(numbers)}")
        tasks = () if task is None else ("--tasks", task)
        return rsica_bench("run", "--data", tiny_data, *tasks, *call, *words, "--json")

    return run


def perfect(found, task="classification", figure="accuracy"):
    assert found.status == 0, found.err
    entry = found.json["tasks"][task]
    assert entry["unparsed"] == 0
    return entry["metrics"][figure] == pytest.approx(1, abs=1e-6)


LIKELY = ("prediction", "answer", "response", "output", "generated_text", "model_output", "pred", "completion")


@pytest.mark.parametrize("field", LIKELY)
def test_a_file_without_raw_is_refused_with_the_field_that_was_meant(replay, tiny_data, field):
    rows = [
        {"instruction_id": name, "prompt": q, field: text} for name, _, q, text in rows_of(tiny_data, "classification")
    ]
    found = replay(rows)
    assert found.status == 2
    assert found.err.count("\n") == 1
    assert "replies.jsonl:1: has no field 'raw'" in found.err
    assert f"add --set field={field}" in found.err
    assert perfect(replay(rows, "--set", f"field={field}"))


def test_fields_of_other_names(replay, tiny_data):
    questions = rows_of(tiny_data, "classification")
    # The only text that is left is offered; of several, all fields are named.
    assert (
        "add --set field=said"
        in replay([{"instruction_id": n, "said": t, "task": "x"} for n, _, _, t in questions]).err
    )
    told = replay([{"instruction_id": n, "said": t, "other": q} for n, _, q, t in questions]).err
    assert "--set field=NAME; fields: instruction_id, said, other" in told
    # A text beside a likelier field may be the question.
    both = [{"instruction_id": n, "text": q, "answer": t} for n, _, q, t in questions]
    assert "'text' and 'answer' may both be the reply" in replay(both).err
    assert perfect(replay(both, "--set", "field=answer"))
    assert (
        "has no field 'anser', which --set field=anser names (did you mean 'answer'?)"
        in replay(both, "--set", "field=anser").err
    )
    deep = [{"custom_id": n, "response": {"choices": [{"text": t}]}} for n, _, _, t in questions]
    assert perfect(replay(deep, "--set", "field=response.choices.0.text"))
    assert perfect(replay(deep, "--set", "field=response.choices.0.text", "--set", "id=custom_id"))
    many = [{"instruction_id": n, "answer": [t, "No"]} for n, _, _, t in questions]
    assert "holds 2 replies, one is scored" in replay(many, "--set", "field=answer").err
    # One row of many without its reply is refused too; one that says there was none is not.
    rows = [{"instruction_id": n, "raw": t} for n, _, _, t in questions]
    assert "replies.jsonl:2: has no field 'raw'" in replay([rows[0], {"instruction_id": rows[1]["instruction_id"]}]).err
    assert replay([rows[0], {**rows[1], "raw": None, "reason": "no reply: cut"}, *rows[2:]]).json["tasks"][
        "classification"
    ]["unparsed_reasons"] == {"no reply: cut": 1}


@pytest.mark.parametrize("form", ["list", "list of one line", "mapping", "mapping of lists", "gz", "bom"])
def test_other_forms_of_the_same_rows(replay, tiny_data, form):
    rows = [{"instruction_id": name, "raw": text} for name, _, _, text in rows_of(tiny_data, "classification")]
    content = {
        "list": json.dumps(rows, indent=1),
        "list of one line": json.dumps(rows),
        "mapping": {row["instruction_id"]: row["raw"] for row in rows},
        "mapping of lists": {row["instruction_id"]: [row["raw"]] for row in rows},
        "gz": "".join(json.dumps(row) + "\n" for row in rows),
        "bom": "\ufeff" + "".join(json.dumps(row) + "\n" for row in rows),
    }[form]
    assert perfect(replay(content, name="replies.jsonl.gz" if form == "gz" else "replies.json"))


def samples(questions, form):
    """Rows as releases of lmms-eval log them for a generate_until task; ``doc`` and ``arguments`` are not written."""
    for number, (_, _, question, text) in enumerate(questions):
        row = {"doc_id": number, "target": text, "doc_hash": f"{number:064x}", "input": question, "exact_match": 1.0}
        yield {
            "0.4": {**row, "filtered_resps": [text]},
            "filtered": {**row, "resps": [[f"<think>hm</think>{text}"]], "filtered_resps": [text]},
            "0.7": {**row, "filtered_resps": text},
            "0.7 repeats": {**row, "resps": [text, "No idea"], "filtered_resps": text},
            "with doc": {**row, "doc": {"question": question}, "resps": [[text]], "filtered_resps": [text]},
        }[form]


@pytest.mark.parametrize("form", ["0.4", "filtered", "0.7", "0.7 repeats", "with doc"])
def test_sample_logs_of_lmms_eval(replay, tiny_data, form):
    rows = list(samples(rows_of(tiny_data, "classification"), form))
    for content in (rows, rows[::-1], [*rows, *rows]):  # logged out of order, or again for a second filter
        if form != "filtered":  # what is read of reasoning is not tested here
            assert perfect(replay(content, name="20250101_120000_samples_rsica.jsonl"))
    assert replay(rows).status == 0
    assert perfect(
        replay({"args": {}, "logs": list(samples(rows_of(tiny_data, "classification"), "0.4"))}, name="r.json")
    )


def test_sample_logs_of_other_questions_are_refused(replay, tiny_data):
    questions = rows_of(tiny_data, "counting")
    rows = list(samples(questions[::-1], "0.7"))
    found = replay(rows, task="counting")
    assert found.status == 2
    assert "has another target than question" in found.err
    assert "--set id=order" in found.err
    assert replay(rows, "--set", "id=order", task="counting").status == 0
    assert "counts more questions than" in replay(list(samples(questions * 2, "0.7")), task="counting").err
    without = [{key: value for key, value in row.items() if key != "target"} for row in samples(questions, "0.7")]
    assert "logs no target" in replay(without, task="counting").err
    assert perfect(replay(without, "--set", "id=order", task="counting"), "counting", "exact_all")
    named = [{**row, "doc": {"key": name}} for row, (name, *_) in zip(without[::-1], questions[::-1], strict=True)]
    assert perfect(replay(named, task="counting"), "counting", "exact_all")  # found by its ids
    likelihoods = [{**row, "filtered_resps": [[[-1.5, False]], [[-2.5, True]]]} for row in samples(questions, "0.7")]
    assert "holds likelihoods" in replay(likelihoods, task="counting").err
    unlike = [*rows[:1], {**rows[0], "filtered_resps": "9"}, *rows[1:]]
    assert "doc_id 0 appears twice, with different replies" in replay(unlike, task="counting").err


def test_rows_in_the_order_of_the_questions(replay, tiny_data):
    rows = [{"output": text} for *_, text in rows_of(tiny_data, "classification")]
    found = replay(rows)
    assert "not a row of predictions: it has no 'instruction_id'" in found.err
    assert "--set id=FIELD" in found.err
    words = ("--set", "id=order", "--set", "field=output")
    assert perfect(replay(rows, *words))
    assert "5 rows for 6 questions of this run" in replay(rows[:5], *words).err
    assert "rows for" in replay(rows, *words, task=None).err
    assert perfect(
        replay([text for *_, text in rows_of(tiny_data, "classification")], "--set", "id=order", name="r.json")
    )


@pytest.mark.parametrize("called", ["path", "name", "stem"])
def test_coco_results_and_captions(replay, tiny_data, called):
    questions = rows_of(tiny_data, "captioning")
    name = {"path": lambda path: path, "name": lambda path: path.split("/")[-1]}.get(
        called, lambda path: path.split("/")[-1].rsplit(".", 1)[0]
    )
    results = [{"image_id": name(path), "caption": text} for _, path, _, text in questions]
    whole = {
        "images": [{"id": n, "file_name": name(path)} for n, (_, path, _, _) in enumerate(questions)],
        "annotations": [{"id": 7 + n, "image_id": n, "caption": row[3]} for n, row in enumerate(questions)],
    }
    for content in (results, whole):
        for task in ("captioning", None):  # beside other tasks, a caption answers the captioning question
            found = replay(content, task=task, name="results.json")
            assert perfect(found, "captioning", "BLEU-4")
    yes = [{"image_id": name(path), "reply": "Yes"} for _, path, _, _ in questions]
    assert "questions in this run (--tasks T runs one task" in replay(yes, task=None).err
    assert replay(yes).status == 0


def test_run_and_score_tell_of_unparsed_replies(rsica_bench, tiny_data, tmp_path):
    rows = []
    for task, raws in (
        ("classification", ["Hm.", "", "Hm.", "Yes", "No", "No"]),
        ("counting", ["no idea", *["0 roads"] * 5]),
    ):
        for (name, *_), raw in zip(rows_of(tiny_data, task), raws, strict=True):
            rows.append(json.dumps({"instruction_id": name, "raw": raw}))
    (tmp_path / "r.jsonl").write_text("\n".join(rows))
    words = ("--adapter", "replay", "--model", tmp_path / "r.jsonl", "--tasks", "classification,counting")
    call = ("run", "--data", tiny_data, *words, "--out", tmp_path / "run")
    for found in (rsica_bench(*call), rsica_bench("score", tmp_path / "run", "--draws", 0)):
        assert re.search(r"classification: 6 items on 6 pairs, 3 unparsed \(2 [^,]+, 1 empty reply\)", found.out)
        assert "counting: 6 items on 6 pairs, 1 unparsed (1 " in found.out
        assert re.search(r"all: 12 items, 4 unparsed \(2 [^,]+, 1 ", found.out)
        warnings = found.err.splitlines()
        assert [line.split(", so that")[0] for line in warnings] == [
            "warning: classification: 50% of 6 replies have no answer",
            "warning: all tasks: 33% of 12 replies have no answer",
        ]
    kept = json.loads((tmp_path / "run" / "result.json").read_text())["replies"]
    assert (kept["items"], kept["unparsed"]) == (12, 4)
    assert max(kept["unparsed_reasons"].values()) == 2
    assert rsica_bench(*call, "--json").json["replies"] == kept
    assert rsica_bench("score", tmp_path / "run", "--json").json["replies"] == kept
