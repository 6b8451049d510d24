"""CLIPScore from vectors and through an adapter; BERTScore of a small random encoder against its definition."""

import json

import numpy as np
import pytest

from rsica_bench.metrics.embedding_scores import clip_score_items, ref_clip_score_items
from rsica_bench.models.embedding_scores import clip_scores
from rsica_data.core.errors import UserError
from rsica_data.schema import EncodedImage


def test_clip_score_by_hand():
    images, texts = np.array([[3.0, 4], [1, 0], [1, 0]]), np.array([[4.0, 3], [0, 2], [-1, 0]])
    assert clip_score_items(images, texts) == pytest.approx([2.5 * 0.96, 0, 0])
    measured = ref_clip_score_items(images, texts, [np.array([[4.0, 3]]), np.array([[0, 1.0], [1, 0]]), np.eye(2)])
    assert measured == pytest.approx([2 * 2.4 * 1 / 3.4, 0, 0])
    with pytest.raises(UserError, match="length"):
        clip_score_items(images, texts * 0)
    with pytest.raises(UserError, match="shape"):
        clip_score_items(images, texts[:2])
    with pytest.raises(UserError, match="reference"):
        ref_clip_score_items(images, texts, [np.eye(2)] * 2)


class Bytes:
    """An embedding adapter: how often each of four letters comes."""

    def embed_texts(self, texts):
        return np.array([[1e-3 + text.count(letter) for letter in "abcd"] for text in texts], np.float32)

    def embed_images(self, images):
        return self.embed_texts([image.data.decode() for image in images])


def test_scores_through_an_adapter():
    images = [EncodedImage("1.png", b"aab"), EncodedImage("2.png", b"cd")]
    table = clip_scores(Bytes(), images, ["aab", "ab"], [["aab"], ["cd", "ab"]])
    measured = table.scores().values
    assert measured["CLIPScore"] == pytest.approx((2.5 + 0) / 2, abs=0.01)
    assert measured["RefCLIPScore"] == pytest.approx((2 * 2.5 / 3.5 + 0) / 2, abs=0.01)
    assert set(clip_scores(Bytes(), images, ["a", "b"]).scores().values) == {"CLIPScore"}
    with pytest.raises(UserError, match="one text an image"):
        clip_scores(Bytes(), images, ["a"])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A random BERT of two layers over a few words."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "road", "house", "is", "built", "new", "tree"]
    (folder / "vocab.txt").write_text("\n".join(words))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "model_max_length": 32})
    )
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.mark.filterwarnings("ignore")
def test_bert_score_is_its_definition(encoder):
    import torch
    import transformers

    from rsica_bench.metrics.bert_score import bert_score_items, bert_scores

    pytest.importorskip("torchmetrics")
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
    model = transformers.AutoModel.from_pretrained(encoder).eval()

    def vectors(text):
        with torch.no_grad():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        rows = torch.nn.functional.normalize(states, dim=-1).numpy()
        return rows[1:-1]  # without the marks of beginning and end

    def by_hand(text, reference):
        near = vectors(text) @ vectors(reference).T
        precision, recall = near.max(axis=1).mean(), near.max(axis=0).mean()
        return precision, recall, 2 * precision * recall / (precision + recall)

    texts, references = ["a road is built", "a new house"], [["a house is built", "a road"], ["new tree"]]
    expected = [max((by_hand(text, one) for one in group), key=lambda row: row[2])
                for text, group in zip(texts, references, strict=True)]  # fmt: skip
    measured = bert_score_items(texts, references, str(encoder))
    assert measured == pytest.approx(np.array(expected), abs=1e-4)
    scores = bert_scores(texts, references, str(encoder), 2).values
    assert scores["BERTScore-F1"] == pytest.approx(measured[:, 2].mean())
    assert set(bert_scores([], [], str(encoder)).absent) == set(scores)
    assert bert_score_items(texts, references, str(encoder), 1)[0] != pytest.approx(measured[0])
    with pytest.raises(UserError, match="reference"):
        bert_score_items(["a"], [[]], str(encoder))
    with pytest.raises(UserError, match="cannot load"):
        bert_score_items(["a"], [["a"]], str(encoder / "nowhere"))
