"""Prompts: every one as it is sent, the sandbox, what is missing, and options of recipes."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rsica_data.core.errors import UserError
from rsica_data.generation.prompt_files import PARTS, load_prompt_files, prompt_folders
from rsica_data.generation.prompt_templates import data_block, draw_style, render_prompt
from rsica_data.generation.readers import READERS
from rsica_data.generation.requests import make_request, request_variables
from rsica_data.generation.types import Refusal

NAMES = sorted(prompt_folders())
SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def shipped_order(order, material, rule_rows):
    def make(name, **values):
        about = material(
            tags={"building": "house", "addr:street": "Elm Street", "name": "Villa"},
            rows=rule_rows,
            before_date="2018-05-01",
            gsd_m=0.5,
        )
        return order(name, about=about, **values)

    return make


@pytest.mark.parametrize("name", NAMES)
def test_rendered_prompts_are_those_that_were_read_and_approved(name, shipped_order):
    """Run with UPDATE_SNAPSHOTS=1 after a change of wording, look at the difference, and count up the version."""
    refused = (
        Refusal("contradiction", "it is '3 buildings' that is contradicted: 1 building changed", "3 new houses"),
    )
    first = make_request(shipped_order(name), "m", {"temperature": 0.7}, True)
    again = make_request(shipped_order(name, round=1, refused=refused), "m", {}, True)
    parts = [f"### {m.role}\n{m.content}\n" for m in first.messages]
    parts += [f"### user, asked again\n{again.messages[-1].content}\n"]
    text = "\n".join(parts)
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
    assert first.key != again.key
    assert "3 new houses" in again.messages[-1].content


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_prompt_is_whole(name, shipped_order):
    files = load_prompt_files(name)
    assert files.meta.reads in READERS
    assert files.schema["additionalProperties"] is False
    assert set(files.schema["required"]) == set(files.schema["properties"])
    if files.meta.reads == "captions":
        assert files.meta.asks
    _, data = request_variables(shipped_order(name))
    request = make_request(shipped_order(name), "m", {}, True)
    assert request.messages[-1].content.count(data_block(data)) == 1
    assert json.loads(data_block(data).splitlines()[1]) == data


def test_a_request_depends_on_pair_seed_and_round_alone(order, material):
    one = make_request(order("caption-write"), "m", {}, True)
    assert one.key == make_request(order("caption-write"), "m", {}, True).key
    assert one.key != make_request(order("caption-write", about=material("two")), "m", {}, True).key
    assert one.key != make_request(order("caption-write", round=1), "m", {}, True).key
    assert one.key != make_request(order("caption-write"), "n", {}, True).key
    assert 0 <= one.parameters["seed"] < 2**31
    assert "seed" not in make_request(order("caption-write"), "m", {}, False).parameters


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_that_needs_no_captions_can_be_rendered_without_any(name, order, material, rule_rows):
    bare = material(tags={"building": "house"}, rows=rule_rows, captions=())
    if "captions" in load_prompt_files(name).meta.needs:
        assert not bare.has("captions")
    else:
        assert make_request(order(name, about=bare), "m", {}, True).messages[-1].content


def test_styles_vary_with_the_seed():
    drawn = {draw_style(seed) for seed in range(50)}
    assert len(drawn) > 30
    assert draw_style(7) == draw_style(7)


def test_images_go_along_only_where_wished(order, prompt):
    plain = make_request(order("caption-write"), "m", {}, True)
    with_images = make_request(order("caption-write", prompt=prompt("caption-write", images=True)), "m", {}, True)
    assert [len(m.images) for m in plain.messages] == [0, 0]
    assert [len(m.images) for m in with_images.messages] == [0, 2]
    assert {image.media_type for image in with_images.messages[1].images} == {"image/png"}


def test_a_caption_of_one_image_sees_that_image_and_no_names(shipped_order, prompt):
    gaia = shipped_order("gaia-caption")
    job = replace(gaia.job, prompt=prompt("gaia-caption", images=True))
    first, second = gaia.job.material.images()
    assert make_request(replace(gaia, job=job), "m", {}, True).messages[-1].images == (second,) != (first,)
    _, data = request_variables(shipped_order("rsteller-caption"))
    assert data["facts"]["map"] == [
        {"class": "building", "tags": {"building": "house"}, "cell": "bottom-right", "area_m2": 9}
    ]


def write_prompt(folder, template):
    folder.mkdir(parents=True)
    (folder / "prompt.jinja").write_text(template)
    (folder / "schema.json").write_text('{"type": "object"}')
    (folder / "meta.yaml").write_text("{version: 1, summary: s, task: open_qa, reads: questions}")


@pytest.mark.parametrize(
    "template, said",
    [
        ("{% block user %}{{ nobody }}{% endblock %}{% block system %}{% endblock %}", "'nobody' is undefined"),
        ("{% block user %}hello{% endblock %}", "no block 'system'"),
        ("{% block user %}{{ number }{% endblock %}", "not a valid template"),
        ("{% block system %}{{ ''.__class__.__mro__ }}{% endblock %}{% block user %}{% endblock %}", "unsafe"),
        ("{% block system %}{% endblock %}{% block user %}{{ kept.append('x') }}{% endblock %}", "unsafe"),
    ],
)
def test_a_template_that_is_wrong_or_reaches_out_is_refused(tmp_path, template, said):
    write_prompt(tmp_path / "prompts" / "mine", template)
    files = load_prompt_files("mine", tmp_path)
    with pytest.raises(UserError, match=r"prompt\.jinja.*") as error:
        render_prompt(files, {"number": 2, "kept": []}, {})
    assert said in str(error.value)


def test_a_prompt_beside_the_recipe_goes_before_a_shipped_one(tmp_path):
    write_prompt(tmp_path / "prompts" / "caption-write", "x")
    assert load_prompt_files("caption-write", tmp_path).folder == tmp_path / "prompts" / "caption-write"
    assert load_prompt_files("caption-write").folder != tmp_path


@pytest.mark.parametrize("part", [part for part in PARTS if part != "meta.yaml"])
def test_a_missing_file_is_named(tmp_path, part):
    write_prompt(tmp_path / "prompts" / "mine", "x")
    assert "mine" in prompt_folders(tmp_path)
    (tmp_path / "prompts" / "mine" / part).unlink()
    with pytest.raises(UserError, match=part):
        load_prompt_files("mine", tmp_path)


def test_an_unknown_prompt_gets_the_nearest_name():
    with pytest.raises(UserError, match="did you mean 'caption-write'"):
        load_prompt_files("caption-wright")
