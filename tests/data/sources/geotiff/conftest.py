"""Small rasters with known content, and the source run on them."""

import warnings

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from rsica_data.core.errors import InvalidItemError
from rsica_data.core.validation import validate_model
from rsica_data.sources.geotiff import SOURCE
from rsica_data.sources.scenes.opened_rasters import close_all

UTM = "EPSG:32633"
ORIGIN = (400000.0, 5000000.0)


@pytest.fixture(autouse=True)
def _close():
    yield
    close_all()


def ramp(height, width, bands=3, dtype="uint8", step=1):
    """Samples that tell their place: band b at (x, y) is (x * step + 3 * y + 40 * b) in the type's range."""
    y, x = np.mgrid[:height, :width]
    top = 250 if dtype == "uint8" else 10000
    return np.stack([(x * step + 3 * y + 40 * b) % top for b in range(bands)]).astype(dtype)


def ground(height, width, seed=0, smooth=1.5):
    """Samples with detail to match, [3, h, w] uint8."""
    import cv2

    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), smooth)
    return np.repeat(np.clip(128 + 200 * noise, 1, 255).astype(np.uint8)[None], 3, axis=0)


@pytest.fixture
def tif(tmp_path):
    """Write bands [n, h, w] as a GeoTIFF in the input folder."""

    def make(name, bands, *, crs=UTM, gsd=2.0, at=ORIGIN, transform=None, descriptions=(), tags=None, **profile):
        bands = np.asarray(bands)
        bands = bands[None] if bands.ndim == 2 else bands
        place = transform or rasterio.Affine(gsd, 0, at[0], 0, -gsd, at[1])
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        profile = {"crs": crs, "transform": place} | profile if crs != "none" else profile
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(
                path, "w", driver="GTiff", count=len(bands), height=bands.shape[1], width=bands.shape[2],
                dtype=bands.dtype, **profile,
            ) as out:  # fmt: skip
                out.write(bands)
                for number, text in enumerate(descriptions, 1):
                    out.set_band_description(number, text)
                if tags:
                    out.update_tags(**tags)
        return path

    return make


@pytest.fixture
def run(tmp_path):
    """Index the input folder and load every tile: (pairs by name, errors by name)."""

    def go(**options):
        chosen = validate_model(SOURCE.options, options)
        pairs, errors = {}, {}
        for key in SOURCE.index(tmp_path, chosen):
            name = key.pair_id.rpartition("/")[2]
            try:
                pairs[name] = SOURCE.load(tmp_path, key, chosen)
            except InvalidItemError as error:
                errors[name] = error
        return pairs, errors

    return go
