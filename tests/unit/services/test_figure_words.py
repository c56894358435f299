"""What figures say: a sentence with its interval, a reading, and how it was computed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from overt.domain.decision import Followed, Result, Verdict
from overt.evaluation.intervals import Figure
from overt.services.figure_parts import parts_of
from overt.services.figure_words import (
    Told,
    camera_sentence,
    costs,
    person_sentence,
    promise_sentence,
    stop_sentence,
    stop_told,
    told_of_alerts,
    told_of_false_alerts,
)
from overt.services.figures import Figures, figures_from, figures_of
from tests.histories import History


@pytest.fixture
def history() -> History:
    return History()


def only(history: History) -> Figures:
    return figures_of(history.installation, [history.deployment])[0]


def all_told(one: Figures) -> list[Told]:
    listed = told_of_alerts(one.tally.listed)
    return [*listed, *told_of_false_alerts(one), stop_told(one, over=False), *costs(one.tally)]


def test_every_figure_says_what_it_is_how_to_read_it_and_how_it_came(history: History) -> None:
    for _ in range(2):
        for told in all_told(only(history)):
            for text in (told.name, told.sentence, told.reading, told.how):
                assert text == text.strip() != ""
                assert not re.search(r"accura|confiden|!|\bhit\b", text)
            assert {told.how[-1], told.reading[-1]} == {"."}
        history.minute(seen=5000)
        history.ended(1, Result.RIGHT)
        history.ended(2, Result.WRONG_PERSON, held_min=7)


def test_the_shares_of_alerts_are_read_in_a_line(history: History) -> None:
    history.ended(1, Result.RIGHT)
    history.ended(2, Result.WRONG_ENTRY)
    gone = history.raised(3)
    history.says(gone, Verdict.WORTH_A_LOOK)
    history.came(gone, Result.RIGHT, followed=Followed.GROUND_GONE)
    history.says(history.raised(4), Verdict.NOT_THE_PERSON)
    verified, precision, _, stale = told_of_alerts(only(history).tally.listed)
    assert verified.sentence == "2 of 4 alerts verified right: 50 % (7 to 93 %)"
    assert verified.reading == (
        "Of 4 alerts, 2 led to the person sought, 1 to somebody else, and of 1 nobody ever found out."
    )
    assert precision.sentence.startswith("2 of 3 identified people were the right ones (precision)")
    assert precision.reading.endswith("with so few cases only the interval is known.")
    assert stale.sentence.startswith("1 of 3 people identified as listed were let go, their ground gone: 33 %")


def test_where_nothing_was_counted_it_says_so(history: History) -> None:
    verified, precision, served, stale = told_of_alerts(only(history).tally.listed)
    assert "says nothing" in verified.reading
    assert {one.reading for one in (precision, served, stale)} == {"Nothing was counted yet, so this says nothing."}
    assert "cannot be told from so few passages (0 of 0)" in promise_sentence(only(history))


def test_a_share_of_many_is_read_without_a_warning(history: History) -> None:
    for passage in range(30):
        history.ended(passage, Result.RIGHT)
    assert told_of_alerts(only(history).tally.listed)[1].reading.endswith("it was who was sought.")


@pytest.mark.parametrize(("false", "seen", "says"), [(0, 10_000, "was kept,"), (30, 1000, "was NOT kept,")])
def test_the_promise_is_judged(history: History, false: int, seen: int, says: str) -> None:
    history.minute(seen=seen)
    for passage in range(false):
        history.says(history.raised(passage), Verdict.NOT_THE_PERSON)
    assert says in promise_sentence(only(history))


def test_the_stop_rule_says_where_its_ratio_stands_and_how_much_is_left(history: History) -> None:
    history.minute(seen=1000)
    for passage in range(7):
        history.says(history.raised(passage), Verdict.NOT_THE_PERSON)
    told = stop_told(only(history), over=False)
    assert told.sentence == (
        "What was seen is 47 times as likely at 2 in 1,000 false alerts as at 1 in 1,000; from 100 times on, the "
        "deployment ends by itself. 2 more false passages would end it now."
    )
    assert told.reading == stop_sentence(only(history))
    assert stop_told(only(history), over=True).sentence.endswith("It is over.")
    for passage in (8, 9):
        history.says(history.raised(passage), Verdict.NOT_THE_PERSON)
    assert stop_told(only(history), over=False).sentence.endswith("So it ends for good, and its officer is told.")
    assert only(history).false_left == 0


@pytest.mark.parametrize(
    ("seen", "says"), [(100, "1.1 times less"), (3000, "20 times less"), (60_000, "over 1,000,000 times less")]
)
def test_a_ratio_that_speaks_for_the_promise_is_said_the_other_way(history: History, seen: int, says: str) -> None:
    history.minute(seen=seen)
    assert f"What was seen is {says} likely" in stop_told(only(history), over=False).sentence


def test_what_a_right_alert_cost(history: History) -> None:
    history.ended(1, Result.WRONG_PERSON, held_min=12)
    history.ended(2, Result.UNVERIFIED)
    hours, minutes, stops = costs(only(history).tally)
    assert hours.sentence == "Nobody has said how long people worked for it, so there are no officer-hours."
    assert minutes.sentence == (
        "12 minutes for which people were held up on a wrong alert, to 0 right alerts: none was right, so there is "
        "nothing to divide by."
    )
    assert "The 1 person who stayed unverified is not in it." in minutes.how
    history.ended(3, Result.RIGHT)
    history.ended(4, Result.RIGHT)
    facts = only(history).facts
    assert facts is not None
    worked = figures_from(replace(facts, officer_min=600))
    hours, minutes, stops = costs(worked.tally)
    assert hours.sentence == "10.0 officer-hours for 2 right alerts: 5.0 hours for each."
    assert minutes.sentence.endswith("to 2 right alerts: 6.0 minutes for each.")
    assert stops.sentence == "0 stops on a ground that no longer held, to 2 right alerts: 0.0 stops for each."


def test_parts_are_said_in_a_sentence_each(history: History) -> None:
    history.minute()
    history.says(history.raised(1), Verdict.WORTH_A_LOOK, looked_us=2_500_000)
    facts = only(history).facts
    assert facts is not None
    parts = parts_of(facts, {facts.alerts[0].verdicts[0][0]: "olga"})
    assert [camera_sentence(name, one) for name, one in parts.cameras.items()] == [
        "north: 100 of 110 passages searched, 1 alert: 0 right, 0 wrong, 1 never verified."
    ]
    assert person_sentence(parts.people[0]) == (
        "olga: 1 of 1 verdicts were “worth a look”: 100 % (3 to 100 %); half took up to 2.5 s (2.5 to 2.5 s); "
        f"{Figure.of(1, 1).sentence('within 3 s of the first look')}."
    )
    (older,) = parts_of(replace(facts, alerts=(replace(facts.alerts[0], looked_ms=()),))).people
    assert person_sentence(older).endswith("how long they took is not known.")
