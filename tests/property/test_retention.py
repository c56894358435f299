"""Whatever happens in whatever order: nothing is erased before its time, nor alive after it and one run."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from overt.domain.decision import Verdict
from overt.domain.retention import DAY_US, HOUR_US, RetentionRules
from overt.ledger.verify import verify
from overt.services.adjudicate import AlertErased, evidence, hold, lift
from overt.services.erase import finish_begun, key_name
from overt.services.installation import Installation
from overt.services.record import export
from overt.services.retain import LARGEST_JUMP_US, ClockJumped, confirm_clock, retain
from overt.store.records import State, Subject
from overt.testing.fixed_clock import FixedClock
from tests.installations import in_memory
from tests.unit.ledger.books import KEY
from tests.unit.services.keeping import ANN, BEN, EVIDENCE, raised
from tests.unit.services.verdicts import ONE, decided

RULES = RetentionRules()
SECONDS = st.sampled_from([0.000001, 1.0, 5.0, 19.999999, 20.0, 60.0, 3600.0, 86399.0, 86400.0, 200_000.0])
WHICH = st.integers(0, 50)


@dataclass
class Expected:
    """What a person with a pencil would say of one alert."""

    raised_us: int
    ends_us: int
    holds: dict[str, int]  # by id: when it ends
    said: set[Verdict] = field(default_factory=set)
    erased: bool = False

    def due(self, now_us: int) -> bool:
        return not self.erased and now_us >= self.ends_us and all(now_us >= ends for ends in self.holds.values())


class Retention(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock()
        self.installation: Installation = in_memory(self.clock)
        self.alerts: dict[str, Expected] = {}
        self.looked: tuple[int, int] | None = None  # host and boot time of the first look after the machine's start
        self.jumped = False
        self.boots = 0

    @initialize()
    def first_run(self) -> None:
        self.run_of_retention()

    def chosen(self, which: int) -> str:
        return list(self.alerts)[which % len(self.alerts)]

    @rule()
    def an_alert_is_raised(self) -> None:
        now_us = self.clock.now_us()
        alert = raised(self.installation, len(self.alerts))
        self.alerts[alert] = Expected(now_us, now_us + RULES.possible_match_us, {})

    @precondition(lambda self: self.alerts)
    @rule(which=WHICH, verdict=st.sampled_from(Verdict))
    def somebody_decides(self, which: int, verdict: Verdict) -> None:
        alert = self.chosen(which)
        expected, now_us = self.alerts[alert], self.clock.now_us()
        try:
            decided(self.installation, alert, verdict, account=self.installation.new_id(), rules=RULES)
        except AlertErased:
            assert expected.erased
            return
        assert not expected.erased
        expected.said.add(verdict)
        if expected.said == {Verdict.NOT_THE_PERSON}:
            expected.ends_us = min(expected.ends_us, now_us + RULES.not_the_person_us)
        else:
            expected.ends_us = expected.raised_us + RULES.possible_match_us

    @precondition(lambda self: self.alerts)
    @rule(which=WHICH, hours=st.sampled_from([1, 24, 72]))
    def somebody_holds(self, which: int, hours: int) -> None:
        alert = self.chosen(which)
        until_us = self.clock.now_us() + hours * HOUR_US
        try:
            row = hold(
                self.installation, alert, case="CR/1", until_us=until_us, placed_by=ANN, seconded_by=BEN, rules=ONE
            )
        except AlertErased:
            assert self.alerts[alert].erased
            return
        self.alerts[alert].holds[row.id] = until_us

    @precondition(lambda self: any(one.holds for one in self.alerts.values()))
    @rule(which=WHICH)
    def somebody_lifts(self, which: int) -> None:
        holds = [(alert, each) for alert, one in self.alerts.items() for each in one.holds]
        alert, each = holds[which % len(holds)]
        in_force = self.alerts[alert].holds[each] > self.clock.now_us()
        assert lift(self.installation, alert, each, account=BEN) == in_force
        if in_force:  # one that has expired is not lifted; where the clock is set back, it holds again
            del self.alerts[alert].holds[each]

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(
        by_us=st.sampled_from(
            [-400 * DAY_US, -HOUR_US, -LARGEST_JUMP_US, -1, 1, LARGEST_JUMP_US, HOUR_US, 400 * DAY_US]
        )
    )
    def somebody_sets_the_clock(self, by_us: int) -> None:
        self.clock.set_now(self.clock.now_us() + by_us)

    @rule()
    def the_machine_is_started_again(self) -> None:
        self.boots += 1
        self.looked = None
        self.installation = replace(self.installation, boot=f"boot {self.boots}")
        finish_begun(self.installation)

    @rule(count=st.integers(1, 3))
    def it_runs(self, count: int) -> None:
        for _ in range(count):
            self.run_of_retention()

    def run_of_retention(self) -> None:
        now_us, boot_us = self.clock.now_us(), self.clock.boot_us()
        self.looked = self.looked or (now_us, boot_us)
        moved_us = (now_us - self.looked[0]) - (boot_us - self.looked[1])
        self.jumped = self.jumped or abs(moved_us) > LARGEST_JUMP_US
        try:
            done = retain(self.installation)
        except ClockJumped:
            assert self.jumped
            return
        assert not self.jumped
        due = [one for one in self.alerts.values() if one.due(now_us)]
        assert done.alerts == len(due)
        for one in due:
            one.erased = True

    @precondition(lambda self: self.jumped)
    @rule()
    def an_administrator_confirms(self) -> None:
        assert confirm_clock(self.installation, BEN)
        self.jumped, self.looked = False, (self.clock.now_us(), self.clock.boot_us())

    @invariant()
    def what_lives_lives_and_what_is_gone_is_gone(self) -> None:
        states = self.installation.store.read(lambda work: work.alerts.states())
        assert states.keys() == self.alerts.keys()
        names = self.installation.keyring.names()
        for alert, expected in self.alerts.items():
            assert states[alert] == (State.ERASED if expected.erased else State.KEPT)
            assert (key_name(Subject.ALERT, alert) in names) == (not expected.erased)
            if not expected.erased:
                assert evidence(self.installation, alert) == EVIDENCE

    def teardown(self) -> None:
        out = io.BytesIO()
        if export(self.installation.store, out.write):
            verify(io.BytesIO(out.getvalue()), KEY.public_key())
        receipts = self.installation.store.read(lambda work: work.erasures.all())
        erased = {alert for alert, one in self.alerts.items() if one.erased}
        assert {row.subject_id for row in receipts} == erased
        assert len(receipts) == len(erased)
        assert all(row.key_destroyed_us is not None for row in receipts)


TestRetention = Retention.TestCase
TestRetention.settings = settings(stateful_step_count=40)
