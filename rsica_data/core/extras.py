"""Packages that only some parts need: a missing one is told with the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rsica_data.core.errors import UserError

EXTRA_OF = {
    "torch": "torch",
    "torchmetrics": "torch",
    "torchgeo": "torchgeo",
    "torchvision": "torchgeo",
    "affine": "geo",
    "geopandas": "geo",
    "osmium": "geo",
    "osmnx": "geo",
    "pyogrio": "geo",
    "pyproj": "geo",
    "rasterio": "geo",
    "requests": "geo",
    "shapely": "geo",
    "h5py": "hdf5",
    "hdf5plugin": "hdf5-filters",
    "httpx2": "llm",
    "jinja2": "llm",
    "jsonschema": "llm",
    "openai": "llm",
    "fsspec": "cloud",
    "gcsfs": "cloud",
    "s3fs": "cloud",
    "datasets": "hub",
    "huggingface_hub": "hub",
    "cv2": "build",
    "deflate": "build",
    "scipy": "score",
    "pandas": "pandas",
    "matplotlib": "plot",
    "aiohttp": "serve",
    "tokenizers": "bpe",
    "pycocoevalcap": "reference",
    "accelerate": "transformers",
    "gguf": "transformers",
    "peft": "transformers",
    "transformers": "transformers",
    "vllm": "vllm",
    "bitsandbytes": "quantized",
    "onnxruntime": "onnx",
    "ray": "ray",
    "pynvml": "nvml",
    "lmms_eval": "lmms-eval",
    "vlmeval": "vlmeval",
    "inspect_ai": "inspect",
}
"""Packages that are not in the core, by import name, and the extra of ``pyproject.toml`` that brings each."""


def install_command(extra: str) -> str:
    """The command that installs an extra, from the package index and in a checkout."""
    return f"pip install 'rsica[{extra}]', in a checkout: pip install -e '.[{extra}]'"


def missing_extra(error: BaseException) -> UserError | None:
    """What to tell of a failed import.

    Returns:
        One line with the command that installs the package; None where the error is another one, or the package is none
        of :data:`EXTRA_OF`.
    """
    if not isinstance(error, ModuleNotFoundError):
        return None
    package = (error.name or "").partition(".")[0]
    if package not in EXTRA_OF:
        return None
    return UserError(f"this needs {package}, which is not installed", hint=install_command(EXTRA_OF[package]))


@contextmanager
def need_extra() -> Iterator[None]:
    """Imports inside the block, also late ones of what is called there, may need a package of an extra.

    Raises:
        UserError: it is not installed; the hint is the command that installs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = missing_extra(error)
        if missing is None:
            raise
        raise missing from error
