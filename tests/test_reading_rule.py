"""The rule that files are read through `rsica_data.core` alone, and that it sees what breaks it."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("reading_rule", HERE / "reading_rule.py")
reading_rule = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reading_rule)


def test_the_packages_keep_the_rule():
    assert reading_rule.problems() == []


@pytest.mark.parametrize(
    "code",
    [
        "import json\njson.loads(x)",
        "import json as j\nj.load(x)",
        "from json import loads as read\nread(x)",
        "import pyarrow.parquet as q\nq.read_table(x)",
        "from pyarrow import parquet\nparquet.ParquetFile(x)",
        "from pyarrow.parquet import read_schema\nread_schema(x)",
        "import yaml\nyaml.safe_load(x)",
        "import gzip\ngzip.decompress(x)",
        "import csv\ncsv.DictReader(x)",
        "path.read_text()",
        "path.read_bytes()",
        "open(x)",
        "open(x, 'rb')",
        "path.open()",
        "path.open(encoding='utf-8')",
        "path.open('rb')",
        "path.open(mode='r')",
    ],
)
def test_what_breaks_it_is_seen(code):
    assert len(list(reading_rule.uses(code))) == 1


@pytest.mark.parametrize(
    "code", ["json.dumps(x)", "path.open('wb')", "open(x, 'a')", "os.open(x, flags)", "path.write_bytes(x)"]
)
def test_what_keeps_it_is_let_be(code):
    assert list(reading_rule.uses(code)) == []
