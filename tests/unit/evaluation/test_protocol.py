"""Nobody is in both halves, relatives stay together, and everybody has one part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import Refused
from overt.evaluation.protocol import cast, fused_sets, halves, largest_list, numbered, read_kin
from tests.unit.evaluation.drawn import people

KIN = frozenset({frozenset({"p0000", "p0007"}), frozenset({"p0007", "p0003"}), frozenset({"p0001", "elsewhere"})})


@given(st.lists(st.integers(1, 4), min_size=9, max_size=30), st.integers(0, 50))
def test_the_halves_are_apart_and_hold_everybody(counts: list[int], seed: int) -> None:
    samples = people(counts)
    one, other = halves(samples, seed=seed, kin=KIN)
    assert set(one.pictures) | set(other.pictures) == set(range(len(counts)))
    assert not set(one.pictures) & set(other.pictures)
    assert abs(len(one.pictures) - len(other.pictures)) <= 3
    rows = np.concatenate([*one.pictures.values(), *other.pictures.values()])
    assert sorted(rows.tolist()) == list(range(sum(counts)))
    assert len({0, 3, 7} & set(one.pictures)) in (0, 3)


def test_the_same_seed_splits_alike_and_another_one_does_not() -> None:
    samples = people([2] * 40)
    first, again, other = (halves(samples, seed=seed)[0] for seed in (1, 1, 2))
    assert list(first.pictures) == list(again.pictures)
    assert set(first.pictures) != set(other.pictures)


def test_half_of_those_with_a_second_picture_are_listed_and_half_are_strangers() -> None:
    _, half = halves(people([3] * 20 + [1] * 40), seed=1)
    several = sum(len(rows) > 1 for rows in half.pictures.values())
    who = cast(half, 20)
    assert len(who.listed) == 20
    assert len(who.mated) == several // 2
    assert all(len(rows) == 2 for rows in who.mated.values())
    assert set(who.strangers) == set(half.pictures) - set(who.listed)
    assert all(len(who.strangers[person]) == len(half.pictures[person]) for person in who.strangers)
    for person, row in who.listed.items():
        assert row in half.pictures[person]
        assert row not in who.mated.get(person, [])


def test_a_large_list_takes_people_with_several_pictures_too() -> None:
    _, half = halves(people([2] * 20), seed=1)
    who = cast(half, 8)
    assert (len(who.listed), len(who.mated), len(who.strangers)) == (8, 8, 2)


def test_who_has_no_template_is_not_listed_and_is_counted() -> None:
    samples = people([2] * 12, faceless=range(0, 24))
    _, half = halves(samples, seed=1)
    assert half.enrollable == []
    samples = people([2, 2, 2, 2, 1, 1, 1, 1], faceless=(0, 1, 2))
    for half in halves(samples, seed=1):
        assert 0 not in half.enrollable
        who = cast(half, 2)
        assert who.not_enrolled == (0 in half.pictures)
        if 1 in who.listed:
            assert who.listed[1] == 3  # the other picture shows no face


@pytest.mark.parametrize("size", [0, 10, 11])
def test_a_list_that_leaves_no_stranger_is_refused_with_the_largest_that_does(size: int) -> None:
    _, half = halves(people([2] * 20), seed=1)
    with pytest.raises(Refused, match="from the 10 people") as caught:
        cast(half, size)
    assert "from 1 to 9" in caught.value.todo
    assert largest_list(half) == 7


def test_fewer_than_four_people_cannot_be_split() -> None:
    with pytest.raises(Refused, match="3 people cannot be split"):
        halves(people([2, 2, 2]), seed=1)


def test_kin_are_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "kin.csv"
    path.write_text("a,b,relation\np0001, p0004 ,sisters\np0002,p0002,nonsense\n,p0003,nobody\np0009,p0000,twins\n")
    kin = read_kin(path)
    assert kin == {frozenset({"p0001", "p0004"}), frozenset({"p0009", "p0000"})}
    assert numbered([f"p{n:04}" for n in range(8)], kin) == {(1, 4)}


@pytest.mark.parametrize("content", [b"one,two\nx,y\n", b"", b"a,b\n\xff\xfe,x\n"])
def test_a_table_of_kin_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kin.csv"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"kin\.csv"):
        read_kin(path)
    with pytest.raises(Refused, match="cannot be read"):
        read_kin(tmp_path / "absent.csv")


def test_sets_to_be_fused_share_no_picture() -> None:
    sets = fused_sets(np.array([5, 3, 8, 1, 9]), 2)
    assert [one.tolist() for one in sets] == [[5, 3], [8, 1]]
    assert fused_sets(np.array([5]), 2) == []
