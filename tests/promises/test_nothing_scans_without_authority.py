"""Nothing scans without its written authority: the requirements that are about it, each through the real services."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.bootstrap import calibration
from overt.domain.authority import Window
from overt.domain.errors import BadDeployment, OutsideAuthority, Stopped
from overt.domain.figures import Counts
from overt.domain.listed import Identity
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.domain.time import SECOND_US
from overt.engine.gate import WindowGate
from overt.ledger.listing import output_of
from overt.ledger.verify_listed import Failed, check
from overt.ledger.vrf import SecretKey
from overt.services import standing
from overt.services.authorise import NotAuthorised
from overt.services.case import Case
from overt.services.deployment_record import Whom
from overt.services.deployments import file_digest
from overt.services.drafts import ListRefused
from overt.services.ending import cancel, end
from overt.services.keeping_up import KeepingUp
from overt.services.leaflets import count_leaflets
from overt.services.listed_answers import answer
from overt.services.notifications import make_notification, make_year
from overt.services.officers import count_officers
from overt.services.planning import plan_deployment
from overt.services.recount import recount_entries
from overt.services.retain import retain
from overt.services.reviews import file_outside_authorisation, file_review
from overt.services.standing import Standing
from overt.services.terms import nominal
from overt.settings import load_settings
from overt.store.records import DeploymentRow, DeploymentState, FigureRow, State
from overt.testing.toy_reader import ToyFace
from tests.authority import SECOND, SECOND_KEY, case_in
from tests.deployed import ASKED, POLICIES, REVIEW, SQUARE, Site, breaks, stops_within
from tests.drafting import listed
from tests.installations import kinds
from tests.recorded import SECRETS, recorded
from tests.stores import added, alert

A_SECOND_S = 2.0  # one is promised; what is added is for a machine that does other things, too
LIST_MAX = {"uk-police": 2000, "eu-ai-act": 100, "consent": 500}


@pytest.fixture(params=POLICIES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Under each of the three policies."""
    return Site(tmp_path, request.param)


def without(kinds: Sequence[str], kind: str) -> list[str]:
    return [one for one in kinds if one != kind]


def state_of_list(site: Site, row: DeploymentRow) -> list[State]:
    rows = site.installation.store.read(lambda work: work.lists.all())
    return [one.state for one in rows if one.deployment == row.id]


def test_a_deployment_with_everything_that_its_policy_asks_runs(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)


def test_p06_a_list_that_is_too_long_or_more_than_one_false_alert_in_a_thousand_is_never_planned(site: Site) -> None:
    policy = site.policy or ""
    assert case_in(site.case().path).policy.rules.list_max == LIST_MAX[policy]
    case = site.case()
    with pytest.raises(BadDeployment, match=r"at most 0\.001"):
        case_in(edited(case, "wanted_far = 0.0005", "wanted_far = 0.0011"))
    more = replace(case.deployment, wanted_far=0.0011)
    with breaks("wanted_far_max"):
        site.enter(replace(case, deployment=more))
    planned = plan_deployment(
        site.installation, site.by(Role.AUTHORISING_OFFICER), case, site.enter(case), calibration(load_settings())
    )
    assert planned.plan.far.value <= 0.0005
    too_many = {f"p{at:04}": ToyFace(person=at % 100) for at in range(LIST_MAX[policy] + 1)}
    other = site.case("Market", opens_h=1)
    assert other.deployment.folder is not None
    listed(other.deployment.folder, too_many)
    with pytest.raises(ListRefused, match="list_max"):
        site.enter(case_in(other.path))


def edited(case: Case, what: str, to: str) -> Path:
    text = case.path.read_text()
    assert what in text
    path = case.path.with_name("edited.toml")
    path.write_text(text.replace(what, to))
    return path


def test_p22_each_use_and_each_year_is_told_to_the_authorities_from_the_record(tmp_path: Path) -> None:
    made = recorded(tmp_path)
    officer = made.by(Role.AUTHORISING_OFFICER)
    for whom in (Whom.MARKET_SURVEILLANCE, Whom.DATA_PROTECTION):
        use = make_notification(made.installation, officer, made.row, whom)
        year = make_year(made.installation, officer, 2026, whom)
        assert use.told["figures"] == recount_entries(made.ledger())[0].record() | {"name": made.row.name}
        assert year.told["uses"][0]["deployment"] == use.told["deployment"]
        for document in (use, year):
            assert document.digest in made.ledger()[-1].decode() + made.ledger()[-2].decode()
            assert not [secret for secret in SECRETS if secret in document.content.decode()]


@pytest.mark.parametrize("key", ["area", "why_here", "expected_passages", "nearby"])
def test_p07_without_its_area_and_why_they_may_be_there_nothing_is_entered(site: Site, key: str) -> None:
    left_out: dict[str, Any] = {key: None}
    with breaks("place_terms"):
        site.enter(site.case(**left_out))


def test_p07_a_use_case_that_the_policy_does_not_know_is_refused(site: Site) -> None:
    other = {"uk-police": None, "eu-ai-act": "hotspot", "consent": "hotspot"}[site.policy or ""]
    if other is None:
        with pytest.raises(BadDeployment, match="use_case"):
            site.case(use_case="anywhere")
        return
    with breaks("use_cases"):
        site.enter(site.case(use_case=other))


@pytest.mark.parametrize(
    "key", ["legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by", "valid_until"]
)
def test_p08_an_authority_says_by_whom_why_and_until_when_or_there_is_none(site: Site, key: str) -> None:
    with pytest.raises(BadDeployment, match=rf"{key} is missing"):
        site.case(authority={key: None})


def test_p08_a_rank_that_may_not_authorise_does_not(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    case = site.case()
    row, officer = site.enter(case), site.by(Role.AUTHORISING_OFFICER)
    kept = site.installation.store.read(lambda work: work.accounts.get(officer.id))
    assert kept is not None
    site.installation.store.write(lambda work: work.accounts.change(replace(kept, rank="inspector")))
    with breaks("ranks"):
        site.sign(case, row)


def test_p08_nothing_begins_outside_its_window_and_no_frame_is_taken_there(site: Site) -> None:
    case = site.case(opens_h=1, hours=2)
    row = site.authorised(case)
    window = Window(opens_us=row.opens_us, closes_us=row.closes_us)
    for after_s, begins in (
        (0, False),
        (3599, False),
        (1, True),
        (7199, True),
        (1, False),
        (DAY_US / SECOND_US, False),
    ):
        site.clock.advance(after_s)
        assert WindowGate(window, site.clock).may_scan() is begins
        if begins:
            site.watched(case, row)
        else:
            with pytest.raises(OutsideAuthority):
                site.begin(case, row)


@pytest.mark.parametrize("how", ["cancelled", "ended", "expired"])
def test_p10_what_is_cancelled_or_over_stops_within_a_second_and_never_begins_again(site: Site, how: str) -> None:
    case = site.case()
    row, rules = site.authorised(case), case.policy.retention()
    site.begin(case, row)
    with site.standing(case, row) as gate:
        time.sleep(2 * standing.LOOK_S)
        assert gate.may_scan()
        if how == "cancelled":
            cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no ground is left", rules)
        elif how == "ended":
            end(site.installation, site.by(Role.OPERATOR), row, rules)
        else:
            site.clock.set_now(row.closes_us)
        stops_within(gate, A_SECOND_S)
        with pytest.raises(Stopped):
            gate.may_scan()
    with pytest.raises(OutsideAuthority if how == "expired" else NotAuthorised):
        site.begin(case, row)


def test_more_false_alerts_than_were_promised_stop_it_within_a_second_and_for_good(site: Site) -> None:
    case = site.case()
    row, now_us = site.authorised(case), site.clock.now_us()
    counts = FigureRow(
        deployment=row.id, camera="camera 0", minute_us=now_us, counts=Counts(faces_detected=100, faces_seen=100)
    )
    site.installation.store.write(lambda work: work.figures.add(counts))
    site.ready_to_start(row)
    people = KeepingUp(site.installation, site.under(case, row))
    gate = Standing(site.installation, case.deployment, site.under(case, row), people=people, tell=lambda _: None)
    with gate:
        time.sleep(2 * standing.LOOK_S)
        assert gate.may_scan()
        for number in range(8):
            wrong = alert(number, deployment=row.id, at_us=now_us, undecided_us=now_us)
            site.installation.store.write(added(wrong))
        site.clock.advance(10)
        assert "not confirmed right" in stops_within(gate, A_SECOND_S)
    assert site.row(row).state is DeploymentState.ENDED
    assert kinds(site.installation)[-2:] == ["stop-rule.crossed", "deployment.ended"]
    with pytest.raises(NotAuthorised, match="has ended"):
        site.begin(case, row)


@pytest.mark.parametrize("how", ["at its time", "ended early", "cancelled", "cancelled before it was signed"])
def test_p12_the_list_is_erased_a_day_after_the_end_at_most_however_it_ended(site: Site, how: str) -> None:
    case = site.case()
    row = site.enter(case)
    rules = case.policy.retention()
    assert rules.list_after_end_us <= DAY_US
    if how != "cancelled before it was signed":
        site.sign(case, row)
        site.watched(case, row)
        site.clock.advance(1800)
    if how == "at its time":
        site.clock.set_now(row.closes_us)
    elif how == "ended early":
        end(site.installation, site.by(Role.OPERATOR), row, rules)
    else:
        cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no ground is left", rules)
    (key,) = [name for name in site.installation.keyring.names() if name.startswith("list-")]
    installation = replace(site.installation, boot="the next day")  # a clock that is driven has jumped, else
    site.clock.advance(rules.list_after_end_us / SECOND_US - 1)
    retain(installation)
    assert state_of_list(site, row) == [State.KEPT]
    site.clock.advance(1)
    retain(installation)
    assert state_of_list(site, row) == [State.ERASED]
    assert key not in site.installation.keyring.names()
    assert site.installation.store.read(lambda w: [w.lists.entries(one.id) for one in w.lists.all()]) == [[]]


def test_p15_after_the_erasure_one_can_still_say_whether_somebody_was_listed_and_nobody_can_guess(site: Site) -> None:
    case = site.case(people=("ann", "bob"))
    row = site.authorised(case)
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no", case.policy.retention(), erase=True)
    assert state_of_list(site, row) == [State.ERASED]

    def was_listed(reference: str, key: bytes = site.installation.digest_key) -> list[str]:
        digest = nominal(replace(site.installation, digest_key=key), reference)
        return site.installation.store.read(lambda work: work.nominals.listed(digest))

    assert was_listed("ann") == was_listed("bob") == [row.id]
    assert was_listed("cat") == []
    assert was_listed("ann", key=bytes(32)) == []  # whoever has not the key learns nothing by trying names
    kept = site.installation.store.read(lambda work: work.nominals.of(row.id))
    assert not any("ann" in digest or "bob" in digest for digest in kept)


def test_p15_after_the_erasure_the_person_is_told_with_a_proof_that_needs_nobody(site: Site) -> None:
    case = site.case(people=("ann", "bob"))
    row = site.authorised(case)
    site.clock.advance((row.closes_us - site.clock.now_us()) / 1e6 + 24 * 3600)
    retain(site.installation)
    assert state_of_list(site, row) == [State.ERASED]
    published = site.installation.ledger.key.public_key()
    for reference, listed_then in (("ANN", True), ("bob", True), ("cat", False)):
        found = answer(site.installation, site.by(Role.AUDITOR), row, reference, Identity.PAPERS)
        assert check(dict(found.record), published).listed is listed_then
        with pytest.raises(Failed):  # planted: the installation says the contrary
            check({**found.record, "listed": not listed_then}, published)
    kept = site.installation.store.read(lambda work: work.listed.of(row.id))
    assert kept is not None
    for secret in (bytes(32), site.installation.digest_key, bytes.fromhex(kept.key)):  # all that a copy could try with
        tried = {output_of(SecretKey(secret=secret), row.id, reference) for reference in ("ann", "bob", "cat")}
        assert not any(one in kept.outputs for one in tried), "who has not the list's own key can try no reference"


def european(tmp_path: Path) -> Site:
    return Site(tmp_path, "eu-ai-act")


def test_p21_only_the_three_aims_of_the_act_and_its_offences_are_known(tmp_path: Path) -> None:
    site = european(tmp_path)
    for purpose in ("locate-wanted", "self-exclusion", "public-order"):
        with breaks("purposes"):
            site.enter(site.case(purpose=purpose))
    for category in ("wanted-by-court", "suspected-of-offence", "associate"):
        with pytest.raises(Exception, match="Nobody on the list"):
            site.enter(site.case(entry={"category": category}))
    for purpose in ("victim-or-missing", "imminent-threat", "serious-offence-suspect"):
        site.enter(site.case(f"aim {purpose}", purpose=purpose))


def urgent(site: Site, since_h: float, hours: float) -> Case:
    authority = {"outside_authorisation": None, "urgent_since": site.moment(since_h)}
    return site.case(opens_h=0, hours=hours, authority=authority)


def test_p21_without_a_court_nothing_begins_but_in_urgency_and_then_for_a_day(tmp_path: Path) -> None:
    site = european(tmp_path)
    with breaks("authority_terms"):
        site.enter(site.case(authority={"outside_authorisation": None}))
    with breaks("urgent_hours"):
        site.enter(urgent(site, since_h=-20, hours=4.1))
    case = urgent(site, since_h=-20, hours=4)
    row = site.authorised(case)
    site.watched(case, row)
    for policy in ("uk-police", "consent"):
        elsewhere = Site(tmp_path, policy)
        with breaks("urgent_hours"):
            elsewhere.enter(elsewhere.case(authority={"urgent_since": elsewhere.moment(-1)}))


def test_p21_the_courts_decision_is_filed_later(tmp_path: Path) -> None:
    site = european(tmp_path)
    case = urgent(site, since_h=-20, hours=4)
    row = site.authorised(case)
    file_outside_authorisation(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "order 17 of the court")
    site.watched(case, row)


@pytest.mark.parametrize("when", ["while it runs", "after its end"])
def test_p21_where_the_court_refuses_it_stops_and_everything_is_erased(tmp_path: Path, when: str) -> None:
    site = european(tmp_path)
    case = urgent(site, since_h=-1, hours=4)
    row = site.authorised(case)
    officer, rules = site.by(Role.AUTHORISING_OFFICER), case.policy.retention()
    site.begin(case, row)
    with site.standing(case, row) as gate:
        if when == "after its end":
            end(site.installation, site.by(Role.OPERATOR), row, rules)
        cancel(site.installation, officer, row, "the court refused", rules, erase=True)
        stops_within(gate, A_SECOND_S)
    assert state_of_list(site, row) == [State.ERASED]
    assert [kind for kind in kinds(site.installation) if kind == "list.erased"] == ["list.erased"]


@pytest.mark.parametrize("kind", ["fria", "registration"])
def test_p22_without_rights_assessment_and_registration_nothing_is_entered(tmp_path: Path, kind: str) -> None:
    site = european(tmp_path)
    with breaks("documents"):
        site.enter(site.case(documents=without(ASKED["eu-ai-act"][2], kind)))


def test_p25_assessment_and_policy_document_belong_to_the_deployment_by_version_and_digest(site: Site) -> None:
    kinds_asked = ASKED[site.policy or ""][2]
    with breaks("documents"):
        site.enter(site.case(documents=without(kinds_asked, "dpia")))
    case = with_dpia(site, b"%PDF the assessment")
    row = site.authorised(case)
    papers = site.installation.store.read(lambda work: work.papers.of(row.id))
    (paper,) = [one for one in papers if one.about == "dpia"]
    assert (paper.content["reference"], paper.content["version"]) == ("dpia 1", "1")
    assert len(str(paper.content["sha256"])) == 64
    assert with_dpia(site, b"%PDF another").digest() != row.digest


def with_dpia(site: Site, content: bytes) -> Case:
    """A case whose assessment is this file; its digest is the only one in the deployment file that is of anything."""
    file = site.folder / "dpia.pdf"
    file.write_bytes(content)
    path = site.case().path
    text = re.sub(
        r'(kind = "dpia"(?:\n.+)*?\nsha256 = )"0{64}"', rf'\1"{file_digest(file)}"\nfile = "dpia.pdf"', path.read_text()
    )
    path.write_text(text)
    return case_in(path)


@pytest.mark.parametrize("policy", ["uk-police", "consent"])
def test_p25_the_appropriate_policy_document_is_asked_for(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    with breaks("documents"):
        site.enter(site.case(documents=without(ASKED[policy][2], "appropriate-policy")))


def test_p26_without_a_current_test_of_bias_nothing_is_entered(site: Site) -> None:
    kinds_asked = ASKED[site.policy or ""][2]
    with breaks("documents"):
        site.enter(site.case(documents=without(kinds_asked, "bias-test")))
    case = site.case()
    old = [replace(one, at_us=one.at_us - 366 * DAY_US) if one.kind == "bias-test" else one for one in documents(case)]
    with breaks("documents_age_max_days"):
        site.enter(replace(case, deployment=replace(case.deployment, documents=tuple(old))))


def documents(case: Case) -> Sequence[Any]:
    return case.deployment.documents


def test_p28_signs_that_nobody_has_seen_today_keep_it_from_beginning(site: Site) -> None:
    kinds_asked = ASKED[site.policy or ""][2]
    with breaks("documents"):
        site.enter(site.case(documents=without(kinds_asked, "signs")))
    with breaks("signs_age_max_h"):
        site.enter(site.case(opens_h=24, hours=1))
    site.enter(site.case(opens_h=22, hours=1))


@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act"])
def test_p28_the_public_is_told_before(tmp_path: Path, policy: str) -> None:
    site = Site(tmp_path, policy)
    with breaks("documents"):
        site.enter(site.case(documents=without(ASKED[policy][2], "public-notice")))


def test_p29_the_impact_on_the_community_is_assessed(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    with breaks("documents"):
        site.enter(site.case(documents=without(ASKED["uk-police"][2], "community-impact")))


def test_p33_until_the_last_deployment_is_reviewed_nothing_new_is_authorised_or_begun(site: Site) -> None:
    first = site.case()
    ended = site.over(first, site.authorised(first), reviewed=False)
    later = site.case("Market", opens_h=20, people=("eve", "dan"), area=far(0.02))
    with breaks("review_due_days"):
        site.enter(later)
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), ended, REVIEW)
    site.clock.advance(48 * 3600)
    fresh = site.case("Market", opens_h=0, people=("eve", "dan"), area=far(0.02))
    site.watched(fresh, site.authorised(fresh))


def test_p33_a_deployment_that_was_signed_before_waits_for_the_review_as_well(site: Site) -> None:
    later = site.case("Market", opens_h=8, people=("eve", "dan"), area=far(0.02))
    row = site.authorised(later)
    first = site.case()
    ended = site.over(first, site.authorised(first), reviewed=False)
    site.clock.set_now(row.opens_us)
    with breaks("review_due_days"):
        site.begin(later, row)
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), ended, REVIEW)
    site.begin(later, row)


@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act"])
def test_p33_leaflets_and_officers_are_counted_or_nothing_new_is_entered_signed_or_begun(
    tmp_path: Path, policy: str
) -> None:
    site = Site(tmp_path, policy)
    officer, first = site.by(Role.AUTHORISING_OFFICER), site.case()
    ended = site.over(first, site.authorised(first))
    assert ended.ended_us is not None
    site.clock.set_now(ended.ended_us + 14 * DAY_US)
    case = site.case("Market", hours=6, people=("eve", "dan"), area=far(0.02))
    row = site.enter(case)
    site.clock.advance(1)
    with breaks("leaflets_counted", "officers_counted"):
        site.enter(site.case("Square", people=("fay", "gus"), area=far(0.04)))
    with breaks("leaflets_counted", "officers_counted"):
        site.sign(case, row)
    count_leaflets(site.installation, officer, ended, 0)
    with breaks("officers_counted"):
        site.sign(case, row)
    count_officers(site.installation, officer, ended, officers=6, minutes=270)
    row = site.sign(case, row)
    site.watched(case, row)


def test_p33_what_was_signed_before_waits_for_the_counts_as_well(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    officer, first = site.by(Role.AUTHORISING_OFFICER), site.case()
    ended = site.over(first, site.authorised(first))
    assert ended.ended_us is not None
    site.clock.set_now(ended.ended_us + 14 * DAY_US)
    case = site.case("Market", people=("eve", "dan"), area=far(0.02))
    row = site.authorised(case)
    count_leaflets(site.installation, officer, ended, 400)
    site.clock.advance(1)
    with breaks("officers_counted"):
        site.begin(case, row)
    count_officers(site.installation, officer, ended, officers=6, minutes=270)
    site.begin(case, row)


def far(degrees: float) -> list[tuple[float, float]]:
    """Another place."""
    return [(latitude + degrees, longitude) for latitude, longitude in SQUARE]


def test_two_officers_where_the_place_asks_for_it(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    nearby: list[Mapping[str, str]] = [{"kind": "clinic", "what": "the clinic"}]
    case = site.case(nearby=nearby, authority={"second_officer": SECOND})
    row = site.enter(case)
    assert site.sign(case, row).state is DeploymentState.NEW
    done = site.sign(case, row, by=site.second, key=SECOND_KEY, reasons="Its other side is away from it.")
    assert done.state is DeploymentState.AUTHORISED
