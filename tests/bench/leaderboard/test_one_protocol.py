"""Rows of two protocols are never ranked together; rows printed twice, and notes that contradict a protocol."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.leaderboard.boards import Board, BoardFile, open_board
from rsica_bench.leaderboard.published import COLUMNS, REPEATS, Figure, read_published
from rsica_bench.leaderboard.published_checks import published_faults
from rsica_bench.leaderboard.ranking import UNKNOWN, unread_reason
from rsica_bench.leaderboard.site.collect import board_data
from rsica_bench.leaderboard.site.downloads import as_latex
from rsica_bench.metrics.resampling import Resampling

BOARDS = Path(__file__).parents[3] / "leaderboards"
ROW = dict.fromkeys(COLUMNS, "") | {
    "task": "captioning", "split": "test", "protocol": "levir-cc", "model": "M", "metric": "BLEU-4", "value": "62.51",
    "unit": "percent", "trust": "C", "source": "P",
}  # fmt: skip


def write(path, *rows, columns=COLUMNS):
    lines = [",".join(columns)] + [",".join(row[name] for name in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def tables_of(board):
    return board_data(board, {}, None, Resampling(0))[0]["tables"]


def test_no_gpt2_row_stands_among_word_ids():
    """63.54 / 38.82 / 136.44 are PromptCC's figures on GPT-2 tokens, wherever they are printed."""
    tables = [one for one in tables_of(open_board(BOARDS / "levir-cc")) if one["protocol"] == "levir-cc"]
    rows = [row for table in tables for row in table["rows"]]
    assert rows and not [row for row in rows if row["values"].get("CIDEr") == pytest.approx(1.3644)]
    assert not [row for row in rows if "GPT" in row["note"]]


def test_rows_of_an_unknown_protocol_are_listed_by_name_and_not_ranked():
    (table,) = [one for one in tables_of(open_board(BOARDS / "levir-cc")) if one["protocol"] == UNKNOWN]
    assert table["lead"] == "" and len(table["rows"]) > 30
    free = [row["model"] for row in table["rows"] if not row["unranked"]]
    assert free == sorted(free)
    assert r"\textbf" not in as_latex(table)


def test_yes_or_no_is_not_ranked_with_labels_derived_from_captions():
    tables = [one for one in tables_of(open_board(BOARDS / "changechat-105k")) if one["task"] == "classification"]
    names = {one["protocol"]: {row["model"] for row in one["rows"]} for one in tables}
    assert all(name.startswith("DeltaVLM") for name in names["caption-derived"])
    assert names[UNKNOWN] == {"GPT-4o", "Qwen-VL-Plus", "GLM-4V-Plus", "Gemini-1.5-Pro"}


def test_every_row_that_is_printed_twice_says_so():
    for folder in sorted(BOARDS.glob("*/benchmark.yaml")):
        assert published_faults(read_published(folder.parent / "published.csv")) == [], folder.parent.name
    table = next(one for one in tables_of(open_board(BOARDS / "levir-cc")) if one["protocol"] == "levir-cc")
    copy = next(row for row in table["rows"] if row["model"] == "DUDA" and row["source"].startswith("RSCaMa"))
    assert copy["unranked"].startswith("repeats Chg2Cap")
    places = [bool(row["unranked"]) for row in table["rows"]]
    assert places == sorted(places)


NAMES = ("BLEU-1", "BLEU-4", "CIDEr")


def printed(path, *rows):
    columns = (*COLUMNS, REPEATS)
    whole = [{REPEATS: ""} | ROW | row | {"metric": name} for row in rows for name in NAMES]
    return read_published(write(path / "p.csv", *whole, columns=columns))


def test_verify_finds_what_stands_twice(tmp_path, rsica_bench):
    first = {"source": "P", "trust": "A"}
    faults = published_faults(printed(tmp_path, first, {"source": "Q", "protocol": "unknown"}))
    assert [fault.row for fault in faults] == ["M (Q)"] and "repeats all figures of 'P'" in faults[0].reason
    assert published_faults(printed(tmp_path, first, {"source": "Q", REPEATS: "P"})) == []
    (fault,) = published_faults(printed(tmp_path, first, {"source": "Q", "value": "1", REPEATS: "P"}))
    assert "no such row" in fault.reason
    assert published_faults(printed(tmp_path, first, {"source": "Q", "value": "62.52"})) == []
    printed(tmp_path, first, {"source": "Q"})
    (tmp_path / "p.csv").rename(tmp_path / "published.csv")
    (tmp_path / "benchmark.yaml").write_text("title: T\n")
    found = rsica_bench("leaderboard", "verify", tmp_path, "--json")
    assert found.status == 1
    assert found.json["published_faults"][0]["row"] == "M (Q)"


@pytest.mark.parametrize(
    ("protocol", "note", "wrong"),
    [
        ("levir-cc", "word-index scoring; this row is the GPT-token number copied in", True),
        ("levir-cc", "metrics computed on word-INDEX strings", False),
        ("gpt2-bpe", "scored on GPT-2 BPE token ids - not comparable with word-id rows", False),
        ("levir-cc", "scored on GPT-2 BPE token ids", True),
        ("words", "lower-cased text is scored", False),
        ("gpt2-bpe", "lower-cased text is scored", True),
        ("unknown", "scored on GPT-2 BPE token ids", False),
        ("deltavlm", "the notebook derives yes/no from the caption", True),
    ],
)
def test_notes_that_contradict_the_protocol(tmp_path, protocol, note, wrong):
    faults = published_faults(printed(tmp_path, {"protocol": protocol, "note": note}))
    assert [fault.row for fault in faults] == (["M (P)"] if wrong else [])


FIGURES = st.builds(
    lambda protocol, model, source, value: Figure(
        "captioning", "test", protocol, model, "CIDEr", value, "percent", "A", source, "", ""
    ),
    st.sampled_from(["levir-cc", "gpt2-bpe", UNKNOWN]), st.sampled_from("abcd"), st.sampled_from("PQR"),
    st.floats(0, 200),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(FIGURES, max_size=20))
def test_rows_of_two_protocols_are_never_ranked_together(tmp_path_factory, figures):
    folder = tmp_path_factory.mktemp("board")
    once = {(one.protocol, one.model, one.source): one for one in figures}.values()
    write(folder / "published.csv", *(ROW | {"protocol": one.protocol, "model": one.model, "source": one.source,
                                             "metric": "CIDEr", "value": str(one.value)} for one in once))  # fmt: skip
    tables = tables_of(Board("b", folder, BoardFile(title="t")))
    filed = {(one.protocol, one.model, one.source, one.value / 100) for one in once}
    assert sum(len(table["rows"]) for table in tables) == len(once)
    for table in tables:
        rows = {(table["protocol"], row["model"], row["source"], row["values"]["CIDEr"]) for row in table["rows"]}
        assert rows <= filed
        assert (table["lead"] == "") is (table["protocol"] == UNKNOWN)
        values = [row["values"]["CIDEr"] for row in table["rows"]]
        assert table["lead"] == "" or values == sorted(values, reverse=True)


def test_rows_with_too_many_unread_replies_have_no_rank():
    assert unread_reason({"items": 10, "unparsed": 2}) == ""
    assert unread_reason({"items": 10, "unparsed": 3}) == "3 of 10 replies could not be read"
