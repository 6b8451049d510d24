"""Ways in which a file of JSON can be broken: as bytes, and key by key."""

import json

DEEP = "[" * 100_000

BYTES = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "list": lambda data: b"[]",
    "number": lambda data: b"3",
    "null": lambda data: b"null",
    "text": lambda data: b'"x"',
    "object": lambda data: b"{}",
    "deep": lambda data: DEEP.encode(),
    "deep-value": lambda data: b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "binary": lambda data: bytes(range(256)) * 8,
    "digits": lambda data: b'{"a": ' + b"9" * 5000 + b"}",
    "twice": lambda data: b'{"a": 1, "a": 2}',
    "nan": lambda data: b'{"a": NaN}',
    "surrogate": lambda data: b'{"a": "\\ud800"}',
}

_VALUES = (
    None,
    [],
    {},
    "x",
    "",
    -1,
    1.5,
    10**30,
    True,
    "../../x",
    "\ud800",
    [[]],
    ["x"],
    {"x": 1},
    {"x": None},
    "a\0b",
)
_DELETED = object()


def paths_of(value, above=(), deepest=4):
    """Every path of keys in a JSON value, at most one item of a list."""
    if len(above) < deepest and isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else list(enumerate(value))[:1]
        for key, part in items:
            yield (*above, key)
            yield from paths_of(part, (*above, key), deepest)


def broken_values(text, seed=None, most=None):
    """(name, text) of a JSON text with one value replaced or taken out, all of them or ``most`` drawn by ``seed``."""
    import random

    content = json.loads(text)
    cases = [(path, new) for path in paths_of(content) for new in (_DELETED, *_VALUES)]
    if most is not None and most < len(cases):
        cases = random.Random(seed).sample(cases, most)
    for path, new in cases:
        changed = json.loads(text)
        inside = changed
        for key in path[:-1]:
            inside = inside[key]
        if new is _DELETED:
            del inside[path[-1]]
        else:
            inside[path[-1]] = new
        shown = "deleted" if new is _DELETED else json.dumps(new)[:12]
        yield f"{'.'.join(map(str, path))}={shown}", json.dumps(changed)
