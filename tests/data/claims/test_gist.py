"""The second reading of short texts: shapes, the model and its file, and what it leaves to the grammar."""

from dataclasses import asdict

import gist_training
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.claims import verify
from rsica_data.claims.gist import gist_of
from rsica_data.claims.gist.features import features_of
from rsica_data.claims.gist.meaning import MEANINGS
from rsica_data.claims.gist.model import Part, pack, parts, unpack
from rsica_data.claims.gist.shape import shape_of

CLASSES = ("road", "building", "tree")


@pytest.mark.parametrize(
    ("text", "signature", "words"),
    [
        ("Three houses were built.", (1, 1, 0, 0, 0), "<n0> <c0> were built"),
        ("12 roads were built.", (1, 1, 0, 0, 0), "<n0> <c0> were built"),
        ("More roads than buildings, not buildings than roads", (2, 0, 0, 0, 0),
         "more <c0> than <c1> not <c1> than <c0>"),
        ("5 roads and 5 buildings", (2, 2, 0, 0, 0), "<n0> <c0> and <n0> <c1>"),
        ("Between the two captures 12 % changed", (0, 0, 0, 1, 0), "between the two captures <s> changed"),
        ("It is of 2011, T2 of 2015", (0, 0, 0, 0, 2), "it is of <y0> t 2 of <y1>"),
        ("in the top left corner", (0, 0, 1, 0, 0), "in the <p> corner"),
        ("a lower count", (0, 0, 0, 0, 0), "a lower count"),
        ("one of them and one building", (1, 1, 0, 0, 0), "one of them and <n0> <c0>"),
    ],
)  # fmt: skip
def test_shapes_by_hand(text, signature, words):
    shape = shape_of(text, CLASSES)
    assert (shape.signature, " ".join(shape.words)) == (signature, words)


def test_a_bound_is_no_number_and_areas_are_noted():
    assert shape_of("At least 3 buildings changed", CLASSES).bounded
    assert shape_of("Several buildings changed", CLASSES).bounded
    assert shape_of("300 m2 of buildings changed", CLASSES).measured
    assert shape_of("word " * 200, CLASSES) is None


@settings(deadline=None)  # the first call reads the weights
@given(st.text(max_size=80))
def test_any_text_can_be_read_and_spans_lie_inside(text):
    gist = gist_of(text, CLASSES)
    for claim in gist.claims if gist else ():
        assert 0 <= claim.span[0] <= claim.span[1] <= len(text)
        assert text[claim.span[0] : claim.span[1]] == claim.text


@given(
    st.dictionaries(
        st.tuples(*[st.integers(0, 3)] * 5),
        st.builds(
            Part,
            st.just(("a", "b")),
            st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
            st.dictionaries(st.text(max_size=5), st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=4),
        ),
        max_size=3,
    )
)
def test_packed_models_come_back(models):
    assert {key: asdict(part) for key, part in unpack(pack(models)).items()} == {
        key: asdict(part) for key, part in models.items()
    }
    assert pack(models) == pack(models)


def test_a_model_by_hand_adds_up_its_weights():
    part = Part(("no", "yes"), (0, 10), {"changed": (0, 90), "not": (150, 0)})
    assert part.read(shape_of("it changed", CLASSES)) == ("yes", pytest.approx(1 / (1 + 2.718281828 ** (-100 / 50))))
    assert part.read(shape_of("it not changed", CLASSES))[0] == "no"


def test_training_learns_what_it_is_shown(tmp_path):
    file = tmp_path / "few.yaml"
    file.write_text(
        "absence: ['no {CS} changed', 'the {CS} did not change', 'not one {C} changed']\n"
        "presence: ['some {CS} changed', 'the {CS} did change', 'one {C} at least changed']\n"
    )
    models = gist_training.trained(gist_training.examples([file], 4))
    (part,) = models.values()
    assert part.labels == ("absence", "presence")
    assert part.read(shape_of("No roads changed.", CLASSES))[0] == "absence"
    assert part.read(shape_of("Some trees changed.", CLASSES))[0] == "presence"


def test_the_shipped_models_know_only_labels_of_the_training():
    known = set(gist_training.SIGNATURES) | {name for pair in gist_training.ORDERED.values() for name in pair}
    known |= {"dates", "dates_reversed", "date_other", "both", "both_crossed"}
    labels = {label for part in parts().values() for label in part.labels}
    assert labels <= known
    assert set(MEANINGS) <= known


def test_the_order_of_what_is_named_decides():
    more, fewer = (
        gist_of(text, CLASSES) for text in ("More roads changed than buildings.", "Fewer roads changed than buildings.")
    )
    assert [(g.label, g.claims[0].subject, g.claims[0].value.other) for g in (more, fewer)] == [
        ("more", "road", "building"), ("fewer", "road", "building"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Yes, they have.", "Only in the top left.", "Two.", "No, it has not."])
def test_short_answers_are_left_to_the_grammar(text):
    assert gist_of(text, CLASSES, "Where have buildings changed?") is None


def test_a_text_of_several_facts_is_left_to_the_grammar():
    assert gist_of("Three buildings in the top left and a road in the center were built.", CLASSES) is None


def test_what_the_grammar_reads_of_directions_stays(simulated):
    """The gist of a number says nothing of what became of the objects; what the grammar reads of that must count."""

    def only_new(context):
        steps = context.view.transitions
        came, went = ([step for step in steps if step[side] == "building"] for side in (1, 0))
        return context.view.counts["building"] > 1 and came and not went

    context = next(filter(only_new, simulated))
    assert not verify(f"{context.view.counts['building']} buildings were demolished.", context).ok


def test_features_see_far_and_through_questions():
    found = features_of(shape_of("Is the area unchanged? No, it is not.", CLASSES))
    assert "? [verb:same] [no]" in found
    assert "[nothing] .. wrong" in features_of(shape_of("To say that nothing changed here would be wrong", CLASSES))
