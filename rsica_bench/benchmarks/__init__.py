"""Published benchmarks by name: their files, their datasets, and what a run of one asks."""
