"""Small maps written on the spot, and grids to draw them on."""

from types import SimpleNamespace

import numpy as np
import pytest

from rsica_data.osm.ground_grid import Grid

# 100 x 100 pixels of 1 m near Mainz, UTM 32N.
GRID = Grid("EPSG:32632", (1.0, 0.0, 448_000.0, 0.0, -1.0, 5_535_000.0), 100, 100)


@pytest.fixture
def grid():
    return GRID


def degrees(column, row, grid=GRID):
    lon, lat = grid.to_degrees(*grid.place(column, row))
    return float(lon), float(lat)


class MapWriter:
    """OSM XML out of pixel coordinates; nodes are numbered as they come."""

    def __init__(self, grid=GRID):
        self.grid, self.lines = grid, SimpleNamespace(node=[], way=[], relation=[])
        self.next = 1

    def node(self, column, row, tags=None, *, number=None, **meta):
        number = number or self.next
        self.next = max(self.next, number) + 1
        lon, lat = degrees(column, row, self.grid)
        self.lines.node.append(f'<node id="{number}" lon="{lon:.9f}" lat="{lat:.9f}"{_meta(meta)}>{_tags(tags)}</node>')
        return number

    def way(self, number, points, tags=None, *, close=True, refs=None, **meta):
        refs = refs or [self.node(*point) for point in points]
        refs = [*refs, refs[0]] if close else refs
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        self.lines.way.append(f'<way id="{number}"{_meta(meta)}>{inner}{_tags(tags)}</way>')
        return refs

    def box(self, number, x0, y0, x1, y1, tags=None, **meta):
        return self.way(number, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], tags, **meta)

    def relation(self, number, members, tags, **meta):
        inner = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        self.lines.relation.append(f'<relation id="{number}"{_meta(meta)}>{inner}{_tags(tags)}</relation>')

    def text(self, order=("node", "way", "relation"), bounds=""):
        body = "\n".join(line for kind in order for line in getattr(self.lines, kind))
        return f'<?xml version="1.0"?>\n<osm version="0.6">{bounds}\n{body}\n</osm>\n'

    def save(self, path, **options):
        path.write_text(self.text(**options))
        return path


def _meta(meta):
    meta = {"version": 1, "timestamp": "2015-01-01T00:00:00Z", "visible": "true"} | meta
    return "".join(f' {key}="{value}"' for key, value in meta.items())


def _tags(tags):
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in (tags or {}).items())


@pytest.fixture
def osm():
    return MapWriter()


def write_image(path, pixels, grid=GRID):
    import rasterio
    from affine import Affine

    profile = {"driver": "GTiff", "height": grid.height, "width": grid.width, "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", crs=grid.crs, transform=Affine(*grid.transform), **profile) as out:
        out.write(np.moveaxis(pixels, 2, 0))
    return path


@pytest.fixture
def scene(tmp_path):
    """Two maps and two images: a house that came and is seen, one mapped late, one demolished."""
    noise = np.random.default_rng(3).integers(90, 110, (100, 100, 3)).astype(np.uint8)
    before, after = noise.copy(), noise.copy()
    after[10:30, 10:30] = 230
    before[60:70, 60:80] = 20
    files = {name: write_image(tmp_path / f"{name}.tif", image) for name, image in (("t1", before), ("t2", after))}
    whole = '<bounds minlat="40" minlon="0" maxlat="60" maxlon="20"/>'
    old, new = MapWriter(), MapWriter()
    for osm in (old, new):
        osm.way(1, [(0, 50), (100, 50)], {"highway": "primary"}, close=False)
    old.box(2, 60, 60, 80, 70, {"building": "yes"})
    new.box(2, 60, 60, 80, 70, {"demolished:building": "yes"})
    new.box(3, 10, 10, 30, 30, {"building": "warehouse", "name": "Depot", "start_date": "2018"})
    new.box(4, 40, 80, 60, 95, {"building": "yes", "start_date": "1910"})
    files["m1"] = old.save(tmp_path / "m1.osm", bounds=whole)
    files["m2"] = new.save(tmp_path / "m2.osm", bounds=whole)
    return files
