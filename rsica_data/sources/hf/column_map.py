"""The map of columns."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from rsica_data.schema.records import MASK_ROLES
from rsica_data.sources.selectors import Part, parse_selector

IMAGES = ("before", "after")
PARTS = (*IMAGES, *MASK_ROLES)


class Columns(BaseModel):
    """Which column holds what: its name, or a part of a list, as ``images[0]``.

    Attributes:
        before, after: the images: of the feature ``Image``, encoded bytes, or paths in the input folder.
        change_mask, before_labels, after_labels: the masks: as images, or as lists of rows of whole numbers.
        captions: a sentence or a list of them; several columns may be named.
        question, answer: a question and its answer, or lists of equal length.
        kind: what the set calls the type of the question.
        id: name of the pair. Rows of one id are one pair: their captions and questions are joined, and the images are
            those of the first. By default each row is a pair, named by its number.
        split: split of the row, in place of the dataset's own splits.
        changed: whether something changed: 1 and 0, true and false.
        attributes: columns whose numbers and texts are kept with the pair.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    before: Part
    after: Part | None = None
    change_mask: Part | None = None
    before_labels: Part | None = None
    after_labels: Part | None = None
    captions: str | tuple[str, ...] = ()
    question: str | None = None
    answer: str | None = None
    kind: str | None = None
    id: str | None = None
    split: str | None = None
    changed: str | None = None
    attributes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _together(self) -> Columns:
        if (self.question is None) != (self.answer is None):
            raise ValueError("question and answer go together")
        if self.kind is not None and self.question is None:
            raise ValueError("kind is given without question and answer")
        return self

    @property
    def caption_columns(self) -> tuple[str, ...]:
        """Columns of captions."""
        return (self.captions,) if isinstance(self.captions, str) else self.captions

    def texts(self) -> dict[str, list[str]]:
        """Columns of texts by option."""
        single = {key: getattr(self, key) for key in ("question", "answer", "kind", "id", "split", "changed")}
        columns = {key: [column] for key, column in single.items() if column is not None}
        return columns | {"captions": list(self.caption_columns), "attributes": list(self.attributes)}

    def all(self) -> dict[str, list[str]]:
        """Every column by option."""
        parts = {role: getattr(self, role) for role in PARTS}
        return {role: [parse_selector(text).key] for role, text in parts.items() if text is not None} | self.texts()
