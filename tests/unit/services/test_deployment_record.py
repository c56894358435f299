"""The record of a deployment: everything in it, nothing that must not be, and the same from an export of the ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785

from overt.domain.policy import RULES
from overt.domain.roles import NotAllowed, Role
from overt.domain.time import to_text
from overt.ledger.entry import Entry
from overt.ledger.head import Head, SignedHead, public_key_from_text
from overt.ledger.merkle import includes, leaf_hash
from overt.notices.record import record_html
from overt.services.conditions import CONDITIONS_PAPER
from overt.services.deployment_record import (
    MOST_PROOFS,
    Document,
    NothingRecorded,
    copies_of,
    list_record,
    make_record,
)
from overt.services.evaluations import evaluations_filed
from overt.services.reading import WithheldUntilDecided
from overt.services.recount import recount_entries
from overt.services.story_read import story_of
from overt.store.ports import Work
from overt.store.records import DeploymentRow
from tests.people import person
from tests.preparing import TRIAL_SHA256
from tests.recorded import SECRETS, Recorded, raised, recorded
from tests.stores import deployment


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("record"))


@pytest.fixture(scope="module")
def before(made: Recorded) -> list[bytes]:
    """The ledger that the record is made from."""
    return made.ledger()


@pytest.fixture(scope="module")
def document(made: Recorded, before: list[bytes]) -> Document:
    assert before
    return make_record(made.installation, made.by(Role.AUDITOR), made.row)


def test_it_has_no_secret_and_no_name_of_an_account(made: Recorded, document: Document) -> None:
    text = document.content.decode()
    assert [secret for secret in SECRETS if secret in text] == []
    names = [row.name for row in made.installation.store.read(lambda work: work.accounts.all())]
    said = json.dumps({name: part for name, part in document.told.items() if name != "policy"})  # that has common words
    assert [name for name in names if name in said] == []


def test_its_json_is_canonical_and_its_digest_is_in_the_ledger(made: Recorded, document: Document) -> None:
    assert rfc8785.dumps(json.loads(document.content)) == document.content
    entry = Entry.from_bytes(made.ledger()[document.told["ledger"]["size"]])
    assert (entry.kind, entry.actor, entry.deployment) == ("record.made", made.by(Role.AUDITOR).id, made.row.id)
    assert dict(entry.facts) == {
        "record": document.told["record"],
        "whom": "oversight",
        "digest": document.digest,
        "size": document.told["ledger"]["size"],
    }


def test_whatever_the_ledger_says_comes_out_of_an_export_the_same(before: list[bytes], document: Document) -> None:
    """Cell by cell: what an outsider reads of the entries alone is what stands in the record."""
    told, story = document.told, story_of(before, document.told["deployment"]["id"])
    assert told["deployment"]["endings"] == story.ended
    assert told["deployment"]["entered"] == story.made["at"]
    assert told["deployment"]["digest"] == story.made["digest"]
    assert [one["sha256"] for one in told["authority"]] == [
        one["statement"].removeprefix("sha256:") for one in story.signatures
    ]
    cells = ("people", "uses", "rests_on", "pauses", "clock", "heartbeats", "papers", "complaints", "also", "copies")
    for name in cells:
        assert told[name] == getattr(story, name), name
    assert (told["decoys"], told["dropped"]) == (story.decoys, story.dropped)
    assert told["list"] == list_record(story)
    assert told["looks"] == {name: dict(counts) for name, counts in story.looks.items()}
    assert [{**one, "why": 0, "lifted_why": 0} for one in told["halts"]] == [
        {**one, "why": 0, "lifted_why": 0} for one in story.halts
    ]
    for one in told["cameras"]:
        counts = story.minutes[one["camera"]]
        assert {name: one[name] for name in counts} == dict(counts)
    for alert in told["alerts"]:
        ours = story.alerts[alert["alert"]]
        besides = {"camera"}
        assert {name: alert[name] for name in ours if name not in besides} == {
            name: value for name, value in ours.items() if name not in besides
        }
        assert alert["camera_number"] == ours["camera"]
    assert told["figures"] | {"name": None} == recount_entries(before)[0].record()
    assert (told["ledger"]["ranges"], told["ledger"]["kinds"]) == (story.ranges(), dict(story.kinds))


def test_its_proofs_hold_for_the_head_that_it_names(document: Document) -> None:
    told = document.told
    signed = SignedHead(
        head=Head.from_bytes(told["ledger"]["head"].encode()), signature=bytes.fromhex(told["ledger"]["signature"])
    )
    signed.check(public_key_from_text(told["installation"]["public_key"]))
    assert 3 < len(told["ledger"]["proofs"]) <= MOST_PROOFS
    for proof in told["ledger"]["proofs"]:
        path = [bytes.fromhex(each) for each in proof["path"]]
        leaf, index = leaf_hash(proof["entry"].encode()), proof["index"]
        assert includes(leaf=leaf, index=index, size=signed.head.size, proof=path, root=signed.head.root)


def test_it_has_what_an_auditor_asks_for(made: Recorded, document: Document) -> None:
    told = document.told
    assert told["said"]["texts"]["legal_basis"] == "the law"
    assert told["said"]["cameras"][0]["serial"] == "A0"
    assert told["said"]["cameras"][0]["zone"][1] == [1.0, 0.0]
    assert [len(one["sha256"]) for one in told["said"]["model"]["files"]] == [64, 64]
    assert told["said"]["model"]["calibration"]["people"] > 1
    assert told["said"]["model"]["envelope"]["limits"]
    assert (told["authority"][0]["as"], told["authority"][0]["rank"]) == ("authorising officer", "superintendent")
    assert told["authority"][0]["verifies"] is True
    assert [one["rule"] for one in told["policy"]["rules"]] == list(RULES)
    assert all(one["source"] and one["looked_at"] for one in told["policy"]["rules"])
    assert not [one["rule"] for one in told["policy"]["rules"] if one["looked_at"] == "where it applies"]
    assert [one["alert"] for one in told["alerts"]] == [made.right, made.rejected]
    assert told["alerts"][0]["cautions"] == ["dark", "small face"]
    assert told["heartbeats"][0]["swap"] is False
    assert (len(told["documents"]), told["reviews"][0]["text"]) == (7, "It did what it was for")
    assert told["findings"][0]["answer"]["text"] == "There are new signs since then"
    assert told["halts"][0]["why"] == "The signs cannot be read."
    assert told["figures_told"][0]["how"]


def test_it_names_what_its_starts_rest_on_each_with_its_day_and_digest(made: Recorded, document: Document) -> None:
    told = document.told
    filed = {one.evaluation.kind: one for one in made.installation.store.read(evaluations_filed)}
    (answered,) = made.installation.store.read(lambda work: work.papers.all(CONDITIONS_PAPER))
    digests = [filed[kind].evaluation.sha256 for kind in ("identify", "groups")]
    for use in told["uses"]:
        assert (use["evaluations"], use["trial_report"], use["conditions"]) == (digests, TRIAL_SHA256, answered.id)
    identify, groups, trial, five = told["rests_on"]
    assert [(one["what"], one["kind"], one["digest"]) for one in (identify, groups)] == [
        ("evaluation.filed", kind, digest) for kind, digest in zip(("identify", "groups"), digests, strict=True)
    ]
    assert (trial["what"], trial["walks"], trial["digest"]) == ("trial.reported", 9, TRIAL_SHA256)
    assert (five["what"], five["met"], five["asked"]) == ("conditions.answered", 5, 5)
    ledger = [Entry.from_bytes(one) for one in made.ledger()]
    assert five["digest"] == ledger[five["entry"]].facts["content"]
    assert identify["made"] == to_text(filed["identify"].evaluation.at_us)
    proved = {one["index"] for one in told["ledger"]["proofs"]}
    for one in told["rests_on"]:
        assert one["at"] == to_text(ledger[one["entry"]].at_us)
        assert one["entry"] in proved
        assert any(first <= one["entry"] <= last for first, last in told["ledger"]["ranges"])
        assert told["ledger"]["kinds"][one["what"]] == (2 if one["what"] == "evaluation.filed" else 1)
    html = record_html(told, document.digest)
    for one in told["rests_on"]:
        assert f"<code>{one['digest']}</code>" in html
    assert f'made <time datetime="{identify["made"]}">' in html


def test_what_an_earlier_version_started_names_nothing_and_the_record_says_so(
    made: Recorded, before: list[bytes], document: Document
) -> None:
    entries = [Entry.from_bytes(one) for one in before]
    names = ("evaluations", "trial_report", "conditions")
    old = [
        replace(one, facts={name: fact for name, fact in one.facts.items() if name not in names}).to_bytes()
        if one.kind == "watch.started"
        else one.to_bytes()
        for one in entries
    ]
    story = story_of(old, made.row.id)
    assert (len(story.uses), story.rests_on) == (2, [])
    told = {**document.told, "rests_on": story.rests_on, "uses": story.uses}
    assert "They name nothing: its policy asks for nothing of the kind" in record_html(told, document.digest)


def test_of_an_alert_that_waits_there_is_no_score_and_no_verdict(made: Recorded, document: Document) -> None:
    """Where people are tested with decoys it is not in the record at all; nor is its entry proved."""
    assert made.waits not in [one["alert"] for one in document.told["alerts"]]
    assert made.waits not in str(document.told["ledger"]["proofs"])


def test_without_decoys_it_stands_there_with_what_may_be_told(tmp_path: Path) -> None:
    from overt.domain.decision import Verdict
    from tests.deployed import Site
    from tests.recorded import decided

    site = Site(tmp_path)
    row = site.authorised(site.case(rules={"two_verdicts": True, "blind_first": True}))
    alert = raised(site, row, 1)
    decided(site, row, alert, Verdict.WORTH_A_LOOK, Role.OPERATOR)
    told = make_record(site.installation, site.by(Role.AUDITOR), row).told
    (one,) = told["alerts"]
    assert (one["alert"], one["score_e4"], one["threshold_e4"]) == (alert, None, None)
    assert [(said["verdict"], said["standing"]) for said in one["verdicts"]] == [(None, None)]
    assert alert not in str(told["ledger"]["proofs"])


def test_who_may_also_decide_gets_none_of_it_while_alerts_wait(tmp_path: Path) -> None:
    made = recorded(tmp_path, over=False)
    both = person(made.installation, "both", Role.AUDITOR, Role.OPERATOR)
    with pytest.raises(WithheldUntilDecided):
        make_record(made.installation, both, made.row)
    for role in (Role.OPERATOR, Role.AUTHORISING_OFFICER, Role.EVALUATOR):
        with pytest.raises(NotAllowed):
            make_record(made.installation, made.by(role), made.row)
    assert make_record(made.installation, made.by(Role.OVERSIGHT), made.row).told["reviews"] == []


def test_copies_that_were_made_are_told_and_stand_in_the_next_one(made: Recorded, document: Document) -> None:
    oversight = made.by(Role.OVERSIGHT)
    again = make_record(made.installation, oversight, made.row)
    assert [one["digest"] for one in again.told["copies"]] == [document.digest]
    newest, first = copies_of(made.installation, oversight, made.row)
    assert (newest.by, newest.digest, newest.whom) == (oversight.name, again.digest, "oversight")
    assert first.index == document.told["ledger"]["size"]
    with pytest.raises(NotAllowed):
        copies_of(made.installation, made.by(Role.OPERATOR), made.row)


def test_a_deployment_that_the_ledger_does_not_know_has_no_record(made: Recorded) -> None:
    row = deployment(0x55)
    made.installation.store.write(lambda work: work.deployments.add(row))
    with pytest.raises(NothingRecorded):
        make_record(made.installation, made.by(Role.AUDITOR), row)


def test_one_of_an_earlier_version_says_what_was_not_kept(made: Recorded) -> None:
    row: DeploymentRow = deployment(0x56)

    def change(work: Work) -> None:
        work.deployments.add(row)
        work.record("deployment.made", deployment=row.id, facts={"digest": row.digest})

    made.installation.store.write(change)
    told = make_record(made.installation, made.by(Role.AUDITOR), row).told
    assert (told["said"], told["policy"], told["list"], told["authority"], told["alerts"]) == (None, None, None, [], [])
