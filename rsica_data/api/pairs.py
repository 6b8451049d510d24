"""A bi-temporal pair of a dataset: images as arrays, facts, a picture of both."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rsica_data.imagery.images import decode_mask, decode_rgb, encode_png
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.facts import FactRules, FactsView, view_facts
from rsica_data.schema.records import EncodedImage, Mask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as PilImage

_SHOWN = 256  # pixels of the longer side in a notebook


@dataclass(frozen=True)
class ImageView:
    """One image of a pair, as it was encoded.

    Attributes:
        path: original relative path.
        data: the encoded bytes.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> image = rd.build("demo", out=tempfile.mkdtemp(), limit=1).pairs("test")[0].before
        >>> image.array().shape, image.array().dtype.name, image.pil().mode
        ((256, 256, 3), 'uint8', 'RGB')
    """

    path: str
    data: bytes = field(repr=False)

    def array(self) -> NDArray[np.uint8]:
        """The pixels.

        Returns:
            RGB, shape ``(H, W, 3)``, uint8.
        """
        return decode_rgb(self.data)

    def pil(self) -> PilImage:
        """The image for PIL.

        Returns:
            A `PIL.Image.Image` in RGB.
        """
        from rsica_data.imagery.images import pil_rgb

        return pil_rgb(self.data)

    def _repr_png_(self) -> bytes:
        return encode_png(self.array())


class Pair:
    """A bi-temporal pair.

    Attributes:
        stored: the record as the dataset has it.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> pair = rd.build("demo", out=tempfile.mkdtemp(), limit=1).pairs("test")[0]
        >>> pair.before.array().shape, pair.mask.shape, pair.facts.classes
        ((256, 256, 3), (256, 256), ('road', 'building'))
    """

    def __init__(self, stored: StoredPair, rules: FactRules) -> None:
        self.stored, self._rules = stored, rules

    @property
    def id(self) -> str:
        """``SOURCE/SPLIT/NAME``."""
        return self.stored.pair_id

    @property
    def split(self) -> str:
        """Name of its split."""
        return self.stored.split

    @property
    def before(self) -> ImageView:
        """The earlier image."""
        view = _view(self.stored.before)
        if view is None:
            from rsica_data.core.errors import UserError

            raise UserError("was published without its images; join your own copy", key=self.id)
        return view

    @property
    def after(self) -> ImageView | None:
        """The later image; None for a source of one date."""
        return _view(self.stored.after)

    @property
    def mask(self) -> Mask | None:
        """Class ids of what changed, ``(H, W)`` uint8, 0 for no change; None where the pair has no mask."""
        return _mask(self.stored.change_mask)

    @property
    def labels(self) -> tuple[Mask | None, Mask | None]:
        """Land cover ids before and after, ``(H, W)`` uint8 each; None where there are none."""
        return _mask(self.stored.before_labels), _mask(self.stored.after_labels)

    @property
    def classes(self) -> dict[int, str]:
        """Class id to name."""
        return {entry.id: entry.name for entry in self.stored.classes}

    @property
    def captions(self) -> tuple[str, ...]:
        """Sentences that people wrote about the pair."""
        return self.stored.captions

    @property
    def changed(self) -> bool | None:
        """Whether the pair changed; None where nobody knows."""
        return self.stored.changed

    @cached_property
    def facts(self) -> FactsView | None:
        """Counts, cells, areas and objects under the dataset's rules; None where the pair has no mask."""
        facts = self.stored.facts
        return None if facts is None else view_facts(facts, self._rules, self.stored.changed)

    def plot(self, mask: bool = True, grid: bool = False, title: str | None = None) -> Any:
        """Draw both images side by side, with the change mask on the later one.

        Args:
            mask: draw the mask.
            grid: draw the 3x3 grid.
            title: what stands above the images; the pair's id by default.

        Returns:
            The matplotlib axes, an array of one or two.

        Raises:
            UserError: matplotlib is not installed.
        """
        from rsica_data.api.plotting import plot_images

        images = {"before": self.before.array()} | ({} if self.after is None else {"after": self.after.array()})
        return plot_images(title or self.id, images, self.mask if mask else None, self.classes, grid)

    def __repr__(self) -> str:
        changed = {True: "changed", False: "unchanged", None: "change unknown"}[self.changed]
        return f"Pair({self.id!r}: {self.stored.width}x{self.stored.height} px, {changed})"

    def _repr_html_(self) -> str:
        images = "".join(_thumbnail(view) for view in (_view(self.stored.before), self.after) if view is not None)
        about = html.escape(repr(self.facts) if self.facts is not None else repr(self))
        return f"<div><p><b>{html.escape(self.id)}</b></p>{images}<p>{about}</p></div>"


def _view(image: EncodedImage | None) -> ImageView | None:
    return None if image is None else ImageView(image.path, image.data)


def _mask(image: EncodedImage | None) -> Mask | None:
    return None if image is None else decode_mask(image.data)


def _thumbnail(view: ImageView) -> str:
    pixels = view.array()
    step = max(1, -(-max(pixels.shape[:2]) // _SHOWN))
    data = base64.b64encode(encode_png(pixels[::step, ::step].copy())).decode()
    return f'<img alt="{html.escape(view.path)}" src="data:image/png;base64,{data}" style="margin-right:4px">'
