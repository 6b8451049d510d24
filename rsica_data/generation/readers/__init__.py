"""Replies into candidates: one file a form of reply, chosen by ``reads`` of the prompt's meta file."""

from rsica_data.generation.readers import captions, conversation, open_questions, paraphrases, targets
from rsica_data.generation.readers.base import Reader

READERS: dict[str, Reader] = {
    "questions": open_questions.READER,
    "captions": captions.READER,
    "conversation": conversation.READER,
    "paraphrases": paraphrases.READER,
    "targets": targets.READER,
}

__all__ = ["READERS", "Reader"]
