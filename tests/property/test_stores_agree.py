"""Whatever is done to the store in SQL and to its twin in memory, both say the same and then hold the same."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from overt.domain.decision import Verdict
from overt.domain.figures import Counts
from overt.store.ports import Work
from overt.store.records import AccountState, ClockMark, DeploymentState, SealedEntry, Subject
from tests import stores
from tests.stores import REFUSED_ROW, T0, opened

MANY = os.environ.get("OVERT_TORTURE") == "1"
SMALL = st.integers(1, 3)  # few of each kind, so that changes meet
TIMES = st.integers(0, 12).map(lambda step: T0 + step)
PARTS = st.integers(0, 8).map(lambda eighths: eighths / 8)  # fractions that add up to the bit in any order
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)

Change = Callable[[Work], object]


class Raised(Exception):
    """Undoes a change that was all right."""


def deployments(number: int, digest: int, name: str) -> Change:
    return lambda work: work.deployments.add(stores.deployment(number, digest=f"{digest:064x}", name=name))


def lists(number: int, of: int, made_us: int, expiries: list[int | None]) -> Change:
    row = stores.watch_list(number, of, made_us=made_us, erase_after_us=T0 + 5 + number)
    entries = [SealedEntry(position=at, sealed=b"\0" * at, expires_us=each) for at, each in enumerate(expiries)]
    return lambda work: work.lists.add(row, entries[::-1])


def alerts(number: int, of: int, at_us: int, erase_after_us: int, text: list[str], sealed: bytes | None) -> Change:
    row = stores.alert(number, of, at_us=at_us, erase_after_us=erase_after_us, cautions=tuple(text), sealed=sealed)
    return lambda work: work.alerts.add(row)


def figures(of: int, camera: str, minute: int, counts: Counts) -> Change:
    return lambda work: work.figures.add(replace(stores.figures(minute, camera, of), counts=counts))


def records(number: int) -> Change:
    return lambda work: work.record("test.noted", facts={"number": number})


def whole(one: Callable[..., Change], **drawn: st.SearchStrategy[object]) -> st.SearchStrategy[Change]:
    return st.builds(one, **drawn)


def on(act: Callable[[Work, str, int], object], ids: Callable[[int], str]) -> st.SearchStrategy[Change]:
    """A change of one row: which, when."""
    return st.builds(lambda number, now: lambda work: act(work, ids(number), now), SMALL, TIMES)


def list_id(number: int) -> str:
    return stores.watch_list(number).id


def alert_id(number: int) -> str:
    return stores.alert(number).id


def hold_id(number: int) -> str:
    return stores.hold(number).id


def erasure_id(number: int) -> str:
    return stores.erasure(number).id


def account_id(number: int) -> str:
    return stores.account(number).id


def authority_id(number: int) -> str:
    return stores.authority(number).id


def draft_id(number: int) -> str:
    return stores.draft(number).id


def deployment_id(number: int) -> str:
    return stores.deployment(number).id


def moves(number: int, expected: list[DeploymentState], to: DeploymentState, ended_us: int | None) -> Change:
    return lambda work: work.deployments.move(deployment_id(number), expected, to, ended_us)


def accounts(number: int, name: int, state: AccountState, made_us: int, *, change: bool) -> Change:
    row = stores.account(number, name=f"person {name}", state=state, made_us=made_us)
    return lambda work: work.accounts.change(row) if change else work.accounts.add(row)


def takes(number: int, of: int, now_us: int, lasts: int) -> Change:
    row = stores.lease(number, of, taken_us=now_us, renewed_us=now_us, ends_us=now_us + lasts)
    return lambda work: work.leases.take(row, now_us)


def renews(number: int, of: int, now_us: int, lasts: int) -> Change:
    holder = stores.lease(number).holder
    return lambda work: work.leases.renew(deployment_id(of), holder, now_us, now_us + lasts)


def appends(number: int, start: int, count: int) -> Change:
    return lambda work: work.drafts.append(draft_id(number), stores.draft_entries(count, number, start))


COUNTS = st.builds(
    Counts,
    frames=st.integers(0, 9),
    lost=st.integers(0, 9),
    unmatched_age_max_s=PARTS,
    oldest_pixel_max_s=PARTS,
    cpu_s=PARTS,
    video_s=PARTS,
)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    whole(deployments, number=SMALL, digest=SMALL, name=TEXT),
    whole(lists, number=SMALL, of=SMALL, made_us=TIMES, expiries=st.lists(st.none() | TIMES, max_size=4)),
    whole(
        alerts,
        number=SMALL,
        of=SMALL,
        at_us=TIMES,
        erase_after_us=TIMES,
        text=st.lists(TEXT, max_size=2),
        sealed=st.none() | st.binary(max_size=3),
    ),
    whole(figures, of=SMALL, camera=st.sampled_from("aZ") | TEXT, minute=SMALL, counts=COUNTS),
    whole(records, number=st.integers(0, 99)),
    on(lambda work, _, now: work.lists.withdraw(list_id(1 + now % 3), now % 4), list_id),
    on(lambda work, row, _: work.lists.begin_erasing(row), list_id),
    on(lambda work, row, _: work.lists.erased(row), list_id),
    on(lambda work, row, now: work.alerts.keep_until(row, now), alert_id),
    on(lambda work, row, _: work.alerts.begin_erasing(row), alert_id),
    on(lambda work, row, _: work.alerts.erased(row), alert_id),
    on(lambda work, row, now: work.alerts.lift(row, now), hold_id),
    on(lambda work, row, now: work.erasures.key_destroyed(row, now), erasure_id),
    on(lambda work, row, now: work.erasures.residue_cleared([row, erasure_id(1)], now), erasure_id),
    on(lambda work, _, now: work.sessions.remove_expired(now), str),
    st.builds(
        lambda number, of, at_us, verdict, words: stores.added(
            stores.decision(number, of, at_us=at_us, verdict=verdict, words=words)
        ),
        SMALL,
        SMALL,
        TIMES,
        st.sampled_from(Verdict),
        st.none() | st.binary(max_size=2),
    ),
    st.builds(
        lambda number, of, placed_us, lasts, case: stores.added(
            stores.hold(number, of, placed_us=placed_us, expires_us=placed_us + lasts, case=case)
        ),
        SMALL,
        SMALL,
        TIMES,
        SMALL,
        TEXT,
    ),
    st.builds(
        lambda number, subject, begun_us: stores.added(stores.erasure(number, subject=subject, begun_us=begun_us)),
        SMALL,
        st.sampled_from(Subject),
        TIMES,
    ),
    on(lambda work, row, now: work.alerts.count_undecided(row, now), alert_id),
    on(lambda work, row, now: work.alerts.show(stores.look(1 + now % 3, shown_us=now)), alert_id),
    on(lambda work, row, now: work.authorities.cancel(row, now), authority_id),
    on(lambda work, row, now: work.leases.release(row, stores.lease(1 + now % 3).holder), deployment_id),
    on(lambda work, row, now: work.nominals.add(row, ["a", "b", "c"][: now % 4]), deployment_id),
    on(lambda work, row, now: work.sessions.remove(stores.session(1 + now % 3).id), str),
    on(lambda work, row, now: work.second_factors.use(row, now), account_id),
    on(lambda work, row, _: work.second_factors.remove(row), account_id),
    st.builds(lambda number, step: stores.added(stores.second_factor(number, last_step=step)), SMALL, TIMES),
    on(lambda work, row, now: work.drafts.approve(row, now % 4, account_id(1)), draft_id),
    on(lambda work, row, now: work.drafts.withdraw(row, now % 4), draft_id),
    on(lambda work, row, now: work.drafts.finish(row, now), draft_id),
    on(lambda work, row, _: work.drafts.begin_erasing(row), draft_id),
    on(lambda work, row, _: work.drafts.erased(row), draft_id),
    whole(
        moves,
        number=SMALL,
        expected=st.lists(st.sampled_from(DeploymentState), max_size=2),
        to=st.sampled_from(DeploymentState),
        ended_us=st.none() | TIMES,
    ),
    whole(
        accounts,
        number=SMALL,
        name=SMALL,
        state=st.sampled_from(AccountState),
        made_us=TIMES,
        change=st.booleans(),
    ),
    whole(takes, number=SMALL, of=SMALL, now_us=TIMES, lasts=SMALL),
    whole(renews, number=SMALL, of=SMALL, now_us=TIMES, lasts=SMALL),
    whole(appends, number=SMALL, start=st.integers(0, 3), count=st.integers(0, 2)),
    st.builds(
        lambda number, of, at_us, served: stores.added(stores.outcome(number, of, at_us=at_us, served_aim=served)),
        SMALL,
        SMALL,
        TIMES,
        st.none() | st.booleans(),
    ),
    st.builds(
        lambda number, of, at_us, about, content: stores.added(
            stores.paper(number, of, at_us=at_us, about=about, content=content)
        ),
        SMALL,
        st.none() | SMALL,
        TIMES,
        st.sampled_from(["", "a"]),
        st.dictionaries(TEXT, st.none() | st.booleans() | PARTS | TEXT | st.lists(TEXT, max_size=2), max_size=2),
    ),
    st.builds(
        lambda number, of, at_us: stores.added(stores.authority(number, of, signed_us=at_us)), SMALL, SMALL, TIMES
    ),
    st.builds(lambda number, made_us: stores.added(stores.draft(number, made_us=made_us)), SMALL, TIMES),
    st.builds(lambda number, over: stores.added(stores.session(number, expires_us=over)), SMALL, TIMES),
    st.builds(
        lambda boot, host, jump: stores.added(ClockMark(boot=boot, host_us=host, boot_us=host, jumped_us=jump)),
        TEXT,
        TIMES,
        st.integers(-9, 9),
    ),
)


def everything(work: Work) -> list[object]:
    """All that can be asked, at a few moments."""
    ids = [(stores.deployment(number), list_id(number), alert_id(number)) for number in (1, 2, 3)]
    rows = list(work.ledger.rows())
    return [
        work.deployments.all(),
        work.lists.all(),
        work.alerts.states(),
        work.erasures.all(),
        work.erasures.unfinished(),
        work.erasures.uncleared(),
        [work.sessions.get(stores.session(number).id) for number in (1, 2, 3)],
        work.clock.get(),
        work.accounts.all(),
        [work.second_factors.get(account_id(number)) for number in (1, 2, 3)],
        work.sessions.of(stores.session().account),
        work.papers.all("review"),
        [work.papers.about("review", about) for about in ("", "a")],
        [work.nominals.listed(digest) for digest in "abc"],
        work.drafts.all(),
        [
            [
                work.drafts.get(draft_id(number)),
                work.drafts.entries(draft_id(number), number % 2),
                work.drafts.facts(draft_id(number)),
                work.accounts.get(account_id(number)),
                work.accounts.by_name(f"person {number}"),
            ]
            for number in (1, 2, 3)
        ],
        (work.ledger.size(), work.ledger.last(), rows, list(work.ledger.leaf_hashes(0, len(rows)))),
        [
            [
                work.deployments.get(deployment.id),
                work.deployments.by_digest(deployment.digest),
                work.lists.kept_for(deployment.id),
                work.lists.get(a_list),
                work.lists.entries(a_list),
                [work.lists.entry(a_list, position) for position in range(4)],
                work.alerts.of(deployment.id),
                work.alerts.get(an_alert),
                work.alerts.decisions(an_alert),
                work.alerts.holds(an_alert),
                work.figures.of(deployment.id),
                work.alerts.looks(an_alert),
                work.alerts.outcomes(an_alert),
                work.alerts.open(deployment.id),
                work.alerts.decisions_of(deployment.id),
                work.alerts.looks_of(deployment.id),
                work.alerts.outcomes_of(deployment.id),
                work.papers.of(deployment.id),
                work.authorities.of(deployment.id),
                work.leases.get(deployment.id),
                work.nominals.of(deployment.id),
            ]
            for deployment, a_list, an_alert in ids
        ],
        [
            [
                work.alerts.due(now),
                sorted(row.id for row in work.lists.due(now)),
                sorted(work.lists.due_entries(now)),
                work.drafts.due(now),
            ]
            for now in (T0 + 3, T0 + 7, T0 + 12)
        ],
    ]


def begun(work: Work) -> None:
    """Two of three rows of each kind, so that the first change has something to work on."""
    for number in (1, 2):
        deployments(number, number, "High Street")(work)
        lists(number, 1, T0 + number, [None, T0 + 3, T0 + 4])(work)
        alerts(number, 1, T0 + number, T0 + number, [], b"sealed")(work)
        stores.added(stores.account(number), stores.authority(number), stores.draft(number, erase_after_us=T0 + 6))(
            work
        )
        appends(number, 0, 3)(work)
    for row in (stores.hold(1, 1, expires_us=T0 + 3), stores.erasure(1), stores.erasure(2), stores.session(1)):
        stores.added(row)(work)


class BothStores(RuleBasedStateMachine):
    """One store in memory, one in an SQLite file."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        folder = Path(tempfile.mkdtemp())
        self.opened.callback(shutil.rmtree, folder)
        self.both = [self.opened.enter_context(opened(name, folder)) for name in ("twin", "sqlite")]

    def teardown(self) -> None:
        self.opened.close()

    @initialize()
    def begin(self) -> None:
        for each in self.both:
            each.store.write(begun)

    def outcome(self, store: stores.Opened, changes: list[Change], *, fails: bool) -> object:
        def change(work: Work) -> list[object]:
            done = [each(work) for each in changes]
            if fails:
                raise Raised
            return done

        try:
            return store.store.write(change)
        except REFUSED_ROW:
            return "refused"
        except Raised:
            return "raised"

    @rule(
        changes=st.lists(CHANGES, min_size=1, max_size=3),
        seconds=st.integers(-2, 5),
        fails=st.sampled_from([False, False, False, True]),
    )
    def change(self, changes: list[Change], seconds: int, fails: bool) -> None:
        for each in self.both:
            each.clock.advance(seconds)
        twin, sql = (self.outcome(each, changes, fails=fails) for each in self.both)
        assert twin == sql

    @invariant()
    def both_hold_the_same(self) -> None:
        twin, sql = (each.store.read(everything) for each in self.both)
        assert twin == sql


BothStores.TestCase.settings = settings(
    max_examples=200 if MANY else 12,
    stateful_step_count=50 if MANY else 25,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate] + [Phase.shrink] * MANY,  # shrinking takes minutes
)
TestBothStores = pytest.mark.timeout(1800 if MANY else 120)(BothStores.TestCase)
