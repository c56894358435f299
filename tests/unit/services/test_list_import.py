"""Importing a list: entries whole or refused, batch by batch, resumed where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from overt.domain.roles import NotAllowed
from overt.ledger.entry import Entry
from overt.services import list_import, list_reading
from overt.services.drafts import ListRefused, NoDraft, open_draft
from overt.services.erase import erase_draft
from overt.services.installation import Installation
from overt.services.people import Account, SecondPersonNeeded
from overt.store.records import DraftRow
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_reader import ToyFace, ToyReader, paint
from overt.vault.errors import WeakPassphrase, WrongKey
from tests.drafting import Team, imported, listed, roomy, team
from tests.installations import PASSPHRASE, in_memory, kinds


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def installation(clock: FixedClock) -> Installation:
    return in_memory(clock)


@pytest.fixture
def people(installation: Installation) -> Team:
    return team(installation)


def draft_row(installation: Installation, draft: str) -> DraftRow:
    found = installation.store.read(lambda work: work.drafts.get(draft))
    assert found is not None
    return found


def newest_facts(installation: Installation) -> dict[str, Any]:
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    return dict(Entry.from_bytes(last.entry).facts)


def test_a_list_becomes_a_draft_of_sealed_entries(installation: Installation, people: Team, tmp_path: Path) -> None:
    began: list[str] = []
    told: list[tuple[int, int]] = []
    report = imported(
        installation,
        listed(tmp_path / "list", ["dan", "eve"]),
        people.ann,
        began=began.append,
        progress=lambda done, of: told.append((done, of)),
    )
    assert report.clean
    assert (report.entries, report.left_out, report.waiting) == (2, (), ())
    assert began == [report.draft]
    assert told == [(1, 2), (2, 2)]
    row = draft_row(installation, report.draft)
    assert (row.entries, row.made_by, row.erase_after_us - row.made_us) == (2, people.ann.id, 86_400_000_000)
    assert row.sealed_us == installation.clock.now_us()
    first, second = open_draft(installation, row, PASSPHRASE)
    assert (first.person.reference, second.person.reference) == ("dan", "eve")
    assert first.person.fields["ground"] == "failed to appear, dan"
    assert first.person.picture.startswith(b"\xff\xd8")
    assert kinds(installation) == ["list.imported"]
    assert newest_facts(installation) == {"draft": report.draft, "entries": 2, "refused": 0}


def test_what_is_plain_in_the_store_names_nobody(installation: Installation, people: Team, tmp_path: Path) -> None:
    report = imported(installation, listed(tmp_path / "list", ["dan"], dan={"offence": "arson"}), people.ann)
    ((_, facts, approved),) = installation.store.read(lambda work: work.drafts.facts(report.draft))
    assert approved is None
    assert dict(facts) == {
        "category": "wanted-by-court",
        "source": "custody",
        "serious": True,
        "age": "adult",
        "response": "arrest",
        "ground_checked_us": installation.clock.now_us() - 3_600_000_000,
        "picture_date": "2026-11-01",
        "expires_us": installation.clock.now_us() + 48 * 3_600_000_000,
        "needs": [],
    }
    (entry,) = installation.store.read(lambda work: work.drafts.entries(report.draft))
    assert not any(word in entry.sealed for word in (b"dan", b"arson", b"appear"))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"category": "intelligence"}, "categories"),
        ({"ground": ""}, "entry_fields"),
        ({"source": "lfr-alert"}, "sources"),
        ({"response": "kill"}, "responses"),
        ({"category": "victim"}, "welfare_only"),
        ({"ground_checked_at": "2026-11-21T08:59:59Z"}, "ground_age_max_h"),
        ({"picture_date": "2027-01-01"}, "picture_age_max_years"),
        ({"age": "old"}, "entry_fields"),
        ({"expires": "2026-11-22T09:00:00Z"}, "expires"),
        ({"category": "x", "response": "y"}, "categories, responses"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_left_out_and_told(
    installation: Installation, people: Team, tmp_path: Path, change: dict[str, str], rule: str
) -> None:
    report = imported(installation, listed(tmp_path / "list", ["dan", "eve"], eve=change), people.ann)
    (left_out,) = report.left_out
    assert (left_out.entry, left_out.rule) == ("eve", rule)
    assert "eve" in left_out.why
    assert not report.clean
    assert [one.person.reference for one in opened(installation, report.draft)] == ["dan"]
    assert newest_facts(installation)["refused"] == 1


def opened(installation: Installation, draft: str) -> Any:
    return open_draft(installation, draft_row(installation, draft), PASSPHRASE)


def test_an_entry_without_a_row_is_left_out(installation: Installation, people: Team, tmp_path: Path) -> None:
    folder = listed(tmp_path / "list", ["dan"])
    Image.fromarray(paint(ToyFace(person=9))[:, :, ::-1]).save(folder / "eve.png")
    (left_out,) = imported(installation, folder, people.ann).left_out
    assert left_out.entry == "eve"
    assert left_out.rule == "entry_fields, ground_age_max_h"


def test_an_entry_without_a_picture_that_can_be_used_is_left_out(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    faces = {"dan": ToyFace(person=1), "eve": None, "fay": ToyFace(person=2, quirk="blurred")}
    report = imported(installation, listed(tmp_path / "list", faces), people.ann)
    assert [(one.entry, one.rule) for one in report.left_out] == [("eve", "pictures"), ("fay", "pictures")]
    assert "eve.png: no face was found" in report.left_out[0].why
    assert "blurred" in report.left_out[1].why


def test_further_pictures_of_an_entry_that_cannot_be_used_are_told(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    folder = listed(tmp_path / "list", ["dan"])
    (folder / "dan.png").unlink()
    (folder / "dan").mkdir()
    for name, face in (("1", ToyFace(person=3)), ("2", ToyFace(person=3)), ("3", ToyFace(person=3, likeness=50))):
        Image.fromarray(paint(face)[:, :, ::-1]).save(folder / "dan" / f"{name}.png")
    report = imported(installation, folder, people.ann)
    assert (report.entries, report.left_out) == (1, ())
    assert [one.picture for one in report.unused] == ["dan/2.png"]
    assert "duplicate" in report.unused[0].reasons[0]
    assert not report.clean
    ((person),) = opened(installation, report.draft)
    assert person.person.templates.shape == (2, 128)


def test_entries_that_need_an_approval_are_told(installation: Installation, people: Team, tmp_path: Path) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve"], eve={"age": "13-17", "source": "family"})
    report = imported(installation, folder, people.ann)
    (waiting,) = report.waiting
    assert (waiting.position, waiting.entry, waiting.needs) == (1, "eve", ("under-18", "foreign-source"))
    assert report.clean
    facts = installation.store.read(lambda work: work.drafts.facts(report.draft))[1][1]
    assert facts["needs"] == ["under-18", "foreign-source"]


def test_look_alikes_are_told_with_those_first_who_are_listed_with_a_ground(
    installation: Installation, people: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = {name: ToyFace(person=at, likeness=150 + 5 * at) for at, name in enumerate(("dan", "eve", "fay"))}
    monkeypatch.setattr(list_reading, "broken_entry", lambda *_: ())  # every policy wants a ground
    folder = listed(tmp_path / "list", faces, fay={"ground": ""})
    report = imported(installation, folder, people.ann)
    assert [(pair.first.entry, pair.second.entry) for pair in report.look_alikes] == [
        *(("dan", "eve"), ("eve", "fay"), ("dan", "fay"))
    ]
    assert report.look_alikes[0].score < report.look_alikes[1].score
    assert report.clean


def test_more_entries_than_the_policy_allows_are_refused_before_anything_is_read(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve", "fay"])
    with pytest.raises(ListRefused, match=r"3 entries, and the policy allows 2 \(list_max\)"):
        imported(installation, folder, people.ann, rules=roomy(list_max=2))
    assert installation.keyring.names() == frozenset()


def test_a_list_that_is_not_serious_enough_is_told(installation: Installation, people: Team, tmp_path: Path) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve", "fay"], eve={"serious": "no"}, fay={"serious": "no"})
    report = imported(installation, folder, people.ann)
    assert [one.rule for one in report.broken] == ["min_serious_share"]
    assert not report.clean


def test_of_a_list_without_a_usable_entry_nothing_is_kept(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    report = imported(installation, listed(tmp_path / "list", ["dan"], dan={"ground": ""}), people.ann)
    assert (report.draft, report.entries, report.clean, report.broken) == ("", 0, False, ())
    assert installation.keyring.names() == frozenset()
    assert installation.store.read(lambda work: work.drafts.all()) == []
    assert kinds(installation) == []


def test_only_a_list_manager_imports(installation: Installation, people: Team, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        imported(installation, listed(tmp_path / "list", ["dan"]), people.cat)
    with pytest.raises(WeakPassphrase):
        imported(installation, tmp_path / "list", people.ann, passphrase="short")
    assert installation.keyring.names() == frozenset()


class Interrupted(Exception):
    pass


def interrupted(
    installation: Installation, folder: Path, by: Account, monkeypatch: pytest.MonkeyPatch, *, at: int
) -> str:
    """The draft of an import that ended at that picture, in batches of two."""
    monkeypatch.setattr(list_import, "BATCH", 2)
    began: list[str] = []

    def tell(done: int, _: int) -> None:
        if done == at:
            raise Interrupted

    with pytest.raises(Interrupted):
        imported(installation, folder, by, progress=tell, began=began.append)
    return began[0]


def test_an_interrupted_import_goes_on_where_it_stopped(
    installation: Installation, people: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve", "fay", "gil", "hal"], gil={"ground": ""})
    draft = interrupted(installation, folder, people.ann, monkeypatch, at=3)
    assert draft_row(installation, draft).entries == 2
    assert draft_row(installation, draft).sealed_us is None
    seen: list[int] = []

    class Counting(ToyReader):
        def portraits(self, picture: Any) -> Any:
            seen.append(int(picture[10, 10, 1]))
            return super().portraits(picture)

    monkeypatch.setattr("tests.drafting.ToyReader", Counting)
    report = imported(installation, folder, people.ann, resume=draft)
    assert sorted(seen) == [2, 4]  # neither those that are sealed nor the refused one are read
    assert (report.draft, report.entries, [one.entry for one in report.left_out]) == (draft, 4, ["gil"])
    assert [one.person.reference for one in opened(installation, draft)] == ["dan", "eve", "fay", "hal"]
    assert [one.position for one in opened(installation, draft)] == [0, 1, 2, 3]


def test_look_alikes_of_what_was_sealed_before_are_told_too(
    installation: Installation, people: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = {name: ToyFace(person=at, likeness=150) for at, name in enumerate(("dan", "eve", "fay"))}
    folder = listed(tmp_path / "list", faces)
    draft = interrupted(installation, folder, people.ann, monkeypatch, at=3)
    report = imported(installation, folder, people.ann, resume=draft)
    assert {(pair.first.entry, pair.second.entry) for pair in report.look_alikes} == {
        *(("dan", "eve"), ("dan", "fay"), ("eve", "fay"))
    }
    assert report.look_alikes[0].first.picture == "imported earlier"


def test_only_who_began_an_import_goes_on_with_it_and_with_its_passphrase(
    installation: Installation, people: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve", "fay"])
    draft = interrupted(installation, folder, people.ann, monkeypatch, at=3)
    with pytest.raises(SecondPersonNeeded):
        imported(installation, folder, people.ben, resume=draft)
    with pytest.raises(WrongKey):
        imported(installation, folder, people.ann, resume=draft, passphrase="another horse battery")
    imported(installation, folder, people.ann, resume=draft)
    with pytest.raises(NoDraft, match="is finished"):
        imported(installation, folder, people.ann, resume=draft)
    with pytest.raises(NoDraft, match="There is no draft"):
        imported(installation, folder, people.ann, resume="another")


def test_two_imports_into_one_draft_do_not_mix(
    installation: Installation, people: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve", "fay", "gil", "hal"])
    draft = interrupted(installation, folder, people.ann, monkeypatch, at=3)

    def other(done: int, _: int) -> None:
        if done == 3:
            imported(installation, folder, people.ann, resume=draft)

    with pytest.raises(NoDraft, match="finished meanwhile"):
        imported(installation, folder, people.ann, resume=draft, progress=other)
    assert len(opened(installation, draft)) == 5


def test_a_draft_that_is_erased_during_its_import_takes_nothing_more(
    installation: Installation, people: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = listed(tmp_path / "list", ["dan", "eve"])
    monkeypatch.setattr(list_import, "BATCH", 1)
    began: list[str] = []

    def erase(done: int, _: int) -> None:
        if done == 2:
            erase_draft(installation, began[0], "by-hand")

    with pytest.raises(NoDraft, match="erased or finished meanwhile"):
        imported(installation, folder, people.ann, began=began.append, progress=erase)
