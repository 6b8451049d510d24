"""Loading a vision-language model and its processor with transformers, and saying what exactly was loaded."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveInt

from rsica_data.core.errors import UserError
from rsica_data.core.extras import install_command
from rsica_data.core.files import sha256_bytes
from rsica_data.schema import JsonObject

ONE_IMAGE = ("blip-2", "git", "instructblip", "kosmos-2", "llava", "llava_next", "paligemma", "vipllava")
"""Model types that were trained on one image a question."""
_WHOLE = 32 << 20
_NORMALISATION = (
    "do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize",
    "image_mean", "image_std", "do_convert_rgb", "do_image_splitting", "max_image_size", "min_pixels", "max_pixels",
    "patch_size", "merge_size", "image_grid_pinpoints", "crop_to_patches", "min_patches", "max_patches",
)  # fmt: skip


class TransformersOptions(BaseModel):
    """Options.

    Attributes:
        dtype: type of the weights; ``auto`` is bfloat16 on a GPU and float32 on a CPU.
        quantize: ``4bit`` or ``8bit`` with bitsandbytes (GPU only).
        attention: ``sdpa``, ``eager``, ``flash_attention_2``...; None for the library's choice.
        device_map: ``auto`` spreads a model over all GPUs that are seen.
        peft: folder or name of a PEFT adapter to put on the model.
        revision: branch, tag or commit on the Hub.
        trust_remote_code: run the model's own code; asks for ``--allow-code``.
        images: maximum of images of a question; None to take the model's own.
        system: system prompt.
        max_new_tokens: maximum length of a reply.
        temperature: 0 is greedy decoding; else sampling with the run's seed.
        top_p: nucleus of sampling.
        batch_tokens: tokens of a batch, padding and reply included; None to measure what fits.
        max_batch: maximum of requests of a batch.
        threads: threads that decode and preprocess images.
        processor: arguments for the processor, e.g. ``{max_pixels: 401408}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    quantize: Literal["none", "4bit", "8bit"] = "none"
    attention: str | None = None
    device_map: str | None = None
    peft: str | None = None
    revision: str | None = None
    trust_remote_code: bool = False
    images: PositiveInt | None = None
    system: str | None = None
    max_new_tokens: PositiveInt = 256
    temperature: NonNegativeFloat = 0.0
    top_p: NonNegativeFloat = 1.0
    batch_tokens: PositiveInt | None = None
    max_batch: PositiveInt = 64
    threads: PositiveInt = 2
    processor: dict[str, Any] = {}


def import_transformers() -> Any:
    """The package.

    Raises:
        UserError: it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise UserError(f"adapter 'transformers' cannot start: {error}", hint=install_command("transformers")) from None
    if not sys.stderr.isatty():
        logging: Any = transformers.utils.logging
        logging.disable_progress_bar()
    return transformers


def load_model(name: str, options: TransformersOptions, device: str) -> Any:
    """The model in evaluation mode, on its device.

    Raises:
        UserError: no such model, or one of an architecture that takes no images.
    """
    import torch

    transformers = import_transformers()
    arguments: dict[str, Any] = {
        "dtype": getattr(torch, chosen_dtype(options, device)),
        "revision": options.revision,
        "trust_remote_code": options.trust_remote_code,
    }
    if options.attention is not None:
        arguments["attn_implementation"] = options.attention
    if options.device_map is not None:
        arguments["device_map"] = options.device_map
    if options.quantize != "none":
        arguments["device_map"] = options.device_map or {"": device}
        arguments["quantization_config"] = _quantization(options, arguments["dtype"])
    try:
        model = transformers.AutoModelForImageTextToText.from_pretrained(name, **arguments)
        if options.peft is not None:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, options.peft)
    except (OSError, ValueError, ImportError) as error:
        raise UserError(f"cannot load '{name}': {str(error).strip().splitlines()[0]}", key="--model") from error
    if "device_map" not in arguments:
        model = model.to(device)
    return model.eval()


def _quantization(options: TransformersOptions, dtype: Any) -> Any:
    configuration: Any = import_transformers().BitsAndBytesConfig
    if options.quantize == "8bit":
        return configuration(load_in_8bit=True)
    return configuration(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)


def chosen_dtype(options: TransformersOptions, device: str) -> str:
    """Name of the weights' type."""
    if options.dtype != "auto":
        return options.dtype
    return "bfloat16" if device.startswith("cuda") else "float32"


def load_processor(name: str, options: TransformersOptions) -> Any:
    """The processor, padding on the left; without torchvision its PIL image processors, and no video.

    Raises:
        UserError: it cannot be loaded.
    """
    transformers = import_transformers()
    try:
        with nullcontext() if transformers.utils.is_torchvision_available() else _without_videos():
            processor = transformers.AutoProcessor.from_pretrained(
                name,
                revision=options.revision,
                trust_remote_code=options.trust_remote_code,
                **options.processor,
            )
    except (OSError, ValueError, ImportError) as error:
        raise UserError(f"cannot load the processor of '{name}': {str(error).strip().splitlines()[0]}") from error
    words = getattr(processor, "tokenizer", None)
    if words is None or getattr(processor, "image_processor", None) is None:
        raise UserError(f"'{name}' has no processor of images and text", key="--model")
    words.padding_side = "left"
    if words.pad_token is None:
        words.pad_token = words.eos_token
    return processor


@contextmanager
def _without_videos() -> Iterator[None]:
    """Processors of models that also know videos load without torchvision, which only their videos need."""
    from transformers.processing_utils import ProcessorMixin
    from transformers.video_processing_utils import VideoProcessorMixin

    class NoVideos(VideoProcessorMixin):  # type: ignore[misc, no-any-unimported, unused-ignore]
        """Stands where the video processor would."""

    # Without torchvision the names in the packages are empty stand-ins; the module has the class that is used.
    auto: Any = import_module("transformers.models.auto.video_processing_auto").AutoVideoProcessor
    mixin: Any = ProcessorMixin
    load, check = auto.__dict__["from_pretrained"], mixin.check_argument_for_proper_class
    auto.from_pretrained = classmethod(lambda cls, *args, **kwargs: NoVideos())
    mixin.check_argument_for_proper_class = lambda self, name, given: (
        NoVideos if isinstance(given, NoVideos) else check(self, name, given)
    )
    try:
        yield
    finally:
        auto.from_pretrained, mixin.check_argument_for_proper_class = load, check


def describe(model: Any, processor: Any, name: str, options: TransformersOptions) -> JsonObject:
    """What moves results: revision, types, attention, normalisation, chat template, generation settings."""
    images, template = processor.image_processor, chat_template(processor)
    base = model if options.peft is None else model.get_base_model()
    return {
        "revision": revision_of(model, name),
        "architecture": type(base).__name__,
        "dtype": str(next(model.parameters()).dtype).removeprefix("torch."),
        "quantize": options.quantize,
        "attention": getattr(model.config, "_attn_implementation", None),
        "peft": None if options.peft is None else revision_of(None, options.peft),
        "image_processor": {"class": type(images).__name__}
        | {key: _plain(getattr(images, key)) for key in _NORMALISATION if getattr(images, key, None) is not None},
        "chat_template_sha256": None if template is None else sha256_bytes(template.encode()),
        "system": options.system,
        "generation": {
            "max_new_tokens": options.max_new_tokens,
            "temperature": options.temperature,
            "top_p": options.top_p if options.temperature else None,
            "eos_token_id": model.generation_config.eos_token_id,
        },
        "packages": {package: version(package) for package in ("torch", "transformers")},
    }


def chat_template(processor: Any) -> str | None:
    """The chat template of a processor or its tokenizer; None where it has none."""
    template = getattr(processor, "chat_template", None) or getattr(processor.tokenizer, "chat_template", None)
    if isinstance(template, dict):
        template = template.get("default")
    return template if isinstance(template, str) else None


def revision_of(model: Any, name: str) -> str:
    """The commit of a model on the Hub; a fingerprint of its files for a folder."""
    folder = Path(name)
    if folder.is_dir():
        return fingerprint(folder)
    commit = getattr(getattr(model, "config", None), "_commit_hash", None)
    return f"{name}@{commit}" if commit else name


def fingerprint(folder: Path) -> str:
    """``folder:`` and a hash over its files: small ones whole, of large ones the size, the first and the last MiB."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as stream:
            if size <= _WHOLE:
                digest.update(stream.read())
            else:
                digest.update(stream.read(1 << 20))
                stream.seek(-(1 << 20), 2)
                digest.update(stream.read())
    return f"folder:{digest.hexdigest()}"


def _plain(value: Any) -> Any:
    """A setting as JSON."""
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if is_dataclass(value):
        value = {entry.name: getattr(value, entry.name) for entry in fields(value)}
    if hasattr(value, "items"):
        return {str(key): _plain(part) for key, part in value.items() if part is not None}
    return getattr(value, "value", str(value))
