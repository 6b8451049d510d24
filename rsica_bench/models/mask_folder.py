"""Masks that were predicted elsewhere: files in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rsica_bench.models.api import PairInput
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.image_listing import image_files
from rsica_data.imagery.images import is_jpeg
from rsica_data.imagery.masks import Colour, decode_values, thresholded, values_to_ids
from rsica_data.schema import EncodedImage, Mask


class MaskFolder:
    """Finds the mask of a pair by its id, its last part, or the name of its before image."""

    def __init__(self, folder: Path, values: Mapping[int, str] | None) -> None:
        self._folder, self._values = folder, values
        self._files: dict[str, Path] = {}
        for path in image_files(folder):
            self._files[path.relative_to(folder).with_suffix("").as_posix()] = path
        if not self._files:
            raise UserError("holds no masks", file=folder, key="--model", hint="image files named after the pairs")
        by_name: dict[str, list[Path]] = {}
        for relative, path in self._files.items():
            by_name.setdefault(relative.rsplit("/", 1)[-1], []).append(path)
        self._by_name = {name: paths[0] for name, paths in by_name.items() if len(paths) == 1}

    def segment(self, pairs: Sequence[PairInput]) -> list[Mask | str]:
        """A mask a pair, or why there is none."""
        return [self._mask(pair) for pair in pairs]

    def _mask(self, pair: PairInput) -> Mask | str:
        sides = [self._find(pair, f".{side}") for side in ("before", "after")]
        mask_path = self._find(pair)
        try:
            if sides[0] is not None and sides[1] is not None:
                both = [self._read(path, pair.label_classes or pair.classes) for path in sides if path is not None]
                if both[0].shape != both[1].shape:
                    return f"{sides[0].name} and {sides[1].name} differ in size"
                return np.stack(both)
            if mask_path is None:
                return f"no mask named {pair.name.rsplit('/', 1)[-1]}"
            return self._read(mask_path, pair.mask_classes)
        except InvalidItemError as error:
            return error.detail

    def _find(self, pair: PairInput, ending: str = "") -> Path | None:
        short = [pair.name.rsplit("/", 1)[-1] + ending, Path(pair.before.path).stem + ending]
        whole = self._files.get(pair.name + ending)
        return whole or next((self._by_name[n] for n in short if n in self._by_name), None)

    def _read(self, path: Path, classes: Sequence[str]) -> Mask:
        image = EncodedImage(path.name, path.read_bytes())
        values = decode_values(image)
        if self._values is None and is_jpeg(image) and len(classes) == 1:
            return thresholded(values, 128, path.name)  # its lowest values are noise, not class ids
        return self._ids(values, path.name, classes)

    def _ids(self, values: Mask, name: str, classes: Sequence[str]) -> Mask:
        if self._values is not None:
            table: dict[Colour, int] = {0: 0}
            for value, class_name in self._values.items():
                table[value] = classes.index(class_name) + 1 if class_name in classes else 0
            return values_to_ids(values, table, name)
        if values.ndim == 2 and int(values.max(initial=0)) <= len(classes):
            return values
        if len(classes) == 1 and values.ndim == 2:
            return np.asarray(values > 127, np.uint8)
        raise InvalidItemError(
            "unknown-mask-value", f"{name}: its values are no class ids; say which with --set values=..."
        )
