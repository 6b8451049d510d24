"""What is known of the pairs that recorded replies are about."""

from rsica_data import plugins
from rsica_data.claims import context_of
from rsica_data.facts import compute_facts
from rsica_data.schema import FactRules, view_facts

OPTIONS = {"synthetic": {"pairs": 14, "seed": 21}, "synthetic-77": {"pairs": 14, "seed": 77}}
REPORTED = ["road", "building"]


def read_contexts(source, folder, wanted=None):
    """(pair id, context) of the pairs of a source: all, or those wanted."""
    spec = plugins.load(plugins.SOURCES, source.removesuffix("-77").removesuffix("-captions"))
    options = spec.options(**OPTIONS.get(source, {}))
    for key in spec.index(folder, options):
        if wanted is not None and key.pair_id not in wanted:
            continue
        pair = spec.load(folder, key, options)
        facts = compute_facts(
            change_mask=pair.change_mask,
            before_labels=pair.before_labels,
            after_labels=pair.after_labels,
            classes=pair.classes,
            report=None if source == "levir-cd" else REPORTED,
            gsd_m=pair.gsd_m,
        )
        view = view_facts(facts, FactRules(), pair.changed)
        yield key.pair_id, context_of(view, captions=pair.captions)
