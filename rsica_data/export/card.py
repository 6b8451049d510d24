"""The dataset card: README.md with the front matter that the Hub and ``datasets`` read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from rsica_data.journal import sha256_json
from rsica_data.reader import SPLITS

# Licence identifiers that the Hub knows; every other licence is "other" with its name.
_KNOWN_LICENCES = {
    "CC0-1.0": "cc0-1.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "ODbL-1.0": "odbl",
    "MIT": "mit",
    "Apache-2.0": "apache-2.0",
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LIMITS = """## Known limits

- Counts, cells and areas are read from the masks: objects that touch are one object, an object cut by the image's edge
  counts as one, and an error of a mask is an error of the answers.
- Text written by rule has less variety than text written by people, and says only what the masks hold.
- Splits are taken as the source or the recipe gives them; places that appear in two of them are not looked for."""


def write_card(root: Path, manifest: dict[str, Any]) -> str:
    """The text of README.md for a dataset with this manifest."""
    front = yaml.safe_dump(_front_matter(manifest), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n{_body(manifest)}"


def _front_matter(manifest: dict[str, Any]) -> dict[str, Any]:
    licence = manifest["source"]["licence"]
    known = _KNOWN_LICENCES.get(licence or "")
    rows = sum(sum(tasks.values()) for tasks in manifest["counts"]["instructions"].values())
    size = next((name for limit, name in _SIZES if rows < limit), "1M<n<10M")
    return {
        "pretty_name": manifest["name"],
        "language": ["en"],
        "license": known or "other",
        **({} if known else {"license_name": "see-card"}),
        "task_categories": ["image-text-to-text", "visual-question-answering", "image-to-text"],
        "tags": ["remote-sensing", "change-detection", "change-captioning", "bi-temporal"],
        "size_categories": [size],
        "configs": [_config(manifest, "instructions", default=True), _config(manifest, "pairs", default=False)],
    }


def _config(manifest: dict[str, Any], room: str, default: bool) -> dict[str, Any]:
    splits = _in_order(name.split("/")[1].rsplit("-", 3)[0] for name in manifest["files"])
    files = [{"split": split, "path": f"{room}/{split}-*.parquet"} for split in splits]
    return {"config_name": room, **({"default": True} if default else {}), "data_files": files}


def _in_order(splits: Iterable[str]) -> list[str]:
    """Each split once: train, val and test, then others by name."""
    found = set(splits)
    return [split for split in SPLITS if split in found] + sorted(found.difference(SPLITS))


def _body(manifest: dict[str, Any]) -> str:
    recipe, source, counts = manifest["recipe"], manifest["source"], manifest["counts"]
    parts = [f"# {recipe['title'] or manifest['name']}", recipe["description"].strip(), _counts(counts)]
    parts.append(
        "## How to load it\n\n```python\nfrom datasets import load_dataset\n\n"
        'instructions = load_dataset("PATH_OR_REPO", "instructions")\n'
        'pairs = load_dataset("PATH_OR_REPO", "pairs")\n```\n\n'
        "Each image pair is stored once in `pairs`; rows of `instructions` point at it by `pair_id`. "
        "Images are always in the order before, after."
    )
    parts.append(_rules(manifest))
    if manifest.get("assist"):
        parts.append(_assisted(manifest["assist"]))
    parts.append(
        f"## Sources\n\n- {source['name']}; licence: {source['licence'] or 'not stated'}"
        + (f"; {source['url']}" if source["url"] else "")
        + (f"\n- Please cite: {' '.join(source['citation'].split())}" if source["citation"] else "")
        + ("" if source["redistributable"] else "\n- The terms of the images may forbid passing them on: check first.")
    )
    parts.append(_LIMITS)
    text = yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True)
    # Longer than any run of backticks in the text, so that nothing in it ends the block.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    parts.append(f"## Recipe\n\n{fence}yaml\n{text}{fence}")
    checksum = sha256_json({name: entry["sha256"] for name, entry in manifest["files"].items()})
    parts.append(f"## Checksum\n\nSHA-256 over the data files' hashes: `{checksum}`")
    return "\n\n".join(part for part in parts if part) + "\n"


def _counts(counts: dict[str, Any]) -> str:
    tasks = list(dict.fromkeys(task for split in counts["instructions"].values() for task in split))
    lines = [
        "## Contents\n",
        "| split | pairs | changed | " + " | ".join(tasks) + " |",
        "|---|---|---|" + "---|" * len(tasks),
    ]
    for split in _in_order(counts["pairs"]):
        row = counts["instructions"].get(split, {})
        cells = " | ".join(str(row.get(task, 0)) for task in tasks)
        lines.append(f"| {split} | {counts['pairs'][split]} | {counts['changed'][split]} | {cells} |")
    if counts["rejected"]:
        reasons = ", ".join(f"{reason} ({number})" for reason, number in sorted(counts["rejected"].items()))
        lines.append(f"\nSet aside, with reasons in `rejected.jsonl`: {reasons}.")
    if counts["flag_conflicts"]:
        lines.append(f"\nPairs whose change flag and mask disagree: {counts['flag_conflicts']} (`conflicts.jsonl`).")
    return "\n".join(lines)


_CHECKS = {
    "strict": "every statement was checked against the facts, and what is doubtful or does not follow was refused",
    "lenient": "what contradicts the facts was refused",
    "off": "nothing was checked",
}


def _assisted(report: dict[str, Any]) -> str:
    lines = [
        f"## Rows written by a language model\n\nModel `{report['model']}`; {_CHECKS[report['verify']]}. Their "
        "`provenance.method` is `llm`; refused texts are in `rejected.jsonl`, all figures in `assist_report.json`.\n",
        "| prompt | split | rows | wanted | refused |",
        "|---|---|---|---|---|",
    ]
    for name, prompt in report["prompts"].items():
        for split, figures in prompt["splits"].items():
            cells = f"{figures['written']} | {figures['wanted']} | {figures['refused']}"
            lines.append(f"| {name} (version {prompt['version']}) | {split} | {cells} |")
    return "\n".join(lines)


def _rules(manifest: dict[str, Any]) -> str:
    rules = manifest["rules"]
    count = {"components": "8-connected components", "contours": "outer contours"}[rules["count"]]
    cells = {"touch": "that a changed pixel touches", "centroid": "that hold a contour's centroid"}[rules["cells"]]
    text = (
        f"## Rules\n\nObjects are {count} of at least {rules['min_object_pixels']} pixels; grid cells are those {cells}"
        f" (at least {rules['min_cell_pixels']} pixels). Instructions are written by rule from the masks"
        " and captions; `provenance` names the template of each row."
    )
    if rules["flag_overrides"]:
        text += " Where the source's change flag is 0, nothing counts, whatever the mask says."
    return text
