"""Drafts: opened by their passphrase, approved by a second person, taken by one deployment while every rule holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from overt.domain.errors import BadWatchList, Refused
from overt.domain.retention import RetentionRules
from overt.domain.roles import NotAllowed
from overt.ledger.entry import Entry
from overt.services.drafts import (
    DraftAltered,
    ListRefused,
    NoDraft,
    approve,
    find_draft,
    open_draft,
    take,
    withdraw,
)
from overt.services.erase import erase_draft
from overt.services.installation import Installation
from overt.services.people import SecondPersonNeeded
from overt.services.sealed_lists import listed_person, open_list, seal_list
from overt.store.records import DraftRow
from overt.testing.fixed_clock import FixedClock
from overt.testing.memory_store import MemoryStore
from overt.vault.errors import WrongKey
from overt.vault.seal import seal
from tests.drafting import MADE_BY, UK, Team, imported, listed, team
from tests.installations import PASSPHRASE, in_memory, kinds
from tests.unit.services.keeping import entered

REASON = "her mother gave us the picture"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def installation(clock: FixedClock) -> Installation:
    return in_memory(clock)


@pytest.fixture
def people(installation: Installation) -> Team:
    return team(installation)


@pytest.fixture
def draft(installation: Installation, people: Team, tmp_path: Path) -> str:
    """Of dan, of eve, who needs an approval, and of fay, who expires after two hours."""
    folder = listed(
        tmp_path / "list",
        ["dan", "eve", "fay"],
        eve={"age": "13-17", "category": "missing-at-risk", "response": "welfare"},
        fay={"expires": "2026-11-22T11:00:00Z"},
    )
    return imported(installation, folder, people.ann).draft


def approved(installation: Installation, draft: str, people: Team) -> None:
    approve(installation, draft, 1, reason=REASON, passphrase=PASSPHRASE, by=people.ben)


def row_of(installation: Installation, draft: str) -> DraftRow:
    found = installation.store.read(lambda work: work.drafts.get(draft))
    assert found is not None
    return found


def tables(installation: Installation) -> Any:
    assert isinstance(installation.store, MemoryStore)
    return installation.store._tables


def test_a_list_that_waits_for_an_approval_is_not_taken(installation: Installation, draft: str) -> None:
    with pytest.raises(ListRefused, match=r"eve needs the approval .*under-18.*second_approval_under_age") as refused:
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    assert [one.rule for one in refused.value.broken] == ["second_approval_under_age"]


def test_a_second_person_approves_with_a_reason_and_the_list_is_taken(
    installation: Installation, people: Team, draft: str
) -> None:
    person = approve(installation, draft, 1, reason=f" {REASON} ", passphrase=PASSPHRASE, by=people.ben)
    assert person.reference == "eve"
    taken = take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    assert taken.references == ("dan", "eve", "fay")
    assert taken.about == ("listed", "listed", "listed")
    assert taken.row_entry.tolist() == [0, 1, 2]
    assert taken.row_entry.dtype == np.int32
    assert taken.templates.dtype == np.float32
    assert taken.expires_us[2] == installation.clock.now_us() + 7200_000_000
    assert taken.fields[1]["approval"] == REASON
    assert taken.fields[1]["approved_by"] == people.ben.id
    assert "approval" not in taken.fields[0]
    assert kinds(installation)[1:] == ["paper.filed", "entry.approved"]


def test_the_reason_stands_nowhere_unsealed(installation: Installation, people: Team, draft: str) -> None:
    approved(installation, draft, people)
    assert "mother" not in repr(vars(tables(installation)))
    rows = installation.store.read(lambda work: list(work.ledger.rows()))
    assert b"mother" not in b"".join(row.entry for row in rows)
    assert Entry.from_bytes(rows[-1].entry).facts == {"draft": draft, "position": 1}
    assert Entry.from_bytes(rows[-1].entry).actor == people.ben.id


def test_a_taken_list_is_sealed_with_all_that_is_known_about_its_entries(
    installation: Installation, people: Team, draft: str
) -> None:
    approved(installation, draft, people)
    taken = take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    deployment = entered(installation)
    sealed = seal_list(installation, deployment, taken, "the deployment's own words", rules=RetentionRules())
    person = listed_person(installation, sealed, 1)
    assert person is not None
    assert person.reference == "eve"
    assert person.fields["ground"] == "failed to appear, eve"
    assert person.fields["approval"] == REASON
    assert person.picture == taken.jpegs[1]
    assert open_list(installation, sealed.row, "the deployment's own words")[1].references == taken.references
    assert erase_draft(installation, draft, "taken")
    with pytest.raises(NoDraft, match="was erased"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_who_imported_a_list_approves_none_of_its_entries(installation: Installation, people: Team, draft: str) -> None:
    with pytest.raises(SecondPersonNeeded):
        approve(installation, draft, 1, reason=REASON, passphrase=PASSPHRASE, by=people.ann)


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_approval_says_why(installation: Installation, people: Team, draft: str, reason: str) -> None:
    with pytest.raises(Refused, match="says why"):
        approve(installation, draft, 1, reason=reason, passphrase=PASSPHRASE, by=people.ben)


def test_only_list_managers_approve_and_withdraw(installation: Installation, people: Team, draft: str) -> None:
    with pytest.raises(NotAllowed):
        approve(installation, draft, 1, reason=REASON, passphrase=PASSPHRASE, by=people.cat)
    with pytest.raises(NotAllowed):
        withdraw(installation, draft, 1, by=people.cat)


def test_an_entry_is_approved_once_and_only_where_it_is(installation: Installation, people: Team, draft: str) -> None:
    approved(installation, draft, people)
    for position in (1, 7):
        with pytest.raises(NoDraft, match=f"entry {position}"):
            approve(installation, draft, position, reason=REASON, passphrase=PASSPHRASE, by=people.ben)


def test_an_entry_that_is_withdrawn_while_it_is_approved_is_not_approved(
    installation: Installation, people: Team, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdrawing(*arguments: Any) -> bytes:
        withdraw(installation, draft, 1, by=people.ann)
        return seal(*arguments)

    monkeypatch.setattr("overt.services.drafts.seal", withdrawing)
    with pytest.raises(NoDraft, match="just now"):
        approved(installation, draft, people)


def test_an_approval_needs_the_passphrase(installation: Installation, people: Team, draft: str) -> None:
    with pytest.raises(WrongKey, match="passphrase"):
        approve(installation, draft, 1, reason=REASON, passphrase="another horse battery", by=people.ben)


def test_an_approval_that_nobody_gave_counts_for_nothing(installation: Installation, people: Team, draft: str) -> None:
    """Whoever can write to the database can name an account there, but cannot seal a reason."""
    installation.store.write(lambda work: work.drafts.approve(draft, 1, people.ben.id))
    with pytest.raises(ListRefused, match="eve needs the approval"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_an_approval_by_who_imported_the_list_counts_for_nothing(
    installation: Installation, people: Team, draft: str
) -> None:
    approved(installation, draft, people)
    kept = tables(installation)
    (paper,) = kept.papers.values()
    kept.papers[paper.id] = replace(paper, account=people.ann.id)
    kept.draft_entries[draft, 1] = replace(kept.draft_entries[draft, 1], approved_by=people.ann.id)
    with pytest.raises(ListRefused, match="eve needs the approval"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_a_reason_sealed_for_another_entry_does_not_open(installation: Installation, people: Team, draft: str) -> None:
    approved(installation, draft, people)
    kept = tables(installation)
    (paper,) = kept.papers.values()
    kept.papers[paper.id] = replace(paper, about=f"{draft}/0")
    kept.draft_entries[draft, 0] = replace(kept.draft_entries[draft, 0], approved_by=people.ben.id)
    kept.draft_entries[draft, 1] = replace(kept.draft_entries[draft, 1], approved_by=None)
    with pytest.raises(WrongKey):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_a_withdrawn_entry_is_gone_and_counted(installation: Installation, people: Team, draft: str) -> None:
    withdraw(installation, draft, 1, by=people.ben)
    row = row_of(installation, draft)
    assert (row.entries, row.withdrawn) == (3, 1)
    assert take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY).references == ("dan", "fay")
    with pytest.raises(NoDraft, match="no entry 1"):
        withdraw(installation, draft, 1, by=people.ben)
    assert kinds(installation) == ["list.imported", "draft.withdrawn"]


def test_an_entry_that_expired_meanwhile_is_not_taken(
    installation: Installation, clock: FixedClock, people: Team, draft: str
) -> None:
    approved(installation, draft, people)
    clock.advance(7200)
    assert take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY).references == ("dan", "eve")


def test_a_draft_from_which_everybody_is_gone_is_refused(installation: Installation, people: Team, draft: str) -> None:
    for position in range(3):
        withdraw(installation, draft, position, by=people.ben)
    with pytest.raises(BadWatchList, match="Nobody is left"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_a_ground_that_grew_old_in_the_draft_refuses_the_list(
    installation: Installation, clock: FixedClock, people: Team, draft: str
) -> None:
    approved(installation, draft, people)
    clock.advance(23 * 3600)
    assert len(take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY).references) == 2
    clock.advance(1)
    with pytest.raises(ListRefused, match=r"checked 24\.0 hours ago.*ground_age_max_h"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_a_list_is_judged_by_the_policy_of_the_deployment(installation: Installation, people: Team, draft: str) -> None:
    approved(installation, draft, people)
    stricter = replace(UK, list_max=2, trusted_sources=("police",), categories=("witness", "missing-at-risk", "victim"))
    with pytest.raises(ListRefused) as refused:
        take(installation, draft, PASSPHRASE, rules=stricter, made_by=MADE_BY)
    assert [one.rule for one in refused.value.broken] == [
        *("list_max", "categories", "trusted_sources", "categories", "trusted_sources")
    ]


def test_a_list_that_was_imported_with_another_pack_is_not_taken(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    found = imported(installation, listed(tmp_path / "list", ["dan", "eve"]), people.ann)
    with pytest.raises(BadWatchList, match="imported with another model pack"):
        take(installation, found.draft, PASSPHRASE, rules=UK, made_by="another pack")


def test_of_very_many_faults_the_first_are_told(installation: Installation, people: Team, tmp_path: Path) -> None:
    found = imported(installation, listed(tmp_path / "many", [f"p{at}" for at in range(12)]), people.ann)
    with pytest.raises(ListRefused, match="and 2 more") as refused:
        take(installation, found.draft, PASSPHRASE, rules=replace(UK, responses=("speak", "welfare")), made_by=MADE_BY)
    assert len(refused.value.broken) == 12


def test_a_draft_lives_for_a_day(installation: Installation, clock: FixedClock, draft: str) -> None:
    clock.advance(86_400 - 1e-6)
    assert find_draft(installation, draft).id == draft
    clock.advance(1e-6)
    with pytest.raises(NoDraft, match="its time was over at 2026-11-23T09:00:00"):
        find_draft(installation, draft)


def test_a_draft_that_is_not_finished_is_not_taken(installation: Installation, draft: str) -> None:
    kept = tables(installation)
    kept.drafts[draft] = replace(kept.drafts[draft], sealed_us=None)
    with pytest.raises(NoDraft, match="was not finished"):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


def test_an_entry_that_was_taken_away_unseen_is_noticed(installation: Installation, draft: str) -> None:
    del tables(installation).draft_entries[draft, 1]
    with pytest.raises(DraftAltered):
        take(installation, draft, PASSPHRASE, rules=UK, made_by=MADE_BY)


@pytest.mark.parametrize("how", ["altered", "another place", "another passphrase"])
def test_what_was_altered_does_not_open(installation: Installation, draft: str, how: str) -> None:
    entries = tables(installation).draft_entries
    words = "another horse battery" if how == "another passphrase" else PASSPHRASE
    if how == "altered":
        sealed = bytearray(entries[draft, 0].sealed)
        sealed[-1] ^= 1
        entries[draft, 0] = replace(entries[draft, 0], sealed=bytes(sealed))
    elif how == "another place":
        entries[draft, 0] = replace(entries[draft, 0], sealed=entries[draft, 1].sealed)
    with pytest.raises(WrongKey):
        open_draft(installation, row_of(installation, draft), words)


def test_volunteers_and_decoys_are_told_apart_from_those_who_are_looked_for(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    trial = {"source": "taken-with-consent", "response": "speak"}
    folder = listed(
        tmp_path / "trial",
        ["dan", "eve", "fay"],
        eve={**trial, "category": "volunteer"},
        fay={**trial, "category": "decoy"},
    )
    found = imported(installation, folder, people.ann)
    taken = take(installation, found.draft, PASSPHRASE, rules=UK, made_by=MADE_BY)
    assert taken.about == ("listed", "volunteer", "decoy")
