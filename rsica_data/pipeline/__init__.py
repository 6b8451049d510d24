"""The build: source -> facts -> tasks -> shards -> manifest.

``plan``    what is to be built, cut into shards, before any image is read
``shard``   one shard, in whichever process: pure, from its unit to two files
``build``   the whole: resuming, rejects, manifest
"""

from rsica_data.pipeline.build import BuildOptions, BuildSummary, build

__all__ = ["BuildOptions", "BuildSummary", "build"]
