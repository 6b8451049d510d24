"""Pairs in folders of any naming, given by templates and a class map in the recipe. PNG, JPEG and TIFF.

A template is a path relative to the input folder with ``{name}`` (required) and ``{split}`` (optional), and with ``*``
and ``?`` where names vary: ``{split}/t1/{name}_*.tif``. TIFF files keep their georeference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, field_validator, model_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.schema import ImagePair, Mask, PairKey, SourceSpec
from rsica_data.schema.records import IGNORE_ID, MASK_ROLES, SPLITS, Split
from rsica_data.sources.catalog.forms import CaptionForm
from rsica_data.sources.catalog.objects import ObjectForm
from rsica_data.sources.catalog.page_captions import Captioned, caption_files, read_caption_file
from rsica_data.sources.catalog.page_questions import QuestionForm
from rsica_data.sources.catalog.texts import TextForms, Texts, given_attributes, given_questions, read_texts
from rsica_data.sources.class_map import GroundSampleDistance, LabelOptions
from rsica_data.sources.common import check_sizes, load_mask, need_root, not_this_layout, sort_keys
from rsica_data.sources.fields import Date, LowHigh, local_path
from rsica_data.sources.ground_splits import footprints_of, share_out_ground
from rsica_data.sources.oriented import settle_orientation
from rsica_data.sources.pair_attributes import read_pair_attributes
from rsica_data.sources.path_templates import check_template, fill_template, match_template
from rsica_data.sources.splits import SplitResult, SplitRules, share_out
from rsica_data.sources.tiff_images import LoadedImage, check_alignment, load_any
from rsica_data.sources.tiling import TileOption, cut_of, tile_note, tile_path, tiled_keys
from rsica_data.sources.windows import load_mask_tile, load_tile, picture_size

NAME = "folder"
_IMAGES = ("before", "after")
_Entry = TypeVar("_Entry")


_Band = Annotated[int, Field(ge=1)]


class FolderOptions(LabelOptions):
    """Options of the source.

    Attributes:
        before, after: path templates of the two images: ``{name}`` is the pair, ``{split}`` its split; ``after: null``
            for images of one date.
        change_mask, before_labels, after_labels: path templates of the masks, where there are any.
        classes: class name to its label value: a grey level, an RGB colour, or a list of these; ids follow the order
            and start at 1.
        change_classes: the same for the change mask alone, where its values are not those of the label maps; a name
            that is not in ``classes`` gets the next id.
        background: label values that mean "none".
        ignore: label values of unlabelled pixels.
        palette: whether a palette mask is read by its colours or by its indices.
        mask_threshold: grey levels of the change mask from here on are change; for masks saved as JPEG.
        captions: JSON file ``{name: [caption, ...]}`` (``split/name`` as key where names repeat) or in LEVIR-CC's form;
            or ``{file: [...]}`` with ``{split}``, or ``{table: {...}}`` (see :class:`catalog.forms.CaptionForm`).
        questions: files of conversations, or tables of questions (see :class:`catalog.page_questions.QuestionForm`).
        objects: files of boxes, or a table of tags (see :class:`catalog.objects.ObjectForm`).
        split: split of pairs whose templates have no ``{split}``, or how to share them out.
        pair_attributes: JSON ``{name: {key: value}}`` or CSV with a column ``name``: attributes of single pairs.
        stretch: sample values that become 0 and 255 in images of more than 8 bits, e.g. ``[0, 3000]`` for Sentinel-2.
        bands: 1-based TIFF bands taken as red, green, blue.
        tile: cuts pictures into tiles, read window by window: the size in pixels, or ``{size, stride, edge}`` (see
            :class:`tiling.TileSize`). A picture that is no larger stays whole.
        gsd_m: ground sample distance in metres per pixel; by default what the files tell.
        before_date, after_date: ISO 8601 dates.
        license: terms of the images.
        attributes: anything else to be kept with every pair.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    before: str = "A/{name}.png"
    after: str | None = "B/{name}.png"
    change_mask: str | None = None
    before_labels: str | None = None
    after_labels: str | None = None
    captions: str | CaptionForm | None = None
    questions: QuestionForm | None = None
    objects: ObjectForm | None = None
    split: Literal["train", "val", "test"] | SplitRules = "test"
    pair_attributes: str | None = None
    stretch: LowHigh | None = None
    bands: tuple[_Band, _Band, _Band] | None = None
    tile: TileOption | None = None
    gsd_m: GroundSampleDistance | None = None
    before_date: Date | None = None
    after_date: Date | None = None
    license: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)

    @field_validator("before", "after", *MASK_ROLES)
    @classmethod
    def _template(cls, value: str | None) -> str | None:
        return value if value is None else check_template(value)

    @field_validator("captions", "pair_attributes")
    @classmethod
    def _inside(cls, value: Any) -> Any:
        return local_path(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> FolderOptions:
        masks = [role for role in MASK_ROLES if getattr(self, role) is not None]
        if self.after is None and masks not in ([], ["before_labels"]):
            raise ValueError("images of one date (after: null) have no mask but before_labels")
        for role in (*(["after"] if self.after is not None else []), *masks):
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
    role_files = {role: _files(root, getattr(options, role), role) for role in roles}
    pairs = dict.fromkeys((split or options.fixed_split, name) for split, name in role_files["before"])
    if options.after is not None and ("{split}" in options.after or "{split}" not in options.before):
        pairs |= dict.fromkeys((split or options.fixed_split, name) for split, name in role_files["after"])
    if not pairs:
        raise not_this_layout(root, NAME, [text for text in (options.before, options.after) if text is not None])
    attributes = {} if options.pair_attributes is None else read_pair_attributes(root / options.pair_attributes)
    if isinstance(options.split, SplitRules):
        before = {name: path for (_, name), path in role_files["before"].items()}
        splits = _shared_out([name for _, name in pairs], options.split, root, attributes, before).splits
        pairs = dict.fromkeys((split, name) for name, split in splits.items())
    texts = _texts(root, options, pairs)
    keys = []
    for split, name in pairs:
        files: dict[str, str | None] = {}
        for role in roles:
            path = role_files[role].get((split, name)) or role_files[role].get((None, name))
            files[role] = path or fill_template(getattr(options, role), split, name)
        extra: dict[str, Any] = {"attributes": attributes[name]} if name in attributes else {}
        keys.append(texts.added_to(PairKey(f"{NAME}/{split}/{name}", split, files, extra=extra), name))
    return tiled_keys(sort_keys(keys), options.tile, lambda key: picture_size(root, key.files["before"]), texts.on_tile)


def _shared_out(
    names: Sequence[str],
    rules: SplitRules,
    root: Path,
    attributes: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, str],
) -> SplitResult:
    """Splits of pairs; rules about places go by the pairs' attributes and files."""
    if not rules.by_ground:
        return share_out(names, rules, root, attributes)
    return share_out_ground(footprints_of(names, root, attributes, before), rules)


def _files(root: Path, template: str, role: str) -> dict[tuple[str | None, str], str]:
    paths: dict[tuple[str | None, str], str] = {}
    for match in match_template(root, template):
        first = paths.setdefault((match.split, match.name), match.path)
        if first != match.path:
            both = f"'{first}' and '{match.path}' are both the {role} file of '{match.name}'"
            raise UserError(both, file=root, key=f"source.options.{role}", hint="make the template narrower")
    return paths


def _texts(root: Path, options: FolderOptions, pairs: Mapping[tuple[str, str], None]) -> Texts:
    """Captions, questions and objects; what a file tells of a name alone goes for the pair of that name."""
    captions = options.captions
    texts: dict[str, Split] = {split: split for split in SPLITS}
    forms = TextForms(captions if isinstance(captions, CaptionForm) else None, options.questions, options.objects)
    read = read_texts(root, "", forms, texts)
    if isinstance(captions, str):
        read = replace(read, captions={**read.captions, **_caption_file(root / captions, texts)})
    elif captions is not None and not caption_files(root, "", captions, texts):
        looked_for = "looked for " + ", ".join(captions.named())
        raise UserError("no file of captions", file=root, key="source.options.captions", hint=looked_for)
    return Texts(
        _of_pairs(read.captions, pairs, root, "captions" if captions is not None else "questions"),
        _of_pairs(read.questions, pairs, root, "questions"),
        replace(read.objects, shown=_of_pairs(read.objects.shown, pairs, root, "objects")),
    )


def _caption_file(path: Path, texts: Mapping[str, Split]) -> dict[tuple[str, str], Captioned]:
    try:
        return read_caption_file(path, "", texts)
    except UserError as error:
        key = error.key or "source.options.captions"
        raise UserError(error.message, file=error.file, line=error.line, key=key, hint=error.hint) from None


def _of_pairs(
    entries: Mapping[tuple[str, str], _Entry], pairs: Mapping[tuple[str, str], None], root: Path, option: str
) -> dict[tuple[str, str], _Entry]:
    """What files tell of each pair: by split and name, else by the name where it stands for one thing."""
    by_name: dict[str, list[_Entry]] = {}
    for (_, name), one in entries.items():
        by_name.setdefault(name, []).append(one)
    chosen = {}
    for split, name in pairs:
        entry: _Entry | None = entries.get((split, name), entries.get(("", name)))
        if entry is None and len(by_name.get(name, ())) == 1:
            entry = by_name[name][0]
        if entry is not None:
            chosen[split, name] = entry
    if entries and not chosen:
        names = f"it has '{next(iter(entries))[1]}', the folder '{next(iter(pairs))[1]}'"
        raise UserError(f"{option} of no pair of the folder", file=root, key=f"source.options.{option}", hint=names)
    return chosen


def load(root: Path | None, key: PairKey, options: FolderOptions) -> ImagePair:
    """Read one pair."""
    root = need_root(root)
    questions = given_questions(key)
    before = _load_image(root, key, "before", options)
    after = before if options.after is None else _load_image(root, key, "after", options)
    oriented = settle_orientation(root, before, after, [key.files[role] for role in MASK_ROLES if role in key.files])
    before, after = oriented.before, oriented.after
    check_sizes(before.size, after.size)
    check_alignment(before, after)
    masks = _load_masks(root, key, options, before.size, shown=oriented.shown)
    place = before.georeference or after.georeference
    attributes = options.attributes | key.extra.get("attributes", {}) | oriented.attributes | given_attributes(key)
    if (before.converted or after.converted) and options.stretch is not None:
        attributes["stretch"] = list(options.stretch)
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=before.image,
        after=None if options.after is None else after.image,
        width=before.size[0],
        height=before.size[1],
        classes=options.class_defs(),
        change_mask=masks.get("change_mask"),
        before_labels=masks.get("before_labels"),
        after_labels=masks.get("after_labels"),
        ignore_id=IGNORE_ID if options.ignore else None,
        captions=key.captions,
        changed=key.changed,
        gsd_m=options.gsd_m or (place.gsd_m if place else None),
        crs=place.crs if place else None,
        transform=place.transform if place else None,
        before_date=options.before_date,
        after_date=options.after_date,
        license=options.license,
        attributes=attributes,
        questions=questions,
    )


def _load_masks(
    root: Path, key: PairKey, options: FolderOptions, size: tuple[int, int], *, shown: bool
) -> dict[str, Mask]:
    masks, cut = {}, cut_of(key)
    for role in (role for role in MASK_ROLES if role in key.files):
        path, rule = key.files[role], options.mask_rule(role)
        if cut is None:
            masks[role] = load_mask(root, path, rule, size, shown=shown)
        else:
            masks[role] = load_mask_tile(root, path, rule, cut)
    return masks


def _load_image(root: Path, key: PairKey, role: str, options: FolderOptions) -> LoadedImage:
    path = key.files[role]
    if path is None:
        raise InvalidItemError("missing-file", f"{key.pair_id}: no {role} image matches '{getattr(options, role)}'")
    cut = cut_of(key)
    if cut is not None:
        return load_tile(root, [path], cut, tile_path(path, key), options.stretch, options.bands)
    return load_any(root, path, options.stretch, options.bands)


def notes(root: Path | None, options: FolderOptions) -> Sequence[str]:
    """How the pairs were shared out and cut, where the recipe asks for it."""
    root = need_root(root)
    cut = tile_note(index(root, options), options.tile) if options.tile is not None else []
    if not isinstance(options.split, SplitRules):
        return cut
    templates = [text for text in (options.before, options.after) if text is not None]
    names = {match.name for text in templates for match in match_template(root, text)}
    attributes = {} if options.pair_attributes is None else read_pair_attributes(root / options.pair_attributes)
    before = {match.name: match.path for match in match_template(root, options.before)}
    return [_shared_out(sorted(names), options.split, root, attributes, before).note, *cut]


SOURCE = SourceSpec(
    name=NAME,
    summary="Any folder of pairs, by path templates and a class map in the recipe; PNG, JPEG, TIFF.",
    options=FolderOptions,
    index=index,
    streams=lambda options: options.tile is None and not isinstance(options.split, SplitRules),
    load=load,
    notes=notes,
    layout="templates of the recipe, e.g. before: '{split}/t1/{name}.tif'",
    redistributable=False,
)
