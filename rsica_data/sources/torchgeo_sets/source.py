"""Source ``torchgeo``: any dataset that follows TorchGeo's sample protocol, by class name.

A sample is a mapping of tensors; :mod:`roles` says how images, masks and labels are told by their keys. Nothing is
downloaded: the class reads what lies in the input folder. Samples are read one by one, in every worker.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rsica_data.core.errors import InvalidItemError, UserError, one_line
from rsica_data.imagery.images import probe
from rsica_data.schema import EncodedImage, ImagePair, Mask, PairKey, SourceSpec
from rsica_data.schema.given import GivenQuestion
from rsica_data.schema.records import IGNORE_ID, MASK_ROLES, Split
from rsica_data.sources.class_map import LabelOptions
from rsica_data.sources.common import check_sizes, need_root, sort_keys
from rsica_data.sources.fields import local_path
from rsica_data.sources.mask_rules import mask_ids
from rsica_data.sources.sample_options import SampleOptions, SplitChoice, change_of_labels, chosen_splits
from rsica_data.sources.selectors import Part
from rsica_data.sources.torchgeo_sets.known import KNOWN_MASKS
from rsica_data.sources.torchgeo_sets.roles import IMAGES, LABEL, ROLES, Roles, find_roles
from rsica_data.sources.torchgeo_sets.sample_pixels import as_array, as_image, as_labels
from rsica_data.sources.torchgeo_sets.set_classes import check_arguments, find_class, open_set, split_names
from rsica_data.text.class_names import label_words

NAME = "torchgeo"
_KEY = "source.options"
_NUMBER, _OWN_SPLIT = "number", "own_split"
SCENE_QUESTION = "What kind of scene does the image show? Answer with its name."
_Band = Annotated[int, Field(ge=1)]


class SampleParts(BaseModel):
    """Parts of a sample, where its keys do not tell them: a key, as ``image1``, or a part of it, as ``image[0:2]``.

    Attributes:
        before, after: the images.
        change_mask, before_labels, after_labels: the masks.
        label: a class number, or a vector of zeros and ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    before: Part | None = None
    after: Part | None = None
    change_mask: Part | None = None
    before_labels: Part | None = None
    after_labels: Part | None = None
    label: Part | None = None

    def stated(self) -> dict[str, str]:
        """The roles that are stated."""
        return {role: text for role in ROLES if (text := getattr(self, role)) is not None}


class TorchgeoOptions(SampleOptions):
    """Options of the source.

    Attributes:
        dataset: class of ``torchgeo.datasets``; or ``package.module:Class`` of another one with the same samples, where
            the environment variable RSICA_ALLOW_CODE is 1.
        root: the class's argument ``root``, relative to the input folder.
        split: the class's argument ``split``: one or several names, where these are train, val and test or synonyms;
            else ``{train: [train, tier3], test: hold}``. By default all that the class names. For a class without that
            argument the split of all its samples.
        arguments: further arguments of the class, as ``{bands: [B04, B03, B02]}``.
        parts: where images, masks and labels are in a sample.
        bands: 1-based channels taken as red, green and blue, or one that is shown in grey; by default what the class
            calls ``rgb_bands``, else all of one or three.
        classes: class name to its value in the masks; by default what is known of the class (LEVIRCD, LEVIRCDPlus,
            OSCD, ChaBuD, CaBuAr, BRIGHTDFC2025, LoveDA, LandCoverAI).
        question: what is asked about the label of a sample; by default what kind of scene it is, for sets of one date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    dataset: str
    root: str = "."
    split: SplitChoice = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    parts: SampleParts = SampleParts()
    bands: tuple[_Band] | tuple[_Band, _Band, _Band] | None = None
    question: str | None = None

    @field_validator("root")
    @classmethod
    def _inside(cls, value: str) -> str:
        return local_path(value)

    @model_validator(mode="after")
    def _labels(self) -> TorchgeoOptions:
        if self.classes or self.change_classes or self.mask_threshold is not None:
            self.check_labels(["change_mask"])
        return self

    @property
    def short_name(self) -> str:
        """The class in names of pairs."""
        return self.dataset.rpartition(":")[2].lower()


def _splits(options: TorchgeoOptions) -> dict[str, Split]:
    """The class's own splits with ours; of a class without them the one that is stated, with a name that it lacks."""
    names = split_names(find_class(options.dataset)) or ()
    return chosen_splits(options.split, names, options.dataset, f"{_KEY}.split")


def _open(root: Path, options: TorchgeoOptions, own: str) -> Any:
    dataset_class = find_class(options.dataset)
    check_arguments(dataset_class, options.arguments)
    split = None if split_names(dataset_class) is None else own
    return open_set(options.dataset, root / options.root, split, json.dumps(options.arguments, sort_keys=True))


def _roles(root: Path, options: TorchgeoOptions) -> dict[str, tuple[int, Roles]]:
    """Number of samples and the roles of the first one, by own split.

    Raises:
        UserError: a sample cannot be read, a stated part is in no sample, or masks have values without names.
    """
    roles: dict[str, tuple[int, Roles]] = {}
    keys: dict[str, None] = {}
    for own in _splits(options):
        data = _open(root, options, own)
        if not len(data):
            continue
        try:
            sample = _sample(data, 0)
        except InvalidItemError as error:
            raise UserError(f"the first sample of split '{own}': {error.detail}", file=root, key=_KEY) from None
        keys |= dict.fromkeys(sample)
        roles[own] = len(data), find_roles(sample, options.parts.stated())
    there = {role for _, role_keys in roles.values() for role in role_keys.parts}
    for role, text in options.parts.stated().items():
        if roles and role not in there:
            what = f"samples of {options.dataset} have no '{text}'"
            raise UserError(what, key=f"{_KEY}.parts.{role}", hint=f"there are: {', '.join(keys)}")
    masks = sorted(there & set(MASK_ROLES))
    if masks and not _labels(options).class_defs():
        what = f"{masks[0]} is there, and what its values mean is not known of {options.dataset}"
        raise UserError(what, key=f"{_KEY}.classes", hint="state it, as classes: {building: 1}")
    return roles


def _labels(options: TorchgeoOptions) -> LabelOptions:
    """What mask values mean: as the recipe says, else as is known of the class."""
    if options.classes or options.change_classes:
        return options
    return LabelOptions.model_validate(KNOWN_MASKS.get(options.dataset, {}))


def index(root: Path | None, options: TorchgeoOptions) -> Sequence[PairKey]:
    """Every sample of the splits, by number."""
    root, splits = need_root(root), _splits(options)
    keys = []
    for own, (count, _) in _roles(root, options).items():
        for number in range(count):
            name = f"{options.short_name}_{own}_{number:06d}"
            extra = {_OWN_SPLIT: own, _NUMBER: number}
            keys.append(PairKey(f"{NAME}/{splits[own]}/{name}", splits[own], {}, extra=extra))
    return sort_keys(keys)


def notes(root: Path | None, options: TorchgeoOptions) -> Sequence[str]:
    """How samples were read."""
    return [
        f"{options.dataset}, split '{own}': {count} samples; {roles.described()}"
        for own, (count, roles) in _roles(need_root(root), options).items()
    ]


def _sample(data: Any, number: int) -> Mapping[str, Any]:
    try:
        sample = data[number]
    except Exception as error:
        # Of another package, about a file of the user's.
        raise InvalidItemError("unreadable-sample", f"sample {number}: {one_line(error)}") from error
    if not isinstance(sample, Mapping):
        raise InvalidItemError("unreadable-sample", f"sample {number} is no mapping but {type(sample).__name__}")
    return sample


def load(root: Path | None, key: PairKey, options: TorchgeoOptions) -> ImagePair:
    """Read one sample."""
    data = _open(need_root(root), options, key.extra[_OWN_SPLIT])
    sample = _sample(data, key.extra[_NUMBER])
    roles = find_roles(sample, options.parts.stated())
    name = key.pair_id.rpartition("/")[2]
    images = {
        role: as_image(
            roles.parts[role].of(sample), _bands(data, options), options.stretch, f"{key.split}/{folder}/{name}.png"
        )
        for role, folder in zip(IMAGES, "AB", strict=True)
        if role in roles.parts
    }
    infos = [probe(image) for image in images.values()]
    size = infos[0].width, infos[0].height
    check_sizes(size, (infos[-1].width, infos[-1].height))
    labels = _labels(options)
    masks = _masks(sample, roles, labels, size, name)
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=images["before"],
        after=images.get("after"),
        width=size[0],
        height=size[1],
        classes=labels.class_defs(),
        change_mask=change_of_labels(masks, options.labels),
        before_labels=masks.get("before_labels"),
        after_labels=masks.get("after_labels"),
        ignore_id=IGNORE_ID if labels.ignore else None,
        gsd_m=options.gsd_m,
        license=options.license,
        attributes=_attributes(sample, data, roles, options, key),
        labels_whole=options.labels == "whole",
        questions=_questions(sample, data, roles, options),
    )


def _bands(data: Any, options: TorchgeoOptions) -> Sequence[int]:
    """1-based channels of red, green and blue: those of the recipe, else those that the class names."""
    if options.bands is not None:
        return options.bands
    wanted, there = getattr(data, "rgb_bands", None), getattr(data, "bands", None)
    if not isinstance(wanted, (list, tuple)) or not isinstance(there, (list, tuple)) or len(wanted) != 3:
        return ()
    return [there.index(band) + 1 for band in wanted] if set(wanted) <= set(there) else ()


def _masks(
    sample: Mapping[str, Any], roles: Roles, labels: LabelOptions, size: tuple[int, int], name: str
) -> dict[str, Mask]:
    masks = {}
    for role in MASK_ROLES:
        value = roles.parts[role].of(sample) if role in roles.parts else None
        if value is not None:
            path = f"{name}, {roles.parts[role]}"
            masks[role] = mask_ids(EncodedImage(path, b""), as_labels(value, size, path), labels.mask_rule(role))
    return masks


def _class_names(data: Any) -> list[str]:
    """Names of the labels: the attribute ``classes``; of BigEarthNet and BigEarthNetV2 what they have in its place."""
    names = getattr(data, "classes", None) or getattr(data, "class_set", None)
    sets = getattr(data, "class_sets", None)
    if names is None and isinstance(sets, Mapping):
        names = sets.get(getattr(data, "num_classes", None))
    return [str(name) for name in names] if isinstance(names, (list, tuple)) else []


def _label_names(sample: Mapping[str, Any], data: Any, roles: Roles) -> tuple[list[str], bool]:
    """Names of the sample's labels, and whether they are those of a vector, which may be several or none."""
    names = _class_names(data)
    value = roles.parts[LABEL].of(sample) if LABEL in roles.parts else None
    if value is None or not names:
        return [], False
    array = as_array(value)
    if array.dtype.kind not in "iub":
        return [], False
    if array.ndim == 0:
        return ([names[int(array)]] if 0 <= int(array) < len(names) else []), False
    several = array.ndim == 1 and len(array) == len(names) and set(array.tolist()) <= {0, 1}
    return ([name for name, flag in zip(names, array.tolist(), strict=True) if flag] if several else []), True


def _questions(
    sample: Mapping[str, Any], data: Any, roles: Roles, options: TorchgeoOptions
) -> tuple[GivenQuestion, ...]:
    named, several = _label_names(sample, data, roles)
    asked = options.question or (None if roles.two_dates else SCENE_QUESTION)
    if asked is None or several or not named:
        return ()
    answers = tuple(sorted(label_words(name) for name in _class_names(data)))
    return (GivenQuestion("scene", ((asked, label_words(named[0])),), answers),)


def _attributes(
    sample: Mapping[str, Any], data: Any, roles: Roles, options: TorchgeoOptions, key: PairKey
) -> dict[str, Any]:
    """Where the sample is from, its label names, and single numbers and texts that it holds besides."""
    kept: dict[str, Any] = {"dataset": options.dataset, "split": key.extra[_OWN_SPLIT], "sample": key.extra[_NUMBER]}
    named, _ = _label_names(sample, data, roles)
    if named:
        kept["labels"] = named
    used = {selector.key for selector in roles.parts.values()}
    for name, value in sample.items():
        if name in used or name in kept:
            continue
        if isinstance(value, str):
            kept[name] = value
        elif getattr(value, "shape", None) == () or isinstance(value, (bool, int, float)):
            number = as_array(value).item()
            if isinstance(number, (bool, int)) or (isinstance(number, float) and math.isfinite(number)):
                kept[name] = number
    return kept


SOURCE = SourceSpec(
    name=NAME,
    summary="Any dataset of TorchGeo by class name, or of another package with the same samples.",
    options=TorchgeoOptions,
    index=index,
    load=load,
    notes=notes,
    layout="what the class reads, as dataset: LEVIRCD",
    redistributable=False,
)
