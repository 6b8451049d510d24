"""`score-captions`: a file of captions against a file of references."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.metrics.caption_protocols import CaptionProtocol

_FILE = click.Path(path_type=Path)


@click.command()
@click.option(
    "--hypotheses",
    type=_FILE,
    required=True,
    help="JSON (COCO results, lines, lmms-eval's), or text with a line an item.",
)
@click.option("--references", type=_FILE, required=True, help="JSON (COCO captions, lines), or LevirCCcaptions.json.")
@click.option("--field", default=None, help="Field of the hypotheses' rows that holds the caption.")
@click.option("--id", "id_field", default=None, help="Field that holds the item's id; order takes rows in order.")
@click.option("--protocol", default="words", show_default=True, help="words, levir-cc, gpt2-bpe or coco.")
@click.option(
    "--final-stop",
    type=click.Choice(["drop", "keep"]),
    default="drop",
    show_default=True,
    help="What `words` does with a final ' .'; pycocoevalcap keeps it.",
)
@click.option("--split", default=None, help="Split of LevirCCcaptions.json.")
@click.option("--word-map", type=_FILE, default=None, help="Word map in place of the derived one.")
@click.option("--tokenizer", type=_FILE, default=None, help="GPT-2 tokenizer of gpt2-bpe, for plain captions.")
@click.option("--flags", type=_FILE, default=None, help="Change flags for plain JSON references.")
@click.option("--meteor", type=click.Choice(["python", "java", "none"]), default="python", show_default=True)
@click.option("--spice", is_flag=True, help="SPICE too (Java and CoreNLP 3.6.0, slow).")
@click.option("--df", type=_FILE, default=None, help="CIDEr's document frequencies, as --save-df writes them.")
@click.option("--save-df", type=_FILE, default=None, help="Write the references' document frequencies.")
@click.option("--per-item", type=_FILE, default=None, help="Write the scores of each item, JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score_captions(
    hypotheses: Path, references: Path, protocol: str, split: str | None, as_json: bool, **given: Any
) -> None:
    """Score captions: BLEU-1..4, METEOR, ROUGE-L, CIDEr, CIDEr-R, S*m over all, changed and unchanged pairs.

    \b
    Example:
      rsica-bench score-captions --hypotheses mine.txt --references LevirCCcaptions.json --split test --json
    """
    from rsica_bench.metrics.caption_files import read_flags, read_hypotheses, read_references
    from rsica_bench.metrics.caption_report import CaptionOptions, caption_report
    from rsica_bench.metrics.frequency_files import load_frequencies, save_frequencies
    from rsica_bench.metrics.word_map import load_word_map

    used = _protocol(protocol, given["tokenizer"], given["final_stop"] == "keep")
    options = CaptionOptions(
        load_word_map(given["word_map"]) if given["word_map"] else None,
        read_flags(given["flags"]) if given["flags"] else None,
        given["meteor"],
        given["spice"],
        load_frequencies(given["df"], used) if given["df"] else None,
    )
    meant = read_references(references, split)
    captions = read_hypotheses(hypotheses, meant, given["field"], given["id_field"])
    report = caption_report(captions, meant, used, options)
    if given["save_df"]:
        save_frequencies(given["save_df"], report.corpus.document_frequencies(), used)
    if given["per_item"]:
        _write_items(given["per_item"], report.per_item)
    if as_json:
        print_json(report.content)
    else:
        _print(report.content)


def _protocol(name: str, tokenizer: Path | None, keep_stop: bool) -> CaptionProtocol:
    from rsica_bench.metrics.bpe import gpt2_protocol
    from rsica_bench.metrics.caption_protocols import WORDS, WORDS_AND_STOP
    from rsica_data.core import registry

    if keep_stop:
        if name != WORDS.name:
            hint = "--final-stop goes with --protocol words"
            raise UserError(f"protocol '{name}' settles what a final ' .' is", key="--final-stop", hint=hint)
        return WORDS_AND_STOP
    if tokenizer is None:
        protocol: CaptionProtocol = registry.load(registry.METRICS, name)
        return protocol
    if name != "gpt2-bpe":
        raise UserError(f"protocol '{name}' has no tokenizer file", hint="--tokenizer goes with --protocol gpt2-bpe")
    return gpt2_protocol(tokenizer)


def _write_items(path: Path, per_item: dict[str, dict[str, float]]) -> None:
    lines = [json.dumps({"id": key, **scores}) + "\n" for key, scores in per_item.items()]
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot be written: {error}", file=path) from None


def _print(report: dict[str, Any]) -> None:
    from rsica_bench.metrics.caption_metrics import NEEDS_WEIGHTS

    stop = f", final ' .' {report['final_stop']}" if report.get("final_stop") else ""
    click.echo(f"protocol {report['protocol']} v{report['protocol_version']}{stop}, {counted(report['items'], 'item')}")
    if report.get("references_left_out"):
        left_out = counted(report["references_left_out"], "reference")
        skipped = report["skipped"]
        items = f"; skipped {counted(len(skipped), 'item')}, the first '{skipped[0]}'" if skipped else ""
        click.echo(f"  left out {left_out} without words{items}")
    if report.get("too_long"):
        longer = f"{counted(len(report['too_long']), 'caption')} of more than 20,000 characters counted as empty"
        click.echo(f"  {longer}, the first '{report['too_long'][0]}'")
    parts = [name for name in ("scores", "changed", "unchanged") if report.get(name)]
    names = list(report["scores"])
    click.echo("  " + "".join(f"{text:>10}" for text in ["", *names]))
    for part in parts:
        weightless = part in report.get("weightless", ())
        shown = report[f"{part}_full_df"] if weightless else report[part]
        marks = {name: "*" if weightless and name in NEEDS_WEIGHTS else " " for name in names}
        label = "all" if part == "scores" else part
        click.echo(f"  {label:>10}" + "".join(f"{shown[name]:9.4f}{marks[name]}" for name in names).rstrip())
    if report.get("weightless"):
        click.echo("  * by the document frequencies of all items: by their own no n-gram has a weight")
    for name, reason in report["absent"].items():
        click.echo(f"  {name}: {reason}")
