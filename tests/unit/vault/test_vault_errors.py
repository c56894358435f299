"""What the vault refuses explains itself, as everywhere in Overt."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from overt.domain import errors as domain_errors
from overt.domain.errors import OvertError, PartMissing, Refused, Stopped
from overt.vault import errors


def defined_in(module: ModuleType) -> list[type[OvertError]]:
    classes = (found for _, found in inspect.getmembers(module, inspect.isclass))
    return [found for found in classes if issubclass(found, OvertError) and found.__module__ == module.__name__]


OURS = defined_in(errors)


@pytest.mark.parametrize("error", OURS)
def test_every_error_of_the_vault_is_drawn_and_has_a_code_of_its_own(error: type[OvertError]) -> None:
    assert (errors.__doc__ or "").count(f" {error.__name__} ") == 1
    assert [each.code for each in [*OURS, *defined_in(domain_errors)]].count(error.code) == 1


def test_each_error_ends_the_run_as_its_kind_does() -> None:
    kinds = {error.__name__: error.__mro__ for error in OURS}
    assert [name for name, kind in kinds.items() if PartMissing in kind] == ["NoMasterKey"]
    assert [name for name, kind in kinds.items() if Stopped in kind] == ["KeyringUnavailable"]
    assert sum(Refused in kind for kind in kinds.values()) == len(kinds) - 2
