"""The records that both packages share, and their Arrow form.

``records``  ImagePair, Instruction, Turn, Provenance
``facts``    ChangeFacts and the views of it that rules select
``rules``    changed or not, complete or not, sizes, bins of counts: what golds, prompts, checks and scores share
``north``    whether north is up
``map_scene``  what a map says of a pair
``sources``  what a source is: SourceSpec
``tasks``    what a task is: TaskSpec and the contexts its functions receive
``arrow``    pyarrow schemas of the two tables of a built dataset, and conversion from and to records
"""

from rsica_data.schema.facts import (
    ChangeFacts,
    ClassFacts,
    CoverFacts,
    FactRules,
    FactsView,
    ObjectFacts,
    Side,
    TransitionFacts,
    mask_changed,
    view_facts,
)
from rsica_data.schema.json_values import JsonObject
from rsica_data.schema.map_scene import MapChange, MapObject, MapScene, map_cell, scene_from_json, scene_to_json
from rsica_data.schema.north import north_is_up
from rsica_data.schema.records import (
    ClassDef,
    EncodedImage,
    ExtraImage,
    ImagePair,
    Instruction,
    Mask,
    PairKey,
    Provenance,
    Turn,
)
from rsica_data.schema.rules import NO_CHANGE_SENTENCES, holds_all_change, settle_change, size_word
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
from rsica_data.schema.versions import SCHEMA_VERSION

__all__ = [
    "NO_CHANGE_SENTENCES",
    "SCHEMA_VERSION",
    "AskContext",
    "ChangeFacts",
    "ClassDef",
    "ClassFacts",
    "CoverFacts",
    "Draft",
    "EncodedImage",
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
    "Side",
    "SourceSpec",
    "TaskSpec",
    "TransitionFacts",
    "Turn",
    "Unparsed",
    "holds_all_change",
    "map_cell",
    "mask_changed",
    "north_is_up",
    "scene_from_json",
    "scene_to_json",
    "settle_change",
    "size_word",
    "view_facts",
]
