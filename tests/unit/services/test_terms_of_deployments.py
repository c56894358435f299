"""What a deployment asks for and what went before it, out of files and rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.history import History, shingles
from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.services.ending import cancel, end
from overt.services.leaflets import count_leaflets
from overt.services.officers import count_officers
from overt.services.reviews import answer_finding, file_finding, file_outside_authorisation, file_review
from overt.services.terms import LAST, history_of, kept_terms, nominal, terms_of
from overt.store.records import DeploymentRow, DeploymentState
from tests.authority import SECOND, SECOND_KEY
from tests.deployed import HOUR_US, REVIEW, Site
from tests.stores import deployment, put


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def history(site: Site, without: str | None = None) -> History:
    now_us = site.clock.now_us()
    return site.installation.store.read(lambda work: history_of(work, now_us, without))


def cancelled(site: Site, row: DeploymentRow) -> None:

    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no need", RetentionRules())


def test_what_a_file_asks_for_becomes_its_terms(site: Site) -> None:
    case = site.case(
        cameras=2,
        nearby=[{"kind": "court", "what": "the county court"}],
        authority={"statute": "the act", "second_officer": SECOND, "urgent_since": site.moment(-1)},
        rules={"refused_places": ["assembly", "worship"], "second_officer_places": ["clinic", "court", "school"]},
    )
    terms = terms_of(case.deployment, ["a", "b", "a"], officers=("superintendent",), reasons=True)
    assert (terms.name, terms.purpose, terms.use_case) == ("High Street", "trial", "hotspot")
    assert (terms.cameras, terms.serials, terms.wanted_far) == (2, ("A0", "A1"), 0.0005)
    assert terms.area is not None
    assert terms.area.hectares() == pytest.approx(0.185, rel=0.01)
    assert [(place.kind, place.text) for place in terms.places] == [("court", "the county court")]
    assert terms.place_filled == {"purpose", "why_here", "why_now", "expected_passages", "nearby"}
    assert {"statute", "second_officer", "necessity"} <= terms.authority_filled
    assert "outside_authorisation" not in terms.authority_filled
    assert terms.urgent_since_us == site.clock.now_us() - HOUR_US
    assert [one.kind for one in terms.documents] == ["signs"]
    assert (terms.officers, terms.officers_reasons) == (("superintendent",), True)
    assert terms.references == {"a", "b"}
    assert terms.necessity == case.deployment.authority.necessity


def test_what_a_file_does_not_say_is_not_filled(site: Site) -> None:
    case = site.case(why_here=None, why_now=None, nearby=None, expected_passages=None)
    terms = terms_of(replace(case.deployment, area=()), [])
    assert terms.place_filled == {"purpose"}
    assert (terms.area, terms.places) == (None, ())
    assert (terms.officers, terms.officers_reasons) == (None, False)


def test_an_outside_authorisation_counts_when_it_was_filed_later(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    file_outside_authorisation(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "order 17")
    papers = site.installation.store.read(lambda work: work.papers.of(row.id))
    assert "outside_authorisation" in terms_of(case.deployment, [], papers=papers).authority_filled


def test_what_is_kept_of_a_deployment_are_numbers_codes_and_digests(site: Site) -> None:
    case = site.case()
    kept = kept_terms(case.deployment, 7)
    assert kept["text"] == sorted(shingles(case.deployment.authority.necessity))
    assert (kept["rows"], kept["cameras"], kept["purpose"]) == (7, 1, "trial")
    assert "nothing else finds them" not in repr(kept)


def test_a_reference_stands_as_a_digest_that_depends_on_the_key(site: Site) -> None:
    other = replace(site.installation, digest_key=bytes(32))
    assert nominal(site.installation, "ann") == nominal(site.installation, "ann")
    assert len({nominal(site.installation, "ann"), nominal(site.installation, "bob"), nominal(other, "ann")}) == 3
    assert "ann" not in nominal(site.installation, "ann")


def test_a_new_installation_has_no_history(site: Site) -> None:
    assert history(site) == History()


@pytest.mark.parametrize(
    ("done", "counts"),
    [("entered", False), ("authorised", True), ("watched", True), ("ended", True), ("window over", True)],
)
def test_a_deployment_counts_from_its_authorisation_on(site: Site, done: str, counts: bool) -> None:
    case = site.case()
    row = site.enter(case)
    if done != "entered":
        site.sign(case, row)
    if done in ("watched", "ended"):
        site.watched(case, row)
    if done == "ended":
        end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention())
    if done == "window over":
        site.clock.set_now(row.closes_us)
    found = history(site)
    assert len(found.starts) == len(found.lists) == len(found.texts) == counts
    assert replace(history(site, without=row.id), countersigned=None) == History()
    if counts:
        (start,) = found.starts
        assert (start.opens_us, start.closes_us, start.cameras) == (row.opens_us, row.closes_us, 1)
        assert found.lists == (frozenset({nominal(site.installation, name) for name in ("ann", "bob")}),)
        assert found.texts == (shingles(case.deployment.authority.necessity),)


@pytest.mark.parametrize("watched", [True, False])
def test_what_was_cancelled_counts_only_where_something_was_scanned(site: Site, watched: bool) -> None:
    case = site.case()
    row = site.authorised(case)
    if watched:
        site.watched(case, row)
    cancelled(site, row)
    assert len(history(site).starts) == watched
    assert len(history(site).unreviewed) == watched


def test_what_is_over_and_was_watched_waits_for_its_review(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)
    assert history(site).unreviewed == ()
    site.clock.advance(3600)
    end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention())
    (waits,) = history(site).unreviewed
    assert (waits.name, waits.ended_us) == ("High Street", site.clock.now_us())
    assert history(site).last_ended_us == site.clock.now_us()
    file_review(site.installation, site.by(Role.AUTHORISING_OFFICER), row, REVIEW)
    assert history(site).unreviewed == ()
    assert history(site).last_ended_us == site.clock.now_us()


def test_what_is_over_and_was_watched_waits_for_its_counts(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    assert history(site).without_leaflets == history(site).without_officers == ()
    row = site.over(case, row)
    (waits,) = history(site).without_leaflets
    assert (waits.name, waits.ended_us) == ("High Street", row.ended_us)
    assert history(site).without_officers == (waits,)
    count_leaflets(site.installation, site.by(Role.AUTHORISING_OFFICER), row, 0)
    assert (history(site).without_leaflets, history(site).without_officers) == ((), (waits,))
    count_officers(site.installation, site.by(Role.AUTHORISING_OFFICER), row, officers=2, minutes=60)
    assert history(site).without_officers == ()


def test_a_window_that_closed_ended_it_and_a_later_cancellation_does_not_move_that(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)
    site.clock.set_now(row.closes_us)
    assert history(site).last_ended_us == row.closes_us
    site.clock.advance(3600)
    cancelled(site, row)
    assert history(site).last_ended_us == row.closes_us


def test_findings_wait_until_they_are_answered(site: Site) -> None:
    filed = file_finding(site.installation, site.by(Role.AUDITOR), "Signs", "The signs could not be read.")
    (finding,) = history(site).findings
    assert (finding.name, finding.made_us) == ("Signs", filed.at_us)
    officer = site.by(Role.AUTHORISING_OFFICER)
    answer_finding(site.installation, officer, filed.id, "There are new signs at every corner.")
    assert history(site).findings == ()


def listed(site: Site, row: DeploymentRow, digest: str) -> None:
    site.installation.store.write(lambda work: work.nominals.add(row.id, [digest]))


def rows(site: Site, count: int) -> list[DeploymentRow]:
    """So many deployments, a day each, authorised, with a list of one."""
    made = []
    for number in range(count):
        opens_us = site.clock.now_us() + number * 24 * HOUR_US
        terms: dict[str, Any] = {"area": [[51.5, 0.0], [51.5, 0.1], [51.6, 0.1]], "cameras": 1, "text": [f"t{number}"]}
        one = deployment(number + 1, opens_us=opens_us, closes_us=opens_us + HOUR_US, terms=terms)
        made.append(replace(one, state=DeploymentState.AUTHORISED))
    put(site.installation.store, *reversed(made))
    for number, one in enumerate(made):
        listed(site, one, f"n{number}")
    return made


def test_lists_and_texts_are_those_of_the_last_deployments(site: Site) -> None:
    made = rows(site, LAST + 2)
    found = history(site)
    assert len(found.starts) == len(made)
    assert found.lists == tuple(frozenset({f"n{number}"}) for number in range(2, LAST + 2))
    assert found.texts == tuple(frozenset({f"t{number}"}) for number in range(2, LAST + 2))


def test_what_an_earlier_version_entered_without_terms_is_no_start(site: Site) -> None:
    put(site.installation.store, replace(deployment(1), state=DeploymentState.ENDED, terms={"text": "x"}))
    put(site.installation.store, replace(deployment(2), state=DeploymentState.ENDED, terms={"area": [[1.0, 1.0]] * 3}))
    found = history(site)
    assert (found.starts, found.texts) == ((), (frozenset(), frozenset()))


def test_a_deployment_repeats_nothing_of_one_that_was_authorised_after_it(site: Site) -> None:
    """Else a larger list, which has the smaller one in it, would keep the smaller one from beginning."""
    rules = {"list_reuse_max": 0.5, "text_reuse_max": 0.5}
    text = "they were seen here on every one of the last four Sundays"
    case = site.case(people=("ann",), rules=rules, authority={"necessity": text})
    row = site.authorised(case)
    site.clock.advance(1)
    longer = f"{text}, and since then two more of them were seen near the other end of that same street, too"
    other = site.case("Market", people=("ann", "eve", "dan"), rules=rules, opens_h=9, authority={"necessity": longer})
    later = site.authorised(other)
    assert [len(one) for one in history(site, row.id).lists] == []
    assert [len(one) for one in history(site, later.id).lists] == [1]
    site.begin(case, row)
    site.clock.set_now(later.opens_us)
    site.begin(other, later)


def test_while_the_second_officer_is_waited_for_everything_authorised_counts(site: Site) -> None:
    case = site.case(authority={"second_officer": SECOND})
    row = site.enter(case)
    site.sign(case, row)
    site.clock.advance(1)
    site.authorised(site.case("Market", opens_h=9))
    assert len(history(site, row.id).lists) == 1
    site.clock.advance(1)
    site.sign(case, row, by=site.second, key=SECOND_KEY)
    assert len(history(site, row.id).lists) == 1
