"""What TRL, ms-swift, Qwen-VL's script and WebDataset read: rows, texts, marks and images, against the dataset."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from rsica_data.dataset.opening import open_dataset

SPLITS = ("train", "val", "test")


@pytest.fixture
def export(rsica_data, small_dataset, tmp_path):
    def run(name, *words):
        out = tmp_path / name
        done = rsica_data("export", small_dataset, "--format", name, "--to", out, *words)
        assert done.status == 0, done.err
        return out

    return run


@pytest.fixture
def rows(small_dataset):
    """(instruction, encoded before and after) of a split."""
    dataset = open_dataset(small_dataset)
    images = {pair.pair_id: [pair.before.data, pair.after.data] for pair in dataset.pairs()}
    return lambda split: [(item, images[item.pair_id]) for item in dataset.instructions(split)]


def turns_of(item):
    return [{"role": turn.role, "content": turn.content} for turn in item.turns]


def load_parquet(out, split, tmp_path):
    datasets = pytest.importorskip("datasets")
    files = sorted(str(path) for path in out.glob(f"{split}-*.parquet"))
    return datasets.Dataset.from_parquet(files, cache_dir=str(tmp_path / "cache"))


def test_trl_rows_hold_texts_without_marks_and_both_images(export, rows, tmp_path):
    datasets = pytest.importorskip("datasets")
    out = export("trl")
    for split in SPLITS:
        loaded = load_parquet(out, split, tmp_path)
        text = datasets.Value("string")
        assert loaded.features["messages"] == datasets.List({"role": text, "content": text})
        assert loaded.features["images"] == datasets.List(datasets.Image())
        raw = loaded.cast_column("images", datasets.List(datasets.Image(decode=False)))
        for row, (item, images) in zip(raw, rows(split), strict=True):
            assert (row["id"], row["messages"]) == (item.instruction_id, turns_of(item))
            assert [image["bytes"] for image in row["images"]] == images
        assert "<image>" not in str(raw["messages"])
        assert [image.size for image in loaded[0]["images"]] == [(128, 128)] * 2


def test_trl_stores_the_images_of_a_pair_once_a_row_group(export, small_dataset):
    size = sum(path.stat().st_size for path in export("trl").glob("*.parquet"))
    images = sum(len(p.before.data) + len(p.after.data) for p in open_dataset(small_dataset).pairs())
    assert size < 1.3 * images


def test_trl_prompt_and_completion_split_a_conversation_at_each_answer(export, rows, tmp_path):
    loaded = load_parquet(export("trl", "--set", "form=prompt-completion"), "test", tmp_path).remove_columns("images")
    wanted = [
        (item.instruction_id, turns_of(item)[:place], turns_of(item)[place : place + 1])
        for item, _ in rows("test")
        for place in range(1, len(item.turns), 2)
    ]
    assert [(row["id"], row["prompt"], row["completion"]) for row in loaded] == wanted
    assert any(len(prompt) == 3 for _, prompt, _ in wanted)


def test_ms_swift_names_images_absolutely_unless_asked_otherwise(export, rows):
    out = export("ms-swift")
    for split in SPLITS:
        lines = (out / f"ms_swift_{split}.jsonl").read_text().splitlines()
        for line, (item, images) in zip(lines, rows(split), strict=True):
            record = json.loads(line)
            first, *rest = turns_of(item)
            assert record["messages"] == [{**first, "content": "<image><image>" + first["content"]}, *rest]
            assert [Path(path).read_bytes() for path in record["images"]] == images
            assert all(Path(path).is_absolute() for path in record["images"])
    export("ms-swift", "--paths", "relative")
    record = json.loads((out / "ms_swift_test.jsonl").read_text().splitlines()[0])
    assert record["images"][0].startswith("images/") and (out / record["images"][0]).is_file()


def test_qwen_vl_entries_lead_to_the_records_and_their_images(export, rows):
    entries = json.loads((export("qwen-vl") / "data_list.json").read_text())
    assert set(entries) == {"small_train", "small_val", "small_test"}
    for split in SPLITS:
        entry = entries[f"small_{split}"]
        records = json.loads(Path(entry["annotation_path"]).read_text())
        for record, (item, images) in zip(records, rows(split), strict=True):
            assert [(Path(entry["data_path"]) / path).read_bytes() for path in record["image"]] == images
            texts = [turn["value"] for turn in record["conversations"]]
            assert texts == [
                "<image>\n<image>\n" + item.turns[0].content, *(t.content for t in item.turns[1:])
            ]  # fmt: skip
            assert [turn["from"] for turn in record["conversations"]] == ["human", "gpt"] * (len(texts) // 2)


def samples(paths):
    """Samples as WebDataset groups them: neighbours with the same name up to the first dot."""
    found = []
    for path in paths:
        with tarfile.open(path) as tar:
            for member in tar:
                key, _, suffix = member.name.partition(".")
                if not found or found[-1]["__key__"] != key:
                    found.append({"__key__": key})
                assert suffix not in found[-1]
                found[-1][suffix] = tar.extractfile(member).read()
    return found


def test_webdataset_samples_in_shards(export, rows):
    out = export("webdataset", "--set", "shard_samples=10")
    for split in SPLITS:
        paths = sorted(out.glob(f"{split}-*.tar"))
        found = samples(paths)
        assert len(paths) == -(-len(found) // 10)
        assert len({sample["__key__"] for sample in found}) == len(found)
        for sample, (item, images) in zip(found, rows(split), strict=True):
            record = json.loads(sample["json"])
            assert (record["id"], record["messages"]) == (item.instruction_id, turns_of(item))
            assert [sample["before.png"], sample["after.png"]] == images
    export("webdataset")
    assert sorted(path.name for path in out.glob("*.tar")) == [f"{split}-000000.tar" for split in sorted(SPLITS)]


def test_webdataset_with_a_sample_a_pair_holds_every_conversation(export, rows):
    out = export("webdataset", "--set", "sample=pair")
    found = [json.loads(sample["json"]) for sample in samples([out / "train-000000.tar"])]
    told = [conversation for record in found for conversation in record["conversations"]]
    assert [entry["id"] for entry in told] == [item.instruction_id for item, _ in rows("train")]
    assert len({record["pair_id"] for record in found}) == len(found) < len(told)


@pytest.mark.parametrize("name", ["trl", "webdataset"])
def test_images_that_trainers_may_not_read_become_png(name, stored_pair, asked, write_dataset, tmp_path):
    import dataclasses

    from rsica_data.core import registry
    from rsica_data.imagery.images import decode_rgb
    from rsica_data.schema import EncodedImage

    pair = stored_pair("x")
    stream = io.BytesIO()
    Image.fromarray(decode_rgb(pair.before.data)).save(stream, "TIFF")
    pair = dataclasses.replace(pair, before=EncodedImage("A/x.tif", stream.getvalue()))
    spec = registry.load(registry.EXPORTERS, name)
    dataset = write_dataset([pair], [asked(pair, "classification", "?", "!")])
    (path,) = spec.export(dataset, tmp_path / "out", spec.options())
    if name == "webdataset":
        encoded = samples([tmp_path / "out" / path])[0]["before.png"]
    else:
        import pyarrow.parquet as pq

        encoded = pq.read_table(tmp_path / "out" / path).to_pylist()[0]["images"][0]["bytes"]
    assert encoded.startswith(b"\x89PNG")
    assert (decode_rgb(encoded) == decode_rgb(pair.before.data)).all()
