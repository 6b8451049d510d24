"""Builds, parts, a merge and a run from and to Google Cloud Storage over HTTP, through a proxy that drops connections.

Needs gcsfs and gcp-storage-emulator, which `make setup` does not install.
"""

import pytest
from s3_server import content

from rsica_data.core import leases
from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_bytes

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def local(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    kept = (path for path in files if path.name not in ("build_info.json", "run_info.json", ".rsica-lock"))
    return {f"/{path.relative_to(folder).as_posix()}": sha256_bytes(path.read_bytes()) for path in kept}


def without_info(there):
    return {name: digest for name, digest in there.items() if "_info" not in name}


def test_parts_a_merge_and_a_run_over_a_line_that_drops(
    gcs, rsica_data, rsica_bench, write_recipe, tmp_path, monkeypatch
):
    direct, proxy = gcs
    tree = tmp_path / "tree"
    assert rsica_data("synth", "--layout", "levir-mci", "--pairs", 12, "--out", tree, "--workers", 1).status == 0
    direct.put(f"{tree}/", "set/in", recursive=True)
    recipe = write_recipe(source="levir-mci", build={"shard_pairs": 2})
    assert rsica_data("build", recipe, "--input", tree, "--out", tmp_path / "out", "--workers", 1).status == 0
    told = rsica_data("build", recipe, "--input", "gs://set/in", "--out", "gs://set/whole", "--workers", 1)
    assert told.status == 0, told.err
    assert without_info(content(direct, "set/whole")) == local(tmp_path / "out")
    words = (recipe, "--input", "gs://set/in", "--out", "gs://set/out")
    for number in (1, 2):
        monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{number}"))
        told = rsica_data("build", *words, "--workers", 1, "--part", f"{number}/2")
        assert told.status == 0, told.err
    assert not direct.find("set/out/")
    told = rsica_data("merge", *words)
    assert told.status == 0, told.err
    assert without_info(content(direct, "set/out")) == local(tmp_path / "out")
    assert not direct.find("set/out.parts/")
    asked = ("run", "--split", "train", "--adapter", "pixel-difference", "--data")
    assert rsica_bench(*asked, tmp_path / "out", "--out", tmp_path / "run").status == 0
    told = rsica_bench(*asked, "gs://set/out", "--out", "gs://set/run")
    assert told.status == 0, told.err
    assert without_info(content(direct, "set/run")) == local(tmp_path / "run")
    print(f"{proxy.cuts} connections cut")
    assert proxy.cuts > 3


def test_a_second_process_is_refused(gcs, monkeypatch):
    direct, _ = gcs
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.2)
    monkeypatch.setattr(leases, "_LOOK_EVERY", 0.2)
    with leases.leased("gs://set/out", "first"):
        with pytest.raises(UserError, match="in use by process"), leases.leased("gs://set/out", "second"):
            raise AssertionError("taken")
        assert direct.exists("set/out/.rsica-lock")
    assert not direct.find("set/out/")
