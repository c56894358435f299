"""The register of real deployments: what was signed, what was expected, what changed; and who may publish it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.bootstrap import calibration
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.roles import NotAllowed, Role
from overt.domain.time import to_text
from overt.ledger.entry import Fact
from overt.services.acting import keep_policy
from overt.services.ending import cancel, end
from overt.services.listed_answers import term_of
from overt.services.planning import plan_deployment
from overt.services.policies import load_policy, read_policy
from overt.services.publish import VERSION, PublishedMeanwhile, draw_for, draw_register, publish
from overt.services.publish_cells import HOW
from overt.services.publish_check import recounted
from overt.services.publish_document import document_digest
from overt.services.publish_row import COLUMNS, rows_of
from overt.services.record import NotInLedger, export
from overt.services.recount import BadExport
from overt.services.reviews import file_finding
from overt.services.said import SAID, said_digest
from overt.settings import load_settings
from overt.store.records import DeploymentRow, DeploymentState
from overt.testing.fixed_clock import SOME_DAY_US
from tests.authority import SECOND_KEY
from tests.deployed import Site
from tests.registers import EXAMPLE, register
from tests.stores import uuid

Json = dict[str, Any]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def drawn(site: Site) -> Json:
    return draw_register(site.installation).register


def published(site: Site, role: Role = Role.AUDITOR) -> Json:
    return publish(site.installation, site.by(role)).register


def lines(site: Site) -> list[bytes]:
    out: list[bytes] = []
    export(site.installation.store, out.append)
    return b"".join(out).splitlines(keepends=True)


def notes(site: Site, row: DeploymentRow, kind: str, facts: Mapping[str, Fact]) -> None:
    site.installation.store.write(lambda work: work.record(kind, deployment=row.id, facts=dict(facts)))


def test_how_often_people_asked_whether_they_were_listed_is_told(site: Site) -> None:
    row = site.enter(site.case())
    for kind in ("listed.asked", "listed.asked", "listed.answered"):
        notes(site, row, kind, {"request": uuid(7)})
    (document,) = drawn(site)["deployments"]
    assert {name: one["value"] for name, one in document["listed"].items()} == {"asked": 2, "answered": 1, "refused": 0}


@pytest.mark.parametrize("early", [True, False], ids=["ended early", "at the end of its window"])
def test_from_when_until_when_people_are_told_whether_they_were_listed_is_what_the_policy_says(
    tmp_path: Path, early: bool
) -> None:
    site = Site(tmp_path, policy="uk-police")
    case = site.case()
    row = site.authorised(case)
    store, rules = site.installation.store, case.policy.rules
    until = to_text(row.closes_us + rules.listed_answer_days * DAY_US)
    (document,) = drawn(site)["deployments"]
    told = (document["policy"]["listed_answer_delay_h"], document["policy"]["listed_answer_days"])
    assert told == (rules.listed_answer_delay_h, rules.listed_answer_days) == (24, 366)
    assert document["answers"] == {"from": None, "until": until}
    if early:
        site.clock.advance(3600)
        end(site.installation, site.by(Role.AUTHORISING_OFFICER), row, case.policy.retention())
    else:
        site.clock.advance((row.closes_us - site.clock.now_us()) / 1e6)
    found = published(site)
    (document,) = found["deployments"]
    term = store.read(lambda work: term_of(work, site.row(row)))
    assert document["answers"] == {"from": to_text(term.from_us), "until": until}
    assert (to_text(term.until_us), document["window"]["ended_at"]) == (until, to_text(term.from_us - DAY_US))
    assert recounted(found, lines(site)) == []


def test_a_deployment_is_told_as_it_was_entered_planned_and_signed(site: Site) -> None:
    case = site.case(expected_passages=20_000, cameras=2, documents=("signs", "impact"))
    row = site.enter(case)
    plan_deployment(site.installation, site.by(Role.AUTHORISING_OFFICER), case, row, calibration(load_settings()))
    assert drawn(site)["deployments"][0]["state"] == "planned"
    site.sign(case, row)
    found = published(site)
    (document,) = found["deployments"]
    assert (document["number"], document["state"], document["kind"]) == (1, "running", "operation")
    assert (document["name"], document["place"], document["purpose"]) == ("High Street", "there", "trial")
    assert document["area_ha"] == pytest.approx(0.1852, rel=0.01)
    authority = document["authority"]
    assert authority["agrees"] is True
    assert authority["text"]["necessity"] == "nothing else finds them at High Street, we tried"
    assert [one["rank"] for one in authority["signatures"]] == ["superintendent"]
    assert "anna officer" not in json.dumps(found)
    assert document["cameras"] == [{"name": f"camera {at}", "smallest_face_px": 40} for at in (0, 1)]
    assert document["policy"]["version"] == case.policy.version
    assert [paper["kind"] for paper in document["papers"]] == ["signs", "impact"]
    assert all(paper["ledger"] is not None for paper in document["papers"])
    assert (
        document["plan"]["expected"]["low"]
        < document["plan"]["expected"]["value"]
        < document["plan"]["expected"]["high"]
    )
    assert document["plan"]["held"] is None
    assert document["threshold"]["wanted_far"] == 0.0005
    assert document["list"]["entries"]["value"] == 2
    assert document["list"]["tables"]["categories"]["total"]["value"] == 2
    assert document["list"]["tables"]["categories"]["hides"]
    assert document["list"]["tables"]["overlap"]["total"] == {"how": "overlap", "value": None, "not_recorded": True}
    assert document["figures"]["alerts"]["waits"] == "running"
    assert recounted(found, lines(site)) == []


def test_every_cell_says_how_it_is_computed(site: Site) -> None:
    site.authorised(site.case())
    site.clock.advance(30 * 3600)

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["how"]} if isinstance(value.get("how"), str) and "value" in value else set()
            return own.union(*(keys(one) for one in value.values())) if value else own
        return set().union(*(keys(one) for one in value)) if isinstance(value, list) else set()

    found = drawn(site)
    assert keys(found["deployments"]) | keys(found["totals"]) | keys(found["coverage"]) <= HOW.keys()
    assert found["how"] == dict(HOW)


def test_it_has_the_documented_shape_and_so_has_the_example(site: Site) -> None:
    site.authorised(site.case())
    example, found = register(), drawn(site)
    assert json.loads(EXAMPLE.read_text("utf-8")) == example
    assert example.keys() <= found.keys()
    (document,) = found["deployments"]
    for one in example["deployments"]:
        assert one.keys() <= document.keys()
        for part in ("authority", "window", "policy", "list", "threshold", "figures", "envelope", "disclosures"):
            assert one[part].keys() <= document[part].keys(), part
    text = (EXAMPLE.parents[3] / "docs" / "reference" / "register.md").read_text("utf-8")
    for name in (*found, *document):
        assert f"`{name}`" in text, name


def test_what_changed_since_the_deployment_before_is_told_word_by_word(site: Site) -> None:
    first = site.case()
    site.over(first, site.authorised(first))
    site.clock.advance(24 * 3600)
    site.enter(
        site.case(
            "Market",
            people=("ann", "cat"),
            authority={"statute": "an Act"},
        )
    )
    newer, older = drawn(site)["deployments"]
    assert (newer["authority"]["changes"]["since"], older["authority"]["changes"]["since"]) == (1, None)
    fields = newer["authority"]["changes"]["fields"]
    assert fields["necessity"] == [
        ["same", "nothing else finds them at"],
        ["gone", "High Street,"],
        ["new", "Market,"],
        ["same", "we tried"],
    ]
    assert fields["statute"] == [["new", "an Act"]]
    assert "why_now" not in fields
    assert newer["list"]["tables"]["overlap"]["hides"]


def test_a_text_that_is_not_what_was_entered_is_said_not_to_agree(site: Site) -> None:
    row = site.authorised(site.case())

    def change(work: Any) -> None:
        (paper,) = (one for one in work.papers.of(row.id) if one.kind == SAID)
        site.altered = {**paper.content, "place": "elsewhere"}  # type: ignore[attr-defined] # noted for below

    site.installation.store.read(change)
    found = published(site)
    (document,) = found["deployments"]
    document["said"]["place"] = document["place"] = "elsewhere"
    assert said_digest(document["said"]) != document["authority"]["digest"]
    differing = {one.figure for one in recounted(found, lines(site))}
    assert "/deployments/0/authority/agrees" in differing


def test_a_cancelled_one_and_one_that_lapsed_stay_in_it(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no longer needed", case.policy.retention())
    site.clock.advance(24 * 3600)
    site.enter(site.case("Market", people=("cat",)))
    site.clock.advance(24 * 3600)
    lapsed, cancelled = published(site)["deployments"]
    assert (lapsed["state"], cancelled["state"]) == ("lapsed", "cancelled")
    assert cancelled["authority"]["cancelled"]["ledger"] is not None
    assert cancelled["window"]["ended_at"] < cancelled["window"]["closes_at"]
    assert cancelled["figures"]["alerts"]["value"] == 0
    assert cancelled["review"] is None


def test_reviews_findings_and_coverage_are_told_with_their_days(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    notes(site, row, "watch.started", {"threshold_e4": 4000})
    file_finding(site.installation, site.by(Role.AUDITOR), "Night", "It was dark at the second camera.")
    running = drawn(site)
    assert running["deployments"][0]["review"] is None
    assert running["coverage"]["used"]["value"] == pytest.approx(7.5 * 0.1852, rel=0.01)
    assert running["coverage"]["left"]["value"] == pytest.approx(100_000 - 7.5 * 0.1852, abs=0.02)
    assert running["findings"][0]["overdue"] is False
    notes(site, row, "stop-rule.crossed", {"false": 9, "passages": 700})
    site.clock.advance(200 * DAY_US / 1e6)
    later = drawn(site)
    review = later["deployments"][0]["review"]
    assert (review["filed_at"], review["overdue"]) == (None, True)
    assert later["deployments"][0]["threshold"]["value"]["value"] == 0.4
    assert later["deployments"][0]["stopped_by_rule"]["false"] == 9
    assert later["coverage"]["used"]["value"] == 0
    assert later["findings"][0]["overdue"] is True


def test_what_is_promised_to_signed_deployments_is_not_left(site: Site) -> None:
    each = 2 * 0.1852
    site.authorised(site.case("now", hours=2.0))
    soon = site.authorised(site.case("tonight", opens_h=5.0, hours=2.0, signs_h=-1.0))
    site.authorised(site.case("tomorrow", opens_h=15.0, hours=2.0, signs_h=-1.0))
    site.enter(site.case("not signed", opens_h=20.0, hours=2.0, signs_h=-1.0))

    def told() -> dict[str, float]:
        return {name: drawn(site)["coverage"][name]["value"] for name in ("used", "promised", "left")}

    assert told() == pytest.approx({"used": each, "promised": 2 * each, "left": 100_000 - 3 * each}, abs=0.02)
    rules = load_policy("consent").retention()
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), soon, "they moved", rules)
    assert told() == pytest.approx({"used": each, "promised": each, "left": 100_000 - 2 * each}, abs=0.02)


def test_who_was_asked_and_what_changed_is_told(site: Site) -> None:
    asked = {"who": "Traders of the street", "when": "October", "replies": 41, "changed": "A camera was moved."}
    site.enter(site.case(consultations=[asked, {"who": "The mosque"}]))
    (found,) = published(site)["deployments"]
    assert found["consultations"] == [asked, {"who": "The mosque", "when": "", "replies": None, "changed": ""}]
    assert found["authority"]["agrees"] is True


def test_a_second_officer_is_waited_for(site: Site) -> None:
    case = site.case(
        authority={"second_officer": "olaf officer"},
        opens_h=2.0,
    )
    row = site.enter(case)
    site.sign(case, row)
    assert drawn(site)["deployments"][0]["state"] == "planned"
    site.sign(case, row, by=site.second, key=SECOND_KEY, reasons="The school is closed.")
    assert drawn(site)["deployments"][0]["state"] == "authorised"


def test_a_deployment_of_an_earlier_version_is_told_as_far_as_it_is_known(site: Site) -> None:
    row = DeploymentRow(
        id=site.installation.new_id(),
        digest="d" * 64,
        name="Old",
        opens_us=SOME_DAY_US,
        closes_us=SOME_DAY_US + HOUR_US,
        policy_digest="",
        terms={"place": "Old Street", "area": [[51.5, 0.0], [51.5, 0.001], [51.501, 0.0]]},
    )
    site.installation.store.write(lambda work: work.deployments.add(row))
    notes(site, row, "deployment.made", {"digest": row.digest, "opens_us": row.opens_us, "closes_us": row.closes_us})
    notes(
        site,
        row,
        "deployment.planned",
        {"threshold_e4": 1, "passages": 1, "false_alerts_low": 0, "false_alerts_high": 1},
    )
    notes(site, row, "authority.signed", {"statement": "sha256:0", "key": "0" * 64})
    notes(
        site,
        row,
        "deployment.planned",
        {"threshold_e4": 2, "passages": 1, "false_alerts_low": 0, "false_alerts_high": 1},
    )
    notes(site, row, "watch.started", {"threshold_e4": 5000})
    site.clock.advance(30 * 3600)
    found = published(site)
    (document,) = found["deployments"]
    assert (document["name"], document["place"], document["state"]) == ("Old", "Old Street", "ended")
    assert (document["authority"]["agrees"], document["authority"]["digest"]) == (None, None)
    assert document["list"] is None
    assert document["plan"]["expected"]["not_recorded"]
    assert document["authority"]["signatures"][0]["rank"] is None
    told = {"name": "", "version": None, "digest": None, "listed_answer_delay_h": None, "listed_answer_days": None}
    assert (document["policy"], document["answers"]) == (told, {"from": None, "until": None})
    assert found["coverage"]["budget"]["not_recorded"]
    assert (document["review"]["due_at"], document["review"]["overdue"]) == (None, False)
    assert found["publish_at_least"] == 5


def test_suspensions_of_policies_are_told(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    text = (site.folder / "mild.toml").read_text("utf-8")
    days = "suspended_from = 2026-11-22T00:00:00Z\nsuspended_until = 2026-11-25T00:00:00Z\n"
    days += 'suspended_reason = "Training."\n'
    suspended = text.replace("[policy]\n", f"[policy]\n{days}")
    policy = read_policy(suspended.encode(), "mild")
    other = replace(
        site.row(row), id=site.installation.new_id(), digest="e" * 64, policy="mild", policy_digest=policy.digest
    )

    def change(work: Any) -> None:
        keep_policy(site.installation, work, policy, suspended, "system")
        work.deployments.add(other)

    site.installation.store.write(change)
    notes(site, other, "deployment.made", {"digest": other.digest, "policy_digest": policy.digest})
    (one,) = drawn(site)["suspensions"]
    assert (one["reason"], one["from"]) == ("Training.", "2026-11-22T00:00:00.000Z")


def test_who_publishes_is_recorded_and_who_decides_may_not(site: Site) -> None:
    site.enter(site.case())
    for role in Role:
        if role in (Role.AUTHORISING_OFFICER, Role.AUDITOR, Role.OVERSIGHT, Role.ADMINISTRATOR):
            published(site, role)
        else:
            with pytest.raises(NotAllowed):
                published(site, role)
            with pytest.raises(NotAllowed):
                draw_for(site.installation, site.by(role))
    assert len(drawn(site)["publications"]) == 4
    assert len(drawn(site)["deployments"][0]["versions"]) == 1


def test_two_who_publish_at_once_do_not_number_a_version_twice(site: Site) -> None:
    row = site.enter(site.case())
    published(site)
    site.installation.store.write(
        lambda work: work.papers.add(
            replace(work.papers.about(VERSION, f"{row.id}/1")[0], id=uuid(0x9999), about=f"{row.id}/2")
        )
    )
    site.clock.advance(24 * 3600)
    with pytest.raises(PublishedMeanwhile, match="just now"):
        published(site)


def test_before_anything_was_entered_the_register_is_empty_and_says_so(site: Site) -> None:
    site.by(Role.AUDITOR)
    with pytest.raises(NotInLedger):
        published(site)
    assert drawn(site)["ledger"] is None
    site.installation.store.write(lambda work: work.record("installation.made", facts={}))
    found = published(site)
    assert (found["deployments"], found["totals"], found["coverage"]) == ([], [], None)
    assert recounted(found, lines(site)) == []
    assert rows_of(found) == ",".join(COLUMNS) + "\r\n"


def test_an_export_that_ends_too_early_or_never_entered_it_is_refused(site: Site) -> None:
    row = site.enter(site.case())
    found = published(site)
    with pytest.raises(BadExport, match="made of"):
        recounted(found, lines(site)[:-1])
    shown = drawn(site)
    notes(site, row, "scanning.paused", {"reason": "open-alerts"})
    assert recounted(shown, lines(site)[:-1]) == recounted(shown, lines(site)) == recounted(found, lines(site)) == []
    notes(site, replace(row, id="nobody"), "watch.started", {"threshold_e4": 1})
    with pytest.raises(BadExport, match="never entered"):
        drawn(site)


@pytest.mark.parametrize("facts", [{"threshold_e4": "much"}, {}])
def test_an_entry_that_lacks_what_it_should_say_is_named(site: Site, facts: dict[str, Fact]) -> None:
    row = site.enter(site.case())
    notes(site, row, "watch.started", facts)
    with pytest.raises(BadExport, match="an entry watch"):
        drawn(site)


def test_the_public_row_of_each_deployment_is_a_line(site: Site) -> None:
    site.enter(site.case(name="=1+1"))
    site.clock.advance(60 * 3600)
    found = drawn(site)
    names, row = (line.split(",") for line in rows_of(found).splitlines())
    cells = dict(zip(names, row, strict=True))
    assert (cells["name"], cells["watch_list_size"], cells["alerts"], cells["arrests"]) == ("'=1+1", "2", "0", "0")
    assert cells["trr"] == cells["groups_of_false_alerts"] == ""
    assert list(COLUMNS) == names
    example = rows_of(register()).splitlines()
    assert "hidden" in example[-1]


def test_its_state_in_the_store_and_its_document_agree(site: Site) -> None:
    row = site.authorised(site.case())
    assert draw_register(site.installation).differences == ()
    site.installation.store.write(
        lambda work: work.deployments.move(row.id, [DeploymentState.AUTHORISED], DeploymentState.ENDED, 1)
    )
    (one,) = draw_register(site.installation).differences
    assert (one.deployment, one.figure, one.store, one.ledger) == (row.id, "over", "ended", "")


def test_the_digest_of_a_document_is_of_all_but_its_versions(site: Site) -> None:
    site.enter(site.case())
    (document,) = published(site)["deployments"]
    assert document["versions"][0]["digest"] == document_digest(document)
    assert document_digest({**document, "version": 9, "versions": []}) == document_digest(document)
    assert document_digest({**document, "place": "elsewhere"}) != document_digest(document)
