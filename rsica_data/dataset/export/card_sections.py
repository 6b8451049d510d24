"""The parts of a dataset card's text, each from the part of the manifest that it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rsica_data.core.command_line import counted
from rsica_data.core.escaping import markdown_block, markdown_text
from rsica_data.dataset.export.card_plots import sum_classes
from rsica_data.geometry.cells import CELLS

LIMITS = """## Known limits

- Counts, cells and areas are read from the masks: objects that touch are one object, an object cut by the image's edge
  counts as one, and an error of a mask is an error of the answers.
- Text written by rule has less variety than text written by people, and says only what the masks hold.
- Splits are taken as the source or the recipe gives them; `rsica-data quality` looks for places that are in two."""

_CAPTIONS = {
    "tasks.svg": "Instructions by task and split",
    "counts.svg": "Pairs by number of changed objects, by class",
    "cells.svg": "Pairs with change in each grid cell, by class",
}
_MOST_LINES = 40


def mixed(mix: Mapping[str, Any] | None) -> str:
    """Of which datasets a mix was made, and how much of each was taken."""
    if not mix:
        return ""
    lines = ["## Parts\n", "| part | dataset | weight | split | rows taken | of |", "|---|---|---|---|---|---|"]
    for part in mix["parts"]:
        about = " | ".join(map(markdown_text, (part["name"], part["dataset"], f"{part['weight']:g}")))
        for split, taken in part["splits"].items():
            lines.append(f"| {about} | {markdown_text(split)} | {taken['rows']:,} | {taken['available']:,} |")
    lines.append("\nEach pair names its part in `attributes.part`; the manifest holds the terms of each.")
    return "\n".join(lines)


def contents(counts: Mapping[str, Any], splits: Sequence[str]) -> str:
    """Rows by split and task, and what was skipped."""
    tasks = list(dict.fromkeys(task for split in counts["instructions"].values() for task in split))
    lines = [
        "## Contents\n",
        "| split | pairs | changed | " + " | ".join(map(markdown_text, tasks)) + " |",
        "|---|---|---|" + "---|" * len(tasks),
    ]
    for split in splits:
        row = counts["instructions"].get(split, {})
        cells = " | ".join(str(row.get(task, 0)) for task in tasks)
        lines.append(f"| {markdown_text(split)} | {counts['pairs'][split]} | {counts['changed'][split]} | {cells} |")
    if counts["rejected"]:
        reasons = ", ".join(
            f"{markdown_text(reason)} ({number})" for reason, number in sorted(counts["rejected"].items())
        )
        lines.append(f"\nSet aside, with reasons in `rejected.jsonl`: {reasons}.")
    if counts["flag_conflicts"]:
        lines.append(f"\nPairs whose change flag and mask disagree: {counts['flag_conflicts']} (`conflicts.jsonl`).")
    return "\n".join(lines)


def loading(manifest: Mapping[str, Any], repo: str | None, conversations: bool = False) -> str:
    """How to load it."""
    name = repo or "PATH_OR_REPO"
    text = (
        "## How to load it\n\n```python\nfrom datasets import load_dataset\n\n"
        f'instructions = load_dataset("{name}", "instructions")\n'
        f'pairs = load_dataset("{name}", "pairs")\n```\n\n'
        "Each image pair is stored once in `pairs`; rows of `instructions` point at it by `pair_id`. "
        "Images are always in the order before, after."
    )
    if conversations:
        text += (
            f'\n\n`load_dataset("{name}", "conversations", streaming=True)` has messages and both images in one row, '
            "as TRL's `SFTTrainer` takes them."
        )
    if repo is not None and "withheld" not in manifest:
        text += f"\n\nA model is scored on it with `rsica-bench run --data {repo} --adapter ADAPTER --out RUN`."
    return text


def statistics(stats: Mapping[str, Any] | None, figures: Sequence[str]) -> str:
    """Classes, counts and places of change, as tables; figures beside them."""
    if stats is None:
        return ""
    lines = ["## Statistics"]
    lines += [f"![{_CAPTIONS[name]}](figures/{name})" for name in figures if name in _CAPTIONS]
    classes = sum_classes(stats)
    if classes:
        bins = list(next(iter(classes.values()))["count_bins"])
        head = "| class | pairs | objects | changed pixels | " + " | ".join(f"{label} objects" for label in bins) + " |"
        table = [head, "|---|---|---|---|" + "---|" * len(bins)]
        for name, entry in classes.items():
            spread = " | ".join(f"{number:,}" for number in entry["count_bins"].values())
            numbers = " | ".join(f"{entry[key]:,}" for key in ("pairs", "objects", "area_px"))
            table.append(f"| {markdown_text(name)} | {numbers} | {spread} |")
        lines.append("Pairs in which the class changed, its objects, and pairs by number of objects:\n")
        lines[-1] += "\n" + "\n".join(table)
        table = ["| class | " + " | ".join(CELLS) + " |", "|---|" + "---|" * len(CELLS)]
        for name, entry in classes.items():
            table.append(
                f"| {markdown_text(name)} | " + " | ".join(f"{entry['cells'].get(cell, 0):,}" for cell in CELLS) + " |"
            )
        lines.append("Pairs with change in each cell of the 3x3 grid:\n\n" + "\n".join(table))
    return "\n\n".join(lines)


def checks(summary: Mapping[str, Any] | None) -> str:
    """What the checks of the recipe found and did, and how near the splits lie to each other."""
    if not summary:
        return ""
    # Not at the top: a build without checks writes its card without the modules that make them.
    from rsica_data.dataset.quality.quality_report import checks_lines

    lines = ["## Checks\n", *(f"- {markdown_text(line)}" for line in checks_lines(summary))]
    return "\n".join([*lines, "\nAll findings are in `checks.jsonl`, what was dropped in `rejected.jsonl` too."])


def blind(rows: Sequence[Mapping[str, Any]]) -> str:
    """How balanced the answers are, and how many are right without looking at the images."""
    if not rows:
        return ""
    lines = [
        "## Without the images\n",
        "What is right without looking: the most frequent training answer to each question, and a classifier on the "
        "words of the question alone. A model has to be better.\n",
        "| split | task | turns | answers | most common | majority right | question words right |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        right = " | ".join("-" if row[key] is None else f"{row[key]:.1%}" for key in ("majority", "words"))
        about = f"{markdown_text(row['split'])} | {markdown_text(row['task'])} | {row['turns']:,} | {row['answers']:,}"
        lines.append(f"| {about} | {row['most_common_share']:.1%} | {right} |")
    return "\n".join(lines)


def rules(manifest: Mapping[str, Any]) -> str:
    """How it was built: the rules of counts and cells, and what the words come from."""
    chosen = manifest["rules"]
    count = {"components": "8-connected components", "contours": "outer contours"}[chosen["count"]]
    cells = {"touch": "that a changed pixel touches", "centroid": "that hold a contour's centroid"}[chosen["cells"]]
    least, in_cell = (counted(chosen[key], "pixel") for key in ("min_object_pixels", "min_cell_pixels"))
    text = (
        f"## How it was built\n\nObjects are {count} of at least {least}; grid cells are those {cells} (at least "
        f"{in_cell}). Instructions are written by rule from the masks"
        " and captions unless `provenance.method` says otherwise; `provenance` names the template of each row."
    )
    if chosen["flag_overrides"]:
        text += " Where the source's change flag is 0, nothing counts, whatever the mask says."
    versions = manifest.get("versions")
    if versions:
        text += (
            f"\n\nBuilt with rsica {markdown_text(versions['rsica'])}, seed {manifest['seed']}; "
            f"recipe `{markdown_text(manifest['recipe_sha256'][:16])}`, "
            f"input `{markdown_text(manifest['input']['sha256'][:16])}`. "
            "The same recipe, input and seed give the same bytes."
        )
    return text


def verification(provenance: Sequence[Mapping[str, Any]], assist: Mapping[str, Any] | None) -> str:
    """Who wrote the rows, and how many were checked against the facts."""
    checked = [row for row in provenance if row["method"] != "rule"]
    by_rule = sum(row["rows"] for row in provenance if row["method"] == "rule")
    if not provenance and assist is None:
        return ""
    lines = ["## Verification"]
    if by_rule:
        lines.append(f"Rows written by rule: {by_rule:,}; their text is rendered from their typed gold.")
    if checked:
        table = [
            "| task | written by | rows | check held | check did not hold | not checked |",
            "|---|---|---|---|---|---|",
        ]
        for row in checked:
            by = row["method"] + (f" ({', '.join(row['models'])})" if row["models"] else "")
            shares = " | ".join(_share(row[key], row["rows"]) for key in ("verified", "refused", "unchecked"))
            table.append(f"| {markdown_text(row['task'])} | {markdown_text(by)} | {row['rows']:,} | {shares} |")
        lines.append("The other rows, and whether their text was checked against the masks' facts:")
        lines.append("\n".join(table))
    if assist is not None:
        figures = list(_leaves(assist))[:_MOST_LINES]
        lines.append("From the report of the language model's part (`assist_report.json`):")
        lines.append(
            "\n".join(
                [
                    "| figure | value |",
                    "|---|---|",
                    *(f"| {markdown_text(key)} | {markdown_text(value)} |" for key, value in figures),
                ]
            )
        )
    return "\n\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.1f} %)" if part and whole else f"{part:,}"


def _leaves(value: Any, path: str = "") -> Any:
    """Numbers and short texts of nested objects, by dotted key; lists are left out."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 60):
        yield path, f"{value:.4g}" if isinstance(value, float) else str(value).replace("\n", " ")


def images(manifest: Mapping[str, Any], reason: str | None, repo: str | None) -> str:
    """Whether the images are among the files, why, and how a user's own copy is joined."""
    withheld = "withheld" in manifest
    if not withheld and reason is None:
        return ""
    if not withheld:
        return f"## Images\n\n{markdown_block(str(reason))}"
    name, source = repo or "REPO", manifest["source"]
    why, origin = markdown_block(str(manifest["withheld"]["reason"])), markdown_text(source["name"])
    url = f" ({markdown_text(source['url'])})" if source["url"] else ""
    folder = "FOLDER_OF_" + re.sub(r"[^A-Z0-9]+", "_", source["name"].upper())
    return (
        f"## Images\n\n**The images and masks are not part of this repository.** {why} "
        f"Their columns in `pairs` are null. Get {origin}{url} from its authors and join your copy; every "
        "image is checked against the SHA-256 in `join/`:\n\n"
        f"```sh\nrsica-data pull {name} DATASET --join {folder}\n```"
    )


def sources(manifest: Mapping[str, Any]) -> str:
    """Where the images come from, their terms, and what to cite."""
    source, recipe = manifest["source"], manifest["recipe"]
    license = source.get("images_license", source["license"])
    lines = [
        f"- {markdown_text(source['name'])}; license: {markdown_text(license or 'not stated')}"
        + (f"; {markdown_text(source['url'])}" if source["url"] else "")
    ]
    if recipe.get("license"):
        lines.append(f"- License of the instructions: {markdown_text(recipe['license'])}")
    cited = [text for text in (source["citation"], source.get("images_citation")) if text]
    lines += [f"- Please cite: {markdown_text(text)}" for text in dict.fromkeys(cited)]
    if not source["redistributable"]:
        lines.append("- The terms of the images may forbid passing them on: check first.")
    return "## Sources\n\n" + "\n".join(lines)


_CHECKS = {
    "strict": "every statement was checked against the facts, and what is doubtful or does not follow was refused",
    "lenient": "what contradicts the facts was refused",
    "off": "nothing was checked",
}


def assisted(report: Mapping[str, Any] | None) -> str:
    """What a language model wrote, and how much of it was refused."""
    if not report:
        return ""
    model = markdown_text(str(report["model"]))
    lines = [
        f"## Rows written by a language model\n\nModel {model}; {_CHECKS[report['verify']]}. Their "
        "`provenance.method` is `llm`; refused texts are in `rejected.jsonl`, all figures in `assist_report.json`.\n",
        "| prompt | split | rows | wanted | refused | because |",
        "|---|---|---|---|---|---|",
    ]
    for name, prompt in report["prompts"].items():
        for split, figures in prompt["splits"].items():
            refused = _share(figures["refused"], figures["accepted"] + figures["refused"])
            why = (
                ", ".join(f"{markdown_text(kind)} {of['number']:,}" for kind, of in figures["refused_by_kind"].items())
                or "-"
            )
            cells = f"{figures['written']:,} | {figures['wanted']:,} | {refused} | {why}"
            shown = markdown_text(f"{name} (version {prompt['version']})")
            lines.append(f"| {shown} | {markdown_text(split)} | {cells} |")
    return "\n".join(lines)
