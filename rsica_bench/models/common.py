"""What simple adapters share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from rsica_bench.models.api import RunContext
from rsica_data.core.errors import UserError


class NoOptions(BaseModel):
    """An adapter without options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def without_model(name: str, model: str | None) -> None:
    """See that no model was given to an adapter that has none: it would be named in vain.

    Raises:
        UserError: one was given.
    """
    if model is not None:
        raise UserError(f"adapter '{name}' takes no model", key="--model")


class Stateless:
    """An adapter with nothing to load and nothing to give back."""

    def load(self, context: RunContext) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to give back."""
