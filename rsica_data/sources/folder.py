"""Pairs in folders of any naming, given by templates and a class map in the recipe. PNG, JPEG and TIFF.

A template is a path relative to the input folder with ``{name}`` (required) and ``{split}`` (optional), and with ``*``
and ``?`` where names vary: ``{split}/t1/{name}_*.tif``. TIFF files keep their georeference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.json_text import read_json
from rsica_data.schema import ImagePair, PairKey, SourceSpec
from rsica_data.schema.caption_text import has_words
from rsica_data.schema.records import IGNORE_ID, MASK_ROLES
from rsica_data.sources.class_map import GroundSampleDistance, LabelOptions
from rsica_data.sources.common import LEFT_OUT, check_sizes, inside, load_mask, need_root, not_this_layout, sort_keys
from rsica_data.sources.oriented import settle_orientation
from rsica_data.sources.pair_attributes import read_pair_attributes
from rsica_data.sources.splits import SplitRules, share_out
from rsica_data.sources.templates import check_template, fill_template, match_template
from rsica_data.sources.tiff_images import LoadedImage, check_alignment, load_any

NAME = "folder"
_IMAGES = ("before", "after")


def _as_text(value: Any) -> Any:
    """YAML reads 2019 as a number and 2019-06-30 as a date."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Date = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
_Band = Annotated[int, Field(ge=1)]


class FolderOptions(LabelOptions):
    """Options of the source.

    Attributes:
        before, after: path templates of the two images: ``{name}`` is the pair, ``{split}`` its split.
        change_mask, before_labels, after_labels: path templates of the masks, where there are any.
        classes: class name to its label value: a grey level, an RGB colour, or a list of these; ids follow the order
            and start at 1.
        change_classes: the same for the change mask alone, where its values are not those of the label maps; a name
            that is not in ``classes`` gets the next id.
        background: label values that mean "none".
        ignore: label values of unlabelled pixels.
        palette: whether a palette mask is read by its colours or by its indices.
        mask_threshold: grey levels of the change mask from here on are change; for masks saved as JPEG.
        captions: JSON file ``{name: [caption, ...]}``; ``split/name`` as key where names repeat.
        split: split of pairs whose templates have no ``{split}``, or how to share them out.
        pair_attributes: JSON ``{name: {key: value}}`` or CSV with a column ``name``: attributes of single pairs.
        stretch: sample values that become 0 and 255 in images of more than 8 bits, e.g. ``[0, 3000]`` for Sentinel-2.
        bands: 1-based TIFF bands taken as red, green, blue.
        gsd_m: ground sample distance in metres per pixel; by default what the files tell.
        before_date, after_date: ISO 8601 dates.
        license: terms of the images.
        attributes: anything else to be kept with every pair.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: str = "A/{name}.png"
    after: str = "B/{name}.png"
    change_mask: str | None = None
    before_labels: str | None = None
    after_labels: str | None = None
    captions: str | None = None
    split: Literal["train", "val", "test"] | SplitRules = "test"
    pair_attributes: str | None = None
    stretch: tuple[float, float] | None = None
    bands: tuple[_Band, _Band, _Band] | None = None
    gsd_m: GroundSampleDistance | None = None
    before_date: _Date | None = None
    after_date: _Date | None = None
    license: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)

    @field_validator("before", "after", *MASK_ROLES)
    @classmethod
    def _template(cls, value: str | None) -> str | None:
        return value if value is None else check_template(value)

    @field_validator("captions", "pair_attributes")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        if value is not None and not inside(value):
            raise ValueError(f"'{value}' must lie inside the input folder")
        return value

    @field_validator("stretch")
    @classmethod
    def _range(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not value[0] < value[1]:
            raise ValueError("should be [low, high] with low < high")
        return value

    @model_validator(mode="after")
    def _whole(self) -> FolderOptions:
        masks = [role for role in MASK_ROLES if getattr(self, role) is not None]
        for role in ("after", *masks):
            if "{split}" in getattr(self, role) and "{split}" not in self.before:
                raise ValueError(f"{role} has {{split}} but before has not")
        if isinstance(self.split, SplitRules) and "{split}" in self.before:
            raise ValueError("split shares pairs out, and before has {split}, which tells their splits")
        self.check_labels(masks)
        return self

    @property
    def fixed_split(self) -> str:
        """The split of pairs whose templates have none, before they are shared out."""
        return self.split if isinstance(self.split, str) else "test"


def index(root: Path | None, options: FolderOptions) -> Sequence[PairKey]:
    """Every pair of which the before or the after image exists."""
    root = need_root(root)
    roles = [role for role in (*_IMAGES, *MASK_ROLES) if getattr(options, role) is not None]
    found = {role: _files(root, getattr(options, role), role) for role in roles}
    pairs = dict.fromkeys((split or options.fixed_split, name) for split, name in found["before"])
    if "{split}" in options.after or "{split}" not in options.before:
        pairs |= dict.fromkeys((split or options.fixed_split, name) for split, name in found["after"])
    if not pairs:
        raise not_this_layout(root, NAME, [options.before, options.after])
    told = {} if options.pair_attributes is None else read_pair_attributes(root / options.pair_attributes)
    if isinstance(options.split, SplitRules):
        splits = share_out([name for _, name in pairs], options.split, root, told).splits
        pairs = dict.fromkeys((split, name) for name, split in splits.items())
    captions = _captions(root, options, pairs)
    keys = []
    for split, name in pairs:
        files: dict[str, str | None] = {}
        for role in roles:
            path = found[role].get((split, name)) or found[role].get((None, name))
            files[role] = path or fill_template(getattr(options, role), split, name)
        texts = captions.get((split, name), ())
        kept = tuple(text for text in texts if has_words(text))
        extra: dict[str, Any] = {LEFT_OUT: len(texts) - len(kept)} if len(kept) < len(texts) else {}
        if name in told:
            extra["attributes"] = told[name]
        keys.append(PairKey(f"{NAME}/{split}/{name}", split, files, kept, extra=extra))
    return sort_keys(keys)


def _files(root: Path, template: str, role: str) -> dict[tuple[str | None, str], str]:
    found: dict[tuple[str | None, str], str] = {}
    for match in match_template(root, template):
        first = found.setdefault((match.split, match.name), match.path)
        if first != match.path:
            both = f"'{first}' and '{match.path}' are both the {role} file of '{match.name}'"
            raise UserError(both, file=root, key=f"source.options.{role}", hint="make the template narrower")
    return found


def _captions(
    root: Path, options: FolderOptions, pairs: dict[tuple[str, str], None]
) -> dict[tuple[str, str], tuple[str, ...]]:
    if options.captions is None:
        return {}
    path, key = root / options.captions, "source.options.captions"
    loaded = read_json(path, key=key)
    if not isinstance(loaded, dict) or not all(_is_texts(texts) for texts in loaded.values()):
        raise UserError("should be {name: [caption, ...]}", file=path, key=key)
    found = {}
    for split, name in pairs:
        texts = loaded.get(f"{split}/{name}", loaded.get(name))
        if texts is not None:
            found[split, name] = tuple(text.strip() for text in texts)
    if loaded and not found:
        some = f"it has '{next(iter(loaded))}', the folder '{next(iter(pairs))[1]}'"
        raise UserError("has captions of no pair of the folder", file=path, key=key, hint=some)
    return found


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def load(root: Path | None, key: PairKey, options: FolderOptions) -> ImagePair:
    """Read one pair."""
    root = need_root(root)
    before, after = (_load_image(root, key, role, options) for role in _IMAGES)
    oriented = settle_orientation(root, before, after, [key.files[role] for role in MASK_ROLES if role in key.files])
    before, after = oriented.before, oriented.after
    check_sizes(before.size, after.size)
    check_alignment(before, after)
    masks = {
        role: load_mask(root, key.files[role], options.mask_rule(role), before.size, shown=oriented.shown)
        for role in MASK_ROLES
        if role in key.files
    }
    place = before.georeference or after.georeference
    attributes = options.attributes | key.extra.get("attributes", {}) | oriented.attributes
    if (before.converted or after.converted) and options.stretch is not None:
        attributes["stretch"] = list(options.stretch)
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=before.image,
        after=after.image,
        width=before.size[0],
        height=before.size[1],
        classes=options.class_defs(),
        change_mask=masks.get("change_mask"),
        before_labels=masks.get("before_labels"),
        after_labels=masks.get("after_labels"),
        ignore_id=IGNORE_ID if options.ignore else None,
        captions=key.captions,
        gsd_m=options.gsd_m or (place.gsd_m if place else None),
        crs=place.crs if place else None,
        transform=place.transform if place else None,
        before_date=options.before_date,
        after_date=options.after_date,
        license=options.license,
        attributes=attributes,
    )


def _load_image(root: Path, key: PairKey, role: str, options: FolderOptions) -> LoadedImage:
    path = key.files[role]
    if path is None:
        raise InvalidItemError("missing-file", f"{key.pair_id}: no {role} image matches '{getattr(options, role)}'")
    return load_any(root, path, options.stretch, options.bands)


def notes(root: Path | None, options: FolderOptions) -> Sequence[str]:
    """How the pairs were shared out, where the recipe asks for it."""
    if not isinstance(options.split, SplitRules):
        return ()
    root = need_root(root)
    names = {match.name for role in _IMAGES for match in match_template(root, getattr(options, role))}
    told = {} if options.pair_attributes is None else read_pair_attributes(root / options.pair_attributes)
    return (share_out(sorted(names), options.split, root, told).note,)


SOURCE = SourceSpec(
    name=NAME,
    summary="Any folder of pairs, by path templates and a class map in the recipe; PNG, JPEG, TIFF.",
    options=FolderOptions,
    index=index,
    load=load,
    notes=notes,
    layout="templates of the recipe, e.g. before: '{split}/t1/{name}.tif'",
    redistributable=False,
)
