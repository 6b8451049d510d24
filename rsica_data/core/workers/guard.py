"""Whether worker processes can be started from the running script.

A spawned process imports the script that started it. What stands at its top, outside `if __name__ == "__main__":`,
would then run again in every worker, which multiprocessing answers with tracebacks of each.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FrameType

from rsica_data.core.errors import UserError


def check_main_guard() -> None:
    """See that worker processes can be started from here.

    Raises:
        UserError: the running script calls this outside `if __name__ == "__main__":`, or is no file.
    """
    if getattr(sys.modules.get("__main__"), "__file__", None) == "<stdin>":
        problem = "worker processes import the script again, and one from standard input has no file"
        raise UserError(problem, hint="put it in a file, or use one worker")
    place = unguarded_place()
    if place is not None:
        problem = 'worker processes import the script again: put this under `if __name__ == "__main__":`'
        raise UserError(problem, file=place[0], line=place[1], hint="or use one worker")


def unguarded_place() -> tuple[Path, int] | None:
    """File and line of the statement that every worker process would run again; None where there is none.

    The same holds of a program without a file (`python -c`, notebooks) and of `python -m PACKAGE`, which workers do not
    import; and of calls from other threads, whose origin cannot be seen.
    """
    main = sys.modules.get("__main__")
    name = getattr(getattr(main, "__spec__", None), "name", None) or ""
    file = getattr(main, "__file__", None)
    if main is None or file is None or name.split(".")[-1] == "__main__" or Path(file).stem == "ipython":
        return None
    frame = _outermost(vars(main))
    if frame is None:
        return None
    try:
        statements = ast.parse(Path(file).read_text(encoding="utf-8")).body
    except (OSError, ValueError, SyntaxError):
        return None
    line = frame.f_lineno
    inside = [part for part in statements if part.lineno <= line <= (part.end_lineno or part.lineno)]
    if not inside or any(_guards(node, line) for part in inside for node in ast.walk(part)):
        return None
    return Path(file), line


def _outermost(names: dict[str, object]) -> FrameType | None:
    """The frame of the running script itself."""
    script_frame, frame = None, sys._getframe()
    while frame is not None:
        if frame.f_globals is names and frame.f_code.co_name == "<module>":
            script_frame = frame
        frame = frame.f_back  # type: ignore[assignment]
    return script_frame


def _guards(node: ast.AST, line: int) -> bool:
    """Whether a node is an `if` over `__name__` whose body holds the line."""
    if not isinstance(node, ast.If) or not node.body[0].lineno <= line <= (node.body[-1].end_lineno or line):
        return False
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))
