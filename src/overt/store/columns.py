"""How values stand in columns: codes and lists of them, plain content, and the names of constraints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import CheckConstraint, Dialect, Text, TypeDecorator

Coded = TypeVar("Coded", bound=StrEnum)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Code(TypeDecorator[Coded], Generic[Coded]):
    """A code of an enumeration, as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, codes: type[Coded]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: Coded | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.codes(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Coded | None:  # noqa: ARG002
        return None if value is None else self.codes(value)


class Codes(TypeDecorator[tuple[str, ...]]):
    """Codes in their order, as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else json.dumps(list(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        return None if value is None else tuple(json.loads(value))


class Plain(TypeDecorator[Mapping[str, object]]):
    """Plain content, as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, object] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Mapping[str, object] | None:  # noqa: ARG002
        return None if value is None else cast(Mapping[str, object], json.loads(value))


def one_of(column: str, codes: Iterable[str]) -> CheckConstraint:
    """The constraint that the column holds one of these codes."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(code)) for code in codes)})", name=column)
