"""Journal, engine, plug-ins, recipes and command-line support."""

import datetime
import errno
import itertools
import json
import math
import operator
import os
import pickle
import runpy
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from rsica_data.builder.recipe import find_recipe, load_recipe, parse_recipe, shipped_recipes
from rsica_data.core import files, registry
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import (
    atomic_path,
    dump_json,
    remove_partial,
    sync_disks,
    write_atomic,
    write_unsynced,
)
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.validation import UserErrors, validate_model
from rsica_data.core.workers import run_units

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def test_a_pipe_is_not_written_over(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="is a device or a pipe, not a file"):
        write_atomic(tmp_path / "pipe", "x")
    assert (tmp_path / "pipe").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_what_a_killed_process_left_of_a_lone_file_goes(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from rsica_data.core.files import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as temporary:\n    temporary.touch()\n    os._exit(1)"
    )
    for name in ("a.html", "b.html", "b-a.html"):
        assert subprocess.run([sys.executable, "-c", code, tmp_path / name]).returncode == 1
    others = [path.name for path in tmp_path.iterdir() if "b" in path.name.rpartition("-0-")[2]]
    assert len(others) == 2
    write_atomic(tmp_path / "a.html", "y", lone=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "a.html"])


def test_what_another_container_writes_stays(tmp_path):
    """It has the same disk, and processes of its own, of which this one sees none."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f".partial-{ended.pid}-{place}a.html" for place in ("", "unknown-0-", "0123abcd-0-")]
    for name in names:
        (tmp_path / name).write_text("x")
    write_atomic(tmp_path / "a.html", "y", lone=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "a.html"])
    for name in names:
        os.utime(tmp_path / name, (time.time() - 100_000,) * 2)
    write_atomic(tmp_path / "a.html", "y", lone=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_two_containers_whose_processes_have_one_id_write_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_numbers", itertools.count())
    with atomic_path(tmp_path / "a") as first:
        first.write_text("first")
        monkeypatch.setattr(files, "_numbers", itertools.count())
        monkeypatch.setattr(files, "place_of_ids", lambda: "another container")
        write_atomic(tmp_path / "a", "second")
        assert first.read_text() == "first"
    assert (tmp_path / "a").read_text() == "first"


def test_a_file_with_the_longest_name(tmp_path):
    path = tmp_path / f"{'ä' * 125}.html"
    write_atomic(path, "x", lone=True)
    write_unsynced(path, b"y")
    assert [(left.name, left.read_text()) for left in tmp_path.iterdir()] == [(path.name, "y")]


@given(JSON)
def test_canonical_json_reads_back_and_ignores_order(value):
    text = dump_json(value)
    assert json.loads(text) == value
    assert "\n" not in text
    if isinstance(value, dict):
        assert dump_json(dict(reversed(value.items()))) == text


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomic(path, "first")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]

    with pytest.raises(RunError, match="no space left"), atomic_path(path):
        raise OSError(errno.ENOSPC, "full")
    with pytest.raises(RunError, match="cannot be written"):
        write_atomic(path / "below a file.txt", "x")
    (path.parent / ".partial-1-x").write_text("left by a kill")
    (tmp_path / ".partial-run.parts" / "1").mkdir(parents=True)
    remove_partial(tmp_path)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match=r"out\.json: cannot be written: .*notes\.txt is a file, not a folder"):
        write_atomic(tmp_path / "notes.txt" / "deep" / "out.json", "{}")


def test_a_torn_last_line_is_cut_off(tmp_path):
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        journal.append({"n": 1}, {"n": 2})
    with path.open("ab") as stream:
        stream.write(b'{"n": 3')
    assert [row["n"] for row in read_journal(path)] == [1, 2]
    with Journal(path) as journal:
        journal.append({"n": 4})
    assert [row["n"] for row in read_journal(path)] == [1, 2, 4]
    path.write_text('{"n": 1}\nnonsense\n{"n": 2}\n')
    with pytest.raises(UserError, match=r"j\.jsonl:2: .*delete the file"):
        list(read_journal(path))
    assert list(read_journal(tmp_path / "absent")) == []


def test_a_killed_writer_leaves_only_whole_lines(tmp_path):
    path = tmp_path / "j.jsonl"
    code = (
        "import sys\nfrom pathlib import Path\nfrom rsica_data.core.journal import Journal\n"
        "with Journal(Path(sys.argv[1])) as j:\n    n = 0\n    while True:\n"
        "        j.append({'n': n, 'x': 'y' * 500})\n        n += 1"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    while not path.exists() or path.stat().st_size < 20_000:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    numbers = [row["n"] for row in read_journal(path)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 10


def test_units_are_all_done_by_any_number_of_workers():
    for workers in (1, 2):
        assert sorted(run_units(math.factorial, range(6), workers)) == [(n, math.factorial(n)) for n in range(6)]
    assert list(run_units(math.factorial, [], 4)) == []


def test_errors_of_the_work_come_through():
    for workers in (1, 2):
        with pytest.raises(ValueError, match="not defined"):
            list(run_units(math.factorial, [1, -1, 2], workers))


def test_the_first_failing_unit_tells_whichever_fails_first(tmp_path):
    first, second, failed = tmp_path / "first.py", tmp_path / "second.py", tmp_path / "failed"
    first.write_text(
        f"import pathlib, time\nwhile not pathlib.Path({str(failed)!r}).exists():\n    time.sleep(0.01)\n"
        "time.sleep(0.3)\nraise ValueError('the first')\n"
    )
    second.write_text(f"import pathlib\npathlib.Path({str(failed)!r}).touch()\nraise ValueError('the second')\n")
    with pytest.raises(ValueError, match="the first"):
        list(run_units(runpy.run_path, [str(first), str(second)], 2))


def test_a_killed_worker_is_a_failure():
    with pytest.raises(RunError, match="worker process was killed"):
        list(run_units(operator.methodcaller("__call__"), [os.abort, os.abort], 2))


def test_a_child_ignores_interrupts_from_its_first_instruction():
    # Ctrl-C while children were starting showed a traceback of each.
    before = signal.getsignal(signal.SIGINT)
    found = [how for _, how in run_units(signal.getsignal, [signal.SIGINT, signal.SIGINT], 2)]
    assert found == [signal.SIG_IGN, signal.SIG_IGN]
    assert signal.getsignal(signal.SIGINT) is before


def test_children_end_with_their_parent(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import os, pathlib, time\n"
        "def work(name):\n    pathlib.Path(name).write_text(str(os.getpid()))\n    time.sleep(60)\n"
    )
    code = (
        "import sys\nsys.path.insert(0, sys.argv[1])\nimport slow\nfrom rsica_data.core.workers import run_units\n"
        "if __name__ == '__main__':\n"
        "    list(run_units(slow.work, [sys.argv[1] + '/a.pid', sys.argv[1] + '/b.pid'], 2))\n"
    )
    (tmp_path / "parent.py").write_text(code)
    here = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(tmp_path / "parent.py"), str(tmp_path)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": here})
    files = [tmp_path / "a.pid", tmp_path / "b.pid"]
    deadline = time.monotonic() + 30
    while not all(path.exists() and path.read_text() for path in files):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    children = [int(path.read_text()) for path in files]
    process.kill()
    process.wait()
    while any(_alive(child) for child in children):
        assert time.monotonic() < deadline, "children outlive their parent"
        time.sleep(0.05)


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_plugins_are_listed_without_being_imported():
    code = "import sys; from rsica_data.core import registry as r\n"
    code += "r.names(r.TASKS); print('rsica_data.tasks' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
    with pytest.raises(UserError, match="unknown task 'countin' .did you mean 'counting'"):
        registry.load(registry.TASKS, "countin")


def test_plugins_travel_to_other_processes_by_name():
    for group in (registry.TASKS, registry.SOURCES):
        for name in registry.names(group):
            spec = registry.load(group, name)
            assert pickle.loads(pickle.dumps(spec)) is spec


GOOD = "name: a\nsource:\n  name: synthetic\n  options: {pairs: 4}\ntasks:\n  counting: {}\n"


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("name: a", "nam: a"), 1, "did you mean 'name'"),
        (("pairs: 4", "pears: 4"), 4, "did you mean 'pairs'"),
        (("pairs: 4", "pairs: many"), 4, "source.options.pairs: 'many'"),
        (("pairs: 4", "pairs: 0"), 4, "greater than 0"),
        (("synthetic", "synthetik"), 3, "did you mean 'synthetic'"),
        (("counting: {}", "count: {}"), 6, "unknown task 'count'"),
        (("counting: {}", "counting: {stile: x}"), 6, "did you mean 'style'"),
        (("counting: {}", "counting: {style: loud}"), 6, "tasks.counting.style"),
        (("counting: {}", "counting: {}\n  counting: {}"), 7, "appears twice"),
        (("source:", "source: ["), 4, "not valid YAML"),
        (("tasks:\n  counting: {}", "tasks: {}"), 5, "tasks"),
        (("tasks:\n  counting: {}", "tasks: {}"), 5, "tasks: should not be empty"),
        (("tasks:\n  counting: {}", "tasks: [counting]"), 5, "tasks: a list: should be a mapping (KEY: VALUE)"),
        (("name: a", "name: 5"), 1, "name: 5: should be text"),
        (("name: a", "name: a b"), 1, "name: 'a b': should match"),
        (("name: a", "name: a\ndate: yesterday"), 2, "'yesterday': should be a date such as 2026-03-01"),
        (("pairs: 4", "pairs: 1.5"), 4, "1.5: should be a whole number"),
        (("name: a", "name: a\ndate: 2026-02-31"), 2, "day is out of range"),
        (("name: a", "name: &x [*x]"), 1, "an alias (*) stands inside what it names"),
        (("tasks:", "build: {seed: 9223372036854775808}\ntasks:"), 5, "build.seed"),
        (("tasks:", "splits: []\ntasks:"), 5, "splits: should not be empty"),
        (
            ("tasks:", "facts: {min_object_pixels: true}\ntasks:"),
            5,
            "min_object_pixels: True: should be a whole number",
        ),
        (("tasks:", "facts: {flag_overrides: 'yes'}\ntasks:"), 5, "flag_overrides: 'yes': should be true or false"),
        (("pairs: 4", "pairs: '4'"), 4, "source.options.pairs: '4': should be a whole number"),
        (("pairs: 4", "changed_share: true"), 4, "source.options.changed_share: True: should be a number"),
        (("counting: {}", "open_qa: {per_pair: '2'}"), 6, "tasks.open_qa.per_pair: '2': should be a whole number"),
    ],
)
def test_a_mistake_in_a_recipe_has_its_line_and_key(change, line, said):
    with pytest.raises(UserError) as caught:
        parse_recipe(GOOD.replace(*change), "r.yaml")
    text = str(caught.value)
    assert said in text, text
    assert f"r.yaml:{line}:" in text, text


@pytest.mark.parametrize("gsd", [".inf", ".nan", "1e300", "true", "0", "-1", "'0.5'"])
def test_a_ground_sample_distance_is_a_length(gsd):
    folder = "{name: folder, options: {before: 'A/{name}.png', after: 'B/{name}.png', gsd_m: %s}}"
    text = f"name: a\nsource: {folder % gsd}\ntasks: {{counting: {{}}}}\n"
    with pytest.raises(UserError, match="gsd_m"):
        parse_recipe(text, "r.yaml")


def test_an_empty_class_name_is_told_in_one_line():
    options = "{before: 'A/{name}.png', after: 'B/{name}.png', change_mask: 'L/{name}.png', classes: {'': 255}}"
    with pytest.raises(UserError) as caught:
        parse_recipe(f"name: a\nsource: {{name: folder, options: {options}}}\ntasks: {{counting: {{}}}}\n", "r.yaml")
    assert str(caught.value).splitlines() == ["r.yaml:2: source.options.classes: a class name should not be empty"]


def test_a_recipe_in_another_encoding_is_named(tmp_path):
    (tmp_path / "r.yaml").write_bytes("name: caf\xe9\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"r\.yaml:1: not UTF-8 text: byte 0xe9"):
        load_recipe(str(tmp_path / "r.yaml"))


def test_several_mistakes_are_all_told():
    text = GOOD.replace("pairs: 4", "pears: 4").replace("counting: {}", "count: {}\n  open_qa: {per_pair: 0}")
    with pytest.raises(UserErrors) as caught:
        parse_recipe(text, "r.yaml")
    assert len(str(caught.value).splitlines()) == 3


def test_what_is_written_in_the_right_kind_is_taken():
    class Options(BaseModel):
        sides: tuple[int, ...] = ()
        values: dict[int, str] = {}
        day: datetime.date | None = None
        price: Decimal = Decimal(0)
        path: Path | None = None
        number: int = 0
        share: float = 0.0
        either: int | str = 0

    written = {"sides": [1, 2], "values": {255: "a"}, "day": datetime.date(2026, 3, 1), "price": "0.15", "path": "a/b"}
    written |= {"number": 3.0, "share": 1, "either": "7"}
    found = validate_model(Options, written)
    assert (found.sides, found.values, found.price, found.path) == ((1, 2), {255: "a"}, Decimal("0.15"), Path("a/b"))
    assert (found.number, found.share, found.either) == (3, 1.0, "7")
    assert validate_model(Options, {"path": Path("caf\udce9")}).path == Path("caf\udce9")
    for wrong in ({"sides": [1, "2"]}, {"share": "0.5"}, {"number": True}, {"sides": [True]}):
        with pytest.raises(UserErrors, match="should be a"):
            validate_model(Options, written | wrong)


def test_equal_recipes_have_equal_hashes():
    other = "# comment\n" + GOOD.replace("{pairs: 4}", "{pairs: 4, size: 256}") + "build: {seed: 0}\n"
    assert parse_recipe(GOOD, "a").sha256 == parse_recipe(other, "b").sha256
    assert parse_recipe(GOOD, "a").sha256 != parse_recipe(GOOD.replace("4", "5"), "a").sha256


def test_recipes_are_found_by_name_and_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_recipe("demo") == find_recipe("recipes/demo.yaml") == shipped_recipes()["demo"]
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(UserError, match="did you mean 'demo'"):
        find_recipe("dmo")
    with pytest.raises(UserError, match="no such recipe file"):
        find_recipe("elsewhere/demo.yaml")


def test_a_shipped_recipe_can_be_copied(rsica_data, tmp_path):
    for name in shipped_recipes():
        (tmp_path / f"{name}.yaml").write_text(rsica_data("recipes", name).out, encoding="utf-8")
        assert load_recipe(str(tmp_path / f"{name}.yaml")).sha256 == load_recipe(name).sha256
    assert rsica_data("recipes", "demo", "--json").json["name"] == "demo"
    assert "did you mean 'demo'" in rsica_data("recipes", "dmo").err


def test_unsynced_files_are_whole_or_not_there(tmp_path):
    path = tmp_path / "a" / "one.bin"
    write_unsynced(path, b"one")
    write_unsynced(path, b"two")
    sync_disks()
    assert [(found.name, found.read_bytes()) for found in path.parent.iterdir()] == [("one.bin", b"two")]
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match="is a file"):
        write_unsynced(tmp_path / "file" / "one.bin", b"one")
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError):
        write_unsynced(path, b"three")
    assert list(path.parent.iterdir()) == [path]
