import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rsica_data.core.csv_tables import read_table, stream_table
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import JsonTextError, loads, read_json, read_json_lines, read_json_object
from rsica_data.core.parquet import need_columns, opened_parquet, read_columns
from rsica_data.core.raw import read_bytes, read_lines
from rsica_data.core.yaml_text import YamlSyntaxError, parse_yaml_value, read_yaml_mapping


@pytest.fixture
def file(tmp_path):
    def write(data, name="f"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


def told(call):
    with pytest.raises(UserError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_bytes_are_bounded_as_they_lie_and_unpacked(file, monkeypatch):
    assert read_bytes(file(b"abc"), limit=3) == b"abc"
    assert "more than" in told(lambda: read_bytes(file(b"abcd"), limit=3))
    packed = gzip.compress(b"ab") + gzip.compress(b"c") + b"\0\0"
    assert read_bytes(file(packed), unpack=True) == b"abc" and read_bytes(file(packed)) == packed
    assert "unpacks to more than" in told(lambda: read_bytes(file(gzip.compress(b"x" * 99999)), limit=999, unpack=True))
    for damaged in (packed[:-15], packed[:10] + b"\xff" * 10, gzip.compress(b"abc")[:-1], b"\x1f\x8b"):
        assert "damaged gzip" in told(lambda data=damaged: read_bytes(file(data), unpack=True))
    monkeypatch.setenv("RSICA_MAX_READ_MB", "1")
    assert "RSICA_MAX_READ_MB" in told(lambda: read_bytes(file(b"x" * (1 << 20) + b"x")))
    monkeypatch.setenv("RSICA_MAX_READ_MB", "-1")
    assert "no number of megabytes" in told(lambda: read_bytes(file(b"x")))


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    assert "no such file" in told(lambda: read_bytes(tmp_path / "absent"))
    assert "is a folder" in told(lambda: read_bytes(tmp_path))
    assert "device, pipe or socket" in told(lambda: read_bytes(tmp_path / "fifo"))
    assert "NUL" in told(lambda: read_bytes(tmp_path / "a\0b"))
    assert "cannot be read" in told(lambda: read_bytes(tmp_path / ("x" * 4000)))


def test_lines_keep_their_numbers(file):
    path = file(b"a\n\n b\nlast")
    assert list(read_lines(path)) == [(1, b"a"), (3, b" b"), (4, b"last")]
    assert list(read_lines(path, whole_only=True)) == [(1, b"a"), (3, b" b")]
    long = b"x" * 700_000 + b"\n" + b"y" * 300_000
    for data in (long, gzip.compress(long)):
        assert [(n, len(line)) for n, line in read_lines(file(data), unpack=True)] == [(1, 700_000), (2, 300_000)]
    for damaged in (gzip.compress(long)[:-20], gzip.compress(long)[:-1]):
        assert "cut short" in told(lambda data=damaged: list(read_lines(file(data), unpack=True)))
    assert "has a line of more than" in told(lambda: list(read_lines(file(b"x" * (17 << 20)))))
    assert "blank lines" in told(lambda: list(read_lines(file(b"\n" * 1_000_002))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "levels deep"),
        ('{"a":' * 65 + "1" + "}" * 65, "levels deep"),
        ("[" * 65 + "]" * 65, "levels deep"),
        ("[" + "9" * 5000 + "]", "5000 digits"),
        ("[9223372036854775808]", "19 digits"),
        ("[-9223372036854775809]", "19 digits"),
        ("[1e400]", "too large"),
        ("[1" + "0" * 400 + ".0]", "too large"),
        ("[NaN]", "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ('{"a": 1, "b": {"x": 1, "x": 2}}', "key 'x' appears twice"),
        ("", "Expecting value"),
        ('{"a": 1} x', "Extra data"),
    ],
)
def test_json_that_is_refused(text, message):
    with pytest.raises(JsonTextError, match=message):
        loads(text)


def test_json_that_is_read():
    deep = "[" * 64 + "]" * 64
    assert json.dumps(loads(deep)) == deep
    assert loads("[9223372036854775807, -9223372036854775808, 1.5e308, 0.1000000000000000055511]")[3] == 0.1
    assert loads('["[[[[[", "99999999999999999999", "\\\\ud800"]')[1] == "9" * 20
    assert loads(f"[{'9' * 5000}, 1e400, 3, 1.5]", numbers="text") == ["9" * 5000, "1e400", 3, 1.5]
    held = f"[{'9' * 400}, -{'9' * 19}, 1e400, 3, 1.5]"
    assert loads(held, numbers="null") == [None, None, None, 3, 1.5]
    with pytest.raises(JsonTextError, match="5000 digits is too large"):
        loads("9" * 5000, numbers="null")
    assert loads("[NaN, Infinity, 1]", nan_as_null=True) == [None, None, 1]
    half = '{"a\\ud800": ["\\ud83d", "\\ud83d\\ude00"]}'
    assert loads(half) == {"a\ud800": ["\ud83d", "\U0001f600"]}
    assert loads(half, surrogates="replace") == {"a\ufffd": ["\ufffd", "\U0001f600"]}
    with pytest.raises(JsonTextError, match="half of a surrogate pair"):
        loads(half, surrogates="refuse")


def test_json_of_more_values_than_memory_holds(monkeypatch):
    monkeypatch.setenv("RSICA_MAX_READ_MB", "1")
    for part in ("[],", "{},", '{"a":{}},', "1.5,", '"ab",'):
        with pytest.raises(JsonTextError, match="more values"):
            loads("[" + part * 100_000 + "0]")
    assert loads(json.dumps(["x" * 900_000]))


def test_json_files(file):
    assert read_json(file(b"\xef\xbb\xbf[1]")) == [1] and read_json(file("[1]".encode("utf-16"))) == [1]
    for data, message in (
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff", "not UTF-8"),
        (b"{\n1}", "f:2: not valid"),
    ):
        assert message in told(lambda data=data: read_json(file(data)))
    for data in (b"[]", b"3", b"null", b'"x"', b"", "{}".encode("utf-16"), b"\xef\xbb\xbf{}"):
        assert str(file(data)) in told(lambda data=data: read_json_object(file(data), "a thing"))
    assert list(read_json_lines(file('{"a": 1}\n\n{"a": 2}'), "a row")) == [(1, {"a": 1}), (3, {"a": 2})]
    assert "f:2: not a row: a list" in told(lambda: list(read_json_lines(file("{}\n[]\n"), "a row")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "[" * 1000, "f:1: nested more"),
        ("a: 1\nb: [" + "{c: " * 100, "f:2: nested more"),
        ("a: 1\na: 2", "f:2: key 'a' appears twice"),
        ("a: 1\n? [b]\n: 2", "f:2: a key should be text"),
        ("a: &x [*x]", "inside what it names"),
        ("a: !!set {b}", "f:1: tag"),
        ("a: !!python/object/apply:os.system [x]", "f:1: tag"),
        ("a: !!bool perhaps", "f:1: a value cannot be read"),
        ("a: 2026-02-31", "f:1: a value cannot be read"),
        ('a: "\\0"', "f:1: a text holds a NUL"),
        ('a: "\\ud800"', "f:1: a text holds"),
        ("a: " + "9" * 5000, "f:1: a number of 5000 characters"),
        ("a: 0x" + "f" * 100_000, "f:1: a number of"),
        ("a: " + ":".join(["1"] * 5000), "f:1: a number of"),
        ("[a]", "f:1: what it is"),
        ("", "f:1: what it is"),
        ("a: [", "f:1: not valid YAML"),
        ("a: b\n" * 100_000, "KB is not read"),
    ],
)
def test_yaml_that_is_refused(file, text, message):
    assert message in told(lambda: read_yaml_mapping(file(text), "what it is"))


def test_aliases_are_read_up_to_a_number(file):
    assert read_yaml_mapping(file("a: &x [1]\nb: *x"), "")[0] == {"a": [1], "b": [1]}
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    assert "aliases (*) written out" in told(lambda: read_yaml_mapping(file(bomb), ""))


@pytest.mark.parametrize("escape", ["\\UFFFFFFFF", "\\U00110000", "\\uD800"])
def test_escapes_of_characters_that_are_none(file, escape):
    assert "f" in told(lambda: read_yaml_mapping(file(f'a: "{escape}"'), ""))


def test_nesting_behind_what_one_parser_refuses(file):
    assert "levels deep" in told(lambda: read_yaml_mapping(file('a: "\\uD800"\nb: ' + "[" * 3000), ""))


def test_yaml_values_of_options():
    assert parse_yaml_value("[1, a]", "--set") == [1, "a"] and parse_yaml_value("", "--set") is None
    with pytest.raises(YamlSyntaxError):
        parse_yaml_value("{", "--set")
    assert "levels deep" in told(lambda: parse_yaml_value("[" * 1000, "--set"))
    assert "cannot be kept" in told(lambda: parse_yaml_value(".nan", "--set"))


def test_tables(file):
    assert read_table(file("a,b\n1,2\n\n3\n5,6,\n")) == (
        ("a", "b"),
        [(2, {"a": "1", "b": "2"}), (4, {"a": "3", "b": ""}), (5, {"a": "5", "b": "6"})],
    )
    for text, message in {
        "a,a\n": "appears twice",
        "a\n1,2\n": "2 cells",
        f'a\n"{"x" * 200_000}"\n': "not CSV",
    }.items():
        assert message in told(lambda text=text: read_table(file(text)))
    assert "columns" in told(lambda: read_table(file(",".join(f"c{n}" for n in range(2000)))))
    assert list(stream_table(file(gzip.compress(b"a,b\n1,2\n")), ["a"])) == [(0, {"a": "1", "b": "2"})]
    assert "no column 'z'" in told(lambda: list(stream_table(file("a\n"), ["z"])))


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_group_without_rows_is_read(tmp_path, dictionary):
    empty = pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.int32())})
    pq.write_table(empty, tmp_path / "t.parquet", compression="zstd", use_dictionary=dictionary)
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 1
    assert read_columns(tmp_path / "t.parquet").num_rows == 0


def test_parquet(tmp_path, file):
    schema = pa.schema([("a", pa.int32()), ("t", pa.string())])
    path = tmp_path / "t.parquet"
    table = pa.table({"a": list(range(1000)), "t": ["some text"] * 1000}, schema=schema)
    pq.write_table(table, path, write_page_checksum=True)
    whole = path.read_bytes()
    assert read_columns(path, ["a"]).num_rows == 1000
    assert "column 'b' is missing" in told(lambda: read_columns(path, ["b"]))
    with opened_parquet(path) as opened:
        need_columns(opened, schema, path)
        for wrong, message in ((pa.int64(), "is int32, not int64"), (pa.list_(pa.int32()), "is int32")):
            with pytest.raises(UserError, match=message):
                need_columns(opened, pa.schema([("a", wrong)]), path)
    for data in (b"", b"PAR1", whole[:-1], whole[:100], whole[:-8] + b"\xff\xff\xff\x7fPAR1", b"PAR1" * 9):
        assert "damaged" in told(lambda data=data: read_columns(file(data)))
    refused = 0
    for place in range(4, len(whole) - 8, 7):
        flipped = bytearray(whole)
        flipped[place] ^= 16
        try:
            found = read_columns(file(bytes(flipped)))
        except UserError:
            refused += 1
        else:
            # What checksums do not cover is metadata that no value hangs on, such as statistics.
            assert found.to_pydict() == table.to_pydict() or found.column_names != table.column_names
    assert refused > 50
