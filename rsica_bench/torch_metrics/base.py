"""What the classes share: statistics that are added up, rows that are kept, and tensors to and from arrays."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import Metric

from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

Arrays: TypeAlias = Tensor | NDArray[Any]


class ScoresMetric(Metric):
    """A metric whose figures are `Scores`.

    ``scores()`` gives the figures of this process with the reasons of undefined ones; within
    ``with metric.sync_context():`` those of all processes.
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False

    def __init__(self, **kwargs: Any) -> None:
        """Kwargs are the options of `torchmetrics.Metric`."""
        # With a cache, a process without new items since the last compute would neither take part in the next one, so
        # that the others wait for it, nor learn of their items.
        super().__init__(**({"compute_with_cache": False} | kwargs))

    @abstractmethod
    def scores(self) -> Scores:
        """Figures of the state as it is, and reasons of those that are undefined."""

    def compute(self) -> dict[str, Tensor]:
        """Figures by name, doubles without axes; undefined ones are left out."""
        figures = self.scores().values
        return {name: torch.tensor(value, dtype=torch.float64, device=self.device) for name, value in figures.items()}


class SumMetric(ScoresMetric):
    """A metric with one state: statistics summed over items and processes."""

    sums: Tensor

    def __init__(self, *shape: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("sums", torch.zeros(shape, dtype=torch.float64), dist_reduce_fx="sum")

    def add(self, statistics: NDArray[Any]) -> None:
        """Add statistics of the state's shape. Doubles hold counts exactly up to 2**53."""
        self.sums += torch.from_numpy(np.asarray(statistics, np.float64)).to(self.sums.device)

    def array(self) -> NDArray[np.float64]:
        """The sums."""
        return np.asarray(self.sums.cpu().numpy(), np.float64)


class RowsMetric(ScoresMetric):
    """A metric that keeps rows of bytes, concatenated over processes in the order of their ranks."""

    rows: list[Tensor] | Tensor

    def __init__(self, *shape: int, **kwargs: Any) -> None:
        """Args give the shape of one row; without any, rows are single bytes."""
        super().__init__(**kwargs)
        self.row_shape = shape
        self.add_state("rows", [], dist_reduce_fx="cat")

    def append(self, rows: NDArray[np.uint8]) -> None:
        """Add rows, shape ``[N, *shape]``."""
        assert isinstance(self.rows, list)
        self.rows.append(torch.from_numpy(np.array(rows, np.uint8)).to(self.device))

    def array(self) -> NDArray[np.uint8]:
        """All rows, shape ``[N, *shape]``."""
        kept = self.rows if isinstance(self.rows, list) else [self.rows]
        return np.asarray(torch.cat([self._no_rows(), *kept]).cpu().numpy(), np.uint8)

    def sync(self, *args: Any, **kwargs: Any) -> None:
        """Gather the rows of all processes.

        A process without rows takes part with none of the right type: what torchmetrics would send for it is of another
        type and has one axis, which the others cannot gather.
        """
        if isinstance(self.rows, list) and not self.rows:
            self.rows.append(self._no_rows())
        super().sync(*args, **kwargs)

    def _no_rows(self) -> Tensor:
        return torch.zeros((0, *self.row_shape), dtype=torch.uint8, device=self.device)


def to_array(values: Arrays) -> NDArray[Any]:
    """Values as an array on the CPU."""
    return np.asarray(values.detach().cpu().numpy() if isinstance(values, Tensor) else values)


def decisions(values: Arrays, what: str) -> NDArray[np.bool_]:
    """Yes-no values as an array of booleans.

    Raises:
        UserError: neither booleans nor integers of 0 and 1.
    """
    array = to_array(values)
    if array.dtype == np.bool_:
        return array
    if not np.issubdtype(array.dtype, np.integer) or not np.isin(array, (0, 1)).all():
        raise UserError(f"{what} must be booleans or integers 0 and 1", hint="put a threshold on probabilities first")
    return array.astype(np.bool_)
