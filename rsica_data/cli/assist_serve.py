"""`assist serve`: a local OpenAI-compatible server for tests, demos and dry runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import click

from rsica_data.core.errors import UserError
from rsica_data.core.extras import install_command


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("schema",),
    show_default=True,
    help="Answerer to serve; transformers:PATH for a language model in a folder or .gguf file.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True, help="0 takes a free one.")
@click.option("--fault", "faults", multiple=True, metavar="NAME=RATE", help="What goes wrong how often.")
@click.option("--seed", type=int, default=0, show_default=True, help="All faults follow from it.")
@click.option("--retry-after", type=click.FloatRange(0), default=0.05, show_default=True, help="Of a drawn 429, in s.")
@click.option("--slow", type=click.FloatRange(0), default=2.0, show_default=True, help="Delay of a slow answer, in s.")
@click.option("--latency", type=click.FloatRange(0), default=0.0, show_default=True, help="Of every answer, in s.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Real limit, in requests a second.")
@click.option("--burst", type=click.IntRange(1), default=10, show_default=True, help="Requests at once under --rate.")
@click.option("--batch-seconds", type=click.FloatRange(0), default=0.0, show_default=True, help="Time a batch takes.")
@click.option("--refuse-format", "refused", multiple=True, type=click.Choice(["json_schema", "json_object"]))
@click.option("--require-key", metavar="VARIABLE", help="Environment variable with the key that requests must bear.")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="Append every request served, as JSONL.")
def serve(
    models: tuple[str, ...],
    port: int,
    faults: tuple[str, ...],
    seed: int,
    retry_after: float,
    slow: float,
    latency: float,
    rate: float | None,
    burst: int,
    batch_seconds: float,
    refused: tuple[str, ...],
    require_key: str | None,
    log: Path | None,
) -> None:
    """Serve answerers over the OpenAI protocol on 127.0.0.1, until Ctrl-C.

    Faults are drawn from the seed and the request. A name that is no fault of the server itself (429, 500, cut,
    garbled, slow, malformed, violation, batch-failed, batch-expired) is a flag handed to the answerer. Once the server
    listens, one line of JSON with its address and the names of its models goes to standard output.

    \b
    Example:
      rsica-data assist serve --model schema --port 8321 --fault 429=0.1 --fault 500=0.05 --log served.jsonl
      rsica-data assist serve --model transformers:models/SmolLM2-135M-Instruct.Q4_1.gguf
    """
    from rsica_data.serve.answerers import flags_of, load_answerers
    from rsica_data.serve.app import HOST, open_log
    from rsica_data.serve.app import serve as run
    from rsica_data.serve.faults import Faults, RateLimit, parse_rates
    from rsica_data.serve.state import ServerState

    if find_spec("aiohttp") is None:
        raise UserError("the server needs aiohttp", hint=install_command("serve"))
    if require_key is not None and not os.environ.get(require_key):
        raise UserError(f"--require-key: the environment variable {require_key} is not set")
    answerers = load_answerers(models)
    rates = parse_rates(faults)
    _refuse_unknown(rates, flags_of(answerers.values()))
    state = ServerState(
        answerers=answerers,
        faults=Faults(rates, seed, retry_after, slow),
        limit=RateLimit(rate, burst),
        log=open_log(log),
        key=os.environ[require_key] if require_key else None,
        latency_s=latency,
        batch_s=batch_seconds,
        refuse_formats=refused,
    )
    served = sorted(answerers)
    try:
        run(
            state,
            port,
            lambda bound_port: click.echo(json.dumps({"base_url": f"http://{HOST}:{bound_port}/v1", "models": served})),
        )
    except OSError as error:
        raise UserError(f"--port {port}: cannot listen there: {error.strerror or error}") from None
    finally:
        if state.log is not None:
            state.log.close()


def _refuse_unknown(rates: Mapping[str, float], flags: frozenset[str] | None) -> None:
    from rsica_data.serve.faults import BATCH, HTTP

    known = [*HTTP, *BATCH, *sorted(flags or ())]
    unknown = next((name for name in rates if name not in known), None)
    if flags is not None and unknown is not None:
        raise UserError(f"--fault {unknown}: no such fault", hint=f"known: {', '.join(known)}")
