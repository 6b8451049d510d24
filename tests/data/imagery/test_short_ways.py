"""Where work is left out, the outcome is that of the work: tags outside of pixels, masks without change, links."""

import io
import os
import zlib

import numpy as np
import pytest
from PIL import Image

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.image_limits import LIMIT_VARIABLE
from rsica_data.imagery.images import decode_raw, encode_mask, encode_png, images_trusted, read_image
from rsica_data.imagery.masks import decode_values, values_to_ids
from rsica_data.imagery.orientation import orientation
from rsica_data.schema import EncodedImage


def chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def tagged(kind, tag, **options):
    exif = Image.Exif()
    exif[274] = tag
    out = io.BytesIO()
    Image.new("RGB", (5, 3), "red").save(out, kind, exif=exif, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_tag_is_seen_in_every_format(kind):
    assert orientation(EncodedImage("x", tagged(kind, 6))) == 6


def test_a_tag_behind_the_pixels_is_seen():
    data = tagged("PNG", 8)
    at = data.index(b"eXIf") - 4
    length = 12 + int.from_bytes(data[at : at + 4], "big")
    moved, plain = data[at : at + length], data[:at] + data[at + length :]
    end = plain.index(b"IEND") - 4
    assert orientation(EncodedImage("x", plain)) == 1
    assert orientation(EncodedImage("x", plain[:end] + moved + plain[end:])) == 8


def test_what_looks_like_a_tag_in_the_pixels_is_none(monkeypatch):
    plain = encode_png(np.zeros((2, 2), np.uint8))
    end = plain.index(b"IEND") - 4
    data = plain[:end] + chunk(b"IDAT", b"Exif eXIf") + plain[end:]
    monkeypatch.setattr("rsica_data.imagery.orientation.opened_image", None)
    assert orientation(EncodedImage("x", data)) == 1


def test_empty_masks_are_the_same_bytes_and_the_same_pixels(monkeypatch):
    mask = np.zeros((37, 41), np.uint8)
    data = encode_mask(mask)
    assert data == encode_mask(mask)
    assert not decode_raw(EncodedImage("x.png", data)).any()
    for _ in range(2):
        values = decode_values(EncodedImage("x.png", data))
        assert values.shape == (37, 41)
        assert not values.any()
    with images_trusted():
        assert not decode_values(EncodedImage("x.png", data)).any()
    monkeypatch.setenv(LIMIT_VARIABLE, "100")
    with pytest.raises(InvalidItemError, match="over the limit"):
        decode_values(EncodedImage("x.png", data))


def test_links_inside_and_outside_of_the_input(tmp_path):
    root, outside = tmp_path / "in", tmp_path / "outside.png"
    (root / "a").mkdir(parents=True)
    (root / "a" / "x.png").write_bytes(b"inside")
    outside.write_bytes(b"outside")
    (root / "link.png").symlink_to(root / "a" / "x.png")
    (root / "away.png").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    (tmp_path / "root").symlink_to(root)
    os.mkfifo(root / "pipe.png")
    assert read_image(root, "link.png").data == read_image(tmp_path / "root", "a/x.png").data == b"inside"
    for path, reason in (
        ("away.png", "outside-input"),
        ("folder/outside.png", "outside-input"),
        ("pipe.png", "unreadable-file"),
        ("a", "unreadable-file"),
        ("none.png", "missing-file"),
    ):
        with pytest.raises(InvalidItemError) as told:
            read_image(root, path)
        assert told.value.reason == reason


def test_grey_levels_are_looked_up_wherever_they_lie():
    rng = np.random.default_rng(5)
    for known in ({0: 0, 128: 1, 255: 2}, {0: 3, 128: 1, 255: 0}):
        for _ in range(40):
            values = np.zeros((9, 7), np.uint8)
            y, x = rng.integers(0, 9), rng.integers(0, 7)
            part = values[y : y + rng.integers(0, 5), x : x + rng.integers(0, 5)]
            part[...] = rng.choice([0, 128, 255], part.shape)
            expected = np.vectorize(known.get)(values)
            assert np.array_equal(values_to_ids(values, known, "m.png"), expected)
            values[rng.integers(0, 9), rng.integers(0, 7)] = 77
            with pytest.raises(InvalidItemError, match="1 pixels of value 77"):
                values_to_ids(values, known, "m.png")
