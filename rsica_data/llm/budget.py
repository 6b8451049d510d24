"""What was spent, what may still be spent, and what a set of requests would cost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.llm.settings import LlmSettings
from rsica_data.llm.store import Store
from rsica_data.llm.types import BudgetReached, Image, LlmRequest, Plan, Totals, Usage, cost_text

_CHARS_A_TOKEN = 4
_TOKENS_A_MESSAGE = 4
_UNKNOWN_IMAGE = 765
_UNKNOWN_OUTPUT = 300


class Budget:
    """Counts what answers cost, and says when the next one may be asked for. Lives in one event loop."""

    def __init__(self, settings: LlmSettings) -> None:
        self.settings = settings
        self.totals = Totals()
        self._under_way = 0
        self._changed: asyncio.Event | None = None
        self._seen: set[bytes] = set()
        self._spent = Decimal(0)
        self._paid = 0
        self._lock = threading.Lock()  # cached replies are counted in the caller's thread, others in the loop's

    def require_price(self, model: str) -> None:
        """A limit on cost needs the price.

        Raises:
            UserError: ``max_cost`` is set and the model is not in the price table.
        """
        if self.settings.max_cost is not None and model not in self.settings.prices:
            raise UserError(
                f"max_cost is set, but the price of '{model}' is not known",
                key="prices",
                hint="add the model to prices, or limit with max_requests",
            )

    async def admit(self, request: LlmRequest) -> None:
        """Wait until one more answer fits into the budget, and set it aside for that.

        Raises:
            BudgetReached: it does not fit, whatever becomes of those under way.
        """
        while self._over(request) is not None:
            if self._under_way == 0:
                raise self.reached(request)
            self._changed = self._changed or asyncio.Event()
            await self._changed.wait()
        self._under_way += 1

    def admit_batch(self, request: LlmRequest) -> bool:
        """Set one more answer aside for a batch; False where it may not fit."""
        if self._over(request) is not None:
            return False
        self._under_way += 1
        return True

    def reached(self, request: LlmRequest) -> BudgetReached:
        """The message that the budget is used up."""
        return BudgetReached(
            f"budget reached: {self._over(request)}; every answer is kept",
            hint="raise it and run the same command again",
        )

    def _over(self, request: LlmRequest) -> str | None:
        most, cost = self.settings.max_requests, self.settings.max_cost
        if most is not None and self._paid + self._under_way >= most:
            return f"{self._paid} answers paid for, max_requests is {most}"
        if cost is not None:
            one = self._spent / self._paid if self._paid else self._estimate(request)
            if self._spent + one * (self._under_way + 1) > cost:
                return f"{cost_text(self._spent)} spent, the next answer costs about {one:.6f}, max_cost is {cost}"
        return None

    def _estimate(self, request: LlmRequest) -> Decimal:
        usage = Usage(input_estimate(request), output_limit(request))
        return self.settings.cost(request.model, usage, self.settings.batch) or Decimal(0)

    def settle(self) -> None:
        """What :meth:`admit` skipped has been counted, or was never paid."""
        self._under_way -= 1
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    def paid(self, key: str, usage: Usage) -> None:
        """An answer came from a server."""
        with self._lock:
            self._seen.add(bytes.fromhex(key))
            self._spent += usage.cost or 0
            self._paid += 1
            self.totals = replace(self.totals, paid=self.totals.paid + 1, usage=self.totals.usage + usage)

    def earlier(self, key: str, usage: Usage, answers: int) -> None:
        """Answers to this question that were paid for in an earlier run, or by another process: counted once."""
        with self._lock:
            if answers == 0 or bytes.fromhex(key) in self._seen:
                return
            self._seen.add(bytes.fromhex(key))
            self._spent += usage.cost or 0
            self._paid += answers
            self.totals = replace(self.totals, earlier=self.totals.earlier + usage)

    def count(self, **more: int) -> None:
        """Add to the totals."""
        with self._lock:
            self.totals = replace(self.totals, **{name: getattr(self.totals, name) + by for name, by in more.items()})


def input_estimate(request: LlmRequest) -> int:
    """Input tokens, roughly: 4 characters a token, 4 tokens a message, images by their 512-pixel tiles."""
    characters = sum(len(message.content) for message in request.messages)
    if request.schema is not None:
        characters += len(str(request.schema))
    images = sum(_image_tokens(image) for image in request.images)
    return characters // _CHARS_A_TOKEN + _TOKENS_A_MESSAGE * len(request.messages) + images


def estimated_usage(request: LlmRequest, text: str) -> Usage:
    """Tokens of an answer whose server counted none, so that a limit on cost holds there too."""
    return Usage(input_estimate(request), estimated_output(text))


def estimated_output(text: str) -> int:
    """Output tokens of an answer, roughly."""
    return -(-len(text) // _CHARS_A_TOKEN)


def estimated_input(body: dict[str, Any]) -> int:
    """Input tokens of a body that was sent, roughly; images count the same whatever their size."""
    messages = body.get("messages") or body.get("input") or []
    tokens = 0
    for message in messages:
        content = message["content"]
        parts = [{"text": content}] if isinstance(content, str) else content
        tokens += _TOKENS_A_MESSAGE + sum(_part_tokens(part) for part in parts)
    return tokens


def _part_tokens(part: dict[str, Any]) -> int:
    return len(part["text"]) // _CHARS_A_TOKEN if "text" in part else _UNKNOWN_IMAGE


def _image_tokens(image: Image) -> int:
    # The published rule of the OpenAI vision models: 85 tokens and 170 for each tile of 512 x 512 pixels.
    from rsica_data.imagery.images import probe
    from rsica_data.schema import EncodedImage

    try:
        info = probe(EncodedImage("image", image.data))
    except InvalidItemError:
        return _UNKNOWN_IMAGE
    return 85 + 170 * -(-info.width // 512) * -(-info.height // 512)


def output_limit(request: LlmRequest) -> int:
    """Output tokens at the most, where the request says; else a guess."""
    for name in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        if isinstance(request.parameters.get(name), int):
            return int(request.parameters[name])
    return _UNKNOWN_OUTPUT


def plan(requests: Iterable[LlmRequest], settings: LlmSettings, store: Store) -> Plan:
    """What these requests would need; see :class:`Plan`. Holds one request at a time."""
    seen: set[str] = set()
    repeated = cached = measured = 0
    model_usage: dict[str, Usage] = {}
    spent: Decimal | None = Decimal(0)
    for request in requests:
        if request.key in seen:
            repeated += 1
            continue
        seen.add(request.key)
        if store.parsed(request.key) is not None:
            cached += 1
            whole = rows_usage(store.raw(request.key), request.model, settings)
            measured += whole.output_tokens
            spent = None if spent is None or whole.cost is None else spent + whole.cost
        else:
            usage = Usage(input_estimate(request), output_limit(request))
            model_usage[request.model] = model_usage.get(request.model, Usage()) + usage
    to_send = len(seen) - cached
    outputs = sum(usage.output_tokens for usage in model_usage.values())
    if cached and outputs:
        share = Decimal(measured) / cached * to_send / outputs
        model_usage = {m: replace(u, output_tokens=round(u.output_tokens * share)) for m, u in model_usage.items()}
    costs = {model: settings.cost(model, usage, settings.batch) for model, usage in model_usage.items()}
    unpriced = tuple(sorted(model for model, cost in costs.items() if cost is None))
    return Plan(
        requests=len(seen),
        repeated=repeated,
        cached=cached,
        to_send=to_send,
        input_tokens=sum(usage.input_tokens for usage in model_usage.values()),
        output_tokens=sum(usage.output_tokens for usage in model_usage.values()),
        cost=None if unpriced else sum((cost for cost in costs.values() if cost is not None), Decimal(0)),
        spent=spent,
        unpriced=unpriced,
        output_measured=bool(cached),
    )


def row_usage(row: dict[str, object], model: str, settings: LlmSettings) -> Usage:
    """Usage of a raw row of the cache; its cost as it was when paid, or by today's prices where none was known."""
    tokens = row["usage"]
    if not isinstance(tokens, dict):
        raise TypeError(f"usage of a cached row: {tokens!r}")
    usage = Usage(int(tokens["input"]), int(tokens["output"]), int(tokens["cached"]))
    cost = settings.cost(model, usage, bool(row.get("batch"))) if row["cost"] is None else Decimal(str(row["cost"]))
    return replace(usage, cost=cost)


def rows_usage(rows: Iterable[dict[str, object]], model: str, settings: LlmSettings) -> Usage:
    """Usage of all raw rows of one question."""
    return sum((row_usage(row, model, settings) for row in rows), Usage(cost=Decimal(0)))
