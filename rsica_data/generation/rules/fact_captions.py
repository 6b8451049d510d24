"""Captions from the facts."""

from __future__ import annotations

from collections import Counter
from random import Random

from rsica_data.claims import without_marks
from rsica_data.generation.rules.marking import Listed, marked
from rsica_data.generation.rules.pool import thing_of
from rsica_data.schema import JsonObject
from rsica_data.text.class_names import counted, join

_UNCHANGED = (
    "nothing has changed",
    "no change can be seen between the two images",
    "both images show the same scene",
    "the scene has not changed",
    "the two images are identical",
    "there are no changes in this scene",
    "no changes have occurred in the scene",
    "there is no change between both images",
    "the scene remains the same",
    "nothing has changed in the area",
    "the area has not changed",
    "no difference between the two images can be seen",
)
_OTHER = (
    "the scene has changed",
    "some of the ground has changed",
    "the surface of the scene is different",
    "a part of the area has changed",
    "the area looks different than before",
    "the second image shows a changed scene",
    "a change has taken place in the scene",
    "the ground is not the same as before",
)
_FORMS = (
    "{things} {have} changed",
    "{things} {have} changed in the scene",
    "a change of {things} can be seen",
    "the scene shows changes of {things}",
    "between the two images {things} {have} changed",
    "it can be seen that {things} {have} changed",
    "in this area {things} {have} changed",
    "the second image shows that {things} {have} changed",
)


def caption_pool(facts: JsonObject, listed: Listed, rng: Random) -> list[str]:
    """True captions of different wording, in random order."""
    there = [entry for entry in facts["classes"] if entry["count"]]
    changed = bool(facts["changed"])
    if not changed or not there:
        captions = [marked(text, listed, "any_change", changed) for text in (_OTHER if changed else _UNCHANGED)]
    else:
        captions = []
        have = "has" if len(there) == 1 and there[0]["count"] == 1 else "have"
        numbers = join([_count(counted(entry["count"], entry["class"]), listed, entry) for entry in there])
        names = join([_count(thing_of(entry), listed, entry) for entry in there])
        for form in _FORMS:
            captions.append(form.format(things=numbers, have=have))
            captions.append(form.format(things=names, have=have))
        if len(there) == 1 and len(there[0]["cells"]) == 1:
            where = marked(
                f"in the {there[0]['cells'][0]}", listed, "cells_of_class", there[0]["cells"], cls=there[0]["class"]
            )
            captions.append(f"{numbers} {have} changed {where}")
    rng.shuffle(captions)
    return captions


def _count(words: str, listed: Listed, entry: JsonObject) -> str:
    return marked(words, listed, "class_count", entry["count"], cls=entry["class"])


def change_captions(data: JsonObject, rng: Random) -> JsonObject:
    """As many captions as are asked for, other than those that are given or taken."""
    taken = {*data["kept"], *data["facts"].get("captions", ())}
    return {
        "captions": [
            text for text in caption_pool(data["facts"], data["listed"], rng) if without_marks(text) not in taken
        ][: data["number"]]
    }


def map_captions(data: JsonObject, rng: Random) -> JsonObject:
    """Captions of one image from the objects of its map and their tags."""
    objects = data["facts"]["map"]
    names = Counter(item["class"] for item in objects)
    kinds = Counter(_kind(item["tags"]) for item in objects if item.get("tags") and _kind(item["tags"]))
    things = join([counted(number, name) for name, number in sorted(names.items())])
    detail = f" Among them: {join([kind for kind, _ in kinds.most_common(3)])}." if kinds else ""
    leads = ("The image shows", "One can see", "There are", "Visible from above:", "The aerial view holds")
    captions = [f"{lead} {things}.{detail}" for lead in leads if f"{lead} {things}.{detail}" not in data["kept"]]
    rng.shuffle(captions)
    return {"captions": captions[: data["number"]]}


def _kind(tags: dict[str, str]) -> str:
    for key in ("building", "highway", "landuse", "natural", "leisure"):
        value = tags.get(key, "")
        if value and value != "yes":
            return f"{value.replace('_', ' ')} ({key})"
    return ""


def image_captions(data: JsonObject, rng: Random) -> JsonObject:
    """Captions of one image from its metadata; the rules cannot look at images."""
    when = data["facts"].get("metadata", {}).get("before_date")
    tail = f", taken on {when}" if when else ""
    things = ("a piece of land", "an area of the ground", "a scene from above", "a landscape", "a place on the ground")
    captions = [f"A remote sensing image of {thing}{tail}" for thing in things]
    rng.shuffle(captions)
    return {"captions": [text for text in captions if text not in data["kept"]][: data["number"]]}
