"""The build: source -> facts -> tasks -> shards -> manifest.

``plan``    what is to be built, cut into shards, before any image is read
``shard``   one shard, in whichever process: pure, from its unit to two files
``asking``  the part that asks a language model, on request
``merging`` the rows that it wrote, as many as are wanted, merged into the shards
``build``   the whole: resuming, rejects, manifest
"""

from rsica_data.builder.llm_stage import AssistOptions
from rsica_data.builder.whole import BuildOptions, BuildSummary, build, dry_run

__all__ = ["AssistOptions", "BuildOptions", "BuildSummary", "build", "dry_run"]
