"""STAC items stored as JSON files: which file holds which band, and when it was taken. Nothing is fetched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json

_REMOTE = re.compile(r"^([a-z][a-z0-9+.-]*://|/vsi)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of an item: path relative to the input folder, and the names that its bands go by, one list a band."""

    path: str
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A STAC item: its file, assets by key, and date (ISO 8601, day) where it has one."""

    path: str
    assets: Mapping[str, Asset]
    date: str | None


def read_items(root: Path, path: str, key: str) -> tuple[Item, ...]:
    """The items of a JSON file: one item, or a FeatureCollection of them. Assets that are no rasters are left out.

    Raises:
        UserError: not STAC JSON, or an asset that is not inside the input folder.
    """
    loaded = read_json(root / path, key=key)
    features = list(_features(loaded))
    if not features or not all(isinstance(item.get("assets"), Mapping) for item in features):
        raise UserError("not a STAC item: it has no assets", file=root / path, key=key)
    return tuple(_item(root, path, item, key) for item in features)


def _features(loaded: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(loaded, Mapping):
        members = loaded.get("features") if loaded.get("type") == "FeatureCollection" else [loaded]
        yield from (item for item in (members if isinstance(members, list) else []) if isinstance(item, Mapping))


def _item(root: Path, path: str, item: Mapping[str, Any], key: str) -> Item:
    assets = {
        name: Asset(_href(root, path, str(asset["href"]), key), _names(name, asset))
        for name, asset in item["assets"].items()
        if isinstance(asset, Mapping) and isinstance(asset.get("href"), str) and _is_raster(asset)
    }
    properties = item.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise UserError("not a STAC item: its properties are no object", file=root / path, key=key)
    taken = properties.get("datetime") or properties.get("start_datetime")
    return Item(path, assets, str(taken)[:10] if taken else None)


def _is_raster(asset: Mapping[str, Any]) -> bool:
    kind = str(asset.get("type", "")).lower()
    if kind:
        return "tiff" in kind or "jp2" in kind or "geotiff" in kind
    return str(asset["href"]).lower().endswith((".tif", ".tiff", ".jp2", ".vrt", ".img"))


def _href(root: Path, path: str, href: str, key: str) -> str:
    if _REMOTE.match(href):
        hint = "download the asset and name it by a relative path"
        raise UserError(f"asset '{href}' is not a local file", file=root / path, key=key, hint=hint)
    joined = PurePosixPath(os.path.normpath(PurePosixPath(path).parent / href))
    if joined.is_absolute() or ".." in joined.parts:
        raise UserError(f"asset '{href}' lies outside the input folder", file=root / path, key=key)
    return str(joined)


def _names(key: str, asset: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Names of every band of an asset (``bands`` of STAC 1.1, ``eo:bands`` before); the key for a single band."""
    listed = asset.get("bands") or asset.get("eo:bands")
    bands = [band for band in listed if isinstance(band, Mapping)] if isinstance(listed, list) else []
    if len(bands) <= 1:
        bands = bands or [{}]
        return ((key.lower(), *_band_names(bands[0])),)
    return tuple(_band_names(band) for band in bands)


def _band_names(band: Mapping[str, Any]) -> tuple[str, ...]:
    names = (band.get("name"), band.get("common_name"), band.get("eo:common_name"))
    return tuple(str(name).lower() for name in names if name)
