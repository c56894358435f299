"""A forget-me test, step by step: only a camera that was empty, then not, then empty in time has shown anything."""

from __future__ import annotations

import pytest

from overt.domain.forgetting import LONGEST_S, Examined, ForgettingTest, Stage

QUARTER_US = 250_000


def found(taken: int = 0, *, left: int = 0, unseen_s: float = 0.0) -> Examined:
    return Examined(camera=0, slots=24, taken=taken, left=left, unseen_s=unseen_s)


def after(*looks: Examined) -> ForgettingTest:
    """Looked at four times a second."""
    test = ForgettingTest(1_000_000)
    for number, look in enumerate(looks, 1):
        test.look(look, 1_000_000 + number * QUARTER_US)
    return test


def test_somebody_comes_goes_and_is_forgotten() -> None:
    steps = [
        (found(1), Stage.EMPTYING),
        (found(), Stage.WAITING),
        (found(), Stage.WAITING),
        (found(1), Stage.SEEN),
        (found(2, unseen_s=0.1), Stage.SEEN),
        (found(1, unseen_s=0.35), Stage.GOING),
        (found(1, unseen_s=0.6), Stage.GOING),
        (found(), Stage.FORGOTTEN),
    ]
    for count in range(1, len(steps) + 1):
        assert after(*(look for look, _ in steps[:count])).stage is steps[count - 1][1]
    test = after(*(look for look, _ in steps))
    assert test.over
    assert test.most == 2
    assert test.before_s == pytest.approx(0.6)
    assert test.after_s == pytest.approx(0.85)
    newest = test.newest
    test.look(found(1, unseen_s=30), 99_000_000)
    test.give_up()
    assert (test.stage, test.newest) == (Stage.FORGOTTEN, newest)


def test_somebody_who_comes_back_into_view_is_seen_again() -> None:
    assert after(found(), found(1, unseen_s=0.5), found(1, unseen_s=0.0)).stage is Stage.SEEN


@pytest.mark.parametrize(
    "kept", [found(1, unseen_s=1.01), found(left=1), found(1, left=1)], ids=["too long", "left", "left beside"]
)
@pytest.mark.parametrize("before", [(), (found(),), (found(), found(1))], ids=["at once", "waiting", "seen"])
def test_what_is_held_for_longer_than_promised_fails_it_at_any_stage(
    kept: Examined, before: tuple[Examined, ...]
) -> None:
    test = after(*before, kept)
    assert test.stage is Stage.KEPT
    assert test.after_s is None


def test_a_camera_that_nobody_leaves_or_nobody_comes_to_shows_nothing() -> None:
    for looks in ((found(),), (found(1),), (found(), found(1))):
        test = after(*looks)
        test.look(looks[-1], 1_000_000 + round(LONGEST_S * 1e6))
        assert not test.over
        test.look(looks[-1], 1_000_001 + round(LONGEST_S * 1e6))
        assert test.stage is Stage.UNSHOWN


def test_one_that_is_broken_off_shows_nothing() -> None:
    test = after(found(), found(1))
    test.give_up()
    assert test.stage is Stage.UNSHOWN
