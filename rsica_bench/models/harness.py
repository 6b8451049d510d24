"""What the adapters of other harnesses share: their packages, their models and their revisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt

from rsica_data.core.errors import RsicaError, UserError, one_line
from rsica_data.core.extras import missing_extra


class HarnessOptions(BaseModel):
    """Options.

    Attributes:
        args: arguments of the harness for the model, by their names there.
        max_new_tokens: maximum length of a reply.
        temperature: 0 takes the likeliest token.
        revision: revision that results state; without one a result is unpinned.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    args: dict[str, Any] = Field(default_factory=dict)
    max_new_tokens: PositiveInt = 512
    temperature: NonNegativeFloat = 0.0
    revision: str | None = None


@contextmanager
def harness_errors(harness: str, model: str) -> Iterator[None]:
    """What a harness raises where it makes a model, as one line.

    Raises:
        UserError: it is not installed, or cannot make the model.
    """
    try:
        yield
    except RsicaError:
        raise
    except Exception as error:  # whatever the code of hundreds of models raises
        missing = missing_extra(error)
        if missing is not None:
            raise UserError(f"adapter '{harness}': {missing.message}", hint=missing.hint) from error
        raise UserError(f"{harness} cannot make the model '{model}': {one_line(error)}", key="--model") from error


def harness_module(name: str) -> Any:
    """A module of a harness, imported now."""
    return import_module(name)


def installed_version(*packages: str) -> str | None:
    """The version of the first of some packages that is installed."""
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None
