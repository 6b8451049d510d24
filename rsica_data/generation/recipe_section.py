"""The sections of a recipe that concern rows written by a language model: ``assist`` and ``quality``.

Nothing here is used unless a build is started with ``--assist``: no build spends money by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.validation import WITH_OFF, Locate, UserErrors
from rsica_data.generation.prompt_files import PromptFiles, load_prompt_files, prompt_folders
from rsica_data.schema.records import Split
from rsica_data.text.class_names import plural
from rsica_data.text.mentions import Synonyms

Verify = Annotated[Literal["strict", "lenient", "off"], WITH_OFF]
Reads = Literal["faults", "undecided"]
"""What a second model is asked about: texts with a fault that may be the check's own, or all that is undecided."""
Parameter = bool | int | float | str | list[str]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Total(_Section):
    """``rows`` over a split of ``pairs``: reached exactly there, and in proportion on another number of pairs."""

    rows: NonNegativeInt
    pairs: PositiveInt


class PromptSection(_Section):
    """One prompt of a recipe.

    Attributes:
        per_pair: rows a pair (default: the prompt's own number).
        totals: rows a split in all, in place of ``per_pair``; splits that it does not name are not asked about.
        spare: how many more to ask for than are needed, in reserve for those that are refused.
        splits: which splits (default: all that are built).
        personas: draw a persona, a tone and a length for every request.
        images: send the images along.
        verify: how strictly to check, in place of ``quality.verify``.
        parameters: sampling parameters besides, or in place of, those of the whole section.
        options: the prompt's own options.
    """

    per_pair: PositiveInt | None = None
    totals: dict[Split, Total] | None = Field(default=None, min_length=1)
    spare: NonNegativeInt | None = None
    splits: list[Split] | None = Field(default=None, min_length=1)
    personas: bool = True
    images: bool = False
    verify: Verify | None = None
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_number(self) -> PromptSection:
        if self.per_pair is not None and self.totals is not None:
            raise ValueError("per_pair and totals cannot both be given")
        return self


class Prices(_Section):
    """Price of a model's million tokens, in any one currency; ``batch_discount`` is the share off in the batch API."""

    input: NonNegativeFloat
    output: NonNegativeFloat
    cached_input: NonNegativeFloat | None = None
    batch_discount: float = Field(default=0.0, ge=0.0, le=1.0)


class AssistSection(_Section):
    """Rows that a language model writes.

    Attributes:
        model: default of ``--llm-model``.
        parameters: sent with every request (``temperature``, ``max_tokens``, ...).
        seed_parameter: send a seed with every request, drawn from the recipe's seed, the pair and the prompt.
        prices: by model, for the estimate and ``--max-cost``.
        retries: how often to ask again for what was refused, with the reasons.
        prompts: name of a prompt to its settings.
    """

    model: str | None = Field(default=None, min_length=1)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    seed_parameter: bool = True
    prices: dict[str, Prices] = Field(default_factory=dict)
    retries: NonNegativeInt = 2
    prompts: dict[str, PromptSection | None] = Field(min_length=1)


class ClassWords(_Section):
    """Further words for a class, in the form of ``rsica_data/text/synonyms.yaml``.

    Attributes:
        words: mean the class itself: a number of them is a number of the class's objects.
        narrower: a kind of it: their number is at most the class's.
        groups: several objects in one word: no number follows.
        within: broader classes that hold this one.
    """

    words: list[str] = Field(default_factory=list)
    narrower: list[str] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    within: list[str] = Field(default_factory=list)


class QualitySection(_Section):
    """How texts are checked against the facts.

    Attributes:
        verify: ``strict``: every statement must follow; ``lenient``: none may contradict; ``off``: nothing is checked.
        extract: the model that reads, from question and text alone, what the marks of a text leave undecided: ``same``
            is the one that writes. Without one (null) what is undecided is refused where it has a fault, else taken.
        reads: ``undecided``: all that code is not certain of; ``faults``: only texts that would be refused otherwise.
        synonyms: class to further words for it.
    """

    verify: Verify = "strict"
    extract: str | None = Field(default="same", min_length=1)
    reads: Reads = "undecided"
    synonyms: dict[str, ClassWords] = Field(default_factory=dict)

    def reader(self, model: str) -> str | None:
        """The model that reads what is undecided, where ``model`` writes; None where none is asked."""
        return model if self.extract == "same" else self.extract

    @property
    def words(self) -> Synonyms:
        """The synonyms as the reader of class names takes them: singular and plural of each."""
        word_forms: list[tuple[str, str, str]] = []
        for name, entry in sorted(self.synonyms.items()):
            for word in (*entry.words, *entry.narrower):
                word_forms += [(name, word.lower(), "s"), (name, plural(word.lower()), "p")]
            word_forms += [(name, form, "g") for word in entry.groups for form in (word.lower(), plural(word.lower()))]
        return tuple(word_forms)


@dataclass(frozen=True)
class AssistedPrompt:
    """A prompt of a recipe with its settings filled in."""

    files: PromptFiles
    section: PromptSection
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the prompt."""
        return self.files.name

    def as_json(self) -> dict[str, Any]:
        """All that decides what is asked."""
        chosen = self.section.model_dump(mode="json") | {"options": dict(self.options)}
        return {"version": self.files.meta.version, "sha256": self.files.sha256, **chosen}


@dataclass(frozen=True)
class Assisted:
    """The validated ``assist`` section."""

    section: AssistSection
    prompts: tuple[AssistedPrompt, ...]
    quality: QualitySection

    def as_json(self) -> dict[str, Any]:
        """The section with every default and every prompt's hash: part of a plan's hash where the build is assisted."""
        whole = self.section.model_dump(mode="json", exclude={"prompts", "prices"})
        checked = self.quality.model_dump(mode="json", exclude_defaults=True) | {"verify": self.quality.verify}
        return whole | checked | {"prompts": {prompt.name: prompt.as_json() for prompt in self.prompts}}


def check_assist(section: AssistSection, quality: QualitySection, file: str, locate: Locate) -> Assisted:
    """The section with its prompts loaded.

    Raises:
        UserErrors: unknown prompts and options, each with file, line and key.
    """
    beside = Path(file).parent if Path(file).is_file() else None
    mistakes: list[UserError] = []
    prompts: list[AssistedPrompt] = []
    known = prompt_folders(beside)
    for name, settings in section.prompts.items():
        path = ["assist", "prompts", name]
        if name not in known:
            hint = did_you_mean(name, known)
            key = ".".join(path)
            mistakes.append(UserError(f"unknown prompt '{name}'", file=file, line=locate(path), key=key, hint=hint))
            continue
        files = load_prompt_files(name, beside)
        chosen = settings or PromptSection()
        wrong = list(_wrong_options(files, chosen, [*path, "options"], file, locate))
        mistakes += wrong
        if not wrong:
            defaults = {option: entry.default for option, entry in files.meta.options.items()}
            prompts.append(AssistedPrompt(files, chosen, defaults | chosen.options))
    if mistakes:
        raise UserErrors(mistakes)
    return Assisted(section, tuple(prompts), quality)


def _wrong_options(
    files: PromptFiles, chosen: PromptSection, path: list[str], file: str, locate: Locate
) -> Iterator[UserError]:
    def mistake(message: str, where: list[str], hint: str | None) -> UserError:
        return UserError(message, file=file, line=locate(where), key=".".join(where), hint=hint)

    known = files.meta.options
    for name, value in chosen.options.items():
        if name not in known:
            yield mistake("unknown key", [*path, name], did_you_mean(name, known) if known else None)
        elif known[name].default is not None and not _same_type(value, known[name].default):
            what = type(known[name].default).__name__
            yield mistake(f"{value!r}: should be of type {what}", [*path, name], known[name].help)
    for name, entry in known.items():
        if entry.default is None and not chosen.options.get(name):
            yield mistake(f"missing key '{name}'", path, entry.help)
    if "images" in files.meta.needs and not chosen.images:
        yield mistake(f"prompt '{files.name}' is about the images", path[:-1], "set images: true")


def _same_type(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, (int, float))
    return isinstance(value, type(default))
