"""The order of colours and the place of rasters, the same in every source that reads them."""

import json
import warnings

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.validation import validate_model
from rsica_data.dataset.opening import open_dataset
from rsica_data.geometry.raster_header import own_colours, raster_place
from rsica_data.imagery.images import decode_rgb, encode_png
from rsica_data.imagery.masks import decode_values
from rsica_data.osm.ground_grid import grid_of
from rsica_data.schema import EncodedImage
from rsica_data.sources import folder, geotiff, levir_cd
from rsica_data.sources.osm_tiles import read_tile
from rsica_data.sources.scenes.opened_rasters import close_all

UTM = "EPSG:32614"
RGB = np.random.default_rng(1).integers(0, 250, (3, 64, 64)).astype(np.uint8)
R, G, B, A = ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha


@pytest.fixture(autouse=True)
def _close():
    yield
    close_all()


def write(path, bands, *, colours=None, crs=UTM, transform=(0.5, 0, 500_000, 0, -0.5, 4_000_000), gcps=None, **profile):
    path.parent.mkdir(parents=True, exist_ok=True)
    place = {} if transform is None else {"transform": rasterio.Affine(*transform)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", driver="GTiff", count=len(bands), height=64, width=64, dtype="uint8", crs=crs, **place, **profile
        ) as out:
            out.write(bands)
            if colours:
                out.colorinterp = colours
            if gcps:
                out.gcps = (gcps, rasterio.CRS.from_string(UTM))
    return path


LAYOUTS = {
    "rgb": (RGB, [R, G, B]),
    "bgr": (RGB[::-1], [B, G, R]),
    "argb": (np.concatenate([np.full_like(RGB[:1], 255), RGB]), [A, R, G, B]),
    "bgra": (np.concatenate([RGB[::-1], np.full_like(RGB[:1], 255)]), [B, G, R, A]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_colours_of_one_file_in_every_source(tmp_path, layout):
    bands, colours = LAYOUTS[layout]
    for side in ("A", "B"):
        write(tmp_path / "cd" / "test" / side / "x.tif", bands, colours=colours)
    (tmp_path / "cd" / "test" / "label").mkdir()
    (tmp_path / "cd" / "test" / "label" / "x.png").write_bytes(encode_png(np.zeros((64, 64), np.uint8)))
    wanted = RGB.transpose(1, 2, 0)
    path = "test/A/x.tif"
    seen = {
        "levir-cd": first(levir_cd.SOURCE, tmp_path / "cd"),
        "folder": first(folder.SOURCE, tmp_path / "cd", before="test/A/{name}.tif", after="test/B/{name}.tif"),
        "geotiff": first(
            geotiff.SOURCE, tmp_path / "cd", before=path, after="test/B/x.tif", tiles={"size": 64}, stretch="none"
        ),
        "osm": read_tile(tmp_path / "cd", path, None, None, None),
    }
    for name, image in seen.items():
        data = image.image.data if name == "osm" else image.before.data
        assert np.array_equal(decode_rgb(data), wanted), name
    values = decode_values(EncodedImage("x.tif", (tmp_path / "cd" / path).read_bytes()))
    assert np.array_equal(values, wanted)


def first(source, root, **options):
    chosen = validate_model(source.options, options)
    return source.load(root, source.index(root, chosen)[0], chosen)


def test_colours_by_what_the_file_says():
    assert own_colours(["blue", "green", "red"]) == (3, 2, 1)
    assert own_colours(["undefined", "gray", "undefined", "undefined"]) == (1, 2, 3)
    assert own_colours(["alpha", "gray", "undefined", "undefined"]) == (2, 3, 4)
    assert own_colours(["alpha", "gray"]) == (2,)
    assert own_colours(["gray"]) == own_colours(["alpha"]) == (1,)


def points(transform, *places, off=(0.0, 0.0)):
    affine = rasterio.Affine(*transform)
    found = [GroundControlPoint(row, col, *(affine @ (col, row))) for col, row in places]
    last = found[-1]
    return [*found[:-1], GroundControlPoint(last.row, last.col, last.x + off[0], last.y + off[1])]


CORNERS = ((0, 0), (64, 0), (0, 64), (64, 64))
PLACE = (0.5, 0, 500_000, 0, -0.5, 4_000_000)
TURNED = (0.4, 0.3, 500_000, 0.3, -0.4, 4_000_000)


def place_of(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as opened:
            return raster_place(opened)


@pytest.mark.parametrize("transform", [PLACE, TURNED])
def test_ground_control_points(tmp_path, transform):
    path = write(tmp_path / "x.tif", RGB, crs=None, transform=None, gcps=points(transform, *CORNERS))
    found = place_of(path)
    assert (found.crs, found.by_points, found.problem) == (UTM, True, None)
    assert found.transform == pytest.approx(transform)
    assert grid_of(path).transform == pytest.approx(transform)
    assert read_tile(tmp_path, "x.tif", None, None, None).grid.transform == pytest.approx(transform)
    pair = first(folder.SOURCE, tmp_path, before="{name}.tif", after="{name}.tif")
    assert pair.transform == pytest.approx(transform)
    assert pair.gsd_m == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("gcps", "problem"),
    [
        (points(PLACE, *CORNERS, off=(3.0, 0)), "no affine transform fits"),
        (points(PLACE, *CORNERS[:2]), "no three span an area"),
        (points(PLACE, (0, 0), (32, 32), (64, 64)), "no three span an area"),
        (points((0, 0, 5, 0, 0, 6), *CORNERS), "lie on one line"),
    ],
)
def test_points_that_tell_no_transform(tmp_path, gcps, problem):
    for name in ("before.tif", "after.tif"):
        write(tmp_path / name, RGB, crs=None, transform=None, gcps=gcps)
    found = place_of(tmp_path / "before.tif")
    assert found.transform is None
    assert problem in found.problem
    for options in ({}, {"assume_crs": UTM}):
        with pytest.raises(UserError, match=f"before.tif has .*{problem}"):
            first(geotiff.SOURCE, tmp_path, tiles={"size": 64}, **options)
    # Pixel on pixel no place is needed.
    assert first(geotiff.SOURCE, tmp_path, tiles={"size": 64}, pixel_grid=True).transform is None
    with pytest.raises(InvalidItemError, match=problem):
        read_tile(tmp_path, "before.tif", None, None, None)
    with pytest.raises(UserError, match=problem):
        grid_of(tmp_path / "before.tif")


@pytest.mark.parametrize("crs", [None, UTM])
def test_no_transform_at_all(tmp_path, crs):
    for name in ("before.tif", "after.tif"):
        write(tmp_path / name, RGB, crs=crs, transform=None)
    for options in ({}, {"assume_crs": UTM}):
        with pytest.raises(
            UserError, match=r"source.options.before: before.tif has no transform: .*assume_crs gives a CRS alone"
        ):
            first(geotiff.SOURCE, tmp_path, tiles={"size": 64}, **options)
    pair = first(folder.SOURCE, tmp_path, before="{name}.tif", after="{name}.tif")
    assert (pair.crs, pair.transform, pair.gsd_m) == (None, None, None)
    with pytest.raises(InvalidItemError, match="no-crs" if crs is None else "no-transform"):
        read_tile(tmp_path, "before.tif", None, None, None)
    with pytest.raises(UserError, match="has no CRS" if crs is None else "has no transform"):
        grid_of(tmp_path / "before.tif")


def test_scenes_by_points_are_warped_onto_one_grid(tmp_path):
    write(tmp_path / "before.tif", RGB)
    moved = (0.5, 0, 500_008, 0, -0.5, 3_999_996)
    write(tmp_path / "after.tif", RGB, crs=None, transform=None, gcps=points(moved, *CORNERS))
    options = {"tiles": {"size": 32}, "stretch": "none"}
    pair = first(geotiff.SOURCE, tmp_path, **options)
    before, after = (decode_rgb(image.data) for image in (pair.before, pair.after))
    assert pair.transform == (0.5, 0, 500_008, 0, -0.5, 3_999_996)
    assert np.array_equal(before, RGB[:, 8:40, 16:48].transpose(1, 2, 0))
    assert np.array_equal(after, RGB[:, :32, :32].transpose(1, 2, 0))
    write(tmp_path / "after.tif", RGB, crs=None, transform=None, gcps=points(TURNED, *CORNERS))
    assert first(geotiff.SOURCE, tmp_path, **(options | {"tiles": {"size": 16, "min_valid": 0}})).crs == UTM


def test_a_mask_by_points_lies_where_they_say(tmp_path):
    write(tmp_path / "before.tif", RGB)
    write(tmp_path / "after.tif", RGB)
    mask = np.zeros((1, 64, 64), np.uint8)
    mask[0, 10:20, 30:50] = 255
    write(tmp_path / "change.tif", mask, crs=None, transform=None, gcps=points(PLACE, *CORNERS))
    options = {"tiles": {"size": 64}, "change_mask": "change.tif", "classes": {"area": 255}}
    assert np.array_equal(first(geotiff.SOURCE, tmp_path, **options).change_mask, mask[0] // 255)
    write(tmp_path / "change.tif", mask, crs=None, transform=None, gcps=points(PLACE, *CORNERS, off=(3.0, 0)))
    with pytest.raises(UserError, match="change_mask: change.tif has ground control points that no affine"):
        first(geotiff.SOURCE, tmp_path, **options)


def test_the_case(cases, rsica_data, tmp_path):
    folder_ = cases / "no_geotransform"
    built = rsica_data("build", folder_ / "r2.yaml", "--input", folder_, "--out", tmp_path / "out", "--workers", 1)
    assert built.status == 0, built.err
    pairs = {pair.pair_id.rpartition("/")[2]: pair for pair in open_dataset(tmp_path / "out").pairs()}
    assert pairs["scene_r0_c0"].transform == (0.5, 0, 500_000, 0, -0.5, 4_000_000)
    assert pairs["scene_r1_c1"].transform == (0.5, 0, 500_128, 0, -0.5, 3_999_872)
    assert {(pair.crs, pair.gsd_m) for pair in pairs.values()} == {(UTM, 0.5)}
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]["changed"] == {"test": 2}
