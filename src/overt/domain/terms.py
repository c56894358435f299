"""What a deployment asks for, and whether the policy lets it.

Rules:
  - one function for each rule of the policy that is about a deployment, in the table RULES_OF_TERMS by the rule's name;
  - each looks at its own rule alone, and `broken` tells all that is broken, never only the first;
  - what is not known yet (no officer has signed) breaks nothing; what is missing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from overt.domain.area import same_place
from overt.domain.asked import Document, Place, Terms, coverage_30d, list_reused, text_reused
from overt.domain.before_start import RULES_BEFORE_START, Asked
from overt.domain.history import History, Start, most_in_30_days
from overt.domain.owing import RULES_OWED, Owing
from overt.domain.policy import PLACES, Policy, Rules
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.time import to_text

__all__ = ["RULES_OF_TERMS", "Broken", "Document", "History", "Place", "Terms", "broken"]

#: The key of [authority] that may be missing while urgency lasts.
OUTSIDE_AUTHORISATION: Final = "outside_authorisation"
SIGNS: Final = "signs"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule of the policy that is broken: its name, a plain sentence (what, why), and what to do next."""

    rule: str
    sentence: str
    todo: str


@dataclass(frozen=True, kw_only=True)
class _Case:
    terms: Terms
    history: History
    rules: Rules
    now_us: int


_Found: TypeAlias = Iterator[tuple[str, str]]


def broken(terms: Terms, history: History, policy: Policy, now_us: int) -> tuple[Broken, ...]:
    """Every rule of the policy that these terms break, in the table's order; empty where the policy allows them."""
    case = _Case(terms=terms, history=history, rules=policy.rules, now_us=now_us)
    return tuple(
        Broken(rule=rule, sentence=sentence, todo=todo)
        for rule, look in RULES_OF_TERMS.items()
        for sentence, todo in look(case)
    )


def _in_the_same_place(case: _Case) -> list[Start]:
    area = case.terms.area
    return [] if area is None else [start for start in case.history.starts if same_place(start.area, area)]


def _purposes(case: _Case) -> _Found:
    if case.terms.purpose not in case.rules.purposes:
        yield (
            f"The purpose {case.terms.purpose!r} is not one that the policy knows.",
            f"Name one of {', '.join(case.rules.purposes)}, if it is what the deployment is for.",
        )


def _use_cases(case: _Case) -> _Found:
    if case.terms.use_case not in case.rules.use_cases:
        yield (
            f"The use case {case.terms.use_case!r} is not one that the policy knows.",
            f"Name one of {', '.join(case.rules.use_cases)}, if it is what the deployment does.",
        )


def _wanted_far_max(case: _Case) -> _Found:
    if not case.terms.wanted_far <= case.rules.wanted_far_max:
        yield (
            f"The deployment plans {case.terms.wanted_far:g} false alerts per passage; "
            f"the policy allows {case.rules.wanted_far_max:g}.",
            "Set wanted_far lower.",
        )


def _max_cameras(case: _Case) -> _Found:
    if case.terms.cameras > case.rules.max_cameras:
        yield (
            f"The deployment has {case.terms.cameras} cameras; the policy allows {case.rules.max_cameras}.",
            "Leave some out: a deployment is a small, targeted area.",
        )


def _max_hours(case: _Case) -> _Found:
    asked_us = case.terms.closes_us - case.terms.opens_us
    if asked_us > case.rules.max_hours * HOUR_US:
        yield (
            f"The deployment lasts {asked_us / HOUR_US:.4g} hours; the policy allows {case.rules.max_hours:g}.",
            "Shorten it to what is necessary.",
        )


def _min_gap_h(case: _Case) -> _Found:
    for start in _in_the_same_place(case):
        gap_us = max(case.terms.opens_us - start.closes_us, start.opens_us - case.terms.closes_us)
        if gap_us < 0:
            yield (
                f"Another deployment in the same place runs from {to_text(start.opens_us)} "
                f"to {to_text(start.closes_us)}, at the same time.",
                "Choose another time, or cancel the other deployment.",
            )
        elif gap_us < case.rules.min_gap_h * HOUR_US:
            yield (
                f"Another deployment in the same place runs from {to_text(start.opens_us)} to "
                f"{to_text(start.closes_us)}; the policy wants {case.rules.min_gap_h:g} hours between the two.",
                "Choose a time further away from it.",
            )


def _max_starts_30d(case: _Case) -> _Found:
    starts = 1 + most_in_30_days(_in_the_same_place(case), case.terms.opens_us, lambda _: 1)
    if starts > case.rules.max_starts_30d:
        yield (
            f"This would be start number {starts:g} in the same place within 30 days; "
            f"the policy allows {case.rules.max_starts_30d}. A renamed place is the same place.",
            "Wait, or ask whether another place serves the aim.",
        )


def _coverage_max_camera_h_ha_30d(case: _Case) -> _Found:
    total = coverage_30d(case.terms, case.history)
    if total > case.rules.coverage_max_camera_h_ha_30d:
        yield (
            f"With this deployment {total:.6g} camera-hours x hectares are covered within 30 days, in all places "
            f"together; the policy's budget is {case.rules.coverage_max_camera_h_ha_30d:g}.",
            "Take fewer cameras, fewer hours or a smaller area, or wait.",
        )


def _area_max_ha(case: _Case) -> _Found:
    area = case.terms.area
    if area is not None and area.hectares() > case.rules.area_max_ha:
        yield (
            f"The area has {area.hectares():.4g} hectares; the policy allows {case.rules.area_max_ha:g}.",
            "Draw a smaller one, and place the cameras in it.",
        )


def _place_terms(case: _Case) -> _Found:
    terms = case.terms
    filled = set(terms.place_filled - {"area", "camera_serials"})
    if terms.area is not None:
        filled.add("area")
    if len(set(terms.serials)) == terms.cameras:
        filled.add("camera_serials")
    for key in case.rules.place_terms:
        if key not in filled:
            yield (
                f"The deployment does not say {key}, and the policy asks for it.",
                "Write the serial number of every camera, each its own."
                if key == "camera_serials"
                else f"Write {key} into the deployment file.",
            )


def _authority_terms(case: _Case) -> _Found:
    excused = set() if case.terms.urgent_since_us is None else {OUTSIDE_AUTHORISATION}
    for key in case.rules.authority_terms:
        if key not in case.terms.authority_filled | excused:
            yield (
                f"The authority does not say {key}, and the policy asks for it.",
                f"Write {key} into [authority].",
            )


def _refused_places(case: _Case) -> _Found:
    known = {*PLACES, *case.rules.refused_places, *case.rules.second_officer_places}
    for place in case.terms.places:
        if place.kind in case.rules.refused_places:
            yield (
                f"Nearby is {place.text} ({place.kind}), and the policy refuses deployments there.",
                "Choose another place or a time at which it is not in use.",
            )
        elif place.kind not in known:
            yield (
                f"Nearby is {place.text}, a {place.kind!r}: the policy does not know that kind of place.",
                f"Name one of {', '.join(sorted(known))}; a place of no such kind need not be named.",
            )


def _second_officer_places(case: _Case) -> _Found:
    terms = case.terms
    if terms.officers is None or (len(terms.officers) > 1 and terms.officers_reasons):
        return
    for place in terms.places:
        if place.kind in case.rules.second_officer_places:
            yield (
                f"Nearby is {place.text} ({place.kind}), so a second authorising officer must agree and say why.",
                "Have a second officer sign with reasons, or choose another place.",
            )


def _list_reuse_max(case: _Case) -> _Found:
    share = list_reused(case.terms, case.history)
    if share > case.rules.list_reuse_max:
        yield (
            f"Of the list {share:.0%} stood on the last deployments' lists too; "
            f"the policy allows {case.rules.list_reuse_max:.0%}.",
            "Make a list for this deployment: ask of each entry why this person is expected here and now.",
        )


def _text_reuse_max(case: _Case) -> _Found:
    share = text_reused(case.terms, case.history)
    if share > case.rules.text_reuse_max:
        yield (
            f"Of the necessity text {share:.0%} is taken from the last deployments; "
            f"the policy allows {case.rules.text_reuse_max:.0%}.",
            "Write why this deployment is necessary.",
        )


def _newest(terms: Terms) -> dict[str, int]:
    """The date of the newest document of each kind, microseconds."""
    return {one.kind: one.at_us for one in sorted(terms.documents, key=lambda document: document.at_us)}


def _documents(case: _Case) -> _Found:
    for kind in case.rules.documents:
        if kind not in _newest(case.terms):
            yield (
                f"No document of the kind {kind!r} is attached, and the policy asks for it.",
                f'Attach it with a table [[document]] of kind = "{kind}".',
            )


def _signs_age_max_h(case: _Case) -> _Found:
    at_us = _newest(case.terms).get(SIGNS)
    if at_us is None:
        return
    if at_us > case.now_us or case.terms.opens_us - at_us > case.rules.signs_age_max_h * HOUR_US:
        yield (
            f"The signs were documented at {to_text(at_us)}; the policy wants that within the "
            f"{case.rules.signs_age_max_h} hours before the start, and not in the future.",
            "See that the signs stand, and document them anew.",
        )


def _documents_age_max_days(case: _Case) -> _Found:
    for kind, at_us in _newest(case.terms).items():
        late = case.terms.opens_us - at_us > case.rules.documents_age_max_days * DAY_US
        if kind != SIGNS and (late or at_us > case.now_us):
            yield (
                f"The document {kind!r} is dated {to_text(at_us)[:10]}; the policy wants it at most "
                f"{case.rules.documents_age_max_days} days old at the start, and not of the future.",
                "Review it, and attach the new version.",
            )


def _documents_with_digest(case: _Case) -> _Found:
    with_digest = {one.kind for one in case.terms.documents if one.digest}
    for kind in case.rules.documents_with_digest:
        if kind in _newest(case.terms) and kind not in with_digest:
            yield (
                f"The document {kind!r} is attached without its digest, so nobody would know whether it was changed.",
                'Write its SHA-256 into its table [[document]]: sha256 = "...", as sha256sum prints it.',
            )


def _before_start(look: Callable[[Asked], _Found]) -> Callable[[_Case], _Found]:
    """A rule of `overt.domain.before_start`, asked as one of these."""

    def found(case: _Case) -> _Found:
        return look(
            Asked(
                before=case.terms.before,
                rules=case.rules,
                opens_us=case.terms.opens_us,
                now_us=case.now_us,
                urgent=case.terms.urgent_since_us is not None and case.rules.urgent_hours > 0,
            )
        )

    return found


def _owed(look: Callable[[Owing], _Found]) -> Callable[[_Case], _Found]:
    """A rule of `overt.domain.owing`, asked as one of these."""
    return lambda case: look(Owing(history=case.history, rules=case.rules, now_us=case.now_us))


def _urgent_hours(case: _Case) -> _Found:
    since_us, limit = case.terms.urgent_since_us, case.rules.urgent_hours
    if since_us is None or (limit and OUTSIDE_AUTHORISATION in case.terms.authority_filled):
        return
    if not limit:
        yield (
            "The deployment claims urgency, and the policy knows none.",
            "Have everything in place first, and leave the urgency out.",
        )
    elif since_us > case.now_us:
        yield f"Urgency is declared from {to_text(since_us)} on, which is in the future.", "Write when it was declared."
    elif max(case.now_us, case.terms.closes_us) > since_us + limit * HOUR_US:
        yield (
            f"Urgency was declared at {to_text(since_us)}; without an outside authorisation everything must be over "
            f"{limit} hours later.",
            "End earlier, or bring the outside authorisation.",
        )


def _ranks(case: _Case) -> _Found:
    for rank in case.terms.officers or ():
        if case.rules.ranks and rank not in case.rules.ranks:
            yield (
                f"An officer of the rank {rank or 'none'!r} may not authorise under this policy.",
                f"Have it signed by one of {', '.join(case.rules.ranks)}.",
            )


RULES_OF_TERMS: Final[Mapping[str, Callable[[_Case], _Found]]] = MappingProxyType(
    {
        "purposes": _purposes,
        "use_cases": _use_cases,
        "wanted_far_max": _wanted_far_max,
        "max_cameras": _max_cameras,
        "max_hours": _max_hours,
        "min_gap_h": _min_gap_h,
        "max_starts_30d": _max_starts_30d,
        "coverage_max_camera_h_ha_30d": _coverage_max_camera_h_ha_30d,
        "area_max_ha": _area_max_ha,
        "place_terms": _place_terms,
        "authority_terms": _authority_terms,
        "refused_places": _refused_places,
        "second_officer_places": _second_officer_places,
        "list_reuse_max": _list_reuse_max,
        "text_reuse_max": _text_reuse_max,
        "documents": _documents,
        "signs_age_max_h": _signs_age_max_h,
        "documents_age_max_days": _documents_age_max_days,
        "documents_with_digest": _documents_with_digest,
        **{rule: _before_start(look) for rule, look in RULES_BEFORE_START.items()},
        "urgent_hours": _urgent_hours,
        "ranks": _ranks,
        **{rule: _owed(look) for rule, look in RULES_OWED.items()},
    }
)
