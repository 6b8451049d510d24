"""A recipe file as a validated Recipe, with the file, line and key of every mistake.

A recipe is YAML: which source, which rules for the facts, which tasks with which settings. Everything that changes a
byte of the dataset stands in it, except the seed and the limit that the command line may set; these are recorded too.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from rsica_data.core import registry
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import sha256_json
from rsica_data.core.text_encoding import read_user_text
from rsica_data.core.validation import Locate, UserErrors, validate_model
from rsica_data.core.yaml_text import check_numbers, compose, construct, line_of
from rsica_data.dataset.checks_section import ChecksSection
from rsica_data.generation.prompt_files import shipped_folder
from rsica_data.generation.recipe_section import Assisted, AssistSection, QualitySection, check_assist
from rsica_data.schema.facts import FactRules, Side
from rsica_data.schema.records import Split
from rsica_data.schema.sources import SourceSpec
from rsica_data.schema.tasks import TaskSpec

if TYPE_CHECKING:
    from rsica_data.sources.catalog.catalog_page import Page

CATALOG = "catalog"
"""The source of pages of the catalog, which is imported where a recipe names it: other builds start without it."""
LARGEST_SEED = 2**63 - 1
"""Rows keep their seed as a signed 64-bit number."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SourceSection(_Section):
    """Where pairs come from."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class FactsSection(_Section):
    """How masks become facts. ``classes`` names the classes that change questions are about (default: all)."""

    classes: list[str] | None = None
    count: Literal["components", "contours"] = "components"
    cells: Literal["touch", "centroid"] = "touch"
    flag_overrides: bool = False
    min_object_pixels: PositiveInt = 1
    min_cell_pixels: PositiveInt = 1
    change_from: Side = "after"


class BuildSection(_Section):
    """How the build is cut up. ``shard_pairs`` is part of the dataset's bytes; the number of workers is not."""

    shard_pairs: PositiveInt = 256
    seed: int = Field(0, ge=0, le=LARGEST_SEED)


class RecipeFile(_Section):
    """The keys of a recipe file. ``date`` is when the dataset was, or is to be, published (ISO 8601)."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: PositiveInt = 1
    title: str = ""
    description: str = ""
    license: str | None = None
    citation: str | None = None
    date: datetime.date | None = None
    source: SourceSection
    splits: list[Split] | None = Field(default=None, min_length=1)
    facts: FactsSection = FactsSection()
    tasks: dict[str, dict[str, Any] | None] = Field(min_length=1)
    assist: AssistSection | None = None
    quality: QualitySection = QualitySection()
    checks: ChecksSection | None = None
    build: BuildSection = BuildSection()


@dataclass(frozen=True)
class Recipe:
    """A validated recipe: its file's content, and the plug-ins it names with their settings."""

    content: RecipeFile
    source: SourceSpec
    source_options: BaseModel
    tasks: tuple[tuple[TaskSpec, BaseModel], ...]
    assisted: Assisted | None = None

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.content.name

    @cached_property
    def rules(self) -> FactRules:
        """The rules that facts are measured and seen by."""
        chosen = self.content.facts
        return FactRules(
            count=chosen.count,
            cells=chosen.cells,
            flag_overrides=chosen.flag_overrides,
            min_object_pixels=chosen.min_object_pixels,
            min_cell_pixels=chosen.min_cell_pixels,
            change_from=chosen.change_from,
        )

    def as_json(self) -> dict[str, Any]:
        """The whole recipe with every default filled in: what the manifest keeps and the hash is over."""
        whole = self.content.model_dump(mode="json")
        whole["source"]["options"] = self.source_options.model_dump(mode="json")
        whole["tasks"] = {task.name: settings.model_dump(mode="json") for task, settings in self.tasks}
        if whole["checks"] is None:
            # Recipes of releases without this section keep their hash.
            del whole["checks"]
        if whole["assist"] is not None:
            # What an answer costs does not change it: a build goes on after a price was corrected.
            del whole["assist"]["prices"]
        return whole

    @property
    def sha256(self) -> str:
        """Hash of :meth:`as_json`: equal recipes have equal hashes, however they are written down."""
        return sha256_json(self.as_json())


def load_recipe(reference: str) -> Recipe:
    """The recipe of a file path, of a shipped recipe's name, or the default recipe of a page of the catalog.

    Raises:
        UserError: no such recipe, or mistakes in it (UserErrors: all of them).
    """
    if reference not in shipped_recipes() and not Path(reference).is_file():
        from rsica_data.sources.catalog.catalog_pages import load_page, shipped_pages

        if reference in shipped_pages():
            return page_recipe(load_page(reference))
    path = find_recipe(reference)
    return parse_recipe(read_user_text(path), str(path))


def page_recipe(page: Page, *, own: bool = False, split: str | None = None) -> Recipe:
    """The default recipe of a page.

    Args:
        page: the page.
        own: it is a user's own page, which no name stands for.
        split: the split of all pairs, where the layout does not tell it.
    """
    return parse_recipe(recipe_text(page, own=own, split=split), f"the default recipe of {page.name}")


def recipe_text(page: Page, *, own: bool = False, split: str | None = None) -> str:
    """The default recipe of a page, as a recipe file has it; see :func:`page_recipe`."""
    from rsica_data.sources.catalog.catalog_pages import default_recipe

    return yaml.safe_dump(default_recipe(page, own=own, split=split), sort_keys=False, allow_unicode=True, width=110)


def parse_recipe(text: str, file: str) -> Recipe:
    """The recipe that ``text`` holds; ``file`` is its name in messages."""
    root = compose(text, file, "a recipe is a mapping with the keys name, source and tasks")
    locate = partial(line_of, root)
    values = construct(root, file)
    content = validate_model(RecipeFile, values, file=file, locate=locate)
    mistakes: list[UserError] = []
    source: SourceSpec | None = None
    options: BaseModel | None = None
    try:
        source = _source(content.source.name, file, locate)
        options = _settings(source.options, content.source.options, ["source", "options"], file, locate)
    except UserError as error:
        mistakes += _each(error)
    if options is not None and content.source.name == CATALOG:
        source = _page_source(options)
    tasks: list[tuple[TaskSpec, BaseModel]] = []
    for name, settings in content.tasks.items():
        try:
            task: TaskSpec = _plugin(registry.TASKS, name, ["tasks", name], file, locate)
            tasks.append((task, _settings(task.settings, settings or {}, ["tasks", name], file, locate)))
        except UserError as error:
            mistakes += _each(error)
    mistakes += _unknown_shares(content, file, locate)
    assisted: Assisted | None = None
    if content.assist is not None:
        try:
            assisted = check_assist(content.assist, content.quality, file, locate)
        except UserError as error:
            mistakes += _each(error)
    if mistakes or source is None or options is None:
        raise UserErrors(mistakes)
    check_numbers(root, file)
    return Recipe(content, source, options, tuple(tasks), assisted)


def _unknown_shares(content: RecipeFile, file: str, locate: Locate) -> list[UserError]:
    """Tasks that `checks.balance` names and the recipe does not ask."""
    mistakes: list[UserError] = []
    for name in content.checks.balance if content.checks else ():
        if name not in content.tasks:
            path, hint = ["checks", "balance", name], did_you_mean(name, content.tasks)
            text = f"the recipe has no task '{name}'"
            mistakes.append(UserError(text, file=file, line=locate(path), key=".".join(path), hint=hint))
    return mistakes


def _each(error: UserError) -> Sequence[UserError]:
    return error.errors if isinstance(error, UserErrors) else [error]


def _source(name: str, file: str, locate: Locate) -> SourceSpec:
    if name == CATALOG:
        from rsica_data.sources.catalog.source import SOURCE

        return SOURCE
    spec: SourceSpec = _plugin(registry.SOURCES, name, ["source", "name"], file, locate)
    return spec


def _page_source(options: BaseModel) -> SourceSpec:
    """The source of the page that a recipe names."""
    from rsica_data.sources.catalog.source import CatalogOptions, page_source

    assert isinstance(options, CatalogOptions)
    return page_source(options.page)


def _plugin(group: str, name: str, path: list[str], file: str, locate: Locate) -> Any:
    if name not in registry.names(group):
        hint = did_you_mean(name, registry.names(group))
        noun = "source" if group == registry.SOURCES else "task"
        raise UserError(f"unknown {noun} '{name}'", file=file, line=locate(path), key=".".join(path), hint=hint)
    return registry.load(group, name)


def _settings(
    model: type[BaseModel], values: Mapping[str, Any], path: list[str], file: str, locate: Locate
) -> BaseModel:
    return validate_model(model, values, file=file, prefix=path, locate=locate)


def shipped_recipes() -> dict[str, Path]:
    """Name to file of every recipe that comes with the package."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.yaml"))}


def find_recipe(reference: str) -> Path:
    """The file of a recipe given by path or by the name of a shipped one.

    A shipped recipe is also found by the path it has in the repository (``recipes/demo.yaml``).

    Raises:
        UserError: there is none.
    """
    path = Path(reference)
    if path.is_file():
        return path
    shipped = shipped_recipes()
    looks_like_path = path.suffix in (".yaml", ".yml") or "/" in reference
    if not looks_like_path and reference in shipped:
        return shipped[reference]
    if looks_like_path and path.parent.as_posix() == "recipes" and path.stem in shipped:
        return shipped[path.stem]
    if looks_like_path:
        raise UserError("no such recipe file", file=reference, hint="shipped: " + ", ".join(shipped))
    from rsica_data.sources.catalog.catalog_pages import shipped_pages

    known = [*shipped, *shipped_pages()]
    raise UserError(f"no recipe '{reference}'", hint=did_you_mean(reference, known))
