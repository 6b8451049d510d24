"""Schemes: which class a feature gets, how wide a line is, and one line for every mistake."""

import pytest
import yaml
from shapely import LineString, Point, Polygon

from rsica_data.core.errors import UserError
from rsica_data.osm.features import Feature
from rsica_data.osm.scheme import load_scheme, parse_metres, parse_scheme, shipped_schemes

AREA = Polygon([(0, 0), (1, 0), (1, 1)])
LINE = LineString([(0, 0), (1, 0)])


def feature(geometry=AREA, **tags):
    return Feature(1, "way", geometry, {key.replace("__", ":"): value for key, value in tags.items()})


def class_of(scheme, geometry=AREA, **tags):
    named = load_scheme(scheme).classify(feature(geometry, **tags))
    return named and named.class_name


def test_shipped_schemes_and_their_classes():
    sizes = {name: len(load_scheme(name).classes) for name in shipped_schemes()}
    assert sizes == {"levir-mci": 2, "second": 6, "landcover-ai": 4, "corine-1": 5, "fusu": 17, "skyscript": 143}
    assert [(c.id, c.name) for c in load_scheme("levir-mci").classes] == [(1, "road"), (2, "building")]


@pytest.mark.parametrize(
    ("scheme", "geometry", "tags", "expected"),
    [
        ("levir-mci", AREA, {"building": "yes"}, "building"),
        ("levir-mci", AREA, {"building": "no"}, None),
        ("levir-mci", AREA, {"building": "yes", "location": "underground"}, None),
        ("levir-mci", LINE, {"building": "yes"}, None),
        ("levir-mci", LINE, {"highway": "residential"}, "road"),
        ("levir-mci", LINE, {"highway": "footway"}, None),
        ("levir-mci", LINE, {"highway": "primary", "tunnel": "yes"}, None),
        ("levir-mci", LINE, {"highway": "primary", "tunnel": "no"}, "road"),
        ("second", AREA, {"leisure": "pitch", "landuse": "grass"}, "playground"),
        ("second", AREA, {"landuse": "forest"}, "tree"),
        ("second", Point(0, 0), {"natural": "tree"}, "tree"),
        ("second", Point(0, 0), {"amenity": "parking"}, None),
        ("landcover-ai", AREA, {"natural": "water"}, "water"),
        ("corine-1", AREA, {"landuse": "farmland"}, "agricultural area"),
        ("fusu", AREA, {"building": "warehouse"}, "storage"),
        ("fusu", AREA, {"building": "yes"}, "residential land"),
        ("fusu", AREA, {"building": "yes", "shop": "supermarket"}, "commercial land"),
        ("skyscript", AREA, {"leisure": "swimming_pool"}, "swimming pool"),
        ("skyscript", AREA, {"building": "yes"}, "building"),
        ("skyscript", AREA, {"building": "warehouse"}, "warehouse"),
    ],
)
def test_class_of_tags(scheme, geometry, tags, expected):
    assert class_of(scheme, geometry, **tags) == expected


def test_widths_by_tag_lanes_and_kind():
    scheme = load_scheme("levir-mci")

    def width(**tags):
        return scheme.classify(feature(LINE, **tags)).width_m

    assert width(highway="primary") == 10
    assert width(highway="primary", lanes="4") == 13
    assert width(highway="primary", lanes="4", width="9.5 m") == 9.5
    assert width(highway="primary", lanes="4; 3", width="narrow") == 10
    assert width(highway="primary", width="5000") == 60


def test_lengths():
    assert [parse_metres(text) for text in ("3", "3.5 m", "10 ft", "10'", "0", "-1", "3;4", "")] == [
        3, 3.5, pytest.approx(3.048), pytest.approx(3.048), None, None, None, None,
    ]  # fmt: skip


def test_one_of_several_values_is_enough():
    assert class_of("landcover-ai", natural="water;wood") == "water"


SMALL = """\
scheme: small
classes: [road, building]
rules:
  - class: building
    when: {building: yes}
  - class: road
    when: {highway: any}
    shape: line
"""


def test_yaml_words_yes_and_no_are_osm_words():
    assert parse_scheme(SMALL, "x").classify(feature(building="yes")).class_name == "building"
    assert parse_scheme(SMALL, "x").classify(feature(building="house")) is None
    assert parse_scheme(SMALL, "x").classify(feature(LINE, highway="primary")) is None  # no width is known


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("class: building", "class: bulding", "small.yaml:4: rules.0.class: unknown class 'bulding' (did you"),
        ("[road, building]", "[road, building, lake]", "small.yaml:2: classes.2: class 'lake' has no rule"),
        ("    when: {building: yes}\n", "", "small.yaml:4: rules.0: missing key 'when'"),
        ("shape: line", "shape: lines", "small.yaml:8: rules.1.shape.0: 'lines': should be 'area', 'line' or 'point'"),
        ("shape: line", "shap: line", "small.yaml:8: rules.1.shap: unknown key"),
        ("[road, building]", "[road, road, building]", "small.yaml"),
        ("{building: yes}", "{building: yes, building: no}", "small.yaml:5: key 'building' appears twice"),
        ("{building: yes}", "{building: [yes}", "small.yaml:5: not valid YAML"),
        (SMALL, "- a\n", "a scheme is a mapping with the keys scheme, classes and rules"),
    ],
)  # fmt: skip
def test_mistakes_have_file_line_and_key(old, new, message):
    with pytest.raises(UserError) as caught:
        parse_scheme(SMALL.replace(old, new), "small.yaml")
    assert message in str(caught.value)


def test_unknown_scheme_names_the_nearest(tmp_path):
    with pytest.raises(UserError, match="did you mean 'levir-mci'"):
        load_scheme("levir-mcd")
    with pytest.raises(UserError, match="no such scheme file"):
        load_scheme(str(tmp_path / "x.yaml"))


def test_every_rule_of_the_shipped_schemes_can_be_met():
    for name in shipped_schemes():
        scheme = load_scheme(name)
        for number, rule in enumerate(scheme.content.rules):
            tags = {key: "yes" if values[0] == "any" else values[0] for key, values in rule.when.items()}
            assert rule.fits(tags, rule.shape[0]), (name, number)
            assert scheme.wants(tags)
            if rule.shape == ("line",):
                for values in [
                    dict(zip(rule.when, pair, strict=True)) for pair in zip(*rule.when.values(), strict=False)
                ]:
                    assert scheme.classify(feature(LINE, **values)) is not None, (name, number, values)


def test_files_are_plain_yaml():
    for path in shipped_schemes().values():
        assert yaml.safe_load(path.read_text())["scheme"] == path.stem
