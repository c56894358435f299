"""The rules of a policy about a deployment, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from overt.services.checks import Check

_ASKS: Final[Mapping[str, Callable[[Any], str]]] = {
    "purposes": lambda value: f"Its purpose is one of {_codes(value)}.",
    "use_cases": lambda value: f"Its use case is one of {_codes(value)}.",
    "wanted_far_max": lambda value: f"It plans at most {value * 1000:g} false alerts in 1,000 passages.",
    "max_cameras": lambda value: f"It has at most {value:,} cameras.",
    "max_hours": lambda value: f"It lasts at most {value:g} hours.",
    "min_gap_h": lambda value: f"Between two in the same place lie {value:g} hours.",
    "max_starts_30d": lambda value: f"In the same place there are at most {value} within 30 days.",
    "coverage_max_camera_h_ha_30d": lambda value: (
        f"All together cover at most {value:,g} camera-hours x hectares within 30 days."
    ),
    "area_max_ha": lambda value: f"Its area has at most {value:g} hectares.",
    "place_terms": lambda value: f"It says {_codes(value)}.",
    "authority_terms": lambda value: f"Its authority says {_codes(value)}.",
    "refused_places": lambda value: f"Nearby is none of these: {_codes(value)}.",
    "second_officer_places": lambda value: f"Near any of these a second officer signs and says why: {_codes(value)}.",
    "list_reuse_max": lambda value: f"At most {value:.0%} of its list stood on the last lists too.",
    "text_reuse_max": lambda value: f"At most {value:.0%} of its reasons stood in the last deployments too.",
    "documents": lambda value: f"These documents are attached: {_codes(value)}.",
    "signs_age_max_h": lambda value: f"Its signs were documented within the {value} hours before the start.",
    "documents_age_max_days": lambda value: f"Its documents are at most {value:,} days old at the start.",
    "documents_with_digest": lambda value: f"These documents have their digest beside them: {_codes(value)}.",
    "notice_published_h": lambda value: (
        f"Its notice is published at least {value} hours before the start."
        if value
        else "No hours are set for its notice."
    ),
    "signs_before_zone_m": lambda value: (
        f"Somebody has seen that each sign stands, can be read, and is at least {value} metres before the zone."
        if value
        else "Nobody need look at its signs before the start."
    ),
    "signs_checked_every_min": lambda value: (
        f"Somebody looks at its signs at least every {value} minutes while it runs, or scanning pauses."
        if value
        else "Nobody need look at its signs while it runs."
    ),
    "consultation_terms": lambda value: (
        f"Those whom it concerns were asked, and it is written: {_codes(value)}."
        if value
        else "No consultation is asked for."
    ),
    "evaluations": lambda value: (
        f"This model pack was measured at its threshold or a lower one, and that is filed: {_codes(value)}."
        if value
        else "No measurement need be filed."
    ),
    "evaluation_age_max_days": lambda value: (
        f"Measurements that are filed are at most {value:,} days old at the start."
    ),
    "trial_before_operation": lambda value: (
        "The report of a trial of this model pack is filed before the first operation."
        if value
        else "No trial need come first."
    ),
    "conditions_age_max_days": lambda value: (
        f"The oversight has answered the five conditions within {value} days, and all are met."
        if value
        else "The five conditions need not be answered."
    ),
    "urgent_hours": lambda value: (
        f"Urgency without an outside authorisation lasts at most {value} hours." if value else "It claims no urgency."
    ),
    "ranks": lambda value: f"Who signs has one of these ranks: {_codes(value)}." if value else "Any rank may sign.",
    "review_due_days": lambda value: f"The last one is reviewed, and every earlier one within {value} days of its end.",
    "leaflets_counted": lambda value: (
        "Of every earlier one it is said within the days of its review how many leaflets were given out."
        if value
        else "Leaflets need not be counted."
    ),
    "officers_counted": lambda value: (
        "Of every earlier one it is said within the days of its review how many people worked for it, and how long."
        if value
        else "Hours of people need not be counted."
    ),
    "countersigned_within_days": lambda value: (
        f"The oversight panel countersigns the installation every {value} days."
        if value
        else "The oversight panel need not countersign the installation."
    ),
    "findings_due_days": lambda value: f"Findings of reviews are answered within {value} days.",
    "complaint_due_days": lambda value: f"Complaints are answered within {value} days.",
}


def asks_of(rule: str, value: object) -> str:
    """What a rule of `overt.domain.terms.RULES_OF_TERMS` asks, with its value in the policy."""
    return _ASKS[rule](value)


def in_words(checks: Iterable[Check]) -> list[tuple[Check, str]]:
    """Each with what it asks, those that are not met first."""
    return sorted(((one, asks_of(one.rule, one.asks)) for one in checks), key=lambda pair: not pair[0].broken)


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(one.replace("_", " ").replace("-", " ") for one in codes) or "none"
