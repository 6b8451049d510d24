"""One claim against what is known of a pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rsica_data.claims import areas
from rsica_data.claims.evidence import caption_for
from rsica_data.claims.models import Claim, Context, Quantity, Region, Relation, Verdict
from rsica_data.claims.sizes import check_size
from rsica_data.claims.verdicts import count_of, flip, not_in_mask, said, settled
from rsica_data.schema import CELLS, FactsView
from rsica_data.schema.rules import holds_all_change
from rsica_data.text.class_names import counted, join, plural

_NEAR = 1 / 12
"""Share of the image within which a loosely named place is only unsupported, not contradicted."""


def check(claim: Claim, context: Context) -> Verdict:
    """Whether what is known of the pair bears out a claim.

    ``supported`` and ``contradicted`` are settled by the facts (or supported by a human caption where no mask tells);
    ``unsupported``: the facts speak of the matter, and give the claim no support; ``unknown``: they cannot settle it.
    """
    verdict = _CHECKS[claim.kind](claim, context)
    if verdict.status == "unknown":
        verdict = _by_members(claim, context) or verdict
    if verdict.status == "unknown":
        evidence = caption_for(claim, context)
        if evidence:
            return Verdict("supported", f"a human caption says so: '{evidence}'")
    return verdict


def _by_members(claim: Claim, context: Context) -> Verdict | None:
    """A claim of what the mask holds in several classes ("sealed surface": buildings and roads), by these."""
    view = context.view
    if view is None or claim.subject is None or claim.subject in view.counts or claim.kind not in _MEMBERS_TELL:
        return None
    names = [name for name in areas.names_for(claim.subject, context, view.counts) if name != claim.subject]
    if len(names) < 2:
        return None
    found = [_CHECKS[claim.kind](replace(claim, subject=name), context) for name in names]
    wanted = "supported" if claim.polarity and claim.kind != "absence" else "contradicted"
    decisive = next((verdict for verdict in found if verdict.status == wanted), None)
    return decisive or (found[0] if len({verdict.status for verdict in found}) == 1 else None)


_MEMBERS_TELL = ("presence", "absence", "position", "direction")

# Change, presence and absence


def _check_change(claim: Claim, context: Context) -> Verdict:
    changed = context.view.changed if context.view is not None else context.changed
    if changed is None:
        return Verdict("unknown", "the pair has neither a mask nor a change flag")
    return settled(changed == claim.polarity, "the pair has changed" if changed else "the pair has not changed")


def _check_presence(claim: Claim, context: Context) -> Verdict:
    view = context.view
    flows = areas.gain_and_loss(claim.subject, context) if claim.subject and claim.direction else None
    if flows is not None and claim.direction in ("appeared", "disappeared"):
        return settled(flows[claim.direction == "disappeared"] > 0, f"{flows[0]} pixels gained, {flows[1]} lost")
    if view is not None and claim.subject is not None and claim.subject in view.counts:
        count = view.counts[claim.subject]
        if count == 0 and view.area_px[claim.subject]:
            return Verdict("unsupported", f"only specks of {plural(claim.subject)} changed")
        return settled(count > 0, said(claim.subject, count))
    return _presence_by_cover(claim, context)


def _presence_by_cover(claim: Claim, context: Context) -> Verdict:
    flows = areas.gain_and_loss(claim.subject, context) if claim.subject else None
    if flows is not None:
        return settled(sum(flows) > 0, f"{flows[0]} pixels gained, {flows[1]} lost")
    changed = context.view.changed if context.view is not None else context.changed
    if changed is False:
        return Verdict("contradicted", "the pair has not changed")
    return not_in_mask(claim.subject)


def _check_absence(claim: Claim, context: Context) -> Verdict:
    view = context.view
    flows = areas.gain_and_loss(claim.subject, context) if claim.subject and claim.direction else None
    if flows is not None:
        amount = flows[0] if claim.direction in ("appeared", "expanded") else flows[1]
        return settled(amount == 0, f"{flows[0]} pixels gained, {flows[1]} lost")
    found = flip(_check_presence(claim, context))
    if found.status == "contradicted" and (claim.part or claim.direction in ("disappeared", "expanded", "shrunk")):
        return Verdict("unknown", "the mask does not tell kinds and directions of change")
    if found.status == "supported" and view is None:
        return Verdict("supported", "the pair has not changed")
    return found


def _check_class(claim: Claim, context: Context) -> Verdict:
    view = context.view
    if view is None or claim.subject is None:
        return not_in_mask(claim.subject)
    names = areas.names_for(claim.subject, context, view.cover)
    if names:
        before = sum(view.cover[name][0] for name in names)
        after = sum(view.cover[name][1] for name in names)
        amount = {"before": before, "after": after, "change": before + after}[claim.scope]
        return settled((amount > 0) == claim.polarity, f"{amount} pixels of {plural(claim.subject)}")
    if claim.scope == "change" and claim.polarity and view.counts.get(claim.subject, 0) > 0:
        return Verdict("supported", said(claim.subject, view.counts[claim.subject]))
    return Verdict("unknown", "no land-cover map tells what stands there")


def _check_direction(claim: Claim, context: Context) -> Verdict:
    subject, view = claim.subject, context.view
    if subject is None:
        return Verdict("unknown", "no class is named")
    flows = areas.gain_and_loss(subject, context)
    if flows is not None:
        amount = flows[0] if claim.value in ("appeared", "expanded") else flows[1]
        return settled((amount > 0) == claim.polarity, f"{flows[0]} pixels gained, {flows[1]} lost")
    if view is not None and view.counts.get(subject) == 0 and not view.area_px[subject]:
        return settled(not claim.polarity, said(subject, 0))
    if (view.changed if view is not None else context.changed) is False:
        return settled(not claim.polarity, "the pair has not changed")
    return Verdict("unknown", "the mask does not tell what was built from what was removed")


# Numbers


def _check_count(claim: Claim, context: Context) -> Verdict:
    view, value = context.view, claim.value
    if view is None or not isinstance(value, Quantity):
        return _without_mask(claim, context)
    count = count_of(claim.subject, view)
    if count is None:
        return _without_mask(claim, context)
    if claim.scope != "change" and isinstance(value, Quantity):
        same = claim.scope == "after" and value.low <= count and (value.high is None or count <= value.high)
        return Verdict("supported" if same else "unsupported", f"the facts only tell that {said(claim.subject, count)}")
    if claim.region is not None and claim.subject is not None:
        verdict = _count_in_region(claim, value, claim.region, view, count)
    else:
        verdict = _compare(value, count, said(claim.subject, count))
        if claim.part and verdict.status == "contradicted" and value.low <= count and claim.polarity:
            verdict = Verdict("unsupported", f"{said(claim.subject, count)}, of any kind")
    return verdict if claim.polarity else flip(verdict)


def _without_mask(claim: Claim, context: Context) -> Verdict:
    if claim.subject is not None and isinstance(claim.value, Quantity) and claim.value.low > 0:
        return _presence_to_count(_presence_by_cover(claim, context))
    return not_in_mask(claim.subject)


def _presence_to_count(verdict: Verdict) -> Verdict:
    if verdict.status == "supported":
        return Verdict("unknown", "the facts give no number of them")
    return verdict


def _compare(value: Quantity, truth: float, reason: str) -> Verdict:
    low, high = value.low, value.high
    if value.approximate:
        slack = max(1.0, 0.2 * truth)
        low, high = low - slack, None if high is None else high + slack
    if value.vague and value.low == value.high == 1:
        # A bare article: "a building" beside several is loose, not wrong.
        return Verdict("supported" if truth == 1 else "unsupported" if truth else "contradicted", reason)
    if low <= truth and (high is None or truth <= high):
        return Verdict("supported", reason)
    if value.vague and truth > 0 and (low / 1.5 <= truth and (high is None or truth <= 2 * high)):
        return Verdict("unsupported", reason)
    return Verdict("contradicted", reason)


def _count_in_region(claim: Claim, value: Quantity, region: Region, view: FactsView, count: int) -> Verdict:
    assert claim.subject is not None
    if region.compass:
        return Verdict("unknown", "the direction north is not known")
    items = view.objects[claim.subject]
    inside, near = areas.centred(items, region, view), areas.touching(items, region, view)
    reason = f"{inside} of {counted(count, claim.subject)} lie in the {region.word}"
    for truth in (inside, near, count):
        found = _compare(value, truth, reason)
        if found.status == "supported" and near:
            return found
    if value.low > near:
        return Verdict("contradicted", reason)
    return Verdict("unsupported", reason)


# Places


def _check_position(claim: Claim, context: Context) -> Verdict:
    view, value = context.view, claim.value
    if view is None or (claim.subject is not None and claim.subject not in view.cells):
        return _presence_to_count(_presence_by_cover(claim, context)) if claim.polarity else not_in_mask(claim.subject)
    names = [claim.subject] if claim.subject is not None else list(view.classes)
    cells = {cell for name in names for cell in view.cells[name]}
    where = join(_grid(cells)) or "nowhere"
    reason = f"{plural(claim.subject) if claim.subject else 'objects'} changed in: {where}"
    if isinstance(value, Quantity):
        verdict = _compare(value, len(cells), reason)
        return verdict if claim.polarity else flip(verdict)
    assert isinstance(value, Region)
    if value.compass and not context.north_up:
        return Verdict("unknown", "the direction north is not known")
    verdict = _in_region(names, cells, value, view, reason)
    if claim.subject is None and verdict.status == "contradicted" and not holds_all_change(view):
        return Verdict("unknown", "the mask's classes do not hold all the change")
    if claim.polarity:
        return verdict
    return Verdict("contradicted" if verdict.status == "supported" else "supported", reason)


def _grid(cells: set[str]) -> list[str]:
    return [cell for cell in CELLS if cell in cells]


def _in_region(names: list[str], cells: set[str], region: Region, view: FactsView, reason: str) -> Verdict:
    items = [item for name in names for item in view.objects[name]]
    box = areas.region_box(region, view.width, view.height)
    gap = min((areas.box_gap(item.box, box) for item in items), default=float("inf"))
    half = region.word.endswith(" half")
    if (gap < 0) if half else cells & set(region.cells):
        if region.only and not cells <= set(region.cells):
            return Verdict("contradicted", reason)
        return Verdict("supported", reason)
    limit = 0.0 if region.exact or half else _NEAR * max(view.width, view.height)
    return Verdict("unsupported" if cells and gap < limit else "contradicted", reason)


# Comparisons, steps and dates


def _check_relation(claim: Claim, context: Context) -> Verdict:
    view, value = context.view, claim.value
    if view is None or not isinstance(value, Relation):
        return not_in_mask(claim.subject)
    if value.op == "most":
        verdict = _check_most(claim.subject, value, view)
    elif value.op == "only":
        verdict = _check_only(value, view)
    elif claim.subject is None or claim.subject not in view.counts or value.other not in view.counts:
        return not_in_mask(claim.subject)
    else:
        verdict = _check_pair(claim.subject, str(value.other), value.op, view)
    return verdict if claim.polarity else flip(verdict)


def _check_most(subject: str | None, value: Relation, view: FactsView) -> Verdict:
    if value.region is None or value.region.compass or count_of(subject, view) is None:
        return not_in_mask(subject)
    items = [item for name in ([subject] if subject else view.classes) for item in view.objects[name]]
    inside, near = areas.centred(items, value.region, view), areas.touching(items, value.region, view)
    reason = f"{inside} of {len(items)} lie in the {value.region.word}"
    if 2 * inside > len(items) or 2 * near <= len(items):
        return settled(2 * inside > len(items), reason)
    return Verdict("unsupported", reason)


def _check_only(value: Relation, view: FactsView) -> Verdict:
    names = str(value.other).split(",")
    others = [name for name, count in view.counts.items() if count and name not in names]
    if others:
        return Verdict("contradicted", f"{join([plural(name) for name in others])} changed too")
    if not any(view.counts.get(name) for name in names if name in view.counts):
        known = all(name in view.counts for name in names)
        return Verdict("contradicted" if known else "unknown", "none of them changed")
    if len(view.classes) < 2 or not holds_all_change(view):
        return Verdict("unknown", "the mask does not hold all kinds of change")
    return Verdict("supported", "no other class changed")


def _check_pair(a: str, b: str, op: str, view: FactsView) -> Verdict:
    if op in ("larger", "smaller"):
        x, y = float(view.area_px[a]), float(view.area_px[b])
        reason = f"{x:.0f} pixels of {plural(a)}, {y:.0f} of {plural(b)}"
    else:
        x, y = float(view.counts[a]), float(view.counts[b])
        reason = f"{counted(int(x), a)} and {counted(int(y), b)} changed"
    holds = {"more": x > y, "larger": x > y, "fewer": x < y, "smaller": x < y, "equal": x == y}[op]
    return settled(holds, reason)


def _check_transition(claim: Claim, context: Context) -> Verdict:
    view = context.view
    assert isinstance(claim.value, tuple)
    source, target = claim.value
    if view is None or source is None or target is None:
        return not_in_mask(source)
    if not view.cover:
        known = [name for name in (source, target) if view.counts.get(name) == 0 and not view.area_px[name]]
        if (known and known[-1] == target) or not view.changed:
            return settled(not claim.polarity, said(target, 0))
        return Verdict("unknown", "no land-cover maps tell what became what")
    before, after = areas.names_for(source, context, view.cover), areas.names_for(target, context, view.cover)
    if not before or not after:
        return not_in_mask(source if not before else target)
    amount = sum(area for a, b, area in view.transitions if a in before and b in after)
    return settled((amount > 0) == claim.polarity, f"{amount} pixels went from {source} to {target}")


def _check_date(claim: Claim, context: Context) -> Verdict:
    dates = {"before": context.before_date, "after": context.after_date}
    known = [date for scope, date in dates.items() if date and claim.scope in ("change", scope)]
    if not known:
        return Verdict("unknown", "the dates are not known")
    holds = any(date.startswith(str(claim.value)) for date in known)
    return settled(holds == claim.polarity, f"the date is {join(known, 'or')}")


_CHECKS: dict[str, Callable[[Claim, Context], Verdict]] = {
    "count": _check_count,
    "class": _check_class,
    "presence": _check_presence,
    "absence": _check_absence,
    "position": _check_position,
    "size": check_size,
    "direction": _check_direction,
    "relation": _check_relation,
    "transition": _check_transition,
    "date": _check_date,
    "change": _check_change,
}
