"""A mix of two builds, streamed by two ranks with two workers each: every row once, in one order, resumed anywhere."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsica_data.dataset.mixing import MixOptions, MixPart, mix
from rsica_data.dataset.opening import open_dataset

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader  # noqa: E402

from rsica_data.training import StreamDataset  # noqa: E402

RANKS, WORKERS = 2, 2


def plain(samples):
    return samples


@pytest.fixture(scope="module")
def mixed(small_dataset, tmp_path_factory):
    """The small dataset mixed with half of another build of it, in shards of three pairs."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli
    from tests.conftest import recipe_text

    folder = tmp_path_factory.mktemp("mixed")
    options = {"pairs": 9, "size": 64, "seed": 8}
    facts = {"classes": ["road", "building"]}
    (folder / "r.yaml").write_text(recipe_text(options=options, tasks=["counting", "open_qa"], facts=facts))
    assert (
        run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "b"), "--workers", "1"]) == 0
    )
    parts = (MixPart("a", open_dataset(small_dataset)), MixPart("b", open_dataset(folder / "b"), weight=0.5))
    mix(MixOptions(parts, folder / "mix", prefix_ids=True, shard_pairs=3))
    return folder / "mix"


@pytest.fixture(scope="module")
def rows(mixed):
    return sorted(item.instruction_id for item in open_dataset(mixed).instructions("train"))


def read(mixed, rank, seed, buffer, epoch=0, state=None, batches=None, batch_size=4):
    """Ids that a rank reads, and its state after so many batches."""
    data = StreamDataset(mixed, seed=seed, buffer=buffer, rank=rank, world=RANKS)
    data.set_epoch(epoch)
    if state is not None:
        data.load_state_dict(json.loads(json.dumps(state)))
    ids = []
    loader = DataLoader(data, batch_size=batch_size, num_workers=WORKERS, collate_fn=plain)
    for number, batch in enumerate(loader, 1):
        ids += [sample["id"] for sample in batch]
        data.saw(sample["position"] for sample in batch)
        if number == batches:
            break
    return ids, data.state_dict()


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**31), st.sampled_from([1, 7, 1000]), st.integers(0, 2), st.integers(1, 9), st.integers(1, 6))
def test_every_row_once_in_one_order_and_resumed_in_the_middle(mixed, rows, seed, buffer, epoch, batches, batch_size):
    whole = [read(mixed, rank, seed, buffer, epoch, batch_size=batch_size)[0] for rank in range(RANKS)]
    assert sorted(whole[0] + whole[1]) == rows
    assert whole == [read(mixed, rank, seed, buffer, epoch, batch_size=batch_size)[0] for rank in range(RANKS)]
    seen = []
    for rank in range(RANKS):
        first, state = read(mixed, rank, seed, buffer, epoch, batches=batches, batch_size=batch_size)
        rest, _ = read(mixed, rank, seed, buffer, epoch, state=state, batch_size=batch_size)
        assert first == whole[rank][: len(first)]
        seen += first + rest
    assert sorted(seen) == rows
