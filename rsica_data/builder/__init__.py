"""The build: source -> facts -> tasks -> shards -> manifest.

``build_options``  the options of a build and its summary
``build_plan``     what is to be built, cut into shards, before any image is read
``shard``          one shard, in whichever process: pure, from its unit to two files
``llm_stage``      the part that asks a language model, on request
``merging``        the rows that it wrote, as many as are wanted, merged into the shards
``assisted``       both of these as the whole build calls them
``whole_build``    resuming, rejects, manifest
``join_parts``     one build of parts that a job array made
"""

from rsica_data.builder.build_options import AssistOptions, BuildOptions, BuildSummary
from rsica_data.builder.join_parts import merge
from rsica_data.builder.whole_build import build, dry_run

__all__ = ["AssistOptions", "BuildOptions", "BuildSummary", "build", "dry_run", "merge"]
