"""Datasets, pairs and questions from Python, against what the files hold."""

import json

import numpy as np
import pytest
from PIL import Image

import rsica_data as rd
from rsica_data.dataset.opening import open_dataset as open_built
from rsica_data.imagery.images import decode_mask


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return rd.build("demo", out=tmp_path_factory.mktemp("built") / "ds", limit=3)


def test_rows_are_those_of_the_files_in_order(ds):
    stored = list(open_built(ds.path).instructions())
    assert len(ds) == len(stored) == sum(len(ds.rows(split)) for split in ds.splits)
    assert [row.id for row in ds] == [item.instruction_id for item in stored]
    assert ds[-1].instruction == stored[-1] and ds[1:4] == [ds[1], ds[2], ds[3]]
    assert ds[0].question == stored[0].turns[0].content and ds[0].answer == stored[0].turns[1].content
    with pytest.raises(IndexError):
        ds[len(ds)]


def test_pairs_give_arrays_and_facts(ds):
    stored = {pair.pair_id: pair for pair in open_built(ds.path).pairs("test")}
    for pair in ds.pairs("test"):
        assert pair.before.array().shape == (256, 256, 3) and pair.before.array().dtype == np.uint8
        assert pair.after is not None and (pair.before.path, pair.after.path) == (
            f"images/test/A/{pair.id.rpartition('/')[2]}.png",
            f"images/test/B/{pair.id.rpartition('/')[2]}.png",
        )
        mask = decode_mask(stored[pair.id].change_mask.data)
        assert np.array_equal(pair.mask, mask)
        assert (pair.facts.area_px["road"], pair.facts.area_px["building"]) == tuple(
            int((mask == number).sum()) for number in (1, 2)
        )
        assert ds.pair(pair.id).stored == pair.stored
    with pytest.raises(rd.UserError, match="no pair 'x'"):
        ds.pair("x")


def test_reprs_are_short(ds):
    pair = ds.pairs("test")[0]
    for value in (ds, ds[0], pair, pair.facts, pair.before, ds.pairs()):
        assert len(repr(value)) < 220, repr(value)
    assert "<img" in pair._repr_html_() and pair.before._repr_png_().startswith(b"\x89PNG")


def test_hostile_names_stay_text_in_notebooks(ds):
    pair = ds.pairs("test")[0]
    object.__setattr__(pair, "stored", type(pair.stored)(**{**vars_of(pair.stored), "pair_id": "<script>x</script>"}))
    assert "<script>" not in pair._repr_html_()


def vars_of(stored):
    return {name: getattr(stored, name) for name in stored.__dataclass_fields__}


def test_a_table_of_rows(ds):
    table = ds.to_pandas("test")
    assert list(table["id"]) == [row.id for row in ds.rows("test")]
    assert list(table.columns) == ["id", "pair_id", "split", "task", "kind", "question", "answer"]


def test_the_gold_answer_of_every_row_is_read_as_its_gold(ds):
    checked = 0
    for row in ds:
        asked = row.asked()
        answer = rd.parse(row.answer, asked)
        assert asked.matches(answer), (row.id, answer)
        checked += 1
    assert checked == len(ds)


def test_a_recipe_may_be_a_mapping_and_its_mistakes_have_their_key(ds, tmp_path):
    recipe = {
        "name": "own",
        "source": {"name": "synthetic", "options": {"pairs": 4, "seed": 1}},
        "facts": {"classes": ["road", "building"]},
        "tasks": {"counting": {}},
    }
    built = rd.build(recipe, out=tmp_path / "own")
    assert built.name == "own" and built.tasks == ("counting",)
    with pytest.raises(rd.UserError, match="unknown task 'count'"):
        rd.build(recipe | {"tasks": {"count": {}}}, out=tmp_path / "other")
    assert json.loads((tmp_path / "own" / "manifest.json").read_text())["recipe"]["name"] == "own"


def test_facts_of_an_array_and_of_a_file_agree(tmp_path):
    mask = np.zeros((6, 9), np.uint8)
    mask[0, :2] = 1
    mask[5, 8] = 2
    by_array = rd.facts(mask, ["road", "building"], gsd_m=2)
    assert by_array.counts == {"road": 1, "building": 1}
    assert by_array.cells == {"road": ("top-left",), "building": ("bottom-right",)}
    assert by_array.area_m2 == {"road": 8.0, "building": 4.0}
    from PIL import Image

    Image.fromarray(mask).save(tmp_path / "mask.png")
    assert rd.facts(str(tmp_path / "mask.png"), ["road", "building"], gsd_m=2) == by_array


@pytest.mark.parametrize(
    ("mask", "told"),
    [([[0, 3]], "holds the value 3"), ([0, 1], "2-D"), ([[0.5]], "2-D"), ([[]], "2-D"), ([[-1]], "holds the value -1")],
)
def test_a_mask_that_is_none_is_told_in_one_line(mask, told):
    with pytest.raises(rd.UserError, match=told):
        rd.facts(mask, ["road", "building"])


@pytest.mark.parametrize(
    ("classes", "more", "told"),
    [
        (["road", "road"], {}, "classes: 'road' is there twice"),
        ([""], {}, "classes: class name '' should not be empty"),
        (["left"], {}, "classes: class name 'left' holds the word 'left' for a place"),
        (["road"], {"gsd_m": -1}, "gsd_m: should be above 0"),
    ],
)
def test_class_names_and_pixel_sizes_that_no_facts_can_have(classes, more, told):
    with pytest.raises(rd.UserError, match=told):
        rd.facts([[0, 1]], classes, **more)


def test_a_file_that_is_no_mask_is_the_users_mistake(tmp_path):
    (tmp_path / "mask.png").write_bytes(b"no image")
    with pytest.raises(rd.UserError, match="mask.png: not a PNG"):
        rd.facts(tmp_path / "mask.png", ["road"])


def test_unknown_kinds_of_questions_are_named():
    seen = rd.facts([[0, 1]], ["road"])
    with pytest.raises(rd.UserError, match="kinds.0: unknown kind 'class_cuont', did you mean 'class_count'?"):
        rd.ask(seen, "open_qa", "class_cuont")


def test_a_split_in_brackets_is_told_where_it_is(ds):
    with pytest.raises(TypeError, match=r"a row has a number; rows\(SPLIT\) and pairs\(SPLIT\) give a split"):
        ds["test"]


@pytest.mark.parametrize("more", [{"limit": 0}, {"limit": -1}, {"workers": -2}, {"max_rejects": -1}])
def test_numbers_of_a_build_are_checked(more, tmp_path):
    with pytest.raises(rd.UserError, match=f"{next(iter(more))}: should be at least"):
        rd.build("demo", out=tmp_path / "out", **more)


def test_a_reply_that_is_no_text_is_the_callers_mistake():
    with pytest.raises(rd.UserError, match="reply: is no text: None"):
        rd.parse(None, "classification")


def test_class_names_are_a_list():
    with pytest.raises(rd.UserError, match="classes: is a list of names, not one text .*'road'"):
        rd.facts([[0, 1]], "road")


def test_label_maps_tell_what_was_built():
    before, after = [[0, 0, 1]], [[2, 0, 0]]
    found = rd.facts([[2, 0, 1]], ["road", "building"], before_labels=before, after_labels=after)
    assert found.objects["building"][0].direction == "built" and found.objects["road"][0].direction == "removed"
    with pytest.raises(rd.UserError, match="has the shape"):
        rd.facts([[0, 1]], ["road"], before_labels=[[0]])


def test_a_question_of_a_kind_and_none_that_facts_do_not_settle():
    found = rd.facts([[0, 1], [2, 2]], ["road", "building"])
    question = rd.ask(found, "open_qa", "class_count")
    assert question.kind == "class_count" and question.matches(rd.parse(question.answer, question))
    with pytest.raises(rd.UserError, match="settle no question"):
        rd.ask(found, "open_qa", "area_m2")
    with pytest.raises(rd.UserError, match="captioning"):
        rd.ask(found, "captioning", "no-such")
    assert not question.matches(rd.parse("I cannot tell.", question))


def test_plots_show_mask_and_grid(ds):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    changed = next(pair for pair in ds.pairs() if pair.changed)
    axes = changed.plot(grid=True)
    assert [axis.get_title() for axis in axes] == ["before", "after"]
    plain = changed.after.array()
    drawn = np.asarray(axes[1].images[0].get_array())
    assert np.array_equal(np.any(drawn != plain, axis=2) & (changed.mask == 0), np.zeros(changed.mask.shape, bool))
    assert np.any(drawn != plain) and len(axes[0].lines) == 4
    pyplot.close("all")


def test_a_dataset_tells_how_its_input_was_split(tmp_path):
    picture = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    for folder in ("A", "B", "label"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for number in range(4):
            picture.convert("L" if folder == "label" else "RGB").save(tmp_path / "in" / folder / f"{number}.png")
    options = {
        "before": "A/{name}.png",
        "after": "B/{name}.png",
        "classes": {"change": 255},
        "change_mask": "label/{name}.png",
        "split": {"ratio": {"train": 3, "test": 1}},
    }
    recipe = {"name": "own", "source": {"name": "folder", "options": options}, "tasks": {"classification": {}}}
    ds = rd.build(recipe, tmp_path / "ds", input=tmp_path / "in")
    assert "train 3" in ds.notes[0] and len(ds.pairs("train")) == 3
