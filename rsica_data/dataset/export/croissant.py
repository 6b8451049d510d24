"""croissant.json: the dataset's files and columns in MLCommons Croissant 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rsica_data.core.files import dump_json_pretty
from rsica_data.dataset.checksums import SHA256
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA, PAIRS_SCHEMA

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_NO_HASH = "https://github.com/mlcommons/croissant/issues/80"
_SIMPLE = {
    "string": "sc:Text",
    "int32": "sc:Integer",
    "int64": "sc:Integer",
    "double": "sc:Float",
    "bool": "sc:Boolean",
}


def write_croissant(manifest: dict[str, Any], repo: str | None = None, hashes: Mapping[str, str] | None = None) -> str:
    """The text of croissant.json for a dataset.

    Args:
        manifest: of the dataset.
        repo: the repository that it is published as; None on disk.
        hashes: SHA-256 of data files, where the manifest has another checksum of some.
    """
    source, recipe = manifest["source"], manifest["recipe"]
    page = f"https://huggingface.co/datasets/{repo}" if repo else None
    record: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest["name"],
        "description": " ".join(manifest["recipe"]["description"].split()) or manifest["recipe"]["title"],
        "license": source["license"] or "not stated",
        "url": page or source["url"] or "https://huggingface.co/datasets",
        "version": f"{manifest['recipe']['version']}.0.0",
        "distribution": _distribution(manifest, repo, hashes or {}),
        "recordSet": [_records("pairs", PAIRS_SCHEMA), _records("instructions", INSTRUCTIONS_SCHEMA)],
    }
    if source["citation"]:
        record["citeAs"] = " ".join(source["citation"].split())
    if recipe.get("date"):
        record["datePublished"] = str(recipe["date"])
    return dump_json_pretty(record)


def _distribution(manifest: dict[str, Any], repo: str | None, hashes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each data file with its SHA-256, which the form requires, where that is known; and a set of files for each table.

    On disk a set is found beside croissant.json; on the Hub it lies in the repository.
    """
    page = f"https://huggingface.co/datasets/{repo}"
    known = {name: str(entry[SHA256]) for name, entry in manifest["files"].items() if entry.get(SHA256)} | dict(hashes)
    files: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name if repo is None else f"{page}/resolve/main/{name}",
            "contentSize": f"{entry['bytes']} B",
            "encodingFormat": "application/x-parquet",
            "sha256": known[name],
        }
        for name, entry in manifest["files"].items()
        if name in known
    ]
    if repo is not None:
        # The field is required, and a repository has no one checksum: the form that the Hub itself uses.
        whole = {"contentUrl": page, "encodingFormat": "git+https", "sha256": _NO_HASH}
        files.insert(0, {"@type": "cr:FileObject", "@id": "repo", "name": "repo", **whole})
    sets = [
        {
            "@type": "cr:FileSet",
            "@id": f"{part}-files",
            "name": f"{part}-files",
            **({"containedIn": {"@id": "repo"}} if repo is not None else {}),
            "encodingFormat": "application/x-parquet",
            "includes": f"{part}/*.parquet",
        }
        for part in ("pairs", "instructions")
    ]
    return [*files, *sets]


def _records(part: str, schema: Any) -> dict[str, Any]:
    fields = []
    for field in schema:
        kind, repeated = str(field.type), False
        if kind.startswith("list<") and str(field.type.value_type) in _SIMPLE:
            kind, repeated = str(field.type.value_type), True
        if kind not in _SIMPLE and not kind.startswith("struct<bytes"):
            # Nested columns (facts, turns, ...) are described in docs/dataset.md; Croissant 1.0 has no form for them.
            continue
        entry: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"{part}/{field.name}",
            "name": f"{part}/{field.name}",
            "dataType": _SIMPLE.get(kind, "sc:ImageObject"),
            "source": {"fileSet": {"@id": f"{part}-files"}, "extract": {"column": field.name}},
        }
        if kind not in _SIMPLE:
            entry["source"]["transform"] = {"jsonPath": "bytes"}
        if repeated:
            entry["repeated"] = True
        fields.append(entry)
    return {"@type": "cr:RecordSet", "@id": part, "name": part, "field": fields}
