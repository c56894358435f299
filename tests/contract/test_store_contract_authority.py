"""Who may do what, as every store keeps it: people, what they wrote and signed, leases, and lists in the making."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.decision import Verdict
from overt.store.ports import Store, Work
from overt.store.records import AccountState, DeploymentState, DraftEntry, State
from tests import stores
from tests.stores import EACH, MINUTE_US, REFUSED_ROW, T0, opened, put, settle, uuid

NEW, AUTHORISED, CANCELLED, ENDED = DeploymentState
FIRST, LIST, ALERT, DRAFT = uuid(1), stores.watch_list().id, stores.alert().id, stores.draft().id
GONE = uuid(0xDEAD)


@pytest.fixture(params=EACH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store with one deployment, a list of three entries, an alert and a draft of three entries."""
    with opened(request.param, tmp_path) as found:
        settle(found.store)
        put(found.store, stores.draft())
        found.store.write(lambda work: work.drafts.append(DRAFT, stores.draft_entries()))
        yield found.store


def at_once(count: int, act: Callable[[int], bool]) -> list[bool]:
    """What so many threads got that did this at the same moment, in their order."""
    ready = threading.Barrier(count)
    got: list[bool | BaseException] = [False] * count

    def go(number: int) -> None:
        ready.wait(10)
        try:
            got[number] = act(number)
        except BaseException as failure:  # noqa: BLE001 - told below, in the thread of the test
            got[number] = failure

    threads = [threading.Thread(target=go, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(isinstance(each, bool) for each in got), got
    return [each is True for each in got]


@pytest.mark.parametrize(
    "change",
    [
        lambda work: work.deployments.move(FIRST, [NEW], ENDED, T0),
        lambda work: work.alerts.show(stores.look()),
        lambda work: work.alerts.count_undecided(ALERT, T0),
        lambda work: work.alerts.conclude(stores.outcome()),
        lambda work: work.sessions.remove(stores.session().id),
        lambda work: work.accounts.add(stores.account()),
        lambda work: work.accounts.change(stores.account()),
        lambda work: work.second_factors.put(stores.second_factor()),
        lambda work: work.second_factors.use(stores.account().id, 1),
        lambda work: work.second_factors.remove(stores.account().id),
        lambda work: work.papers.add(stores.paper()),
        lambda work: work.authorities.add(stores.authority()),
        lambda work: work.authorities.cancel(stores.authority().id, T0),
        lambda work: work.leases.take(stores.lease(), T0),
        lambda work: work.leases.renew(FIRST, stores.lease().holder, T0, T0),
        lambda work: work.leases.release(FIRST, stores.lease().holder),
        lambda work: work.nominals.add(FIRST, []),
        lambda work: work.drafts.add(stores.draft(2)),
        lambda work: work.drafts.append(DRAFT, []),
        lambda work: work.drafts.approve(DRAFT, 0, uuid(0xAA)),
        lambda work: work.drafts.withdraw(DRAFT, 0),
        lambda work: work.drafts.finish(DRAFT, T0),
        lambda work: work.drafts.begin_erasing(DRAFT),
        lambda work: work.drafts.erased(DRAFT),
    ],
    ids=lambda change: None,
)
def test_a_look_refuses_every_change(store: Store, change: Callable[[Work], object]) -> None:
    with pytest.raises(RuntimeError):
        store.read(change)


def test_a_change_that_fails_leaves_nothing_behind(store: Store) -> None:
    def everything(work: Work) -> list[object]:
        return [
            work.deployments.all(),
            work.alerts.looks(ALERT),
            work.alerts.outcomes(ALERT),
            work.accounts.all(),
            work.papers.all("review"),
            work.authorities.of(FIRST),
            work.leases.get(FIRST),
            work.nominals.of(FIRST),
            work.drafts.all(),
            work.drafts.entries(DRAFT),
        ]

    def change(work: Work) -> None:
        work.deployments.move(FIRST, [NEW], ENDED, T0)
        for row in (stores.look(), stores.outcome(), stores.account(), stores.paper(), stores.authority()):
            stores.added(row)(work)
        work.leases.take(stores.lease(), T0)
        work.nominals.add(FIRST, ["a"])
        work.drafts.approve(DRAFT, 0, uuid(0xAA))
        work.drafts.withdraw(DRAFT, 1)
        work.drafts.finish(DRAFT, T0)
        raise ZeroDivisionError

    before = store.read(everything)
    with pytest.raises(ZeroDivisionError):
        store.write(change)
    assert store.read(everything) == before


# Deployments


def test_a_deployment_comes_back_with_all_that_it_asks_for(store: Store) -> None:
    terms: Mapping[str, object] = {
        "area": [[51.5, -0.1], [51.6, 0.30000000000000004]],
        "hours": 7.5,
        "cameras": ["north", "söuth"],
        "places": {"worship": None, "school": True},
        "large": 1 << 53,
        "": [],
    }
    row = stores.deployment(
        2,
        policy="uk-police",
        policy_digest="a" * 64,
        kind="trial",
        state=AUTHORISED,
        made_by=uuid(0xAA),
        terms=terms,
        ended_us=T0,
    )
    put(store, row)
    found = store.read(lambda work: work.deployments.get(row.id))
    assert found == row
    assert found is not None
    assert (found.terms, type(found.state)) == (terms, DeploymentState)
    assert store.read(lambda work: work.deployments.get(FIRST)) == stores.deployment()


def test_terms_are_what_json_has_of_them_in_every_store(store: Store) -> None:
    row = stores.deployment(2, terms={"area": ((1, 2), (3, 4))})
    put(store, row)
    found = store.read(lambda work: work.deployments.get(row.id))
    assert found is not None
    assert found.terms == row.terms == {"area": [[1, 2], [3, 4]]}
    for wrong in ({"at": b"bytes"}, {"at": float("nan")}):
        with pytest.raises((TypeError, ValueError)):
            stores.deployment(3, terms=wrong)


def test_a_deployment_of_no_known_kind_is_not_made() -> None:
    with pytest.raises(ValueError, match="none of operation, trial"):
        stores.deployment(kind="exercise")
    with pytest.raises(ValueError, match="none of listed, volunteer, decoy"):
        stores.alert(about="passer-by")


def test_a_deployment_moves_from_an_expected_state_only(store: Store) -> None:
    assert store.write(lambda work: work.deployments.move(FIRST, [AUTHORISED], ENDED, T0)) is False
    assert store.write(lambda work: work.deployments.move(FIRST, [], ENDED, T0)) is False
    assert store.write(lambda work: work.deployments.move(GONE, [NEW], ENDED, T0)) is False
    assert store.read(lambda work: work.deployments.get(FIRST)) == stores.deployment()
    assert store.write(lambda work: work.deployments.move(FIRST, [NEW], AUTHORISED)) is True
    assert store.write(lambda work: work.deployments.move(FIRST, [NEW], AUTHORISED)) is False
    assert store.read(lambda work: work.deployments.get(FIRST)) == stores.deployment(state=AUTHORISED)
    assert store.write(lambda work: work.deployments.move(FIRST, {NEW, AUTHORISED}, ENDED, T0 + 5)) is True
    assert store.write(lambda work: work.deployments.move(FIRST, list(DeploymentState), CANCELLED)) is True
    assert store.read(lambda work: work.deployments.get(FIRST)) == stores.deployment(state=CANCELLED, ended_us=T0 + 5)


def test_of_two_who_move_a_deployment_at_once_one_does(store: Store) -> None:
    def move(number: int) -> bool:
        return store.write(lambda work: work.deployments.move(FIRST, [NEW], [AUTHORISED, CANCELLED][number % 2]))

    assert sorted(at_once(4, move)) == [False, False, False, True]


def test_recent_deployments_are_those_that_close_later_oldest_first(store: Store) -> None:
    put(store, stores.deployment(3, closes_us=T0 + 9), stores.deployment(2, closes_us=T0 + 10))
    for since_us, numbers in ((T0, [1, 2, 3]), (T0 + 9, [1, 2, 3]), (T0 + 10, [1, 2]), (T0 + 11, [1]), (1 << 52, [])):
        found = store.read(lambda work, since_us=since_us: work.deployments.recent(since_us))  # type: ignore[misc]
        assert [row.id for row in found] == [uuid(number) for number in numbers]


# Alerts


def test_the_first_look_of_an_account_counts(store: Store) -> None:
    assert store.write(lambda work: work.alerts.show(stores.look())) is True
    assert store.write(lambda work: work.alerts.show(stores.look(shown_us=T0))) is False
    assert store.write(lambda work: work.alerts.show(stores.look(by=0xAB, shown_us=T0 + 1))) is True
    assert store.read(lambda work: work.alerts.looks(ALERT)) == [stores.look(by=0xAB, shown_us=T0 + 1), stores.look()]
    assert store.read(lambda work: work.alerts.looks(GONE)) == []
    put(store, stores.deployment(2), stores.alert(2), stores.alert(3, of=2))
    assert store.write(lambda work: work.alerts.show(stores.look(of=2, shown_us=T0)))
    assert store.write(lambda work: work.alerts.show(stores.look(of=3, shown_us=T0)))
    own = [stores.look(of=2, shown_us=T0), stores.look(by=0xAB, shown_us=T0 + 1), stores.look()]
    assert store.read(lambda work: work.alerts.looks_of(FIRST)) == own
    assert store.read(lambda work: work.alerts.looks_of(GONE)) == []
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.alerts.show(stores.look(of=9)))


def test_the_words_of_a_decision_go_with_its_alert_and_the_verdict_stays(store: Store) -> None:
    put(store, stores.alert(2))
    rows = [stores.decision(1, words=b"sealed"), stores.decision(2), stores.decision(3, of=2, words=b"\0other")]
    put(store, *rows)
    assert store.read(lambda work: work.alerts.decisions(ALERT)) == rows[:2]
    store.write(lambda work: work.alerts.begin_erasing(ALERT))
    assert store.read(lambda work: work.alerts.decisions(ALERT)) == rows[:2]
    assert store.write(lambda work: work.alerts.erased(stores.alert(2).id)) is False
    assert store.write(lambda work: work.alerts.erased(ALERT)) is True
    assert store.read(lambda work: work.alerts.decisions(ALERT)) == [replace(row, words=None) for row in rows[:2]]
    assert store.read(lambda work: work.alerts.decisions(stores.alert(2).id)) == rows[2:]


def test_decisions_and_outcomes_are_found_by_their_deployment(store: Store) -> None:
    put(store, stores.deployment(2), stores.alert(2), stores.alert(3, of=2))
    decisions = [stores.decision(1, of=2), stores.decision(2, of=1), stores.decision(3, of=3)]
    outcomes = [stores.outcome(1, of=2), stores.outcome(2, of=1), stores.outcome(3, of=3)]
    put(store, *decisions[::-1], *outcomes[::-1])
    assert store.read(lambda work: work.alerts.decisions_of(FIRST)) == decisions[:2]
    assert store.read(lambda work: work.alerts.decisions_of(uuid(2))) == decisions[2:]
    assert store.read(lambda work: work.alerts.outcomes_of(FIRST)) == outcomes[:2]
    assert store.read(lambda work: work.alerts.outcomes_of(uuid(2))) == outcomes[2:]
    assert store.read(lambda work: (work.alerts.outcomes_of(GONE), work.alerts.decisions_of(GONE))) == ([], [])


def test_outcomes_come_back_as_they_were_oldest_first(store: Store) -> None:
    rows = [
        stores.outcome(1),
        stores.outcome(2, held_min=None, served_aim=None),
        stores.outcome(3, held_min=0, served_aim=False),
    ]
    put(store, *rows[::-1])
    found = store.read(lambda work: work.alerts.outcomes(ALERT))
    assert found == rows
    assert [row.served_aim for row in found] == [True, None, False]
    assert store.read(lambda work: work.alerts.outcomes(GONE)) == []
    for wrong in (stores.outcome(4, of=9), stores.outcome(1)):
        with pytest.raises(REFUSED_ROW):
            put(store, wrong)


def test_an_alert_is_counted_undecided_once(store: Store) -> None:
    assert store.write(lambda work: work.alerts.count_undecided(ALERT, T0 + 3)) is True
    assert store.write(lambda work: work.alerts.count_undecided(ALERT, T0 + 4)) is False
    assert store.write(lambda work: work.alerts.count_undecided(GONE, T0)) is False
    assert store.read(lambda work: work.alerts.get(ALERT)) == stores.alert(undecided_us=T0 + 3)
    put(store, stores.alert(2))
    assert sorted(
        at_once(3, lambda _: store.write(lambda work: work.alerts.count_undecided(stores.alert(2).id, T0)))
    ) == [False, False, True]


def test_open_alerts_are_those_that_nobody_decided_about_and_that_are_not_counted(store: Store) -> None:
    put(store, stores.deployment(2), *map(stores.alert, (4, 3, 2)), stores.alert(5, of=2, about="decoy"))
    put(store, stores.decision(1, of=2, verdict=Verdict.CANNOT_TELL))
    store.write(lambda work: work.alerts.count_undecided(stores.alert(3).id, T0))
    store.write(lambda work: (work.alerts.begin_erasing(ALERT), work.alerts.erased(ALERT)))
    still = [stores.alert(sealed=None, state=State.ERASED), stores.alert(4, sealed=None)]
    assert store.read(lambda work: work.alerts.open(FIRST)) == still
    assert store.read(lambda work: work.alerts.open(uuid(2))) == [stores.alert(5, of=2, about="decoy", sealed=None)]
    assert store.read(lambda work: work.alerts.open(GONE)) == []


# People


def test_a_second_factor_takes_the_place_of_the_earlier_one_and_is_removed_once(store: Store) -> None:
    with pytest.raises(KeyError):
        put(store, stores.second_factor())
    put(store, stores.account(), stores.account(2), stores.second_factor(), stores.second_factor(2))
    later = stores.second_factor(counts_us=T0 + 1, last_step=4, sealed=b"other")
    put(store, later)
    account = stores.account().id
    assert store.read(lambda work: work.second_factors.get(account)) == later
    assert store.write(lambda work: work.second_factors.remove(account)) is True
    assert store.write(lambda work: work.second_factors.remove(account)) is False
    assert store.read(lambda work: work.second_factors.get(account)) is None
    assert store.read(lambda work: work.second_factors.get(stores.account(2).id)) == stores.second_factor(2)


def test_a_step_of_time_is_used_once_and_never_an_earlier_one(store: Store) -> None:
    put(store, stores.account(), stores.second_factor())
    account = stores.account().id
    used = [store.write(lambda work, step=step: work.second_factors.use(account, step)) for step in (3, 3, 2, 4)]  # type: ignore[misc]
    assert used == [True, False, False, True]
    found = store.read(lambda work: work.second_factors.get(account))
    assert found is not None
    assert found.last_step == 4
    assert store.write(lambda work: work.second_factors.use(GONE, 1)) is False


def test_of_two_who_use_one_code_at_once_one_does(store: Store) -> None:
    put(store, stores.account(), stores.second_factor())
    account = stores.account().id
    assert sum(at_once(4, lambda _: store.write(lambda work: work.second_factors.use(account, 7)))) == 1


def test_the_sessions_of_an_account_are_found_oldest_first(store: Store) -> None:
    rows = [stores.session(2, made_us=T0 + 1), stores.session(1, made_us=T0 + 2), stores.session(3, account=uuid(1))]
    put(store, *rows)
    assert store.read(lambda work: work.sessions.of(rows[0].account)) == rows[:2]
    assert store.read(lambda work: work.sessions.of(uuid(2))) == []


def test_a_session_is_removed_once(store: Store) -> None:
    put(store, stores.session(1), stores.session(2))
    assert store.write(lambda work: work.sessions.remove(stores.session(1).id)) is True
    assert store.write(lambda work: work.sessions.remove(stores.session(1).id)) is False
    assert store.read(lambda work: work.sessions.get(stores.session(1).id)) is None
    assert store.read(lambda work: work.sessions.get(stores.session(2).id)) == stores.session(2)


def test_accounts_are_found_by_id_and_by_name_and_come_oldest_first(store: Store) -> None:
    rows = [
        stores.account(1),
        stores.account(2, roles=(), rank="", key="", trained_until_us=None, state=AccountState.PROPOSED),
        stores.account(3, name="zoë 'x'", state=AccountState.CLOSED, made_by=uuid(0x7001), approved_by=uuid(0x7002)),
    ]
    put(store, *rows[::-1])
    assert store.read(lambda work: work.accounts.all()) == rows
    assert store.read(lambda work: [work.accounts.get(row.id) for row in rows]) == rows
    assert store.read(lambda work: [work.accounts.by_name(row.name) for row in rows]) == rows
    assert store.read(lambda work: (work.accounts.get(GONE), work.accounts.by_name("Person 1"))) == (None, None)
    assert {type(row.state) for row in store.read(lambda work: work.accounts.all())} == {AccountState}


def test_there_is_one_account_an_id_and_one_a_name(store: Store) -> None:
    put(store, stores.account(1), stores.account(2))
    for wrong in (stores.account(1, name="another"), stores.account(3, name=stores.account(1).name)):
        with pytest.raises(REFUSED_ROW):
            put(store, wrong)
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.accounts.change(stores.account(2, name=stores.account(1).name)))
    assert store.read(lambda work: work.accounts.all()) == [stores.account(1), stores.account(2)]


def test_an_account_is_changed_whole_and_no_other(store: Store) -> None:
    put(store, stores.account(1), stores.account(2))
    changed = stores.account(1, name="renamed", roles=("administrator",), state=AccountState.CLOSED, key="")
    assert store.write(lambda work: work.accounts.change(changed)) is True
    assert store.write(lambda work: work.accounts.change(stores.account(3))) is False
    assert store.read(lambda work: work.accounts.all()) == [changed, stores.account(2)]


def test_what_an_account_is_told_as_leaves_out_its_password() -> None:
    assert "argon2id" not in repr(stores.account())


def test_papers_are_found_by_deployment_kind_and_what_they_are_about(store: Store) -> None:
    put(store, stores.deployment(2))
    rows = [
        stores.paper(1),
        stores.paper(2, of=2, kind="finding", about="F-1"),
        stores.paper(3, of=None, kind="finding", about="F-1", content={}),
        stores.paper(4, kind="finding", about="F-2", content={"words": "Zoë 🙂\r\n\x00", "deep": {"er": [[]]}}),
    ]
    put(store, *rows[::-1])
    assert store.read(lambda work: work.papers.of(FIRST)) == [rows[0], rows[3]]
    assert store.read(lambda work: work.papers.of(uuid(2))) == [rows[1]]
    assert store.read(lambda work: work.papers.all("finding")) == rows[1:]
    assert store.read(lambda work: work.papers.about("finding", "F-1")) == rows[1:3]
    assert store.read(lambda work: work.papers.about("review", "")) == rows[:1]
    assert store.read(lambda work: (work.papers.of(GONE), work.papers.about("review", "F-1"))) == ([], [])


def test_a_paper_is_added_once_and_needs_its_deployment(store: Store) -> None:
    put(store, stores.paper(1))
    for wrong in (stores.paper(1, kind="other"), stores.paper(2, of=9)):
        with pytest.raises(REFUSED_ROW):
            put(store, wrong)
    assert store.read(lambda work: work.papers.of(FIRST)) == [stores.paper(1)]


def test_authorities_come_back_byte_for_byte_oldest_first_cancelled_ones_too(store: Store) -> None:
    put(store, stores.deployment(2))
    rows = [stores.authority(1), stores.authority(2, statement=b"", cancelled_us=T0), stores.authority(3, of=2)]
    put(store, *rows[::-1])
    assert store.read(lambda work: work.authorities.of(FIRST)) == rows[:2]
    assert store.read(lambda work: work.authorities.of(uuid(2))) == rows[2:]
    assert store.read(lambda work: work.authorities.of(GONE)) == []
    for wrong in (stores.authority(1, statement=b"another"), stores.authority(4, of=9)):
        with pytest.raises(REFUSED_ROW):
            put(store, wrong)


def test_an_authority_is_cancelled_once(store: Store) -> None:
    row = stores.authority()
    put(store, row, stores.authority(2))
    assert sorted(at_once(3, lambda at: store.write(lambda work: work.authorities.cancel(row.id, T0 + at)))) == [
        False,
        False,
        True,
    ]
    assert store.write(lambda work: work.authorities.cancel(GONE, T0)) is False
    first, second = store.read(lambda work: work.authorities.of(FIRST))
    assert first.cancelled_us in {T0, T0 + 1, T0 + 2}
    assert (replace(first, cancelled_us=None), second) == (row, stores.authority(2))


# Leases


def test_a_lease_is_taken_while_it_is_free_and_by_its_own_holder_again(store: Store) -> None:
    mine, other = stores.lease(1), stores.lease(2)
    assert store.read(lambda work: work.leases.get(FIRST)) is None
    assert store.write(lambda work: work.leases.take(mine, T0)) is True
    assert store.write(lambda work: work.leases.take(other, T0)) is False
    assert store.write(lambda work: work.leases.take(other, mine.ends_us - 1)) is False
    assert store.read(lambda work: work.leases.get(FIRST)) == mine
    again = stores.lease(1, machine="another", ends_us=T0 + 3 * MINUTE_US)
    assert store.write(lambda work: work.leases.take(again, T0 + 1)) is True
    assert store.read(lambda work: work.leases.get(FIRST)) == again
    assert store.write(lambda work: work.leases.take(other, again.ends_us)) is True
    assert store.read(lambda work: work.leases.get(FIRST)) == other


def test_a_lease_is_of_one_deployment_that_is_there(store: Store) -> None:
    put(store, stores.deployment(2))
    assert store.write(lambda work: work.leases.take(stores.lease(1), T0)) is True
    assert store.write(lambda work: work.leases.take(stores.lease(2, of=2), T0)) is True
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.leases.take(stores.lease(3, of=9), T0))
    assert store.read(lambda work: work.leases.get(FIRST)) == stores.lease(1)


def test_a_lease_is_renewed_by_its_holder_before_it_lapses(store: Store) -> None:
    row = stores.lease()
    assert store.write(lambda work: work.leases.renew(FIRST, row.holder, T0, T0 + 1)) is False
    store.write(lambda work: work.leases.take(row, T0))
    assert store.write(lambda work: work.leases.renew(FIRST, stores.lease(2).holder, T0 + 1, T0 + 9)) is False
    assert store.write(lambda work: work.leases.renew(GONE, row.holder, T0 + 1, T0 + 9)) is False
    assert store.write(lambda work: work.leases.renew(FIRST, row.holder, row.ends_us, row.ends_us + 9)) is False
    assert store.read(lambda work: work.leases.get(FIRST)) == row
    assert store.write(lambda work: work.leases.renew(FIRST, row.holder, row.ends_us - 1, row.ends_us + 9)) is True
    renewed = replace(row, renewed_us=row.ends_us - 1, ends_us=row.ends_us + 9)
    assert store.read(lambda work: work.leases.get(FIRST)) == renewed


def test_a_lease_is_released_by_its_holder_and_free_then(store: Store) -> None:
    row = stores.lease()
    store.write(lambda work: work.leases.take(row, T0))
    assert store.write(lambda work: work.leases.release(FIRST, stores.lease(2).holder)) is False
    assert store.write(lambda work: work.leases.release(FIRST, row.holder)) is True
    assert store.write(lambda work: work.leases.release(FIRST, row.holder)) is False
    assert store.read(lambda work: work.leases.get(FIRST)) is None
    assert store.write(lambda work: work.leases.take(stores.lease(2), T0)) is True


@pytest.mark.parametrize("lapsed", [False, True])
def test_of_many_who_take_a_lease_at_once_one_gets_it(store: Store, lapsed: bool) -> None:
    if lapsed:
        store.write(lambda work: work.leases.take(stores.lease(9, ends_us=T0), T0 - MINUTE_US))

    def take(number: int) -> bool:
        return store.write(lambda work: work.leases.take(stores.lease(number), T0))

    got = at_once(6, take)
    assert got.count(True) == 1
    assert store.read(lambda work: work.leases.get(FIRST)) == stores.lease(got.index(True))


# Who was listed


def test_who_was_listed_is_told_by_digest_when_the_list_is_gone(store: Store) -> None:
    put(store, stores.deployment(2))
    store.write(lambda work: work.nominals.add(FIRST, ["b", "a", "a"]))
    store.write(lambda work: work.nominals.add(FIRST, ["a", "c"]))
    store.write(lambda work: work.nominals.add(uuid(2), {"a"}))
    store.write(lambda work: work.nominals.add(GONE, []))
    store.write(lambda work: (work.lists.begin_erasing(LIST), work.lists.erased(LIST)))
    assert store.read(lambda work: work.nominals.of(FIRST)) == {"a", "b", "c"}
    assert store.read(lambda work: work.nominals.of(GONE)) == set()
    assert store.read(lambda work: work.nominals.listed("a")) == [FIRST, uuid(2)]
    assert store.read(lambda work: (work.nominals.listed("c"), work.nominals.listed("d"))) == ([FIRST], [])
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.nominals.add(GONE, ["a"]))


def test_very_many_are_noted_as_listed_at_once(store: Store) -> None:
    digests = {f"{number:064x}" for number in range(10_000)}
    store.write(lambda work: work.nominals.add(FIRST, digests))
    assert store.read(lambda work: work.nominals.of(FIRST)) == digests


# Drafts


def test_a_draft_comes_back_with_its_entries_by_position(store: Store) -> None:
    more = stores.draft_entries(2, start=10, approved_by=uuid(0xAC), facts={"age": None, "picture_date": "2026-01-02"})
    assert store.write(lambda work: work.drafts.append(DRAFT, more[::-1])) is True
    assert store.write(lambda work: work.drafts.append(DRAFT, [])) is True
    kept = [*stores.draft_entries(), *more]
    assert store.read(lambda work: work.drafts.get(DRAFT)) == stores.draft(entries=5)
    assert store.read(lambda work: work.drafts.entries(DRAFT)) == kept
    assert store.read(lambda work: work.drafts.entries(DRAFT, 2)) == kept[2:]
    assert store.read(lambda work: work.drafts.entries(DRAFT, 1, 11)) == kept[1:4]
    assert store.read(lambda work: work.drafts.entries(DRAFT, 3, 10)) == []
    assert store.read(lambda work: work.drafts.facts(DRAFT)) == [
        (entry.position, entry.facts, entry.approved_by) for entry in kept
    ]
    assert store.read(lambda work: (work.drafts.get(GONE), work.drafts.entries(GONE), work.drafts.facts(GONE))) == (
        None,
        [],
        [],
    )


def test_drafts_come_oldest_first_and_have_ids_of_their_own(store: Store) -> None:
    rows = [stores.draft(2, sealed_us=T0), stores.draft(3, entries=7, withdrawn=2, state=State.ERASED)]
    put(store, *rows[::-1])
    assert store.read(lambda work: work.drafts.all()) == [stores.draft(entries=3), *rows]
    with pytest.raises(REFUSED_ROW):
        put(store, stores.draft())


@pytest.mark.parametrize(
    "entries",
    [stores.draft_entries(2, start=2), stores.draft_entries(1, of=2, start=7), stores.draft_entries(1, start=7) * 2],
    ids=["place taken", "another draft's", "one place twice"],
)
def test_entries_that_do_not_fit_are_refused_whole(store: Store, entries: list[DraftEntry]) -> None:
    put(store, stores.draft(2))
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.drafts.append(DRAFT, entries))
    assert store.read(lambda work: work.drafts.get(DRAFT)) == stores.draft(entries=3)
    assert store.read(lambda work: work.drafts.entries(DRAFT)) == stores.draft_entries()


def test_entries_are_added_until_the_import_is_finished_and_only_while_the_draft_is_kept(store: Store) -> None:
    put(store, stores.draft(2))
    assert store.write(lambda work: work.drafts.append(GONE, [])) is False
    store.write(lambda work: work.drafts.begin_erasing(stores.draft(2).id))
    assert store.write(lambda work: work.drafts.append(stores.draft(2).id, stores.draft_entries(of=2))) is False
    assert store.write(lambda work: work.drafts.finish(stores.draft(2).id, T0)) is False
    assert store.write(lambda work: work.drafts.finish(GONE, T0)) is False
    assert store.write(lambda work: work.drafts.finish(DRAFT, T0 + 1)) is True
    assert store.write(lambda work: work.drafts.finish(DRAFT, T0 + 2)) is False
    assert store.write(lambda work: work.drafts.append(DRAFT, stores.draft_entries(1, start=3))) is False
    assert store.read(lambda work: work.drafts.get(DRAFT)) == stores.draft(entries=3, sealed_us=T0 + 1)
    assert len(store.read(lambda work: work.drafts.entries(DRAFT))) == 3


def test_parts_that_are_added_at_once_are_all_counted(store: Store) -> None:
    def append(number: int) -> bool:
        part = stores.draft_entries(2, start=10 * (1 + number))
        return store.write(lambda work: work.drafts.append(DRAFT, part))

    assert at_once(4, append) == [True] * 4
    assert store.read(lambda work: work.drafts.get(DRAFT)) == stores.draft(entries=11)
    assert len(store.read(lambda work: work.drafts.entries(DRAFT))) == 11


def test_an_entry_is_approved_once(store: Store) -> None:
    def approve(number: int) -> bool:
        return store.write(lambda work: work.drafts.approve(DRAFT, 1, uuid(0xAA + number)))

    got = at_once(3, approve)
    assert got.count(True) == 1
    approved_by = [by for _, _, by in store.read(lambda work: work.drafts.facts(DRAFT))]
    assert approved_by == [None, uuid(0xAA + got.index(True)), None]
    assert store.write(lambda work: work.drafts.approve(DRAFT, 3, uuid(0xAA))) is False
    assert store.write(lambda work: work.drafts.approve(GONE, 0, uuid(0xAA))) is False
    store.write(lambda work: work.drafts.begin_erasing(DRAFT))
    assert store.write(lambda work: work.drafts.approve(DRAFT, 0, uuid(0xAA))) is False


def test_a_withdrawn_entry_is_gone_and_counted_once(store: Store) -> None:
    assert store.write(lambda work: work.drafts.withdraw(DRAFT, 1)) is True
    assert store.write(lambda work: work.drafts.withdraw(DRAFT, 1)) is False
    assert store.write(lambda work: work.drafts.withdraw(DRAFT, 9)) is False
    assert store.write(lambda work: work.drafts.withdraw(GONE, 0)) is False
    assert [entry.position for entry in store.read(lambda work: work.drafts.entries(DRAFT))] == [0, 2]
    assert store.read(lambda work: work.drafts.get(DRAFT)) == stores.draft(entries=3, withdrawn=1)
    store.write(lambda work: work.drafts.begin_erasing(DRAFT))
    assert store.write(lambda work: work.drafts.withdraw(DRAFT, 0)) is False


def test_drafts_are_due_once_their_time_is_over_and_only_while_kept(store: Store) -> None:
    end = stores.draft().erase_after_us
    put(store, stores.draft(2, erase_after_us=end + 1))
    assert store.read(lambda work: work.drafts.due(end - 1)) == []
    assert store.read(lambda work: work.drafts.due(end)) == [stores.draft(entries=3)]
    assert [row.id for row in store.read(lambda work: work.drafts.due(end + 1))] == [DRAFT, stores.draft(2).id]
    store.write(lambda work: work.drafts.begin_erasing(DRAFT))
    assert [row.id for row in store.read(lambda work: work.drafts.due(end + 1))] == [stores.draft(2).id]


def test_a_draft_goes_from_kept_to_erasing_to_erased_and_never_back(store: Store) -> None:
    put(store, stores.draft(2))
    store.write(lambda work: work.drafts.append(stores.draft(2).id, stores.draft_entries(of=2)))
    assert store.write(lambda work: work.drafts.erased(DRAFT)) is False
    assert store.write(lambda work: work.drafts.begin_erasing(DRAFT)) is True
    assert store.write(lambda work: work.drafts.begin_erasing(DRAFT)) is False
    assert len(store.read(lambda work: work.drafts.entries(DRAFT))) == 3
    assert store.write(lambda work: work.drafts.erased(DRAFT)) is True
    assert store.write(lambda work: work.drafts.erased(DRAFT)) is False
    assert store.write(lambda work: work.drafts.begin_erasing(DRAFT)) is False
    assert store.write(lambda work: work.drafts.begin_erasing(GONE)) is False
    assert store.write(lambda work: work.drafts.erased(GONE)) is False
    assert store.read(lambda work: work.drafts.get(DRAFT)) == stores.draft(entries=3, salt=b"", state=State.ERASED)
    assert store.read(lambda work: work.drafts.entries(DRAFT)) == []
    assert len(store.read(lambda work: work.drafts.entries(stores.draft(2).id))) == 3
