"""Files as seeds write them."""

import json


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        content
        if isinstance(content, bytes)
        else content.encode()
        if isinstance(content, str)
        else json.dumps(content, indent=1).encode()
    )
    return path


def recipe(source, tasks=("classification", "counting"), options=None, **more):
    """A recipe as JSON, which is YAML."""
    return {
        "name": "x",
        "source": {"name": source, "options": options or {}},
        "tasks": {task: {} for task in tasks},
        **more,
    }
