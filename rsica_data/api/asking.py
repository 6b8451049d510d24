"""Facts of a mask, a question about them, and the answer that a reply gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsica_data.core import registry
from rsica_data.core.arguments import need_list, need_texts
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.extras import need_extra
from rsica_data.schema import (
    AskContext,
    ClassDef,
    Draft,
    EncodedImage,
    FactRules,
    FactsView,
    JsonObject,
    Mask,
    ParseContext,
    Question,
    TaskSpec,
    Unparsed,
    view_facts,
)
from rsica_data.text.class_name_rule import ClassNameError, check_class_names

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class AskedQuestion:
    """A question about a pair with its gold answer.

    Attributes:
        task: name of the task.
        kind: which of the task's questions; the task's name where it has one.
        prompt: what a model is asked.
        answer: the gold answer in words.
        gold: the accepted answers as typed data (``docs/dataset.md``).
        classes: names of the classes that are asked about, in class-id order.
        question: kind and arguments, as the reader of replies needs them.
        references: accepted wordings, at least ``answer``.

    Example:
        >>> import rsica_data as rd
        >>> question = rd.ask(rd.facts([[0, 1]], classes=["road"]), "classification")
        >>> question.prompt
        'Has anything changed between these two images? Answer yes or no.'
        >>> question.gold, question.matches({"changed": False})
        ({'changed': True}, False)
    """

    task: str
    kind: str
    prompt: str
    answer: str
    gold: JsonObject
    classes: tuple[str, ...]
    question: Question
    references: tuple[str, ...] = ()

    def matches(self, answer: JsonObject | Unparsed) -> bool:
        """Whether an answer that was parsed is accepted; an unparsed reply never is.

        Args:
            answer: what :func:`rsica_data.parse` gave.

        Returns:
            True where the gold accepts it.
        """
        spec: TaskSpec = registry.load(registry.TASKS, self.task)
        return not isinstance(answer, Unparsed) and spec.matches(self.gold, answer)


def facts(
    mask: ArrayLike | str | Path,
    classes: Sequence[str],
    *,
    gsd_m: float | None = None,
    before_labels: ArrayLike | None = None,
    after_labels: ArrayLike | None = None,
    ignore_id: int | None = None,
    rules: FactRules | None = None,
) -> FactsView:
    """Count, locate and measure what a change mask shows.

    Args:
        mask: class ids, shape ``(H, W)``: 0 for no change, 1 for the first of ``classes``, and so on. Or the path of an
            8-bit image file that holds such ids.
        classes: singular class names; id 1 is the first.
        gsd_m: ground sample distance in metres a pixel; None where it is unknown (areas in m2 are then None).
        before_labels: land cover of the earlier date, ids as in ``mask``, shape ``(H, W)``.
        after_labels: land cover of the later date.
        ignore_id: id of pixels that nobody labelled.
        rules: how to count and locate; the defaults are 8-connected components and cells that are touched.

    Returns:
        Counts, 3x3 grid cells, areas and objects by class name.

    Raises:
        UserError: the mask is not two-dimensional, holds an id without a class, or shapes differ; or ``classes`` is
            one text, or has a name twice or one that answers could not be read with.

    Example:
        >>> import rsica_data as rd
        >>> seen = rd.facts([[0, 0, 1], [0, 0, 1], [2, 0, 0]], classes=["road", "building"], gsd_m=0.5)
        >>> seen.counts["road"], seen.cells["building"], seen.area_m2["road"]
        (1, ('bottom-left',), 0.5)
    """
    with need_extra():
        from rsica_data.change_facts import compute_facts

    _check_arguments(classes, gsd_m)
    chosen = rules or FactRules()
    values = _ids(mask, "mask", len(classes), ignore_id)
    before, after = (
        None if labels is None else _ids(labels, name, len(classes), ignore_id)
        for labels, name in ((before_labels, "before_labels"), (after_labels, "after_labels"))
    )
    for other, name in ((before, "before_labels"), (after, "after_labels")):
        if other is not None and other.shape != values.shape:
            raise UserError(f"has the shape {other.shape}, the mask {values.shape}", key=name)
    measured = compute_facts(
        change_mask=values,
        before_labels=before,
        after_labels=after,
        classes=[ClassDef(number, name) for number, name in enumerate(classes, 1)],
        ignore_id=ignore_id,
        gsd_m=gsd_m,
        min_object_pixels=chosen.min_object_pixels,
        min_cell_pixels=chosen.min_cell_pixels,
        change_from=chosen.change_from,
    )
    return view_facts(measured, chosen)


def _check_arguments(classes: Sequence[str], gsd_m: float | None) -> None:
    need_texts(need_list(classes, "classes", "names"), "classes")
    twice = next((name for name in classes if list(classes).count(name) > 1), None)
    if twice is not None:
        raise UserError(f"'{twice}' is there twice", key="classes")
    try:
        check_class_names(classes, published=True)
    except ClassNameError as error:
        raise UserError(str(error), key="classes") from None
    if gsd_m is not None and not gsd_m > 0:
        raise UserError(f"should be above 0, not {gsd_m}", key="gsd_m", hint="metres a pixel; None where unknown")


def _ids(values: ArrayLike | str | Path, name: str, classes: int, ignore_id: int | None) -> Mask:
    if isinstance(values, (str, Path)):
        from rsica_data.core.raw import read_bytes
        from rsica_data.imagery.masks import decode_values

        try:
            array: Any = decode_values(EncodedImage(str(values), read_bytes(Path(values))))
        except InvalidItemError as error:
            raise UserError(error.detail, key=name) from None
    else:
        array = np.asarray(values)
    if array.ndim != 2 or not array.size or array.dtype.kind not in "biu":
        raise UserError(f"is not a 2-D array of class ids: shape {array.shape}, {array.dtype}", key=name)
    known = {*range(classes + 1)} | ({ignore_id} if ignore_id is not None else set())
    unknown = sorted({int(value) for value in np.unique(array)} - known)
    if unknown:
        hint = "0 is no change, 1 the first class; map other values first, for example (mask > 0) * 1"
        raise UserError(f"holds the value {unknown[0]}, and there are {classes} classes", key=name, hint=hint)
    return np.ascontiguousarray(array, np.uint8)


def ask(
    facts: FactsView, task: str, kind: str | None = None, *, captions: Sequence[str] = (), seed: int = 0
) -> AskedQuestion:
    """A question of a task about facts, in the fixed words of evaluation splits, with its gold answer.

    Args:
        facts: what :func:`facts` or ``pair.facts`` gave.
        task: ``classification``, ``counting``, ``localization``, ``open_qa``, ``captioning`` or a plug-in's.
        kind: kind of question, for ``open_qa`` (``class_count``, ``largest_cell``, ...); None for the first that fits.
        captions: sentences that people wrote about the pair, which ``captioning`` needs.
        seed: of whatever is drawn.

    Returns:
        The question with its gold answer as typed data and in words.

    Raises:
        UserError: unknown task or kind, or the facts do not settle the question.

    Example:
        >>> import rsica_data as rd
        >>> question = rd.ask(rd.facts([[0, 1]], classes=["road"]), "counting")
        >>> question.gold, question.matches(rd.parse("1 road", question))
        ({'road': 1}, True)
    """
    spec: TaskSpec = registry.load(registry.TASKS, task)
    context = AskContext(
        pair_id="pair",
        split="test",
        classes=facts.classes,
        view=facts,
        captions=tuple(captions),
        changed=facts.changed,
        evaluation=True,
        seed=seed,
    )
    settings: dict[str, Any] = {}
    if kind is not None and "kinds" in spec.settings.model_fields:
        settings["kinds"] = [kind]
    drafts = _drafts(spec, context, settings, kind)
    if not drafts:
        raise UserError(f"the facts settle no question of task '{task}'" + (f", kind '{kind}'" if kind else ""))
    return _asked(spec, drafts[0], facts.classes)


def _drafts(spec: TaskSpec, context: AskContext, settings: dict[str, Any], kind: str | None) -> list[Draft]:
    from rsica_data.core.validation import validate_model

    drafts = spec.ask(context, validate_model(spec.settings, settings))
    return [draft for draft in drafts if kind is None or draft.kind == kind]


def _asked(spec: TaskSpec, draft: Draft, classes: tuple[str, ...]) -> AskedQuestion:
    turn = spec.turns(draft.kind, draft.gold)[0]
    prompt, answer = draft.turns[0].content, draft.turns[1].content
    return AskedQuestion(turn.task, draft.kind, prompt, answer, turn.gold, classes, turn.question, draft.references)


def parse(reply: str, question: AskedQuestion | str, classes: Sequence[str] = ()) -> JsonObject | Unparsed:
    """The answer that a model's reply gives, as typed data.

    Args:
        reply: the reply as it came: reasoning, Markdown, JSON or plain words.
        question: what was asked; or the name of a task that has one kind of question.
        classes: class names, where ``question`` is a name.

    Returns:
        The answer, or :class:`Unparsed` with the reason; a reply without an answer is never guessed at.

    Raises:
        UserError: unknown task, or ``reply`` is no text.

    Example:
        >>> import rsica_data as rd
        >>> rd.parse("**Answer:** Yes, a new house.", "classification")
        {'changed': True}
        >>> rd.parse("I cannot see the images.", "classification")
        Unparsed(reason=...)
    """
    if not isinstance(reply, str):
        raise UserError(f"is no text: {reply!r}", key="reply")
    if isinstance(question, str):
        spec: TaskSpec = registry.load(registry.TASKS, question)
        return spec.parse(reply, ParseContext(Question(question), tuple(classes)))
    spec = registry.load(registry.TASKS, question.task)
    return spec.parse(reply, ParseContext(question.question, question.classes))
