"""Large images reduced while they are read: the same picture as a reduced whole one."""

import io

import numpy as np
import pytest
from PIL import Image

from rsica_data.imagery import reduced_images
from rsica_data.imagery.images import decode_rgb, image_size
from rsica_data.imagery.reduced_images import decode_within


def picture(mode, width=900, height=600):
    y, x = np.mgrid[:height, :width]
    bands = [(x * 255 // width), (y * 255 // height), ((x // 40 + y // 40) % 2) * 200]
    rgb = Image.fromarray(np.stack(bands, axis=-1).astype(np.uint8))
    return rgb.convert(mode)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def test_image_size():
    assert image_size(encoded(picture("RGB"), "PNG")) == (900, 600)
    with pytest.raises(ValueError):
        image_size(b"nothing")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_it_is_the_same_picture(kind, mode, monkeypatch):
    data = encoded(picture(mode), kind)
    whole = Image.fromarray(decode_rgb(data)).resize((90, 60), Image.Resampling.BOX)
    monkeypatch.setattr(reduced_images, "decode_rgb", lambda data: pytest.fail("read as a whole"))
    found = decode_within(data, 90)
    assert found.dtype == np.uint8 and 180 <= max(found.shape) < 450 and found.shape[2] == 3
    smaller = Image.fromarray(found).resize((90, 60), Image.Resampling.BOX)
    apart = np.abs(np.asarray(whole, float) - np.asarray(smaller, float))
    assert apart.mean() < 3


@pytest.mark.parametrize("mode", ["RGBA", "P", "1", "I;16"])
def test_other_samples_are_read_as_before(mode):
    image = picture("L").convert("I").convert("I;16") if mode == "I;16" else picture(mode)
    data = encoded(image, "PNG")
    assert (decode_within(data, 90) == decode_rgb(data)).all()


def test_small_images_are_read_as_before():
    data = encoded(picture("RGB"), "JPEG")
    assert (decode_within(data, 300) == decode_rgb(data)).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_levels_of_few_bits(kind):
    data = encoded(picture("1"), kind)
    assert (decode_within(data, 90) == decode_rgb(data)).all()


def test_damage():
    data = encoded(picture("RGB"), "PNG")
    for broken in (data[:2000], b"nothing", data[:400] + bytes(300) + data[700:]):
        with pytest.raises(ValueError):
            decode_within(broken, 90)
