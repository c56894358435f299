"""Who may read which entry of the ledger, and how entries are found."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from overt.domain.decision import Verdict
from overt.domain.retention import RetentionRules
from overt.domain.roles import Role
from overt.ledger.entry import SYSTEM, Fact
from overt.services import reading
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.reading import (
    Wanted,
    WithheldUntilDecided,
    document,
    part,
    readable,
    readable_size,
    require_for_everybody,
    require_readable,
    waiting,
)
from overt.services.record import NotInLedger
from overt.store.ports import Work
from overt.testing.fixed_clock import FixedClock
from tests.people import administrators, person
from tests.stores import alert, deployment, uuid
from tests.unit.services import keeping
from tests.unit.services.handed_over import over
from tests.unit.services.policed import policed
from tests.unit.services.verdicts import ONE, TWO, decided

RULES = RetentionRules()


@pytest.fixture
def audrey(installation: Installation) -> Account:
    """An auditor and nothing else; she does not decide."""
    administrators(installation)
    return person(installation, "audrey", Role.AUDITOR)


@pytest.fixture
def both(installation: Installation, audrey: Account) -> Account:
    """An auditor who is an operator, too."""
    assert audrey.roles == (Role.AUDITOR,)
    return person(installation, "both", Role.OPERATOR, Role.AUDITOR)


def raised(installation: Installation, number: int) -> str:
    """An alert with its entry, and something else after it; its id."""
    alert, deployed = keeping.raised(installation, number), keeping.entered(installation).id
    facts: dict[str, Fact] = {"alert": alert, "score_e4": 7000}

    def change(work: Work) -> None:
        work.record("alert.raised", deployment=deployed, facts=facts)
        work.record("residue.cleared", facts={"erasures": 1})

    installation.store.write(change)
    return alert


def noted(installation: Installation, count: int, kind: str = "residue.cleared") -> None:
    def change(work: Work) -> None:
        for _ in range(count):
            work.record(kind, facts={"kind": 1})

    installation.store.write(change)


def found(installation: Installation, by: Account, **wanted: object) -> list[int]:
    return [line.index for line in part(installation.store, by, Wanted(**wanted)).lines]  # type: ignore[arg-type]


# Finding


def test_entries_come_newest_first_and_a_page_stays_the_same_while_entries_are_added(
    installation: Installation, audrey: Account
) -> None:
    noted(installation, 120)
    store = installation.store
    size = store.read(lambda work: work.ledger.size())
    first = part(store, audrey, Wanted())
    assert [line.index for line in first.lines] == list(range(size - 1, size - 51, -1))
    assert (first.size, first.before, first.looked_down_to, first.goes_on) == (size, size, size - 50, True)
    second = part(store, audrey, Wanted(), first.looked_down_to)
    noted(installation, 7)
    again = part(store, audrey, Wanted(), first.looked_down_to)
    assert again.lines == second.lines
    assert again.size == size + 7
    indices = [line.index for line in (*first.lines, *second.lines)]
    last = part(store, audrey, Wanted(), second.looked_down_to)
    assert not last.goes_on
    assert [*indices, *(line.index for line in last.lines)] == list(range(size - 1, -1, -1))
    assert part(store, audrey, Wanted(), 10**9).before == size + 7


def test_filters_take_what_they_say_and_no_fact_of_the_same_name_deceives_them(
    installation: Installation, audrey: Account
) -> None:
    store, clock = installation.store, cast(FixedClock, installation.clock)
    before = store.read(lambda work: work.ledger.size())
    here, there = uuid(0x51), uuid(0x52)

    def change(work: Work) -> None:
        work.record("alert.raised", deployment=here, facts={"alert": uuid(1)})
        work.record("alert.decided", deployment=there, actor=audrey.id, facts={"kind": "alert.raised"})
        work.record("alerts.other", facts={"actor": audrey.id, "deployment": here})

    store.write(change)
    clock.advance(60)
    noted(installation, 1)
    at = clock.now_us()
    assert found(installation, audrey, kind="alert.raised") == [before]
    assert found(installation, audrey, kind="alert") == [before + 1, before]
    assert found(installation, audrey, deployment=here) == [before]
    assert found(installation, audrey, account=audrey.id) == [before + 1]
    assert found(installation, audrey, from_us=at) == [before + 3]
    assert before + 3 not in found(installation, audrey, until_us=at)
    assert found(installation, audrey, until_us=at, kind="alert", deployment=there) == [before + 1]
    assert before + 2 in found(installation, audrey, account=SYSTEM)
    assert found(installation, audrey, kind="hold") == []


def test_one_look_goes_through_a_bounded_number_of_entries(
    installation: Installation, audrey: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 20)
    monkeypatch.setattr(reading, "BATCH", 7)
    noted(installation, 40)
    size = installation.store.read(lambda work: work.ledger.size())
    first = part(installation.store, audrey, Wanted(kind="account"))
    assert (first.lines, first.looked_down_to) == ((), size - 20)
    assert first.goes_on
    rest = part(installation.store, audrey, Wanted(kind="installation.policy"), first.looked_down_to - 15)
    assert rest.lines
    assert not rest.goes_on


def test_an_entry_is_had_whole_or_there_is_none(installation: Installation, audrey: Account) -> None:
    noted(installation, 1)
    size = installation.store.read(lambda work: work.ledger.size())
    one = document(installation.store, audrey, size - 1)
    assert one.line.facts == {"kind": 1}
    assert one.head.head.size == size
    for index in (-1, size):
        with pytest.raises(NotInLedger):
            document(installation.store, audrey, index)


# Who may read what


def test_whoever_also_decides_reads_nothing_of_an_alert_that_waits(
    installation: Installation, audrey: Account, both: Account
) -> None:
    store = installation.store
    policed(installation)
    first, second = raised(installation, 1), raised(installation, 2)
    index = found(installation, audrey, kind="alert.raised")[-1]
    decided(installation, first, Verdict.WORTH_A_LOOK, account=uuid(7), rules=RULES, policy=TWO)
    lines = part(store, both, Wanted(kind="alert")).lines
    assert [(line.kind, line.withheld, dict(line.facts)) for line in lines] == [
        ("alert.decided", True, {}),
        ("alert.raised", True, {}),
        ("alert.raised", True, {}),
    ]
    assert not any(line.withheld for line in part(store, audrey, Wanted()).lines)
    for refused in (
        lambda: document(store, both, index),
        lambda: readable(store, both, 0, 500),
        lambda: require_readable(store, both, index),
        lambda: require_for_everybody(store, index),
        lambda: readable_size(store, both),
    ):
        with pytest.raises(WithheldUntilDecided):
            refused()
    assert document(store, audrey, index).line.facts["score_e4"] == 7000
    require_readable(store, both, index + 1)
    require_readable(store, audrey, index)
    assert [row.index for row in readable(store, both, index + 1, index + 2)[1]] == [index + 1]
    size, rows = readable(store, audrey, 0, 500)
    assert len(rows) == size
    assert readable(store, both, size, size + 10) == (size, [])  # of what comes later nothing is read
    with pytest.raises(NotInLedger):
        require_readable(store, both, size)
    with pytest.raises(NotInLedger):
        require_for_everybody(store, size)
    require_for_everybody(store, index + 1)
    assert readable_size(store, None) == readable_size(store, audrey) == store.read(lambda work: work.ledger.size())
    decided(installation, first, Verdict.WORTH_A_LOOK, account=uuid(8), rules=RULES, policy=TWO)
    assert document(store, both, index).line.facts["score_e4"] == 7000
    with pytest.raises(WithheldUntilDecided):
        readable_size(store, both)
    erase_alert(installation, second, "by-hand")  # nobody can decide about it any more
    assert readable_size(store, both)


def test_where_the_score_is_told_at_once_only_what_the_first_said_waits(installation: Installation) -> None:
    policed(installation)
    one = raised(installation, 1)
    with pytest.MonkeyPatch.context() as patch:
        seen = replace(TWO, blind_first=False)
        patch.setattr(reading, "rules_of", lambda *_: seen)
        assert installation.store.read(waiting).alerts == frozenset()
        decided(installation, one, Verdict.WORTH_A_LOOK, account=uuid(7), rules=RULES, policy=TWO)
        assert installation.store.read(waiting).alerts == {one}
        patch.setattr(reading, "rules_of", lambda *_: replace(ONE, blind_first=False))
        assert installation.store.read(waiting).alerts == frozenset()


def test_without_a_policy_or_alerts_nothing_waits(installation: Installation) -> None:
    row = deployment(5)
    installation.store.write(lambda work: work.deployments.add(row))
    assert installation.store.read(waiting).alerts == frozenset()
    installation.store.write(lambda work: work.alerts.add(replace(alert(1), deployment=row.id)))
    assert installation.store.read(waiting).alerts == frozenset()


def minute(installation: Installation) -> int:
    """A camera's minute that is recorded now; the index of its entry."""
    deployed = keeping.entered(installation).id
    facts: dict[str, Fact] = {"camera": 0, "possible_matches": 0}
    installation.store.write(lambda work: work.record(reading.MINUTE, deployment=deployed, facts=facts))
    return installation.store.read(lambda work: work.ledger.size()) - 1


def test_counts_of_a_minute_tell_nobody_who_decides_that_an_open_alert_is_a_decoy(
    installation: Installation, audrey: Account, both: Account
) -> None:
    store, clock = installation.store, cast(FixedClock, installation.clock)
    policed(installation)
    before = minute(installation)
    clock.advance(60)
    one = raised(installation, 1)
    clock.advance(30)
    after = minute(installation)
    other = uuid(0x77)
    store.write(lambda work: work.record(reading.MINUTE, deployment=other, facts={"possible_matches": 0}))
    shown = {line.index: line for line in part(store, both, Wanted(kind="figures")).lines}
    assert [shown[index].withheld for index in (before, after, after + 1)] == [False, True, False]
    assert shown[after].facts == {}
    for refused in (
        lambda: document(store, both, after),
        lambda: require_readable(store, both, after),
        lambda: require_for_everybody(store, after),
        lambda: readable(store, both, after, after + 1),
    ):
        with pytest.raises(WithheldUntilDecided, match="1 alert waits"):
            refused()
    require_for_everybody(store, before)
    assert document(store, audrey, after).line.facts["possible_matches"] == 0
    for account in (uuid(7), uuid(8)):
        decided(installation, one, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=TWO)
    assert document(store, both, after).line.facts["possible_matches"] == 0
    assert readable_size(store, both)


@pytest.mark.parametrize(("per_hour", "held"), [(0, False), (1, True)])
def test_counts_of_a_minute_are_held_back_only_where_there_may_be_decoys(
    installation: Installation, both: Account, per_hour: int, held: bool
) -> None:
    policed(installation)
    raised(installation, 1)
    index = minute(installation)
    rules = replace(ONE, blind_first=False, decoys_per_h_max=per_hour)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "rules_of", lambda *_: rules)
        assert part(installation.store, both, Wanted(kind="figures")).lines[0].withheld is held
        if not held:
            assert readable_size(installation.store, both) == index + 1
            return
        with pytest.raises(WithheldUntilDecided):
            readable_size(installation.store, both)


def test_an_alert_that_was_counted_as_not_verified_holds_no_counts_back(
    installation: Installation, both: Account
) -> None:
    policed(installation)
    one = raised(installation, 1)
    index = minute(installation)
    over(installation, one)
    require_readable(installation.store, both, index)
