"""Runs in parts: merged they are the run that was never cut."""

import json

import pytest

from rsica_bench.run import RunOptions, run
from rsica_bench.run.join_parts import merge
from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_file
from rsica_data.core.locking import locked_folder
from rsica_data.core.parts import part_folder, parts_folder
from rsica_data.dataset.opening import open_dataset

QUICK = ("classification", "counting", "localization")


def content(out):
    names = ("run.json", "predictions.jsonl", "result.json", "model.json")
    found = {name: sha256_file(out / name) for name in names if (out / name).is_file()}
    masks = {str(path.relative_to(out)): sha256_file(path) for path in sorted((out / "masks").rglob("*.png"))}
    return found | masks


def options(data, out, adapter="pixel-difference", part=None, **further):
    return RunOptions(open_dataset(data), out, adapter, tasks=QUICK, batch_size=4, part=part, **further)


def test_parts_through_the_commands(rsica_bench, tiny_data, tmp_path):
    words = ("--data", tiny_data, "--adapter", "pixel-difference", "--tasks", ",".join(QUICK), "--batch-size", 4)
    assert rsica_bench("run", *words, "--out", tmp_path / "whole").status == 0
    for number in (2, 1, 3):
        done = rsica_bench("run", *words, "--out", tmp_path / "out", "--part", f"{number}/3", "--json")
        assert done.status == 0
        assert done.json["turns"] == done.json["turns_this_session"] > 0
    assert not (tmp_path / "out").exists()
    merged = rsica_bench("merge", tmp_path / "out", "--json")
    assert merged.status == 0
    assert merged.json["tasks"] == json.loads((tmp_path / "whole" / "result.json").read_text())["tasks"]
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert content(tmp_path / "out").keys() > {"run.json", "predictions.jsonl", "result.json"}
    assert not parts_folder(tmp_path / "out").exists()
    assert rsica_bench("score", tmp_path / "out").status == 0


def test_a_part_is_not_asked_twice(tiny_data, tmp_path):
    first = run(options(tiny_data, tmp_path / "out", "majority", (1, 2)))
    again = run(options(tiny_data, tmp_path / "out", "majority", (1, 2)))
    assert first["turns_this_session"] == first["turns"] == again["turns"]
    assert again["turns_this_session"] == 0


def test_what_is_missing_is_told(tiny_data, tmp_path):
    out = tmp_path / "out"
    run(options(tiny_data, out, "majority", (1, 2)))
    with pytest.raises(UserError, match="parts of 2 are missing: 2"):
        merge(out)
    run(options(tiny_data, out, "majority", (2, 2)))
    (part_folder(out, (2, 2)) / "run_info.json").rename(tmp_path / "info")
    with pytest.raises(UserError, match="1 of 2 parts are not finished"):
        merge(out)
    (tmp_path / "info").rename(part_folder(out, (2, 2)) / "run_info.json")
    merge(out)
    whole = options(tiny_data, tmp_path / "whole", "majority")
    run(whole)
    assert content(out) == content(whole.out)


def test_a_part_that_is_at_work_is_not_merged(tiny_data, tmp_path):
    """Its failed turns are asked again, say: it was finished once."""
    out = tmp_path / "out"
    for number in (1, 2):
        run(options(tiny_data, out, "majority", (number, 2)))
    with locked_folder(part_folder(out, (2, 2)), "rsica-bench run"):
        with pytest.raises(UserError, match=r"00002-of-00002: in use by process"):
            merge(out)
        assert not out.exists()
    merge(out)


def test_parts_of_other_batches_or_settings_are_refused(tiny_data, tmp_path):
    run(options(tiny_data, tmp_path / "out", "majority", (1, 2)))
    run(RunOptions(open_dataset(tiny_data), tmp_path / "out", "majority", tasks=QUICK, batch_size=1, part=(2, 2)))
    with pytest.raises(UserError, match="turns are in no part"):
        merge(tmp_path / "out")
    run(options(tiny_data, tmp_path / "other", "majority", (1, 2)))
    run(options(tiny_data, tmp_path / "other", "no-change", (2, 2)))
    with pytest.raises(UserError, match="other settings \\(adapter\\)"):
        merge(tmp_path / "other")
