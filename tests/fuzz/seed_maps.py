"""Small valid rasters and maps of every format that is read."""

import gzip
import json
import warnings

import numpy as np
from seed_files import recipe, write

GRID = ("EPSG:32632", (1.0, 0.0, 448_000.0, 0.0, -1.0, 5_535_000.0), 64, 64)


def raster(path, bands, **more):
    import rasterio

    path.parent.mkdir(parents=True, exist_ok=True)
    crs, transform, width, height = GRID
    profile = {
        "driver": "GTiff",
        "crs": crs,
        "transform": rasterio.Affine(*transform),
        "width": width,
        "height": height,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", **profile | {"count": len(bands), "dtype": bands.dtype} | more) as out:
            out.write(bands)
    return path


def ground(seed, dtype="uint8", bands=3):
    pixels = np.random.default_rng(seed).integers(20, 200, (bands, 64, 64)).astype(dtype)
    return pixels * (12 if dtype == "uint16" else 1)


VRT = """<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:32632</SRS><GeoTransform>448000,1,0,5535000,0,-1</GeoTransform>
<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename relativeToVRT="1">plain.tif</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="64" ySize="64"/><DstRect xOff="0" yOff="0" xSize="64" ySize="64"/></SimpleSource></VRTRasterBand>
</VRTDataset>
"""


def scenes(root):
    """Two GeoTIFF scenes with a mask, in several forms; a VRT, an ENVI file, a JPEG 2000."""
    folder = root / "geotiff"
    raster(folder / "in/before.tif", ground(1))
    raster(folder / "in/after.tif", ground(2, "uint16"), tiled=True, blockxsize=32, blockysize=32, compress="deflate")
    raster(folder / "in/plain.tif", ground(3, bands=1), compress="lzw")
    mask = np.zeros((1, 64, 64), np.uint8)
    mask[0, 10:30, 10:40] = 255
    raster(folder / "in/change.tif", mask, compress="packbits")
    write(folder / "in/scene.vrt", VRT)
    raster(folder / "in/scene.jp2", ground(4), driver="JP2OpenJPEG")
    raster(folder / "in/scene.img", ground(5), driver="HFA")
    raster(folder / "in/envi.dat", ground(6, bands=1), driver="ENVI")
    write(folder / "in/map.geojson", _geojson())
    options = {
        "before": "before.tif",
        "after": "after.tif",
        "change_mask": "change.tif",
        "classes": {"area": 255},
        "tiles": {"size": 32},
    }
    write(folder / "r.yaml", recipe("geotiff", options=options))
    for name in ("scene.vrt", "scene.jp2", "scene.img", "envi.dat"):
        write(folder / f"{name}.yaml", recipe("geotiff", options=options | {"after": name}))
    write(
        folder / "map.yaml",
        recipe(
            "geotiff",
            options={
                "before": "before.tif",
                "after": "after.tif",
                "change_map": "map.geojson",
                "scheme": "levir-mci",
                "tiles": {"size": 64},
            },
        ),
    )
    pair = root / "osmpair"
    raster(pair / "in/before/town.tif", ground(7))
    raster(pair / "in/after/town.tif", ground(8))
    write(pair / "in/before.osm", _osm(()))
    write(pair / "in/after.osm", _osm((3,)))
    options = {
        "before_map": "before.osm",
        "after_map": "after.osm",
        "before_date": "2015-06-01",
        "after_date": "2020-06-01",
        "split": "test",
    }
    write(pair / "r.yaml", recipe("osm-two-dates", ("counting", "map_qa"), options))


def _degrees(x, y):
    import pyproj

    lon, lat = pyproj.Transformer.from_crs(GRID[0], 4326, always_xy=True).transform(448_000 + x, 5_535_000 - y)
    return round(lon, 7), round(lat, 7)


def _boxes():
    return {2: (5, 5, 20, 25), 3: (30, 30, 50, 44), 4: (40, 5, 60, 20)}


def _osm(extra=(3,), history=False):
    lines, meta = [], 'version="1" timestamp="2015-01-01T00:00:00Z" visible="true" changeset="1" uid="1" user="u"'
    ways = ['<way id="1" {m}><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>']
    for number, (x, y) in enumerate(((0, 32), (64, 32)), 1):
        lines.append('<node id="{}" lon="{}" lat="{}" {{m}}/>'.format(number, *_degrees(x, y)))
    for way, (x0, y0, x1, y1) in _boxes().items():
        if way == 3 and 3 not in extra:
            continue
        refs = []
        for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1)):
            refs.append(way * 10 + len(refs))
            lines.append('<node id="{}" lon="{}" lat="{}" {{m}}/>'.format(refs[-1], *_degrees(x, y)))
        nodes = "".join(f'<nd ref="{ref}"/>' for ref in (*refs, refs[0]))
        ways.append(f'<way id="{way}" {{m}}>{nodes}<tag k="building" v="yes"/><tag k="name" v="H{way}"/></way>')
    ways.append(
        '<relation id="9" {m}><member type="way" ref="4" role="outer"/><tag k="type" v="multipolygon"/><tag k="landuse" v="forest"/></relation>'
    )
    body = "\n".join(line.format(m=meta) for line in (*lines, *ways))
    if history:
        body += '\n<way id="2" version="2" timestamp="2018-01-01T00:00:00Z" visible="false" changeset="2" uid="1" user="u"/>'
    return f'<?xml version="1.0"?>\n<osm version="0.6" generator="x"><bounds minlat="40" minlon="0" maxlat="60" maxlon="20"/>\n{body}\n</osm>\n'


def _shapes():
    from shapely import Polygon

    return [
        Polygon([_degrees(x0, y0), _degrees(x1, y0), _degrees(x1, y1), _degrees(x0, y1)])
        for x0, y0, x1, y1 in _boxes().values()
    ]


def _geojson():
    from shapely import to_geojson

    features = [
        {
            "type": "Feature",
            "id": n,
            "properties": {"building": "yes", "name": f"H{n}", "height": 3.5},
            "geometry": json.loads(to_geojson(shape)),
        }
        for n, shape in enumerate(_shapes())
    ]
    return {"type": "FeatureCollection", "features": features}


def maps(root):
    """One map in every format that is read, an image to draw on, and a scheme."""
    import osmium
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyogrio
    from shapely import to_wkb

    folder = root / "maps"
    raster(folder / "image.tif", ground(9))
    write(folder / "m.osm", _osm())
    write(folder / "old.osm", _osm(()))
    write(folder / "h.osh", _osm(history=True))
    for name in ("m.osm.pbf", "m.osm.gz", "m.osm.bz2"):
        with osmium.SimpleWriter(str(folder / name)) as out:
            for item in osmium.FileProcessor(str(folder / "m.osm")):
                out.add(item)
    elements = [{"type": "node", "id": 1, "lon": 8.27, "lat": 49.9, "tags": {"amenity": "x"}}, {"type": "way", "id": 2, "nodes": [5, 6, 7, 5], "tags": {"building": "yes"},
                "geometry": [{"lat": 49.9, "lon": 8.27}, {"lat": 49.9, "lon": 8.28}, {"lat": 49.91, "lon": 8.28}, {"lat": 49.9, "lon": 8.27}]}]  # fmt: skip
    write(
        folder / "o.json",
        {"version": 0.6, "osm3s": {"timestamp_osm_base": "2020-01-01T00:00:00Z"}, "elements": elements},
    )
    collection = _geojson()
    write(folder / "m.geojson", collection)
    lines = "".join(json.dumps(item) + "\n" for item in collection["features"])
    write(folder / "m.geojsonl", lines)
    write(folder / "m.geojsonl.gz", gzip.compress(lines.encode(), mtime=0))
    write(folder / "ms.csv.gz", gzip.compress(lines.encode(), mtime=0))
    google = "latitude,longitude,area_in_meters,confidence,geometry,full_plus_code\n"
    google += "".join(f'{s.centroid.y},{s.centroid.x},12.5,0.8,"{s.wkt}",X{n}\n' for n, s in enumerate(_shapes()))
    write(folder / "g.csv", google)
    wkb = to_wkb(_shapes())
    fields = ["building", "height"]
    values = [np.array(["yes", "no", "yes"], object), np.array([1.5, 2.0, 3.0])]
    for name, driver in (("m.gpkg", "GPKG"), ("m.fgb", "FlatGeobuf"), ("m.shp", "ESRI Shapefile")):
        pyogrio.raw.write(folder / name, wkb, values, fields, geometry_type="Polygon", crs="EPSG:4326", driver=driver)
    about = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    table = pa.table(
        {"geometry": pa.array(list(wkb), pa.binary()), "building": ["yes", "no", "x"], "height": [1.0, None, 2.0]}
    )
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), folder / "m.parquet")
    scheme = {"scheme": "s", "version": 1, "title": "x", "classes": ["road", "building"], "widths": {"lane_m": 3.25, "kinds": {"highway": {"primary": 10}}},
              "rules": [{"class": "building", "when": {"building": "any"}, "unless": {"building": ["no"]}, "priority": 60}, {"class": "road", "when": {"highway": "any"}}]}  # fmt: skip
    write(folder / "s.yaml", scheme)
