"""Options of exports for other harnesses."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, PositiveInt

from rsica_data.dataset.reader import BuiltDataset


class SplitOptions(BaseModel):
    """Options.

    Attributes:
        split: that is asked; ``test`` where the dataset has it, else the last one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    split: str | None = None

    def split_of(self, dataset: BuiltDataset) -> str:
        """The split of a dataset that is asked."""
        return self.split or ("test" if "test" in dataset.splits else dataset.splits[-1])


def split_alone(dataset: BuiltDataset, options: SplitOptions) -> tuple[str, ...]:
    """The splits that an export with these options holds: the one that is asked."""
    return (options.split_of(dataset),)


class ScoredOptions(SplitOptions):
    """Options.

    Attributes:
        split: that is asked; ``test`` where the dataset has it, else the last one.
        protocol: of the scores.
        max_new_tokens: maximum length of a reply.
    """

    protocol: str = "default"
    max_new_tokens: PositiveInt = 512
