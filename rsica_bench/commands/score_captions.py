"""`score-captions`: a file of captions against a file of references."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.cli_support import print_json


@click.command()
@click.option("--hypotheses", type=click.Path(path_type=Path), required=True, help="JSON, or text with a line an item.")
@click.option("--references", type=click.Path(path_type=Path), required=True, help="JSON, or LevirCCcaptions.json.")
@click.option("--protocol", default="words", show_default=True, help="words, levir-cc, gpt2-bpe or coco.")
@click.option("--split", default=None, help="Split of LevirCCcaptions.json.")
@click.option("--word-map", type=click.Path(path_type=Path), default=None, help="Word map in place of the derived one.")
@click.option("--flags", type=click.Path(path_type=Path), default=None, help="Change flags for plain JSON references.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score_captions(
    hypotheses: Path,
    references: Path,
    protocol: str,
    split: str | None,
    word_map: Path | None,
    flags: Path | None,
    as_json: bool,
) -> None:
    """Score captions: BLEU-1..4, ROUGE-L, CIDEr over all, changed and unchanged pairs.

    \b
    Example:
      rsica-bench score-captions --hypotheses mine.txt --references LevirCCcaptions.json --split test --json
    """
    from rsica_bench.metrics.caption_files import caption_report, read_flags, read_hypotheses, read_references
    from rsica_bench.metrics.word_map import load_word_map
    from rsica_data import plugins

    used = plugins.load(plugins.METRICS, protocol)
    meant = read_references(references, split)
    report = caption_report(
        read_hypotheses(hypotheses, list(meant.by_id)),
        meant,
        used,
        load_word_map(word_map) if word_map else None,
        read_flags(flags) if flags else None,
    )
    if as_json:
        print_json(report)
        return
    click.echo(f"protocol {report['protocol']}, {report['items']} items")
    for part in ("scores", "changed", "unchanged"):
        if part in report:
            label = "all" if part == "scores" else part
            click.echo(f"  {label}: " + ", ".join(f"{name} {value:.4f}" for name, value in report[part].items()))
    for name, reason in report["absent"].items():
        click.echo(f"  {name}: {reason}")
