"""Units are read with their pairs, which are not held longer than they are needed."""

from rsica_bench.run.run_plan import JobReader, plan_units
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset


def test_a_reader_holds_the_pairs_of_one_unit(small_dataset, monkeypatch):
    dataset = open_dataset(small_dataset)
    split = dataset.splits[0]
    right, read = BuiltDataset.shard_pairs, []

    def shard_pairs(self, shard, **options):
        for pair in right(self, shard, **options):
            read.append(pair.pair_id)
            yield pair

    monkeypatch.setattr(BuiltDataset, "shard_pairs", shard_pairs)
    units = plan_units(dataset, split, None, None, 3)
    reader = JobReader(dataset, split, True)
    for unit in units:
        jobs = reader.jobs(unit)
        assert [job.item.instruction_id for job in jobs] == [name for name, _ in unit.turns]
        assert all(job.pair.pair_id == job.item.pair_id and job.pair.before is not None for job in jobs)
        assert set(reader._pairs) == {job.pair.pair_id for job in jobs}
    assert len(read) == len(set(read))  # in order, each pair is read once
    for unit in reversed(list(units)):  # and in any other order they are found too
        assert [job.pair.pair_id for job in reader.jobs(unit)] == [
            job.item.pair_id for job in JobReader(dataset, split, True).jobs(unit)
        ]
