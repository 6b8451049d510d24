"""What the checks of quality found, as JSON values and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rsica_data.core.command_line import counted
from rsica_data.dataset.quality.blind import blind_rows
from rsica_data.dataset.quality.examine import QualityOptions, examine
from rsica_data.dataset.quality.leaks import KINDS
from rsica_data.dataset.quality.mask_fit import MASK_REASONS
from rsica_data.dataset.quality.repeated_questions import Doubled
from rsica_data.dataset.quality.slivers import Slivers
from rsica_data.dataset.reader import BuiltDataset


def quality_report(dataset: BuiltDataset, options: QualityOptions | None = None) -> dict[str, Any]:
    """Leaks between splits, nearness, masks, blind baselines, doubled questions and slivers of a dataset.

    Returns:
        ``{"name", "sha256", "leaks": {KIND: {"number", "shown": [...]}}, "images_compared", "unreadable", "nearness",
        "blind": [...], "questions": {"repeated", "contradictory"}, "masks": {REASON: {...}}, "slivers": {...}}``.
        ``blind`` as :func:`blind_rows` gives it, ``nearness`` as :func:`nearness_values`.

    Raises:
        UserError: the dataset is damaged, or has georeferences in several systems and pyproj is not installed.
    """
    options = options or QualityOptions()
    findings = examine(dataset, options)
    by_kind = {kind: [asdict(leak) for leak in findings.leaks if leak.kind == kind] for kind in KINDS}
    if options.embeddings is None:
        del by_kind["embedding"]
    masks = {reason: [asdict(one) for one in findings.masks if one.reason == reason] for reason in MASK_REASONS}
    return {
        "name": dataset.name,
        "sha256": dataset.hash,
        "leaks": {kind: _listed(leaks, options.shown) for kind, leaks in by_kind.items()},
        "images_compared": findings.images,
        "unreadable": list(findings.unreadable),
        "nearness": findings.nearness,
        "blind": blind_rows(dataset),
        "questions": _question_values(findings.doubled, options.shown),
        "masks": {reason: _listed(rows, options.shown) for reason, rows in masks.items()} if findings.images else None,
        "slivers": _sliver_values(findings.slivers, options.shown, dataset),
    }


def _question_values(doubled: Sequence[Doubled], shown: int) -> dict[str, Any]:
    return {
        name: _listed([asdict(one) for one in doubled if one.contradict is contradict], shown)
        for name, contradict in (("repeated", False), ("contradictory", True))
    }


def _listed(findings: list[dict[str, Any]], shown: int) -> dict[str, Any]:
    return {"number": len(findings), "shown": findings[:shown]}


def _sliver_values(result: Slivers, shown: int, dataset: BuiltDataset) -> dict[str, Any]:
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
    """Leaks by place, image and embedding in a report; the same captions are a hint: one rule may have written both."""
    return sum(int(findings["number"]) for kind, findings in report["leaks"].items() if kind != "captions")


def quality_text(report: Mapping[str, Any]) -> str:
    """A report for a terminal."""
    lines = [f"{report['name']}  sha256 {report['sha256'][:16]}", *_leak_lines(report)]
    lines += [*nearness_lines(report["nearness"]), *blind_lines(report["blind"])]
    for name, findings in report["questions"].items():
        meaning = {"repeated": "asked twice of a pair", "contradictory": "asked twice with different answers"}[name]
        lines.append(f"questions {meaning}: {findings['number']}")
        lines += [f"  {one['one']}, {one['two']}: {one['question']}" for one in findings["shown"]]
    return "\n".join([*lines, *_mask_lines(report["masks"]), *_sliver_lines(report["slivers"])])


def nearness_lines(nearness: Mapping[str, Any] | None) -> list[str]:
    """How near evaluation splits lie to train, as lines of text."""
    if nearness is None:
        return []
    if nearness.get("why"):
        return [f"places not compared: {nearness['why']}"]
    lines = []
    for row in nearness.get("splits", ()):
        within = ", ".join(f"{limit} km {share:.1%}" for limit, share in row["within_km"].items())
        about = f"{counted(row['pairs'], 'pair')} with a place, to the nearest train pair {row['median_km']:.2f} km"
        lines.append(f"{row['split']}: {about} (median); within {within}")
    index = nearness["morans_i"]
    alike = (
        "" if index is None else f"; Moran's I of changed {index:.2f} ({nearness['morans_i_expected']:.2f} by chance)"
    )
    return [*lines, f"nearest pair is of another split: {nearness['nearest_in_other_split']:.1%}{alike}"]


def checks_lines(summary: Mapping[str, Any]) -> list[str]:
    """What the checks of a build did (``manifest["checks"]``), as lines of text."""
    counted_kinds = ", ".join(f"{kind} {number}" for kind, number in summary["found"].items()) or "nothing"
    rows = ", ".join(f"{kind} {number}" for kind, number in summary["dropped_rows"].items()) or "none"
    lines = [f"found: {counted_kinds}"]
    lines.append(
        f"dropped: {counted(summary['dropped_pairs'], 'pair')}; rows of other pairs: {rows}; "
        f"flagged: {counted(summary['flagged_pairs'], 'pair')}"
    )
    lines += summary.get("balance_not_reached", [])
    if "suggested_min_object_pixels" in summary:
        lines.append(f"suggested min_object_pixels, for slivers: {summary['suggested_min_object_pixels']}")
    return lines + nearness_lines(summary.get("nearness"))


def _mask_lines(masks: Mapping[str, Any] | None) -> list[str]:
    if masks is None:
        return ["masks: not compared with the images"]
    lines = []
    for reason, findings in masks.items():
        if findings["number"]:
            lines.append(f"{reason}: {findings['number']}")
            lines += [f"  {one['pair_id']}: {one['detail']}" for one in findings["shown"]]
    return lines or ["masks that disagree with their images: 0"]


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
