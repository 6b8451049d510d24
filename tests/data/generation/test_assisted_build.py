"""Assisted builds from end to end: the command line against the local server with the rules answerer."""

import dataclasses
import gzip
import json
import os
import signal
import subprocess
import time
from collections import Counter

import pytest
from assisted_builds import EVERY, MAIN, served, written
from marked_texts import numbered_marks

from rsica_data.builder.recipe import load_recipe
from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset
from rsica_data.generation.candidate_check import check_candidate
from rsica_data.generation.prompt_files import load_prompt_files
from rsica_data.generation.types import Candidate, Job, Statement
from rsica_data.schema import Turn

FLAGS = ("wrong-count", "wrong-place", "leak", "doubt", "repeat")
UNREAD = {"extract": None}
"""What the marks leave undecided is refused, and no second model asked."""


def content(out):
    skip = {"build_info.json"}
    return {
        path.relative_to(out).as_posix(): sha256_file(path)
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in skip
    }


def test_exact_counts_the_same_bytes_and_no_second_call(assisted, server, rsica_data, tmp_path):
    before = len(server.rows())
    found, out = assisted(server)
    # 13 pairs of 40 rows over 10 pairs: 52; 4 pairs of 7 rows over 2: 14.
    assert Counter(row.split for row in written(out)) == {"train": 52, "test": 14}
    figures = found.json["assist"]["prompts"]["changechat-open-qa"]["splits"]["train"]
    assert (figures["wanted"], figures["written"], figures["missing"]) == (52, 52, 0)
    # One request for each pair that is asked, and one for each text, whose question is read; equal texts once.
    splits = found.json["assist"]["prompts"]["changechat-open-qa"]["splits"].values()
    assert sum(figures["requests"] for figures in splits) == 17
    assert found.json["usage"]["paid"] == 17 + 43 == len(server.rows()) - before
    assert rsica_data("validate", out).status == 0
    assert not (out / ".build").exists()
    cache = tmp_path / "out.llm-cache"
    second, again = assisted(None, "--llm-cache", cache, "--workers", 2, name="again")
    # The same text about pairs of two shards is read once.
    assert second.json["usage"]["paid"] == 0
    assert second.json["usage"]["cached"] == 60 + found.json["usage"]["cached"]
    assert content(again) == content(out)
    assert len(server.rows()) - before == 60
    third, _ = assisted(None, "--llm-cache", cache, name="again")
    assert third.json["reused"] == third.json["shards"]
    assert rsica_data("preview", out, "--html", tmp_path / "page.html").status == 0
    exported = rsica_data("export", out, "--format", "changechat", "--to", tmp_path / "chat")
    assert exported.status == 0
    opened = json.loads((tmp_path / "chat" / "changechat_105k_test_open.json").read_text())
    assert len(opened) == 14 + 4 * 4


def test_without_assist_no_model_is_asked(rsica_data, write_recipe, tree, tmp_path):
    recipe = write_recipe(
        source="levir-mci", tasks=["counting"],
        assist={"model": "rules", "prompts": {"caption-write": {}}}, build={"shard_pairs": 5},
    )  # fmt: skip
    found = rsica_data("build", recipe, "--input", tree, "--out", tmp_path / "out", "--workers", 1, "--json")
    assert found.status == 0 and found.json["assist"] is None
    assert written(tmp_path / "out") == []
    other = rsica_data(
        "build", recipe, "--input", tree, "--out", tmp_path / "out", "--assist", "--llm-url", "http://127.0.0.1:9/v1"
    )
    assert other.status == 2 and "holds another build" in other.err


def test_every_prompt_makes_valid_rows(assisted, server, rsica_data):
    found, out = assisted(server, prompts=EVERY)
    assert rsica_data("validate", out).status == 0
    rows = written(out)
    assert {row.provenance.template for row in rows} == EVERY.keys()
    for row in rows:
        made = row.provenance
        assert (
            made.model == "rules"
            and made.version == load_prompt_files(made.template).meta.version
            and len(made.request_id) == 64
        )
        # The rules answerer, as the second model, does not read what a question asks for.
        assert made.verified is True or (made.verified is None and not made.template.startswith("caption"))
    assert len(written(out, "dialogue")) == 20
    lengths = {len(row.turns) // 2 for row in written(out, "dialogue")}
    assert lengths <= set(range(3, 9)) and len(lengths) > 2
    report = json.loads((out / "assist_report.json").read_text())
    assert report == found.json["assist"]
    missing = {
        (name, split): figures["missing"]
        for name, prompt in report["prompts"].items()
        for split, figures in prompt["splits"].items()
        if figures["missing"]
    }
    assert missing == {}
    ids = [row.instruction_id for row in open_dataset(out).instructions()]
    assert len(set(ids)) == len(ids)


def test_mistakes_of_the_model_are_refused_listed_and_made_good(assisted, rsica_data, tmp_path):
    words = [word for flag in FLAGS for word in ("--fault", f"{flag}=0.25")]
    with served(tmp_path / "log.jsonl", "--seed", 4, *words) as faulty:
        prompts = {name: EVERY[name] for name in ("changechat-open-qa", "caption-write", "dialogue")}
        found, out = assisted(faulty, prompts=prompts)
    assert rsica_data("validate", out).status == 0
    # What a question asks for the rules answerer does not read.
    assert {(row.task, row.provenance.verified) for row in written(out)} == {
        ("captioning", True), ("open_qa", None), ("dialogue", None),
    }  # fmt: skip
    figures = found.json["assist"]["prompts"]["changechat-open-qa"]["splits"]["train"]
    assert figures["written"] == 52 and figures["refused"] > 0
    rejected = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    kinds = Counter(row["reason"] for row in rejected)
    assert {"contradiction", "leak", "doubt", "duplicate"} <= kinds.keys()
    assert all(row["stage"] == "assist" and row["text"] and row["detail"] for row in rejected)
    by_kind = Counter()
    for prompt in found.json["assist"]["prompts"].values():
        for split in prompt["splits"].values():
            by_kind.update({kind: entry["number"] for kind, entry in split["refused_by_kind"].items()})
    assert by_kind == kinds
    assert found.json["counts"]["rejected"] == {}
    said = {text for row in written(out) for text in row.references}
    assert not any("According to" in text or "Probably" in text for text in said)


@pytest.mark.parametrize(("extract", "kind"), [("same", "extraction"), (None, "contradiction")])
def test_an_answer_that_names_more_than_its_target(assisted, tmp_path, extract, kind):
    with served(tmp_path / "log.jsonl", "--fault", "wrong-place=1") as faulty:
        prompts = {"earthreason-question": {"per_pair": 2, "spare": 0, "splits": ["test"]}}
        found, out = assisted(faulty, prompts=prompts, quality={"extract": extract}, assist={"retries": 0})
        requests = len(faulty.rows())
    rows = written(out)
    rejected = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    assert rows and {row.provenance.verified for row in rows} == {True}
    assert rejected and {row["reason"] for row in rejected} == {kind}
    assert all("the answer is limited to the " in row["detail"] for row in rejected), rejected
    written_requests = found.json["assist"]["prompts"]["earthreason-question"]["splits"]["test"]["requests"]
    assert requests == written_requests + (len(rows) + len(rejected) if extract else 0)


@pytest.mark.parametrize(
    "verify, flag, kept", [("strict", "doubt", 0), ("lenient", "doubt", 4), ("lenient", "leak", 0), ("off", "leak", 4)]
)
def test_how_strictly_to_check(assisted, tmp_path, verify, flag, kept):
    with served(tmp_path / "log.jsonl", "--fault", f"{flag}=1") as faulty:
        prompts = {"changechat-open-qa": {"per_pair": 1, "spare": 0, "splits": ["test"]}}
        found, out = assisted(faulty, prompts=prompts, quality={"verify": verify}, assist={"retries": 1})
    rows = written(out)
    assert len(rows) == kept
    assert {row.provenance.verified for row in rows} <= {None}  # what a question asks for is not read
    figures = found.json["assist"]["prompts"]["changechat-open-qa"]["splits"]["test"]
    assert figures["missing"] == 4 - kept
    assert figures["requests"] == (4 if kept else 8)


def test_killed_while_asking_it_ends_the_same_and_pays_once(assisted, write_recipe, tree, tmp_path):
    _, whole = assisted_whole = None, tmp_path / "whole"
    with served(tmp_path / "one.jsonl") as quick:
        assisted_whole = assisted(quick, name="whole")
        needed = len(quick.rows())
    assert assisted_whole[1] == whole
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "killed"
    with served(tmp_path / "two.jsonl", "--latency", "0.15") as slow:
        command = [
            *MAIN, "build", str(recipe), "--input", str(tree), "--out", str(out), "--workers", "1", "--assist",
            "--llm-url", slow.url, "--llm-concurrency", "2",
        ]  # fmt: skip
        kills, reached = 0, 2
        starts = 0
        while not (out / "manifest.json").exists():
            starts += 1
            assert starts < 20, "the build does not go on where it was killed"
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            while process.poll() is None and (kills >= 3 or len(slow.rows()) < reached):
                time.sleep(0.02)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                kills, reached = kills + 1, len(slow.rows()) + 4
            process.wait()
        answered = Counter(row["sha"] for row in slow.rows() if row["outcome"] == "answered")
    assert kills == 3
    assert len(answered) == needed >= 17
    # At most the two requests under way at each kill were asked twice.
    assert sum(answered.values()) - len(answered) <= 2 * kills
    assert content(out) == content(whole)


def test_trouble_on_the_line_changes_no_byte(assisted, server, tmp_path):
    _, calm = assisted(server, name="calm")
    # Wrong forms are rarer, so that none comes three times in a row, after which a reply counts as unreadable.
    rates = {"429": 0.1, "500": 0.1, "cut": 0.1, "malformed": 0.05, "violation": 0.05}
    words = [word for fault, rate in rates.items() for word in ("--fault", f"{fault}={rate}")]
    with served(tmp_path / "log.jsonl", *words, "--retry-after", "0.01", "--seed", 2) as rough:
        _, out = assisted(rough, name="rough")
        assert {row["fault"] or row["outcome"] for row in rough.rows()} >= {"429", "500", "cut", "answered"}
    assert content(out) == content(calm)


def test_the_budget_stops_a_build_and_a_higher_one_goes_on(assisted, server, rsica_data, tmp_path):
    _, whole = assisted(server, name="whole", quality=UNREAD)
    stopped, out = assisted(server, "--max-requests", 6, name="out", check=False, quality=UNREAD)
    assert stopped.status == 2
    assert stopped.err.count("\n") == 1 and "budget reached" in stopped.err
    assert not (out / "manifest.json").exists()
    found, out = assisted(server, "--max-requests", 17, name="out", quality=UNREAD)
    # Five of the six answers made the first shard, which is not asked about again.
    assert found.json["usage"]["paid"] == 11 and found.json["usage"]["cached"] == 1
    assert content(out) == content(whole)


def test_the_cost_is_limited_too(assisted, server):
    stopped, _ = assisted(server, "--max-cost", "0.005", "--llm-price", "1", "2", name="cost", check=False)
    assert stopped.status == 2 and "max_cost is 0.005" in stopped.err
    unpriced, _ = assisted(server, "--max-cost", "0.005", name="other", check=False)
    assert unpriced.status == 2 and "price of 'rules' is not known" in unpriced.err
    wrong, _ = assisted(server, "--max-cost", "much", name="other", check=False)
    assert wrong.status == 2 and "not an amount of money" in wrong.err


def test_a_dry_run_sends_and_writes_nothing(assisted, server, tmp_path):
    before = len(server.rows())
    found, out = assisted(server, "--dry-run", "--llm-price", "1", "2", name="dry", quality=UNREAD)
    assert found.json["requests"] == found.json["to_send"] == 17
    assert float(found.json["cost"]) > 0 and found.json["input_tokens"] > 17 * 500
    assert not out.exists() and not (tmp_path / "dry.llm-cache").exists()
    assisted(server, name="dry", quality=UNREAD)
    after, _ = assisted(server, "--dry-run", name="other", check=True, quality=UNREAD)
    cached, _ = assisted(server, "--dry-run", "--llm-cache", tmp_path / "dry.llm-cache", name="other", quality=UNREAD)
    assert (after.json["to_send"], cached.json["to_send"], cached.json["cached"]) == (17, 0, 17)
    assert len(server.rows()) - before == 17


def test_batches_give_the_same_rows(assisted, server):
    _, plain = assisted(server, name="plain")
    _, batch = assisted(server, "--batch", name="batch")
    assert content(batch) == content(plain)


def test_the_key_is_in_no_file(assisted, tmp_path, monkeypatch):
    key = "sk-secret-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with served(tmp_path / "log.jsonl", "--require-key", "OPENAI_API_KEY") as locked:
        assisted(locked)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
        refused, _ = assisted(locked, name="other", check=False)
    assert refused.status == 2 and refused.err.count("\n") == 1 and "sk-other" not in refused.err
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "words, said",
    [
        (["--llm-url", "http://127.0.0.1:9/v1"], "cannot be reached"),
        (["--llm-url", "https://llm.invalid/v1"], "OPENAI_API_KEY is not set"),
        (["--llm-model", "rulez"], "did you mean 'rules'"),
        (["--llm-url", "localhost:8000"], "--llm-url: 'localhost:8000' is not a web address"),
    ],
)
def test_a_wrong_server_model_or_key_is_told_before_work_starts(assisted, server, monkeypatch, words, said):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found, out = assisted(server, *words, check=False)
    assert found.status == 2 and found.err.count("\n") == 1
    assert said in found.err
    assert not (out / "pairs").exists()


def test_what_is_missing_is_told(rsica_data, write_recipe, tree, tmp_path, server):
    plain = write_recipe(source="levir-mci", tasks=["counting"])
    common = ["--input", tree, "--out", tmp_path / "out", "--llm-url", server.url]
    found = rsica_data("build", plain, *common, "--assist")
    assert found.status == 2 and "has no section 'assist'" in found.err
    found = rsica_data("build", plain, *common, "--dry-run")
    assert found.status == 2 and "give --assist too" in found.err
    unnamed = write_recipe(source="levir-mci", tasks=["counting"], assist={"prompts": {"caption-write": {}}})
    found = rsica_data("build", unnamed, *common, "--assist")
    assert found.status == 2 and "--llm-model" in found.err


@pytest.mark.parametrize(
    "assist, said",
    [
        (
            {"prompts": {"caption-wright": {}}},
            "assist.prompts.caption-wright: unknown prompt 'caption-wright' (did you",
        ),
        ({"prompts": {}}, "assist.prompts: "),
        ({"prompts": {"caption-write": {"per_pare": 2}}}, "unknown key"),
        ({"prompts": {"caption-write": {"per_pair": 0}}}, "per_pair: 0: should be greater than"),
        ({"prompts": {"caption-write": {"per_pair": 2, "totals": {"train": {"rows": 1, "pairs": 1}}}}}, "cannot both"),
        ({"prompts": {"caption-write": {"totals": {"trian": {"rows": 1, "pairs": 1}}}}}, "trian"),
        ({"prompts": {"dialogue": {"options": {"leest": 3}}}}, "options.leest: unknown key (did you mean 'least'?)"),
        ({"prompts": {"dialogue": {"options": {"least": "few"}}}}, "'few': should be of type int"),
        ({"prompts": {"rswk-question": {}}}, "missing key 'knowledge'"),
        ({"prompts": {"gaia-caption": {}}}, "set images: true"),
        ({"modle": "m", "prompts": {"caption-write": {}}}, "assist.modle: unknown key (did you mean 'model'?)"),
        ({"prices": {"m": {"input": -1, "output": 2}}, "prompts": {"caption-write": {}}}, "assist.prices.m.input"),
    ],
)
def test_mistakes_in_the_section_have_their_line_and_key(rsica_data, write_recipe, tmp_path, assist, said):
    recipe = write_recipe(tasks=["counting"], assist=assist)
    found = rsica_data("build", recipe, "--out", tmp_path / "out")
    assert found.status == 2
    assert said in found.err
    line = int(found.err.split(f"{recipe}:")[1].split(":")[0])
    assert line > recipe.read_text().splitlines().index(' "assist": {')


def test_quality_has_three_values(rsica_data, write_recipe, tmp_path):
    found = rsica_data("build", write_recipe(tasks=["counting"], quality={"verify": "hard"}), "--out", tmp_path / "out")
    assert found.status == 2 and "quality.verify: 'hard': should be 'strict', 'lenient' or 'off'" in found.err


def test_real_captions_and_exact_totals_in_the_shipped_recipe(rsica_data, real_data, server, tmp_path):
    whole = json.loads(gzip.decompress((real_data / "levir_cc" / "LevirCCcaptions.json.gz").read_bytes()))
    images = [i for i in whole["images"] if i["split"] == "train"][:9] + [
        i for i in whole["images"] if i["split"] == "test"
    ][:4]
    captions, tree, out = tmp_path / "captions.json", tmp_path / "tree", tmp_path / "out"
    captions.write_text(json.dumps({"images": images}))
    assert rsica_data("synth", "--captions", captions, "--out", tree, "--workers", 1).status == 0
    words = ["--assist", "--llm-url", server.url, "--llm-model", "rules", "--workers", 1]
    found = rsica_data("build", "changechat-105k", "--input", tree, "--out", out, *words, "--json")
    assert found.status == 0, found.err
    # 26,600 x 9 / 6,815 = 35.13; 7,527 x 4 / 1,929 = 15.6
    assert found.json["counts"]["instructions"]["train"]["open_qa"] == 35
    assert found.json["counts"]["instructions"]["test"]["open_qa"] == 16
    assert rsica_data("validate", out).status == 0


@pytest.mark.slow
def test_the_published_totals_on_a_tree_of_full_size(rsica_data, real_data, server, tmp_path):
    captions = real_data / "levir_cc" / "LevirCCcaptions.json.gz"
    tree, out = tmp_path / "tree", tmp_path / "out"
    assert rsica_data("synth", "--captions", captions, "--out", tree, "--workers", 2).status == 0
    words = ["--assist", "--llm-url", server.url, "--llm-model", "rules", "--workers", 2]
    found = rsica_data("build", "changechat-105k", "--input", tree, "--out", out, *words, "--json")
    assert found.status == 0, found.err
    train, test = (found.json["counts"]["instructions"][split] for split in ("train", "test"))
    assert (train["open_qa"], test["open_qa"]) == (26600, 7527)
    assert (sum(train.values()), sum(test.values())) == (87935, 17172)


def test_further_words_of_the_recipe_reach_the_check(write_recipe, material, prompt):
    quality = {"synonyms": {"building": {"words": ["igloo"]}}}
    recipe = load_recipe(
        str(write_recipe(tasks=["counting"], assist={"prompts": {"caption-write": {}}}, quality=quality))
    )
    assert recipe.assisted.quality.words == (("building", "igloo", "s"), ("building", "igloos", "p"))
    about = dataclasses.replace(material(), synonyms=recipe.assisted.quality.words)
    job = Job(prompt("caption-write"), about, 1, 0, seed=3)
    said = numbered_marks(about, "[Nine igloos changed](class_count building).")
    row = Candidate("captioning", "c", (Turn("assistant", said),), {}, (said,), (Statement(said),), said, said)
    assert check_candidate(row, job, "strict").refusal.kind == "contradiction"
    outside = numbered_marks(about, "[The scene changed](any_change) around the igloos.")
    other = dataclasses.replace(row, statements=(Statement(outside),))
    assert check_candidate(other, job, "strict").refusal.kind == "undecided"
    assert check_candidate(other, dataclasses.replace(job, material=material()), "strict").refusal is None


def test_misspelt_keys_of_synonyms_are_named(rsica_data, write_recipe, tmp_path):
    quality = {"synonyms": {"building": {"word": ["igloo"]}}}
    found = rsica_data("build", write_recipe(tasks=["counting"], quality=quality), "--out", tmp_path / "out")
    assert found.status == 2 and "quality.synonyms.building.word: unknown key" in found.err


def test_a_finished_folder_of_one_model_is_not_that_of_another(assisted, server):
    prompts = {"caption-write": {"per_pair": 1}}
    _, out = assisted(server, prompts=prompts)
    found, _ = assisted(server, "--llm-model", "other", prompts=prompts, check=False)
    assert found.status == 2 and "holds another build" in found.err
    assert json.loads((out / "assist_report.json").read_text())["model"] == "rules"
