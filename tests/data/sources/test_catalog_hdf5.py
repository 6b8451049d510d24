"""Images inside HDF5 files: arrays of all images, and a group an image."""

import tracemalloc

import numpy as np
import pytest

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import decode_rgb
from rsica_data.sources.catalog.catalog_pages import load_page, read_page
from rsica_data.sources.catalog.detecting import detect
from rsica_data.sources.catalog.source import SOURCE, CatalogOptions

h5py = pytest.importorskip("h5py", reason="h5py is not installed: pip install 'rsica[hdf5]'")

PAGE = """
name: mine
title: Mine
family: one date
summary: Mine.
classes: [burned area]
layouts:
  - name: inside
    before:
      hdf5: HDF5
      stretch: [0, 100]
    split_names: {"0": val, "1": train, last: test}
"""
ARRAYS = "{files: {train: a.h5}, image: sen2, label: label, labels: [dense trees, water]}"
GROUPS = "{files: {'': [a.h5], test: t.h5}, groups: true, image: pre, after: post, mask: mask, split: fold}"


def options_of(root, form=ARRAYS):
    (root / "mine.yaml").write_text(PAGE.replace("HDF5", form))
    return CatalogOptions(page=read_page(root / "mine.yaml"))


def load_all(root, form):
    options, loaded = options_of(root, form), {}
    for key in SOURCE.index(root, options):
        try:
            loaded[key.pair_id] = SOURCE.load(root, key, options)
        except InvalidItemError as error:
            loaded[key.pair_id] = error
    return loaded


def write_arrays(path, label, **settings):
    images = np.arange(3 * 4 * 5 * 3, dtype=np.float32).reshape(3, 4, 5, 3) % 101
    with h5py.File(path, "w") as file:
        file.create_dataset("sen2", data=images, **settings)
        file.create_dataset("label", data=label)
    return images


@pytest.mark.parametrize("label", [np.eye(2)[[0, 1, 1]], np.array([[0], [1], [1]]), np.array([0.0, 1.0, 1.0])])
def test_arrays_of_all_images(tmp_path, label):
    """Classes as one row of zeros and a one, or as numbers; compressed as So2Sat's files are."""
    images = write_arrays(tmp_path / "a.h5", label, compression="gzip", shuffle=True)
    loaded = load_all(tmp_path, ARRAYS)
    assert list(loaded) == ["mine/train/a_0", "mine/train/a_1", "mine/train/a_2"]
    assert [pair.questions[0].turns[0][1] for pair in loaded.values()] == ["dense trees", "water", "water"]
    assert all(pair.questions[0].options == ("dense trees", "water") for pair in loaded.values())
    for pair, pixels in zip(loaded.values(), images, strict=True):
        np.testing.assert_array_equal(decode_rgb(pair.before.data), np.floor(pixels / 100 * 255 + 0.5))
        assert pair.after is None


@pytest.mark.parametrize(
    ("label", "told"),
    [(np.array([0, 1, 2]), "row 2 is of class 2, the page names 2"), (np.array([0, 1]), "label has other than the 3")],
)
def test_labels_that_the_page_does_not_name(tmp_path, label, told):
    write_arrays(tmp_path / "a.h5", label)
    with pytest.raises(UserError, match=told):
        SOURCE.index(tmp_path, options_of(tmp_path))


def write_groups(path, entries):
    with h5py.File(path, "w") as file:
        for name, (fold, datasets) in entries.items():
            group = file.create_group(name)
            if fold is not None:
                group.attrs["fold"] = fold
            for key, values in datasets.items():
                group.create_dataset(key, data=values)


def pair_of(level, mask=0):
    images = {"pre": np.full((4, 5, 3), level, np.uint16), "post": np.full((4, 5, 3), level + 10, np.uint16)}
    values = np.zeros((4, 5, 1), np.uint16)
    values[0, :mask] = 1
    return {**images, "mask": values}


def test_a_group_an_image_with_what_its_attributes_say(tmp_path):
    """As CaBuAr: the fold tells the split where the file does not; a group may lack the image before."""
    lacking = pair_of(30)
    del lacking["pre"]
    entries = {
        "a_0": (np.int64(0), pair_of(10, 3)),
        "a_1": (np.int64(1), pair_of(20)),
    }
    write_groups(tmp_path / "a.h5", entries)
    write_groups(tmp_path / "t.h5", {"b_0": ("chabud", lacking)})
    loaded = load_all(tmp_path, GROUPS)
    assert list(loaded) == ["mine/train/a_1", "mine/val/a_0", "mine/test/b_0"]
    pair = loaded["mine/val/a_0"]
    assert int(decode_rgb(pair.before.data)[0, 0, 0]) == 26
    assert int(decode_rgb(pair.after.data)[0, 0, 0]) == 51
    assert pair.change_mask.sum() == 3
    assert loaded["mine/train/a_1"].change_mask.sum() == 0
    assert loaded["mine/test/b_0"].reason == "missing-file"


def test_groups_inside_groups_take_the_attribute_of_the_one_above(tmp_path):
    """As QuakeSet: a group a quake, with its split, and a group a patch in it."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for quake, fold in (("611", np.int8(1)), ("612", np.bytes_("last"))):
            file.create_group(quake).attrs["fold"] = fold
            file.create_dataset(f"{quake}/patch_0/pre", data=np.zeros((4, 4), np.float32))
    form = "{files: a.h5, groups: true, image: pre, split: fold, names: ['*/patch_*']}"
    assert list(load_all(tmp_path, form)) == ["mine/train/611_patch_0", "mine/test/612_patch_0"]
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("613/patch_0/pre", data=np.zeros((4, 4), np.float32))
        file["613"].attrs["fold"] = np.bytes_("other")
    with pytest.raises(UserError, match="fold is 'other', which is none of"):
        SOURCE.index(tmp_path, options_of(tmp_path, form.replace("a.h5", "b.h5")))


@pytest.mark.parametrize("fold", [np.array([1, 2]), "1"])
def test_attributes_that_are_neither_a_number_nor_a_text_of_fixed_length(tmp_path, fold):
    write_groups(tmp_path / "a.h5", {"a_0": (fold, pair_of(10))})
    with pytest.raises(UserError, match="fold of /a_0 is neither a number nor a text"):
        SOURCE.index(tmp_path, options_of(tmp_path, GROUPS))


def test_bands_first_and_samples_that_are_no_number(tmp_path):
    pixels = np.zeros((3, 4, 5), np.float32)
    pixels[0, 0, 0], pixels[1], pixels[2, 3, 4] = np.nan, 50, 100
    write_groups(tmp_path / "a.h5", {"a_0": (1, {"pre": pixels})})
    form = "{files: a.h5, groups: true, image: pre, split: fold, channels: first}"
    assert load_all(tmp_path, form)["mine/train/a_0"].reason == "not-a-number"
    rgb = decode_rgb(load_all(tmp_path, form.replace("}", ", nan: 0}"))["mine/train/a_0"].before.data)
    assert rgb.shape == (4, 5, 3)
    assert (rgb[0, 0].tolist(), rgb[3, 4].tolist()) == ([0, 128, 0], [0, 128, 255])


def test_nothing_outside_the_file_is_read(tmp_path):
    """Links, external storage and virtual datasets name other files."""
    secret = tmp_path / "secret"
    secret.mkdir()
    with h5py.File(secret / "other.h5", "w") as file:
        file.create_dataset("g/pre", data=np.ones((4, 4), np.uint8))
    (secret / "raw.bin").write_bytes(bytes(16))
    layout = h5py.VirtualLayout(shape=(4, 4), dtype=np.uint8)
    layout[:] = h5py.VirtualSource(str(secret / "other.h5"), "g/pre", shape=(4, 4))
    root = tmp_path / "in"
    root.mkdir()
    with h5py.File(root / "a.h5", "w") as file:
        for name in ("outside", "soft", "external", "virtual", "fine"):
            file.create_group(name)
        file["linked"] = h5py.ExternalLink(str(secret / "other.h5"), "/g")
        file["outside"]["pre"] = h5py.ExternalLink(str(secret / "other.h5"), "/g/pre")
        file["soft"]["pre"] = h5py.SoftLink("/fine/pre")
        file["external"].create_dataset("pre", (4, 4), np.uint8, external=[(str(secret / "raw.bin"), 0, 16)])
        file["virtual"].create_virtual_dataset("pre", layout)
        file["fine"].create_dataset("pre", data=np.ones((4, 4), np.uint8))
        file["cycle"] = file["/"]
    loaded = load_all(root, "{files: {test: a.h5}, groups: true, image: pre}")
    reasons = {name.rpartition("/")[2]: getattr(entry, "reason", "read") for name, entry in loaded.items()}
    outside = dict.fromkeys(("external", "outside", "soft", "virtual"), "outside-input")
    assert {name: reason for name, reason in reasons.items() if "cycle" not in name} == {**outside, "fine": "read"}


def test_chunks_that_do_not_fit_into_memory(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        shape = (1 << 15, 1 << 14)
        file.create_dataset("g/pre", shape, np.uint8, chunks=shape, compression="gzip", maxshape=shape)
        file.create_dataset("h/pre", (4, 4), h5py.string_dtype())
        file.create_dataset("i/pre", (4, 4, 4, 4), np.uint8)
    loaded = load_all(tmp_path, "{files: {test: a.h5}, groups: true, image: pre}")
    assert [entry.reason for entry in loaded.values()] == ["image-too-large", "image-depth", "image-depth"]


@pytest.mark.parametrize("keep", [0.0, 0.05, 0.9])
def test_a_damaged_file_is_told_in_one_line(tmp_path, keep):
    write_arrays(tmp_path / "a.h5", np.array([0, 1, 1]))
    data = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(data[: int(keep * len(data))])
    with pytest.raises(UserError) as caught:
        SOURCE.index(tmp_path, options_of(tmp_path))
    assert "a.h5" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_filter_that_is_not_there_is_told_with_its_package(tmp_path, monkeypatch):
    write_arrays(tmp_path / "a.h5", np.array([0, 1, 1]), compression="gzip")
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda code: False)
    monkeypatch.setitem(__import__("sys").modules, "hdf5plugin", None)
    with pytest.raises(UserError, match=r"rsica\[hdf5-filters\]"):
        SOURCE.index(tmp_path, options_of(tmp_path))


def test_blosc_is_unpacked_where_its_package_is_there(tmp_path):
    plugin = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed: pip install 'rsica[hdf5-filters]'")
    images = write_arrays(tmp_path / "a.h5", np.array([0, 1, 1]), **plugin.Blosc())
    pair = load_all(tmp_path, ARRAYS)["mine/train/a_2"]
    np.testing.assert_array_equal(decode_rgb(pair.before.data), np.floor(images[2] / 100 * 255 + 0.5))


def test_a_file_is_never_read_whole(tmp_path):
    """64 MB of images: indexing and loading one takes less than 4 MB."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("sen2", (512, 64, 64, 8), np.float32, chunks=(1, 64, 64, 8), fillvalue=1)
        file.create_dataset("label", data=np.zeros((512, 2)))
    options = options_of(tmp_path)
    tracemalloc.start()
    keys = SOURCE.index(tmp_path, options)
    pairs = [SOURCE.load(tmp_path, key, options) for key in keys[:3]]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(keys), len(pairs)) == (512, 3)
    assert peak < 4 << 20


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("{files: a.h5, label: label}", "label needs labels"),
        ("{files: a.h5, split: fold}", "are of groups"),
        ("{files: a.h5, groups: true, label: l, labels: [a]}", "groups have none"),
        ("{files: {train: a.h5}, groups: true, split: fold}", "splits are told twice"),
        ("{files: ../a.h5}", "inside the input folder"),
    ],
)
def test_pages_that_say_too_much(tmp_path, form, told):
    with pytest.raises(UserError, match=told):
        options_of(tmp_path, form)


def test_crisislandmark_has_a_layout_for_each_satellite(tmp_path):
    """Keys of the table are the paths of the groups; each layout takes those of its satellite."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys = {"benv2s2/S2A_1": 12, "cabuar/x_0": 12, "benv2s1/S1A_1": 2, "sen1flood/y": 2, "quakeset/z": 4}
    with h5py.File(tmp_path / "crisislandmark.h5", "w") as file:
        for key, bands in keys.items():
            file.create_dataset(f"{key}/image", data=np.zeros((bands, 8, 8), np.float32))
    rows = [{"key": key, "labels": ["Flooded Area", "Airports"], "split": "train"} for key in keys]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "metadata.parquet")
    page, names = load_page("crisislandmark"), {}
    for layout in page.layouts:
        options = CatalogOptions(page=page, layout=layout.name)
        loaded = [SOURCE.load(tmp_path, key, options) for key in SOURCE.index(tmp_path, options)]
        names[layout.name] = [pair.pair_id.rpartition("/")[2] for pair in loaded]
        asked = [[turns[0] for turns in (question.turns for question in pair.questions)] for pair in loaded]
        assert asked == [
            [(f"Does the image show this class: {name}?", "yes") for name in ("airports", "flooded area")]
            for _ in loaded
        ]
    assert names == {"Sentinel-2": ["benv2s2_S2A_1", "cabuar_x_0"], "Sentinel-1": ["benv2s1_S1A_1", "sen1flood_y"]}


def test_detect_says_what_is_needed_where_h5py_is_not_there(tmp_path, monkeypatch):
    write_arrays(tmp_path / "training.h5", np.zeros((3, 17)))
    page = load_page("so2sat-lcz42")
    assert [match.pairs for match in detect(tmp_path, [page])] == [3]
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    (match,) = detect(tmp_path, [page])
    assert "rsica[hdf5]" in match.trouble
    assert not match.fits
