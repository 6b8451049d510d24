"""Change detection networks from files: TorchScript, ONNX, and a state dict with the function that builds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.models.python import import_callable
from rsica_data.core.errors import UserError, one_line
from rsica_data.core.extras import install_command

Images = NDArray[np.float32]
Forward = Callable[[Images, Images], Sequence[NDArray[np.float32]]]
"""Normalised images before and after, ``[B, 3, H, W]``, to the network's outputs, ``[B, K, h, w]`` each."""

TORCHSCRIPT = (".pt", ".pts", ".torchscript", ".jit")
EXPORTED = ".pt2"
"""Files of `torch.export.save`; they take images of the size and number that they were made for."""


def load_network(path: Path, device: str, layout: str, builder: Callable[[], Any] | None, key: str | None) -> Forward:
    """The forward function of a network.

    Args:
        path: TorchScript, ONNX, or a state dict where ``builder`` is given.
        device: where it computes.
        layout: ``pair`` gives two inputs, ``concat`` one of six channels.
        builder: makes the network that the state dict belongs to.
        key: where the state dict stands in the file; None for the file itself.

    Raises:
        UserError: the file cannot be loaded.
    """
    if not path.is_file():
        raise UserError("no such file", file=path, key="--model")
    if path.suffix == ".onnx":
        return _onnx(path, layout)
    if builder is not None:
        return _torch(_built(path, builder, key), device, layout)
    return _torch(_exported(path) if path.suffix == EXPORTED else _script(path), device, layout)


def _exported(path: Path) -> Any:
    import torch

    try:
        return torch.export.load(path).module()
    except Exception as error:
        raise UserError(f"no exported program: {one_line(error)}", file=path, key="--model") from error


def _script(path: Path) -> Any:
    import torch

    if path.suffix not in TORCHSCRIPT:
        hint = "TorchScript, .pt2, .onnx, a folder, or a state dict with --set builder=module:callable"
        raise UserError("not a network of a known kind", file=path, key="--model", hint=hint)
    try:
        load: Any = torch.jit.load
        return load(str(path), map_location="cpu")
    except RuntimeError as error:
        raise UserError(f"no TorchScript: {str(error).strip().splitlines()[0]}", file=path, key="--model") from error


def _built(path: Path, builder: Callable[[], Any], key: str | None) -> Any:
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        for part in key.split(".") if key else ():
            state = state[part]
        network = builder()
        network.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    except KeyError as error:
        raise UserError(f"holds no {error}", file=path, key="--set state_key") from error
    except Exception as error:
        raise UserError(f"the state dict does not fit: {str(error).strip().splitlines()[0]}", file=path) from error
    return network


def _torch(network: Any, device: str, layout: str) -> Forward:
    import torch

    network = network.to(device)
    if not isinstance(network, torch.fx.GraphModule):  # an exported program has no modes
        network.eval()

    def forward(before: Images, after: Images) -> Sequence[NDArray[np.float32]]:
        first, second = (torch.from_numpy(part).to(device) for part in (before, after))
        with torch.inference_mode():
            network_output = (
                network(torch.cat([first, second], dim=1)) if layout == "concat" else network(first, second)
            )
        outputs = network_output if isinstance(network_output, (list, tuple)) else [network_output]
        return [np.asarray(output.float().cpu().numpy(), np.float32) for output in outputs]

    return forward


def _onnx(path: Path, layout: str) -> Forward:
    try:
        import onnxruntime
    except ImportError:
        raise UserError("needs onnxruntime", file=path, key="--model", hint=install_command("onnx")) from None
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
    try:
        session = onnxruntime.InferenceSession(str(path), providers=providers)
    except Exception as error:  # its exceptions have no common base
        raise UserError(f"no ONNX network: {str(error).strip().splitlines()[0]}", file=path, key="--model") from error
    names = [entry.name for entry in session.get_inputs()]

    def forward(before: Images, after: Images) -> Sequence[NDArray[np.float32]]:
        inputs = [np.concatenate([before, after], axis=1)] if layout == "concat" else [before, after]
        return [np.asarray(output, np.float32) for output in session.run(None, dict(zip(names, inputs, strict=True)))]

    return forward


def builder_of(where: str | None, arguments: dict[str, Any], path: str) -> Callable[[], Any] | None:
    """The function that builds the network, with its arguments."""
    if where is None:
        return None
    build = import_callable(where, path)
    return lambda: build(**arguments)
