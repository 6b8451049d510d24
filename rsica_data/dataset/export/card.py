"""The dataset card: README.md with the front matter that the Hub and ``datasets`` read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rsica_data.core.escaping import markdown_block, markdown_text
from rsica_data.core.files import dump_json, sha256_bytes, sha256_json
from rsica_data.core.json_text import loads
from rsica_data.dataset.checksums import content_checksum
from rsica_data.dataset.export import card_sections as sections
from rsica_data.schema.records import SPLITS

# License identifiers that the Hub knows; every other license is "other" with its name.
_KNOWN_LICENSES = {
    "CC0-1.0": "cc0-1.0",
    "CC-BY-3.0": "cc-by-3.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-3.0": "cc-by-sa-3.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CC-BY-NC-SA-4.0": "cc-by-nc-sa-4.0",
    "ODbL-1.0": "odbl",
    "PDDL-1.0": "pddl",
    "MIT": "mit",
    "Apache-2.0": "apache-2.0",
    "BSD-3-Clause": "bsd-3-clause",
}
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_CATEGORIES = {
    "captioning": "image-to-text",
    "dialogue": "image-text-to-text",
}
_RECIPE_ORDER = ("name", "version", "title", "description", "license", "citation", "date", "source", "splits", "facts")
FIGURES = "figures"
"""Folder of the drawings that a card shows."""
_MARK = re.compile(r"<!-- card of rsica ([0-9a-f]{64}) -->\n\Z")


@dataclass(frozen=True)
class CardContext:
    """What a card can say beyond the manifest.

    Attributes:
        repo: the dataset's name on the Hub.
        stats: as ``rsica_data.dataset.stats.dataset_stats`` gives them.
        provenance: as ``rsica_data.dataset.stats.provenance_stats`` gives it.
        figures: names of the files in ``figures/``.
        assist: the report of the stage in which a language model wrote instructions.
        images: why the images are, or are not, among the files.
        conversations: whether there is a table with texts and images in one row too.
    """

    repo: str | None = None
    stats: Mapping[str, Any] | None = None
    provenance: tuple[Mapping[str, Any], ...] = ()
    figures: tuple[str, ...] = ()
    assist: Mapping[str, Any] | None = None
    images: str | None = None
    conversations: bool = False


def write_card(root: Path, manifest: dict[str, Any], context: CardContext = CardContext()) -> str:
    """The text of README.md for a dataset with this manifest; its last line lets changes by hand be seen."""
    front = yaml.safe_dump(_front_matter(manifest, context), sort_keys=False, allow_unicode=True)
    text = f"---\n{front}---\n\n{_body(manifest, context)}\n"
    return f"{text}<!-- card of rsica {sha256_bytes(text.encode())} -->\n"


def is_own_card(text: str) -> bool:
    """Whether a README.md is as :func:`write_card` wrote it, not changed by hand."""
    mark = _MARK.search(text)
    return mark is not None and sha256_bytes(text[: mark.start()].encode()) == mark[1]


def _front_matter(manifest: dict[str, Any], context: CardContext) -> dict[str, Any]:
    rows = sum(sum(tasks.values()) for tasks in manifest["counts"]["instructions"].values())
    tasks = list(dict.fromkeys(task for split in manifest["counts"]["instructions"].values() for task in split))
    parts = ("instructions", "pairs", *(("conversations",) if context.conversations else ()))
    categories = {_CATEGORIES.get(task, "visual-question-answering"): None for task in tasks}
    return {
        "pretty_name": manifest["recipe"]["title"] or manifest["name"],
        "language": ["en"],
        **_license(manifest),
        "task_categories": list(categories | {"image-text-to-text": None}),
        "tags": ["remote-sensing", "change-detection", "change-captioning", "bi-temporal", *tasks],
        "size_categories": [next((name for limit, name in _SIZES if rows < limit), "10M<n<100M")],
        "configs": [_config(manifest, part, default=part == "instructions") for part in parts],
    }


def _license(manifest: dict[str, Any]) -> dict[str, str]:
    """One known license, or "other" where there are several or one that the Hub has no name for."""
    source = manifest["source"]
    stated = {source["license"]}
    if "withheld" not in manifest:
        stated.add(source.get("images_license", source["license"]))
    known = _KNOWN_LICENSES.get(source["license"] or "") if len(stated) == 1 else None
    return {"license": known} if known else {"license": "other", "license_name": "see-card"}


def _config(manifest: dict[str, Any], part: str, default: bool) -> dict[str, Any]:
    splits = in_order(name.split("/")[1].rsplit("-", 3)[0] for name in manifest["files"])
    files = [{"split": split, "path": f"{part}/{split}-*.parquet"} for split in splits]
    return {"config_name": part, **({"default": True} if default else {}), "data_files": files}


def in_order(splits: Iterable[str]) -> list[str]:
    """Each split once: train, val and test, then others by name."""
    unique_splits = set(splits)
    return [split for split in SPLITS if split in unique_splits] + sorted(unique_splits.difference(SPLITS))


def _ordered(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe as one writes it down: who it is first; the same order for a manifest made now and one read back."""
    plain = loads(dump_json(recipe))
    return {key: plain[key] for key in (*_RECIPE_ORDER, *plain) if key in plain}


def _body(manifest: dict[str, Any], context: CardContext) -> str:
    recipe, counts = manifest["recipe"], manifest["counts"]
    checksum = sha256_json({name: content_checksum(entry) for name, entry in manifest["files"].items()})
    text = yaml.safe_dump(_ordered(recipe), sort_keys=False, allow_unicode=True)
    # Longer than any run of backticks in the text, so that nothing in it ends the block.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    parts = [
        f"# {markdown_text(recipe['title'] or manifest['name'])}",
        markdown_block(recipe["description"].strip()),
        sections.contents(counts, in_order(counts["pairs"])),
        sections.mixed(manifest.get("mix")),
        sections.loading(manifest, context.repo, context.conversations),
        sections.statistics(context.stats, context.figures),
        sections.blind(() if context.stats is None else context.stats.get("blind", ())),
        sections.checks(manifest.get("checks")),
        sections.rules(manifest),
        sections.verification(context.provenance, None if manifest.get("assist") else context.assist),
        sections.assisted(manifest.get("assist")),
        sections.images(manifest, context.images, context.repo),
        sections.sources(manifest),
        sections.LIMITS,
        f"## Recipe\n\nThe whole of it, every default filled in.\n\n{fence}yaml\n{text}{fence}",
        f"## Checksum\n\nSHA-256 over the data files' checksums: `{checksum}`",
    ]
    if "withheld" in manifest:
        whole = {name: content_checksum(entry) for name, entry in manifest["files"].items()}
        whole = {name: digest for name, digest in whole.items() if name.startswith("instructions/")}
        whole |= {name: content_checksum(entry) for name, entry in manifest["withheld"]["files"].items()}
        parts[-1] += f"\n\nWith the images joined: `{sha256_json(whole)}`"
    return "\n\n".join(part for part in parts if part) + "\n"
