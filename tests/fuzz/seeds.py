"""Small valid files of every kind, made on the spot by the product and by the libraries that it reads with.

Each scene is a folder `ROOT/NAME` whose files the targets damage and read.
"""

import gzip
import json
import shutil
import warnings
from pathlib import Path

import numpy as np

GRID = ("EPSG:32632", (1.0, 0.0, 448_000.0, 0.0, -1.0, 5_535_000.0), 64, 64)
TASKS = ("captioning", "classification", "counting", "localization", "open_qa", "dialogue")


def make_all(root):
    """All scenes below `root`."""
    for make in (pairs, scenes, maps, datasets, captions, answers, prompts, caches):
        make(root)


def call(package, *words):
    """A command of the product that must succeed."""
    from importlib import import_module

    from rsica_data.cli_support import run_cli

    program = package.replace("_", "-")
    status = run_cli(import_module(f"{package}.cli").cli, program, [str(word) for word in words])
    assert status == 0, (program, words)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else json.dumps(content, indent=1).encode())
    return path


def recipe(source, tasks=("classification", "counting"), options=None, **more):
    """A recipe as JSON, which is YAML."""
    return {"name": "x", "source": {"name": source, "options": options or {}}, "tasks": {task: {} for task in tasks}, **more}


def picture(seed, mask=False):
    """48 x 48 pixels as PNG: a smooth ground with noise, or a mask of 0 and 255."""
    from rsica_data.images import encode_png

    rng = np.random.default_rng(seed)
    if mask:
        pixels = np.zeros((48, 48), np.uint8)
        pixels[8 + seed % 8 : 24, 10:30] = 255
        return encode_png(pixels)
    return encode_png(rng.integers(0, 256, (48, 48, 3)).astype(np.uint8))


def pairs(root):
    """Two pairs in the layouts of LEVIR-CD (split folders, lists), LEVIR-MCI and `folder`."""
    for number, name in enumerate("ab"):
        for side, folder in enumerate(("A", "B", "label")):
            data = picture(10 * number + side, mask=side == 2)
            write(root / "levir-cd/in/test" / folder / f"{name}.png", data)
            write(root / "lists/in" / folder / f"{name}.png", data)
            write(root / "levir-mci/in/images/test" / folder / f"test_00000{number + 1}.png", data)
            write(root / "folder/in/test" / folder / f"{name}.png", data)
    write(root / "levir-cd/r.yaml", recipe("levir-cd"))
    write(root / "lists/r.yaml", recipe("levir-cd", options={"split": "test"}))
    write(root / "lists/in/list/test.txt", "a.png\nb.png\n")
    said = [{"filename": f"test_00000{n}.png", "filepath": "test", "split": "test", "imgid": n, "changeflag": n - 1, "sentids": list(range(5 * n, 5 * n + 5)),
             "sentences": [{"tokens": ["a", "road"], "raw": f"a road is built {k} .", "imgid": n, "sentid": 5 * n + k} for k in range(5)]} for n in (1, 2)]  # fmt: skip
    write(root / "levir-mci/in/LevirCCcaptions.json", {"dataset": "x", "images": said})
    write(root / "levir-mci/r.yaml", recipe("levir-mci", ("captioning", "classification")))
    write(root / "synth/c.json.gz", gzip.compress(json.dumps({"dataset": "x", "images": said}).encode(), mtime=0))
    options = {"before": "{split}/A/{name}.png", "after": "{split}/B/{name}.png", "change_mask": "{split}/label/{name}.png", "classes": {"road": 255},
               "captions": "captions.json", "pair_attributes": "attributes.csv"}  # fmt: skip
    write(root / "folder/r.yaml", recipe("folder", ("captioning", "classification"), options))
    write(root / "folder/in/captions.json", {"a": ["a road ."], "b": ["two roads .", "a house ."]})
    write(root / "folder/in/attributes.csv", "name,place,height\na,here,3\nb,there,4\n")
    write(root / "folder/r2.yaml", recipe("folder", ("classification",), options | {"pair_attributes": "attributes.json"}))
    write(root / "folder/in/attributes.json", {"a": {"place": "here", "list": [1, 2]}, "b": {}})


def raster(path, bands, **more):
    import rasterio

    path.parent.mkdir(parents=True, exist_ok=True)
    crs, transform, width, height = GRID
    profile = {"driver": "GTiff", "crs": crs, "transform": rasterio.Affine(*transform), "width": width, "height": height}
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
    options = {"before": "before.tif", "after": "after.tif", "change_mask": "change.tif", "classes": {"area": 255}, "tiles": {"size": 32}}
    write(folder / "r.yaml", recipe("geotiff", options=options))
    for name in ("scene.vrt", "scene.jp2", "scene.img", "envi.dat"):
        write(folder / f"{name}.yaml", recipe("geotiff", options=options | {"after": name}))
    write(folder / "map.yaml", recipe("geotiff", options={"before": "before.tif", "after": "after.tif", "change_map": "map.geojson", "scheme": "levir-mci", "tiles": {"size": 64}}))
    pair = root / "osmpair"
    raster(pair / "in/before/town.tif", ground(7))
    raster(pair / "in/after/town.tif", ground(8))
    write(pair / "in/before.osm", _osm(()))
    write(pair / "in/after.osm", _osm((3,)))
    options = {"before_map": "before.osm", "after_map": "after.osm", "before_date": "2015-06-01", "after_date": "2020-06-01", "split": "test"}
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
    ways.append('<relation id="9" {m}><member type="way" ref="4" role="outer"/><tag k="type" v="multipolygon"/><tag k="landuse" v="forest"/></relation>')
    body = "\n".join(line.format(m=meta) for line in (*lines, *ways))
    if history:
        body += '\n<way id="2" version="2" timestamp="2018-01-01T00:00:00Z" visible="false" changeset="2" uid="1" user="u"/>'
    return f'<?xml version="1.0"?>\n<osm version="0.6" generator="x"><bounds minlat="40" minlon="0" maxlat="60" maxlon="20"/>\n{body}\n</osm>\n'


def _shapes():
    from shapely import Polygon

    return [Polygon([_degrees(x0, y0), _degrees(x1, y0), _degrees(x1, y1), _degrees(x0, y1)]) for x0, y0, x1, y1 in _boxes().values()]


def _geojson():
    from shapely import to_geojson

    features = [{"type": "Feature", "id": n, "properties": {"building": "yes", "name": f"H{n}", "height": 3.5}, "geometry": json.loads(to_geojson(shape))} for n, shape in enumerate(_shapes())]
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
    write(folder / "o.json", {"version": 0.6, "osm3s": {"timestamp_osm_base": "2020-01-01T00:00:00Z"}, "elements": elements})
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
    table = pa.table({"geometry": pa.array(list(wkb), pa.binary()), "building": ["yes", "no", "x"], "height": [1.0, None, 2.0]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), folder / "m.parquet")
    scheme = {"scheme": "s", "version": 1, "title": "x", "classes": ["road", "building"], "widths": {"lane_m": 3.25, "kinds": {"highway": {"primary": 10}}},
              "rules": [{"class": "building", "when": {"building": "any"}, "unless": {"building": ["no"]}, "priority": 60}, {"class": "road", "when": {"highway": "any"}}]}  # fmt: skip
    write(folder / "s.yaml", scheme)


def datasets(root):
    """A built dataset, an interrupted build, runs, a board with a row, predictions for `replay` and `mask`."""
    folder = root / "data"
    facts = {"classes": ["road", "building"]}
    write(folder / "r.yaml", recipe("synthetic", TASKS, {"pairs": 9, "size": 64, "seed": 4}, facts=facts, build={"shard_pairs": 3}))
    call("rsica_data", "build", folder / "r.yaml", "--out", folder / "ds", "--workers", 1)
    write(folder / "ds/rejected.jsonl", '{"detail":"c","pair_id":"a","reason":"b"}\n')
    call("rsica_bench", "run", "--data", folder / "ds", "--adapter", "no-change", "--out", folder / "runs/one")
    call("rsica_bench", "run", "--data", folder / "ds", "--adapter", "oracle", "--out", folder / "runs/two")
    digest = json.loads((folder / "runs/one/run.json").read_text())["dataset"]["sha256"]
    write(folder / "board/benchmark.yaml", {"title": "A", "datasets": [{"name": "x", "sha256": digest}], "description": "d"})
    published = "task,split,protocol,model,metric,value,unit,trust,source,seen,note\ncaptioning,test,words,M,BLEU-4,62.5,percent,A,paper,2024-01-01,\n"
    write(folder / "board/published.csv", published)
    call("rsica_bench", "leaderboard", "submit", folder / "runs/one", "--to", folder / "board", "--name", "M", "--data", folder / "ds")
    next((folder / "board/runs").iterdir()).rename(folder / "board/runs/row")
    shutil.copy(folder / "runs/two/predictions.jsonl", folder / "replies.jsonl")
    shutil.copytree(root / "levir-cd/in/test/label", folder / "masks")
    _interrupted(root)


def _interrupted(root):
    from importlib import import_module

    from rsica_data.cli import cli
    from rsica_data.cli_support import run_cli

    module, folder = import_module("rsica_data.pipeline.build"), root / "resumed"
    write(folder / "r.yaml", recipe("synthetic", ("counting",), {"pairs": 6, "size": 64, "seed": 4}, build={"shard_pairs": 2}))
    whole = module._finish

    def stop(*_):
        raise KeyboardInterrupt

    module._finish = stop
    try:
        assert run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out"), "--workers", "1"]) == 130
    finally:
        module._finish = whole


def captions(root):
    """Files of `score-captions` and what its options read."""
    folder = root / "captions"
    references = {name: [f"a road is built near house {n} .", "some trees ."] for n, name in enumerate("abcd")}
    write(folder / "refs.json", references)
    write(folder / "hyp.json", {name: f"a road near house {n}" for n, name in enumerate("abcd")})
    write(folder / "hyp.jsonl", "".join(json.dumps({"id": n, "caption": "a road"}) + "\n" for n in "abcd"))
    write(folder / "hyp.txt", "a road\na house\ntrees\nno change\n")
    coco = {"images": [{"id": n, "file_name": f"{n}.png"} for n in range(4)], "annotations": [{"id": n, "image_id": n, "caption": "a road is built ."} for n in range(4)]}
    write(folder / "coco.json", coco)
    write(folder / "results.json", [{"image_id": n, "caption": "a road"} for n in range(4)])
    write(folder / "flags.json", dict.fromkeys("abcd", 1))
    words = ["<pad>", "<unk>", "<start>", "<end>", "a", "road", "is", "built", "near", "house"]
    write(folder / "words.json", {word: n for n, word in enumerate(words)})
    call("rsica_bench", "score-captions", "--hypotheses", folder / "hyp.json", "--references", folder / "refs.json", "--meteor", "none", "--save-df", folder / "df.json")
    write(folder / "df.json.gz", gzip.compress((folder / "df.json").read_bytes(), mtime=0))


def answers(root):
    """Files of `score-vqa` and folders of `score-masks`."""
    folder = root / "vqa"
    questions = [{"id": n, "img_id": n // 2, "type": "change_or_not", "question": "Did it change?", "active": True, "answers_ids": [n]} for n in range(4)]
    write(folder / "questions.json", {"questions": questions})
    write(folder / "answers.json.gz", gzip.compress(json.dumps({"answers": [{"id": n, "question_id": n, "answer": "yes", "active": True} for n in range(4)]}).encode()))
    write(folder / "images.json", {"images": [{"id": n, "questions_ids": [2 * n, 2 * n + 1], "active": True} for n in range(2)]})
    write(folder / "said.json", {str(n): "yes" for n in range(4)})
    call("rsica_bench", "score-vqa", "--questions", folder / "questions.json", "--answers", folder / "answers.json.gz", "--images", folder / "images.json", "--predictions", folder / "said.json")
    for n, name in enumerate("ab"):
        write(root / "masks/true" / f"{name}.png", picture(n, mask=True))
        write(root / "masks/said" / f"{name}.png", picture(n + 3, mask=True))


def prompts(root):
    """A recipe with a prompt folder of its own, and a rubric."""
    import rsica_bench.judge as judge
    from rsica_data import prompt_files

    folder = root / "assist"
    shipped = prompt_files.prompt_folders()["caption-write"]
    shutil.copytree(shipped, folder / "prompts/mine")
    write(folder / "r.yaml", recipe("synthetic", ("counting",), {"pairs": 3, "size": 64}, assist={"model": "m", "prompts": {"mine": {"per_pair": 1}}}))
    shutil.copytree(Path(judge.__file__).parent / "rubrics/answer", root / "data/answer")


def caches(root):
    """A cache of answers with a batch under way."""
    from rsica_data.llm.store import Store

    folder = root / "assist/cache"
    store = Store(folder, None)
    for number in range(3):
        row = {"key": f"{number:064x}", "n": 0, "text": "words", "model": "m", "at": 0, "cost": "0.25", "batch": False, "refusal": None, "finish": "stop", "request_id": ""}
        store.add("raw", row | {"usage": {"input": 10, "output": 5, "cached": 2}})
        store.add("parsed", {"key": f"{number:064x}", "n": 1, "data": {"a": [1]}})
    store.close()
    batches = folder / "batches"
    step = {"id": "0" * 16, "step": "created", "file_id": "f", "batch_id": "b", "status": "in_progress", "output": None, "errors": None}
    write(batches / "state.jsonl", json.dumps(step) + "\n")
    write(batches / ("0" * 16 + ".jsonl"), json.dumps({"custom_id": "0" * 64, "method": "POST", "body": {"model": "m", "messages": []}}) + "\n")
