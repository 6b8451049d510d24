"""Predicted masks of a run, kept as files: `masks/PAIR_ID.png`."""

from __future__ import annotations

from pathlib import Path

from rsica_data.errors import UserError
from rsica_data.images import decode_mask, encode_mask
from rsica_data.journal import write_atomic
from rsica_data.schema import Mask

MASKS = "masks"


class MaskStore:
    """The masks of a run folder."""

    def __init__(self, run: Path) -> None:
        self._folder = run / MASKS

    def write(self, pair_id: str, mask: Mask) -> None:
        """Keep a mask of class ids, ``[H, W]`` uint8."""
        write_atomic(self._path(pair_id), encode_mask(mask))

    def read(self, pair_id: str) -> Mask | None:
        """The mask of a pair; None where there is none."""
        path = self._path(pair_id)
        return decode_mask(path.read_bytes()) if path.is_file() else None

    def _path(self, pair_id: str) -> Path:
        if any(part in ("", ".", "..") for part in pair_id.split("/")):
            raise UserError(f"pair id '{pair_id}' is no relative path", hint="the dataset is damaged")
        return self._folder / f"{pair_id}.png"
