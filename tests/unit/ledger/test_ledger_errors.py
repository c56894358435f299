"""What the ledger refuses explains itself, as everywhere in Overt."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from overt.domain import errors as domain_errors
from overt.domain.errors import OvertError, Refused
from overt.ledger import errors


def defined_in(module: ModuleType) -> list[type[OvertError]]:
    classes = (found for _, found in inspect.getmembers(module, inspect.isclass))
    return [found for found in classes if issubclass(found, OvertError) and found.__module__ == module.__name__]


OURS = defined_in(errors)


@pytest.mark.parametrize("error", OURS)
def test_every_refusal_is_drawn_ends_with_two_and_has_a_code_of_its_own(error: type[OvertError]) -> None:
    assert issubclass(error, Refused)
    assert error.exit_code == 2
    assert (errors.__doc__ or "").count(f" {error.__name__} ") == 1
    assert [each.code for each in [*OURS, *defined_in(domain_errors)]].count(error.code) == 1
