"""Statistics of a dataset whose every figure is known by hand."""

from rsica_data.dataset.stats import dataset_stats, format_stats


def test_figures_by_hand(stored_pair, asked, write_dataset):
    pairs = [stored_pair("a"), stored_pair("b"), stored_pair("c", changed=False), stored_pair("d", split="train")]
    items = [
        asked(pairs[0], "counting", "?", "!"),
        asked(pairs[0], "open_qa", "?", "!", kind="presence"),
        asked(pairs[1], "open_qa", "?", "!", kind="presence"),
        asked(pairs[3], "counting", "?", "!"),
    ]
    rejected = [{"pair_id": "hand/test/z", "split": "test", "reason": "missing-file", "detail": "gone"}]
    dataset = write_dataset(pairs, items, rejected)
    found = dataset_stats(dataset)
    assert list(found["splits"]) == ["train", "test"]
    assert found["rejected"] == {"missing-file": 1}
    test = found["splits"]["test"]
    assert (test["pairs"], test["changed"]) == (3, 2)
    assert test["tasks"] == {"counting": 1, "open_qa": 2}
    assert test["kinds"]["open_qa"] == {"presence": 2}
    road, building = test["classes"]["road"], test["classes"]["building"]
    assert (road["pairs"], road["objects"], road["area_px"]) == (2, 2, 2 * 40)
    assert (building["pairs"], building["objects"], building["area_px"]) == (2, 2, 2 * 36)
    assert {label: number for label, number in road["count_bins"].items() if number} == {"0": 1, "1": 2}
    assert {cell for cell, number in road["cells"].items() if number == 2} == {"top-left"}
    assert {cell for cell, number in building["cells"].items() if number} == {"bottom-right"}
    text = format_stats(found)
    assert "2 objects in 2 pairs" in text
    assert "missing-file" in text


def test_a_dataset_without_masks_has_no_classes(stored_pair, asked, write_dataset):
    pair = stored_pair("a", facts=None, change_mask=None)
    found = dataset_stats(write_dataset([pair], [asked(pair, "captioning", "?", "!")]))
    assert found["splits"]["test"]["classes"] == {}
    assert "captioning" in format_stats(found)
