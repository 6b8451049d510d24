"""Ways to make a hostile file out of a valid one: bytes, texts, structures and kinds of files. All is drawn from one
`random.Random`, so that a seed gives the same file again.
"""

import bz2
import gzip
import json
import os
import re
import zlib

ADDRESS = "127.0.0.1:9"
"""What planted addresses name: nothing listens there, and every attempt counts."""

TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "a\nb", "\r", "../../x", "/etc/passwd", "~", "x" * 100_000,
    f"http://{ADDRESS}/x", f"/vsicurl/http://{ADDRESS}/x.tif", "file:///etc/passwd", "<script>alert(1)</script>", "{{ 7 * 7 }}",
    "%s%n", "-1", "NaN", "1e999", "true", "null", "2019-02-30", "0x10", "__class__", "EPSG:4326", "EPSG:999999", "+proj=x", "*", "?",
    "[", "]", "'", '"', "\\", "é" * 300, "日本", "�", "=1+1", "test", "train", "building", "#", "no", "9" * 400,
)  # fmt: skip
NUMBERS = (
    0,
    -1,
    1,
    2,
    0.5,
    -0.0,
    255,
    256,
    65535,
    65536,
    2**31 - 1,
    2**31,
    -(2**31),
    2**32,
    2**53 + 1,
    2**63,
    -(2**63),
    2**64,
)
NUMBERS += (10**30, -(10**400), 1e308, 5e-324)
RAW = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "9" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    "01",
    "1.",
    "[" * 3000,
    '{"a":' * 500,
    "//",
    "'x'",
)
_MARK = "@raw%d@"


def values(rng):
    """A value that a structure may hold in the place of another, among them markers of raw JSON."""
    kind = rng.randrange(8)
    if kind < 2:
        return rng.choice(TEXTS)
    if kind < 4:
        return rng.choice(NUMBERS)
    if kind == 4:
        return _MARK % rng.randrange(len(RAW))
    if kind == 5:
        return rng.choice((None, True, False, [], {}, [[]], [None], {"": None}, {"a": {}}, [{}], [1, "x", None]))
    if kind == 6:
        return [rng.choice(TEXTS + NUMBERS)] * rng.choice((1, 3, 2000))
    deep = rng.choice((30, 90, 200, 900))
    value = rng.choice((None, 1, "x"))
    for _ in range(deep):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return value


def places(value, above=()):
    """Every (container, key) of a structure."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(items)[:40]:
        yield value, key
        yield from places(part, (*above, key)) if len(above) < 30 else ()


def copy(value):
    """A copy of a structure; one that is too deep to copy becomes null."""
    try:
        return json.loads(json.dumps(value))
    except RecursionError:
        return None


def change_structure(rng, content):
    """One to four changes inside a structure of lists and mappings; returns the new one."""
    content = copy(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        found = list(places(content))
        if not found or rng.random() < 0.03:
            content = values(rng)
            continue
        holder, key = rng.choice(found)
        what = rng.randrange(9)
        if what < 4:
            holder[key] = values(rng)
        elif what == 4:
            del holder[key]
        elif what == 5:
            other, name = rng.choice(found)
            holder[key] = (
                copy(other[name]) if name in (other if isinstance(other, dict) else range(len(other))) else None
            )
        elif what == 6 and isinstance(holder, dict):
            holder[rng.choice(TEXTS)] = holder.pop(key)
        elif what == 7 and isinstance(holder, list):
            holder.extend([holder[key]] * rng.choice((1, 5, 3000)))
        else:
            holder[key] = [holder[key]] if rng.random() < 0.5 else {"x": holder[key]}
    return content


def to_json(rng, content):
    """A structure as JSON text, with the raw pieces in place, in any of several encodings."""
    try:
        text = json.dumps(content, ensure_ascii=rng.random() < 0.7, indent=rng.choice((None, 1)))
    except RecursionError:
        text = "[" * 2000 + "]" * 2000
    text = re.sub(r'"@raw(\d+)@"', lambda found: RAW[int(found[1])], text)
    if rng.random() < 0.05 and text.startswith("{"):
        text = "{" + '"name": 1, "a": 1, "a": 2, ' + text[1:]
    return encoded(rng, text)


def encoded(rng, text):
    """A text as bytes: mostly UTF-8, half surrogate pairs kept."""
    name = rng.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp037"))
    return text.encode(name, "surrogatepass" if name.startswith("utf") else "replace")


def change_lines(rng, data):
    """JSON lines with one line changed in its structure, or lines out of order, doubled, joined."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    try:
        if rng.random() < 0.75:
            lines[place] = to_json(rng, change_structure(rng, json.loads(lines[place])))
            return b"\n".join(lines)
    except ValueError:
        pass
    return change_text(rng, data)


def change_text(rng, data):
    """A text file with lines changed: hostile lines, doubled, swapped, without ends, with other separators."""
    lines = data.split(b"\n")
    for _ in range(rng.choice((1, 1, 3))):
        place = rng.randrange(len(lines))
        what = rng.randrange(7)
        if what == 0:
            lines[place] = rng.choice(TEXTS).encode("utf-8", "surrogatepass")
        elif what == 1:
            lines[place : place + 1] = [lines[place]] * rng.choice((2, 5000))
        elif what == 2:
            del lines[place : place + rng.choice((1, 5))]
            lines = lines or [b""]
        elif what == 3:
            lines[place] = change_words(rng, lines[place])
        elif what == 4:
            lines[place] = lines[place].replace(
                rng.choice((b",", b" ", b":", b'"', b"{", b"-")), rng.choice((b"", b"\t", b"\0", b",,", b"\xff"))
            )
        elif what == 5:
            lines[place] += b" " * rng.choice((1, 100_000)) + lines[rng.randrange(len(lines))]
        else:
            rng.shuffle(lines)
    return rng.choice((b"\n", b"\n", b"\r\n", b"\r")).join(lines)


def change_words(rng, data):
    """A text with one of its words, numbers or quoted parts replaced."""
    found = list(re.finditer(rb"[\w.+-]+|\"[^\"]*\"", data))
    if not found:
        return data
    spot = rng.choice(found)
    new = str(rng.choice(TEXTS + NUMBERS)).encode("utf-8", "surrogatepass")
    return data[: spot.start()] + (b'"' + new + b'"' if spot[0].startswith(b'"') else new) + data[spot.end() :]


YAML = (
    "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
    "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nname: *e\n",
    "name: !!python/object/apply:os.system ['true']\n", "name: !!python/name:os.system\n", "a: &a {<<: *a}\nname: x\n", "? [a]\n: b\n",
    "? {a: b}\n: c\n", "name: *nothing\n", "- " * 2000 + "x", "a: " + "[" * 3000, "a: " + "{b: " * 3000, "%YAML 9.9\n---\na: 1\n", "--- a\n--- b\n",
    "name: \"\\UFFFFFFFF\"\n", "name: \"\\uD800\"\n", "1: 2\n", "null: 1\n", "name: 1\nname: 2\n", "name: 0o7777777777777777777777\n",
    "name: 190:20:30:40:50:60:70\n", "name: 2001-99-99\n", "name: .nan\nversion: .inf\n", "\t- x\n", "!!binary x\n", "name: !!set {a, b}\n",
    "name: !!omap [a: 1]\n", "# " + "x" * 400_000, "a: " + "x" * 300_000, "name: |\n" + "  x\n" * 60_000, "",
)  # fmt: skip


def change_yaml(rng, data):
    """A YAML file: its values changed (JSON is YAML), its text changed, or a text of YAML's own traps in its place."""
    what = rng.randrange(10)
    if what < 6:
        import yaml

        return to_json(rng, change_structure(rng, yaml.safe_load(data)))
    if what < 8:
        return change_text(rng, data)
    trap = rng.choice(YAML).encode()
    return trap if what == 8 else trap + b"\n" + data


XML = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>'
    b"<osm>&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;</osm>",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><osm version="0.6">&a;</osm>',
    b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><osm version="0.6"></osm>',
    b'<?xml version="1.0" encoding="utf-7"?><osm/>', b"<osm version='0.6'>" + b"<node>" * 20_000, b"<osm/>", b"<VRTDataset/>",
)  # fmt: skip


def change_xml(rng, data):
    """An XML text with values, elements or its whole changed."""
    what = rng.randrange(8)
    if what == 0:
        return rng.choice(XML)
    if what < 5:
        spots = list(re.finditer(rb'="([^"]*)"', data))
        if spots:
            spot = rng.choice(spots)
            new = str(rng.choice(TEXTS + NUMBERS)).encode("utf-8", "surrogatepass")
            return data[: spot.start(1)] + new + data[spot.end(1) :]
    if what == 5:
        names = list(re.finditer(rb"<(\w+)", data))
        spot = rng.choice(names) if names else None
        if spot is None:
            return data
        return (
            data[: spot.start(1)]
            + rng.choice((b"relation", b"way", b"node", b"member", b"x", b"SourceFilename"))
            + data[spot.end(1) :]
        )
    return change_text(rng, data)


def change_bytes(rng, data, others=()):
    """Bits flipped, parts cut, doubled, zeroed, exchanged with those of another file, numbers in headers replaced."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        if not data:
            break
        near = rng.choice((min(64, len(data)), min(512, len(data)), len(data), len(data)))
        at = rng.randrange(near)
        if rng.random() < 0.25:
            at = len(data) - 1 - at
        what = rng.randrange(9)
        length = rng.choice((1, 2, 4, 8, 64, 1000, len(data)))
        if what <= 1:
            for _ in range(rng.choice((1, 1, 8, 64))):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif what <= 4:
            size = rng.choice((1, 2, 4, 8))
            number = rng.choice(
                (
                    0,
                    1,
                    2,
                    0x7F,
                    0xFF,
                    0x7FFF,
                    0xFFFF,
                    2**31 - 1,
                    2**31,
                    2**32 - 1,
                    2**63,
                    2**64 - 1,
                    rng.getrandbits(64),
                )
            )
            data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, rng.choice(("little", "big")))
        elif what == 5:
            del data[at : len(data) if rng.random() < 0.5 else at + length]
        elif what == 6:
            data[at:at] = bytes(data[at : at + length]) * rng.choice((1, 2, 50))
        elif what == 7:
            data[at : at + length] = bytes(min(length, len(data) - at))
        elif others:
            other = rng.choice(others)
            start = rng.randrange(len(other) or 1)
            data[at : at + length] = other[start : start + length]
        if len(data) > 4 << 20:
            del data[4 << 20 :]
    return bytes(data)


def change_packed(rng, data, inner):
    """A gzip or bzip2 file: what it holds changed, its own bytes changed, or a bomb in its place."""
    gz = data.startswith(b"\x1f\x8b")
    what = rng.randrange(20)
    if what < 13:
        plain = inner(rng, gzip.decompress(data) if gz else bz2.decompress(data))
        packed = gzip.compress(plain, 1, mtime=0) if gz else bz2.compress(plain)
        return packed + rng.choice((b"", b"", b"", b"\0" * 9, b"x"))
    if what < 18:
        return change_bytes(rng, data)
    if what == 18:
        return data * rng.choice((2, 300))
    line = rng.choice((b"\0", b"\n", b" ", b"[", b'{"a":1}\n', b"<node/>"))
    return bomb(line, gz)


_BOMBS = {}


def bomb(line, gz, size=300 << 20):
    """A packed file of one repeated piece that unpacks to hundreds of megabytes."""
    if (line, gz) not in _BOMBS:
        packer = zlib.compressobj(1, wbits=31) if gz else bz2.BZ2Compressor(9)
        block = line * ((1 << 20) // len(line))
        parts = [packer.compress(block) for _ in range((size if gz else size // 3) >> 20)]
        _BOMBS[line, gz] = b"".join(parts) + packer.flush()
    return _BOMBS[line, gz]


def special(rng, path, outside):
    """Put in a file's place what is no regular file inside its folder; the name of what it is."""
    kind = rng.choice(
        ("fifo", "zero", "outside", "passwd", "folder", "dangling", "loop", "empty", "sparse", "missing", "urandom")
    )
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "sparse":
        path.touch()
        os.truncate(path, rng.choice((1 << 28, 5 << 30)))
    elif kind != "missing":
        path.symlink_to(
            {
                "zero": "/dev/zero",
                "outside": outside,
                "passwd": "/etc/passwd",
                "dangling": "no/where",
                "loop": path.name,
                "urandom": "/dev/urandom",
            }[kind]
        )
    return kind
