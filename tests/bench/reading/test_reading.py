"""Replies that the rules leave to a model: asked over HTTP, stored with the run, named in results and boards."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from rsica_bench.leaderboard.board_tables import collect_tables
from rsica_bench.reading.stored import load_reading
from rsica_data.dataset.opening import open_dataset

SERVER = Path(__file__).with_name("planted_reader.py")
FIRST = "My first count was 99 roads. Wait, let me look again."


@contextmanager
def serving(planted):
    process = subprocess.Popen([sys.executable, SERVER, str(planted)], stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def given(synthetic, tmp_path_factory):
    """Replies to the counting questions that take back what they said first, and what a model reads from them."""
    folder, rows, planted = tmp_path_factory.mktemp("given"), [], {}
    for number, item in enumerate(open_dataset(synthetic).instructions("test", ["counting"])):
        last = f"Number {number}: {', '.join(f'{name} {count}' for name, count in item.gold.items())}."
        reply = f"{FIRST} {last}"
        rows.append({"instruction_id": item.instruction_id, "raw": reply})
        planted[reply] = {"reason": "", "quote": last, "readable": True, "answer": dict(item.gold)}
    replies = list(planted)
    planted[replies[0]] = planted[replies[0]] | {"quote": "99 buildings"}  # stands nowhere in the reply
    planted[replies[1]] = planted[replies[1]] | {"readable": False}
    planted[replies[2]] = planted[replies[2]] | {"answer": {"road": 1, "building": -1}}
    (folder / "replies.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "planted.json").write_text(json.dumps(planted))
    return folder, len(rows)


@pytest.fixture
def replayed(rsica_bench, synthetic, given, tmp_path):
    def run(out, *words):
        call = ("--adapter", "replay", "--model", given[0] / "replies.jsonl", "--tasks", "counting")
        return rsica_bench("run", "--data", synthetic, *call, "--out", tmp_path / out, *words)

    return run


def read(rsica_bench, run, url, *words):
    return rsica_bench("score", run, "--read-with", "reader", "--llm-url", url, "--draws", 0, *words)


def test_what_the_rules_leave_is_read_once_and_then_offline(rsica_bench, replayed, given, tmp_path):
    folder, rows = given
    assert replayed("run").status == 0
    alone = rsica_bench("score", tmp_path / "run", "--draws", 0, "--json").json
    assert (alone["reading"], alone["tasks"]["counting"]["unparsed"]) == ({"name": "rules"}, rows)
    with serving(folder / "planted.json") as url:
        plan = read(rsica_bench, tmp_path / "run", url, "--dry-run", "--json", "--price", "1,2").json
        assert plan["replies"] == plan["to_send"] == rows
        first = read(rsica_bench, tmp_path / "run", url, "--json").json
    entry = first["tasks"]["counting"]
    assert (entry["unparsed"], entry["read_by_model"]) == (3, rows - 3)
    assert first["reading"]["name"] == "rules+reader"
    assert first["reading"]["read"] == rows - 3
    assert any("quotes what the reply does not say" in reason for reason in entry["unparsed_reasons"])
    assert any("takes no answer" in reason for reason in entry["unparsed_reasons"])
    shown = [json.loads(line) for line in (folder / "planted.seen").read_text().splitlines()]
    assert {frozenset(case) for case in shown} == {frozenset({"classes", "question", "reply"})}
    # The server is gone: what is stored is enough, and gives the same.
    again = read(rsica_bench, tmp_path / "run", "http://127.0.0.1:9/v1", "--json")
    assert (again.status, again.json) == (0, first)
    said = read(rsica_bench, tmp_path / "run", "http://127.0.0.1:9/v1")
    assert f"read by rules+reader ({rows - 3} replies by the model)" in said.out


def test_a_reading_of_another_reply_is_none(rsica_bench, replayed, given, tmp_path):
    folder, _ = given
    replayed("run")
    with serving(folder / "planted.json") as url:
        read(rsica_bench, tmp_path / "run", url)
    path = tmp_path / "run" / "predictions.jsonl"
    path.write_text(path.read_text().replace(FIRST, FIRST.replace("99", "98"), 1))
    failed = read(rsica_bench, tmp_path / "run", "http://127.0.0.1:9/v1")
    assert failed.status != 0


def test_a_run_a_table_and_a_board_name_the_reading(rsica_bench, replayed, synthetic, given, tmp_path):
    with serving(given[0] / "planted.json") as url:
        done = replayed("run", "--read-with", "reader", "--llm-url", url, "--json")
    assert done.json["reading"]["name"] == "rules+reader"
    replayed("alone")
    protocols = sorted({table.protocol for table in collect_tables(tmp_path)})
    assert protocols == ["default v2", "default v2, read by rules+reader"]
    board = tmp_path / "boards" / "simulated"
    board.mkdir(parents=True)
    content = {"title": "Simulated", "datasets": [{"name": "bench", "sha256": open_dataset(synthetic).hash}]}
    (board / "benchmark.yaml").write_text(json.dumps(content))
    words = ("leaderboard", "submit", tmp_path / "run", "--to", board, "--name", "Mine")
    submitted = rsica_bench(*words)
    assert submitted.status == 0, submitted.err
    (row,) = (board / "runs").iterdir()
    assert row.name == "mine--default--rules-reader"
    assert (row / "readings.jsonl.gz").is_file()
    checked = rsica_bench("leaderboard", "verify", tmp_path / "boards", "--data", synthetic)
    assert (checked.status, "equal" in checked.out) == (0, True), checked.out + checked.err
    (row / "readings.jsonl.gz").unlink()
    missing = rsica_bench("leaderboard", "verify", tmp_path / "boards", "--data", synthetic)
    assert (missing.status, "has no reading by reader" in missing.out) == (1, True), missing.out + missing.err


def test_items_say_who_read_them(replayed, given, tmp_path):
    import rsica_bench as rb

    with serving(given[0] / "planted.json") as url:
        replayed("run", "--read-with", "reader", "--llm-url", url)
    run = rb.open_run(tmp_path / "run")
    assert {item.read_by for item in run.items(unparsed=False)} == {"model"}
    assert {item.read_by for item in run.items(unparsed=True)} == {"rules"}


def test_a_file_that_holds_no_readings(replayed, tmp_path):
    from rsica_data.core.errors import UserError

    (tmp_path / "readings").mkdir()
    (tmp_path / "readings" / "m--v2.jsonl").write_text('{"instruction_id": "a", "turn": 0}\n')
    with pytest.raises(UserError, match="not a row of readings"):
        load_reading(tmp_path, "m")
