"""Boxes and tags of the catalog: what files list is counted, and asked for."""

import json

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.sources.catalog.box_files import coco_images, dota_boxes, voc_boxes
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.sources.catalog.objects import COUNT, ObjectForm, Shown, asked_about, read_objects
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

VOC = """<?xml version="1.0"?>
<annotation><filename>1.jpg</filename><object><name>ship</name><difficult>0</difficult>
<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>30.5</xmax><ymax>40</ymax></bndbox>
<part><name>bow</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object>
<object><name>Expressway-Service-area</name><bndbox><ymin>2</ymin><xmin>1</xmin><xmax>3</xmax><ymax>4</ymax></bndbox>
</object></annotation>"""


def write_image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)


def test_voc_boxes_are_those_of_objects_and_not_of_their_parts(tmp_path):
    (tmp_path / "1.xml").write_text(VOC)
    boxes = voc_boxes(tmp_path, "1.xml")
    assert [(box.name, box.box) for box in boxes] == [
        ("ship", (10.0, 20.0, 30.5, 40.0)),
        ("Expressway-Service-area", (1.0, 2.0, 3.0, 4.0)),
    ]


ORIENTED = (
    "<annotation><object><type>robndbox</type><name>ship</name><robndbox><x_left_top>5</x_left_top>"
    "<y_left_top>0</y_left_top><x_right_top>10</x_right_top><y_right_top>5</y_right_top>"
    "<x_right_bottom>5</x_right_bottom><y_right_bottom>10</y_right_bottom><x_left_bottom>0</x_left_bottom>"
    "<y_left_bottom>5</y_left_bottom></robndbox><angle>0</angle></object></annotation>"
)


def test_oriented_voc_boxes_have_corners(tmp_path):
    """As in DIOR's folder Oriented Bounding Boxes."""
    (tmp_path / "1.xml").write_text(ORIENTED)
    (box,) = voc_boxes(tmp_path, "1.xml")
    assert (box.name, box.box) == ("ship", (0.0, 0.0, 10.0, 10.0))
    assert box.corners == ((5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0))
    sides = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    (tmp_path / "1.xml").write_text(ORIENTED.replace("</object>", sides))
    (box,) = voc_boxes(tmp_path, "1.xml")
    assert (box.box, box.corners[0]) == ((1.0, 1.0, 9.0, 9.0), (5.0, 0.0))


def test_dior_has_a_layout_for_each_kind_of_boxes(tmp_path):
    page = load_page("dior")
    write_image(tmp_path / "JPEGImages-test" / "1.jpg")
    for folder, text in (("Oriented Bounding Boxes", ORIENTED), ("Horizontal Bounding Boxes", VOC)):
        (tmp_path / "Annotations" / folder).mkdir(parents=True)
        (tmp_path / "Annotations" / folder / "1.xml").write_text(text)
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "test.txt").write_text("1\n")
    shown = {}
    for layout in (None, "oriented boxes"):
        options = CatalogOptions(page=page, layout=layout)
        (key,) = SOURCE.index(tmp_path, options)
        shown[layout] = SOURCE.load(tmp_path, key, options).attributes["objects"]
    assert [entry["class"] for entry in shown[None]] == ["ship", "Expressway-Service-area"]
    assert shown["oriented boxes"] == [
        {"class": "ship", "box": [0, 0, 10, 10], "corners": [[5, 0], [10, 5], [5, 10], [0, 5]]}
    ]


@pytest.mark.parametrize(
    "text",
    [
        ORIENTED.replace("<x_left_bottom>0</x_left_bottom>", ""),
        "<annotation><object><name>ship</name></object></annotation>",
        "<annotation><object>",
        '<!DOCTYPE a [<!ENTITY e "x">]><annotation/>',
        "<annotation><object><name>a</name><bndbox><xmin>nan</xmin><ymin>0</ymin><xmax>1</xmax><ymax>1</ymax>"
        "</bndbox></object></annotation>",
    ],
)
def test_broken_voc_files(tmp_path, text):
    (tmp_path / "1.xml").write_text(text)
    with pytest.raises(InvalidItemError) as error:
        voc_boxes(tmp_path, "1.xml")
    assert error.value.reason == "corrupt-labels"


def test_dota_boxes_have_corners(tmp_path):
    (tmp_path / "1.txt").write_text("imagesource:GoogleEarth\ngsd:0.1\n\n5 0 10 5 5 10 0 5 plane 0\n")
    (box,) = dota_boxes(tmp_path, "1.txt")
    assert (box.name, box.box) == ("plane", (0.0, 0.0, 10.0, 10.0))
    assert box.corners == ((5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0))
    (tmp_path / "1.txt").write_text("5 0 10 5 5 10 0 plane\n")
    with pytest.raises(InvalidItemError, match="line 1 is no box"):
        dota_boxes(tmp_path, "1.txt")


def coco(**changes):
    document = {
        "images": [{"id": 7, "file_name": "a/1.jpg"}, {"id": 8, "file_name": "2.jpg"}],
        "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "harbor"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]},
            {"image_id": 7, "category_id": 2, "bbox": [0, 0, 5, 5], "iscrowd": 1},
        ],
    }
    return document | changes


def test_coco_boxes_by_image(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(coco()))
    images, names = coco_images(path)
    assert names == ("ship", "harbor")
    assert [(box.name, box.box, box.is_crowd) for box in images["1"]] == [
        ("ship", (1.0, 2.0, 4.0, 6.0), False),
        ("harbor", (0.0, 0.0, 5.0, 5.0), True),
    ]
    assert images["2"] == []
    path.write_text(json.dumps(coco(annotations=[{"image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4]}])))
    with pytest.raises(UserError, match="names no image, no category or no box"):
        coco_images(path)


def test_the_annotations_of_a_peer_are_read_as_its_own_reader_reads_them(tmp_path):
    """Against pycocotools: the same boxes for the same images."""
    coco_tools = pytest.importorskip("pycocotools.coco")
    rng = np.random.default_rng(0)
    document = coco(
        images=[{"id": number, "file_name": f"{number}.jpg"} for number in range(5)],
        annotations=[
            {
                "id": number,
                "image_id": int(rng.integers(5)),
                "category_id": int(rng.integers(1, 3)),
                "bbox": rng.integers(1, 50, 4).tolist(),
            }
            for number in range(40)
        ],
    )
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    images, _ = coco_images(path)
    peer = coco_tools.COCO(str(path))
    for number in range(5):
        expected = sorted(
            (peer.cats[entry["category_id"]]["name"], *entry["bbox"]) for entry in peer.imgToAnns.get(number, [])
        )
        found = sorted(
            (b.name, b.box[0], b.box[1], b.box[2] - b.box[0], b.box[3] - b.box[1]) for b in images[str(number)]
        )
        assert found == expected


def test_objects_are_counted_and_crowds_are_not(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(coco()))
    objects = read_objects(tmp_path, "", ObjectForm(coco="a.json"), {})
    asked = asked_about(objects.shown["", "1"], objects.classes, "1")
    assert [question.turns[0] for question in asked] == [
        ("Is there a harbor in the image?", "yes"),
        ("Is there a ship in the image?", "yes"),
        ("How many ships are in the image?", "1"),
    ]
    empty = asked_about(objects.shown["", "2"], objects.classes, "2")
    assert [question.turns[0][1] for question in empty] == ["no", "no"]


def test_classes_that_an_image_lacks_are_asked_for_as_often_as_those_it_shows():
    classes = tuple(f"kind{number:02d}" for number in range(20))
    shown = Shown(tags=classes[:5])
    answers = [question.turns[0][1] for question in asked_about(shown, classes, "x")]
    assert (answers.count("yes"), answers.count("no")) == (5, 5)
    assert not [question for question in asked_about(shown, classes, "x") if question.kind == COUNT]
    assert asked_about(shown, classes, "x") != asked_about(shown, classes, "y")


def test_a_file_that_cannot_be_read_costs_its_image_alone(tmp_path):
    for name, text in (("1", VOC), ("2", "<annotation>")):
        write_image(tmp_path / "JPEGImages-trainval" / f"{name}.jpg")
        path = tmp_path / "Annotations" / "Horizontal Bounding Boxes" / f"{name}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("1\n2\n")
    options = CatalogOptions(page=load_page("dior"))
    first, second = SOURCE.index(tmp_path, options)
    pair = SOURCE.load(tmp_path, first, options)
    assert pair.attributes["objects"][0] == {"class": "ship", "box": [10.0, 20.0, 30.5, 40.0]}
    assert ("How many expressway service areas are in the image?", "1") in {q.turns[0] for q in pair.questions}
    with pytest.raises(InvalidItemError, match=r"2\.xml: is not valid XML"):
        SOURCE.load(tmp_path, second, options)


@pytest.mark.parametrize("form", [{}, {"coco": "a.json", "voc": "{name}.xml"}, {"voc": "a.xml"}, {"voc": "{name}.png"}])
def test_a_form_of_objects_needs_one_way(form):
    with pytest.raises(ValueError, match="should have one of|has no|should end in"):
        ObjectForm(**form)


def test_label_files_beside_the_images_are_no_images(tmp_path):
    """iSAID: the template of an image matches the files of colours too."""
    folder = tmp_path / "train" / "images"
    for name in ("P0001", "P0001_instance_color_RGB", "P0002", "P0002_instance_color_RGB"):
        write_image(folder / f"{name}.png")
    keys = SOURCE.index(tmp_path, CatalogOptions(page=load_page("isaid")))
    assert [key.pair_id for key in keys] == ["isaid/train/P0001", "isaid/train/P0002"]
    colours = np.zeros((8, 8, 3), np.uint8)
    colours[:2], colours[2:4] = (0, 0, 63), (0, 100, 155)
    Image.fromarray(colours).save(folder / "P0001_instance_color_RGB.png")
    pair = SOURCE.load(tmp_path, keys[0], CatalogOptions(page=load_page("isaid")))
    names = {entry.id: entry.name for entry in pair.classes}
    assert [names.get(int(row[0])) for row in pair.before_labels[::2]] == ["ship", "harbor", None, None]


def test_places_are_part_of_names(tmp_path):
    """BANDON: files of two cities may have one name."""
    for split, folder, place in (("train", "labels_unch0ch1ig255", "bj"), ("test_ood", "labels", "sh")):
        for date in ("t1", "t2"):
            path = tmp_path / split / "imgs" / place / date / "1.jpg"
            write_image(path)
        mask = tmp_path / split / folder / place / "t1VSt2" / "1.png"
        mask.parent.mkdir(parents=True)
        Image.fromarray(np.array([[0, 1], [255, 0]], np.uint8).repeat(4, 0).repeat(4, 1)).save(mask)
    options = CatalogOptions(page=load_page("bandon"))
    keys = SOURCE.index(tmp_path, options)
    assert [key.pair_id for key in keys] == ["bandon/train/bj_1", "bandon/test/sh_1"]
    for key in keys:
        pair = SOURCE.load(tmp_path, key, options)
        assert (pair.change_mask[0, 7], pair.change_mask[7, 0], pair.ignore_id) == (1, 255, 255)


@pytest.mark.parametrize("name", ["dior", "hrsid", "nwpu-vhr-10", "isaid", "reben", "skyscript", "earthreason"])
def test_detect_names_what_a_folder_is_by_its_texts_too(tmp_path, rsica_data, name):
    """A folder of pictures alone is of no set of boxes, and of no set of classes where there is one folder."""
    from rsica_data.sources.catalog.layout_writer import write_page

    write_page(load_page(name), tmp_path / "in", pairs=1, size=48)
    found = rsica_data("detect", tmp_path / "in", "--json")
    assert [match["page"] for match in found.json if match["fits"]] == [name]
