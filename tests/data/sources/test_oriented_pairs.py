"""Pairs whose images carry orientation tags: what is stored, the mask, and what others show agree."""

import io

import numpy as np
import pytest
from PIL import Image

from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.sources import folder, levir_cd, levir_mci

SCENE = np.zeros((24, 40, 3), np.uint8)
SCENE[:8, :16] = 220
MASK = (SCENE[:, :, 0] > 0).astype(np.uint8) * 255


def jpeg(pixels, tag=1):
    out, exif = io.BytesIO(), Image.Exif()
    exif[274] = tag
    Image.fromarray(pixels).save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


SOURCES = {
    "levir-cd": (levir_cd.SOURCE, "test/", {}),
    "levir-mci": (levir_mci.SOURCE, "images/test/", {}),
    "folder": (
        folder.SOURCE,
        "",
        {
            "before": "A/{name}.jpg",
            "after": "B/{name}.jpg",
            "change_mask": "label/{name}.png",
            "classes": {"building": 255},
        },
    ),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("tag", range(2, 9))
def test_the_mask_says_which_pixels_are_meant(tmp_path, write, load_all, name, tag):
    source, prefix, options = SOURCES[name]
    images = {f"{prefix}A/x.jpg": jpeg(SCENE, tag), f"{prefix}B/x.jpg": jpeg(SCENE, tag)}
    write(tmp_path, images | {f"{prefix}label/x.png": encode_png(MASK)})
    (pair,) = load_all(source, tmp_path, **options)[0].values()
    assert (pair.width, pair.height, pair.change_mask.shape) == (40, 24, (24, 40))
    for image in (pair.before, pair.after):
        shown = np.asarray(Image.open(io.BytesIO(image.data)))
        assert Image.open(io.BytesIO(image.data)).getexif().get(274, 1) == 1
        assert np.array_equal(shown[:, :, 0] > 128, pair.change_mask > 0)
    assert pair.attributes["exif_orientation"] == {"before": tag, "after": tag, "pixels": "as stored"}


def test_a_mask_drawn_on_what_viewers_show(tmp_path, write, load_all):
    upright = np.rot90(MASK, -1)
    images = {"test/A/x.jpg": jpeg(SCENE, 6), "test/B/x.jpg": jpeg(np.ascontiguousarray(np.rot90(SCENE, -1)))}
    write(tmp_path, images | {"test/label/x.png": encode_png(upright)})
    (pair,) = load_all(levir_cd.SOURCE, tmp_path)[0].values()
    assert (pair.width, pair.height) == (24, 40)
    for image in (pair.before, pair.after):
        assert np.array_equal(decode_rgb(image.data)[:, :, 0] > 128, pair.change_mask > 0)
    assert pair.attributes["exif_orientation"]["pixels"] == "as shown"


def test_without_a_mask_pairs_are_as_viewers_show_them(tmp_path, write, load_all):
    write(tmp_path, {"A/x.jpg": jpeg(SCENE, 6), "B/x.jpg": jpeg(SCENE, 6)})
    (pair,) = load_all(folder.SOURCE, tmp_path, before="A/{name}.jpg", after="B/{name}.jpg")[0].values()
    assert (pair.width, pair.height, pair.before.path) == (24, 40, "A/x.png")
    write(tmp_path, {"B/x.jpg": jpeg(SCENE)})
    # One of them turned would leave two sizes.
    (pair,) = load_all(folder.SOURCE, tmp_path, before="A/{name}.jpg", after="B/{name}.jpg")[0].values()
    assert (pair.width, pair.height, pair.before.path) == (40, 24, "A/x.jpg")


def test_sizes_that_never_agree_are_refused(tmp_path, write, load_all):
    images = {"test/A/x.jpg": jpeg(SCENE, 6), "test/B/x.jpg": jpeg(SCENE[:20])}
    write(tmp_path, images | {"test/label/x.png": encode_png(MASK)})
    assert load_all(levir_cd.SOURCE, tmp_path)[1]["levir-cd/test/x"].reason == "size-mismatch"


def test_a_tiff_with_a_tag_is_stored_as_it_lies(tmp_path, write, load_all):
    out = io.BytesIO()
    Image.fromarray(SCENE).save(out, "TIFF", tiffinfo={274: 6})
    write(tmp_path, {"test/A/x.tif": out.getvalue(), "test/B/x.png": encode_png(SCENE)})
    write(tmp_path, {"test/label/x.png": encode_png(MASK)})
    (pair,) = load_all(levir_cd.SOURCE, tmp_path)[0].values()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pair.before.data))), SCENE)


def test_the_case(cases, rsica_data, write_recipe, tmp_path):
    datasets = pytest.importorskip("datasets")
    recipe = write_recipe(source="levir-cd", tasks=["counting"])
    built = rsica_data("build", recipe, "--input", cases / "exif" / "d", "--out", tmp_path / "out", "--workers", 1)
    assert built.status == 0, built.err
    (pair,) = open_dataset(tmp_path / "out").pairs()
    row = datasets.load_dataset(str(tmp_path / "out"), "pairs", split="test", cache_dir=str(tmp_path / "cache"))[0]
    sizes = {row[name].size for name in ("before", "after", "change_mask")}
    assert sizes == {(pair.width, pair.height)} == {(128, 96)}


def test_bmp_and_gif_images_are_stored_as_png(tmp_path, write, load_all):
    for kind in ("bmp", "gif", "webp"):
        out = io.BytesIO()
        Image.fromarray(SCENE).save(out, kind.upper(), **({"lossless": True} if kind == "webp" else {}))
        root = write(tmp_path / kind, {f"test/{side}/x.{kind}": out.getvalue() for side in ("A", "B")})
        out = io.BytesIO()
        Image.fromarray(MASK).save(out, "BMP")
        write(root, {"test/label/x.bmp": out.getvalue()})
        (pair,) = load_all(levir_cd.SOURCE, root)[0].values()
        assert (pair.before.path, pair.before.data[:4]) == ("test/A/x.png", b"\x89PNG")
        assert np.array_equal(decode_rgb(pair.before.data), SCENE)
        assert pair.change_mask.sum() == 128
