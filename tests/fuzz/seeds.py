"""Small valid files of every kind, made on the spot by the product and by the libraries that it reads with.

Each scene is a folder `ROOT/NAME` whose files the targets damage and read.
"""

import gzip
import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from seed_files import recipe, write
from seed_maps import maps, scenes

TASKS = ("captioning", "classification", "counting", "localization", "open_qa", "dialogue")


def make_all(root):
    """All scenes below `root`."""
    for make in (pairs, catalog, tables, scenes, maps, datasets, captions, answers, prompts, caches):
        make(root)


def call(package, *words):
    """A command of the product that must succeed."""
    from importlib import import_module

    from rsica_data.core.command_line import run_cli

    program = package.replace("_", "-")
    status = run_cli(import_module(f"{package}.cli").cli, program, [str(word) for word in words])
    assert status == 0, (program, words)


def picture(seed, mask=False):
    """48 x 48 pixels as PNG: a smooth ground with noise, or a mask of 0 and 255."""
    from rsica_data.imagery.images import encode_png

    rng = np.random.default_rng(seed)
    if mask:
        pixels = np.zeros((48, 48), np.uint8)
        pixels[8 + seed % 8 : 24, 10:30] = 255
        return encode_png(pixels)
    return encode_png(rng.integers(0, 256, (48, 48, 3)).astype(np.uint8))


def tables(root):
    """Two pairs in a parquet file as ``datasets`` writes them, and as an image folder with metadata."""
    from datasets import Dataset, Image

    files = [{"bytes": picture(10 * number), "path": None} for number in range(6)]
    columns = {"a": files[:2], "b": files[2:4], "m": [{"bytes": picture(3, mask=True), "path": None}] * 2}
    columns |= {"q": ["Is it rural?", "How many?"], "s": ["yes", "2"], "id": ["one", "two"]}
    data = Dataset.from_dict(columns)
    for name in ("a", "b", "m"):
        data = data.cast_column(name, Image(decode=False))
    (root / "hf/in").mkdir(parents=True)
    data.to_parquet(str(root / "hf/in/test.parquet"))
    roles = {"before": "a", "after": "b", "change_mask": "m", "question": "q", "answer": "s", "id": "id"}
    options = {"columns": roles, "classes": {"building": 255}, "streaming": True}
    write(root / "hf/r.yaml", recipe("hf", options=options, tasks=["classification", "given_qa"]))
    rows = [{"file_name": f"{name}.png", "text": "a road"} for name in "ab"]
    for number, row in enumerate(rows):
        write(root / "hffolder/in/test" / row["file_name"], picture(number))
    write(root / "hffolder/in/test/metadata.jsonl", "\n".join(map(json.dumps, rows)))
    options = {"columns": {"before": "image", "question": "text", "answer": "text"}, "streaming": True}
    write(root / "hffolder/r.yaml", recipe("hf", options=options, tasks=["given_qa"]))


def pairs(root):
    """Two pairs in the layouts of LEVIR-CD (split folders, lists), LEVIR-MCI and `folder`."""
    for number, name in enumerate("ab"):
        for side, folder in enumerate(("A", "B", "label")):
            data = picture(10 * number + side, mask=side == 2)
            write(root / "levir-cd/in/test" / folder / f"{name}.png", data)
            write(root / "lists/in" / folder / f"{name}.png", data)
            write(root / "levir-mci/in/images/test" / folder / f"test_00000{number + 1}.png", data)
            write(root / "folder/in/test" / folder / f"{name}.png", data)
    write(root / "levir-cd/r.yaml", recipe("levir-cd"))
    write(root / "lists/r.yaml", recipe("levir-cd", options={"split": "test"}))
    write(root / "lists/in/list/test.txt", "a.png\nb.png\n")
    said = [{"filename": f"test_00000{n}.png", "filepath": "test", "split": "test", "imgid": n, "changeflag": n - 1, "sentids": list(range(5 * n, 5 * n + 5)),
             "sentences": [{"tokens": ["a", "road"], "raw": f"a road is built {k} .", "imgid": n, "sentid": 5 * n + k} for k in range(5)]} for n in (1, 2)]  # fmt: skip
    write(root / "levir-mci/in/LevirCCcaptions.json", {"dataset": "x", "images": said})
    write(root / "levir-mci/r.yaml", recipe("levir-mci", ("captioning", "classification")))
    write(root / "synth/c.json.gz", gzip.compress(json.dumps({"dataset": "x", "images": said}).encode(), mtime=0))
    options = {"before": "{split}/A/{name}.png", "after": "{split}/B/{name}.png", "change_mask": "{split}/label/{name}.png", "classes": {"road": 255},
               "captions": "captions.json", "pair_attributes": "attributes.csv"}  # fmt: skip
    write(root / "folder/r.yaml", recipe("folder", ("captioning", "classification"), options))
    write(root / "folder/in/captions.json", {"a": ["a road ."], "b": ["two roads .", "a house ."]})
    write(root / "folder/in/attributes.csv", "name,place,height\na,here,3\nb,there,4\n")
    write(
        root / "folder/r2.yaml", recipe("folder", ("classification",), options | {"pair_attributes": "attributes.json"})
    )
    write(root / "folder/in/attributes.json", {"a": {"place": "here", "list": [1, 2]}, "b": {}})


def catalog(root):
    """A page of a user's own with its lists; polygons, questions, boxes, tables and shards of pages that ship."""
    from rsica_data.sources.catalog.catalog_pages import load_page
    from rsica_data.sources.catalog.layout_writer import write_page

    for name, layout in (
        ("xbd", "as shipped, polygons"),
        ("whu-cd", None),
        ("cdvqa", None),
        ("changechat-json", None),
        ("dubai-cc", None),
        ("dynamicearthnet", None),
        *((name, None) for name in ("dior", "hrsid", "skyscript", "reben", "earthreason", "spacenet7", "rsteller")),
        ("xlrs-bench", None),
        *((name, None) for name in ("refgeo", "rscc", "disasterm3")),
        # h5py is in an extra.
        *((name, None) for name in ("so2sat-lcz42", "cabuar") if find_spec("h5py")),
    ):
        write_page(load_page(name), root / "catalog" / name, layout=layout, pairs=1, size=48)
    write(
        root / "catalog/mine.yaml",
        "name: mine\ntitle: Mine\nfamily: binary change\nsummary: Pairs.\nclasses: [building]\nlayouts:\n"
        '  - name: flat\n    before: "A/{name}.png"\n    after: "B/{name}.png"\n    change_mask: "label/{name}.png"\n'
        '    splits: [{lists: "list/{split}.txt"}]\n',
    )


def datasets(root):
    """A built dataset, an interrupted build, runs, a board with a row, predictions for `replay` and `mask`."""
    folder = root / "data"
    facts = {"classes": ["road", "building"]}
    write(
        folder / "r.yaml",
        recipe("synthetic", TASKS, {"pairs": 9, "size": 64, "seed": 4}, facts=facts, build={"shard_pairs": 3}),
    )
    call("rsica_data", "build", folder / "r.yaml", "--out", folder / "ds", "--workers", 1)
    write(folder / "ds/rejected.jsonl", '{"detail":"c","pair_id":"a","reason":"b"}\n')
    call("rsica_bench", "run", "--data", folder / "ds", "--adapter", "no-change", "--out", folder / "runs/one")
    call("rsica_bench", "run", "--data", folder / "ds", "--adapter", "oracle", "--out", folder / "runs/two")
    digest = json.loads((folder / "runs/one/run.json").read_text())["dataset"]["sha256"]
    write(
        folder / "board/benchmark.yaml",
        {
            "title": "A",
            "datasets": [{"name": "x", "sha256": digest}],
            "description": "d",
            "benchmarks": {"levir-cc": {"summary": "s", "input": "i", "page": "levir-cc", "tasks": {"captioning": {}}}},
        },
    )
    published = "task,split,protocol,model,metric,value,unit,trust,source,seen,note\ncaptioning,test,words,M,BLEU-4,62.5,percent,A,paper,2024-01-01,\n"
    write(folder / "board/published.csv", published)
    call(
        "rsica_bench",
        "leaderboard",
        "submit",
        folder / "runs/one",
        "--to",
        folder / "board",
        "--name",
        "M",
        "--data",
        folder / "ds",
    )
    next((folder / "board/runs").iterdir()).rename(folder / "board/runs/row")
    _rescored(root)
    shutil.copy(folder / "runs/two/predictions.jsonl", folder / "replies.jsonl")
    shutil.copytree(root / "levir-cd/in/test/label", folder / "masks")
    _checked(root)
    _interrupted(root)


def _checked(root):
    """Embeddings of the built dataset in both forms, a build with checks, and a folder that was labelled."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from rsica_data.dataset.opening import open_dataset

    folder = root / "data"
    ids = [pair.pair_id for pair in open_dataset(folder / "ds").pairs(images=False)]
    vectors = np.random.default_rng(3).normal(size=(len(ids), 4)).astype(np.float32)
    np.save(folder / "v.npy", vectors)
    write(folder / "v.ids.txt", "\n".join(f"{name}\tafter" for name in ids))
    pq.write_table(pa.table({"id": ids, "embedding": vectors.tolist()}), folder / "v.parquet")
    shutil.copytree(root / "levir-cd/in/test", root / "unlabelled/in")
    words = ("label", "--input", root / "unlabelled/in", "--adapter", "pixel-difference", "--classes", "building")
    call("rsica_bench", *words, "--out", root / "unlabelled/begun")
    checks = {"masks": {"action": "flag", "off_edges": 3.0}, "balance": {"classification": 0.5}}
    facts = {"classes": ["road", "building"]}
    options = {"pairs": 6, "size": 64, "seed": 4}
    write(root / "checked/r.yaml", recipe("synthetic", ["classification"], options, facts=facts, checks=checks))
    call("rsica_data", "build", root / "checked/r.yaml", "--out", root / "checked/ds", "--workers", 1)


def _rescored(root):
    """A row on the board of captions that were published elsewhere."""
    written, board = root / "published", root / "data/board"
    write(written / "refs.json", {name: ["a road is built ."] for name in "abcd"})
    write(written / "hyp.json", {name: f"a road near house {n}" for n, name in enumerate("abcd")})
    call(
        *("rsica_bench", "leaderboard", "import", written / "hyp.json", "--benchmark", "levir-cc", "--system", "S"),
        *("--source", "https://example.org/s", "--references", written / "refs.json", "--protocol", "words"),
        *("--draws", 10, "--date", "2026-01-02", "--to", board),
    )
    next((board / "rescored").iterdir()).rename(board / "rescored/row.json")


def _interrupted(root):
    from importlib import import_module

    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    module, folder = import_module("rsica_data.builder.whole_build"), root / "resumed"
    write(
        folder / "r.yaml",
        recipe("synthetic", ("counting",), {"pairs": 6, "size": 64, "seed": 4}, build={"shard_pairs": 2}),
    )
    whole = module._finish

    def stop(*_):
        raise KeyboardInterrupt

    module._finish = stop
    try:
        assert (
            run_cli(
                cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out"), "--workers", "1"]
            )
            == 130
        )
    finally:
        module._finish = whole


def captions(root):
    """Files of `score-captions` and what its options read."""
    folder = root / "captions"
    references = {name: [f"a road is built near house {n} .", "some trees ."] for n, name in enumerate("abcd")}
    write(folder / "refs.json", references)
    write(folder / "hyp.json", {name: f"a road near house {n}" for n, name in enumerate("abcd")})
    write(folder / "hyp.jsonl", "".join(json.dumps({"id": n, "caption": "a road"}) + "\n" for n in "abcd"))
    rows = ({"answer": "a road", "caption0": "a road is built .", "caption1": "some trees ."} for _ in range(4))
    write(folder / "rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    flags = [
        {
            "filename": f"test_{n}.png",
            "split": "test",
            "changeflag": n % 2,
            "sentences": [{"raw": " a road is built .", "tokens": ["a", "road", "is", "built"]}],
        }
        for n in range(4)
    ]
    write(folder / "refs-flags.json", {"images": flags})
    counts = ({"image_id": f"test/A/test_{n}.png", "answer": {"road": n % 2, "building": 0}} for n in range(4))
    write(folder / "counts.jsonl", "".join(json.dumps(row) + "\n" for row in counts))
    write(folder / "hyp.txt", "a road\na house\ntrees\nno change\n")
    coco = {
        "images": [{"id": n, "file_name": f"{n}.png"} for n in range(4)],
        "annotations": [{"id": n, "image_id": n, "caption": "a road is built ."} for n in range(4)],
    }
    write(folder / "coco.json", coco)
    write(folder / "results.json", [{"image_id": n, "caption": "a road"} for n in range(4)])
    write(folder / "flags.json", dict.fromkeys("abcd", 1))
    words = ["<pad>", "<unk>", "<start>", "<end>", "a", "road", "is", "built", "near", "house"]
    write(folder / "words.json", {word: n for n, word in enumerate(words)})
    call(
        "rsica_bench",
        "score-captions",
        "--hypotheses",
        folder / "hyp.json",
        "--references",
        folder / "refs.json",
        "--meteor",
        "none",
        "--save-df",
        folder / "df.json",
    )
    write(folder / "df.json.gz", gzip.compress((folder / "df.json").read_bytes(), mtime=0))


def answers(root):
    """Files of `score-vqa` and `score-boxes`, and folders of `score-masks`."""
    rows = [
        {"reply": "[[1, 2, 30, 40, 45]] and (5,5),(9,9)", "boxes": [[1, 2, 30, 41, 40]]},
        {"reply": "none", "boxes": []},
    ]
    write(root / "boxes" / "rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())
    folder = root / "vqa"
    questions = [
        {
            "id": n,
            "img_id": n // 2,
            "type": "change_or_not",
            "question": "Did it change?",
            "active": True,
            "answers_ids": [n],
        }
        for n in range(4)
    ]
    write(folder / "questions.json", {"questions": questions})
    write(
        folder / "answers.json.gz",
        gzip.compress(
            json.dumps(
                {"answers": [{"id": n, "question_id": n, "answer": "yes", "active": True} for n in range(4)]}
            ).encode()
        ),
    )
    write(
        folder / "images.json",
        {
            "images": [
                {"id": n, "file_name": f"{n}.png", "questions_ids": [2 * n, 2 * n + 1], "active": True}
                for n in range(2)
            ]
        },
    )
    write(folder / "said.json", {str(n): "yes" for n in range(4)})
    call(
        "rsica_bench",
        "score-vqa",
        "--questions",
        folder / "questions.json",
        "--answers",
        folder / "answers.json.gz",
        "--images",
        folder / "images.json",
        "--predictions",
        folder / "said.json",
    )
    for n, name in enumerate("ab"):
        write(root / "masks/true" / f"{name}.png", picture(n, mask=True))
        write(root / "masks/said" / f"{name}.png", picture(n + 3, mask=True))


def prompts(root):
    """A recipe with a prompt folder of its own, and a rubric."""
    import rsica_bench.judge as judge
    from rsica_data.generation import prompt_files

    folder = root / "assist"
    shipped = prompt_files.prompt_folders()["caption-write"]
    shutil.copytree(shipped, folder / "prompts/mine")
    write(
        folder / "r.yaml",
        recipe(
            "synthetic",
            ("counting",),
            {"pairs": 3, "size": 64},
            assist={"model": "m", "prompts": {"mine": {"per_pair": 1}}},
        ),
    )
    shutil.copytree(Path(judge.__file__).parent / "rubrics/answer", root / "data/answer")


def caches(root):
    """A cache of answers with a batch under way."""
    from rsica_data.llm.store import Store

    folder = root / "assist/cache"
    store = Store(folder, None)
    for number in range(3):
        row = {
            "key": f"{number:064x}",
            "n": 0,
            "text": "words",
            "model": "m",
            "at": 0,
            "cost": "0.25",
            "batch": False,
            "refusal": None,
            "finish": "stop",
            "request_id": "",
        }
        store.add("raw", row | {"usage": {"input": 10, "output": 5, "cached": 2}})
        store.add("parsed", {"key": f"{number:064x}", "n": 1, "data": {"a": [1]}})
    store.close()
    batches = folder / "batches"
    step = {
        "id": "0" * 16,
        "step": "created",
        "file_id": "f",
        "batch_id": "b",
        "status": "in_progress",
        "output": None,
        "errors": None,
    }
    write(batches / "state.jsonl", json.dumps(step) + "\n")
    write(
        batches / ("0" * 16 + ".jsonl"),
        json.dumps({"custom_id": "0" * 64, "method": "POST", "body": {"model": "m", "messages": []}}) + "\n",
    )
