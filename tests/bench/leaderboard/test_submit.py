"""Runs onto boards: what is taken, what is refused, and what checking again finds."""

import gzip
import json
import shutil
from importlib.metadata import EntryPoint

import pytest

from rsica_bench.leaderboard.boards import open_board
from rsica_data.core import registry
from rsica_data.core.files import sha256_file


@pytest.fixture
def copy(finished, tmp_path):
    return shutil.copytree(finished / "pixel-difference", tmp_path / "run")


def submit(rsica_bench, run, board, name="Mine", *words):
    return rsica_bench("leaderboard", "submit", run, "--to", board, "--name", name, *words)


def test_a_run_is_added_whole(rsica_bench, finished, board, synthetic):
    run = finished / "pixel-difference"
    done = submit(
        rsica_bench, run, board, "Pixel difference", "--hardware", "2 cores", "--hours", "0.1", "--date", "2026-01-02"
    )
    assert done.status == 0, done.err
    (row,) = open_board(board).rows()
    assert (row.name, row.status) == ("pixel-difference--default", "reproduced")
    assert (row.submission.hardware, row.submission.date) == ("2 cores", "2026-01-02")
    packed = (row.folder / "predictions.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == (run / "predictions.jsonl").read_bytes()
    assert sorted(path.name for path in (board / "runs").iterdir()) == ["pixel-difference--default"]
    found = rsica_bench("leaderboard", "verify", board.parent, "--data", synthetic, "--json")
    assert (found.status, found.json["rows"][0]["ok"]) == (0, True)


def test_without_its_data_a_row_is_named_as_not_checked(rsica_bench, finished, board):
    submit(rsica_bench, finished / "oracle", board)
    found = rsica_bench("leaderboard", "verify", board)
    assert found.status == 0
    assert "mine--default: not checked (dataset 'bench' not given)" in found.out


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def rewrite(run, change):
    """Change the rows, and hide it: the hash in the result is made to fit."""
    lines = (run / "predictions.jsonl").read_text().splitlines()
    (run / "predictions.jsonl").write_text("\n".join(change(lines)) + "\n")
    digest = sha256_file(run / "predictions.jsonl")
    edit(run / "result.json", lambda result: result.update(predictions_sha256=digest))


def another_reply(lines):
    row = json.loads(lines[0])
    return [json.dumps(row | {"raw": "A road was built at the top."}), *lines[1:]]


def another_prompt(lines):
    row = json.loads(lines[0])
    return [json.dumps(row | {"prompt": "Think step by step."}), *lines[1:]]


def stray(lines):
    row = json.loads(lines[0])
    return [*lines, json.dumps(row | {"instruction_id": "elsewhere#captioning#0"})]


def counting(**changes):
    def change(run):
        edit(run / "result.json", lambda result: result["tasks"]["counting"].update(changes))

    return change


def figures(part, **changes):
    def change(run):
        edit(run / "result.json", lambda result: result["tasks"]["counting"][part].update(changes))

    return change


def without(*path):
    def change(result):
        for key in path[:-1]:
            result = result[key]
        del result[path[-1]]

    return lambda run: edit(run / "result.json", change)


def top(**changes):
    return lambda run: edit(run / "result.json", lambda result: result.update(changes))


def replies(run):
    path = run / "predictions.jsonl"
    path.write_text(path.read_text().replace("No", "Yes"))


def rows(change):
    return lambda run: rewrite(run, change)


TAMPERED = {
    "edited-score": (figures("metrics", mae=0.0), "scored again"),
    "edited-interval": (figures("intervals", mae=[0.0, 0.1]), "scored again"),
    "edited-method": (figures("interval_methods", mae="exact"), "counting.interval_methods: differs"),
    "unmarked": (counting(interval_approximate={}), "counting.interval_approximate: differs"),
    "earlier-intervals": (without("tasks", "counting", "interval_methods"), "are those of an earlier release"),
    "added-figure": (figures("metrics", x=1.0), "is in the result only"),
    "dropped-figure": (without("tasks", "counting", "metrics", "mae"), "is in the predictions only"),
    "fewer-items": (counting(items=9), "says 9"),
    "dropped-task": (without("tasks", "counting"), "has the tasks"),
    "edited-reply": (replies, "their hash differs"),
    "edited-reply-and-hash": (rows(another_reply), "scored again"),
    "missing-rows": (rows(lambda lines: lines[:-2]), "turns are missing"),
    "doubled-ids": (rows(lambda lines: [*lines, lines[0]]), "appears twice"),
    "stray-rows": (rows(stray), "of no question of the split"),
    "other-prompts": (rows(another_prompt), "in other words"),
    "other-protocol": (top(protocol={"name": "deltavlm"}), "differs from run.json"),
    "other-status": (top(status="rescored"), "but is reproduced"),
    "unfinished": (lambda run: (run / "predictions.jsonl").unlink(), "no finished run"),
    "no-json": (lambda run: (run / "result.json").write_text("{"), "not valid JSON"),
}


@pytest.mark.parametrize("way", sorted(TAMPERED))
def test_a_tampered_run_is_refused(rsica_bench, copy, board, way):
    change, reason = TAMPERED[way]
    change(copy)
    done = submit(rsica_bench, copy, board)
    assert done.status == 2
    assert reason in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (board / "runs").exists()


def test_a_limited_run_is_refused(rsica_bench, synthetic, board, tmp_path):
    words = ("run", "--data", synthetic, "--adapter", "oracle", "--limit", "3", "--out", tmp_path / "few")
    assert rsica_bench(*words).status == 0
    done = submit(rsica_bench, tmp_path / "few", board)
    assert (done.status, "limited to 3" in done.err) == (2, True)


def test_another_dataset_is_refused(rsica_bench, finished, board, small_dataset):
    done = rsica_bench(
        "leaderboard", "submit", finished / "oracle", "--to", board, "--name", "x", "--data", small_dataset
    )
    assert (done.status, "its hash differs" in done.err) == (2, True)
    edit(board / "benchmark.yaml", lambda content: content["datasets"][0].update(sha256="0" * 64))
    done = submit(rsica_bench, finished / "oracle", board)
    assert (done.status, "does not take the dataset" in done.err) == (2, True)


def test_a_dataset_whose_files_were_edited_is_refused(rsica_bench, finished, board, synthetic, tmp_path):
    data = shutil.copytree(synthetic, tmp_path / "data")
    shard = next((data / "instructions").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes() + b" ")
    done = submit(rsica_bench, finished / "oracle", board, "x", "--data", data)
    assert (done.status, "damaged: its checksum is not that of the manifest" in done.err) == (2, True)


def test_one_row_a_name_and_one_a_set_of_predictions(rsica_bench, finished, board):
    assert submit(rsica_bench, finished / "oracle", board).status == 0
    again = submit(rsica_bench, finished / "oracle", board)
    assert (again.status, "has a row of this name" in again.err) == (2, True)
    other = submit(rsica_bench, finished / "oracle", board, "Other name")
    assert (other.status, "the same predictions" in other.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--date", "tomorrow"), "--date: 'tomorrow' is not a day (as 2026-03-01)"),
        (("--date", "2026-02-30"), "--date: '2026-02-30' is not a day"),
        (("--date", "20260301"), "--date: '20260301' is not a day"),
        (("--date", "2999-01-01"), "--date: 2999-01-01 is in the future"),
        (("--hours", "-1"), "--hours: -1.0: should be greater than or equal to 0"),
        (("--hours", "nan"), "--hours: nan: should be a finite number"),
        (("--cost-usd", "inf"), "--cost-usd: inf: should be a finite number"),
        (("--parameters-b", "7000000000"), "--parameters-b: 7000000000.0: should be less than or equal to 100000"),
        (("--bibtex", "nowhere.bib"), "no such file"),
        (("--bibtex", __file__), "--bibtex: is no BibTeX entry (@article{key, ...})"),
        (("--name", ""), "--name: is empty"),
        (("--name", "  "), "--name: is empty"),
        (("--name", "x" * 81), "--name: has 81 characters, at most 80 are taken"),
        (("--name", "two\nlines"), "--name: holds line breaks or other control characters"),
        (("--hardware", "H100\x1b[31m"), "--hardware: holds line breaks or other control characters"),
        (("--url", "my model"), "--url: 'my model' is not a web address"),
        (("--url", "javascript:alert(1)"), "--url: 'javascript:alert(1)' is not a web address"),
    ],
)
def test_wrong_statements(rsica_bench, finished, board, words, reason):
    done = submit(rsica_bench, finished / "oracle", board, "Mine", *words)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert reason in done.err
    assert not (board / "runs").exists()


def test_a_full_statement_is_taken(rsica_bench, finished, board, tmp_path):
    (tmp_path / "x.bib").write_text("% mine\n@misc{x,\n  title = {X}\n}\n")
    words = ("--url", "https://huggingface.co/a/b", "--paper", "Ann 2026, arXiv 2601.00001", "--hardware", "1x H100")
    words += ("--hours", 0, "--cost-usd", 1.5, "--parameters-b", 7, "--note", "ä", "--bibtex", tmp_path / "x.bib")
    done = submit(rsica_bench, finished / "oracle", board, "Mine", *words)
    assert done.status == 0, done.err


def both(*path, value):
    """The same change in run.json and result.json, which must agree."""

    def change(content):
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return lambda run: [edit(run / name, change) for name in ("run.json", "result.json")]


def bootstrap(**changes):
    return lambda run: edit(run / "result.json", lambda result: result["bootstrap"].update(changes))


def score(value):
    return figures("metrics", mae=value)


ILL_FORMED = {
    "protocol-path": (both("protocol", "name", value="../../x"), "protocol.name"),
    "protocol-none": (both("protocol", "name", value=None), "protocol.name: None: should be text"),
    "protocol-unknown": (both("protocol", "name", value="mine"), "unknown protocol 'mine'"),
    "protocol-other-rules": (both("protocol", "localization", value="deltavlm"), "not the protocol 'default'"),
    "protocol-text": (both("protocol", value="x"), "protocol: 'x': should be a mapping"),
    "dataset-text": (both("dataset", value="x"), "dataset: 'x': should be a mapping"),
    "dataset-name": (both("dataset", "name", value=[1]), "dataset.name: a list: should be text"),
    "dataset-hash": (both("dataset", "sha256", value="0"), "dataset.sha256: '0': should match"),
    "tasks": (both("tasks", value=True), "tasks: "),
    "versions": (both("versions", value=-1), "versions: -1: should be a mapping"),
    "adapter": (both("adapter", "kind", value=None), "adapter.kind: None: should be 'text', 'mask' or 'privileged'"),
    "option": (both("adapter", "options", "sigma", value=float("inf")), "Infinity is no number"),
    "limit": (both("limit", value="3"), "limit: '3': should be a whole number"),
    "no-limit": (lambda run: edit(run / "run.json", lambda found: found.pop("limit")), "missing key 'limit'"),
    "score-text": (score("0.5"), "tasks.counting.metrics.mae: '0.5': should be a number"),
    "score-true": (score(True), "tasks.counting.metrics.mae: True: should be a number"),
    "score-none": (score(None), "tasks.counting.metrics.mae: None: should be a number"),
    "score-nan": (score(float("nan")), "NaN is no number"),
    "score-list": (score([0.5]), "tasks.counting.metrics.mae: a list: should be a number"),
    "interval-number": (figures("intervals", mae=0.5), "tasks.counting.intervals.mae"),
    "interval-of-three": (figures("intervals", mae=[0, 1, 2]), "tasks.counting.intervals.mae"),
    "interval-turned": (figures("intervals", mae=[2, 1]), "tasks.counting.intervals.mae: [2.0, 1.0]: the lower end"),
    "items": (counting(items=-1), "tasks.counting.items: -1: should be greater than or equal to 0"),
    "task-list": (top(tasks=[1]), "tasks: a list: should be a mapping"),
    "bootstrap": (top(bootstrap=None), "bootstrap: None: should be a mapping"),
    "draws": (bootstrap(draws="many"), "bootstrap.draws: 'many': should be a whole number"),
    "all-draws": (bootstrap(draws=10**12), "bootstrap.draws"),
    "level": (bootstrap(level=95), "bootstrap.level: 95: should be less than 1"),
    "status": (top(status="best"), "status: 'best': should be"),
}


@pytest.mark.parametrize("way", sorted(ILL_FORMED))
def test_a_run_of_another_form_is_told_by_file_and_key(rsica_bench, copy, board, way):
    change, reason = ILL_FORMED[way]
    change(copy)
    done = submit(rsica_bench, copy, board)
    assert done.status == 2
    assert reason in done.err, done.err
    assert "Traceback" not in done.err and done.err.count("\n") == 1
    assert not (board / "runs").exists() and sorted(board.parent.iterdir()) == [board]


def test_a_row_edited_on_the_board_is_found(rsica_bench, finished, board, synthetic):
    submit(rsica_bench, finished / "oracle", board)
    row = board / "runs" / "mine--default"
    edit(row / "result.json", lambda r: r["tasks"]["counting"]["metrics"].update(mae=-1.0))
    found = rsica_bench("leaderboard", "verify", board, "--data", synthetic)
    assert found.status == 1
    assert "DOES NOT HOLD" in found.out
    assert "rows that do not hold: 1 of 1" in found.err
    edit(row / "result.json", lambda r: r["tasks"]["counting"]["metrics"].update(mae="low"))
    found = rsica_bench("leaderboard", "verify", board, "--data", synthetic)
    assert (found.status, "result.json: tasks.counting.metrics.mae: 'low': should be a number" in found.err) == (
        2,
        True,
    )
    edit(row / "result.json", lambda r: r["tasks"]["counting"]["metrics"].update(mae=-1.0))
    (row / "predictions.jsonl.gz").write_bytes(b"nothing")
    assert rsica_bench("leaderboard", "verify", board, "--data", synthetic).status == 1


def test_a_folder_without_boards(rsica_bench, tmp_path):
    done = rsica_bench("leaderboard", "verify", tmp_path)
    assert (done.status, "holds no board" in done.err) == (2, True)


@pytest.fixture
def renamed(monkeypatch):
    """The oracle under another name, as a package of somebody else's could register it."""
    known = dict(registry._registered(registry.ADAPTERS))
    known["my-model"] = EntryPoint("my-model", "rsica_bench.models.oracle:ADAPTER", registry.ADAPTERS)
    registered = registry._registered
    monkeypatch.setattr(
        registry, "_registered", lambda group: known if group == registry.ADAPTERS else registered(group)
    )


def call_it(run, name, kind):
    for file in ("run.json", "result.json"):
        edit(run / file, lambda content: content["adapter"].update(name=name, kind=kind))


def test_a_privileged_adapter_under_another_name_is_privileged(rsica_bench, renamed, synthetic, board, tmp_path):
    words = ("--data", synthetic, "--adapter", "my-model", "--tasks", "counting", "--out", tmp_path / "run")
    assert rsica_bench("run", *words).status == 0
    call_it(tmp_path / "run", "my-model", "text")
    done = submit(rsica_bench, tmp_path / "run", board)
    assert done.status == 2 and "says 'text', but the adapter 'my-model' is privileged" in done.err
    call_it(tmp_path / "run", "my-model", "privileged")
    assert submit(rsica_bench, tmp_path / "run", board).status == 0
    (row,) = open_board(board).rows()
    assert row.result["adapter"]["kind"] == "privileged"


def test_an_oracle_that_is_called_a_model_is_refused(rsica_bench, copy_of_oracle, board):
    call_it(copy_of_oracle, "oracle", "text")
    done = submit(rsica_bench, copy_of_oracle, board)
    assert done.status == 2 and "says 'text', but the adapter 'oracle' is privileged" in done.err


def test_a_replay_of_an_oracle_is_privileged_and_rescored(rsica_bench, finished, synthetic, board, tmp_path):
    said = f"predictions={finished / 'oracle' / 'predictions.jsonl'}"
    words = ("--data", synthetic, "--adapter", "replay", "--set", said, "--out", tmp_path / "run")
    assert rsica_bench("run", *words).status == 0
    assert submit(rsica_bench, tmp_path / "run", board).status == 0
    (row,) = open_board(board).rows()
    assert (row.status, row.result["adapter"]["kind"]) == ("rescored", "privileged")


@pytest.fixture
def copy_of_oracle(finished, tmp_path):
    return shutil.copytree(finished / "oracle", tmp_path / "run")
