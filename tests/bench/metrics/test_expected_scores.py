"""Every figure of the recorded scores of a real run, through `score-captions`."""

import gzip
import json

import pytest

from rsica_bench.metrics.meteor import missing_reason

PARTS = {None: "scores", "changeflag=0": "unchanged", "changeflag=1": "changed"}


@pytest.fixture
def scored(real_data, tmp_path, rsica_bench):
    """Report of a protocol; the texts of `gpt2-bpe` are recorded as ids."""
    levir = real_data / "levir_cc"

    def score(protocol):
        if protocol == "gpt2-bpe":
            ids = json.loads(gzip.decompress((levir / "promptcc_gpt2_ids.json.gz").read_bytes()))
            for name in ("hypotheses", "references"):
                (tmp_path / f"{name}.json").write_text(json.dumps(dict(enumerate(ids[name]))))
            files = (tmp_path / "hypotheses.json", tmp_path / "references.json")
        else:
            files = (levir / "promptcc_test_hypotheses.txt", levir / "LevirCCcaptions.json.gz", "--split", "test")
        call = ("score-captions", "--hypotheses", files[0], "--references", *files[1:], "--protocol", protocol)
        return rsica_bench(*call, "--json").json

    return score


def test_every_recorded_figure(real_data, scored):
    expected = json.loads((real_data / "levir_cc" / "promptcc_expected_scores.json").read_text())
    reports = {name: scored(name) for name in {key.split("/")[0] for key in expected}}
    assert set(reports) == {"words", "coco", "levir-cc", "gpt2-bpe"}
    checked = 0
    for key, figures in expected.items():
        protocol, _, flag = key.partition("/")
        found = reports[protocol][PARTS[flag or None]]
        for name, value in figures.items():
            if name == "METEOR" and missing_reason():
                continue
            assert found[name] == pytest.approx(value, abs=1e-9), (key, name)
            checked += 1
    assert checked == sum(map(len, expected.values())) - (len(expected) if missing_reason() else 0)


def test_the_parts_of_a_protocol_are_scored_too(scored):
    report = scored("coco")
    assert (report["items"], report["changed_items"], report["unchanged_items"]) == (1929, 964, 965)
    assert report["unchanged"]["CIDEr"] == 0.0 and report["weightless"] == ["unchanged"]
    assert report["changed"]["CIDEr"] < report["changed_full_df"]["CIDEr"]
