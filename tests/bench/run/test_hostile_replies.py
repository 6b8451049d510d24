"""Replies of models that loop or write broken text: read, kept as they came, scored; nothing raises."""

import json
import os
from pathlib import Path

import pytest

from rsica_bench.items import read_reply
from rsica_bench.models.api import Reply
from rsica_bench.run.predictions import read_predictions
from rsica_bench.run.run_plan import plan_units
from rsica_data.core import registry
from rsica_data.core.files import dump_json, dump_json_pretty, sha256_json
from rsica_data.dataset.opening import open_dataset
from rsica_data.schema import GoldTurn, Question, Unparsed

SHARED = Path(os.environ.get("RSICA_SHARED", Path(__file__).resolve().parents[4] / "shared"))
HALF = "\ud83d"
HOSTILE = {
    "20 digits": "There are 99999999999999999999 buildings and 0 roads.",
    "5000 digits": f"There are {'1' * 5000} buildings.",
    "5000 digits in JSON": f'{{"building": {"1" * 5000}, "road": 1}}',
    "half a pair": f"{HALF} Yes",
    "half pairs in a text": f"a {HALF} road is \udc00 built",
    "open brackets": "[" * 200_000,
    "open braces": '{"a":' * 100_000,
    "a null character": "yes\x00no",
}


@pytest.fixture
def replayed(rsica_bench, tiny_data, tmp_path):
    """Replay one hostile reply to each kind of question and a plain one to the rest, then score; the run's folder."""

    def replay(raw, tasks=None):
        wanted = None if tasks is None else tasks.split(",")
        lines, met = [], set()
        for name, turn in (
            key for unit in plan_units(open_dataset(tiny_data), "test", wanted, None, 9) for key in unit.keys
        ):
            kind = (name.split("#")[1], turn)
            lines.append(json.dumps({"instruction_id": name, "turn": turn, "raw": "No." if kind in met else raw}))
            met.add(kind)
        (tmp_path / "given.jsonl").write_text("\n".join(lines))
        words = ("--adapter", "replay", "--model", tmp_path / "given.jsonl", "--out", tmp_path / "run")
        words += () if tasks is None else ("--tasks", tasks)
        found = rsica_bench("run", "--data", tiny_data, *words, "--json")
        assert found.status == 0, found.err
        again = rsica_bench("score", tmp_path / "run", "--draws", 20, "--json")
        assert again.status == 0, again.err
        return tmp_path / "run", again.json["tasks"]

    return replay


@pytest.mark.parametrize("name", HOSTILE)
def test_a_run_with_hostile_replies_ends_with_its_scores(rsica_bench, replayed, tmp_path, name):
    run, tasks = replayed(HOSTILE[name])
    rows = read_predictions(run / "predictions.jsonl")
    assert HOSTILE[name] in {row["raw"] for row in rows.values()}  # as it came
    assert all("accuracy" in tasks[task]["metrics"] for task in ("classification", "open_qa"))
    if "digits" in name:
        assert tasks["counting"]["unparsed"] >= 1
        assert tasks["counting"]["metrics"]["mae"] < 100
    pages = ("--html", tmp_path / "l.html", "--markdown", tmp_path / "l.md")
    assert rsica_bench("leaderboard", "build", run, *pages).status == 0


def test_a_megabyte_of_text_is_no_caption(replayed):
    run, tasks = replayed("a road is built and " * 50_000, "captioning")
    assert tasks["captioning"]["unparsed_reasons"] == {"free text of more than 20000 characters": 1}
    assert (run / "predictions.jsonl").stat().st_size > 1_000_000


@pytest.mark.parametrize("name", ["degenerate_big", "degenerate_long"])
def test_a_looping_number_is_unparsed(name):
    path = SHARED / "cases" / "data" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip("no cases under RSICA_SHARED")
    rows = read_predictions(path)
    looping = [row["raw"] for row in rows.values() if sum(map(str.isdigit, row["raw"])) > 15]
    assert len(looping) == 1
    gold = GoldTurn("counting", Question("counting"), {"road": 0, "building": 0})
    assert isinstance(read_reply(Reply(looping[0]), gold, ("road", "building")), Unparsed)


def test_half_a_surrogate_pair_is_read_from_a_file():
    path = SHARED / "cases" / "data" / "lone_surrogate.jsonl"
    if not path.is_file():
        pytest.skip("no cases under RSICA_SHARED")
    rows = read_predictions(path)
    assert rows["x", 0]["raw"] == f"{HALF} Yes"


def test_half_pairs_are_written_as_escapes_and_read_back():
    value = {"raw": f"{HALF} and \udc00, é, 😀"}
    for dump in (dump_json, dump_json_pretty):
        assert json.loads(dump(value).encode("utf-8")) == value
    assert "😀" in dump_json(value)
    assert "\\ud83d and \\udc00" in dump_json(value)
    assert sha256_json(value) == sha256_json(dict(value))


def test_pages_hold_half_pairs_as_escapes():
    from rsica_data.core.web_pages import data_script

    assert b"\\ud83d Yes" in data_script("examples:x", {"raw": f"{HALF} Yes"}).encode()


def test_a_reader_that_raises_leaves_the_reply_unparsed(monkeypatch):
    from types import SimpleNamespace

    def parse(text, context):
        raise ZeroDivisionError(text)

    monkeypatch.setattr(registry, "load", lambda group, name: SimpleNamespace(parse=parse))
    found = read_reply(Reply("3"), GoldTurn("counting", Question("counting"), {}), ())
    assert found == Unparsed("the reader failed: ZeroDivisionError")
