"""VRT files of GDAL: which files they read, and that these lie in the input folder.

A VRT may name any file and any address, run Python and call other services. Here one is read as `gdalbuildvrt` and
`gdal_translate` write it: bands out of parts of local files. Its XML is parsed and compared with lists of what is
known, never searched by patterns: the same name can be written in many ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from rsica_data.core.errors import InvalidItemError

_DEEPEST = 16
_ELEMENTS = """
    vrtdataset srs geotransform metadata mdi gcplist gcp vrtrasterband nodatavalue nodata hidenodatavalue colorinterp
    colortable entry description unittype offset scale categorynames category maskband overviewlist
    simplesource complexsource averagedsource sourcefilename sourceband sourceproperties srcrect dstrect
    scaleoffset scaleratio exponent srcmin srcmax dstmin dstmax clamp lut colortablecomponent usemaskband
    histograms histitem histmin histmax bucketcount includeoutofrange approximate histcounts
"""
"""Names of elements, lower case: GDAL does not tell cases apart."""
_ATTRIBUTES = """
    rasterxsize rasterysize datatype band blockxsize blockysize relativetovrt shared resampling xoff yoff xsize ysize
    key domain format dataaxistosrsaxismapping coordinateepoch projection id info pixel line x y z c1 c2 c3 c4
"""
_KNOWN_ELEMENTS, _KNOWN_ATTRIBUTES = (frozenset(words.split()) for words in (_ELEMENTS, _ATTRIBUTES))
_SUBCLASSES = frozenset({"VRTSourcedRasterBand"})
_PLAIN_NAME = re.compile(r"[^\x00-\x1f:\"<>{}?|*]+")
"""Names without the signs by which GDAL tells datasets inside files, addresses and connection strings."""


@dataclass
class _Parsed:
    path: str
    names: dict[tuple[str, bool], None] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    relative: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        lower = name.lower()
        if lower not in _KNOWN_ELEMENTS or (self.open and lower == "vrtdataset"):
            raise _refused(self.path, f"has an element <{name[:40]}>, which is not read here")
        if not self.open and lower != "vrtdataset":
            raise _refused(self.path, f"begins with <{name[:40]}>")
        if self.open and self.open[-1] == "sourcefilename":
            raise _refused(self.path, f"has an element <{name[:40]}> in the name of a source")
        if len(self.open) >= _DEEPEST:
            raise _refused(self.path, f"is nested more than {_DEEPEST} levels deep")
        for attribute, value in attributes.items():
            if attribute.lower() not in _KNOWN_ATTRIBUTES and not _plain_subclass(attribute, value):
                raise _refused(self.path, f"has an attribute {attribute[:40]}={value[:40]!r}, which is not read here")
        self.open.append(lower)
        if lower == "sourcefilename":
            self.text, self.relative = [], _relative(self.path, attributes)

    def characters(self, text: str) -> None:
        if self.open and self.open[-1] == "sourcefilename":
            self.text.append(text)

    def end(self, name: str) -> None:
        if self.open.pop() == "sourcefilename":
            self.names[("".join(self.text), self.relative)] = None


def _plain_subclass(attribute: str, value: str) -> bool:
    return attribute.lower() == "subclass" and value in _SUBCLASSES


def _relative(path: str, attributes: dict[str, str]) -> bool:
    values = {name.lower(): value for name, value in attributes.items()}
    value = values.get("relativetovrt", "0")
    if value not in ("0", "1"):
        raise _refused(path, f"has relativeToVRT={value[:40]!r}")
    return value == "1"


def _refused(path: str, what: str) -> InvalidItemError:
    return InvalidItemError("unsafe-raster", f"{path}: the VRT {what}")


def vrt_sources(path: str, data: bytes, folder: Path) -> tuple[Path, ...]:
    """The files that a VRT reads, in order, each once.

    Args:
        path: the VRT, for messages.
        data: its bytes.
        folder: the folder in which it lies.

    Raises:
        InvalidItemError: ``unsafe-raster``: unknown content, or a source that is no plain name of a local file.
    """
    parsed = _Parsed(path)
    # Encodings by declaration would let the same bytes mean one name here and another to GDAL.
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = parsed.start, parsed.end
    parser.CharacterDataHandler = parsed.characters

    def refuse(*_: object) -> None:
        raise _refused(path, "declares a document type or entities")

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _refused(path, f"is not valid XML: {error}") from None
    return tuple(dict.fromkeys(_source(path, name, relative, folder) for name, relative in parsed.names))


def _source(path: str, name: str, relative: bool, folder: Path) -> Path:
    shown = ascii(name[:100])
    if not _PLAIN_NAME.fullmatch(name) or name != name.strip() or name.lower().startswith("/vsi"):
        raise _refused(path, f"has the source {shown}, which is not a plain local file")
    if relative == Path(name).is_absolute():
        raise _refused(path, f"has the source {shown} with relativeToVRT={int(relative)}")
    return folder / name
