"""A large two-date scene with polygons, cut into tiles: tiles per second and memory, against a bare window loop.

    python benchmarks/tiles.py FOLDER [--size 4096] [--polygons N] [--workers 1 2] [--limit TILES] [--only-build]
                               [--json FILE]

Makes (once) two tiled, deflate-compressed GeoTIFFs of SIZE x SIZE x 3 uint8 at half a metre, and a GeoJSON of buildings
that stand only in the second: 50,000 of them at 20,000 px, fewer in proportion below. They are written a row of blocks
at a time. Then, over the same tiles:

windows alone  rasterio alone, one process: read both windows
bare           besides, encode both as PNG, by the same function and level as the build
source         index and `load` of the source, one process: besides, validity, polygons drawn as a mask, georeference
build          `rsica-data build`, for each number of workers: besides, facts, instructions, masks as PNG, parquet

Shares are of the bare loop, by the clock and by processor time (the fairer one where others use the machine). Memory is
the greatest sum over a process and its children.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import rasterio
from measured import add_json_option, dated, write_json
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.warp import transform
from rasterio.windows import Window

from rsica_data.builder.recipe import load_recipe
from rsica_data.geometry.raster_grid import RasterGrid
from rsica_data.imagery.images import encode_png
from rsica_data.sources.scenes.scene_grid import cut_tiles
from rsica_data.sources.scenes.scene_options import TileOptions

BLOCK, TILE, GSD = 512, 256, 0.5
CRS, LEFT, TOP = "EPSG:32633", 400000.0, 5000000.0
Corners = NDArray[np.float64]
"""Corners of buildings in pixels, ``[n, 4, 2]``."""


def outlines(size: int, number: int, seed: int = 0) -> Corners:
    """Corners [n, 4, 2] of buildings in pixels: one in each cell of a lattice, so that none meet."""
    rng = np.random.default_rng(seed)
    side = math.isqrt(number)
    side += side * side < number
    cell = size / side
    centres = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[:number] + 0.5) * cell
    half = rng.uniform(0.08, 0.28, (number, 2)) * cell
    turn = rng.uniform(0, np.pi, number)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half[:, None]
    turned = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], -1).reshape(-1, 2, 2)
    return np.asarray(centres[:, None] + np.einsum("nij,nkj->nki", turned, corners), np.float64)


def texture(seed: int) -> NDArray[np.uint8]:
    """Ground that looks like ground to a compressor: soft patches and a little noise, [BLOCK, BLOCK, 3]."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.normal(0, 1, (BLOCK, BLOCK, 3)).astype(np.float32), (0, 0), 9)
    return np.asarray(np.clip(110 + 600 * soft + rng.normal(0, 3, soft.shape), 0, 255), np.uint8)


def write_scene(path: Path, size: int, corners: Corners) -> None:
    """One date, a row of blocks in memory at a time."""
    ground = [texture(seed) for seed in range(16)]
    rng = np.random.default_rng(size)
    profile = {
        "driver": "GTiff", "width": size, "height": size, "count": 3, "dtype": "uint8", "crs": CRS, "tiled": True,
        "transform": rasterio.Affine(GSD, 0, LEFT, 0, -GSD, TOP), "blockxsize": BLOCK, "blockysize": BLOCK,
        "compress": "deflate", "predictor": 2, "zlevel": 6, "interleave": "pixel", "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    low, high = (corners[:, :, 1].min(1), corners[:, :, 1].max(1)) if len(corners) else (np.zeros(0), np.zeros(0))
    columns = -(-size // BLOCK)
    with rasterio.open(path, "w", **profile) as out:
        for y in range(0, size, BLOCK):
            rows = min(BLOCK, size - y)
            band = np.hstack([ground[number] for number in rng.integers(0, 16, columns)])[:rows, :size]
            here = corners[(high > y) & (low < y + rows)] - [0, y]
            if len(here):
                shapes = [({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, 1) for ring in here.tolist()]
                roofs = rasterize(shapes, (rows, size), dtype="uint8")
                band = np.where(roofs[:, :, None] > 0, 200 + band // 8, band)
            out.write(np.moveaxis(band, -1, 0), window=Window(0, y, size, rows))


def write_polygons(path: Path, corners: Corners) -> None:
    """The buildings as GeoJSON, in degrees."""
    xs, ys = LEFT + GSD * corners[:, :, 0].ravel(), TOP - GSD * corners[:, :, 1].ravel()
    lon, lat = transform(CRS, "EPSG:4326", xs, ys)
    rings = np.round(np.column_stack([lon, lat]), 9).reshape(-1, 4, 2).tolist()
    with path.open("w") as stream:
        stream.write('{"type": "FeatureCollection", "features": [\n')
        for number, ring in enumerate(rings):
            geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
            feature = {"type": "Feature", "properties": {"building": "yes"}, "geometry": geometry}
            stream.write((",\n" if number else "") + json.dumps(feature))
        stream.write("\n]}\n")


def make(folder: Path, size: int, polygons: int) -> None:
    """Both scenes and the buildings, unless they are there already."""
    mark = folder / "made.json"
    if mark.is_file() and json.loads(mark.read_text()) == [size, polygons]:
        return
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    corners = outlines(size, polygons)
    write_scene(folder / "before.tif", size, corners[:0])
    write_scene(folder / "after.tif", size, corners)
    write_polygons(folder / "buildings.geojson", corners)
    mark.write_text(json.dumps([size, polygons]))
    made = sum((folder / name).stat().st_size for name in ("before.tif", "after.tif")) / 2**20
    print(f"made {size}x{size}, {polygons} polygons: {time.perf_counter() - begun:.0f} s, {made:.0f} MB")


RECIPE = """
name: tiles
source:
  name: geotiff
  options:
    {before: before.tif, after: after.tif, change_map: buildings.geojson, map_class: building, tiles: {size: 256}}
tasks: {classification: {}, counting: {}}
build: {shard_pairs: 64}
"""


def bare(folder: Path, tiles: Sequence[Any], encode: bool) -> None:
    """Both windows of each tile by rasterio, encoded as PNG where asked for."""
    with rasterio.open(folder / "before.tif") as before, rasterio.open(folder / "after.tif") as after:
        for tile in tiles:
            for scene in (before, after):
                pixels = scene.read([1, 2, 3], window=Window(tile.x, tile.y, TILE, TILE))
                if encode:
                    encode_png(np.moveaxis(pixels, 0, -1))


def source_alone(folder: Path, limit: int) -> None:
    """The source's index and its tiles."""
    recipe: Any = load_recipe(str(folder / "recipe.yaml"))
    for key in recipe.source.index(folder, recipe.source_options)[:limit]:
        recipe.source.load(folder, key, recipe.source_options)


def build(folder: Path, workers: int, limit: int) -> tuple[float, dict[str, int]]:
    """Peak memory in MB and the counts of a build."""
    out = folder / f"out-{workers}"
    subprocess.run(["rm", "-rf", str(out)], check=True)
    code = "from rsica_data.cli import main; main()"
    words: list[object] = ["build", folder / "recipe.yaml", "--input", folder, "--out", out]
    words += ["--workers", workers, "--json", "--limit", limit]
    peak, over = [0.0], threading.Event()
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE, text=True)
    watcher = threading.Thread(target=watch, args=(process.pid, peak, over))
    watcher.start()
    output, _ = process.communicate()
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit("the build failed")
    return peak[0], json.loads(output)["counts"]


def watch(pid: int, peak: list[float], over: threading.Event) -> None:
    """Raise ``peak[0]`` to the memory in MB of a process and its children, until ``over``."""
    while not over.wait(0.2):
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            peak[0] = max(peak[0], sum(process.memory_info().rss for process in family) / 2**20)
        except psutil.NoSuchProcess:
            continue


@dataclass(frozen=True)
class Timed:
    """Seconds of the clock and of the processor, and what the work returned."""

    seconds: float
    cpu_s: float
    value: Any


def row_of(name: str, number: int, timed: Timed, base: Timed | None = None) -> dict[str, Any]:
    """Print a line of the result and return it as a row; ``base`` is the bare loop over the same tiles."""
    row = {"way": name, "seconds": timed.seconds, "cpu_s": timed.cpu_s, "tiles_per_second": number / timed.seconds}
    share = ""
    if base is not None:
        row |= {"of_bare": base.seconds / timed.seconds, "of_bare_cpu": base.cpu_s / timed.cpu_s}
        share = f", {row['of_bare']:4.0%} of bare ({row['of_bare_cpu']:4.0%} by processor time)"
    print(
        f"{name:16} {timed.seconds:7.1f} s, {number / timed.seconds:6.1f} tiles/s,"
        f" processor {timed.cpu_s:7.1f} s{share}",
        flush=True,
    )
    return row


def spent() -> float:
    """Processor seconds of this process and of its finished children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in used)


def timed(work: Callable[..., Any], *given: object) -> Timed:
    """Call a function and time it."""
    cpu, begun = spent(), time.perf_counter()
    value = work(*given)
    return Timed(time.perf_counter() - begun, spent() - cpu, value)


def main() -> None:
    """The command line."""
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--size", type=int, default=4096)
    words.add_argument("--polygons", type=int)
    words.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    words.add_argument("--limit", type=int, help="only so many tiles")
    words.add_argument("--only-build", action="store_true", help="leave the bare loop and the source alone out")
    add_json_option(words)
    given = words.parse_args()
    cv2.setNumThreads(1)
    polygons = given.polygons or round(50_000 * (given.size / 20_000) ** 2)
    make(given.folder, given.size, polygons)
    (given.folder / "recipe.yaml").write_text(RECIPE)
    grid = RasterGrid(CRS, (GSD, 0, LEFT, 0, -GSD, TOP), given.size, given.size)
    tiles = cut_tiles(grid, TileOptions(size=TILE))[: given.limit]
    number, load = len(tiles), os.getloadavg()[0]
    print(f"{number} tiles of {TILE} px; load of the machine {load:.1f}", flush=True)
    rows, base = [], None
    if not given.only_build:
        rows.append(row_of("windows alone", number, timed(bare, given.folder, tiles, False)))
        base = timed(bare, given.folder, tiles, True)
        rows.append(row_of("bare", number, base))
        rows.append(row_of("source", number, timed(source_alone, given.folder, number), base))
    for workers in given.workers:
        built = timed(build, given.folder, workers, number)
        peak, counts = built.value
        row = row_of(f"build, {workers} worker{'s' * (workers > 1)}", number, built, base)
        print(f"{'':16} peak memory {peak:.0f} MB; {counts['pairs']} pairs, {counts['changed']} changed", flush=True)
        rows.append(row | {"peak_mb": peak, "pairs": counts["pairs"], "changed": counts["changed"]})
    print(f"load of the machine at the end {os.getloadavg()[0]:.1f}")
    settings = {"size": given.size, "polygons": polygons, "tiles": number, "load": load}
    write_json(given.json, dated("tiles", settings, rows=rows))


if __name__ == "__main__":
    main()
