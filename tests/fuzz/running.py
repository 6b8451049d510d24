"""One case: a forked process with limits of memory and time, whose network, files and last words are checked."""

import ctypes
import faulthandler
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SECONDS, CPU_SECONDS = 30, 10
"""Wall time of a busy machine, and the time that is a process's own."""
GROWTH = 850 << 20
"""Memory over what is imported already: with the imports, a gigabyte."""
ADDRESSES = 8 << 30
_LONGEST_LINE = 1500
_NEW_NETWORK = 0x40000000


@dataclass
class Ended:
    """How a case ended."""

    status: int
    out: str
    err: str
    seconds: float
    grown: int
    problems: list = field(default_factory=list)


def own_network():
    """Put this process into a network without any address, whose attempts the kernel counts; whether that could be."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(_NEW_NETWORK) == 0


def attempts():
    """Connections and datagrams that this network has seen or refused for want of a way."""
    found = 0
    with suppress(OSError):
        lines = Path("/proc/self/net/snmp").read_text().splitlines()
        for names, numbers in zip(lines[::2], lines[1::2], strict=False):
            row = dict(zip(names.split(), numbers.split(), strict=False))
            found += sum(int(row.get(name, 0)) for name in ("ActiveOpens", "OutDatagrams", "OutNoRoutes"))
        for line in Path("/proc/self/net/snmp6").read_text().splitlines():
            name, number = line.split()
            if name in ("Udp6OutDatagrams", "Ip6OutNoRoutes"):
                found += int(number)
    return found


def states(folder):
    """Each path below a folder with what shows that it was written to."""
    found = {}
    for above, names, files in os.walk(folder):
        for name in (*names, *files):
            path = os.path.join(above, name)
            with suppress(FileNotFoundError):
                about = os.lstat(path)
                size = 0 if os.path.isdir(path) and not os.path.islink(path) else about.st_size
                found[path] = (about.st_mode, about.st_ino, size, about.st_mtime_ns if size else 0)
    return found


def run(work, folder, writes):
    """Run ``work()`` in a process of its own inside ``folder``.

    Args:
        work: returns an exit status; what it prints is kept.
        folder: current folder of the process; everything around it must stay as it is.
        writes: paths inside the folder that may be written.
    """
    pen = folder.parent
    before, asked = states(pen), attempts()
    for name in ("say", "tmp"):
        (pen / name).mkdir()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _child(work, folder, pen / "say")
    code, hung = _wait(pid)
    ended = _ended(pen / "say", code, time.monotonic() - started)
    if hung:
        ended.problems.append(f"still runs after {SECONDS} s")
    asked = attempts() - asked
    if asked:
        ended.problems.append(f"{asked} connection attempts")
    allowed = [str(folder / name) for name in writes] + [str(pen / "say"), str(pen / "tmp")]
    if any((pen / "tmp").iterdir()) and not hung and code >= 0:
        ended.problems.append("leaves temporary files")
    after = states(pen)
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path) and not any(
            path == one or path.startswith((one + "/", one + ".")) for one in allowed
        ):
            ended.problems.append(f"wrote {os.path.relpath(path, folder)}")
    return ended


def _child(work, folder, say):
    code = 99
    try:
        os.setsid()
        faulthandler.disable()
        for name, stream in (("stdout", 1), ("stderr", 2)):
            handle = os.open(say / name, os.O_CREAT | os.O_WRONLY)
            os.dup2(handle, stream)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(folder)
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder.parent / "tmp")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (2 * CPU_SECONDS, 2 * CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_AS, (_now("VmSize") + ADDRESSES,) * 2)
        base = _now("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        told = []
        sys.addaudithook(_Watch(told, str(folder.parent)))
        try:
            code = work()
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        (say / "told").write_text(json.dumps({"grown": _now("VmHWM") - base, "problems": told[:5]}))
    finally:
        os._exit(code if isinstance(code, int) else 98)


class _Watch:
    """An audit hook that notes Python's own writes outside the case's folder, programs that are started, and sockets."""

    def __init__(self, told, pen):
        self.told, self.pen = told, pen

    def __call__(self, event, words):
        if event == "open":
            path, mode, flags = words
            if isinstance(path, (str, bytes)) and (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and mode != "r":
                self._path("writes", path)
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.symlink", "os.link"):
            self._path(event, words[1] if event in ("os.symlink", "os.link") else words[0])
        elif event == "os.rename":
            self._path(event, words[1])
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            self.told.append(f"starts a program: {str(words[0])[:80]}")
        elif event in ("socket.getaddrinfo", "socket.gethostbyname") or (
            event == "socket.connect" and isinstance(words[1], tuple)
        ):
            self.told.append(f"{event}: {str(words[1:] if event == 'socket.connect' else words)[:80]}")

    def _path(self, event, path):
        if isinstance(path, (str, bytes)):
            real = os.path.abspath(os.fsdecode(path))
            if not real.startswith((self.pen + "/", "/dev/null", "/proc/self/", "/dev/shm/")):
                self.told.append(f"{event} {real[:120]}")


def _now(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def _wait(pid):
    """The exit code of a process, and whether it had to be killed."""
    poll = select.poll()
    handle = os.pidfd_open(pid)
    poll.register(handle, select.POLLIN)
    hung = not poll.poll(SECONDS * 1000)
    os.close(handle)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if hung:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), hung


def _ended(say, code, seconds):
    out, err = (
        (say / name).read_text(errors="replace") if (say / name).exists() else "" for name in ("stdout", "stderr")
    )
    told = json.loads((say / "told").read_text()) if (say / "told").exists() else {"grown": 0, "problems": []}
    ended = Ended(code, out, err, seconds, told["grown"], told["problems"])
    if code not in (0, 1, 2):
        ended.problems.append(f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}")
    if "Traceback (most recent call last)" in err:
        ended.problems.append("a traceback: " + err.strip().splitlines()[-1][:200])
    elif code in (1, 2):
        lines = [line for line in err.strip().splitlines() if not line.startswith("  ")]
        errors = [line for line in lines if "error: " in line.lower()]
        if code == 2 and not errors:
            ended.problems.append("exit status 2 without an error line")
        if not errors and not out.strip():
            ended.problems.append(f"exit status {code} without a word")
        if any(len(line) > _LONGEST_LINE for line in lines):
            ended.problems.append("an error line without end")
    if ended.grown > GROWTH:
        ended.problems.append(f"takes {ended.grown >> 20} MB more than its imports")
    return ended
