"""Word lists and templates that ship with the package."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@lru_cache(maxsize=64)
def packaged_yaml(package: str, name: str) -> Any:
    """The content of the YAML file ``name`` of a package of ours. Read once; treat as read-only."""
    text = (files(package) / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
