"""Finished runs on a board."""

import json
import shutil
from pathlib import Path

import pytest

from rsica_data.dataset.opening import open_dataset

BOARDS = Path(__file__).parents[3] / "leaderboards"
HOSTILE = "</script><img src=x onerror=alert(1)> & 100 %"


@pytest.fixture(scope="session")
def make_board(synthetic):
    """``make_board(folder)``: an empty board that takes the synthetic dataset."""

    def make(folder):
        folder.mkdir(parents=True)
        content = {"title": "Simulated", "datasets": [{"name": "bench", "sha256": open_dataset(synthetic).hash}]}
        (folder / "benchmark.yaml").write_text(json.dumps(content))
        return folder

    return make


@pytest.fixture
def board(make_board, tmp_path):
    return make_board(tmp_path / "boards" / "simulated")


@pytest.fixture(scope="session")
def site(rsica_session, make_board, finished, synthetic, tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    board = make_board(root / "boards" / "simulated")
    for name, cost in (("oracle", None), ("pixel-difference", "0.1"), ("no-change", "0.01")):
        words = ["leaderboard", "submit", str(finished / name), "--to", str(board), "--name", f"{name} {HOSTILE}"[:80]]
        rsica_session([*words, "--note", HOSTILE, *(["--cost-usd", cost] if cost else [])])
    rows = "task,split,protocol,model,metric,value,unit,trust,source,seen,note\n"
    rows += "captioning,test,words,Printed,BLEU-4,62.5,percent,C,Paper arXiv 2501.00001,repo,copied\n"
    rows += "captioning,test,levir-cc,Other,BLEU-4,61,percent,A,Paper,,\n"
    (board / "published.csv").write_text(rows)
    content = json.loads((board / "benchmark.yaml").read_text())
    (board / "benchmark.yaml").write_text(json.dumps(content | {"splits": {"test": ["test"]}, "description": HOSTILE}))
    shutil.copytree(BOARDS / "levir-cc", root / "boards" / "levir-cc")
    rsica_session(["leaderboard", "build", str(root / "boards"), "--site", str(root / "out"), "--data", str(synthetic)])
    return root / "out"


@pytest.fixture(scope="session")
def rsica_session():
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    def call(words):
        assert run_cli(cli, "rsica-bench", words) == 0

    return call


@pytest.fixture
def visit(page):
    """``visit(site, address)``: the page opened anew at an address within it."""

    def go(site, address=""):
        page.goto("about:blank")
        page.goto((site / "index.html").as_uri() + address)
        page.wait_for_selector("main h1")
        return page

    return go
