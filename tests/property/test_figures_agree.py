"""Whatever happens in deployments, store and ledger give the same figures, and a planted difference is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from overt.domain import complaining
from overt.domain.deciding import BadOutcome, BadVerdict, NoContact, NotDecided, verdicts_needed
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.figures import Counts
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.services.acting import file_paper
from overt.services.complaints import answer_complaint, file_complaint
from overt.services.figure_parts import parts_of
from overt.services.figures import Figures, figures_of
from overt.services.leaflets import count_leaflets
from overt.services.recount import check, differences, recount, recount_entries
from overt.services.terms import STARTED
from overt.store.ports import Work
from overt.store.records import AlertRow, FigureRow
from tests.authority import staff
from tests.histories import CAMERAS, ONE_VERDICT, TWO_VERDICTS, History
from tests.needs import rounds
from tests.stores import uuid

Step = Callable[[History, list[str]], object]
#: A history is a whole installation: a tenth of a second and more.
FEWER = settings(max_examples=rounds(few=50, many=1000))
SMALL = st.integers(0, 3)
COUNTS = st.builds(
    Counts,
    frames=st.integers(0, 2),
    faces_detected=SMALL,
    faces_seen=st.integers(0, 5000),
    lost=SMALL,
    **dict.fromkeys(("video_s", "green_s", "amber_s", "red_s"), st.floats(0, 60)),
)


def enters(policy: str, kind: str) -> Step:
    def step(history: History, alerts: list[str]) -> None:
        history.enter(policy, kind=kind)
        alerts.clear()

    return step


def seals(entries: int, withdrawn: list[int]) -> Step:
    def step(history: History, _: list[str]) -> None:
        history.seal(entries)
        for position in withdrawn:
            history.withdraw(position)

    return step


def raises(passage: int, camera: int, about: str | None, latency_us: int | None, threshold_e4: int) -> Step:
    return lambda history, alerts: alerts.append(
        history.raised(passage, camera=camera, about=about, latency_us=latency_us, threshold=threshold_e4 / 10_000)
    )


def decides(which: int, verdict: Verdict, by: int) -> Step:
    def step(history: History, alerts: list[str]) -> None:
        with suppress(BadVerdict):
            history.says(alerts[which % len(alerts)], verdict, by=0xA0 + by)

    return lambda history, alerts: step(history, alerts) if alerts else None


def ends(which: int, result: Result, held_min: int, followed: Followed) -> Step:
    def step(history: History, alerts: list[str]) -> None:
        with suppress(NoContact, BadOutcome):
            history.came(
                alerts[which % len(alerts)],
                result,
                held_min=held_min,
                followed=followed,
                served_aim=result is Result.RIGHT,
            )

    return lambda history, alerts: step(history, alerts) if alerts else None


def meets(passage: int, results: list[Result]) -> Step:
    """An alert on which "worth a look" stands, and what was said, one after the other, to have come of it."""

    def step(history: History, alerts: list[str]) -> None:
        alerts.append(history.raised(passage))
        for by in range(verdicts_needed(history.rules)):
            history.says(alerts[-1], Verdict.WORTH_A_LOOK, by=0xA0 + by)
        for result in results:
            history.came(alerts[-1], result)

    return step


def discloses(which: int) -> Step:
    """The record alone, or with the pictures."""

    def step(history: History, alert: str) -> None:
        with suppress(NotDecided):
            (history.handed_over if which % 2 else history.disclosed)(alert)

    return lambda history, alerts: step(history, alerts[which % len(alerts)]) if alerts else None


def counts(minute: int, camera: int, found: Counts) -> Step:
    return lambda history, _: history.counted(minute, camera, found)


def waits(seconds: int) -> Step:
    return lambda history, _: history.wait(seconds)


def overdue() -> Step:
    return lambda history, _: history.overdue()


def complains(kind: complaining.Kind, result: complaining.Result | None, about_an_alert: bool) -> Step:
    """About the deployment, or about its newest alert; None: it is not answered."""

    def step(history: History, alerts: list[str]) -> None:
        people = staff(history.installation)
        alert = alerts[-1] if about_an_alert and alerts else ""
        filed = file_complaint(
            history.installation,
            people[Role.AUDITOR],
            reference="C-1",
            kinds=[kind],
            alert=alert,
            deployment="" if alert else history.deployment,
        )
        if result is not None:
            officer = people[Role.AUTHORISING_OFFICER]
            answer_complaint(history.installation, officer, filed.id, result, "It was looked into, and said so.")

    return step


def hands_out(leaflets: int) -> Step:
    def step(history: History, _: list[str]) -> None:
        history.wait(1)  # of two words at one moment nobody could say which was the last
        installation, row = history.installation, history.row()
        officer = staff(installation)[Role.AUTHORISING_OFFICER]
        installation.store.write(lambda work: file_paper(installation, work, STARTED, by=officer.id, row=row))
        count_leaflets(installation, officer, row, leaflets)

    return step


WHICH = st.integers(-2, 2)  # mostly the newest ones, so that much happens to the same alert
RAISES = st.builds(
    raises,
    st.integers(1, 4),
    st.integers(0, len(CAMERAS) - 1),
    st.sampled_from(["listed", "listed", "volunteer", "decoy", None]),
    st.none() | st.integers(0, 10**7),
    st.integers(0, 10_000),
)
STEPS = st.one_of(
    RAISES,
    RAISES,
    st.builds(decides, WHICH, st.sampled_from(Verdict), SMALL),
    st.builds(decides, WHICH, st.just(Verdict.WORTH_A_LOOK), SMALL),
    st.builds(ends, WHICH, st.sampled_from(Result), st.integers(0, 60), st.sampled_from(Followed)),
    st.builds(ends, WHICH, st.sampled_from(Result), st.integers(0, 60), st.just(Followed.NOTHING)),
    st.builds(meets, st.integers(1, 4), st.lists(st.sampled_from(Result), max_size=3)),
    st.builds(discloses, WHICH),
    st.builds(counts, st.integers(0, 90), st.integers(0, len(CAMERAS) - 1), COUNTS),
    st.builds(waits, st.integers(0, 200)),
    st.builds(overdue),
    st.builds(enters, st.sampled_from([ONE_VERDICT, TWO_VERDICTS]), st.sampled_from(["operation", "trial"])),
    st.builds(seals, st.integers(0, 4), st.lists(SMALL, max_size=3)),
    st.builds(
        complains, st.sampled_from(complaining.Kind), st.none() | st.sampled_from(complaining.Result), st.booleans()
    ),
    st.builds(hands_out, st.integers(0, 9)),
)
HISTORIES = st.lists(STEPS, min_size=15, max_size=60)


def lived(steps: list[Step]) -> History:
    history, alerts = History(), list[str]()
    for step in steps:
        step(history, alerts)
    return history


@FEWER
@given(HISTORIES)
def test_the_figures_of_the_store_are_those_of_the_exported_ledger(steps: list[Step]) -> None:
    history = lived(steps)
    kept, read = figures_of(history.installation), recount(history.exported())
    assert differences(kept, read) == []
    assert [one.tally for one in kept] == [one.tally for one in read]
    assert [unnamed(one) for one in kept] == [unnamed(one) for one in read]
    assert check(history.installation) == (len(kept), [])


@FEWER
@given(HISTORIES)
def test_taken_apart_they_are_those_of_the_exported_ledger_too(steps: list[Step]) -> None:
    """A ledger numbers the cameras, whose names a store knows."""
    history = lived(steps)
    for kept, read in zip(figures_of(history.installation), recount(history.exported()), strict=True):
        assert kept.facts is not None
        assert read.facts is not None
        ours, theirs = parts_of(kept.facts), parts_of(read.facts)
        assert (ours.people, ours.slices) == (theirs.people, theirs.slices)
        numbered = {str(CAMERAS.index(name)): one.tally for name, one in ours.cameras.items()}
        assert numbered == {name: one.tally for name, one in theirs.cameras.items()}
        assert sum(one.right for one in ours.slices) == kept.tally.listed.right
        if ours.slices:
            last = ours.slices[-1]
            assert (last.false_so_far, last.passages_so_far) == (kept.tally.false_to_stop, kept.tally.unlisted)


@FEWER
@given(HISTORIES)
def test_the_counts_fit_together(steps: list[Step]) -> None:
    for one in figures_of(lived(steps).installation):
        tally = one.tally
        for part in (tally.listed, tally.volunteers, tally.decoys):
            states = part.worth_a_look + part.not_the_person + part.cannot_tell + part.undecided + part.open
            results = part.right + part.right_late + part.wrong_person + part.wrong_entry
            assert states == part.alerts
            assert results + part.not_engaged + part.lost + part.unverified == part.concluded <= part.alerts
        assert tally.false_low <= tally.false_high <= min(tally.listed.alerts, tally.unlisted)
        assert tally.false_to_stop <= tally.false_high
        assert tally.unlisted <= max(tally.faces_seen, tally.false_high)
        assert tally.complaints_upheld <= tally.complaints_answered <= tally.complaints
        assert tally.minutes <= tally.camera_minutes <= tally.minutes * max(1, tally.cameras)


PLANTED: dict[str, Callable[[Work, str], object]] = {
    "a verdict": lambda work, alert: work.alerts.count_undecided(alert, 1),
    "a minute": lambda work, alert: work.figures.add(_more_seen(work, alert)),
    "an alert": lambda work, alert: work.alerts.add(replace(_row(work, alert), id=uuid(0x2001), undecided_us=1)),
}


@FEWER
@given(HISTORIES, st.sampled_from(sorted(PLANTED)))
def test_what_is_planted_in_the_store_is_found(steps: list[Step], which: str) -> None:
    history = lived(steps)
    alert = history.raised(9)
    history.minute()
    assert check(history.installation)[1] == []
    history.installation.store.write(lambda work: PLANTED[which](work, alert))
    assert {one.deployment for one in check(history.installation)[1]} == {history.deployment}


@FEWER
@given(HISTORIES, st.integers(1, 99))
def test_what_is_planted_in_the_ledger_is_found(steps: list[Step], more: int) -> None:
    history = lived(steps)
    history.minute()
    entries = [line.partition(b"\t")[0] for line in history.exported()]
    last = Entry.from_bytes(entries[-1])
    seen = last.facts["faces_seen"]
    assert isinstance(seen, int)
    entries[-1] = replace(last, facts={**last.facts, "faces_seen": seen + more}).to_bytes()
    found = differences(figures_of(history.installation), recount_entries(entries))
    assert "faces_seen" in {one.figure for one in found}


def unnamed(one: Figures) -> dict[str, object]:
    return {**one.record(), "name": None}


def _row(work: Work, alert: str) -> AlertRow:
    row = work.alerts.get(alert)
    assert row is not None
    return row


def _more_seen(work: Work, alert: str) -> FigureRow:
    (newest, *_) = work.figures.of(_row(work, alert).deployment)
    return replace(newest, counts=Counts(faces_seen=1))
