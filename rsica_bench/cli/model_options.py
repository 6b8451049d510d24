"""Options of the commands that ask a language model: server, price, budget; and those of a model that reads replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.run.model_reading import ReadingOptions
    from rsica_data.llm import LlmSettings

SERVER = ("llm_url", "key_env", "concurrency", "max_cost", "max_requests", "batch", "cache", "price")


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a server; `settings_of_server` reads them."""
    for option in (
        click.option(
            "--cache", type=click.Path(path_type=Path), default=None, help="Where a model's answers are kept."
        ),
        click.option("--batch", is_flag=True, help="Through the server's batch API."),
        click.option(
            "--concurrency", type=click.IntRange(1), default=16, show_default=True, help="Most requests at once."
        ),
        click.option("--max-requests", type=click.IntRange(0), default=None, help="Maximum number of paid answers."),
        click.option("--max-cost", type=float, default=None, help="Stop before this is passed; needs --price."),
        click.option(
            "--price", default=None, metavar="IN,OUT", help="Price a million tokens; without it cost is unknown."
        ),
        click.option(
            "--key-env", default="OPENAI_API_KEY", show_default=True, help="Environment variable with the key."
        ),
        click.option(
            "--llm-url", default="https://api.openai.com/v1", show_default=True, help="Any OpenAI-compatible server."
        ),
    ):
        command = option(command)
    return command


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--read-with`` and the options of its server; `reading_of_options` reads them."""
    meaning = "Let this language model read the replies that are no plain short answers."
    return click.option("--read-with", default=None, metavar="MODEL", help=meaning)(server_options(command))


def settings_of_server(model: str, server: Mapping[str, Any], cache: Path, prefix: str) -> LlmSettings:
    """The client's settings.

    Args:
        model: name of the model, as the server knows it.
        server: values of the options of `server_options`.
        cache: where answers are kept unless ``--cache`` says otherwise.
        prefix: the command, for messages.
    """
    from rsica_data.core.validation import check_address, validate_model
    from rsica_data.llm import LlmSettings

    values = {
        "base_url": check_address(server["llm_url"], "--llm-url"),
        "model": model,
        **{key: server[key] for key in ("key_env", "concurrency", "max_cost", "max_requests", "batch")},
        "cache_dir": server["cache"] or cache,
        "prices": {model: price_of(server["price"])} if server["price"] else {},
    }
    return validate_model(LlmSettings, values, prefix=[prefix])


def price_of(text: str) -> dict[str, str]:
    """A price as ``--price`` states it.

    Raises:
        UserError: it is none.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.replace(".", "", 1).isdigit() for part in parts):
        raise UserError(f"'{text}' is no price", key="--price", hint="input,output a million tokens, as 0.15,0.6")
    return {"input": parts[0], "output": parts[1]}


def reading_of_options(
    run: Path, read_with: str, server: Mapping[str, Any], progress: Callable[[int, int], None]
) -> ReadingOptions:
    """How a model reads the replies of a run."""
    from rsica_bench.reading.stored import READINGS
    from rsica_bench.run.model_reading import ReadingOptions

    return ReadingOptions(settings_of_server(read_with, server, run / READINGS / "cache", "read"), progress)
