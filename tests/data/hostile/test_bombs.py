"""Small files that unpack, expand or add up to gigabytes end in one line, within the limits of time and memory."""

import bz2
import gzip
import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import osmium
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
from edited_dataset import restate

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import sha256_file
from rsica_data.core.packed_limits import check_packed
from rsica_data.core.parquet import opened_parquet
from rsica_data.imagery.raster_files import opened_raster
from rsica_data.osm.map_files import read_map

XML = b'<?xml version="1.0"?>\n<osm version="0.6">'


@pytest.mark.parametrize("kind", ["gz", "bz2"])
@pytest.mark.parametrize("piece", [b" ", b"<node/>", b'<node id="1" lon="1" lat="1"/>\n'])
def test_packed_osm_that_unpacks_to_gigabytes(tmp_path, limited, kind, piece):
    pack = gzip.compress if kind == "gz" else bz2.compress
    path = tmp_path / f"a.osm.{kind}"
    path.write_bytes(pack(XML) + pack(piece * ((1 << 20) // len(piece))) * 70)
    found = limited("osm", "extract", path, "--out", tmp_path / "o.geojson")
    assert found.status == 2 and "a.osm" in found.err and "times its size" in found.err


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files_of_several_members_are_whole_or_refused(tmp_path, pack):
    path = tmp_path / "a.osm.gz"
    text = np.random.default_rng(0).integers(0, 256, 700_000, np.uint8).tobytes()
    path.write_bytes(pack(text) + pack(text) + bytes(8))
    check_packed(path, ratio=2)
    path.write_bytes(pack(text) + pack(text)[:-9])
    with pytest.raises(UserError, match="cut short"):
        check_packed(path, ratio=2)
    path.write_bytes(pack(text)[:300_000])
    with pytest.raises(UserError, match="cut short"):
        check_packed(path, ratio=2)


def test_blobs_of_pbf_that_unpack_to_gigabytes(tmp_path):
    plain, path = tmp_path / "a.osm", tmp_path / "a.osm.pbf"
    plain.write_bytes(XML + b'<node id="1" lon="1" lat="1" version="1"><tag k="a" v="b"/></node></osm>')
    with osmium.SimpleWriter(str(path)) as out:
        for item in osmium.FileProcessor(str(plain)):
            out.add(item)
    whole = path.read_bytes()
    assert len(read_map(path).features) == 1
    packed = zlib.compress(bytes(32 << 20))
    blob = b"\x10" + varint(32 << 20) + b"\x1a" + varint(len(packed)) + packed
    head = b"\x0a\x07OSMData\x18" + varint(len(blob))
    path.write_bytes(whole + (struct.pack(">I", len(head)) + head + blob) * 60)
    with pytest.raises(UserError, match="times its size"):
        read_map(path)


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def places_in_a_dictionary(number, size):
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(number, np.int32)), [b"x" * size])


TABLES = {
    "page of zeros": lambda: (
        pa.table({"a": [bytes(260 << 20)]}),
        {"compression": "zstd", "use_dictionary": False, "write_statistics": False},
    ),
    "rows of nothing": lambda: (pa.table({"a": pa.nulls(30_000_000, pa.int32())}), {}),
    "one list": lambda: (
        pa.table({"a": pa.ListArray.from_arrays([0, 20_000_000], pa.nulls(20_000_000, pa.int32()))}),
        {},
    ),
    "one long entry": lambda: (pa.table({"a": places_in_a_dictionary(30_000, 900 << 10)}), {"compression": "zstd"}),
    "pages of version 2": lambda: (
        pa.table({"a": [bytes(260 << 20)]}),
        {"compression": "zstd", "use_dictionary": False, "data_page_version": "2.0"},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_parquet_that_unpacks_to_gigabytes(tmp_path, name):
    table, options = TABLES[name]()
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, **options)
    del table
    assert path.stat().st_size < 30 << 20
    with pytest.raises(UserError, match="unpacks to far more|are not read"), opened_parquet(path):
        pass


def test_a_shard_and_a_map_of_a_page_of_zeros(tmp_path, limited, small_dataset):
    table, options = TABLES["page of zeros"]()
    pq.write_table(table.rename_columns(["geometry"]), tmp_path / "m.parquet", **options)
    found = limited("osm", "extract", tmp_path / "m.parquet", "--out", tmp_path / "o.geojson")
    assert found.status == 2 and "unpacks to far more" in found.err
    shutil.copytree(small_dataset, tmp_path / "ds")
    shard = next((tmp_path / "ds/pairs").glob("test-*"))
    shutil.copy(tmp_path / "m.parquet", shard)
    restate(tmp_path / "ds")
    found = limited("stats", tmp_path / "ds")
    assert found.status == 2 and "unpacks to far more" in found.err


def test_a_page_header_that_is_none(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["x" * 100]}), path)
    data = bytearray(path.read_bytes())
    data[4:40] = b"\xff" * 36
    path.write_bytes(data)
    with pytest.raises(UserError, match="damaged: column 'a' has a page header"), opened_parquet(path):
        pass


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zstd"}, {"data_page_version": "2.0"}, {"use_dictionary": False}, {"data_page_size": 100}],
)
def test_tables_of_many_texts_are_read(tmp_path, options):
    path = tmp_path / "a.parquet"
    words = [f"building {number % 3000} " * 9 for number in range(20_000)]
    table = pa.table(
        {"a": words, "b": [[word, None] for word in words], "c": [{"x": n, "y": [n]} for n in range(20_000)]}
    )
    pq.write_table(table, path, **options)
    with opened_parquet(path) as file:
        assert file.read().equals(table)


def jpeg2000(path, side=64, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (1, 64, 64), np.uint8)
    place = {"crs": "EPSG:32632", "transform": rasterio.Affine(1, 0, 500000, 0, -1, 5000000)}
    profile = {"driver": "JP2OpenJPEG", "width": 64, "height": 64, "count": 1, "dtype": "uint8"} | place | options
    with rasterio.open(path, "w", **profile) as out:
        out.write(pixels)
    data = bytearray(path.read_bytes())
    size = data.index(b"\xff\x51") + 6
    data[size : size + 8] = data[size + 16 : size + 24] = struct.pack(">II", side, side)
    header = data.index(b"ihdr") + 4
    data[header : header + 8] = struct.pack(">II", side, side)
    path.write_bytes(data)
    return path


def test_one_tile_of_jpeg_2000_of_a_huge_size(tmp_path):
    with opened_raster(jpeg2000(tmp_path / "a.jp2")) as whole:
        assert whole.read().shape == (1, 64, 64)
    for side, options in ((60_000, {}), (10_000, {"CODEBLOCK_WIDTH": "4", "CODEBLOCK_HEIGHT": "4"})):
        path = jpeg2000(tmp_path / "b.jp2", side, **options)
        with pytest.raises(InvalidItemError, match=f"has tiles of {side}x{side} px"), opened_raster(path):
            pass


@pytest.mark.parametrize("cut", [0, 12, 30, 90, 130])
def test_headers_of_jpeg_2000_that_are_cut_short(tmp_path, cut):
    path = jpeg2000(tmp_path / "a.jp2")
    path.write_bytes(path.read_bytes()[: 14 + cut])
    with pytest.raises(InvalidItemError), opened_raster(path):
        pass


@pytest.mark.parametrize(
    "line",
    [{"geometry": None}, {"geometry": {"type": "Point", "coordinates": [1, 1]}, "properties": {"building": "yes"}}],
)
def test_lines_of_geojson_without_number(tmp_path, limited, monkeypatch, line):
    monkeypatch.setenv("RSICA_MAX_READ_MB", "4")
    path = tmp_path / "a.geojsonl"
    path.write_text((json.dumps(line) + "\n") * 40_000)
    found = limited("osm", "extract", path, "--out", tmp_path / "o.geojson")
    assert found.status == 2 and "more than 32,768 features" in found.err and "RSICA_MAX_READ_MB" in found.err


def test_what_stands_in_a_file_is_cut_in_messages():
    error = UserError("x" * 100_000, file="f", key="k" * 5000, hint="h" * 9000)
    assert len(str(error)) < 3000 and len(InvalidItemError("a", "b" * 10_000).detail) < 1100


def test_a_device_in_the_place_of_a_shard(tmp_path, limited, small_dataset):
    with pytest.raises(UserError, match="is a device, pipe or socket"):
        sha256_file(Path("/dev/zero"))
    shutil.copytree(small_dataset, tmp_path / "ds")
    shard = next((tmp_path / "ds/pairs").glob("test-*"))
    shard.unlink()
    shard.symlink_to("/dev/zero")
    for words in (("stats", tmp_path / "ds"), ("export", tmp_path / "ds", "--format", "llava", "--to", tmp_path / "o")):
        found = limited(*words)
        assert found.status == 2 and shard.name in found.err


def test_a_shard_of_another_size_is_not_hashed(tmp_path, limited, small_dataset):
    shutil.copytree(small_dataset, tmp_path / "ds")
    with next((tmp_path / "ds/pairs").glob("test-*")).open("r+b") as stream:
        stream.truncate(1 << 40)  # a sparse file, for which hashing would take an hour
    found = limited("stats", tmp_path / "ds")
    assert found.status == 2 and "damaged: its checksum" in found.err
