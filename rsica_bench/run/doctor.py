"""What this machine can run, and what is missing."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rsica_bench.models.api import AdapterSpec
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.extras import EXTRA_OF, install_command, need_extra

_PURPOSES = {
    "cv2": "facts of masks, mask metrics, the simulator",
    "scipy": "matching of boxes",
    "pandas": "tables of results",
    "torch": "adapters mask and transformers, metrics for training",
    "rasterio": "scenes and maps",
    "openai": "adapter openai, assisted builds",
    "huggingface_hub": "datasets of the Hub",
    "peft": "PEFT adapters",
    "bitsandbytes": "4-bit and 8-bit weights",
    "onnxruntime": "adapter mask with .onnx files",
    "pynvml": "GPU load and energy in run_info.json",
    "tokenizers": "caption protocol gpt2-bpe on plain captions",
    "pycocoevalcap": "METEOR",
    "aiohttp": "a local server for trying out adapter openai",
    "ray": "--engine ray",
}
"""What packages that are not in the core are for, by import name."""
_INSTALLED_AS = {"pynvml": "nvidia-ml-py", "cv2": "opencv-python-headless"}


def gpu_count() -> int:
    """Number of GPUs that torch sees.

    Raises:
        UserError: none.
    """
    with need_extra():
        import torch

    if not torch.cuda.is_available():
        raise UserError("torch sees no GPU here", key="--devices", hint="see `rsica-bench doctor`")
    return torch.cuda.device_count()


def examine(folder: Path) -> dict[str, Any]:
    """Everything that is found, as JSON.

    Args:
        folder: where runs would be written: its disk is looked at.

    Returns:
        ``machine``, ``gpus``, ``adapters`` (by name: ``ready``, ``missing``, ``note``), ``extras`` (by package:
        ``version`` or None, ``extra``, ``purpose``), ``problems`` (lines).
    """
    gpus, torch_says = _gpus()
    adapters = {name: _adapter(name, bool(gpus)) for name in registry.names(registry.ADAPTERS)}
    extras = {
        package: {"version": _version(package), "extra": EXTRA_OF[package], "purpose": purpose}
        for package, purpose in _PURPOSES.items()
    }
    report: dict[str, Any] = {
        "machine": _machine(folder),
        "torch": torch_says,
        "gpus": gpus,
        "adapters": adapters,
        "extras": extras,
    }
    return report | {"problems": _problems(report)}


def _machine(folder: Path) -> dict[str, Any]:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else None
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": pages,
        "free_disk_bytes": shutil.disk_usage(folder).free,
        "java": shutil.which("java") is not None,
    }


def _gpus() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """GPUs that torch sees; and what torch was built for, which tells why it may see none."""
    if importlib.util.find_spec("torch") is None:
        return [], {"version": None, "built_for_cuda": None}
    import torch

    says = {"version": torch.__version__, "built_for_cuda": torch.version.cuda}
    if not torch.cuda.is_available():
        return [], says
    gpus = []
    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        name = torch.cuda.get_device_name(number)
        bf16 = torch.cuda.get_device_capability(number) >= (8, 0)
        gpus.append({"name": name, "free_bytes": free, "total_bytes": total, "bfloat16": bf16})
    return gpus, says


def _adapter(name: str, gpu: bool) -> dict[str, Any]:
    try:
        spec: AdapterSpec = registry.load(registry.ADAPTERS, name)
    except UserError as error:
        return {"ready": False, "missing": [], "note": str(error)}
    missing = [package for package in spec.needs if importlib.util.find_spec(package) is None]
    note = ""
    if missing:
        # The last is what the adapter itself is about; the package that torch is among comes with it.
        extra = EXTRA_OF.get(missing[-1])
        note = install_command(extra) if extra else "pip install " + " ".join(missing)
    elif name == "vllm" and not gpu:
        return {"ready": False, "missing": [], "note": "needs a GPU"}
    elif name in ("openai", "agent") and not (os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL")):
        note = "set OPENAI_API_KEY, or give a local server with --set base_url=..."
    elif name == "transformers" and not gpu:
        note = "on the CPU: small models only"
    return {"ready": not missing, "missing": missing, "note": note}


def _version(package: str) -> str | None:
    if importlib.util.find_spec(package) is None:
        return None
    try:
        return version(_INSTALLED_AS.get(package, package))
    except PackageNotFoundError:
        return "unknown"


def _problems(report: dict[str, Any]) -> list[str]:
    machine, problems = report["machine"], []
    if importlib.util.find_spec("torchvision") is not None and not _torchvision_fits():
        problems.append("torchvision does not fit this torch: models of transformers will not import; uninstall it")
    torch = report["torch"]
    if not report["gpus"] and torch["version"] and not torch["built_for_cuda"] and Path("/dev/nvidia0").exists():
        problems.append("there is a GPU, but torch was built without CUDA")
    if machine["free_disk_bytes"] < 2**30:
        problems.append("less than 1 GiB of disk is free here")
    if report["gpus"] and report["extras"]["pynvml"]["version"] is None:
        problems.append("without nvidia-ml-py a run tells neither GPU load nor energy")
    return problems


def _torchvision_fits() -> bool:
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        return False
    return True
