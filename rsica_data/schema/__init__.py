"""The records that both packages share, and their Arrow form.

``records``  ImagePair, Instruction, Turn, Provenance
``facts``    ChangeFacts and the views of it that rules select
``map_scene``  what a map says of a pair
``sources``  what a source is: SourceSpec
``tasks``    what a task is: TaskSpec and the contexts its functions receive
``arrow``    pyarrow schemas of the two tables of a built dataset, and conversion from and to records
"""

from rsica_data.schema.exporters import ExporterSpec
from rsica_data.schema.facts import (
    CELLS,
    ChangeFacts,
    ClassFacts,
    CoverFacts,
    FactRules,
    FactsView,
    ObjectFacts,
    TransitionFacts,
    view_facts,
)
from rsica_data.schema.map_scene import MapChange, MapObject, MapScene, scene_from_json, scene_to_json
from rsica_data.schema.records import (
    ClassDef,
    EncodedImage,
    ExtraImage,
    ImagePair,
    Instruction,
    JsonObject,
    Mask,
    PairKey,
    Provenance,
    Turn,
)
from rsica_data.schema.sources import SourceSpec
from rsica_data.schema.tasks import (
    AskContext,
    Draft,
    GoldTurn,
    ParseContext,
    Question,
    RenderContext,
    TaskSpec,
    Unparsed,
)

SCHEMA_VERSION = 1

__all__ = [
    "CELLS",
    "SCHEMA_VERSION",
    "AskContext",
    "ChangeFacts",
    "ClassDef",
    "ClassFacts",
    "CoverFacts",
    "Draft",
    "EncodedImage",
    "ExporterSpec",
    "ExtraImage",
    "FactRules",
    "FactsView",
    "GoldTurn",
    "ImagePair",
    "Instruction",
    "JsonObject",
    "MapChange",
    "MapObject",
    "MapScene",
    "Mask",
    "ObjectFacts",
    "PairKey",
    "ParseContext",
    "Provenance",
    "Question",
    "RenderContext",
    "SourceSpec",
    "TaskSpec",
    "TransitionFacts",
    "Turn",
    "Unparsed",
    "scene_from_json",
    "scene_to_json",
    "view_facts",
]
