"""`card`: the dataset card with statistics and figures."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--repo", default=None, metavar="USER/NAME", help="The name to load it by, for the card's examples.")
@click.option("--force", is_flag=True, help="Write over a README.md that was changed by hand.")
def card(out: Path, repo: str | None, force: bool) -> None:
    """Regenerate README.md of a built dataset, with statistics and figures; `publish` does this by itself.

    \b
    Example:
      rsica-data card demo/dataset
    """
    from rsica_data.dataset.hub import check_repo
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.publish.own_card import rewrite_card

    if repo is not None:
        check_repo(repo, "--repo")
    for path in rewrite_card(open_dataset(out), repo, force):
        click.echo(path)
