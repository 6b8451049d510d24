"""The wordings of tasks, ``templates/NAME.yaml``."""

from __future__ import annotations

from typing import Any

from rsica_data.text.yaml_files import packaged_yaml


def template_file(name: str) -> Any:
    """The content of ``templates/NAME.yaml``. Read once; treat as read-only."""
    return packaged_yaml("rsica_data.tasks", f"templates/{name}.yaml")
