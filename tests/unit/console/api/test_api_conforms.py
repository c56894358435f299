"""The API against its own description, as each role and as nobody: no fault, no status that is not described, and every
answer of the shape that is described (Schemathesis)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from overt.domain.roles import Role
from tests.deployed import quick_passphrases
from tests.unit.console.api.seeded import BASE, Seeded, seeded

Operation = APIOperation[Any, Any, Any, Any]

EXAMPLES = 200 if os.environ.get("OVERT_TORTURE") == "1" else 4
CHECKS = (
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)
#: Values that are there, so that not every path is one that is not.
IDS = ("deployment", "alert")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with quick_passphrases():
        yield seeded(tmp_path_factory.mktemp("conforms"))


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: str(role or "nobody"))
def test_the_api_is_what_it_says(made: Seeded, role: Role | None) -> None:
    whole = made.client().get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(whole)
    schema.app = made.app
    schema.config.update(base_url=BASE)
    called = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in GenerationMode:
            with suppress(Unsatisfiable):  # where nothing can be asked wrongly
                called += _tried(made, role, operation, mode)
    assert called >= EXAMPLES * 15


def _tried(made: Seeded, role: Role | None, operation: Operation, mode: GenerationMode) -> int:
    by_token = {"token": []} in operation.definition.raw.get("security", [])
    client = made.client(role, by_token=by_token)
    called = 0

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        nonlocal called
        if isinstance(case.query, dict) and case.path.endswith("/events"):
            case.query["follow"] = "false"
        if case.path_parameters and called % 2 == 0:
            there = {"deployment": made.deployment.id, "alert": made.alerts[called % len(made.alerts)]}
            case.path_parameters.update({name: there[name] for name in IDS if name in case.path_parameters})
        called += 1
        answer = case.call(session=client, base_url=BASE)
        case.validate_response(answer, checks=list(CHECKS))

    call()
    return called
