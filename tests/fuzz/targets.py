"""What is damaged, and the command that reads it."""

import glob
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OUT = ("out", "out.build", "out.cache", "page.html", "l.html", "l.md")


@dataclass(frozen=True)
class Target:
    """A command over a scene, one file of which is damaged.

    Attributes:
        name: of the target.
        scene: folder of the seeds.
        files: patterns of the files that may be damaged, below the scene.
        words: package and arguments; ``FILE`` is the damaged file.
        writes: paths that the command may write.
        restate: the manifest of this dataset states its files again, as if it had been built with the damage.
        weight: how often it is drawn.
    """

    name: str
    scene: str
    files: tuple
    words: tuple
    writes: tuple = OUT
    restate: str = ""
    weight: int = 2

    def victims(self, root):
        """The files that may be damaged, relative to the scene."""
        base = root / self.scene
        found = sorted(name for pattern in self.files for name in glob.glob(pattern, root_dir=base, recursive=True))
        return [name for name in found if (base / name).is_file()]

    def work(self, file):
        """A function that runs the command and returns its exit status."""
        package, *words = (file if word == "FILE" else word for word in self.words)
        return lambda: call(package, words)


def call(package, words):
    """A command line in this process, or a reader that has none."""
    if package == "batches":
        return _batches(Path(words[0]))
    import os
    from importlib import import_module

    from rsica_data.core.command_line import run_cli

    os.environ["HF_DATASETS_CACHE"] = "out.cache"  # where the package datasets keeps its locks
    return run_cli(import_module(f"{package}.cli").cli, package.replace("_", "-"), list(words))


def _batches(folder):
    import sys
    from contextlib import closing

    from rsica_data.core.errors import RsicaError
    from rsica_data.llm.batch import BatchFolder

    try:
        with closing(BatchFolder(folder)) as found:
            found.open_keys()
    except RsicaError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _build(recipe, *more):
    return ("rsica_data", "build", recipe, "--out", "out", "--workers", "1", *more)


DATA, BENCH = "rsica_data", "rsica_bench"
_IN = ("--input", "in")
_MAPS = (
    "m.osm",
    "h.osh",
    "m.osm.pbf",
    "m.osm.gz",
    "m.osm.bz2",
    "o.json",
    "m.geojson",
    "m.geojsonl",
    "m.geojsonl.gz",
    "ms.csv.gz",
    "g.csv",
    "m.gpkg",
    "m.fgb",
    "m.parquet",
)
_SHARDS = ("ds/pairs/test*.parquet", "ds/instructions/test*.parquet", "ds/pairs/train*.parquet")
_DS = ("ds/manifest.json", "ds/rejected.jsonl", "ds/build_info.json", *_SHARDS)
_RUN = tuple(f"runs/one/{name}" for name in ("run.json", "run_info.json", "result.json", "predictions.jsonl"))
_ROW = ("board/runs/row/*", "board/benchmark.yaml", "board/published.csv")
_IMPORT = (BENCH, "leaderboard", "import", "--system", "S", "--source", "https://example.org/s", "--draws", "10")
_CAPTIONS = (BENCH, "score-captions", "--meteor", "none", "--references")
_VQA = (
    BENCH,
    "score-vqa",
    "--questions",
    "questions.json",
    "--answers",
    "answers.json.gz",
    "--images",
    "images.json",
    "--predictions",
    "said.json",
    "--draws",
    "10",
)

_HDF5 = (("so2sat-lcz42", ("so2sat-lcz42/*.h5",)), ("cabuar", ("cabuar/*.hdf5",))) if find_spec("h5py") else ()
"""Pages that need h5py, which is in an extra."""
TARGETS = (
    Target("levir-cd", "levir-cd", ("in/test/*/a.png",), _build("r.yaml", *_IN), weight=10),
    Target("levir-mci", "levir-mci", ("in/images/test/*/test_000001.png", "in/LevirCCcaptions.json", "in/LevirCCcaptions.json"), _build("r.yaml", *_IN), weight=8),
    Target("folder", "folder", ("in/test/*/a.png", "in/captions.json", "in/attributes.csv"), _build("r.yaml", *_IN), weight=6),
    Target("folder attributes", "folder", ("in/attributes.json",), _build("r2.yaml", *_IN)),
    Target("hf parquet", "hf", ("in/test.parquet",), _build("r.yaml", *_IN), weight=4),
    Target("hf folder", "hffolder", ("in/test/metadata.jsonl", "in/test/a.png"), _build("r.yaml", *_IN), weight=3),
    Target("lists", "lists", ("in/list/test.txt",), _build("r.yaml", *_IN)),
    *(Target(f"catalog {name}", "catalog", files, (DATA, "build", name, "--input", name, "--out", "out", "--workers", "1"), weight=3)
      for name, files in (("xbd", ("xbd/train/labels/*.json",)), ("whu-cd", ("whu-cd/list/train.txt",)), ("cdvqa", ("cdvqa/*.json",)),
                          ("changechat-json", ("changechat-json/*.json",)), ("dubai-cc", ("dubai-cc/*/*.json",)),
                          ("dynamicearthnet", ("dynamicearthnet/labels/*/*.tif",)), ("dior", ("dior/Annotations/*/*.xml",)),
                          ("hrsid", ("hrsid/annotations/*.json",)), ("skyscript", ("skyscript/*.csv",)), ("reben", ("reben/metadata.parquet",)),
                          ("earthreason", ("earthreason/train/QAs/*.json",)), ("spacenet7", ("spacenet7/train/*/labels_match/*.geojson",)),
                          ("rsteller", ("rsteller/*.tar",)), ("xlrs-bench", ("xlrs-bench/*.parquet",)),
                          ("refgeo", ("refgeo/metainfo/*.jsonl",)), ("rscc", ("rscc/*.jsonl", "rscc/test_set.txt")),
                          ("disasterm3", ("disasterm3/*/*.json",)), *_HDF5)),
    Target("catalog page", "catalog", ("mine.yaml",), (DATA, "build", "--catalog", "mine.yaml", "--input", "whu-cd", "--out", "out", "--workers", "1"), weight=3),
    Target("catalog shown", "catalog", ("mine.yaml",), (DATA, "sources", "--catalog", "mine.yaml")),
    Target("catalog detected", "catalog", ("xbd/train/labels/*.json", "whu-cd/list/train.txt"), (DATA, "detect", "whu-cd")),
    Target("synth captions", "synth", ("c.json.gz",), (DATA, "synth", "--captions", "c.json.gz", "--pairs", "1", "--out", "out", "--workers", "1")),
    *(Target(f"recipe {scene}", scene, ("r.yaml",), _build("r.yaml", *_IN), weight=2) for scene in ("levir-cd", "levir-mci", "folder", "geotiff", "osmpair")),
    Target("recipe synthetic", "resumed", ("r.yaml",), (DATA, "build", "r.yaml", "--out", "out2", "--workers", "1", "--limit", "1"), ("out2",)),
    Target("geotiff", "geotiff", ("in/before.tif", "in/after.tif", "in/change.tif"), _build("r.yaml", *_IN), weight=8),
    *(Target(f"geotiff {name}", "geotiff", (f"in/{name}",), _build(f"{name}.yaml", *_IN), weight=3) for name in ("scene.vrt", "scene.jp2", "scene.img")),
    Target("geotiff vrt source", "geotiff", ("in/plain.tif",), _build("scene.vrt.yaml", *_IN)),
    Target("geotiff envi", "geotiff", ("in/envi.dat", "in/envi.hdr"), _build("envi.dat.yaml", *_IN)),
    Target("geotiff map", "geotiff", ("in/map.geojson",), _build("map.yaml", *_IN)),
    Target("osm-two-dates", "osmpair", ("in/before/town.tif", "in/after/town.tif", "in/before.osm", "in/after.osm"), _build("r.yaml", *_IN), weight=4),
    Target("osm extract", "maps", (*_MAPS, "m.shp"), (DATA, "osm", "extract", "FILE", "--out", "out.geojson"), ("out.geojson",), weight=24),
    Target("shapefile parts", "maps", ("m.shx", "m.dbf", "m.prj", "m.cpg"), (DATA, "osm", "extract", "m.shp", "--out", "out.geojson"), ("out.geojson",), weight=3),
    Target("osm history", "maps", ("h.osh",), (DATA, "osm", "extract", "h.osh", "--date", "2016", "--out", "out.geojson"), ("out.geojson",)),
    Target("osm rasterize", "maps", ("image.tif", "m.osm", "m.geojson"), (DATA, "osm", "rasterize", "m.osm", "--image", "image.tif", "--out", "out.tif"), ("out.tif",)),
    Target("osm changes", "maps", ("old.osm", "m.osm", "image.tif"), (DATA, "osm", "changes", "old.osm", "m.osm", "--image", "image.tif", "--out", "out")),
    Target("osm classes", "maps", ("s.yaml", "m.osm"), (DATA, "osm", "classes", "m.osm", "--scheme", "s.yaml"), weight=3),
    *(Target(f"{command} {kind}", "data", _DS, (DATA, command, "ds", *more), writes, restate, weight)
      for command, more, writes, weight in (("validate", (), (), 5), ("stats", (), (), 2), ("preview", ("--html", "page.html"), OUT, 3),
                                            ("export", ("--format", "llava", "--to", "out"), OUT, 2), ("export", ("--format", "geojson", "--to", "out"), OUT, 1),
                                            ("card", ("--force",), ("ds/README.md", "ds/croissant.json", "ds/figures", "ds"), 1))
      for kind, restate in (("damaged", ""), ("edited", "ds"))),
    *(Target(f"run {kind}", "data", _SHARDS, (BENCH, "run", "--data", "ds", "--adapter", "majority", "--out", "out"), OUT, restate, 3)
      for kind, restate in (("damaged", ""), ("edited", "ds"))),
    Target("score", "data", _RUN, (BENCH, "score", "runs/one", "--data", "ds", "--draws", "10"), ("runs/one",), weight=4),
    Target("compare", "data", _RUN, (BENCH, "compare", "runs/one", "runs/two", "--data", "ds", "--draws", "10"), ("runs/one",)),
    Target("run resumed", "data", _RUN, (BENCH, "run", "--data", "ds", "--adapter", "no-change", "--out", "runs/one"), ("runs/one",)),
    Target("leaderboard", "data", _RUN, (BENCH, "leaderboard", "build", "runs", "--html", "l.html", "--markdown", "l.md"), weight=3),
    Target("board build", "data", _ROW, (BENCH, "leaderboard", "build", "board", "--site", "out"), weight=5),
    Target("board verify", "data", _ROW, (BENCH, "leaderboard", "verify", "board", "--data", "ds"), (), weight=3),
    Target("board rescored", "data", ("board/rescored/*.json",), (BENCH, "leaderboard", "build", "board", "--site", "out"), weight=4),
    Target("import captions", "captions", ("hyp.json", "refs.json"), (*_IMPORT, "hyp.json", "--benchmark", "levir-cc", "--protocol", "words", "--references", "refs.json"), (), weight=3),
    Target("import captions of rows", "captions", ("rows.jsonl", "words.json"), (*_IMPORT, "rows.jsonl", "--benchmark", "levir-cc", "--references-in", "caption0,caption1", "--field", "answer", "--word-map", "words.json"), (), weight=2),
    Target("import answers", "vqa", ("*.json", "*.gz"), (*_IMPORT, "said.json", "--benchmark", "cdvqa-test1", "--references", "questions.json", "--references", "answers.json.gz", "--references", "images.json"), (), weight=3),
    Target("import counts", "captions", ("counts.jsonl", "refs-flags.json"), (*_IMPORT, "counts.jsonl", "--benchmark", "changechat-105k", "--task", "counting", "--references", "refs-flags.json"), (), weight=2),
    Target("import masks", "masks", ("*/a.png",), (*_IMPORT, "said", "--benchmark", "levir-cd-256", "--references", "true"), (), weight=3),
    Target("submit", "data", _RUN, (BENCH, "leaderboard", "submit", "runs/one", "--to", "board", "--name", "N", "--data", "ds"), ("board/runs",)),
    Target("replay", "data", ("replies.jsonl",), (BENCH, "run", "--data", "ds", "--adapter", "replay", "--set", "predictions=replies.jsonl", "--out", "out"), weight=3),
    Target("mask folder", "data", ("masks/*.png",), (BENCH, "run", "--data", "ds", "--adapter", "mask", "--model", "masks", "--tasks", "counting", "--out", "out")),
    *(Target(f"quality {kind}", "data", _DS, (DATA, "quality", "ds"), (), restate, 2) for kind, restate in (("damaged", ""), ("edited", "ds"))),
    *(Target(f"embeddings {file}", "data", files, (DATA, "quality", "ds", "--no-images", "--embeddings", file), (), weight=2)
      for file, files in (("v.npy", ("v.npy", "v.ids.txt")), ("v.parquet", ("v.parquet",)))),
    Target("checks shown", "checked", ("ds/manifest.json",), (DATA, "stats", "ds"), ()),
    Target("label", "unlabelled", ("in/*/a.png",), (BENCH, "label", "--input", "in", "--adapter", "pixel-difference", "--classes", "building", "--out", "out"), weight=2),
    Target("label resumed", "unlabelled", ("begun/.label.jsonl", "in/A/b.png"), (BENCH, "label", "--input", "in", "--adapter", "pixel-difference", "--classes", "building", "--out", "begun"), ("begun",)),
    Target("build resumed", "resumed", ("out/.build/journal.jsonl", "out/pairs/*0000*"), _build("r.yaml"), weight=3),
    Target("captions", "captions", ("hyp.json", "refs.json", "hyp.json"), (*_CAPTIONS, "refs.json", "--hypotheses", "hyp.json"), (), weight=4),
    Target("captions lines", "captions", ("hyp.jsonl",), (*_CAPTIONS, "refs.json", "--hypotheses", "hyp.jsonl"), ()),
    Target("captions text", "captions", ("hyp.txt",), (*_CAPTIONS, "refs.json", "--hypotheses", "hyp.txt"), ()),
    Target("captions coco", "captions", ("coco.json", "results.json"), (*_CAPTIONS, "coco.json", "--hypotheses", "results.json", "--protocol", "coco"), ()),
    Target("captions options", "captions", ("flags.json", "df.json"), (*_CAPTIONS, "refs.json", "--hypotheses", "hyp.json", "--flags", "flags.json", "--df", "df.json"), (), weight=3),
    Target("captions df", "captions", ("df.json.gz",), (*_CAPTIONS, "refs.json", "--hypotheses", "hyp.json", "--df", "df.json.gz"), ()),
    Target("captions word map", "captions", ("words.json",), (*_CAPTIONS, "refs.json", "--hypotheses", "hyp.json", "--protocol", "levir-cc", "--word-map", "words.json"), ()),
    Target("score-vqa", "vqa", ("*.json", "*.gz"), _VQA, (), weight=5),
    Target("score-boxes", "boxes", ("rows.jsonl",), (BENCH, "score-boxes", "rows.jsonl", "--turned", "--draws", "10"), (), weight=4),
    Target("score-masks", "masks", ("*/a.png",), (BENCH, "score-masks", "--true", "true", "--predicted", "said", "--draws", "10"), (), weight=4),
    Target("prompt", "assist", ("r.yaml", "prompts/mine/*"), _build("r.yaml", "--assist", "--dry-run"), ("out", "out.llm-cache"), weight=4),
    Target("rubric", "data", ("answer/*",), (BENCH, "judge", "runs/one", "--data", "ds", "--model", "m", "--rubric", "answer=answer", "--dry-run"), ("runs/one",)),
    Target("cache stats", "assist", ("cache/raw/*", "cache/parsed/*"), (DATA, "assist", "cache", "stats", "cache"), ("cache",), weight=2),
    Target("cache prune", "assist", ("cache/raw/*", "cache/parsed/*"), (DATA, "assist", "cache", "prune", "cache", "--failed"), ("cache",), weight=2),
    Target("batches", "assist", ("cache/batches/*.jsonl",), ("batches", "cache/batches"), ("cache",), weight=2),
)  # fmt: skip


def kept_pictures(folder):
    """The names of the pairs that a build has kept; None where it made no dataset."""
    manifest = folder / "out/manifest.json"
    if not manifest.is_file():
        return None
    import pyarrow.parquet as pq

    names = json.loads(manifest.read_text())["files"]
    shards = [folder / "out" / name for name in names if name.startswith("pairs/")]
    return {row for shard in shards for row in pq.read_table(shard, columns=["pair_id"]).column(0).to_pylist()}
