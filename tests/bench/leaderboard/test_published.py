"""Published figures: every file of ours, and files with mistakes."""

from collections import Counter
from pathlib import Path

import pytest

from rsica_bench.leaderboard.boards import open_board, open_boards
from rsica_bench.leaderboard.published import COLUMNS, published_tables, read_published
from rsica_data.core.errors import UserError

BOARDS = Path(__file__).parents[3] / "leaderboards"
ROW = {
    **dict.fromkeys(COLUMNS, ""),
    "task": "captioning",
    "split": "test",
    "protocol": "levir-cc",
    "model": "M",
    "metric": "BLEU-4",
    "value": "62.51",
    "unit": "percent",
    "trust": "C",
    "source": "P",
}


def write(path, *rows, columns=COLUMNS):
    lines = [",".join(columns)] + [",".join(row[name] for name in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_every_board_reads():
    boards = open_boards(BOARDS)
    figures = [one for board in boards for one in read_published(board.published)]
    assert len(figures) == 2554
    assert all(0 <= one.fraction <= 2 for one in figures if one.unit == "percent")
    assert Counter(one.trust for one in figures)["A"] > 200


def test_a_known_figure():
    figures = read_published(BOARDS / "levir-cc" / "published.csv")
    own = [
        one for one in figures if one.model == "RSCaMa" and one.source.startswith("RSCaMa") and one.metric == "CIDEr"
    ]
    assert [one.protocol for one in own] == ["levir-cc"]
    assert own[0].trust == "A"
    assert 1.3 < own[0].fraction < 1.4


def test_protocols_never_share_a_table():
    tables = published_tables(read_published(BOARDS / "levir-cc" / "published.csv"))
    assert {table.protocol for table in tables} >= {"levir-cc", "gpt2-bpe", "words", "unknown"}
    assert len({(table.task, table.split, table.protocol) for table in tables}) == len(tables)


def test_two_sources_of_one_model_are_two_rows(tmp_path):
    rows = [ROW, ROW | {"source": "Q", "value": "60"}, ROW | {"metric": "CIDEr", "value": "136.7", "trust": "B"}]
    (table,) = published_tables(read_published(write(tmp_path / "p.csv", *rows)))
    assert [(row.source, row.trust, row.values) for row in table.rows] == [
        ("P", "C", {"BLEU-4": pytest.approx(0.6251), "CIDEr": pytest.approx(1.367)}),
        ("Q", "C", {"BLEU-4": pytest.approx(0.6)}),
    ]


def test_errors_of_counts_stay_as_they_are(tmp_path):
    (one,) = read_published(
        write(tmp_path / "p.csv", ROW | {"metric": "mae/road", "value": "0.24", "unit": "absolute"})
    )
    assert one.fraction == 0.24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "high"}, "'high' is no number"),
        ({"value": "nan"}, "'nan' is no number"),
        ({"value": "1e400"}, "'1e400' is no number"),
        ({"trust": "D"}, "'D' is not one of A, B, C"),
        ({"unit": "%"}, "not one of"),
        ({"source": ""}, "is empty"),
    ],
)
def test_mistakes(tmp_path, change, message):
    with pytest.raises(UserError, match=message) as caught:
        read_published(write(tmp_path / "p.csv", ROW, ROW | {"model": "N"} | change))
    assert caught.value.line == 3


def test_other_columns_and_doubles(tmp_path):
    with pytest.raises(UserError, match="has the columns"):
        read_published(write(tmp_path / "p.csv", ROW, columns=COLUMNS[:-1]))
    with pytest.raises(UserError, match="stands in line 2"):
        read_published(write(tmp_path / "p.csv", ROW, ROW))
    assert read_published(tmp_path / "none.csv") == []


@pytest.mark.parametrize("name", ["published.csv", "benchmark.yaml"])
def test_a_board_in_another_encoding_is_told(tmp_path, name):
    (tmp_path / "benchmark.yaml").write_text("title: A board\n")
    (tmp_path / name).write_bytes("title: caf\xe9\n".encode("latin-1"))
    with pytest.raises(UserError, match=rf"{name}:1: not UTF-8 text: byte 0xe9"):
        read_published(open_board(tmp_path).published)
