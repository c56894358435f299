"""The policy: what the law and the body that uses Overt ask for, as one frozen value. It is read from a file.

What Overt itself guarantees, so that no policy can loosen it (`faults_of` finds every breach):
  - every rule has a value, each figure lies in the range of FIGURES, and every aim, category and source is on a closed
    list that has no "other", "any" or "intelligence" on it;
  - no picture comes from an alert of live facial recognition;
  - an entry names its reference, category, ground, source and the response that is expected, and what is written about
    a person under 18 has a second approval;
  - a deployment names its area and everything that a written authority says, and its signs are documented;
  - places of assembly, worship, healing, justice and learning are refused or need a second authorising officer;
  - pictures are looked at for 2 seconds at least; one person alone never runs everything and decides too;
  - at most 1 false alert in 1,000 passages may be planned; lists die within 24 hours of the end, the pictures of
    somebody who is not the person within 60 seconds, those of a possible match within 31 days;
  - from two weeks after the end at the latest, and until 28 days after it at least, people can learn whether they were
    listed;
  - of people, no count from 1 to 2 is published by what they are;
  - nothing is authorised or watched under a policy that is suspended or whose review is overdue.
Everything else is the policy's own choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from overt.domain.errors import Refused
from overt.domain.retention import DAY_US, HOUR_US, RetentionRules
from overt.domain.time import SECOND_US, to_text, to_us

Codes: TypeAlias = tuple[str, ...]

#: Lowest and highest value of every figure, both included.
FIGURES: Final[Mapping[str, tuple[float, float]]] = {
    "second_approval_under_age": (18, 25),
    "ground_age_max_h": (1, 24),
    "picture_age_max_years": (1, 20),
    "list_max": (1, 10_000),
    "min_serious_share": (0.0, 1.0),
    "wanted_far_max": (1e-6, 0.001),
    "max_cameras": (1, 128),
    "max_hours": (0.25, 24.0),
    "min_gap_h": (0.0, 744.0),
    "max_starts_30d": (1, 31),
    "coverage_max_camera_h_ha_30d": (0.01, 100_000.0),
    "area_max_ha": (0.01, 100.0),
    "list_reuse_max": (0.0, 1.0),
    "text_reuse_max": (0.0, 1.0),
    "signs_age_max_h": (1, 48),
    "documents_age_max_days": (1, 1098),
    "notice_published_h": (0, 744),
    "signs_before_zone_m": (0, 200),
    "signs_checked_every_min": (0, 240),
    "evaluation_age_max_days": (1, 731),
    "conditions_age_max_days": (0, 731),
    "urgent_hours": (0, 24),
    "training_max_days": (1, 731),
    "session_max_h": (1, 12),
    "look_at_least_s": (2.0, 60.0),
    "undecided_after_min": (1, 60),
    "open_alerts_max": (1, 64),
    "decoys_per_h_max": (0, 6),
    "review_due_days": (1, 92),
    "findings_due_days": (1, 183),
    "complaint_due_days": (1, 92),
    "countersigned_within_days": (0, 366),
    "publish_at_least": (3, 50),
    "list_after_end_h": (0.0, 24.0),
    "not_the_person_s": (0.0, 40.0),
    "possible_match_h": (0.01, 744.0),
    "hold_max_days": (1, 366),
    "listed_answer_delay_h": (0.0, 336.0),
    "listed_answer_days": (28, 1098),
}
#: What must stand on a list of codes in every policy.
NEEDED: Final[Mapping[str, Codes]] = {
    "purposes": (),
    "use_cases": (),
    "categories": (),
    "sources": (),
    "responses": (),
    "entry_fields": ("reference", "category", "ground", "source", "response"),
    "place_terms": ("area",),
    "authority_terms": ("legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by"),
    "documents": ("signs",),
}
#: What may stand on no list of codes in any policy.
OPEN_ENDED: Final = frozenset({"other", "any", "all", "intelligence", "miscellaneous", "unspecified"})
LFR_SOURCES: Final = frozenset({"lfr", "lfr-alert", "alert", "live-facial-recognition"})
#: Kinds of places near which nobody should have to be looked at without a second thought.
PLACES: Final = ("assembly", "worship", "clinic", "court", "school")

_CODE: Final = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


class PolicyNotInForce(Refused):
    """The policy is suspended, or its review is overdue."""

    code = "policy-not-in-force"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One field for each rule; docs/how-to/policies.md says what each means.

    In the names `h` are hours, `ha` hectares, `min` minutes, `s` seconds; shares run from 0 to 1.

    Raises:
        ValueError: values that break what Overt guarantees; every rule that does is named.
    """

    purposes: Codes
    use_cases: Codes
    categories: Codes
    sources: Codes
    trusted_sources: Codes
    responses: Codes
    welfare_only: Codes
    entry_fields: Codes
    second_approval_under_age: int
    ground_age_max_h: int
    picture_age_max_years: int
    list_max: int
    min_serious_share: float
    wanted_far_max: float
    max_cameras: int
    max_hours: float
    min_gap_h: float
    max_starts_30d: int
    coverage_max_camera_h_ha_30d: float
    area_max_ha: float
    place_terms: Codes
    authority_terms: Codes
    refused_places: Codes
    second_officer_places: Codes
    list_reuse_max: float
    text_reuse_max: float
    documents: Codes
    signs_age_max_h: int
    documents_age_max_days: int
    documents_with_digest: Codes
    notice_published_h: int
    signs_before_zone_m: int
    signs_checked_every_min: int
    consultation_terms: Codes
    evaluations: Codes
    evaluation_age_max_days: int
    trial_before_operation: bool
    conditions_age_max_days: int
    urgent_hours: int
    ranks: Codes
    roles_apart: bool
    two_administrators: bool
    training_max_days: int
    session_max_h: int
    blind_first: bool
    two_verdicts: bool
    look_at_least_s: float
    undecided_after_min: int
    open_alerts_max: int
    decoys_per_h_max: int
    review_due_days: int
    leaflets_counted: bool
    officers_counted: bool
    findings_due_days: int
    complaint_due_days: int
    countersigned_within_days: int
    publish_at_least: int
    list_after_end_h: float
    not_the_person_s: float
    possible_match_h: float
    hold_max_days: int
    listed_answer_delay_h: float
    listed_answer_days: int
    listed_exemptions: Codes
    stop_rule: bool

    def __post_init__(self) -> None:
        faults = tuple(faults_of(self))
        if faults:
            raise ValueError("; ".join(faults))


#: The name of every rule and its type as a policy file must write it: "Codes", "int", "float" or "bool".
RULES: Final[Mapping[str, str]] = {field.name: str(field.type) for field in fields(Rules)}


@dataclass(frozen=True, kw_only=True)
class Cited:
    """Where a rule comes from, and what a lawyer must check about it ("" where nothing legal hangs on it)."""

    source: str
    lawyer: str


@dataclass(frozen=True, kw_only=True)
class Suspension:
    """From `from_us` (included) until `until_us` (excluded), microseconds since 1970, UTC.

    Raises:
        ValueError: it ends before it begins, or gives no reason.
    """

    from_us: int
    until_us: int
    reason: str

    def __post_init__(self) -> None:
        if self.until_us <= self.from_us:
            raise ValueError("suspended_until must be later than suspended_from")
        if not self.reason.strip():
            raise ValueError("suspended_reason must say why the policy is suspended")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy file, checked.

    Attributes:
        review_by: the last day, UTC, on which it may be used without a review.
        cited: source and lawyer's question of every rule, by its name.
        digest: SHA-256 of the file, 64 hexadecimal digits.

    Raises:
        ValueError: a name that is no code, a version below 1, a rule without its source.
    """

    name: str
    title: str
    version: int
    review_by: date
    suspension: Suspension | None
    rules: Rules
    cited: Mapping[str, Cited]
    digest: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.name):
            raise ValueError("name must be small letters, digits and hyphens")
        if self.version < 1:
            raise ValueError("version must be a whole number from 1")
        uncited = [name for name in RULES if name not in self.cited or not self.cited[name].source.strip()]
        if uncited:
            raise ValueError(f"source is missing for {', '.join(uncited)}")

    def require_in_force(self, now_us: int) -> None:
        """Raises PolicyNotInForce while the policy is suspended, and from the day after `review_by` on."""
        suspension = self.suspension
        if suspension is not None and suspension.from_us <= now_us < suspension.until_us:
            raise PolicyNotInForce(
                f"The policy {self.name} is suspended from {to_text(suspension.from_us)} until "
                f"{to_text(suspension.until_us)}: {suspension.reason.strip()}",
                "Nothing may be authorised or watched under it until then.",
            )
        day_after = datetime.combine(self.review_by + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
        if now_us >= to_us(day_after):
            raise PolicyNotInForce(
                f"The policy {self.name} was to be reviewed by {self.review_by.isoformat()}, and that day is over.",
                "Have it reviewed, and use the new version with its new review_by.",
            )

    def retention(self) -> RetentionRules:
        """How long sealed things live under this policy."""
        rules = self.rules
        return RetentionRules(
            list_after_end_us=round(rules.list_after_end_h * HOUR_US),
            not_the_person_us=round(rules.not_the_person_s * SECOND_US),
            possible_match_us=round(rules.possible_match_h * HOUR_US),
            listed_answer_us=rules.listed_answer_days * DAY_US,
        )


def faults_of(rules: Rules) -> Iterator[str]:
    """What in `rules` breaks what Overt guarantees: one sentence each, beginning with the rule's name."""
    for name, kind in RULES.items():
        if kind == "Codes":
            yield from _fault_of_codes(name, getattr(rules, name))
        elif kind == "bool":
            if not isinstance(getattr(rules, name), bool):
                yield f"{name} must be true or false"
        else:
            yield from _fault_of_figure(name, kind, getattr(rules, name))
    yield from _faults_between(rules)


def _fault_of_codes(name: str, codes: Codes) -> Iterator[str]:
    bad = [code for code in codes if not _CODE.fullmatch(code)]
    if bad:
        yield f"{name} must hold codes of small letters, digits and hyphens, not {', '.join(map(repr, bad))}"
    if len(set(codes)) < len(codes):
        yield f"{name} names a code twice"
    if name in NEEDED and not codes:
        yield f"{name} must not be empty"
    missing = [code for code in NEEDED.get(name, ()) if code not in codes]
    if missing:
        yield f"{name} must hold {', '.join(missing)} in every policy"
    banned = sorted(OPEN_ENDED.intersection(codes))
    if banned:
        yield f"{name} is a closed list; {', '.join(banned)} would leave it open"


def _fault_of_figure(name: str, kind: str, value: float) -> Iterator[str]:
    low, high = FIGURES[name]
    fits = isinstance(value, int) if kind == "int" else isinstance(value, int | float) and math.isfinite(value)
    if not fits or isinstance(value, bool):
        yield f"{name} must be a {'whole ' if kind == 'int' else ''}number from {low:g} to {high:g}"
    elif not low <= value <= high:
        yield f"{name} must be from {low:g} to {high:g} in every policy, not {value:g}"


def _faults_between(rules: Rules) -> Iterator[str]:
    """Faults that only two rules together show; both are named."""
    for part, whole in (("trusted_sources", "sources"), ("welfare_only", "categories")):
        strays = [code for code in getattr(rules, part) if code not in getattr(rules, whole)]
        if strays:
            yield f"{part} names {', '.join(strays)}, which is not among {whole}"
    if rules.welfare_only and "welfare" not in rules.responses:
        yield "welfare_only names categories, so responses must hold welfare"
    served = sorted(LFR_SOURCES.intersection(rules.sources))
    if served:
        yield f"sources must not hold {', '.join(served)}: no picture comes from an alert"
    both = [kind for kind in rules.refused_places if kind in rules.second_officer_places]
    if both:
        yield f"refused_places and second_officer_places both name {', '.join(both)}"
    free = [kind for kind in PLACES if kind not in (*rules.refused_places, *rules.second_officer_places)]
    if free:
        yield f"refused_places or second_officer_places must name {', '.join(free)} in every policy"
    if not rules.roles_apart and not rules.two_verdicts:
        yield "roles_apart may only be false where two_verdicts is true: one person alone never runs everything"
