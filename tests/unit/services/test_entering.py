"""Entering a deployment: refused by the rule's name, or sealed once, with nothing left over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from overt.domain.errors import BadWatchList, OvertError, Refused
from overt.domain.policy import PolicyNotInForce, Suspension
from overt.domain.roles import NotAllowed, Role
from overt.services import entering
from overt.services.case import Case
from overt.services.drafts import ListRefused, NoDraft, take
from overt.services.ending import cancel
from overt.services.entering import enter
from overt.services.erase import erase_draft, finish_begun
from overt.services.lists import WatchList
from overt.services.people import Account
from overt.services.portraits import PortraitReader
from overt.services.terms import nominal
from overt.store.errors import StoreUnavailable
from overt.store.records import DeploymentRow, DeploymentState, State
from overt.testing.toy_reader import ToyFace, ToyReader
from overt.vault.errors import WeakPassphrase
from tests.authority import case_in
from tests.deployed import Site, at_once, breaks, quick_passphrases
from tests.drafting import imported, listed
from tests.installations import PASSPHRASE, kinds
from tests.unit.services.keeping import installation_of, state_of_draft

FAR_AWAY = ((52.5, 0.0), (52.5, 0.0006), (52.5004, 0.0006), (52.5004, 0.0))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with quick_passphrases():
        yield


def nobody() -> PortraitReader:
    raise AssertionError("nothing is to be read")


def entered(site: Site, case: Case, by: Account | None = None, passphrase: str = PASSPHRASE) -> DeploymentRow:
    row, _ = enter(
        site.installation,
        by or site.by(Role.LIST_MANAGER),
        case,
        reader=ToyReader,
        passphrase=lambda _: passphrase,
    )
    return row


def drafts(site: Site) -> list[State]:
    return [one.state for one in site.installation.store.read(lambda work: work.drafts.all())]


def test_a_list_in_a_folder_is_sealed_and_nothing_else_is_left(site: Site) -> None:
    case, told = site.case(people=("ann", "bob", "cat")), list[str]()
    row = site.enter(case, told.append)
    kept = site.installation.store.read(lambda work: work.lists.kept_for(row.id))
    assert kept is not None
    assert (kept.entries, row.terms["rows"], told) == (3, 3, [])
    assert drafts(site) == [State.ERASED]
    names = site.installation.keyring.names()
    assert [name for name in names if name.startswith(("list-", "draft-"))] == [f"list-{kept.id}"]
    wanted = {nominal(site.installation, name) for name in ("ann", "bob", "cat")}
    assert site.installation.store.read(lambda work: work.nominals.of(row.id)) == wanted
    assert kinds(site.installation)[-4:] == ["deployment.made", "list.sealed", "list.committed", "residue.cleared"]
    assert (row.state, row.made_by) == (DeploymentState.NEW, site.by(Role.LIST_MANAGER).id)


def test_who_is_left_out_is_told_with_the_rule_and_who_looks_alike_too(site: Site) -> None:
    case, told = site.case(people=("ann", "bob", "cat")), list[str]()
    folder = case.deployment.folder
    assert folder is not None
    listed(folder / "..", {"twin": ToyFace(person=0)})  # the face of ann
    (folder / "../twin.png").rename(folder / "twin.png")
    (folder / "blind").mkdir()
    listed(folder / "blind", {"one": None, "two": ToyFace(person=7)})
    (folder / "blind/entries.csv").unlink()
    table = (folder / "entries.csv").read_text()
    ann = next(line for line in table.splitlines() if line.startswith("ann,"))
    more = [ann.replace("ann,", f"{name},", 1) for name in ("twin", "blind")]
    lines = [line for line in table.splitlines() if not line.startswith("cat,")]
    (folder / "entries.csv").write_text("\n".join([*lines, *more]) + "\n")
    entered_case = case_in(case.path)
    row, watch_list = enter(
        site.installation,
        site.by(Role.LIST_MANAGER),
        entered_case,
        reader=ToyReader,
        passphrase=lambda _: PASSPHRASE,
        tell=told.append,
    )
    assert sorted(watch_list.references) == ["ann", "blind", "bob", "twin"]
    assert row.digest == entered_case.digest()
    assert any("cat is left out" in one and "(" in one for one in told)
    assert any("one.png is left out" in one for one in told)
    assert any("ann" in one and "twin" in one and "left out" not in one for one in told)


def test_a_list_that_was_imported_is_taken_and_its_draft_dies(site: Site) -> None:
    manager = site.by(Role.LIST_MANAGER)
    case = site.case(people=("ann", "bob"))
    assert case.deployment.folder is not None
    report = imported(site.installation, case.deployment.folder, manager, rules=case.policy.rules)
    text = case.path.read_text().replace(f'folder = "{case.deployment.folder.name}"', f'list = "{report.draft}"')
    case.path.write_text(text)
    asked: list[bool] = []

    def passphrase(new: bool) -> str:
        asked.append(new)
        return PASSPHRASE

    row, watch_list = enter(site.installation, manager, case_in(case.path), reader=nobody, passphrase=passphrase)
    assert (sorted(watch_list.references), asked) == (["ann", "bob"], [False])
    assert state_of_draft(site.installation, report.draft) is State.ERASED
    site.sign(case_in(case.path), row)
    with pytest.raises(Refused, match="entered already"):
        entered(site, case_in(case.path))
    other = site.case("elsewhere", area=FAR_AWAY)
    other.path.write_text(other.path.read_text().replace('folder = "people of elsewhere"', f'list = "{report.draft}"'))
    with pytest.raises(NoDraft):
        entered(site, case_in(other.path))


def test_two_deployments_that_take_one_list_at_once_do_not_both_get_it(tmp_path: Path) -> None:
    with installation_of("in a folder", tmp_path) as kept:
        site = Site(tmp_path, clock=kept.clock)
        site.installation = replace(kept.installation, machine="this machine and home")
        manager, one = site.by(Role.LIST_MANAGER), site.case(people=("ann", "bob"))
        assert one.deployment.folder is not None
        report = imported(site.installation, one.deployment.folder, manager, rules=one.policy.rules)
        cases = (one, site.case("elsewhere", people=("ann", "bob"), area=FAR_AWAY))
        for case in cases:
            assert case.deployment.folder is not None
            folder = f'folder = "{case.deployment.folder.name}"'
            case.path.write_text(case.path.read_text().replace(folder, f'list = "{report.draft}"'))
        waiting = threading.Barrier(len(cases), timeout=20)

        def enter_it(case: Case) -> DeploymentRow:
            def passphrase(_: bool) -> str:
                waiting.wait()
                return PASSPHRASE

            return enter(site.installation, manager, case_in(case.path), reader=nobody, passphrase=passphrase)[0]

        found = at_once(*[partial(enter_it, case) for case in cases])
        assert sum(isinstance(row, DeploymentRow) for row in found) == 1, found
        assert sum(isinstance(error, Refused) for error in found) == 1, found
        assert len(site.installation.store.read(lambda work: work.lists.all())) == 1
        assert drafts(site) == [State.ERASED]


def test_a_list_that_was_taken_between_reading_and_sealing_it_is_not_sealed_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, case = site.by(Role.LIST_MANAGER), site.case(people=("ann", "bob"))
    assert case.deployment.folder is not None
    report = imported(site.installation, case.deployment.folder, manager, rules=case.policy.rules)
    case.path.write_text(
        case.path.read_text().replace(f'folder = "{case.deployment.folder.name}"', f'list = "{report.draft}"')
    )

    def take_late(*arguments: Any, **rules: Any) -> WatchList:
        found = take(*arguments, **rules)
        assert erase_draft(site.installation, report.draft, "taken-elsewhere")
        return found

    monkeypatch.setattr(entering, "take", take_late)
    before = site.installation.keyring.names()
    with pytest.raises(Refused, match="taken by another deployment"):
        entered(site, case_in(case.path))
    assert site.installation.store.read(lambda work: work.lists.all()) == []
    finish_begun(site.installation)
    assert set(site.installation.keyring.names()) < set(before)


def test_what_breaks_a_rule_is_refused_before_a_passphrase_is_asked_for(site: Site) -> None:
    case = site.case(area=((51.5, 0.0), (51.5, 0.1), (51.6, 0.1)), purpose="revenge", opens_h=1)
    with breaks("purposes", "area_max_ha"):
        enter(site.installation, site.by(Role.LIST_MANAGER), case, reader=nobody, passphrase=lambda _: "asked")
    assert drafts(site) == []


@pytest.mark.parametrize("role", [Role.AUTHORISING_OFFICER, Role.OPERATOR, Role.ADMINISTRATOR])
def test_only_a_list_manager_enters(site: Site, role: Role) -> None:
    with pytest.raises(NotAllowed):
        enter(site.installation, site.by(role), site.case(), reader=nobody, passphrase=lambda _: "asked")


def test_under_a_suspended_policy_nothing_is_entered(site: Site) -> None:
    case, now_us = site.case(), site.clock.now_us()
    suspension = Suspension(from_us=now_us, until_us=now_us + 1, reason="a court looks at it")
    with pytest.raises(PolicyNotInForce):
        entered(site, replace(case, policy=replace(case.policy, suspension=suspension)))


def test_a_weak_passphrase_seals_nothing(site: Site) -> None:
    with pytest.raises(WeakPassphrase):
        entered(site, site.case(), passphrase="short")
    assert drafts(site) == []


@pytest.mark.parametrize("over", ["cancelled", "erased", "ended window", "signed"])
def test_what_is_entered_or_over_is_not_entered_again(site: Site, over: str) -> None:
    case = site.case()
    row = site.enter(case)
    says = "entered already"
    if over == "signed":
        site.sign(case, row)
    elif over == "ended window":
        site.clock.set_now(row.closes_us)
    else:
        officer = site.by(Role.AUTHORISING_OFFICER)
        cancel(site.installation, officer, row, "no ground", case.policy.retention(), erase=over == "erased")
        says = "is over" if over == "erased" else says
    with pytest.raises(Refused, match=says):
        entered(site, case)


def test_a_window_that_is_over_is_not_entered_at_all(site: Site) -> None:
    case = site.case(opens_h=-9, hours=8)
    with pytest.raises(Refused, match="window has closed"):
        entered(site, case)


def test_a_list_of_which_nobody_can_be_taken_is_refused_and_nothing_is_kept(site: Site) -> None:
    told: list[str] = []
    case = site.case(entry={"category": "other"})
    with pytest.raises(Refused, match="Nobody on the list"):
        site.enter(case, told.append)
    assert len(told) == 2
    assert all("(categories)" in one for one in told)
    assert drafts(site) == []
    assert kinds(site.installation) == []


def test_a_list_that_breaks_the_policy_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    with pytest.raises(ListRefused, match="min_serious_share"):
        entered(site, site.case(entry={"serious": "no"}))
    assert drafts(site) == [State.ERASED]
    assert site.installation.store.read(lambda work: work.deployments.all()) == []


def test_an_entry_that_waits_for_a_second_person_is_not_sealed(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    with pytest.raises(ListRefused, match="second_approval_under_age") as caught:
        entered(site, site.case(entry={"age": "13-17"}))
    assert "overt list import" in caught.value.todo


def test_a_list_that_is_reused_is_refused_by_name(site: Site) -> None:
    rules = {"list_reuse_max": 0.5}
    site.authorised(site.case(people=("ann", "bob"), rules=rules))
    site.clock.advance(3600 * 8)
    with breaks("list_reuse_max"):
        entered(site, site.case("Market", people=("ann", "bob", "cat"), rules=rules))
    assert drafts(site) == [State.ERASED] * 2
    entered(site, site.case("Square", people=("ann", "dan", "eve"), rules=rules))


def test_what_changes_while_it_is_entered_is_not_sealed(site: Site) -> None:
    case = site.case()

    class Meddler(ToyReader):
        def __init__(self) -> None:
            case.path.write_text(case.path.read_text() + "# more\n")

    with pytest.raises(BadWatchList, match="changed while"):
        enter(
            site.installation,
            site.by(Role.LIST_MANAGER),
            case,
            reader=Meddler,
            passphrase=lambda _: PASSPHRASE,
        )
    assert site.installation.store.read(lambda work: work.lists.all()) == []


def test_an_entering_that_was_cut_off_is_finished_by_somebody_who_may(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = site.case()

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The disk is away.")

    with monkeypatch.context() as patch:
        patch.setattr(entering, "seal_list", away)
        with pytest.raises(StoreUnavailable):
            entered(site, case)
    for role in (Role.AUTHORISING_OFFICER, Role.OPERATOR):
        with pytest.raises(NotAllowed):
            entered(site, case, by=site.by(role))
    row = entered(site, case)
    assert kinds(site.installation).count("deployment.made") == 1
    assert site.installation.store.read(lambda work: work.lists.kept_for(row.id)) is not None


def test_one_deployment_that_is_entered_twice_at_once_has_one_list(tmp_path: Path) -> None:
    with installation_of("in a folder", tmp_path) as kept:
        site = Site(tmp_path, clock=kept.clock)
        site.installation = replace(kept.installation, machine="this machine and home")
        case, manager = site.case(), site.by(Role.LIST_MANAGER)
        found = at_once(*[lambda: entered(site, case, by=manager)] * 3)
        assert sum(isinstance(one, DeploymentRow) for one in found) == 1
        assert all("entered already" in str(one) for one in found if isinstance(one, OvertError))
        assert len(site.installation.store.read(lambda work: work.deployments.all())) == 1
        assert len(site.installation.store.read(lambda work: work.lists.all())) == 1
        assert drafts(site) == [State.ERASED] * len(drafts(site))
