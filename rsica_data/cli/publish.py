"""`publish`: a built dataset onto the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from rsica_data.core.command_line import counted, print_json, progress_bar

if TYPE_CHECKING:
    from rsica_data.dataset.publish.push import PublishPlan


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--repo", required=True, metavar="USER/NAME", help="Dataset on the Hub; created where it is not there.")
@click.option("--tag", default=None, help="Tag for this version, for example v1.")
@click.option("--private/--public", "private", default=None, help="Who sees it [default: as it is; a new one public].")
@click.option("--gated", type=click.Choice(["auto", "manual", "off"]), default=None, help="Access on request.")
@click.option("--without-images", is_flag=True, help="Leave the images out, whatever their terms.")
@click.option("--image-right", default=None, metavar="TEXT", help="Your right to pass the images on, for the card.")
@click.option("--replace", is_flag=True, help="Take the place of another dataset that the repository holds.")
@click.option(
    "--conversations/--no-conversations",
    default=True,
    show_default=True,
    help="Add a table with texts and images in one row, for the viewer and for streaming.",
)
@click.option("--message", default=None, help="Commit message.")
@click.option("--dry-run", is_flag=True, help="List what would go up, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def publish(
    out: Path,
    repo: str,
    tag: str | None,
    private: bool | None,
    gated: Literal["auto", "manual", "off"] | None,
    without_images: bool,
    image_right: str | None,
    replace: bool,
    conversations: bool,
    message: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish the dataset in OUT on the Hugging Face Hub, or bring what is there up to date.

    Only files that differ are sent, and they appear in one commit. Killed at any time, the same command goes on.
    Images whose terms do not allow passing them on are not uploaded; users attach their own copy (docs/publishing.md).
    The key is read from HF_TOKEN or from `hf auth login`.

    \b
    Example:
      rsica-data publish demo/dataset --repo USER/NAME --dry-run
      rsica-data publish demo/dataset --repo USER/NAME --tag v1 --private
    """
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.publish import PublishOptions, plan_publish
    from rsica_data.dataset.publish import publish as run_publish

    with progress_bar(f"publish {repo}", "B") as progress:
        options = PublishOptions(
            dataset=open_dataset(out),
            repo=repo,
            tag=tag,
            private=private,
            gated=gated,
            image_right=image_right,
            without_images=without_images,
            replace=replace,
            conversations=conversations,
            message=message,
            progress=progress,
        )
        plan, summary = (plan_publish(options), None) if dry_run else (None, run_publish(options))
    if summary is None:
        assert plan is not None
        _print_plan(plan, as_json)
        return
    done = {"url": summary.url, "commit": summary.commit, "tag": summary.tag, "created": summary.created}
    if as_json:
        print_json(_plan_json(summary.plan) | done)
        return
    _print_notes(summary.plan)
    sent = summary.plan.send
    click.echo(
        f"{summary.url}: {counted(len(sent), 'file')} sent ({_size(sum(upload.bytes for upload in sent))}), "
        f"{len(summary.plan.same)} unchanged, {len(summary.plan.delete)} deleted; commit {summary.commit[:12]}"
        + (f", tag {summary.tag}" if summary.tag else "")
    )


def _plan_json(plan: PublishPlan) -> dict[str, Any]:
    rows = [(upload, "send") for upload in plan.send] + [(upload, "same") for upload in plan.same]
    files = [
        {"path": upload.path, "bytes": upload.bytes, "sha256": upload.sha256, "action": action}
        for upload, action in sorted(rows, key=lambda row: row[0].path)
    ]
    return {
        "repo": plan.repo,
        "images": "included" if plan.policy.include else "withheld",
        "reason": plan.policy.reason,
        "hint": plan.policy.hint,
        "compared": plan.compared,
        "files": files + [{"path": path, "action": "delete"} for path in plan.delete],
        "send": len(plan.send),
        "send_bytes": sum(upload.bytes for upload in plan.send),
        "same": len(plan.same),
        "delete": len(plan.delete),
        "own_card": not plan.card_kept,
    }


def _print_plan(plan: PublishPlan, as_json: bool) -> None:
    if as_json:
        print_json(_plan_json(plan))
        return
    for upload in plan.send:
        click.echo(f"send    {_size(upload.bytes):>10}  {upload.path}")
    for upload in plan.same:
        click.echo(f"same    {_size(upload.bytes):>10}  {upload.path}")
    for path in plan.delete:
        click.echo(f"delete  {'':>10}  {path}")
    _print_notes(plan)
    total = _size(sum(upload.bytes for upload in plan.send))
    click.echo(
        f"{plan.repo}: {counted(len(plan.send), 'file')} to send ({total}), {len(plan.same)} unchanged; "
        "nothing was sent"
    )
    if not plan.compared:
        click.echo("not compared with the Hub: no key, or HF_HUB_OFFLINE is set")


def _print_notes(plan: PublishPlan) -> None:
    click.echo(("images included: " if plan.policy.include else "images left out: ") + plan.policy.reason)
    if plan.policy.hint is not None:
        click.echo(f"  {plan.policy.hint}")
    if plan.card_kept:
        click.echo("README.md was changed by hand: it goes up as it is")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
