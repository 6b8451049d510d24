"""Claims against hand-made facts: 30x30 pixels, a road in the top left cell and two buildings at the bottom right."""

from dataclasses import replace

import numpy as np
import pytest

from rsica_data.claims import Context, check, context_of, context_of_pair, extract, verify
from rsica_data.facts import compute_facts
from rsica_data.schema import ClassDef, FactRules, view_facts

CLASSES = (ClassDef(1, "road"), ClassDef(2, "building"), ClassDef(3, "tree"), ClassDef(4, "bare land"))


def facts(labels=False):
    before = np.full((30, 30), 4, np.uint8)
    before[25:, :] = 3
    after = before.copy()
    after[0:4, 0:9] = 1
    after[14:17, 24:28] = 2
    after[22:29, 22:28] = 2
    mask = np.where(after != before, after, 0).astype(np.uint8)
    maps = {"before_labels": before, "after_labels": after} if labels else {}
    found = compute_facts(change_mask=mask, classes=CLASSES, report=["road", "building"], gsd_m=2.0, **maps)
    return view_facts(found, FactRules())


MASK = context_of(facts(), before_date="2012", after_date="2018-05-01")
LABELS = context_of(facts(labels=True))
STATUSES = [
    ("Two buildings changed.", MASK, "supported"),
    ("Three buildings changed.", MASK, "contradicted"),
    ("About three buildings changed.", MASK, "supported"),
    ("Several buildings changed.", MASK, "supported"),
    ("Dozens of buildings changed.", MASK, "contradicted"),
    ("A building changed.", MASK, "unsupported"),
    ("One villa changed.", MASK, "unsupported"),
    ("3 villas changed.", MASK, "contradicted"),
    ("3 objects changed.", MASK, "supported"),
    ("4 objects changed.", MASK, "contradicted"),
    ("Two buildings changed in the bottom right.", MASK, "supported"),
    ("Buildings changed in the bottom-center cell.", MASK, "contradicted"),
    ("Buildings changed at the bottom.", MASK, "supported"),
    ("Buildings changed on the left.", MASK, "contradicted"),
    ("Buildings changed in the northwest.", MASK, "unknown"),
    ("Roads changed in the northwest.", replace(MASK, north_up=True), "supported"),
    ("Buildings changed in the northwest.", replace(MASK, north_up=True), "contradicted"),
    ("No roads changed on the right.", MASK, "supported"),
    ("The largest changed building is in the bottom right.", MASK, "supported"),
    ("The largest changed building is in the middle right.", MASK, "contradicted"),
    ("Changed buildings cover 6% of the image.", MASK, "supported"),
    ("Changed buildings cover 20% of the image.", MASK, "contradicted"),
    ("Changed buildings cover 216 m2.", MASK, "supported"),
    ("Changed buildings cover 600 m2.", MASK, "contradicted"),
    ("More buildings than roads changed.", MASK, "supported"),
    ("Fewer buildings than roads changed.", MASK, "contradicted"),
    ("The scene has changed.", MASK, "supported"),
    ("The scene is unchanged.", MASK, "contradicted"),
    ("The first image was taken in 2012.", MASK, "supported"),
    ("The first image was taken in 2013.", MASK, "contradicted"),
    ("The second image was taken in 2018.", MASK, "supported"),
    ("Bare land became roads.", MASK, "unknown"),
    ("Bare land became roads.", LABELS, "supported"),
    ("Trees became roads.", LABELS, "contradicted"),
    ("Vegetation became buildings.", LABELS, "supported"),
    ("In the first image there are buildings.", LABELS, "contradicted"),
    ("Water has changed.", MASK, "unknown"),
]


@pytest.mark.parametrize(("text", "context", "status"), STATUSES)
def test_statuses(text, context, status):
    found = {check(claim, context).status for claim in extract(text, context.classes)}
    order = ("contradicted", "unsupported", "unknown", "supported")
    assert next(worst for worst in order if worst in found) == status, found


def test_built_and_removed():
    said = {text: verify(text, LABELS).ok for text in ("Buildings were built.", "Buildings were demolished.")}
    assert said == {"Buildings were built.": True, "Buildings were demolished.": False}
    (verdict,) = {check(c, MASK) for c in extract("Buildings were demolished.", MASK.classes) if c.kind == "direction"}
    assert verdict.status == "unknown"


def test_parts_that_add_up():
    assert verify("One building was built and one was demolished.", MASK).ok
    assert verify("One villa and one factory changed.", MASK).ok
    assert not verify("Two buildings were built and one was demolished.", MASK).ok


def test_strict_and_lenient():
    for text, strict, lenient in (
        ("One villa changed.", False, True),
        ("In the second image there are 7 buildings.", False, True),
        ("Seven buildings changed.", False, False),
        ("Water has changed.", True, True),
    ):
        assert verify(text, MASK).ok is strict, text
        assert verify(text, MASK, mode="lenient").ok is lenient, text
    report = verify("Seven buildings changed.", MASK)
    assert report.reasons == ("'Seven buildings' (count) is contradicted: 2 buildings changed",)


def test_human_captions_are_evidence_for_what_the_mask_does_not_hold():
    context = replace(MASK, captions=("some trees are removed at the top",))
    (removed,) = [check(c, context) for c in extract("Trees have been removed.", MASK.classes) if c.kind == "direction"]
    assert (removed.status, removed.reason) == (
        "supported",
        "a human caption says so: 'some trees are removed at the top'",
    )
    assert check(extract("Trees were planted.", MASK.classes)[1], context).status == "unknown"
    # A caption does not outweigh the mask.
    assert not verify("5 buildings changed.", replace(MASK, captions=("5 buildings changed",))).ok


def test_unchanged_pairs_and_pairs_without_masks():
    nothing = view_facts(compute_facts(change_mask=np.zeros((30, 30), np.uint8), classes=CLASSES), FactRules())
    assert verify("Nothing has changed.", context_of(nothing)).ok
    assert not verify("A lake appeared.", context_of(nothing)).ok
    flagged = Context(("road",), None, 30, 30, changed=False)
    assert not verify("The scene has changed.", flagged).ok
    assert verify("The scene has not changed.", flagged).ok
    unknown = Context(("road",), None, 30, 30)
    assert {v.status for _, v in verify("3 roads changed in the top left.", unknown).claims} == {"unknown"}


def test_specks_below_the_object_size():
    mask = np.zeros((30, 30), np.uint8)
    mask[3, 3] = 1
    found = view_facts(compute_facts(change_mask=mask, classes=CLASSES, min_object_pixels=4), FactRules())
    (claim,) = extract("Roads have changed.", ("road",))
    assert check(claim, context_of(found)).status == "unsupported"


def test_context_of_a_stored_pair(stored_pair):
    pair = stored_pair("p", crs="EPSG:32633", transform=(0.5, 0.0, 3.0, 0.0, -0.5, 9.0), before_date="2012-01-01")
    context = context_of_pair(pair, FactRules())
    assert context.north_up and context.captions == ("a road is built .",)
    assert verify("One road changed in the northwest; the first image is of 2012.", context).ok
    assert not verify("Two roads changed.", context).ok
    assert not context_of_pair(replace(pair, transform=None), FactRules()).north_up
    assert context_of_pair(replace(pair, facts=None), FactRules()).view is None


def test_further_words_for_a_class_are_checked():
    text = "Three igloos were built."
    assert verify(text, MASK).claims == ()
    known = replace(MASK, synonyms="building:\n  words: [igloo]\n")
    assert verify(text, known).reasons == ("'Three igloos' (count) is contradicted: 2 buildings changed",)
    assert verify("Two igloos were built.", known).ok


def test_land_cover_is_known_by_the_names_of_the_facts():
    """ "Bare ground" of a dataset is what a text calls bare land or open land."""
    named = [ClassDef(1, "road"), ClassDef(2, "building"), ClassDef(3, "tree"), ClassDef(4, "bare ground")]
    before = np.full((30, 30), 4, np.uint8)
    after = before.copy()
    after[14:17, 24:28] = 2
    mask = np.where(after != before, after, 0).astype(np.uint8)
    found = compute_facts(
        change_mask=mask, before_labels=before, after_labels=after, classes=named, report=["building"]
    )
    context = context_of(view_facts(found, FactRules()))
    assert verify("Bare land became buildings.", context).claims[0][1].status == "supported"
    assert not verify("Trees became buildings.", context).ok
