"""The form of run.json and result.json: a file from elsewhere may hold anything at all.

Whether the figures are right is no matter here; ``checks`` scores them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, PositiveInt

from rsica_bench.files.benchmark_items import MaskPart
from rsica_bench.protocols import EARLIER, PRESETS, BenchProtocol
from rsica_data.core import registry
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.json_text import read_json_object, short
from rsica_data.core.validation import check_form

RESULT_VERSION = 1
RULES = "rules"
"""The reading of runs that name none."""
_MOST_DRAWS = 1_000_000
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Form(BaseModel):
    # What a later release writes besides is no mistake.
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Adapter(_Form):
    name: _Name
    kind: Literal["text", "mask", "privileged"]
    model: str | None
    options: dict[str, Any]


class _Dataset(_Form):
    name: _Name
    sha256: _Sha256


class _Protocol(_Form):
    # Unknown keys would be rules that nobody scores by.
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    version: PositiveInt
    prompt: str
    caption: str
    localization: str
    counting: str
    history: Literal["gold", "own"]
    boxes: str
    one_image: Literal["side-by-side", "difference"]
    word_map_sha256: _Sha256 | None
    answers: str = "stated"


class _Benchmark(_Form):
    name: _Name
    version: PositiveInt
    items: dict[str, NonNegativeInt]
    published: dict[str, NonNegativeInt] = {}
    masks: MaskPart | None = None


class _Run(_Form):
    adapter: _Adapter
    dataset: _Dataset
    protocol: _Protocol
    split: _Name
    limit: NonNegativeInt | None
    benchmark: _Benchmark | None = None
    versions: dict[str, str]


class Settings(_Run):
    """run.json."""

    tasks: list[str] | None


class JournalRow(_Form):
    """A row of the journal of a run: an answered or failed turn."""

    instruction_id: str
    turn: NonNegativeInt
    raw: str | None = None
    answer: dict[str, Any] | None = None
    reason: str | None = None
    failed: bool = False


def _in_order(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError(f"{list(ends)}: the lower end of an interval comes first")
    return ends


class TaskEntry(_Form):
    """The figures of a task in a result."""

    items: NonNegativeInt
    pairs: NonNegativeInt
    unparsed: NonNegativeInt
    metrics: dict[str, FiniteFloat]
    intervals: dict[str, Annotated[tuple[FiniteFloat, FiniteFloat], AfterValidator(_in_order)]] = {}
    interval_methods: dict[str, str] = {}
    interval_approximate: dict[str, PositiveInt] = {}
    interval_absent: dict[str, str] = {}
    absent: dict[str, str] = {}
    unparsed_reasons: dict[str, NonNegativeInt] = {}
    read_by_model: NonNegativeInt = 0


class _Replies(_Form):
    items: NonNegativeInt
    unparsed: NonNegativeInt
    unparsed_reasons: dict[str, NonNegativeInt] = {}


class _MaskFigures(_Form):
    metrics: dict[str, FiniteFloat]
    intervals: dict[str, Annotated[tuple[FiniteFloat, FiniteFloat], AfterValidator(_in_order)]] = {}
    interval_methods: dict[str, str] = {}
    interval_approximate: dict[str, PositiveInt] = {}
    interval_absent: dict[str, str] = {}
    absent: dict[str, str] = {}


class _Masks(_Form):
    pairs: NonNegativeInt
    without_mask: NonNegativeInt
    without_truth: NonNegativeInt
    change: _MaskFigures
    classes: dict[str, _MaskFigures] = {}
    multi_class: _MaskFigures | None = None
    semantic: _MaskFigures | None = None


class _Bootstrap(_Form):
    draws: int = Field(ge=0, le=_MOST_DRAWS)
    seed: int = Field(ge=0, lt=2**63)
    level: float = Field(gt=0, lt=1)


class _Reading(_Form):
    """How replies were read, where a model read some: absent for the rules alone."""

    name: _Name
    model: _Name | None = None
    version: PositiveInt = 1
    sha256: _Sha256 | None = None
    read: NonNegativeInt = 0


class Scores(_Form):
    """What result.json holds besides the settings of its run."""

    status: Literal["rescored", "reproduced", "unpinned"]
    model: dict[str, Any] | None = None
    predictions_sha256: _Sha256
    bootstrap: _Bootstrap
    tasks: dict[str, TaskEntry]
    replies: _Replies | None = None
    reading: _Reading | None = None
    masks: _Masks | None = None


class Result(_Run, Scores):
    """result.json whole."""


def read_settings(path: Path) -> dict[str, Any]:
    """The content of run.json.

    Raises:
        UserError: cannot be read, or of another form, with the key.
    """
    values = read_json_object(path, "the settings of a run")
    check_form(Settings, values, path)
    return values


def read_result(path: Path) -> dict[str, Any]:
    """The content of result.json.

    Raises:
        UserError: cannot be read, of another version, or of another form, with the key.
    """
    values = read_json_object(path, "the result of a run")
    version = values.get("result_version")
    if version != RESULT_VERSION:
        problem = f"result version {short(repr(version))}; this release reads {RESULT_VERSION}"
        raise UserError(problem, file=path, key="result_version")
    check_form(Result, values, path)
    return values


def check_settings(values: Mapping[str, Any], file: Path) -> None:
    """Raises UserError where run.json is of another form, or states a protocol that is none of ours."""
    stated = check_form(Settings, values, file).protocol
    if stated.name not in PRESETS:
        hint = did_you_mean(stated.name, PRESETS)
        raise UserError(f"unknown protocol '{stated.name}'", file=file, key="protocol.name", hint=hint)
    _check_kind(values["adapter"], file)
    presets = EARLIER if stated.version == 1 and stated.name in EARLIER else PRESETS
    ours = replace(presets[stated.name], history=stated.history, one_image=stated.one_image)
    for key, value in _rules(ours).items():
        if getattr(stated, key) != value:
            problem = f"'{getattr(stated, key)}' is not the protocol '{stated.name}', which has '{value}'"
            raise UserError(problem, file=file, key=f"protocol.{key}")


def _check_kind(adapter: Mapping[str, Any], file: Path) -> None:
    """Raises UserError where an adapter that is installed here is another kind than is stated of it.

    Whether a row is privileged goes by its kind, whatever its adapter and model are called.
    """
    if adapter["name"] in registry.names(registry.ADAPTERS):
        kind = registry.load(registry.ADAPTERS, adapter["name"]).kind
        if adapter["kind"] != kind:
            problem = f"says '{adapter['kind']}', but the adapter '{adapter['name']}' is {kind}"
            raise UserError(problem, file=file, key="adapter.kind")


def _rules(protocol: BenchProtocol) -> dict[str, Any]:
    stated = {key: value for key, value in protocol.as_json().items() if key != "word_map_sha256"}
    return stated | {"answers": protocol.answers}


def check_result(values: Mapping[str, Any], file: Path) -> None:
    """Raises UserError where the scores of result.json are of another form."""
    check_form(Scores, values, file)


def check_row(values: Mapping[str, Any], file: Path) -> None:
    """Raises UserError where the result.json of a board's row is of another form."""
    check_form(Result, values, file)
