"""Wording that gives away where an answer was taken from: captions, masks, prompts, the machine that wrote it."""

from __future__ import annotations

import re

_SOURCE = (
    r"captions?|masks?|annotations?|labels?|metadata|meta data|json|prompts?|ground[- ]truths?|references?|facts|"
    r"reference \w+|bounding box(?:es)?|"
    r"provided (?:\w+ )?(?:information|data|descriptions?|text|details|input|context)|"
    r"(?:input|given|supplied|structured) (?:information|data|descriptions?|facts|text|details)"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:according to|based (?:up)?on|as (?:stated|given|described|listed|noted|mentioned|indicated|per|shown) "
        rf"(?:in|by|by the)?|given|from|per|in|using|judging (?:by|from)) (?:the |your |these |this |all )?"
        rf"(?:\w+ ){{0,2}}(?:{_SOURCE})\b",
        rf"\b(?:the|these|this|your) (?:\w+ ){{0,3}}(?:{_SOURCE}) (?:above |below )?"
        r"(?:shows?|says?|states?|indicates?|lists?|mentions?|describes?|gives?|reports?|tells?|suggests?|provided|given|"
        r"specif(?:y|ies)|confirms?|does not|do not|doesn't|don't|contains?|includes?|reveals?)\b",
        r"\bground[- ]truth\b",
        r"\b(?:bounding[- ]box(?:es)?|bbox(?:es)?)\b(?: coordinates)?(?: (?:given|provided|listed|are|is))?",
        r"\bas an? (?:ai|artificial intelligence|language model|large language model|assistant)\b",
        r"\b(?:the|this|your|a) json\b|\bjson (?:object|data|file|input)\b",
        r"\bchange ?flag\b|\bchange mask\b|\bsegmentation masks?\b|\bpixel (?:mask|labels?)\b",
        r"\bprovided (?:facts|captions?|masks?|annotations?|metadata|information|data|descriptions?|details)\b",
        r"\bi (?:was|am|have been) (?:given|provided|told)\b|\byou (?:provided|gave|supplied)\b",
        r"\bi (?:can ?not|can't|am unable to|do not have the ability to) (?:see|view|access) (?:the )?"
        r"(?:images?|pictures?)\b",
        r"\bconnected components?\b|\bhuman annotators?\b|\bannotators?\b|\bmetadata\b",
    )
)


_FORMATS = "tiff?|png|jpe?g|jp2|img|geojson|json|csv|xml|shp|osm|npy|npz|nc|hdf5?|h5|vrt|kml|txt|pbf"
_RECORDING = r"images?|pictures?|photo\w*|surveys?|recordings?|acquisitions?|dates?|visits?|flights?|shots?|epochs?"
_VIEW = rf"(?:{_RECORDING})"
_STATE = rf"(?:{_RECORDING}|views?|scenes?|frames?|states?|times?|situations?|conditions?|years?|versions?)"
_EARLIER = r"(?:earlier|previous|prior|former|preceding|initial|older)"
_TURNED = (
    r"(?:changed|altered|expanded|grown|risen|increased|decreased|reduced|shrunk|shrunken|replaced|demolished|removed|"
    r"rebuilt|disappeared|vanished|converted|turned into|extended|enlarged|added|torn down|lost|gained)"
)
_FIELDS = r"(?:date|place|location|sensor|time|source|name|class|value|attribute|resolution|data)"
_CERTAIN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:openstreetmap|osm|gis|geodata|shapefiles?|geojson)\b|\b(?:tags?|tagged|tagging|untagged)\b",
        r"(?<![\w.])[a-z]+(?:=|_)[a-z]\w*",
        rf"\b[\w-]+\.(?:{_FORMATS})\b",
        r"\bfile ?names?\b|\bexif\b|\bepsg\b|\bwgs ?84\b",
        r"\b\d{1,3}\.\d+ ?°? ?(?:degrees? )?(?:north|south|east|west|[NSEW])\b",
        r"\d ?° ?(?:\d|[NSEW]\b|north|south|east|west)",
    )
)
"""What betrays the source of a caption of one image for certain."""
_OF_IMAGE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # The map, its tags and records.
        r"\b(?:maps?|mapped|mapping|mappers?|cartograph\w*|openstreetmap|osm|gis|geodata|shapefiles?|geojson)\b",
        r"\b(?:tags?|tagged|tagging|untagged|attributes?|polygons?|geometr(?:y|ies)|databases?|data ?sets?)\b",
        r"\bkeys?\b(?! (?:features?|elements?|landmarks?|parts?|roles?|aspects?|characteristics?|points?|to)\b)",
        r"(?<![\w.])\w+(?:=|_)\w[\w=]*",
        r"\b(?:value|values) (?:of )?(?:\w+ )?(?:is|are|house|yes|residential)\b",
        rf"\b{_FIELDS} (?:fields?|entry|entries|tags?|columns?)\b",
        r"\b(?:listed|entered|catalogu?ed|labell?ed|annotated|encoded|classified) (?:as|in|on|under|there|here|with)\b",
        r"\b(?:the|these|this|given|available|source|input) data\b|\bdata (?:says?|lists?|shows?|gives?|has)\b",
        r"\b(?:highway|landuse|amenity|natural|leisure): ?[a-z]|\bcadastr\w*",
        r"\b(?:the|a) (?:legend|list|listing|records)\b|\bon record\b",
        r"\b(?:records?|lists?) (?:shows?|says?|gives?|has|have|names?)\b",
        # Its file and where it lies.
        rf"\b[\w-]+\.(?:{_FORMATS})\b",
        r"(?<!single )\bfiles?\b|\bfile ?names?\b|\bexif\b",
        r"\b(?:latitude|longitude|coordinates?|lat\b|lon\b|lng\b|epsg|utm|wgs ?84|crs|georeferenc\w*|easting|northing)",
        r"\d\s*°|\bdegrees? (?:north|south|east|west|of (?:latitude|longitude))",
        r"\b\d{1,3}\.\d+ ?(?:degrees? )?(?:north|south|east|west|[NSEW])\b",
        r"\b\d{1,3}(?:\.\d+)? ?[NS],? (?:and )?\d{1,3}(?:\.\d+)? ?[EW]\b",
        r"\b(?:tile|scene|image|product) (?:ids?|names?|numbers?)\b",
        r"\b\d{1,3}\.\d{2,}, ?-?\d{1,3}\.\d{2,}\b",
        # Another date, and change: there is one image.
        rf"\b{_EARLIER} ones?\b|\b(?:than|as|seen|shown) earlier\b",
        rf"\b(?:before|after|pre|post)-?(?:event)?[- ]{_VIEW}\b",
        r"\bthan (?:it|they) (?:was|were|used)\b|\bthan (?:in|at) (?:19|20)\d\d\b|\bused to\b",
        r"\b(?:has|have) become\b|\bbecame\b",
        r"\bnew(?:er)? (?:\w+ )?(?:houses?|buildings?|homes?|roads?|streets?|trees?|structures?|roofs?|lawns?)\b",
        rf"\b{_EARLIER} (?:\w+ )?{_STATE}\b|\b(?:first|last|other|old) {_VIEW}\b|\blast (?:time|year|month)\b",
        r"\b(?:both|two|second|later|newer|latest) (?:dates|surveys|recordings|points in time)\b",
        rf"\bsince (?:last|then|before|(?:19|20)\d\d|(?:the|an?|its|that) (?:{_EARLIER}|first|last|original))\b",
        rf"\bsince (?:the|that) {_VIEW}(?=[.,;:!?]|$)",
        r"\b(?:than|since|as|from|unlike|like|was|were) before\b|\bbefore(?:hand)?(?=[.,;:!?]|$)|\bbefore and after\b",
        r"\b(?:no longer|since (?:been|become|turned|given)|once (?:was|were|stood|lay)|formerly|previously|originally|"
        r"in the meantime|over (?:time|the years)|years ago|anymore)\b",
        r"\b(?:(?:wasn't|weren't|was not|were not) (?:yet )?there)\b",
        rf"\b(?:has|have|had|been|was|were|now|newly|recently|since) (?:\w+ )?{_TURNED}\b",
        r"\b(?:newly|recently|freshly) (?:built|added|constructed|laid|cleared|planted|erected|made|appeared)\b",
        r"\b(?:since|now|just) (?:been )?(?:built|constructed|cleared|erected|appeared|gone)\b",
        r"\bchang(?:e|es|ed|ing)\b(?! (?:from|between|along|towards?)\b)|\bunchanged\b",
        r"\b(?:rebuilt|demolished)\b|\w gone\b",
        r"\b(?:increases?|decreases?|reductions?|decline|expansion|loss) (?:of|in) (?:the )?\w+",
        r"\b(?:is|are|looks?|being) (?:brand[- ])?new\b|\bnew since\b",
    )
)
"""What betrays the source of a caption of one image, besides: its map or file, and talk of another date."""


def leaks(text: str, of_image: bool = False) -> tuple[str, ...]:
    """Phrases of a text that leak its source, in order ("according to the caption"); "the image shows" is none.

    Args:
        text: the text.
        of_image: whether it is about one image: then map, tags, file, coordinates, and other dates leak it, too.

    >>> leaks("The tag says house."), leaks("The tag says house.", of_image=True)
    ((), ('tag',))
    """
    return _phrases(text, (*_PATTERNS, *_OF_IMAGE) if of_image else _PATTERNS)


def certain_leaks(text: str) -> tuple[str, ...]:
    """Phrases of a caption of one image that leak its source whatever else it says; others are left to a reading.

    >>> certain_leaks("The tag says house."), certain_leaks("A map of greens.")
    (('tag',), ())
    """
    return _phrases(text, (*_PATTERNS, *_CERTAIN))


def _phrases(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str, ...]:
    straight = text.replace("’", "'")
    spans = sorted((match.start(), -match.end()) for pattern in patterns for match in pattern.finditer(straight))
    phrases: list[str] = []
    reach = -1
    for start, minus_end in spans:
        if start >= reach:
            phrases.append(text[start:-minus_end])
            reach = -minus_end
    return tuple(phrases)
