"""Options by which a command says which language model to ask, and how much it may cost."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rsica_data.builder.recipe import Recipe
    from rsica_data.llm import LlmSettings


@dataclass(frozen=True)
class LlmChoice:
    """What the command line says of the language model."""

    url: str | None
    model: str | None
    key_env: str
    cache: Path | None
    concurrency: int | None
    price: tuple[str, str] | None
    max_cost: str | None
    max_requests: int | None
    batch: bool


_ADDRESS = "OPENAI_BASE_URL"
_OPTIONS = (
    click.option("--assist", is_flag=True, help="Have a language model write the recipe's `assist` rows."),
    click.option("--dry-run", is_flag=True, help="With --assist: show requests, tokens and cost; send nothing."),
    click.option("--llm-url", envvar=_ADDRESS, help="Root of an OpenAI-compatible API."),
    click.option("--llm-model", envvar="RSICA_LLM_MODEL", help="Model to ask, in place of the recipe's."),
    click.option(
        "--llm-key-env", default="OPENAI_API_KEY", show_default=True, help="Environment variable that holds the key."
    ),
    click.option("--llm-cache", type=click.Path(path_type=Path), help="Folder of answers [default: OUT.llm-cache]."),
    click.option("--llm-concurrency", type=click.IntRange(1), help="Most requests under way at once."),
    click.option("--llm-price", nargs=2, metavar="IN OUT", help="Price of a million tokens in and out."),
    click.option("--max-cost", help="Stop before all answers of this build cost more; raise it to go on."),
    click.option("--max-requests", type=click.IntRange(0), help="Stop before more answers are paid for."),
    click.option("--batch", is_flag=True, help="Ask through the batch API."),
)


def llm_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets ``assist``, ``dry_run`` and ``llm``, an :class:`LlmChoice`."""

    @functools.wraps(command)
    def with_choice(**values: Any) -> Any:
        names = ("url", "model", "key_env", "cache", "concurrency", "price")
        chosen = {name: values.pop(f"llm_{name}") for name in names}
        chosen |= {name: values.pop(name) for name in ("max_cost", "max_requests", "batch")}
        return command(llm=LlmChoice(**chosen), **values)

    for option in reversed(_OPTIONS):
        with_choice = option(with_choice)
    return with_choice


def llm_settings(choice: LlmChoice, recipe: Recipe, out: Path) -> LlmSettings:
    """The settings of the client.

    Raises:
        UserError: the server's address is none; a price or a limit is no amount of money.
    """
    from rsica_data.core.validation import check_address
    from rsica_data.llm import LlmSettings, Price

    section = recipe.assisted.section if recipe.assisted is not None else None
    model = choice.model or (section.model if section is not None else None) or ""
    extract = recipe.assisted.quality.reader(model) if recipe.assisted is not None else None
    written = section.prices if section is not None else {}
    prices = {name: Price(**entry.model_dump()) for name, entry in written.items()}
    if choice.price is not None:
        amounts = [_money("--llm-price", text) for text in choice.price]
        prices[model] = Price(input=amounts[0], output=amounts[1])
    values: dict[str, Any] = {
        "model": model,
        "further_models": () if extract in (None, model) else (extract,),
        "key_env": choice.key_env,
        "prices": prices,
        "max_cost": _money("--max-cost", choice.max_cost) if choice.max_cost is not None else None,
        "max_requests": choice.max_requests,
        "batch": choice.batch,
        "cache_dir": choice.cache or out.with_name(f"{out.name}.llm-cache"),
    }
    if choice.url is not None:
        said_by = _ADDRESS if choice.url == os.environ.get(_ADDRESS) else "--llm-url"
        values["base_url"] = check_address(choice.url, said_by)
    if choice.concurrency is not None:
        values["concurrency"] = choice.concurrency
    return LlmSettings(**values)


def _money(option: str, text: str) -> Decimal:
    from rsica_data.core.errors import UserError

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise UserError(f"{option} {text}: not an amount of money", hint="a number such as 12.50")
    return value
