"""Images, masks and rasters that are damaged, lie about themselves, or name other files and addresses."""

import io
import json
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

SIZE = 64
PLACE = {"crs": "EPSG:32632", "transform": rasterio.Affine(1, 0, 500000, 0, -1, 5000000)}


def picture(kind="PNG", seed=0, mode="RGB", **options):
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    Image.fromarray(pixels).convert(mode).save(out, kind, **options)
    return out.getvalue()


def mask(kind="PNG", value=255):
    out = io.BytesIO()
    pixels = np.zeros((SIZE, SIZE), np.uint8)
    pixels[5:20, 5:20] = value
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


class Pairs:
    """An input folder for levir-cd of one good pair, ``good``, and of pairs of which one file is another."""

    def __init__(self, root):
        self.root, self.names = root, []
        self.add("good", "A", ".png", picture())

    def add(self, name, role, suffix, data=None):
        """A pair whose file in the folder ``role`` (A, B, label) holds ``data``; its path, to be made, without."""
        self.names.append(name)
        for folder, whole in (("A", picture()), ("B", picture(seed=1)), ("label", mask())):
            (self.root / "test" / folder).mkdir(parents=True, exist_ok=True)
            path = self.root / "test" / folder / f"{name}{suffix if folder == role else '.png'}"
            if folder != role:
                path.write_bytes(whole)
            elif data is not None:
                path.write_bytes(data)
        return self.root / "test" / role / f"{name}{suffix}"


@pytest.fixture
def pairs(tmp_path):
    return Pairs(tmp_path / "in")


@pytest.fixture
def build(tmp_path, limited):
    """Build with a source; returns the pairs that were kept, the rejected rows and the result of the command."""

    def run(root, source, *words, **options):
        recipe = tmp_path / "r.yaml"
        recipe.write_text(
            json.dumps({"name": "h", "source": {"name": source, "options": options}, "tasks": {"classification": {}}})
        )
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        result = limited("build", recipe, "--input", root, "--out", out, "--workers", "1", *words)
        rejected = []
        if (out / "rejected.jsonl").is_file():
            rejected = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
        return result, rejected, out

    return run


def only_good_is_left(pairs, build, reasons=None):
    """Build: every pair but ``good`` is rejected, each for a reason of one line."""
    result, rejected, _ = build(pairs.root, "levir-cd")
    assert result.status == 0, result.err
    left = {row["pair_id"].rpartition("/")[2]: row for row in rejected}
    assert sorted(left) == sorted(name for name in pairs.names if name != "good")
    assert all(len(row["detail"].splitlines()) == 1 for row in rejected)
    assert reasons is None or {row["reason"] for row in rejected} <= reasons


HANDED = [
    "img_png_1-01", "img_png_11-01", "img_tiff_13-01", "img_tiff_13-02", "img_tiff_13-03", "img_masktiff_13-01",
    "geo-05", "min/undecodable.png", "min/mask16_60000.png", "min/before_is_vrt.tif",
]  # fmt: skip


@pytest.mark.parametrize("role", ["A", "label"])
def test_handed_images(role, hostile, pairs, build):
    for number, case in enumerate(HANDED):
        (file,) = [hostile / case] if "/" in case else (hostile / case).iterdir()
        pairs.add(f"bad{number}", role, file.suffix, file.read_bytes())
    only_good_is_left(pairs, build)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width, height, bits=8, colour=2):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")


def tiff(width, height, bits=(8, 8, 8), compression=1, counts=(0,), samples=3, sample_format=1, rows=None):
    """A TIFF file of one strip, its tags as they are given, without pixels."""
    extra = b"".join(struct.pack("<H", value) for value in bits)
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, len(bits), None), (259, 3, 1, compression),
        (262, 3, 1, 2 if samples >= 3 else 1), (273, 4, 1, 8), (277, 3, 1, samples), (278, 4, 1, rows or height),
        (279, 4, 1, counts[0]), (284, 3, 1, 1), (339, 3, 1, sample_format),
    ]  # fmt: skip
    at = 8 + 2 + 12 * len(tags) + 4
    body = struct.pack("<H", len(tags))
    for tag, kind, count, value in tags:
        if value is None:
            value = at if len(bits) > 2 else bits[0]
        body += struct.pack("<HHII", tag, kind, count, value)
    return b"II*\0" + struct.pack("<I", 8) + body + bytes(4) + extra


def webp_canvas(width, height):
    body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([2]) + body[1:]
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


IMAGES = {
    "bomb.png": bomb(60000, 60000),
    "wide.png": bomb(2**31 - 1, 1),
    "small_bomb.png": bomb(5000, 5000),
    "deep.png": bomb(5000, 5000, 16, 6),
    "sparse.tif": tiff(60000, 60000),
    "sparse_below_the_limit.tif": tiff(5000, 5000, counts=(100,)),
    "bands.tif": tiff(64, 64, bits=(8,) * 65535, samples=65535),
    "float.tif": tiff(5000, 5000, bits=(64, 64, 64), sample_format=3),
    "complex.tif": tiff(64, 64, bits=(64, 64, 64), sample_format=6),
    "no_compression.tif": tiff(64, 64, compression=60000, counts=(100,)),
    "canvas.webp": webp_canvas(16384, 16384),
    "cut.webp": picture("WEBP", lossless=True)[:-500],
    "cut.jpg": picture("JPEG")[:-900],
    "cut.bmp": picture("BMP")[:-900],
    "cut.gif": picture("GIF", mode="P")[:-900],
    "postscript.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage",
    "text.jpg": b"<svg/>",
    "empty.png": b"",
    "hdf.tif": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "pdf.tif": b"%PDF-1.4\n" + bytes(100),
}


@pytest.mark.parametrize("role", ["A", "label"])
def test_neighbours(role, pairs, build):
    for number, (name, data) in enumerate(IMAGES.items()):
        pairs.add(f"bad{number}", role, Path(name).suffix, data)
    only_good_is_left(pairs, build)


def test_damaged_pixels_are_kept_only_of_trusted_input(pairs, build):
    data = bytearray(picture())
    at = data.index(b"IDAT") + 2000
    data[at] ^= 255
    start = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[start - 4 : start])
    data[start + 4 + length : start + 8 + length] = struct.pack(">I", zlib.crc32(data[start : start + 4 + length]))
    pairs.add("bad", "A", ".png", bytes(data))
    only_good_is_left(pairs, build, {"corrupt-image"})
    result, rejected, out = build(pairs.root, "levir-cd", "--no-check-images")
    assert (result.status, rejected) == (0, [])
    assert json.loads((out / "manifest.json").read_text())["images_checked"] is False


@pytest.mark.parametrize("role", ["A", "label"])
def test_files_that_are_none(role, pairs, build, tmp_path):
    outside, pipe = tmp_path / "secret.png", tmp_path / "pipe"
    outside.write_bytes(picture(seed=7) if role == "A" else mask())
    os.mkfifo(pipe)
    os.mkfifo(pairs.add("pipe", role, ".png"))
    pairs.add("folder", role, ".png").mkdir()
    for name, target in (("device", "/dev/zero"), ("link", outside), ("to_pipe", pipe), ("loop", "loop.png")):
        pairs.add(name, role, ".png").symlink_to(target)
    only_good_is_left(pairs, build, {"unreadable-file", "outside-input", "missing-mask", "missing-file"})


def test_links_inside_the_input_and_to_the_input_are_followed(pairs, build, tmp_path):
    (pairs.root / "store").mkdir()
    (pairs.root / "store" / "x.png").write_bytes(picture())
    pairs.add("linked", "A", ".png").symlink_to("../../store/x.png")
    (tmp_path / "link").symlink_to(pairs.root)
    result, rejected, _ = build(tmp_path / "link", "levir-cd")
    assert (result.status, rejected) == (0, [])


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
    from rsica_data.sources.scenes.files import close_all

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
    from rsica_data.sources.scenes.files import close_all

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
