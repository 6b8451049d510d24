"""The form of manifest.json: what is read of it, so that a damaged one is told with its key."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json_object
from rsica_data.core.validation import check_form
from rsica_data.schema.facts import Side
from rsica_data.schema.versions import READ_VERSIONS, SCHEMA_VERSION, with_present_keys

MANIFEST = "manifest.json"
"""Written last: a folder that holds it is a finished dataset."""


class _Form(BaseModel):
    # What a later release writes besides is no mistake.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def safe_path(path: str) -> bool:
    """Whether a path of a dataset stays inside its folder, and out of hidden ones."""
    parts = PurePosixPath(path).parts
    plain = "\\" not in path and "\0" not in path
    return bool(parts) and plain and not any(part.startswith((".", "/")) or ":" in part for part in parts)


def _data_file(path: str) -> str:
    if not safe_path(path):
        raise ValueError(f"the file '{path}' lies outside the dataset")
    return path


def _staged_file(path: str) -> str:
    """A file of a shard: of the dataset, or of the folder where an assisted build keeps rows until they are merged."""
    return path if safe_path(path.removeprefix(".build/")) else _data_file(path)


_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Xxh3 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Text = Annotated[str, Field(min_length=1, max_length=1000)]
_Counts = dict[str, NonNegativeInt]


class _File(_Form):
    # One of the two: files with images have the second since version 3 of the files.
    sha256: _Sha256 | None = None
    xxh3_128: _Xxh3 | None = None
    bytes: NonNegativeInt
    rows: NonNegativeInt
    joined_sha256: _Sha256 | None = None
    joined_xxh3_128: _Xxh3 | None = None

    @model_validator(mode="after")
    def _has_checksum(self) -> _File:
        if self.sha256 is None and self.xxh3_128 is None:
            raise ValueError("missing key 'sha256'")
        return self


_Files = dict[Annotated[str, AfterValidator(_data_file)], _File]


class _Facts(_Form):
    change_from: Side = "after"


class _SourceSection(_Form):
    name: _Text
    options: dict[str, Any] = {}


class _Recipe(_Form):
    name: _Text
    version: PositiveInt
    title: str
    description: str
    source: _SourceSection | None = None
    facts: _Facts = _Facts()


class _Rules(_Form):
    # Unknown rules would be rules that nobody counts by.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    count: Literal["components", "contours"]
    cells: Literal["touch", "centroid"]
    flag_overrides: bool
    min_object_pixels: PositiveInt
    min_cell_pixels: PositiveInt
    change_from: Side = "after"


class _Source(_Form):
    name: _Text
    license: str | None
    citation: str | None
    url: str | None
    redistributable: bool = False
    images_license: str | None = None
    images_citation: str | None = None
    notes: list[str] = []


class _Class(_Form):
    id: NonNegativeInt
    name: _Text


class _AllCounts(_Form):
    pairs: _Counts
    changed: _Counts = {}
    instructions: dict[str, _Counts]
    rejected: _Counts


class _Versions(_Form):
    rsica: str


class _Input(_Form):
    sha256: str


class _Withheld(_Form):
    reason: str
    files: _Files


class _NearSplit(_Form):
    split: str
    pairs: NonNegativeInt
    median_km: float
    within_km: dict[str, float]


class _Nearness(_Form):
    placed: NonNegativeInt
    why: str | None = None
    splits: list[_NearSplit] = []
    nearest_in_other_split: float | None = None
    morans_i: float | None = None
    morans_i_expected: float | None = None


class _Checks(_Form):
    found: _Counts
    dropped_pairs: NonNegativeInt
    dropped_rows: _Counts
    flagged_pairs: NonNegativeInt
    balance_not_reached: list[str] = []
    suggested_min_object_pixels: PositiveInt | None = None
    nearness: _Nearness | None = None


class ManifestForm(_Form):
    """What a manifest holds at least. Keys that an earlier release did not write may be missing."""

    schema_version: Literal[1, 2]
    name: _Text
    recipe: _Recipe
    recipe_sha256: str = ""
    plan_sha256: str = ""
    seed: int = 0
    rules: _Rules
    source: _Source
    versions: _Versions | None = None
    input: _Input | None = None
    classes: list[_Class] = []
    change_classes: list[_Text]
    counts: _AllCounts
    files: _Files
    withheld: _Withheld | None = None
    assist: dict[str, Any] | None = None
    checks: _Checks | None = None

    @model_validator(mode="after")
    def _whole(self) -> ManifestForm:
        # Releases that wrote versions wrote these too.
        if self.versions is not None and (self.input is None or not self.recipe_sha256):
            raise ValueError("missing key 'input'" if self.input is None else "missing key 'recipe_sha256'")
        return self


class _ShardCounts(_Form):
    pairs: NonNegativeInt
    changed: NonNegativeInt
    instructions: _Counts


class _Rejected(_Form):
    pair_id: str
    reason: str
    detail: str


class ShardRow(_Form):
    """A finished shard in the journal of a build."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: _Text
    split: _Text
    files: dict[Annotated[str, AfterValidator(_staged_file)], _File]
    counts: _ShardCounts
    rejected: list[_Rejected]
    conflicts: list[dict[str, Any]]
    input_sha256: _Sha256
    classes: list[_Class]
    change_classes: list[_Text]
    not_offered: _Counts = {}
    captions_left_out: NonNegativeInt = 0
    marked: NonNegativeInt = 0


def read_manifest(path: Path, origin: str | Path | None = None) -> dict[str, Any]:
    """The content of a manifest.json.

    Args:
        path: the file.
        origin: its name in messages, where that is another than its path.

    Raises:
        UserError: cannot be read, written by a newer release, or of another form, with the key.
    """
    shown = path if origin is None else origin
    try:
        manifest = read_json_object(path, "the manifest of a dataset")
    except UserError as error:
        raise UserError(error.message, file=shown, line=error.line, key=error.key, hint=error.hint) from None
    version = manifest.get("schema_version")
    if version not in READ_VERSIONS and isinstance(version, int):
        raise UserError(f"schema version {version}; this release reads up to {SCHEMA_VERSION}", file=shown)
    manifest = with_present_keys(manifest)
    check_form(ManifestForm, manifest, shown)
    return manifest
