"""Small maps written on the spot, and grids to draw them on."""

from types import SimpleNamespace

import pytest

from rsica_data.osm.grid import Grid

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
