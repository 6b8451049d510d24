"""Freed memory goes back where Arrow and the C library can give it."""

import sys
from types import SimpleNamespace

from rsica_data.core import freed_memory


def test_the_c_library_is_asked_on_linux_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda name: SimpleNamespace(malloc_trim=asked.append))
    monkeypatch.setattr(sys, "platform", "linux")
    freed_memory.return_freed_memory()
    monkeypatch.setattr(sys, "platform", "win32")
    freed_memory.return_freed_memory()
    assert asked == [0]


def test_a_library_without_the_call_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda name: SimpleNamespace())
    freed_memory.return_freed_memory()


def test_a_program_without_shared_libraries_goes_on(monkeypatch):
    def refuse(name):
        raise OSError("Dynamic loading not supported")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", refuse)
    freed_memory.return_freed_memory()


def test_arrow_is_asked_where_it_is_in_use(monkeypatch):
    asked = []
    pool = SimpleNamespace(release_unused=lambda: asked.append("arrow"))
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "pyarrow", SimpleNamespace(default_memory_pool=lambda: pool))
    freed_memory.return_freed_memory()
    monkeypatch.delitem(sys.modules, "pyarrow")
    freed_memory.return_freed_memory()
    assert asked == ["arrow"]
