"""Every error explains itself: a stable code, a sentence, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from overt.domain import errors
from overt.domain.errors import OvertError, PartMissing, Refused, Stopped


def family(base: type[OvertError]) -> Iterator[type[OvertError]]:
    """`base` and everything below it in the module of errors."""
    yield base
    for child in base.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from family(child)


def test_an_error_reads_as_what_happened_and_then_what_to_do() -> None:
    error = Refused("The file is empty.", "Name another one.")
    assert str(error) == "The file is empty. Name another one."
    assert (error.sentence, error.todo) == ("The file is empty.", "Name another one.")


def test_an_error_without_advice_reads_as_its_sentence_alone() -> None:
    assert str(Stopped("The clock jumped.")) == "The clock jumped."


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in family(OvertError)]
    assert len(codes) == len(set(codes))


def test_the_tree_in_the_docstring_names_every_error_once() -> None:
    drawn = errors.__doc__ or ""
    for error in family(OvertError):
        assert drawn.count(f" {error.__name__} ") == (0 if error is OvertError else 1), error.__name__


@pytest.mark.parametrize("error", list(family(Refused)))
def test_every_refusal_ends_with_exit_code_two(error: type[OvertError]) -> None:
    assert error.exit_code == 2


@pytest.mark.parametrize("error", list(family(PartMissing)))
def test_every_missing_part_ends_with_exit_code_three(error: type[OvertError]) -> None:
    assert error.exit_code == 3
