"""People and what they may do: accounts, papers, authorities, leases, and who was listed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from overt.store.records import AccountRow, AuthorityRow, LeaseRow, PaperRow, SecondFactorRow
from overt.store.tables import ACCOUNTS, AUTHORITIES, LEASES, NOMINALS, PAPERS, SECOND_FACTORS
from overt.store.transaction import Transaction

MOST_AT_ONCE = 500  # digests in one statement


class Accounts:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: AccountRow) -> None:
        self._transaction.change(insert(ACCOUNTS).values(vars(row)))

    def get(self, account: str) -> AccountRow | None:
        return self._one(select(ACCOUNTS).where(ACCOUNTS.c.id == account))

    def by_name(self, name: str) -> AccountRow | None:
        return self._one(select(ACCOUNTS).where(ACCOUNTS.c.name == name))

    def all(self) -> list[AccountRow]:
        rows = self._transaction.rows(select(ACCOUNTS).order_by(ACCOUNTS.c.made_us, ACCOUNTS.c.id), held=True)
        return [AccountRow(**row._mapping) for row in rows]

    def change(self, row: AccountRow) -> bool:
        return self._transaction.change(update(ACCOUNTS).where(ACCOUNTS.c.id == row.id).values(vars(row))) > 0

    def _one(self, statement: Select[Any]) -> AccountRow | None:
        found = self._transaction.first(statement, held=True)
        return None if found is None else AccountRow(**found._mapping)


class SecondFactors:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def put(self, row: SecondFactorRow) -> None:
        adding = self._transaction.upsert(SECOND_FACTORS).values(vars(row))
        self._transaction.put(adding.on_conflict_do_update(index_elements=[SECOND_FACTORS.c.account], set_=vars(row)))

    def get(self, account: str) -> SecondFactorRow | None:
        found = self._transaction.first(select(SECOND_FACTORS).where(SECOND_FACTORS.c.account == account), held=True)
        return None if found is None else SecondFactorRow(**found._mapping)

    def use(self, account: str, step: int) -> bool:
        unused = (SECOND_FACTORS.c.account == account) & (SECOND_FACTORS.c.last_step < step)
        return self._transaction.change(update(SECOND_FACTORS).where(unused).values(last_step=step)) > 0

    def remove(self, account: str) -> bool:
        return self._transaction.change(delete(SECOND_FACTORS).where(SECOND_FACTORS.c.account == account)) > 0


class Papers:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: PaperRow) -> None:
        self._transaction.change(insert(PAPERS).values(vars(row)))

    def of(self, deployment: str) -> list[PaperRow]:
        return self._listed(select(PAPERS).where(PAPERS.c.deployment == deployment))

    def about(self, kind: str, about: str) -> list[PaperRow]:
        return self._listed(select(PAPERS).where((PAPERS.c.kind == kind) & (PAPERS.c.about == about)))

    def all(self, kind: str) -> list[PaperRow]:
        return self._listed(select(PAPERS).where(PAPERS.c.kind == kind))

    def _listed(self, statement: Select[Any]) -> list[PaperRow]:
        rows = self._transaction.rows(statement.order_by(PAPERS.c.at_us, PAPERS.c.id))
        return [PaperRow(**row._mapping) for row in rows]


class Authorities:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: AuthorityRow) -> None:
        self._transaction.change(insert(AUTHORITIES).values(vars(row)))

    def of(self, deployment: str) -> list[AuthorityRow]:
        of = select(AUTHORITIES).where(AUTHORITIES.c.deployment == deployment)
        rows = self._transaction.rows(of.order_by(AUTHORITIES.c.signed_us, AUTHORITIES.c.id), held=True)
        return [AuthorityRow(**row._mapping) for row in rows]

    def cancel(self, authority: str, now_us: int) -> bool:
        valid = (AUTHORITIES.c.id == authority) & AUTHORITIES.c.cancelled_us.is_(None)
        return self._transaction.change(update(AUTHORITIES).where(valid).values(cancelled_us=now_us)) > 0


class Leases:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, deployment: str) -> LeaseRow | None:
        found = self._transaction.first(select(LEASES).where(LEASES.c.deployment == deployment), held=True)
        return None if found is None else LeaseRow(**found._mapping)

    def take(self, row: LeaseRow, now_us: int) -> bool:
        """One statement, so that of two that try at once the second sees what the first did."""
        adding = self._transaction.upsert(LEASES).values(vars(row))
        free = (LEASES.c.ends_us <= now_us) | (LEASES.c.holder == row.holder)
        return self._transaction.put(
            adding.on_conflict_do_update(index_elements=[LEASES.c.deployment], set_=vars(row), where=free)
        )

    def renew(self, deployment: str, holder: str, now_us: int, ends_us: int) -> bool:
        held = (LEASES.c.deployment == deployment) & (LEASES.c.holder == holder) & (LEASES.c.ends_us > now_us)
        return self._transaction.change(update(LEASES).where(held).values(renewed_us=now_us, ends_us=ends_us)) > 0

    def release(self, deployment: str, holder: str) -> bool:
        held = (LEASES.c.deployment == deployment) & (LEASES.c.holder == holder)
        return self._transaction.change(delete(LEASES).where(held)) > 0


class Nominals:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, deployment: str, digests: Collection[str]) -> None:
        self._transaction.refuse_in_look()
        rows = [{"deployment": deployment, "digest": digest} for digest in sorted(set(digests))]
        key = [NOMINALS.c.deployment, NOMINALS.c.digest]
        for at in range(0, len(rows), MOST_AT_ONCE):
            adding = self._transaction.upsert(NOMINALS).values(rows[at : at + MOST_AT_ONCE])
            self._transaction.put(adding.on_conflict_do_nothing(index_elements=key))

    def of(self, deployment: str) -> set[str]:
        statement = select(NOMINALS.c.digest).where(NOMINALS.c.deployment == deployment)
        return {row.digest for row in self._transaction.rows(statement)}

    def listed(self, digest: str) -> list[str]:
        statement = select(NOMINALS.c.deployment).where(NOMINALS.c.digest == digest)
        return sorted(row.deployment for row in self._transaction.rows(statement))
