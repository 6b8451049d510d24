"""Image files and masks: what is found broken, and what comes out of every pixel format."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.images import decode_mask, decode_raw, decode_rgb, encode_mask, encode_png, probe, read_image
from rsica_data.imagery.masks import decode_values, values_to_ids
from rsica_data.schema import EncodedImage

RGB = np.random.default_rng(0).integers(0, 256, (7, 11, 3)).astype(np.uint8)
GREY = (np.arange(77).reshape(7, 11) * 3).astype(np.uint8)
THREE = (np.arange(77).reshape(7, 11) % 3).astype(np.uint8)


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, kind, **options)
    return EncodedImage(f"x.{kind.lower()}", out.getvalue())


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def reason_of(call, *args, **options):
    with pytest.raises(InvalidItemError) as caught:
        call(*args, **options)
    return caught.value.reason


def palette_image(indices, colours):
    image = Image.fromarray(indices, "P")
    image.putpalette([part for colour in colours for part in colour])
    return image


@pytest.mark.parametrize(
    ("image", "kind", "channels", "bits"),
    [
        (RGB, "PNG", 3, 8),
        (GREY, "PNG", 1, 8),
        (GREY.astype(np.uint16), "PNG", 1, 16),
        (GREY > 9, "PNG", 1, 1),
        (RGB, "JPEG", 3, 8),
        (RGB, "TIFF", 3, 8),
        (GREY.astype(np.uint16), "TIFF", 1, 16),
        (GREY.astype(np.float32), "TIFF", 1, 32),
    ],
)
def test_probe(image, kind, channels, bits):
    info = probe(encoded(image, kind))
    assert (info.format, info.width, info.height, info.channels, info.bits) == (kind, 11, 7, channels, bits)
    assert not info.palette


def test_probe_of_a_palette():
    assert probe(encoded(palette_image(GREY % 2, [(0, 0, 0), (9, 9, 9)]))).palette


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_every_cut_of_a_file_is_noticed(kind):
    whole = encoded(RGB, kind)
    accepted = []
    for end in range(len(whole.data) - 3):
        try:
            probe(EncodedImage("x", whole.data[:end]))
        except InvalidItemError as error:
            assert error.reason in ("unknown-format", "truncated-image", "corrupt-image")
        else:
            accepted.append(end)
    # A TIFF may end in bytes that hold no pixel, such as the padding of a tag.
    assert not accepted or kind == "TIFF"


def test_every_flipped_bit_of_a_png_is_noticed():
    whole = encoded(RGB)
    for at in range(len(whole.data)):
        damaged = whole.data[:at] + bytes([whole.data[at] ^ 4]) + whole.data[at + 1 :]
        assert reason_of(probe, EncodedImage("x", damaged)) in ("unknown-format", "truncated-image", "corrupt-image")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "unknown-format"),
        (b"GIF89a", "unknown-format"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "corrupt-image"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"short") + chunk(b"IEND", b""), "corrupt-image"),
        (
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 5, 8, 2, 0, 0, 0)) + chunk(b"IEND", b""),
            "corrupt-image",
        ),
        (
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 5, 5, 8, 2, 0, 0, 0)) + chunk(b"IEND", b""),
            "corrupt-image",
        ),
    ],
)
def test_files_that_are_no_images(data, reason):
    assert reason_of(probe, EncodedImage("x.png", data)) == reason


def test_pixels_that_do_not_unpack_are_noticed_when_decoded():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 5, 5, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"no zlib stream") + chunk(b"IEND", b"")
    assert reason_of(decode_values, EncodedImage("x.png", data)) in ("corrupt-image", "truncated-image")
    with pytest.raises(ValueError, match="image"):
        decode_rgb(data)


def test_reading_files(tmp_path):
    (tmp_path / "a b.png").write_bytes(b"x")
    assert read_image(tmp_path, "a b.png") == EncodedImage("a b.png", b"x")
    assert reason_of(read_image, tmp_path, "none.png") == "missing-file"
    assert reason_of(read_image, tmp_path, "") == "unreadable-file"


def test_decode_rgb_of_every_mode():
    assert np.array_equal(decode_rgb(encoded(RGB).data), RGB)
    assert np.array_equal(decode_rgb(encoded(np.dstack([RGB, GREY])).data), RGB)
    assert np.array_equal(decode_rgb(encoded(GREY).data), np.repeat(GREY[:, :, None], 3, 2))
    colours = [(1, 2, 3), (200, 100, 0)]
    image = palette_image(GREY % 2, colours)
    expected = np.array(colours, np.uint8)[GREY % 2]
    assert np.array_equal(decode_rgb(encoded(image).data), expected)
    assert np.array_equal(decode_rgb(encoded(image, transparency=b"\x00\x80").data), expected)


@settings(max_examples=50, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_masks_survive(mask):
    data = encode_mask(mask)
    assert np.array_equal(decode_mask(data), mask)
    assert np.array_equal(decode_values(EncodedImage("m.png", data)), mask)
    assert encode_mask(np.asfortranarray(mask)) == data


def test_encode_png_of_colour():
    assert np.array_equal(decode_rgb(encode_png(RGB)), RGB)


_FORMS = ["grey", "rgb", "rgba", "la", "16-bit", "palette"]


@pytest.mark.parametrize(("kind", "form"), [*(("PNG", f) for f in _FORMS), *(("TIFF", f) for f in [*_FORMS, "float"])])
def test_equal_labels_in_every_form(kind, form):
    wide = np.repeat(GREY[:, :, None], 3, 2)
    image = {
        "grey": GREY,
        "rgb": wide,
        "rgba": np.dstack([wide, 255 - GREY]),
        "la": Image.fromarray(np.dstack([GREY, 255 - GREY]), "LA"),
        "16-bit": GREY.astype(np.uint16),
        "palette": palette_image(GREY, [(v, v, v) for v in range(256)]),
        "float": GREY.astype(np.float32),
    }[form]
    assert np.array_equal(decode_values(encoded(image, kind)), GREY)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_palettes_by_colour_and_by_index(kind):
    colours = [(0, 0, 0), (128, 0, 0), (0, 128, 0)]
    image = encoded(palette_image(THREE, colours), kind)
    assert np.array_equal(decode_values(image), np.array(colours, np.uint8)[THREE])
    assert np.array_equal(decode_values(image, palette_indices=True), THREE)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_one_bit_masks_are_black_and_white(kind):
    assert np.array_equal(decode_values(encoded(GREY > 90, kind)), np.where(GREY > 90, 255, 0))


@pytest.mark.parametrize("colour", [False, True])
def test_deep_masks(colour):
    import cv2

    def image(values):
        deep = values.astype(np.uint16)
        return EncodedImage(
            "x.png", cv2.imencode(".png", np.repeat(deep[:, :, None], 3, 2) if colour else deep)[1].tobytes()
        )

    assert np.array_equal(decode_values(image(GREY)), GREY)
    assert reason_of(decode_values, image(GREY * np.uint16(257))) == "mask-depth"


def test_colour_order_of_deep_images():
    import cv2

    deep = RGB.astype(np.uint16) * 100
    image = EncodedImage("x.png", cv2.imencode(".png", deep[:, :, ::-1])[1].tobytes())
    assert np.array_equal(decode_raw(image), deep)


@pytest.mark.parametrize(("value", "reason"), [(np.nan, "not-a-number"), (1.5, "mask-depth"), (-1, "mask-depth")])
def test_values_that_no_mask_can_have(value, reason):
    labels = np.zeros((4, 4), np.float32)
    labels[1, 2] = value
    assert reason_of(decode_values, encoded(labels, "TIFF")) == reason


def test_broken_tiff_mask():
    assert reason_of(decode_values, EncodedImage("x.tif", encoded(RGB, "TIFF").data[:60])) == "corrupt-image"


def test_ids_of_grey_and_colour_labels():
    mapping = {0: 0, 128: 1, (255, 0, 0): 2, (9, 9, 9): 3}
    grey = np.array([[0, 128], [9, 0]], np.uint8)
    assert values_to_ids(grey, mapping, "x").tolist() == [[0, 1], [3, 0]]
    colour = np.array([[[0, 0, 0], [128, 128, 128], [255, 0, 0]]], np.uint8)
    assert values_to_ids(colour, mapping, "x").tolist() == [[0, 1, 2]]


def test_unknown_values_are_named_and_counted():
    with pytest.raises(InvalidItemError, match=r"x: 3 pixels of value 7, 8; the class map has 0, \(1,2,3\)") as caught:
        values_to_ids(np.array([[7, 8, 7, 0]], np.uint8), {0: 0, (1, 2, 3): 1}, "x")
    assert caught.value.reason == "unknown-mask-value"
    with pytest.raises(InvalidItemError, match=r"2 pixels of value \(4,5,6\), 9; "):
        values_to_ids(np.array([[[4, 5, 6], [9, 9, 9], [0, 0, 0]]], np.uint8), {0: 0}, "x")
    with pytest.raises(InvalidItemError, match="and 5 more"):
        values_to_ids(np.arange(10, dtype=np.uint8).reshape(2, 5), {}, "x")


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 4)))
def test_colour_and_grey_labels_give_the_same_ids(indices):
    levels, colours = [3, 77, 0, 255, 128], [(1, 2, 3), (3, 2, 1), (0, 0, 1), (255, 255, 0), (4, 4, 5)]
    by_level = values_to_ids(np.array(levels, np.uint8)[indices], dict(zip(levels, range(5), strict=True)), "x")
    by_colour = values_to_ids(np.array(colours, np.uint8)[indices], dict(zip(colours, range(5), strict=True)), "x")
    assert np.array_equal(by_level, indices)
    assert np.array_equal(by_colour, indices)
