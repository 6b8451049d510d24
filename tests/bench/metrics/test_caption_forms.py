"""`score-captions` on the files that others write, and what a final full stop counts."""

import gzip
import json
import os
from pathlib import Path

import pytest

from rsica_bench.metrics.caption_files import read_hypotheses, read_references
from rsica_bench.metrics.caption_metrics import score_captions
from rsica_bench.metrics.caption_protocols import WORDS, WORDS_AND_STOP
from rsica_data.core.errors import UserError

SHARED = Path(os.environ.get("RSICA_SHARED", Path(__file__).resolve().parents[4] / "shared"))
MEANT = {
    "test_000004.png": ["a new road is built", "a road appears"],
    "test_000007.png": ["the scene is the same as before"],
    "test_000009.png": ["a villa is gone ,", "houses are removed"],
}
SAID = ["a road is built", "the scene is the same as before", "a villa is built"]


def write(path, content):
    if path.name.endswith(".jsonl"):
        content = "".join(json.dumps(row) + "\n" for row in content)
    data = (content if isinstance(content, str) else json.dumps(content)).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def stem(name):
    return name.rsplit(".", 1)[0]


NOTES = [(n, text) for n, texts in enumerate(MEANT.values()) for text in texts]
REFERENCES = {
    "coco.json": {
        "info": {},
        "images": [{"id": 100 + n, "file_name": name} for n, name in enumerate(MEANT)],
        "annotations": [{"id": k, "image_id": 100 + n, "caption": text} for k, (n, text) in enumerate(NOTES)],
    },
    "beside.json": {"images": [{"id": n, "file_name": name, "captions": MEANT[name]} for n, name in enumerate(MEANT)]},
    "lists.jsonl": [{"image_id": name, "captions": texts} for name, texts in MEANT.items()],
    "single.jsonl": [{"image_id": list(MEANT)[n], "caption": text} for n, text in NOTES],
    "single.json": [{"filename": list(MEANT)[n], "caption": text} for n, text in NOTES],
    "karpathy.json": {
        "images": [
            {"filename": name, "imgid": 100 + n, "split": "test", "sentences": [{"raw": text} for text in texts]}
            for n, (name, texts) in enumerate(MEANT.items())
        ]
    },
    "plain.json.gz": MEANT,
}
NAMED = list(zip(MEANT, SAID, strict=True))
HYPOTHESES = {
    "results.json": [{"image_id": name, "caption": text} for name, text in NAMED[::-1]],
    "stems.json": [{"image_id": stem(name), "caption": text} for name, text in NAMED],
    "rows.jsonl": [{"file_name": name, "caption": text} for name, text in NAMED],
    "raw.jsonl": [{"instruction_id": name, "raw": text} for name, text in NAMED[::-1]],
    "stems of a mapping.json": {stem(name): [text] for name, text in NAMED},
    "whole.json": {
        "images": [{"id": n, "file_name": name} for n, (name, _) in enumerate(NAMED)],
        "annotations": [{"image_id": n, "caption": text} for n, (_, text) in enumerate(NAMED)],
    },
    "texts.json": SAID,
    "lines.txt": "\n".join(SAID),
    "bom.txt": "\ufeff" + "\r\n".join(SAID) + "\r\n",
    "a_samples_levir.jsonl": [
        {"doc_id": n, "target": str(MEANT[name]), "filtered_resps": [text], "input": "describe"}
        for n, (name, text) in list(enumerate(NAMED))[::-1]
    ],
    "b_samples_levir.jsonl": [
        {"doc_id": n, "target": "", "filtered_resps": text, "coco_CIDEr": {"image_id": stem(name), "pred": text}}
        for n, (name, text) in enumerate(NAMED[::-1])
    ],
    "c_samples_levir.jsonl": [
        {"doc_id": n, "doc": {"filename": name}, "target": "x", "resps": [[text]], "filtered_resps": [text]}
        for n, (name, text) in enumerate(NAMED[::-1])
    ],
}


@pytest.mark.parametrize("name", REFERENCES)
def test_references_in_every_form(tmp_path, name):
    found = read_references(write(tmp_path / name, REFERENCES[name]))
    assert list(found.by_id.values()) == list(MEANT.values())
    for said in ("results.json", "stems.json", "lines.txt"):
        assert read_hypotheses(write(tmp_path / said, HYPOTHESES[said]), found) == SAID
    if name in ("coco.json", "karpathy.json"):  # results by the number of the image
        numbered = [{"image_id": 100 + n, "caption": text} for n, text in enumerate(SAID)]
        assert read_hypotheses(write(tmp_path / "n.json", numbered[::-1]), found) == SAID


@pytest.mark.parametrize("name", HYPOTHESES)
def test_hypotheses_in_every_form(rsica_bench, tmp_path, name):
    files = ("--references", write(tmp_path / "coco.json", REFERENCES["coco.json"]), "--meteor", "none", "--json")
    expected = rsica_bench("score-captions", "--hypotheses", write(tmp_path / "l.txt", "\n".join(SAID)), *files).json
    found = rsica_bench("score-captions", "--hypotheses", write(tmp_path / name, HYPOTHESES[name]), *files)
    assert found.status == 0, found.err
    assert found.json == expected


def test_fields_and_ids_are_named_where_they_are_not_found(rsica_bench, tmp_path):
    files = ("--references", write(tmp_path / "r.json", MEANT), "--meteor", "none", "--json")

    def score(content, *words):
        path = write(tmp_path / "h.jsonl", content)
        return rsica_bench("score-captions", "--hypotheses", path, *files, *words)

    rows = [{"image_id": name, "prediction": text} for name, text in NAMED]
    assert "h.jsonl:1: has no field 'raw'" in score(rows).err
    assert "add --field prediction" in score(rows).err
    assert score(rows, "--field", "prediction").json == score(HYPOTHESES["rows.jsonl"]).json
    unnamed = [{"caption": text} for text in SAID]
    assert "--id order takes them in order" in score(unnamed).err
    assert score(unnamed, "--id", "order").json == score(HYPOTHESES["rows.jsonl"]).json
    assert "2 rows for 3 references" in score(unnamed[:2], "--id", "order").err
    logged = HYPOTHESES["a_samples_levir.jsonl"]
    other = [{**row, "doc_id": 2 - row["doc_id"]} for row in logged]
    assert "has a target that is none of the references" in score(other).err
    assert score(other, "--id", "order").status == 0
    assert "1 items have no hypothesis" in score(rows[1:], "--field", "prediction").err
    stray = [*HYPOTHESES["rows.jsonl"], {"file_name": "other.png", "caption": "x"}]
    assert "items have no references" in score(stray).err
    twice = [*HYPOTHESES["rows.jsonl"], HYPOTHESES["rows.jsonl"][0]]
    assert "2 hypotheses" in score(twice).err


def test_sentences_without_a_word_are_no_references(rsica_bench, tmp_path):
    meant = {**MEANT, "test_000004.png": ["", *MEANT["test_000004.png"], " ."]}
    said = write(tmp_path / "l.txt", "\n".join(SAID))
    reports = []
    for content in (MEANT, meant):
        path = write(tmp_path / "r.json", content)
        reports.append(rsica_bench("score-captions", "--hypotheses", said, "--references", path, "--json").json)
    assert reports[0]["scores"] == reports[1]["scores"]
    assert [report.get("references_left_out") for report in reports] == [None, 2]
    for empty in ({"1": [""]}, {"1": [" ."]}):
        with pytest.raises(UserError, match=r"r\.json: holds no references with words"):
            read_references(write(tmp_path / "r.json", empty))
    case = SHARED / "cases" / "data" / "empty_caption" / "LevirCCcaptions.json"
    if case.is_file():
        with pytest.raises(UserError, match="holds no references with words"):
            read_references(case)


@pytest.mark.parametrize("flags", [(1, 0), ("1", "0"), (True, False), ("true", "false")])
def test_change_flags_may_be_text(tmp_path, flags):
    images = REFERENCES["karpathy.json"]["images"]
    marked = [{**image, "changeflag": flags[n % 2]} for n, image in enumerate(images)]
    assert list(read_references(write(tmp_path / "r.json", {"images": marked})).flags.values()) == [True, False, True]
    with pytest.raises(UserError, match="changeflag 'maybe'"):
        read_references(write(tmp_path / "r.json", {"images": [{**images[0], "changeflag": "maybe"}]}))


def test_captions_with_coco_like_images_of_a_real_set(real_data):
    found = read_references(real_data / "cdchat_sysu" / "sysu_test_captions.json.gz")
    assert len(found.by_id) == 3774
    assert found.aliases["sysu_test_00000"] == "16000"
    assert 0 < sum(found.flags.values()) <= 3774


def test_a_byte_order_mark_changes_no_score(rsica_bench):
    folder = SHARED / "cases" / "data" / "bom"
    if not folder.is_dir():
        pytest.skip("no cases under RSICA_SHARED")
    files = ("--references", folder / "refs.json", "--json")
    marked = rsica_bench("score-captions", "--hypotheses", folder / "bom.txt", *files).json
    assert marked["scores"] == rsica_bench("score-captions", "--hypotheses", folder / "hyp.json", *files).json["scores"]


def coco_scores(said, meant):
    bleu = pytest.importorskip("pycocoevalcap.bleu.bleu")
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    given = {n: [text] for n, text in enumerate(said)}, dict(enumerate(meant))
    four, _ = bleu.Bleu(4).compute_score(given[1], given[0], verbose=0)
    found = dict(zip([f"BLEU-{n}" for n in range(1, 5)], four, strict=True))
    return found | {
        "ROUGE-L": Rouge().compute_score(given[1], given[0])[0],
        "CIDEr": Cider().compute_score(*given[::-1])[0],
    }


def test_a_final_stop_counts_as_in_pycocoevalcap_where_it_is_kept(rsica_bench, tmp_path):
    said = [f"{text} ." for text in SAID]
    meant = [[f"{text} ." for text in texts] for texts in MEANT.values()]
    kept = score_captions(said, meant, WORDS_AND_STOP, meteor="none").scores
    dropped = score_captions(said, meant, WORDS, meteor="none").scores
    for name, value in coco_scores(said, meant).items():
        assert kept[name] == pytest.approx(value, abs=1e-9), name
    for name, value in coco_scores(SAID, list(MEANT.values())).items():
        assert dropped[name] == pytest.approx(value, abs=1e-9), name
    assert abs(kept["BLEU-4"] - dropped["BLEU-4"]) > 0.01
    files = ["--hypotheses", write(tmp_path / "h.txt", "\n".join(said)), "--references"]
    files.append(write(tmp_path / "r.json", dict(enumerate(meant))))
    report = rsica_bench("score-captions", *files, "--final-stop", "keep", "--meteor", "none", "--json").json
    assert report["scores"] == pytest.approx(kept)
    assert (report["protocol"], report["protocol_version"], report["final_stop"]) == ("words", 2, "kept")
    report = rsica_bench("score-captions", *files, "--meteor", "none", "--json").json
    assert (report["protocol_version"], report["final_stop"]) == (1, "dropped")
    assert "words v2, final ' .' kept" in rsica_bench("score-captions", *files, "--final-stop", "keep").out
    for protocol in ("coco", "levir-cc"):
        refused = rsica_bench("score-captions", *files, "--final-stop", "keep", "--protocol", protocol)
        assert (refused.status, "goes with --protocol words" in refused.err) == (2, True)
    saved = tmp_path / "df.json"
    assert rsica_bench("score-captions", *files, "--save-df", saved, "--meteor", "none").status == 0
    told = rsica_bench("score-captions", *files, "--df", saved, "--final-stop", "keep").err
    assert "made for protocol words 1, not words 2" in told


@pytest.mark.parametrize(
    ("images", "notes"),
    [
        ([{"id": 1}], [{"image_id": 1, "caption": {"raw": "a road"}}]),
        ([{"id": 1}], [{"image_id": 1, "caption": 7}]),
        ([{"id": 1, "captions": [["a road"]]}], None),
        ([{"id": 1, "captions": "a road"}], None),
        ([5, {"id": 1, "captions": ["a road"]}], None),
        ([5], None),
    ],
)
def test_captions_of_coco_that_are_no_texts_end_in_a_line(tmp_path, images, notes):
    path = tmp_path / "coco.json"
    path.write_text(json.dumps({"images": images} | ({} if notes is None else {"annotations": notes})))
    with pytest.raises(UserError, match="not in the layout of"):
        read_references(path)
