"""Material made by hand: a road in the top left, a building in the bottom right, of a 30x30 pair."""

import pytest
from assisted_builds import assisted, server, tree  # noqa: F401  (fixtures)

from rsica_data.generation.material import material_of
from rsica_data.generation.prompt_files import load_prompt_files
from rsica_data.generation.recipe_section import AssistedPrompt, PromptSection
from rsica_data.generation.types import Job, PromptRequest
from rsica_data.schema import Instruction, MapObject, MapScene, Provenance, Turn, scene_to_json
from rsica_data.schema.facts import FactRules, view_facts

OPTIONS = {
    "rswk-question": {"knowledge": ["Sealed soil lets less rain through.", "New roads bring more traffic."]},
}


def make_prompt(name, **section):
    files = load_prompt_files(name)
    options = {key: entry.default for key, entry in files.meta.options.items()} | OPTIONS.get(name, {})
    return AssistedPrompt(files, PromptSection(**section), options)


@pytest.fixture
def prompt():
    return make_prompt


@pytest.fixture
def material(stored_pair):
    """Makes the material of a pair; ``tags`` are those of a building on the map of the second image."""

    def make(name="one", changed=True, tags=None, rows=(), **values):
        if tags is not None:
            house = MapObject("way/1", "building", tags, "area", (22, 22, 28, 28), (25.0, 25.0), 36.0, 9.0, True)
            scene = MapScene((), (house,), (), 30, 30, 0.5)
            values["attributes"] = {"map": scene_to_json(scene)}
        pair = stored_pair(name, split="train", changed=changed, **values)
        view = view_facts(pair.facts, FactRules(), pair.changed)
        return material_of(pair, view, rows)

    return make


@pytest.fixture
def order(material):
    """Makes an order of a prompt about a pair."""

    def make(name, number=2, about=None, prompt=None, **values):
        job = Job(prompt or make_prompt(name), about or material(), number, 0, seed=3)
        return PromptRequest(job, number, **values)

    return make


def rule_row(task, kind, question, answer, gold, number=0):
    return Instruction(
        instruction_id=f"hand/train/one#{task}#{number}",
        pair_id="hand/train/one",
        split="train",
        task=task,
        kind=kind,
        turns=(Turn("user", question), Turn("assistant", answer)),
        gold=gold,
        references=(answer,),
        changed=True,
        provenance=Provenance("rule"),
    )


@pytest.fixture
def rule_rows():
    return (
        rule_row("counting", "counting", "How many roads and buildings have changed?",
                 "1 road and 1 building have changed.", {"road": 1, "building": 1}),
        rule_row("open_qa", "class_presence", "Have any roads changed?", "Yes.",
                 {"kind": "class_presence", "args": {"cls": "road"}, "value": True}),
    )  # fmt: skip
