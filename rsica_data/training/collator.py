"""Samples to batches of a chat model of transformers, with the loss on the answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.training.samples import Sample

IGNORED = -100
"""Label of tokens without a loss, in torch and transformers."""


class ChatCollator:
    """Puts samples of :class:`StreamDataset` or :class:`MapDataset` through a processor of transformers.

    Labels are those of the assistant's turns, ends of turn included; all else is ignored. Where a turn begins and ends
    is found from the text that the chat template writes before and after it. Images stand in the first question, so
    tokens are counted from the end of the text, where no image is.

    Args:
        processor: of images and text, with a chat template.
        positions: keep ``position`` of the samples in the batch, for ``StreamDataset.saw``; it must be taken out before
            the model is called.

    Example:
        ``DataLoader(StreamDataset("demo/dataset"), batch_size=8, collate_fn=ChatCollator(processor))``
    """

    def __init__(self, processor: Any, positions: bool = False) -> None:
        self._processor, self._positions = processor, positions

    def __call__(self, samples: Sequence[Sample]) -> Any:
        """A batch: what the processor gives, and ``labels``.

        Raises:
            UserError: the chat template writes an earlier turn otherwise once another follows, or splits its tokens
                otherwise.
        """
        texts = [self._text(sample["messages"]) for sample in samples]
        images = [sample["images"] for sample in samples]
        batch = self._processor(text=texts, images=images, padding=True, return_tensors="pt")
        labels = batch["input_ids"].new_full(batch["input_ids"].shape, IGNORED)
        for row, (sample, text) in enumerate(zip(samples, texts, strict=True)):
            present = batch["attention_mask"][row].nonzero()[:, 0]
            tokens = batch["input_ids"][row][present]
            for start, end in self._answers(sample, text, tokens.tolist()):
                labels[row, present[start:end]] = tokens[start:end]
        batch["labels"] = labels
        if self._positions:
            batch["position"] = [sample["position"] for sample in samples]
        return batch

    def _text(self, messages: Sequence[dict[str, Any]], ask: bool = False) -> str:
        text: str = self._processor.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=ask)
        return text

    def _answers(self, sample: Sample, text: str, tokens: list[int]) -> list[tuple[int, int]]:
        """Places of the first token of each answer and of the one after its last."""
        places = []
        messages = sample["messages"]
        for place, message in enumerate(messages):
            if message["role"] == "assistant":
                before = self._text(messages[:place], ask=True)
                through = self._text(messages[: place + 1])
                edges = [self._place(text, part, tokens, sample["id"]) for part in (before, through)]
                places.append((edges[0], edges[1]))
        return places

    def _place(self, text: str, part: str, tokens: list[int], name: str) -> int:
        if not text.startswith(part):
            problem = f"{name}: the chat template writes earlier turns otherwise once more follow"
            raise UserError(problem, hint="train on rows of one turn, or give the processor a plain chat template")
        rest = self._processor.tokenizer(text[len(part) :], add_special_tokens=False)["input_ids"]
        place = len(tokens) - len(rest)
        if tokens[place:] != list(rest):
            raise UserError(f"{name}: the tokens of an answer are not those of its text", hint="another chat template")
        return place
