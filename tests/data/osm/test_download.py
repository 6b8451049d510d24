"""osmnx against a stand-in Overpass server: busy answers, another endpoint, dates, the cache."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import osmium
import pytest

from rsica_data.core.errors import RunError, UserError
from rsica_data.osm.download import Server, fetch
from rsica_data.osm.features import Bounds
from rsica_data.osm.map_files import read_map

OAKLAND = Bounds(-122.31, 37.80, -122.29, 37.81)


class Overpass:
    """Answers `/api/interpreter` and `/search` from scripts: lists of (status, headers, body)."""

    def __init__(self, answer):
        self.answer, self.script, self.questions = answer, [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.questions.append(parse_qs(body)["data"][0])
                self._reply()

            def do_GET(self):
                outer.questions.append(self.path)
                self._reply()

            def _reply(self):
                status, headers, content = outer.script.pop(0) if outer.script else (200, {}, outer.answer)
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def answer(real_data):
    """The West Oakland extract as Overpass answers osmnx: elements without versions and times."""
    elements = []
    for item in osmium.FileProcessor(str(real_data / "osm" / "West-Oakland.osm.bz2")):
        element = {"id": item.id, "tags": {tag.k: tag.v for tag in item.tags}}
        if item.is_node():
            element |= {"type": "node", "lon": item.lon, "lat": item.lat}
        elif item.is_way():
            element |= {"type": "way", "nodes": [node.ref for node in item.nodes]}
        else:
            words = {"n": "node", "w": "way", "r": "relation"}
            members = [{"type": words[m.type], "ref": m.ref, "role": m.role} for m in item.members]
            element |= {"type": "relation", "members": members}
        elements.append(element)
    return {"version": 0.6, "elements": elements}


@pytest.fixture
def servers(answer, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = [Overpass(answer), Overpass(answer)]
    yield made
    for server in made:
        server.close()


BUSY = (429, {"Retry-After": "7"}, b"rate_limited")
SLOW = (504, {}, b"<html>Gateway timeout</html>")


def test_busy_then_slow_then_answered_by_the_other(servers, real_data):
    first, second = servers
    first.script, second.script = [BUSY], [SLOW]
    waits = []
    asked = Server(endpoints=(first.url, second.url), wait_s=2)
    found = fetch(OAKLAND, ["building", "highway"], server=asked, sleep=waits.append)
    assert waits == [7.0]  # what the busy one asked for, after both had refused
    assert (len(first.questions), len(second.questions)) == (2, 1)
    offline = read_map(real_data / "osm" / "West-Oakland.osm.bz2")
    expected = {f.name: f for f in offline.features if {"building", "highway"} & set(f.tags)}
    assert {f.name for f in found.features} == set(expected)
    assert all(
        f.geometry.equals(expected[f.name].geometry) and f.tags == dict(sorted(f.tags.items())) for f in found.features
    )
    assert (found.reader, found.extent, found.features[0].timestamp) == ("osmnx", OAKLAND, None)


def test_attempts_are_bounded_and_the_line_says_who_refused(servers):
    first, second = servers
    first.script, second.script = [BUSY] * 9, [SLOW] * 9
    waits = []
    asked = Server(endpoints=(first.url, second.url), attempts=5, wait_s=2)
    with pytest.raises(RunError) as caught:
        fetch(OAKLAND, ["building"], server=asked, sleep=waits.append)
    message = str(caught.value)
    assert "no map server answered in 5 attempts" in message and "\n" not in message
    assert "429 too many requests" in message and "504 gateway timeout" in message
    assert len(first.questions) + len(second.questions) == 5 and waits == [7.0, 7.0]


def test_server_that_is_down(servers):
    first, _ = servers
    gone = Server(endpoints=("http://127.0.0.1:9/api",), attempts=2, wait_s=1)
    with pytest.raises(RunError, match=r"no map server answered in 2 attempts \(127.0.0.1:9: ConnectionError\)"):
        fetch(OAKLAND, ["building"], server=gone, sleep=lambda s: None)
    either = Server(endpoints=("http://127.0.0.1:9/api", first.url), attempts=2)
    assert fetch(OAKLAND, ["building"], server=either, sleep=lambda s: None).features


def test_answer_that_broke_off_is_not_taken(servers, answer):
    first, _ = servers
    first.script = [(200, {}, answer | {"elements": [], "remark": "runtime error: Query timed out"})]
    found = fetch(OAKLAND, ["building"], server=Server(endpoints=(first.url,)), sleep=lambda s: None)
    assert len(first.questions) == 2 and found.features


def test_date_goes_into_the_question_and_the_cache_keeps_both_dates(servers, tmp_path):
    first, _ = servers
    asked = Server(endpoints=(first.url,), cache=tmp_path / "cache")
    for date in ("2015", "2020-06-01", "2015"):
        found = fetch(OAKLAND, ["building"], date=date, server=asked)
        assert found.features
    assert len(first.questions) == 2 and found.date == "2015-01-01T00:00:00Z"
    assert '[date:"2015-01-01T00:00:00Z"]' in first.questions[0]
    assert '[date:"2020-06-01T00:00:00Z"]' in first.questions[1]
    assert len(list((tmp_path / "cache").glob("*.json"))) == 2


def test_place_by_name(servers):
    first, _ = servers
    outline = {
        "type": "Polygon",
        "coordinates": [[[-122.31, 37.8], [-122.29, 37.8], [-122.29, 37.81], [-122.31, 37.8]]],
    }
    result = {
        "place_id": 1, "importance": 0.5, "lat": "37.8", "lon": "-122.3", "display_name": "West Oakland",
        "boundingbox": ["37.8", "37.81", "-122.31", "-122.29"], "geojson": outline,
    }  # fmt: skip
    asked = Server(endpoints=(first.url,), nominatim=first.url.removesuffix("/api"))
    first.script = [BUSY, (200, {}, [result])]
    assert fetch("West Oakland", ["building"], server=asked, sleep=lambda s: None).origin == "West Oakland"
    first.script = [(200, {}, [])]
    with pytest.raises(UserError, match="no place 'Nowhere' is known"):
        fetch("Nowhere", ["building"], server=asked)
    first.script = [(200, {}, [result | {"geojson": {"type": "Point", "coordinates": [1, 2]}}])]
    with pytest.raises(UserError, match="'A tree' is a point and no area"):
        fetch("A tree", ["building"], server=asked)


def test_large_area_is_asked_in_pieces_without_a_word(servers):
    first, _ = servers
    found = fetch(Bounds(-124, 37, -121, 38), ["building"], server=Server(endpoints=(first.url,)))
    assert len(first.questions) > 1 and len({feature.name for feature in found.features}) == len(found.features)


def test_refused_question_and_empty_area(servers):
    first, _ = servers
    asked = Server(endpoints=(first.url,))
    first.script = [(400, {}, b"<html>Error: parse error</html>")]
    with pytest.raises(RunError, match="refused the question"):
        fetch(OAKLAND, ["building"], server=asked)
    first.script = [(200, {}, {"elements": []})]
    assert fetch(OAKLAND, ["building"], server=asked).features == ()
    with pytest.raises(UserError, match="no OSM keys are asked for"):
        fetch(OAKLAND, [], server=asked)


def test_extract_from_the_command_line(servers, rsica_data, tmp_path):
    first, second = servers
    first.script, second.script = [BUSY, SLOW], [SLOW]
    where = ("--bbox", "-122.31,37.80,-122.29,37.81", "--scheme", "levir-mci", "--wait", "0")
    ends = ("--endpoint", first.url, "--endpoint", second.url)
    first.script = [(429, {}, b"")]
    out = tmp_path / "oakland.geojson"
    done = rsica_data("osm", "extract", *where, *ends, "--cache", tmp_path / "cache", "--out", out, "--json")
    assert done.status == 0, done.err
    assert done.json["reader"] == "osmnx" and done.json["features"] == len(read_map(out).features) > 20
    first.script = second.script = [(504, {}, b"")] * 9
    done = rsica_data("osm", "extract", *where, *ends, "--date", "2016", "--attempts", "2")
    assert done.status == 1 and len(done.err.strip().splitlines()) == 1
    assert "no map server answered in 2 attempts" in done.err and "504 gateway timeout" in done.err


def test_settings_and_host_names_are_left_as_they_were(servers):
    import socket

    import osmnx

    before = {name: getattr(osmnx.settings, name) for name in ("overpass_url", "cache_folder", "requests_kwargs")}
    resolver = socket.getaddrinfo
    fetch(OAKLAND, ["building"], server=Server(endpoints=(servers[0].url,)))
    assert {name: getattr(osmnx.settings, name) for name in before} == before
    assert socket.getaddrinfo is resolver
