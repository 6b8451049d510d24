"""Mask files in every form that tools save them in, thresholds, orientation tags, and the limit of pixels."""

import io
import json
import warnings

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.image_limits import check_pixels, pixel_limit
from rsica_data.imagery.image_listing import image_files, is_hidden
from rsica_data.imagery.images import as_png, decode_mask, decode_rgb, encode_png, pil_rgb, probe
from rsica_data.imagery.masks import decode_values, thresholded
from rsica_data.imagery.orientation import as_shown, as_stored, orientation
from rsica_data.schema import EncodedImage

DRAWN = np.zeros((9, 12), np.uint8)
DRAWN[2:5, 3:7] = 255


def saved(image, kind="PNG", name=None, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return EncodedImage(name or f"x.{kind.lower()}", out.getvalue())


def of(pixels, mode=None):
    return (
        Image.fromarray(np.asarray(pixels, np.uint8), mode) if mode else Image.fromarray(np.asarray(pixels, np.uint8))
    )


def rgba(grey, alpha):
    return of(np.dstack([np.broadcast_to(np.uint8(grey), DRAWN.shape)] * 3 + [alpha]))


def palette(colours, pixels, **options):
    image = of(pixels, "P")
    image.putpalette([part for colour in colours for part in colour])
    return saved(image, **options)


FORMS = {
    "bmp": lambda: saved(of(DRAWN), "BMP"),
    "bmp of 1 bit": lambda: saved(of(DRAWN).convert("1"), "BMP"),
    "bmp in colour": lambda: saved(of(DRAWN).convert("RGB"), "BMP"),
    "bmp with a palette": lambda: saved(of(DRAWN).convert("P"), "BMP"),
    "gif": lambda: saved(of(DRAWN), "GIF"),
    "webp": lambda: saved(of(DRAWN).convert("RGB"), "WEBP", lossless=True),
    "tif": lambda: saved(of(DRAWN), "TIFF"),
    "tif of 1 bit": lambda: saved(of(DRAWN).convert("1"), "TIFF"),
    "1 bit": lambda: saved(of(DRAWN).convert("1")),
    "grey with alpha": lambda: saved(of(DRAWN).convert("LA")),
    "in alpha alone, black": lambda: saved(rgba(0, DRAWN)),
    "in alpha alone, white": lambda: saved(rgba(255, DRAWN)),
    "in alpha alone, red": lambda: saved(of(np.dstack([np.full_like(DRAWN, 255), 0 * DRAWN, 0 * DRAWN, DRAWN]))),
    "in alpha alone, grey": lambda: saved(of(np.dstack([0 * DRAWN, DRAWN]), "LA")),
    "in alpha alone, tif": lambda: saved(rgba(255, DRAWN), "TIFF"),
    "in alpha alone, webp": lambda: saved(rgba(255, DRAWN), "WEBP", lossless=True, exact=True),
    "white on transparent black": lambda: saved(of(np.dstack([DRAWN] * 4))),
    "a palette's entry transparent": lambda: palette([(255,) * 3, (255,) * 3], DRAWN > 0, transparency=bytes([0, 255])),
    "palette": lambda: palette([(0,) * 3, (255,) * 3], DRAWN > 0),
    "16 bits, 255": lambda: saved(Image.fromarray(DRAWN.astype(np.uint16))),
    "16 bits, 65535": lambda: saved(Image.fromarray(DRAWN.astype(np.uint16) * 257)),
    "16 bits, 65535, tif": lambda: saved(Image.fromarray(DRAWN.astype(np.uint16) * 257), "TIFF"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_one_mask(form):
    assert np.array_equal(decode_values(FORMS[form]()), DRAWN)


def test_unchanged_masks_of_sets_that_are_drawn_in_alpha():
    for level in (0, 255):
        assert not decode_values(saved(rgba(level, 0 * DRAWN))).any()
    # Opaque: the colours count, as they always do.
    assert decode_values(saved(rgba(255, np.full_like(DRAWN, 255)))).all()


def test_colours_under_alpha_stay_colours():
    red = np.dstack([DRAWN, 0 * DRAWN, 0 * DRAWN, np.where(DRAWN, 255, 128)])
    assert np.array_equal(decode_values(saved(of(red)))[:, :, 0], DRAWN)


def test_a_drawing_that_cannot_be_seen_is_refused():
    hidden = np.dstack([255 - DRAWN] * 3 + [DRAWN])  # black on transparent white: its colours say the contrary
    with pytest.raises(InvalidItemError, match="fully transparent: save the mask without an alpha channel") as caught:
        decode_values(saved(of(hidden)))
    assert caught.value.reason == "mask-alpha"


def test_white_is_zero_is_read_as_it_is_shown():
    form = {"photometric": "miniswhite", "driver": "GTiff", "width": 12, "height": 9, "count": 1, "dtype": "uint8"}
    with rasterio.MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(**form) as out:
            out.write(255 - DRAWN, 1)
        data = memory.read()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), DRAWN)
    assert np.array_equal(decode_values(EncodedImage("x.tif", data)), DRAWN)


def test_thresholds():
    smeared = decode_values(saved(of(DRAWN), "JPEG", quality=60))
    assert len(np.unique(smeared)) > 2
    assert np.array_equal(thresholded(smeared, 128, "x"), DRAWN // 255)
    chroma = DRAWN[:, :, None].astype(np.int16) + np.array([3, 0, -5])
    assert np.array_equal(thresholded(np.clip(chroma, 0, 255).astype(np.uint8), 128, "x"), DRAWN // 255)
    with pytest.raises(InvalidItemError, match="x: is in colour"):
        thresholded(np.dstack([DRAWN, 0 * DRAWN, 0 * DRAWN]), 128, "x")


SCENE = np.zeros((6, 10, 3), np.uint8)
SCENE[:3, :4] = (200, 30, 30)
SCENE[4:, 7:] = (20, 30, 220)


def tagged(tag, kind="JPEG"):
    exif = Image.Exif()
    exif[274] = tag
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    return saved(of(SCENE), kind, exif=exif, **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("tag", range(1, 9))
def test_orientation_tags(tag, kind):
    image = tagged(tag, kind)
    assert orientation(image) == tag
    stored, shown = as_stored(image), as_shown(image)
    assert orientation(stored) == orientation(shown) == 1
    with Image.open(io.BytesIO(image.data)) as opened:
        raw = np.asarray(opened.convert("RGB"))
    assert np.array_equal(decode_rgb(stored.data), raw)
    turn = {1: 0, 2: 0, 3: 2, 4: 2, 5: -1, 6: -1, 7: 1, 8: 1}[tag]
    turned = np.rot90(raw, turn)
    assert np.array_equal(decode_rgb(shown.data), turned[:, ::-1] if tag in (2, 4, 5, 7) else turned)


def test_orientation_in_xmp_and_senseless_ones():
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    image = saved(of(SCENE), "JPEG", xmp=packet)
    if orientation(image) != 1:  # as the installed release of Pillow reads it
        assert orientation(as_stored(image)) == 1
    for tag in (0, 9, 200):
        assert orientation(tagged(tag)) == 1


def test_pixels_past_the_limit(monkeypatch):
    image = saved(of(SCENE))
    assert pixel_limit() == 5120 * 5120
    monkeypatch.setenv("RSICA_MAX_PIXELS", "59")
    for read in (probe, as_png, decode_values):
        for kind in ("PNG", "BMP", "TIFF"):
            with pytest.raises(
                InvalidItemError, match="RSICA_MAX_PIXELS=60 to read it all the same, or .* source geotiff"
            ) as caught:
                read(saved(of(SCENE), kind))
            assert caught.value.reason == "image-too-large"
    monkeypatch.setenv("RSICA_MAX_PIXELS", "60")
    assert probe(image).width == 10
    for text in ("many", "0", "-5", "1e9", ""):
        monkeypatch.setenv("RSICA_MAX_PIXELS", text)
        with pytest.raises(UserError, match="RSICA_MAX_PIXELS"):
            check_pixels("x", 1, 1)


def test_the_limit_is_ours_and_pillows_own_stays(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    data = encode_png(SCENE)
    assert np.array_equal(decode_rgb(data), SCENE)
    assert pil_rgb(data).size == (10, 6)
    assert decode_mask(encode_png(SCENE[:, :, 0])).shape == (6, 10)
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_image_of_pillow_knows_nothing_of_its_file(mode):
    about, out = Image.Exif(), io.BytesIO()
    about[0x0112] = 6  # orientation, by which some processors turn what they are given
    Image.new(mode, (10, 6)).save(out, "PNG", exif=about, dpi=(72, 72))
    image = pil_rgb(out.getvalue())
    assert image.info == {} and not image.getexif()
    assert image.size == (10, 6) and image.mode == "RGB"


JUNK = ("._x.png", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints/x-checkpoint.png", "__MACOSX/._x.png")
MORE_JUNK = ("__MACOSX/x.png", "@eaDir/x.png/thumb.jpg", ".hidden/x.png", "~$x.png", "$RECYCLE.BIN/x.png")


def test_files_that_systems_leave_are_no_images(tmp_path):
    for name in (*JUNK, *MORE_JUNK, "sub/y.BMP", "x.png", "x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"junk")
    (tmp_path / "folder.png").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in image_files(tmp_path)] == ["sub/y.BMP", "x.png"]
    assert not is_hidden("x.png")


def as_split_folders(cases, real_data, root, masks):
    for file in sorted((cases / masks).iterdir()):
        for side in ("A", "B"):
            (root / side).mkdir(parents=True, exist_ok=True)
            source = real_data / "levir_cd_samples" / side / f"{file.stem}.png"
            (root / side / source.name).write_bytes(source.read_bytes())
        (root / "label").mkdir(exist_ok=True)
        (root / "label" / file.name).write_bytes(file.read_bytes())
    return root


@pytest.fixture
def build(rsica_data, write_recipe, tmp_path):
    def run(root, name="levir-cd", **options):
        recipe = write_recipe(source=name, options=options, tasks=["classification"])
        out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        done = rsica_data("build", recipe, "--input", root, "--out", out, "--workers", 1)
        done.counts = json.loads((out / "manifest.json").read_text())["counts"] if done.status == 0 else None
        return done

    return run


def test_masks_of_zero_and_one(cases, real_data, tmp_path, build):
    root = as_split_folders(cases, real_data, tmp_path / "in", "zero_one_masks")
    assert build(root).counts["changed"] == {"test": 6}
    assert build(root, split="names").counts["changed"] == {"test": 5, "train": 1}
    as_folder = {"before": "A/{name}.png", "after": "B/{name}.png", "change_mask": "label/{name}.png"}
    assert build(root, "folder", **as_folder, classes={"building": 1}).counts["changed"] == {"test": 6}
    # Never a dataset of the one unchanged pair alone.
    for stopped, key in (
        (build(root, mask_values=255), "mask_values"),
        (build(root, "folder", **as_folder, classes={"building": 255}), "classes"),
    ):
        assert stopped.status == 2
        assert "no mask that can be read marks any change" in stopped.err
        assert f"the file holds only 0 and 1: name 1 in source.options.{key}" in stopped.err


def test_masks_saved_as_jpeg(cases, real_data, tmp_path, build):
    root = as_split_folders(cases, real_data, tmp_path / "in", "cdd_jpeg")
    as_folder = {"before": "A/{name}.png", "after": "B/{name}.png", "change_mask": "label/{name}.jpg"}
    as_folder["classes"] = {"building": 255}
    for name, options in (("levir-cd", {}), ("folder", as_folder)):
        refused = build(root, name, **options)
        assert refused.status != 0
        assert "JPEG, which smears values: give source.options.mask_threshold: 128" in refused.err
        assert build(root, name, **options, mask_threshold=128).counts["changed"] == {"test": 4}


def test_black_jpeg_with_noise_is_no_mask_of_zero_and_one(tmp_path, build):
    noise = np.zeros((16, 16), np.uint8)
    noise[0, 0] = 3
    for side, image in (("A", SCENE), ("B", SCENE)):
        (tmp_path / "in" / side).mkdir(parents=True)
        (tmp_path / "in" / side / "x.png").write_bytes(encode_png(np.resize(image, (16, 16, 3))))
    (tmp_path / "in" / "label").mkdir()
    mask = next(s for q in range(30, 101) if decode_values(s := saved(of(noise), "JPEG", quality=q)).max() == 1)
    (tmp_path / "in" / "label" / "x.jpg").write_bytes(mask.data)
    assert "JPEG, which smears" in build(tmp_path / "in").err
    assert build(tmp_path / "in", mask_threshold=128).counts["changed"] == {"test": 0}
