"""Many images read with open folders are read, and refused, as one by one; nothing stays open or settled after that."""

import os
import stat

import pytest

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery import input_files
from rsica_data.imagery.image_limits import LIMIT_VARIABLE, pixel_limit
from rsica_data.imagery.images import images_checked, read_image
from rsica_data.imagery.settled_reading import settled_reading


@pytest.fixture
def root(tmp_path):
    root, outside = tmp_path / "in", tmp_path / "outside"
    (root / "a" / "deep").mkdir(parents=True)
    outside.mkdir()
    for path, text in (
        (root / "top.png", "top"),
        (root / "a" / "x.png", "inside"),
        (root / "a" / "deep" / "y", "deep"),
    ):
        path.write_text(text)
    (outside / "x.png").write_text("outside")
    (root / "a" / "link.png").symlink_to(root / "a" / "x.png")
    (root / "a" / "away.png").symlink_to(outside / "x.png")
    (root / "folder").symlink_to(outside)
    (root / "near").symlink_to(root / "a")
    os.mkfifo(root / "a" / "pipe.png")
    (root / "a" / "large.png").write_bytes(bytes(1000))
    return root


def outcome(root, path):
    try:
        return read_image(root, path)
    except InvalidItemError as error:
        return error.reason, error.detail


PATHS = (
    *("top.png", "a/x.png", "a/./x.png", "near/x.png", "a/deep/../x.png", "a/deep/y", "a/link.png", "a/away.png"),
    *(
        "folder/x.png",
        "../outside/x.png",
        "a/../../outside/x.png",
        "a/pipe.png",
        "a/deep",
        "a/deep/..",
        "a/",
        "",
        "a/no",
    ),
    *("no/x.png", "a/large.png", "a/nul\0.png"),
)


def test_files_are_read_and_refused_as_one_by_one(root, monkeypatch):
    monkeypatch.setenv(LIMIT_VARIABLE, "200")
    paths = [*PATHS, str(root / "a" / "x.png"), str(root.parent / "outside" / "x.png")]
    one_by_one = [outcome(root, path) for path in paths]
    with settled_reading(check=True) as reading:
        for _ in range(2):
            assert [reading(outcome, root, path) for path in paths] == one_by_one
        linked = root.parent / "linked"
        linked.symlink_to(root)
        assert [reading(outcome, linked, path) for path in PATHS] == one_by_one[: len(PATHS)]
    assert one_by_one[0].data == b"top"


def test_a_file_is_read_as_it_is_now(root):
    with settled_reading(check=True) as reading:
        assert reading(read_image, root, "a/x.png").data == b"inside"
        (root / "a" / "x.png").write_text("longer than before")
        assert reading(read_image, root, "a/x.png").data == b"longer than before"
        (root / "a" / "x.png").unlink()
        assert reading(outcome, root, "a/x.png") == ("missing-file", "a/x.png: no such file")


def test_folders_are_closed_and_no_more_than_some_are_open(root, monkeypatch):
    monkeypatch.setattr(input_files, "_MOST_OPEN", 3)
    for number in range(9):
        (root / f"f{number}").mkdir()
        (root / f"f{number}" / "x.png").write_text(str(number))
    with settled_reading(check=True) as reading:
        for number in range(9):
            assert reading(read_image, root, f"f{number}/x.png").data == str(number).encode()
        handles = list(reading(input_files._folders.get)._handles.values())
        assert len(handles) == 3
        assert all(stat.S_ISDIR(os.fstat(handle).st_mode) for handle in handles)
    for handle in handles:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)


def test_the_limit_and_the_check_are_settled_for_what_is_called_alone(root, monkeypatch):
    with settled_reading(check=False) as reading:
        monkeypatch.setenv(LIMIT_VARIABLE, "77")
        assert reading(pixel_limit) > 77
        assert (pixel_limit(), images_checked(), reading(images_checked)) == (77, True, False)
    with settled_reading(check=True) as reading:
        assert (reading(pixel_limit), reading(images_checked)) == (77, True)
    monkeypatch.setenv(LIMIT_VARIABLE, "none")
    with pytest.raises(UserError, match="no number of pixels"), settled_reading(check=True):
        pass
