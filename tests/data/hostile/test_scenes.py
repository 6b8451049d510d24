"""Scenes that are damaged, lie about themselves, or name other files and addresses."""

import json
import shutil

import numpy as np
import pytest
import rasterio

from .pictures import PLACE, only_good_is_left, tiff


def scene(path, bands=None, **options):
    bands = np.random.default_rng(0).integers(1, 255, (3, 128, 128), np.uint8) if bands is None else bands
    count, height, width = bands.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": bands.dtype}
    with rasterio.open(path, "w", **profile, **{**PLACE, **options}) as out:
        out.write(bands)
    return path


@pytest.fixture
def scenes(tmp_path):
    root = tmp_path / "scenes"
    root.mkdir()
    for name in ("before.tif", "after.tif"):
        scene(root / name)
    return root


TILES = {"size": 64}


def vrt(source, relative=0, inner="", band=""):
    """A VRT of three bands that read ``source``: a name, or XML in its place."""
    named = (
        source if source.startswith("<") else f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename>'
    )
    one = f"<SimpleSource>{named}<SourceBand>1</SourceBand></SimpleSource>"
    bands = "".join(f'<VRTRasterBand dataType="Byte" band="{n}"{band}>{one}</VRTRasterBand>' for n in (1, 2, 3))
    place = "<SRS>EPSG:32632</SRS><GeoTransform>500000,1,0,5000000,0,-1</GeoTransform>"
    return f'<VRTDataset rasterXSize="128" rasterYSize="128">{place}{inner}{bands}</VRTDataset>'


def metadata(domain, key, value):
    return f'<Metadata domain="{domain}"><MDI key="{key}">{value}</MDI></Metadata>'


WMS = "<GDAL_WMS><Service name='TMS'><ServerUrl>{url}/x</ServerUrl></Service></GDAL_WMS>"
WARPED = (
    '<VRTDataset rasterXSize="128" rasterYSize="128" subClass="VRTWarpedDataset"><GDALWarpOptions><SourceDataset>'
    "/vsicurl/{url}/a.tif</SourceDataset></GDALWarpOptions></VRTDataset>"
)


def escaped(text):
    return text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def in_attribute(name):
    return vrt("<SourceProperties/>").replace("<SimpleSource>", f'<SimpleSource SourceFilename="{name}">')


def with_overview(name):
    inner = f"<Overview><SourceFilename>{name}</SourceFilename></Overview></VRTRasterBand>"
    return vrt("after.tif", 1).replace("</VRTRasterBand>", inner)


VRTS = {
    "curl": lambda url, secret: vrt(f"/vsicurl/{url}/a.tif"),
    "streaming": lambda url, secret: vrt(f"/vsicurl_streaming/{url}/a.tif"),
    "entity": lambda url, secret: vrt(f"&#47;vsicurl&#x2f;{url}/a.tif"),
    "cdata": lambda url, secret: vrt(f"<SourceFilename><![CDATA[/vsicurl/{url}/a.tif]]></SourceFilename>"),
    "case": lambda url, secret: vrt(f"<sourcefilename>/vsicurl/{url}/a.tif</sourcefilename>"),
    "attribute": lambda url, secret: in_attribute(f"/vsicurl/{url}/a.tif"),
    "comment": lambda url, secret: vrt(f"<SourceFilename><!-- x -->/vsicurl/{url}/a.tif</SourceFilename>"),
    "doctype": lambda url, secret: f'<!DOCTYPE x [<!ENTITY a "/vsicurl/{url}/a.tif">]>' + vrt("&a;"),
    "spaces": lambda url, secret: vrt(f" \n /vsicurl/{url}/a.tif "),
    "zip": lambda url, secret: vrt(f"/vsizip/vsicurl/{url}/a.zip/a.tif"),
    "http": lambda url, secret: vrt(f"{url}/a.tif"),
    "wms": lambda url, secret: vrt(escaped(WMS.format(url=url))),
    "wmts": lambda url, secret: vrt(f"WMTS:{url}/x"),
    "secret": lambda url, secret: vrt(str(secret)),
    "above": lambda url, secret: vrt(f"../{secret.name}", 1),
    "prefix": lambda url, secret: vrt(f"GTIFF_DIR:1:{secret}"),
    "connection": lambda url, secret: vrt(f"vrt://{secret}"),
    "inline": lambda url, secret: vrt(escaped(vrt(str(secret)))),
    "warped": lambda url, secret: WARPED.format(url=url),
    "raw": lambda url, secret: vrt(f"<SourceFilename>{secret}</SourceFilename>", band=' subClass="VRTRawRasterBand"'),
    "python": lambda url, secret: vrt("after.tif", 1, band=' subClass="VRTDerivedRasterBand"'),
    "overview": lambda url, secret: with_overview(f"/vsicurl/{url}/a.tif"),
    "metadata": lambda url, secret: vrt("after.tif", 1, metadata("OVERVIEWS", "OVERVIEW_FILE", f"/vsicurl/{url}/a")),
    "geolocation": lambda url, secret: vrt("after.tif", 1, metadata("GEOLOCATION", "X_DATASET", f"/vsicurl/{url}/a")),
    "crs": lambda url, secret: vrt("after.tif", 1).replace("EPSG:32632", f"{url}/crs"),
    "nested": lambda url, secret: vrt("other.vrt", 1),
    "open options": lambda url, secret: vrt(f"<OpenOptions><OOI key='X'>{url}</OOI></OpenOptions>"),
}  # fmt: skip


@pytest.fixture
def refused(tmp_path):
    """Index a folder of scenes in this process: it has to be refused, in one line that names the file."""
    from rsica_data.core.errors import UserError
    from rsica_data.core.validation import validate_model
    from rsica_data.sources.geotiff import SOURCE
    from rsica_data.sources.scenes.opened_rasters import close_all

    def run(root, name, **options):
        with pytest.raises(UserError) as caught:
            SOURCE.index(root, validate_model(SOURCE.options, options))
        close_all()
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)

    return run


def test_the_handed_vrt(hostile, scenes, build):
    shutil.copy(hostile / "min" / "before_is_vrt.tif", scenes / "before.tif")
    result, _, _ = build(scenes, "geotiff", tiles=TILES)
    assert result.status == 2
    assert "before.tif" in result.err


@pytest.mark.parametrize("file", ["before.vrt", "before.tif"])
@pytest.mark.parametrize("name", VRTS)
def test_vrt_files_read_nothing_else(name, file, scenes, refused, counting_server, tmp_path):
    """Only for geotiff is a VRT read at all; whatever it is called, it reads files of the input folder."""
    secret = scene(tmp_path / "secret.tif", np.full((3, 128, 128), 77, np.uint8))
    (scenes / "other.vrt").write_text(vrt(str(secret)))
    (scenes / "before.tif").unlink()
    (scenes / file).write_text(VRTS[name](counting_server.url, secret))
    refused(scenes, file, before=file, tiles=TILES)


@pytest.mark.parametrize("relative", [0, 1])
def test_a_vrt_of_files_in_the_folder_is_read(relative, scenes, build):
    (scenes / "parts").mkdir()
    scene(scenes / "parts" / "a.tif")
    source = "parts/a.tif" if relative else str(scenes / "parts" / "a.tif")
    (scenes / "before.vrt").write_text(vrt(source, relative))
    result, _, _ = build(scenes, "geotiff", before="before.vrt", tiles=TILES)
    # Without a mask no task has a row; the pairs themselves were read.
    assert "no rows: 4 pairs were read" in result.err


TILES_SERVICE = (
    "<GDAL_WMS><Service name='TMS'><ServerUrl>URL/${z}</ServerUrl></Service><DataWindow><UpperLeftX>0</UpperLeftX>"
    "<UpperLeftY>9</UpperLeftY><LowerRightX>9</LowerRightX><LowerRightY>0</LowerRightY><SizeX>128</SizeX>"
    "<SizeY>128</SizeY></DataWindow><BandsCount>3</BandsCount></GDAL_WMS>"
)
DESCRIPTIONS = {
    "wms": TILES_SERVICE,
    "wcs": "<WCS_GDAL><ServiceURL>URL/</ServiceURL><CoverageName>x</CoverageName></WCS_GDAL>",
    "wmts": "<GDAL_WMTS><GetCapabilitiesUrl>URL/x</GetCapabilitiesUrl></GDAL_WMTS>",
    "tile index": "<GDALTileIndexDataset><IndexDataset>URL/x.gpkg</IndexDataset></GDALTileIndexDataset>",
    "vrt in a jpeg": "\xff\xd8\xff\xfe\x7f\x7f" + vrt("/vsicurl/URL/a.tif"),
    "stac": '{"type": "Feature", "stac_version": "1.0.0", "assets": {"a": {"href": "URL/a.tif"}}}',
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions_of_services_are_no_scenes(name, scenes, refused, counting_server):
    (scenes / "before.tif").write_bytes(DESCRIPTIONS[name].replace("URL", counting_server.url).encode("latin1"))
    refused(scenes, "before.tif", tiles=TILES)


def test_descriptions_of_services_are_no_images(pairs, build, counting_server):
    for number, text in enumerate(DESCRIPTIONS.values()):
        for suffix in (".tif", ".png", ".jpg"):
            data = text.replace("URL", counting_server.url).encode("latin1")
            pairs.add(f"bad{number}{suffix[1:]}", "A", suffix, data)
    only_good_is_left(pairs, build)


@pytest.mark.parametrize("suffix", [".ovr", ".msk", ".aux.xml", ".aux"])
def test_side_files_name_nothing_else(suffix, scenes, refused, counting_server, tmp_path):
    secret = scene(tmp_path / "secret.tif", np.full((3, 64, 64), 77, np.uint8))
    text = vrt(f"/vsicurl/{counting_server.url}/a.tif")
    if suffix == ".aux.xml":
        item = f'<MDI key="OVERVIEW_FILE">/vsicurl/{counting_server.url}/a.tif</MDI>'
        text = f'<PAMDataset><Metadata domain="OVERVIEWS">{item}</Metadata></PAMDataset>'
    beside = scenes / f"before.tif{suffix}"
    beside.write_text(text)
    refused(scenes, "before.tif", tiles={"size": 16}, grid={"resolution": 4.0})
    beside.unlink()
    beside.symlink_to(secret)
    refused(scenes, "before.tif", tiles=TILES)


def test_metadata_of_a_tiff_name_nothing_else(scenes, refused, counting_server):
    with rasterio.open(scenes / "before.tif", "r+") as opened:
        opened.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=f"/vsicurl/{counting_server.url}/a.tif")
    refused(scenes, "before.tif", tiles={"size": 16}, grid={"resolution": 4.0})


def test_a_scene_that_is_a_link_out_of_the_folder(scenes, refused, tmp_path):
    secret = scene(tmp_path / "secret.tif", np.full((3, 128, 128), 77, np.uint8))
    (scenes / "before.tif").unlink()
    (scenes / "before.tif").symlink_to(secret)
    refused(scenes, "outside the input folder", tiles=TILES)


def test_the_handed_local_crs(hostile, scenes, build):
    shutil.copy(hostile / "geo-02" / "before.tif", scenes / "before.tif")
    result, _, _ = build(scenes, "geotiff", tiles=TILES)
    assert result.status == 2
    assert "after.tif cannot be brought to LOCAL_CS" in result.err


NAN = float("nan")
MOON = 'GEOGCS["M",DATUM["D_M",SPHEROID["M",1737400,0]],PRIMEM["R",0],UNIT["degree",0.0174532925199433]]'
PLACES = {
    "nan": {"transform": rasterio.Affine(1, 0, NAN, 0, -1, NAN)},
    "infinite": {"transform": rasterio.Affine(1, 0, float("inf"), 0, -1, 0)},
    "tiny": {"transform": rasterio.Affine(1e-9, 0, 500000, 0, -1e-9, 5000000)},
    "huge": {"transform": rasterio.Affine(1e9, 0, 500000, 0, -1e9, 5000000)},
    "flat": {"transform": rasterio.Affine(1, 1, 500000, 1, 1, 5000000)},
    "far": {"transform": rasterio.Affine(1, 0, 1e300, 0, -1, 1e300)},
    "local": {"crs": rasterio.CRS.from_wkt('LOCAL_CS["x",UNIT["metre",1]]')},
    "moon": {"crs": rasterio.CRS.from_wkt(MOON)},
}  # fmt: skip


@pytest.mark.parametrize("side", ["both", "before"])
@pytest.mark.parametrize("name", PLACES)
def test_places_that_are_none(name, side, scenes):
    """One line, or the tiles with their reasons; scenes that both lie in one odd place are read."""
    from rsica_data.core.errors import InvalidItemError, UserError
    from rsica_data.core.validation import validate_model
    from rsica_data.sources.geotiff import SOURCE
    from rsica_data.sources.scenes.opened_rasters import close_all

    for file in ("before.tif", "after.tif") if side == "both" else ("before.tif",):
        scene(scenes / file, **PLACES[name])
    options, kept = validate_model(SOURCE.options, {"tiles": TILES}), 0
    try:
        for key in SOURCE.index(scenes, options):
            try:
                SOURCE.load(scenes, key, options)
                kept += 1
            except InvalidItemError:
                continue
    except UserError as error:
        assert "\n" not in str(error)
    close_all()
    assert kept == 0 or name in ("tiny", "huge") or side == "both"


@pytest.mark.parametrize(
    "grid",
    [{"resolution": 1e-9}, {"resolution": 1e-300}, {"extent": "union", "resolution": 1e-5}, {"crs": "http://{url}/x"},
     {"crs": "/etc/hostname"}, {"crs": "+init=/etc/hostname:x"}, {"bounds": [500000, 4999900, 500000.5, 5000000]}],
)  # fmt: skip
def test_grids_that_no_machine_holds(grid, scenes, refused, counting_server):
    grid = {key: value.format(url=counting_server.url) if key == "crs" else value for key, value in grid.items()}
    refused(scenes, "source.options", tiles=TILES, grid=grid)


ENORMOUS = {
    "sparse": tiff(1_000_000, 1_000_000),
    "one strip": tiff(60000, 60000, compression=8),
    "complex": tiff(128, 128, bits=(64, 64, 64), sample_format=6),
    "bands": tiff(64, 64, bits=(8,) * 65535, samples=65535),
}


@pytest.mark.parametrize("name", ENORMOUS)
def test_enormous_scenes(name, scenes, build):
    (scenes / "before.tif").write_bytes(ENORMOUS[name])
    (scenes / "after.tif").write_bytes(ENORMOUS[name])
    result, _, _ = build(scenes, "geotiff", pixel_grid=True, tiles={"size": 16})
    assert result.status == 2, result.out


def test_names_in_a_damaged_raster_that_are_no_utf_8(tmp_path, limited):
    """rasterio printed a traceback of its own for GDAL's message about them."""
    before = tmp_path / "in" / "before.img"
    before.parent.mkdir()
    with rasterio.open(before, "w", driver="HFA", width=64, height=64, count=1, dtype="uint8", **PLACE) as out:
        out.write(np.ones((1, 64, 64), np.uint8))
    data = before.read_bytes()
    before.write_bytes(data.replace(b"Eimg_Layer\0", b"Eimg_Lay\xff\xfe\0").replace(b"Edms_State", b"Edms\xffState"))
    options = {"before": "before.img", "after": "before.img", "change_mask": "before.img", "classes": {"area": 1}}
    recipe = {"name": "x", "source": {"name": "geotiff", "options": options}, "tasks": {"classification": {}}}
    (tmp_path / "r.yaml").write_text(json.dumps(recipe))
    words = ("build", tmp_path / "r.yaml", "--input", tmp_path / "in", "--out", tmp_path / "out", "--workers", "1")
    limited(*words)


def test_messages_of_gdal_that_are_no_utf_8_are_dropped_and_others_shown(monkeypatch):
    import sys
    from types import SimpleNamespace

    from rsica_data.imagery.raster_files import gdal_offline

    shown = []
    monkeypatch.setattr(sys, "unraisablehook", shown.append)
    wrong = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    with gdal_offline():
        sys.unraisablehook(SimpleNamespace(object="rasterio._env.log_error", exc_value=wrong))
        sys.unraisablehook(SimpleNamespace(object="elsewhere", exc_value=wrong))
    assert [told.object for told in shown] == ["elsewhere"]
