"""Rows of units as samples: texts, and images decoded once for the rows of a pair that stand close together."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import loads
from rsica_data.dataset.file_checks import DAMAGE_HINT
from rsica_data.dataset.reader import BuiltDataset, Shard
from rsica_data.imagery.images import pil_rgb
from rsica_data.schema.series import DATE, shown_of
from rsica_data.training.index import Index, Unit

if TYPE_CHECKING:
    from PIL.Image import Image

Sample = dict[str, Any]
"""``{"id", "task", "dataset", "messages", "images"}``: chat messages as processors of transformers take them, with a
place for each image before the first question, and the images (RGB, before and after) beside them."""

TEXT_COLUMNS = ["instruction_id", "pair_id", "task", "turns", "gold"]
IMAGE_COLUMNS = ["before", "after", "extra_images"]
_DECODED_BYTES = 256 << 20


class DecodedImages:
    """The images of pairs that were shown last, decoded; the oldest go when they fill more than 256 MB."""

    def __init__(self, limit: int = _DECODED_BYTES) -> None:
        self._limit, self._held = limit, 0
        self._images: OrderedDict[tuple[int, str], tuple[Image, ...]] = OrderedDict()

    def get(self, key: tuple[int, str], encoded: tuple[bytes, ...]) -> list[Image]:
        """The images of a pair."""
        images = self._images.get(key)
        if images is None:
            images = tuple(pil_rgb(data) for data in encoded)
            self._images[key] = images
            self._held += _bytes_of(images)
            while self._held > self._limit and len(self._images) > 1:
                self._held -= _bytes_of(self._images.popitem(last=False)[1])
        else:
            self._images.move_to_end(key)
        return list(images)


def _bytes_of(images: tuple[Image, ...]) -> int:
    return sum(3 * image.width * image.height for image in images)


class LoadedUnit:
    """The rows of a unit and the encoded images of their pairs."""

    def __init__(self, index: Index, unit: Unit) -> None:
        self._part = unit.part
        self._dataset = index.datasets[unit.part]
        with self._dataset.opened(unit.shard.instructions) as file:
            self._rows = file.read(columns=TEXT_COLUMNS).take(unit.rows).to_pylist()
        self._images = encoded_images(self._dataset, unit.shard, {row["pair_id"] for row in self._rows})

    def sample(self, row: int, decoded: DecodedImages) -> Sample:
        """One row as a sample.

        Raises:
            UserError: its pair is not in the shard.
        """
        held = self._rows[row]
        encoded = self._images.get(held["pair_id"])
        if encoded is None:
            problem = f"its pair '{held['pair_id']}' is not in the shard"
            raise UserError(problem, file="instructions", key=held["instruction_id"], hint=DAMAGE_HINT)
        return make_sample(held, decoded.get((self._part, held["pair_id"]), encoded), self._dataset.name)


def encoded_images(dataset: BuiltDataset, shard: Shard, wanted: set[str]) -> dict[str, tuple[bytes, ...]]:
    """Encoded images of some pairs of a shard in order of time; row groups without one are not read.

    Raises:
        UserError: the file is damaged.
    """
    encoded: dict[str, tuple[bytes, ...]] = {}
    with dataset.opened(shard.pairs) as file:
        for group in range(file.num_row_groups):
            names = file.read_row_group(group, columns=["pair_id"])["pair_id"].to_pylist()
            if wanted.isdisjoint(names):
                continue
            table = file.read_row_group(group, columns=IMAGE_COLUMNS)
            columns = [table[name].combine_chunks() for name in IMAGE_COLUMNS]
            for place, name in enumerate(names):
                if name in wanted:
                    encoded[name] = images_of_row(*(column[place].as_py() for column in columns))
    return encoded


def images_of_row(before: Any, after: Any, extra: Any) -> tuple[bytes, ...]:
    """Encoded images of the columns `IMAGE_COLUMNS` of a row, in order of time; those that are not there left out."""
    between = [entry["image"] for entry in extra or () if entry["role"] == DATE]
    return tuple(image["bytes"] for image in (before, *between, after) if image is not None)


def make_sample(row: dict[str, Any], images: list[Image], dataset: str) -> Sample:
    """A sample from a row of the instructions table and the images of its pair, in order of time.

    Raises:
        UserError: it shows an image that is not there.
    """
    try:
        images = shown_of(images, loads(row["gold"]))
    except (ValueError, AttributeError) as error:
        raise UserError(str(error), file="instructions", key=row["instruction_id"], hint=DAMAGE_HINT) from None
    turns = row["turns"]
    messages = [{"role": turn["role"], "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]
    messages[0]["content"][:0] = [{"type": "image"} for _ in images]
    return {
        "id": row["instruction_id"],
        "task": row["task"],
        "dataset": dataset,
        "messages": messages,
        "images": images,
    }
