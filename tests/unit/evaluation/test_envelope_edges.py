"""Curves and edges against hand-worked tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.envelope import Limit
from overt.evaluation.envelope_edges import Curve, Level, crossing, curve, limits_of
from overt.evaluation.envelope_spoil import Condition
from overt.evaluation.intervals import Figure

DIM = Condition(name="dim", says="x", unit="share", clean=1.0, levels=(0.5, 0.25), live=("zone_light",), log=True)
TURN = Condition(name="turn", says="x", unit="turn", clean=0.0, levels=(0.2, 0.4), live=("face_yaw",))
PLAIN = Condition(name="plain", says="x", unit="x", clean=0.0, levels=(1.0, 2.0), not_live="because")


def level(at: float, found: int, of: int = 100, *, light: float | None = None, name: str = "zone_light") -> Level:
    """The first `found` of `of` people are found."""
    own = np.where(np.arange(of) < found, 0.8, 0.2)
    live = {} if light is None else {name: np.full(of, light)}
    return Level(level=at, people=np.arange(of), own=own, other=np.full(of, 0.3), live=live)


def dim(*found: int, lights: Sequence[float | None] = (100.0, 60.0, 20.0)) -> Curve:
    levels = (DIM.clean, *DIM.levels)
    return curve(
        DIM, tuple(level(at, n, light=light) for at, n, light in zip(levels, found, lights, strict=True)), 0.5, 1
    )


def test_found_is_the_own_entry_best_and_at_the_threshold() -> None:
    nothing = np.nan
    one = Level(
        level=0,
        people=np.arange(6),
        own=np.array([0.5, 0.499, 0.9, 0.9, nothing, 0.7]),
        other=np.array([0.1, 0.1, 0.91, 0.9, nothing, 0.6]),
    )
    assert one.found(0.5).tolist() == [True, False, False, False, False, True]
    assert one.not_acquired == 1


def test_a_level_of_unequal_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="every picture"):
        Level(level=0, people=np.arange(3), own=np.zeros(2), other=np.zeros(3))


def test_a_median_needs_ten_pictures_that_showed_it() -> None:
    shown = np.array([*range(10), np.nan, np.nan], np.float64)
    some = {"people": np.arange(12), "own": np.zeros(12), "other": np.zeros(12)}
    assert Level(level=0, live={"face_yaw": shown}, **some).median("face_yaw") == 4.5  # type: ignore[arg-type]
    shown[0] = np.nan
    assert Level(level=0, live={"face_yaw": shown}, **some).median("face_yaw") is None  # type: ignore[arg-type]
    assert Level(level=0, **some).median("face_yaw") is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shares", "part", "place"),
    [
        ([1.0, 0.8, 0.0], 0.9, 0.5),
        ([1.0, 0.9, 0.0], 0.9, 1.0),  # at the share is not below it
        ([0.5, 1.0, 0.8], 0.9, 1.5),  # from the best level on
        ([1.0, 0.95, 0.92], 0.9, None),
        ([0.0, 0.0], 0.9, None),
        ([1.0, 0.0, 1.0], 0.5, 0.5),
    ],
)
def test_an_edge_lies_between_the_levels_beside_it(shares: list[float], part: float, place: float | None) -> None:
    assert crossing(np.array(shares), part) == (None if place is None else pytest.approx(place))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_a_stricter_part_is_left_no_later(shares: list[float]) -> None:
    strict, lax = (crossing(np.array(shares), part) for part in (0.9, 0.5))
    assert lax is None or (strict is not None and strict <= lax)


def test_the_edge_of_a_hand_worked_curve() -> None:
    found = dim(100, 80, 0)
    assert [figure.num for figure in found.tpir] == [100, 80, 0]
    assert found.tpir[1] == Figure.of(80, 100)
    amber, red = found.edges
    assert amber.level == pytest.approx(np.sqrt(0.5))  # half the way on a logarithmic axis
    assert amber.live == {"zone_light": pytest.approx(80.0)}
    assert red.level == pytest.approx(0.5 ** (1 + 0.3 / 0.8))
    assert red.live == {"zone_light": pytest.approx(60 - 40 * 0.3 / 0.8)}
    assert amber.nearest is not None
    assert amber.farthest is not None
    assert amber.nearest > float(np.sqrt(0.5)) > amber.farthest  # in the order of the axis, from clean to worse
    assert limits_of((found,)) == (Limit(quantity="zone_light", amber=80.0, red=45.0, condition="dim", people=100),)


def test_an_edge_that_is_not_reached_has_an_open_end_and_no_limit() -> None:
    found = dim(100, 98, 95)
    assert [(edge.level, edge.nearest, edge.farthest, edge.live) for edge in found.edges] == [
        (None, None, None, {})
    ] * 2
    assert limits_of((found,)) == ()


def test_an_interval_whose_draws_often_miss_the_edge_is_open_and_gives_no_limit() -> None:
    found = dim(100, 95, 89)
    amber, _ = found.edges
    assert amber.level is not None
    assert amber.nearest is not None
    assert amber.farthest is None
    assert limits_of((found,)) == ()


@pytest.mark.long
def test_the_interval_covers_the_edge_of_the_population() -> None:
    """A known curve, 100, 80 and 0 %, sampled again and again: its edge lies in the interval about 95 times in 100."""
    chance = np.random.default_rng(5)
    truth, inside = np.sqrt(0.5), 0
    for _ in range(60):
        drawn = curve(DIM, (level(1.0, 100), level(0.5, int(chance.binomial(100, 0.8))), level(0.25, 0)), 0.5, 1)
        edge = drawn.edges[0]
        inside += edge.farthest is not None and edge.nearest is not None and edge.farthest <= truth <= edge.nearest
    assert 50 <= inside <= 60


def test_people_and_not_pictures_are_drawn_again() -> None:
    people = np.repeat(np.arange(10), 10)
    own = np.where(people < 5, 0.8, 0.2)
    levels = tuple(
        Level(level=at, people=people, own=np.full(100, 0.8) if at == 0 else own, other=np.zeros(100))
        for at in (0.0, 1.0)
    )
    repeated = curve(PLAIN, levels, 0.5, 1).tpir[1]
    assert (repeated.num, repeated.den) == (50, 100)
    assert repeated.high - repeated.low > Figure.of(50, 100).high - Figure.of(50, 100).low + 0.1


def test_names_of_people_do_not_matter() -> None:
    levels = [level(0.0, 100), level(1.0, 70), level(2.0, 20)]
    other = np.random.default_rng(3).permutation(100)
    turned = [Level(level=one.level, people=other, own=one.own, other=one.other) for one in levels]
    one, two = (curve(PLAIN, tuple(some), 0.5, 1) for some in (levels, turned))
    assert one.tpir == two.tpir
    assert [edge.level for edge in one.edges] == [edge.level for edge in two.edges]


def test_a_draw_without_anybody_of_a_level_leaves_that_level_where_it_is() -> None:
    rare = Level(level=1.0, people=np.array([0]), own=np.array([0.8]), other=np.array([0.0]))
    found = curve(PLAIN, (level(0.0, 100), rare), 0.5, 1)
    assert found.edges[0].nearest is None


def test_a_curve_needs_two_levels_with_pictures() -> None:
    nobody = Level(level=1.0, people=np.zeros(0, np.int64), own=np.zeros(0), other=np.zeros(0))
    for levels in ((level(0.0, 3),), (level(0.0, 3), nobody)):
        with pytest.raises(ValueError, match="two levels"):
            curve(PLAIN, levels, 0.5, 1)


def test_the_stricter_of_two_conditions_gives_the_limit() -> None:
    lax = dim(100, 100, 0)
    strict = dim(100, 80, 0)
    assert limits_of((lax, strict)) == limits_of((strict, lax)) == limits_of((strict,))


def test_a_high_bad_side_takes_the_lower_limit_and_quantities_keep_their_order() -> None:
    def turn(*found: int) -> Curve:
        levels = (TURN.clean, *TURN.levels)
        return curve(
            TURN, tuple(level(at, n, light=at, name="face_yaw") for at, n in zip(levels, found, strict=True)), 0.5, 1
        )

    limits = limits_of((turn(100, 95, 0), turn(100, 80, 0), dim(100, 80, 0)))
    assert [(limit.quantity, limit.worse) for limit in limits] == [("zone_light", "low"), ("face_yaw", "high")]
    assert limits[1].amber == pytest.approx(0.1)


@pytest.mark.parametrize("lights", [(20.0, 60.0, 100.0), (None, 60.0, 20.0), (100.0, None, None)])
def test_a_quantity_that_does_not_get_worse_or_was_not_shown_gives_no_limit(
    lights: tuple[float | None, ...],
) -> None:
    assert limits_of((dim(100, 80, 0, lights=lights),)) == ()


def test_a_red_limit_that_is_no_worse_than_amber_is_left_out() -> None:
    (limit,) = limits_of((dim(100, 80, 0, lights=(100.0, 60.0, 150.0)),))
    assert (limit.amber, limit.red) == (80.0, None)


def test_the_record_says_everything_a_reader_needs() -> None:
    record = dim(100, 80, 0).record()
    assert record["condition"] == "dim"
    assert record["people"] == 100
    assert record["levels"] == [
        {"level": at, "tpir": Figure.of(n, 100).record(), "not_acquired": 0, "live": {"zone_light": light}}
        for at, n, light in ((1.0, 100, 100.0), (0.5, 80, 60.0), (0.25, 0, 20.0))
    ]
    assert record["not_live"] is None
    assert [sorted(edge) for edge in record["edges"]] == [["farthest", "level", "live", "nearest", "share_of_best"]] * 2  # type: ignore[attr-defined]
