"""Was I on a list? What is committed when a list is sealed, who is answered, and what is recorded of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.listed import MOST_A_DAY, BadExemption, BadReference, Identity, TooEarly, TooLate, TooMany
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.roles import NotAllowed, Role, RolesOpposed
from overt.ledger.entry import Entry
from overt.ledger.listing import SUITE, root_of
from overt.ledger.verify_listed import check
from overt.services import listed, listed_answers
from overt.services.ending import cancel, end
from overt.services.erase import erase_listed
from overt.services.listed import CommitmentDiffers, NotCommitted, commit, commitments
from overt.services.listed_answers import Answer, AnswersErased, answer, outputs_of, refuse, requests, term_of
from overt.services.record import NotInLedger
from overt.services.retain import Retained, retain
from overt.services.sealed_lists import open_list
from overt.store.records import DeploymentRow, ListedRow, ListRow, State
from overt.testing.memory_store import MemoryStore
from overt.vault.errors import NoKey
from tests.deployed import Site, quick_passphrases
from tests.installations import PASSPHRASE, in_memory, kinds
from tests.people import person
from tests.stores import uuid
from tests.unit.services.keeping import enrolled, entered, portraits, sealed

H_S = HOUR_US / 1e6


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, "uk-police")


@pytest.fixture
def over(site: Site) -> DeploymentRow:
    """A deployment whose list is erased, at the time from which on it can be answered who was on it."""
    row = site.authorised(site.case(people=("ann", "bob")))
    site.clock.advance((row.closes_us + DAY_US - site.clock.now_us()) / 1e6)
    retain(site.installation)
    return row


def kept(site: Site, row: DeploymentRow) -> ListedRow:
    found = site.installation.store.read(lambda work: work.listed.of(row.id))
    assert found is not None
    return found


def told(site: Site, row: DeploymentRow, reference: str = "ann", **options: Any) -> Answer:
    return answer(site.installation, site.by(Role.AUDITOR), row, reference, Identity.PAPERS, **options)


def entries(site: Site, kind: str) -> list[Entry]:
    rows = site.installation.store.read(lambda work: list(work.ledger.rows()))
    return [entry for row in rows if (entry := Entry.from_bytes(row.entry)).kind.startswith(kind)]


def tables(site: Site) -> Any:
    assert isinstance(site.installation.store, MemoryStore)
    return site.installation.store._tables


def test_a_list_is_committed_in_the_transaction_in_which_it_is_sealed(site: Site) -> None:
    row = site.enter(site.case(people=("ann", "bob")))
    ledger = [one for one in kinds(site.installation) if one.startswith("list.")]
    assert ledger[-2:] == ["list.sealed", "list.committed"]
    found, (entry,) = kept(site, row), entries(site, "list.committed")
    assert entry.facts == {
        "list": found.id,
        "suite": SUITE,
        "key": found.key,
        "root": root_of(found.outputs).hex(),
        "outputs": 2,
        "answer_until_us": row.closes_us + 366 * DAY_US,
    }
    assert len(found.outputs) == 64
    assert f"listed-{found.id}" in site.installation.keyring.names()


def test_a_rehearsal_commits_to_nobody(tmp_path: Path) -> None:
    installation = in_memory()
    sealed(installation, enrolled(portraits(tmp_path / "people", "ann", "bob")))
    row = entered(installation)
    assert installation.store.read(lambda work: work.listed.of(row.id)) is None
    assert not any(name.startswith("listed-") for name in installation.keyring.names())
    with pytest.raises(NotCommitted):
        installation.store.read(lambda work: term_of(work, row))


def test_after_the_erasure_whoever_was_listed_is_told_so_with_a_proof(site: Site, over: DeploymentRow) -> None:
    assert site.installation.store.read(lambda work: work.lists.all())[0].state is State.ERASED
    for reference, is_listed in (("ann", True), (" ANN ", True), ("cat", False)):
        found = told(site, over, reference)
        assert found.listed is is_listed
        record = json.loads(json.dumps(found.record))
        held = check(record, site.installation.ledger.key.public_key())
        assert (held.listed, held.reference) == (is_listed, reference.strip().lower())
        assert record["public_key"] == site.installation.public_key
        assert (record["request"], record["name"]) == (found.request, "High Street")


def test_nothing_that_is_recorded_says_who_asked_or_what_the_answer_was(site: Site, over: DeploymentRow) -> None:
    before = site.installation.store.read(lambda work: work.ledger.size())
    answers = [told(site, over, reference) for reference in ("ann", "cat")]
    rows = site.installation.store.read(lambda work: list(work.ledger.rows(before)))
    found = [Entry.from_bytes(one.entry) for one in rows]
    assert [one.kind for one in found if one.kind != "paper.filed"] == ["listed.asked", "listed.answered"] * 2
    assert [dict(one.facts) for one in found if one.kind == "listed.asked"] == [
        {"request": one.request, "identity": "papers-shown"} for one in answers
    ]
    assert [dict(one.facts) for one in found if one.kind == "listed.answered"] == [
        {"request": one.request} for one in answers
    ]
    written = b"".join(one.entry for one in rows).decode() + repr(tables(site).papers)
    for one in answers:
        digests = (site.installation.digest(one.reference), site.installation.digest(f"nominal:{one.reference}"))
        for secret in (f'"{one.reference}"', one.record["proof"][:64], *digests):
            assert secret not in written
    shapes = [{key: type(value) for key, value in one.facts.items()} for one in found if one.kind == "listed.answered"]
    assert shapes[0] == shapes[1], "an answer that is yes looks like one that is no"


def test_it_is_answered_from_the_delay_on_and_until_the_key_is_destroyed(site: Site) -> None:
    row = site.authorised(site.case())
    delay_s = (row.closes_us + DAY_US - site.clock.now_us()) / 1e6
    site.clock.advance(delay_s - 1)
    with pytest.raises(TooEarly):
        told(site, row)
    assert entries(site, "listed.asked") == []
    site.clock.advance(1)
    term = site.installation.store.read(lambda work: term_of(work, row))
    assert (term.from_us, term.until_us) == (site.clock.now_us(), row.closes_us + 366 * DAY_US)
    assert (term.references, len(term.exemptions)) == (2, 5)
    assert told(site, row).listed
    site.clock.advance((term.until_us - site.clock.now_us()) / 1e6 - 1)
    assert told(site, row).listed
    site.clock.advance(1)
    with pytest.raises(TooLate):
        told(site, row)


def test_the_key_is_destroyed_with_a_receipt_and_so_are_the_outputs(site: Site, over: DeploymentRow) -> None:
    found = kept(site, over)
    site.clock.advance((found.answer_until_us - site.clock.now_us()) / 1e6)
    assert retain(site.installation) == Retained(listed=1, sessions=0)
    assert retain(site.installation) == Retained()
    assert kept(site, over) == replace(found, state=State.ERASED, outputs=b"")
    assert f"listed-{found.id}" not in site.installation.keyring.names()
    erased = entries(site, "listed.eras")
    assert [(one.kind, one.deployment, one.facts["listed"]) for one in erased] == [
        ("listed.erasing", over.id, found.id),
        ("listed.erased", over.id, found.id),
    ]


def test_nobody_is_answered_once_the_key_is_gone_before_its_time(site: Site, over: DeploymentRow) -> None:
    erase_listed(site.installation, kept(site, over).id, "test")
    with pytest.raises(AnswersErased):
        told(site, over)


def test_after_a_deployment_that_ended_early_the_delay_runs_from_its_end(site: Site) -> None:
    row = site.authorised(site.case())
    cancel(site.installation, site.by(Role.AUTHORISING_OFFICER), row, "no", site.case().policy.retention(), erase=True)
    site.clock.advance(24 * H_S)
    assert told(site, site.row(row)).listed


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_nobody_but_an_auditor_answers(site: Site, over: DeploymentRow, role: Role) -> None:
    with pytest.raises(NotAllowed):
        answer(site.installation, site.by(role), over, "ann", Identity.PAPERS)
    assert entries(site, "listed.asked") == []


def test_whoever_had_a_part_in_the_deployment_does_not(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    both = person(site.installation, "both", Role.AUDITOR, Role.OPERATOR)
    site.watched(case, row)

    end(site.installation, both, row, case.policy.retention())
    site.clock.advance(48 * H_S)
    with pytest.raises(RolesOpposed):
        answer(site.installation, both, site.row(row), "ann", Identity.PAPERS)


def test_a_sweep_through_names_is_stopped_and_stands_in_the_ledger(site: Site, over: DeploymentRow) -> None:
    for number in range(MOST_A_DAY):
        told(site, over, f"person {number}")
    with pytest.raises(TooMany):
        told(site, over)
    assert len(entries(site, "listed.asked")) == MOST_A_DAY
    site.clock.advance(24 * H_S)
    assert told(site, over).listed


def test_nothing_is_asked_without_a_reference(site: Site, over: DeploymentRow) -> None:
    with pytest.raises(BadReference):
        told(site, over, "  ")
    assert entries(site, "listed.asked") == []


def test_an_answer_is_for_a_head_that_was_published(site: Site, over: DeploymentRow) -> None:
    size = site.installation.store.read(lambda work: work.ledger.size())
    site.installation.store.write(lambda work: work.record("test.noted"))
    assert told(site, over, size=size).record["record"]["size"] == size
    with pytest.raises(NotInLedger):
        told(site, over, size=1)


def refused(site: Site, row: DeploymentRow, exemption: str = "public-security", **who: Any) -> Any:
    by, second = who.get("by", site.by(Role.AUDITOR)), who.get("second", site.by(Role.OVERSIGHT))
    return refuse(site.installation, by, second, row, Identity.PAPERS, exemption)


def test_a_refusal_is_counted_by_its_exemption_and_looks_nothing_up(
    site: Site, over: DeploymentRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shown", "secret_of"):
        monkeypatch.setattr(listed_answers, name, lambda *_: pytest.fail("it was looked up"))
    found = refused(site, over)
    (entry,) = entries(site, "listed.refused")
    second = site.by(Role.OVERSIGHT).id
    assert entry.facts == {"request": found.request, "exemption": "public-security", "seconded_by": second}
    monkeypatch.undo()
    told(site, over)
    refused(site, over, "national-security")
    refused(site, over)
    counted = site.installation.store.read(lambda work: requests(work, over.id))
    assert (counted.asked, counted.answered) == (4, 1)
    assert counted.refused == {"national-security": 1, "public-security": 2}


def test_a_refusal_needs_a_second_person_who_may_and_an_exemption_of_the_policy(
    site: Site, over: DeploymentRow
) -> None:
    auditor = site.by(Role.AUDITOR)
    with pytest.raises(BadExemption, match="two people"):
        refused(site, over, second=auditor)
    with pytest.raises(NotAllowed):
        refused(site, over, second=site.by(Role.OPERATOR))
    with pytest.raises(BadExemption, match="listed_exemptions"):
        refused(site, over, "because")
    assert entries(site, "listed.") == [], "what did not come to be is not counted"


def test_planted_rows_that_were_changed_answer_nobody(site: Site, over: DeploymentRow) -> None:
    """Somebody takes ann out of what is kept, or puts another root there: the ledger has another."""
    honest = kept(site, over)
    without = honest.outputs[32:]
    for row in (
        replace(honest, outputs=without),
        replace(honest, outputs=without, root=root_of(without).hex()),
        replace(honest, outputs=honest.outputs[32:] + honest.outputs[:32]),
        replace(honest, key="00" * 32),
    ):
        tables(site).listed[honest.id] = row
        with pytest.raises(CommitmentDiffers, match="not what the ledger committed to"):
            told(site, over)
    assert entries(site, "listed.answered") == []


def test_planted_a_second_commitment_in_the_ledger_answers_nobody(site: Site, over: DeploymentRow) -> None:
    (entry,) = entries(site, "list.committed")
    site.installation.store.write(
        lambda work: work.record("list.committed", deployment=over.id, facts={**entry.facts, "root": "00" * 32})
    )
    with pytest.raises(CommitmentDiffers, match="2 times"):
        told(site, over)


def test_planted_a_commitment_that_was_never_recorded_answers_nobody(site: Site, over: DeploymentRow) -> None:
    other = uuid(0x99)
    row = site.installation.store.read(lambda work: work.deployments.get(over.id))
    assert row is not None
    tables(site).deployments[other] = replace(row, id=other)
    tables(site).listed[uuid(0x98)] = replace(kept(site, over), id=uuid(0x98), deployment=other)
    with pytest.raises(CommitmentDiffers, match="0 times"):
        told(site, replace(row, id=other))


def test_planted_another_key_in_the_keyring_proves_nothing(site: Site, over: DeploymentRow) -> None:
    name = f"listed-{kept(site, over).id}"
    site.installation.keyring.destroy(name)
    site.installation.keyring.put(name, bytes(32))
    with pytest.raises(CommitmentDiffers, match="cannot be proved"):
        told(site, over)
    assert entries(site, "listed.answered") == []


def test_the_commitment_is_found_also_where_clocks_turned_back(site: Site, over: DeploymentRow) -> None:
    """The entry is of an earlier time than the id of its deployment says."""
    later = replace(over, id=uuid(1).replace("0193527e", "0293527e"))
    (entry,) = entries(site, "list.committed")
    site.installation.store.write(
        lambda work: work.record("list.committed", deployment=later.id, facts=dict(entry.facts))
    )
    assert len(site.installation.store.read(lambda work: commitments(work, later.id))) == 1


def test_all_outputs_are_there_for_an_auditor_as_long_as_the_key(site: Site, over: DeploymentRow) -> None:
    found, auditor = kept(site, over), site.by(Role.AUDITOR)
    outputs = outputs_of(site.installation, auditor, over)
    assert outputs == sorted(outputs)
    assert "".join(outputs) == found.outputs.hex()
    with pytest.raises(NotAllowed):
        outputs_of(site.installation, site.by(Role.LIST_MANAGER), over)
    erase_listed(site.installation, found.id, "test")
    with pytest.raises(AnswersErased):
        outputs_of(site.installation, auditor, over)


def test_how_far_it_is_is_told_entry_by_entry(site: Site, over: DeploymentRow) -> None:
    told_of: list[tuple[int, int]] = []
    commit(site.installation, over, uuid(7), ("ann", "bob"), until_us=7, progress=lambda *done: told_of.append(done))
    assert told_of == [(1, 2), (2, 2)]


def the_list(site: Site) -> ListRow:
    (row,) = site.installation.store.read(lambda work: work.lists.all())
    return row


@pytest.fixture
def open_again() -> Callable[[Site], object]:
    def opening(site: Site) -> object:
        with quick_passphrases():
            return open_list(site.installation, the_list(site), PASSPHRASE)

    return opening


def test_a_list_opens_with_those_who_were_committed(site: Site, open_again: Callable[[Site], object]) -> None:
    row = site.enter(site.case(people=("ann", "bob")))
    open_again(site)
    erase_listed(site.installation, kept(site, row).id, "test")
    open_again(site)


def test_planted_a_list_with_somebody_to_whom_nobody_committed_does_not_open(
    site: Site, open_again: Callable[[Site], object], monkeypatch: pytest.MonkeyPatch
) -> None:

    site.enter(site.case(people=("ann", "bob")))
    monkeypatch.setattr(listed, "normal", lambda reference: "zoe" if reference == "bob" else reference)
    with pytest.raises(CommitmentDiffers, match="Somebody is on this list"):
        open_again(site)
    assert "list.opened" not in kinds(site.installation)


def test_a_copy_of_the_store_without_the_keyring_tries_no_reference(site: Site, over: DeploymentRow) -> None:
    """What is kept, and the ledger, and every key but the one of this list."""
    found = kept(site, over)
    site.installation.keyring.destroy(f"listed-{found.id}")

    with pytest.raises(NoKey):
        told(site, over)
