"""What each policy allows a deployment: one function for each rule, with the expected value written out."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from overt.domain.history import Complaint, Countersigned, Ended, Finding, History, shingles
from overt.domain.policy import PLACES, Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.terms import Document, Place, Terms
from tests.terms import NOW_US, OPENS_US, asking, earlier, refusals, square

T = TypeVar("T")
NOTHING = History()
PLACE_TERMS = {"why_here", "area", "camera_serials", "expected_passages", "nearby"}
AUTHORITY_TERMS = {"legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by"}


def expected(policy: Policy, *, uk: T, eu: T, consent: T) -> T:
    return {"uk-police": uk, "eu-ai-act": eu, "consent": consent}[policy.name]


def breaks(policy: Policy, rule: str, terms: Terms, history: History = NOTHING, now_us: int = NOW_US) -> bool:
    return rule in refusals(policy, terms, history, now_us)


def only_this(policy: Policy, rule: str, fits: Terms, beyond: Terms, history: History = NOTHING) -> None:
    """`fits` does not break the rule, and `beyond` breaks it and no other one more."""
    before, after = refusals(policy, fits, history), refusals(policy, beyond, history)
    assert rule not in before
    assert after - before == {rule}


def purposes(policy: Policy) -> None:
    allowed = expected(
        policy,
        uk={"locate-wanted", "find-missing", "protect-from-harm", "trial"},
        eu={"victim-or-missing", "imminent-threat", "serious-offence-suspect", "trial"},
        consent={"self-exclusion", "trial"},
    )
    for code in {*allowed, *policy.rules.purposes, "crowd-control"}:
        assert breaks(policy, "purposes", asking(purpose=code)) == (code not in allowed), code


def use_cases(policy: Policy) -> None:
    allowed = expected(
        policy,
        uk={"hotspot", "protective", "likely-location", "missing-person"},
        eu={"protective", "likely-location", "missing-person"},
        consent={"protective"},
    )
    for code in {*allowed, *policy.rules.use_cases, "everywhere"}:
        assert breaks(policy, "use_cases", asking(use_case=code)) == (code not in allowed), code


def wanted_far_max(policy: Policy) -> None:
    most = expected(policy, uk=0.001, eu=0.0005, consent=0.001)
    only_this(policy, "wanted_far_max", asking(wanted_far=most), asking(wanted_far=most * 1.0001))
    assert breaks(policy, "wanted_far_max", asking(wanted_far=float("nan")))


def max_cameras(policy: Policy) -> None:
    most = expected(policy, uk=8, eu=4, consent=4)
    fits, beyond = (asking(cameras=count, serials=tuple(map(str, range(count)))) for count in (most, most + 1))
    only_this(policy, "max_cameras", fits, beyond)


def max_hours(policy: Policy) -> None:
    most_us = expected(policy, uk=8, eu=8, consent=12) * HOUR_US
    only_this(policy, "max_hours", asking(closes_us=OPENS_US + most_us), asking(closes_us=OPENS_US + most_us + 1))


def min_gap_h(policy: Policy) -> None:
    least_us = expected(policy, uk=16, eu=24, consent=8) * HOUR_US
    here = square(10)
    before = earlier(5, area=here)
    history = History(starts=(before,))
    for opens_us in (before.closes_us + least_us, before.opens_us - least_us - HOUR_US // 4):
        nearer_us = opens_us - 1 if opens_us > before.opens_us else opens_us + 1
        fits, beyond = (
            asking(area=here, opens_us=at_us, closes_us=at_us + HOUR_US // 4) for at_us in (opens_us, nearer_us)
        )
        only_this(policy, "min_gap_h", fits, beyond, history)


def max_starts_30d(policy: Policy) -> None:
    most = expected(policy, uk=4, eu=4, consent=31)
    here, far = square(10), square(10, east_m=70)
    starts = tuple(earlier(29.9 * (number + 1) / most, area=here) for number in range(most))
    asked = asking(area=here, closes_us=OPENS_US + 1)
    assert not breaks(policy, "max_starts_30d", asked, History(starts=starts[1:]))
    assert breaks(policy, "max_starts_30d", asked, History(starts=starts))
    only_this(policy, "max_starts_30d", replace(asked, area=far), asked, History(starts=starts))


def coverage_max_camera_h_ha_30d(policy: Policy) -> None:
    most = expected(policy, uk=1000, eu=250, consent=600)
    name = "coverage_max_camera_h_ha_30d"
    hectare, elsewhere = square(100), square(100, east_m=5000)
    history = History(starts=(earlier(3, area=elsewhere, hours=most - 2, cameras=1),))
    fits, beyond = (
        asking(area=hectare, closes_us=OPENS_US + round(hours * HOUR_US), cameras=1) for hours in (1.99, 2.01)
    )
    assert not breaks(policy, name, fits, history)
    assert breaks(policy, name, beyond, history)
    assert not breaks(policy, name, beyond)


def area_max_ha(policy: Policy) -> None:
    side = expected(policy, uk=4.0, eu=2.0, consent=0.5) ** 0.5 * 100
    only_this(policy, "area_max_ha", asking(area=square(side * 0.999)), asking(area=square(side * 1.001)))


def place_terms(policy: Policy) -> None:
    needed = PLACE_TERMS | expected(policy, uk={"why_now"}, eu={"why_now"}, consent=set())
    whole = asking(area=square(10), place_filled=frozenset(needed))
    assert not breaks(policy, "place_terms", whole)
    for key in needed - {"area", "camera_serials"}:
        only_this(policy, "place_terms", whole, replace(whole, place_filled=frozenset(needed - {key})))
    only_this(policy, "place_terms", whole, replace(whole, area=None))
    only_this(policy, "place_terms", whole, replace(whole, serials=()))


def authority_terms(policy: Policy) -> None:
    needed = AUTHORITY_TERMS | expected(policy, uk=set(), eu={"outside_authorisation"}, consent={"statute"})
    whole = asking(authority_filled=frozenset(needed))
    assert not breaks(policy, "authority_terms", whole)
    for key in needed:
        only_this(policy, "authority_terms", whole, replace(whole, authority_filled=frozenset(needed - {key})))


def refused_places(policy: Policy) -> None:
    refused = expected(policy, uk={"assembly", "worship"}, eu={"assembly", "worship", "clinic"}, consent=set(PLACES))
    for kind in {*PLACES, *policy.rules.refused_places}:
        near = asking(places=(Place(kind=kind, text="St Mary's"),))
        assert breaks(policy, "refused_places", near) == (kind in refused), kind
    assert breaks(policy, "refused_places", asking(places=(Place(kind="wroship", text="St Mary's"),)))


def second_officer_places(policy: Policy) -> None:
    second = expected(policy, uk={"clinic", "court", "school"}, eu={"court", "school"}, consent=set())
    name = "second_officer_places"
    for kind in {*PLACES, *policy.rules.second_officer_places}:
        near = asking(places=(Place(kind=kind, text="St Mary's"),), officers=("superintendent",))
        both = replace(near, officers=("superintendent", "superintendent"), officers_reasons=True)
        assert breaks(policy, name, near) == (kind in second), kind
        assert breaks(policy, name, replace(both, officers_reasons=False)) == (kind in second), kind
        assert not breaks(policy, name, both)


def list_reuse_max(policy: Policy) -> None:
    most = expected(policy, uk=500, eu=500, consent=1000)
    history = History(lists=(frozenset(map(str, range(1000))),))
    fits, beyond = (
        asking(references=frozenset(map(str, range(1000 - share, 2000 - share)))) for share in (most, most + 1)
    )
    assert not breaks(policy, "list_reuse_max", fits, history)
    if most < 1000:
        only_this(policy, "list_reuse_max", fits, beyond, history)


def text_reuse_max(policy: Policy) -> None:
    most = expected(policy, uk=50, eu=30, consent=90)
    old = [f"old{number}" for number in range(104)]
    history = History(texts=(shingles(" ".join(old)),))

    def necessity(reused: int) -> str:
        """104 words, so 100 runs of five, of which so many are the old text's."""
        return " ".join([*old[: reused + 4], *(f"new{number}" for number in range(100 - reused))])

    fits, beyond = asking(necessity=necessity(most)), asking(necessity=necessity(most + 1))
    only_this(policy, "text_reuse_max", fits, beyond, history)


def documents(policy: Policy) -> None:
    needed = {"dpia", "bias-test", "signs"} | expected(
        policy,
        uk={"appropriate-policy", "equality-impact", "community-impact", "public-notice"},
        eu={"fria", "registration", "public-notice"},
        consent={"appropriate-policy", "consent-records"},
    )
    whole = [Document(kind=kind, at_us=NOW_US) for kind in sorted(needed)]
    assert not breaks(policy, "documents", asking(documents=tuple(whole)))
    for one in whole:
        rest = tuple(other for other in whole if other != one)
        only_this(policy, "documents", asking(documents=tuple(whole)), asking(documents=rest))


def signs_age_max_h(policy: Policy) -> None:
    oldest_us = OPENS_US - expected(policy, uk=24, eu=24, consent=24) * HOUR_US
    fits, beyond = (asking(documents=(Document(kind="signs", at_us=at_us),)) for at_us in (oldest_us, oldest_us - 1))
    only_this(policy, "signs_age_max_h", fits, beyond)
    only_this(policy, "signs_age_max_h", fits, asking(documents=(Document(kind="signs", at_us=NOW_US + 1),)))


def documents_age_max_days(policy: Policy) -> None:
    oldest_us = OPENS_US - expected(policy, uk=365, eu=365, consent=365) * DAY_US
    fits, beyond = (asking(documents=(Document(kind="dpia", at_us=at_us),)) for at_us in (oldest_us, oldest_us - 1))
    only_this(policy, "documents_age_max_days", fits, beyond)


def urgent_hours(policy: Policy) -> None:
    hours = expected(policy, uk=0, eu=24, consent=0)
    urgent = asking(urgent_since_us=NOW_US, opens_us=NOW_US, closes_us=NOW_US + 1)
    if not hours:
        only_this(policy, "urgent_hours", replace(urgent, urgent_since_us=None), urgent)
        return
    last = replace(urgent, closes_us=NOW_US + hours * HOUR_US)
    beyond = replace(last, closes_us=last.closes_us + 1)
    assert not breaks(policy, "urgent_hours", last)
    assert breaks(policy, "urgent_hours", beyond)
    allowed = replace(beyond, authority_filled=frozenset({"outside_authorisation"}))
    assert not breaks(policy, "urgent_hours", allowed)


def ranks(policy: Policy) -> None:
    allowed: set[str] = expected(
        policy, uk={"superintendent", "chief-superintendent", "chief-officer"}, eu=set(), consent=set()
    )
    for rank in {*allowed, *policy.rules.ranks, "constable", ""}:
        refused = bool(allowed) and rank not in allowed
        assert breaks(policy, "ranks", asking(officers=(rank,))) == refused, rank


def review_due_days(policy: Policy) -> None:
    due_us = expected(policy, uk=14, eu=14, consent=31) * DAY_US
    name = "review_due_days"
    owed = Ended(name="Station", ended_us=NOW_US - due_us)
    later = replace(owed, ended_us=owed.ended_us - 1)
    assert not breaks(policy, name, asking(), History(unreviewed=(owed,), last_ended_us=NOW_US))
    assert breaks(policy, name, asking(), History(unreviewed=(later,), last_ended_us=NOW_US))
    assert breaks(policy, name, asking(), History(unreviewed=(owed,), last_ended_us=owed.ended_us))


def leaflets_counted(policy: Policy) -> None:
    owed, long_ago = just_now_and_long_ago()
    both, fresh = (History(without_leaflets=ended, last_ended_us=NOW_US) for ended in ((owed, long_ago), (owed,)))
    asked = expected(policy, uk=True, eu=True, consent=False)
    assert breaks(policy, "leaflets_counted", asking(), both) is asked
    assert not breaks(policy, "leaflets_counted", asking(), fresh)


def officers_counted(policy: Policy) -> None:
    owed, long_ago = just_now_and_long_ago()
    both, fresh = (History(without_officers=ended, last_ended_us=NOW_US) for ended in ((owed, long_ago), (owed,)))
    asked = expected(policy, uk=True, eu=True, consent=False)
    assert breaks(policy, "officers_counted", asking(), both) is asked
    assert not breaks(policy, "officers_counted", asking(), fresh)


def just_now_and_long_ago() -> tuple[Ended, Ended]:
    """Before its days are over, and after, however many the review has."""
    owed = Ended(name="Station", ended_us=NOW_US)
    return owed, replace(owed, ended_us=NOW_US - 1000 * DAY_US)


def findings_due_days(policy: Policy) -> None:
    due_us = expected(policy, uk=56, eu=56, consent=92) * DAY_US
    fits, late = (Finding(name="Bias", made_us=NOW_US - due_us - extra) for extra in (0, 1))
    assert not breaks(policy, "findings_due_days", asking(), History(findings=(fits,)))
    assert breaks(policy, "findings_due_days", asking(), History(findings=(late,)))


def complaint_due_days(policy: Policy) -> None:
    due_us = expected(policy, uk=28, eu=28, consent=28) * DAY_US
    fits, late = (Complaint(received_us=NOW_US - due_us - extra) for extra in (0, 1))
    assert not breaks(policy, "complaint_due_days", asking(), History(complaints=(fits,)))
    assert breaks(policy, "complaint_due_days", asking(), History(complaints=(late,)))


def countersigned_within_days(policy: Policy) -> None:
    days = expected(policy, uk=90, eu=90, consent=0)
    for ever in (True, False):
        for extra_us in (0, 1):
            newest = Countersigned(at_us=NOW_US - days * DAY_US - extra_us, ever=ever)
            refused = bool(days) and extra_us > 0
            assert breaks(policy, "countersigned_within_days", asking(), History(countersigned=newest)) is refused
        long_ago = Countersigned(at_us=NOW_US - 1000 * DAY_US, ever=ever)
        assert breaks(policy, "countersigned_within_days", asking(), History(countersigned=long_ago)) is bool(days)
