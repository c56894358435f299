"""The repositories of the store in memory for who may do what: people, papers, signatures, lists in the making."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from overt.store.records import (
    AccountRow,
    AuthorityRow,
    DraftEntry,
    DraftRow,
    LeaseRow,
    NominalRow,
    PaperRow,
    SecondFactorRow,
    State,
)
from overt.testing.memory_tables import Part, put, require


class Accounts(Part):
    def add(self, row: AccountRow) -> None:
        tables = self._changing()
        self._require_name(row)
        put(tables.accounts, row.id, row)

    def get(self, account: str) -> AccountRow | None:
        return self._tables.accounts.get(account)

    def by_name(self, name: str) -> AccountRow | None:
        return next((row for row in self._tables.accounts.values() if row.name == name), None)

    def all(self) -> list[AccountRow]:
        return sorted(self._tables.accounts.values(), key=lambda row: (row.made_us, row.id))

    def change(self, row: AccountRow) -> bool:
        rows = self._changing().accounts
        if row.id not in rows:
            return False
        self._require_name(row)
        rows[row.id] = row
        return True

    def _require_name(self, row: AccountRow) -> None:
        other = self.by_name(row.name)
        if other is not None and other.id != row.id:
            raise KeyError(f"there is an account {row.name} already")


class SecondFactors(Part):
    def put(self, row: SecondFactorRow) -> None:
        tables = self._changing()
        require(tables.accounts, row.account)
        tables.second_factors[row.account] = row

    def get(self, account: str) -> SecondFactorRow | None:
        return self._tables.second_factors.get(account)

    def use(self, account: str, step: int) -> bool:
        rows = self._changing().second_factors
        if account not in rows or rows[account].last_step >= step:
            return False
        rows[account] = replace(rows[account], last_step=step)
        return True

    def remove(self, account: str) -> bool:
        return self._changing().second_factors.pop(account, None) is not None


class Papers(Part):
    def add(self, row: PaperRow) -> None:
        tables = self._changing()
        if row.deployment is not None:
            require(tables.deployments, row.deployment)
        put(tables.papers, row.id, row)

    def of(self, deployment: str) -> list[PaperRow]:
        return self._found(lambda row: row.deployment == deployment)

    def about(self, kind: str, about: str) -> list[PaperRow]:
        return self._found(lambda row: row.kind == kind and row.about == about)

    def all(self, kind: str) -> list[PaperRow]:
        return self._found(lambda row: row.kind == kind)

    def _found(self, wanted: Callable[[PaperRow], bool]) -> list[PaperRow]:
        return sorted(filter(wanted, self._tables.papers.values()), key=lambda row: (row.at_us, row.id))


class Authorities(Part):
    def add(self, row: AuthorityRow) -> None:
        tables = self._changing()
        require(tables.deployments, row.deployment)
        put(tables.authorities, row.id, row)

    def of(self, deployment: str) -> list[AuthorityRow]:
        found = (row for row in self._tables.authorities.values() if row.deployment == deployment)
        return sorted(found, key=lambda row: (row.signed_us, row.id))

    def cancel(self, authority: str, now_us: int) -> bool:
        rows = self._changing().authorities
        row = rows.get(authority)
        if row is None or row.cancelled_us is not None:
            return False
        rows[authority] = replace(row, cancelled_us=now_us)
        return True


class Leases(Part):
    def get(self, deployment: str) -> LeaseRow | None:
        return self._tables.leases.get(deployment)

    def take(self, row: LeaseRow, now_us: int) -> bool:
        tables = self._changing()
        require(tables.deployments, row.deployment)
        held = tables.leases.get(row.deployment)
        if held is not None and held.ends_us > now_us and held.holder != row.holder:
            return False
        tables.leases[row.deployment] = row
        return True

    def renew(self, deployment: str, holder: str, now_us: int, ends_us: int) -> bool:
        rows = self._changing().leases
        row = rows.get(deployment)
        if row is None or row.holder != holder or row.ends_us <= now_us:
            return False
        rows[deployment] = replace(row, renewed_us=now_us, ends_us=ends_us)
        return True

    def release(self, deployment: str, holder: str) -> bool:
        rows = self._changing().leases
        row = rows.get(deployment)
        if row is None or row.holder != holder:
            return False
        del rows[deployment]
        return True


class Nominals(Part):
    def add(self, deployment: str, digests: Collection[str]) -> None:
        tables = self._changing()
        for digest in digests:
            require(tables.deployments, deployment)
            tables.nominals[deployment, digest] = NominalRow(deployment=deployment, digest=digest)

    def of(self, deployment: str) -> set[str]:
        return {digest for of, digest in self._tables.nominals if of == deployment}

    def listed(self, digest: str) -> list[str]:
        return sorted(of for of, each in self._tables.nominals if each == digest)


class Drafts(Part):
    def add(self, row: DraftRow) -> None:
        put(self._changing().drafts, row.id, row)

    def get(self, draft: str) -> DraftRow | None:
        return self._tables.drafts.get(draft)

    def all(self) -> list[DraftRow]:
        return sorted(self._tables.drafts.values(), key=lambda row: (row.made_us, row.id))

    def append(self, draft: str, entries: Sequence[DraftEntry]) -> bool:
        tables = self._changing()
        row = self._kept(draft)
        if row is None or row.sealed_us is not None:
            return False
        for entry in entries:
            if entry.draft != draft:
                raise KeyError(f"an entry of the draft {entry.draft} was given to {draft}")
            if (draft, entry.position) in tables.draft_entries:
                raise KeyError(f"the draft {draft} has an entry {entry.position} already")
            tables.draft_entries[draft, entry.position] = entry
        tables.drafts[draft] = replace(row, entries=row.entries + len(entries))
        return True

    def entries(self, draft: str, start: int = 0, stop: int | None = None) -> list[DraftEntry]:
        found = [entry for (of, _), entry in self._tables.draft_entries.items() if of == draft]
        wanted = (entry for entry in found if start <= entry.position and (stop is None or entry.position < stop))
        return sorted(wanted, key=lambda entry: entry.position)

    def facts(self, draft: str) -> list[tuple[int, Mapping[str, object], str | None]]:
        return [(entry.position, entry.facts, entry.approved_by) for entry in self.entries(draft)]

    def approve(self, draft: str, position: int, account: str) -> bool:
        entries = self._changing().draft_entries
        entry = entries.get((draft, position))
        if self._kept(draft) is None or entry is None or entry.approved_by is not None:
            return False
        entries[draft, position] = replace(entry, approved_by=account)
        return True

    def withdraw(self, draft: str, position: int) -> bool:
        tables = self._changing()
        row = self._kept(draft)
        if row is None or tables.draft_entries.pop((draft, position), None) is None:
            return False
        tables.drafts[draft] = replace(row, withdrawn=row.withdrawn + 1)
        return True

    def finish(self, draft: str, now_us: int) -> bool:
        rows = self._changing().drafts
        row = self._kept(draft)
        if row is None or row.sealed_us is not None:
            return False
        rows[draft] = replace(row, sealed_us=now_us)
        return True

    def due(self, now_us: int) -> list[DraftRow]:
        return [row for row in self.all() if row.state is State.KEPT and row.erase_after_us <= now_us]

    def begin_erasing(self, draft: str) -> bool:
        rows = self._changing().drafts
        row = self._kept(draft)
        if row is None:
            return False
        rows[draft] = replace(row, state=State.ERASING)
        return True

    def erased(self, draft: str) -> bool:
        tables = self._changing()
        row = tables.drafts.get(draft)
        if row is None or row.state is not State.ERASING:
            return False
        tables.drafts[draft] = replace(row, state=State.ERASED, salt=b"")
        tables.draft_entries = {key: entry for key, entry in tables.draft_entries.items() if key[0] != draft}
        return True

    def _kept(self, draft: str) -> DraftRow | None:
        row = self._tables.drafts.get(draft)
        return row if row is not None and row.state is State.KEPT else None
