"""Features from Overpass by osmnx: for a place, a box or a polygon, now or at a date.

osmnx asks again without end where a server is busy (429, 504). Here a hook of its own HTTP calls stops it, and the
retries are ours: another endpoint first, then a wait, at most ``attempts`` times. osmnx's cache is kept; its settings
are put back after each call.
"""

from __future__ import annotations

import socket
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from rsica_data.core.errors import RunError, UserError
from rsica_data.osm.assemble import TagFilter, any_tags
from rsica_data.osm.features import Bounds, Feature, FeatureSet, sort_features
from rsica_data.osm.map_files import iso_time

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

ENDPOINTS = ("https://overpass-api.de/api", "https://overpass.private.coffee/api")
NOMINATIM = "https://nominatim.openstreetmap.org/"
_META = ("version", "timestamp", "changeset", "uid", "user", "visible")
_LONGEST_WAIT_S = 120.0


@dataclass(frozen=True)
class Server:
    """Where to ask, and how patiently.

    Attributes:
        endpoints: Overpass interpreters without the final ``/interpreter``, in order of preference.
        nominatim: where the outline of a place's name is asked for.
        cache: osmnx's cache folder; the same question is never sent twice. None keeps nothing.
        attempts: requests sent at most for one piece of the area, all endpoints together.
        wait_s: pause after all endpoints have refused once, doubled each round; a ``Retry-After`` goes before it.
        timeout_s: of one request.
    """

    endpoints: tuple[str, ...] = ENDPOINTS
    nominatim: str = NOMINATIM
    cache: Path | None = None
    attempts: int = 6
    wait_s: float = 15.0
    timeout_s: float = 180.0


class _Refused(Exception):
    """A server is busy; carries the status and how long it wants us to wait."""

    def __init__(self, what: str, wait_s: float | None) -> None:
        self.wait_s = wait_s
        super().__init__(what)


def fetch(
    where: str | Bounds | BaseGeometry,
    keys: Sequence[str],
    *,
    date: str | None = None,
    server: Server | None = None,
    wanted: TagFilter = any_tags,
    sleep: Callable[[float], None] = time.sleep,
) -> FeatureSet:
    """Features of an area.

    Overpass's answers to osmnx hold no versions and no times of edits; ``.osm.pbf`` extracts and histories do.

    Args:
        where: name of a place, a box, or a (Multi)Polygon in degrees.
        keys: OSM keys, at least one of which a feature must have (``Scheme.keys``).
        date: state of the map then (Overpass's attic data, from 2012-09-12); None for now.
        server: where to ask.
        wanted: leave out features whose tags it refuses.
        sleep: waits; for tests.

    Raises:
        UserError: unknown place, a place without outline, or no features there.
        RunError: no endpoint answered within the attempts.
    """
    asked = server or Server()
    if not keys:
        raise UserError("no OSM keys are asked for", hint="building, highway, ...")
    moment = iso_time(date) if date is not None else None
    area, name = _area(where, asked, sleep)
    table = _patiently(lambda endpoint: _ask(area, keys, moment, asked, endpoint), asked.endpoints, asked, sleep)
    features = [feature for feature in _features(table) if wanted(feature.tags)]
    return FeatureSet(
        features=sort_features(features),
        extent=where if isinstance(where, Bounds) else None,
        reader="osmnx",
        date=moment,
        origin=name,
    )


def _area(where: str | Bounds | BaseGeometry, server: Server, sleep: Callable[[float], None]) -> tuple[Any, str]:
    from shapely import MultiPolygon, Polygon, box

    if isinstance(where, Bounds):
        parts = [box(part.west, part.south, part.east, part.north) for part in where.parts()]
        return (parts[0] if len(parts) == 1 else MultiPolygon(parts)), f"box {where}"
    if isinstance(where, str):
        return _patiently(lambda endpoint: _outline(where, server, endpoint), [server.nominatim], server, sleep), where
    if not isinstance(where, (Polygon, MultiPolygon)) or not where.is_valid or where.is_empty:
        raise UserError(f"the area is a {where.geom_type}; a valid, not empty polygon in degrees is needed")
    return where, "polygon"


def _outline(place: str, server: Server, endpoint: str) -> Any:
    import osmnx
    from osmnx._errors import InsufficientResponseError

    with _settings(server, nominatim_url=endpoint):
        try:
            return osmnx.geocode_to_gdf(place).union_all()
        except InsufficientResponseError:
            raise UserError(f"no place '{place}' is known", hint="write it as 'Town, Country', or give a box") from None
        except TypeError:
            raise UserError(f"'{place}' is a point and no area on the map", hint="give a box") from None


def _ask(area: Any, keys: Sequence[str], moment: str | None, server: Server, endpoint: str) -> Any:
    import osmnx
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError

    date = "" if moment is None else f'[date:"{moment}"]'
    with _settings(server, overpass_url=endpoint, overpass_settings="[out:json][timeout:{timeout}]{maxsize}" + date):
        try:
            return osmnx.features_from_polygon(area, dict.fromkeys(keys, True))
        except InsufficientResponseError as error:
            if "No matching features" in str(error):
                return None
            raise _Refused(_first_line(error), None) from None
        except ResponseStatusCodeError as error:
            raise RunError(f"{_host(endpoint)} refused the question: {_first_line(error)}") from None


def _patiently(
    ask: Callable[[str], Any], endpoints: Sequence[str], server: Server, sleep: Callable[[float], None]
) -> Any:
    """The first answer; endpoints take turns, with a wait after each round."""
    from requests import RequestException

    failures: list[str] = []
    wait = 0.0
    for attempt in range(server.attempts):
        endpoint = endpoints[attempt % len(endpoints)]
        try:
            return ask(endpoint)
        except _Refused as error:
            failures.append(f"{_host(endpoint)}: {error}")
            wait = max(wait, error.wait_s or 0.0)
        except RequestException as error:
            failures.append(f"{_host(endpoint)}: {type(error).__name__}")
        if (attempt + 1) % len(endpoints) == 0 and attempt + 1 < server.attempts:
            rounds = (attempt + 1) // len(endpoints)
            sleep(min(max(wait, server.wait_s * 2 ** (rounds - 1)), _LONGEST_WAIT_S))
            wait = 0.0
    last = "; ".join(failures[-len(endpoints) :])
    raise RunError(
        f"no map server answered in {server.attempts} attempts ({last}); try later, name another with --endpoint, or "
        "read an extract from a file"
    )


@contextmanager
def _settings(server: Server, **values: Any) -> Iterator[None]:
    """Osmnx with our settings, as it was before when it is over."""
    import osmnx

    chosen = {
        "use_cache": server.cache is not None,
        "cache_folder": server.cache or "cache",
        "requests_timeout": server.timeout_s,
        "requests_kwargs": {"hooks": {"response": _stop_if_busy}},
        # The status page may make osmnx wait without end; refusals are met by our own pauses.
        "overpass_rate_limit": False,
        "doh_url_template": None,
    } | values
    before = {name: getattr(osmnx.settings, name) for name in chosen}
    resolver = socket.getaddrinfo
    for name, value in chosen.items():
        setattr(osmnx.settings, name, value)
    try:
        with warnings.catch_warnings():
            # osmnx says that it asks for a large area in pieces.
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        # osmnx pins host names for good; other requests of this process should not see that.
        socket.getaddrinfo = resolver


def _stop_if_busy(response: Any, *_: Any, **__: Any) -> None:
    """Refuse busy answers before osmnx sees them; also answers that broke off with a remark."""
    status = response.status_code
    if status == 429 or status >= 500:
        after = response.headers.get("Retry-After", "")
        meaning = {429: "too many requests", 504: "gateway timeout"}.get(status, response.reason)
        raise _Refused(f"{status} {meaning}", float(after) if after.isdigit() else None)
    if response.ok and b'"remark"' in response.content[-4096:]:
        remark = str(response.json().get("remark", ""))
        raise _Refused(f"broke off: {remark[:100]}", None)


def _host(endpoint: str) -> str:
    return urlparse(endpoint).netloc or endpoint


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _features(table: Any) -> list[Feature]:
    """Rows of osmnx's table as features; columns are sparse, so that they are walked one by one."""
    if table is None:
        return []
    tags: list[dict[str, str]] = [{} for _ in range(len(table))]
    metas: list[dict[str, str]] = [{} for _ in range(len(table))]
    for column in table.columns.drop("geometry"):
        values = table[column]
        target = metas if column in _META else tags
        plain = values.to_numpy(object)
        for row in values.notna().to_numpy().nonzero()[0]:
            target[row][column] = str(plain[row])
    features = []
    for number, ((kind, osm_id), geometry) in enumerate(zip(table.index, table.geometry, strict=True)):
        version = metas[number].get("version", "")
        features.append(
            Feature(
                int(osm_id),
                str(kind),
                geometry,
                dict(sorted(tags[number].items())),
                int(float(version)) if version.replace(".", "").isdigit() else None,
                metas[number].get("timestamp"),
            )
        )
    return features


def from_xml(path: Path, wanted: TagFilter = any_tags) -> FeatureSet:
    """Features of an XML file as osmnx reads it: the yardstick for :func:`rsica_data.osm.map_files.read_map`."""
    import osmnx
    from osmnx._errors import InsufficientResponseError

    try:
        table = osmnx.features_from_xml(path)
    except InsufficientResponseError:
        table = None
    features = [feature for feature in _features(table) if wanted(feature.tags)]
    return FeatureSet(features=sort_features(features), reader="osmnx", origin=str(path))
