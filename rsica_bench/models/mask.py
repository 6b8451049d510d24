"""Any change detector: ``--model FILE_OR_FOLDER``. Its masks answer every rule-based question, and are scored as masks.

TorchScript and state dicts run code of yours and ask for ``--allow-code``; ONNX files and folders of masks do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from rsica_bench.models.api import AdapterSpec, Capabilities, PairInput, RunContext, ScoredMask
from rsica_bench.models.batching import Computing, OutOfMemory
from rsica_bench.models.mask_folder import MaskFolder
from rsica_bench.models.mask_models import Forward, builder_of, load_network
from rsica_bench.models.pixel_difference import name_objects
from rsica_bench.models.transformers_loading import fingerprint
from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_file
from rsica_data.imagery.images import decode_rgb
from rsica_data.schema import JsonObject, Mask


class MaskOptions(BaseModel):
    """Options.

    Attributes:
        values: class of each value in a folder's masks: ``{255: building}``; None where they are class ids, or 0/255
            of the only class.
        size: ``[height, width]`` that the network wants; None for the image's own.
        mean, std: mean and standard deviation of RGB in 0..1 for normalization; ImageNet's by default.
        layout: the network takes a ``pair`` of images, or one of six channels (``concat``).
        output: which of its outputs counts; the last by default.
        threshold: threshold of the sigmoid, for networks of one output channel.
        channels: names of the output channels from 1 on (0 is no change); None for the dataset's classes in order.
        binary: how change without a class is named where there are several: ``class`` gives all of it to the first of
            ``channels``, ``shape`` calls what is long and thin a road.
        builder: ``module:callable`` that builds the network of a state dict.
        init: arguments of the builder.
        state_key: key of the file under which the state dict is stored.
        path: folder in which the builder's module is looked for.
        max_batch: pairs computed together.
        revision: revision that results state; a hash of the file or folder by default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: dict[int, str] | None = None
    size: tuple[PositiveInt, PositiveInt] | None = None
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    layout: Literal["pair", "concat"] = "pair"
    output: int = -1
    threshold: float = Field(0.5, gt=0, lt=1)
    channels: tuple[str, ...] | None = None
    binary: Literal["class", "shape"] = "class"
    builder: str | None = None
    init: dict[str, Any] = Field(default_factory=dict)
    state_key: str | None = None
    path: str = "."
    max_batch: PositiveInt = 8
    revision: str | None = None


class MaskModel:
    """A network or a folder."""

    def __init__(self, options: MaskOptions, path: Path) -> None:
        self._options, self._path = options, path
        self._folder: MaskFolder | None = None
        self._forward: Forward | None = None
        self._computing: Computing[ScoredMask | str] = Computing(options.max_batch, options.max_batch)

    def load(self, context: RunContext) -> None:
        """Open the folder or load the network."""
        options = self._options
        if self._path.is_dir():
            self._folder = MaskFolder(self._path, options.values)
            return
        device = context.device or default_device()
        builder = builder_of(options.builder, options.init, options.path)
        self._forward = load_network(self._path, device, options.layout, builder, options.state_key)

    def describe(self) -> JsonObject:
        """File, normalisation and sizes."""
        digest = fingerprint(self._path) if self._path.is_dir() else f"file:{sha256_file(self._path)}"
        described: JsonObject = {"revision": self._options.revision or digest}
        if self._folder is None:
            described |= {
                "normalisation": {"mean": list(self._options.mean), "std": list(self._options.std)},
                "size": None if self._options.size is None else list(self._options.size),
                "packages": {"torch": version("torch")},
            }
        return described

    def segment(self, pairs: Sequence[PairInput]) -> Sequence[Mask | str]:
        """A mask a pair."""
        return [one if isinstance(one, str) else one.mask for one in self.segment_scored(pairs)]

    def segment_scored(self, pairs: Sequence[PairInput]) -> Sequence[ScoredMask | str]:
        """A mask a pair, with the probability that the network gives to each pixel's class; None for a folder."""
        if self._folder is not None:
            stored = self._folder.segment(pairs)
            return [one if isinstance(one, str) else ScoredMask(one, None) for one in stored]
        shapes: dict[tuple[int, ...], list[int]] = {}
        decoded = [(decode_rgb(pair.before.data), decode_rgb(pair.after.data)) for pair in pairs]
        for number, (before, after) in enumerate(decoded):
            shapes.setdefault(before.shape if before.shape == after.shape else (), []).append(number)
        pair_masks: dict[int, ScoredMask | str] = dict.fromkeys(shapes.pop((), []), "the images are of unequal size")
        for numbers in shapes.values():
            masks = self._computing.run(
                [1] * len(numbers),
                lambda batch, following, numbers=numbers: self._compute(  # type: ignore[misc]
                    [decoded[numbers[place]] for place in batch.places],
                    [pairs[numbers[place]].classes for place in batch.places],
                ),
                _no_memory,
            )
            pair_masks |= dict(zip(numbers, masks, strict=True))
        return [pair_masks[number] for number in range(len(pairs))]

    def close(self) -> None:
        """Let the network go."""
        self._forward = self._folder = None

    def _compute(
        self, images: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]], classes: Sequence[tuple[str, ...]]
    ) -> list[ScoredMask]:
        import torch

        assert self._forward is not None
        shape = images[0][0].shape[:2]
        sides = [np.stack([self._normalised(pair[side]) for pair in images]) for side in (0, 1)]
        try:
            outputs = self._forward(sides[0], sides[1])
        except torch.OutOfMemoryError as error:
            raise OutOfMemory from error
        scores = torch.from_numpy(outputs[self._options.output])
        if scores.ndim != 4:
            raise UserError(f"output {self._options.output} has the shape {list(scores.shape)}, not [B, K, h, w]")
        if tuple(scores.shape[-2:]) != shape:
            scores = torch.nn.functional.interpolate(scores, size=shape, mode="bilinear", align_corners=False)
        binary = scores.shape[1] <= 2
        if scores.shape[1] == 1:
            change = scores[:, 0].sigmoid()
            labels = change > self._options.threshold
            sure = torch.where(labels, change, 1 - change)
        else:
            labels = scores.argmax(dim=1)
            sure = scores.softmax(dim=1).amax(dim=1)
        raw, confidence = labels.numpy().astype(np.uint8), sure.numpy().astype(np.float32)
        return [
            ScoredMask(self._named(mask, names, binary), one)
            for mask, one, names in zip(raw, confidence, classes, strict=True)
        ]

    def _normalised(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        import cv2

        if self._options.size is not None and image.shape[:2] != self._options.size:
            height, width = self._options.size
            image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        mean, std = (np.array(given, np.float32) for given in (self._options.mean, self._options.std))
        scaled = (image.astype(np.float32) / 255 - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)

    def _named(self, mask: Mask, classes: tuple[str, ...], binary: bool) -> Mask:
        """Class ids of the dataset for the network's channels."""
        if binary and len(classes) > 1 and self._options.binary == "shape":
            return name_objects(mask, classes, elongation=3.2)
        channels = self._options.channels
        if channels is None and binary and len(classes) > 1:
            hint = f"--set channels='[{classes[0]}]' or --set binary=shape"
            raise UserError(f"the network tells change alone, the dataset has {', '.join(classes)}", hint=hint)
        table = np.zeros(256, np.uint8)
        for channel, name in enumerate(channels if channels is not None else classes, 1):
            if name in classes:
                table[channel] = classes.index(name) + 1
        return np.asarray(table[mask], np.uint8)


def default_device() -> str:
    """The first GPU where there is one."""
    import torch

    return "cuda:0" if torch.cuda.is_available() else "cpu"


def _no_memory() -> ScoredMask | str:
    return "out of memory for this pair alone"


def _runs_code(options: MaskOptions, model: str | None) -> str | None:
    if options.builder is not None:
        return str(options.builder)
    if model is not None and not Path(model).is_dir() and not model.endswith(".onnx"):
        return f"the TorchScript of '{model}'"
    return None


def make(options: MaskOptions, model: str | None) -> MaskModel:
    """The adapter of the file or folder that ``--model`` names."""
    if model is None:
        raise UserError("adapter 'mask' needs a file or folder", key="--model", hint="TorchScript, ONNX, or masks")
    if not Path(model).exists():
        raise UserError("no such file or folder", file=model, key="--model")
    return MaskModel(options, Path(model))


ADAPTER = AdapterSpec(
    name="mask",
    summary="Any change detector: TorchScript, ONNX, a state dict with its builder, or a folder of predicted masks.",
    kind="mask",
    options=MaskOptions,
    make=make,
    capabilities=Capabilities(outputs=("mask",), images=2),
    runs_code=_runs_code,
    needs=("torch",),
)
