"""Evidence leaves by one door: two people, a case, sealed to the recipient, recorded first, and all of it proved."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from overt.domain.deciding import NotDecided, NoWords
from overt.domain.decision import Recipient, Verdict
from overt.domain.disclosing import BadDisclosure
from overt.domain.errors import OvertError
from overt.ledger.entry import Entry
from overt.services import disclosing
from overt.services.adjudicate import AlertErased, NoSuchAlert, evidence
from overt.services.erase import erase_alert
from overt.services.evidence_file import read_evidence
from overt.services.installation import Installation
from overt.services.outcomes import DISCLOSURE, alert_record
from overt.services.record import NotInLedger
from overt.vault.recipient import BadRecipientKey, open_sealed
from tests.installations import kinds
from tests.stores import uuid
from tests.unit.services.handed_over import CASE, KEY, PUBLIC, WHY, evidential, handed, over
from tests.unit.services.keeping import ANN, BEN, RULES, Kept, entered, raised
from tests.unit.services.policed import jpeg, with_pictures
from tests.unit.services.verdicts import ONE, TWO, WORDS, decided

CAT = uuid(0xAC)


def last_entry(installation: Installation) -> Entry:
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    return Entry.from_bytes(last.entry)


def test_the_recipient_gets_pictures_record_and_proofs_and_it_is_recorded_and_counted(
    installation: Installation,
) -> None:
    alert = evidential(installation)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=CAT, rules=RULES)
    out = handed(installation, alert)
    entry = last_entry(installation)
    (paper,) = installation.store.read(lambda work: work.papers.about(DISCLOSURE, alert))
    assert (entry.kind, entry.actor, entry.deployment) == ("alert.disclosed", ANN, entered(installation).id)
    assert {name: entry.facts[name] for name in ("alert", "disclosure", "to", "pictures", "seconded_by")} == {
        "alert": alert,
        "disclosure": paper.id,
        "to": "court",
        "pictures": 2,
        "seconded_by": BEN,
    }
    assert (entry.facts["why"], entry.facts["case"]) == (installation.digest(WHY), installation.digest(CASE))
    assert out.name == f"evidence-{paper.id}.overt"
    opened = read_evidence(open_sealed(KEY, out.sealed), installation.public_key)
    assert opened.parts["pictures/listed.jpg"] == jpeg(60)
    assert opened.parts["pictures/passage-1.jpg"] == jpeg(200)
    assert json.loads(opened.parts["entry.json"])["reference"] == "bob"
    record = json.loads(opened.parts["record.json"])
    assert record == json.loads(json.dumps(out.record)) == alert_record(installation, alert, ONE)
    assert record["disclosed"][0] | {"at": ""} == {"at": "", "to": "court", "account": ANN, "pictures": 2}
    assert [one.kind for one in opened.entries] == ["alert.raised", "alert.decided", "alert.disclosed"]
    assert opened.head.size == entry.index + 1
    for secret in (WORDS, WHY, CASE):
        assert secret.encode() not in b"".join(opened.parts.values())


def test_nothing_of_the_pictures_can_be_read_from_what_leaves(installation: Installation) -> None:
    out = handed(installation, evidential(installation))
    for plain in (jpeg(60)[20:52], jpeg(200)[20:52], b"\xff\xd8\xff", b"bob", CASE.encode()):
        assert plain not in out.sealed


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"why": " - "}, NoWords),
        ({"case": " "}, BadDisclosure),
        ({"to": Recipient.SUBJECT}, BadDisclosure),
        ({"key": "x25519:" + "0" * 64}, BadRecipientKey),
        ({"key": PUBLIC[:-1]}, BadRecipientKey),
        ({"seconded_by": ANN}, BadDisclosure),
        ({"account": CAT}, BadDisclosure),
        ({"seconded_by": CAT}, BadDisclosure),
    ],
    ids=["no reason", "no case", "the person", "low order", "half a key", "alone", "who decided", "second decided"],
)
def test_what_may_not_be_is_refused_and_nothing_leaves(
    installation: Installation, change: dict[str, Any], error: type[OvertError]
) -> None:
    alert = evidential(installation)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=CAT, rules=RULES, policy=TWO)
    before = kinds(installation)
    with pytest.raises(error):
        handed(installation, alert, **change)
    assert kinds(installation) == before
    assert installation.store.read(lambda work: work.papers.about(DISCLOSURE, alert)) == []


def test_without_pictures_or_without_an_entry_there_is_no_evidence(installation: Installation) -> None:
    erased = evidential(installation)
    erase_alert(installation, erased, "by-hand")
    never = over(installation, with_pictures(installation, raised(installation)))
    for alert, error in ((erased, AlertErased), (never, NotInLedger), (uuid(0x99), NoSuchAlert)):
        with pytest.raises(error):
            handed(installation, alert)
    assert "alert.disclosed" not in kinds(installation)


def test_nothing_leaves_of_an_alert_on_which_verdicts_are_outstanding(installation: Installation) -> None:
    alert = evidential(installation, waits=True)
    with pytest.raises(NotDecided):
        handed(installation, alert)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=CAT, rules=RULES, policy=TWO)
    with pytest.raises(NotDecided):
        handed(installation, alert, rules=TWO)
    assert "alert.disclosed" not in kinds(installation)
    assert installation.store.read(lambda work: work.papers.about(DISCLOSURE, alert)) == []
    assert handed(installation, over(installation, alert), rules=TWO).pictures == 2


def test_a_rehearsal_kept_no_picture_so_none_leaves(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = evidential(installation)
    seen = evidence(installation, alert)
    monkeypatch.setattr(disclosing, "evidence", lambda *_: replace(seen, listed=None, pictures=()))
    with pytest.raises(AlertErased, match="rehearsal"):
        handed(installation, alert)


def test_entries_are_found_in_a_long_ledger_by_halving(
    installation: Installation, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosing, "BATCH", 3)
    for _ in range(2):
        for _ in range(10):
            installation.store.write(lambda work: work.record("test.noted"))
        kept.clock.advance(7200)
    alert = evidential(installation)
    kept.clock.advance(7200)
    for _ in range(10):
        installation.store.write(lambda work: work.record("test.noted"))
    opened = read_evidence(open_sealed(KEY, handed(installation, alert).sealed))
    assert [one.kind for one in opened.entries] == ["alert.raised", "alert.disclosed"]
