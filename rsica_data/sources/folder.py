"""Pairs in folders of any naming, given by templates and a class map in the recipe. PNG, JPEG and TIFF.

A template is a path relative to the input folder with ``{name}`` (required) and ``{split}`` (optional):
``{split}/t1/{name}.tif``. TIFF files keep their georeference; TIFF bands that are not 8-bit RGB are stretched to it
when the recipe gives the range.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, field_validator

from rsica_data.errors import BadItem, UserError
from rsica_data.images import Colour, encode_png, probe, read_image
from rsica_data.schema import ClassDef, EncodedImage, ImagePair, Mask, PairKey, SourceSpec
from rsica_data.sources.common import SPLITS, load_images, load_mask, not_this_layout, sort_keys

NAME = "folder"
_IMAGES = ("before", "after")
_MASKS = ("change_mask", "before_labels", "after_labels")


class FolderOptions(BaseModel):
    """Options of the source.

    Attributes:
        before, after: templates of the two images.
        change_mask, before_labels, after_labels: templates of the masks, where there are any.
        classes: class name to its label value: a grey level, an RGB colour, or a list of either; ids follow the order.
        background: label values that mean "none".
        ignore: label values of unlabelled pixels.
        palette: whether a palette mask is read by its colours or by its indices.
        captions: JSON file ``{name: [caption, ...]}``.
        split: split of pairs whose template has no ``{split}``.
        stretch: value range of TIFF bands that becomes 0..255, e.g. ``[0, 3000]`` for Sentinel-2.
        bands: 1-based TIFF bands taken as red, green, blue.
        gsd_m: ground sample distance in metres per pixel, where the files do not tell.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: str = "A/{name}.png"
    after: str = "B/{name}.png"
    change_mask: str | None = None
    before_labels: str | None = None
    after_labels: str | None = None
    classes: dict[str, Any] = Field(default_factory=dict)
    background: tuple[Any, ...] = (0,)
    ignore: tuple[Any, ...] = ()
    palette: Literal["colours", "indices"] = "colours"
    captions: str | None = None
    split: Literal["train", "val", "test"] = "test"
    stretch: tuple[float, float] | None = None
    bands: tuple[int, int, int] = (1, 2, 3)
    gsd_m: PositiveFloat | None = None
    before_date: str | None = None
    after_date: str | None = None

    @field_validator("before", "after", *_MASKS)
    @classmethod
    def _template(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if "{name}" not in value:
            raise ValueError(f"template '{value}' has no {{name}}")
        if Path(value).is_absolute() or ".." in Path(value).parts:
            raise ValueError(f"template '{value}' must lie inside the input folder")
        if unknown := set(re.findall(r"\{(.*?)\}", value)) - {"name", "split"}:
            raise ValueError(f"template '{value}' has the unknown part {{{unknown.pop()}}}; known: name, split")
        return value

    @field_validator("classes")
    @classmethod
    def _class_map(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, given in value.items():
            _colours(given, name)
        return value

    def mapping(self) -> dict[Colour, int]:
        """Label value to class id; ignored values have id 255."""
        found: dict[Colour, int] = {}
        for given in self.background:
            found |= dict.fromkeys(_colours(given, "background"), 0)
        for number, (name, given) in enumerate(self.classes.items(), 1):
            found |= dict.fromkeys(_colours(given, name), number)
        for given in self.ignore:
            found |= dict.fromkeys(_colours(given, "ignore"), 255)
        return found


def _colours(given: Any, name: str) -> list[Colour]:
    """The label values that a recipe gives for a class."""

    def level(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255

    if level(given):
        return [given]
    if isinstance(given, (list, tuple)) and len(given) == 3 and all(level(v) for v in given):
        return [(given[0], given[1], given[2])]
    if isinstance(given, (list, tuple)) and given:
        return [
            colour for part in given for colour in _colours([part] if level(part) and len(given) == 3 else part, name)
        ]
    raise ValueError(f"'{name}': {given!r} is neither a value 0..255, an RGB colour nor a list of these")


def index(root: Path | None, options: FolderOptions) -> Sequence[PairKey]:
    """Every pair whose before or after image exists."""
    assert root is not None
    found: dict[tuple[str, str], dict[str, str]] = {}
    for role in _IMAGES:
        for split, name, path in _matches(root, getattr(options, role), options.split):
            files = found.setdefault((split, name), {})
            if role in files:
                raise UserError(f"'{files[role]}' and '{path}' are both the {role} image of '{name}'", file=root)
            files[role] = path
    if not found:
        raise not_this_layout(root, NAME, [options.before, options.after])
    captions = _captions(root, options)
    keys = []
    for (split, name), files in found.items():
        roles = [*_IMAGES, *(role for role in _MASKS if getattr(options, role) is not None)]
        paths: dict[str, str | None] = {
            role: files.get(role) or _resolve(root, getattr(options, role), split, name) for role in roles
        }
        keys.append(PairKey(f"{NAME}/{split}/{name}", split, paths, tuple(captions.get(name, ()))))
    return sort_keys(keys)


def _matches(root: Path, template: str, default_split: str) -> list[tuple[str, str, str]]:
    """(split, name, path) of every file that a template matches."""
    pattern = re.escape(template).replace(r"\{split\}", "(?P<split>[^/]+)").replace(r"\{name\}", "(?P<name>[^/]+)")
    pattern = pattern.replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    wildcard = template.replace("{split}", "*").replace("{name}", "*")
    result = []
    for path in sorted(glob.iglob(wildcard, root_dir=root)):
        posix = Path(path).as_posix()
        match = re.fullmatch(pattern, posix)
        if match is None or not (root / path).is_file():
            continue
        split = match.groupdict().get("split", default_split)
        if split not in SPLITS:
            raise UserError(f"'{posix}': split '{split}' is none of {', '.join(SPLITS)}", file=root)
        result.append((split, match["name"], posix))
    return result


def _resolve(root: Path, template: str, split: str, name: str) -> str:
    path = template.replace("{split}", split).replace("{name}", name)
    if "*" in path or "?" in path:
        escaped = template.replace("{split}", glob.escape(split)).replace("{name}", glob.escape(name))
        hits = sorted(glob.glob(escaped, root_dir=root))
        return Path(hits[0]).as_posix() if hits else path
    return path


def _captions(root: Path, options: FolderOptions) -> dict[str, list[str]]:
    if options.captions is None:
        return {}
    path = root / options.captions
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"not a caption file: {error}", file=path, key="source.options.captions") from None
    if not isinstance(loaded, dict) or not all(isinstance(value, list) for value in loaded.values()):
        raise UserError("should be {name: [caption, ...]}", file=path, key="source.options.captions")
    return {name: [str(text).strip() for text in texts] for name, texts in loaded.items()}


def load(root: Path | None, key: PairKey, options: FolderOptions) -> ImagePair:
    """Read one pair."""
    assert root is not None
    tiff = str(key.files["before"]).lower().endswith((".tif", ".tiff"))
    geo: dict[str, Any] = {}
    if tiff:
        before, size, geo = _load_tiff(root, str(key.files["before"]), options)
        after, after_size, _ = _load_tiff(root, str(key.files["after"]), options)
        if size != after_size:
            raise BadItem("size-mismatch", f"before is {size[0]}x{size[1]}, after is {after_size[0]}x{after_size[1]}")
    else:
        before, after, *wide = load_images(root, key)
        size = (wide[0], wide[1])
    classes = tuple(ClassDef(number, name) for number, name in enumerate(options.classes, 1))
    masks: dict[str, Mask] = {
        role: load_mask(root, path, options.mapping(), size, palette_indices=options.palette == "indices")
        for role in _MASKS
        if (path := key.files.get(role)) is not None
    }
    gsd = geo.pop("gsd_m", None)
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=before,
        after=after,
        width=size[0],
        height=size[1],
        classes=classes,
        change_mask=masks.get("change_mask"),
        before_labels=masks.get("before_labels"),
        after_labels=masks.get("after_labels"),
        ignore_id=255 if options.ignore else None,
        captions=key.captions,
        gsd_m=options.gsd_m or gsd,
        before_date=options.before_date,
        after_date=options.after_date,
        **geo,
    )


def _load_tiff(root: Path, path: str, options: FolderOptions) -> tuple[EncodedImage, tuple[int, int], dict[str, Any]]:
    """A TIFF as it stands where it is 8-bit RGB, else stretched to an RGB PNG; with its georeference."""
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    stored = read_image(root, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(root / path) as opened:
                plain = opened.count in (1, 3) and set(opened.dtypes) == {"uint8"}
                bands = options.bands if opened.count >= 3 else (1, 1, 1)
                if max(bands) > opened.count:
                    raise BadItem("missing-band", f"{path}: has {opened.count} bands, bands are {list(bands)}")
                pixels = opened.read(bands)
                georeferenced = opened.crs is not None
                metric = georeferenced and opened.crs.is_projected and opened.crs.linear_units.lower().startswith("met")
                geo = {
                    "crs": opened.crs.to_string() if georeferenced else None,
                    "transform": tuple(opened.transform)[:6] if georeferenced else None,
                    "gsd_m": abs(opened.transform.a) if metric else None,
                }
                size = (opened.width, opened.height)
    except RasterioError as error:
        raise BadItem("corrupt-image", f"{path}: {str(error).splitlines()[0]}") from error
    if plain and options.bands == (1, 2, 3):
        probe(stored)
        return stored, size, geo
    if options.stretch is None:
        detail = f"{path}: bands of {pixels.dtype}; give source.options.stretch, the value range that becomes 0..255"
        raise BadItem("image-depth", detail)
    if not np.all(np.isfinite(pixels)):
        raise BadItem("not-a-number", f"{path}: has pixels that are NaN or infinite")
    low, high = options.stretch
    scaled = np.clip((pixels.astype(np.float64) - low) / (high - low) * 255 + 0.5, 0, 255).astype(np.uint8)
    png = encode_png(np.ascontiguousarray(scaled.transpose(1, 2, 0)))
    return EncodedImage(str(Path(path).with_suffix(".png")), png), size, geo


SOURCE = SourceSpec(
    name=NAME,
    summary="Any folder of pairs, by path templates and a class map in the recipe; PNG, JPEG, TIFF.",
    options=FolderOptions,
    index=index,
    load=load,
    layout="templates of the recipe, e.g. before: '{split}/t1/{name}.tif'",
    redistributable=False,
)
