"""All checks of quality in one reading of a dataset, as JSON values and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rsica_data.core.command_line import counted
from rsica_data.core.errors import InvalidItemError
from rsica_data.dataset.quality.blind import blind_rows
from rsica_data.dataset.quality.leaks import KINDS, Sketch, find_leaks, sketch
from rsica_data.dataset.quality.repeated_questions import Doubled, doubled_questions
from rsica_data.dataset.quality.slivers import SliverSearch
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction


@dataclass(frozen=True)
class QualityOptions:
    """What is checked.

    Attributes:
        images: compare images too, which decodes every one of them.
        shown: findings of a kind that the report names; all are counted.
        progress: called with (pairs read, in all).
    """

    images: bool = True
    shown: int = 20
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)


def quality_report(dataset: BuiltDataset, options: QualityOptions = QualityOptions()) -> dict[str, Any]:
    """Leaks between splits, blind baselines, doubled questions and slivers of a dataset.

    Returns:
        ``{"name", "sha256", "leaks": {KIND: {"number", "shown": [...]}}, "unreadable", "blind": [...], "questions":
        {"repeated", "contradictory"}, "slivers": {...}}``. ``blind`` as :func:`blind_rows` gives it.

    Raises:
        UserError: the dataset is damaged, or has georeferences in several systems and pyproj is not installed.
    """
    sketches: list[Sketch] = []
    doubled: list[Doubled] = []
    unreadable: list[str] = []
    slivers = SliverSearch(dataset.rules)
    images = options.images and "withheld" not in dataset.manifest
    total = sum(dataset.manifest["counts"]["pairs"].values())
    for shard in dataset.shards():
        by_pair: dict[str, list[Instruction]] = {}
        for item in dataset.shard_instructions(shard):
            by_pair.setdefault(item.pair_id, []).append(item)
        for items in by_pair.values():
            doubled += doubled_questions(items)
        for pair in dataset.shard_pairs(shard, images=images):
            slivers.add(pair)
            try:
                sketches.append(sketch(pair, images))
            except InvalidItemError:
                unreadable.append(pair.pair_id)
                sketches.append(sketch(pair, images=False))
            options.progress(len(sketches), total)
    leaks = find_leaks(sketches)
    by_kind = {kind: [asdict(leak) for leak in leaks if leak.kind == kind] for kind in KINDS}
    return {
        "name": dataset.name,
        "sha256": dataset.hash,
        "leaks": {kind: _listed(by_kind[kind], options.shown) for kind in KINDS},
        "images_compared": images,
        "unreadable": unreadable,
        "blind": blind_rows(dataset),
        "questions": _question_values(doubled, options.shown),
        "slivers": _sliver_values(slivers, options.shown, dataset),
    }


def _question_values(doubled: list[Doubled], shown: int) -> dict[str, Any]:
    return {
        name: _listed([asdict(one) for one in doubled if one.contradict is contradict], shown)
        for name, contradict in (("repeated", False), ("contradictory", True))
    }


def _listed(findings: list[dict[str, Any]], shown: int) -> dict[str, Any]:
    return {"number": len(findings), "shown": findings[:shown]}


def _sliver_values(search: SliverSearch, shown: int, dataset: BuiltDataset) -> dict[str, Any]:
    result = search.result()
    return {
        **_listed([asdict(one) for one in result.slivers], shown),
        "by_class": dict(sorted(Counter(one.class_name for one in result.slivers).items())),
        "at_edge": result.at_edge,
        "whole": result.whole,
        "min_object_pixels": dataset.rules.min_object_pixels,
        "suggested_min_object_pixels": result.suggested,
        "slivers_dropped": result.slivers_dropped,
        "whole_dropped": result.whole_dropped,
    }


def number_of_leaks(report: Mapping[str, Any]) -> int:
    """Leaks by place and by image in a report; the same captions are a hint alone: one rule may have written both."""
    return int(report["leaks"]["place"]["number"] + report["leaks"]["image"]["number"])


def quality_text(report: Mapping[str, Any]) -> str:
    """A report for a terminal."""
    lines = [f"{report['name']}  sha256 {report['sha256'][:16]}", *_leak_lines(report), *blind_lines(report["blind"])]
    for name, findings in report["questions"].items():
        meaning = {"repeated": "asked twice of a pair", "contradictory": "asked twice with different answers"}[name]
        lines.append(f"questions {meaning}: {findings['number']}")
        lines += [f"  {one['one']}, {one['two']}: {one['question']}" for one in findings["shown"]]
    return "\n".join([*lines, *_sliver_lines(report["slivers"])])


def _leak_lines(report: Mapping[str, Any]) -> list[str]:
    lines = []
    for kind, findings in report["leaks"].items():
        skipped = " (images not compared)" if kind == "image" and not report["images_compared"] else ""
        heading = "same captions in two splits" if kind == "captions" else f"leaks by {kind}"
        lines.append(f"{heading}: {findings['number']}{skipped}")
        lines += [f"  {one['one']} and {one['two']}: {one['detail']}" for one in findings["shown"]]
    if report["unreadable"]:
        lines.append(f"{counted(len(report['unreadable']), 'pair')} with images that cannot be decoded")
    return lines


def blind_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Balance and blind baselines as lines of a table."""
    if not rows:
        return []
    width = max(len(row["task"]) for row in rows)
    lines = ["answers without looking at the images, of those to each task:"]
    for row in rows:
        right = (
            "no train split to learn from"
            if row["majority"] is None
            else f"majority right {row['majority']:.1%}, question words right {row['words']:.1%}"
        )
        common = f"{row['answers']} answers, {row['most_common_share']:.1%} {_short(row['most_common'])!r}"
        lines.append(f"  {row['split']:<5} {row['task']:<{width}}  {right}; {common}")
    return lines


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _sliver_lines(findings: Mapping[str, Any]) -> list[str]:
    by_class = ", ".join(f"{number} {name}" for name, number in findings["by_class"].items())
    lines = [
        f"slivers at the edge: {findings['number']} of {counted(findings['at_edge'], 'object')} there"
        + (f" ({by_class})" if by_class else "")
    ]
    lines += [f"  {one['pair_id']}: {one['class_name']} of {one['area_px']} px" for one in findings["shown"]]
    suggested = findings["suggested_min_object_pixels"]
    if suggested:
        dropped, lost = findings["slivers_dropped"], findings["whole_dropped"]
        lines.append(
            f"  min_object_pixels {suggested} (now {findings['min_object_pixels']}) leaves out "
            f"{dropped} of them and {lost} of {findings['whole']} whole objects"
        )
    return lines
