"""Without the extras scoring, the site and verifying go on; METEOR is absent then, and they say so."""

import json
import os
import subprocess
import sys

import pytest

from rsica_bench.metrics.meteor import missing_reason

# Packages of the extras, `reference` among them.
HIDDEN = ("pycocoevalcap", "cv2", "scipy", "torch", "datasets", "openai", "jinja2", "shapely")
HIDING = f"import sys; sys.modules.update(dict.fromkeys({HIDDEN})); from rsica_bench.cli import main; main()"


@pytest.fixture
def plain():
    """Call `rsica-bench` in a process that sees what a plain install has."""

    def call(*words):
        done = subprocess.run(
            [sys.executable, "-c", HIDING, *map(str, words)], capture_output=True, text=True, env=os.environ
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture
def with_meteor():
    if missing_reason():
        pytest.skip("pycocoevalcap is not installed")


def test_strata_without_meteor(plain, finished):
    done = plain("score", finished / "pixel-difference", "--strata", "change,objects,size", "--draws", 20, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    figures = result["strata"]["captioning"]["change"]["changed"]["metrics"]
    assert "changed/BLEU-4" in figures
    assert "METEOR" not in figures
    assert "pycocoevalcap" in result["tasks"]["captioning"]["absent"]["METEOR"]
    assert not any("METEOR" in name or "S*m" in name for name in result["tasks"]["captioning"]["metrics"])
    compared = plain("compare", finished / "oracle", finished / "pixel-difference", "--draws", 20, "--json")
    assert compared.returncode == 0, compared.stderr


def test_the_site_and_verify_without_meteor(with_meteor, plain, rsica_bench, finished, board, synthetic, tmp_path):
    for name in ("oracle", "no-change", "pixel-difference"):
        done = rsica_bench("leaderboard", "submit", finished / name, "--to", board, "--name", name)
        assert done.status == 0, done.err
    done = plain("leaderboard", "build", board.parent, "--site", tmp_path / "site", "--data", synthetic)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "index.html").is_file()
    done = plain("leaderboard", "verify", board.parent, "--data", synthetic)
    assert done.returncode == 0, done.stderr
    told = "not checked (METEOR, S*m cannot be computed here; all other figures are equal (METEOR 1.5 needs"
    assert done.stdout.count(told) == 3
    # What is wrong besides is still called wrong.
    path = board / "runs" / "oracle--default" / "result.json"
    result = json.loads(path.read_text())
    result["tasks"]["captioning"]["metrics"]["BLEU-4"] = 0.5
    path.write_text(json.dumps(result))
    done = plain("leaderboard", "verify", board.parent, "--data", synthetic)
    assert done.returncode == 1
    assert "oracle--default: DOES NOT HOLD" in done.stdout
    assert "'BLEU-4' says 0.5" in done.stdout


def test_a_run_of_a_plain_install_holds_where_meteor_is(with_meteor, plain, rsica_bench, board, synthetic, tmp_path):
    words = ("--adapter", "oracle", "--tasks", "captioning", "--out", tmp_path / "run")
    assert plain("run", "--data", synthetic, *words).returncode == 0
    assert "METEOR" not in json.loads((tmp_path / "run" / "result.json").read_text())["tasks"]["captioning"]["metrics"]
    done = rsica_bench("leaderboard", "submit", tmp_path / "run", "--to", board, "--name", "Plain")
    assert done.status == 0, done.err
    found = rsica_bench("leaderboard", "verify", board, "--data", synthetic, "--json").json
    assert [row["ok"] for row in found["rows"]] == [True]


def test_a_run_with_meteor_is_not_taken_where_it_cannot_be_checked(with_meteor, plain, finished, board):
    done = plain("leaderboard", "submit", finished / "oracle", "--to", board, "--name", "Mine")
    assert done.returncode == 2
    assert "METEOR, S*m cannot be computed here" in done.stderr


def test_a_row_whose_word_map_is_not_given_is_not_checked(rsica_bench, board, synthetic, tmp_path):
    (tmp_path / "map.json").write_text(json.dumps({"<unk>": 3, "the": 1, "building": 2}))
    (tmp_path / "other.json").write_text(json.dumps({"<unk>": 3, "the": 2, "building": 1}))
    given = ("--word-map", tmp_path / "map.json")
    words = ("--adapter", "oracle", "--protocol", "changechat", "--tasks", "captioning", "--out", tmp_path / "run")
    assert rsica_bench("run", "--data", synthetic, *words, *given).status == 0
    done = rsica_bench("leaderboard", "submit", tmp_path / "run", "--to", board, "--name", "Mine", *given)
    assert done.status == 0, done.err
    verify = ("leaderboard", "verify", board, "--data", synthetic)
    assert "mine--changechat: holds" in rsica_bench(*verify, *given).out
    for more in ((), ("--word-map", tmp_path / "other.json")):
        found = rsica_bench(*verify, *more)
        assert found.status == 0
        assert "mine--changechat: not checked (cannot be scored under its protocol" in found.out
