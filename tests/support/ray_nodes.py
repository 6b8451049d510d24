"""A Ray cluster of three nodes on this machine, of which any may be killed, as a fixture."""

import os
import sys
import threading
import time
from contextlib import suppress

import pytest

SLOW = """
import os, signal, time, uuid
FOLDER = {folder!r}

def note(kind, what):
    with open(os.path.join(FOLDER, kind + "-" + uuid.uuid4().hex), "w") as stream:
        stream.write(str(what))

def work(number):
    note("begun", number)
    time.sleep(2)
    return number * number

def answer(images, prompt, history):
    note("asked", prompt)
    time.sleep(0.5)
    return "Yes"

def answer_or_die(images, prompt, history):
    note("asked", prompt)
    try:
        with open(os.path.join(FOLDER, "died"), "x"):
            os.kill(os.getpid(), signal.SIGKILL)
    except FileExistsError:
        pass
    return "Yes"
"""


@pytest.fixture
def three_nodes(tmp_path, monkeypatch):
    """A cluster: a head without processors, three nodes of one each, and a module that is on their path."""
    pytest.importorskip("ray")
    psutil = pytest.importorskip("psutil")
    from ray.cluster_utils import Cluster

    modules, notes = tmp_path / "modules", tmp_path / "notes"
    modules.mkdir()
    notes.mkdir()
    (modules / "slow_parts.py").write_text(SLOW.format(folder=str(notes)))
    monkeypatch.syspath_prepend(modules)
    # That of an earlier test, which this process may have imported, writes its notes elsewhere, and kills this process.
    monkeypatch.delitem(sys.modules, "slow_parts", raising=False)
    paths = [str(modules), *(path for path in sys.path if path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    before = set(psutil.Process().children(recursive=True))
    cluster = Cluster()
    try:
        cluster.add_node(num_cpus=0, include_dashboard=False)  # the head
        nodes = [cluster.add_node(num_cpus=1) for _ in range(3)]
        cluster.wait_for_nodes()
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster, nodes, notes
    finally:
        cluster.shutdown()
        # A node that did not come up in time leaves its processes, which the cluster does not know.
        for process in set(psutil.Process().children(recursive=True)) - before:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def kill_when(cluster, node, ready):
    """Kill a node (its processes, by SIGKILL) from a thread once ``ready()`` is true."""

    def wait():
        while not ready():
            time.sleep(0.05)
        cluster.remove_node(node, allow_graceful=False)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def notes_of(folder, kind):
    return [path.read_text() for path in folder.glob(f"{kind}-*")]
