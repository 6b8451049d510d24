"""Folders of predicted masks: forms of files, what systems leave beside them, JPEG."""

import io

import numpy as np
import pytest
from PIL import Image

from rsica_bench.models.api import PairInput
from rsica_bench.models.mask_folder import MaskFolder
from rsica_data.core.errors import UserError
from rsica_data.schema import EncodedImage

DRAWN = np.zeros((16, 16), np.uint8)
DRAWN[4:12, 4:12] = 255


def asked(classes=("building",)):
    image = EncodedImage("A/x.png", b"")
    return PairInput(image, image, classes, "set/test/x")


def write(folder, image, name="x.png", **options):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    image.save(folder / name, **options)


FORMS = {
    "x.png": lambda: Image.fromarray(DRAWN),
    "x.bmp": lambda: Image.fromarray(DRAWN),
    "x.gif": lambda: Image.fromarray(DRAWN),
    "x.tif": lambda: Image.fromarray(DRAWN).convert("1"),
    "x.jpg": lambda: Image.fromarray(DRAWN),
    "sub/x.png": lambda: Image.fromarray(DRAWN // 255),
    "alpha/x.png": lambda: Image.fromarray(np.dstack([np.full_like(DRAWN, 255)] * 3 + [DRAWN])),
    "la/x.png": lambda: Image.fromarray(DRAWN).convert("LA"),
    "deep/x.png": lambda: Image.fromarray(DRAWN.astype(np.uint16) * 257),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_masks(tmp_path, name):
    write(tmp_path, FORMS[name](), name)
    for junk in ("._x.png", ".DS_Store", "Thumbs.db", "__MACOSX/x.png", ".ipynb_checkpoints/x.png"):
        (tmp_path / junk).parent.mkdir(exist_ok=True)
        (tmp_path / junk).write_bytes(b"junk")
    (found,) = MaskFolder(tmp_path, None).segment([asked()])
    assert np.array_equal(found, DRAWN // 255)


def test_noise_of_a_black_jpeg_is_no_change(tmp_path):
    noise = np.zeros((16, 16), np.uint8)
    noise[0, 0] = 3
    for quality in range(30, 101):
        out = io.BytesIO()
        Image.fromarray(noise).save(out, "JPEG", quality=quality)
        if np.asarray(Image.open(out)).max() == 1:
            (tmp_path / "x.jpg").write_bytes(out.getvalue())
    assert not MaskFolder(tmp_path, None).segment([asked()])[0].any()


def test_a_folder_of_junk_alone_holds_no_masks(tmp_path):
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "x.png").write_bytes(b"junk")
    with pytest.raises(UserError, match="holds no masks"):
        MaskFolder(tmp_path, None)
