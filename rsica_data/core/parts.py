"""Work in parts, for job arrays: part I of N does every N-th unit, in a folder of its own beside the one of the whole.

A part is work that has begun: its units and its journal, and not what ends the work. A killed part goes on as the whole
would.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.files import TEMPORARY

Part = tuple[int, int]
"""Number of a part, from 1, and how many there are."""

_NAME = re.compile(r"(\d{5})-of-(\d{5})")
_MOST = 99_999
_NAMED = 20


def parse_part(text: str) -> Part:
    """Number and total of ``3/8``.

    Raises:
        UserError: not of that form, or the number is not one of the total.

    >>> parse_part("3/8")
    (3, 8)
    """
    match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text, re.ASCII)
    if match is None:
        raise UserError(f"'{text}' is not of the form I/N", key="--part", hint="for example 3/8")
    number, total = int(match[1]), int(match[2])
    if total > _MOST:
        raise UserError(f"{total} parts are too many", key="--part", hint=f"at most {_MOST} parts")
    if not 1 <= number <= total:
        there = f"parts of {total} are 1/{total} to {total}/{total}" if total else "parts count from 1: 1/8 to 8/8"
        raise UserError(f"there is no part {number} of {total}", key="--part", hint=there)
    return number, total


def parts_folder(out: Path) -> Path:
    """Where the parts of a dataset or of a run lie until they are merged."""
    return out.with_name(f"{out.name}.parts")


def part_folder(out: Path, part: Part) -> Path:
    """The folder of one part."""
    return parts_folder(out) / f"{part[0]:05d}-of-{part[1]:05d}"


def part_folders(out: Path) -> list[Path]:
    """The folders of all parts, in order.

    Raises:
        UserError: there are none, some are missing, or they are of different totals.
    """
    folder = parts_folder(out)
    names = sorted(path.name for path in folder.glob("*") if _NAME.fullmatch(path.name))
    if not names:
        raise UserError("no parts are there", file=folder, hint="they are made with --part, as in --part 1/8")
    totals = {int(name[-5:]) for name in names}
    if len(totals) > 1:
        stated = " and ".join(map(str, sorted(totals)))
        raise UserError(f"holds parts of {stated}", file=folder, hint="delete those that are not wanted")
    total = totals.pop()
    wanted = [part_folder(out, (number, total)) for number in range(1, total + 1)]
    missing = [str(number) for number, path in enumerate(wanted, 1) if not path.is_dir()]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        problem = f"parts of {total} are missing: {', '.join(missing[:_NAMED])}{more}"
        raise UserError(problem, file=folder, hint=f"they are made with --part {missing[0]}/{total} and so on")
    return wanted


def remove_parts(out: Path) -> None:
    """Delete the parts, which are merged: all at once, for a part of them would look like parts that are missing."""
    folder = parts_folder(out)
    going = folder.with_name(TEMPORARY + folder.name)
    shutil.rmtree(going, ignore_errors=True)
    if folder.is_dir():
        folder.rename(going)
        shutil.rmtree(going, ignore_errors=True)
