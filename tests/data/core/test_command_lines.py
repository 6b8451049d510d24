"""Exit statuses, options, settings and addresses of the command lines."""

import subprocess
import sys

import click
import pytest
from pydantic import create_model

from rsica_data.core.command_line import LazyGroup, counted, parse_settings, run_cli
from rsica_data.core.errors import InvalidItemError, RunError, UserError, did_you_mean
from rsica_data.core.validation import check_address, validate_model


def test_exit_statuses(capsys):
    group = LazyGroup("g")
    errors = {
        "user": UserError("wrong", file="f.yaml", line=3, key="a.b", hint="right"),
        "fail": RunError("broken"),
        "stop": KeyboardInterrupt(),
        "file": NotADirectoryError(20, "Not a directory", "notes.txt/out"),
    }
    for name, error in errors.items():

        def command(error=error):
            raise error

        group.add_command(click.Command(name, callback=command))
    group.add_command(click.Command("one", callback=lambda: 1))
    group.add_command(click.Command("fine", callback=lambda: None))
    statuses = {name: run_cli(group, "p", [name]) for name in ("user", "fail", "stop", "file", "one", "fine")}
    assert statuses == {"user": 2, "fail": 1, "stop": 130, "file": 1, "one": 1, "fine": 0}
    said = capsys.readouterr().err
    assert "p: error: f.yaml:3: a.b: wrong (right)" in said
    assert "p: error: notes.txt/out: Not a directory" in said
    assert run_cli(group, "p", ["usr"]) == 2
    assert "did you mean 'user'" in capsys.readouterr().err
    with pytest.raises(UserError):
        run_cli(group, "p", ["user", "--debug"])


def test_code_of_others_that_ends_the_process_is_a_failure(capsys):
    group = LazyGroup("g")
    group.add_command(click.Command("c", callback=lambda: sys.exit(0)))
    assert run_cli(group, "p", ["c"]) == 1
    assert capsys.readouterr().err == "p: error: other code ended the command: SystemExit: 0\n"


def test_a_reader_that_goes_away_is_no_failure():
    # `rsica-data osm rules | head -1` under pipefail.
    code = "from rsica_data.cli import main; main()"
    command = [sys.executable, "-c", code, "osm", "rules"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_one_is_singular(rsica_data, write_recipe, tmp_path):
    assert [counted(number, "row") for number in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    out = tmp_path / "out"
    recipe = write_recipe(options={"pairs": 1, "size": 64}, tasks=["counting"])
    built = rsica_data("build", recipe, "--out", out, "--workers", 1)
    assert "test: 1 pair (" in built.out and "1 shard (0 from before)" in built.out
    assert rsica_data("validate", out).out == f"{out}: 1 pair, 1 instruction: all checks hold\n"
    assert rsica_data("preview", out, "--html", tmp_path / "p.html").out.endswith(": 1 pair\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["build", "demo"], "rsica-data build: error: Missing option '--out' (rsica-data build --help shows all)"),
        (["build", "demo", "--ouut", "x"], "rsica-data build: error: No such option"),
        (["build", "demo", "--out", "x", "--limit", "many"], "rsica-data build: error: Invalid value for '--limit': "),
        (["prewiew"], "rsica-data: error: unknown command 'prewiew' (did you mean 'preview'?)"),
    ],
)
def test_a_mistake_in_an_option_is_one_line(rsica_data, words, told):
    done = rsica_data(*words)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(told)


def test_settings_and_hints():
    assert parse_settings(("a=1", "b=0.5", "c=true", "d=x=y")) == {"a": 1, "b": 0.5, "c": True, "d": "x=y"}
    with pytest.raises(UserError, match="KEY=VALUE"):
        parse_settings(("a",))
    assert did_you_mean("zzz", ["a", "b"]) == "known: a, b"
    assert did_you_mean("zzz", ["b", "a", "b"]) == "known: a, b"
    with pytest.raises(UserError, match=r"unknown key \(it takes none\)"):
        validate_model(create_model("Nothing", __config__={"extra": "forbid"}), {"a": 1})
    assert str(InvalidItemError("slug", "detail")) == "slug: detail"


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8000/v1", "https://api.openai.com/v1", "http://[::1]:80", "https://a_b.münchen.de/x?y=1#z"],
)
def test_web_addresses(text):
    assert check_address(text, "--llm-url") == text


@pytest.mark.parametrize(
    "text",
    [
        "", "localhost:8000/v1", "api.openai.com", "ftp://host/x", "http://", "http:///v1", "http://host:port/v1",
        "http://host:99999", "https://two words/v1", "https://host/v1\n", "http://a..b/", "https//host",
    ],
)  # fmt: skip
def test_no_web_addresses(text):
    with pytest.raises(UserError, match=r"^--llm-url: .* is not a web address \(http://.*such as") as caught:
        check_address(text, "--llm-url")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("package", ["rsica_data", "rsica_bench"])
def test_a_package_runs_as_a_module(package):
    done = subprocess.run([sys.executable, "-m", package, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"Usage: {package.replace('_', '-')} ")
