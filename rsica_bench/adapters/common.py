"""What simple adapters share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from rsica_bench.contracts import RunContext


class NoOptions(BaseModel):
    """An adapter without options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Stateless:
    """An adapter with nothing to load and nothing to give back."""

    def load(self, context: RunContext) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to give back."""
