"""Hostile files go through the command line in their own process: seconds, memory, tracebacks and requests count."""

import os
import resource
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from .pictures import build, pairs  # noqa: F401  (fixtures)

ROOT = Path(__file__).resolve().parents[3]
MEASURED = ROOT / "tests" / "support" / "measured_main.py"
SECONDS, MEGABYTES = 60, 1000
"""The issue allows 10 s; tests run beside others on slow machines."""


@pytest.fixture(scope="session")
def hostile():
    """Folder of hostile files that were once read wrongly; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("RSICA_SHARED", ROOT.parent / "shared")) / "cases" / "hostile"
    if not folder.is_dir():
        pytest.skip("no hostile cases under RSICA_SHARED")
    return folder


def run_limited(*words, cwd=None, package="rsica_data"):
    """A command in its own process; fails on a traceback, a crash, too much time or too much memory."""
    with tempfile.TemporaryDirectory() as folder:
        return _limited(Path(folder) / "peak", package, words, cwd)


def _limited(peak_file, package, words, cwd):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    process = subprocess.Popen(
        [sys.executable, str(MEASURED), str(peak_file), package, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "*"},
        text=True,
        errors="replace",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        **pipes,
    )
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        out = process.stdout.read()
        err = process.stderr.read()
        process.wait()
    finally:
        timer.cancel()
        process.stdout.close()
        process.stderr.close()
    assert process.returncode in (0, 1, 2), f"exit status {process.returncode}\n{err[-2000:]}"
    peak = int(peak_file.read_text()) / 2**20
    assert "Traceback" not in err, err[-3000:]
    assert peak < MEGABYTES, f"{peak:.0f} MB"
    if process.returncode:
        errors = [line for line in err.splitlines() if ": error: " in line or line.startswith("Error: ")]
        assert errors, f"exit status {process.returncode} without an error line\n{out}{err}"
    return SimpleNamespace(status=process.returncode, out=out, err=err, peak=peak)


@pytest.fixture
def limited():
    return run_limited


@pytest.fixture
def counting_server():
    """A server that counts what it is asked; none of our commands may ask it anything."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_POST = do_GET

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", requests=requests)
    server.shutdown()
    thread.join()
    server.server_close()
    assert requests == []
