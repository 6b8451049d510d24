"""Two processes on one folder at an address: the second is refused, and nobody's death blocks it."""

import json
import threading
import time

import pytest

from rsica_data.core import leases
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import LOCK
from rsica_data.core.leases import leased
from rsica_data.core.remote import open_remote


@pytest.fixture(autouse=True)
def quick(memory, monkeypatch):
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.05)
    monkeypatch.setattr(leases, "STALE_AFTER", 0.6)
    monkeypatch.setattr(leases, "SETTLED_AFTER", 0.1)


def stored(memory):
    return json.loads(memory.cat_file(f"/out/{LOCK}"))


def leave(memory, **values):
    """What a process that was killed leaves."""
    owner = {"pid": 4, "host": "elsewhere", "boot": "b", "work": "w", "since": "s", "token": "t"}
    memory.pipe_file(f"/out/{LOCK}", json.dumps(owner | values).encode())


def test_one_holds_it_the_other_is_told_who(memory):
    with leased("memory://out", "first") as lease:
        told = r"memory://out: --out: in use by process \d+ \(first, since "
        with pytest.raises(UserError, match=told), leased("memory://out", "second", key="--out"):
            raise AssertionError("taken")
        assert stored(memory)["work"] == "first"
        assert open_remote("memory://out").files() == {}
        with leased("memory://other", "second"):
            pass
        lease.check()
    assert not memory.exists(f"/out/{LOCK}")


def test_one_that_was_killed_blocks_nobody(memory):
    leave(memory)
    started = time.monotonic()
    with leased("memory://out", "x"):
        assert time.monotonic() - started > 0.6
        assert stored(memory)["work"] == "x"
    memory.pipe_file(f"/out/{LOCK}", b"nonsense")
    with leased("memory://out", "x"):
        pass


def test_one_that_was_killed_on_this_machine_is_known_at_once(memory, monkeypatch):
    monkeypatch.setattr(leases, "STALE_AFTER", 1000.0)
    leave(memory, **leases.describe_self("w") | {"pid": 2**22 + 1})
    with leased("memory://out", "x"):
        pass


@pytest.mark.parametrize("other", [{"boot": "another machine of this name"}, {"pids": "another container"}])
def test_what_this_machine_cannot_see_is_not_known_to_be_gone(memory, monkeypatch, other):
    monkeypatch.setattr(leases, "STALE_AFTER", 0.3)
    leave(memory, **leases.describe_self("w") | {"pid": 2**22 + 1} | other)
    started = time.monotonic()
    with leased("memory://out", "x"):
        assert time.monotonic() - started > 0.3


def test_a_lost_lease_stops_its_holder(memory):
    with leased("memory://out", "x") as lease:
        leave(memory)
        time.sleep(0.3)
        with pytest.raises(RunError, match="taken over by process 4 on elsewhere"):
            lease.check()
    assert stored(memory)["pid"] == 4  # that of another stays


def test_a_line_that_stays_cut_ends_it(memory, monkeypatch):
    with leased("memory://out", "x") as lease:
        monkeypatch.setattr(type(memory), "pipe_file", lambda self, *given, **options: 1 / 0)
        time.sleep(0.3)
        lease.check()
        time.sleep(0.6)
        with pytest.raises(RunError, match="could not be renewed"):
            lease.check()


def test_a_renewal_that_hangs_ends_it(memory, monkeypatch):
    hangs = threading.Event()
    with leased("memory://out", "x") as lease:
        monkeypatch.setattr(type(memory), "pipe_file", lambda self, *given, **options: hangs.wait(30))
        time.sleep(0.3)
        lease.check()
        time.sleep(0.5)
        try:
            with pytest.raises(RunError, match="could not be renewed"):
                lease.check()
        finally:
            hangs.set()


def test_an_answer_that_was_lost(memory, monkeypatch):
    right, calls = type(memory).pipe_file, []

    def pipe_file(self, *given, **options):
        right(self, *given, **options)
        calls.append(options)
        if len(calls) == 1:
            raise ConnectionResetError("cut")

    monkeypatch.setattr(type(memory), "pipe_file", pipe_file)
    with leased("memory://out", "x"):
        assert stored(memory)["work"] == "x"


@pytest.fixture
def cut_takeover(memory, monkeypatch):
    """Let the first writes over a lease that another left fail, as many as are given."""
    monkeypatch.setattr(leases, "STALE_AFTER", 0.1)

    def cut(failures):
        right, cuts = type(memory).pipe_file, iter(range(failures))

        def pipe_file(self, path, value, mode="overwrite"):
            if mode == "overwrite" and next(cuts, None) is not None:
                raise ConnectionResetError("cut")
            right(self, path, value, mode)

        leave(memory)
        monkeypatch.setattr(type(memory), "pipe_file", pipe_file)

    return cut


def test_a_takeover_over_a_line_that_drops(memory, cut_takeover):
    cut_takeover(2)
    with leased("memory://out", "x"):
        assert stored(memory)["work"] == "x"


def test_a_takeover_over_a_line_that_stays_cut(memory, cut_takeover):
    cut_takeover(1000)
    problem = "memory://out: its lock cannot be written: .*cut"
    with pytest.raises(RunError, match=problem), leased("memory://out", "x"):
        raise AssertionError("taken")
    assert stored(memory)["pid"] == 4


@pytest.mark.parametrize("knows_condition", [True, False])
def test_of_many_that_take_over_one_has_it(memory, monkeypatch, knows_condition):
    right = type(memory).pipe_file

    def pipe_file(self, path, value, mode="overwrite"):
        if mode == "create" and not knows_condition:
            raise OSError("NotImplemented: a header implies functionality that is not implemented")
        right(self, path, value, mode)

    monkeypatch.setattr(type(memory), "pipe_file", pipe_file)
    leave(memory)
    held, most, refused = [], [], []

    def work():
        try:
            with leased("memory://out", "x"):
                held.append(1)
                most.append(len(held))
                time.sleep(0.5)
                held.pop()
        except UserError:
            refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) + len(refused) == 6
