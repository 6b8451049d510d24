"""`score-retrieval`: an embedder that knows is perfect, one that does not has what chance gives, a tiny CLIP runs."""

import hashlib
from math import comb

import numpy as np
import pytest

from rsica_bench.models.api import AdapterSpec
from rsica_bench.models.common import NoOptions
from rsica_data.core import registry
from rsica_data.dataset.opening import open_dataset


def direction(text):
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    vector = np.random.default_rng(seed).normal(size=256)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class Knows:
    """Embeds a later image as the sum of its pair's captions, an earlier one as nothing."""

    def __init__(self, knows):
        self.knows, self.closed = knows, False

    def load(self, context):
        self._of = {}
        for pair in context.dataset.pairs(context.split):
            self._of[pair.after.data] = sum(direction(text) for text in set(pair.captions))

    def embed_images(self, images):
        if not self.knows:
            return np.ones((len(images), 256), np.float32) / 16
        return np.array([self._of.get(image.data, np.zeros(256)) for image in images], np.float32)

    def embed_texts(self, texts):
        return np.array([direction(text) for text in texts], np.float32)

    def close(self):
        self.closed = True


@pytest.fixture
def embedder(monkeypatch):
    load = registry.load

    def register(adapter, **more):
        spec = AdapterSpec("knows", "", "embedding", NoOptions, lambda options, model: adapter, **more)
        monkeypatch.setattr(registry, "load", lambda group, name: spec if name == "knows" else load(group, name))
        return adapter

    return register


@pytest.fixture(scope="module")
def captioned(tmp_path_factory):
    import rsica_data as rd

    root = tmp_path_factory.mktemp("captioned")
    options = {"pairs": 60, "size": 64, "seed": 3}
    recipe = {"name": "c", "source": {"name": "synthetic", "options": options}, "tasks": {"captioning": {}}}
    rd.build(recipe, out=root / "d", workers=1)
    return root / "d"


def test_an_embedder_that_knows_is_perfect(captioned, embedder, rsica_bench):
    adapter = embedder(Knows(True))
    scored = rsica_bench("score-retrieval", "--data", captioned, "--split", "train", "--adapter", "knows", "--json")
    assert scored.status == 0, scored.err
    pairs = list(open_dataset(captioned).pairs("train"))
    owned = [set(pair.captions) for pair in pairs]
    texts = list(dict.fromkeys(text for pair in pairs for text in pair.captions))
    assert (scored.json["pairs"], scored.json["texts"]) == (len(pairs), len(texts)) and adapter.closed
    metrics = scored.json["metrics"]
    assert metrics["pair_to_text/nDCG@10"] == metrics["text_to_pair/nDCG@10"] == pytest.approx(1)
    # At most K of the right entries can be among the first K.
    for depth in (1, 5, 10):
        holders = [sum(text in own for own in owned) for text in texts]
        most = np.mean([min(depth, count) / count for count in holders])
        assert metrics[f"text_to_pair/recall@{depth}"] == pytest.approx(most)
        most = np.mean([min(depth, len(own)) / len(own) for own in owned])
        assert metrics[f"pair_to_text/recall@{depth}"] == pytest.approx(most)
    assert set(scored.json["intervals"]) | set(scored.json["interval_absent"]) == set(metrics)


def test_an_embedder_that_knows_nothing_has_what_chance_gives(captioned, embedder, rsica_bench):
    embedder(Knows(False))
    words = ("score-retrieval", "--data", captioned, "--split", "train", "--adapter", "knows", "--json", "--draws", 0)
    blind = rsica_bench(*words, "--pair", "after").json
    assert blind["chance"]["text_to_pair/recall@5"] == pytest.approx(5 / blind["pairs"])
    assert blind["chance"]["pair_to_text/recall@10"] == pytest.approx(10 / blind["texts"])
    assert blind["metrics"]["text_to_pair/recall@1"] == pytest.approx(1 / blind["pairs"])
    texts, own = blind["texts"], 5
    assert 1 - comb(texts - own, 1) / comb(texts, 1) > blind["chance"]["pair_to_text/recall@1"]


def test_changed_pairs_alone_and_limits(captioned, embedder, rsica_bench):
    embedder(Knows(True))
    words = ("score-retrieval", "--data", captioned, "--split", "train", "--adapter", "knows", "--json", "--draws", 0)
    changed = sum(bool(pair.changed) for pair in open_dataset(captioned).pairs("train"))
    assert rsica_bench(*words, "--changed").json["pairs"] == changed
    assert rsica_bench(*words, "--limit", 3).json["pairs"] == 3
    shown = rsica_bench(*words[:-3], "--limit", 3)
    assert shown.status == 0 and "one score for all has" in shown.out and "3 pairs" in shown.out


def test_mistakes(captioned, embedder, rsica_bench):
    told = rsica_bench("score-retrieval", "--data", captioned, "--adapter", "majority")
    assert told.status == 2 and "embeds no images" in told.err and "--adapter" in told.err
    embedder(Knows(True), runs_code=lambda options, model: "mine:embed")
    told = rsica_bench("score-retrieval", "--data", captioned, "--adapter", "knows")
    assert told.status == 2 and "--allow-code" in told.err


def test_a_set_without_captions(embedder, rsica_data, rsica_bench, write_recipe, tmp_path):
    assert rsica_data("synth", "--layout", "levir-cd", "--out", tmp_path / "in", "--pairs", 3).status == 0
    recipe = write_recipe(source="catalog", options={"page": "levir-cd"}, tasks={"classification": {}})
    assert rsica_data("build", recipe, "--input", tmp_path / "in", "--out", tmp_path / "d").status == 0
    embedder(Knows(True))
    told = rsica_bench("score-retrieval", "--data", tmp_path / "d", "--adapter", "knows")
    assert told.status == 2 and "no pair with captions" in told.err


def test_a_tiny_clip(captioned, rsica_bench, tmp_path):
    pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    import tiny_models

    torch.manual_seed(1)
    words = ("score-retrieval", "--data", captioned, "--model", tiny_models.clip(tmp_path), "--limit", 4, "--json")
    for vector in ("difference", "sum", "before"):
        scored = rsica_bench(*words, "--pair", vector, "--draws", 0)
        assert scored.status == 0, scored.err
        assert 0 <= scored.json["metrics"]["text_to_pair/mR"] <= 1
