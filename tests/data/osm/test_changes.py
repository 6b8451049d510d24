"""Two states of a map: what changed, how sure that is, and the from-to maps of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from rsica_data.core.errors import UserError
from rsica_data.osm.change_rules import PRIOR, RULES, Evidence, score_change
from rsica_data.osm.changes import ImageDates, find_changes, from_to, keeps_history
from rsica_data.osm.dates import Span, parse_span, when
from rsica_data.osm.features import Feature
from rsica_data.osm.image_evidence import Background, difference_map
from rsica_data.osm.rasterize import label_map
from rsica_data.osm.scheme import load_scheme

from .conftest import GRID

MCI = load_scheme("levir-mci")
SECOND = load_scheme("second")
DATES = ImageDates("2015-06-01", "2020-06-01")


def thing(number, shape, /, version=None, timestamp=None, kind="way", **tags):
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return Feature(number, kind, GRID.from_pixels(shape), named, version, timestamp)


HOUSE, BARN = box(10, 10, 30, 30), box(60, 60, 80, 70)


def changes(before, after, scheme=MCI, **options):
    return find_changes(before, after, scheme, GRID, **({"dates": DATES} | options))


def codes(change):
    return [code for code, _, _ in change.verdict.reasons]


def test_added_removed_reclassified_reshaped_and_nothing():
    before = [
        thing(1, HOUSE, building="yes"),
        thing(2, BARN, building="yes"),
        thing(3, box(40, 0, 50, 10), landuse="grass"),
        thing(4, box(40, 40, 50, 50), building="yes"),
    ]
    after = [
        thing(1, box(10, 10, 30.4, 30), building="house"),  # another tag of the class, 2 % wider: no change
        thing(3, box(40, 0, 50, 10), landuse="construction"),
        thing(4, box(40, 40, 60, 50), building="yes"),
        thing(5, box(0, 80, 10, 90), building="yes"),
    ]
    found = changes(before, after, SECOND)
    assert [(c.name, c.kind, *c.class_names()) for c in found] == [
        ("way/2", "removed", "building", "none"),
        ("way/3", "reclassified", "low_vegetation", "ground"),
        ("way/4", "reshaped", "building", "building"),
        ("way/5", "added", "none", "building"),
    ]
    assert found[2].shape.area == pytest.approx(100, abs=0.5)


def test_tags_of_both_dates_are_kept():
    before = [thing(1, HOUSE, landuse="grass", name="Old yard")]
    after = [thing(1, HOUSE, building="warehouse", name="Depot", start_date="2017")]
    (change,) = changes(before, after)
    assert (change.tags_before, change.tags_after) == (before[0].tags, after[0].tags)
    assert change.verdict.confidence > 0.9 and "start_date=2017 is between the images" in change.verdict.text


def test_an_element_drawn_anew_is_the_same_object():
    before = [thing(1, HOUSE, building="yes")]
    assert changes(before, [thing(9, box(10.5, 10, 30, 30), building="yes")]) == []
    (moved,) = changes(before, [thing(9, box(14, 10, 34, 30), building="yes")])
    assert moved.kind == "reshaped" and "redrawn" in codes(moved) and moved.verdict.confidence < 0.05
    gone, come = changes(before, [thing(9, box(28, 28, 50, 50), building="yes")])
    assert {gone.kind, come.kind} == {"added", "removed"}


@pytest.mark.parametrize(
    ("before", "after", "code", "believed"),
    [
        (None, {"building": "yes", "start_date": "2017"}, "start-between", True),
        (None, {"building": "yes", "start_date": "1913"}, "start-before", False),
        (None, {"building": "yes", "start_date": "2022-01"}, "start-after", False),
        (None, {"building": "yes", "start_date": "2010..2018"}, "start-perhaps", True),
        ({"building": "construction"}, {"building": "yes"}, "was-coming", True),
        ({"proposed:building": "yes"}, {"building": "yes"}, "was-coming", True),
        ({"building": "yes"}, {"demolished:building": "yes"}, "gone", True),
        ({"building": "yes"}, {"razed:building": "yes"}, "gone", True),
        ({"building": "yes"}, {"was:building": "yes"}, "gone", True),
        ({"building": "yes"}, {"disused:building": "yes"}, "stands", False),
        ({"building": "yes"}, None, "no-trace", False),
        ({"building": "yes", "end_date": "2018-03"}, None, "end-between", True),
        ({"building": "yes", "end_date": "2021"}, None, "end-after", False),
        ({"building": "yes"}, {"building": "no", "end_date": "2010"}, "end-before", False),
    ],
)
def test_tags_that_tell_the_ground_from_the_map(before, after, code, believed):
    sides = [[] if tags is None else [thing(1, HOUSE, **{k.replace(":", "__"): v for k, v in tags.items()})]
             for tags in (before, after)]  # fmt: skip
    (change,) = changes(*sides)
    assert code in codes(change)
    assert (change.verdict.confidence >= 0.5) is believed


def test_edit_times_against_image_dates():
    def added(version, timestamp):
        (change,) = changes([], [thing(1, HOUSE, version, timestamp, building="yes")])
        return codes(change), change.verdict.confidence

    assert added(1, "2012-01-01T00:00:00Z")[0] == ["mapped-before"]
    assert added(1, "2017-01-01T00:00:00Z")[0] == ["edited-between"]
    assert added(1, "2024-01-01T00:00:00Z")[0] == ["mapped-long-after"]
    assert added(5, "2024-01-01T00:00:00Z") == ([], 0.5)  # its first version is not known
    assert (
        added(1, "2012-01-01T00:00:00Z")[1] < added(1, "2024-01-01T00:00:00Z")[1] < added(1, "2017-01-01T00:00:00Z")[1]
    )


def test_import_of_many_objects_on_one_day_is_less_believed():
    many = [thing(n, box(n * 4, 0, n * 4 + 2, 2), 2, "2018-05-05T10:00:00Z", building="yes") for n in range(24)]
    found = changes([], many)
    assert len(found) == 24 and all("bulk" in codes(change) for change in found)
    assert "24 of 24 added objects were edited on the same day" in found[0].verdict.text
    assert all("bulk" not in codes(change) for change in changes([], many[:10]))


def test_building_site_of_the_earlier_map_speaks_for_it():
    site = thing(7, box(0, 0, 50, 50), landuse="construction")
    (change,) = changes([site], [site, thing(1, HOUSE, building="yes")])
    assert codes(change) == ["site"] and change.verdict.confidence > 0.8


def test_reader_keeps_what_was_or_will_be():
    wanted = keeps_history(MCI)
    assert (
        wanted({"building": "yes"}) and wanted({"demolished:building": "yes"}) and wanted({"building": "construction"})
    )
    assert not wanted({"landuse": "grass"}) and not wanted({"demolished:building": "no"})


def test_image_evidence_decides_where_the_maps_say_nothing():
    noise = np.random.default_rng(0).integers(90, 110, (100, 100, 3))
    before = noise.astype(np.uint8)
    after = (noise * 1.3 + 10).astype(np.uint8)  # another sun: no change
    after[10:30, 10:30] = 250
    found = changes([], [thing(1, HOUSE, building="yes"), thing(2, BARN, building="yes")], images=(before, after))
    seen, unseen = found
    assert seen.verdict.confidence > 0.9 and "with probability 1.00" in seen.verdict.text
    assert 0.3 < unseen.verdict.confidence < 0.7
    with pytest.raises(UserError, match="differ in shape"):
        changes([], [thing(1, HOUSE, building="yes")], images=(before, after[:50]))


def test_difference_is_blind_to_gain_and_offset():
    image = np.random.default_rng(1).normal(size=(40, 40, 2)).astype(np.float32)
    assert difference_map(image, image * 7 + 3).max() < 1e-4
    with pytest.raises(UserError, match="not finite"):
        difference_map(image, image * np.nan)


def test_auc_by_hand():
    values = np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 1.0, 5.0, 0.5]], np.float32)
    elsewhere = np.array([[1, 1, 1, 1], [0, 0, 0, 0]], bool)
    # 1, 1, 5, 0.5 against 0..3: (1 + half) twice, 4, 1 of 4 each.
    assert Background(values, elsewhere).auc(~elsewhere) == pytest.approx((1.5 + 1.5 + 4 + 1) / 16)
    assert Background(values, elsewhere).auc(np.eye(2, 4, dtype=bool)) is None


def test_from_to_maps_hold_only_what_is_believed():
    road = thing(8, LineString([(0, 50), (100, 50)]), highway="primary")
    before = [road, thing(1, HOUSE, building="yes")]
    new = thing(2, BARN, building="yes", start_date="2018")
    late = thing(3, box(40, 80, 60, 95), building="yes", start_date="1900")
    after = [road, new, late]
    found = changes(before, after)  # house 1 was deleted without a trace: not believed
    maps = from_to(MCI.classify_all(before), MCI.classify_all(after), found, GRID)
    assert [c.name for c in maps.believed] == ["way/2"] and len(maps.refused) == 2
    assert maps.before[15, 15] == maps.after[15, 15] == 2  # still there
    assert maps.before[90, 50] == maps.after[90, 50] == 2  # there before the first image
    assert (maps.before[65, 70], maps.after[65, 70]) == (0, 2)
    expected = np.zeros((100, 100), bool)
    expected[60:70, 60:80] = True
    assert np.array_equal(maps.change_mask == 2, expected) and np.array_equal(maps.objects == 1, expected)
    unsure = from_to(MCI.classify_all(before), MCI.classify_all(after), found, GRID, unsure_from=0.1)
    assert [c.name for c in unsure.unsure] == ["way/1"]
    assert (unsure.before[10:30, 10:30] == 255).all() and (unsure.change_mask[10:30, 10:30] == 255).all()
    everything = from_to(MCI.classify_all(before), MCI.classify_all(after), found, GRID, threshold=0.0)
    assert (everything.before[15, 15], everything.after[15, 15], everything.change_mask[15, 15]) == (2, 0, 2)


def test_object_built_after_both_images_is_at_neither_date():
    after = [thing(1, HOUSE, building="yes", start_date="2023")]
    maps = from_to([], MCI.classify_all(after), changes([], after), GRID)
    assert not maps.before.any() and not maps.after.any()


@given(st.sampled_from(list(PRIOR)), st.floats(0, 1))
def test_confidence_is_a_probability_and_grows_with_the_images(kind, auc):
    some = score_change(Evidence(kind, None, None, image_auc=auc))
    none = score_change(Evidence(kind, None, None))
    assert 0 <= some.confidence <= 1
    assert (some.confidence >= none.confidence) == (auc >= 0.5) or abs(auc - 0.5) < 1e-4


def test_every_rule_has_a_reason_and_the_documentation_shows_the_table():
    from pathlib import Path

    assert len({rule.code for rule in RULES}) == len(RULES) and all(rule.why for rule in RULES)
    page = (Path(__file__).parents[3] / "docs" / "osm.md").read_text()
    for rule in RULES:
        weight = "by AUC" if rule.weight is None else f"{rule.weight:+.1f}"
        assert f"| `{rule.code}` | {', '.join(rule.kinds)} | {weight} | {rule.why} |" in page, rule.code


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2015", "2015-01-01", "2015-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2015-03-09", "2015-03-09", "2015-03-09"),
        ("~1850", "1845-01-01", "1855-12-31"),
        ("1890s", "1890-01-01", "1899-12-31"),
        ("C19", "1801-01-01", "1900-12-31"),
        ("early 1920s", "1920-01-01", "1922-12-31"),
        ("before 1939", "0001-01-01", "1939-01-01"),
        ("after 1945", "1945-12-31", "9999-12-31"),
        ("2005..2007", "2005-01-01", "2007-12-31"),
    ],
)
def test_dates_as_osm_writes_them(text, first, last):
    assert parse_span(text) == Span(first, last)


@given(st.text(max_size=12))
def test_no_text_breaks_the_date_reader(text):
    span = parse_span(text)
    assert span is None or span.first <= span.last


def test_spans_about_image_dates():
    spans = {
        "1990": "before",
        "2016": "between",
        "2021": "after",
        "2015": "perhaps",
        "2010s": "perhaps",
        "2020": "perhaps",
    }
    assert {text: when(parse_span(text), "2015-06-01", "2020-06-01") for text in spans} == spans
    assert [parse_span(text) for text in ("", "soon", "2015-13", "2015-02-30", "2007..2005", "0000")] == [None] * 6


def test_roads_that_are_split_or_merged_are_no_change():
    whole = thing(1, LineString([(0, 50), (100, 50)]), highway="primary")
    parts = [
        thing(1, LineString([(0, 50), (40, 50)]), highway="primary"),
        thing(7, LineString([(40, 50), (100, 50)]), highway="primary", bridge="yes"),
    ]
    assert changes([whole], parts) == [] and changes(parts, [whole]) == []
    longer = [*parts, thing(8, LineString([(20, 0), (20, 50)]), highway="primary")]
    (new,) = changes([whole], longer)
    assert (new.name, new.kind) == ("way/8", "added")
    assert new.shape.area == pytest.approx(450, rel=0.02)  # 10 m wide; its last 5 m lie on the old road


def test_footprint_that_became_a_relation_with_the_same_outline_is_no_change():
    after = [thing(3, HOUSE, kind="relation", building="school", type="multipolygon")]
    assert changes([thing(1, HOUSE, building="yes")], after) == []


SPOTS = st.tuples(
    st.integers(0, 8), st.integers(0, 80), st.integers(0, 80), st.integers(4, 20), st.sampled_from(["yes", "grass"])
)


def town(spots):
    found = {}
    for number, x, y, size, what in spots:
        tags = {"building": what} if what == "yes" else {"landuse": what}
        found[number] = thing(number, box(x, y, x + size, y + size), **tags)
    return list(found.values())


@settings(max_examples=40, deadline=None)
@given(st.lists(SPOTS, max_size=8), st.lists(SPOTS, max_size=8), st.floats(0, 1))
def test_from_to_of_any_two_maps(one, other, threshold):
    before, after = town(one), town(other)
    assert changes(after, after, SECOND) == []
    found = changes(before, after, SECOND)
    assert found == changes(before[::-1], after[::-1], SECOND)
    named = [SECOND.classify_all(side) for side in (before, after)]
    everything = from_to(*named, found, GRID, threshold=0.0)
    assert np.array_equal(everything.after, label_map(after, SECOND, GRID))
    maps = from_to(*named, found, GRID, threshold=threshold)
    assert np.array_equal(maps.change_mask != 0, maps.before != maps.after)
    assert ((maps.objects > 0) == (maps.change_mask != 0)).all() and len(maps.believed) + len(maps.refused) == len(
        found
    )
