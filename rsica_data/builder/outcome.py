"""What the shards of a build came to, together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rsica_data.builder.shard import ShardResult
from rsica_data.core.errors import UserError

_MASK_REASONS = ("unknown-mask-value", "mask-depth", "mask-alpha", "mask-in-colour")


def nothing_usable(results: dict[str, ShardResult], rejected: list[dict[str, str]]) -> str:
    """The message of a build that has nothing to write."""
    left_out = not_offered(results)
    reasons = [f"all {len(rejected)} were skipped; the first: {rejected[0]['detail']}"] if rejected else []
    reasons += [f"{number} were left out by the source ({reason})" for reason, number in left_out.items()]
    return "no usable pair: " + "; ".join(reasons)


def check_marked(results: dict[str, ShardResult], rejected: list[dict[str, str]]) -> None:
    """See that a class map that fits no mask does not leave a dataset of the unchanged pairs alone.

    Raises:
        UserError: masks were refused for their values, and no mask that was taken marks any change.
    """
    refused = [row for row in rejected if row["reason"] in _MASK_REASONS]
    if not refused or any(result.marked for result in results.values()):
        return
    left = sum(result.counts["pairs"] for result in results.values())
    raise UserError(
        f"no mask that can be read marks any change: pairs skipped for the values of their masks: "
        f"{len(refused)}, pairs left: {left}, all unchanged; the first: {refused[0]['detail']}",
        key="source.options",
    )


def check_rows(results: dict[str, ShardResult], tasks: Sequence[str]) -> None:
    """See that a build made something to train on or to be asked.

    Raises:
        UserError: none of its pairs gave a row to any task.
    """
    if any(count for result in results.values() for count in result.counts["instructions"].values()):
        return
    pairs = sum(result.counts["pairs"] for result in results.values())
    raise UserError(
        f"no rows: {pairs} pairs were read, and none has what the tasks need ({', '.join(tasks)})",
        key="tasks",
        hint="rsica-data tasks says what each needs: captions, a mask, a change flag, a map",
    )


def not_offered(results: dict[str, ShardResult]) -> dict[str, int]:
    """Candidates that the source left out, by reason."""
    total: Counter[str] = Counter()
    for result in results.values():
        total.update(result.not_offered)
    return dict(sorted(total.items()))
