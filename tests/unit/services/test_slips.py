"""Slips: made, signed, counted, checked after everything is erased."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from overt.domain.deciding import NoContact
from overt.domain.decision import Followed, Means, Result, Verdict
from overt.ledger.entry import Entry, Fact
from overt.ledger.slip import WITHHELD, Slip, read, require_in_record
from overt.services import slips
from overt.services.adjudicate import NoSuchAlert
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.services.record import inclusion
from overt.services.slips import Given, NoSlip, give, last_given
from tests.installations import kinds
from tests.stores import uuid
from tests.unit.services.keeping import ANN, BEN, RULES, Kept, raised
from tests.unit.services.policed import policed
from tests.unit.services.test_outcomes import concluded
from tests.unit.services.verdicts import ONE, TWO, decided

COMPLAINTS = "Complaints, 1 Some Street"


def accepted(installation: Installation, *accounts: str, recorded: bool = True) -> str:
    policed(installation)
    alert = raised(installation)
    facts: dict[str, Fact] = {"alert": alert}
    if recorded:
        installation.store.write(lambda work: work.record("alert.raised", facts=facts))
    for account in accounts or (ANN, BEN):
        decided(installation, alert, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=TWO)
    return alert


def given(installation: Installation, alert: str) -> tuple[Given, Slip]:
    found = give(installation, alert, complaints=COMPLAINTS, account=ANN, rules=TWO)
    return found, read(found.text, installation.ledger.key.public_key())


def test_a_slip_says_which_alert_where_when_and_from_which_score_on(installation: Installation, kept: Kept) -> None:
    alert = accepted(installation)
    seen_us = kept.clock.now_us()
    kept.clock.advance(90)
    found, slip = given(installation, alert)
    assert (slip.alert, slip.at_us, slip.given_us) == (alert, seen_us, seen_us + 90_000_000)
    assert (slip.place, slip.camera, slip.threshold) == ("there", "north", "a score of 0.5000 or more")
    assert slip.complaints == COMPLAINTS
    assert slip.so_far.startswith("0 of 0 alerts of this deployment, after identification, were wrong: no figure yet")
    assert found.slips == 1
    assert "bob" not in found.text
    assert ANN not in found.text


def test_a_slip_has_the_figures_of_its_moment(installation: Installation) -> None:
    wrong, right, alert = (accepted(installation) for _ in range(3))
    concluded(installation, right, rules=TWO)
    nothing = {"followed": Followed.NOTHING, "served_aim": False}
    concluded(installation, wrong, rules=TWO, means=Means.DOCUMENT, result=Result.WRONG_PERSON, **nothing)
    _, slip = given(installation, alert)
    assert slip.so_far == (
        "1 of 2 alerts of this deployment, after identification, were wrong: 50 % (1 to 99 %); 3 alerts in all"
    )


def test_each_slip_is_in_the_record_with_its_digest_and_how_many_there_were(installation: Installation) -> None:
    alert = accepted(installation)
    assert last_given(installation, alert) is None
    texts = [given(installation, alert)[0] for _ in range(2)]
    assert last_given(installation, alert) == texts[-1]
    assert kinds(installation).count("alert.slip") == 2, "showing the last one again is no slip"
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    facts = Entry.from_bytes(last.entry).facts
    assert facts["slips"] == 2
    assert facts["digest"] == f"sha256:{hashlib.sha256(texts[-1].text.encode()).hexdigest()}"


def test_a_slip_holds_after_everything_is_erased_and_its_alert_is_proved(installation: Installation) -> None:
    alert = accepted(installation)
    _, slip = given(installation, alert)
    erase_alert(installation, alert, "by-hand")
    proof = inclusion(installation.store, slip.index).record()
    key = installation.ledger.key.public_key()
    assert require_in_record(slip, proof, key).size == installation.store.read(lambda work: work.ledger.size())
    with pytest.raises(NoSlip):
        give(installation, accepted(installation, recorded=False), complaints="a", account=ANN, rules=TWO)


def test_nobody_was_stopped_because_of_an_alert_that_nobody_was_to_act_on(installation: Installation) -> None:
    half = accepted(installation, ANN)
    with pytest.raises(NoContact):
        give(installation, half, complaints="a", account=ANN, rules=TWO)
    with pytest.raises(NoSuchAlert):
        give(installation, uuid(0x99), complaints="a", account=ANN, rules=TWO)
    with pytest.raises(NoSuchAlert):
        last_given(installation, uuid(0x99))
    assert "alert.slip" not in kinds(installation)


def test_nobody_was_stopped_because_of_a_decoy(installation: Installation) -> None:
    alert = accepted(installation)
    row = installation.store.read(lambda work: work.alerts.get(alert))
    assert row is not None
    new = installation.new_id()
    installation.store.write(lambda work: work.alerts.add(replace(row, id=new, about="decoy")))
    decision = installation.store.read(lambda work: work.alerts.decisions(alert))[0]
    decoys = replace(decision, id=installation.new_id(), alert=new)
    installation.store.write(lambda work: work.alerts.decide(decoys))
    with pytest.raises(NoSlip):
        give(installation, new, complaints="a", account=ANN, rules=ONE)


def test_the_threshold_waits_for_everybody_who_has_to_decide(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As things are, "worth a look" stands only then; the slip looks for itself all the same."""
    alert = accepted(installation, ANN)
    monkeypatch.setattr(slips, "require_contact", lambda _: None)
    assert given(installation, alert)[1].threshold == WITHHELD


def test_the_entry_is_found_where_times_turn_back(installation: Installation, kept: Kept) -> None:
    early = accepted(installation)
    for _ in range(40):
        kept.clock.advance(60)
        installation.store.write(lambda work: work.record("test.noted"))
    late = accepted(installation)
    kept.clock.advance(-1200)
    installation.store.write(lambda work: work.record("test.noted"))
    turned = raised(installation)
    assert given(installation, early)[1].index < given(installation, late)[1].index
    facts: dict[str, Fact] = {"alert": turned}
    installation.store.write(lambda work: work.record("alert.raised", facts=facts))
    kept.clock.advance(3600)
    for account in (ANN, BEN):
        decided(installation, turned, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=TWO)
    assert given(installation, turned)[1].index > given(installation, late)[1].index


def test_an_entry_that_only_speaks_of_the_alert_is_not_its_own(installation: Installation) -> None:
    alert = accepted(installation, recorded=False)
    facts: dict[str, Fact] = {"alert": alert}
    installation.store.write(lambda work: work.record("alert.shown", facts=facts))
    with pytest.raises(NoSlip):
        give(installation, alert, complaints="a", account=ANN, rules=TWO)


def test_a_slip_that_no_code_could_hold_is_refused_and_nothing_is_recorded(installation: Installation) -> None:
    alert = accepted(installation)
    before = kinds(installation)
    with pytest.raises(NoSlip, match="too long for a slip"):
        give(installation, alert, complaints="漢" * 700, account=ANN, rules=TWO)
    assert kinds(installation) == before
