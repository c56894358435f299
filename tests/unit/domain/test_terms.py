"""What a deployment asks for is judged rule by rule; asking for more, or under another name, never helps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.asked import coverage_30d, list_reused, text_reused
from overt.domain.before_start import CONSULTATION, Before, Evaluation, Sign, SignCheck, Stage, Trial
from overt.domain.history import Complaint, Countersigned, Ended, Finding, History, Start, shingles
from overt.domain.policy import RULES, Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.terms import RULES_OF_TERMS, Document, Place, Terms, broken
from overt.services.policies import POLICIES, load_policy
from tests.terms import NOW_US, OPENS_US, asking, earlier, refusals, square

UK = load_policy("uk-police")
EU = load_policy("eu-ai-act")
HERE = square(150)
TEXT = "Three robberies with knives at the station in October, and a warrant for each of those who did it."
FAIR = asking(
    purpose="locate-wanted",
    use_case="likely-location",
    area=HERE,
    place_filled=frozenset({"why_here", "why_now", "expected_passages", "nearby"}),
    authority_filled=frozenset(UK.rules.authority_terms),
    documents=tuple(Document(kind=kind, at_us=NOW_US, digest=True) for kind in UK.rules.documents),
    before=Before(
        stage=Stage.STARTING,
        notice_us=OPENS_US - 24 * HOUR_US,
        signs=SignCheck(at_us=NOW_US, signs=(Sign(where="here", stands=True, readable=True, before_zone_m=10),)),
        consulted=(frozenset(CONSULTATION),),
        pack="p",
        threshold=0.4,
        evaluations=tuple(
            Evaluation(kind=kind, pack="p", threshold=0.4, at_us=NOW_US) for kind in UK.rules.evaluations
        ),
        trials=(Trial(pack="p", pack_name="p", sha256="0" * 64),),
        conditions_us=NOW_US,
    ),
    places=(Place(kind="school", text="Mill Lane School"),),
    officers=("superintendent", "chief-superintendent"),
    officers_reasons=True,
    references=frozenset({"a", "b"}),
    necessity=TEXT,
)
BAD = asking(
    purpose="crowd-control",
    use_case="everywhere",
    wanted_far=0.5,
    cameras=100,
    closes_us=OPENS_US + 30 * HOUR_US,
    area=square(900),
    places=(
        Place(kind="worship", text="St Mary's"),
        Place(kind="court", text="the Crown Court"),
        Place(kind="bank", text="the bank"),
    ),
    documents=(Document(kind="signs", at_us=0), Document(kind="dpia", at_us=0)),
    officers=("constable", ""),
    urgent_since_us=NOW_US,
    references=frozenset({"a"}),
    necessity=TEXT,
    before=Before(
        stage=Stage.STARTING,
        signs=SignCheck(at_us=0, signs=(Sign(where="here", stands=False, readable=False, before_zone_m=0),)),
        pack="p",
        threshold=0.4,
        evaluations=(Evaluation(kind="groups", pack="p", threshold=0.4, at_us=0),),
    ),
)
BEHIND = History(
    starts=tuple(earlier(day, area=HERE) for day in (0.01, 0.2, 3, 4, 5)),
    last_ended_us=NOW_US,
    unreviewed=(Ended(name="Station", ended_us=0), Ended(name="Market", ended_us=NOW_US)),
    without_leaflets=(Ended(name="Station", ended_us=0),),
    without_officers=(Ended(name="Station", ended_us=0),),
    findings=(Finding(name="Bias", made_us=0),),
    complaints=(Complaint(received_us=0),),
    lists=(frozenset({"a"}),),
    texts=(shingles(TEXT),),
    countersigned=Countersigned(at_us=0, ever=False),
)


def test_every_rule_about_a_deployment_is_a_rule_of_the_policy() -> None:
    assert set(RULES_OF_TERMS) <= set(RULES)


def test_a_fair_deployment_breaks_nothing() -> None:
    assert broken(FAIR, History(), UK, NOW_US) == ()


def test_a_bad_deployment_is_told_every_rule_that_it_breaks_with_what_to_do() -> None:
    found = broken(BAD, BEHIND, UK, NOW_US)
    assert [rule for rule in RULES_OF_TERMS if rule in {one.rule for one in found}] == list(RULES_OF_TERMS)
    for one in found:
        assert one.sentence[0].isupper(), one
        assert one.sentence.endswith("."), one
        assert one.todo[0].isupper(), one
        assert one.todo.endswith("."), one


def said(
    terms: Terms, rule: str, history: History | None = None, policy: Policy = UK, now_us: int = NOW_US
) -> list[str]:
    return [one.sentence for one in broken(terms, history or History(), policy, now_us) if one.rule == rule]


def test_the_refusal_names_what_was_asked_and_what_is_allowed() -> None:
    assert said(BAD, "max_cameras") == ["The deployment has 100 cameras; the policy allows 8."]
    assert said(BAD, "max_hours") == ["The deployment lasts 30 hours; the policy allows 8."]
    assert said(BAD, "refused_places")[0].startswith("Nearby is St Mary's (worship), and")
    assert said(BAD, "refused_places")[1].startswith("Nearby is the bank, a 'bank': the policy does not know")
    assert said(BAD, "ranks")[1] == "An officer of the rank 'none' may not authorise under this policy."


def test_two_deployments_in_one_place_at_one_time_are_refused_even_where_no_gap_is_asked_for() -> None:
    policy = replace(UK, rules=replace(UK.rules, min_gap_h=0.0))
    beside = earlier(0, area=square(100, east_m=180))
    assert "at the same time" in said(FAIR, "min_gap_h", History(starts=(beside,)), policy)[0]
    touching = replace(beside, opens_us=FAIR.closes_us, closes_us=FAIR.closes_us + HOUR_US)
    assert said(FAIR, "min_gap_h", History(starts=(touching,)), policy) == []


def test_cameras_without_serials_of_their_own_are_not_filled_in() -> None:
    two = replace(FAIR, cameras=2, serials=("A1", "A1"))
    assert said(two, "place_terms") == ["The deployment does not say camera_serials, and the policy asks for it."]
    claimed = replace(two, area=None, place_filled=FAIR.place_filled | {"area", "camera_serials"})
    assert len(said(claimed, "place_terms")) == 2


def test_urgency_excuses_the_outside_authorisation_and_nothing_else() -> None:
    urgent = replace(
        FAIR, urgent_since_us=NOW_US, authority_filled=frozenset(EU.rules.authority_terms) - {"outside_authorisation"}
    )
    assert said(urgent, "authority_terms", policy=EU) == []
    assert said(replace(urgent, urgent_since_us=None), "authority_terms", policy=EU) != []
    assert said(replace(urgent, authority_filled=frozenset()), "authority_terms", policy=EU) != []
    assert "in the future" in said(replace(urgent, urgent_since_us=NOW_US + 1), "urgent_hours", policy=EU)[0]
    late = NOW_US + 24 * HOUR_US + 1
    assert "24 hours later" in said(urgent, "urgent_hours", policy=EU, now_us=late)[0]


def test_a_document_of_the_future_proves_nothing() -> None:
    for kind, rule in (("signs", "signs_age_max_h"), ("dpia", "documents_age_max_days")):
        future = replace(FAIR, documents=(Document(kind=kind, at_us=NOW_US + 1),))
        assert "future" in said(future, rule)[0]


def test_the_newest_document_of_a_kind_counts() -> None:
    both = (Document(kind="signs", at_us=NOW_US), Document(kind="signs", at_us=0))
    assert said(replace(FAIR, documents=both), "signs_age_max_h") == []


def test_what_is_not_known_yet_breaks_nothing() -> None:
    assert said(replace(FAIR, officers=None), "second_officer_places") == []
    assert said(replace(FAIR, officers=None), "ranks") == []
    assert said(replace(FAIR, officers=()), "second_officer_places") != []
    assert said(replace(FAIR, documents=()), "signs_age_max_h") == []


def test_the_last_review_is_owed_at_once_and_older_ones_when_they_are_due() -> None:
    ended = Ended(name="Station", ended_us=NOW_US - DAY_US)
    assert "it was the last one" in said(FAIR, "review_due_days", History(unreviewed=(ended,)))[0]
    assert said(FAIR, "review_due_days", History(unreviewed=(ended,), last_ended_us=NOW_US)) == []
    late = replace(ended, ended_us=NOW_US - 15 * DAY_US)
    assert "due within 14 days" in said(FAIR, "review_due_days", History(unreviewed=(late,), last_ended_us=NOW_US))[0]


@pytest.mark.parametrize("what", ["leaflets", "officers"])
def test_what_is_counted_afterwards_may_wait_as_long_as_the_review(what: str) -> None:
    rule, ended_us = f"{what}_counted", NOW_US - 14 * DAY_US
    waits, late = (Ended(name="Station", ended_us=ended_us - more_us) for more_us in (0, 1))
    nothing = History(last_ended_us=ended_us)
    assert said(FAIR, rule, replace(nothing, **{f"without_{what}": (waits,)})) == []  # type: ignore[arg-type]
    history = replace(nothing, **{f"without_{what}": (late, waits)})  # type: ignore[arg-type]
    (sentence,) = said(FAIR, rule, history)
    assert "'Station', which ended at 2026-11-08" in sentence
    assert "due within 14 days" in sentence
    off = replace(UK, rules=replace(UK.rules, **{rule: False}))  # type: ignore[arg-type]
    assert said(FAIR, rule, history, off) == []
    other = "officers" if what == "leaflets" else "leaflets"
    assert said(FAIR, f"{other}_counted", history) == []


def test_a_finding_may_wait_until_it_is_due() -> None:
    made_us = NOW_US - 56 * DAY_US
    assert said(FAIR, "findings_due_days", History(findings=(Finding(name="Bias", made_us=made_us),))) == []
    late = said(FAIR, "findings_due_days", History(findings=(Finding(name="Bias", made_us=made_us - 1),)))
    assert late == ["The finding 'Bias' of 2026-09-27 is not answered; it was due within 56 days."]


def test_how_much_is_asked_for_and_repeated_can_be_shown() -> None:
    history = History(starts=(earlier(1, area=square(200)),), lists=(frozenset("bc"),), texts=(shingles(TEXT),))
    assert coverage_30d(FAIR, history) == pytest.approx(0.25 * 4 + 0.25 * 2.25, rel=0.003)
    assert coverage_30d(replace(FAIR, area=None), history) == pytest.approx(0.25 * 4, rel=0.003)
    assert list_reused(FAIR, history) == 0.5
    assert text_reused(FAIR, history) == 1.0
    assert text_reused(replace(FAIR, necessity=TEXT + " And one of them was seen here."), history) < 1.0


STARTS = st.lists(
    st.builds(
        lambda days, east, cameras: earlier(days, area=square(100, east_m=east), hours=2, cameras=cameras),
        st.floats(-40, 40),
        st.floats(-400, 400),
        st.integers(1, 20),
    ),
    max_size=8,
).map(tuple)
ASKED = st.builds(
    lambda cameras, hours, side: asking(
        cameras=cameras, area=square(side), closes_us=OPENS_US + round(hours * HOUR_US), necessity=TEXT
    ),
    st.integers(1, 20),
    st.floats(0.01, 30),
    st.floats(5, 400),
)
POLICY = st.sampled_from(POLICIES).map(load_policy)


def grown(terms: Terms, *, cameras: int, hours: float, side_m: float) -> Terms:
    """The same with so many more cameras and hours, and an area that holds the old one."""
    assert terms.area is not None
    (south, west), _, (north, east), _ = terms.area.corners
    more = side_m / 100_000
    corners = ((south, west), (south, east + more), (north + more, east + more), (north + more, west))
    return replace(
        terms,
        cameras=terms.cameras + cameras,
        closes_us=terms.closes_us + round(hours * HOUR_US),
        area=replace(terms.area, corners=corners),
    )


@given(POLICY, ASKED, STARTS, st.integers(0, 9), st.floats(0, 20), st.floats(0, 300))
def test_more_cameras_hours_and_ground_never_make_a_refused_deployment_allowed(
    policy: Policy, terms: Terms, starts: tuple[Start, ...], cameras: int, hours: float, side_m: float
) -> None:
    history = History(starts=starts)
    more = grown(terms, cameras=cameras, hours=hours, side_m=side_m)
    assert refusals(policy, terms, history) <= refusals(policy, more, history)


@given(POLICY, ASKED, STARTS, STARTS)
def test_more_history_never_makes_a_refused_deployment_allowed(
    policy: Policy, terms: Terms, starts: tuple[Start, ...], more: tuple[Start, ...]
) -> None:
    before, after = History(starts=starts), History(starts=starts + more)
    assert refusals(policy, terms, before) <= refusals(policy, terms, after)


@given(POLICY, ASKED, STARTS, st.text(), st.text())
def test_another_name_changes_nothing(
    policy: Policy, terms: Terms, starts: tuple[Start, ...], name: str, other: str
) -> None:
    history = History(starts=starts)
    assert refusals(policy, replace(terms, name=name), history) == refusals(policy, replace(terms, name=other), history)


@given(st.integers(0, 20), st.integers(0, 20))
def test_more_of_an_old_list_is_more_reuse(some: int, more: int) -> None:
    old = frozenset(map(str, range(40)))
    fresh = frozenset(f"new{number}" for number in range(40))

    def terms(reused: int) -> Terms:
        return asking(references=frozenset(sorted(old)[:reused]) | frozenset(sorted(fresh)[: 40 - reused]))

    assert list_reused(terms(some), History(lists=(old,))) <= list_reused(terms(some + more), History(lists=(old,)))


@pytest.mark.parametrize(("ever", "words"), [(True, "since 2026-08-2"), (False, "yet, and it was made on 2026-08-2")])
def test_an_installation_may_go_on_until_the_panel_is_due(ever: bool, words: str) -> None:
    at_us = NOW_US - 90 * DAY_US
    rule = "countersigned_within_days"
    assert said(FAIR, rule, History(countersigned=Countersigned(at_us=at_us, ever=ever))) == []
    (late,) = said(FAIR, rule, History(countersigned=Countersigned(at_us=at_us - 1, ever=ever)))
    assert words in late
    assert "every 90 days" in late
