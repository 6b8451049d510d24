"""The keys of benchmark.yaml: what a board shows of itself, and the benchmarks that are run by name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, model_validator

from rsica_bench.files.benchmark_items import PAIRS, MaskPart
from rsica_bench.protocols import PRESETS
from rsica_data.core.errors import did_you_mean
from rsica_data.core.validation import WebAddress
from rsica_data.schema.records import Split

CATALOG = "catalog"
CARRIER = "classification"
"""The task whose questions lead a detector to every pair, where a benchmark is scored by masks."""


class Strict(BaseModel):
    """A part of a file that takes no other keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BoardDataset(Strict):
    """A dataset whose runs a board takes. ``recipe`` names the shipped recipe that rebuilds it without other input."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    recipe: str | None = None


def _protocol(name: str) -> str:
    if name not in PRESETS:
        raise ValueError(f"unknown protocol '{name}' ({did_you_mean(name, PRESETS)})")
    return name


class BenchmarkSection(Strict):
    """A benchmark that is run by its name.

    Attributes:
        version: counted up with whatever moves a figure.
        summary: what it asks, in one line.
        input: which folder to give, in words.
        page: dataset page of the catalog: a name, or a page written out.
        source: a registered source in place of a page.
        options: further options of the source, such as ``layout`` of a page.
        split: the split that is scored.
        facts: the recipe's section of that name.
        tasks: tasks with their settings, prompts among them, as in a recipe; may be left out where masks are scored.
        masks: score predicted masks: ``change`` against no change, ``multi_class`` or ``semantic`` (SECOND's figures).
        protocol: named protocol of the run.
        word_map: files below the input of which the first that is there gives the word map of ``levir-cc`` captions.
        miniature: what `rsica-data synth --layout` writes for it; the page's name where left out.
        items: published number of items of each task; ``pairs`` is the number of image pairs.
        printed: what papers call the split.
        notes: what one has to know.
    """

    version: PositiveInt = 1
    summary: str
    input: str
    page: str | dict[str, Any] | None = None
    source: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    split: Split = "test"
    facts: dict[str, Any] = Field(default_factory=dict)
    tasks: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    masks: MaskPart | None = None
    protocol: Annotated[str, AfterValidator(_protocol)] = "default"
    word_map: tuple[str, ...] = ()
    miniature: str | None = None
    items: dict[str, PositiveInt] = Field(default_factory=dict)
    printed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def asked(self) -> dict[str, dict[str, Any] | None]:
        """The tasks that a run asks."""
        return self.tasks or {CARRIER: {}}

    @property
    def source_section(self) -> dict[str, Any]:
        """The recipe's section ``source``."""
        if self.source is not None:
            return {"name": self.source, "options": self.options}
        return {"name": CATALOG, "options": {"page": self.page, **self.options}}

    @model_validator(mode="after")
    def _whole(self) -> BenchmarkSection:
        if (self.page is None) == (self.source is None):
            raise ValueError("should have one of page and source")
        if not self.tasks and self.masks is None:
            raise ValueError("should have tasks, or masks to score")
        stray = next((name for name in self.items if name not in (*self.tasks, PAIRS)), None)
        if stray is not None:
            raise ValueError(f"items names '{stray}', which is none of its tasks ({', '.join((*self.tasks, PAIRS))})")
        return self


class BoardFile(Strict):
    """The keys of benchmark.yaml. ``splits`` maps a split of the datasets to the names that papers give it."""

    title: str
    description: str = ""
    homepage: Annotated[WebAddress | None, BeforeValidator(lambda text: text or None)] = None
    citation: str = ""
    license: str = ""
    datasets: list[BoardDataset] = []
    splits: dict[str, list[str]] = {}
    benchmarks: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")], BenchmarkSection] = {}
