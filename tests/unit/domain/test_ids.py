"""Identifiers are UUIDs of version 7: they sort by time, and the rest is chance."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.ids import made_us, new_id

MOMENTS = st.integers(min_value=0, max_value=(1 << 48) * 1000 - 1)
CHANCE = st.binary(min_size=10, max_size=10)


def test_the_example_of_rfc_9562_comes_out_as_printed_there() -> None:
    # RFC 9562, appendix A.6: 2022-02-22T19:22:22.00Z, rand_a CC3, rand_b 18C4DC0C0C07398F.
    tail = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    assert new_id(0x017F22E279B0 * 1000, lambda _: tail) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(MOMENTS, CHANCE)
def test_an_id_is_a_version_7_uuid_that_carries_its_millisecond(now_us: int, chance: bytes) -> None:
    made = uuid.UUID(new_id(now_us, lambda _: chance))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == now_us // 1000


@given(MOMENTS, MOMENTS, CHANCE, CHANCE)
def test_ids_of_different_milliseconds_sort_by_time(one: int, two: int, chance: bytes, other: bytes) -> None:
    if one // 1000 != two // 1000:
        assert (new_id(one, lambda _: chance) < new_id(two, lambda _: other)) == (one < two)


@given(MOMENTS, CHANCE, CHANCE)
def test_different_chance_gives_different_ids(now_us: int, chance: bytes, other: bytes) -> None:
    used = (1 << 74) - 1
    same = int.from_bytes(chance, "big") & used == int.from_bytes(other, "big") & used
    assert (new_id(now_us, lambda _: chance) == new_id(now_us, lambda _: other)) == same


@pytest.mark.parametrize("now_us", [-1, (1 << 48) * 1000])
def test_a_time_that_does_not_fit_is_refused(now_us: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        new_id(now_us, bytes)


@given(MOMENTS, CHANCE)
def test_an_id_tells_when_it_was_made(now_us: int, chance: bytes) -> None:
    assert made_us(new_id(now_us, lambda _: chance)) == now_us // 1000 * 1000


@pytest.mark.parametrize("text", ["", "alert", str(uuid.UUID(int=0, version=4))])
def test_what_is_no_uuid_7_was_made_never(text: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        made_us(text)
