"""A program that is spoken to in lines of JSON: started, asked with a time limit, killed with its children."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads

_GRACE = 10.0


class Broken(Exception):
    """The program died, hung or did not keep to the protocol; the message says which."""


class Program:
    """One start of a program."""

    def __init__(self, command: str, cwd: str | None, env: Mapping[str, str], log: Path | None) -> None:
        words = shlex.split(command)
        self._log: IO[bytes] | None = None if log is None else log.open("ab")
        try:
            self._process = subprocess.Popen(
                words,
                cwd=cwd,
                env={**os.environ, **env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except OSError as error:
            if self._log is not None:
                self._log.close()
            raise UserError(
                f"cannot start '{words[0] if words else command}': {error.strerror}", key="--model"
            ) from None
        self._buffer = b""

    def ask(self, message: dict[str, Any] | None, timeout: float) -> dict[str, Any]:
        """Send a line and read one; None only reads.

        Raises:
            Broken: no line within ``timeout`` seconds, a line that is no JSON object, or the end of the program.
        """
        deadline = time.monotonic() + timeout
        if message is not None:
            self._send((dump_json(message) + "\n").encode(), deadline, timeout)
        line = self._line(deadline, timeout)
        try:
            reply = loads(line.decode())
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise Broken(f"said something that is no JSON object: {line[:80].decode(errors='replace')!r}")
        return reply

    def _send(self, data: bytes, deadline: float, timeout: float) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
        while data:
            _, ready, _ = select.select([], [pipe], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise Broken(f"did not read its question within {timeout:g} s")
            try:
                data = data[os.write(pipe.fileno(), data) :]
            except OSError:
                raise Broken(self._ended()) from None

    def _line(self, deadline: float, timeout: float) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([pipe], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise Broken(f"no reply within {timeout:g} s")
            chunk = os.read(pipe.fileno(), 1 << 16)
            if not chunk:
                raise Broken(self._ended())
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(timeout=1)
            if status < 0:
                return f"the program was killed by {signal.Signals(-status).name}"
            return f"the program ended with exit status {status}"
        return "the program closed its pipes"

    def stop(self) -> None:
        """Close its input and wait a little; then kill it and all that it started."""
        self._close_pipes()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_GRACE)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started, now."""
        self._close_pipes()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._log is not None:
            self._log.close()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
