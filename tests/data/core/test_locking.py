"""Two processes on one output folder: the second is refused, and nobody's death blocks a folder."""

import errno
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rsica_data.core import locking
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import LOCK
from rsica_data.core.locking import Owner, describe_self, locked_folder, own_folder
from rsica_data.core.processes import boot_id, started_at

HOLDER = """
import sys, time
from pathlib import Path
from rsica_data.core.locking import locked_folder
with locked_folder(Path(sys.argv[1]), "holder"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder():
    """Starts a process that holds a folder."""
    started = []

    def start(folder):
        process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline().strip() == "held"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_second_process_is_told_who_holds_the_folder(holder, tmp_path):
    process = holder(tmp_path / "out")
    for _ in range(2):  # a refusal leaves the lock and what it says as they were
        told = rf"in use by process {process.pid} \(holder, since 20"
        with pytest.raises(UserError, match=told) as error, locked_folder(tmp_path / "out", "second", key="--out"):
            raise AssertionError("taken")
        assert len(str(error.value).splitlines()) == 1
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / "out" / LOCK).is_file()
    with locked_folder(tmp_path / "out", "third"):
        assert json.loads((tmp_path / "out" / LOCK).read_text())["pid"] == os.getpid()
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_the_folder_is_given_back_as_it_was(tmp_path):
    with locked_folder(tmp_path / "a" / "b", "x"):
        pass
    assert not (tmp_path / "a").exists()
    with locked_folder(tmp_path / "a" / "b", "x"):
        (tmp_path / "a" / "b" / "file").write_text("")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["file"]
    with pytest.raises(UserError, match="is a file"), locked_folder(tmp_path / "a" / "b" / "file", "x"):
        pass
    with pytest.raises(ZeroDivisionError), locked_folder(tmp_path / "a" / "b", "x"):
        raise ZeroDivisionError
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["file"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "\0" * 5000, "[" * 5000, '{"pid": 1}'])
def test_whatever_a_left_lock_holds_it_is_taken(tmp_path, text):
    (tmp_path / LOCK).write_text(text)
    with locked_folder(tmp_path, "x"):
        assert json.loads((tmp_path / LOCK).read_text())["work"] == "x"


def owner(**values):
    return json.dumps({"pid": 4, "host": "elsewhere", "boot": "b", "work": "w", "since": "s"} | values)


def test_another_host_holds_it_while_it_touches_the_lock(tmp_path):
    lock = tmp_path / LOCK
    lock.write_text(owner())
    with pytest.raises(UserError, match=r"process 4 on elsewhere .*delete"), locked_folder(tmp_path, "x"):
        pass
    assert lock.is_file()
    long_ago = time.time() - 3600
    os.utime(lock, (long_ago, long_ago))
    with locked_folder(tmp_path, "x"):
        pass
    assert not lock.exists()


def test_a_container_that_was_killed_blocks_nobody(tmp_path):
    """Another host name under the same kernel: its locks are seen here, and this one was free."""
    if boot_id() is None:
        pytest.skip("this system gives its starts no id")
    (tmp_path / LOCK).write_text(owner(boot=boot_id()))
    with locked_folder(tmp_path, "x"):
        pass


def test_a_container_of_the_same_name_on_another_machine_holds_it(tmp_path):
    """Both have mounted the disk, and locks of the one are not seen by the other."""
    if boot_id() is None:
        pytest.skip("this system gives its starts no id")
    (tmp_path / LOCK).write_text(owner(host=platform.node()))
    with pytest.raises(UserError, match=r"in use by process 4 \(w"), locked_folder(tmp_path, "x"):
        pass


def test_one_that_waits_waits_for_another_machine_too(tmp_path, monkeypatch):
    monkeypatch.setattr(locking, "_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(locking, "_STALE_AFTER", 0.5)
    (tmp_path / LOCK).write_text(owner())
    begun = time.monotonic()
    with locked_folder(tmp_path, "x", wait=True):
        assert time.monotonic() - begun > 0.4


OWN_FOLDER = """
import sys, time
from pathlib import Path
from rsica_data.core.locking import own_folder
with own_folder(Path(sys.argv[1]), "holder") as folder:
    (folder / "images").mkdir()
    (folder / "images" / "a.png").touch()
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_folder_of_a_killed_process_goes_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(locking, "lives", lambda pid: False)  # those of another container are not seen
    command = [sys.executable, "-c", OWN_FOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        other = Path(process.stdout.readline().strip())
        try:
            with own_folder(tmp_path, "x") as mine, own_folder(tmp_path, "y"):
                assert (other / "images" / "a.png").is_file() and mine.is_dir()
        finally:
            process.kill()
        process.wait()
        (tmp_path / "about-to-be-signed").mkdir()
        with own_folder(tmp_path, "x"):
            assert not other.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["about-to-be-signed"]


def test_an_id_that_another_process_has_by_now():
    described = describe_self("x")
    if started_at(os.getpid()) is None:
        pytest.skip("this system does not tell when a process started")
    assert not Owner.of_json(described).is_gone()
    assert Owner.of_json(described | {"started": 1}).is_gone()
    assert not Owner.of_json({name: value for name, value in described.items() if name != "started"}).is_gone()
    for unknown in ({"pids": None}, {"boot": None}, {"boot": "of another machine"}, {"pids": "of another container"}):
        assert not Owner.of_json(described | {"pid": 2**22 + 1} | unknown).is_gone()


def test_one_that_waits_comes_after(holder, tmp_path):
    process = holder(tmp_path)
    command = [
        sys.executable,
        "-c",
        "import sys; from pathlib import Path; from rsica_data.core.locking import locked_folder\n"
        "with locked_folder(Path(sys.argv[1]), 'y', wait=True): print('held', flush=True)",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(1)
        process.kill()
        assert second.stdout.readline().strip() == "held"
        assert second.wait(10) == 0


def test_a_folder_that_goes_while_it_is_made_is_made_again(tmp_path, monkeypatch):
    """Another process gives the folder back, and so removes it, between "it is there" and a look at it."""
    folder, right, calls = tmp_path / "out", Path.mkdir, []

    def mkdir(self, *args, **options):
        if self == folder:
            calls.append(self)
            if len(calls) < 4:
                raise FileExistsError(errno.EEXIST, "File exists", str(self))
        right(self, *args, **options)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with locked_folder(folder, "x"):
        assert len(calls) >= 4 and folder.is_dir()


def test_a_link_to_nowhere_is_told(tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "gone")
    with pytest.raises(RunError, match="cannot be written"), locked_folder(tmp_path / "out", "x"):
        pass


def test_no_time_at_which_two_hold_it(tmp_path):
    """Many that take and give it back, the file going each time: never two at once."""
    code = """
import os, sys, time
from pathlib import Path
from rsica_data.core.errors import UserError
from rsica_data.core.locking import locked_folder
folder, end, taken = Path(sys.argv[1]), time.monotonic() + 2, 0
while time.monotonic() < end:
    try:
        with locked_folder(folder / "out", "x"):
            os.mkdir(folder / "inside")
            taken += 1
            os.rmdir(folder / "inside")
    except UserError:
        pass
print(taken)
"""
    workers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for worker in workers:
        out, err = worker.communicate(timeout=30)
        assert worker.returncode == 0, err
        assert int(out) > 0


def in_use(found, folder):
    assert found.status == 2, (found.out, found.err)
    lines = found.err.strip().splitlines()
    assert len(lines) == 1, found.err
    assert f"{folder}: " in lines[0] and "in use by process" in lines[0]


def test_every_command_that_writes_a_folder_is_refused(
    holder, rsica_data, rsica_bench, write_recipe, small_dataset, tmp_path
):
    recipe = write_recipe(options={"pairs": 3, "size": 64})
    busy = tmp_path / "busy"
    holder(busy)
    for words in (
        ["build", recipe, "--out", busy, "--workers", 1],
        ["export", small_dataset, "--format", "llava", "--to", busy],
        ["preview", small_dataset, "--html", f"{busy}/"],
        ["synth", "--layout", "levir-mci", "--pairs", 3, "--out", busy],
    ):
        in_use(rsica_data(*words), busy)
    in_use(rsica_bench("run", "--data", small_dataset, "--adapter", "oracle", "--out", busy), busy)
    assert [path.name for path in busy.iterdir()] == [LOCK]


def test_commands_that_write_into_a_dataset_are_refused(holder, rsica_data, small_dataset):
    holder(small_dataset)
    in_use(rsica_data("card", small_dataset), small_dataset)
    in_use(rsica_data("publish", small_dataset, "--repo", "ann/x", "--dry-run"), small_dataset)
    assert rsica_data("validate", small_dataset).status == 0
