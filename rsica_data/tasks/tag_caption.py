"""SkyScript's captions: what the map's tags say of an object, and of what is around it.

Gold ``{"captions": [...]}``, answer ``{"text": ...}``, as in captioning, about one image: the only one, or the second.
The objects are the largest of each class; names are left out, since no image shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pydantic import PositiveFloat, PositiveInt

from rsica_data.geometry.boxes import box_distance
from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    MapObject,
    MapScene,
    Question,
    Turn,
)
from rsica_data.tasks.captioning import parse, render
from rsica_data.tasks.common import TaskSettings
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import a_or_an, join, singular

NAME = "tag_caption"
VERSION = 1
_ADJECTIVES = {"building:colour": "{} ", "surface": "{} ", "roof:shape": "{}-roofed "}
_MOST_AROUND = 3


class TagCaptionSettings(TaskSettings):
    """Settings of tag captions.

    Attributes:
        captions: captions of an image, each about another object.
        least_m2: smaller objects are not named: nobody would see them.
        around_m: what is at most so far away is around an object.
    """

    captions: PositiveInt = 2
    least_m2: PositiveFloat = 25.0
    around_m: PositiveFloat = 30.0


def ask(context: AskContext, settings: TagCaptionSettings) -> Sequence[Draft]:
    """One row a caption in training, one row an image in evaluation."""
    scene = context.scene
    if scene is None:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    objects = [item for item in scene.after or scene.before if item.area_m2 >= settings.least_m2]
    captions = list(dict.fromkeys(_caption(item, objects, scene, settings, rng) for item in _foci(objects, settings)))
    if not captions:
        return ()
    if context.evaluation:
        return (_draft(captions, scene, context, settings, rng),)
    return [_draft([caption], scene, context, settings, rng) for caption in captions]


def _foci(objects: Sequence[MapObject], settings: TagCaptionSettings) -> list[MapObject]:
    """The largest object of each class, rarest classes first: what is rare in an image is what it is of."""
    by_class: dict[str, list[MapObject]] = {}
    for item in objects:
        by_class.setdefault(item.class_name, []).append(item)
    rare = sorted(by_class, key=lambda name: (len(by_class[name]), name))
    return [max(by_class[name], key=lambda item: (item.area_px, item.name)) for name in rare][: settings.captions]


def _caption(
    focus: MapObject, objects: Sequence[MapObject], scene: MapScene, settings: TagCaptionSettings, rng: Random
) -> str:
    near = settings.around_m / scene.gsd_m
    others = [
        item for item in objects if item.class_name != focus.class_name and box_distance(focus.box, item.box) <= near
    ]
    names = sorted({item.class_name for item in others}, key=lambda name: (-_area(others, name), name))
    noun = a_or_an(_described(focus))
    forms = template_file(NAME)["around" if names else "alone"]
    things = join([a_or_an(singular(name)) for name in names[:_MOST_AROUND]])
    return str(rng.choice(forms)).format(object=noun, Object=noun[0].upper() + noun[1:], things=things)


def _area(objects: Sequence[MapObject], name: str) -> float:
    return sum(item.area_m2 for item in objects if item.class_name == name)


def _described(item: MapObject) -> str:
    """The class with what the tags say of its look: ``flat-roofed warehouse``, ``asphalt parking lot``."""
    words = singular(item.class_name)
    for key, form in _ADJECTIVES.items():
        value = item.tags.get(key, "")
        if value.isalpha() and value.islower():
            words = form.format(value) + words
    return words


def _draft(
    captions: list[str], scene: MapScene, context: AskContext, settings: TagCaptionSettings, rng: Random
) -> Draft:
    templates = template_file(NAME)
    prompt, template = templates["prompts"]["default_two" if scene.after else "default"], f"{NAME}/default"
    if settings.paraphrase and not context.evaluation and not scene.after:
        number = rng.randrange(len(templates["paraphrases"]) + 1)
        if number < len(templates["paraphrases"]):
            prompt, template = templates["paraphrases"][number], f"{NAME}/{number}"
    turns_ = (Turn("user", prompt), Turn("assistant", captions[0]))
    return Draft(NAME, turns_, {"captions": captions}, tuple(captions), template, VERSION)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """None: facts of change do not describe one image."""
    return None


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """Every caption."""
    return tuple({"text": caption} for caption in gold["captions"])


TASK = declare_task(
    NAME,
    "Captions of one image from map tags, in the manner of SkyScript.",
    version=VERSION,
    settings=TagCaptionSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=lambda gold, answer: answer["text"] in gold["captions"],
    needs=("map",),
)
