"""Stand-ins for lmms-eval, VLMEvalKit and Inspect: the interfaces that the adapters use, as their packages have them.

The packages themselves are not installed where the tests run. Each stand-in asks of its caller what the real one asks:
documents looked up by task, split and number; messages of these forms; files that can be opened; a running event loop.
"""

import asyncio
import base64
import dataclasses
import io
import sys
import types
from pathlib import Path

from PIL import Image


def reply_to(prompt, images):
    """What every stand-in model says: the sizes of what it was shown, so that a test sees it."""
    return f"{prompt} | {' '.join(f'{image.width}x{image.height}' for image in images)}"


def module(monkeypatch, name, **values):
    made = types.ModuleType(name)
    for key, value in values.items():
        setattr(made, key, value)
    monkeypatch.setitem(sys.modules, name, made)
    return made


# lmms-eval


@dataclasses.dataclass
class TokenCounts:
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclasses.dataclass
class GenerationResult:
    text: str
    token_counts: TokenCounts | None = None


def unwrap_generation_output(output):
    return (output.text, output.token_counts) if isinstance(output, GenerationResult) else (str(output), None)


@dataclasses.dataclass
class Instance:
    request_type: str
    arguments: tuple
    idx: int
    metadata: dict

    def __post_init__(self):
        self.task_name, self.doc_id, self.repeats = (self.metadata[key] for key in ("task", "doc_id", "repeats"))

    @property
    def args(self):
        return self.arguments


class Simple:
    """As a simple class: one context, images by a function of the document."""

    is_simple = True
    cleaned = 0

    def __init__(self, pretrained="none", batch_size=1, device="cpu"):
        self.task_dict, self.device, self.pretrained = {}, device, pretrained

    def generate_until(self, requests):
        found = []
        for request in requests:
            context, settings, doc_to_visual, doc_id, task, split = request.args
            assert settings.pop("max_new_tokens") > 0  # models take entries out
            images = doc_to_visual(self.task_dict[task][split][doc_id])
            assert all(isinstance(image, Image.Image) for image in images)
            found.append(GenerationResult(reply_to(context, images), TokenCounts(7, 2)))
        return found

    def clean(self):
        Simple.cleaned += 1


class Chat(Simple):
    """As a chat class: messages of the document, of the first request's function for the whole chunk."""

    is_simple = False

    def generate_until(self, requests):
        found = []
        first = requests[0].args[1]
        for request in requests:
            _, _, settings, doc_id, task, split = request.args
            assert settings["do_sample"] is False
            messages = first(self.task_dict[task][split][doc_id])
            parts = [part for message in messages for part in message["content"]]
            images = [part["url"] for part in parts if part["type"] == "image"]
            texts = [part["text"] for part in parts if part["type"] == "text"]
            assert [message["role"] for message in messages] == ["user", "assistant"] * (len(messages) // 2) + ["user"]
            found.append(reply_to(" / ".join(texts), images))
        return found


class Placed(Simple):
    """As classes that place their weights by `device_map`, on the first GPU unless told otherwise."""

    def __init__(self, pretrained="none", batch_size=1, device="cuda", device_map="cuda"):
        super().__init__(pretrained, batch_size, device)
        self.device_map = device_map


def lmms_eval(monkeypatch):
    models = {"plain": Simple, "talker": Chat, "placed": Placed}
    module(monkeypatch, "lmms_eval")
    module(monkeypatch, "lmms_eval.api")
    module(monkeypatch, "lmms_eval.api.instance", Instance=Instance,
           unwrap_generation_output=unwrap_generation_output)  # fmt: skip
    module(monkeypatch, "lmms_eval.models", list_available_models=lambda: list(models),
           get_model=lambda name, force_simple=False: Simple if force_simple else models[name])  # fmt: skip


# VLMEvalKit


def opened(path):
    return Image.open(io.BytesIO(Path(path).read_bytes()))


class Interleaved:
    INTERLEAVE = True

    def __init__(self, tone="plain"):
        self.tone = tone

    def generate(self, message, dataset=None):
        assert [part["type"] for part in message[:-1]] == ["image"] * (len(message) - 1)
        images = [opened(part["value"]) for part in message[:-1]]
        return f"{self.tone} {reply_to(message[-1]['value'], images)}"


class Talker(Interleaved):
    def chat_inner(self, message, dataset=None):
        raise NotImplementedError

    def chat(self, messages, dataset=None):
        parts = [part for message in messages for part in message["content"]]
        images = [opened(part["value"]) for part in parts if part["type"] == "image"]
        return reply_to(" / ".join(part["value"] for part in parts if part["type"] == "text"), images)


class FirstImageAlone(Interleaved):
    INTERLEAVE = False


class Unreachable(Interleaved):
    def generate(self, message, dataset=None):
        return "Failed to obtain answer via API."


def vlmeval(monkeypatch):
    names = {"several": Interleaved, "talker": Talker, "first": FirstImageAlone, "away": Unreachable}
    module(monkeypatch, "vlmeval")
    module(monkeypatch, "vlmeval.config", supported_VLM=names)


# Inspect


@dataclasses.dataclass
class Part:
    image: str | None = None
    text: str | None = None


@dataclasses.dataclass
class ChatMessage:
    content: object
    role: str = ""


@dataclasses.dataclass
class GenerateConfig:
    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    top_p: float | None = None


@dataclasses.dataclass
class Usage:
    input_tokens: int = 11
    output_tokens: int = 3


@dataclasses.dataclass
class ModelOutput:
    completion: str
    usage: Usage | None
    error: str | None = None


class Model:
    """Its client belongs to the event loop that asked first."""

    def __init__(self, name, **args):
        self.name, self.args, self.loop = name, args, None

    async def generate(self, messages, config):
        self.loop = self.loop or asyncio.get_running_loop()
        assert self.loop is asyncio.get_running_loop()
        await asyncio.sleep(0)
        contents = [m.content if isinstance(m.content, list) else [Part(text=m.content)] for m in messages]
        parts = [part for content in contents for part in content]
        texts = " / ".join(part.text for part in parts if part.text is not None)
        if self.name == "mock/refuses":
            raise ConnectionError("no such host")
        urls = [part.image for part in parts if part.image]
        images = [Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) for url in urls]
        return ModelOutput(reply_to(texts, images), Usage())


def inspect_ai(monkeypatch):
    kinds = {f"ChatMessage{role}": ChatMessage for role in ("User", "Assistant", "System")}
    module(monkeypatch, "inspect_ai")
    module(monkeypatch, "inspect_ai.model", ContentImage=Part, ContentText=Part, GenerateConfig=GenerateConfig,
           get_model=Model, **kinds)  # fmt: skip


# Inspect's tasks


@dataclasses.dataclass
class Sample:
    id: str
    input: list
    target: str
    metadata: dict


@dataclasses.dataclass
class Score:
    value: str
    answer: str
    explanation: str
    metadata: dict


@dataclasses.dataclass
class SampleScore:
    score: Score
    sample_metadata: dict


@dataclasses.dataclass
class InspectTask:
    dataset: list
    solver: object
    scorer: object
    config: object


def scorer(metrics):
    def decorate(make):
        def made():
            score = make()
            score.metrics = metrics
            return score

        return made

    return decorate


def accuracy():
    return lambda scores: sum(one.score.value == "C" for one in scores) / len(scores)


def grouped(metric, key):
    def compute(scores):
        groups = {}
        for one in scores:
            groups.setdefault(one.sample_metadata[key], []).append(one)
        return {name: metric(of) for name, of in groups.items()}

    return compute


def inspect_tasks(monkeypatch):
    inspect_ai(monkeypatch)
    sys.modules["inspect_ai"].Task = InspectTask
    sys.modules["inspect_ai"].task = lambda function: function
    module(monkeypatch, "inspect_ai.dataset", MemoryDataset=lambda samples, name=None: list(samples), Sample=Sample)
    module(monkeypatch, "inspect_ai.solver", generate=lambda: "generate")
    module(monkeypatch, "inspect_ai.scorer", CORRECT="C", INCORRECT="I", NOANSWER="N", Score=Score, accuracy=accuracy,
           grouped=grouped, metric=lambda make: make, scorer=scorer, stderr=lambda: lambda scores: 0.0)  # fmt: skip
