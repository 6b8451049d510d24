"""Published predictions on a board: scored again they give the rows that stand there, of figures and hashes alone."""

import gzip
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rsica_bench.leaderboard.boards import open_board, open_boards
from rsica_bench.leaderboard.checks import _TOLERANCE, _check_part
from rsica_bench.leaderboard.rescored import rescored_rows
from rsica_bench.leaderboard.site.collect import board_data
from rsica_bench.metrics.resampling import Resampling
from rsica_data.core.files import atomic_path

BOARDS = Path(__file__).parents[3] / "leaderboards"
CAPTIONS = "levir_cc/LevirCCcaptions.json.gz"
FILES = {
    "levir-cc--promptcc--captioning--levir-cc": ["levir_cc/promptcc_test_hypotheses.txt", "--references", CAPTIONS],
    "levir-cc--promptcc--captioning--words": [
        *("levir_cc/promptcc_test_hypotheses.txt", "--references", CAPTIONS, "--protocol", "words")
    ],
    "levir-cc--earthdial-4b--captioning--levir-cc": [
        *("earthdial_replies/LEVIR_MCI.jsonl", "--field", "answer"),
        *("--references-in", "caption0,caption1,caption2,caption3,caption4"),
        *("--word-map", "levir_cc/WORDMAP_LEVIR_CC_5_cap_per_img_5_min_word_freq.json"),
    ],
    "dsifn-cd-256--bit--change_detection--micro": ["dsifn_samples/predict_BIT", "--references", "dsifn_samples/label"],
    "dsifn-cd-256--changeformer--change_detection--micro": [
        *("dsifn_samples/predict_ChangeFormerV6", "--references", "dsifn_samples/label")
    ],
    "changechat-105k--gpt-4--classification--count-derived": [
        *("levir_cc/gpt4_test_counts.jsonl", "--task", "counting", "--references", CAPTIONS)
    ],
}
"""The real prediction files at hand, and what they are scored against, by the row that stands on a board."""


def shipped_rows():
    return {row.name: row.content for board in open_boards(BOARDS) for row in rescored_rows(board)}


def test_every_file_at_hand_stands_on_a_board():
    assert shipped_rows().keys() == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_row_is_what_its_file_gives(rsica_bench, real_data, name):
    row = shipped_rows()[name]
    words = [real_data / word if "/" in word else word for word in FILES[name]]
    said = ["--benchmark", row["benchmark"], "--system", row["system"], "--source", row["source"]]
    done = rsica_bench("leaderboard", "import", *words, *said, "--note", row["note"], "--date", row["date"], "--json")
    assert done.status == 0, done.err
    left_out = ("entry", "versions")
    assert {k: v for k, v in done.json.items() if k not in left_out} == {
        k: v for k, v in row.items() if k not in left_out
    }
    for part, tolerance in _TOLERANCE.items():
        _check_part(row["entry"][part], done.json["entry"][part], BOARDS, part, tolerance)


@pytest.mark.parametrize("protocol", ["levir-cc", "words"])
def test_promptcc_has_the_figures_that_the_reference_tools_gave(real_data, protocol):
    known = json.loads((real_data / "levir_cc" / "promptcc_expected_scores.json").read_text())[protocol]
    row = shipped_rows()[f"levir-cc--promptcc--captioning--{protocol}"]
    assert (row["items"], row["published"]) == (1929, 1929)
    assert {name: row["entry"]["metrics"][name] for name in known} == pytest.approx(known, abs=1e-6)


def tables_of(board):
    return board_data(open_board(board), {}, None, Resampling(0))[0]["tables"]


def test_a_part_of_a_benchmark_has_no_rank_beside_printed_rows():
    (table,) = [table for table in tables_of(BOARDS / "dsifn-cd") if table["protocol"] == "micro"]
    rescored = [row for row in table["rows"] if row["status"] == "rescored"]
    assert [row["unranked"] for row in rescored] == ["items: 10 of 192"] * 2
    assert table["rows"][-2:] == rescored and rescored[0]["intervals"]["f1"]


def test_a_whole_one_is_ranked_beside_printed_rows():
    tables = [table for table in tables_of(BOARDS / "levir-cc") if table["protocol"] == "levir-cc"]
    (table,) = [table for table in tables if table["task"] == "captioning"]
    (row,) = [row for row in table["rows"] if row["model"] == "PromptCC" and row["status"] == "rescored"]
    assert not row["unranked"] and row["items"] == 1929
    ranked = [
        row["values"][table["lead"]] for row in table["rows"] if not row["unranked"] and table["lead"] in row["values"]
    ]
    assert ranked == sorted(ranked, reverse=True) and table["lead"] == "CIDEr"


@pytest.fixture
def masks(tmp_path):
    """Two pairs by hand: 4 of 8 changed pixels found with 2 false ones; nothing to find and nothing said."""
    true, said = np.zeros((2, 8, 8), np.uint8), np.zeros((2, 8, 8), np.uint8)
    true[0, 0, :8], said[0, 0, :4], said[0, 1, :2] = 255, 255, 255
    for folder, maps in (("true", true), ("said", said)):
        for number, one in enumerate(maps):
            path = tmp_path / folder / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(one).save(path)
    return tmp_path / "true", tmp_path / "said"


@pytest.fixture
def board(tmp_path):
    """A board with the benchmark clcd and no row."""
    folder = tmp_path / "boards" / "clcd"
    folder.mkdir(parents=True)
    shutil.copy(BOARDS / "clcd" / "benchmark.yaml", folder)
    return folder


SAID = ("--benchmark", "clcd", "--source", "https://example.org/masks", "--draws", "0")


def test_one_command_puts_masks_on_a_board(rsica_bench, masks, board):
    true, said = masks
    words = ["leaderboard", "import", said, "--references", true, *SAID, "--to", board]
    done = rsica_bench(*words, "--system", "By hand")
    assert done.status == 0 and "items: 2 of 120" in done.out and "by-hand" in done.out
    (row,) = rescored_rows(open_board(board))
    metrics = row.content["entry"]["metrics"]
    assert (metrics["precision"], metrics["recall"]) == (4 / 6, 0.5) and metrics["iou"] == 4 / 10
    assert row.unranked == "items: 2 of 120"
    assert sorted(path.name for path in board.rglob("*") if path.is_file()) == ["benchmark.yaml", f"{row.name}.json"]
    done = rsica_bench(*words, "--system", "By hand")
    assert done.status == 2 and "the board has a row of this name" in done.err
    done = rsica_bench(*words, "--system", "Another name")
    assert done.status == 2 and "the same predictions are on the board as 'By hand'" in done.err
    assert rsica_bench("leaderboard", "verify", board, "--json").json["rescored_rows"] == 1
    (table,) = tables_of(board)
    assert [row["model"] for row in table["rows"]] == ["By hand"]


def test_what_a_killed_import_left_is_no_row(rsica_bench, masks, board):
    """Found by a kill at the moment of renaming: the temporary file counted as a row of the same predictions."""
    true, said = masks
    words = ["leaderboard", "import", said, "--references", true, *SAID, "--system", "By hand", "--to", board]
    assert rsica_bench(*words).status == 0
    (row,) = (board / "rescored").iterdir()
    with pytest.raises(ZeroDivisionError), atomic_path(row) as temporary:
        ended = temporary.name.replace(f"-{os.getpid()}-", "-999999999-")
        1 / 0  # noqa: B018
    row.rename(row.with_name(ended))
    done = rsica_bench(*words)
    assert done.status == 0, done.err
    assert [path.name for path in (board / "rescored").iterdir()] == [row.name]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"benchmark": "clcdd"}, "the board has no benchmark 'clcdd'"),
        ({"source": "somewhere"}, "source: 'somewhere' is not a web address"),
        ({"items": 0}, "items"),
        ({"predictions_sha256": "x"}, "predictions_sha256"),
        ({"more": 1}, "more: unknown key"),
    ],
)
def test_a_damaged_row_is_told_with_its_key(rsica_bench, masks, board, change, told):
    true, said = masks
    assert (
        rsica_bench("leaderboard", "import", said, "--references", true, *SAID, "--system", "A", "--to", board).status
        == 0
    )
    (path,) = (board / "rescored").iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    done = rsica_bench("leaderboard", "verify", board)
    assert done.status == 2 and told in done.err and path.name in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--benchmark", "clcd"], "--references: nothing to score against"),
        (["--benchmark", "second", "--references", "x"], "benchmark 'second' has 2 of each"),
        (["--benchmark", "second", "--references", "x", "--protocol", "words"], "--protocol: goes with captions"),
        (["--benchmark", "levir-cc", "--references-in", "id", "--protocol", "wordss"], "did you mean 'words'?"),
        (["--benchmark", "levir-cc", "--task", "counting", "--references", "x"], "takes no files of 'counting'"),
        (
            ["--benchmark", "cdvqa-test1", "--references", "Val_answers.json"],
            "no file, or several, of questions, images",
        ),
        (
            ["--benchmark", "changechat-105k", "--task", "counting", "--references-in", "x"],
            "scored against change flags",
        ),
    ],
)
def test_what_cannot_be_scored(rsica_bench, tmp_path, words, told):
    (tmp_path / "said.jsonl").write_text('{"id": 1, "answer": "x"}\n')
    said = ["--system", "A", "--source", "https://example.org"]
    done = rsica_bench("leaderboard", "import", tmp_path / "said.jsonl", *words, *said)
    assert done.status == 2 and told in done.err, done.err


def test_answers_to_the_questions_of_cdvqa(rsica_bench, real_data):
    folder = real_data / "cdvqa"
    parts = [
        word for part in ("questions", "answers", "images") for word in ("--references", folder / f"Val_{part}.json.gz")
    ]
    said = ["--benchmark", "cdvqa-test1", "--system", "The answers", "--source", "https://example.org", "--draws", "0"]
    done = rsica_bench("leaderboard", "import", folder / "Val_answers.json.gz", *parts, *said, "--json")
    assert done.status == 0, done.err
    assert (done.json["task"], done.json["items"], done.json["published"]) == ("vqa", 16441, 39686)
    assert done.json["entry"]["metrics"]["accuracy"] == done.json["entry"]["metrics"]["average_accuracy"] == 1.0


def test_counts_say_whether_anything_changed(rsica_bench, tmp_path):
    flags = {"test_1.png": 1, "test_2.png": 0, "test_3.png": 1, "test_4.png": 0}
    images = [
        {"filename": name, "split": "test", "changeflag": flag, "sentences": [{"raw": "a road"}]}
        for name, flag in flags.items()
    ]
    (tmp_path / "captions.json.gz").write_bytes(gzip.compress(json.dumps({"images": images}).encode()))
    counts = [{"road": 1}, {"road": 0}, {"road": 0}, {"road": 0}]
    rows = [{"image_id": [f"test/A/{n}", f"test/B/{n}"], "answer": c} for n, c in zip(flags, counts, strict=True)]
    said = tmp_path / "counts.jsonl"
    said.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["--benchmark", "changechat-105k", "--task", "counting", "--system", "A", "--source", "https://example.org"]
    words += ["--references", tmp_path / "captions.json.gz", "--draws", "0", "--json"]
    done = rsica_bench("leaderboard", "import", said, *words)
    assert done.status == 0, done.err
    metrics = done.json["entry"]["metrics"]
    assert (metrics["accuracy"], metrics["recall"], metrics["precision"]) == (0.75, 0.5, 1.0)
    said.write_text("".join(json.dumps(row) + "\n" for row in rows[:3]))
    done = rsica_bench("leaderboard", "import", said, *words)
    assert done.status == 2 and "1 items have no counts, the first is 'test_4.png'" in done.err
    said.write_text(json.dumps(rows[0] | {"answer": {"road": "one"}}) + "\n")
    done = rsica_bench("leaderboard", "import", said, *words)
    assert done.status == 2 and "holds no counts by class" in done.err
